//! The questions of the port, answered from the index and the journal. All of them may block.

use domain::clock::Kind;
use domain::id::{RulesVersion, TicketNumber};
use domain::ticket::{Fact, PhaseName, Recorded, Ticket};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::sync::PoisonError;

use super::body;
use super::index::Unusable;
use super::keys;
use super::row::decode_position;
use super::shared::Shared;
use crate::limits::{READ_BYTES_MAX, SCAN_ROWS};
use crate::port::{Answered, Commit, DuePlace, Failure, FeedEntry, ListKey, Offset, REQUEST_DAYS, ROWS_MAX};

impl Shared {
    pub(crate) fn load(&self, number: TicketNumber) -> Result<Option<Ticket>, Failure> {
        Ok(self.row(number)?.map(|row| row.ticket.clone()))
    }

    /// A history from memory; none when some of it must be read from the journal.
    pub(crate) fn history_recent(
        &self,
        number: TicketNumber,
        after: u32,
        limit: usize,
    ) -> Option<Vec<Recorded>> {
        let row = self.cache.get(number)?;
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for link in row.links.iter().filter(|link| link.version > after) {
            if found.len() >= limit.min(ROWS_MAX) {
                break;
            }
            let commit = ring.get(link.position.sequence)?;
            found.extend(facts_of(&commit, Some(number)).filter(|recorded| recorded.version > after));
        }
        found.truncate(limit);
        // Older writes may stand elsewhere than in the row.
        let is_whole = found.first().is_none_or(|first| first.version == after + 1);
        is_whole.then_some(found)
    }

    pub(crate) fn history(
        &self,
        number: TicketNumber,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Recorded>, Failure> {
        let limit = limit.min(ROWS_MAX);
        let Some(row) = self.row(number)? else {
            return Ok(Vec::new());
        };
        let links = self.with_index(|index| row.links_after(index, after, limit))?;
        let mut found = Vec::new();
        let mut bytes = 0;
        for link in links {
            if found.len() >= limit || bytes > READ_BYTES_MAX {
                break;
            }
            let record = self.reader.read(link.position)?;
            bytes += record.body.len();
            let commit = body::commit_of(&record)?;
            found.extend(facts_of(&commit, Some(number)).filter(|recorded| recorded.version > after));
        }
        found.truncate(limit);
        Ok(found)
    }

    pub(crate) fn list(
        &self,
        key: &ListKey,
        after: Option<TicketNumber>,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure> {
        let limit = limit.min(ROWS_MAX);
        let prefix = keys::list(key);
        let end = keys::list_end(&prefix);
        let mut from = after.map_or_else(|| prefix.clone(), |number| past(keys::in_list(&prefix, number)));
        let mut found = Vec::new();
        while found.len() < limit {
            let rows = (limit - found.len()).min(SCAN_ROWS);
            let pairs = self.with_index(|index| index.range(&from, &end, rows))?;
            let Some((last, _)) = pairs.last() else { break };
            from = past(last.clone());
            for (at, _) in &pairs {
                let number = self.number_of(at)?;
                // A commit may have moved the ticket since its key was read.
                found.extend(self.load(number)?.filter(|ticket| is_under(ticket, key)));
            }
        }
        Ok(found)
    }

    pub(crate) fn due_page(
        &self,
        after: Option<DuePlace>,
        at: Timestamp,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure> {
        let limit = limit.min(ROWS_MAX);
        let (mut from, end) = keys::due_until(Some(at));
        if let Some(place) = after {
            from = past(keys::due(place.at, place.number));
        }
        if from >= end {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        while found.len() < limit {
            let rows = (limit - found.len()).min(SCAN_ROWS);
            let pairs = self.with_index(|index| index.range(&from, &end, rows))?;
            let Some((last, _)) = pairs.last() else { break };
            from = past(last.clone());
            for (key, _) in &pairs {
                let wake = keys::due_of(key);
                let number = self.number_of(key)?;
                found.extend(self.load(number)?.filter(|ticket| ticket.next_wake() == wake));
            }
        }
        Ok(found)
    }

    pub(crate) fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, Failure> {
        let (mut from, end) = keys::due_until(None);
        if after > Timestamp::MIN {
            (_, from) = keys::due_until(Some(after));
        }
        let first = self.with_index(|index| index.range(&from, &end, 1))?;
        Ok(first.first().and_then(|(key, _)| keys::due_of(key)))
    }

    /// The feed from memory; none when it must be read from the journal.
    pub(crate) fn feed_recent(&self, after: Offset, limit: usize) -> Option<Vec<FeedEntry>> {
        let limit = limit.min(ROWS_MAX);
        let first = after.sequence.max(1);
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        // One more than asked for: of the first nothing may be left after the offset.
        let recent = ring.since(first, limit + 1)?;
        drop(ring);
        let mut entries = Vec::new();
        for one in recent {
            if !extend(&mut entries, one.sequence, &one.commit, after, limit) {
                break;
            }
        }
        Some(entries)
    }

    pub(crate) fn feed(&self, after: Offset, limit: usize) -> Result<Vec<FeedEntry>, Failure> {
        let limit = limit.min(ROWS_MAX);
        let mut entries = Vec::new();
        let mut bytes = 0;
        if limit == 0 {
            return Ok(entries);
        }
        let last = *self.head.borrow();
        self.reader.read_from(after.sequence, last, &mut |record| {
            if &*record.kind != body::COMMIT {
                return Ok(true);
            }
            let commit = body::commit_of(&record)?;
            bytes += record.body.len();
            let took = extend(&mut entries, record.sequence, &commit, after, limit);
            Ok(took && entries.len() < limit && (entries.is_empty() || bytes < READ_BYTES_MAX))
        })?;
        Ok(entries)
    }

    pub(crate) fn request(&self, key: &[u8], now: Timestamp) -> Result<Option<Answered>, Failure> {
        let answered =
            self.with_index(|index| index.get(key)?.map(|value| decode_answered(&value)).transpose())?;
        Ok(answered.filter(|answered| is_remembered(answered, now)))
    }

    pub(crate) fn last_number(&self, date: Date) -> Result<Option<TicketNumber>, Failure> {
        let value = self.with_index(|index| index.get(&keys::last_number(date)))?;
        let sequence = value
            .and_then(|value| value.try_into().ok())
            .map(u32::from_be_bytes);
        Ok(sequence.and_then(|sequence| TicketNumber::new(date, sequence).ok()))
    }

    pub(crate) fn rules(
        &self,
        version: Option<&RulesVersion>,
    ) -> Result<Option<(RulesVersion, String)>, Failure> {
        let value = self.with_index(|index| match version {
            Some(version) => index.get(&keys::rules(version)),
            None => index.get(&keys::current_rules()),
        })?;
        let Some(position) = value.as_deref().and_then(decode_position) else {
            return Ok(None);
        };
        let record = self.reader.read(position)?;
        let rules: body::Rules = serde_json::from_slice(&record.body).map_err(|error| {
            Failure::Damaged(format!("record {} of the journal: {error}", record.sequence))
        })?;
        Ok(Some((rules.version, rules.json)))
    }

    fn number_of(&self, key: &[u8]) -> Result<TicketNumber, Failure> {
        self.with_index(|_| keys::number_of(key).ok_or_else(|| Unusable("a key is unreadable".to_owned())))
    }
}

/// The first key after `key`.
fn past(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}

fn is_under(ticket: &Ticket, key: &ListKey) -> bool {
    match key {
        ListKey::All => true,
        ListKey::Phase(phase) => ticket.phase.name() == *phase,
        ListKey::Unit(unit) => ticket.units().contains(unit),
        ListKey::UnitPhase(unit, phase) => ticket.phase.name() == *phase && ticket.units().contains(unit),
        ListKey::Caller(caller) => ticket.callers().contains(caller),
        ListKey::Ruled(top) => {
            let category = ticket.classification.category.as_ref();
            ticket.ruling.is_some() && category.is_some_and(|category| category.is_within(top))
        }
        ListKey::OpenOrder => ticket.open_order().is_some(),
        ListKey::DeadlineCallback => {
            ticket.runs(Kind::Callback) && ticket.phase.name() != PhaseName::CallbackDue
        }
    }
}

/// Whether an answer is young enough to count.
pub(crate) fn is_remembered(answered: &Answered, now: Timestamp) -> bool {
    now.duration_since(answered.at) <= SignedDuration::from_hours(24 * REQUEST_DAYS)
}

pub(crate) fn decode_answered(value: &[u8]) -> Result<Answered, Unusable> {
    serde_json::from_slice(value)
        .map_err(|error| Unusable(format!("an answered request is unreadable: {error}")))
}

/// The facts of a commit in order, all or those of one ticket.
fn facts_of(commit: &Commit, number: Option<TicketNumber>) -> impl Iterator<Item = Recorded> {
    let writes = commit
        .writes
        .iter()
        .filter(move |write| number.is_none_or(|number| number == write.number));
    writes.flat_map(move |write| {
        (write.base + 1..)
            .zip(&write.facts)
            .map(|(version, fact)| recorded(commit, write.number, version, fact.clone()))
    })
}

pub(crate) fn recorded(commit: &Commit, number: TicketNumber, version: u32, fact: Fact) -> Recorded {
    Recorded {
        number,
        version,
        at: commit.at,
        actor: commit.actor.clone(),
        rules: commit.rules.clone(),
        fact,
    }
}

/// Adds a commit's facts after an offset. Whole commits: one that does not fit is left for the next call, unless it is
/// the first. Answers whether it was taken.
fn extend(entries: &mut Vec<FeedEntry>, sequence: u64, commit: &Commit, after: Offset, limit: usize) -> bool {
    let count = commit.writes.iter().map(|write| write.facts.len()).sum::<usize>();
    if limit == 0 || (!entries.is_empty() && entries.len() + count > limit) {
        return false;
    }
    let offsets = (1..).map(|ordinal| Offset { sequence, ordinal });
    let facts = offsets
        .zip(facts_of(commit, None))
        .filter(|(offset, _)| *offset > after);
    entries.extend(facts.map(|(offset, recorded)| FeedEntry {
        offset,
        recorded,
        trace: commit.trace.clone(),
    }));
    true
}
