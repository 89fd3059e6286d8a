//! Use cases: a resident tracks his ticket, callbacks are listed, a resident rates by link.

use std::sync::Arc;

use domain::id::{TicketNumber, UnitId};
use domain::refusal::{Reason, Refusal};
use jiff::Timestamp;
use kit::call::{Call, Language};
use kit::clock::SharedClock;
use kit::fault::{Code, Fault};
use kit::link::{Line, Link};
use kit::rules::RulesCache;
use proto::common::v1::{ClockKind, Phase};
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::tickets::v1::{
    CitizenRepliedRequest, ExplainClockRequest, GetTicketRequest, ListTicketEventsRequest,
    ListTicketsRequest, ListTicketsResponse, ObjectRequest, RecordCallbackRequest, RequestReviewRequest,
    Ticket, TicketEvent,
};
use proto::vault::v1::vault_service_client::VaultServiceClient;
use proto::vault::v1::{MakeRatingLinkRequest, ReadRatingLinkRequest, SealWordsRequest};

use crate::history::{self, Listener, Told};
use crate::limits::{HISTORY_PAGE_SIZE, HISTORY_PAGES_MAX};
use crate::tries::{self, Tries};
use crate::wire::{self, About, OwnWord, Said};
use crate::{NAME, calls, code, link, rights};

/// What the hotline tells residents and hears from them.
pub(crate) struct Feedback {
    tickets: Link,
    vault: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    tries: Tries,
}

/// A ticket as its resident may know it.
pub(crate) struct Tracked {
    pub(crate) ticket: Ticket,
    pub(crate) unit_name: String,
    pub(crate) rating_link: String,
    pub(crate) told: Told,
    pub(crate) language: Language,
    pub(crate) may_object: bool,
    pub(crate) may_request_review: bool,
    pub(crate) due_reason: Vec<String>,
}

impl Feedback {
    pub(crate) fn new(tickets: Link, vault: Link, rules: Arc<RulesCache>, clock: SharedClock) -> Self {
        Self {
            tickets,
            vault,
            rules,
            clock,
            tries: Tries::default(),
        }
    }

    /// A ticket by number and query code. A wrong code and a number that was never given are refused alike.
    pub(crate) async fn track(
        &self,
        call: &Call,
        number: TicketNumber,
        typed: &str,
    ) -> Result<Tracked, Fault> {
        let ticket = self.opened(number, typed).await?;
        self.tracked(ticket, call.language).await
    }

    /// The ticket that a number and its query code open. Tries are limited.
    async fn opened(&self, number: TicketNumber, typed: &str) -> Result<Ticket, Fault> {
        let attempt = self
            .tries
            .begin(number, self.clock.now())
            .map_err(tries::refused)?;
        let Some(ticket) = self.ticket_by_code(number, typed).await? else {
            attempt.was_wrong(self.clock.now());
            return Err(Fault::not_found());
        };
        drop(attempt);
        Ok(ticket)
    }

    /// What a resident says with his number and query code, passed on to tickets.
    pub(crate) async fn say(&self, own: OwnWord) -> Result<Ticket, Fault> {
        self.opened(own.number, &own.query_code).await?;
        let (number, request_id, words) = (own.number.to_string(), own.request_id()?, own.words);
        let (mut tickets, expected_version) = (self.tickets(), None);
        let ticket = match own.about {
            About::Question => {
                let request = CitizenRepliedRequest {
                    number,
                    request_id,
                    expected_version,
                    answer: words,
                };
                tickets.citizen_replied(request).await?.into_inner().ticket
            }
            About::Review => {
                let request = RequestReviewRequest {
                    number,
                    request_id,
                    expected_version,
                    reason: words,
                };
                tickets.request_review(request).await?.into_inner().ticket
            }
            About::Objection => {
                let request = ObjectRequest {
                    number,
                    request_id,
                    expected_version,
                    reason: words,
                };
                tickets.object(request).await?.into_inner().ticket
            }
        };
        ticket.ok_or_else(|| Fault::internal("a word without a ticket"))
    }

    /// The vault derives a code for every number, given or not; tickets are asked only once the code fits. So what is
    /// refused takes the same way whether or not there is such a ticket.
    async fn ticket_by_code(&self, number: TicketNumber, typed: &str) -> Result<Option<Ticket>, Fault> {
        let request = SealWordsRequest {
            number: number.to_string(),
            query_code: true,
            ..SealWordsRequest::default()
        };
        let expected = self.vault().seal_words(request).await?.into_inner().query_code;
        if expected.is_empty() {
            return Err(Fault::internal("the vault made no query code"));
        }
        if code::is_same(typed, &expected) {
            self.ticket(&number.to_string()).await
        } else {
            Ok(None)
        }
    }

    async fn tracked(&self, ticket: Ticket, language: Language) -> Result<Tracked, Fault> {
        let rules = self.rules.current().await?;
        let unit_name = |code: &str| {
            let unit = rules
                .units
                .get(&UnitId::parse(code).ok().filter(|_| !ticket.sealed)?)?;
            Some(language.choose(&unit.zh, &unit.en).to_owned())
        };
        let day = |at: &str| {
            let at = at.parse().ok();
            let day = at.map(|at: Timestamp| rules.calendar().local(at).date());
            day.map(|day| day.to_string()).unwrap_or_default()
        };
        let listener = Listener {
            language,
            unit_name: &unit_name,
            day: &day,
        };
        let events = self.history(&ticket.number, says_something(&ticket)).await?;
        let mut told = history::tell(&events, &listener);
        if let Some(told_at) = told.rejoined_at {
            // One reply reaches all.
            let events = self.history(&ticket.merged_into, true).await?;
            told.answer = history::tell(history::as_answered(&events, told_at), &listener).answer;
        }
        let unit_name = unit_name(&ticket.lead_unit).unwrap_or_default();
        let rating_link = self.rating_link(&ticket).await?;
        let due_reason = self.due_reason(&ticket, language).await?;
        let now = self.clock.now();
        Ok(Tracked {
            may_object: rights::may_object(&ticket, &rules, now),
            may_request_review: rights::may_request_review(&ticket, &rules, now),
            ticket,
            unit_name,
            rating_link,
            told,
            language,
            due_reason,
        })
    }

    /// Why the resident's clock is due when it is, while it runs: the short form.
    async fn due_reason(&self, ticket: &Ticket, language: Language) -> Result<Vec<String>, Fault> {
        if wire::cap_of(ticket).is_none() {
            return Ok(Vec::new());
        }
        let request = ExplainClockRequest {
            number: ticket.number.clone(),
            kind: ClockKind::Citizen.into(),
            ..ExplainClockRequest::default()
        };
        let answer = self.tickets().explain_clock(request).await?.into_inner();
        let lines = answer.explanations.into_iter().flat_map(|one| one.short);
        Ok(lines
            .map(|line| language.choose(&line.zh, &line.en).to_owned())
            .collect())
    }

    /// The link to rate by, while a rating is open.
    async fn rating_link(&self, ticket: &Ticket) -> Result<String, Fault> {
        if !link::is_open(ticket) {
            return Ok(String::new());
        }
        let request = MakeRatingLinkRequest {
            number: ticket.number.clone(),
            answer: ticket.answers,
        };
        Ok(self
            .vault()
            .make_rating_link(request)
            .await?
            .into_inner()
            .rating_link)
    }

    /// A page of tickets to ring back, as the caller may see them: first those past their deadline without an answer, then
    /// the answered ones.
    pub(crate) async fn callbacks(
        &self,
        call: &Call,
        size: usize,
        token: &str,
    ) -> Result<ListTicketsResponse, Fault> {
        let mut rows = Vec::new();
        if let Some(token) = calls::late_token(token) {
            let late = self.ringing(call, calls::late(size, token)).await?;
            rows = late.tickets;
            if !late.next_page_token.is_empty() || rows.len() >= size {
                let next_page_token = calls::after_late(&late.next_page_token);
                return Ok(ListTicketsResponse {
                    tickets: rows,
                    next_page_token,
                });
            }
        }
        let answered = calls::answered(size - rows.len(), calls::answered_token(token));
        let answered = self.ringing(call, answered).await?;
        rows.extend(answered.tickets);
        Ok(ListTicketsResponse {
            tickets: rows,
            next_page_token: calls::after_answered(&answered.next_page_token),
        })
    }

    async fn ringing(&self, call: &Call, request: ListTicketsRequest) -> Result<ListTicketsResponse, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of(NAME, call));
        Ok(tickets.list_tickets(request).await?.into_inner())
    }

    /// The resident's own word by his link. Good once, for the answer it was made for: the same word again is the same
    /// answer, another word, an older link and a forged one are refused alike.
    pub(crate) async fn rate(&self, said: Said) -> Result<Ticket, Fault> {
        let read = ReadRatingLinkRequest {
            rating_link: said.rating_link,
        };
        let read = self.vault().read_rating_link(read).await?.into_inner();
        if read.number.is_empty() {
            return Err(wrong_link());
        }
        let ticket = self.ticket(&read.number).await?.ok_or_else(wrong_link)?;
        if ticket.answers != read.answer {
            return Err(wrong_link());
        }
        // No expected version: it would make a repeated word another one. A new answer takes people minutes, not the
        // moment between reading the ticket and this.
        let request = RecordCallbackRequest {
            request_id: link::request_id(&read.number, read.answer),
            number: read.number,
            reached: true,
            solved: Some(said.solved),
            rating: said.rating,
            reason: said.reason,
            expected_version: None,
        };
        let recorded = self
            .tickets()
            .record_callback(request)
            .await
            .map_err(|status| used_or(status.into()))?;
        recorded
            .into_inner()
            .ticket
            .ok_or_else(|| Fault::internal("an outcome without a ticket"))
    }

    /// A ticket as the system sees it; none when there is none.
    async fn ticket(&self, number: &str) -> Result<Option<Ticket>, Fault> {
        let request = GetTicketRequest {
            number: number.to_owned(),
            ..GetTicketRequest::default()
        };
        match self.tickets().get_ticket(request).await.map_err(Fault::from) {
            Ok(answer) => Ok(answer.into_inner().ticket),
            Err(fault) if fault.code() == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// A ticket's facts, oldest first.
    async fn history(&self, number: &str, words: bool) -> Result<Vec<TicketEvent>, Fault> {
        let mut tickets = self.tickets();
        let (mut events, mut page_token) = (Vec::new(), String::new());
        for _ in 0..HISTORY_PAGES_MAX {
            let (number, page_size) = (number.to_owned(), HISTORY_PAGE_SIZE);
            let request = ListTicketEventsRequest {
                number,
                words,
                page_size,
                page_token,
            };
            let page = tickets.list_ticket_events(request).await?.into_inner();
            events.extend(page.events);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        Ok(events)
    }

    fn tickets(&self) -> TicketServiceClient<Line> {
        TicketServiceClient::new(self.tickets.as_role(NAME))
    }

    fn vault(&self) -> VaultServiceClient<Line> {
        VaultServiceClient::new(self.vault.as_role(NAME))
    }
}

/// Whether anything was written for the resident: words are opened only then.
fn says_something(ticket: &Ticket) -> bool {
    let is_told = match ticket.phase() {
        Phase::CallbackDue | Phase::Closed | Phase::AwaitingCitizen | Phase::Suspended => true,
        Phase::Unspecified
        | Phase::Accepted
        | Phase::Consulting
        | Phase::Dispatched
        | Phase::Handling
        | Phase::ReplyReview => false,
    };
    is_told || ticket.extensions > 0 || ticket.objected || ticket.reviewed
}

fn wrong_link() -> Fault {
    Refusal::new(Reason::WrongCode).into()
}

/// What tickets says of a link that has done its work (another word was said, by it or on the telephone) tells whoever
/// holds it nothing.
fn used_or(fault: Fault) -> Fault {
    let is_over = [Reason::WrongPhase, Reason::OutcomeRecorded]
        .iter()
        .any(|over| over.as_str() == fault.reason());
    if is_over || matches!(fault.code(), Code::AlreadyExists | Code::NotFound) {
        wrong_link()
    } else {
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_has_done_its_work_is_as_good_as_none() {
        let over = [Reason::WrongPhase.into(), Reason::OutcomeRecorded.into()]
            .map(|refusal: Refusal| refusal.into());
        for fault in over.into_iter().chain([Fault::reused(), Fault::not_found()]) {
            assert_eq!(used_or(fault).reason(), "WRONG_CODE");
        }
        assert_eq!(used_or(Fault::unavailable("", "")).code(), Code::Unavailable);
        assert_eq!(
            used_or(Fault::invalid("reason", "", "")).code(),
            Code::InvalidArgument
        );
    }
}
