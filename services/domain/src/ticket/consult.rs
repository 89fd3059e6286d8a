//! Consult 会商: before dispatch the triage desk asks at least two units whether the matter is theirs. Its own clock, C1,
//! rests until all of them have spoken or their time, C5, is over (section 4, rule 7). What is urgent waits for nobody:
//! of grades A and B the desk stays on its clock.

use super::plan::Plan;
use super::{CONSULTED_MAX, Event, Grade, Phase, Secrecy};
use crate::clock::Kind;
use crate::id::UnitId;
use crate::refusal::{Reason, Refusal};

/// 会商.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consult {
    /// Who is asked, at least two.
    pub units: Vec<UnitId>,
}

impl Consult {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(plan.ticket.phase, Phase::Accepted { .. }) {
            return Err(plan.wrong_phase());
        }
        if plan.ticket.secrecy == (Secrecy::Sealed { accused: None }) {
            return Err(Reason::AccusedMissing.into());
        }
        if self.units.len() > CONSULTED_MAX {
            return Err(Refusal::new(Reason::TooMany).with("units_max", CONSULTED_MAX));
        }
        plan.refuse_units(&self.units)?;
        let procedures = &plan.rules.profile().procedures;
        if self.units.len() < usize::from(procedures.opinions) {
            return Err(Refusal::new(Reason::OpinionsMissing).with("needed", procedures.opinions));
        }
        if matches!(plan.grade(), Grade::C | Grade::D) {
            plan.stop(Kind::Triage, None);
        }
        plan.stop(Kind::CallBack, None);
        plan.record(Event::ConsultStarted {
            units: self.units.clone(),
        });
        plan.start(Kind::Decision, None, procedures.consult);
        Ok(())
    }
}

/// The desk has waited for the units long enough: C1 goes on, where it has rested.
pub(super) fn desk_goes_on(plan: &mut Plan<'_>) {
    if matches!(plan.ticket.phase, Phase::Consulting { .. }) {
        plan.resume_rested(Kind::Triage, None);
    }
}

/// Refuses a dispatch for which a consultation has too few opinions and still has time. What is urgent waits for nobody.
pub(super) fn refuse_unheard(plan: &Plan<'_>) -> Result<(), Refusal> {
    let Phase::Consulting { asked } = &plan.ticket.phase else {
        return Ok(());
    };
    let heard = asked.values().flatten().count();
    let needed = plan.rules.profile().procedures.opinions;
    let clock = plan.clock(Kind::Decision, None);
    let is_over = clock.is_none_or(|clock| !clock.is_running() || plan.now > clock.run.due_at);
    if heard >= usize::from(needed) || is_over || matches!(plan.grade(), Grade::A | Grade::B) {
        return Ok(());
    }
    Err(Refusal::new(Reason::OpinionsMissing)
        .with("needed", needed)
        .with("heard", heard))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;
    use crate::ticket::check::scenes::check_all;

    #[test]
    fn two_units_are_asked_before_one_gets_it() {
        check(
            "register complaint c urban.noise phone in s
             consult water roads
             dispatch water
             opinion water declines
             dispatch roads
             opinion roads takes
             dispatch roads",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 consult water roads
                    stops C1
                    consult_started water, roads
                    runs C5 11-24 17:30
                11-23 09:00 dispatch water
                    refused OPINIONS_MISSING (needed=2, heard=0)
                11-23 09:00 opinion water declines
                    opinion_given water does not
                11-23 09:00 dispatch roads
                    refused OPINIONS_MISSING (needed=2, heard=1)
                11-23 09:00 opinion roads takes
                    opinion_given roads takes it
                    stops C5
                    runs C1 11-23 11:00
                11-23 09:00 dispatch roads
                    stops C1
                    dispatched roads
                    runs C2 roads 11-24 17:30, C3 roads 11-24 17:30, C4 roads 11-30 17:30
                dispatched: roads, light none, no level
            "#]],
        );
    }

    #[test]
    fn who_does_not_answer_in_time_is_not_waited_for() {
        check(
            "register complaint c urban.noise phone in s
             consult water roads ecology
             opinion water declines
             tick to 2026-11-24 18:00
             dispatch roads",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 consult water roads ecology
                    stops C1
                    consult_started water, roads, ecology
                    runs C5 11-24 17:30
                11-23 09:00 opinion water declines
                    opinion_given water does not
                tick to 2026-11-24 18:00
                11-24 17:30 C5 L1: triage_desk
                    runs C1 11-24 19:30
                11-24 18:00 dispatch roads
                    stops C1, C5
                    dispatched roads
                    runs C2 roads 11-25 17:30, C3 roads 11-25 17:30, C4 roads 12-01 17:30
                dispatched: roads, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_is_urgent_waits_for_nobody() {
        check(
            "register complaint c urban.noise phone in s
             consult water roads
             ---
             operator: dispatch water
             operator: dispatch water as grade b",
            expect![[r#"
                11-23 09:00 operator: dispatch water
                    refused WRONG_RELATION (role=operator)
                11-23 09:00 operator: dispatch water as grade b
                    classified complaint b urban.noise
                    runs C0 11-25 09:00
                    stops C5
                    dispatched water
                    runs C2 water 11-23 09:30, C3 water 11-23 11:00, C4 water 11-30 17:30, C4S water 11-24 09:00
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn whoever_is_asked_is_known_and_may_have_it() {
        check(
            "register report c urban.noise phone in s
             consult water roads
             seal street
             consult water
             consult water water
             consult water fish
             consult water village
             consult water roads a b c d e f g
             consult water roads
             consult water roads",
            expect![[r#"
                11-23 09:00 register report c urban.noise phone in s
                    registered report c urban.noise
                    sealed
                    runs C0 12-21 17:30, C1 11-23 11:00
                11-23 09:00 consult water roads
                    refused ACCUSED_MISSING
                11-23 09:00 seal street
                    sealed against street
                11-23 09:00 consult water
                    refused OPINIONS_MISSING (needed=2)
                11-23 09:00 consult water water
                    refused REPEATED_UNIT (unit=water)
                11-23 09:00 consult water fish
                    refused UNKNOWN_UNIT (unit=fish)
                11-23 09:00 consult water village
                    refused RECUSED (unit=village)
                11-23 09:00 consult water roads a b c d e f g
                    refused TOO_MANY (units_max=8)
                11-23 09:00 consult water roads
                    stops C1
                    consult_started water, roads
                    runs C5 11-24 17:30
                11-23 09:00 consult water roads
                    refused WRONG_PHASE (phase=consulting)
                consulting: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_consultation_ends_with_a_decline_or_a_withdrawal_as_well() {
        check(
            "register complaint c urban.noise phone in s
             consult water roads
             ---
             decline r2
             reopen
             consult water roads
             withdraw",
            expect![[r#"
                11-23 09:00 decline r2
                    declined
                    stops C0, C5
                    closed declined r2
                11-23 09:00 reopen
                    reopened
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 consult water roads
                    stops C1
                    consult_started water, roads
                    runs C5 11-24 17:30
                11-23 09:00 withdraw
                    withdrawn
                    stops C0, C5
                    closed withdrawn
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_unit_that_must_stay_out_is_not_asked_on() {
        check(
            "register complaint c urban.noise phone in s
             consult water street
             opinion water takes
             ---
             recuse street
             consult water district
             opinion district takes
             seal water
             unit_clerk@water: opinion water takes",
            expect![[r#"
                11-23 09:00 recuse street
                    unit_recused street
                    stops C5
                    recalled
                    runs C1 11-23 11:00
                11-23 09:00 consult water district
                    stops C1
                    consult_started water, district
                    runs C5 11-24 17:30
                11-23 09:00 opinion district takes
                    opinion_given district takes it
                11-23 09:00 seal water
                    sealed against water
                    stops C5
                    recalled
                    runs C1 11-23 11:00
                11-23 09:00 unit_clerk@water: opinion water takes
                    refused RECUSED
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_gas_smell_is_asked_about_and_still_presses() {
        check(
            "at 2026-09-30 23:00
             register help a utilities.water phone
             ---
             consult water roads
             tick to 2026-09-30 23:10
             recuse water
             at 2026-11-27 18:00
             register help b utilities.water phone
             consult water roads
             tick to 2026-11-27 18:20
             operator: dispatch water",
            expect![[r#"
                09-30 23:00 consult water roads
                    consult_started water, roads
                    runs C5 10-08 17:30
                tick to 2026-09-30 23:10
                09-30 23:05 C1 L1: triage_desk, supervisor_desk
                09-30 23:10 recuse water
                    unit_recused water
                    stops C5
                    recalled
                11-27 18:00 register help b utilities.water phone
                    registered help b utilities.water
                    runs C0 11-29 18:00, C1 11-27 18:15
                11-27 18:00 consult water roads
                    consult_started water, roads
                    runs C5 11-30 17:30
                tick to 2026-11-27 18:20
                11-27 18:15 C1 L1: triage_desk, supervisor_desk
                11-27 18:20 operator: dispatch water
                    stops C1, C5
                    dispatched water
                    runs C2 water 11-27 18:50, C3 water 11-27 20:20, C4 water 12-04 17:30, C4S water 11-28 18:20
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn while_an_ordinary_matter_is_asked_about_the_desks_time_rests() {
        check(
            "register complaint c urban.noise phone
             tick to 2026-11-23 10:59
             ---
             consult water roads
             opinion water takes
             tick to 2026-11-23 16:00
             opinion roads declines
             tick to 2026-11-23 16:05
             recuse street
             recuse roads
             consult water ecology
             withdraw",
            expect![[r#"
                11-23 10:59 consult water roads
                    stops C1
                    consult_started water, roads
                    runs C5 11-24 17:30
                11-23 10:59 opinion water takes
                    opinion_given water takes it
                tick to 2026-11-23 16:00
                11-23 16:00 opinion roads declines
                    opinion_given roads does not
                    stops C5
                    runs C1 11-23 16:01
                tick to 2026-11-23 16:05
                11-23 16:01 C1 L1: triage_desk, supervisor_desk
                11-23 16:05 recuse street
                    unit_recused street
                11-23 16:05 recuse roads
                    unit_recused roads
                    recalled
                11-23 16:05 consult water ecology
                    stops C1
                    consult_started water, ecology
                    runs C5 11-24 17:30
                11-23 16:05 withdraw
                    withdrawn
                    stops C0, C5
                    closed withdrawn
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_desk_that_was_late_before_it_asked_is_late() {
        check(
            "register complaint c urban.noise phone
             tick to 2026-11-23 11:30
             ---
             consult water roads
             at 2026-11-23 16:00
             recuse roads
             tick to 2026-11-23 18:00",
            expect![[r#"
                11-23 11:30 consult water roads
                    stops C1
                    consult_started water, roads
                    runs C5 11-24 17:30
                11-23 16:00 recuse roads
                    unit_recused roads
                    stops C5
                    recalled
                    runs C1 11-23 11:00
                tick to 2026-11-23 18:00
                accepted: triage desk, light red, no level
            "#]],
        );
    }

    #[test]
    fn merged_while_it_is_asked_about_the_desks_time_rests_all_the_while() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             b> register complaint c urban.noise phone by li
             at 2026-11-23 10:00
             b> consult water roads
             at 2026-11-23 14:00
             merge b into a
             at 2026-11-23 16:00
             ---
             unmerge b
             b> opinion water takes
             at 2026-11-23 17:00
             b> recuse roads
             b> dispatch water",
            expect![[r#"
                11-23 16:00 unmerge b
                  b
                    unmerged a
                    runs C0 12-07 17:30, C5 11-25 10:30
                  a
                    child_unmerged b
                11-23 16:00 b> opinion water takes
                    opinion_given water takes it
                11-23 17:00 b> recuse roads
                    unit_recused roads
                    stops C5
                    recalled
                    runs C1 11-23 18:00
                11-23 17:00 b> dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                a dispatched: street, light none, no level, 1 listeners
                b dispatched: water, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn it_leaves_its_incident_and_the_consultation_at_once() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             b> register complaint c urban.noise phone by li
             b> consult water roads
             at 2026-11-23 10:00
             merge b into a
             at 2026-11-23 14:00
             ---
             b> recuse water",
            expect![[r#"
                11-23 14:00 b> recuse water
                    unmerged a
                    runs C0 12-07 17:30, C5 11-25 10:30
                    unit_recused water
                    stops C5
                    recalled
                    runs C1 11-23 16:00
                a dispatched: street, light none, no level, 2 listeners
                b accepted: triage desk, light none, no level, 1 listeners
            "#]],
        );
    }
}
