use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::clock::{Kind, Level};
use domain::id::TicketNumber;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use jiff::civil::date;
use kit::call::Language;
use kit::clock::{Clock as _, SteppedClock};
use kit::wire::{ClosedSet as _, timestamp};
use prost::Message;
use proto::common::v1::{ClockDoubt, MachineClock};
use proto::tickets::v1::{
    DueClock, FireClockRequest, FireClockResponse, ListDueClocksRequest, ListDueClocksResponse,
};
use tonic::body::Body;
use tonic::codegen::Bytes;

use super::*;

/// Tickets a page holds.
const PAGE: usize = 3;

/// Tickets that are away at times, doubt their clock at times, and have levels to fire.
struct Tickets {
    is_away: AtomicBool,
    is_doubted: AtomicBool,
    /// Nothing can be kept for now.
    is_full: AtomicBool,
    clock: SteppedClock,
    /// What they say of when the system was up.
    up_since: Mutex<Timestamp>,
    /// Whether each look was one by a loop that fires.
    looks: Mutex<Vec<bool>>,
    /// Those to fire: when, and of which ticket; one level each.
    levels: Mutex<BTreeSet<(Timestamp, u32)>>,
    /// Tickets that can never be fired.
    broken: Mutex<BTreeSet<u32>>,
    /// How long firing takes, of everything.
    slow: Mutex<Option<(SteppedClock, SignedDuration)>>,
    tried: Mutex<Vec<(u32, bool)>>,
    pages: Mutex<usize>,
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

fn refusal(fault: &Fault) -> Response<Body> {
    fault.status(Language::En).into_http()
}

impl Tickets {
    async fn serve(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, Infallible> {
        if self.is_away.load(Ordering::Relaxed) {
            return Ok(refusal(&Fault::unavailable("", "")));
        }
        let is_firing = request.uri().path().ends_with("FireClock");
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Ok(if is_firing {
            self.fire(&FireClockRequest::decode(&body[5..]).unwrap())
        } else {
            self.list(&ListDueClocksRequest::decode(&body[5..]).unwrap())
        })
    }

    fn fire(&self, request: &FireClockRequest) -> Response<Body> {
        let number: TicketNumber = request.number.parse().unwrap();
        let sequence = number.sequence();
        self.tried
            .lock()
            .unwrap()
            .push((sequence, request.system_was_down));
        if let Some((machine, span)) = &*self.slow.lock().unwrap() {
            machine.step(*span);
        }
        if self.is_full.load(Ordering::Relaxed) {
            return refusal(&Fault::unavailable("", ""));
        }
        if self.broken.lock().unwrap().contains(&sequence) {
            return refusal(&Fault::data_loss("rotten"));
        }
        self.levels.lock().unwrap().retain(|(_, of)| *of != sequence);
        answer(&FireClockResponse::default())
    }

    fn list(&self, request: &ListDueClocksRequest) -> Response<Body> {
        self.looks.lock().unwrap().push(request.fires);
        *self.pages.lock().unwrap() += 1;
        let now = self.clock.now();
        let after: (Timestamp, u32) = match request.page_token.as_str() {
            "" => (Timestamp::MIN, 0),
            token => serde_json::from_str(token).unwrap(),
        };
        let levels = self.levels.lock().unwrap();
        let due: Vec<_> = levels
            .range((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded))
            .take_while(|(at, _)| *at <= now)
            .take(PAGE)
            .copied()
            .collect();
        let last = due.last().filter(|_| due.len() == PAGE);
        let doubt = if self.is_doubted.load(Ordering::Relaxed) {
            ClockDoubt::Leapt
        } else {
            ClockDoubt::Unspecified
        };
        let level = |(at, sequence): &(Timestamp, u32)| DueClock {
            number: TicketNumber::new(date(2026, 11, 20), *sequence)
                .unwrap()
                .to_string(),
            clock: Kind::Handle.to_wire(),
            leg: 1,
            run: 1,
            level: Level::L1.to_wire(),
            fire_time: Some(timestamp(*at)),
        };
        answer(&ListDueClocksResponse {
            due: due.iter().map(level).collect(),
            next_time: levels
                .iter()
                .map(|(at, _)| *at)
                .find(|at| *at > now)
                .map(timestamp),
            now_time: Some(timestamp(now)),
            next_page_token: last
                .map(|last| serde_json::to_string(last).unwrap())
                .unwrap_or_default(),
            up_time: Some(timestamp(*self.up_since.lock().unwrap())),
            clock: Some(MachineClock {
                doubt: doubt.into(),
                ..MachineClock::default()
            }),
        })
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

struct Scene {
    tickets: Arc<Tickets>,
    clock: SteppedClock,
    /// By which what has failed rests.
    machine: SteppedClock,
    due_loop: DueLoop,
}

/// A loop over levels due at so many minutes, one of each ticket, counted from 1; the clock stands at minute 0.
fn scene(minutes: &[i64], broken: &[u32]) -> Scene {
    let clock = SteppedClock::new(at(0));
    let tickets = Arc::new(Tickets {
        is_away: AtomicBool::new(false),
        is_doubted: AtomicBool::new(false),
        is_full: AtomicBool::new(false),
        clock: clock.clone(),
        up_since: Mutex::new(at(0)),
        looks: Mutex::default(),
        levels: Mutex::new(
            (1..)
                .zip(minutes)
                .map(|(nth, minute)| (at(*minute), nth))
                .collect(),
        ),
        broken: Mutex::new(broken.iter().copied().collect()),
        slow: Mutex::default(),
        tried: Mutex::default(),
        pages: Mutex::default(),
    });
    let served = Arc::clone(&tickets);
    let link = Link::local(tower::service_fn(move |request| {
        Arc::clone(&served).serve(request)
    }));
    let shared: SharedClock = Arc::new(clock.clone());
    let machine = SteppedClock::new(at(0));
    let due_loop = DueLoop::new(
        link,
        (Arc::clone(&shared), Arc::new(machine.clone())),
        Drain::new(),
        Arc::default(),
        Status::new(shared),
    );
    Scene {
        tickets,
        clock,
        machine,
        due_loop,
    }
}

impl Scene {
    /// What is tried in one pass, each with whether it is charged to nobody.
    async fn pass(&mut self) -> Vec<(u32, bool)> {
        self.due_loop.pass().await.unwrap();
        std::mem::take(&mut *self.tickets.tried.lock().unwrap())
    }

    /// Time passes, by both clocks.
    fn step_to(&self, minute: i64) {
        self.clock.step_to(at(minute));
        self.machine.step_to(at(minute));
    }

    fn standing(&self) -> Standing {
        self.due_loop.status.now().0
    }
}

#[tokio::test]
async fn what_was_due_clearly_before_the_system_was_up_is_charged_to_nobody() {
    let mut scene = scene(&[60, 199, 200], &[]);
    assert_eq!(scene.pass().await, []);
    scene.tickets.is_away.store(true, Ordering::Relaxed);
    assert!(scene.due_loop.pass().await.unwrap_err().is_passing());
    assert_eq!(scene.standing().state, State::CutOff);
    scene.step_to(180);
    assert_eq!(scene.due_loop.status.now().1.as_mins(), 120, "the lag is seen");
    scene.tickets.is_away.store(false, Ordering::Relaxed);
    *scene.tickets.up_since.lock().unwrap() = at(200);
    scene.step_to(200);
    assert_eq!(
        scene.pass().await,
        [(1, true), (2, false), (3, false)],
        "a minute of grace"
    );
    let standing = scene.standing();
    assert_eq!((standing.fired, standing.down), (3, 1));
    assert_eq!(standing.up_since, Some(at(200)));
}

#[tokio::test]
async fn while_another_loop_looks_this_one_excuses_nobody() {
    let mut scene = scene(&[60], &[]);
    scene.tickets.is_away.store(true, Ordering::Relaxed);
    assert!(scene.due_loop.pass().await.is_err());
    scene.tickets.is_away.store(false, Ordering::Relaxed);
    scene.step_to(180);
    assert_eq!(
        scene.pass().await,
        [(1, false)],
        "its first answer, or one look that failed"
    );
    assert_eq!(*scene.tickets.looks.lock().unwrap(), [true]);
}

#[tokio::test]
async fn a_pass_that_takes_long_asks_anew() {
    let mut scene = scene(&[1, 2, 3], &[]);
    let slow = (scene.machine.clone(), SignedDuration::from_secs(21));
    *scene.tickets.slow.lock().unwrap() = Some(slow);
    scene.step_to(20);
    let pass = scene.due_loop.pass().await.unwrap();
    assert_eq!((pass.fired, pass.is_cut_short), (1, true));
    *scene.tickets.up_since.lock().unwrap() = at(20);
    assert_eq!(
        scene.pass().await,
        [(1, false), (2, true)],
        "the process stood still"
    );
}

#[tokio::test]
async fn where_nothing_can_be_fired_the_system_is_not_up() {
    let mut scene = scene(&[1, 2, 3, 4], &[]);
    scene.tickets.is_full.store(true, Ordering::Relaxed);
    scene.step_to(5);
    assert!(scene.due_loop.pass().await.is_err());
    scene.tickets.is_full.store(false, Ordering::Relaxed);
    scene.machine.step(SignedDuration::from_secs(5));
    for _ in 0..2 {
        scene.due_loop.pass().await.unwrap();
    }
    let looks = scene.tickets.looks.lock().unwrap().clone();
    assert_eq!(looks.first().zip(looks.last()), Some((&true, &true)));
    assert_eq!(looks[1..].iter().filter(|fires| !**fires).count(), 2, "{looks:?}");
}

#[tokio::test]
async fn while_the_clock_is_doubted_nothing_fires_and_afterwards_all_of_it_in_due_order() {
    let mut scene = scene(&[30, 10, 50, 20, 40, 10], &[]);
    scene.pass().await;
    scene.tickets.is_doubted.store(true, Ordering::Relaxed);
    scene.clock.step_to(at(45));
    assert_eq!(scene.pass().await, []);
    let standing = scene.standing();
    assert_eq!((standing.state, standing.oldest), (State::Halted, Some(at(10))));
    assert_eq!(scene.due_loop.status.now().1.as_mins(), 35);
    scene.tickets.is_doubted.store(false, Ordering::Relaxed);
    *scene.tickets.up_since.lock().unwrap() = at(45);
    let fired: Vec<u32> = scene.pass().await.into_iter().map(|(nth, _)| nth).collect();
    assert_eq!(fired, [2, 6, 4, 1, 5]);
    assert_eq!(scene.standing().down, 5);
    scene.clock.step_to(at(60));
    assert_eq!(scene.pass().await, [(3, false)]);
    assert_eq!(scene.standing().state, State::Running);
}

#[tokio::test]
async fn pages_full_of_broken_tickets_hide_nothing_and_are_tried_ever_more_rarely() {
    let broken: Vec<u32> = (1..=10).collect();
    let minutes: Vec<i64> = (1..=12).collect();
    let mut scene = scene(&minutes, &broken);
    scene.pass().await;
    scene.step_to(20);
    let tried: Vec<u32> = scene.pass().await.into_iter().map(|(nth, _)| nth).collect();
    assert_eq!(tried, (1..=12).collect::<Vec<u32>>());
    let standing = scene.standing();
    assert_eq!((standing.stuck, standing.fired), (10, 2));
    assert_eq!(standing.oldest, Some(at(1)), "told as lag");
    assert_eq!(scene.pass().await, [], "they rest");
    assert_eq!(
        scene.due_loop.stuck.retry_at(),
        Some(SignedDuration::from_secs(20 * 60 + 1))
    );

    // What comes due meanwhile is fired at once; the broken ones are tried some ten times in an hour, not thousands.
    scene.tickets.levels.lock().unwrap().insert((at(20), 99));
    assert_eq!(scene.pass().await, [(99, false)]);
    let mut tries = 0;
    for _ in 0..3_600 {
        scene.machine.step(SignedDuration::from_secs(1));
        tries += scene.pass().await.len();
    }
    assert!((10 * 10..=10 * 25).contains(&tries), "{tries}");
}

#[tokio::test]
async fn what_failed_for_a_while_is_charged_to_nobody() {
    let mut scene = scene(&[1], &[1]);
    scene.pass().await;
    scene.step_to(1);
    assert_eq!(scene.pass().await, [(1, false)]);
    scene.step_to(30);
    assert_eq!(scene.pass().await, [(1, true)]);
}

#[tokio::test]
async fn what_failed_is_tried_again_while_time_stands_still() {
    let mut scene = scene(&[1], &[1]);
    scene.step_to(1);
    assert_eq!(scene.pass().await, [(1, false)]);
    scene.machine.step(SignedDuration::from_secs(1));
    assert_eq!(scene.pass().await, [(1, false)]);
    scene.tickets.broken.lock().unwrap().clear();
    assert_eq!(scene.pass().await, [], "it rests");
    scene.machine.step(SignedDuration::from_secs(60));
    assert_eq!(scene.pass().await, [(1, true)], "not the unit's");
}

#[tokio::test]
async fn a_pass_with_nothing_due_asks_once() {
    let mut scene = scene(&[100], &[]);
    scene.pass().await;
    assert_eq!(*scene.tickets.pages.lock().unwrap(), 1);
    assert_eq!(scene.standing().next, Some(at(100)));
}

#[tokio::test]
async fn only_a_pass_that_fires_nothing_says_that_nothing_is_left() {
    let mut scene = scene(&[10, 100], &[]);
    scene.step_to(10);
    assert_eq!(scene.pass().await, [(1, false)]);
    assert_eq!(scene.standing().oldest, Some(at(10)), "it may have made more due");
    assert_eq!(scene.pass().await, []);
    let standing = scene.standing();
    assert_eq!((standing.oldest, standing.next), (None, Some(at(100))));
}
