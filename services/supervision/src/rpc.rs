//! Handlers: open, ask, answer.

use std::sync::Arc;

use futures::StreamExt as _;
use kit::call::open;
use kit::hand::Messages;
use proto::supervision::v1 as pb;
use proto::supervision::v1::supervision_service_server::SupervisionService;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::service::Supervision;
use crate::{due_loop, notices, wire};

/// The gRPC face of supervision.
#[derive(Clone)]
pub struct SupervisionRpc {
    supervision: Arc<Supervision>,
}

impl SupervisionRpc {
    pub(crate) fn new(supervision: Arc<Supervision>) -> Self {
        Self { supervision }
    }

    /// How the due loop stands, for metrics.
    pub fn due_loop(&self) -> due_loop::Status {
        self.supervision.status.clone()
    }

    /// How the outbox of notices stands, for metrics; none where there is no outbox.
    pub fn notices(&self) -> Option<notices::Gauge> {
        self.supervision.outbox.clone().map(notices::Gauge::new)
    }
}

#[tonic::async_trait]
impl SupervisionService for SupervisionRpc {
    type WatchEscalationsStream = Messages<pb::WatchEscalationsResponse>;

    async fn list_due(
        &self,
        request: Request<pb::ListDueRequest>,
    ) -> Result<Response<pb::ListDueResponse>, Status> {
        let (call, request) = open(request)?;
        let (query, page) = wire::due_query(request)?;

        let list = self.supervision.list_due(&call, &query, &page).await?;

        Ok(Response::new(wire::due_list(list)))
    }

    async fn get_due_summary(
        &self,
        request: Request<pb::GetDueSummaryRequest>,
    ) -> Result<Response<pb::GetDueSummaryResponse>, Status> {
        let (call, request) = open(request)?;
        let query = wire::summary_query(&request)?;

        let summary = self.supervision.due_summary(&call, &query).await?;

        Ok(Response::new(wire::summary(summary)))
    }

    async fn list_escalations(
        &self,
        request: Request<pb::ListEscalationsRequest>,
    ) -> Result<Response<pb::ListEscalationsResponse>, Status> {
        let (call, request) = open(request)?;
        let (query, page) = wire::escalation_query(request)?;

        let (shown, next_page_token) = self.supervision.list_escalations(&call, &query, &page).await?;

        let escalations = shown.iter().map(wire::escalation).collect();
        Ok(Response::new(pb::ListEscalationsResponse {
            escalations,
            next_page_token,
        }))
    }

    async fn watch_escalations(
        &self,
        request: Request<pb::WatchEscalationsRequest>,
    ) -> Result<Response<Self::WatchEscalationsStream>, Status> {
        let (call, request) = open(request)?;
        let query = wire::watched(&request)?;

        let sent = self.supervision.watch(&call, query, &request.resume_token)?;

        let messages = ReceiverStream::new(sent).map(move |sent| match sent {
            Ok(sent) => Ok(wire::sent(&sent)),
            Err(fault) => Err(fault.status(call.language)),
        });
        let draining = Box::pin(self.supervision.drain.draining());
        Ok(Response::new(messages.take_until(draining).boxed()))
    }

    async fn acknowledge_escalation(
        &self,
        request: Request<pb::AcknowledgeEscalationRequest>,
    ) -> Result<Response<pb::AcknowledgeEscalationResponse>, Status> {
        let (call, request) = open(request)?;
        let acknowledging = wire::acknowledgement(request)?;

        let shown = self.supervision.acknowledge(&call, &acknowledging).await?;

        Ok(Response::new(pb::AcknowledgeEscalationResponse {
            escalation: Some(wire::escalation(&shown)),
        }))
    }

    async fn list_promises(
        &self,
        request: Request<pb::ListPromisesRequest>,
    ) -> Result<Response<pb::ListPromisesResponse>, Status> {
        let (call, request) = open(request)?;
        let missed_only = request.missed_only;
        let request = wire::suspended(request)?;

        let page = self.supervision.page_of(&call, request).await?;

        let now = self.supervision.clock.now();
        Ok(Response::new(wire::promises(page, missed_only, now)?))
    }

    async fn list_orders(
        &self,
        request: Request<pb::ListOrdersRequest>,
    ) -> Result<Response<pb::ListOrdersResponse>, Status> {
        let (call, request) = open(request)?;
        let overdue_only = request.overdue_only;
        let request = wire::with_open_order(request)?;

        let page = self.supervision.page_of(&call, request).await?;

        let now = self.supervision.clock.now();
        Ok(Response::new(wire::orders(page, overdue_only, now)?))
    }

    async fn list_proposals(
        &self,
        request: Request<pb::ListProposalsRequest>,
    ) -> Result<Response<pb::ListProposalsResponse>, Status> {
        let (call, request) = open(request)?;
        let (query, page) = wire::proposal_query(request)?;

        let (open, next_page_token) = self.supervision.list_proposals(&call, &query, &page).await?;

        let proposals = open.iter().map(wire::proposal).collect();
        Ok(Response::new(pb::ListProposalsResponse {
            proposals,
            next_page_token,
        }))
    }

    async fn get_due_loop(
        &self,
        request: Request<pb::GetDueLoopRequest>,
    ) -> Result<Response<pb::GetDueLoopResponse>, Status> {
        open(request)?;

        let (standing, lag) = self.supervision.due_loop().await;

        Ok(Response::new(pb::GetDueLoopResponse {
            due_loop: Some(wire::due_loop(&standing, lag)),
        }))
    }

    async fn confirm_clock(
        &self,
        request: Request<pb::ConfirmClockRequest>,
    ) -> Result<Response<pb::ConfirmClockResponse>, Status> {
        let (call, request) = open(request)?;
        let confirmation = wire::confirmation(request);

        let (standing, lag) = self.supervision.confirm_clock(&call, confirmation).await?;

        Ok(Response::new(pb::ConfirmClockResponse {
            due_loop: Some(wire::due_loop(&standing, lag)),
        }))
    }

    async fn list_notices(
        &self,
        request: Request<pb::ListNoticesRequest>,
    ) -> Result<Response<pb::ListNoticesResponse>, Status> {
        let (call, request) = open(request)?;
        let (query, page) = wire::notice_query(request)?;

        let list = self.supervision.list_notices(&call, &query, &page).await?;

        let now = self.supervision.clock.now();
        Ok(Response::new(wire::notice_list(list, now)))
    }

    async fn retry_notice(
        &self,
        request: Request<pb::RetryNoticeRequest>,
    ) -> Result<Response<pb::RetryNoticeResponse>, Status> {
        let (call, request) = open(request)?;
        let (id, request) = wire::retry(request)?;

        let entry = self.supervision.retry_notice(&call, &id, &request).await?;

        let now = self.supervision.clock.now();
        Ok(Response::new(pb::RetryNoticeResponse {
            notice: Some(wire::notice(&id, &entry, now)),
        }))
    }
}
