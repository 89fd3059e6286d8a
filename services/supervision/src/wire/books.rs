//! Promises and orders, between tickets and who asks for them.

use domain::clock::Kind;
use jiff::Timestamp;
use kit::fault::Fault;
use kit::page::page_size;
use kit::wire::{ClosedSet as _, instant, optional_unit};
use proto::common::v1::Phase;
use proto::supervision::v1 as pb;
use proto::tickets::v1 as tickets;

use crate::limits::{PAGE_DEFAULT, PAGE_MAX};

/// Asks for a page of suspended tickets.
pub(crate) fn suspended(request: pb::ListPromisesRequest) -> Result<tickets::ListTicketsRequest, Fault> {
    let asked = page(request.unit, request.page_size, request.page_token)?;
    Ok(tickets::ListTicketsRequest {
        phase: Phase::Suspended.into(),
        ..asked
    })
}

/// Asks for a page of tickets with an open order.
pub(crate) fn with_open_order(request: pb::ListOrdersRequest) -> Result<tickets::ListTicketsRequest, Fault> {
    let asked = page(request.unit, request.page_size, request.page_token)?;
    Ok(tickets::ListTicketsRequest {
        open_order: true,
        ..asked
    })
}

fn page(unit: String, size: u32, page_token: String) -> Result<tickets::ListTicketsRequest, Fault> {
    optional_unit("unit", &unit)?;
    page_size(size, PAGE_DEFAULT, PAGE_MAX)?;
    Ok(tickets::ListTicketsRequest {
        unit,
        page_size: size,
        page_token,
        ..tickets::ListTicketsRequest::default()
    })
}

/// Whether an instant has passed.
fn is_past(time: Option<&prost_types::Timestamp>, now: Timestamp) -> Result<bool, Fault> {
    time.map_or(Ok(false), |time| Ok(instant("time", time)? < now))
}

/// The book of open promises.
pub(crate) fn promises(
    page: tickets::ListTicketsResponse,
    missed_only: bool,
    now: Timestamp,
) -> Result<pb::ListPromisesResponse, Fault> {
    let mut promises = Vec::with_capacity(page.tickets.len());
    for ticket in page.tickets {
        let Some(promise) = ticket.promise else { continue };
        let missed = is_past(promise.check_time.as_ref(), now)?;
        if missed_only && !missed {
            continue;
        }
        promises.push(pb::OpenPromise {
            number: ticket.number,
            lead_unit: ticket.lead_unit,
            ground: promise.ground,
            owner: promise.owner,
            since_time: promise.since_time,
            check_time: promise.check_time,
            until_time: promise.until_time,
            missed,
        });
    }
    Ok(pb::ListPromisesResponse {
        promises,
        next_page_token: page.next_page_token,
    })
}

/// Orders that wait for an answer: of each ticket the last to each of its units, while its clock runs.
pub(crate) fn orders(
    page: tickets::ListTicketsResponse,
    overdue_only: bool,
    now: Timestamp,
) -> Result<pb::ListOrdersResponse, Fault> {
    let mut orders = Vec::with_capacity(page.tickets.len());
    let open = page.tickets.into_iter().flat_map(open_orders);
    for (number, order) in open {
        let overdue = is_past(order.due_time.as_ref(), now)?;
        if overdue_only && !overdue {
            continue;
        }
        orders.push(pb::OpenOrder {
            number,
            order: order.order,
            unit: order.unit,
            issue_time: order.issue_time,
            due_time: order.due_time,
            overdue,
        });
    }
    Ok(pb::ListOrdersResponse {
        orders,
        next_page_token: page.next_page_token,
    })
}

fn open_orders(ticket: tickets::Ticket) -> Vec<(String, tickets::Order)> {
    let (number, clocks) = (ticket.number, ticket.clocks);
    let runs = |leg: u32| {
        let is_it = |clock: &tickets::Clock| (clock.kind, clock.leg) == (Kind::Order.to_wire(), leg);
        clocks
            .iter()
            .any(|clock| is_it(clock) && clock.stop_time.is_none())
    };
    let mut seen = Vec::new();
    let mut open = ticket.orders;
    open.reverse();
    open.retain(|order| {
        let is_last = !seen.contains(&order.leg);
        seen.push(order.leg);
        is_last && order.answer_time.is_none() && runs(order.leg)
    });
    open.into_iter().map(|order| (number.clone(), order)).collect()
}

#[cfg(test)]
mod tests {
    use kit::wire::timestamp;

    use super::*;

    fn at(second: i64) -> Option<prost_types::Timestamp> {
        Some(timestamp(Timestamp::from_second(second).unwrap()))
    }

    fn page_of(tickets: Vec<tickets::Ticket>) -> tickets::ListTicketsResponse {
        tickets::ListTicketsResponse {
            tickets,
            next_page_token: "next".to_owned(),
        }
    }

    #[test]
    fn a_missed_check_is_told_and_can_be_asked_for_alone() {
        let suspended = |owner: &str, check| tickets::Ticket {
            promise: Some(tickets::Promise {
                owner: owner.to_owned(),
                check_time: at(check),
                ..tickets::Promise::default()
            }),
            ..tickets::Ticket::default()
        };
        let now = Timestamp::from_second(10).unwrap();
        let owners = |missed_only| {
            let page = page_of(vec![suspended("li", 5), suspended("chen", 15)]);
            let book = promises(page, missed_only, now).unwrap();
            assert_eq!(book.next_page_token, "next");
            let row = |one: pb::OpenPromise| (one.owner, one.missed);
            book.promises.into_iter().map(row).collect::<Vec<_>>()
        };
        assert_eq!(
            owners(false),
            [("li".to_owned(), true), ("chen".to_owned(), false)]
        );
        assert_eq!(owners(true), [("li".to_owned(), true)]);
    }

    #[test]
    fn of_a_ticket_the_order_that_waits_is_listed() {
        let order = |order, leg, answer| tickets::Order {
            order,
            leg,
            due_time: at(5),
            answer_time: answer,
            ..tickets::Order::default()
        };
        let ticket = |orders, running: &[u32]| tickets::Ticket {
            orders,
            clocks: running
                .iter()
                .map(|leg| tickets::Clock {
                    kind: Kind::Order.to_wire(),
                    leg: *leg,
                    ..tickets::Clock::default()
                })
                .collect(),
            ..tickets::Ticket::default()
        };
        let page = || {
            page_of(vec![
                ticket(vec![order(1, 0, at(3)), order(2, 0, None)], &[0]),
                ticket(vec![order(1, 0, at(3))], &[]),
            ])
        };
        let listed = |overdue_only, now| {
            let now = Timestamp::from_second(now).unwrap();
            orders(page(), overdue_only, now).unwrap().orders
        };
        assert_eq!(listed(false, 4).len(), 1);
        assert_eq!(
            (listed(false, 6)[0].order, listed(false, 6)[0].overdue),
            (2, true)
        );
        assert!(listed(true, 4).is_empty());

        let several = vec![order(1, 2, None), order(2, 0, None), order(3, 4, None)];
        let page = page_of(vec![ticket(several, &[0, 2])]);
        let orders = orders(page, false, Timestamp::from_second(4).unwrap())
            .unwrap()
            .orders;
        let numbers: Vec<u32> = orders.iter().map(|order| order.order).collect();
        assert_eq!(numbers, [2, 1], "that of a leg which has ended waits no more");
    }
}
