//! OrderRework 重办: claimed solved, the resident says unsolved. At most two rounds; the second is a supervisor's.

use super::plan::Plan;
use super::{Callback, Claim, Event, Phase};
use crate::access::Role;
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let Phase::CallbackDue { legs, claim, callback } = &plan.ticket.phase else { return Err(plan.wrong_phase()) };
    let lead = legs.lead.id;
    if *claim != Claim::Solved || !matches!(callback, Callback::Unsolved { .. }) {
        return Err(Reason::NotUnsolved.into());
    }
    plan.refuse_self_review()?;
    let round = plan.ticket.round.saturating_add(1);
    if round > plan.rules.profile().rework_rounds {
        return Err(Refusal::new(Reason::ReworkExhausted).with("round", plan.ticket.round));
    }
    if round > 1 && !matches!(plan.actor.role, Role::Supervisor | Role::CityOffice | Role::Administrator) {
        return Err(Refusal::new(Reason::SupervisorNeeded).with("round", round));
    }
    plan.stop(Kind::Callback, None);
    plan.record(Event::ReworkOrdered { round });
    plan.start(Kind::Handle, Some(lead), plan.limits().rework);
    plan.resume_rested(Kind::Citizen);
    Ok(())
}
