//! The clock at the rim. Inside, `now` is an argument.
//!
//! A [`Source`] reads the hands of a machine, [`SystemClock`] or in tests [`SteppedClock`]; what the roles are given is a
//! [`TrustedClock`] over one.

mod stepped;
mod system;
mod trusted;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

pub use stepped::SteppedClock;
pub use system::SystemClock;
pub use trusted::{Doubt, LEAP_MAX, Look, TrustedClock, Why};

/// What time it is.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now. Never runs backwards on a [`TrustedClock`]; may on a machine whose clock is set.
    fn now(&self) -> Timestamp;

    /// Returns once [`Clock::now`] is at or after `at`.
    async fn sleep_until(&self, at: Timestamp);
}

/// A clock to share.
pub type SharedClock = Arc<dyn Clock>;

/// What the two hands of a machine's clock say at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock, which people and time servers set.
    pub wall: Timestamp,
    /// The time since the machine was started, suspended or not. Nobody can set it.
    pub since_boot: SignedDuration,
}

/// Where time is read.
#[async_trait]
pub trait Source: Send + Sync {
    /// Both hands.
    fn read(&self) -> Reading;

    /// Returns once something else than `seen` may be read, at the latest about when `left` has passed.
    async fn wait(&self, seen: Reading, left: SignedDuration);

    /// Names the start of the machine [`Reading::since_boot`] counts from; none where it is worth nothing to another
    /// process.
    fn boot_id(&self) -> Option<String> {
        None
    }
}
