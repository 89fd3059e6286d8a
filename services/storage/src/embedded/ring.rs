//! Recent commits in memory: followers at the head never touch the disk.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::limits::{RING_BYTES_MAX, RING_COMMITS_MAX};
use crate::port::Commit;

/// A commit kept for followers.
#[derive(Clone)]
pub(crate) struct Recent {
    pub(crate) sequence: u64,
    pub(crate) commit: Arc<Commit>,
    /// Its size in the journal.
    pub(crate) bytes: usize,
}

/// The latest commits, bounded in number and bytes.
pub(crate) struct Ring {
    /// Every commit of this sequence and later is here.
    from: u64,
    commits: VecDeque<Recent>,
    bytes: usize,
}

impl Ring {
    /// Nothing yet; the next record is `from`.
    pub(crate) fn new(from: u64) -> Ring {
        Ring {
            from,
            commits: VecDeque::new(),
            bytes: 0,
        }
    }

    pub(crate) fn push(&mut self, recent: Recent) {
        self.bytes += recent.bytes;
        self.commits.push_back(recent);
        while self.commits.len() > RING_COMMITS_MAX || self.bytes > RING_BYTES_MAX {
            let Some(oldest) = self.commits.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes;
            self.from = oldest.sequence + 1;
        }
    }

    /// The commits from a sequence on, at most `limit`; none when some of them are only on the disk.
    pub(crate) fn since(&self, sequence: u64, limit: usize) -> Option<Vec<Recent>> {
        if sequence < self.from {
            return None;
        }
        let skip = self.commits.partition_point(|recent| recent.sequence < sequence);
        Some(self.commits.iter().skip(skip).take(limit).cloned().collect())
    }
}
