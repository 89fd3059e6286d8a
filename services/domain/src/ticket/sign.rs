//! Sign 签收: a unit takes its leg. Stops C2; the phase follows the lead.

use super::plan::Plan;
use super::{Event, LegState, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let leg = plan.own_leg()?;
    if !matches!(plan.ticket.phase, Phase::Dispatched { .. } | Phase::Handling { .. }) {
        return Err(plan.wrong_phase());
    }
    if leg.state != LegState::AwaitingSign {
        return Err(Refusal::new(Reason::AlreadySigned).with("leg", leg.id.0));
    }
    plan.stop(Kind::Sign, Some(leg.id));
    plan.record(Event::Signed { leg: leg.id });
    Ok(())
}
