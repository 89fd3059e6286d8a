//! Use cases: a call arrives, a call ends, a form is taken in.

use std::time::Duration;

use domain::id::CallerHash;
use jiff::Timestamp;
use kit::call::Call;
use kit::clock::SharedClock;
use kit::fault::Fault;
use kit::link::Link;
use kit::{reason, wire};
use proto::tickets::v1::RegisterResponse;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::triage::v1::SuggestTriageResponse;
use proto::triage::v1::triage_service_client::TriageServiceClient;
use proto::vault::v1::HashCallerRequest;
use proto::vault::v1::vault_service_client::VaultServiceClient;
use tokio::sync::Semaphore;

use crate::NAME;
use crate::calls::{Arrival, CallId, Calls, Outcome};
use crate::limits::{BACKLOG_FREE_MS, PAUSE_MAX, PAUSED_MAX, TRIAGE_WITHIN};
use crate::pop::{self, Pop};
use crate::recognised::Recognised;
use crate::wire::{Form, Ringing};

/// The ways in.
pub(crate) struct Intake {
    tickets: Link,
    vault: Link,
    triage: Link,
    clock: SharedClock,
    calls: Calls,
    pausing: Semaphore,
}

impl Intake {
    pub(crate) fn new(tickets: Link, vault: Link, triage: Link, clock: SharedClock, calls: Calls) -> Self {
        Self {
            tickets,
            vault,
            triage,
            clock,
            calls,
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
            .register(&id, arrival, &call.actor.holder, self.clock.now())
            .await?;
        let pop = match &caller {
            Some(caller) => pop::read(&self.tickets, call, caller).await?,
            None => Pop::default(),
        };
        Ok((at, pop))
    }

    /// A call has ended. Whether its ticket exists is not asked: an operator who has just registered a confidential
    /// report cannot see it either, and must not learn here whether another number exists.
    pub(crate) async fn end_call(
        &self,
        call: &Call,
        id: &CallId,
        outcome: Outcome,
    ) -> Result<Timestamp, Fault> {
        let at = self
            .calls
            .end(id, outcome, &call.actor.holder, self.clock.now())
            .await?;
        if matches!(outcome, Outcome::Dropped { number: None }) {
            tracing::info!("a call was dropped: it stays on record without a ticket");
        }
        Ok(at)
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
