//! A group on its way into the index: what its commits make of the tickets, and the one batch that comes of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::id::{RulesVersion, TicketNumber};
use domain::ticket::{Event, Fact, Ticket};
use jiff::Timestamp;
use jiff::civil::Date;

use super::index::Batch;
use super::keys;
use super::reads::{decode_answered, is_remembered, recorded};
use super::row::{Link, Row, encode_position};
use super::shared::{Meta, Shared};
use crate::journal::Position;
use crate::limits::STATE_BYTES_MAX;
use crate::port::{Answered, Commit, CommitError, Failure, Write};

/// The index as it will be when the group is kept.
pub(crate) struct Stage<'a> {
    shared: &'a Shared,
    tickets: BTreeMap<TicketNumber, Staged>,
    requests: HashMap<Vec<u8>, Answered>,
    last_numbers: HashMap<Date, u32>,
    rules: Vec<(usize, RulesVersion)>,
    /// The time of the last record so far: later ones are not earlier.
    at: Timestamp,
}

/// A ticket the group writes to.
struct Staged {
    before: Option<Arc<Row>>,
    ticket: Ticket,
    json: Vec<u8>,
    /// Which records of the group wrote to it, and the version after each.
    written: Vec<(usize, u32)>,
}

/// A ticket as a commit leaves it.
struct Folded {
    ticket: Ticket,
    json: Vec<u8>,
    /// As it stood before the group; asked of the index once.
    before: Option<Option<Arc<Row>>>,
}

impl<'a> Stage<'a> {
    /// An empty group after a record of `at`.
    pub(crate) fn new(shared: &'a Shared, at: Timestamp) -> Stage<'a> {
        Stage {
            shared,
            tickets: BTreeMap::new(),
            requests: HashMap::new(),
            last_numbers: HashMap::new(),
            rules: Vec::new(),
            at,
        }
    }

    /// Raises a time to the last record's, so that time never runs backwards.
    pub(crate) fn raise(&mut self, at: Timestamp) -> Timestamp {
        self.at = self.at.max(at);
        self.at
    }

    /// Checks a commit against the index and the group's own earlier commits and takes it as the group's `nth` record.
    /// A commit that is refused leaves no trace.
    pub(crate) fn check(&mut self, commit: &mut Commit, nth: usize) -> Result<Vec<Ticket>, CommitError> {
        let at = self.at.max(commit.at);
        commit.at = at;
        let request = commit
            .request
            .as_ref()
            .map(|request| keys::request(&commit.actor.holder, &request.id));
        if let (Some(key), Some(request)) = (&request, &commit.request)
            && let Some(answered) = self.answered(key)?.filter(|answered| is_remembered(answered, at))
        {
            let same = answered.content == request.content;
            return Err(if same {
                CommitError::Repeated(answered)
            } else {
                CommitError::Reused
            });
        }
        let folded = self.fold(commit, true)?;
        self.at = at;
        Ok(self.take(commit, nth, folded))
    }

    /// Takes a commit of the journal as it is: what was accepted once always replays, on the version it was decided on.
    /// A conflict means that the index is not the one this journal makes.
    pub(crate) fn replay(&mut self, commit: &mut Commit, nth: usize) -> Result<(), CommitError> {
        let folded = self.fold(commit, false)?;
        self.at = commit.at;
        self.take(commit, nth, folded);
        Ok(())
    }

    /// Takes a rules bundle as the group's `nth` record.
    pub(crate) fn publish(&mut self, version: RulesVersion, nth: usize) {
        self.rules.push((nth, version));
    }

    /// The batch, now that the records have their positions, and the rows to remember.
    pub(crate) fn finish(
        self,
        positions: &[Position],
        meta: &Meta,
    ) -> Result<(Batch, Vec<Arc<Row>>), Failure> {
        let mut batch = Batch::default();
        let mut rows = Vec::with_capacity(self.tickets.len());
        for (number, staged) in self.tickets {
            let mut links = staged
                .before
                .as_ref()
                .map_or_else(Vec::new, |row| row.links.clone());
            for (nth, version) in staged.written {
                Row::link(
                    &mut links,
                    number,
                    Link {
                        version,
                        position: positions[nth],
                    },
                    &mut batch,
                );
            }
            let mut row = Row::new(staged.ticket, links);
            row.put(&staged.json, staged.before.as_deref(), &mut batch);
            move_keys(staged.before.as_deref(), &row, &mut batch);
            rows.push(Arc::new(row));
        }
        for (key, answered) in self.requests {
            batch.put(key, json(&answered)?);
        }
        for (date, sequence) in self.last_numbers {
            let value = self
                .shared
                .with_index(|index| index.get(&keys::last_number(date)))?;
            let known = value
                .and_then(|value| value.try_into().ok())
                .map_or(0, u32::from_be_bytes);
            if sequence > known {
                batch.put(keys::last_number(date), sequence.to_be_bytes().to_vec());
            }
        }
        for (nth, version) in self.rules {
            let position = encode_position(positions[nth]).to_vec();
            batch.put(keys::rules(&version), position.clone());
            batch.put(keys::current_rules(), position);
        }
        batch.put(keys::meta(), json(meta)?);
        Ok((batch, rows))
    }

    fn answered(&self, key: &[u8]) -> Result<Option<Answered>, Failure> {
        if let Some(answered) = self.requests.get(key) {
            return Ok(Some(answered.clone()));
        }
        self.shared
            .with_index(|index| index.get(key)?.map(|value| decode_answered(&value)).transpose())
    }

    /// What a commit makes of its tickets; none is changed yet.
    fn fold(&self, commit: &mut Commit, checks: bool) -> Result<Vec<Folded>, CommitError> {
        let mut writes = std::mem::take(&mut commit.writes);
        let folded = writes
            .iter_mut()
            .map(|write| self.fold_write(commit, write, checks))
            .collect();
        commit.writes = writes;
        folded
    }

    fn fold_write(&self, commit: &Commit, write: &mut Write, checks: bool) -> Result<Folded, CommitError> {
        let number = write.number;
        let (current, before) = match self.tickets.get(&number) {
            Some(staged) => (Some(staged.ticket.clone()), None),
            None => {
                let row = self.shared.row(number)?;
                (row.as_ref().map(|row| row.ticket.clone()), Some(row))
            }
        };
        let version = current.as_ref().map_or(0, |ticket| ticket.version);
        if version != write.base {
            return Err(CommitError::Conflict { number, version });
        }
        let ticket =
            fold_facts(current, commit, write).ok_or(CommitError::Conflict { number, version: 0 })?;
        let json = json(&ticket)?;
        if checks && json.len() > STATE_BYTES_MAX {
            return Err(Failure::Limit {
                what: "bytes of a ticket",
                max: STATE_BYTES_MAX,
            }
            .into());
        }
        Ok(Folded { ticket, json, before })
    }

    fn take(&mut self, commit: &Commit, nth: usize, folded: Vec<Folded>) -> Vec<Ticket> {
        let tickets: Vec<Ticket> = folded.iter().map(|folded| folded.ticket.clone()).collect();
        for Folded { ticket, json, before } in folded {
            let (number, version) = (ticket.number, ticket.version);
            let last = self.last_numbers.entry(number.date()).or_default();
            *last = number.sequence().max(*last);
            let staged = self.tickets.entry(number).or_insert_with(|| Staged {
                before: before.flatten(),
                ticket: ticket.clone(),
                json: Vec::new(),
                written: Vec::new(),
            });
            (staged.ticket, staged.json) = (ticket, json);
            staged.written.push((nth, version));
        }
        if let (Some(request), Some(first)) = (&commit.request, tickets.first()) {
            let answered = Answered {
                content: request.content.clone(),
                at: commit.at,
                number: first.number,
                version: first.version,
            };
            self.requests
                .insert(keys::request(&commit.actor.holder, &request.id), answered);
        }
        tickets
    }
}

/// Folds a write's facts; none when there is no ticket and the first fact does not begin one.
fn fold_facts(mut current: Option<Ticket>, commit: &Commit, write: &mut Write) -> Option<Ticket> {
    // One record is filled again and again: facts are moved through it, not copied.
    let mut record = recorded(commit, write.number, write.base, Fact::from(Event::Annotated {}));
    for fact in &mut write.facts {
        std::mem::swap(&mut record.fact, fact);
        record.version += 1;
        match &mut current {
            Some(ticket) => ticket.apply(&record),
            None => current = Ticket::register(&record),
        }
        std::mem::swap(&mut record.fact, fact);
        current.as_ref()?;
    }
    current
}

/// Removes the keys a ticket is no longer found under and adds the new ones.
fn move_keys(before: Option<&Row>, after: &Row, batch: &mut Batch) {
    let old = before
        .map(|row| keys::found_under(&row.ticket))
        .unwrap_or_default();
    let new = keys::found_under(&after.ticket);
    old.difference(&new).for_each(|key| batch.remove(key.clone()));
    new.difference(&old)
        .for_each(|key| batch.put(key.clone(), Vec::new()));
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value).map_err(|error| Failure::Damaged(format!("not JSON: {error}")))
}
