//! DecideReturn 退单审核: the triage desk decides on a first return. Approved, the matter comes back or goes straight to
//! the unit named; refused, no clock is renewed.

use super::plan::Plan;
use super::{Asked, Cause, Dispatch, Event, Ground, Leg, LegRole};
use crate::access::Role;
use crate::clock::{Kind, Level};
use crate::id::{LegId, UnitId};
use crate::refusal::{Reason, Refusal};

/// 退单审核.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideReturn {
    /// Whose request; the only one where not named.
    pub leg: Option<LegId>,
    /// Whether the unit may give it back.
    pub approved: bool,
    /// Approved: straight to this unit instead of the triage desk.
    pub to: Option<UnitId>,
}

impl DecideReturn {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        plan.refuse_but(&[Role::Triager, Role::Administrator])?;
        let decision = plan.asked(self.leg, |asked| matches!(asked, Asked::Return { .. }))?;
        if matches!(decision.asked, Asked::Return { ruling: true, .. }) {
            return Err(Refusal::new(Reason::RulingNeeded).with("leg", decision.leg.0));
        }
        plan.refuse_same(&decision.by)?;
        // All who had it are parties, and so is whoever is to have it.
        plan.refuse_party(plan.ticket.units().iter().chain(&self.to))?;
        let leg = returning(plan, decision.leg)?;
        self.check_next(&leg)?;

        plan.stop(Kind::Decision, Some(leg.id));
        if !self.approved {
            refuse(plan, &leg);
            plan.give_back(leg.id, decision.at);
            return Ok(());
        }
        let next = self
            .to
            .clone()
            .map(|to| Dispatch::straight_to(to, Ground::Return));
        approve(plan, &leg, next.as_ref())
    }

    /// Straight on goes only the lead's part, and to another unit.
    fn check_next(&self, leg: &Leg) -> Result<(), Refusal> {
        match &self.to {
            Some(to) if !self.approved || leg.role != LegRole::Lead || *to == leg.unit => {
                Err(Refusal::new(Reason::WrongRelation).with("unit", to))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The leg that asked to go back.
pub(super) fn returning(plan: &Plan<'_>, leg: LegId) -> Result<Leg, Refusal> {
    let legs = plan.ticket.phase.legs().ok_or_else(|| plan.wrong_phase())?;
    let leg = legs.get(leg).ok_or(Reason::NothingPending)?;
    Ok(leg.clone())
}

/// The leg stays, with the clocks it has; its unit refused again, it reaches L2 (domain.md, section 5).
pub(super) fn refuse(plan: &mut Plan<'_>, leg: &Leg) {
    plan.record(Event::ReturnRefused {
        leg: leg.id,
        unheard: false,
    });
    let refused = plan.ticket.refused.get(&leg.unit).copied();
    if refused == Some(plan.rules.profile().procedures.refused_returns_inform) {
        plan.escalate(Level::L2, Cause::RefusedReturns, leg.id);
    }
}

/// The lead's return ends all legs: the matter goes to the next unit, or back to the triage desk. A co unit only leaves.
pub(super) fn approve(plan: &mut Plan<'_>, leg: &Leg, next: Option<&Dispatch>) -> Result<(), Refusal> {
    plan.record(Event::ReturnApproved { leg: leg.id });
    if leg.role != LegRole::Lead {
        plan.end_leg(leg.id);
        return Ok(());
    }
    let Some(next) = next else {
        plan.back_to_triage(Event::Recalled {});
        return Ok(());
    };
    plan.end_legs(Event::Recalled {});
    next.carry_out(plan)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn approved_the_matter_comes_back_to_the_triage_desk_while_the_resident_waits() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water ecology
             return water wrong_unit
             ---
             at 2026-11-24 09:00
             decide return yes
             system: dispatch street by noise
             dispatch street by noise",
            expect![[r#"
                11-24 09:00 decide return yes
                    stops C5 water
                    return_approved water
                    stops C3 water, C4 water, C2 ecology, C3 ecology, C4 ecology
                    recalled
                    runs C1 11-24 11:00
                11-24 09:00 system: dispatch street by noise
                    refused WRONG_RELATION (role=system)
                11-24 09:00 dispatch street by noise
                    stops C1
                    dispatched street
                    runs C2 street 11-25 17:30, C3 street 11-25 17:30, C4 street 12-01 17:30
                dispatched: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn approved_it_goes_straight_to_the_unit_named_which_has_what_is_left() {
        check(
            "register complaint c urban.noise phone in s
             tick to 2026-12-02 09:00
             dispatch water
             return water wrong_unit to roads
             ---
             at 2026-12-02 11:00
             decide return yes to fish
             decide return yes to water
             decide return no to roads
             decide return yes to roads
             sign roads",
            expect![[r#"
                12-02 11:00 decide return yes to fish
                    refused UNKNOWN_UNIT (unit=fish)
                12-02 11:00 decide return yes to water
                    refused WRONG_RELATION (unit=water)
                12-02 11:00 decide return no to roads
                    refused WRONG_RELATION (unit=roads)
                12-02 11:00 decide return yes to roads
                    stops C5 water
                    return_approved water
                    stops C3 water, C4 water
                    recalled
                    dispatched roads
                    runs C2 roads 12-03 17:30, C3 roads 12-03 17:30, C4 roads 12-07 17:30
                12-02 11:00 sign roads
                    stops C2 roads
                    signed roads
                handling: roads, light none, no level
            "#]],
        );
    }

    #[test]
    fn refused_nothing_is_renewed_and_what_was_overdue_fires_at_once() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             at 2026-11-24 17:00
             return water wrong_unit
             ---
             tick to 2026-11-25 10:00
             decide return no
             tick to 2026-11-25 10:00",
            expect![[r#"
                tick to 2026-11-25 10:00
                11-25 10:00 decide return no
                    stops C5 water
                    return_refused water
                tick to 2026-11-25 10:00
                11-25 10:00 C3 water L0: clerk
                11-25 10:00 C3 water L1: clerk, unit_leader, district, 0.5 points
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn a_co_unit_leaves_without_the_others() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water roads
             sign water
             return roads wrong_unit
             ---
             decide return yes of roads to ecology
             decide return yes of water
             decide return yes of roads
             contact water reached
             reply water solved",
            expect![[r#"
                11-23 09:00 decide return yes of roads to ecology
                    refused WRONG_RELATION (unit=ecology)
                11-23 09:00 decide return yes of water
                    refused NOTHING_PENDING
                11-23 09:00 decide return yes of roads
                    stops C5 roads
                    return_approved roads
                    stops C3 roads, C4 roads
                    leg_ended roads
                11-23 09:00 contact water reached
                    stops C3 water
                    contact_tried water, made
                11-23 09:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 11-24 17:30
                reply_review: audit desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn refused_again_a_co_unit_reaches_l2_and_has_the_order() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             contact water reached
             ---
             return roads wrong_unit
             decide return no
             return roads wrong_unit
             rule roads",
            expect![[r#"
                11-23 09:00 return roads wrong_unit
                    stops C2 roads
                    signed roads
                    return_requested roads wrong_unit
                    runs C5 roads 11-23 15:00
                11-23 09:00 decide return no
                    stops C5 roads
                    return_refused roads
                11-23 09:00 return roads wrong_unit
                    return_requested roads wrong_unit, to be ruled on
                    runs C5 roads 11-24 17:30
                11-23 09:00 rule roads
                    stops C5 roads
                    ruled roads
                    return_refused roads
                    escalated L2 about roads: unit_head, 1.0 points
                    order_issued 1 to roads by 11-26 17:30
                    runs C11 roads 11-26 17:30
                handling: water, light none, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn what_another_unit_was_refused_does_not_count() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             return water wrong_unit
             decide return no
             supervisor: redispatch roads
             ---
             return roads wrong_unit
             rule roads",
            expect![[r#"
                11-23 09:00 return roads wrong_unit
                    stops C2 roads
                    signed roads
                    return_requested roads wrong_unit, to be ruled on
                    runs C5 roads 11-24 17:30
                11-23 09:00 rule roads
                    stops C5 roads
                    ruled roads
                    return_refused roads
                handling: roads, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_was_passed_down_ends_with_the_leg_above() {
        check(
            "register complaint c urban.noise phone in s
             dispatch district
             sign district
             subassign district street
             ---
             return street wrong_area
             return district wrong_area
             decide return yes
             sign street
             dispatch water district
             sign district
             subassign district street
             return district wrong_area
             rule water
             sign street",
            expect![[r#"
                11-23 09:00 return street wrong_area
                    refused WRONG_RELATION (leg=2)
                11-23 09:00 return district wrong_area
                    return_requested district wrong_area
                    runs C5 district 11-23 15:00
                11-23 09:00 decide return yes
                    stops C5 district
                    return_approved district
                    stops C3 district, C4 district, C2 street, C4 street
                    recalled
                    runs C1 11-23 11:00
                11-23 09:00 sign street
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 dispatch water district
                    stops C1
                    dispatched water, district
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30, C2 district 11-24 17:30, C3 district 11-24 17:30, C4 district 11-27 17:30
                11-23 09:00 sign district
                    stops C2 district
                    signed district
                11-23 09:00 subassign district street
                    sub_assigned street
                    runs C2 street 11-24 17:30, C4 street 11-27 17:30
                11-23 09:00 return district wrong_area
                    return_requested district wrong_area, to be ruled on
                    runs C5 district 11-24 17:30
                11-23 09:00 rule water
                    stops C5 district
                    ruled water
                    return_approved district
                    stops C2 street, C4 street
                    leg_ended street
                    stops C3 district, C4 district
                    leg_ended district
                11-23 09:00 sign street
                    refused WRONG_RELATION (unit=street)
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn nobody_but_the_triage_desk_and_nobody_of_the_unit_decides() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street
             decide return yes
             return street wrong_area
             supervisor: decide return yes
             arbiter: rule street
             triager@village: decide return yes
             triager@district: decide return no
             triager@roads: decide return yes to roads
             administrator: decide return no",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch street
                    stops C1
                    dispatched street
                    runs C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30
                11-23 09:00 decide return yes
                    refused NOTHING_PENDING
                11-23 09:00 return street wrong_area
                    stops C2 street
                    signed street
                    return_requested street wrong_area
                    runs C5 street 11-23 15:00
                11-23 09:00 supervisor: decide return yes
                    refused WRONG_RELATION (role=supervisor)
                11-23 09:00 arbiter: rule street
                    refused NOTHING_PENDING
                11-23 09:00 triager@village: decide return yes
                    refused SELF_REVIEW
                11-23 09:00 triager@district: decide return no
                    refused SELF_REVIEW
                11-23 09:00 triager@roads: decide return yes to roads
                    refused SELF_REVIEW
                11-23 09:00 administrator: decide return no
                    stops C5 street
                    return_refused street
                handling: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_next_unit_may_have_it() {
        check(
            "register report c urban.noise phone in s accused street
             dispatch district
             return district wrong_unit to ecology
             ---
             decide return yes to village
             decide return yes to ecology",
            expect![[r#"
                11-23 09:00 decide return yes to village
                    refused RECUSED (unit=village)
                11-23 09:00 decide return yes to ecology
                    stops C5 district
                    return_approved district
                    stops C3 district, C4 district
                    recalled
                    dispatched ecology
                    runs C2 ecology 11-24 17:30, C3 ecology 11-24 17:30, C4 ecology 12-14 17:30
                dispatched: ecology, light none, no level
            "#]],
        );
    }
}
