//! Handlers: open, ask, answer.

use std::sync::Arc;

use kit::call::open;
use proto::insight::v1 as pb;
use proto::insight::v1::insight_service_server::InsightService;
use tonic::{Request, Response, Status};

use crate::hot;
use crate::service::Insight;
use crate::wire;

/// The gRPC face of insight.
#[derive(Clone)]
pub struct InsightRpc {
    insight: Arc<Insight>,
}

impl InsightRpc {
    pub(crate) fn new(insight: Arc<Insight>) -> Self {
        Self { insight }
    }
}

#[tonic::async_trait]
impl InsightService for InsightRpc {
    async fn get_board(
        &self,
        request: Request<pb::GetBoardRequest>,
    ) -> Result<Response<pb::GetBoardResponse>, Status> {
        let (call, request) = open(request)?;
        let query = wire::query(&request)?;

        let (shown, rules) = self.insight.board(&call, &query).await?;

        Ok(Response::new(wire::board(&shown, &rules)))
    }

    async fn list_hot_topics(
        &self,
        request: Request<pb::ListHotTopicsRequest>,
    ) -> Result<Response<pb::ListHotTopicsResponse>, Status> {
        let (_, request) = open(request)?;
        let ask = hot::wire::ask(&request)?;

        let (shown, progress) = self.insight.hot_topics(&ask).await?;

        Ok(Response::new(hot::wire::listed(&shown, progress)))
    }
}
