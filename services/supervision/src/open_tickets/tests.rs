use jiff::civil::date;

use super::*;
use crate::test_city::rules;

fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(date(2026, 11, 20), sequence).unwrap()
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(hour * 3_600).unwrap()
}

/// Yellow an hour before `due`.
fn clock(kind: Kind, unit: Option<&str>, due: i64) -> Running {
    let unit = unit.map(|code| Arc::new(UnitId::parse(code).unwrap()));
    Running {
        kind,
        unit,
        yellow_at: at(due - 1),
        due_at: at(due),
    }
}

fn city() -> OpenTickets {
    let mut open = OpenTickets::default();
    open.take(
        number(1),
        5,
        vec![
            clock(Kind::Handle, Some("street-1"), 10),
            clock(Kind::Citizen, None, 20),
        ],
    );
    open.take(
        number(2),
        5,
        vec![
            clock(Kind::Sign, Some("water"), 8),
            clock(Kind::Handle, Some("water"), 30),
        ],
    );
    open.take(number(3), 5, vec![clock(Kind::Audit, None, 9)]);
    open
}

/// The tickets due at an hour, in order.
fn due(open: &OpenTickets, scope: &Scope, overdue_only: bool, hour: i64) -> Vec<u32> {
    let rules = rules();
    let asked = Asked {
        scope,
        rules: &rules,
        overdue_only,
        now: at(hour),
    };
    open.due(&asked, None)
        .into_iter()
        .map(|(_, number)| number.sequence())
        .collect()
}

fn of(code: &str) -> Scope {
    Scope::Unit(UnitId::parse(code).unwrap())
}

#[test]
fn the_most_overdue_comes_first() {
    assert_eq!(due(&city(), &Scope::City, false, 12), [2, 3, 1]);
    assert_eq!(due(&city(), &Scope::City, false, 8), [2, 3], "near due counts");
    assert_eq!(
        due(&city(), &Scope::City, true, 8),
        [0; 0],
        "the due instant itself is not past due"
    );
    assert_eq!(due(&city(), &Scope::City, false, 6), [0; 0]);
}

#[test]
fn a_units_list_holds_what_presses_it_and_those_below() {
    assert_eq!(due(&city(), &of("district-1"), false, 12), [1]);
    assert_eq!(due(&city(), &of("water"), false, 12), [2]);
    assert_eq!(due(&city(), &Scope::Nothing, false, 12), [0; 0]);
    // What only the audit desk is late with is not the unit's.
    let mut open = OpenTickets::default();
    open.take(number(4), 9, vec![clock(Kind::Audit, None, 9)]);
    assert_eq!(due(&open, &of("water"), false, 12), [0; 0]);
}

#[test]
fn of_several_clocks_the_earliest_due_presses() {
    let rules = rules();
    let asked = Asked {
        scope: &Scope::City,
        rules: &rules,
        overdue_only: false,
        now: at(29),
    };
    let clocks = [
        clock(Kind::Handle, Some("water"), 30),
        clock(Kind::Sign, Some("water"), 8),
    ];
    assert_eq!(asked.pressing(&clocks).unwrap().kind, Kind::Sign);
}

#[test]
fn a_page_goes_on_after_its_place() {
    let (open, rules) = (city(), rules());
    let asked = Asked {
        scope: &Scope::City,
        rules: &rules,
        overdue_only: false,
        now: at(12),
    };
    let places = open.due(&asked, None);
    assert_eq!(open.due(&asked, Some(places[0])), places[1..]);
    assert!(open.due(&asked, Some(places[2])).is_empty());
}

#[test]
fn a_ticket_that_is_over_is_forgotten_and_an_older_state_is_not_taken() {
    let mut open = city();
    open.take(number(2), 4, Vec::new());
    assert_eq!(due(&open, &Scope::City, false, 12), [2, 3, 1]);
    open.take(number(2), 6, Vec::new());
    assert_eq!(due(&open, &Scope::City, false, 12), [3, 1]);
}
