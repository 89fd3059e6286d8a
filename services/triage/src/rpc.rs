//! Handlers: open, ask, answer.

use std::sync::Arc;

use kit::call::open;
use proto::triage::v1 as pb;
use proto::triage::v1::triage_service_server::TriageService;
use tonic::{Request, Response, Status};

use crate::service::Triage;
use crate::similar::{self, Desk};
use crate::{lessons, wire};

/// The gRPC face of triage.
#[derive(Clone)]
pub struct TriageRpc {
    triage: Arc<Triage>,
    desk: Arc<Desk>,
    lessons: Arc<lessons::Desk>,
}

impl TriageRpc {
    pub(crate) fn new(triage: Arc<Triage>, desk: Arc<Desk>, lessons: Arc<lessons::Desk>) -> Self {
        Self {
            triage,
            desk,
            lessons,
        }
    }
}

#[tonic::async_trait]
impl TriageService for TriageRpc {
    async fn suggest_triage(
        &self,
        request: Request<pb::SuggestTriageRequest>,
    ) -> Result<Response<pb::SuggestTriageResponse>, Status> {
        let (call, request) = open(request)?;
        let (past, same) = (similar::wire::past(&request)?, similar::wire::past(&request)?);
        let matter = wire::matter(request)?;

        let suggested = self.triage.suggest(&call, matter).await?;
        let like = self.desk.like(&call, past).await;
        let told_before = self.desk.told_before(&call, same).await;

        Ok(Response::new(wire::beside(
            &suggested,
            &like,
            told_before.as_ref(),
        )))
    }

    async fn suggest_duplicates(
        &self,
        request: Request<pb::SuggestDuplicatesRequest>,
    ) -> Result<Response<pb::SuggestDuplicatesResponse>, Status> {
        let (call, request) = open(request)?;
        let asked = similar::wire::asked(request)?;

        let duplicates = self.desk.duplicates(&call, asked).await?;

        Ok(Response::new(similar::wire::duplicates(&duplicates)))
    }

    async fn get_classifier(
        &self,
        request: Request<pb::GetClassifierRequest>,
    ) -> Result<Response<pb::GetClassifierResponse>, Status> {
        open(request)?;

        let known = self.lessons.known();

        Ok(Response::new(lessons::wire::classifier(&known)))
    }

    async fn roll_back_classifier(
        &self,
        request: Request<pb::RollBackClassifierRequest>,
    ) -> Result<Response<pb::RollBackClassifierResponse>, Status> {
        let (call, request) = open(request)?;
        let order = lessons::wire::roll_back(&request, &call.actor.holder)?;

        let version = self.lessons.roll_back(order).await?;

        Ok(Response::new(lessons::wire::rolled_back(&version)))
    }

    async fn get_drift(
        &self,
        request: Request<pb::GetDriftRequest>,
    ) -> Result<Response<pb::GetDriftResponse>, Status> {
        let (_, request) = open(request)?;
        let (weeks, within) = lessons::wire::asked(&request)?;

        let drifted = self.lessons.drift(weeks, within).await?;

        Ok(Response::new(lessons::wire::drifted(&drifted)))
    }

    async fn list_corrections(
        &self,
        request: Request<pb::ListCorrectionsRequest>,
    ) -> Result<Response<pb::ListCorrectionsResponse>, Status> {
        let (call, request) = open(request)?;
        let asked = lessons::wire::corrections_asked(request)?;

        let page = self.lessons.corrections(&call, asked).await?;

        Ok(Response::new(lessons::wire::corrections(page)))
    }
}
