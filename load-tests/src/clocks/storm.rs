//! The server fires a surge and is killed in the middle of it, again and again.

use std::time::{Duration, Instant};

use anyhow::ensure;
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::fill;
use super::surge::Surge;
use super::tail::Tail;
use crate::clock;
use crate::hotline::{Hotline, Server};
use crate::report;
use crate::usage;

const LOOK_EVERY: Duration = Duration::from_millis(10);
/// The server may fire nothing for so long before we give it up.
const STALL_MAX: Duration = Duration::from_secs(180);
/// The last outage lasts until so long after the due time: what is left was clearly missed because the system was down.
const LONG_OUTAGE: SignedDuration = SignedDuration::from_secs(75);

/// One life of the server's process.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Life {
    /// When the process was started.
    pub(crate) started_at: Timestamp,
    /// Seconds until it served.
    pub(crate) serving_seconds: f64,
    /// When it was killed, or asked to stop.
    pub(crate) ended_at: Timestamp,
    /// How it ended.
    pub(crate) was_killed: bool,
    /// Levels that had fired when it began.
    pub(crate) fired_before: u64,
    /// Levels that had fired when it ended.
    pub(crate) fired_after: u64,
    /// Seconds from its first level to its last.
    pub(crate) firing_seconds: f64,
    /// Processor time the server used while it fired.
    pub(crate) processor_seconds: f64,
    /// Processors used by anybody else meanwhile.
    pub(crate) others: f64,
}

/// Where it is killed: shares of what is to fire, in thousandths.
pub(crate) fn kill_points(kills: u32, seed: u64) -> Vec<u64> {
    let mut state = seed | 1;
    let part = 900 / u64::from(kills.max(1));
    // In the middle two thirds of each part, so that every life fires something.
    let point = |nth: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        nth * part + part / 6 + (state >> 11) % (part * 2 / 3)
    };
    (0..u64::from(kills)).map(point).collect()
}

/// Lets it fire, killing it at every point; answers its lives.
pub(crate) async fn ride(
    hotline: &Hotline,
    surge: &Surge,
    kills: &[u64],
    tail: &mut Tail,
) -> anyhow::Result<Vec<Life>> {
    let all = u64::try_from(surge.due.len())?;
    let bar = fill::bar(all);
    let mut lives = Vec::new();
    for nth in 0..=kills.len() {
        let until = kills.get(nth).map_or(all, |share| all * share / 1_000);
        if nth > 0 && nth == kills.len() {
            outage(surge.second + LONG_OUTAGE, &bar).await;
        }
        let life = live(hotline, tail, until, nth < kills.len(), &bar).await?;
        let how = if life.was_killed { "kill -9" } else { "all fired" };
        bar.suspend(|| report::note(&format!("{how}: {} of {all} fired", life.fired_after)));
        lives.push(life);
    }
    bar.finish_and_clear();
    Ok(lives)
}

async fn live(
    hotline: &Hotline,
    tail: &mut Tail,
    until: u64,
    is_killed: bool,
    bar: &ProgressBar,
) -> anyhow::Result<Life> {
    let started_at = clock::today();
    let server = hotline.start().await?;
    tail.rewind();
    let pid = server.process.pid();
    let mut firing = Firing::default();
    let fired_before = tail.fired()?;
    let mut moved = clock::now();
    let mut fired = fired_before;
    while fired < until {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = tail.fired()?;
        if now > fired {
            firing.saw(pid);
            (fired, moved) = (now, clock::now());
            bar.set_position(fired);
        }
        ensure!(
            moved.elapsed() < STALL_MAX,
            "nothing fires any more: {fired} of {until}"
        );
    }
    let serving_seconds = server.started_within.as_secs_f64();
    let ended_at = end(server, is_killed).await?;
    let (firing_seconds, processor_seconds, others) = firing.used();
    Ok(Life {
        started_at,
        serving_seconds,
        ended_at,
        was_killed: is_killed,
        fired_before,
        fired_after: tail.fired()?,
        firing_seconds,
        processor_seconds,
        others,
    })
}

async fn end(server: Server, is_killed: bool) -> anyhow::Result<Timestamp> {
    let at = clock::today();
    if is_killed {
        server.process.kill().await?;
    } else {
        server.stop().await?;
    }
    Ok(at)
}

async fn outage(until: Timestamp, bar: &ProgressBar) {
    let left = until.duration_since(clock::today());
    if let Ok(left) = Duration::try_from(left) {
        let left = left.min(Duration::from_secs(300));
        bar.suspend(|| report::note(&format!("down for {} s", left.as_secs())));
        tokio::time::sleep(left).await;
    }
}

/// What was used between the first level and the last.
#[derive(Default)]
struct Firing {
    first: Option<Look>,
    last: Option<Look>,
}

#[derive(Clone, Copy)]
struct Look {
    at: Instant,
    server: Duration,
    own: Duration,
    machine: Duration,
}

impl Firing {
    fn saw(&mut self, pid: u32) {
        let look = Look {
            at: clock::now(),
            server: usage::cpu_of(pid).unwrap_or_default(),
            own: usage::cpu_of(std::process::id()).unwrap_or_default(),
            machine: usage::cpu_of_machine().unwrap_or_default(),
        };
        self.first.get_or_insert(look);
        self.last = Some(look);
    }

    /// Seconds, the server's processor time, processors used by anybody but it and us.
    fn used(&self) -> (f64, f64, f64) {
        let Some((first, last)) = self.first.zip(self.last) else {
            return (0.0, 0.0, 0.0);
        };
        let seconds = last.at.duration_since(first.at).as_secs_f64();
        let since = |of: fn(&Look) -> Duration| of(&last).saturating_sub(of(&first)).as_secs_f64();
        let server = since(|look| look.server);
        let others = since(|look| look.machine) - server - since(|look| look.own);
        (seconds, server, others.max(0.0) / seconds.max(1e-9))
    }
}

/// Waits until shortly before the first is due, saying so.
pub(crate) fn announce(surge: &Surge, kills: &[u64]) {
    let shares: Vec<String> = kills.iter().map(|share| format!("{} %", share / 10)).collect();
    report::note(&format!(
        "{} levels are due from {}, all but a few in the second {}; kill -9 at {}",
        surge.due.len(),
        surge.begins_at().strftime("%T"),
        surge.second.strftime("%T"),
        shares.join(", ")
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_killed_in_every_part_and_never_at_the_end() {
        for seed in 0..100 {
            let points = kill_points(3, seed);
            assert_eq!(points.len(), 3);
            assert!(
                points.is_sorted() && points[0] >= 50 && points[2] < 850,
                "{points:?}"
            );
        }
    }
}
