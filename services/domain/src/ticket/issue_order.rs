//! IssueOrder 督办单: a numbered order to the lead's unit with a hard date, one at a time until it is
//! answered.

use super::plan::Plan;
use super::{ORDERS_MAX, Order, Phase};
use crate::access::Role;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    match plan.ticket.phase {
        Phase::Dispatched { .. }
        | Phase::Handling { .. }
        | Phase::AwaitingCitizen { .. }
        | Phase::Suspended { .. }
        | Phase::ReplyReview { .. } => {}
        Phase::Accepted { .. }
        | Phase::Consulting { .. }
        | Phase::CallbackDue { .. }
        | Phase::Closed { .. } => return Err(plan.wrong_phase()),
    }
    if !plan.actor.role.supervises() && plan.actor.role != Role::System {
        return Err(Reason::SupervisorNeeded.into());
    }
    let lead = plan.ticket.lead_unit();
    let to_the_lead = |order: &&Order| Some(&order.unit) == lead;
    if let Some(order) = plan.ticket.open_orders().find(to_the_lead) {
        return Err(Refusal::new(Reason::OrderOpen).with("order", order.order));
    }
    if plan.ticket.orders.len() >= ORDERS_MAX {
        return Err(Refusal::new(Reason::TooMany).with("orders_max", ORDERS_MAX));
    }
    plan.order_at_l2(None);
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn an_order_has_a_hard_date_and_unanswered_it_reaches_l2() {
        check(
            "register complaint c urban.noise phone in s
             order
             dispatch water
             triager: order
             order
             order
             tick to 2026-11-27 09:00",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 order
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 triager: order
                    refused SUPERVISOR_NEEDED
                11-23 09:00 order
                    order_issued 1 to water by 11-26 17:30
                    runs C11 11-26 17:30
                11-23 09:00 order
                    refused ORDER_OPEN (order=1)
                tick to 2026-11-27 09:00
                11-24 08:45 C2 water L0: clerk
                11-24 08:45 C3 water L0: clerk
                11-24 17:30 C2 water L1: clerk, unit_leader, district, 0.5 points
                11-24 17:30 C3 water L1: clerk, unit_leader, district, 0.5 points
                11-25 17:30 C11 L0: clerk
                11-26 17:30 C11 L2: unit_head, 1.0 points
                dispatched: water, light red, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn the_next_order_is_numbered_on() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             order
             answer_order water 1
             ---
             system: order
             answer_order water 1
             answer_order water 2",
            expect![[r#"
                11-23 09:00 system: order
                    order_issued 2 to water by 11-26 17:30
                    runs C11 11-26 17:30
                11-23 09:00 answer_order water 1
                    refused NO_ORDER (order=1)
                11-23 09:00 answer_order water 2
                    stops C11
                    order_answered 2
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn an_order_outlives_the_reply_and_ends_with_the_ticket() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             order
             ---
             reply water solved unread
             order
             callback solved
             answer_order water 1",
            expect![[r#"
                11-23 09:00 reply water solved unread
                    stops C4 water
                    replied water
                    audit_passed by rule
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 order
                    refused WRONG_PHASE (phase=callback_due)
                11-23 09:00 callback solved
                    stops C7
                    callback_answered solved
                    stops C11
                    closed resolved
                11-23 09:00 answer_order water 1
                    refused NO_ORDER (order=1)
                closed: nobody, light green, no level
            "#]],
        );
    }
}
