//! StageReport 阶段反馈, grades A and B: danger controlled or not, done, what comes next.

use super::plan::Plan;
use super::{Event, LegRole, LegState, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// An interim report of the lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageReport {
    /// Whether the danger is controlled.
    pub controlled: bool,
}

impl StageReport {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        if !matches!(plan.ticket.phase, Phase::Handling { .. }) {
            return Err(plan.wrong_phase());
        }
        let stage = plan.limits().stage.ok_or(Reason::NoStageReport)?;
        if leg.role != LegRole::Lead {
            return Err(Reason::WrongRelation.into());
        }
        if leg.state == LegState::AwaitingSign {
            return Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0));
        }
        let is_first = plan.clock(Kind::Stage, Some(leg.id)).is_none_or(|clock| clock.run.run == 1);
        plan.stop(Kind::Stage, Some(leg.id));
        plan.record(Event::StageReported { leg: leg.id, controlled: self.controlled });
        plan.start(Kind::Stage, Some(leg.id), stage.every);
        if is_first {
            // The citizen's cap of A and B is about the first stage report; from here on it is about the final reply.
            plan.stop(Kind::Citizen, None);
            plan.start(Kind::Citizen, None, plan.handle_limit(LegRole::Lead));
        }
        Ok(())
    }
}
