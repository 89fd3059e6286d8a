//! Walks the feed afterwards: what has fired, once and only once, never early, in which order and how late.

use std::collections::HashMap;
use std::sync::Arc;

use domain::id::TicketNumber;
use domain::ticket::Event;
use hdrhistogram::Histogram;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use storage::Embedded;
use storage::port::{Ledger, Offset, ROWS_MAX};

use super::storm::Life;
use super::surge::Surge;

/// A start so long after a due time has missed it because the system was down.
const DOWN_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// What the journal shows.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Proof {
    /// What was to fire.
    pub(crate) expected: u64,
    /// Of that, what has fired.
    pub(crate) fired: u64,
    /// What has not.
    pub(crate) missing: u64,
    /// Fired again.
    pub(crate) twice: u64,
    /// Fired before its instant.
    pub(crate) early: u64,
    /// Recorded with an instant that was not its own.
    pub(crate) wrong_instant: u64,
    /// Other levels that fired meanwhile.
    pub(crate) others: u64,
    /// Fired, in one life of the server, after one that was due later.
    pub(crate) out_of_order: u64,
    /// The most by which one that was due later was ahead, in milliseconds.
    pub(crate) ahead_ms_max: f64,
    /// Marked "late because the system was down".
    pub(crate) system_was_down: u64,
    /// Marked, though due less than a minute before the start of the process that fired it, or the other way round.
    pub(crate) wrongly_marked: u64,
    /// Of those that were due one after the other: from the due time to the record's time.
    pub(crate) single_lag: Lag,
    /// Of those of the one second, fired by a process that ran when they fell due.
    pub(crate) surge_lag: Lag,
    /// Of those of the one second, fired by a later one.
    pub(crate) restart_lag: Lag,
}

/// How late levels fired, in milliseconds.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Lag {
    pub(crate) count: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Lag {
    fn of(micros: &Histogram<u64>) -> Self {
        let ms = |micros: u64| micros as f64 / 1e3;
        Self {
            count: micros.len(),
            p50_ms: ms(micros.value_at_quantile(0.5)),
            p99_ms: ms(micros.value_at_quantile(0.99)),
            max_ms: ms(micros.max()),
        }
    }
}

/// Microseconds, up to an hour.
fn lags() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 3_600_000_000, 3)?)
}

struct Walk<'a> {
    surge: &'a Surge,
    lives: &'a [Life],
    times: HashMap<TicketNumber, u32>,
    proof: Proof,
    single_lag: Histogram<u64>,
    surge_lag: Histogram<u64>,
    restart_lag: Histogram<u64>,
    /// The life of the last one, and the latest due time fired in it.
    latest: (usize, Timestamp),
}

/// Reads everything after a place in the feed.
pub(crate) async fn walk(
    ledger: &Arc<Embedded>,
    after: u64,
    surge: &Surge,
    lives: &[Life],
) -> anyhow::Result<Proof> {
    let mut walk = Walk {
        surge,
        lives,
        times: HashMap::with_capacity(surge.due.len()),
        proof: Proof::default(),
        single_lag: lags()?,
        surge_lag: lags()?,
        restart_lag: lags()?,
        latest: (0, Timestamp::MIN),
    };
    let mut offset = Offset {
        sequence: after,
        ordinal: u32::MAX,
    };
    loop {
        let entries = ledger.feed(offset, ROWS_MAX).await?;
        let Some(last) = entries.last() else { break };
        offset = last.offset;
        for entry in entries {
            walk.take(
                entry.recorded.number,
                entry.recorded.at,
                &entry.recorded.fact.event,
            );
        }
    }
    Ok(walk.end())
}

impl Walk<'_> {
    fn take(&mut self, number: TicketNumber, at: Timestamp, event: &Event) {
        let Event::LevelFired {
            clock,
            level,
            due_at,
            system_was_down,
            ..
        } = event
        else {
            return;
        };
        let due = self.surge.due.get(&number);
        let Some(due) = due.filter(|_| (*clock, *level) == (self.surge.run, self.surge.level)) else {
            self.proof.others += 1;
            return;
        };
        let times = self.times.entry(number).or_default();
        *times += 1;
        let proof = &mut self.proof;
        proof.twice += u64::from(*times > 1);
        proof.early += u64::from(at < *due);
        proof.wrong_instant += u64::from(due_at != due);
        proof.system_was_down += u64::from(*system_was_down);
        let life = self
            .lives
            .iter()
            .rposition(|life| at >= life.started_at)
            .unwrap_or(0);
        self.order(life, *due);
        let started_at = self.lives.get(life).map_or(at, |life| life.started_at);
        let was_missed = started_at.duration_since(*due) > DOWN_GRACE;
        self.proof.wrongly_marked += u64::from(was_missed != *system_was_down);
        let micros = u64::try_from(at.duration_since(*due).as_micros()).unwrap_or(0);
        let lag = if *due < self.surge.second {
            &mut self.single_lag
        } else if *due >= started_at {
            &mut self.surge_lag
        } else {
            &mut self.restart_lag
        };
        lag.saturating_record(micros);
    }

    fn order(&mut self, life: usize, due: Timestamp) {
        let (before, latest) = self.latest;
        if life == before && due < latest {
            self.proof.out_of_order += 1;
            let ahead = latest.duration_since(due).as_secs_f64() * 1e3;
            self.proof.ahead_ms_max = self.proof.ahead_ms_max.max(ahead);
        }
        self.latest = if life == before {
            (life, latest.max(due))
        } else {
            (life, due)
        };
    }

    fn end(self) -> Proof {
        let (expected, fired) = (self.surge.due.len() as u64, self.times.len() as u64);
        Proof {
            expected,
            fired,
            missing: expected - fired,
            single_lag: Lag::of(&self.single_lag),
            surge_lag: Lag::of(&self.surge_lag),
            restart_lag: Lag::of(&self.restart_lag),
            ..self.proof
        }
    }
}
