//! A clock of our own, for tests, simulation and the demonstration.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Clock, Reading, Source};

/// A clock that stands still until it is stepped. It steps forward with both hands; only [`SteppedClock::set_wall`] sets
/// the wall hand apart from the other, as somebody sets the clock of a machine.
#[derive(Debug, Clone)]
pub struct SteppedClock {
    hands: Arc<watch::Sender<Reading>>,
    boot: Uuid,
}

impl SteppedClock {
    /// A clock that stands at `at`.
    pub fn new(at: Timestamp) -> Self {
        Self {
            hands: Arc::new(watch::Sender::new(Reading {
                wall: at,
                since_boot: SignedDuration::ZERO,
            })),
            boot: Uuid::new_v4(),
        }
    }

    /// Moves on until the wall hand says `at`, and wakes the sleepers whose time has come. An earlier `at` changes nothing.
    pub fn step_to(&self, at: Timestamp) {
        self.hands.send_if_modified(|hands| {
            let by = at.duration_since(hands.wall);
            let is_later = by > SignedDuration::ZERO;
            if is_later {
                hands.wall = at;
                hands.since_boot = hands.since_boot.saturating_add(by);
            }
            is_later
        });
    }

    /// Moves on by `span`. A negative one changes nothing.
    pub fn step(&self, span: SignedDuration) {
        let wall = self.hands.borrow().wall;
        self.step_to(wall.saturating_add(span).unwrap_or(Timestamp::MAX));
    }

    /// Sets the wall hand, forward or back, while no time passes.
    pub fn set_wall(&self, at: Timestamp) {
        self.hands.send_modify(|hands| hands.wall = at);
    }
}

#[async_trait]
impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        self.hands.borrow().wall
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut hands = self.hands.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = hands.wait_for(|hands| hands.wall >= at).await;
    }
}

#[async_trait]
impl Source for SteppedClock {
    fn read(&self) -> Reading {
        *self.hands.borrow()
    }

    async fn wait(&self, seen: Reading, _left: SignedDuration) {
        let mut hands = self.hands.subscribe();
        let _ = hands.wait_for(|hands| *hands != seen).await;
    }

    fn boot_id(&self) -> Option<String> {
        Some(self.boot.to_string())
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

    #[test]
    fn only_setting_it_parts_the_hands() {
        let clock = SteppedClock::new(at("2026-11-21T00:00:00Z"));
        clock.step(SignedDuration::from_hours(1));
        clock.set_wall(at("2026-11-20T00:00:00Z"));
        clock.step(SignedDuration::from_hours(2));
        let expected = Reading {
            wall: at("2026-11-20T02:00:00Z"),
            since_boot: SignedDuration::from_hours(3),
        };
        assert_eq!(clock.read(), expected);
    }
}
