use std::convert::Infallible;
use std::sync::Mutex;

use domain::clock::Level;
use domain::id::TicketNumber;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use jiff::civil::date;
use kit::call::Language;
use kit::clock::SteppedClock;
use kit::wire::{ClosedSet as _, timestamp};
use prost::Message;
use proto::tickets::v1::{DueClock, FireClockRequest, FireClockResponse, ListDueClocksResponse};
use tonic::body::Body;
use tonic::codegen::Bytes;

use super::*;

/// Tickets that are away at times and have one level to fire at `at`.
struct Tickets {
    is_away: AtomicBool,
    at: Timestamp,
    fired: Mutex<Vec<FireClockRequest>>,
}

fn answer(message: &impl Message) -> Response<Body> {
    let mut bytes = vec![0];
    bytes.extend(u32::try_from(message.encoded_len()).unwrap().to_be_bytes());
    bytes.extend(message.encode_to_vec());
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let body = Full::new(Bytes::from(bytes)).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(Body::new(body));
    let grpc = "application/grpc".parse().unwrap();
    response.headers_mut().insert("content-type", grpc);
    response
}

impl Tickets {
    async fn serve(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, Infallible> {
        if self.is_away.load(Ordering::Relaxed) {
            return Ok(Fault::unavailable("", "").status(Language::En).into_http());
        }
        let is_firing = request.uri().path().ends_with("FireClock");
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let mut fired = self.fired.lock().unwrap();
        if is_firing {
            fired.push(FireClockRequest::decode(&body[5..]).unwrap());
            return Ok(answer(&FireClockResponse::default()));
        }
        let due = DueClock {
            number: TicketNumber::new(date(2026, 11, 20), 1).unwrap().to_string(),
            clock: domain::clock::Kind::Handle.to_wire(),
            leg: 1,
            run: 1,
            level: Level::L1.to_wire(),
            fire_time: Some(timestamp(self.at)),
        };
        let due = if fired.is_empty() { vec![due] } else { Vec::new() };
        Ok(answer(&ListDueClocksResponse {
            due,
            ..Default::default()
        }))
    }
}

/// Whether a level due an hour after the loop began is marked as missed when it is fired three hours after.
async fn was_down(is_away_at_first: bool) -> bool {
    let started_at: Timestamp = "2026-11-20T01:00:00Z".parse().unwrap();
    let hours = jiff::SignedDuration::from_hours;
    let tickets = Arc::new(Tickets {
        is_away: AtomicBool::new(is_away_at_first),
        at: started_at + hours(1),
        fired: Mutex::default(),
    });
    let served = Arc::clone(&tickets);
    let link = Link::local(tower::service_fn(move |request| {
        Arc::clone(&served).serve(request)
    }));
    let clock = Arc::new(SteppedClock::new(started_at));
    let mut due_loop = DueLoop::new(link, clock.clone(), Drain::new(), started_at, Arc::default());
    if is_away_at_first {
        let fault = due_loop.ask().await.unwrap_err();
        assert!(fault.is_passing());
    }
    clock.step(hours(3));
    tickets.is_away.store(false, Ordering::Relaxed);
    assert_eq!(due_loop.ask().await.unwrap().fired, 1);
    let fired = tickets.fired.lock().unwrap();
    fired[0].system_was_down
}

#[tokio::test]
async fn what_was_due_while_tickets_were_away_is_charged_to_nobody() {
    assert!(was_down(true).await);
    assert!(
        !was_down(false).await,
        "a loop that was only slow does not excuse anybody"
    );
}
