use super::*;
use crate::notices::notice::Event;

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
        system_was_down: false,
        urgent: false,
        unit: None,
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
    assert_eq!(queue.next_due(Channel::Mail), Some(at(10)));
    assert_eq!(queue.next_due(Channel::Webhook), None);
    assert!(queue.take_due(Channel::Mail, at(9)).is_none());
    assert_eq!(queue.take_due(Channel::Mail, at(20)).unwrap().id.version, 2);
    assert_eq!(queue.take_due(Channel::Mail, at(20)).unwrap().id.version, 1);
    assert!(
        queue.take_due(Channel::Mail, at(20)).is_none(),
        "both are under way"
    );
}

#[test]
fn what_fails_for_long_is_stuck_and_what_is_given_up_waits_for_somebody() {
    let mut queue = Queue::default();
    queue.hear(news(ONE, 1, 0), &[to("clerk")], &[Channel::Mail], false, at(0));
    let mail = id(&format!("{ONE}.1.clerk.mail"));
    queue.take_due(Channel::Mail, at(0)).unwrap();
    queue.failed(&mail, "timeout".to_owned(), at(0), at(30));
    let stuck = |queue: &Queue, second| queue.tally(true, at(second)).stuck;
    assert_eq!((stuck(&queue, 599), stuck(&queue, 600)), (0, 1));

    let again = queue.take_due(Channel::Mail, at(30)).unwrap();
    assert_eq!(again.tries, 1);
    queue.parked(&mail, "smtp_550".to_owned(), at(31));
    assert_eq!(queue.next_due(Channel::Mail), None, "not tried by itself");
    assert_eq!(stuck(&queue, 31), 1);

    queue.retry(&mail, holder("chen"), request("r1"), at(40));
    assert_eq!(queue.asked_before(&holder("chen"), &request("r1")), Some(&mail));
    assert_eq!(queue.asked_before(&holder("lin"), &request("r1")), None);
    queue.take_due(Channel::Mail, at(40)).unwrap();
    queue.done(&mail, Ending::Delivered, at(41));
    queue.retry(&mail, holder("chen"), request("r2"), at(50));
    assert!(queue.take_due(Channel::Mail, at(99)).is_none(), "told is told");
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
    for failure in ["timeout", "http_500", "unreachable"] {
        let job = queue.take_due(Channel::Webhook, at(0)).unwrap();
        queue.failed(&job.id, failure.to_owned(), at(0), at(900));
    }
    let was_away = |code: &str| code == "timeout" || code == "unreachable";
    queue.hasten(Channel::Webhook, at(5), was_away);
    queue.hasten(Channel::Webhook, at(5), was_away);
    queue.hasten(Channel::Webhook, at(5), was_away);
    let mut gone = Vec::new();
    while let Some(job) = queue.take_due(Channel::Webhook, at(5)) {
        gone.push(job.id.version);
    }
    assert_eq!(gone, [1, 3]);
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
fn a_channel_that_is_gone_shows_what_it_leaves_behind() {
    let mut queue = Queue::default();
    queue.hear(news(ONE, 1, 0), &[to("clerk")], &Channel::ALL, false, at(0));
    queue.without(Channel::Mail, "channel_off");
    let stuck: Vec<String> = queue
        .after(None)
        .filter(|(_, entry)| entry.is_stuck(at(3_600)))
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(stuck, [format!("{ONE}.1.clerk.mail")]);
}
