//! Withdraw 撤回: by the resident, confirmed by the hotline, before the reply; not where the public is at risk or
//! several people stand behind it.

use super::plan::Plan;
use super::{CloseKind, Event, Grade, Phase};
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let before_reply = match &plan.ticket.phase {
        Phase::Accepted { .. } | Phase::Consulting { .. } | Phase::Dispatched { .. } => true,
        Phase::Handling { .. } | Phase::AwaitingCitizen { .. } | Phase::Suspended { .. } => {
            plan.ticket.round == 0
        }
        Phase::ReplyReview { .. } | Phase::CallbackDue { .. } | Phase::Closed { .. } => false,
    };
    if !before_reply {
        return Err(plan.wrong_phase());
    }
    if plan.grade() == Grade::A || plan.ticket.listeners() > 1 {
        return Err(Refusal::new(Reason::NotWithdrawable).with("listeners", plan.ticket.listeners()));
    }
    plan.record(Event::Withdrawn {});
    plan.close(CloseKind::Withdrawn);
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn before_the_reply_the_resident_may_take_it_back() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             ---
             withdraw
             withdraw",
            expect![[r#"
                11-23 09:00 withdraw
                    withdrawn
                    stops C0, C3 water, C4 water
                    closed withdrawn
                11-23 09:00 withdraw
                    refused WRONG_PHASE (phase=closed)
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_public_risk_stays() {
        check(
            "register complaint a urban.noise phone
             ---
             withdraw",
            expect![[r#"
                11-23 09:00 withdraw
                    refused NOT_WITHDRAWABLE (listeners=1)
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_several_people_want_stays() {
        check(
            "register complaint c urban.noise phone
             again phone
             again web by li
             ---
             withdraw",
            expect![[r#"
                11-23 09:00 withdraw
                    refused NOT_WITHDRAWABLE (listeners=2)
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn after_the_reply_it_is_too_late() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             reply water solved unread
             callback unsolved
             ---
             withdraw
             rework
             withdraw",
            expect![[r#"
                11-23 09:00 withdraw
                    refused WRONG_PHASE (phase=callback_due)
                11-23 09:00 rework
                    stops C7
                    rework_ordered round 1
                    runs C4 water 11-26 17:30, C0 12-07 17:30, C3 water 11-24 17:30
                11-23 09:00 withdraw
                    refused WRONG_PHASE (phase=handling)
                handling: water, light none, no level
            "#]],
        );
    }
}
