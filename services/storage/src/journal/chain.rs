//! What a sequence of lines must be: without gaps, each naming the hash of the one before, in whole groups.

use jiff::Timestamp;

use super::record::{Flaw, Hash, Record, decode, hash};

/// The end of a sequence of records, ready to judge the next one.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) sequence: u64,
    pub(crate) hash: Hash,
    pub(crate) at: Timestamp,
    /// The group begun and not finished.
    group: Option<(u64, u64)>,
}

impl Chain {
    /// Before the first record.
    pub(crate) fn new() -> Chain {
        Chain::after(0, [0; 32], Timestamp::MIN)
    }

    /// After the last record of a group.
    pub(crate) fn after(sequence: u64, hash: Hash, at: Timestamp) -> Chain {
        Chain {
            sequence,
            hash,
            at,
            group: None,
        }
    }

    /// Whether no group is half read.
    pub(crate) fn is_between_groups(&self) -> bool {
        self.group.is_none()
    }

    /// Reads the next line, which must continue the chain. A line that does not leaves the chain as it was.
    pub(crate) fn accept(&mut self, line: &[u8]) -> Result<Record, Flaw> {
        let record = decode(line)?;
        let expected = self.sequence + 1;
        if record.sequence != expected {
            return Err(Flaw::Sequence {
                expected,
                found: record.sequence,
            });
        }
        if record.prev != self.hash {
            return Err(Flaw::Chain);
        }
        if record.at < self.at {
            return Err(Flaw::Time);
        }
        let (first, last) = self.group.unwrap_or((expected, record.group.1));
        if record.group != (first, last) || last < expected {
            return Err(Flaw::Group);
        }
        self.advance(&record, line);
        Ok(record)
    }

    /// Goes on after a flaw, taking a readable record as it is, so that a report can name further flaws.
    pub(crate) fn resume(&mut self, line: &[u8]) {
        if let Ok(record) = decode(line) {
            self.advance(&record, line);
        } else {
            self.sequence += 1;
        }
    }

    fn advance(&mut self, record: &Record, line: &[u8]) {
        self.sequence = record.sequence;
        self.hash = hash(line);
        self.at = record.at;
        self.group = (record.group.1 > record.sequence).then_some(record.group);
    }
}
