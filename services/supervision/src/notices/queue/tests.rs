use super::*;
use crate::notices::notice::Event;
use crate::notices::outcome::is_away;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn news(number: &str, version: u32, second: i64) -> News {
    News {
        number: TicketNumber::parse(number).unwrap(),
        version,
        at: at(second),
        event: Event::Escalated,
        level: Some("l1".to_owned()),
        clock: None,
        due_at: None,
        cause: None,
        order: None,
        by: None,
        system_was_down: false,
        urgent: false,
        unit: None,
        marked: false,
    }
}

const ONE: &str = "20261123-0000021";
const OTHER: &str = "20261123-0000037";

fn to(addressee: &str) -> To {
    To {
        addressee: Box::from(addressee),
        unit: None,
    }
}

fn id(text: &str) -> NoticeId {
    NoticeId::parse(text).unwrap()
}

fn holder(text: &str) -> HolderId {
    HolderId::parse(text).unwrap()
}

fn request(text: &str) -> RequestId {
    RequestId::parse(text).unwrap()
}

fn names(queue: &Queue) -> Vec<String> {
    queue
        .after(None)
        .map(|(id, entry)| format!("{id} {}", entry.state.as_str()))
        .collect()
}

#[test]
fn one_notice_per_event_addressee_and_channel_however_often_it_is_heard() {
    let mut queue = Queue::default();
    for _ in 0..2 {
        queue.hear(
            news(ONE, 3, 0),
            &[to("clerk"), to("district")],
            &Channel::ALL,
            false,
            at(5),
        );
    }
    assert_eq!(
        names(&queue),
        [
            format!("{ONE}.3.clerk.webhook waiting"),
            format!("{ONE}.3.clerk.mail waiting"),
            format!("{ONE}.3.district.webhook waiting"),
            format!("{ONE}.3.district.mail waiting"),
        ]
    );
}

#[test]
fn what_waits_goes_in_order_and_never_early() {
    let mut queue = Queue::default();
    queue.hear(news(ONE, 1, 0), &[to("clerk")], &[Channel::Mail], false, at(20));
    queue.hear(news(ONE, 2, 0), &[to("clerk")], &[Channel::Mail], false, at(10));
    assert_eq!(queue.next_due(Channel::Mail, &Line::GOING), Some(at(10)));
    assert_eq!(queue.next_due(Channel::Webhook, &Line::GOING), None);
    assert!(queue.take_due(Channel::Mail, &Line::GOING, at(9)).is_none());
    assert_eq!(
        queue
            .take_due(Channel::Mail, &Line::GOING, at(20))
            .unwrap()
            .id
            .version,
        2
    );
    assert_eq!(
        queue
            .take_due(Channel::Mail, &Line::GOING, at(20))
            .unwrap()
            .id
            .version,
        1
    );
    assert!(
        queue.take_due(Channel::Mail, &Line::GOING, at(20)).is_none(),
        "both are under way"
    );
}

#[test]
fn what_fails_for_long_is_stuck_and_what_is_given_up_waits_for_somebody() {
    let mut queue = Queue::default();
    queue.hear(news(ONE, 1, 0), &[to("clerk")], &[Channel::Mail], false, at(0));
    let mail = id(&format!("{ONE}.1.clerk.mail"));
    queue.take_due(Channel::Mail, &Line::GOING, at(0)).unwrap();
    queue.failed(&mail, "timeout".to_owned(), at(0), at(30));
    let stuck = |queue: &Queue, second| queue.tally(true, at(second)).stuck;
    assert_eq!((stuck(&queue, 599), stuck(&queue, 600)), (0, 1));

    let again = queue.take_due(Channel::Mail, &Line::GOING, at(30)).unwrap();
    assert_eq!(again.tries, 1);
    queue.parked(&mail, "smtp_550".to_owned(), at(31));
    assert_eq!(
        queue.next_due(Channel::Mail, &Line::GOING),
        None,
        "not tried by itself"
    );
    assert_eq!(stuck(&queue, 31), 1);

    queue.retry(&mail, holder("chen"), request("r1"), at(40));
    assert_eq!(queue.asked_before(&holder("chen"), &request("r1")), Some(&mail));
    assert_eq!(queue.asked_before(&holder("lin"), &request("r1")), None);
    queue.take_due(Channel::Mail, &Line::GOING, at(40)).unwrap();
    queue.done(&mail, Ending::Delivered, at(41));
    queue.retry(&mail, holder("chen"), request("r2"), at(50));
    assert!(
        queue.take_due(Channel::Mail, &Line::GOING, at(99)).is_none(),
        "told is told"
    );
    assert_eq!(queue.tally(true, at(99)), Tally::default());
}

#[test]
fn once_the_receiver_is_back_those_it_kept_waiting_go_one_by_one() {
    let mut queue = Queue::default();
    for version in 1..=3 {
        queue.hear(
            news(ONE, version, 0),
            &[to("clerk")],
            &[Channel::Webhook],
            false,
            at(0),
        );
    }
    for failure in ["http_503", "http_500", "system"] {
        let job = queue.take_due(Channel::Webhook, &Line::GOING, at(0)).unwrap();
        queue.failed(&job.id, failure.to_owned(), at(0), at(900));
    }
    for _ in 0..3 {
        queue.hasten(Channel::Webhook, at(5), is_away);
    }
    let mut gone = Vec::new();
    while let Some(job) = queue.take_due(Channel::Webhook, &Line::GOING, at(5)) {
        gone.push(job.id.version);
    }
    assert_eq!(gone, [1, 3]);
}

#[test]
fn once_the_receiver_is_back_the_urgent_go_first() {
    let mut queue = Queue::default();
    for (version, urgent) in [(1, false), (2, true)] {
        let news = News {
            urgent,
            ..news(ONE, version, 0)
        };
        queue.hear(news, &[to("clerk")], &[Channel::Webhook], false, at(0));
    }
    for next in [900, 800] {
        let job = queue.take_due(Channel::Webhook, &Line::GOING, at(0)).unwrap();
        queue.failed(&job.id, "http_503".to_owned(), at(0), at(next));
    }
    queue.hasten(Channel::Webhook, at(5), is_away);
    let next = queue.take_due(Channel::Webhook, &Line::GOING, at(5)).unwrap();
    assert_eq!(next.id.version, 2);
}

#[test]
fn what_is_urgent_goes_before_all_that_has_waited_for_the_morning() {
    let mut queue = Queue::default();
    for version in 1..=100 {
        let ordinary = news(ONE, version, 0);
        queue.hear(ordinary, &[to("clerk")], &[Channel::Mail], false, at(0));
    }
    let urgent = News {
        urgent: true,
        ..news(OTHER, 1, 10)
    };
    queue.hear(urgent, &[to("duty_leader")], &[Channel::Mail], false, at(10));
    assert_eq!(
        queue.next_due(Channel::Mail, &[Line::Urgent]),
        Some(at(10)),
        "which the ordinary do not hide"
    );
    let first = queue.take_due(Channel::Mail, &Line::GOING, at(20)).unwrap();
    assert!(first.news.urgent);
    assert!(queue.take_due(Channel::Mail, &[Line::Urgent], at(20)).is_none());
}

/// One more urgent notice than there is room for, the first of them of a sealed ticket, and an ordinary one by each channel.
fn too_long() -> Queue {
    let mut queue = Queue::default();
    for version in 1..=u32::try_from(URGENT_MAX + 1).unwrap() {
        // The later it happened the sooner it goes: the earlier ones have failed and rest.
        let news = News {
            urgent: true,
            ..news(ONE, version, i64::from(version))
        };
        let goes_at = at(1_000_000 - i64::from(version));
        queue.hear(news, &[to("clerk")], &[Channel::Mail], version == 1, goes_at);
    }
    let ordinary = news(OTHER, 1, 0);
    queue.hear(ordinary, &[to("clerk")], &Channel::ALL, false, at(0));
    queue
}

#[test]
fn of_a_line_that_is_too_long_what_happened_first_leaves_memory_and_comes_back() {
    let (mut queue, mut all) = (too_long(), too_long());
    let length = URGENT_MAX + 1;
    queue.crowd_out(at(9));
    let out = CROWDED_OUT_AT_ONCE + 1;
    let urgent = queue.of_ticket(TicketNumber::parse(ONE).unwrap());
    let left: Vec<_> = urgent
        .map(|(id, _)| usize::try_from(id.version).unwrap())
        .collect();
    assert_eq!(left, (out + 1..=length).collect::<Vec<_>>());
    assert_eq!(queue.newly_crowded_out(), [(Channel::Mail, out)]);
    assert_eq!(queue.newly_crowded_out(), [], "told once");
    let tally = |queue: &Queue, with_sealed| queue.tally(with_sealed, at(9));
    assert_eq!(tally(&queue, true), tally(&all, true), "nothing is out of sight");
    assert_eq!(tally(&queue, false).pending, length + 1);
    queue.crowd_out(at(9));
    assert_eq!(queue.crowded_out(Channel::Mail, true), out, "there is room");

    assert!(!queue.has_room_again());
    while queue.lines[&(Channel::Mail, Line::Urgent)].len() >= URGENT_MAX / 2 {
        let job = queue
            .take_due(Channel::Mail, &[Line::Urgent], at(2_000_000))
            .unwrap();
        queue.done(&job.id, Ending::Delivered, at(9));
    }
    assert!(queue.has_room_again());
    let is_out = |(id, _): &(NoticeId, Entry)| usize::try_from(id.version).unwrap() <= out;
    let mut found = all.take_open();
    found.retain(is_out);
    queue.begin_reading();
    queue.come_in(found, at(9));
    queue.end_reading();
    assert!(!queue.has_room_again());
    assert_eq!(queue.newly_crowded_out(), []);
    assert!(queue.get(&id(&format!("{ONE}.1.clerk.mail"))).is_some());
}

#[test]
fn what_a_build_of_before_let_go_still_waits() {
    let mut queue = Queue::default();
    queue.hear(news(ONE, 1, 0), &[to("clerk")], &[Channel::Mail], false, at(0));
    let record = format!(r#"{{"record":"done","notice":"{ONE}.1.clerk.mail","how":"crowded_out"}}"#);
    queue.replay(serde_json::from_str(&record).unwrap(), at(1));
    assert_eq!(names(&queue), [format!("{ONE}.1.clerk.mail waiting")]);
}

#[test]
fn a_notice_of_another_history_is_another_notice() {
    let mut queue = Queue::default();
    let told = News {
        marked: true,
        ..news(ONE, 7, 0)
    };
    let hear = |queue: &mut Queue, news: &News| {
        let at = news.at;
        queue.hear(news.clone(), &[to("unit_head")], &[Channel::Webhook], false, at);
    };
    hear(&mut queue, &told);
    let first = queue.take_due(Channel::Webhook, &Line::GOING, at(0)).unwrap().id;
    queue.done(&first, Ending::Delivered, at(1));
    // A restore: the ticket stands at version 6 again, and something else happens to it, days later.
    let other = News {
        level: Some("l2".to_owned()),
        at: at(900_000),
        ..told.clone()
    };
    hear(&mut queue, &told);
    hear(&mut queue, &other);
    let second = queue
        .take_due(Channel::Webhook, &Line::GOING, at(900_000))
        .unwrap()
        .id;
    assert_ne!(
        first.to_string(),
        second.to_string(),
        "nor does the receiver take it for that"
    );
    assert_eq!(NoticeId::parse(&second.to_string()), Some(second));
}

#[test]
fn what_an_older_ledger_has_keeps_its_name_and_is_not_told_again() {
    let records = [
        format!(
            r#"{{"record":"heard","news":{{"number":"{ONE}","version":3,"at":"1970-01-01T00:00:07Z",
            "event":"escalated","level":"l1"}},"to":[{{"addressee":"clerk"}},{{"addressee":"district"}}],
            "channels":["webhook"]}}"#
        ),
        format!(r#"{{"record":"done","notice":"{ONE}.3.clerk.webhook","how":"delivered"}}"#),
    ];
    let mut queue = Queue::default();
    for record in records {
        queue.replay(serde_json::from_str(&record).unwrap(), at(8));
    }
    // The feed is read again.
    let again = News {
        marked: true,
        ..news(ONE, 3, 7)
    };
    queue.hear(
        again,
        &[to("clerk"), to("district")],
        &[Channel::Webhook],
        false,
        at(7),
    );
    let all = [
        format!("{ONE}.3.clerk.webhook delivered"),
        format!("{ONE}.3.district.webhook waiting"),
    ];
    assert_eq!(names(&queue), all);

    let mut tidied = Queue::default();
    for record in queue.records() {
        tidied.replay(record, at(9));
    }
    assert_eq!(names(&tidied), all[1..]);
}

#[test]
fn sealed_tickets_are_counted_for_the_cleared_only() {
    let mut queue = Queue::default();
    queue.hear(news(ONE, 1, 7), &[to("clerk")], &[Channel::Mail], false, at(0));
    queue.hear(news(OTHER, 1, 3), &[to("clerk")], &[Channel::Mail], true, at(0));
    let pending = |queue: &Queue, with_sealed| queue.tally(with_sealed, at(9)).pending;
    assert_eq!((pending(&queue, true), pending(&queue, false)), (2, 1));
    assert_eq!(queue.tally(false, at(9)).oldest, Some(at(7)));
    let number = TicketNumber::parse(ONE).unwrap();
    assert!(queue.is_mistaken(number, true) && !queue.is_mistaken(number, false));
    queue.seal(number, true);
    assert_eq!((pending(&queue, true), pending(&queue, false)), (2, 0));
}

#[test]
fn what_still_matters_makes_the_same_queue_again() {
    let mut queue = Queue::default();
    let place = Place {
        token: "t".to_owned(),
        since: at(4),
        heard_at: at(5),
    };
    queue.move_to(place.clone());
    queue.hear(
        news(ONE, 1, 0),
        &[to("clerk"), to("district")],
        &Channel::ALL,
        false,
        at(0),
    );
    queue.hear(news(OTHER, 2, 0), &[to("arbiter")], &[Channel::Mail], true, at(0));
    queue.done(&id(&format!("{ONE}.1.clerk.mail")), Ending::Delivered, at(1));
    queue.parked(
        &id(&format!("{ONE}.1.district.mail")),
        "no_address".to_owned(),
        at(1),
    );
    queue.reached(&id(&format!("{OTHER}.2.arbiter.mail")), "0123".to_owned());

    let mut again = Queue::default();
    for record in queue.records() {
        again.replay(record, at(9));
    }
    assert_eq!(again.place(), Some(&place));
    assert_eq!(
        names(&again),
        [
            format!("{ONE}.1.clerk.webhook waiting"),
            format!("{ONE}.1.district.webhook waiting"),
            format!("{ONE}.1.district.mail stuck"),
            format!("{OTHER}.2.arbiter.mail waiting"),
        ]
    );
    assert_eq!(again.tally(false, at(9)).pending, 3, "the other is sealed");
    let arbiter = again.get(&id(&format!("{OTHER}.2.arbiter.mail"))).unwrap();
    assert!(arbiter.reached.contains("0123"));
}

#[test]
fn what_was_to_go_over_a_channel_that_is_gone_is_seen_and_rests_until_there_is_one_again() {
    let mut queue = Queue::default();
    queue.hear(news(ONE, 1, 0), &[to("clerk")], &Channel::ALL, false, at(0));
    queue.only(&[Channel::Webhook], at(9));
    assert_eq!(
        queue.next_due(Channel::Mail, &Line::GOING),
        None,
        "it is not tried"
    );
    let stuck: Vec<String> = queue
        .after(None)
        .filter(|(_, entry)| entry.is_stuck(at(3_600)))
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(stuck, [format!("{ONE}.1.clerk.mail")]);

    let mut again = Queue::default();
    for record in queue.records() {
        again.replay(record, at(9));
    }
    again.parked(
        &id(&format!("{ONE}.1.clerk.webhook")),
        "no_ticket".to_owned(),
        at(9),
    );
    again.only(&Channel::ALL, at(9));
    assert_eq!(
        again.tally(true, at(3_600)).stuck,
        1,
        "the webhook's, for another reason"
    );
    assert!(again.take_due(Channel::Mail, &Line::GOING, at(9)).is_some());
}
