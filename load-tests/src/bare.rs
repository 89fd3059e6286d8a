//! The baselines: the same call over the same gRPC, answered by nothing at all, and by a journal with no index.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use proto::common::v1 as common;
use proto::intake::v1 as pb;
use proto::intake::v1::intake_service_server::{IntakeService, IntakeServiceServer};
use proto::tickets::v1::{Clock, Ticket};
use serde::{Deserialize, Serialize};
use storage::{Log, LogOptions};
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::clock;

/// Answers every form with the same receipt until killed.
pub(crate) async fn echo(listen: SocketAddr) -> anyhow::Result<()> {
    serve(
        listen,
        Bare {
            receipt: receipt(),
            log: None,
        },
    )
    .await
}

/// The same, but every form is in a journal and on the disk before it is answered.
pub(crate) async fn journal(listen: SocketAddr, data: &Path) -> anyhow::Result<()> {
    let options = LogOptions {
        at: clock::today(),
        ..LogOptions::default()
    };
    let (log, _) = Log::open(data, "form", options)
        .await
        .context("cannot open the journal")?;
    serve(
        listen,
        Bare {
            receipt: receipt(),
            log: Some(log),
        },
    )
    .await
}

async fn serve(listen: SocketAddr, bare: Bare) -> anyhow::Result<()> {
    Ok(Server::builder()
        .add_service(IntakeServiceServer::new(bare))
        .serve(listen)
        .await?)
}

struct Bare {
    receipt: pb::SubmitComplaintResponse,
    log: Option<Log<Kept>>,
}

/// A form as the journal keeps it.
#[derive(Serialize, Deserialize)]
struct Kept {
    request_id: String,
    channel: i32,
    kind: i32,
    standing: i32,
    subject: String,
    body: String,
    place: String,
    name: String,
    phone: String,
}

#[tonic::async_trait]
impl IntakeService for Bare {
    async fn register_call(
        &self,
        _: Request<pb::RegisterCallRequest>,
    ) -> Result<Response<pb::RegisterCallResponse>, Status> {
        Err(Status::unimplemented("only forms are echoed"))
    }

    async fn end_call(
        &self,
        _: Request<pb::EndCallRequest>,
    ) -> Result<Response<pb::EndCallResponse>, Status> {
        Err(Status::unimplemented("only forms are echoed"))
    }

    async fn record_missed_call(
        &self,
        _: Request<pb::RecordMissedCallRequest>,
    ) -> Result<Response<pb::RecordMissedCallResponse>, Status> {
        Err(Status::unimplemented("only forms are echoed"))
    }

    async fn list_missed_calls(
        &self,
        _: Request<pb::ListMissedCallsRequest>,
    ) -> Result<Response<pb::ListMissedCallsResponse>, Status> {
        Err(Status::unimplemented("only forms are echoed"))
    }

    async fn record_call_back(
        &self,
        _: Request<pb::RecordCallBackRequest>,
    ) -> Result<Response<pb::RecordCallBackResponse>, Status> {
        Err(Status::unimplemented("only forms are echoed"))
    }

    async fn record_sms(
        &self,
        _: Request<pb::RecordSmsRequest>,
    ) -> Result<Response<pb::RecordSmsResponse>, Status> {
        Err(Status::unimplemented("only forms are echoed"))
    }

    async fn submit_complaint(
        &self,
        request: Request<pb::SubmitComplaintRequest>,
    ) -> Result<Response<pb::SubmitComplaintResponse>, Status> {
        if let Some(log) = &self.log {
            let kept = kept(request.into_inner());
            log.append(clock::today(), kept)
                .await
                .map_err(|failure| Status::unavailable(failure.to_string()))?;
        }
        Ok(Response::new(self.receipt.clone()))
    }
}

fn kept(request: pb::SubmitComplaintRequest) -> Kept {
    let identity = request.identity.unwrap_or_default();
    Kept {
        request_id: request.request_id,
        channel: request.channel,
        kind: request.r#type,
        standing: request.standing,
        subject: request.subject,
        body: request.body,
        place: request.place,
        name: identity.name,
        phone: identity.phone,
    }
}

/// As the hotline answers: a number, a query code, and a new ticket with the clocks that run at once.
fn receipt() -> pb::SubmitComplaintResponse {
    let time = |seconds: i64| {
        Some(prost_types::Timestamp {
            seconds: 1_793_000_000 + seconds,
            nanos: 987_654_321,
        })
    };
    let running = |kind: common::ClockKind, limit: &str, seconds: i64| Clock {
        kind: kind.into(),
        run: 1,
        limit: limit.to_owned(),
        start_time: time(0),
        due_time: time(seconds),
        yellow_time: time(seconds / 2),
        ..Clock::default()
    };
    let ticket = Ticket {
        number: "20261122-0000017".to_owned(),
        version: 3,
        phase: common::Phase::Accepted.into(),
        r#type: common::RequestType::Complaint.into(),
        grade: common::Grade::C.into(),
        channel: common::Channel::Web.into(),
        light: common::Light::None.into(),
        clocks: vec![
            running(common::ClockKind::Citizen, "5 wd", 604_800),
            running(common::ClockKind::Triage, "30 min", 1_800),
        ],
        register_time: time(0),
        update_time: time(0),
        step_holder: "triage_desk".to_owned(),
        listeners: 1,
        ..Ticket::default()
    };
    pb::SubmitComplaintResponse {
        number: ticket.number.clone(),
        query_code: "K7QM-3VXA-9T".to_owned(),
        ticket: Some(ticket),
    }
}
