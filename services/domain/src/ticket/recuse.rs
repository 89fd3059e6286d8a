//! Recuse 回避: a unit, with those below it, stays out of the ticket from now on, without any seal. Where it has a leg
//! it drops out at once.

use super::plan::Plan;
use super::{Event, RECUSED_MAX, seal, unmerge};
use crate::id::UnitId;
use crate::refusal::{Reason, Refusal};

/// 回避.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recuse {
    /// Who stays out, with those below it.
    pub unit: UnitId,
}

impl Recuse {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let unit = &self.unit;
        if plan.rules.units.get(unit).is_none() {
            return Err(Refusal::new(Reason::UnknownUnit).with("unit", unit));
        }
        if plan.is_kept_out(unit) {
            return Err(Refusal::new(Reason::RecusedAlready).with("unit", unit));
        }
        if plan.ticket.kept_out.len() >= RECUSED_MAX {
            return Err(Refusal::new(Reason::TooMany).with("recused_max", RECUSED_MAX));
        }
        // Its incident's unit may be the one that must stay out.
        unmerge::leave(plan);
        plan.record(Event::UnitRecused { unit: unit.clone() });
        seal::drop_out(plan);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn without_any_seal_a_unit_stays_out() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street ecology
             sign street
             contact street reached
             ---
             recuse street
             unit_clerk@village: note
             recuse street
             recuse village
             recuse fish
             dispatch village
             dispatch district ecology",
            expect![[r#"
                11-23 09:00 recuse street
                    unit_recused street
                    stops C4 street, C2 ecology, C3 ecology, C4 ecology
                    recalled
                    runs C1 11-23 11:00
                11-23 09:00 unit_clerk@village: note
                    refused RECUSED
                11-23 09:00 recuse street
                    refused RECUSED_ALREADY (unit=street)
                11-23 09:00 recuse village
                    refused RECUSED_ALREADY (unit=village)
                11-23 09:00 recuse fish
                    refused UNKNOWN_UNIT (unit=fish)
                11-23 09:00 dispatch village
                    refused RECUSED (unit=village)
                11-23 09:00 dispatch district ecology
                    stops C1
                    dispatched district, ecology
                    runs C2 district 11-24 17:30, C3 district 11-24 17:30, C4 district 11-30 17:30, C2 ecology 11-24 17:30, C3 ecology 11-24 17:30, C4 ecology 11-27 17:30
                dispatched: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_co_unit_drops_out_alone() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water district roads
             sign district
             subassign district street
             return roads wrong_unit
             ---
             recuse street
             recuse roads
             unit_clerk@roads: note",
            expect![[r#"
                11-23 09:00 recuse street
                    unit_recused street
                    stops C2 street, C4 street
                    leg_ended street
                11-23 09:00 recuse roads
                    unit_recused roads
                    stops C3 roads, C4 roads, C5 roads
                    leg_ended roads
                11-23 09:00 unit_clerk@roads: note
                    refused RECUSED
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn an_order_and_a_ring_end_with_the_lead() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street
             tick to 2026-11-30 18:00
             order
             ---
             recuse street
             dispatch water
             answer_order street 1
             order",
            expect![[r#"
                11-30 18:00 recuse street
                    unit_recused street
                    stops C2 street, C3 street, C4 street, C7, C11
                    recalled
                    runs C1 11-30 20:00
                11-30 18:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 12-01 17:30, C3 water 12-01 17:30, C4 water 12-07 17:30
                11-30 18:00 answer_order street 1
                    refused RECUSED
                11-30 18:00 order
                    order_issued 2 to water by 12-03 17:30
                    runs C11 12-03 17:30
                dispatched: water, light none, L1, 0.5 points
            "#]],
        );
    }
}
