//! Handlers: open, ask, answer.

use std::sync::Arc;

use kit::call::open;
use proto::triage::v1 as pb;
use proto::triage::v1::triage_service_server::TriageService;
use tonic::{Request, Response, Status};

use crate::service::Triage;
use crate::wire;

/// The gRPC face of triage.
#[derive(Clone)]
pub struct TriageRpc {
    triage: Arc<Triage>,
}

impl TriageRpc {
    pub(crate) fn new(triage: Arc<Triage>) -> Self {
        Self { triage }
    }
}

#[tonic::async_trait]
impl TriageService for TriageRpc {
    async fn suggest_triage(
        &self,
        request: Request<pb::SuggestTriageRequest>,
    ) -> Result<Response<pb::SuggestTriageResponse>, Status> {
        let (call, request) = open(request)?;
        let matter = wire::matter(request)?;

        let suggested = self.triage.suggest(&call, matter).await?;

        Ok(Response::new(wire::suggested(&suggested)))
    }
}
