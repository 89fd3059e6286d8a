//! How far the followers are behind: forms that are acknowledged but which triage has not touched, and how long the
//! followers need once the load has ended.
//!
//! Triage takes the feed in order, so the last ticket it has touched is found by halving; a few reads a second do not
//! disturb the load.

use std::time::Duration;

use serde::Serialize;

use crate::clock;
use crate::hotline::Asker;
use crate::load::Progress;
use crate::usage;

const SAMPLE_EVERY: Duration = Duration::from_secs(1);
const POLL_EVERY: Duration = Duration::from_millis(20);

/// A look at the followers while the load runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sample {
    /// Seconds since the load began.
    pub(crate) at_seconds: f64,
    /// Forms acknowledged.
    pub(crate) acknowledged: usize,
    /// Of these, not yet touched by triage.
    pub(crate) untouched: usize,
}

/// Where triage stands.
pub(crate) struct Frontier<'a> {
    asker: &'a Asker,
    progress: &'a Progress,
    /// All before this one are touched.
    touched: usize,
}

impl<'a> Frontier<'a> {
    /// Nothing is known yet.
    pub(crate) fn new(asker: &'a Asker, progress: &'a Progress) -> Self {
        Self {
            asker,
            progress,
            touched: 0,
        }
    }

    /// Finds it anew and answers how many are acknowledged and how many of them untouched.
    pub(crate) async fn look(&mut self) -> anyhow::Result<(usize, usize)> {
        let acknowledged = self.progress.count();
        let (mut low, mut high) = (self.touched, acknowledged);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.is_touched(middle).await? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.touched = low;
        Ok((acknowledged, acknowledged - low))
    }

    /// Looks once a second until dropped.
    pub(crate) async fn watch(&mut self, samples: &mut Vec<Sample>) -> anyhow::Result<()> {
        let begun = clock::now();
        loop {
            tokio::time::sleep(SAMPLE_EVERY).await;
            let (acknowledged, untouched) = self.look().await?;
            samples.push(Sample {
                at_seconds: begun.elapsed().as_secs_f64(),
                acknowledged,
                untouched,
            });
        }
    }

    async fn is_touched(&self, nth: usize) -> anyhow::Result<bool> {
        let Some(acknowledged) = self.progress.nth(nth) else {
            return Ok(false);
        };
        let ticket = self.asker.ticket(acknowledged.number).await?;
        // One that may not be seen cannot be told from a touched one.
        Ok(ticket.is_none_or(|ticket| ticket.version > acknowledged.version))
    }
}

/// What was left to do when the load ended.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CatchUp {
    /// Forms acknowledged in all.
    pub(crate) acknowledged: usize,
    /// Of these, not yet touched by triage at the end of the load.
    pub(crate) untouched: usize,
    /// Seconds until triage had touched all; none when it did not within the time given.
    pub(crate) triage_seconds: Option<f64>,
    /// Processor time the server spent on each of them meanwhile, in microseconds.
    pub(crate) triage_cpu_us: Option<f64>,
    /// Seconds until the board knew all; none when it did not within the time given.
    pub(crate) board_seconds: Option<f64>,
}

/// Waits for the followers of the server that is process `server`, at most `within`.
pub(crate) async fn catch_up(
    frontier: &mut Frontier<'_>,
    server: u32,
    within: Duration,
) -> anyhow::Result<CatchUp> {
    let begun = clock::now();
    let cpu_before = usage::cpu_of(server);
    let (acknowledged, untouched) = frontier.look().await?;
    let mut left = untouched;
    while left > 0 && begun.elapsed() < within {
        tokio::time::sleep(POLL_EVERY).await;
        (_, left) = frontier.look().await?;
    }
    let triage_seconds = (left == 0).then(|| begun.elapsed().as_secs_f64());
    let cpu = usage::cpu_of(server)
        .zip(cpu_before)
        .map(|(now, before)| now.saturating_sub(before));
    let done = untouched.saturating_sub(left);
    let triage_cpu_us = cpu
        .filter(|_| done > 0)
        .map(|cpu| cpu.as_secs_f64() * 1e6 / done as f64);

    let all = acknowledged as u64;
    let mut on_board = frontier.asker.tickets_on_board().await?;
    while on_board < all && begun.elapsed() < within {
        tokio::time::sleep(POLL_EVERY).await;
        on_board = frontier.asker.tickets_on_board().await?;
    }
    let board_seconds = (on_board >= all).then(|| begun.elapsed().as_secs_f64());
    Ok(CatchUp {
        acknowledged,
        untouched,
        triage_seconds,
        triage_cpu_us,
        board_seconds,
    })
}

/// What became of the forms once the followers were done.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Fates {
    /// Tickets there are.
    pub(crate) tickets: u64,
    /// With a unit.
    pub(crate) dispatched: u64,
    /// Waiting for a triager, with a reason.
    pub(crate) held: u64,
    /// Neither: triage has not touched them.
    pub(crate) untouched: u64,
}

/// Counts them all.
pub(crate) async fn fates(asker: &Asker) -> anyhow::Result<Fates> {
    let mut fates = Fates::default();
    asker
        .every_ticket(|ticket| {
            fates.tickets += 1;
            if !ticket.lead_unit.is_empty() {
                fates.dispatched += 1;
            } else if !ticket.hold.is_empty() {
                fates.held += 1;
            } else {
                fates.untouched += 1;
            }
        })
        .await?;
    Ok(fates)
}
