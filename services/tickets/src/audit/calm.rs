//! Whether the due loop may still have something to catch up with.

use std::pin::Pin;

use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use kit::clock::{Clock as _, TrustedClock};

use super::GRACE;

/// A process that stands still for longer has much to catch up with; after a shorter while nothing is late by [`GRACE`].
const STILL_MAX: SignedDuration = SignedDuration::from_mins(5);

/// A time without a break: the process has run, and its clock was believed.
pub(crate) struct Calm<'a> {
    clock: &'a TrustedClock,
    /// When it was last looked at.
    seen_at: Timestamp,
    believed_again: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl<'a> Calm<'a> {
    pub(crate) fn begin(clock: &'a TrustedClock) -> Self {
        Self {
            believed_again: Box::pin(clock.believed_again()),
            seen_at: clock.now(),
            clock,
        }
    }

    /// Waits until it has lasted for [`GRACE`], beginning anew with every break. `tell` is told when that will be.
    pub(super) async fn settle(clock: &'a TrustedClock, tell: impl Fn(Timestamp)) -> Self {
        loop {
            let mut calm = Self::begin(clock);
            let settled_at = calm.seen_at + GRACE;
            tell(settled_at);
            clock.sleep_until(settled_at).await;
            calm.seen_at = settled_at;
            if calm.lasts() {
                return calm;
            }
        }
    }

    /// Whether there was no break until now. Not asked for longer than [`STILL_MAX`], it is over; and once over, for good.
    pub(super) fn lasts(&mut self) -> bool {
        let look = self.clock.look();
        let still_for = look.now.duration_since(self.seen_at);
        self.seen_at = look.now;
        let was_doubted = look.doubt.is_some() || (&mut self.believed_again).now_or_never().is_some();
        !was_doubted && still_for <= STILL_MAX
    }
}
