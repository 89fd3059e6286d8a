//! What wakes the due loop before its time: a clock that has just begun may be due sooner than the one slept for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::limits::{NAP_MAX, NAP_MAX_BEHIND};

/// Between the projection, which hears of new clocks, and the loop.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    notify: Notify,
    sleep: Mutex<Sleep>,
    is_current: AtomicBool,
}

#[derive(Debug)]
struct Sleep {
    /// The soonest due heard of since the loop last asked what is due.
    soonest: Timestamp,
    /// What the loop sleeps for; long past while it is awake.
    until: Timestamp,
}

impl Default for Sleep {
    fn default() -> Self {
        Self {
            soonest: Timestamp::MAX,
            until: Timestamp::MIN,
        }
    }
}

impl Wake {
    /// The loop is about to ask what is due: what it hears from now on may not be in the answer.
    pub(crate) fn begin(&self) {
        *self.lock() = Sleep::default();
    }

    /// The loop wants to sleep until the next due it was told of. Answers until when it may: something sooner may have
    /// been heard of since it asked.
    pub(crate) fn sleep_until(&self, next: Option<Timestamp>) -> Timestamp {
        let mut sleep = self.lock();
        sleep.until = next.unwrap_or(Timestamp::MAX).min(sleep.soonest);
        sleep.until
    }

    /// A clock has begun; nothing of it fires before `at`.
    pub(crate) fn heard(&self, at: Timestamp) {
        let mut sleep = self.lock();
        sleep.soonest = sleep.soonest.min(at);
        if at < sleep.until {
            self.notify.notify_one();
        }
    }

    /// Somebody has done something the loop waits for.
    pub(crate) fn stir(&self) {
        self.notify.notify_one();
    }

    /// The projection has caught up with the feed: it hears of new clocks as they begin.
    pub(crate) fn caught_up(&self) {
        self.is_current.store(true, Ordering::Relaxed);
    }

    /// How long the loop may sleep at most.
    pub(crate) fn nap_max(&self) -> Duration {
        if self.is_current.load(Ordering::Relaxed) {
            NAP_MAX
        } else {
            NAP_MAX_BEHIND
        }
    }

    /// Returns once something sooner is heard of.
    pub(crate) async fn woken(&self) {
        self.notify.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Sleep> {
        self.sleep.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).unwrap()
    }

    fn is_woken(wake: &Wake) -> bool {
        wake.woken().now_or_never().is_some()
    }

    #[test]
    fn only_something_sooner_wakes() {
        let wake = Wake::default();
        wake.begin();
        assert_eq!(wake.sleep_until(Some(at(5))), at(5));
        wake.heard(at(6));
        assert!(!is_woken(&wake));
        wake.heard(at(4));
        assert!(is_woken(&wake));
    }

    #[test]
    fn what_is_heard_while_asking_shortens_the_sleep() {
        let wake = Wake::default();
        wake.begin();
        wake.heard(at(3));
        assert!(!is_woken(&wake), "the loop is awake anyway");
        assert_eq!(wake.sleep_until(Some(at(5))), at(3));
        wake.begin();
        assert_eq!(wake.sleep_until(None), Timestamp::MAX);
    }

    #[test]
    fn naps_are_short_until_the_feed_is_caught_up_with() {
        let wake = Wake::default();
        assert_eq!(wake.nap_max(), NAP_MAX_BEHIND);
        wake.caught_up();
        assert_eq!(wake.nap_max(), NAP_MAX);
    }
}
