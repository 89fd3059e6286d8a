//! The generator: as many connections as asked for, one call outstanding on each, the next as soon as the last is
//! answered. Closed: a slow server is asked less often, so its latency here is never that of an overload.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::clock;
use crate::messages::Messages;
use crate::wire::{Answer, Plain, SUBMIT_COMPLAINT};

/// A call that takes longer has failed.
const CALL_WITHIN: Duration = Duration::from_secs(20);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// After a refused call, so that a full server is not shouted at.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(20);
/// A connection gives up after so many errors in a row.
const ERRORS_IN_A_ROW_MAX: u32 = 200;

/// What is asked of the generator.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) addr: SocketAddr,
    pub(crate) bearer: Option<MetadataValue<Ascii>>,
    pub(crate) connections: usize,
    pub(crate) warm_up: Duration,
    /// After the warm-up.
    pub(crate) measured: Duration,
    /// Calls at most, those of the warm-up included.
    pub(crate) calls_max: u64,
}

/// A form the server has said it keeps.
#[derive(Clone)]
pub(crate) struct Acknowledged {
    pub(crate) number: String,
    /// The ticket's version when it was registered: any later one is a follower's doing.
    pub(crate) version: u32,
}

/// What goes on while the load runs, to be read from aside.
#[derive(Default)]
pub(crate) struct Progress {
    kept: Mutex<Vec<Acknowledged>>,
}

impl Progress {
    /// Forms acknowledged so far.
    pub(crate) fn count(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// One of them, in the order of the answers.
    pub(crate) fn nth(&self, nth: usize) -> Option<Acknowledged> {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(nth)
            .cloned()
    }

    fn push(&self, acknowledged: Acknowledged) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(acknowledged);
    }
}

/// What came of it.
pub(crate) struct Outcome {
    /// Calls answered within the measured time.
    pub(crate) calls: u64,
    /// Calls answered at all, warm-up included.
    pub(crate) calls_all: u64,
    /// Calls a second within the measured time.
    pub(crate) rate: f64,
    /// Microseconds.
    pub(crate) latency: Histogram<u64>,
    /// Mean length of an answer.
    pub(crate) answer_bytes: f64,
    /// Refusals and failures by code and words.
    pub(crate) errors: BTreeMap<String, u64>,
}

impl Outcome {
    /// All errors.
    pub(crate) fn error_count(&self) -> u64 {
        self.errors.values().sum()
    }
}

/// Applies a load until its time or its calls are used up.
pub(crate) async fn apply(
    load: &Load,
    messages: &Arc<Messages>,
    progress: &Arc<Progress>,
) -> anyhow::Result<Outcome> {
    let mut channels = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        channels.push(connect(load.addr).await?);
    }
    let next = Arc::new(AtomicU64::new(0));
    let from = clock::now() + load.warm_up;
    let mut connections = JoinSet::new();
    for channel in channels {
        let connection = Connection {
            client: Grpc::new(channel),
            load: load.clone(),
            messages: Arc::clone(messages),
            progress: Arc::clone(progress),
            next: Arc::clone(&next),
            from,
            until: from + load.measured,
        };
        connections.spawn(connection.run());
    }
    let tallies = connections
        .join_all()
        .await
        .into_iter()
        .collect::<anyhow::Result<Vec<Tally>>>()?;
    sum(tallies, from, from + load.measured)
}

/// Opens a connection of its own.
pub(crate) async fn connect(addr: SocketAddr) -> anyhow::Result<Channel> {
    Endpoint::from_shared(format!("http://{addr}"))?
        .connect_timeout(CONNECT_WITHIN)
        .timeout(CALL_WITHIN)
        .tcp_nodelay(true)
        .connect()
        .await
        .with_context(|| format!("cannot connect to {addr}"))
}

struct Connection {
    client: Grpc<Channel>,
    load: Load,
    messages: Arc<Messages>,
    progress: Arc<Progress>,
    next: Arc<AtomicU64>,
    from: Instant,
    until: Instant,
}

struct Tally {
    latency: Histogram<u64>,
    calls_all: u64,
    answer_bytes: usize,
    errors: BTreeMap<String, u64>,
    last: Instant,
}

impl Connection {
    async fn run(mut self) -> anyhow::Result<Tally> {
        let mut tally = Tally {
            latency: Histogram::new(3)?,
            calls_all: 0,
            answer_bytes: 0,
            errors: BTreeMap::new(),
            last: self.from,
        };
        let mut errors_in_a_row = 0;
        while errors_in_a_row < ERRORS_IN_A_ROW_MAX {
            let begun = clock::now();
            if begun >= self.until {
                break;
            }
            let nth = self.next.fetch_add(1, Ordering::Relaxed);
            if nth >= self.load.calls_max {
                break;
            }
            match self.call(nth).await {
                Ok(answer) => {
                    errors_in_a_row = 0;
                    self.count(&mut tally, begun, answer)?;
                }
                Err(status) => {
                    errors_in_a_row += 1;
                    *tally
                        .errors
                        .entry(format!("{:?}: {}", status.code(), status.message()))
                        .or_default() += 1;
                    tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                }
            }
        }
        Ok(tally)
    }

    async fn call(&mut self, nth: u64) -> Result<Answer, Status> {
        let mut request = Request::new(self.messages.nth(nth));
        if let Some(bearer) = &self.load.bearer {
            request.metadata_mut().insert("authorization", bearer.clone());
        }
        self.client
            .ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let path = PathAndQuery::from_static(SUBMIT_COMPLAINT);
        Ok(self.client.unary(request, path, Plain).await?.into_inner())
    }

    fn count(&self, tally: &mut Tally, begun: Instant, answer: Answer) -> anyhow::Result<()> {
        let ended = clock::now();
        tally.calls_all += 1;
        tally.answer_bytes += answer.bytes;
        if begun >= self.from && ended <= self.until {
            tally
                .latency
                .record(u64::try_from((ended - begun).as_micros())?)?;
            tally.last = ended;
        }
        self.progress.push(Acknowledged {
            number: answer.receipt.number,
            version: answer.receipt.ticket.map_or(0, |ticket| ticket.version),
        });
        Ok(())
    }
}

fn sum(tallies: Vec<Tally>, from: Instant, until: Instant) -> anyhow::Result<Outcome> {
    let mut latency = Histogram::new(3)?;
    let (mut calls_all, mut answer_bytes) = (0, 0);
    let mut errors = BTreeMap::new();
    let mut last = from;
    for tally in tallies {
        latency.add(&tally.latency)?;
        calls_all += tally.calls_all;
        answer_bytes += tally.answer_bytes;
        last = last.max(tally.last);
        for (error, count) in tally.errors {
            *errors.entry(error).or_default() += count;
        }
    }
    // A load that used up its calls ended with its last answer, one that used up its time with that.
    let seconds = last.min(until).saturating_duration_since(from).as_secs_f64();
    let calls = latency.len();
    Ok(Outcome {
        calls,
        calls_all,
        rate: if seconds > 0.0 {
            calls as f64 / seconds
        } else {
            0.0
        },
        latency,
        answer_bytes: if calls_all > 0 {
            answer_bytes as f64 / calls_all as f64
        } else {
            0.0
        },
        errors,
    })
}
