//! Reopen 重开: new facts or recurrence; for the resident within 10 days, for a supervisor at any time. A further round
//! with a new run of C0.

use super::plan::Plan;
use super::{Event, Phase};
use crate::access::Role;
use crate::refusal::{Reason, Refusal};

/// Reopenings of one ticket; what goes on after that is a new matter.
const REOPENED_MAX: u8 = 20;

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let Phase::Closed { at, .. } = plan.ticket.phase else { return Err(plan.wrong_phase()) };
    let until = plan.rules.calendar().due(at, plan.rules.profile().reopen_within);
    if plan.now > until && !matches!(plan.actor.role, Role::Supervisor | Role::CityOffice) {
        return Err(Refusal::new(Reason::ReopenTooLate).with("until", until));
    }
    if plan.ticket.reopened >= REOPENED_MAX {
        return Err(Refusal::new(Reason::TooMany).with("reopened_max", REOPENED_MAX));
    }
    plan.record(Event::Reopened { count: plan.ticket.reopened + 1 });
    plan.accept();
    Ok(())
}
