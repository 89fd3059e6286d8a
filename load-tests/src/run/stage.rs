//! One load against one server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::clock;
use crate::hotline::Hotline;
use crate::lag::{self, CatchUp, Fates, Frontier, Sample};
use crate::load::{self, Load, Outcome, Progress};
use crate::messages::Messages;
use crate::process::{self, Process};
use crate::usage::{self, Memory};

/// How long the followers are waited for.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(120);

/// What all loads of a run share.
pub(super) struct Bench {
    pub(super) folder: PathBuf,
    pub(super) messages: Arc<Messages>,
    pub(super) connections: usize,
    pub(super) warm_up: Duration,
    pub(super) measured: Duration,
}

/// What a load came to.
#[derive(Serialize)]
pub(super) struct Measured {
    pub(super) calls_a_second: f64,
    pub(super) calls: u64,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
    pub(super) answer_bytes: f64,
    pub(super) error_count: u64,
    pub(super) errors: BTreeMap<String, u64>,
    /// Processor time of the server for each call, in microseconds.
    pub(super) server_cpu_us: Option<f64>,
    /// Processor time of this generator for each call, in microseconds.
    pub(super) client_cpu_us: Option<f64>,
    /// Processors that neither of them used but somebody did, the kernel's own threads included.
    pub(super) other_cores: Option<f64>,
}

/// What the hotline's load came to.
#[derive(Serialize)]
pub(super) struct HotlineRound {
    #[serde(flatten)]
    pub(super) measured: Measured,
    pub(super) started_within_seconds: f64,
    pub(super) lag: Vec<Sample>,
    pub(super) catch_up: CatchUp,
    pub(super) fates: Fates,
    /// At the end of the load.
    pub(super) memory: Option<Memory>,
    pub(super) stopped_within_seconds: f64,
}

impl HotlineRound {
    /// Forms taken in and triaged, a second, from the first to the last: what can go on for ever.
    pub(super) fn through_a_second(&self, load_seconds: u64) -> Option<f64> {
        Some(self.catch_up.acknowledged as f64 / (load_seconds as f64 + self.catch_up.triage_seconds?))
    }

    /// The longest line of untouched forms seen while the load ran.
    pub(super) fn untouched_max(&self) -> usize {
        self.lag
            .iter()
            .map(|sample| sample.untouched)
            .max()
            .unwrap_or(0)
            .max(self.catch_up.untouched)
    }
}

impl Bench {
    pub(super) async fn echo(&self) -> anyhow::Result<Measured> {
        self.bare(|listen| vec!["echo".into(), "--listen".into(), listen])
            .await
    }

    pub(super) async fn journal(&self) -> anyhow::Result<Measured> {
        let dir = tempfile::tempdir_in(&self.folder)?;
        let data = dir.path().display().to_string();
        self.bare(|listen| vec!["journal".into(), "--listen".into(), listen, "--data".into(), data])
            .await
    }

    /// A server of this program's own, in a process of its own as the hotline is.
    async fn bare(&self, args: impl FnOnce(String) -> Vec<String>) -> anyhow::Result<Measured> {
        let addr = process::free_port()?;
        let program = std::env::current_exe()?;
        let mut server = Process::start(&program, &args(addr.to_string()), &self.folder.join("bare.log"))?;
        server.listening(addr).await?;
        let load = Load {
            bearer: None,
            ..self.load(addr)
        };
        let measured = self.measure(server.pid(), &load, &Arc::default()).await?;
        server.kill().await?;
        Ok(measured)
    }

    pub(super) async fn hotline(&self, binary: Option<&Path>) -> anyhow::Result<HotlineRound> {
        let dir = tempfile::tempdir_in(&self.folder)?;
        let server = Hotline::new(binary, &dir.path().join("data"))?.start().await?;
        let load = Load {
            bearer: Some(server.channel_token().await?),
            ..self.load(server.addr)
        };
        let asker = server.asker().await?;
        let progress = Arc::new(Progress::default());
        let mut frontier = Frontier::new(&asker, &progress);

        let mut samples = Vec::new();
        let measured = tokio::select! {
            measured = self.measure(server.process.pid(), &load, &progress) => measured?,
            failed = frontier.watch(&mut samples) => {
                failed?;
                unreachable!("watching ends only by failing")
            }
        };
        let memory = usage::memory_of(server.process.pid());
        let catch_up = lag::catch_up(&mut frontier, server.process.pid(), CATCH_UP_WITHIN).await?;
        let fates = lag::fates(&asker).await?;
        let started_within_seconds = server.started_within.as_secs_f64();
        Ok(HotlineRound {
            measured,
            started_within_seconds,
            lag: samples,
            catch_up,
            fates,
            memory,
            stopped_within_seconds: server.stop().await?.as_secs_f64(),
        })
    }

    fn load(&self, addr: std::net::SocketAddr) -> Load {
        Load {
            addr,
            bearer: None,
            connections: self.connections,
            warm_up: self.warm_up,
            measured: self.measured,
            calls_max: u64::MAX,
        }
    }

    async fn measure(&self, server: u32, load: &Load, progress: &Arc<Progress>) -> anyhow::Result<Measured> {
        let client = std::process::id();
        let before = Cpu::of(server, client);
        let begun = clock::now();
        let outcome = load::apply(load, &self.messages, progress).await?;
        let spent = Cpu::of(server, client).since(before);
        Ok(measured(&outcome, spent, begun.elapsed()))
    }
}

/// Processor time so far.
#[derive(Clone, Copy)]
struct Cpu {
    server: Option<Duration>,
    client: Option<Duration>,
    machine: Option<Duration>,
}

impl Cpu {
    fn of(server: u32, client: u32) -> Self {
        Self {
            server: usage::cpu_of(server),
            client: usage::cpu_of(client),
            machine: usage::cpu_of_machine(),
        }
    }

    fn since(self, before: Self) -> Self {
        let spent = |now: Option<Duration>, then: Option<Duration>| Some(now?.saturating_sub(then?));
        Self {
            server: spent(self.server, before.server),
            client: spent(self.client, before.client),
            machine: spent(self.machine, before.machine),
        }
    }
}

fn measured(outcome: &Outcome, spent: Cpu, elapsed: Duration) -> Measured {
    let milliseconds = |quantile: f64| outcome.latency.value_at_quantile(quantile) as f64 / 1e3;
    let each = |spent: Option<Duration>| Some(spent?.as_secs_f64() * 1e6 / outcome.calls_all.max(1) as f64);
    let others = || {
        let known = spent
            .machine?
            .saturating_sub(spent.server?)
            .saturating_sub(spent.client?);
        Some(known.as_secs_f64() / elapsed.as_secs_f64())
    };
    Measured {
        calls_a_second: outcome.rate,
        calls: outcome.calls,
        p50_ms: milliseconds(0.50),
        p95_ms: milliseconds(0.95),
        p99_ms: milliseconds(0.99),
        max_ms: outcome.latency.max() as f64 / 1e3,
        answer_bytes: outcome.answer_bytes,
        error_count: outcome.error_count(),
        errors: outcome.errors.clone(),
        server_cpu_us: each(spent.server),
        client_cpu_us: each(spent.client),
        other_cores: others(),
    }
}
