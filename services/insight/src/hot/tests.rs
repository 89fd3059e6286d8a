use proto::tickets::v1::{Ticket, TicketChange, TicketEvent};

use super::wire::{Seen, Turn, seen};
use super::*;
use crate::test_city::{at, number, rules};

const NOW: &str = "2026-11-20T12:00:00Z";

/// Ways to tell of a quarry that shakes one estate.
const QUARRY: [(&str, &str); 5] = [
    (
        "青柠半岛旁采石场爆破震裂墙体",
        "采石场天天爆破,整栋楼都在晃,墙体震裂,石粉落满阳台",
    ),
    (
        "青柠半岛小区被采石场石粉包围",
        "采石场的石粉从早飘到晚,窗户不敢开,爆破声把婴儿吓哭",
    ),
    (
        "投诉青柠半岛附近采石场爆破扰民",
        "中午也爆破,玻璃嗡嗡响,墙体裂了三条缝,石粉也多",
    ),
    (
        "青柠半岛业主求助采石场石粉",
        "采石场没有喷淋,运石料的车一路撒石粉,爆破时楼在抖",
    ),
    (
        "请查青柠半岛旁采石场",
        "这个采石场有没有手续,爆破离住宅只有两百米,石粉漫天",
    ),
];

fn told(sequence: u32, texts: Texts) -> Told {
    Told {
        number: number(sequence),
        registered_at: at("2026-11-20T01:00:00Z"),
        category: "urban".to_owned(),
        area: if sequence.is_multiple_of(2) { "s1" } else { "d1" }.to_owned(),
        texts,
    }
}

fn quarry(sequence: u32) -> Told {
    let (subject, body) = QUARRY[sequence as usize % QUARRY.len()];
    told(
        sequence,
        Texts {
            subject: subject.to_owned(),
            body: format!("{body},第{sequence}次说"),
            place: String::new(),
        },
    )
}

fn lamp(sequence: u32) -> Told {
    told(
        sequence,
        Texts {
            subject: format!("第{sequence}街的路灯不亮"),
            body: "晚上看不见路".to_owned(),
            place: String::new(),
        },
    )
}

/// Lamps of the city, then so many tickets on the quarry, from 101 on.
fn topics(quarries: u32) -> HotTopics {
    let topics = HotTopics::default();
    for sequence in 1..=60 {
        topics.take(&lamp(sequence), &rules());
    }
    for sequence in 101..101 + quarries {
        topics.take(&quarry(sequence), &rules());
    }
    topics
}

fn ask() -> Ask {
    Ask {
        window: SignedDuration::from_hours(24 * 30),
        area: None,
        people_min: 5,
        limit: 10,
    }
}

fn list(topics: &HotTopics, ask: &Ask) -> Vec<Shown> {
    topics.list(ask, &rules(), at(NOW)).0
}

fn people(topics: &HotTopics) -> Vec<usize> {
    list(topics, &ask()).iter().map(|one| one.hot.people).collect()
}

#[test]
fn what_many_say_is_listed_and_one_voice_too_few_is_not() {
    assert_eq!(people(&topics(7)), [7]);
    assert_eq!(people(&topics(4)), [0_usize; 0]);
    let shown = list(&topics(7), &ask());
    assert_eq!(
        (shown[0].hot.place.as_str(), shown[0].hot.category.as_str()),
        ("青柠半岛", "urban")
    );
}

#[test]
fn a_sealed_or_erased_ticket_leaves_at_once() {
    let topics = topics(7);
    topics.forget(number(103));
    let shown = list(&topics, &ask());
    assert_eq!(shown[0].hot.people, 6);
    assert!(
        shown[0]
            .hot
            .members
            .iter()
            .all(|one| one.id != number(103).to_string())
    );
    topics.forget(number(104));
    topics.forget(number(105));
    assert_eq!(people(&topics), [0_usize; 0], "four are no topic");
}

#[test]
fn only_an_area_and_what_is_part_of_it_counts() {
    let within = |area: &str, people_min: usize| Ask {
        area: AreaId::parse(area).ok(),
        people_min,
        ..ask()
    };
    let topics = topics(8);
    assert_eq!(
        list(&topics, &within("d1", 8))[0].hot.people,
        8,
        "the street is part of it"
    );
    assert_eq!(list(&topics, &within("s1", 2))[0].hot.people, 4);
    assert_eq!(list(&topics, &within("s1", 5)), []);
}

#[test]
fn twenty_people_who_stand_alone_are_advised_to_be_merged_and_nothing_is_merged_by_itself() {
    let few = topics(19);
    assert!(!list(&few, &ask())[0].is_merge_advised);
    let many = topics(20);
    let shown = list(&many, &ask());
    assert_eq!(
        (
            shown[0].is_merge_advised,
            shown[0].merged,
            shown[0].incident.as_str()
        ),
        (true, 0, "")
    );
    let incident = number(101).to_string();
    for sequence in 102..121 {
        many.merge(number(sequence), &incident);
    }
    let shown = list(&many, &ask());
    assert_eq!(
        (
            shown[0].is_merge_advised,
            shown[0].merged,
            shown[0].incident.as_str()
        ),
        (false, 19, incident.as_str())
    );
    many.merge(number(110), "");
    assert!(list(&many, &ask())[0].is_merge_advised, "one stands alone again");
}

#[test]
fn what_is_older_than_the_window_does_not_count() {
    let later = topics(7).list(&ask(), &rules(), at("2027-01-20T12:00:00Z")).0;
    assert_eq!(later, []);
}

fn change(kinds: &[&str], is_sealed: bool, words: bool) -> Option<Seen> {
    let time = Some(kit::wire::timestamp(at(NOW)));
    let event = |kind: &&str| TicketEvent {
        kind: (*kind).to_owned(),
        event_time: time,
        words: if words {
            [("body".to_owned(), "石粉".to_owned())].into()
        } else {
            HashMap::new()
        },
        ..TicketEvent::default()
    };
    let change = TicketChange {
        events: kinds.iter().map(event).collect(),
        ticket: Some(Ticket {
            number: number(1).to_string(),
            register_time: time,
            sealed: is_sealed,
            ..Ticket::default()
        }),
        ..TicketChange::default()
    };
    seen(&change).unwrap()
}

#[test]
fn what_is_sealed_never_enters_and_what_is_erased_leaves() {
    let turn = |kinds: &[&str], is_sealed| change(kinds, is_sealed, true).unwrap().turn;
    assert!(matches!(turn(&["registered"], false), Turn::New(Some(_))));
    assert_eq!(turn(&["registered"], true), Turn::Forget);
    assert_eq!(turn(&["sealed"], true), Turn::Forget);
    assert_eq!(turn(&["erased"], false), Turn::Forget);
    assert_eq!(turn(&["classified"], false), Turn::Changed);
    assert_eq!(
        change(&["registered"], false, false).unwrap().turn,
        Turn::New(None)
    );
    assert_eq!(seen(&TicketChange::default()).unwrap(), None);
}

#[test]
fn a_request_beyond_the_limits_is_refused() {
    use proto::insight::v1::ListHotTopicsRequest;
    let refused = |request: ListHotTopicsRequest| wire::ask(&request).is_err();
    assert!(refused(ListHotTopicsRequest {
        window_days: 367,
        ..Default::default()
    }));
    assert!(refused(ListHotTopicsRequest {
        limit: 101,
        ..Default::default()
    }));
    let usual = wire::ask(&ListHotTopicsRequest::default()).unwrap();
    assert_eq!((usual.limit, usual.people_min), (20, 5));
    assert_eq!(usual.window, SignedDuration::from_hours(24 * 60));
}
