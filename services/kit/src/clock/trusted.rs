//! The clock the roles go by: follows the wall clock as long as that can be believed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{Clock, Reading, Source};

/// How far the wall clock may part from the clock nobody can set before it is doubted.
pub const LEAP_MAX: SignedDuration = SignedDuration::from_mins(5);

/// How far the wall clock may be ahead of the ledger that is opened, where nothing else is there to compare with. An outage
/// is shorter; and a time that was told and recorded cannot be taken back.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// After so long the two are compared from a new start, so that small corrections over the weeks do not add up to a leap.
/// Slewing moves both hands alike and is never one.
const COMPARED_FOR: SignedDuration = SignedDuration::from_mins(30);

/// A clock that never runs backwards, is never behind what a ledger has recorded, and doubts a wall clock that leaps.
///
/// | the wall clock | time goes on | fires |
/// | --- | --- | --- |
/// | keeps within [`LEAP_MAX`] of the boot clock | with the wall clock | yes |
/// | leaps further, or is found that far behind the ledger, or [`AHEAD_MAX`] ahead of it, when that is opened | with the boot clock, from the last good look | no, until put right or confirmed |
/// | is put right again: back to where the boot clock, or the ledger, says it should be | with the wall clock | yes |
/// | is confirmed, ahead of the time told | with the wall clock, by a jump | yes |
/// | is confirmed, behind the time told | not at all until the wall clock has caught up | what is due already |
///
/// Standing still is what is left where a clock turns out to have been ahead: going on beside it would fire every level
/// before its time by the clock that was just said to be right, and slewing would do so in part. While time stands still
/// nobody's limit runs, so that nobody is charged too soon; commits are still told apart by their sequence.
///
/// Each look compares, so that no decision is ever made by a clock nobody has looked at. Leaps below [`LEAP_MAX`] are
/// followed: forward at once, back by standing still for so long.
pub struct TrustedClock {
    source: Arc<dyn Source>,
    /// Whether a leap is doubted. Where no decision is made by this clock there is nobody to confirm it to.
    doubts: bool,
    state: Mutex<State>,
    /// Wakes sleepers at the end of a doubt: time may have jumped without a hand having moved.
    jumped: watch::Sender<u64>,
}

struct State {
    /// The latest time told, or recorded elsewhere; none earlier is told.
    told: Timestamp,
    /// The last good look, or where trusted time started from without one.
    good: Reading,
    doubt: Option<Doubt>,
    /// Whether the good look is one of an earlier process, with which the wall clock of now agrees or not.
    is_compared: bool,
}

/// Why the wall clock is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It has leapt against the boot clock.
    Leapt,
    /// It is behind the last commit of the ledger, which was opened with nothing else to compare with.
    BehindLedger,
    /// It is so far ahead of it.
    AheadOfLedger,
}

impl Why {
    /// Why a wall clock is not believed that is so far from a ledger: how long nobody has recorded anything is unknown.
    fn by_ledger(leap: SignedDuration) -> Option<Self> {
        if leap < -LEAP_MAX {
            Some(Why::BehindLedger)
        } else if leap > AHEAD_MAX {
            Some(Why::AheadOfLedger)
        } else {
            None
        }
    }

    /// The same of one that has been doubted for this.
    fn still(self, leap: SignedDuration) -> Option<Self> {
        match self {
            Why::Leapt => (leap.abs() > LEAP_MAX).then_some(self),
            Why::BehindLedger | Why::AheadOfLedger => Self::by_ledger(leap),
        }
    }
}

/// A wall clock that is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// Why.
    pub why: Why,
    /// The time when that was found. Another leap is another doubt.
    pub since: Timestamp,
    /// How far it was from where it should be then.
    pub leap: SignedDuration,
}

/// What one look at the clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The time to go by.
    pub now: Timestamp,
    /// What the wall clock says.
    pub wall: Timestamp,
    /// What it should say by the boot clock since the last good look.
    pub expected: Timestamp,
    /// Why it is not believed, if so.
    pub doubt: Option<Doubt>,
}

impl Look {
    /// How far the wall clock is from where it should be.
    pub fn leap(&self) -> SignedDuration {
        self.wall.duration_since(self.expected)
    }

    /// How long time will stand still until the wall clock has caught up; zero when it does not.
    pub fn stands_still_for(&self) -> SignedDuration {
        if self.doubt.is_some() {
            return SignedDuration::ZERO;
        }
        self.now.duration_since(self.wall).max(SignedDuration::ZERO)
    }
}

/// What one look has changed.
enum Change {
    None,
    Doubted,
    PutRight,
}

impl TrustedClock {
    /// A clock that doubts leaps, for a process that keeps tickets. `earlier` is the last good look of a process before it
    /// ([`TrustedClock::good`]) since the same start of the machine: compared with that, a leap is noticed, and stays
    /// doubted, over a restart.
    pub fn new(source: Arc<dyn Source>, earlier: Option<Reading>) -> Arc<Self> {
        Self::over(source, true, earlier)
    }

    /// A clock that follows the wall clock wherever it goes, but never backwards: for a process that asks another one what
    /// is due and what to decide.
    pub fn following(source: Arc<dyn Source>) -> Arc<Self> {
        Self::over(source, false, None)
    }

    fn over(source: Arc<dyn Source>, doubts: bool, earlier: Option<Reading>) -> Arc<Self> {
        let first = source.read();
        let earlier = earlier.filter(|earlier| earlier.since_boot <= first.since_boot);
        let good = earlier.unwrap_or(first);
        let clock = Self {
            source,
            doubts,
            state: Mutex::new(State {
                told: good.wall,
                good,
                doubt: None,
                is_compared: earlier.is_some(),
            }),
            jumped: watch::Sender::new(0),
        };
        clock.look();
        Arc::new(clock)
    }

    /// The ledger's last commit was kept at `last`: no earlier time is told from now on. A wall clock that is behind it, or
    /// far ahead of it, is doubted, unless it agrees with an earlier process's good look: then the ledger has been ahead
    /// before, and time stands still; or nobody has recorded anything for so long.
    pub fn open_ledger(&self, last: Timestamp) {
        let mut state = self.lock();
        let read = self.source.read();
        let leap = read.wall.duration_since(last);
        let why = Why::by_ledger(leap).filter(|_| self.doubts && !state.is_compared && state.doubt.is_none());
        // Before there was a ledger nothing was decided by the time told.
        state.told = if why.is_some() { last } else { state.told.max(last) };
        if let Some(why) = why {
            state.good = Reading {
                wall: last,
                since_boot: read.since_boot,
            };
            state.doubt = Some(Doubt {
                why,
                since: last,
                leap,
            });
            drop(state);
            tracing::error!(wall = %read.wall, ledger = %last, apart_seconds = leap.as_secs(),
                "the machine's clock is behind the ledger, or far ahead of it: nothing fires until it is put right or confirmed");
        }
    }

    /// The time to go by.
    pub fn now(&self) -> Timestamp {
        self.look().now
    }

    /// Looks at both hands. The time told is never earlier than before.
    pub fn look(&self) -> Look {
        let mut state = self.lock();
        // Read under the lock: of two who look at once, the later reading must not be told first.
        let read = self.source.read();
        let change = state.compare(read, self.doubts);
        let look = state.look(read);
        drop(state);
        match change {
            Change::None => {}
            Change::Doubted => {
                tracing::error!(wall = %look.wall, expected = %look.expected, leap_seconds = look.leap().as_secs(),
                    "the machine's clock has leapt: nothing fires until it is put right or confirmed");
            }
            Change::PutRight => {
                tracing::warn!(wall = %look.wall, "the machine's clock was put right: firing goes on");
                self.wake();
            }
        }
        look
    }

    /// Somebody says that the wall clock is right as it stands. Answers the look that was doubted; none when there was
    /// nothing to confirm.
    pub fn confirm(&self) -> Option<Look> {
        let mut state = self.lock();
        let read = self.source.read();
        state.compare(read, self.doubts);
        let doubted = state.look(read);
        doubted.doubt?;
        state.doubt = None;
        state.good = read;
        state.look(read);
        drop(state);
        self.wake();
        Some(doubted)
    }

    /// The last good look, and which start of the machine it counts from, for a later process to [`TrustedClock::resume`]
    /// from. None while the wall clock is doubted.
    pub fn good(&self) -> Option<(String, Reading)> {
        if !self.doubts {
            return None;
        }
        let boot = self.source.boot_id()?;
        let state = self.lock();
        state.doubt.is_none().then_some((boot, state.good))
    }

    /// Returns once a doubt has ended after this was called.
    pub fn believed_again(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut jumped = self.jumped.subscribe();
        async move {
            // Over only with the clock itself: then nobody waits.
            let _ = jumped.changed().await;
        }
    }

    fn wake(&self) {
        self.jumped.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Where the wall clock should be.
    fn expected(&self, read: Reading) -> Timestamp {
        let passed = read.since_boot.saturating_sub(self.good.since_boot);
        self.good.wall.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn compare(&mut self, read: Reading, doubts: bool) -> Change {
        let leap = read.wall.duration_since(self.expected(read));
        let Some(doubt) = self.doubt else {
            if let Some(why) = Why::Leapt.still(leap).filter(|_| doubts) {
                return self.doubt(read, why, leap);
            }
            if read.since_boot.saturating_sub(self.good.since_boot) >= COMPARED_FOR {
                self.good = read;
            }
            return Change::None;
        };
        match doubt.why.still(leap) {
            Some(why) if (leap - doubt.leap).abs() > LEAP_MAX => self.doubt(read, why, leap),
            Some(_) => Change::None,
            None => {
                self.doubt = None;
                self.good = read;
                Change::PutRight
            }
        }
    }

    fn doubt(&mut self, read: Reading, why: Why, leap: SignedDuration) -> Change {
        self.doubt = Some(Doubt {
            why,
            since: self.expected(read).max(self.told),
            leap,
        });
        Change::Doubted
    }

    fn look(&mut self, read: Reading) -> Look {
        let expected = self.expected(read);
        let time = if self.doubt.is_some() { expected } else { read.wall };
        self.told = self.told.max(time);
        Look {
            now: self.told,
            wall: read.wall,
            expected,
            doubt: self.doubt,
        }
    }
}

#[async_trait]
impl Clock for TrustedClock {
    fn now(&self) -> Timestamp {
        TrustedClock::now(self)
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let mut jumped = self.jumped.subscribe();
            let seen = self.source.read();
            let left = at.duration_since(self.now());
            if left <= SignedDuration::ZERO {
                return;
            }
            tokio::select! {
                () = self.source.wait(seen, left) => {}
                _ = jumped.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
