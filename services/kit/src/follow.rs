//! Following the feed: every change at least once, in order, from where one left off; through restarts, dropped
//! connections and passing failures, until the process drains.

use std::sync::Arc;
use std::time::Duration;

use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::tickets::v1::{WatchRequest, WatchResponse};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tracing::Instrument as _;

use crate::drain::Drain;
use crate::fault::Fault;
use crate::link::Link;
use crate::{hand, reason, trace};

/// The first pause after a failure; doubled with each further one.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Where to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With the first change kept.
    FromBeginning,
    /// With what happens next.
    FromNow,
    /// After the change (or heartbeat) that carried this `resume_token`.
    Token(String),
}

/// What is followed.
#[derive(Debug, Clone)]
pub struct Feed {
    /// The way to tickets.
    pub tickets: Link,
    /// Who follows.
    pub role: &'static str,
    /// Kinds of events whose words are wanted.
    pub words_of: &'static [&'static str],
}

/// Why following has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The process drains.
    Drained,
    /// The resume token is of another history (a restore), or none of ours: forget what was projected, begin anew.
    TokenVoid,
}

/// Follows the feed, handing each answer of Watch to `handler`: changes, and heartbeats (`change` unset),
/// whose token may be kept likewise. What the handler fails is retried with bounded pauses before anything later is
/// shown to it; so it sees everything at least once and must be idempotent (invariant A-9). Each change is handled
/// within the trace of the command that caused it.
pub async fn follow<H, W>(feed: Feed, drain: Drain, start: Start, mut handler: H) -> Ended
where
    H: FnMut(Arc<WatchResponse>) -> W + Send,
    W: Future<Output = Result<(), Fault>> + Send,
{
    let draining = drain.draining();
    let role = feed.role;
    let following = async {
        let mut start = start;
        let mut pause = Pause::default();
        loop {
            match watch(&feed, &mut start, &mut pause, &mut handler).await {
                Ok(()) => tracing::debug!(role, "the feed ended, watching again"),
                Err(fault) if fault.reason() == reason::RESUME_TOKEN => return Ended::TokenVoid,
                Err(fault) => {
                    tracing::warn!(role, reason = fault.reason(), %fault, "the feed broke, watching again")
                }
            }
            pause.take().await;
        }
    };
    tokio::select! {
        ended = following => ended,
        () = draining => Ended::Drained,
    }
}

/// Follows the feed with up to `ahead` answers read before they are worked on: `work` takes them in their order until no
/// more come. What it has not worked on when the process drains was handed over all the same: whoever keeps a place in
/// the feed keeps the one of what is done.
pub async fn follow_ahead<W>(
    feed: Feed,
    drain: Drain,
    start: Start,
    ahead: usize,
    work: impl FnOnce(mpsc::Receiver<Arc<WatchResponse>>) -> W + Send,
) -> Ended
where
    W: Future<Output = ()> + Send,
{
    let (queue, answers) = mpsc::channel(ahead);
    let hand_on = move |answer: Arc<WatchResponse>| {
        let queue: mpsc::Sender<Arc<WatchResponse>> = queue.clone();
        async move {
            let sent = queue.send(answer).await;
            sent.map_err(|_| Fault::unavailable("正在停机", "draining"))
        }
    };
    let following = follow(feed, drain, start, hand_on);
    let (ended, ()) = tokio::join!(following, work(answers));
    ended
}

/// One stream from beginning to end. `start` moves on with every answer handled.
async fn watch<H, W>(feed: &Feed, start: &mut Start, pause: &mut Pause, handler: &mut H) -> Result<(), Fault>
where
    H: FnMut(Arc<WatchResponse>) -> W + Send,
    W: Future<Output = Result<(), Fault>> + Send,
{
    let mut client = TicketServiceClient::new(feed.tickets.as_role(feed.role));
    let words_of = feed.words_of.iter().map(|kind| (*kind).to_owned());
    let mut request = WatchRequest {
        words_of: words_of.collect(),
        ..WatchRequest::default()
    };
    match start {
        Start::FromBeginning => {}
        Start::FromNow => request.from_now = true,
        Start::Token(token) => request.resume_token.clone_from(token),
    }
    let mut answers = hand::messages(client.watch(hand::request(request)).await?);
    while let Some(answer) = answers.next().await {
        let answer = Arc::new(answer?);
        handle(feed.role, &answer, handler).await;
        pause.reset();
        if !answer.resume_token.is_empty() {
            *start = Start::Token(answer.resume_token.clone());
        }
    }
    Ok(())
}

/// Hands one answer over until it is handled.
async fn handle<H, W>(role: &'static str, answer: &Arc<WatchResponse>, handler: &mut H)
where
    H: FnMut(Arc<WatchResponse>) -> W + Send,
    W: Future<Output = Result<(), Fault>> + Send,
{
    let mut pause = Pause::default();
    loop {
        let span = tracing::info_span!("follow", role);
        if let Some(change) = &answer.change {
            trace::continue_from(&change.traceparent, &span);
        }
        match handler(Arc::clone(answer)).instrument(span).await {
            Ok(()) => return,
            Err(fault) => {
                tracing::warn!(role, reason = fault.reason(), %fault, "a change was not handled, trying again")
            }
        }
        pause.take().await;
    }
}

#[derive(Default)]
struct Pause {
    failures: u32,
}

impl Pause {
    fn reset(&mut self) {
        self.failures = 0;
    }

    async fn take(&mut self) {
        let pause = PAUSE_MIN
            .saturating_mul(1 << self.failures.min(10))
            .min(PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Mutex;

    use http::{HeaderMap, Request, Response};
    use http_body_util::{BodyExt as _, Full};
    use prost::Message as _;
    use proto::tickets::v1::TicketChange;
    use tonic::body::Body;
    use tonic::codegen::Bytes;

    use super::*;
    use crate::call::Language;

    /// A feed of five changes that breaks after every two answers.
    async fn feed(request: Request<Body>) -> Result<Response<Body>, Infallible> {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let request = WatchRequest::decode(&body[5..]).unwrap();
        if request.resume_token == "of another history" {
            return Ok(Fault::resume_token_void().status(Language::En).into_http());
        }
        let after: u32 = if request.resume_token.is_empty() {
            0
        } else {
            request.resume_token.parse().unwrap()
        };
        let mut bytes = Vec::new();
        for number in (after + 1..=5).take(2) {
            let answer = WatchResponse {
                resume_token: number.to_string(),
                change: Some(TicketChange::default()),
            }
            .encode_to_vec();
            bytes.push(0);
            bytes.extend(u32::try_from(answer.len()).unwrap().to_be_bytes());
            bytes.extend(answer);
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "14".parse().unwrap());
        let body = Full::new(Bytes::from(bytes)).with_trailers(std::future::ready(Some(Ok(trailers))));
        let mut response = Response::new(Body::new(body));
        response
            .headers_mut()
            .insert("content-type", "application/grpc".parse().unwrap());
        Ok(response)
    }

    fn feed_of(tickets: Link) -> Feed {
        Feed {
            tickets,
            role: "insight",
            words_of: &[],
        }
    }

    #[tokio::test]
    async fn every_change_is_handled_in_order_through_breaks_and_failures() {
        let drain = Drain::new();
        let handled = Arc::new(Mutex::new(Vec::new()));
        let following = {
            let handled = Arc::clone(&handled);
            let link = Link::local(tower::service_fn(feed));
            follow(
                feed_of(link),
                drain.clone(),
                Start::FromBeginning,
                move |answer| {
                    let handled = Arc::clone(&handled);
                    async move {
                        let mut handled = handled.lock().unwrap();
                        handled.push(answer.resume_token.clone());
                        // The third fails once.
                        let is_first = handled.iter().filter(|token| *token == "3").count() == 1;
                        if handled.last().is_some_and(|last| last == "3") && is_first {
                            return Err(Fault::not_found());
                        }
                        Ok(())
                    }
                },
            )
        };
        let ending = async {
            while handled.lock().unwrap().last().is_none_or(|last| last != "5") {
                tokio::task::yield_now().await;
            }
            drain.shutdown(Duration::from_secs(5)).await
        };
        let (ended, _) = tokio::join!(following, ending);
        assert_eq!(ended, Ended::Drained);
        assert_eq!(*handled.lock().unwrap(), ["1", "2", "3", "3", "4", "5"]);
    }

    #[tokio::test]
    async fn a_token_of_another_history_ends_it() {
        let link = Link::local(tower::service_fn(feed));
        let start = Start::Token("of another history".to_owned());
        let ended = follow(feed_of(link), Drain::new(), start, async |_| Ok(())).await;
        assert_eq!(ended, Ended::TokenVoid);
    }
}
