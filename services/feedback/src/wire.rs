//! Between the contract and the use cases, and nowhere else.

use domain::clock::Kind;
use domain::id::TicketNumber;
use domain::ticket::Rating;
use domain::words::{Field, Words};
use kit::fault::Fault;
use kit::wire::{ClosedSet as _, missing, required, words_fault};
use prost_types::Timestamp;
use proto::common::v1::Phase;
use proto::feedback::v1 as pb;
use proto::tickets::v1::{Clock, ListTicketsResponse, Ticket};

use crate::plain;
use crate::service::Tracked;

/// A resident's word with his link.
pub(crate) struct Said {
    pub(crate) rating_link: String,
    pub(crate) solved: bool,
    /// Checked, as on the wire.
    pub(crate) rating: i32,
    pub(crate) reason: String,
}

/// The number that is tracked. A mistyped one is told to be mistyped: the check digit says so, no ticket is asked.
pub(crate) fn tracked_number(request: &pb::TrackTicketRequest) -> Result<TicketNumber, Fault> {
    if request.query_code.trim().is_empty() {
        return Err(missing("query_code"));
    }
    kit::wire::number(&request.number)
}

/// What the resident may know.
pub(crate) fn tracked(tracked: Tracked) -> pb::TrackTicketResponse {
    let Tracked {
        ticket,
        unit_name,
        rating_link,
        told,
        language,
    } = tracked;
    pb::TrackTicketResponse {
        status: plain::status(&ticket, language).to_owned(),
        closing: plain::closing(&ticket.close_kind, &told.explanation, language),
        due_time: due_of(&ticket.clocks, &[Kind::Citizen]),
        number: ticket.number,
        phase: ticket.phase,
        register_time: ticket.register_time,
        unit_name,
        answer: told
            .answer
            .filter(|_| matches!(phase_of(ticket.phase), Phase::CallbackDue | Phase::Closed)),
        rating_link,
        steps: told.steps,
    }
}

fn phase_of(number: i32) -> Phase {
    Phase::try_from(number).unwrap_or_default()
}

/// When the first of some clocks that still runs is due.
fn due_of(clocks: &[Clock], kinds: &[Kind]) -> Option<Timestamp> {
    let running = |kind: &Kind| {
        clocks
            .iter()
            .find(|one| one.kind == kind.to_wire() && one.stop_time.is_none())
    };
    kinds.iter().find_map(running)?.due_time
}

/// A page of callbacks.
pub(crate) fn callbacks(page: ListTicketsResponse) -> pb::ListCallbacksResponse {
    pb::ListCallbacksResponse {
        callbacks: page.tickets.into_iter().map(callback).collect(),
        next_page_token: page.next_page_token,
    }
}

fn callback(ticket: Ticket) -> pb::CallbackItem {
    pb::CallbackItem {
        state: state_of(&ticket).to_owned(),
        due_time: due_of(&ticket.clocks, &[Kind::Callback, Kind::Rating]),
        number: ticket.number,
        lead_unit: ticket.lead_unit,
        claim: ticket.claim,
        tries: ticket.callback_tries,
        category: ticket.category,
    }
}

/// How far a callback is.
fn state_of(ticket: &Ticket) -> &'static str {
    match ticket.step_holder.as_str() {
        _ if ticket.outcome.is_some() => "unsolved",
        "citizen" => "link",
        _ => "ringing",
    }
}

/// A resident's word.
pub(crate) fn said(request: pb::RateTicketRequest) -> Result<Said, Fault> {
    let rating_link = Some(request.rating_link.trim().to_owned()).filter(|link| !link.is_empty());
    let mut words = Words::new();
    words
        .allow(Field::Reason, &request.reason)
        .map_err(|error| words_fault(&error))?;
    Ok(Said {
        rating_link: rating_link.ok_or_else(|| missing("rating_link"))?,
        solved: request.solved.ok_or_else(|| missing("solved"))?,
        rating: required::<Rating>("rating", request.rating)?.to_wire(),
        reason: words.get(Field::Reason).to_owned(),
    })
}

/// Thanks.
pub(crate) fn rated(ticket: Ticket) -> pb::RateTicketResponse {
    pb::RateTicketResponse {
        number: ticket.number,
        phase: ticket.phase,
    }
}

#[cfg(test)]
mod tests {
    use kit::call::Language;
    use proto::tickets::v1::Outcome;

    use super::*;
    use crate::history::Told;

    fn clock(kind: Kind, due: i64, stop: Option<i64>) -> Clock {
        let at = |seconds| Timestamp { seconds, nanos: 0 };
        Clock {
            kind: kind.to_wire(),
            due_time: Some(at(due)),
            stop_time: stop.map(at),
            ..Clock::default()
        }
    }

    fn tracked_of(phase: Phase) -> pb::TrackTicketResponse {
        let answer = Some(pb::Answer {
            decided: "已修复".to_owned(),
            ..pb::Answer::default()
        });
        tracked(Tracked {
            ticket: Ticket {
                phase: phase.into(),
                ..Ticket::default()
            },
            unit_name: String::new(),
            rating_link: String::new(),
            told: Told {
                answer,
                ..Told::default()
            },
            language: Language::Zh,
        })
    }

    #[test]
    fn an_answer_is_shown_only_once_it_is_published() {
        for phase in [
            Phase::Accepted,
            Phase::Dispatched,
            Phase::Handling,
            Phase::ReplyReview,
        ] {
            assert_eq!(tracked_of(phase).answer, None);
        }
        assert!(tracked_of(Phase::CallbackDue).answer.is_some());
        assert!(tracked_of(Phase::Closed).answer.is_some());
    }

    #[test]
    fn an_answer_is_due_by_the_residents_own_clock_while_it_runs() {
        let clocks = [clock(Kind::Handle, 5, None), clock(Kind::Citizen, 9, None)];
        assert_eq!(due_of(&clocks, &[Kind::Citizen]).unwrap().seconds, 9);
        assert_eq!(
            due_of(&[clock(Kind::Citizen, 9, Some(7))], &[Kind::Citizen]),
            None
        );
    }

    #[test]
    fn a_callback_is_due_by_its_ring_and_then_by_the_rating_window() {
        let due = |clocks: &[Clock]| due_of(clocks, &[Kind::Callback, Kind::Rating]).map(|at| at.seconds);
        assert_eq!(
            due(&[clock(Kind::Citizen, 1, None), clock(Kind::Callback, 3, None)]),
            Some(3)
        );
        assert_eq!(
            due(&[clock(Kind::Callback, 3, Some(2)), clock(Kind::Rating, 8, None)]),
            Some(8)
        );
    }

    #[test]
    fn a_callback_is_ringing_then_a_link_or_unsolved() {
        let held_by = |holder: &str| Ticket {
            step_holder: holder.to_owned(),
            ..Ticket::default()
        };
        assert_eq!(state_of(&held_by("callback_desk")), "ringing");
        assert_eq!(state_of(&held_by("citizen")), "link");
        let unsolved = Ticket {
            outcome: Some(Outcome::default()),
            ..held_by("supervisor_desk")
        };
        assert_eq!(state_of(&unsolved), "unsolved");
    }

    #[test]
    fn a_word_says_whether_it_is_solved_and_how_satisfied() {
        let word = pb::RateTicketRequest {
            rating_link: " LINK ".to_owned(),
            solved: Some(false),
            rating: Rating::Dissatisfied.to_wire(),
            reason: "又坏了".to_owned(),
        };
        assert_eq!(said(word.clone()).ok().unwrap().rating_link, "LINK");
        let fields = |request| {
            said(request)
                .err()
                .unwrap()
                .fields()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            fields(pb::RateTicketRequest {
                solved: None,
                ..word.clone()
            }),
            ["solved"]
        );
        assert_eq!(
            fields(pb::RateTicketRequest {
                rating: 0,
                ..word.clone()
            }),
            ["rating"]
        );
        assert_eq!(
            fields(pb::RateTicketRequest {
                rating_link: String::new(),
                ..word.clone()
            }),
            ["rating_link"]
        );
        assert_eq!(
            fields(pb::RateTicketRequest {
                reason: "长".repeat(2_001),
                ..word
            }),
            ["reason"]
        );
    }
}
