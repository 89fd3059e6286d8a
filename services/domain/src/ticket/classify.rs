//! Classify 分类: type, grade, category, area. After dispatch lengthening needs a supervisor, before due.

use jiff::Timestamp;

use super::plan::Plan;
use super::{Classification, Event, Grade, Hold, Phase, RequestType, Secrecy, Ticket};
use crate::access::Role;
use crate::clock::{Clock, Kind};
use crate::id::{AreaId, CategoryId, LegId};
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;

/// What changes; what is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Classify {
    /// What the resident wants.
    pub kind: Option<RequestType>,
    /// How urgent.
    pub grade: Option<Grade>,
    /// Its subject.
    pub category: Option<CategoryId>,
    /// Where it is.
    pub area: Option<AreaId>,
    /// How sure, in percent.
    pub confidence_percent: u8,
    /// Why a triager must look at it; only the system holds.
    pub hold: Option<Hold>,
}

impl Classify {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let before = plan.ticket.classification.clone();
        let hold = self.hold.filter(|_| plan.actor.role == Role::System);
        let classification = self.over(&before);
        check_phase(plan, &classification)?;
        known(&classification, plan.rules)?;
        if classification == before && hold == plan.ticket.hold {
            return Err(Reason::NothingChanges.into());
        }
        // A unit that holds it may be the accused: who it is must be known before it becomes a report.
        let is_dispatched = plan.ticket.phase.legs().is_some();
        if classification.kind == RequestType::Report && is_dispatched && !accused_is_known(&plan.ticket) {
            return Err(Reason::AccusedMissing.into());
        }
        plan.go_on(Event::Resumed {}, None);
        let clocks = plan.ticket.clocks.clone();
        plan.record(Event::Classified { classification, hold });
        plan.seal_a_report()?;
        plan.reclassify(&before);
        if plan.is_raised(&before) {
            Ok(())
        } else {
            check_lengthening(plan, &clocks, before.grade)
        }
    }

    /// The classification with these changes.
    pub fn over(&self, before: &Classification) -> Classification {
        Classification {
            kind: self.kind.unwrap_or(before.kind),
            grade: self.grade.unwrap_or(before.grade),
            category: self.category.clone().or_else(|| before.category.clone()),
            area: self.area.clone().or_else(|| before.area.clone()),
            confidence_percent: self.confidence_percent,
        }
    }
}

/// What rests is classified only as urgent, and rests no longer.
fn check_phase(plan: &Plan<'_>, classification: &Classification) -> Result<(), Refusal> {
    let is_urgent = matches!(classification.grade, Grade::A | Grade::B);
    match plan.ticket.phase {
        Phase::Accepted { .. } | Phase::Dispatched { .. } | Phase::Handling { .. } => Ok(()),
        Phase::AwaitingCitizen { .. } | Phase::Suspended { .. } if is_urgent => Ok(()),
        Phase::AwaitingCitizen { .. }
        | Phase::Suspended { .. }
        | Phase::Consulting { .. }
        | Phase::ReplyReview { .. }
        | Phase::CallbackDue { .. }
        | Phase::Closed { .. } => Err(plan.wrong_phase()),
    }
}

/// After dispatch a unit gets more time only from a supervisor, and only before the time to handle the matter is over:
/// what else is late, on whichever leg, does not keep a wrong class.
fn check_lengthening(plan: &Plan<'_>, before: &[Clock], was: Grade) -> Result<(), Refusal> {
    let lengthened = |clock: &&Clock| {
        let after = plan
            .clock(clock.run.kind, clock.run.leg)
            .filter(|clock| clock.is_running());
        after.is_none_or(|after| after.run.due_at > clock.run.due_at)
    };
    let units = before
        .iter()
        .filter(|clock| clock.is_running() && clock.run.kind.is_the_units());
    let Some(due_at) = units.filter(lengthened).map(|clock| clock.run.due_at).min() else {
        return Ok(());
    };
    if !plan.actor.role.supervises() {
        return Err(Refusal::new(Reason::LengtheningNeedsSupervisor).with("due_at", due_at));
    }
    match time_to_handle(plan, before, was).filter(|due_at| plan.now > *due_at) {
        Some(due_at) => Err(Refusal::new(Reason::PastDue).with("due_at", due_at)),
        None => Ok(()),
    }
}

/// Until when a matter of the grade it had was to be handled: the lead's C4, and in the first round of an ordinary one
/// the resident's time, which bounds it (rule 2).
fn time_to_handle(plan: &Plan<'_>, before: &[Clock], was: Grade) -> Option<Timestamp> {
    let lead = plan.ticket.phase.legs()?.lead.id;
    let due = |kind: Kind, leg: Option<LegId>| {
        let is_it = |clock: &&Clock| (clock.run.kind, clock.run.leg) == (kind, leg);
        before.iter().find(is_it).map(|clock| clock.run.due_at)
    };
    let is_bound = matches!(was, Grade::C | Grade::D) && plan.ticket.round == 0;
    let cap = due(Kind::Citizen, None).filter(|_| is_bound);
    due(Kind::Handle, Some(lead)).into_iter().chain(cap).min()
}

/// Whether it is recorded who must stay out.
pub(super) fn accused_is_known(ticket: &Ticket) -> bool {
    matches!(ticket.secrecy, Secrecy::Sealed { accused: Some(_) })
}

/// Refuses codes the rules do not have.
pub(super) fn known(classification: &Classification, rules: &Rules) -> Result<(), Refusal> {
    if let Some(category) = classification
        .category
        .as_ref()
        .filter(|id| rules.categories.get(id).is_none())
    {
        return Err(Refusal::new(Reason::UnknownCategory).with("category", category));
    }
    if let Some(area) = classification
        .area
        .as_ref()
        .filter(|id| rules.areas.get(id).is_none())
    {
        return Err(Refusal::new(Reason::UnknownArea).with("area", area));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_new_type_counts_from_the_original_start() {
        check(
            "register consult c urban.noise phone
             at 2026-11-24 09:00
             classify type complaint category utilities.water",
            expect![[r#"
                11-23 09:00 register consult c urban.noise phone
                    registered consult c urban.noise
                    runs C0 11-27 17:30, C1 11-23 11:00
                11-24 09:00 classify type complaint category utilities.water
                    classified complaint c utilities.water
                    runs C0 12-07 17:30
                accepted: triage desk, light red, no level
            "#]],
        );
    }

    #[test]
    fn after_dispatch_lengthening_needs_a_supervisor_and_comes_before_due() {
        check(
            "register consult c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             at 2026-11-24 09:00
             classify type complaint
             supervisor: classify type complaint
             classify type complaint",
            expect![[r#"
                11-24 09:00 classify type complaint
                    refused LENGTHENING_NEEDS_SUPERVISOR (due_at=2026-11-25T09:30:00Z)
                11-24 09:00 supervisor: classify type complaint
                    classified complaint c urban.noise
                    runs C0 12-07 17:30, C4 water 11-30 17:30
                11-24 09:00 classify type complaint
                    refused NOTHING_CHANGES
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn lengthening_comes_too_late_after_due() {
        check(
            "register consult c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-11-25 18:00
             supervisor: classify type complaint",
            expect![[r#"
                tick to 2026-11-25 18:00
                11-24 17:30 C4 water L0: clerk
                11-25 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 11-26 17:30
                11-25 18:00 supervisor: classify type complaint
                    refused PAST_DUE (due_at=2026-11-25T09:30:00Z)
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn urgent_by_mistake_it_is_put_right_although_it_was_not_signed_in_time() {
        check(
            "register help a utilities.water phone
             operator: dispatch water
             tick to 2026-11-23 13:20
             ---
             classify grade c
             supervisor: classify grade c
             tick to 2026-11-25 09:00",
            expect![[r#"
                11-23 13:20 classify grade c
                    refused LENGTHENING_NEEDS_SUPERVISOR (due_at=2026-11-23T01:15:00Z)
                11-23 13:20 supervisor: classify grade c
                    classified help c utilities.water
                    runs C0 12-07 17:30, C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                    stops C4S water
                tick to 2026-11-25 09:00
                dispatched: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn a_late_co_unit_keeps_no_wrong_class_and_stays_late() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             contact water reached
             tick to 2026-11-25 09:00
             ---
             supervisor: classify grade d
             tick to 2026-11-25 18:00",
            expect![[r#"
                11-25 09:00 supervisor: classify grade d
                    classified complaint d urban.noise
                    runs C0 01-04 17:30, C4 water 12-14 17:30, C2 roads 11-24 17:30, C3 roads 11-24 17:30, C4 roads 12-09 17:30
                tick to 2026-11-25 18:00
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn once_the_residents_time_is_over_it_is_not_lengthened() {
        check(
            "register consult c urban.noise phone
             at 2026-11-27 18:00
             dispatch water
             sign water
             contact water reached
             ---
             supervisor: classify type complaint",
            expect![[r#"
                11-27 18:00 supervisor: classify type complaint
                    refused PAST_DUE (due_at=2026-11-27T09:30:00Z)
                handling: water, light red, no level
            "#]],
        );
    }

    #[test]
    fn shortened_it_leaves_at_least_the_floor() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-11-27 09:00
             classify type consult",
            expect![[r#"
                tick to 2026-11-27 09:00
                11-27 09:00 classify type consult
                    classified consult c urban.noise
                    runs C0 11-30 17:30, C4 water 11-30 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn levels_that_have_fired_stay_and_do_not_fire_again() {
        check(
            "register complaint d urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-12-11 18:00
             classify grade c
             tick to 2026-12-15 18:00",
            expect![[r#"
                tick to 2026-12-11 18:00
                12-09 16:12 C4 water L0: clerk
                12-11 18:00 classify grade c
                    classified complaint c urban.noise
                    runs C0 12-14 17:30, C4 water 12-14 17:30
                tick to 2026-12-15 18:00
                12-14 17:30 C0 L1: supervisor_desk, clerk
                12-14 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-15 17:30
                12-15 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-18 17:30
                    runs C11 12-18 17:30
                12-15 17:30 C7 L1: callback_desk
                handling: water, light red, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn raised_to_a_everything_starts_now_and_stage_reports_begin() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             ---
             at 2026-11-24 20:00
             classify grade a
             tick to 2026-11-24 20:50",
            expect![[r#"
                11-24 20:00 classify grade a
                    classified complaint a urban.noise
                    runs C0 11-25 00:00, C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30, C4S water 11-24 22:00
                tick to 2026-11-24 20:50
                11-24 20:00 C2 water L0: clerk
                11-24 20:00 C3 water L0: clerk
                11-24 20:00 C2 water L1: clerk, unit_leader, district, 0.5 points
                11-24 20:00 C3 water L1: clerk, unit_leader, district, 0.5 points
                11-24 20:15 C2 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 11-27 17:30
                    runs C11 11-27 17:30
                11-24 20:15 C3 water L2: unit_head, 1.0 points
                11-24 20:30 C2 water L3: district_leader, city_office, 2.0 points
                11-24 20:30 C3 water L3: district_leader, city_office, 2.0 points
                dispatched: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn raised_from_b_the_first_report_is_due_sooner() {
        check(
            "register complaint b urban.noise phone
             dispatch water
             sign water
             ---
             at 2026-11-23 12:00
             classify grade a",
            expect![[r#"
                11-23 12:00 classify grade a
                    classified complaint a urban.noise
                    runs C0 11-23 16:00, C3 water 11-23 11:00, C4 water 11-30 17:30, C4S water 11-23 14:00
                handling: water, light red, no level
            "#]],
        );
    }

    #[test]
    fn lowered_the_stage_reports_end_which_only_a_supervisor_grants() {
        check(
            "register complaint a urban.noise phone
             dispatch water
             sign water
             contact water reached
             stage water controlled
             ---
             at 2026-11-23 10:00
             classify grade c
             supervisor: classify grade c",
            expect![[r#"
                11-23 10:00 classify grade c
                    refused LENGTHENING_NEEDS_SUPERVISOR (due_at=2026-11-23T05:00:00Z)
                11-23 10:00 supervisor: classify grade c
                    classified complaint c urban.noise
                    runs C0 12-07 17:30, C4 water 11-30 17:30
                    stops C4S water
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn raised_again_they_go_on() {
        check(
            "register complaint a urban.noise phone
             dispatch water
             sign water
             contact water reached
             stage water controlled
             supervisor: classify grade c
             ---
             at 2026-11-23 11:00
             classify grade b",
            expect![[r#"
                11-23 11:00 classify grade b
                    classified complaint b urban.noise
                    runs C0 11-30 17:30, C4 water 11-30 17:30, C4S water 11-24 11:00
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn an_unknown_code_or_no_change_is_refused() {
        check(
            "register complaint c urban.noise phone
             ---
             classify category urban.fish
             classify area mars
             system: classify hold unknown_area
             triager: classify category urban.noise
             classify category urban.noise",
            expect![[r#"
                11-23 09:00 classify category urban.fish
                    refused UNKNOWN_CATEGORY (category=urban.fish)
                11-23 09:00 classify area mars
                    refused UNKNOWN_AREA (area=mars)
                11-23 09:00 system: classify hold unknown_area
                    classified complaint c urban.noise
                11-23 09:00 triager: classify category urban.noise
                    classified complaint c urban.noise
                11-23 09:00 classify category urban.noise
                    refused NOTHING_CHANGES
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_unit_that_may_be_accused_holds_no_report() {
        check(
            "register complaint c urban.noise phone
             dispatch street roads
             ---
             classify type report
             seal roads
             supervisor: classify type report",
            expect![[r#"
                11-23 09:00 classify type report
                    refused ACCUSED_MISSING
                11-23 09:00 seal roads
                    sealed against roads
                    stops C2 roads, C3 roads, C4 roads
                    leg_ended roads
                11-23 09:00 supervisor: classify type report
                    classified report c urban.noise
                    runs C0 12-21 17:30, C4 street 12-14 17:30
                dispatched: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_complaint_that_turns_out_a_report_is_sealed() {
        check(
            "register complaint c urban.noise phone
             classify type report",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 classify type report
                    classified report c urban.noise
                    sealed
                    runs C0 12-21 17:30
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_turns_out_urgent_rests_no_longer() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             ask water
             ---
             at 2026-11-24 09:00
             classify type help
             classify grade b
             ask water
             classify grade c
             register complaint c urban.noise phone
             dispatch water
             sign water
             suspend water funds check 2026-12-20 until 2027-01-20
             decide suspension yes
             at 2026-12-10 09:00
             classify grade a",
            expect![[r#"
                11-24 09:00 classify type help
                    refused WRONG_PHASE (phase=awaiting_citizen)
                11-24 09:00 classify grade b
                    stops C9
                    resumed
                    runs C3 water 11-25 17:30, C4 water 12-01 17:30, C0 12-08 17:30
                    classified complaint b urban.noise
                    runs C0 11-26 09:00, C3 water 11-24 11:00, C4 water 12-01 17:30, C4S water 11-25 09:00
                11-24 09:00 ask water
                    refused NOT_FOR_GRADE (grade=b)
                11-24 09:00 classify grade c
                    refused LENGTHENING_NEEDS_SUPERVISOR (due_at=2026-11-24T03:00:00Z)
                11-24 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-08 17:30, C1 11-24 11:00
                11-24 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-25 17:30, C3 water 11-25 17:30, C4 water 12-01 17:30
                11-24 09:00 sign water
                    stops C2 water
                    signed water
                11-24 09:00 suspend water funds check 2026-12-20 until 2027-01-20
                    suspension_requested water funds
                    runs C5 water 11-26 17:30
                11-24 09:00 decide suspension yes
                    stops C5 water, C3 water, C4 water, C0
                    suspended funds, check 12-20 09:00, until 01-20 09:00
                    runs C10 12-20 09:00
                12-10 09:00 classify grade a
                    stops C10
                    resumed
                    runs C3 water 12-11 17:30, C4 water 12-17 17:30, C0 12-24 17:30
                    classified complaint a urban.noise
                    runs C0 12-10 13:00, C3 water 12-10 09:30, C4 water 12-17 17:30, C4S water 12-10 11:00
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_becomes_urgent_waits_for_nobodys_decision() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             contact water reached
             at 2026-11-24 16:00
             return roads wrong_unit
             extend water 5
             ---
             at 2026-11-24 20:00
             classify grade a
             tick to 2026-11-24 22:00
             excuse water roads
             reply water solved",
            expect![[r#"
                11-24 20:00 classify grade a
                    classified complaint a urban.noise
                    stops C5 roads
                    return_refused roads
                    stops C5 water
                    extension_refused water
                    runs C0 11-25 00:00, C4 water 11-30 17:30, C3 roads 11-24 17:30, C4 roads 11-27 17:30, C4S water 11-24 22:00
                tick to 2026-11-24 22:00
                11-24 20:00 C3 roads L0: clerk
                11-24 20:00 C3 roads L1: clerk, unit_leader, district, 0.5 points
                11-24 20:15 C3 roads L2: unit_head, 1.0 points
                    order_issued 1 to roads by 11-27 17:30
                    runs C11 roads 11-27 17:30
                11-24 20:30 C3 roads L3: district_leader, city_office, 2.0 points
                11-24 21:00 C3 roads CALL: duty_leader
                11-24 21:30 C4S water L0: clerk
                11-24 22:00 C4S water L1: clerk, unit_leader, district, 0.5 points
                11-24 22:00 excuse water roads
                    stops C3 roads, C4 roads
                    leg_excused roads
                11-24 22:00 reply water solved
                    stops C4 water, C4S water
                    replied water
                    runs C6 11-24 22:30
                reply_review: audit desk, light none, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn a_return_nobody_has_looked_at_counts_against_nobody() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             return water wrong_unit
             classify grade b
             ---
             return water wrong_unit
             decide return no",
            expect![[r#"
                11-23 09:00 return water wrong_unit
                    return_requested water wrong_unit
                    runs C5 water 11-23 09:30
                11-23 09:00 decide return no
                    stops C5 water
                    return_refused water
                handling: water, light none, no level
            "#]],
        );
    }
}
