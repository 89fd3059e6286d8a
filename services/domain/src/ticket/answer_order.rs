//! AnswerOrder 督办答复: the head of the unit, or of one above it, says what was done about a supervision order.

use super::Event;
use super::plan::Plan;
use crate::access::Role;
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// 督办答复.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerOrder {
    /// Which order.
    pub order: u8,
}

impl AnswerOrder {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let order = plan
            .ticket
            .open_orders()
            .find(|open| open.order == self.order)
            .ok_or_else(|| Refusal::new(Reason::NoOrder).with("order", self.order))?;
        let own = plan.actor.unit.as_ref();
        let answers = own.is_some_and(|own| plan.rules.units.is_within(&order.unit, own));
        if plan.actor.role != Role::UnitHead || !answers {
            return Err(Refusal::new(Reason::WrongRelation).with("unit", &order.unit));
        }
        let leg = order.leg;
        plan.stop(Kind::Order, leg);
        plan.record(Event::OrderAnswered { order: self.order });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_head_of_the_unit_or_of_one_above_answers() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street
             ---
             answer_order street 1
             order
             answer_order village 1
             unit_clerk@street: answer_order street 1
             answer_order water 1
             answer_order street 2
             answer_order district 1
             answer_order street 1",
            expect![[r#"
                11-23 09:00 answer_order street 1
                    refused NO_ORDER (order=1)
                11-23 09:00 order
                    order_issued 1 to street by 11-26 17:30
                    runs C11 11-26 17:30
                11-23 09:00 answer_order village 1
                    refused WRONG_RELATION (unit=street)
                11-23 09:00 unit_clerk@street: answer_order street 1
                    refused WRONG_RELATION (unit=street)
                11-23 09:00 answer_order water 1
                    refused WRONG_RELATION (unit=street)
                11-23 09:00 answer_order street 2
                    refused NO_ORDER (order=2)
                11-23 09:00 answer_order district 1
                    stops C11
                    order_answered 1
                11-23 09:00 answer_order street 1
                    refused NO_ORDER (order=1)
                dispatched: street, light none, no level
            "#]],
        );
    }
}
