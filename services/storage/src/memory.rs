//! The reference: what the port means, in the plainest words. For tests, simulation and trials; keeps nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::access::Actor;
use domain::clock::Kind;
use domain::id::{HolderId, RequestId, RulesVersion, TicketNumber};
use domain::ticket::{Fact, PhaseName, Recorded, Ticket};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;

use crate::limits::{RULES_BYTES_MAX, STATE_BYTES_MAX};
use crate::port::{
    Answered, Commit, CommitError, Committed, DuePlace, Failure, FeedEntry, Ledger, ListKey, Offset,
    RECORD_BYTES_MAX, REQUEST_DAYS, ROWS_MAX, Write,
};

/// A ledger that forgets everything when dropped.
pub struct Memory {
    /// None once closed.
    state: Mutex<Option<State>>,
    head: watch::Sender<u64>,
    history: Uuid,
}

struct State {
    /// Every record counts, as in a journal: the history's head is 1.
    sequence: u64,
    at: Timestamp,
    tickets: BTreeMap<TicketNumber, Kept>,
    due: BTreeSet<(Timestamp, TicketNumber)>,
    commits: BTreeMap<u64, Fed>,
    requests: BTreeMap<(HolderId, RequestId), Answered>,
    rules: BTreeMap<RulesVersion, String>,
    current_rules: Option<RulesVersion>,
}

struct Kept {
    ticket: Ticket,
    history: Vec<Recorded>,
}

/// A commit as the feed gives it.
struct Fed {
    facts: Vec<Recorded>,
    trace: Option<String>,
}

impl Default for Memory {
    fn default() -> Self {
        Memory::new()
    }
}

impl Memory {
    /// An empty ledger with a history of its own.
    pub fn new() -> Memory {
        let state = State {
            sequence: 1,
            at: Timestamp::MIN,
            tickets: BTreeMap::new(),
            due: BTreeSet::new(),
            commits: BTreeMap::new(),
            requests: BTreeMap::new(),
            rules: BTreeMap::new(),
            current_rules: None,
        };
        Memory {
            state: Mutex::new(Some(state)),
            head: watch::Sender::new(0),
            history: Uuid::new_v4(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<R>(&self, ask: impl FnOnce(&mut State) -> R) -> Result<R, Failure> {
        self.lock().as_mut().map(ask).ok_or(Failure::Stopped)
    }
}

#[async_trait]
impl Ledger for Memory {
    async fn load(&self, number: TicketNumber) -> Result<Option<Ticket>, Failure> {
        self.with(|state| state.tickets.get(&number).map(|kept| kept.ticket.clone()))
    }

    async fn history(
        &self,
        number: TicketNumber,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Recorded>, Failure> {
        self.with(|state| {
            let history = state
                .tickets
                .get(&number)
                .into_iter()
                .flat_map(|kept| &kept.history);
            history
                .filter(|recorded| recorded.version > after)
                .take(limit.min(ROWS_MAX))
                .cloned()
                .collect()
        })
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        crate::port_limits::check(&commit)?;
        if length(&commit) > RECORD_BYTES_MAX {
            return Err(Failure::Limit {
                what: "bytes of a commit",
                max: RECORD_BYTES_MAX,
            }
            .into());
        }
        let committed = self.with(|state| state.commit(commit))??;
        self.head.send_replace(committed.sequence);
        Ok(committed)
    }

    async fn list(
        &self,
        key: &ListKey,
        after: Option<TicketNumber>,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure> {
        self.with(|state| {
            let later = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
            let tickets = state.tickets.range(later).map(|(_, kept)| &kept.ticket);
            tickets
                .filter(|ticket| is_under(ticket, key))
                .take(limit.min(ROWS_MAX))
                .cloned()
                .collect()
        })
    }

    async fn due_page(
        &self,
        after: Option<DuePlace>,
        at: Timestamp,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure> {
        let from = after.map_or(Bound::Unbounded, |place| {
            Bound::Excluded((place.at, place.number))
        });
        self.with(|state| {
            let due = state
                .due
                .range((from, Bound::Unbounded))
                .take_while(|(due, _)| *due <= at)
                .take(limit.min(ROWS_MAX));
            due.filter_map(|(_, number)| state.tickets.get(number))
                .map(|kept| kept.ticket.clone())
                .collect()
        })
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, Failure> {
        self.with(|state| {
            let mut instants = state.due.iter().map(|(at, _)| *at);
            instants.find(|at| *at > after)
        })
    }

    fn last_at(&self) -> Option<Timestamp> {
        let state = self.lock();
        state
            .as_ref()
            .map(|state| state.at)
            .filter(|at| *at > Timestamp::MIN)
    }

    async fn feed(&self, after: Offset, limit: usize) -> Result<Vec<FeedEntry>, Failure> {
        self.with(|state| state.feed(after, limit.min(ROWS_MAX)))
    }

    fn head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    async fn request(
        &self,
        actor: &Actor,
        id: &RequestId,
        now: Timestamp,
    ) -> Result<Option<Answered>, Failure> {
        self.with(|state| state.answered(&actor.holder, id, now))
    }

    async fn last_number(&self, date: Date) -> Result<Option<TicketNumber>, Failure> {
        self.with(|state| {
            state
                .tickets
                .keys()
                .rfind(|number| number.date() == date)
                .copied()
        })
    }

    async fn publish_rules(
        &self,
        version: RulesVersion,
        json: String,
        at: Timestamp,
        _actor: Actor,
    ) -> Result<(), Failure> {
        if json.len() > RULES_BYTES_MAX {
            return Err(Failure::Limit {
                what: "bytes of a rules bundle",
                max: RULES_BYTES_MAX,
            });
        }
        self.with(|state| {
            state.sequence += 1;
            state.at = state.at.max(at);
            state.rules.insert(version.clone(), json);
            state.current_rules = Some(version);
        })
    }

    async fn rules(&self, version: Option<&RulesVersion>) -> Result<Option<(RulesVersion, String)>, Failure> {
        self.with(|state| {
            let version = version.or(state.current_rules.as_ref())?;
            state
                .rules
                .get(version)
                .map(|json| (version.clone(), json.clone()))
        })
    }

    fn history_id(&self) -> Uuid {
        self.history
    }

    fn is_writable(&self) -> bool {
        self.lock().is_some()
    }

    async fn close(&self) -> Result<(), Failure> {
        self.lock().take().map(drop).ok_or(Failure::Stopped)
    }
}

impl State {
    fn commit(&mut self, commit: Commit) -> Result<Committed, CommitError> {
        let at = self.at.max(commit.at);
        if let Some(request) = &commit.request
            && let Some(answered) = self.answered(&commit.actor.holder, &request.id, at)
        {
            let same = answered.content == request.content;
            return Err(if same {
                CommitError::Repeated(answered)
            } else {
                CommitError::Reused
            });
        }
        let mut facts = Vec::new();
        let mut tickets = Vec::new();
        for write in &commit.writes {
            let added = self.facts(&commit, write, at)?;
            tickets.push(self.fold(write.number, &added)?);
            facts.extend(added);
        }

        self.sequence += 1;
        self.at = at;
        for ticket in &tickets {
            self.replace(ticket, &facts);
        }
        if let (Some(request), Some(first)) = (commit.request, tickets.first()) {
            let (number, version) = (first.number, first.version);
            let answered = Answered {
                content: request.content,
                at,
                number,
                version,
            };
            self.requests.insert((commit.actor.holder, request.id), answered);
        }
        self.commits.insert(
            self.sequence,
            Fed {
                facts,
                trace: commit.trace,
            },
        );
        Ok(Committed {
            sequence: self.sequence,
            at,
            tickets,
        })
    }

    /// A write's facts in their places, if it is based on its ticket's version.
    fn facts(&self, commit: &Commit, write: &Write, at: Timestamp) -> Result<Vec<Recorded>, CommitError> {
        let (number, base) = (write.number, write.base);
        let version = self.tickets.get(&number).map_or(0, |kept| kept.ticket.version);
        if version != base {
            return Err(CommitError::Conflict { number, version });
        }
        let recorded = |(version, fact): (u32, &Fact)| Recorded {
            number,
            version,
            at,
            actor: commit.actor.clone(),
            rules: commit.rules.clone(),
            fact: fact.clone(),
        };
        Ok((base + 1..).zip(&write.facts).map(recorded).collect())
    }

    /// A ticket with its share of new facts.
    fn fold(&self, number: TicketNumber, facts: &[Recorded]) -> Result<Ticket, CommitError> {
        let old = self
            .tickets
            .get(&number)
            .into_iter()
            .flat_map(|kept| &kept.history);
        let new = facts.iter().filter(|recorded| recorded.number == number);
        let ticket = Ticket::replay(old.chain(new)).ok_or(CommitError::Conflict { number, version: 0 })?;
        if length(&ticket) > STATE_BYTES_MAX {
            return Err(Failure::Limit {
                what: "bytes of a ticket",
                max: STATE_BYTES_MAX,
            }
            .into());
        }
        Ok(ticket)
    }

    fn replace(&mut self, ticket: &Ticket, facts: &[Recorded]) {
        let number = ticket.number;
        let empty = || Kept {
            ticket: ticket.clone(),
            history: Vec::new(),
        };
        let kept = self.tickets.entry(number).or_insert_with(empty);
        if let Some(at) = kept.ticket.next_wake() {
            self.due.remove(&(at, number));
        }
        self.due.extend(ticket.next_wake().map(|at| (at, number)));
        kept.ticket = ticket.clone();
        kept.history
            .extend(facts.iter().filter(|recorded| recorded.number == number).cloned());
    }

    fn answered(&self, holder: &HolderId, id: &RequestId, now: Timestamp) -> Option<Answered> {
        let answered = self.requests.get(&(holder.clone(), id.clone()))?;
        let age = now.duration_since(answered.at);
        (age <= SignedDuration::from_hours(24 * REQUEST_DAYS)).then(|| answered.clone())
    }

    fn feed(&self, after: Offset, limit: usize) -> Vec<FeedEntry> {
        let mut entries = Vec::new();
        for (sequence, fed) in self.commits.range(after.sequence..) {
            let no_room = !entries.is_empty() && entries.len() + fed.facts.len() > limit;
            if limit == 0 || no_room {
                break;
            }
            for (ordinal, recorded) in (1..).zip(&fed.facts) {
                let offset = Offset {
                    sequence: *sequence,
                    ordinal,
                };
                if offset > after {
                    entries.push(FeedEntry {
                        offset,
                        recorded: recorded.clone(),
                        trace: fed.trace.clone(),
                    });
                }
            }
        }
        entries
    }
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

fn length(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}
