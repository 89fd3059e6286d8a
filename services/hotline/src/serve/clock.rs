//! The process's clock: what it was known by before, whether it is believed, and who hears of it when it is not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use kit::clock::{LEAP_MAX, Look, Reading, Source, TrustedClock};
use kit::drain::Drain;
use serde::{Deserialize, Serialize};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::config::Config;

/// The name under which health tells whether the clock is believed: NOT_SERVING while nothing fires.
const HEALTH: &str = "clock";
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After so many looks the alarm is raised again: ten minutes.
const ALARM_LOOKS: u32 = 120;

/// The last good look, kept for a process started later since the same start of the machine. The start of the machine
/// counts, and the page cache outlives the process: it need not be synced.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    boot_id: String,
    wall: Timestamp,
    since_boot: SignedDuration,
}

impl Kept {
    fn read(file: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file).ok()?).ok()
    }

    fn write(&self, file: &Path) -> anyhow::Result<()> {
        let beside = file.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(self)?)
            .and_then(|()| std::fs::rename(&beside, file))
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

fn file(config: &Config) -> PathBuf {
    config.data.join("clock.json")
}

/// The clock of a process. Only where tickets are kept a leap is doubted: the others ask them what is due.
pub(super) fn trusted(config: &Config, source: Arc<dyn Source>) -> Arc<TrustedClock> {
    if !config.roles.contains(&"tickets") {
        return TrustedClock::following(source);
    }
    let kept = Kept::read(&file(config)).filter(|kept| Some(&kept.boot_id) == source.boot_id().as_ref());
    let earlier = kept.map(|kept| Reading {
        wall: kept.wall,
        since_boot: kept.since_boot,
    });
    TrustedClock::new(source, earlier)
}

/// Looks at the clock again and again: keeps the last good look, tells health, and raises the alarm anew every ten
/// minutes while it is not believed. The first alarm is raised by whoever looks first.
pub(super) fn watch(drain: &Drain, clock: Arc<TrustedClock>, config: &Config, health: HealthReporter) {
    let (file, draining) = (file(config), drain.draining());
    let watching = async move {
        tokio::pin!(draining);
        let (mut kept, mut looks) = (None, 0);
        loop {
            let believed_again = clock.believed_again();
            let look = clock.look();
            let status = if look.doubt.is_some() {
                ServingStatus::NotServing
            } else {
                ServingStatus::Serving
            };
            health.set_service_status(HEALTH, status).await;
            keep(&clock, &file, &mut kept);
            if is_alarming(&look) {
                looks += 1;
                if looks % ALARM_LOOKS == 0 {
                    alarm(&look);
                }
            } else {
                looks = 0;
            }
            tokio::select! {
                () = &mut draining => break,
                () = believed_again => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        keep(&clock, &file, &mut kept);
    };
    drain.spawn("clock", watching);
}

/// Not believed, or believed and so far behind the ledger that time stands still.
fn is_alarming(look: &Look) -> bool {
    look.doubt.is_some() || look.stands_still_for() > LEAP_MAX
}

fn alarm(look: &Look) {
    match look.doubt {
        Some(doubt) => {
            tracing::error!(wall = %look.wall, expected = %look.expected, since = %doubt.since,
                leap_seconds = look.leap().as_secs(),
                "the machine's clock is still doubted: nothing fires until it is put right or confirmed");
        }
        None => {
            tracing::warn!(wall = %look.wall, now = %look.now,
                "time stands still until the machine's clock has caught up with the ledger");
        }
    }
}

fn keep(clock: &TrustedClock, file: &Path, kept: &mut Option<Reading>) {
    let Some((boot_id, good)) = clock.good().filter(|(_, good)| Some(*good) != *kept) else {
        return;
    };
    let written = Kept {
        boot_id,
        wall: good.wall,
        since_boot: good.since_boot,
    }
    .write(file);
    match written {
        Ok(()) => *kept = Some(good),
        Err(error) => tracing::warn!(%error, "a leap of the clock may go unnoticed over a restart"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_rubbish_is_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("clock.json");
        assert_eq!(Kept::read(&file), None);
        let kept = Kept {
            boot_id: "b".to_owned(),
            wall: "2026-11-16T12:00:00Z".parse().unwrap(),
            since_boot: SignedDuration::new(77, 5),
        };
        kept.write(&file).unwrap();
        assert_eq!(Kept::read(&file), Some(kept));
        std::fs::write(&file, "{").unwrap();
        assert_eq!(Kept::read(&file), None);
    }
}
