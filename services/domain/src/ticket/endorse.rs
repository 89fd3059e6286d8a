//! Endorse 签批: the unit's leader signs what the unit is about to do, once per act: a return request, a reply.

use super::plan::Plan;
use super::{Act, Event, Leg, Phase};
use crate::access::Role;
use crate::id::LegId;
use crate::refusal::{Reason, Refusal};

/// 签批.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endorse {
    /// What is signed.
    pub act: Act,
}

impl Endorse {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let (leg, act) = (led(plan)?, self.act);
        if plan.ticket.endorsed.contains(&(leg, act)) {
            return Err(Reason::NothingChanges.into());
        }
        plan.record(Event::Endorsed { leg, act });
        Ok(())
    }
}

/// The leg the leader answers for: his own unit's; else that of the only unit below which has one out. Of several
/// each is its own leader's to sign.
fn led(plan: &Plan<'_>) -> Result<LegId, Refusal> {
    let (Phase::Dispatched { legs } | Phase::Handling { legs }) = &plan.ticket.phase else {
        return Err(plan.wrong_phase());
    };
    plan.refuse_but(&[Role::UnitLeader, Role::UnitHead])?;
    let top = plan.actor.unit.as_ref().ok_or(Reason::WrongRelation)?;
    let is_led = |leg: &&Leg| leg.is_out() && plan.rules.units.is_within(&leg.unit, top);
    let out: Vec<&Leg> = legs.iter().filter(is_led).collect();
    match (out.iter().find(|leg| leg.unit == *top), out.as_slice()) {
        (Some(own), _) => Ok(own.id),
        (None, [only]) => Ok(only.id),
        (None, _) => Err(Refusal::new(Reason::WrongRelation).with("unit", top)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_leader_signs_once_and_the_act_uses_it_up() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             ---
             unit_clerk@water: return water wrong_unit
             endorse water return
             unit_head@water: endorse water return
             unit_clerk@water: return water wrong_unit
             decide return no
             unit_clerk@water: return water wrong_unit",
            expect![[r#"
                11-23 09:00 unit_clerk@water: return water wrong_unit
                    refused NOT_ENDORSED (act=return)
                11-23 09:00 endorse water return
                    endorsed water return
                11-23 09:00 unit_head@water: endorse water return
                    refused NOTHING_CHANGES
                11-23 09:00 unit_clerk@water: return water wrong_unit
                    stops C2 water
                    signed water
                    return_requested water wrong_unit
                    runs C5 water 11-23 15:00
                11-23 09:00 decide return no
                    stops C5 water
                    return_refused water
                11-23 09:00 unit_clerk@water: return water wrong_unit
                    refused NOT_ENDORSED (act=return)
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn only_who_leads_a_unit_that_is_out_signs() {
        check(
            "register complaint c urban.noise phone in s
             endorse street reply
             dispatch street water
             unit_clerk@street: endorse street reply
             endorse roads reply
             triager: endorse street reply
             unit_leader@district: endorse district reply
             sign water
             unit_leader@water: reply water solved
             endorse water reply",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 endorse street reply
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 dispatch street water
                    stops C1
                    dispatched street, water
                    runs C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30, C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-27 17:30
                11-23 09:00 unit_clerk@street: endorse street reply
                    refused WRONG_RELATION (role=unit_clerk)
                11-23 09:00 endorse roads reply
                    refused WRONG_RELATION (unit=roads)
                11-23 09:00 triager: endorse street reply
                    refused WRONG_RELATION (role=triager)
                11-23 09:00 unit_leader@district: endorse district reply
                    endorsed street reply
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 unit_leader@water: reply water solved
                    stops C3 water, C4 water
                    replied water
                11-23 09:00 endorse water reply
                    refused WRONG_RELATION (unit=water)
                dispatched: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn of_several_units_below_each_has_its_own_leader() {
        check(
            "register complaint c urban.noise phone
             dispatch street street2
             ---
             unit_leader@district: endorse district return
             unit_leader@street2: endorse street2 return",
            expect![[r#"
                11-23 09:00 unit_leader@district: endorse district return
                    refused WRONG_RELATION (unit=district)
                11-23 09:00 unit_leader@street2: endorse street2 return
                    endorsed street2 return
                dispatched: street, light none, no level
            "#]],
        );
    }
}
