//! SubAssign 转派: a unit passes a piece down to one below it. No limit is renewed: whoever gets the piece has what is left
//! of the time of the one who passes it, and that one goes on speaking with the resident.
//!
//! The tree of units is at most four levels deep and a piece only goes down, so a line of legs is as short.

use super::plan::Plan;
use super::{Event, LEGS_MAX, Leg, LegRole, LegState, Opened, Phase};
use crate::clock::Kind;
use crate::id::UnitId;
use crate::refusal::{Reason, Refusal};
use crate::rules::{Rules, UnitClass};

/// 转派.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubAssign {
    /// To whom, below the unit that passes it down.
    pub unit: UnitId,
}

impl SubAssign {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        let (Phase::Dispatched { legs } | Phase::Handling { legs }) = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        match leg.state {
            LegState::AwaitingSign => return Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0)),
            LegState::Replied { .. } | LegState::Excused => {
                return Err(Refusal::new(Reason::AlreadyReplied).with("leg", leg.id.0));
            }
            LegState::Handling { .. } => {}
        }
        plan.refuse_units([&self.unit])?;
        self.check_below(&leg.unit, plan.rules)?;
        if legs.of_unit(&self.unit).is_some() {
            return Err(Refusal::new(Reason::RepeatedUnit).with("unit", &self.unit));
        }
        if legs.iter().count() >= LEGS_MAX {
            return Err(Refusal::new(Reason::TooMany).with("legs_max", LEGS_MAX));
        }
        self.open(plan, &leg);
        Ok(())
    }

    /// Downward only, and 准入: what a department or utility is there for is not passed to a community.
    fn check_below(&self, from: &UnitId, rules: &Rules) -> Result<(), Refusal> {
        if self.unit == *from || !rules.units.is_within(&self.unit, from) {
            return Err(Refusal::new(Reason::NotBelow).with("unit", &self.unit));
        }
        let class = |unit| rules.units.get(unit).map(|unit| unit.class);
        let a_duty = matches!(class(from), Some(UnitClass::Department | UnitClass::Utility));
        if a_duty && class(&self.unit) == Some(UnitClass::Street) {
            return Err(Refusal::new(Reason::NotAdmitted).with("unit", &self.unit));
        }
        Ok(())
    }

    fn open(&self, plan: &mut Plan<'_>, from: &Leg) {
        let leg = plan.ticket.next_leg();
        plan.record(Event::SubAssigned {
            opened: Opened {
                leg,
                role: LegRole::Step,
                unit: self.unit.clone(),
            },
            under: from.id,
        });
        plan.start(Kind::Sign, Some(leg), plan.limits().sign);
        let Some(clock) = plan.clock(Kind::Handle, Some(from.id)) else {
            return;
        };
        // What has fired already was for the one who passes it down.
        let mut run = clock.run.clone();
        (run.leg, run.run, run.mending) = (Some(leg), 1, None);
        run.steps.retain(|step| !clock.fired.contains(&step.level));
        plan.record(Event::ClockStarted { run });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn each_step_has_what_is_left_of_the_one_above() {
        check(
            "register complaint c urban.noise phone in s
             dispatch district
             sign district
             contact district reached
             ---
             at 2026-11-25 10:00
             subassign district street
             sign street
             subassign street village
             reply district solved
             reply street solved
             sign village
             reply village solved
             reply street solved
             reply district solved unread",
            expect![[r#"
                11-25 10:00 subassign district street
                    sub_assigned street
                    runs C2 street 11-26 17:30, C4 street 11-30 17:30
                11-25 10:00 sign street
                    stops C2 street
                    signed street
                11-25 10:00 subassign street village
                    sub_assigned village
                    runs C2 village 11-26 17:30, C4 village 11-30 17:30
                11-25 10:00 reply district solved
                    refused LEGS_MISSING (unit=street)
                11-25 10:00 reply street solved
                    refused LEGS_MISSING (unit=village)
                11-25 10:00 sign village
                    stops C2 village
                    signed village
                11-25 10:00 reply village solved
                    stops C4 village
                    replied village
                11-25 10:00 reply street solved
                    stops C4 street
                    replied street
                11-25 10:00 reply district solved unread
                    stops C4 district
                    replied district
                    audit_passed by rule
                    stops C0
                    runs C7 11-26 17:30
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_has_fired_for_the_one_above_does_not_fire_below() {
        check(
            "register complaint c urban.noise phone in s
             dispatch district
             sign district
             contact district reached
             tick to 2026-11-30 18:00
             ---
             subassign district street
             tick to 2026-12-01 18:00",
            expect![[r#"
                11-30 18:00 subassign district street
                    sub_assigned street
                    runs C2 street 12-01 17:30, C4 street 11-30 17:30
                tick to 2026-12-01 18:00
                12-01 12:00 C2 street L0: clerk
                12-01 17:30 C2 street L1: clerk, unit_leader, district, 0.5 points
                12-01 17:30 C4 district L2: unit_head, 1.0 points
                    order_issued 1 to district by 12-04 17:30
                    runs C11 12-04 17:30
                12-01 17:30 C4 street L2: unit_head, 1.0 points
                    order_issued 2 to street by 12-04 17:30
                    runs C11 street 12-04 17:30
                12-01 17:30 C7 L1: callback_desk
                handling: district, light red, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn a_piece_goes_down_only_to_whom_it_may_and_once() {
        check(
            "register complaint c urban.noise phone in s
             dispatch district roads
             ---
             subassign district street
             sign district
             sign roads
             subassign district district
             subassign district water
             subassign street district
             subassign district fish
             subassign roads quarter
             recuse street2
             subassign district street2
             subassign district street
             subassign district street
             subassign district village
             supervisor: subassign district village",
            expect![[r#"
                11-23 09:00 subassign district street
                    refused NOT_SIGNED (leg=1)
                11-23 09:00 sign district
                    stops C2 district
                    signed district
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 subassign district district
                    refused NOT_BELOW (unit=district)
                11-23 09:00 subassign district water
                    refused NOT_BELOW (unit=water)
                11-23 09:00 subassign street district
                    refused WRONG_RELATION (unit=street)
                11-23 09:00 subassign district fish
                    refused UNKNOWN_UNIT (unit=fish)
                11-23 09:00 subassign roads quarter
                    refused NOT_ADMITTED (unit=quarter)
                11-23 09:00 recuse street2
                    unit_recused street2
                11-23 09:00 subassign district street2
                    refused RECUSED (unit=street2)
                11-23 09:00 subassign district street
                    sub_assigned street
                    runs C2 street 11-24 17:30, C4 street 11-30 17:30
                11-23 09:00 subassign district street
                    refused REPEATED_UNIT (unit=street)
                11-23 09:00 subassign district village
                    sub_assigned village
                    runs C2 village 11-24 17:30, C4 village 11-30 17:30
                11-23 09:00 supervisor: subassign district village
                    refused WRONG_RELATION
                handling: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_new_class_renews_a_step_with_the_one_above() {
        check(
            "register complaint c urban.noise phone in s
             dispatch district
             sign district
             contact district reached
             at 2026-11-25 10:00
             subassign district street
             ---
             supervisor: classify grade d",
            expect![[r#"
                11-25 10:00 supervisor: classify grade d
                    classified complaint d urban.noise
                    runs C0 01-04 17:30, C4 district 12-14 17:30, C2 street 11-26 17:30, C4 street 12-14 17:30
                handling: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_co_unit_passes_down_its_own_time() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water district
             sign district
             contact district reached
             ---
             subassign district street
             unit_clerk@street: contact street reached
             sign street
             contact street reached
             reply street solved
             reply district solved",
            expect![[r#"
                11-23 09:00 subassign district street
                    sub_assigned street
                    runs C2 street 11-24 17:30, C4 street 11-27 17:30
                11-23 09:00 unit_clerk@street: contact street reached
                    refused NOT_SIGNED (leg=3)
                11-23 09:00 sign street
                    stops C2 street
                    signed street
                11-23 09:00 contact street reached
                    refused NOBODY_TO_CONTACT
                11-23 09:00 reply street solved
                    stops C4 street
                    replied street
                11-23 09:00 reply district solved
                    stops C4 district
                    replied district
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn after_a_rework_what_was_passed_down_stays_as_it_is() {
        check(
            "register complaint c urban.noise phone in s
             dispatch district
             sign district
             contact district reached
             subassign district street
             sign street
             reply street solved
             reply district solved unread
             callback unsolved
             ---
             rework
             reply street solved
             subassign district street
             reply district solved",
            expect![[r#"
                11-23 09:00 rework
                    stops C7
                    rework_ordered round 1
                    runs C4 district 11-26 17:30, C0 12-07 17:30
                11-23 09:00 reply street solved
                    refused ALREADY_REPLIED (leg=2)
                11-23 09:00 subassign district street
                    refused REPEATED_UNIT (unit=street)
                11-23 09:00 reply district solved
                    stops C4 district
                    replied district
                    runs C6 11-24 17:30
                reply_review: audit desk, light none, no level
            "#]],
        );
    }
}
