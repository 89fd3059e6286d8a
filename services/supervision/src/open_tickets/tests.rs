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
        span_seconds: 4 * 3_600,
        unit,
        yellow_at: at(due - 1),
        due_at: at(due),
    }
}

const PLAIN: Rank = Rank {
    grade: Grade::C,
    level: None,
};

/// An ordinary ticket of grade C.
fn take(open: &mut OpenTickets, sequence: u32, version: u32, clocks: Vec<Running>) {
    open.take(number(sequence), version, PLAIN, &Hidden::default(), clocks);
}

/// What everybody asks for, all of it.
fn all<'a>(scope: &'a Scope, rules: &'a Rules, hour: i64) -> Asked<'a> {
    Asked {
        scope,
        rules,
        overdue_only: false,
        level: None,
        grade: None,
        clock: None,
        order: Order::DueTime,
        now: at(hour),
    }
}

fn sequences(places: &[Place]) -> Vec<u32> {
    places.iter().map(|(.., number)| number.sequence()).collect()
}

fn city() -> OpenTickets {
    let mut open = OpenTickets::default();
    take(
        &mut open,
        1,
        5,
        vec![
            clock(Kind::Handle, Some("street-1"), 10),
            clock(Kind::Citizen, None, 20),
        ],
    );
    take(
        &mut open,
        2,
        5,
        vec![
            clock(Kind::Sign, Some("water"), 8),
            clock(Kind::Handle, Some("water"), 30),
        ],
    );
    take(&mut open, 3, 5, vec![clock(Kind::Audit, None, 9)]);
    open
}

/// The tickets due at an hour, in order.
fn due(open: &OpenTickets, scope: &Scope, overdue_only: bool, hour: i64) -> Vec<u32> {
    let rules = rules();
    let asked = Asked {
        overdue_only,
        ..all(scope, &rules, hour)
    };
    sequences(&open.due(&asked, None))
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
    take(&mut open, 4, 9, vec![clock(Kind::Audit, None, 9)]);
    assert_eq!(due(&open, &of("water"), false, 12), [0; 0]);
}

#[test]
fn of_several_clocks_the_earliest_due_presses() {
    let rules = rules();
    let asked = all(&Scope::City, &rules, 29);
    let clocks = [
        clock(Kind::Handle, Some("water"), 30),
        clock(Kind::Sign, Some("water"), 8),
    ];
    assert_eq!(asked.pressing(PLAIN, &clocks).unwrap().kind, Kind::Sign);
}

#[test]
fn a_page_goes_on_after_its_place() {
    let (open, rules) = (city(), rules());
    let asked = all(&Scope::City, &rules, 12);
    let places = open.due(&asked, None);
    assert_eq!(open.due(&asked, Some(places[0])), places[1..]);
    assert!(open.due(&asked, Some(places[2])).is_empty());
}

#[test]
fn a_ticket_that_is_over_is_forgotten_and_an_older_state_is_not_taken() {
    let mut open = city();
    take(&mut open, 2, 4, Vec::new());
    assert_eq!(due(&open, &Scope::City, false, 12), [2, 3, 1]);
    take(&mut open, 2, 6, Vec::new());
    assert_eq!(due(&open, &Scope::City, false, 12), [3, 1]);
}

/// Three tickets of a grade each, all late at the tenth hour; the second one's limit is a tenth of the others'.
fn graded() -> OpenTickets {
    let mut open = OpenTickets::default();
    let grades = [
        (1, Grade::C, 5),
        (2, Grade::D, 9),
        (3, Grade::B, 9),
        (4, Grade::A, 11),
    ];
    for (sequence, grade, due) in grades {
        let span_seconds = if sequence == 2 { 360 } else { 40 * 3_600 };
        let clock = Running {
            span_seconds,
            ..clock(Kind::Handle, Some("street-1"), due)
        };
        let rank = Rank {
            grade,
            level: Some(if sequence == 3 { Level::L2 } else { Level::L0 }),
        };
        open.take(number(sequence), 1, rank, &Hidden::default(), vec![clock]);
    }
    open
}

#[test]
fn by_risk_the_grave_come_first_and_then_what_is_used_up_most() {
    let rules = rules();
    let by_risk = Asked {
        order: Order::Risk,
        ..all(&Scope::City, &rules, 10)
    };
    // A is only near due, B late; of the rest the one with the shortest limit is late by ten limits.
    assert_eq!(sequences(&graded().due(&by_risk, None)), [4, 3, 2, 1]);
    let places = graded().due(&by_risk, None);
    assert_eq!(sequences(&graded().due(&by_risk, Some(places[1]))), [2, 1]);

    let running = Running {
        span_seconds: 7_200,
        ..clock(Kind::Handle, None, 9)
    };
    let used = |hour| running.used(at(hour)) / 10_000;
    assert_eq!([used(8), used(9), used(10), used(11)], [50, 100, 150, 200]);
}

#[test]
fn a_list_is_narrowed_by_level_grade_and_clock() {
    let rules = rules();
    let of = |change: &dyn Fn(&mut Asked<'_>)| {
        let mut asked = all(&Scope::City, &rules, 12);
        change(&mut asked);
        sequences(&graded().due(&asked, None))
    };
    assert_eq!(of(&|asked| asked.level = Some(Level::L1)), [3]);
    assert_eq!(of(&|asked| asked.grade = Some(Grade::D)), [2]);
    assert_eq!(of(&|asked| asked.clock = Some(Kind::Audit)), [0; 0]);
    assert_eq!(of(&|asked| asked.clock = Some(Kind::Handle)), [1, 2, 3, 4]);
}

#[test]
fn the_figures_count_each_ticket_once_and_none_that_may_not_be_seen() {
    use domain::access::{Actor, Role};
    use domain::id::HolderId;

    let rules = rules();
    let mut open = city();
    let sealed = Hidden {
        is_sealed: true,
        accused_unknown: false,
        out: vec![UnitId::parse("street-1").unwrap()],
    };
    let late = vec![clock(Kind::Handle, Some("district-1"), 10)];
    open.take(number(9), 1, PLAIN, &sealed, late);
    let summary = |role: Role, unit: Option<&str>, cleared: bool| {
        let actor = Actor {
            holder: HolderId::parse("somebody").unwrap(),
            role,
            unit: unit.map(|unit| UnitId::parse(unit).unwrap()),
            cleared,
        };
        let scope = Scope::of(&actor, None, &rules);
        open.summary(&all(&scope, &rules, 10), &actor)
    };
    let total = |summary: &Summary| (summary.total.yellow, summary.total.red);
    assert_eq!(total(&summary(Role::Supervisor, None, true)), (2, 2));
    assert_eq!(total(&summary(Role::Supervisor, None, false)), (1, 2));
    assert_eq!(total(&summary(Role::UnitHead, Some("district-1"), false)), (2, 0));
    assert_eq!(total(&summary(Role::UnitHead, Some("street-1"), false)), (1, 0));

    let all = summary(Role::Supervisor, None, true);
    let district = UnitId::parse("district-1").unwrap();
    assert_eq!(all.districts, [(district, Count { yellow: 2, red: 0 })].into());
    assert_eq!(all.clocks[&Kind::Sign], Count { yellow: 0, red: 1 });
    assert_eq!(all.units.len(), 4, "with the hotline's own steps");
    let street = summary(Role::UnitHead, Some("street-1"), false);
    assert!(street.districts.is_empty(), "beyond its scope");
}

#[test]
fn what_waits_for_the_city_office_is_found_by_its_clock() {
    let mut open = city();
    take(&mut open, 7, 1, vec![clock(Kind::Proposal, None, 40)]);
    take(
        &mut open,
        8,
        1,
        vec![
            clock(Kind::Handle, Some("water"), 3),
            clock(Kind::Proposal, None, 30),
        ],
    );
    let places = open.with_clock(Kind::Proposal, None);
    assert_eq!(sequences(&places), [8, 7]);
    assert_eq!(sequences(&open.with_clock(Kind::Proposal, Some(places[0]))), [7]);
}

#[test]
fn a_million_tickets_stay_small() {
    assert!(size_of::<Running>() <= 48, "{}", size_of::<Running>());
    assert!(size_of::<OpenTicket>() <= 24, "{}", size_of::<OpenTicket>());
}
