//! What a start costs: until it serves, until it is quiet, and the memory it holds then.

use std::time::Duration;

use serde::Serialize;

use crate::clock;
use crate::hotline::{Hotline, Server};
use crate::report;
use crate::usage::{self, Memory};

/// How long a server may take to become quiet.
const QUIET_WITHIN: Duration = Duration::from_secs(1_800);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A server that uses less than a hundredth of a processor for so long is quiet.
const QUIET_FOR: Duration = Duration::from_secs(3);
/// How long a quiet server is watched for what idling costs.
const IDLE_FOR: Duration = Duration::from_secs(20);

/// One start.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Start {
    /// Seconds until health answered SERVING.
    pub(crate) serving_seconds: f64,
    /// Seconds until the followers had caught up and nothing was left to do; none when that took too long.
    pub(crate) quiet_seconds: Option<f64>,
    /// Processor time until then.
    pub(crate) processor_seconds: f64,
    pub(crate) memory_serving: Option<Memory>,
    pub(crate) memory_quiet: Option<Memory>,
}

/// Starts a server and waits until it is quiet.
pub(crate) async fn start(hotline: &Hotline, how: &str) -> anyhow::Result<(Server, Start)> {
    report::note(&format!("starting {how}"));
    let begun = clock::now();
    let server = hotline.start().await?;
    let pid = server.process.pid();
    let memory_serving = usage::memory_of(pid);
    let quiet_seconds = quiet(pid).await.map(|at| at.duration_since(begun).as_secs_f64());
    let start = Start {
        serving_seconds: server.started_within.as_secs_f64(),
        quiet_seconds,
        processor_seconds: usage::cpu_of(pid).unwrap_or_default().as_secs_f64(),
        memory_serving,
        memory_quiet: usage::memory_of(pid),
    };
    Ok((server, start))
}

/// Since when the process has been quiet.
async fn quiet(pid: u32) -> Option<std::time::Instant> {
    let begun = clock::now();
    let (mut since, mut used) = (clock::now(), usage::cpu_of(pid)?);
    while begun.elapsed() < QUIET_WITHIN {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = usage::cpu_of(pid)?;
        if now.saturating_sub(used) > since.elapsed() / 100 + Duration::from_millis(10) {
            (since, used) = (clock::now(), now);
        } else if since.elapsed() >= QUIET_FOR {
            return Some(since);
        }
    }
    None
}

/// Processor time a minute of idling costs, in milliseconds.
pub(crate) async fn idle_cost(server: &Server) -> Option<f64> {
    let pid = server.process.pid();
    let (begun, before) = (clock::now(), usage::cpu_of(pid)?);
    tokio::time::sleep(IDLE_FOR).await;
    let spent = usage::cpu_of(pid)?.saturating_sub(before).as_secs_f64();
    Some(spent * 1e3 * 60.0 / begun.elapsed().as_secs_f64())
}
