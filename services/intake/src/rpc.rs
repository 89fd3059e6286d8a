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
        let ending = wire::ending(&request)?;

        let (at, due_at) = self.intake.end_call(&call, ending).await?;

        Ok(Response::new(wire::ended(request.call_id, at, due_at)))
    }

    async fn record_missed_call(
        &self,
        request: Request<pb::RecordMissedCallRequest>,
    ) -> Result<Response<pb::RecordMissedCallResponse>, Status> {
        let (call, request) = open(request)?;
        let report = wire::missed_report(&request)?;

        let (item, now) = self.intake.record_missed_call(&call, report).await?;

        let missed_call = Some(wire::missed_call(&item, now));
        Ok(Response::new(pb::RecordMissedCallResponse { missed_call }))
    }

    async fn list_missed_calls(
        &self,
        request: Request<pb::ListMissedCallsRequest>,
    ) -> Result<Response<pb::ListMissedCallsResponse>, Status> {
        let (_, request) = open(request)?;
        let asked = wire::missed_list(request)?;

        let (list, next_page_token) = self.intake.list_missed_calls(asked).await?;

        Ok(Response::new(wire::listed(&list, next_page_token)))
    }

    async fn record_call_back(
        &self,
        request: Request<pb::RecordCallBackRequest>,
    ) -> Result<Response<pb::RecordCallBackResponse>, Status> {
        let (call, request) = open(request)?;
        let said = wire::call_back(&request, &call.actor.holder)?;

        let (item, now) = self.intake.say_of_missed_call(said).await?;

        let missed_call = Some(wire::missed_call(&item, now));
        Ok(Response::new(pb::RecordCallBackResponse { missed_call }))
    }

    async fn record_sms(
        &self,
        request: Request<pb::RecordSmsRequest>,
    ) -> Result<Response<pb::RecordSmsResponse>, Status> {
        let (call, request) = open(request)?;
        let said = wire::sms(&request, &call.actor.holder)?;

        let (item, now) = self.intake.say_of_missed_call(said).await?;

        let missed_call = Some(wire::missed_call(&item, now));
        Ok(Response::new(pb::RecordSmsResponse { missed_call }))
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
