//! AskCitizen 补充: the handling unit needs an answer from the resident to go on. Once per round; the clocks rest, the
//! wait has a limit of its own.

use super::plan::Plan;
use super::{Event, Grade, Phase};
use crate::access::Role;
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let lead = plan.own_lead(&[Role::UnitClerk, Role::UnitLeader, Role::UnitHead])?;
    if !matches!(plan.ticket.phase, Phase::Handling { .. }) {
        return Err(plan.wrong_phase());
    }
    // Nothing pauses what is urgent.
    if matches!(plan.grade(), Grade::A | Grade::B) {
        return Err(Refusal::new(Reason::NotForGrade).with("grade", plan.grade().as_str()));
    }
    if !plan.ticket.has_somebody_to_contact() {
        return Err(Reason::NobodyToContact.into());
    }
    if plan.ticket.asked_in == Some(plan.ticket.round) {
        return Err(Refusal::new(Reason::AskedAlready).with("round", plan.ticket.round));
    }
    plan.refuse_any_pending()?;
    plan.rest();
    plan.record(Event::CitizenAsked { leg: lead.id });
    plan.start(Kind::Waiting, None, plan.rules.profile().procedures.citizen_wait);
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn while_the_resident_is_asked_every_clock_rests_but_the_wait() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             ask water
             sign water
             ask roads
             at 2026-11-24 09:00
             ask water
             contact water reached
             urge
             note
             again phone
             sign roads
             reply water solved
             classify type help
             ask water
             tick to 2026-11-25 09:00",
            expect![[r#"
                11-23 09:00 ask water
                    refused WRONG_PHASE (phase=dispatched)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 ask roads
                    refused WRONG_RELATION (leg=2)
                11-24 09:00 ask water
                    stops C3 water, C4 water, C2 roads, C3 roads, C4 roads, C0
                    citizen_asked water
                    runs C9 12-01 17:30
                11-24 09:00 contact water reached
                    contact_tried water, made
                11-24 09:00 urge
                    urged
                11-24 09:00 note
                    annotated
                11-24 09:00 again phone
                    contact_added
                11-24 09:00 sign roads
                    refused WRONG_PHASE (phase=awaiting_citizen)
                11-24 09:00 reply water solved
                    refused WRONG_PHASE (phase=awaiting_citizen)
                11-24 09:00 classify type help
                    refused WRONG_PHASE (phase=awaiting_citizen)
                11-24 09:00 ask water
                    refused WRONG_PHASE (phase=awaiting_citizen)
                tick to 2026-11-25 09:00
                awaiting_citizen: resident, light grey, no level
            "#]],
        );
    }

    #[test]
    fn once_per_round() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ask water
             replied
             ---
             ask water
             reply water solved
             audit pass
             callback unsolved
             rework
             ask water",
            expect![[r#"
                11-23 09:00 ask water
                    refused ASKED_ALREADY (round=0)
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
                11-23 09:00 rework
                    stops C7
                    rework_ordered round 1
                    runs C4 water 11-26 17:30, C0 12-07 17:30
                11-23 09:00 ask water
                    stops C4 water, C0
                    citizen_asked water
                    runs C9 11-30 17:30
                awaiting_citizen: resident, light grey, no level
            "#]],
        );
    }

    #[test]
    fn what_is_urgent_never_waits_and_nobody_is_asked_where_nobody_is_known() {
        check(
            "register help b utilities.water phone
             dispatch water
             sign water
             ask water
             register complaint c urban.noise web anonymous
             dispatch water
             sign water
             ask water",
            expect![[r#"
                11-23 09:00 register help b utilities.water phone
                    registered help b utilities.water
                    runs C0 11-25 09:00, C1 11-23 09:15
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-23 09:30, C3 water 11-23 11:00, C4 water 11-30 17:30, C4S water 11-24 09:00
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 ask water
                    refused NOT_FOR_GRADE (grade=b)
                11-23 09:00 register complaint c urban.noise web anonymous
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 ask water
                    refused NOBODY_TO_CONTACT
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn not_while_somebody_decides() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             sign roads
             extend roads 2
             ---
             ask water
             decide extension no
             ask water",
            expect![[r#"
                11-23 09:00 ask water
                    refused DECISION_PENDING (leg=2)
                11-23 09:00 decide extension no
                    stops C5 roads
                    extension_refused roads
                11-23 09:00 ask water
                    stops C3 water, C4 water, C3 roads, C4 roads, C0
                    citizen_asked water
                    runs C9 11-30 17:30
                awaiting_citizen: resident, light grey, no level
            "#]],
        );
    }

    #[test]
    fn the_resident_may_withdraw_meanwhile() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             ask water
             ---
             withdraw",
            expect![[r#"
                11-23 09:00 withdraw
                    withdrawn
                    stops C9
                    closed withdrawn
                closed: nobody, light green, no level
            "#]],
        );
    }
}
