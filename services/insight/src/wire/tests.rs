use domain::ticket::{PhaseName, RequestType};

use kit::wire::ClosedSet as _;

use super::*;
use crate::test_city::{at, number, overdue as charged, rules, unit};

fn ticket() -> tickets::Ticket {
    let time = |text: &str| Some(timestamp(at(text)));
    tickets::Ticket {
        number: number(1).to_string(),
        version: 12,
        phase: PhaseName::Handling.to_wire(),
        r#type: RequestType::Help.to_wire(),
        lead_unit: "water".to_owned(),
        legs: vec![
            tickets::Leg {
                leg: 1,
                unit: "water".to_owned(),
                lead: true,
                sign_time: time("2026-11-20T02:00:00Z"),
                contact_needed: true,
                ..tickets::Leg::default()
            },
            tickets::Leg {
                leg: 2,
                unit: "ecology".to_owned(),
                ..tickets::Leg::default()
            },
        ],
        clocks: [(1, Kind::Handle), (2, Kind::Handle), (0, Kind::Citizen)]
            .map(|(leg, kind)| tickets::Clock {
                kind: kind.to_wire(),
                leg,
                run: 1,
                due_time: time("2026-11-20T04:00:00Z"),
                yellow_time: time("2026-11-20T03:00:00Z"),
                ..tickets::Clock::default()
            })
            .to_vec(),
        ..tickets::Ticket::default()
    }
}

fn fired(clock: &str, level: &str, system_was_down: bool) -> tickets::TicketEvent {
    let facts = [
        ("clock", clock),
        ("leg", "1"),
        ("level", level),
        ("system_was_down", if system_was_down { "true" } else { "false" }),
    ];
    tickets::TicketEvent {
        kind: "level_fired".to_owned(),
        event_time: Some(timestamp(at("2026-11-20T04:00:01Z"))),
        facts: facts
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..tickets::TicketEvent::default()
    }
}

#[test]
fn an_excluded_ticket_and_a_merged_one_are_left_out() {
    let excluded = |state: &str| tickets::Ticket {
        exclusion: Some(tickets::Exclusion {
            state: state.to_owned(),
            ..tickets::Exclusion::default()
        }),
        ..ticket()
    };
    let merged = tickets::Ticket {
        merged_into: number(2).to_string(),
        rejoined: true,
        ..ticket()
    };
    assert!(is_left_out(&excluded("granted")) && is_left_out(&merged));
    assert!(!is_left_out(&excluded("reviewed")) && !is_left_out(&ticket()));
}

#[test]
fn a_ticket_counts_by_the_clocks_of_its_lead() {
    let change = tickets::TicketChange {
        events: vec![fired("c4", "l1", false)],
        ticket: Some(ticket()),
        ..Default::default()
    };
    let (seen, told, when) = seen(&change).unwrap().unwrap();
    let lead = seen.lead.unwrap();
    assert_eq!((lead.unit, lead.leg, lead.clocks.len()), (unit("water"), 1, 1));
    assert_eq!(
        (told, when),
        (vec![charged(Kind::Handle, false)], at("2026-11-20T04:00:01Z"))
    );
}

#[test]
fn a_level_from_l1_up_tells_which_clock_is_overdue_and_whether_that_is_excused() {
    let told = |clock, level, was_down| overdue(&fired(clock, level, was_down), at("2026-11-20T04:00:01Z"));
    assert_eq!(told("c4", "l0", false), None);
    assert_eq!(told("c2", "l1", true), Some(charged(Kind::Sign, true)));
    assert_eq!(told("c4", "l3", false), Some(charged(Kind::Handle, false)));
}

#[test]
fn rows_stand_by_class_and_code_with_names() {
    let units = ["water", "street-1", "ecology", "gone", "district-1"];
    let shown = Shown {
        units: units.map(|code| (unit(code), Figures::default())).to_vec(),
        total: Figures::default(),
        waiting: 2,
        as_of: Some(at("2026-11-20T04:00:00Z")),
    };
    let board = board(&shown, &rules());
    let rows: Vec<(&str, &str)> = board
        .rows
        .iter()
        .map(|row| (row.unit.as_str(), row.unit_class.as_str()))
        .collect();
    let expected = [
        ("district-1", "district"),
        ("street-1", "street"),
        ("ecology", "department"),
        ("water", "utility"),
        ("gone", ""),
    ];
    assert_eq!(rows, expected);
    assert_eq!(board.rows[0].name, "district-1");
    assert_eq!(
        (board.waiting_for_triage, board.total.unwrap().unit.as_str()),
        (2, "")
    );
}

#[test]
fn a_rate_carries_its_interval() {
    let rate = rate(scoring::Rate { part: 63, whole: 84 });
    assert_eq!(
        format!(
            "{:.2} {:.1}-{:.1}",
            rate.percent, rate.low_percent, rate.high_percent
        ),
        "75.00 64.8-83.0"
    );
}

#[test]
fn a_class_is_asked_for_by_its_name() {
    let ask = |unit_class: &str| {
        query(&pb::GetBoardRequest {
            unit: String::new(),
            unit_class: unit_class.to_owned(),
        })
        .map(|query| query.class)
    };
    assert_eq!(ask("").unwrap(), None);
    assert_eq!(ask("streets").unwrap(), Some(UnitClass::Street));
    assert_eq!(ask("utility").unwrap(), Some(UnitClass::Utility));
    assert_eq!(
        ask("villages").unwrap_err().fields().collect::<Vec<_>>(),
        ["unit_class"]
    );
}
