//! Adjudicate 裁定: the second return, or the third unit. The arbiter names who is responsible; it binds, and no return
//! is possible after it (invariant 5). Until then the unit stays responsible.

use super::decide_return::{approve, refuse, returning};
use super::plan::Plan;
use super::{Asked, Dispatch, Event, Ground, Leg, LegRole, Secrecy};
use crate::access::Role;
use crate::clock::Kind;
use crate::id::{LegId, UnitId};
use crate::refusal::{Reason, Refusal};

/// 裁定. The reasons are in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjudicate {
    /// Whose request; the only one where not named.
    pub leg: Option<LegId>,
    /// Who is responsible.
    pub unit: UnitId,
    /// Whether the directory should say so from now on.
    pub proposes: bool,
}

impl Adjudicate {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        plan.refuse_but(&[Role::Arbiter, Role::Administrator])?;
        let decision = plan.asked(self.leg, |asked| {
            matches!(asked, Asked::Return { ruling: true, .. })
        })?;
        plan.refuse_same(&decision.by)?;
        // All who had it are parties, and so is whoever is to have it.
        plan.refuse_party(plan.ticket.units().iter().chain([&self.unit]))?;
        if self.proposes {
            refuse_sealed(plan)?;
        }
        let leg = returning(plan, decision.leg)?;
        self.check_unit(plan, &leg)?;

        plan.stop(Kind::Decision, Some(leg.id));
        plan.record(Event::Ruled {
            leg: leg.id,
            unit: self.unit.clone(),
            proposes: self.proposes,
        });
        if self.unit == leg.unit {
            refuse(plan, &leg);
            plan.give_back(leg.id, decision.at);
            return Ok(());
        }
        let next = Dispatch::straight_to(self.unit.clone(), Ground::Ruling);
        approve(plan, &leg, Some(&next))
    }

    /// About a co unit's piece: it stays with it, or the lead takes it over.
    fn check_unit(&self, plan: &Plan<'_>, leg: &Leg) -> Result<(), Refusal> {
        let stays = self.unit == leg.unit || plan.ticket.lead_unit() == Some(&self.unit);
        if leg.role == LegRole::Lead || stays {
            Ok(())
        } else {
            Err(Refusal::new(Reason::WrongRelation).with("unit", &self.unit))
        }
    }
}

/// The public directory gives no sealed ruling away.
pub(super) fn refuse_sealed(plan: &Plan<'_>) -> Result<(), Refusal> {
    match plan.ticket.secrecy {
        Secrecy::Open => Ok(()),
        Secrecy::Sealed { .. } => Err(Reason::SealedRuling.into()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_second_return_needs_a_ruling_which_binds() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             return water wrong_unit to roads
             ---
             decide return yes to roads
             return roads wrong_unit to water
             decide return yes
             rule water proposes
             return water wrong_unit",
            expect![[r#"
                11-23 09:00 decide return yes to roads
                    stops C5 water
                    return_approved water
                    stops C3 water, C4 water
                    recalled
                    dispatched roads
                    runs C2 roads 11-24 17:30, C3 roads 11-24 17:30, C4 roads 11-30 17:30
                11-23 09:00 return roads wrong_unit to water
                    stops C2 roads
                    signed roads
                    return_requested roads wrong_unit, to water, to be ruled on
                    runs C5 roads 11-24 17:30
                11-23 09:00 decide return yes
                    refused RULING_NEEDED (leg=2)
                11-23 09:00 rule water proposes
                    stops C5 roads
                    ruled water
                    return_approved roads
                    stops C3 roads, C4 roads
                    recalled
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 return water wrong_unit
                    refused NOT_RETURNABLE (ruling=water)
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_unit_that_stays_responsible_was_responsible_all_the_time() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             return water wrong_unit
             decide return no
             return water wrong_area to roads
             ---
             tick to 2026-11-25 09:00
             rule water
             tick to 2026-11-25 09:00
             return water wrong_unit",
            expect![[r#"
                tick to 2026-11-25 09:00
                11-24 17:30 C5 water L1: arbiter
                11-25 09:00 rule water
                    stops C5 water
                    ruled water
                    return_refused water
                    escalated L2: unit_head, 1.0 points
                    order_issued 1 to water by 11-30 17:30
                    runs C11 11-30 17:30
                tick to 2026-11-25 09:00
                11-25 09:00 C3 water L0: clerk
                11-25 09:00 C3 water L1: clerk, unit_leader, district, 0.5 points
                11-25 09:00 return water wrong_unit
                    refused NOT_RETURNABLE (ruling=water)
                handling: water, light red, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn a_third_unit_may_be_named_if_it_exists_and_is_not_accused() {
        check(
            "register report c urban.noise phone in s accused street
             dispatch water
             return water wrong_unit
             decide return yes to roads
             return roads wrong_unit
             ---
             rule fish
             rule village
             rule ecology",
            expect![[r#"
                11-23 09:00 rule fish
                    refused UNKNOWN_UNIT (unit=fish)
                11-23 09:00 rule village
                    refused RECUSED (unit=village)
                11-23 09:00 rule ecology
                    stops C5 roads
                    ruled ecology
                    return_approved roads
                    stops C3 roads, C4 roads
                    recalled
                    dispatched ecology
                    runs C2 ecology 11-24 17:30, C3 ecology 11-24 17:30, C4 ecology 12-14 17:30
                dispatched: ecology, light none, no level
            "#]],
        );
    }

    #[test]
    fn about_a_co_unit_the_piece_stays_or_the_lead_takes_it_over() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water roads ecology
             return roads wrong_unit to water
             decide return no of roads
             return roads wrong_unit to water
             return ecology wrong_unit to street
             ---
             arbiter: rule street
             rule water
             rule ecology
             return water wrong_unit",
            expect![[r#"
                11-23 09:00 arbiter: rule street
                    refused WRONG_RELATION (unit=street)
                11-23 09:00 rule water
                    stops C5 roads
                    ruled water
                    return_approved roads
                    stops C3 roads, C4 roads
                    leg_ended roads
                11-23 09:00 rule ecology
                    stops C5 ecology
                    ruled ecology
                    return_refused ecology
                11-23 09:00 return water wrong_unit
                    refused NOT_RETURNABLE (ruling=ecology)
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn no_party_rules_and_nobody_but_an_arbiter() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street
             return street wrong_unit
             decide return yes to water
             return water wrong_unit
             ---
             triager: rule water
             arbiter@village: rule water
             arbiter@water: rule street
             arbiter@roads: rule roads
             arbiter@roads: rule water",
            expect![[r#"
                11-23 09:00 triager: rule water
                    refused WRONG_RELATION (role=triager)
                11-23 09:00 arbiter@village: rule water
                    refused SELF_REVIEW
                11-23 09:00 arbiter@water: rule street
                    refused SELF_REVIEW
                11-23 09:00 arbiter@roads: rule roads
                    refused SELF_REVIEW
                11-23 09:00 arbiter@roads: rule water
                    stops C5 water
                    ruled water
                    return_refused water
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_sealed_ruling_is_not_for_the_directory() {
        check(
            "register report c urban.noise phone accused street
             dispatch water
             return water wrong_unit
             decide return no
             return water wrong_unit
             ---
             rule roads proposes
             rule roads",
            expect![[r#"
                11-23 09:00 rule roads proposes
                    refused SEALED_RULING
                11-23 09:00 rule roads
                    stops C5 water
                    ruled roads
                    return_approved water
                    stops C3 water, C4 water
                    recalled
                    dispatched roads
                    runs C2 roads 11-24 17:30, C3 roads 11-24 17:30, C4 roads 12-14 17:30
                dispatched: roads, light none, no level
            "#]],
        );
    }
}
