//! Use cases: a call arrives, a call ends, a missed call is rung back, a form is taken in.

use std::sync::Arc;
use std::time::Duration;

use domain::id::CallerHash;
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use kit::link::Link;
use kit::page::Tokens;
use kit::{reason, wire};
use proto::tickets::v1::RegisterResponse;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::triage::v1::SuggestTriageResponse;
use proto::triage::v1::triage_service_client::TriageServiceClient;
use proto::vault::v1::HashCallerRequest;
use proto::vault::v1::vault_service_client::VaultServiceClient;
use tokio::sync::Semaphore;

use crate::NAME;
use crate::calls::{Arrival, Calls, CutOff};
use crate::ledger::Origin;
use crate::limits::{BACKLOG_FREE_MS, PAUSE_MAX, PAUSED_MAX, TRIAGE_WITHIN};
use crate::missed::{Item, Query, Said};
use crate::pop::{self, Pop};
use crate::recognised::Recognised;
use crate::ring_back::{Listed, Reported, RingBack};
use crate::wire::{Ending, Form, ListAsked, MissedReport, Ringing};

/// The ways in.
pub(crate) struct Intake {
    tickets: Link,
    vault: Link,
    triage: Link,
    calls: Calls,
    ring_back: Arc<RingBack>,
    tokens: Tokens,
    pausing: Semaphore,
}

/// The links of this role.
pub(crate) struct Links {
    pub(crate) tickets: Link,
    pub(crate) vault: Link,
    pub(crate) triage: Link,
}

impl Intake {
    pub(crate) fn new(links: Links, calls: Calls, ring_back: Arc<RingBack>, tokens: Tokens) -> Self {
        let Links {
            tickets,
            vault,
            triage,
        } = links;
        Self {
            tickets,
            vault,
            triage,
            calls,
            ring_back,
            tokens,
            pausing: Semaphore::new(PAUSED_MAX),
        }
    }

    /// A call has reached an agent: kept first, then the caller's tickets are looked up. The call stays kept where the
    /// looking up fails; the switchboard asks again and gets both.
    pub(crate) async fn register_call(
        &self,
        call: &Call,
        ringing: Ringing,
    ) -> Result<(Timestamp, Pop), Fault> {
        let Ringing {
            id,
            phone,
            called,
            queue,
            agent,
        } = ringing;
        let caller = self.caller_hash(phone).await?;
        let arrival = Arrival {
            caller: caller.clone(),
            called,
            queue,
            agent,
        };
        let at = self
            .calls
            .register(&id, arrival, &call.actor.holder, self.ring_back.when())
            .await?;
        let pop = match &caller {
            Some(caller) => pop::read(&self.tickets, call, caller).await?,
            None => Pop::default(),
        };
        Ok((at, pop))
    }

    /// A call has ended: when, and by when it is to be rung back where it was cut off. Whether its ticket exists is not
    /// asked: an operator who has just registered a confidential report cannot see it either, and must not learn here
    /// whether another number exists.
    pub(crate) async fn end_call(
        &self,
        call: &Call,
        ending: Ending,
    ) -> Result<(Timestamp, Option<Timestamp>), Fault> {
        let Ending { id, outcome, danger } = ending;
        let cut_off = if outcome.is_missed(danger) {
            let (taken, at) = (self.ring_back.numbers().await, self.ring_back.when().now);
            Some(CutOff {
                danger,
                clock: taken.clock(danger, at),
                day: taken.day(at),
            })
        } else {
            None
        };
        let at = self
            .calls
            .end(&id, outcome, cut_off, &call.actor.holder, self.ring_back.when())
            .await?;
        Ok((at, self.ring_back.due(&id)))
    }

    /// A call was missed before it reached an agent. Its number goes to the vault for the keyed hash and stays nowhere.
    pub(crate) async fn record_missed_call(
        &self,
        call: &Call,
        report: MissedReport,
    ) -> Result<(Item, Timestamp), Fault> {
        let caller = self.caller_hash(report.phone).await?;
        let from = Origin {
            caller,
            called: report.called,
            queue: report.queue,
        };
        let reported = Reported {
            call: report.id,
            from,
            danger: report.danger,
            missed_at: report.missed_at,
        };
        self.ring_back.report(call, reported).await
    }

    /// What an operator says of a missed call. As when a call ends, whether the ticket he names exists is not asked.
    pub(crate) async fn say_of_missed_call(&self, said: Said) -> Result<(Item, Timestamp), Fault> {
        self.ring_back.say(said).await
    }

    /// A page of missed calls, its figures, and the token of the next one.
    pub(crate) async fn list_missed_calls(&self, asked: ListAsked) -> Result<(Listed, String), Fault> {
        let name = format!("missed calls {:?} {}", asked.which, asked.overdue_only);
        let query = Query {
            which: asked.which,
            overdue_only: asked.overdue_only,
            size: asked.size,
            after: self.tokens.open_page(name.as_bytes(), &asked.page_token)?,
        };
        let listed = self.ring_back.list(&query, asked.days).await;
        let token = listed.next.as_ref();
        let token = token.map(|next| self.tokens.seal(name.as_bytes(), next));
        Ok((listed, token.unwrap_or_default()))
    }

    /// A form becomes a ticket.
    pub(crate) async fn submit(&self, call: &Call, form: &Form) -> Result<RegisterResponse, Fault> {
        let recognised = self.recognise(call, form).await;
        match self.register(call, form, recognised).await {
            Err(fault) if fault.reason() == reason::REUSED => {
                self.submitted_before(call, form, recognised, fault).await
            }
            answered => answered,
        }
    }

    /// A form whose request is known with other content. What words are taken for is part of that content and may have
    /// changed since, so the request is looked for under everything else it can have been; words that differ are
    /// found under none, and the refusal stands.
    async fn submitted_before(
        &self,
        call: &Call,
        form: &Form,
        recognised: Recognised,
        refused: Fault,
    ) -> Result<RegisterResponse, Fault> {
        for other in recognised.otherwise(form.given) {
            match self.register(call, form, other).await {
                Err(fault) if fault.reason() == reason::REUSED => {}
                answered => return answered,
            }
        }
        Err(refused)
    }

    async fn register(
        &self,
        call: &Call,
        form: &Form,
        recognised: Recognised,
    ) -> Result<RegisterResponse, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of(NAME, call));
        Ok(tickets
            .register(form.registration(recognised))
            .await?
            .into_inner())
    }

    /// What a form is taken for. Triage that fails or dawdles is done without: no complaint is lost to it.
    async fn recognise(&self, call: &Call, form: &Form) -> Recognised {
        match tokio::time::timeout(TRIAGE_WITHIN, self.suggested(call, form)).await {
            Ok(Ok(suggested)) => {
                self.hold_up(pause(suggested.backlog_ms)).await;
                return Recognised::by(&suggested, form.given);
            }
            Ok(Err(fault)) => tracing::warn!(reason = fault.reason(), "a form is taken in without triage"),
            Err(_) => tracing::warn!(reason = reason::DEADLINE, "a form is taken in without triage"),
        }
        Recognised::unaided(form.given)
    }

    /// Lets dispatching catch up. Where enough forms wait for that already, further ones pass.
    async fn hold_up(&self, pause: Duration) {
        if let Ok(_place) = self.pausing.try_acquire() {
            tokio::time::sleep(pause).await;
        }
    }

    async fn suggested(&self, call: &Call, form: &Form) -> Result<SuggestTriageResponse, Fault> {
        let mut triage = TriageServiceClient::new(self.triage.on_behalf_of(NAME, call));
        Ok(triage.suggest_triage(form.matter()).await?.into_inner())
    }

    /// Who calls, as one who can be known again; none when the number is withheld.
    async fn caller_hash(&self, phone: Option<String>) -> Result<Option<CallerHash>, Fault> {
        let Some(phone) = phone else { return Ok(None) };
        let mut vault = VaultServiceClient::new(self.vault.as_role(NAME));
        let answer = vault.hash_caller(HashCallerRequest { phone }).await?.into_inner();
        wire::optional_caller_hash("caller_number", &answer.caller_hash)
    }
}

/// How long a form waits so that dispatching keeps up with taking in: nothing until it is a good moment behind, then more the
/// further it is, never more than a resident at a form would notice. Nobody is turned away.
fn pause(backlog_ms: u64) -> Duration {
    Duration::from_millis(backlog_ms.saturating_sub(BACKLOG_FREE_MS) / 2).min(PAUSE_MAX)
}
