//! What confirmed tickets teach.

use domain::id::TicketNumber;
use expect_test::expect;
use jiff::civil::date;

use super::*;
use crate::Confirmed;

fn ticket(sequence: u32) -> TicketNumber {
    TicketNumber::new(date(2026, 11, 20), sequence).unwrap()
}

/// Tickets from 1 on, each with its place, area and caller.
fn learned(rows: &[(&str, &str, Option<u64>)]) -> Landmarks {
    let mut landmarks = Landmarks::default();
    for (sequence, (place, area, caller)) in (1..).zip(rows) {
        landmarks.confirm(
            &SHANTOU,
            &Confirmed {
                place,
                area: &code(area),
                ticket: ticket(sequence),
                caller: *caller,
            },
        );
    }
    landmarks
}

fn with(landmarks: &Landmarks, place: &str) -> String {
    told(&find(&Question {
        place,
        learned: Some(landmarks),
        ..Question::default()
    }))
}

const SHOP: &str = "春江花苑3号门对面奶茶店";
const ZHUCHI: &str = "440507003";

#[test]
fn three_tickets_that_agree_teach_a_landmark() {
    let two = learned(&[(SHOP, ZHUCHI, None), (SHOP, ZHUCHI, None)]);
    assert_eq!(with(&two, SHOP), "");
    let three = learned(&[
        (SHOP, ZHUCHI, None),
        ("龙湖区珠池街道，春江花苑三号门对面的奶茶店", ZHUCHI, None),
        ("春江花苑 ３号门 对面 那家奶茶店", ZHUCHI, None),
    ]);
    expect!["珠池街道 0.90  地标 春江花苑3号门对面奶茶店（3 件已确认工单）"].assert_eq(&with(&three, SHOP));
    // What it is opposite of is learned with it, and another shop there is understood.
    expect!["珠池街道 0.90  地标 春江花苑3号门对面（3 件已确认工单）"]
        .assert_eq(&with(&three, "春江花苑3号门对面水果摊"));
    expect!["珠池街道 0.90  地标 春江花苑（3 件已确认工单）"].assert_eq(&with(&three, "春江花苑"));
    assert_eq!(with(&three, "秋江花苑"), "");
}

#[test]
fn a_caller_counts_once() {
    let same = learned(&[
        (SHOP, ZHUCHI, Some(7)),
        (SHOP, ZHUCHI, Some(7)),
        (SHOP, ZHUCHI, Some(7)),
    ]);
    assert_eq!(with(&same, SHOP), "");
    let three = learned(&[
        (SHOP, ZHUCHI, Some(7)),
        (SHOP, ZHUCHI, Some(8)),
        (SHOP, ZHUCHI, Some(9)),
    ]);
    assert!(with(&three, SHOP).starts_with("珠池街道"));
}

#[test]
fn disagreeing_streets_teach_the_district_and_disagreeing_districts_nothing() {
    let streets = learned(&[
        (SHOP, ZHUCHI, None),
        (SHOP, "440507001", None),
        (SHOP, "440507", None),
    ]);
    assert!(with(&streets, SHOP).starts_with("龙湖区 0.90"));
    let districts = learned(&[
        (SHOP, ZHUCHI, None),
        (SHOP, ZHUCHI, None),
        (SHOP, ZHUCHI, None),
        (SHOP, "440511", None),
    ]);
    assert_eq!(with(&districts, SHOP), "");
}

#[test]
fn what_is_erased_or_corrected_is_forgotten() {
    let mut landmarks = learned(&[(SHOP, ZHUCHI, None), (SHOP, ZHUCHI, None), (SHOP, ZHUCHI, None)]);
    landmarks.forget(ticket(2));
    assert_eq!((with(&landmarks, SHOP).as_str(), landmarks.tickets()), ("", 2));
    let corrected = Confirmed {
        place: SHOP,
        area: &code("440511"),
        ticket: ticket(3),
        caller: None,
    };
    landmarks.confirm(&SHANTOU, &corrected);
    landmarks.forget(ticket(1));
    landmarks.forget(ticket(3));
    landmarks.forget(ticket(9));
    assert_eq!(landmarks.tickets(), 0);
}

#[test]
fn a_learned_landmark_that_the_text_contradicts_is_shown() {
    let landmarks = learned(&[(SHOP, ZHUCHI, None), (SHOP, ZHUCHI, None), (SHOP, ZHUCHI, None)]);
    expect![[r#"
        珠池街道 0.25  地标 春江花苑3号门对面奶茶店（3 件已确认工单）
        金平区 0.25  名称 金平区
        地点的说法互相矛盾，请人工核对"#]]
    .assert_eq(&with(&landmarks, &format!("金平区{SHOP}")));
}

#[test]
fn a_bare_road_a_division_or_a_word_teaches_nothing() {
    for place in [
        "长平路",
        "龙湖区",
        "金霞街道",
        "附近",
        "",
        "🙂🙂🙂",
        "公园",
        "龙湖区公园对面",
        "菜市场3号门旁边奶茶店",
        "小区门口",
    ] {
        let landmarks = learned(&[
            (place, ZHUCHI, None),
            (place, ZHUCHI, None),
            (place, ZHUCHI, None),
        ]);
        assert_eq!(landmarks.tickets(), 0, "{place}");
    }
}

#[test]
fn memory_is_bounded() {
    let mut landmarks = Landmarks::default();
    for sequence in 1..=60_000 {
        let place = format!("春江花苑对面{sequence}号铺");
        let confirmed = Confirmed {
            place: &place,
            area: &code(ZHUCHI),
            ticket: ticket(sequence),
            caller: None,
        };
        landmarks.confirm(&SHANTOU, &confirmed);
    }
    assert_eq!(landmarks.tickets(), crate::limits::TICKETS_MAX);
    assert!(with(&landmarks, "春江花苑").contains("64 件"));
    assert_eq!(with(&landmarks, "青松苑"), "");
}
