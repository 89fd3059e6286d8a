//! A wall clock that is set now and then, and what is trusted of it: never behind what is recorded, and a leap of more than
//! five minutes against the time since the start halts firing until somebody confirms it.

use jiff::{SignedDuration, Timestamp};

/// How far the wall clock may leap unconfirmed.
const LEAP_MAX: SignedDuration = SignedDuration::from_mins(5);

/// The clocks of the machine.
#[derive(Debug, Clone)]
pub(super) struct Wall {
    /// What passes whatever anybody sets.
    true_now: Timestamp,
    /// How far the wall clock is off.
    off: SignedDuration,
    /// How far off it was when it was last confirmed.
    confirmed: SignedDuration,
}

impl Wall {
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            true_now: at,
            off: SignedDuration::ZERO,
            confirmed: SignedDuration::ZERO,
        }
    }

    /// True time.
    pub(super) fn true_now(&self) -> Timestamp {
        self.true_now
    }

    /// Time passes.
    pub(super) fn pass_to(&mut self, at: Timestamp) {
        self.true_now = self.true_now.max(at);
    }

    /// Somebody sets the clock.
    pub(super) fn leap(&mut self, by: SignedDuration) {
        self.off = self.off.saturating_add(by);
    }

    /// Somebody sets it right.
    pub(super) fn set_right(&mut self) {
        self.off = SignedDuration::ZERO;
    }

    /// Somebody says that it is right.
    pub(super) fn confirm(&mut self) {
        self.confirmed = self.off;
    }

    /// Whether nothing fires.
    pub(super) fn is_halted(&self) -> bool {
        (self.off - self.confirmed).abs() > LEAP_MAX
    }

    /// The time as whoever decides sees it.
    pub(super) fn trusted(&self, recorded_at: Timestamp) -> Timestamp {
        let shown = self.true_now.saturating_add(self.off).unwrap_or(self.true_now);
        shown.max(recorded_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_halts_until_confirmed_and_time_never_runs_behind_what_is_recorded() {
        let start = Timestamp::from_second(1_000_000).unwrap();
        let mut wall = Wall::new(start);
        wall.leap(SignedDuration::from_mins(4));
        assert!(!wall.is_halted());
        wall.leap(SignedDuration::from_mins(2));
        assert!(wall.is_halted());
        wall.confirm();
        assert!(!wall.is_halted());
        wall.leap(SignedDuration::from_hours(-1));
        assert!(wall.is_halted());
        assert_eq!(wall.trusted(start), start);
    }
}
