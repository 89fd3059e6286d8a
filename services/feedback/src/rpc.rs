//! Handlers: open, call, answer.

use std::sync::Arc;

use kit::call::open;
use proto::feedback::v1 as pb;
use proto::feedback::v1::feedback_service_server::FeedbackService;
use proto::tickets::v1::Ticket;
use tonic::{Request, Response, Status};

use crate::service::Feedback;
use crate::wire;

/// The gRPC face of feedback.
#[derive(Clone)]
pub struct FeedbackRpc {
    feedback: Arc<Feedback>,
}

impl FeedbackRpc {
    pub(crate) fn new(feedback: Arc<Feedback>) -> Self {
        Self { feedback }
    }
}

#[tonic::async_trait]
impl FeedbackService for FeedbackRpc {
    async fn track_ticket(
        &self,
        request: Request<pb::TrackTicketRequest>,
    ) -> Result<Response<pb::TrackTicketResponse>, Status> {
        let (call, request) = open(request)?;
        let number = wire::tracked_number(&request)?;

        let tracked = self.feedback.track(&call, number, &request.query_code).await?;

        Ok(Response::new(wire::tracked(tracked)))
    }

    async fn list_callbacks(
        &self,
        request: Request<pb::ListCallbacksRequest>,
    ) -> Result<Response<pb::ListCallbacksResponse>, Status> {
        let (call, request) = open(request)?;

        let size = wire::callbacks_page(&request)?;

        let page = self.feedback.callbacks(&call, size, &request.page_token).await?;

        Ok(Response::new(wire::callbacks(page)))
    }

    async fn rate_ticket(
        &self,
        request: Request<pb::RateTicketRequest>,
    ) -> Result<Response<pb::RateTicketResponse>, Status> {
        let (_, request) = open(request)?;
        let said = wire::said(request)?;

        let ticket = self.feedback.rate(said).await?;

        Ok(Response::new(wire::rated(ticket)))
    }

    async fn answer_question(
        &self,
        request: Request<pb::AnswerQuestionRequest>,
    ) -> Result<Response<pb::AnswerQuestionResponse>, Status> {
        let (_, request) = open(request)?;
        let own = wire::answer(request)?;

        let Ticket { number, phase, .. } = self.feedback.say(own).await?;

        Ok(Response::new(pb::AnswerQuestionResponse { number, phase }))
    }

    async fn request_review(
        &self,
        request: Request<pb::RequestReviewRequest>,
    ) -> Result<Response<pb::RequestReviewResponse>, Status> {
        let (_, request) = open(request)?;
        let own = wire::review(request)?;

        let Ticket { number, phase, .. } = self.feedback.say(own).await?;

        Ok(Response::new(pb::RequestReviewResponse { number, phase }))
    }

    async fn object(
        &self,
        request: Request<pb::ObjectRequest>,
    ) -> Result<Response<pb::ObjectResponse>, Status> {
        let (_, request) = open(request)?;
        let own = wire::objection(request)?;

        let Ticket { number, phase, .. } = self.feedback.say(own).await?;

        Ok(Response::new(pb::ObjectResponse { number, phase }))
    }
}
