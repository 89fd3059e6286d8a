use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::civil::date;
use kit::call::Language;
use tonic::body::Body;

use super::*;

fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(date(2026, 11, 20), sequence).unwrap()
}

fn child(sequence: u32, version: u32, incident: Option<u32>) -> Merging {
    Merging {
        number: number(sequence),
        version,
        at: Timestamp::UNIX_EPOCH,
        phase: PhaseName::Accepted,
        waits_for: incident.map(number),
        is_incident: false,
    }
}

fn incident(version: u32, phase: PhaseName) -> Merging {
    Merging {
        phase,
        is_incident: true,
        ..child(1, version, None)
    }
}

fn told(tellings: &[Telling]) -> Vec<u32> {
    tellings.iter().map(|telling| telling.child.sequence()).collect()
}

#[test]
fn whoever_waits_is_told_once_the_incident_is_answered() {
    let mut waiting = Waiting::default();
    assert!(waiting.take(&child(2, 3, Some(1))).is_empty());
    assert!(waiting.take(&child(3, 3, Some(1))).is_empty());
    assert!(
        waiting.take(&child(4, 3, Some(9))).is_empty(),
        "of another incident"
    );
    assert!(waiting.take(&incident(5, PhaseName::ReplyReview)).is_empty());
    assert_eq!(told(&waiting.take(&incident(6, PhaseName::CallbackDue))), [2, 3]);
}

#[test]
fn one_that_is_told_or_unmerged_waits_no_more() {
    let mut waiting = Waiting::default();
    waiting.take(&child(2, 3, Some(1)));
    waiting.take(&child(3, 3, Some(1)));
    waiting.take(&child(2, 4, None));
    assert_eq!(told(&waiting.take(&incident(6, PhaseName::Closed))), [3]);
    waiting.take(&child(3, 4, None));
    assert!(waiting.all().is_empty());
    assert!(
        waiting.children.is_empty() && waiting.waits.is_empty(),
        "nothing is kept of them"
    );
}

#[test]
fn an_incident_handled_anew_tells_nobody() {
    let mut waiting = Waiting::default();
    waiting.take(&child(2, 3, Some(1)));
    waiting.take(&incident(6, PhaseName::CallbackDue));
    waiting.take(&incident(7, PhaseName::Handling));
    assert!(waiting.all().is_empty());
}

#[test]
fn what_is_told_late_does_not_undo_what_is_known() {
    let mut waiting = Waiting::default();
    waiting.take(&incident(6, PhaseName::CallbackDue));
    waiting.take(&incident(5, PhaseName::ReplyReview));
    assert_eq!(told(&waiting.take(&child(2, 3, Some(1)))), [2]);
}

/// What a state would tell now, and then does.
fn told_now(state: &mut State) -> Vec<u32> {
    let untold = state.untold();
    state.untold.clear();
    told(&untold)
}

#[test]
fn a_restart_makes_up_for_what_was_cut_short() {
    let mut state = State::default();
    for seen in [
        child(2, 3, Some(1)),
        incident(6, PhaseName::CallbackDue),
        child(3, 3, Some(1)),
    ] {
        state.take(&seen, Timestamp::MAX);
        assert!(state.untold().is_empty(), "it may have been told since");
    }
    state.take(&child(2, 4, None), Timestamp::MAX);
    assert!(state.untold().is_empty());
    state.catch_up();
    assert_eq!(told_now(&mut state), [3]);
    state.catch_up();
    assert!(state.untold().is_empty(), "once");
    state.take(&child(4, 3, Some(1)), Timestamp::MAX);
    assert_eq!(told_now(&mut state), [4]);
}

#[test]
fn what_is_new_since_the_start_ends_the_catching_up() {
    let mut state = State::default();
    state.take(&child(2, 3, Some(1)), Timestamp::MAX);
    state.take(&incident(6, PhaseName::CallbackDue), Timestamp::MAX);
    let new = Merging {
        at: Timestamp::MAX,
        ..child(7, 1, None)
    };
    state.take(&new, Timestamp::MAX);
    assert_eq!(told_now(&mut state), [2]);
}

#[test]
fn whoever_was_not_told_stays_until_he_is_or_leaves() {
    let mut state = State::default();
    for seen in [
        child(2, 3, Some(1)),
        child(3, 3, Some(1)),
        incident(6, PhaseName::Closed),
    ] {
        state.take(&seen, Timestamp::MAX);
    }
    state.catch_up();
    assert_eq!(told(&state.untold()), [2, 3]);
    state.take(&child(9, 1, None), Timestamp::MAX);
    assert_eq!(
        told(&state.untold()),
        [2, 3],
        "another change does not forget them"
    );
    state.take(&child(3, 4, None), Timestamp::MAX);
    assert_eq!(told(&state.untold()), [2], "un-merged");
    state.take(&incident(7, PhaseName::Handling), Timestamp::MAX);
    assert!(state.untold().is_empty(), "handled anew");
}

/// A feed's answer without a change.
fn heartbeat() -> WatchResponse {
    WatchResponse::default()
}

#[tokio::test]
async fn a_telling_that_fails_is_tried_again() {
    let asked = Arc::new(AtomicU32::new(0));
    let tickets = {
        let asked = Arc::clone(&asked);
        Link::local(tower::service_fn(move |_: http::Request<Body>| {
            let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
            let fault = if first {
                Fault::unavailable("", "")
            } else {
                Fault::not_found()
            };
            std::future::ready(Ok::<_, Infallible>(fault.status(Language::En).into_http()))
        }))
    };
    let rejoiner = Rejoiner::new(tickets, Timestamp::MAX);
    rejoiner.state().take(&child(2, 3, Some(1)), Timestamp::MAX);
    rejoiner
        .state()
        .take(&incident(6, PhaseName::Closed), Timestamp::MAX);

    assert!(
        rejoiner.take(&heartbeat()).await.is_err(),
        "the catching up failed"
    );
    rejoiner.take(&heartbeat()).await.unwrap();
    assert_eq!(
        asked.load(Ordering::Relaxed),
        2,
        "the one cut short was asked for again"
    );
    rejoiner.take(&heartbeat()).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2, "refused for good: no more");
}

#[test]
fn each_time_it_waits_the_telling_has_a_name_of_its_own() {
    let mut waiting = Waiting::default();
    waiting.take(&incident(6, PhaseName::CallbackDue));
    let first = waiting.take(&child(2, 3, Some(1)))[0];
    waiting.take(&child(2, 4, None));
    let again = waiting.take(&child(2, 5, Some(1)))[0];
    let name = first.request().unwrap();
    assert_eq!(name.as_str(), format!("rejoin:{}:{}:3", number(1), number(2)));
    assert_ne!(name, again.request().unwrap());
}
