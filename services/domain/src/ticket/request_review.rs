//! RequestReview 评议申请: the resident, once, wants a panel outside the unit to say whether the unit has done its duty —
//! after the last rework round, or where the unit has explained and the resident disagrees. After the last round a supervisor
//! asks for it where the resident does not.

use super::plan::Plan;
use super::{Callback, CloseKind, Event, Phase, seal};
use crate::access::Role;
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    check_ground(plan)?;
    if plan.ticket.reviewed {
        return Err(Reason::ReviewedAlready.into());
    }
    // What was closed may have been sealed since against one who had handled it: reopening is the way.
    let legs = plan.ticket.phase.legs();
    if legs.is_some_and(|legs| legs.iter().any(|leg| seal::is_out(plan, &leg.unit))) {
        return Err(Reason::NotReviewable.into());
    }
    // How it ends is open again: whether this end counts is moot.
    if plan.ticket.runs(Kind::Decision) {
        plan.stop(Kind::Decision, None);
        plan.record(Event::ExclusionRefused {});
    }
    plan.stop(Kind::Callback, None);
    plan.record(Event::ReviewRequested {});
    plan.start(Kind::Decision, None, plan.rules.profile().procedures.review);
    Ok(())
}

fn check_ground(plan: &Plan<'_>) -> Result<(), Refusal> {
    let profile = plan.rules.profile();
    match &plan.ticket.phase {
        Phase::CallbackDue {
            callback: Callback::Unsolved { .. },
            ..
        } if plan.ticket.round >= profile.rework_rounds => Ok(()),
        // A supervisor asks only where the matter would rest for ever.
        Phase::Closed { .. } if plan.actor.role == Role::Supervisor => {
            Err(Refusal::new(Reason::WrongRelation).with("role", plan.actor.role.as_str()))
        }
        Phase::Closed {
            how: CloseKind::Explained,
            at,
            legs: Some(_),
            outcome: Some(outcome),
        } if !outcome.solved => {
            let until = plan
                .rules
                .calendar()
                .due(*at, profile.procedures.objection_within);
            if plan.now <= until {
                Ok(())
            } else {
                Err(Refusal::new(Reason::ObjectionTooLate).with("until", until))
            }
        }
        Phase::CallbackDue {
            callback: Callback::Review { .. },
            ..
        } => Err(Reason::ReviewedAlready.into()),
        Phase::CallbackDue { .. } | Phase::Closed { .. } => Err(Reason::NotReviewable.into()),
        Phase::Accepted { .. }
        | Phase::Consulting { .. }
        | Phase::Dispatched { .. }
        | Phase::Handling { .. }
        | Phase::AwaitingCitizen { .. }
        | Phase::Suspended { .. }
        | Phase::ReplyReview { .. } => Err(plan.wrong_phase()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn explained_and_not_solved_the_resident_may_have_it_reviewed_once() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             reply water explained
             audit pass
             callback unsolved dissatisfied
             ---
             at 2026-12-01 09:00
             review
             review
             callback solved
             rework
             tick to 2026-12-09 09:00
             decide review yes by a b c
             review",
            expect![[r#"
                12-01 09:00 review
                    review_requested
                    runs C5 12-08 17:30
                12-01 09:00 review
                    refused REVIEWED_ALREADY
                12-01 09:00 callback solved
                    refused OUTCOME_RECORDED
                12-01 09:00 rework
                    refused NOT_UNSOLVED
                tick to 2026-12-09 09:00
                12-08 17:30 C5 L1: city_office
                12-09 09:00 decide review yes by a b c
                    stops C5
                    review_decided duty done
                    closed explained
                12-09 09:00 review
                    refused REVIEWED_ALREADY
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn after_the_last_rework_a_panel_decides() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             reply water solved
             audit pass
             callback unsolved
             rework
             reply water solved
             audit pass
             callback unsolved
             ---
             review
             supervisor: rework
             reply water solved
             audit pass
             callback unsolved
             review",
            expect![[r#"
                11-23 09:00 review
                    refused NOT_REVIEWABLE
                11-23 09:00 supervisor: rework
                    stops C7
                    rework_ordered round 2
                    runs C4 water 11-26 17:30, C0 12-07 17:30
                    escalated L2: unit_head, 1.0 points
                    order_issued 1 to water by 11-26 17:30
                    runs C11 11-26 17:30
                11-23 09:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 11-24 17:30
                11-23 09:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    runs C7 11-24 17:30
                11-23 09:00 review
                    stops C7
                    review_requested
                    runs C5 11-30 17:30
                callback_due: city office, light none, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn the_window_ends() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             reply water explained
             audit pass
             callback unsolved
             ---
             at 2026-12-03 09:01
             review",
            expect![[r#"
                12-03 09:01 review
                    refused OBJECTION_TOO_LATE (until=2026-12-03T01:00:00Z)
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn what_was_solved_or_is_under_way_is_not_reviewed() {
        check(
            "register complaint c urban.noise phone in s
             review
             dispatch water
             sign water
             reply water solved
             audit pass
             review
             callback solved
             review",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 review
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 reply water solved
                    stops C3 water, C4 water
                    replied water
                    runs C6 11-24 17:30
                11-23 09:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 review
                    refused NOT_REVIEWABLE
                11-23 09:00 callback solved
                    stops C7
                    callback_answered solved
                    closed resolved
                11-23 09:00 review
                    refused NOT_REVIEWABLE
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_unit_kept_out_since_gets_nothing_back() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             reply water explained
             audit pass
             callback unsolved
             seal water
             ---
             review",
            expect![[r#"
                11-23 09:00 review
                    refused NOT_REVIEWABLE
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_review_goes_before_an_exclusion() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water explained
             audit pass
             callback unsolved
             exclude water impossible
             ---
             review
             decide exclusion yes
             decide review yes by a b c",
            expect![[r#"
                11-23 09:00 review
                    stops C5
                    exclusion_refused
                    review_requested
                    runs C5 11-30 17:30
                11-23 09:00 decide exclusion yes
                    refused NOTHING_PENDING
                11-23 09:00 decide review yes by a b c
                    stops C5
                    review_decided duty done
                    closed explained
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn after_the_last_round_a_supervisor_may_ask_where_the_resident_does_not() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved unread
             callback unsolved
             rework
             reply water solved
             audit pass
             callback unsolved
             supervisor: rework
             reply water solved
             audit pass
             ---
             supervisor: review
             callback unsolved
             supervisor: review
             decide review no by a b c
             reply water solved
             audit pass
             callback unsolved
             supervisor: review",
            expect![[r#"
                11-23 09:00 supervisor: review
                    refused NOT_REVIEWABLE
                11-23 09:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    runs C7 11-24 17:30
                11-23 09:00 supervisor: review
                    stops C7
                    review_requested
                    runs C5 11-30 17:30
                11-23 09:00 decide review no by a b c
                    stops C5
                    review_decided
                    runs C4 water 11-26 17:30, C0 12-07 17:30
                    escalated L3: district_leader, city_office, 2.0 points
                    order_issued 2 to water by 11-26 17:30
                    runs C11 11-26 17:30
                11-23 09:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 11-24 17:30
                11-23 09:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    stops C11
                    closed explained
                11-23 09:00 supervisor: review
                    refused WRONG_RELATION (role=supervisor)
                closed: nobody, light green, L3, 2.0 points
            "#]],
        );
    }
}
