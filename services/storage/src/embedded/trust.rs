//! What is known of the index while it is in use, and the one place where its mark is written.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::mark::{Left, Mark};
use crate::error::OpenError;

/// Whether the index is believed. Who finds it damaged says so here, whichever thread it is; nobody takes that back.
pub(crate) struct Trust {
    dir: PathBuf,
    damaged: AtomicBool,
    /// A record known to be kept.
    durable: AtomicU64,
    /// Marks are written one at a time, so that a good one never replaces a bad one.
    marking: Mutex<()>,
}

impl Trust {
    /// Trust in the index of a directory whose journal is known to reach to `durable`.
    pub(crate) fn new(dir: &Path, durable: u64) -> Trust {
        Trust {
            dir: dir.to_owned(),
            damaged: AtomicBool::new(false),
            durable: AtomicU64::new(durable),
            marking: Mutex::default(),
        }
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Acquire)
    }

    /// The journal is known to be kept up to a record.
    pub(crate) fn reach(&self, sequence: u64) {
        self.durable.fetch_max(sequence, Ordering::AcqRel);
    }

    /// Marks the index as one to be trusted, unless it was found damaged.
    pub(crate) fn vouch(&self, left: Left, boot: Option<String>) -> Result<(), OpenError> {
        let _marking = self.marking.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_damaged() {
            return Err(OpenError::Index("it was found damaged".to_owned()));
        }
        self.mark(left, boot)
    }

    /// The index is no longer to be used, now or after a restart.
    pub(crate) fn distrust(&self, why: &str) {
        let _marking = self.marking.lock().unwrap_or_else(PoisonError::into_inner);
        if self.damaged.swap(true, Ordering::AcqRel) {
            return;
        }
        tracing::error!(
            why,
            "the index is damaged; restart to rebuild it from the journal"
        );
        if let Err(error) = self.mark(Left::Damaged, None) {
            tracing::error!(%error, "the damaged index cannot be marked; remove `index` before the restart");
        }
    }

    fn mark(&self, left: Left, boot: Option<String>) -> Result<(), OpenError> {
        Mark::new(left, boot, self.durable.load(Ordering::Acquire)).write(&self.dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_found_damaged_is_never_vouched_for_again() {
        let dir = tempfile::tempdir().unwrap();
        let boot = Some("boot".to_owned());
        let marked = || Mark::read(dir.path()).unwrap();
        let trust = Trust::new(dir.path(), 3);
        trust.vouch(Left::Open, boot.clone()).unwrap();
        assert!(marked().is_trusted(boot.as_deref()));
        trust.reach(7);
        trust.reach(5);
        trust.distrust("torn");
        trust.vouch(Left::Clean, None).unwrap_err();
        assert!(!marked().is_trusted(boot.as_deref()));
        assert_eq!(marked().durable, 7);
    }
}
