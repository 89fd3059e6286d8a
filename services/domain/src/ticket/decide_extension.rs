//! DecideExtension 延期审批: a supervisor on the lead's first, the city office on its second. Granted, its C4 and the
//! citizen's cap move by the same working days (section 4, rule 7); a co leg's C4 moves until the lead's at the latest, and
//! no cap. Refused, no clock is renewed.

use jiff::Timestamp;

use super::plan::Plan;
use super::request_extension::{extension, granted, leads_until};
use super::{Asked, Event, Phase};
use crate::clock::Kind;
use crate::id::LegId;
use crate::refusal::Refusal;

/// 延期审批. Why, as the resident is told, is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideExtension {
    /// Whose request; the only one where not named.
    pub leg: Option<LegId>,
    /// Whether it is granted.
    pub approved: bool,
}

impl DecideExtension {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let request = plan.asked(self.leg, |asked| matches!(asked, Asked::Extension { .. }))?;
        plan.refuse_but_decider(&request.asked)?;
        plan.refuse_same(&request.by)?;
        plan.refuse_self_review()?;
        let Asked::Extension { days, .. } = request.asked else {
            return Err(plan.wrong_phase());
        };
        let leg = request.leg;
        if !self.approved {
            plan.stop(Kind::Decision, Some(leg));
            plan.record(Event::ExtensionRefused { leg });
            plan.give_back(leg, request.at);
            return Ok(());
        }
        // The grade may have changed since it was asked for. That the due time has passed meanwhile does no harm.
        let days = granted(plan, leg, extension(plan)?, days)?;
        if matches!(
            plan.ticket.phase,
            Phase::ReplyReview { .. } | Phase::CallbackDue { .. }
        ) {
            return Err(plan.wrong_phase());
        }
        plan.stop(Kind::Decision, Some(leg));
        plan.record(Event::ExtensionGranted { leg, days });
        match leads_until(plan, leg) {
            Some(until) => extend_co(plan, leg, days, until),
            None => extend_lead(plan, leg, days),
        }
        plan.give_back(leg, request.at);
        Ok(())
    }
}

/// A co leg has more time within the lead's.
fn extend_co(plan: &mut Plan<'_>, leg: LegId, days: u8, until: Timestamp) {
    for leg in with_steps(plan, leg) {
        plan.extend(Kind::Handle, Some(leg), days, Some(until));
    }
}

fn extend_lead(plan: &mut Plan<'_>, lead: LegId, days: u8) {
    let due = |plan: &Plan<'_>, kind, leg| plan.clock(kind, leg).map(|clock| clock.run.due_at);
    let cap = due(plan, Kind::Citizen, None);
    let legs = with_steps(plan, lead).into_iter();
    let within: Vec<(LegId, bool)> = legs
        .map(|leg| (leg, due(plan, Kind::Handle, Some(leg)) <= cap))
        .collect();
    plan.extend(Kind::Citizen, None, days, None);
    // A unit may close later in the day than the resident's time ends.
    let cap = due(plan, Kind::Citizen, None);
    for (leg, is_within) in within {
        plan.extend(Kind::Handle, Some(leg), days, cap.filter(|_| is_within));
    }
}

/// A leg, and what it has passed down that is still out: that has its time.
fn with_steps(plan: &Plan<'_>, leg: LegId) -> Vec<LegId> {
    let below = plan.ticket.phase.legs().map(|legs| legs.below(leg));
    let out = below.into_iter().flatten().filter(|step| step.is_out());
    std::iter::once(leg).chain(out.map(|step| step.id)).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn granted_the_units_time_and_the_residents_cap_move_by_the_same_days() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             tick to 2026-11-30 10:00
             ---
             decide extension yes
             extend water 5
             triager: decide extension yes
             supervisor@water: decide extension yes
             decide extension yes
             tick to 2026-12-08 09:00",
            expect![[r#"
                11-30 10:00 decide extension yes
                    refused NOTHING_PENDING
                11-30 10:00 extend water 5
                    extension_requested water 5 wd
                    runs C5 water 11-30 16:00
                11-30 10:00 triager: decide extension yes
                    refused SUPERVISOR_NEEDED (role=triager)
                11-30 10:00 supervisor@water: decide extension yes
                    refused SELF_REVIEW
                11-30 10:00 decide extension yes
                    stops C5 water
                    extension_granted water 5 wd
                    runs C0 12-14 17:30, C4 water 12-07 17:30
                tick to 2026-12-08 09:00
                12-03 16:12 C4 water L0: clerk
                12-07 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-08 17:30
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn refused_nothing_moves_and_what_came_due_meanwhile_fires() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             tick to 2026-11-30 16:00
             ---
             extend water 5
             tick to 2026-12-01 10:00
             decide extension no
             tick to 2026-12-01 10:00
             extend water 5",
            expect![[r#"
                11-30 16:00 extend water 5
                    extension_requested water 5 wd
                    runs C5 water 12-01 11:00
                tick to 2026-12-01 10:00
                12-01 10:00 decide extension no
                    stops C5 water
                    extension_refused water
                    runs C4 water 11-30 17:30
                tick to 2026-12-01 10:00
                12-01 10:00 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-02 17:30
                12-01 10:00 extend water 5
                    refused PAST_DUE (due_at=2026-11-30T09:30:00Z)
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn a_request_in_time_may_be_granted_after_the_due_time() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             tick to 2026-11-30 17:00
             ---
             extend water 2
             tick to 2026-12-01 09:00
             decide extension yes
             tick to 2026-12-02 18:00",
            expect![[r#"
                11-30 17:00 extend water 2
                    extension_requested water 2 wd
                    runs C5 water 12-01 12:00
                tick to 2026-12-01 09:00
                12-01 09:00 decide extension yes
                    stops C5 water
                    extension_granted water 2 wd
                    runs C0 12-09 17:30, C4 water 12-02 17:30
                tick to 2026-12-02 18:00
                12-01 11:24 C4 water L0: clerk
                12-02 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-03 17:30
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn the_second_is_the_city_offices_and_there_is_no_third() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             extend water 5
             decide extension yes
             ---
             extend water 5
             decide extension yes
             city_office: decide extension yes
             extend water 1",
            expect![[r#"
                11-23 09:00 extend water 5
                    extension_requested water 5 wd, again
                    runs C5 water 11-23 15:00
                11-23 09:00 decide extension yes
                    refused CITY_OFFICE_NEEDED (role=supervisor)
                11-23 09:00 city_office: decide extension yes
                    stops C5 water
                    extension_granted water 5 wd
                    runs C0 12-21 17:30, C4 water 12-14 17:30
                11-23 09:00 extend water 1
                    refused TOO_LONG (times_max=2)
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_difficult_matter_is_extended_once_and_a_matter_made_urgent_not_at_all() {
        check(
            "register complaint d urban.noise phone
             dispatch water
             sign water
             ---
             extend water 16
             extend water 15
             decide extension yes
             extend water 1
             register complaint c urban.noise phone
             dispatch water
             sign water
             extend water 5
             classify grade b
             decide extension yes
             decide extension no",
            expect![[r#"
                11-23 09:00 extend water 16
                    refused TOO_LONG (days_max=15)
                11-23 09:00 extend water 15
                    extension_requested water 15 wd
                    runs C5 water 11-24 17:30
                11-23 09:00 decide extension yes
                    stops C5 water
                    extension_granted water 15 wd
                    runs C0 01-25 17:30, C4 water 01-04 17:30
                11-23 09:00 extend water 1
                    refused TOO_LONG (times_max=1)
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 extend water 5
                    extension_requested water 5 wd
                    runs C5 water 11-23 15:00
                11-23 09:00 classify grade b
                    classified complaint b urban.noise
                    stops C5 water
                    extension_refused water
                    runs C0 11-25 09:00, C3 water 11-23 11:00, C4 water 11-30 17:30, C4S water 11-24 09:00
                11-23 09:00 decide extension yes
                    refused NOTHING_PENDING
                11-23 09:00 decide extension no
                    refused NOTHING_PENDING
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn another_type_keeps_what_was_granted() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             extend water 5
             decide extension yes
             ---
             classify type consult",
            expect![[r#"
                11-23 09:00 classify type consult
                    classified consult c urban.noise
                    runs C0 12-04 17:30, C4 water 12-02 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_rest_and_an_extension_add_up() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             ask water
             at 2026-11-25 09:00
             replied
             extend water 5
             decide extension yes",
            expect![[r#"
                11-23 09:00 ask water
                    stops C4 water, C0
                    citizen_asked water
                    runs C9 11-30 17:30
                11-25 09:00 replied
                    stops C9
                    citizen_replied
                    runs C4 water 12-02 17:30, C0 12-09 17:30
                11-25 09:00 extend water 5
                    extension_requested water 5 wd
                    runs C5 water 11-25 15:00
                11-25 09:00 decide extension yes
                    stops C5 water
                    extension_granted water 5 wd
                    runs C0 12-16 17:30, C4 water 12-09 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_was_passed_down_has_the_time_of_the_one_who_passed_it() {
        check(
            "register complaint c urban.noise phone
             dispatch district
             sign district
             contact district reached
             subassign district street
             sign street
             subassign street village
             ---
             extend street 5
             extend district 5
             decide extension yes",
            expect![[r#"
                11-23 09:00 extend street 5
                    refused WRONG_RELATION (leg=2)
                11-23 09:00 extend district 5
                    extension_requested district 5 wd
                    runs C5 district 11-23 15:00
                11-23 09:00 decide extension yes
                    stops C5 district
                    extension_granted district 5 wd
                    runs C0 12-14 17:30, C4 district 12-07 17:30, C4 street 12-07 17:30, C4 village 12-07 17:30
                handling: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_co_unit_has_more_time_within_the_leads_and_the_resident_waits_no_longer() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads ecology
             sign water
             sign roads
             contact water reached
             contact roads reached
             at 2026-11-26 09:00
             ---
             extend roads 6
             extend roads 5
             extend water 5
             decide extension yes
             extend roads 1
             decide extension yes
             extend roads 1
             city_office: decide extension yes
             extend water 5
             city_office: decide extension yes",
            expect![[r#"
                11-26 09:00 extend roads 6
                    refused TOO_LONG (days_max=5)
                11-26 09:00 extend roads 5
                    extension_requested roads 5 wd
                    runs C5 roads 11-26 15:00
                11-26 09:00 extend water 5
                    extension_requested water 5 wd
                    runs C5 water 11-26 15:00
                11-26 09:00 decide extension yes
                    stops C5 roads
                    extension_granted roads 1 wd
                    runs C4 roads 11-30 17:30
                11-26 09:00 extend roads 1
                    refused TOO_LONG (lead_due_at=2026-11-30T09:30:00Z)
                11-26 09:00 decide extension yes
                    stops C5 water
                    extension_granted water 5 wd
                    runs C0 12-14 17:30, C4 water 12-07 17:30
                11-26 09:00 extend roads 1
                    extension_requested roads 1 wd
                    runs C5 roads 11-26 15:00
                11-26 09:00 city_office: decide extension yes
                    stops C5 roads
                    extension_granted roads 1 wd
                    runs C4 roads 12-01 17:30
                11-26 09:00 extend water 5
                    extension_requested water 5 wd, again
                    runs C5 water 11-26 15:00
                11-26 09:00 city_office: decide extension yes
                    stops C5 water
                    extension_granted water 5 wd
                    runs C0 12-21 17:30, C4 water 12-14 17:30
                handling: water, light red, no level
            "#]],
        );
    }

    #[test]
    fn extended_a_co_unit_stays_within_the_leads_time_by_any_class() {
        check(
            "register complaint d urban.noise phone
             dispatch water district
             sign water
             sign district
             contact water reached
             contact district reached
             subassign district street
             sign street
             ---
             extend district 15
             decide extension yes
             at 2026-11-24 09:00
             classify grade c",
            expect![[r#"
                11-23 09:00 extend district 15
                    extension_requested district 15 wd
                    runs C5 district 11-24 17:30
                11-23 09:00 decide extension yes
                    stops C5 district
                    extension_granted district 3 wd
                    runs C4 district 12-14 17:30, C4 street 12-14 17:30
                11-24 09:00 classify grade c
                    classified complaint c urban.noise
                    runs C0 12-07 17:30, C4 water 11-30 17:30, C4 district 11-30 17:30, C4 street 11-30 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn shortened_meanwhile_the_lead_leaves_a_co_unit_no_more_time() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign roads
             ---
             at 2026-11-24 09:00
             extend roads 1
             classify type consult
             decide extension yes
             decide extension no",
            expect![[r#"
                11-24 09:00 extend roads 1
                    extension_requested roads 1 wd
                    runs C5 roads 11-24 15:00
                11-24 09:00 classify type consult
                    classified consult c urban.noise
                    runs C0 11-27 17:30, C4 water 11-25 17:30, C4 roads 11-25 17:30
                11-24 09:00 decide extension yes
                    refused TOO_LONG (lead_due_at=2026-11-25T09:30:00Z)
                11-24 09:00 decide extension no
                    stops C5 roads
                    extension_refused roads
                dispatched: water, light yellow, no level
            "#]],
        );
    }
}
