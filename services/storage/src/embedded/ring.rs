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

    /// The commit of a sequence; none when it is not here any more, or is no commit.
    pub(crate) fn get(&self, sequence: u64) -> Option<Arc<Commit>> {
        let at = self
            .commits
            .binary_search_by_key(&sequence, |recent| recent.sequence)
            .ok()?;
        Some(Arc::clone(&self.commits[at].commit))
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

#[cfg(test)]
mod tests {
    use domain::access::{Actor, Role};
    use domain::id::{HolderId, RulesVersion};
    use jiff::Timestamp;

    use super::*;

    fn recent(sequence: u64, bytes: usize) -> Recent {
        let holder = HolderId::parse("desk-1").unwrap();
        let actor = Actor {
            holder,
            role: Role::System,
            unit: None,
            cleared: false,
        };
        let (at, rules) = (Timestamp::UNIX_EPOCH, RulesVersion(String::new()));
        let commit = Commit {
            at,
            actor,
            rules,
            request: None,
            trace: None,
            writes: Vec::new(),
        };
        Recent {
            sequence,
            commit: Arc::new(commit),
            bytes,
        }
    }

    fn sequences(ring: &Ring, from: u64) -> Option<Vec<u64>> {
        Some(
            ring.since(from, 9)?
                .iter()
                .map(|recent| recent.sequence)
                .collect(),
        )
    }

    #[test]
    fn a_follower_behind_the_ring_is_sent_to_the_disk() {
        let mut ring = Ring::new(5);
        assert_eq!(sequences(&ring, 5), Some(vec![]));
        assert_eq!(sequences(&ring, 4), None);
        [5, 6, 8]
            .into_iter()
            .for_each(|sequence| ring.push(recent(sequence, RING_BYTES_MAX / 3)));
        assert_eq!(sequences(&ring, 5), Some(vec![5, 6, 8]));
        assert_eq!(sequences(&ring, 7), Some(vec![8]));
        ring.push(recent(9, RING_BYTES_MAX / 3));
        assert_eq!(sequences(&ring, 5), None);
        assert_eq!(sequences(&ring, 6), Some(vec![6, 8, 9]));
        ring.push(recent(10, RING_BYTES_MAX * 2));
        assert_eq!(sequences(&ring, 10), None, "too large to keep at all");
        assert_eq!(sequences(&ring, 11), Some(vec![]));
    }
}
