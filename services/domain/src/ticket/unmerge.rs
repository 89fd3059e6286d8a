//! Unmerge 解除并单, on the merged ticket, until the incident's answer has reached it: it goes on where it stood.

use super::Event;
use super::plan::Plan;
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    if plan.ticket.merged_into().is_none() {
        return Err(Reason::NotMerged.into());
    }
    leave(plan);
    Ok(())
}

/// Leaves the incident, where it is in one.
pub(super) fn leave(plan: &mut Plan<'_>) {
    let Some(merged) = plan.ticket.merged.clone().filter(|merged| !merged.joined) else {
        return;
    };
    plan.record(Event::Unmerged { from: merged.into });
    for clock in merged.resting {
        match clock.kind {
            // The resident has waited all the while (invariant 2).
            Kind::Citizen => plan.resume_unchanged(clock.kind, clock.leg),
            // Whoever was to be contacted may have been forgotten meanwhile.
            Kind::FirstContact if !plan.ticket.has_somebody_to_contact() => {}
            Kind::Triage
            | Kind::Sign
            | Kind::FirstContact
            | Kind::Handle
            | Kind::Stage
            | Kind::Decision
            | Kind::Proposal
            | Kind::Audit
            | Kind::Callback
            | Kind::Rating
            | Kind::Waiting
            | Kind::Promise
            | Kind::Order
            | Kind::CallBack => plan.resume_since(clock.kind, clock.leg, merged.since),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::scenes::check_all;

    #[test]
    fn its_own_clocks_go_on_and_the_residents_never_rested() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             b> register complaint c urban.noise phone by li
             b> dispatch water
             b> sign water
             at 2026-11-24 10:00
             merge b into a
             at 2026-11-25 11:00
             ---
             unmerge b
             unmerge b
             b> contact water reached
             b> reply water solved unread
             merge b into a",
            expect![[r#"
                11-25 11:00 unmerge b
                  b
                    unmerged a
                    runs C0 12-07 17:30, C3 water 11-26 09:30, C4 water 12-02 09:30
                  a
                    child_unmerged b
                11-25 11:00 unmerge b
                    refused NOT_MERGED
                11-25 11:00 b> contact water reached
                    stops C3 water
                    contact_tried water, made
                11-25 11:00 b> reply water solved unread
                    stops C4 water
                    replied water
                    audit_passed by rule
                    stops C0
                    runs C7 11-26 17:30
                11-25 11:00 merge b into a
                    refused NOT_MERGEABLE (phase=callback_due, ticket=b)
                a dispatched: street, light red, no level, 1 listeners
                b callback_due: callback desk, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn what_was_late_when_it_was_merged_is_late() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             b> register complaint c urban.noise phone by li
             b> dispatch water
             tick to 2026-11-25 09:00
             merge b into a
             at 2026-11-26 09:00
             ---
             unmerge b
             tick to 2026-11-26 09:01",
            expect![[r#"
                11-26 09:00 unmerge b
                  b
                    unmerged a
                    runs C0 12-07 17:30, C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 12-01 17:30
                  a
                    child_unmerged b
                11-26 09:00 tick to 2026-11-26 09:01
                a dispatched: street, light red, L1, 0.5 points, 1 listeners
                b dispatched: water, light red, L1, 0.5 points, 1 listeners
            "#]],
        );
    }

    #[test]
    fn the_incident_keeps_the_due_time_and_loses_the_listener() {
        check_all(
            "a> register complaint c urban.noise phone
             at 2026-11-24 10:00
             b> register complaint c urban.noise phone by li
             merge a into b
             ---
             unmerge a",
            expect![[r#"
                11-24 10:00 unmerge a
                  a
                    unmerged b
                    runs C0 12-07 17:30, C1 11-23 11:00
                  b
                    child_unmerged a
                a accepted: triage desk, light red, no level, 1 listeners
                b accepted: triage desk, light red, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn nobody_is_to_contact_who_was_forgotten_meanwhile() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             b> register complaint c urban.noise phone by li
             b> dispatch water
             merge b into a
             b> erase contact 1
             ---
             unmerge b",
            expect![[r#"
                11-23 09:00 unmerge b
                  b
                    unmerged a
                    runs C0 12-07 17:30, C2 water 11-24 17:30, C4 water 11-30 17:30
                  a
                    child_unmerged b
                a dispatched: street, light none, no level, 1 listeners
                b dispatched: water, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn a_consultation_goes_on() {
        check_all(
            "a> register complaint c urban.noise phone
             b> register complaint c urban.noise phone by li
             b> consult water roads
             at 2026-11-23 15:00
             merge b into a
             at 2026-11-23 16:30
             ---
             b> opinion water takes
             unmerge b
             b> opinion water takes",
            expect![[r#"
                11-23 16:30 b> opinion water takes
                    refused MERGED
                11-23 16:30 unmerge b
                  b
                    unmerged a
                    runs C0 12-07 17:30, C5 11-25 10:00
                  a
                    child_unmerged b
                11-23 16:30 b> opinion water takes
                    opinion_given water takes it
                a accepted: triage desk, light red, no level, 1 listeners
                b consulting: triage desk, light none, no level, 1 listeners
            "#]],
        );
    }
}
