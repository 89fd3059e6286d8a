//! DeadlineCallback 到期回访: the lead has missed its due time, so the resident is asked without an answer to ask about. Once
//! a round; counts unsolved, whatever is said. In grade A it is a safety call, at any hour.

use super::plan::Plan;
use super::{Event, Grade, Phase, Rating};
use crate::clock::Kind;
use crate::id::LegId;
use crate::refusal::{Reason, Refusal};

/// 到期回访.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineCallback {
    /// Whether somebody answered.
    pub reached: bool,
    /// How satisfied.
    pub rating: Option<Rating>,
}

impl DeadlineCallback {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let (Phase::Dispatched { legs }
        | Phase::Handling { legs }
        | Phase::AwaitingCitizen { legs, .. }
        | Phase::Suspended { legs, .. }) = &plan.ticket.phase
        else {
            return Err(plan.wrong_phase());
        };
        check_due(plan, legs.lead.id)?;
        plan.refuse_self_review()?;
        if !plan.ticket.has_somebody_to_contact() {
            return Err(Reason::NobodyToContact.into());
        }
        if plan.grade() != Grade::A {
            plan.refuse_quiet_hours()?;
        }
        plan.record(Event::DeadlineAsked {
            reached: self.reached,
            rating: self.rating.filter(|_| self.reached),
        });
        let tries = plan.ticket.deadline_tries;
        if self.reached || tries >= plan.rules.profile().callback_tries {
            plan.stop(Kind::Callback, None);
        } else if tries == 1 {
            plan.ring_on();
        }
        Ok(())
    }
}

/// Due is the ring that follows the missed due time, until somebody has answered or the tries are used up.
fn check_due(plan: &Plan<'_>, lead: LegId) -> Result<(), Refusal> {
    if plan.ticket.runs(Kind::Callback) {
        return Ok(());
    }
    if plan.ticket.deadline_asked_in == Some(plan.ticket.round) {
        return Err(Reason::OutcomeRecorded.into());
    }
    match plan.clock(Kind::Handle, Some(lead)) {
        Some(clock) if !clock.is_late(plan.now) => {
            Err(Refusal::new(Reason::DeadlineNotPassed).with("due_at", clock.run.due_at))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_resident_is_rung_when_the_due_time_passes_without_an_answer() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             ---
             deadline reached
             tick to 2026-11-30 18:00
             callback_agent@water: deadline reached
             deadline reached dissatisfied
             deadline reached
             reply water solved",
            expect![[r#"
                11-23 09:00 deadline reached
                    refused DEADLINE_NOT_PASSED (due_at=2026-11-30T09:30:00Z)
                tick to 2026-11-30 18:00
                11-27 16:12 C4 water L0: clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-01 17:30
                11-30 18:00 callback_agent@water: deadline reached
                    refused SELF_REVIEW
                11-30 18:00 deadline reached dissatisfied
                    deadline_asked
                    stops C7
                11-30 18:00 deadline reached
                    refused OUTCOME_RECORDED
                11-30 18:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 12-01 17:30
                reply_review: audit desk, light none, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn three_tries_in_quiet_hours_none() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             tick to 2026-11-30 20:00
             ---
             deadline missed
             at 2026-11-30 20:31
             deadline missed
             at 2026-12-01 09:00
             deadline missed
             at 2026-12-02 09:00
             deadline missed
             deadline missed",
            expect![[r#"
                11-30 20:00 deadline missed
                    deadline_asked nobody answered
                    stops C7
                    runs C7 12-03 17:30
                11-30 20:31 deadline missed
                    refused QUIET_HOURS (from=2026-12-01T00:30:00Z)
                12-01 09:00 deadline missed
                    deadline_asked nobody answered
                12-02 09:00 deadline missed
                    deadline_asked nobody answered
                    stops C7
                12-02 09:00 deadline missed
                    refused OUTCOME_RECORDED
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn an_answer_ends_the_ringing() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             tick to 2026-12-01 10:00
             ---
             deadline missed
             reply water solved
             audit substance
             deadline missed
             callback missed",
            expect![[r#"
                12-01 10:00 deadline missed
                    deadline_asked nobody answered
                    stops C7
                    runs C7 12-03 17:30
                12-01 10:00 reply water solved
                    stops C4 water
                    replied water
                    stops C7
                    runs C6 12-02 17:30
                12-01 10:00 audit substance
                    stops C6
                    audit_failed substance
                    runs C4 water 11-30 17:30
                12-01 10:00 deadline missed
                    refused OUTCOME_RECORDED
                12-01 10:00 callback missed
                    refused WRONG_PHASE (phase=handling)
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn what_is_urgent_is_asked_at_any_hour() {
        check(
            "register help a utilities.water phone
             dispatch water
             sign water
             contact water reached
             stage water controlled
             ---
             tick to 2026-11-30 17:30
             at 2026-11-30 23:00
             deadline reached",
            expect![[r#"
                tick to 2026-11-30 17:30
                11-23 12:00 C4S water L0: clerk
                11-23 13:00 C4S water L1: clerk, unit_leader, district, 0.5 points
                11-23 13:15 C4S water L2: unit_head, 1.0 points
                    order_issued 1 to water by 11-26 17:30
                    runs C11 11-26 17:30
                11-23 13:30 C4S water L3: district_leader, city_office, 2.0 points
                11-23 14:00 C4S water CALL: duty_leader
                11-26 09:23 C11 L0: clerk
                11-26 17:30 C11 L2: unit_head, 1.0 points
                11-27 14:08 C4 water L0: clerk
                11-30 17:30 C0 L1: supervisor_desk, clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 11-30 19:30
                11-30 23:00 deadline reached
                    deadline_asked
                    stops C7
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn each_round_is_asked_about_anew() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             tick to 2026-12-01 10:00
             deadline reached
             reply water solved
             audit pass
             callback unsolved
             rework
             ---
             deadline reached
             tick to 2026-12-04 18:00
             deadline missed",
            expect![[r#"
                12-01 10:00 deadline reached
                    refused DEADLINE_NOT_PASSED (due_at=2026-12-04T09:30:00Z)
                tick to 2026-12-04 18:00
                12-03 17:30 C4 water L0: clerk
                12-04 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-07 17:30
                12-04 18:00 deadline missed
                    deadline_asked nobody answered
                    stops C7
                    runs C7 12-09 17:30
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn nobody_to_ring_nobody_rings() {
        check(
            "register complaint c urban.noise phone anonymous
             dispatch water
             ---
             tick to 2026-11-30 18:00
             deadline reached",
            expect![[r#"
                tick to 2026-11-30 18:00
                11-24 08:45 C2 water L0: clerk
                11-24 17:30 C2 water L1: clerk, unit_leader, district, 0.5 points
                11-27 16:12 C4 water L0: clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                11-30 18:00 deadline reached
                    refused NOBODY_TO_CONTACT
                dispatched: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn a_question_put_too_late_does_not_stop_the_ring() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             tick to 2026-12-01 10:00
             ---
             ask water
             deadline reached
             deadline reached",
            expect![[r#"
                12-01 10:00 ask water
                    stops C4 water, C0
                    citizen_asked water
                    runs C9 12-08 17:30
                12-01 10:00 deadline reached
                    deadline_asked
                    stops C7
                12-01 10:00 deadline reached
                    refused OUTCOME_RECORDED
                awaiting_citizen: resident, light grey, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn a_safety_call_nobody_answers_keeps_its_limit() {
        check(
            "register complaint a urban.noise phone
             dispatch water
             sign water
             contact water reached
             stage water controlled
             tick to 2026-11-30 18:00
             ---
             at 2026-11-30 21:00
             deadline missed
             tick to 2026-12-01 18:00",
            expect![[r#"
                11-30 21:00 deadline missed
                    deadline_asked nobody answered
                tick to 2026-12-01 18:00
                11-30 21:00 C4 water CALL: duty_leader
                11-30 21:00 C7 L1: callback_desk
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn in_grade_b_nobody_is_rung_at_night() {
        check(
            "register help b utilities.water phone
             operator: dispatch water
             sign water
             contact water reached
             tick to 2026-11-30 17:00
             at 2026-12-01 02:30
             ---
             catch up
             deadline reached
             at 2026-12-01 08:30
             deadline reached",
            expect![[r#"
                12-01 02:30 catch up
                12-01 02:30 C4 water L1, system was down: clerk, unit_leader, district
                    runs C7 12-02 08:30
                12-01 02:30 C4 water L2, system was down: unit_head
                12-01 02:30 C4 water L3, system was down: district_leader, city_office
                12-01 02:30 C4 water CALL, system was down: duty_leader
                12-01 02:30 deadline reached
                    refused QUIET_HOURS (from=2026-12-01T00:30:00Z)
                12-01 08:30 deadline reached
                    deadline_asked
                    stops C7
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }
}
