//! Urge 催办: the resident once per working day, a supervisor, the system. Urged twice, as the general
//! profile has it, informs at L1, at no charge.

use jiff::civil::Date;

use super::plan::Plan;
use super::{Cause, Event, Holder, Phase, UrgedBy};
use crate::access::Role;
use crate::clock::Level;
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
    let last = plan
        .ticket
        .urged_at
        .map(|at| working_day(calendar, calendar.local(at).date()));
    if by == UrgedBy::Citizen && last == Some(today) {
        return Err(Reason::UrgedToday.into());
    }
    plan.record(Event::Urged { by });
    // No level while the step is another's (section 4, rule 7).
    let is_with_units = matches!(
        plan.ticket.phase,
        Phase::Dispatched { .. } | Phase::Handling { .. }
    );
    let is_the_units = is_with_units && matches!(plan.ticket.holder(), Holder::Unit(_));
    let informs = u16::from(plan.rules.profile().procedures.urges_inform);
    if plan.ticket.urged >= informs && is_the_units {
        plan.inform(Level::L1, Cause::UrgedTwice);
    }
    Ok(())
}

/// The working day a date belongs to: itself, or the next one.
fn working_day(calendar: &Calendar, date: Date) -> Date {
    let next = |date: &Date| date.tomorrow().ok();
    std::iter::successors(Some(date), next)
        .take(60)
        .find(|day| calendar.is_working_day(*day))
        .unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn once_per_working_day_and_the_second_informs_at_l1() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             ---
             urge
             urge
             supervisor: urge
             system: urge
             at 2026-11-24 09:00
             urge
             at 2026-11-28 09:00
             urge
             at 2026-11-30 09:00
             urge
             at 2026-12-01 09:00
             urge",
            expect![[r#"
                11-23 09:00 urge
                    urged
                11-23 09:00 urge
                    refused URGED_TODAY
                11-23 09:00 supervisor: urge
                    urged
                11-23 09:00 system: urge
                    urged
                11-24 09:00 urge
                    urged
                    escalated L1: clerk, unit_leader, district
                11-28 09:00 urge
                    urged
                11-30 09:00 urge
                    refused URGED_TODAY
                12-01 09:00 urge
                    urged
                dispatched: water, light red, L1
            "#]],
        );
    }

    #[test]
    fn no_level_while_the_step_is_anothers() {
        check(
            "register complaint c urban.noise phone
             urge
             at 2026-11-24 09:00
             urge
             dispatch water
             sign water
             reply water solved
             at 2026-11-25 09:00
             urge
             audit substance
             at 2026-11-26 09:00
             urge",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 urge
                    urged
                11-24 09:00 urge
                    urged
                11-24 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-25 17:30, C3 water 11-25 17:30, C4 water 12-01 17:30
                11-24 09:00 sign water
                    stops C2 water
                    signed water
                11-24 09:00 reply water solved
                    stops C3 water, C4 water
                    replied water
                    runs C6 11-25 17:30
                11-25 09:00 urge
                    urged
                11-25 09:00 audit substance
                    stops C6
                    audit_failed substance
                    runs C4 water 12-01 17:30, C3 water 11-25 17:30
                11-26 09:00 urge
                    urged
                    escalated L1: clerk, unit_leader, district, 0.5 points
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn what_is_over_is_not_urged() {
        check(
            "register consult c urban.noise phone
             answer
             ---
             urge",
            expect![[r#"
                11-23 09:00 urge
                    refused WRONG_PHASE (phase=closed)
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn no_level_while_somebody_decides_about_the_unit() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             urge
             at 2026-11-24 09:00
             extend water 5
             ---
             urge",
            expect![[r#"
                11-24 09:00 urge
                    urged
                handling: supervisors, light none, no level
            "#]],
        );
    }
}
