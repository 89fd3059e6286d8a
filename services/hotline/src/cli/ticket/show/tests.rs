use proto::common::v1::{
    ClockKind, EscalationCause, ExclusionGround, Level, Phase, ReturnReason, SuspensionGround,
};
use proto::tickets::v1::{
    Clock, Exclusion, Leg, Opinion, Order, PendingDecision, Promise, Proposal, Ruling, Ticket,
};

use super::*;
use crate::view::{WireTime, wire_time};

fn at(time: &str) -> WireTime {
    Some(wire_time(time.parse().unwrap()))
}

fn plain(ticket: &Ticket, lang: Lang) -> String {
    let text = page(ticket, &[], lang).join("\n");
    anstream::adapter::strip_str(&text).to_string()
}

fn handled() -> Ticket {
    Ticket {
        number: "20261123-0000015".to_owned(),
        phase: Phase::Handling.into(),
        lead_unit: "water".to_owned(),
        step_holder: "triage_desk".to_owned(),
        listeners: 3,
        legs: vec![Leg {
            leg: 1,
            unit: "water".to_owned(),
            role: "lead".to_owned(),
            state: "handling".to_owned(),
            ..Leg::default()
        }],
        ..Ticket::default()
    }
}

#[test]
fn what_waits_for_a_decision_says_who_asked_whom_and_why() {
    let ticket = Ticket {
        returns: 2,
        returns_refused: 1,
        decisions: vec![PendingDecision {
            leg: 1,
            what: "return".to_owned(),
            decider: "arbiter".to_owned(),
            ask_time: at("2026-11-23T02:30:00Z"),
            asked_by: "water.1".to_owned(),
            return_reason: ReturnReason::WrongUnit.into(),
            suggested_unit: "roads".to_owned(),
            ..PendingDecision::default()
        }],
        ..handled()
    };
    assert_eq!(
        plain(&ticket, Lang::Both),
        "\
20261123-0000015  办理中
  主办          water
  当前责任      派单席
  待审批        退单  water  非本单位职责  建议 roads  water.1 申请  2026-11-23 10:30  → 裁定员
  退单          2 次,其中不同意 1 次
  关注人        3

承办段
  #1 主办  water                     办理中"
    );
    assert!(plain(&ticket, Lang::En).contains("return  water  wrong_unit  suggests roads  asked by water.1"));
}

#[test]
fn promises_orders_and_rulings_stand_beside_the_phase() {
    let ticket = Ticket {
        promise: Some(Promise {
            ground: SuspensionGround::LegalProcess.into(),
            owner: "water.head".to_owned(),
            check_time: at("2026-12-20T15:59:00Z"),
            until_time: at("2027-05-01T15:59:00Z"),
            since_time: at("2026-11-24T01:00:00Z"),
        }),
        orders: vec![Order {
            order: 1,
            unit: "water".to_owned(),
            due_time: at("2026-11-27T09:30:00Z"),
            ..Order::default()
        }],
        ruling: Some(Ruling {
            unit: "water".to_owned(),
            rule_time: at("2026-11-24T01:00:00Z"),
            ruled_by: "arb.1".to_owned(),
            proposes_entry: true,
            entry_accepted: None,
        }),
        exclusion: Some(Exclusion {
            ground: ExclusionGround::ForceMajeure.into(),
            state: "reviewed".to_owned(),
        }),
        opinions: vec![Opinion {
            unit: "roads".to_owned(),
            takes_it: Some(false),
        }],
        children_count: 2,
        children: vec!["20261123-0000023".to_owned(), "20261123-0000031".to_owned()],
        ..handled()
    };
    let text = plain(&ticket, Lang::Both);
    for line in [
        "  挂账          法定程序进行中  责任人 water.head  复核 2026-12-20 23:59  最迟恢复 2027-05-01 23:59",
        "  督办单        20261123-0000015-D1  water  限期 2026-11-27 17:30  未答复",
        "  裁定          water  2026-11-24 09:00  arb.1  建议写入派单目录",
        "  待审批        目录条目  water  2026-11-24 09:00  → 督办席",
        "  剔除          不可抗力  一人同意,待第二人",
        "  会商          roads  非本单位职责",
        "  子件          2 件  20261123-0000023 20261123-0000031",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
}

#[test]
fn what_is_asked_for_the_ticket_itself_is_told_by_phase_and_clock() {
    let clock = Clock {
        kind: ClockKind::Decision.into(),
        start_time: at("2026-11-23T02:30:00Z"),
        ..Clock::default()
    };
    let waits = |phase: Phase, clock: &Clock| {
        let ticket = Ticket {
            phase: phase.into(),
            clocks: vec![clock.clone()],
            ..handled()
        };
        let waits = crate::view::pending::of(&ticket);
        waits.iter().map(|one| one.asked.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(waits(Phase::CallbackDue, &clock), ["review"]);
    assert_eq!(waits(Phase::Closed, &clock), ["objection"]);
    let stopped = Clock {
        stop_time: at("2026-11-23T02:40:00Z"),
        ..clock
    };
    assert_eq!(waits(Phase::Closed, &stopped), Vec::<String>::new());
}

#[test]
fn a_list_keeps_its_first_keys_and_says_what_stands_beside_the_phase() {
    let ticket = handled();
    let text = serde_json::to_string(&TicketLine::basic(&ticket)).unwrap();
    assert!(
        text.starts_with(
            r#"{"number":"20261123-0000015","phase":"handling","type":"","category":"","area":"","#
        ),
        "{text}"
    );
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["promise"], Value::Null);
    assert_eq!(value["pending"], serde_json::json!([]));
    assert_eq!(value["merged_into"], "");
    assert_eq!(value["orders"], serde_json::json!([]));
}

#[test]
fn what_waits_for_the_city_office_says_which_level_about_whom_and_why() {
    let ticket = Ticket {
        level: Level::L3.into(),
        proposal: Some(Proposal {
            level: Level::L4.into(),
            cause: EscalationCause::RepeatedL2.into(),
            unit: "roads".to_owned(),
            propose_time: at("2026-11-24T09:30:00Z"),
        }),
        listeners: 0,
        ..handled()
    };
    let shown = plain(&ticket, Lang::Both);
    assert!(
        shown.contains("  待审批        提级  roads  约谈  当月多次督办  2026-11-24 17:30  → 热线办"),
        "{shown}"
    );
    let json = crate::view::pending::of(&ticket)[0].json();
    assert_eq!(
        (
            json["what"].as_str(),
            json["level"].as_str(),
            json["ground"].as_str()
        ),
        (Some("proposal"), Some("l4"), Some("repeated_l2"))
    );
}

#[test]
fn a_clock_that_rests_says_so_and_one_that_is_over_does_not() {
    let clock = |kind: ClockKind, stopped: Option<&str>| Clock {
        kind: kind.into(),
        leg: u32::from(kind != ClockKind::Waiting),
        start_time: at("2026-11-24T02:00:00Z"),
        due_time: at("2026-11-30T09:30:00Z"),
        stop_time: stopped.and_then(at),
        ..Clock::default()
    };
    let ticket = Ticket {
        phase: Phase::AwaitingCitizen.into(),
        clocks: vec![
            clock(ClockKind::Sign, Some("2026-11-24T01:00:00Z")),
            clock(ClockKind::Handle, Some("2026-11-24T02:00:00Z")),
            clock(ClockKind::Waiting, None),
        ],
        ..handled()
    };
    let told = plain(&ticket, Lang::Both);
    let line = |code: &str| {
        told.lines()
            .find(|line| line.trim_start().starts_with(code))
            .unwrap()
    };
    assert!(line("c4 ").contains("暂停 2026-11-24 10:00"), "{told}");
    assert!(line("c2 ").contains("停于 2026-11-24 09:00"), "{told}");
}

#[test]
fn a_list_shows_what_is_due_before_anything_is_handled() {
    let clock = |kind: ClockKind, due: &str| Clock {
        kind: kind.into(),
        due_time: at(due),
        ..Clock::default()
    };
    let ticket = Ticket {
        clocks: vec![
            clock(ClockKind::Citizen, "2026-12-07T09:30:00Z"),
            clock(ClockKind::Triage, "2026-11-23T01:05:00Z"),
        ],
        ..handled()
    };
    assert!(crate::view::row(&ticket, Lang::Zh).ends_with("2026-11-23 09:05"));
}
