//! Handlers: open, call, answer.

use std::sync::Arc;

use kit::call::open;
use proto::intake::v1 as pb;
use proto::intake::v1::intake_service_server::IntakeService;
use tonic::{Request, Response, Status};

use crate::service::Intake;
use crate::wire;

/// The gRPC face of intake.
#[derive(Clone)]
pub struct IntakeRpc {
    intake: Arc<Intake>,
}

impl IntakeRpc {
    pub(crate) fn new(intake: Arc<Intake>) -> Self {
        Self { intake }
    }
}

#[tonic::async_trait]
impl IntakeService for IntakeRpc {
    async fn register_call(
        &self,
        request: Request<pb::RegisterCallRequest>,
    ) -> Result<Response<pb::RegisterCallResponse>, Status> {
        let (call, request) = open(request)?;
        let ringing = wire::ringing(&request)?;

        let (at, pop) = self.intake.register_call(&call, ringing).await?;

        Ok(Response::new(wire::popped(request.call_id, at, pop)))
    }

    async fn end_call(
        &self,
        request: Request<pb::EndCallRequest>,
    ) -> Result<Response<pb::EndCallResponse>, Status> {
        let (call, request) = open(request)?;
        let (id, outcome) = wire::ending(&request)?;

        let at = self.intake.end_call(&call, &id, outcome).await?;

        Ok(Response::new(wire::ended(request.call_id, at)))
    }

    async fn submit_complaint(
        &self,
        request: Request<pb::SubmitComplaintRequest>,
    ) -> Result<Response<pb::SubmitComplaintResponse>, Status> {
        let (call, request) = open(request)?;
        let form = wire::form(request)?;

        let registered = self.intake.submit(&call, &form).await?;

        Ok(Response::new(wire::submitted(registered)?))
    }
}
