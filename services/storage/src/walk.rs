//! Reading a journal in order without its index, up to the last whole group: what offline tools see of it. Changes
//! nothing and takes no lock.

use std::fs::File;
use std::path::Path;

use domain::id::{RulesVersion, TicketNumber};
use jiff::Timestamp;
use serde::Deserialize;

use crate::copy::broken;
use crate::embedded::body::{self, COMMIT, RULES};
use crate::error::{OpenError, doing};
use crate::journal::{Halt, Record, Scanner, dir_of, segments};
use crate::port::Commit;

/// One record of a store's journal.
pub struct Walked<'a> {
    record: &'a Record,
}

/// A ticket that a commit writes, and the version it was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Written {
    /// Which ticket.
    pub number: TicketNumber,
    /// The version the facts were decided on; 0 for a new ticket.
    pub base: u32,
}

#[derive(Deserialize)]
struct Writes {
    writes: Vec<Written>,
}

impl Walked<'_> {
    /// Its place.
    pub fn sequence(&self) -> u64 {
        self.record.sequence
    }

    /// When it was recorded.
    pub fn at(&self) -> Timestamp {
        self.record.at
    }

    /// How many bytes it holds.
    pub fn bytes(&self) -> usize {
        self.record.body.len()
    }

    /// Whether a text stands somewhere in it, as it is stored.
    pub fn holds(&self, text: &str) -> bool {
        let (body, text) = (&self.record.body, text.as_bytes());
        body.windows(text.len()).any(|window| window == text)
    }

    /// The tickets a commit writes; none of any other record. Cheaper than the commit.
    pub fn written(&self) -> Result<Vec<Written>, OpenError> {
        if &*self.record.kind != COMMIT {
            return Ok(Vec::new());
        }
        let writes: Writes =
            serde_json::from_slice(&self.record.body).map_err(|error| self.foreign(error))?;
        Ok(writes.writes)
    }

    /// The commit, if it is one.
    pub fn commit(&self) -> Result<Option<Commit>, OpenError> {
        if &*self.record.kind != COMMIT {
            return Ok(None);
        }
        let commit = body::decode(&self.record.body, self.record.at);
        commit.map(Some).map_err(|error| self.foreign(error))
    }

    /// The rules, with their JSON, if it publishes some.
    pub fn rules(&self) -> Result<Option<(RulesVersion, String)>, OpenError> {
        if &*self.record.kind != RULES {
            return Ok(None);
        }
        let rules: body::Rules =
            serde_json::from_slice(&self.record.body).map_err(|error| self.foreign(error))?;
        Ok(Some((rules.version, rules.json)))
    }

    fn foreign(&self, error: serde_json::Error) -> OpenError {
        OpenError::Foreign {
            sequence: self.record.sequence,
            why: error.to_string(),
        }
    }
}

/// Gives every record of a store's journal to `take`, in order, each checked as part of the chain. `progress` is told the
/// bytes read and the bytes there are. On a running store the write under way is left out.
///
/// # Errors
/// A flaw that is not the end of a write under way; whatever `take` says.
pub fn walk<E: From<OpenError>>(
    dir: &Path,
    mut progress: impl FnMut(u64, u64),
    mut take: impl FnMut(&Walked<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let journal = dir_of(dir);
    let found = segments(&journal).map_err(doing("list", &journal))?;
    if found.is_empty() {
        return Err(OpenError::NoJournal { dir: dir.to_owned() }.into());
    }
    let total = found.iter().map(|segment| segment.bytes).sum();
    let mut scanner = Scanner::new(found);
    let mut done = 0;
    loop {
        let group = match scanner.next_group() {
            Ok(Some(group)) => group,
            Ok(None) => return Ok(()),
            Err(Halt::Broken(at)) if at.flaw.is_torn() && at.segment + 1 == scanner.segments().len() => {
                return Ok(());
            }
            Err(halt) => return Err(broken(halt, &scanner).into()),
        };
        for placed in &group.records {
            done += u64::from(placed.position.length) + 1;
            take(&Walked {
                record: &placed.record,
            })?;
        }
        progress(done, total);
    }
}

/// Whether a process has this directory of a store or a log open. Looks, and changes nothing.
pub fn is_in_use(dir: &Path) -> bool {
    let lock = File::open(dir.join("lock"));
    lock.is_ok_and(|file| matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}
