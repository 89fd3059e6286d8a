//! The clock at the rim. Inside, `now` is an argument.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// What time it is.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now. Never runs backwards on a [`SteppedClock`]; may on a machine whose clock is set.
    fn now(&self) -> Timestamp;

    /// Returns once [`Clock::now`] is at or after `at`.
    async fn sleep_until(&self, at: Timestamp);
}

/// A clock to share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The longest nap between two looks at the wall clock, so that a clock that was set is noticed.
const NAP_MAX: SignedDuration = SignedDuration::from_secs(30);

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place that reads the wall clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.duration_since(self.now());
            if left <= SignedDuration::ZERO {
                return;
            }
            let nap = left.min(NAP_MAX).unsigned_abs();
            tokio::time::sleep(nap).await;
        }
    }
}

/// A clock that stands still until it is stepped, for tests, simulation and the demonstration.
#[derive(Debug, Clone)]
pub struct SteppedClock {
    now: Arc<watch::Sender<Timestamp>>,
}

impl SteppedClock {
    /// A clock that stands at `at`.
    pub fn new(at: Timestamp) -> Self {
        Self {
            now: Arc::new(watch::Sender::new(at)),
        }
    }

    /// Moves on to `at` and wakes the sleepers whose time has come. An earlier `at` changes nothing.
    pub fn step_to(&self, at: Timestamp) {
        self.now.send_if_modified(|now| {
            let later = at > *now;
            if later {
                *now = at;
            }
            later
        });
    }

    /// Moves on by `span`. A negative one changes nothing.
    pub fn step(&self, span: SignedDuration) {
        let now = *self.now.borrow();
        self.step_to(now.saturating_add(span).unwrap_or(Timestamp::MAX));
    }
}

#[async_trait]
impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut now = self.now.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = now.wait_for(|now| *now >= at).await;
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_stepped_clock_never_runs_backwards_and_wakes_sleepers() {
        let clock = SteppedClock::new(at("2026-11-21T00:00:00Z"));
        let mut sleeper = Box::pin(clock.sleep_until(at("2026-11-21T01:00:00Z")));
        assert!(sleeper.as_mut().now_or_never().is_none());

        clock.step(SignedDuration::from_mins(59));
        assert!(sleeper.as_mut().now_or_never().is_none());

        clock.step_to(at("2026-11-20T00:00:00Z"));
        assert_eq!(clock.now(), at("2026-11-21T00:59:00Z"));

        clock.step(SignedDuration::from_mins(1));
        sleeper.await;
    }

    #[tokio::test]
    async fn sleeping_until_a_past_time_returns_at_once() {
        SystemClock.sleep_until(at("2020-01-01T00:00:00Z")).await;
    }
}
