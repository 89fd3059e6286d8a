//! Handlers: open, ask, answer.

use std::sync::Arc;

use kit::call::open;
use proto::supervision::v1 as pb;
use proto::supervision::v1::supervision_service_server::SupervisionService;
use tonic::{Request, Response, Status};

use crate::service::Supervision;
use crate::{due_loop, wire};

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
}

#[tonic::async_trait]
impl SupervisionService for SupervisionRpc {
    async fn list_due(
        &self,
        request: Request<pb::ListDueRequest>,
    ) -> Result<Response<pb::ListDueResponse>, Status> {
        let (call, request) = open(request)?;
        let (query, page) = wire::due_query(request)?;

        let list = self.supervision.list_due(&call, &query, &page).await?;

        Ok(Response::new(wire::due_list(list)))
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

    async fn acknowledge_escalation(
        &self,
        request: Request<pb::AcknowledgeEscalationRequest>,
    ) -> Result<Response<pb::AcknowledgeEscalationResponse>, Status> {
        let (call, request) = open(request)?;
        let (id, request) = wire::acknowledgement(request)?;

        let shown = self.supervision.acknowledge(&call, &id, &request).await?;

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
}
