//! OrderRework 重办: claimed solved, the resident says unsolved. At most two rounds; the second is a supervisor's and
//! reaches L2 (domain.md, section 5).

use super::plan::Plan;
use super::{Callback, Cause, Claim, Event, Phase};
use crate::clock::{Kind, Level};
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let Phase::CallbackDue { claim, callback, .. } = &plan.ticket.phase else {
        return Err(plan.wrong_phase());
    };
    if *claim != Claim::Solved || !matches!(callback, Callback::Unsolved { .. }) {
        return Err(Reason::NotUnsolved.into());
    }
    plan.refuse_self_review()?;
    let round = plan.ticket.round.saturating_add(1);
    let profile = plan.rules.profile();
    if round > profile.rework_rounds {
        return Err(Refusal::new(Reason::ReworkExhausted).with("round", plan.ticket.round));
    }
    let supervised = round >= profile.procedures.rework_supervised;
    if supervised && !plan.actor.role.supervises() {
        return Err(Refusal::new(Reason::SupervisorNeeded).with("round", round));
    }
    plan.stop(Kind::Callback, None);
    plan.record(Event::ReworkOrdered { round });
    plan.handle_again();
    if supervised && let Some(lead) = plan.ticket.phase.legs().map(|legs| legs.lead.id) {
        plan.escalate(Level::L2, Cause::SecondRework, lead);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_residents_clock_goes_on_where_it_rested() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 10:00
             reply water solved unread
             at 2026-11-25 11:00
             callback unsolved dissatisfied
             ---
             rework",
            expect![[r#"
                11-25 11:00 rework
                    stops C7
                    rework_ordered round 1
                    runs C4 water 11-30 17:30, C0 12-09 09:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_clock_that_rested_overnight_lost_nothing() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 18:00
             reply water solved unread
             at 2026-11-24 20:00
             callback unsolved
             ---
             rework",
            expect![[r#"
                11-24 20:00 rework
                    stops C7
                    rework_ordered round 1
                    runs C4 water 11-27 17:30, C0 12-07 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_second_round_is_a_supervisors_and_reaches_l2_and_there_is_no_third() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved unread
             callback unsolved
             rework
             reply water solved unread
             audit pass
             callback unsolved
             ---
             rework
             supervisor: rework
             reply water solved
             audit pass
             callback unsolved
             supervisor: rework",
            expect![[r#"
                11-23 09:00 rework
                    refused SUPERVISOR_NEEDED (round=2)
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
                11-23 09:00 supervisor: rework
                    refused REWORK_EXHAUSTED (round=2)
                callback_due: supervisors, light none, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn only_what_was_claimed_solved_and_is_not_is_reworked() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             ---
             rework
             sign water
             reply water solved unread
             rework",
            expect![[r#"
                11-23 09:00 rework
                    refused WRONG_PHASE (phase=dispatched)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 reply water solved unread
                    stops C3 water, C4 water
                    replied water
                    audit_passed by rule
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 rework
                    refused NOT_UNSOLVED
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_time_it_rested_survives_a_new_class() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 10:00
             reply water solved unread
             at 2026-11-25 11:00
             callback unsolved
             rework
             ---
             supervisor: classify grade d",
            expect![[r#"
                11-25 11:00 supervisor: classify grade d
                    classified complaint d urban.noise
                    runs C0 01-06 09:30, C4 water 12-02 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn nobody_sends_his_own_units_work_back() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             reply water solved unread
             callback unsolved
             ---
             callback_agent@water: rework",
            expect![[r#"
                11-23 09:00 callback_agent@water: rework
                    refused SELF_REVIEW
                callback_due: callback desk, light none, no level
            "#]],
        );
    }
}
