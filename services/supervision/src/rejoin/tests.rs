use jiff::civil::date;

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
        reopened: 0,
        round: 0,
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

#[test]
fn a_restart_makes_up_for_what_was_cut_short() {
    let mut state = State::default();
    for seen in [
        child(2, 3, Some(1)),
        incident(6, PhaseName::CallbackDue),
        child(3, 3, Some(1)),
    ] {
        assert!(
            state.take(&seen, Timestamp::MAX).is_empty(),
            "it may have been told since"
        );
    }
    assert!(state.take(&child(2, 4, None), Timestamp::MAX).is_empty());
    assert_eq!(told(&state.catch_up()), [3]);
    assert!(state.catch_up().is_empty(), "once");
    assert_eq!(told(&state.take(&child(4, 3, Some(1)), Timestamp::MAX)), [4]);
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
    assert_eq!(told(&state.take(&new, Timestamp::MAX)), [2]);
}

#[test]
fn each_answer_has_a_name_of_its_own() {
    let telling = Telling {
        incident: number(1),
        child: number(2),
        answer: (0, 0),
    };
    let again = Telling {
        answer: (1, 0),
        ..telling
    };
    let name = telling.request().unwrap();
    assert_eq!(name.as_str(), format!("rejoin:{}:0:0:{}", number(1), number(2)));
    assert_ne!(name, again.request().unwrap());
}
