use std::sync::Arc;

use domain::clock::{Kind, Level};
use domain::id::{HolderId, TicketNumber};
use jiff::Timestamp;
use jiff::civil::date;
use kit::wire::{ClosedSet as _, timestamp};
use proto::common::v1 as common;
use proto::supervision::v1 as lists;
use proto::tickets::v1 as tickets;

use super::*;
use crate::acknowledgements::Acknowledged;
use crate::escalation_list::Shown;
use crate::escalations::{Escalation, Run};
use crate::projection::{Dispatch, Happened};
use crate::test_city::unit;

fn number() -> TicketNumber {
    TicketNumber::new(date(2026, 11, 20), 1).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn event(version: u32, kind: &str, facts: &[(&str, &str)]) -> tickets::TicketEvent {
    tickets::TicketEvent {
        number: number().to_string(),
        version,
        event_time: Some(timestamp(at(7))),
        kind: kind.to_owned(),
        facts: facts
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..tickets::TicketEvent::default()
    }
}

fn change(events: Vec<tickets::TicketEvent>) -> tickets::TicketChange {
    let ticket = tickets::Ticket {
        number: number().to_string(),
        version: 9,
        grade: common::Grade::C.into(),
        ..tickets::Ticket::default()
    };
    tickets::TicketChange {
        events,
        ticket: Some(ticket),
        traceparent: String::new(),
    }
}

fn fired(clock: &str) -> tickets::TicketEvent {
    let due = at(5).to_string();
    let facts = [
        ("clock", clock),
        ("leg", "1"),
        ("run", "2"),
        ("level", "l1"),
        ("due_at", due.as_str()),
        ("system_was_down", "true"),
        ("points_tenths", "5"),
        ("told", "clerk,unit_leader"),
    ];
    event(8, "level_fired", &facts)
}

#[test]
fn a_due_level_is_fired_under_its_name() {
    let listed = tickets::ListDueClocksResponse {
        due: vec![tickets::DueClock {
            number: number().to_string(),
            clock: common::ClockKind::Handle.into(),
            leg: 1,
            run: 2,
            level: common::Level::L1.into(),
            fire_time: Some(timestamp(at(100))),
        }],
        next_time: Some(timestamp(at(200))),
        now_time: Some(timestamp(at(161))),
        up_time: Some(timestamp(at(7))),
        ..tickets::ListDueClocksResponse::default()
    };
    let page = due(listed).unwrap();
    assert_eq!(
        (page.next, page.now, page.up_since),
        (Some(at(200)), at(161), at(7))
    );
    let request = fire(&page.due[0], true).unwrap();
    assert_eq!(request.request_id, format!("fire:{}:c4:1:2:l1", number()));
    assert_eq!(
        (request.leg, request.run, request.level),
        (1, 2, Level::L1.to_wire())
    );
    assert!(request.system_was_down);
    assert!(!fire(&page.due[0], false).unwrap().system_was_down);
}

#[test]
fn a_fired_level_is_read_from_the_feed() {
    let seen = seen(&change(vec![fired("c4")])).unwrap().unwrap();
    let [Happened::Reached(reached)] = seen.happened.as_slice() else {
        panic!("not one level")
    };
    let expected = Run {
        kind: Kind::Handle,
        leg: 1,
        run: 2,
        due_at: at(5),
        system_was_down: true,
    };
    assert_eq!(
        (reached.clock, reached.level, reached.version),
        (Some(expected), Level::L1, 8)
    );
    assert_eq!(
        (reached.points_tenths, reached.told.join("+")),
        (5, "clerk+unit_leader".to_owned())
    );
}

#[test]
fn the_end_of_the_rating_window_is_no_escalation() {
    assert!(
        seen(&change(vec![fired("c8")]))
            .unwrap()
            .unwrap()
            .happened
            .is_empty()
    );
}

#[test]
fn a_level_raised_by_a_person_has_no_clock() {
    let raised = event(8, "escalated", &[("level", "l2"), ("told", "unit_head")]);
    let seen = seen(&change(vec![raised])).unwrap().unwrap();
    let [Happened::Reached(reached)] = seen.happened.as_slice() else {
        panic!("not one level")
    };
    assert_eq!(
        (reached.clock, reached.level, reached.points_tenths),
        (None, Level::L2, 0)
    );
}

#[test]
fn dispatches_are_read_in_the_order_of_legs() {
    let events = [
        event(
            4,
            "dispatched",
            &[("lead_unit", "water"), ("co_units", "roads,parks")],
        ),
        event(5, "signed", &[]),
        event(
            7,
            "sub_assigned",
            &[("leg", "4"), ("unit", "street-1"), ("under", "1")],
        ),
        event(9, "dispatched", &[("lead_unit", "ecology")]),
    ];
    let dispatch = |version, leads, units: &[&str]| Dispatch {
        version,
        leads,
        units: units.iter().map(|one| unit(one)).collect(),
    };
    let expected = [
        dispatch(4, true, &["water", "roads", "parks"]),
        dispatch(7, false, &["street-1"]),
        dispatch(9, true, &["ecology"]),
    ];
    assert_eq!(dispatches(&events), expected);
}

#[test]
fn a_running_rating_window_does_not_press() {
    let clock = |kind: common::ClockKind| tickets::Clock {
        kind: kind.into(),
        run: 1,
        start_time: Some(timestamp(at(1))),
        due_time: Some(timestamp(at(9))),
        yellow_time: Some(timestamp(at(8))),
        ..tickets::Clock::default()
    };
    let ticket = tickets::Ticket {
        number: number().to_string(),
        phase: common::Phase::CallbackDue.into(),
        grade: common::Grade::C.into(),
        clocks: vec![
            clock(common::ClockKind::Rating),
            clock(common::ClockKind::Callback),
        ],
        ..tickets::Ticket::default()
    };
    let visible = visible(tickets::GetTicketResponse { ticket: Some(ticket) }).unwrap();
    let kinds: Vec<Kind> = visible.clocks.iter().map(|clock| clock.kind).collect();
    assert_eq!(kinds, [Kind::Callback]);
}

#[test]
fn what_somebody_else_holds_up_or_is_being_mended_is_not_red() {
    let clock = |kind: common::ClockKind, leg| tickets::Clock {
        kind: kind.into(),
        leg,
        run: 1,
        start_time: Some(timestamp(at(1))),
        due_time: Some(timestamp(at(9))),
        yellow_time: Some(timestamp(at(8))),
        ..tickets::Clock::default()
    };
    let leg = |leg, unit: &str| tickets::Leg {
        leg,
        unit: unit.to_owned(),
        ..tickets::Leg::default()
    };
    let order = tickets::Order {
        order: 1,
        unit: "roads".to_owned(),
        issue_time: Some(timestamp(at(2))),
        ..tickets::Order::default()
    };
    let mut ticket = tickets::Ticket {
        number: number().to_string(),
        phase: common::Phase::Handling.into(),
        grade: common::Grade::C.into(),
        legs: vec![leg(1, "water"), leg(2, "roads")],
        clocks: vec![
            clock(common::ClockKind::Handle, 1),
            clock(common::ClockKind::Handle, 2),
            clock(common::ClockKind::Decision, 2),
            clock(common::ClockKind::Order, 0),
        ],
        decisions: vec![tickets::PendingDecision {
            leg: 2,
            ..tickets::PendingDecision::default()
        }],
        orders: vec![order],
        ..tickets::Ticket::default()
    };
    ticket.clocks[0].late_time = Some(timestamp(at(20)));
    let shown = |ticket: &tickets::Ticket| {
        let visible = visible(tickets::GetTicketResponse {
            ticket: Some(ticket.clone()),
        });
        let clocks = visible.unwrap().clocks;
        let one = clocks.iter().map(|clock| {
            let unit = clock.unit.as_ref().map(|unit| unit.to_string());
            (clock.kind, unit, clock.due_at)
        });
        one.collect::<Vec<_>>()
    };
    let of = |unit: &str| Some(unit.to_owned());
    let expected = [
        (Kind::Handle, of("water"), at(20)),
        (Kind::Decision, None, at(9)),
        (Kind::Order, of("roads"), at(9)),
    ];
    assert_eq!(shown(&ticket), expected);
    ticket.grade = common::Grade::A.into();
    assert_eq!(shown(&ticket).len(), 4, "in grade A nothing waits");
}

#[test]
fn an_escalation_shows_who_was_told_and_who_has_seen_it() {
    let escalation = Escalation {
        number: number(),
        version: 8,
        level: Level::L1,
        clock: Some(Run {
            kind: Kind::Handle,
            leg: 1,
            run: 2,
            due_at: at(5),
            system_was_down: false,
        }),
        cause: None,
        is_proposed: false,
        fired_at: at(7),
        told: Arc::new(vec!["clerk".to_owned()]),
        unit: Some(Arc::new(unit("water"))),
        points_tenths: 5,
    };
    let by = HolderId::parse("head-1").unwrap();
    let shown = Shown {
        escalation,
        acknowledged: Some(Acknowledged {
            by,
            at: at(9),
            noted: true,
        }),
    };
    let message = super::escalation(&shown);
    assert_eq!(message.escalation, format!("{}:c4:1:2:l1", number()));
    assert_eq!(
        (message.unit.as_str(), message.acknowledged_by.as_str()),
        ("water", "head-1")
    );
    assert!(message.noted && !message.proposed);
    assert_eq!(
        (message.due_time, message.fire_time),
        (Some(timestamp(at(5))), Some(timestamp(at(7))))
    );
}

#[test]
fn an_overlong_name_is_no_escalation() {
    let ask = |escalation: String| {
        acknowledgement(lists::AcknowledgeEscalationRequest {
            escalation,
            request_id: "r1".to_owned(),
            note: String::new(),
        })
    };
    assert_eq!(ask("x".repeat(10_000)).unwrap_err().reason(), "NOT_FOUND");
    assert!(ask(String::new()).is_err());
}

#[test]
fn a_proposal_is_told_once_and_only_where_no_clock_tells_it() {
    let proposed = |cause: &str| {
        let facts = [("level", "l4"), ("cause", cause), ("unit", "water")];
        seen(&change(vec![event(8, "level_proposed", &facts)]))
            .unwrap()
            .unwrap()
            .happened
    };
    assert!(proposed("overdue").is_empty(), "its clock has fired with it");
    let [Happened::Reached(reached)] = &proposed("repeated_l2")[..] else {
        panic!("not one level")
    };
    assert_eq!((reached.proposed, &reached.about), (true, &Some(unit("water"))));
    assert_eq!(
        (reached.level, reached.told.join("+")),
        (Level::L4, "city_office".to_owned())
    );
}

#[test]
fn legs_are_given_by_dispatches_and_not_by_an_incidents_answer() {
    let events = vec![
        event(
            4,
            "dispatched",
            &[("lead_unit", "water"), ("co_units", "ecology")],
        ),
        event(7, "sub_assigned", &[("leg", "3"), ("unit", "street-1")]),
        event(8, "rejoined", &[("leg", "4"), ("unit", "water")]),
    ];
    let given = given(&change(events)).unwrap().unwrap();
    assert_eq!(given.units, [unit("water"), unit("ecology"), unit("street-1")]);
    assert_eq!((given.version, given.is_sealed), (8, false));
}

#[test]
fn a_sealed_ticket_is_known_with_those_it_is_hidden_from() {
    let mut change = change(vec![event(8, "annotated", &[])]);
    let ticket = change.ticket.as_mut().unwrap();
    ticket.sealed = true;
    ticket.recused_units = vec!["street-1".to_owned()];
    let hidden = seen(&change).unwrap().unwrap().ticket.hidden;
    assert!(hidden.is_sealed && hidden.accused_unknown);
    assert_eq!(hidden.out, [unit("street-1")]);

    let who = common::accused::Who::Unit("water".to_owned());
    change.ticket.as_mut().unwrap().accused = Some(common::Accused { who: Some(who) });
    let hidden = seen(&change).unwrap().unwrap().ticket.hidden;
    assert!(!hidden.accused_unknown);
    assert_eq!(hidden.out, [unit("street-1"), unit("water")]);
}

#[test]
fn what_is_asked_for_and_does_not_exist_is_refused_by_its_field() {
    let fields = |fault: kit::fault::Fault| fault.fields().map(str::to_owned).collect::<Vec<_>>();
    let due = due_query(lists::ListDueRequest {
        order: 77,
        ..lists::ListDueRequest::default()
    });
    assert_eq!(fields(due.unwrap_err()), ["order"]);
    let told = watched(&lists::WatchEscalationsRequest {
        told: "everybody".to_owned(),
        ..lists::WatchEscalationsRequest::default()
    });
    assert_eq!(fields(told.unwrap_err()), ["told"]);
}
