//! Urge 催办: the resident once per working day, a supervisor, the system. Twice urged informs at L1, at no charge.

use jiff::civil::Date;

use super::plan::Plan;
use super::{Cause, Event, Phase, UrgedBy};
use crate::access::Role;
use crate::clock::{Addressee, Level};
use crate::refusal::{Reason, Refusal};
use crate::time::Calendar;

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    if matches!(plan.ticket.phase, Phase::Closed { .. }) {
        return Err(plan.wrong_phase());
    }
    let by = match plan.actor.role {
        Role::Supervisor | Role::CityOffice => UrgedBy::Supervisor,
        Role::System => UrgedBy::System,
        // An operator or administrator records what a resident asks for.
        Role::Citizen
        | Role::Channel
        | Role::Operator
        | Role::Triager
        | Role::UnitClerk
        | Role::UnitLeader
        | Role::UnitHead
        | Role::Auditor
        | Role::CallbackAgent
        | Role::Arbiter
        | Role::Administrator => UrgedBy::Citizen,
    };
    let calendar = plan.rules.calendar();
    let today = working_day(calendar, calendar.local(plan.now).date());
    let last = plan.ticket.urged_at.map(|at| working_day(calendar, calendar.local(at).date()));
    if by == UrgedBy::Citizen && last == Some(today) {
        return Err(Reason::UrgedToday.into());
    }
    plan.record(Event::Urged { by });
    if plan.ticket.urged == 2 && plan.ticket.phase.legs().is_some() && plan.ticket.level < Some(Level::L1) {
        let told = vec![Addressee::Clerk, Addressee::UnitLeader, Addressee::District];
        plan.record(Event::Escalated { level: Level::L1, cause: Cause::UrgedTwice, told });
    }
    Ok(())
}

/// The working day a date belongs to: itself, or the next one.
fn working_day(calendar: &Calendar, date: Date) -> Date {
    let next = |date: &Date| date.tomorrow().ok();
    std::iter::successors(Some(date), next).take(60).find(|day| calendar.is_working_day(*day)).unwrap_or(date)
}
