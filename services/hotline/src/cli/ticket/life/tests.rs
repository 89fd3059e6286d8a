use std::collections::HashMap;

use proto::common::v1::Role;
use proto::tickets::v1::{Leg, Ticket, TicketEvent};

use super::*;
use crate::view::wire_time;

fn map(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn event(time: &str, role: Role, actor: &str, kind: &str, facts: &[(&str, &str)]) -> TicketEvent {
    TicketEvent {
        event_time: Some(wire_time(time.parse().unwrap())),
        actor: actor.to_owned(),
        role: role.into(),
        kind: kind.to_owned(),
        facts: map(facts),
        ..TicketEvent::default()
    }
}

fn said(mut event: TicketEvent, words: &[(&str, &str)]) -> TicketEvent {
    event.words = map(words);
    event
}

/// A dispatch to two, a return that a ruling answers, and a level that fires.
fn life() -> Vec<TicketEvent> {
    let (first, second) = ("2026-11-23T01:00:00Z", "2026-11-23T02:30:00Z");
    let triager = |kind, facts: &[(&str, &str)]| event(first, Role::Triager, "tri.1", kind, facts);
    let clerk = |kind, facts: &[(&str, &str)]| event(second, Role::UnitClerk, "water.1", kind, facts);
    let clock = [("clock", "c2"), ("leg", "1"), ("run", "1")];
    let due = [
        clock[0],
        clock[1],
        clock[2],
        ("limit", "1 wd"),
        ("due_at", "2026-11-24T09:30:00Z"),
    ];
    let whole = [("clock", "c1"), ("leg", "0"), ("run", "1")];
    let returns = [
        ("leg", "1"),
        ("reason", "wrong_unit"),
        ("suggested_unit", "roads"),
        ("ruling", "false"),
    ];
    let fired = [
        ("clock", "c4"),
        ("leg", "1"),
        ("run", "1"),
        ("level", "l1"),
        ("due_at", "2026-11-30T09:30:00Z"),
        ("told", "clerk,unit_leader"),
        ("system_was_down", "false"),
        ("points_tenths", "5"),
    ];
    vec![
        triager(
            "dispatched",
            &[
                ("lead_unit", "water"),
                ("co_units", "street"),
                ("entry", "water.s"),
            ],
        ),
        triager("clock_stopped", &whole),
        triager("clock_started", &due),
        triager(
            "clock_started",
            &[("clock", "c4"), ("leg", "2"), ("due_at", "2026-11-26T09:30:00Z")],
        ),
        said(
            clerk("return_requested", &returns),
            &[("legal_basis", "供水管道由道路养护单位代管"), ("evidence", "")],
        ),
        clerk("clock_stopped", &clock),
        event(
            "2026-11-30T09:30:01Z",
            Role::System,
            "supervision",
            "level_fired",
            &fired,
        ),
    ]
}

fn plain(lines: &[String]) -> String {
    let text = lines.join("\n");
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn a_life_reads_command_by_command_with_the_clocks_each_one_moves() {
    assert_eq!(
        plain(&timeline(&Ticket::default(), &life(), Lang::Both)),
        "\
2026-11-23 09:00  派单员 tri.1
  派单          主办 water  协办 street  目录条目 water.s
  停止计时      派单时限
  计时          water#1  签收时限 → 2026-11-24 17:30
                street#2  办理时限 → 2026-11-26 17:30
2026-11-23 10:30  承办联络员 water.1
  退单申请      water#1  非本单位职责  建议 roads
    依据        供水管道由道路养护单位代管
  停止计时      water#1  签收时限
2026-11-30 17:30  系统 supervision
  逐级督办      催办  办理时限  water#1  告知 承办联络员、分管领导  记 0.5 分"
    );
}

#[test]
fn a_life_reads_in_english_as_well() {
    let text = plain(&timeline(&Ticket::default(), &life(), Lang::En));
    assert!(text.contains("unit clerk water.1"), "{text}");
    assert!(
        text.contains("return requested       water#1  wrong unit  suggests roads"),
        "{text}"
    );
    assert!(
        text.contains("runs                   water#1  sign → 2026-11-24 17:30"),
        "{text}"
    );
    assert!(
        text.contains("level fired            l1  handle  water#1  told clerk, unit leader  0.5 points"),
        "{text}"
    );
}

#[test]
fn no_line_is_wider_than_the_page() {
    let long = "路灯不亮,".repeat(200);
    let long_told = said(life()[4].clone(), &[("legal_basis", long.as_str())]);
    for line in timeline(&Ticket::default(), &[long_told], Lang::Both) {
        let line = anstream::adapter::strip_str(&line).to_string();
        assert!(
            unicode_width::UnicodeWidthStr::width(line.as_str()) <= COLUMNS_MAX,
            "{line}"
        );
    }
}

#[test]
fn the_matter_itself_is_not_told_twice() {
    let registered = event(
        "2026-11-23T01:00:00Z",
        Role::Operator,
        "op.1",
        "registered",
        &[("channel", "phone")],
    );
    let registered = said(registered, &[("body", "坏了三天")]);
    assert!(!plain(&timeline(&Ticket::default(), &[registered], Lang::Both)).contains("坏了三天"));
}

#[test]
fn a_leg_is_known_by_its_unit_even_after_it_has_ended() {
    let dispatched = |time, lead| event(time, Role::Triager, "tri.1", "dispatched", &[("lead_unit", lead)]);
    let passed = event(
        "2026-11-23T03:00:00Z",
        Role::UnitClerk,
        "roads.1",
        "sub_assigned",
        &[
            ("leg", "3"),
            ("unit", "village"),
            ("role", "step"),
            ("under", "2"),
        ],
    );
    let ended = event(
        "2026-11-23T04:00:00Z",
        Role::System,
        "system",
        "leg_ended",
        &[("leg", "1")],
    );
    let events = [
        dispatched("2026-11-23T01:00:00Z", "water"),
        dispatched("2026-11-23T02:00:00Z", "roads"),
        passed,
        ended,
    ];
    let ticket = Ticket {
        legs: vec![Leg {
            leg: 2,
            unit: "roads".to_owned(),
            ..Leg::default()
        }],
        ..Ticket::default()
    };
    let text = plain(&timeline(&ticket, &events, Lang::Both));
    assert!(
        text.contains("  转派          village#3  转派  自 roads#2"),
        "{text}"
    );
    assert!(text.contains("  承办段结束    water#1"), "{text}");
}

#[test]
fn what_is_newer_than_this_program_is_shown_as_it_stands() {
    let newer = event(
        "2026-11-23T01:00:00Z",
        Role::System,
        "system",
        "moved_to_mars",
        &[("by_rocket", "true"), ("level", "l9")],
    );
    let text = plain(&timeline(&Ticket::default(), &[newer], Lang::Both));
    assert!(
        text.contains("moved to mars") && text.contains("l9  by_rocket=true"),
        "{text}"
    );
}
