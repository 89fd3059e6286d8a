//! SubmitReply 回复: stops C4. The lead's reply goes to the audit; a co leg's waits for the lead's.

use super::plan::Plan;
use super::{Claim, Event, Grade, LegRole, LegState, Phase, RequestType};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// A unit's reply. Found, done, decided and legal basis are in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitReply {
    /// How it ends, says the unit.
    pub claim: Claim,
    /// The draw of the audit sample, made at the rim: in the sample, or passed by rule.
    pub sampled: bool,
}

impl SubmitReply {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        let Phase::Handling { legs } = &plan.ticket.phase else { return Err(plan.wrong_phase()) };
        match leg.state {
            LegState::AwaitingSign => return Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0)),
            LegState::Replied { .. } => return Err(Refusal::new(Reason::AlreadyReplied).with("leg", leg.id.0)),
            LegState::Handling { .. } => {}
        }
        let out = legs.others.iter().find(|co| !matches!(co.state, LegState::Replied { .. }));
        if let (LegRole::Lead, Some(co)) = (leg.role, out) {
            return Err(Refusal::new(Reason::LegsMissing).with("unit", &co.unit));
        }
        plan.stop_leg(leg.id);
        plan.record(Event::Replied { leg: leg.id, claim: self.claim });
        if leg.role == LegRole::Co {
            return Ok(());
        }
        plan.start(Kind::Audit, None, plan.limits().audit);
        if self.must_be_read(plan) { Ok(()) } else { plan.pass_audit(true) }
    }

    /// Reports, explanations, rework and grades A and B are read in full; of the rest a sample.
    fn must_be_read(&self, plan: &Plan<'_>) -> bool {
        self.sampled
            || self.claim == Claim::Explained
            || plan.ticket.classification.kind == RequestType::Report
            || plan.ticket.round > 0
            || matches!(plan.grade(), Grade::A | Grade::B)
    }
}
