//! What the audit of many tickets comes to.

use jiff::Timestamp;

use super::{Audited, Difference, What};

/// Differences that are kept by name; further ones are counted.
pub const DIFFERENCES_MAX: usize = 1_000;
/// Levels passed over, and outages, that are kept until the end, when one is held against the other.
const PENDING_MAX: usize = 10_000;

/// The sum of many audits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    /// Tickets looked at.
    pub tickets: u64,
    /// Tickets that could not be read: their rules are not there, or they do not begin with a registration.
    pub unreadable: u64,
    /// Runs computed anew.
    pub runs: u64,
    /// Levels that had fired, looked at.
    pub levels: u64,
    /// Commands that an earlier release decided otherwise.
    pub decided_otherwise: u64,
    /// How many differences there are.
    pub found: u64,
    /// They themselves, at most [`DIFFERENCES_MAX`].
    pub differences: Vec<Difference>,
    /// Levels that no clock fired before it stopped, because the system was down.
    pub excused: u64,
    passed_over: Vec<Difference>,
    outages: Vec<(Timestamp, Timestamp)>,
}

impl Sum {
    /// Adds a ticket; none could not be read.
    pub fn add(&mut self, audited: Option<Audited>) {
        self.tickets += 1;
        let Some(audited) = audited else {
            self.unreadable += 1;
            return;
        };
        self.runs += audited.runs;
        self.levels += audited.levels;
        self.decided_otherwise += audited.decided_otherwise;
        for (from, to) in audited.outages {
            self.note_outage(from, to);
        }
        for one in audited.differences {
            let may_be_excused = matches!(one.what, What::PassedOver(_));
            if may_be_excused && self.passed_over.len() < PENDING_MAX {
                self.passed_over.push(one);
            } else {
                self.differs(one);
            }
        }
    }

    /// At the end: what was passed over while the system was down, as levels fired after it say, is nobody's fault.
    #[must_use]
    pub fn finish(mut self) -> Self {
        for one in std::mem::take(&mut self.passed_over) {
            let super::Value::At(since) = one.computed else {
                continue;
            };
            let covers = |(from, to): &(Timestamp, Timestamp)| *from <= one.at && since <= *to;
            if self.outages.iter().any(covers) {
                self.excused += 1;
            } else {
                self.differs(one);
            }
        }
        self.outages = Vec::new();
        self.differences.sort_by_key(|one| (one.number, one.version));
        self
    }

    /// The counts so far, without what is named.
    #[must_use]
    pub fn counts(&self) -> Self {
        Self {
            differences: Vec::new(),
            passed_over: Vec::new(),
            outages: Vec::new(),
            ..*self
        }
    }

    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.found == 0 && self.unreadable == 0
    }

    fn differs(&mut self, one: Difference) {
        self.found += 1;
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(one);
        }
    }

    /// Outages overlap: one that touches the last becomes part of it.
    fn note_outage(&mut self, from: Timestamp, to: Timestamp) {
        let has_room = self.outages.len() < PENDING_MAX;
        let touching = self
            .outages
            .iter_mut()
            .find(|(start, end)| from <= *end && *start <= to);
        match touching {
            Some((start, end)) => (*start, *end) = ((*start).min(from), (*end).max(to)),
            None if has_room => self.outages.push((from, to)),
            None => {}
        }
    }
}
