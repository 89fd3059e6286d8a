//! Excuse 免除: nobody waits any more for a leg that is late or not needed. The lead excuses co legs, whoever has passed a
//! piece down excuses that; what was passed further down goes with it. The reason is in the words.

use super::plan::Plan;
use super::{Event, Phase};
use crate::id::LegId;
use crate::refusal::{Reason, Refusal};

/// 免除.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Which leg nobody waits for any more.
    pub leg: LegId,
}

impl Excuse {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let own = plan.own_leg()?;
        let (Phase::Dispatched { legs } | Phase::Handling { legs }) = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        let excused = legs
            .awaited_by(&own)
            .find(|leg| leg.id == self.leg)
            .ok_or_else(|| Refusal::new(Reason::NotExcusable).with("leg", self.leg.0))?;
        let below = legs.below(excused.id).into_iter().filter(|leg| leg.is_out());
        let ids: Vec<LegId> = below.chain([excused]).map(|leg| leg.id).collect();
        for leg in ids {
            plan.stop_leg(leg);
            plan.record(Event::LegExcused { leg });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_lead_excuses_a_late_co_unit() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water roads
             sign water
             contact water reached
             ---
             tick to 2026-11-26 18:00
             reply water solved
             excuse water roads
             excuse water roads
             sign roads
             reply roads solved
             reply water solved",
            expect![[r#"
                tick to 2026-11-26 18:00
                11-24 08:45 C2 roads L0: clerk
                11-24 08:45 C3 roads L0: clerk
                11-24 17:30 C2 roads L1: clerk, unit_leader, district, 0.5 points
                11-24 17:30 C3 roads L1: clerk, unit_leader, district, 0.5 points
                11-26 17:30 C4 roads L0: clerk
                11-26 18:00 reply water solved
                    refused LEGS_MISSING (unit=roads)
                11-26 18:00 excuse water roads
                    stops C2 roads, C3 roads, C4 roads
                    leg_excused roads
                11-26 18:00 excuse water roads
                    refused NOT_EXCUSABLE (leg=2)
                11-26 18:00 sign roads
                    refused ALREADY_REPLIED (leg=2)
                11-26 18:00 reply roads solved
                    refused ALREADY_REPLIED (leg=2)
                11-26 18:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 11-27 17:30
                reply_review: audit desk, light none, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn what_was_passed_further_down_goes_with_it() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water district
             sign water
             sign district
             subassign district street
             sign street
             subassign street village
             ---
             excuse water street
             excuse street village
             excuse water district
             excuse district street",
            expect![[r#"
                11-23 09:00 excuse water street
                    refused NOT_EXCUSABLE (leg=3)
                11-23 09:00 excuse street village
                    stops C2 village, C4 village
                    leg_excused village
                11-23 09:00 excuse water district
                    stops C4 street
                    leg_excused street
                    stops C3 district, C4 district
                    leg_excused district
                11-23 09:00 excuse district street
                    refused NOT_EXCUSABLE (leg=3)
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_pending_request_goes_with_the_leg() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water roads
             sign roads
             return roads wrong_unit
             ---
             excuse water roads
             decide return yes of roads",
            expect![[r#"
                11-23 09:00 excuse water roads
                    stops C3 roads, C4 roads, C5 roads
                    leg_excused roads
                11-23 09:00 decide return yes of roads
                    refused NOTHING_PENDING
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn nobody_else_excuses_and_nobody_the_lead() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water roads
             sign water
             sign roads
             reply roads solved
             ---
             excuse roads water
             excuse water water
             excuse water roads
             excuse ecology roads
             supervisor: excuse water roads",
            expect![[r#"
                11-23 09:00 excuse roads water
                    refused NOT_EXCUSABLE (leg=1)
                11-23 09:00 excuse water water
                    refused NOT_EXCUSABLE (leg=1)
                11-23 09:00 excuse water roads
                    refused NOT_EXCUSABLE (leg=2)
                11-23 09:00 excuse ecology roads
                    refused WRONG_RELATION (unit=ecology)
                11-23 09:00 supervisor: excuse water roads
                    refused WRONG_RELATION
                handling: water, light none, no level
            "#]],
        );
    }
}
