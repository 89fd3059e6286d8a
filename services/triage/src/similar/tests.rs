use std::collections::HashMap;

use domain::duplicate::{Ground, Near};
use jiff::ToSpan as _;
use proto::tickets::v1::{Ticket, TicketChange, TicketEvent};

use super::follower::Turn;
use super::*;
use crate::test_city;

const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);

fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(test_city::TODAY, sequence).unwrap()
}

fn told(category: &str, place: &str, body: &str) -> Telling {
    let words = Texts {
        subject: String::new(),
        body: body.to_owned(),
        place: place.to_owned(),
    };
    let category = CategoryId::parse(category).ok();
    let similar = Similar::default();
    similar
        .telling(&test_city::rules(), &words, category, None)
        .unwrap()
}

/// An index of tickets told one after another, an hour apart, the last an hour ago.
fn index(tickets: &[(&str, &str, &str)]) -> Index {
    let mut index = Index::default();
    for (at, (category, place, body)) in tickets.iter().enumerate() {
        let hours = i64::try_from(tickets.len() - at).unwrap();
        let sequence = u32::try_from(at + 1).unwrap();
        index.insert(number(sequence), NOW - hours.hours(), told(category, place, body));
    }
    index
}

fn candidates(index: &Index, told: &Telling) -> Vec<(u32, Ground, bool)> {
    let hits = index.duplicates(&test_city::rules(), told, NOW, 10);
    hits.iter()
        .map(|hit| {
            let sequence = (1..100).find(|sequence| number(*sequence) == hit.number).unwrap();
            (sequence, hit.candidate.ground, hit.candidate.must_answer)
        })
        .collect()
}

const GRILL: &str = "丹霞庄西区三幢楼下的烧烤店每天半夜噪音很大,油烟熏得人睡不着,请城管部门来处理";
const GRILL_AGAIN: &str = "丹霞庄西区三幢楼下烧烤店半夜噪音很大,油烟熏得睡不着,请城管部门来处理一下";
const PIPE: &str = "火炬路和练江路交界处水管爆裂,水流了一地,附近几个小区都停水了";

#[test]
fn the_same_matter_told_again_is_found_and_another_is_not() {
    let index = index(&[
        ("urban.noise", "丹霞庄西区3幢", GRILL),
        ("utilities.water", "火炬路", PIPE),
    ]);
    let same = Ground::Alike(Near::SamePlace);
    let asked = told("urban.noise", "东城区丹霞庄西区", GRILL_AGAIN);
    assert_eq!(candidates(&index, &asked), [(1, same, false)]);
    let asked = told("urban.noise", "丹霞庄西区3幢", GRILL);
    assert_eq!(candidates(&index, &asked), [(1, same, true)]);
    assert_eq!(candidates(&index, &told("", "", "")), []);
    assert_eq!(candidates(&index, &told("", "", "😡😡😡")), []);
}

#[test]
fn another_category_or_place_is_another_matter() {
    let index = index(&[("urban.noise", "丹霞庄西区3幢", GRILL)]);
    assert_eq!(candidates(&index, &told("utilities.water", "", GRILL)), []);
    assert_eq!(candidates(&index, &told("urban.noise", "金涛庄东区", GRILL)), []);
}

#[test]
fn the_likest_comes_first() {
    let index = index(&[
        ("urban.noise", "", GRILL_AGAIN),
        ("urban.noise", "", GRILL),
        ("urban.noise", "", GRILL_AGAIN),
    ]);
    let found = candidates(&index, &told("urban.noise", "", GRILL));
    let order: Vec<u32> = found.iter().map(|(sequence, ..)| *sequence).collect();
    assert_eq!(order, [2, 3, 1], "then the latest");
}

#[test]
fn a_ticket_that_leaves_is_found_no_more_in_either_way() {
    let mut index = index(&[("urban.noise", "", GRILL), ("urban.noise", "", PIPE)]);
    let asked = told("urban.noise", "", GRILL);
    assert_eq!(index.nearest(&asked, None, 3).len(), 1);
    index.remove(number(1));
    assert_eq!(candidates(&index, &asked), []);
    assert!(index.nearest(&asked, None, 3).is_empty());
    assert!(index.telling(number(1)).is_none() && !index.has(number(1)));
    assert_eq!(index.likeness(number(1), &asked.pairs), None);
    index.insert(number(9), NOW, told("urban.noise", "", PIPE));
    assert_eq!(index.len(), 2, "its slot is used again");
    assert_eq!(candidates(&index, &asked), []);
}

#[test]
fn where_there_is_no_room_the_earliest_leaves() {
    let mut index = Index::with_room(2);
    for sequence in [2, 3, 4, 1] {
        index.insert(number(sequence), NOW, told("urban.noise", "", GRILL));
    }
    assert_eq!(index.len(), 2);
    assert!(index.has(number(3)) && index.has(number(4)));
}

#[test]
fn a_ticket_classified_anew_is_judged_as_it_is_now() {
    let mut index = index(&[("", "", GRILL)]);
    let asked = told("utilities.water", "", GRILL);
    assert_eq!(candidates(&index, &asked).len(), 1);
    index.classify(number(1), CategoryId::parse("urban.noise").ok(), None);
    assert_eq!(candidates(&index, &asked), []);
}

#[test]
fn past_tickets_are_about_something_alike_without_being_told_alike() {
    let index = index(&[
        (
            "urban.noise",
            "",
            "金涛庄东区楼下大排档营业到凌晨三点,划拳喝酒非常吵,孩子第二天还要上学",
        ),
        ("utilities.water", "", PIPE),
        ("urban.noise", "", "工地夜里打桩,整栋楼都在震"),
        ("other", "", "社保卡丢了怎么补办,需要带什么材料"),
    ]);
    let asked = told(
        "urban.noise",
        "",
        "我们小区楼下的大排档每天凌晨还在营业,喝酒划拳的声音很吵",
    );
    let nearest = index.nearest(&asked, None, 3);
    assert_eq!(nearest[0].number, number(1));
    assert_eq!(candidates(&index, &asked), []);
    assert!(
        index
            .nearest(&asked, Some(number(1)), 3)
            .iter()
            .all(|one| one.number != number(1))
    );
}

fn change(sealed: bool, kinds: &[&str]) -> TicketChange {
    let event = |kind: &&str| TicketEvent {
        kind: (*kind).to_owned(),
        event_time: Some(kit::wire::timestamp(NOW)),
        words: HashMap::from([("body".to_owned(), GRILL.to_owned())]),
        ..TicketEvent::default()
    };
    TicketChange {
        events: kinds.iter().map(event).collect(),
        ticket: Some(Ticket {
            number: number(1).to_string(),
            register_time: Some(kit::wire::timestamp(NOW)),
            sealed,
            ..Ticket::default()
        }),
        traceparent: String::new(),
    }
}

fn turn(sealed: bool, kinds: &[&str]) -> Turn {
    wire::seen(&change(sealed, kinds)).unwrap().unwrap().turn
}

#[test]
fn a_sealed_ticket_never_enters_and_leaves_with_any_change() {
    assert!(matches!(turn(true, &["registered"]), Turn::Forget));
    assert!(matches!(turn(true, &["sealed"]), Turn::Forget));
    assert!(matches!(turn(true, &["annotated"]), Turn::Forget));
}

#[test]
fn what_was_erased_leaves() {
    assert!(matches!(turn(false, &["erased"]), Turn::Forget));
}

#[test]
fn a_new_ticket_enters_and_is_followed() {
    assert!(matches!(
        turn(false, &["registered", "clock_started"]),
        Turn::New(Some(_))
    ));
    assert!(matches!(turn(false, &["classified"]), Turn::Said));
    assert!(matches!(turn(false, &["signed"]), Turn::None));
}

#[test]
fn a_ticket_read_late_may_have_been_sealed_or_erased_since() {
    let read = |sealed, erased| {
        let ticket = Ticket {
            sealed,
            erased,
            ..Ticket::default()
        };
        wire::read(proto::tickets::v1::GetTicketResponse { ticket: Some(ticket) }).unwrap()
    };
    assert!(read(true, false).is_none() && read(false, true).is_none());
    assert!(read(false, false).is_some());
}

/// A text of `length` characters out of three hundred, and the same with every `nth` character replaced.
fn varied(seed: u64, length: u64, nth: u64) -> (String, String) {
    let letter = |number: u64| {
        let spread = text::mix64(number) % 300;
        char::from_u32(0x4e00 + u32::try_from(spread).unwrap()).unwrap()
    };
    let own: String = (0..length).map(|at| letter(seed * 1_000 + at)).collect();
    let again = own.chars().enumerate().map(|(at, one)| match at as u64 % nth {
        0 => letter(seed * 1_000 + 500_000_000 + at as u64),
        _ => one,
    });
    let again = again.collect();
    (own, again)
}

#[test]
fn sketches_find_nearly_all_that_is_alike() {
    let mut index = Index::default();
    let mut asked = Vec::new();
    for seed in 0..400 {
        let (own, again) = varied(seed, 30 + seed % 150, 4 + seed % 9);
        index.insert(number(u32::try_from(seed + 1).unwrap()), NOW, told("", "", &own));
        asked.push(told("", "", &again));
    }
    let (mut alike, mut found) = (0, 0);
    for (at, told) in asked.iter().enumerate() {
        let own = number(u32::try_from(at + 1).unwrap());
        if index
            .likeness(own, &told.pairs)
            .is_some_and(|likeness| likeness >= 0.72)
        {
            alike += 1;
            let hits = index.duplicates(&test_city::rules(), told, NOW, 10);
            found += u32::from(hits.iter().any(|hit| hit.number == own));
        }
    }
    assert!(alike >= 100, "{alike}");
    assert!(found * 100 >= alike * 98, "{found} of {alike}");
}
