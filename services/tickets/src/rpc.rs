//! Handlers: open, ask, answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::id::TicketNumber;
use domain::ticket::Ticket;
use futures::StreamExt as _;
use kit::auth::Bearers;
use kit::call::{Call, open};
use kit::drain::Drain;
use kit::fault::Fault;
use kit::hand::{self, Messages};
use kit::page::page_size;
use proto::common::v1 as common;
use proto::tickets::v1 as pb;
use proto::tickets::v1::ticket_service_server::TicketService;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::facts;
use crate::limits::{
    DUE_DEFAULT, DUE_MAX, PAGE_DEFAULT, PAGE_MAX, RETRY_WATCH, RULINGS_DEFAULT, RULINGS_MAX, WATCH_BUFFER,
    WATCHERS_MAX,
};
use crate::query::{Shown, tied_to};
use crate::service::Tickets;
use crate::watch::Watcher;
use crate::wire::{self, Ordering, Reader};

/// The gRPC face of the tickets.
#[derive(Clone)]
pub struct TicketsRpc {
    tickets: Arc<Tickets>,
    drain: Drain,
    bearers: Bearers,
    watchers: Arc<Semaphore>,
}

impl TicketsRpc {
    pub(crate) fn new(tickets: Arc<Tickets>, drain: Drain, bearers: Bearers) -> Self {
        let watchers = Arc::new(Semaphore::new(WATCHERS_MAX));
        Self {
            tickets,
            drain,
            bearers,
            watchers,
        }
    }

    /// Every command but the registration.
    async fn command<R: Ordering>(&self, request: Request<R>) -> Result<Option<pb::Ticket>, Status> {
        let (call, request) = open(request)?;
        let order = wire::order(&call, &request)?;

        let written = self.tickets.execute(&call, order).await?;

        match written.first() {
            Some(ticket) => Ok(Some(self.basic(&call, ticket).await?)),
            None => Ok(None),
        }
    }

    async fn basic(&self, call: &Call, ticket: &Ticket) -> Result<pb::Ticket, Fault> {
        let hidden = self.tickets.hidden_from(call, tied_to(ticket, false)).await?;
        Ok(self.read_by(call, hidden, |reader| wire::basic(ticket, reader)))
    }

    /// With its words where they are wanted, and those of the similar tickets that may be told.
    async fn shown(
        &self,
        call: &Call,
        shown: &Shown,
        words: bool,
        similar: BTreeSet<TicketNumber>,
    ) -> Result<pb::Ticket, Fault> {
        if !words {
            return self.basic(call, &shown.ticket).await;
        }
        let hidden = self
            .tickets
            .hidden_from(call, tied_to(&shown.ticket, true))
            .await?;
        Ok(self.read_by(call, hidden, |reader| {
            wire::full(shown, &reader.with_similar(similar))
        }))
    }

    /// Which of the tickets called similar to one the caller is told of.
    async fn similar_of(
        &self,
        call: &Call,
        number: TicketNumber,
        similar: &[TicketNumber],
    ) -> Result<BTreeSet<TicketNumber>, Fault> {
        if similar.is_empty() {
            return Ok(BTreeSet::new());
        }
        let shown = self.tickets.show(call, number, false).await?;
        self.tickets.similar_shown(call, &shown.ticket, similar).await
    }

    fn read_by<T>(
        &self,
        call: &Call,
        hidden: BTreeSet<TicketNumber>,
        read: impl FnOnce(&Reader<'_>) -> T,
    ) -> T {
        let rules = self.tickets.rules();
        read(&Reader {
            now: self.tickets.clock.now(),
            rules: &rules,
            call,
            hidden,
            similar: BTreeSet::new(),
        })
    }
}

macro_rules! commands {
    ($($method:ident($request:ident) -> $response:ident),+ $(,)?) => {
        #[tonic::async_trait]
        impl TicketService for TicketsRpc {
            type WatchStream = Messages<pb::WatchResponse>;

            $(async fn $method(&self, request: Request<pb::$request>) -> Result<Response<pb::$response>, Status> {
                Ok(Response::new(pb::$response { ticket: self.command(request).await? }))
            })+

            async fn register(&self, request: Request<pb::RegisterRequest>) -> Result<Response<pb::RegisterResponse>, Status> {
                self.do_register(request).await
            }

            async fn split(&self, request: Request<pb::SplitRequest>) -> Result<Response<pb::SplitResponse>, Status> {
                self.do_split(request).await
            }

            async fn list_rulings(&self, request: Request<pb::ListRulingsRequest>) -> Result<Response<pb::ListRulingsResponse>, Status> {
                self.do_list_rulings(request).await
            }

            async fn get_ticket(&self, request: Request<pb::GetTicketRequest>) -> Result<Response<pb::GetTicketResponse>, Status> {
                self.do_get_ticket(request).await
            }

            async fn list_tickets(&self, request: Request<pb::ListTicketsRequest>) -> Result<Response<pb::ListTicketsResponse>, Status> {
                self.do_list_tickets(request).await
            }

            async fn list_ticket_events(
                &self,
                request: Request<pb::ListTicketEventsRequest>,
            ) -> Result<Response<pb::ListTicketEventsResponse>, Status> {
                self.do_list_ticket_events(request).await
            }

            async fn explain_clock(
                &self,
                request: Request<pb::ExplainClockRequest>,
            ) -> Result<Response<pb::ExplainClockResponse>, Status> {
                self.do_explain_clock(request).await
            }

            async fn list_due_clocks(
                &self,
                request: Request<pb::ListDueClocksRequest>,
            ) -> Result<Response<pb::ListDueClocksResponse>, Status> {
                self.do_list_due_clocks(request).await
            }

            async fn confirm_clock(
                &self,
                request: Request<pb::ConfirmClockRequest>,
            ) -> Result<Response<pb::ConfirmClockResponse>, Status> {
                self.do_confirm_clock(request)
            }

            async fn get_rules(&self, request: Request<pb::GetRulesRequest>) -> Result<Response<pb::GetRulesResponse>, Status> {
                self.do_get_rules(request).await
            }

            async fn get_clock_audit(
                &self,
                request: Request<pb::GetClockAuditRequest>,
            ) -> Result<Response<pb::GetClockAuditResponse>, Status> {
                self.do_get_clock_audit(request).await
            }

            async fn start_clock_audit(
                &self,
                request: Request<pb::StartClockAuditRequest>,
            ) -> Result<Response<pb::StartClockAuditResponse>, Status> {
                self.do_start_clock_audit(request)
            }

            async fn publish_rules(
                &self,
                request: Request<pb::PublishRulesRequest>,
            ) -> Result<Response<pb::PublishRulesResponse>, Status> {
                self.do_publish_rules(request).await
            }

            async fn list_rules(&self, request: Request<pb::ListRulesRequest>) -> Result<Response<pb::ListRulesResponse>, Status> {
                self.do_list_rules(request).await
            }

            async fn get_sealed_contact(
                &self,
                request: Request<pb::GetSealedContactRequest>,
            ) -> Result<Response<pb::GetSealedContactResponse>, Status> {
                self.do_get_sealed_contact(request).await
            }

            async fn watch(&self, request: Request<pb::WatchRequest>) -> Result<Response<Messages<pb::WatchResponse>>, Status> {
                self.do_watch(request)
            }
        }
    };
}

commands!(
    add_contact(AddContactRequest) -> AddContactResponse,
    answer_directly(AnswerDirectlyRequest) -> AnswerDirectlyResponse,
    decline(DeclineRequest) -> DeclineResponse,
    transfer_out(TransferOutRequest) -> TransferOutResponse,
    classify(ClassifyRequest) -> ClassifyResponse,
    dispatch(DispatchRequest) -> DispatchResponse,
    sign(SignRequest) -> SignResponse,
    record_first_contact(RecordFirstContactRequest) -> RecordFirstContactResponse,
    stage_report(StageReportRequest) -> StageReportResponse,
    submit_reply(SubmitReplyRequest) -> SubmitReplyResponse,
    audit_reply(AuditReplyRequest) -> AuditReplyResponse,
    record_callback(RecordCallbackRequest) -> RecordCallbackResponse,
    order_rework(OrderReworkRequest) -> OrderReworkResponse,
    urge(UrgeRequest) -> UrgeResponse,
    seal(SealRequest) -> SealResponse,
    fire_clock(FireClockRequest) -> FireClockResponse,
    escalate(EscalateRequest) -> EscalateResponse,
    annotate(AnnotateRequest) -> AnnotateResponse,
    withdraw(WithdrawRequest) -> WithdrawResponse,
    reopen(ReopenRequest) -> ReopenResponse,
    consult(ConsultRequest) -> ConsultResponse,
    give_opinion(GiveOpinionRequest) -> GiveOpinionResponse,
    redispatch(RedispatchRequest) -> RedispatchResponse,
    sub_assign(SubAssignRequest) -> SubAssignResponse,
    excuse(ExcuseRequest) -> ExcuseResponse,
    endorse(EndorseRequest) -> EndorseResponse,
    request_return(RequestReturnRequest) -> RequestReturnResponse,
    decide_return(DecideReturnRequest) -> DecideReturnResponse,
    adjudicate(AdjudicateRequest) -> AdjudicateResponse,
    decide_entry(DecideEntryRequest) -> DecideEntryResponse,
    request_extension(RequestExtensionRequest) -> RequestExtensionResponse,
    decide_extension(DecideExtensionRequest) -> DecideExtensionResponse,
    ask_citizen(AskCitizenRequest) -> AskCitizenResponse,
    citizen_replied(CitizenRepliedRequest) -> CitizenRepliedResponse,
    request_suspension(RequestSuspensionRequest) -> RequestSuspensionResponse,
    decide_suspension(DecideSuspensionRequest) -> DecideSuspensionResponse,
    check_promise(CheckPromiseRequest) -> CheckPromiseResponse,
    resume(ResumeRequest) -> ResumeResponse,
    request_termination(RequestTerminationRequest) -> RequestTerminationResponse,
    decide_termination(DecideTerminationRequest) -> DecideTerminationResponse,
    deadline_callback(DeadlineCallbackRequest) -> DeadlineCallbackResponse,
    request_review(RequestReviewRequest) -> RequestReviewResponse,
    decide_review(DecideReviewRequest) -> DecideReviewResponse,
    object(ObjectRequest) -> ObjectResponse,
    decide_objection(DecideObjectionRequest) -> DecideObjectionResponse,
    decide_proposal(DecideProposalRequest) -> DecideProposalResponse,
    issue_order(IssueOrderRequest) -> IssueOrderResponse,
    answer_order(AnswerOrderRequest) -> AnswerOrderResponse,
    request_exclusion(RequestExclusionRequest) -> RequestExclusionResponse,
    decide_exclusion(DecideExclusionRequest) -> DecideExclusionResponse,
    recuse(RecuseRequest) -> RecuseResponse,
    merge(MergeRequest) -> MergeResponse,
    unmerge(UnmergeRequest) -> UnmergeResponse,
    rejoin(RejoinRequest) -> RejoinResponse,
    record_erasure(RecordErasureRequest) -> RecordErasureResponse,
);

impl TicketsRpc {
    async fn do_register(
        &self,
        request: Request<pb::RegisterRequest>,
    ) -> Result<Response<pb::RegisterResponse>, Status> {
        let (call, request) = open(request)?;
        let registration = wire::registration(&request)?;

        let (ticket, query_code) = self.tickets.register(&call, registration).await?;

        let ticket = Some(self.basic(&call, &ticket).await?);
        Ok(Response::new(pb::RegisterResponse { ticket, query_code }))
    }

    async fn do_split(
        &self,
        request: Request<pb::SplitRequest>,
    ) -> Result<Response<pb::SplitResponse>, Status> {
        let (call, request) = open(request)?;
        let order = wire::order(&call, &request)?;

        let written = self.tickets.execute(&call, order).await?;

        let (ticket, split) = written
            .split_first()
            .ok_or_else(|| Fault::internal("a commit without tickets"))?;
        let codes = self.tickets.codes_of(&call, split).await?;
        let mut parts = Vec::with_capacity(split.len());
        for (part, query_code) in split.iter().zip(codes) {
            let ticket = Some(self.basic(&call, part).await?);
            parts.push(pb::SplitTicket { ticket, query_code });
        }
        let ticket = Some(self.basic(&call, ticket).await?);
        Ok(Response::new(pb::SplitResponse { ticket, parts }))
    }

    async fn do_list_rulings(
        &self,
        request: Request<pb::ListRulingsRequest>,
    ) -> Result<Response<pb::ListRulingsResponse>, Status> {
        let (call, request) = open(request)?;
        let near = wire::near(&request)?;
        let size = page_size(request.page_size, RULINGS_DEFAULT, RULINGS_MAX)?;

        let rulings = self.tickets.rulings(&call, near, size).await?;

        Ok(Response::new(pb::ListRulingsResponse {
            rulings: rulings.into_iter().map(wire::precedent).collect(),
        }))
    }

    async fn do_get_ticket(
        &self,
        request: Request<pb::GetTicketRequest>,
    ) -> Result<Response<pb::GetTicketResponse>, Status> {
        let (call, request) = open(request)?;
        let (number, words) = (
            kit::wire::number(&request.number)?,
            wire::wants_words(request.view)?,
        );

        let shown = self.tickets.show(&call, number, words).await?;
        let named = shown.ticket.proof.iter().filter(|_| words);
        let named: Vec<TicketNumber> = named.flat_map(|proof| proof.similar.clone()).collect();
        let similar = self.tickets.similar_shown(&call, &shown.ticket, &named).await?;

        let ticket = self.shown(&call, &shown, words, similar).await?;
        Ok(Response::new(pb::GetTicketResponse { ticket: Some(ticket) }))
    }

    async fn do_list_tickets(
        &self,
        request: Request<pb::ListTicketsRequest>,
    ) -> Result<Response<pb::ListTicketsResponse>, Status> {
        let (call, request) = open(request)?;
        let (filter, words) = (wire::filter(&request)?, wire::wants_words(request.view)?);
        let size = page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)?;

        let (rows, next_page_token) = self
            .tickets
            .list(&call, &filter, size, &request.page_token)
            .await?;

        let mut tickets = Vec::with_capacity(rows.len());
        for ticket in rows {
            let shown = self.tickets.shown(&call, ticket, words).await?;
            tickets.push(self.shown(&call, &shown, words, BTreeSet::new()).await?);
        }
        Ok(Response::new(pb::ListTicketsResponse {
            tickets,
            next_page_token,
        }))
    }

    async fn do_list_ticket_events(
        &self,
        request: Request<pb::ListTicketEventsRequest>,
    ) -> Result<Response<pb::ListTicketEventsResponse>, Status> {
        let (call, request) = open(request)?;
        let number = kit::wire::number(&request.number)?;
        let size = page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)?;

        let (shown, next_page_token) = self
            .tickets
            .events(&call, number, request.words, size, &request.page_token)
            .await?;

        let named = facts::others_in(shown.iter().map(|shown| &shown.recorded));
        let hidden = self.tickets.hidden_from(&call, named).await?;
        let similar = facts::similar_in(shown.iter().map(|shown| &shown.recorded));
        let similar = self.similar_of(&call, number, &similar).await?;
        let events = self.read_by(&call, hidden, |reader| {
            let reader = reader.with_similar(similar);
            shown.iter().map(|shown| wire::event(shown, &reader)).collect()
        });
        Ok(Response::new(pb::ListTicketEventsResponse {
            events,
            next_page_token,
        }))
    }

    async fn do_explain_clock(
        &self,
        request: Request<pb::ExplainClockRequest>,
    ) -> Result<Response<pb::ExplainClockResponse>, Status> {
        let (call, request) = open(request)?;
        let (number, which) = (
            kit::wire::number(&request.number)?,
            wire::explain::which(&request)?,
        );

        let told = self.tickets.explain(&call, number, &which).await?;

        let pictured_at = request.picture.then(|| self.tickets.clock.now());
        Ok(Response::new(pb::ExplainClockResponse {
            explanations: told.read(|one| wire::explain::explanation(one, pictured_at))?,
        }))
    }

    async fn do_list_due_clocks(
        &self,
        request: Request<pb::ListDueClocksRequest>,
    ) -> Result<Response<pb::ListDueClocksResponse>, Status> {
        let (_, request) = open(request)?;
        let before = kit::wire::optional_instant("before_time", request.before_time.as_ref())?;
        let size = page_size(request.page_size, DUE_DEFAULT, DUE_MAX)?;

        let page = self
            .tickets
            .due(before, size, &request.page_token, request.fires)
            .await?;

        Ok(Response::new(wire::due::due_page(page)))
    }

    fn do_confirm_clock(
        &self,
        request: Request<pb::ConfirmClockRequest>,
    ) -> Result<Response<pb::ConfirmClockResponse>, Status> {
        let (call, request) = open(request)?;
        let (reason, seen) = wire::due::confirmation(&request)?;

        let look = self.tickets.confirm_clock(&call, reason, seen)?;

        Ok(Response::new(pb::ConfirmClockResponse {
            clock: Some(wire::due::machine_clock(&look)),
        }))
    }

    async fn do_get_clock_audit(
        &self,
        request: Request<pb::GetClockAuditRequest>,
    ) -> Result<Response<pb::GetClockAuditResponse>, Status> {
        let (call, _) = open(request)?;

        let told = self.tickets.clock_audit(&call).await?;

        Ok(Response::new(wire::audit::told(&told)))
    }

    fn do_start_clock_audit(
        &self,
        request: Request<pb::StartClockAuditRequest>,
    ) -> Result<Response<pb::StartClockAuditResponse>, Status> {
        let (_, request) = open(request)?;
        kit::call::request_id(&request.request_id)?;

        self.tickets.audits.start();

        Ok(Response::new(pb::StartClockAuditResponse {}))
    }

    async fn do_publish_rules(
        &self,
        request: Request<pb::PublishRulesRequest>,
    ) -> Result<Response<pb::PublishRulesResponse>, Status> {
        let (call, request) = open(request)?;
        let (bundle, from) = wire::bundle(&request)?;

        let listed = self
            .tickets
            .publish(&call, bundle, from, request.validate_only)
            .await?;

        Ok(Response::new(pb::PublishRulesResponse {
            rules: Some(wire::rules_listed(&listed)),
        }))
    }

    async fn do_list_rules(
        &self,
        request: Request<pb::ListRulesRequest>,
    ) -> Result<Response<pb::ListRulesResponse>, Status> {
        open(request)?;

        let versions = self.tickets.versions().await?;

        let versions = versions.iter().map(wire::rules_listed).collect();
        Ok(Response::new(pb::ListRulesResponse { versions }))
    }

    async fn do_get_rules(
        &self,
        request: Request<pb::GetRulesRequest>,
    ) -> Result<Response<pb::GetRulesResponse>, Status> {
        let (_, request) = open(request)?;

        let (version, json) = self
            .tickets
            .rules_json(wire::rules_version(&request.version))
            .await?;

        Ok(Response::new(pb::GetRulesResponse {
            version: version.0,
            json,
        }))
    }

    async fn do_get_sealed_contact(
        &self,
        request: Request<pb::GetSealedContactRequest>,
    ) -> Result<Response<pb::GetSealedContactResponse>, Status> {
        let (call, request) = open(request)?;
        let number = kit::wire::number(&request.number)?;
        let contact = u16::try_from(request.contact).map_err(|_| Fault::not_found())?;

        let (sealed, may_unlock) = self.tickets.sealed_contact(&call, number, contact).await?;

        let identity = sealed.map(|sealed| common::Sealed {
            slot: sealed.slot.0,
            text: sealed.text.into(),
        });
        Ok(Response::new(pb::GetSealedContactResponse {
            identity,
            may_unlock,
        }))
    }

    fn do_watch(
        &self,
        request: Request<pb::WatchRequest>,
    ) -> Result<Response<Messages<pb::WatchResponse>>, Status> {
        let takes_values = hand::takes_values(&request);
        let (call, request) = open(request)?;
        let watcher = Watcher::new(
            self.tickets.clone(),
            self.bearers.clone(),
            call.clone(),
            wire::watching(request)?,
        )?;
        let place = Arc::clone(&self.watchers).try_acquire_owned().map_err(|_| {
            Fault::exhausted(
                "订阅者过多，请稍后重试",
                "too many watchers: try again",
                RETRY_WATCH,
            )
        })?;

        let (out, sent) = mpsc::channel(WATCH_BUFFER);
        self.drain.spawn("watch", async move {
            let _place = place;
            watcher.run(out).await;
        });

        let (rpc, draining) = (self.clone(), self.drain.draining());
        let messages = ReceiverStream::new(sent).map(move |sent| match sent {
            Ok(sent) => {
                let hidden = sent.hidden();
                Ok(rpc.read_by(&call, hidden, |reader| wire::sent(&sent, reader)))
            }
            Err(fault) => Err(fault.status(call.language)),
        });
        let messages = messages.take_until(Box::pin(draining)).boxed();
        Ok(hand::answer(takes_values, messages))
    }
}
