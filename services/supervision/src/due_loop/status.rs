//! How the due loop stands, for whoever asks: the RPC, the metrics.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use kit::clock::SharedClock;
use proto::common::v1::{ClockDoubt, MachineClock};

/// Whether the loop fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// It fires what is due.
    #[default]
    Running,
    /// It fires nothing: the machine's clock is doubted.
    Halted,
    /// It fires nothing: tickets cannot be asked.
    CutOff,
}

/// What the loop has to tell.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Whether it fires.
    pub state: State,
    /// The clock of the machine that keeps tickets, as last heard.
    pub clock: Option<MachineClock>,
    /// When the oldest level that is due and has not fired was to fire.
    pub oldest: Option<Timestamp>,
    /// When the earliest level that was not due yet is to fire.
    pub next: Option<Timestamp>,
    /// When it last looked at everything that is due.
    pub last_pass_at: Option<Timestamp>,
    /// What was due clearly before is fired as late because the system was down.
    pub up_since: Option<Timestamp>,
    /// Levels fired since the process was started.
    pub fired: u64,
    /// Those of them that are charged to nobody because the system was down.
    pub down: u64,
    /// Tickets with a level that could not be fired.
    pub stuck: usize,
}

impl Standing {
    /// What tickets say of their clock: by that the loop is halted, or goes on, as soon as it asks again.
    pub(crate) fn heard(&mut self, clock: Option<MachineClock>) {
        self.clock = clock;
        self.state = match (self.state, self.is_doubted()) {
            (_, true) => State::Halted,
            (State::Halted, false) => State::Running,
            (state, false) => state,
        };
    }

    /// Whether the clock is doubted.
    pub fn is_doubted(&self) -> bool {
        self.clock
            .is_some_and(|clock| clock.doubt() != ClockDoubt::Unspecified)
    }

    /// How far the oldest level that is due lies behind `now`. What was to come and has come meanwhile counts, so that a
    /// loop that hangs is seen to.
    pub fn lag(&self, now: Timestamp) -> SignedDuration {
        let oldest = self.oldest.into_iter().chain(self.next).min();
        oldest
            .map(|at| now.duration_since(at))
            .unwrap_or_default()
            .max(SignedDuration::ZERO)
    }
}

/// A loop's standing, shared with whoever asks.
#[derive(Clone)]
pub struct Status {
    clock: SharedClock,
    standing: Arc<Mutex<Standing>>,
}

impl Status {
    pub(crate) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            standing: Arc::default(),
        }
    }

    /// As it now stands, and how far behind it is.
    pub fn now(&self) -> (Standing, SignedDuration) {
        let standing = self.lock().clone();
        let lag = standing.lag(self.clock.now());
        (standing, lag)
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_grows_while_a_loop_hangs() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut standing = Standing {
            next: Some(at(100)),
            ..Standing::default()
        };
        assert_eq!(standing.lag(at(90)), SignedDuration::ZERO);
        assert_eq!(standing.lag(at(160)), SignedDuration::from_mins(1));
        standing.oldest = Some(at(40));
        assert_eq!(standing.lag(at(160)), SignedDuration::from_mins(2));
        assert_eq!(Standing::default().lag(at(160)), SignedDuration::ZERO);
    }
}
