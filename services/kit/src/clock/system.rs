//! The machine's clock.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Clock, Reading, Source};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The longest nap between two looks at the wall clock, so that a clock that was set is noticed.
const NAP_MAX: SignedDuration = SignedDuration::from_secs(30);

/// Where Linux says which start of the machine this is.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

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
            nap(left).await;
        }
    }
}

#[async_trait]
impl Source for SystemClock {
    fn read(&self) -> Reading {
        Reading {
            wall: self.now(),
            since_boot: since_boot(),
        }
    }

    async fn wait(&self, _seen: Reading, left: SignedDuration) {
        nap(left).await;
    }

    fn boot_id(&self) -> Option<String> {
        let id = std::fs::read_to_string(BOOT_ID).ok()?;
        Some(id.trim().to_owned()).filter(|id| !id.is_empty())
    }
}

async fn nap(left: SignedDuration) {
    if left > SignedDuration::ZERO {
        tokio::time::sleep(left.min(NAP_MAX).unsigned_abs()).await;
    }
}

/// Counts while the machine is suspended, too; slewed like the wall clock, but never set.
fn since_boot() -> SignedDuration {
    let read = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    SignedDuration::new(read.tv_sec, i32::try_from(read.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeping_until_a_past_time_returns_at_once() {
        let past = "2020-01-01T00:00:00Z".parse().unwrap();
        SystemClock.sleep_until(past).await;
    }

    #[test]
    fn both_hands_go_on() {
        let (first, second) = (SystemClock.read(), SystemClock.read());
        assert!(first.since_boot > SignedDuration::ZERO && second.since_boot >= first.since_boot);
        assert!(SystemClock.boot_id().is_some());
    }
}
