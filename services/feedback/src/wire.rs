//! Between the contract and the use cases, and nowhere else.

use domain::clock::Kind;
use domain::id::{RequestId, TicketNumber};
use domain::ticket::Rating;
use domain::words::{Field, Words};
use kit::call::request_id;
use kit::fault::Fault;
use kit::page::page_size;
use kit::wire::{ClosedSet as _, missing, required, words_fault};
use prost_types::Timestamp;
use proto::common::v1::Phase;
use proto::feedback::v1 as pb;
use proto::tickets::v1::{Clock, ListTicketsResponse, Ticket};

use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
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
        may_object,
        may_request_review,
        due_reason,
    } = tracked;
    let is_asked = phase_of(ticket.phase) == Phase::AwaitingCitizen;
    pb::TrackTicketResponse {
        question: Some(told.question).filter(|_| is_asked).unwrap_or_default(),
        may_object,
        may_request_review,
        status: plain::status(&ticket, language).to_owned(),
        closing: plain::closing(&ticket.close_kind, &told.explanation, language),
        due_time: cap_of(&ticket),
        due_reason,
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

/// By when the resident is to be answered; none while that clock does not run.
pub(crate) fn cap_of(ticket: &Ticket) -> Option<Timestamp> {
    due_of(&ticket.clocks, &[Kind::Citizen])
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
        _ if ticket.deadline_callback_due => "deadline",
        "city_office" => "review",
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

/// What a resident says with his number and query code.
pub(crate) struct OwnWord {
    pub(crate) number: TicketNumber,
    pub(crate) query_code: String,
    request_id: RequestId,
    pub(crate) about: About,
    /// Checked.
    pub(crate) words: String,
}

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// 补充答复.
    Question,
    /// 评议申请.
    Review,
    /// 异议.
    Objection,
}

impl OwnWord {
    /// The name of the mutation among those of all residents, for whom the hotline speaks.
    pub(crate) fn request_id(&self) -> Result<String, Fault> {
        let what = match self.about {
            About::Question => "answer",
            About::Review => "review",
            About::Objection => "object",
        };
        let id = format!("{what}-{}-{}", self.number, self.request_id.as_str());
        request_id(&id).map(|id| id.as_str().to_owned())
    }
}

fn own_word(
    number: &str,
    query_code: String,
    id: &str,
    about: About,
    field: (Field, &str),
) -> Result<OwnWord, Fault> {
    if query_code.trim().is_empty() {
        return Err(missing("query_code"));
    }
    let mut words = Words::new();
    words
        .require(field.0, field.1)
        .map_err(|error| words_fault(&error))?;
    let own = OwnWord {
        number: kit::wire::number(number)?,
        query_code,
        request_id: request_id(id)?,
        about,
        words: words.get(field.0).to_owned(),
    };
    own.request_id()?;
    Ok(own)
}

/// What the resident answers.
pub(crate) fn answer(request: pb::AnswerQuestionRequest) -> Result<OwnWord, Fault> {
    let pb::AnswerQuestionRequest {
        number,
        query_code,
        request_id,
        answer,
    } = request;
    let said = (Field::Answer, answer.as_str());
    own_word(&number, query_code, &request_id, About::Question, said)
}

/// What the resident disagrees with.
pub(crate) fn review(request: pb::RequestReviewRequest) -> Result<OwnWord, Fault> {
    let pb::RequestReviewRequest {
        number,
        query_code,
        request_id,
        reason,
    } = request;
    let said = (Field::Reason, reason.as_str());
    own_word(&number, query_code, &request_id, About::Review, said)
}

/// Why the resident objects.
pub(crate) fn objection(request: pb::ObjectRequest) -> Result<OwnWord, Fault> {
    let pb::ObjectRequest {
        number,
        query_code,
        request_id,
        reason,
    } = request;
    let said = (Field::Reason, reason.as_str());
    own_word(&number, query_code, &request_id, About::Objection, said)
}

/// Which page of callbacks.
pub(crate) fn callbacks_page(request: &pb::ListCallbacksRequest) -> Result<usize, Fault> {
    page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)
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
            may_object: false,
            may_request_review: false,
            due_reason: Vec::new(),
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
        let reviewed = Ticket {
            step_holder: "city_office".to_owned(),
            ..unsolved
        };
        assert_eq!(state_of(&reviewed), "review");
        let late = Ticket {
            deadline_callback_due: true,
            ..held_by("water")
        };
        assert_eq!(state_of(&late), "deadline");
    }

    #[test]
    fn an_own_word_is_named_by_its_ticket_and_bounded() {
        let request = |id: &str, answer: &str| pb::AnswerQuestionRequest {
            number: "20261121-0000018".to_owned(),
            query_code: "CODE".to_owned(),
            request_id: id.to_owned(),
            answer: answer.to_owned(),
        };
        let own = answer(request("r1", " 灯杆A17 ")).ok().unwrap();
        assert_eq!(own.words, "灯杆A17");
        assert_eq!(own.request_id().unwrap(), "answer-20261121-0000018-r1");
        let field = |asked| {
            let fault = answer(asked).err().unwrap();
            fault.fields().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(field(request("r1", " ")), ["answer"]);
        assert_eq!(field(request(&"r".repeat(120), "x")), ["request_id"]);
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
