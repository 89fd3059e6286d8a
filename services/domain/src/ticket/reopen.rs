//! Reopen 重开: new facts or recurrence; for the resident within 10 days, for a supervisor at any time. A further round
//! with a new run of C0.

use super::plan::Plan;
use super::{Event, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// Reopenings of one ticket; what goes on after that is a new matter.
const REOPENED_MAX: u8 = 20;

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let Phase::Closed { at, .. } = plan.ticket.phase else {
        return Err(plan.wrong_phase());
    };
    let until = plan.rules.calendar().due(at, plan.rules.profile().reopen_within);
    if plan.now > until && !plan.actor.role.supervises() {
        return Err(Refusal::new(Reason::ReopenTooLate).with("until", until));
    }
    if plan.ticket.reopened >= REOPENED_MAX {
        return Err(Refusal::new(Reason::TooMany).with("reopened_max", REOPENED_MAX));
    }
    // What was still to be decided about the end before is moot.
    plan.stop(Kind::Decision, None);
    plan.record(Event::Reopened {
        count: plan.ticket.reopened + 1,
    });
    plan.accept(plan.now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn within_ten_days_a_further_round_begins() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             tick to 2026-12-01 09:00
             reply water solved unread
             callback solved satisfied
             ---
             at 2026-12-11 09:00
             reopen
             dispatch roads
             sign roads
             contact roads reached
             reply roads solved unread
             callback solved satisfied",
            expect![[r#"
                12-11 09:00 reopen
                    reopened
                    runs C0 12-25 17:30, C1 12-11 11:00
                12-11 09:00 dispatch roads
                    stops C1
                    dispatched roads
                    runs C2 roads 12-14 17:30, C3 roads 12-14 17:30, C4 roads 12-18 17:30
                12-11 09:00 sign roads
                    stops C2 roads
                    signed roads
                12-11 09:00 contact roads reached
                    stops C3 roads
                    contact_tried roads, made
                12-11 09:00 reply roads solved unread
                    stops C4 roads
                    replied roads
                    audit_passed by rule
                    stops C0
                    runs C7 12-14 17:30
                12-11 09:00 callback solved satisfied
                    stops C7
                    callback_answered solved, satisfied
                    closed resolved
                closed: nobody, light green, no level, 0.5 points
            "#]],
        );
    }

    #[test]
    fn later_only_a_supervisor_reopens() {
        check(
            "register consult c urban.noise phone
             answer
             ---
             reopen
             reopen
             answer
             at 2026-12-03 09:01
             reopen
             supervisor: reopen",
            expect![[r#"
                11-23 09:00 reopen
                    reopened
                    runs C0 11-27 17:30, C1 11-23 11:00
                11-23 09:00 reopen
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 answer
                    answered_directly
                    stops C0, C1
                    closed answered directly
                12-03 09:01 reopen
                    refused REOPEN_TOO_LATE (until=2026-12-03T01:00:00Z)
                12-03 09:01 supervisor: reopen
                    reopened
                    runs C0 12-09 17:30, C1 12-03 11:01
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_residents_urging_counts_anew() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             urge
             at 2026-11-24 09:00
             urge
             withdraw
             reopen
             ---
             dispatch water
             urge
             at 2026-11-25 09:00
             urge",
            expect![[r#"
                11-24 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-25 17:30, C3 water 11-25 17:30, C4 water 12-01 17:30
                11-24 09:00 urge
                    urged
                11-25 09:00 urge
                    urged
                    escalated L1: clerk, unit_leader, district
                dispatched: water, light yellow, L1
            "#]],
        );
    }
}
