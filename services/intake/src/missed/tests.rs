//! Missed calls in the ledger: who waits, in which order, what returns him, what is known again after a restart.

use std::path::PathBuf;
use std::sync::Arc;

use domain::missed_call::{DOWN_GRACE, End};
use jiff::SignedDuration;
use jiff::civil::date;
use kit::clock::SteppedClock;
use kit::drain::Drain;
use kit::fault::Code;
use kit::link::Link;
use kit::rules::RulesCache;
use proptest::prelude::*;

use super::*;
use crate::calls::{Arrival, Calls, CutOff, Outcome};
use crate::ledger::Ledger;
use crate::numbers::Numbers;
use crate::ring_back::RingBack;

fn at(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-16T01:00:00Z".parse().unwrap();
    begin + SignedDuration::from_mins(minutes)
}

fn when(minutes: i64) -> When {
    When {
        now: at(minutes),
        up_since: at(0),
    }
}

fn id(text: &str) -> CallId {
    CallId(RequestId::parse(text).unwrap())
}

fn by() -> HolderId {
    HolderId::parse("op-7").unwrap()
}

fn caller(digit: u8) -> CallerHash {
    CallerHash::parse(&format!("{digit:x}").repeat(32)).unwrap()
}

fn origin(digit: u8) -> Origin {
    Origin {
        caller: (digit > 0).then(|| caller(digit)),
        called: "12345".to_owned(),
        queue: "day".to_owned(),
    }
}

fn clock(danger: bool, minutes: i64) -> Clock {
    Clock::begin(&domain::rules::MissedCalls::default(), danger, at(minutes), None)
}

fn missing(call: &str, digit: u8, danger: bool, minutes: i64) -> Missing {
    Missing {
        call: id(call),
        from: origin(digit),
        cause: Cause::Unanswered,
        danger,
        clock: clock(danger, minutes),
        day: date(2026, 11, 16),
    }
}

/// A ledger as its role holds it. Caller 0 withholds his number.
struct Desk {
    ledger: Arc<Ledger>,
    calls: Calls,
}

impl Desk {
    async fn open(dir: Option<PathBuf>) -> Self {
        let ledger = Arc::new(Ledger::open(dir, at(0), &Drain::new()).await.unwrap());
        let calls = Calls::new(Arc::clone(&ledger));
        Self { ledger, calls }
    }

    async fn keep(&self, plan: Plan, minutes: i64) -> Item {
        if !plan.records.is_empty() {
            self.ledger.keep(at(minutes), plan.records).await.unwrap();
        }
        self.item(plan.about.0.as_str())
    }

    async fn missed(&self, call: &str, digit: u8, danger: bool, minutes: i64) -> Item {
        let missing = missing(call, digit, danger, minutes);
        let plan = self.ledger.books().missed.miss(&missing, &by(), when(minutes));
        self.keep(plan.unwrap(), minutes).await
    }

    async fn said(&self, call: &str, request: &str, command: Command, minutes: i64) -> Result<Item, Fault> {
        let said = Said {
            call: id(call),
            request: RequestId::parse(request).unwrap(),
            by: by(),
            command,
        };
        let plan = self.ledger.books().missed.say(&said, when(minutes))?;
        Ok(self.keep(plan, minutes).await)
    }

    async fn reaches_an_agent(&self, call: &str, digit: u8, minutes: i64) {
        let Origin {
            caller,
            called,
            queue,
        } = origin(digit);
        let arrival = Arrival {
            caller,
            called,
            queue,
            agent: "a07".to_owned(),
        };
        self.calls
            .register(&id(call), arrival, &by(), when(minutes))
            .await
            .unwrap();
    }

    fn item(&self, call: &str) -> Item {
        self.ledger.books().missed.item(&id(call)).cloned().unwrap()
    }

    fn listed(&self, which: Which, minutes: i64) -> Vec<String> {
        let query = Query {
            which,
            overdue_only: false,
            size: 200,
            after: None,
        };
        let (items, _) = self.ledger.books().missed.page(&query, at(minutes));
        items.iter().map(|item| item.call.0.as_str().to_owned()).collect()
    }
}

fn end(item: &Item) -> Option<End> {
    match item.missed.state {
        State::Ended { end, .. } => Some(end),
        State::Ringing | State::SmsOwed { .. } => None,
    }
}

const REACHED: Command = Command::Reached { number: None };

#[tokio::test]
async fn a_caller_waits_once_however_often_he_calls() {
    let desk = Desk::open(None).await;
    desk.missed("c-1", 1, false, 0).await;
    let again = desk.missed("c-2", 1, false, 3).await;
    assert_eq!(
        (again.call, again.latest, again.missed.calls),
        (id("c-1"), id("c-2"), 2)
    );
    assert_eq!(again.missed.clock.due_at, at(15), "the first call's");
    let danger = desk.missed("c-3", 1, true, 5).await;
    assert_eq!((danger.missed.danger, danger.missed.clock.due_at), (true, at(10)));

    // Reported again it is the same call; otherwise reported it is refused.
    let repeated = desk.missed("c-2", 1, false, 3).await;
    assert_eq!(repeated.missed.calls, 3);
    let other = missing("c-2", 1, true, 3);
    let fault = desk
        .ledger
        .books()
        .missed
        .miss(&other, &by(), when(6))
        .unwrap_err();
    assert_eq!(fault.code(), Code::AlreadyExists);

    let reached = desk.said("c-2", "r-1", REACHED, 8).await.unwrap();
    assert_eq!(end(&reached), Some(End::Returned { number: None }));
    assert!(desk.listed(Which::Ringing, 8).is_empty());
    let new = desk.missed("c-4", 1, false, 9).await;
    assert_eq!((new.call, new.missed.clock.due_at), (id("c-4"), at(24)));
}

#[tokio::test]
async fn danger_stands_first_then_the_most_overdue_page_by_page() {
    let desk = Desk::open(None).await;
    desk.missed("late", 1, false, 0).await;
    desk.missed("fresh", 2, false, 20).await;
    desk.missed("danger-late", 3, true, 10).await;
    desk.missed("danger", 4, true, 30).await;
    assert_eq!(
        desk.listed(Which::Ringing, 31),
        ["danger-late", "danger", "late", "fresh"]
    );

    for (overdue_only, expected) in [
        (false, vec!["danger-late", "danger", "late", "fresh"]),
        (true, vec!["danger-late", "late"]),
    ] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let query = Query {
                which: Which::Ringing,
                overdue_only,
                size: 1,
                after,
            };
            let (items, next) = desk.ledger.books().missed.page(&query, at(31));
            found.extend(items.iter().map(|item| item.call.0.as_str().to_owned()));
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected);
    }
    assert_eq!(desk.ledger.books().missed.open_counts(at(31)), (4, 2, 0));
}

#[tokio::test]
async fn who_is_answered_when_he_rings_again_is_returned_with_it() {
    let desk = Desk::open(None).await;
    desk.missed("c-1", 1, false, 0).await;
    desk.missed("other", 2, false, 0).await;
    desk.reaches_an_agent("c-2", 1, 4).await;
    assert_eq!(end(&desk.item("c-1")), Some(End::CalledAgain));
    assert_eq!(desk.listed(Which::Ringing, 5), ["other"]);

    // The line drops: he waits anew, from then on.
    let cut_off = CutOff {
        danger: true,
        clock: clock(true, 6),
        day: date(2026, 11, 16),
    };
    let dropped = Outcome::Dropped { number: None };
    for (minutes, cut_off) in [(6, cut_off.clone()), (9, cut_off)] {
        let (call, by) = (id("c-2"), by());
        let ended = desk
            .calls
            .end(&call, dropped, Some(cut_off), &by, when(minutes))
            .await;
        assert_eq!(ended.unwrap(), at(6));
        let item = desk.item("c-2");
        assert_eq!(
            (item.missed.cause, item.missed.clock.due_at),
            (Cause::CutOff, at(11))
        );
    }
    assert_eq!(desk.item("c-2").missed.calls, 1);
}

#[tokio::test]
async fn three_tries_in_vain_leave_a_message_owed_and_being_reached_ends_that_too() {
    let desk = Desk::open(None).await;
    desk.missed("c-1", 1, false, 0).await;
    for (request, minutes) in [("r-1", 2), ("r-1", 2), ("r-2", 60), ("r-3", 90)] {
        desk.said("c-1", request, Command::NotReached, minutes)
            .await
            .unwrap();
    }
    let owed = desk.item("c-1");
    assert_eq!(owed.missed.tries, 3, "the same request is one try");
    assert_eq!(owed.missed.state, State::SmsOwed { since: at(90) });
    assert_eq!(desk.listed(Which::SmsOwed, 91), ["c-1"]);
    let fourth = desk
        .said("c-1", "r-4", Command::NotReached, 92)
        .await
        .unwrap_err();
    assert_eq!(fourth.reason(), "SMS_OWED");
    let reused = desk.said("c-1", "r-1", REACHED, 92).await.unwrap_err();
    assert_eq!(reused.code(), Code::AlreadyExists);
    desk.missed("other", 9, false, 92).await;
    let reused = desk
        .said("other", "r-1", Command::NotReached, 92)
        .await
        .unwrap_err();
    assert_eq!(reused.code(), Code::AlreadyExists, "a request is about one call");

    // A new call waits beside it; reached, he needs no message.
    desk.missed("c-2", 1, false, 100).await;
    desk.said("c-2", "r-5", REACHED, 101).await.unwrap();
    assert_eq!(end(&desk.item("c-1")), Some(End::Returned { number: None }));
    assert!(desk.listed(Which::SmsOwed, 102).is_empty());

    desk.missed("c-3", 2, false, 110).await;
    for minutes in [111, 112, 113] {
        let request = format!("s-{minutes}");
        desk.said("c-3", &request, Command::NotReached, minutes)
            .await
            .unwrap();
    }
    let sent = desk.said("c-3", "s-4", Command::SendSms, 115).await.unwrap();
    assert_eq!(end(&sent), Some(End::SmsSent));
    assert_eq!(desk.listed(Which::Ended, 116), ["c-3", "c-2", "c-1"]);
}

#[tokio::test]
async fn the_figures_count_callers_and_what_became_of_them() {
    let desk = Desk::open(None).await;
    for (call, digit, danger) in [
        ("in-time", 1, false),
        ("late", 2, false),
        ("rings", 3, false),
        ("message", 4, false),
        ("withheld", 0, true),
    ] {
        desk.missed(call, digit, danger, 0).await;
    }
    desk.missed("again", 1, false, 1).await;
    for minutes in [1, 2, 3] {
        let request = format!("m-{minutes}");
        desk.said("message", &request, Command::NotReached, minutes)
            .await
            .unwrap();
    }
    desk.reaches_an_agent("c-9", 3, 5).await;
    desk.said("in-time", "r-1", REACHED, 10).await.unwrap();
    desk.said("late", "r-2", Command::NotReached, 14).await.unwrap();
    desk.said("late", "r-3", REACHED, 16).await.unwrap();

    let books = desk.ledger.books();
    let counts = books.missed.figures().sum(date(2026, 11, 17), 2);
    let expected = Counts {
        missed: 4,
        repeated: 1,
        withheld: 1,
        tried_in_time: 3,
        returned_in_time: 2,
        returned_late: 1,
        called_again: 1,
        sms: 1,
        late: 1,
        system_was_down: 0,
    };
    assert_eq!(counts, expected);
    assert_eq!(
        books.missed.figures().sum(date(2026, 11, 17), 1),
        Counts::default()
    );
}

#[tokio::test]
async fn everything_is_known_again_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let kept_in = Some(dir.path().join("calls"));
    let desk = Desk::open(kept_in.clone()).await;
    desk.missed("c-1", 1, false, 0).await;
    desk.missed("c-2", 1, true, 2).await;
    desk.said("c-1", "r-1", Command::NotReached, 3).await.unwrap();
    desk.missed("c-3", 2, false, 4).await;
    desk.reaches_an_agent("c-4", 2, 5).await;
    let stood = ["c-1", "c-3"].map(|call| desk.item(call));
    let counts = desk.ledger.books().missed.figures().sum(date(2026, 11, 16), 1);
    drop(desk);

    let desk = Desk::open(kept_in).await;
    assert_eq!(["c-1", "c-3"].map(|call| desk.item(call)), stood);
    assert_eq!(desk.item("c-2").call, id("c-1"));
    assert_eq!(desk.listed(Which::Ringing, 6), ["c-1"]);
    assert_eq!(desk.ledger.books().missed.next_due(), Some(at(7)));
    assert_eq!(
        desk.ledger.books().missed.figures().sum(date(2026, 11, 16), 1),
        counts
    );
    desk.said("c-1", "r-1", Command::NotReached, 3).await.unwrap();
    assert_eq!(desk.item("c-1").missed.tries, 1, "the request is known again");
}

fn watched(desk: &Desk, clock: &SteppedClock) -> RingBack {
    let clock: kit::clock::SharedClock = Arc::new(clock.clone());
    let rules = RulesCache::new(Link::deferred().0, crate::NAME, Arc::clone(&clock));
    RingBack::new(Arc::clone(&desk.ledger), Numbers::new(rules), clock)
}

#[tokio::test]
async fn what_is_late_is_told_once_also_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let kept_in = Some(dir.path().join("calls"));
    let clock = SteppedClock::new(at(0));
    let desk = Desk::open(kept_in.clone()).await;
    desk.missed("c-1", 1, false, 0).await;
    desk.missed("c-2", 2, true, 0).await;
    desk.missed("c-3", 3, false, 30).await;
    let watch = watched(&desk, &clock);
    // The ledger's last record is of minute 30, though the clock stands still: time does not run backwards.
    assert_eq!(watch.fire_due().await.unwrap(), 2);
    assert_eq!(watch.fire_due().await.unwrap(), 0);
    let late = desk.item("c-2").missed.late.unwrap();
    assert_eq!((late.at, late.system_was_down), (at(30), false));
    drop((desk, watch));

    // Down past the third one's due time.
    clock.step_to(at(50));
    let desk = Desk::open(kept_in).await;
    let watch = watched(&desk, &clock);
    assert_eq!(watch.fire_due().await.unwrap(), 1);
    assert_eq!(watch.fire_due().await.unwrap(), 0);
    let missed = desk.item("c-3").missed;
    assert!(at(50).duration_since(missed.clock.due_at) > DOWN_GRACE);
    assert!(missed.late.unwrap().system_was_down);
    let counts = desk.ledger.books().missed.figures().sum(date(2026, 11, 16), 1);
    assert_eq!((counts.late, counts.system_was_down), (3, 1));
}

#[tokio::test]
async fn the_loop_wakes_for_what_is_due_sooner() {
    let clock = SteppedClock::new(at(0));
    let desk = Desk::open(None).await;
    desk.missed("c-1", 1, false, 0).await;
    let drain = Drain::new();
    let watch = Arc::new(watched(&desk, &clock));
    let running = drain.spawn("late missed calls", Arc::clone(&watch).watch(drain.clone()));
    desk.missed("c-2", 2, true, 0).await;
    clock.step_to(at(5));
    let told = async {
        while desk.item("c-2").missed.late.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), told)
        .await
        .expect("the loop tells it");
    assert!(desk.item("c-1").missed.late.is_none());
    assert!(
        drain
            .shutdown(std::time::Duration::from_secs(10))
            .await
            .is_clean()
    );
    running.await.unwrap();
}

#[test]
fn what_has_ended_leaves_memory_and_what_is_open_is_limited() {
    let mut book = Book::default();
    let fold = |book: &mut Book, missing: Missing| {
        let plan = book.miss(&missing, &by(), when(0)).unwrap();
        for record in plan.records {
            book.fold(record, at(0));
        }
    };
    // Withheld numbers end at once.
    for nth in 0..=ENDED_KNOWN_MAX {
        fold(&mut book, missing(&format!("w-{nth:06}"), 0, false, 0));
    }
    assert_eq!(
        (book.items.len(), book.reported.len()),
        (ENDED_KNOWN_MAX, ENDED_KNOWN_MAX)
    );
    assert!(book.item(&id("w-000000")).is_none());
    for nth in 0..OPEN_MISSED_MAX {
        let mut one = missing(&format!("c-{nth}"), 1, false, 0);
        one.from.caller = Some(CallerHash::parse(&format!("{nth:032x}")).unwrap());
        fold(&mut book, one);
    }
    let one_more = missing("too-many", 15, false, 0);
    let fault = book.miss(&one_more, &by(), when(1)).unwrap_err();
    assert_eq!(fault.code(), Code::ResourceExhausted);
    assert_eq!(book.late(256, &by(), when(16)).len(), 256);
}

#[test]
fn many_further_calls_of_one_caller_are_counted_and_not_all_known_again() {
    let mut book = Book::default();
    for nth in 0..100 {
        let plan = book.miss(&missing(&format!("c-{nth}"), 1, false, 0), &by(), when(0));
        for record in plan.unwrap().records {
            book.fold(record, at(0));
        }
    }
    let item = book.item(&id("c-0")).unwrap();
    assert_eq!((item.missed.calls, item.further.len()), (100, FURTHER_CALLS_MAX));
    assert_eq!(book.reported.len(), FURTHER_CALLS_MAX + 1);
    assert!(book.item(&id("c-1")).is_none() && book.item(&id("c-99")).is_some());
}

/// What may happen to the calls of a few callers.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Missed(u8, bool),
    NotReached(usize),
    Reached(usize),
    Sms(usize),
    Answered(u8),
    Late,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0u8..5, any::<bool>()).prop_map(|(who, danger)| Happens::Missed(who, danger)),
        4 => (0usize..20).prop_map(Happens::NotReached),
        1 => (0usize..20).prop_map(Happens::Reached),
        1 => (0usize..20).prop_map(Happens::Sms),
        1 => (1u8..5).prop_map(Happens::Answered),
        2 => Just(Happens::Late),
    ]
}

/// The records that follow, none where it is refused.
fn follow(book: &Book, nth: usize, what: Happens, minutes: i64) -> Vec<Record> {
    let said = |of: usize, command: Command| Said {
        call: id(&format!("c-{of}")),
        request: RequestId::parse(&format!("r-{nth}")).unwrap(),
        by: by(),
        command,
    };
    let plan = match what {
        Happens::Missed(who, danger) => {
            let missing = missing(&format!("c-{nth}"), who, danger, minutes);
            book.miss(&missing, &by(), when(minutes))
        }
        Happens::NotReached(of) => book.say(&said(of, Command::NotReached), when(minutes)),
        Happens::Reached(of) => book.say(&said(of, REACHED), when(minutes)),
        Happens::Sms(of) => book.say(&said(of, Command::SendSms), when(minutes)),
        Happens::Answered(who) => return book.answered(&caller(who), &by(), when(minutes)),
        Happens::Late => return book.late(10, &by(), when(minutes)),
    };
    plan.map(|plan| plan.records).unwrap_or_default()
}

proptest! {
    /// Every missed call stands in exactly the lists it belongs to, whatever happens; a caller waits at most once; the
    /// ledger read again gives the same book.
    #[test]
    fn the_lists_agree_with_the_calls(steps in prop::collection::vec((0i64..400, happens()), 0..40)) {
        let (mut book, mut ledger, mut minutes) = (Book::default(), Vec::new(), 0);
        for (nth, (later, what)) in steps.into_iter().enumerate() {
            minutes += later;
            for record in follow(&book, nth, what, minutes) {
                book.fold(record.clone(), at(minutes));
                ledger.push((record, minutes));
            }
            let mut waiting = BTreeSet::new();
            for item in book.items.values() {
                let place = Place::of(item);
                let stands = [&book.ringing, &book.sms_owed, &book.ended].map(|list| list.contains(&place));
                let expected = match item.missed.state {
                    State::Ringing => [true, false, false],
                    State::SmsOwed { .. } => [false, true, false],
                    State::Ended { .. } => [false, false, true],
                };
                prop_assert_eq!(stands, expected);
                let is_due = book.due.contains(&(item.missed.clock.due_at, item.call.clone()));
                prop_assert_eq!(is_due, item.missed.fires_at().is_some());
                if item.missed.state == State::Ringing {
                    let caller = item.from.caller.clone().expect("who withholds his number is not rung");
                    prop_assert!(waiting.insert(caller), "a caller waits once");
                }
            }
            let listed = book.ringing.len() + book.sms_owed.len() + book.ended.len();
            prop_assert_eq!(listed, book.items.len());
            let open: usize = book.of_caller.values().map(Vec::len).sum();
            prop_assert_eq!(open, book.ringing.len() + book.sms_owed.len());
        }
        let mut read = Book::default();
        for (record, minutes) in ledger {
            read.fold(record, at(minutes));
        }
        prop_assert_eq!(format!("{:?}", read.ringing), format!("{:?}", book.ringing));
        prop_assert_eq!(&read.items, &book.items);
        prop_assert_eq!(read.figures.sum(date(2026, 11, 16), 1), book.figures.sum(date(2026, 11, 16), 1));
    }
}
