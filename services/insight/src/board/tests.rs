use domain::access::{Actor, Role};
use domain::clock::Kind;
use domain::rules::UnitClass;
use domain::ticket::{Outcome, PhaseName, Rating};

use super::*;
use crate::test_city::{actor, at, number, overdue, rules, seen, unit};
use crate::view::{Query, may_ask};

const NOW: &str = "2026-11-20T03:30:00Z";

fn shown(board: &Board, actor: &Actor, query: &Query, now: &str) -> Shown {
    board.figures(&View::new(actor, query, board.units(), &rules()), at(now))
}

/// `unit open done` of every row, the total and what waits.
fn check(board: &Board, actor: &Actor, query: &Query, expected: &str) {
    let shown = shown(board, actor, query, NOW);
    let mut lines: Vec<String> = shown
        .units
        .iter()
        .map(|(code, one)| format!("{code} {} {}", one.open, one.done))
        .collect();
    lines.sort_unstable();
    lines.push(format!(
        "total {} {} waiting {}",
        shown.total.open, shown.total.done, shown.waiting
    ));
    assert_eq!(lines.join(", "), expected);
}

fn supervisor() -> Actor {
    actor(Role::Supervisor, None, false)
}

fn closed(sequence: u32, code: &str, outcome: Option<(bool, Option<Rating>)>) -> Seen {
    let outcome = outcome.map(|(solved, rating)| Outcome { solved, rating });
    Seen {
        phase: PhaseName::Closed,
        outcome,
        ..seen(sequence, code)
    }
}

fn waiting(sequence: u32) -> Seen {
    Seen {
        phase: PhaseName::Accepted,
        lead: None,
        ..seen(sequence, "water")
    }
}

fn board(tickets: &[Seen]) -> Board {
    let mut board = Board::default();
    tickets.iter().for_each(|seen| board.take(seen, &[]));
    board
}

#[test]
fn what_is_excluded_or_merged_counts_for_nobody() {
    let left_out = |seen| Seen {
        is_left_out: true,
        ..seen
    };
    let mut board = board(&[
        closed(1, "water", Some((true, None))),
        left_out(closed(2, "water", Some((false, None)))),
        left_out(waiting(3)),
    ]);
    let everything = Query::default();
    check(
        &board,
        &supervisor(),
        &everything,
        "water 0 1, total 0 1 waiting 0",
    );
    let solved = shown(&board, &supervisor(), &everything, NOW).total.solved;
    assert_eq!((solved.part, solved.whole), (1, 1));

    // Un-merged, it is on its own again.
    let unmerged = Seen {
        version: 10,
        ..waiting(3)
    };
    board.take(&unmerged, &[]);
    check(
        &board,
        &supervisor(),
        &everything,
        "water 0 1, total 0 1 waiting 1",
    );
}

fn city() -> Board {
    let against = |code: &str| Some(unit(code));
    board(&[
        seen(1, "water"),
        closed(2, "water", None),
        seen(3, "street-1"),
        seen(4, "district-1"),
        waiting(5),
        Seen {
            is_sealed: true,
            ..waiting(6)
        },
        // A report against the street, which its district handles; and one against the district itself.
        Seen {
            is_sealed: true,
            accused: against("street-1"),
            ..seen(7, "district-1")
        },
        Seen {
            is_sealed: true,
            accused: against("district-1"),
            ..seen(8, "ecology")
        },
    ])
}

#[test]
fn a_desk_sees_the_city_but_for_what_is_sealed() {
    let all = Query::default();
    check(
        &city(),
        &supervisor(),
        &all,
        "district-1 1 0, street-1 1 0, water 1 1, total 3 1 waiting 1",
    );
}

#[test]
fn the_sealed_desk_sees_everything() {
    let cleared = actor(Role::Supervisor, None, true);
    let expected = "district-1 2 0, ecology 1 0, street-1 1 0, water 1 1, total 5 1 waiting 2";
    check(&city(), &cleared, &Query::default(), expected);
}

#[test]
fn a_unit_sees_itself_and_those_below_and_nothing_waiting() {
    let head = actor(Role::UnitHead, Some("water"), false);
    check(
        &city(),
        &head,
        &Query::default(),
        "water 1 1, total 1 1 waiting 0",
    );
    let head = actor(Role::UnitHead, Some("district-1"), false);
    check(
        &city(),
        &head,
        &Query::default(),
        "district-1 2 0, street-1 1 0, total 3 0 waiting 0",
    );
}

#[test]
fn a_report_does_not_exist_for_the_accused_nor_for_those_below_him() {
    let clerk = actor(Role::UnitClerk, Some("street-1"), false);
    check(
        &city(),
        &clerk,
        &Query::default(),
        "street-1 1 0, total 1 0 waiting 0",
    );
    // Cleared, but of the accused unit's subtree.
    let insider = actor(Role::Auditor, Some("street-1"), true);
    let expected = "district-1 1 0, street-1 1 0, water 1 1, total 3 1 waiting 2";
    check(&city(), &insider, &Query::default(), expected);
}

#[test]
fn residents_and_machines_see_nothing() {
    check(
        &city(),
        &actor(Role::Channel, None, false),
        &Query::default(),
        "total 0 0 waiting 0",
    );
}

#[test]
fn a_board_is_of_one_unit_and_those_below_or_of_one_class() {
    let of = Query {
        unit: Some(unit("district-1")),
        class: None,
    };
    check(
        &city(),
        &supervisor(),
        &of,
        "district-1 1 0, street-1 1 0, total 2 0 waiting 1",
    );
    let of = Query {
        unit: None,
        class: Some(UnitClass::Street),
    };
    check(&city(), &supervisor(), &of, "street-1 1 0, total 1 0 waiting 1");
}

#[test]
fn a_unit_asks_only_about_itself_and_those_below() {
    let head = actor(Role::UnitHead, Some("district-1"), false);
    assert!(may_ask(&head, &unit("street-1"), &rules()));
    assert!(!may_ask(&head, &unit("water"), &rules()));
    assert!(!may_ask(&supervisor(), &unit("unheard-of"), &rules()));
}

#[test]
fn lights_turn_without_any_event() {
    let board = board(&[seen(1, "water")]);
    let at = |now| {
        let total = shown(&board, &supervisor(), &Query::default(), now).total;
        (total.open, total.yellow, total.red, total.late)
    };
    assert_eq!(at("2026-11-20T02:00:00Z"), (1, 0, 0, 0));
    assert_eq!(at("2026-11-20T03:00:00Z"), (1, 1, 0, 0));
    assert_eq!(at("2026-11-20T05:00:00Z"), (1, 0, 1, 1));
}

#[test]
fn rates_count_answers_and_ratings() {
    let board = board(&[
        closed(1, "water", Some((true, Some(Rating::Satisfied)))),
        closed(2, "water", Some((true, None))),
        closed(3, "water", Some((false, Some(Rating::Dissatisfied)))),
        closed(4, "water", None),
    ]);
    let total = shown(&board, &supervisor(), &Query::default(), NOW).total;
    assert_eq!(total.solved, Rate { part: 2, whole: 3 });
    assert_eq!(total.satisfied, Rate { part: 1, whole: 2 });
    assert_eq!(total.response, Rate::default(), "nothing is due yet");
}

#[test]
fn the_level_is_the_highest_of_open_tickets() {
    let raised = |sequence, level| Seen {
        level: Some(level),
        ..seen(sequence, "water")
    };
    let over = Seen {
        level: Some(Level::L3),
        ..closed(3, "water", None)
    };
    let board = board(&[raised(1, Level::L2), raised(2, Level::L0), over]);
    assert_eq!(
        shown(&board, &supervisor(), &Query::default(), NOW).total.level,
        Some(Level::L2)
    );
}

#[test]
fn an_older_state_does_not_replace_a_newer_one_but_its_lateness_counts() {
    let mut board = board(&[closed(1, "water", None)]);
    let older = Seen {
        version: 4,
        ..seen(1, "ecology")
    };
    board.take(&older, &[overdue(Kind::Handle, false)]);
    let total = shown(&board, &supervisor(), &Query::default(), "2026-11-20T02:00:00Z").total;
    assert_eq!((total.open, total.done, total.late), (0, 1, 1));
}

#[test]
fn the_order_in_which_tickets_come_makes_no_difference() {
    let tickets = [seen(3, "water"), seen(1, "water"), seen(2, "water")];
    let numbers: Vec<TicketNumber> = board(&tickets).rows().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [number(1), number(2), number(3)]);
}

#[test]
fn how_far_the_board_reaches_never_goes_back() {
    let mut board = Board::default();
    assert_eq!(board.as_of(), None);
    board.reach("a".to_owned(), Some(at(NOW)));
    board.reach("b".to_owned(), Some(at("2026-11-20T01:00:00Z")));
    assert_eq!((board.token(), board.as_of()), ("b", Some(at(NOW))));
}
