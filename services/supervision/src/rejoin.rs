//! One reply reaches all: once an incident is answered or closed, every ticket merged into it hears of it, 并单件随母件答复.
//!
//! Follows the feed from its beginning with each start and remembers only who still waits for whom, so that what was cut
//! short is made up for. Telling a ticket twice is once: the request is named by the incident and by the ticket as it
//! waited, which it does at another version each time it is merged.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::id::{IdError, RequestId, TicketNumber};
use domain::refusal::Reason;
use domain::ticket::PhaseName;
use futures::StreamExt as _;
use jiff::Timestamp;
use kit::fault::Fault;
use kit::link::Link;
use proto::tickets::v1::WatchResponse;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use crate::limits::TOLD_AT_ONCE_MAX;
use crate::{NAME, wire};

/// A ticket as the feed shows it, as far as merging goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Merging {
    pub(crate) number: TicketNumber,
    pub(crate) version: u32,
    /// When the change was made.
    pub(crate) at: Timestamp,
    pub(crate) phase: PhaseName,
    /// The incident whose answer it waits for.
    pub(crate) waits_for: Option<TicketNumber>,
    /// Whether anything is merged into it.
    pub(crate) is_incident: bool,
}

/// One ticket to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Telling {
    pub(crate) incident: TicketNumber,
    pub(crate) child: TicketNumber,
    /// The version at which the child waits: once told it has another, and for good.
    pub(crate) version: u32,
}

impl Telling {
    /// The name of the mutation.
    pub(crate) fn request(&self) -> Result<RequestId, IdError> {
        let Self {
            incident,
            child,
            version,
        } = self;
        RequestId::parse(&format!("rejoin:{incident}:{child}:{version}"))
    }
}

/// Who waits for whom, by the latest state known of each.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Tickets that wait, by their incident.
    children: HashMap<TicketNumber, BTreeSet<TicketNumber>>,
    /// What each that waits waits for, at which version.
    waits: HashMap<TicketNumber, (TicketNumber, u32)>,
    /// Incidents that are answered, at which version.
    answered: HashMap<TicketNumber, u32>,
}

impl Waiting {
    /// Takes a ticket as it stands. Answers whom to tell now: itself, or those that wait for it.
    pub(crate) fn take(&mut self, seen: &Merging) -> Vec<Telling> {
        self.take_child(seen);
        self.take_incident(seen);
        let own = seen
            .waits_for
            .and_then(|incident| self.telling(incident, seen.number));
        let mut tellings = self.tellings_of(seen.number);
        tellings.extend(own);
        tellings
    }

    fn take_child(&mut self, seen: &Merging) {
        let known = self.waits.get(&seen.number);
        if known.is_some_and(|(_, version)| seen.version < *version) {
            return;
        }
        if let Some((before, _)) = self.waits.remove(&seen.number)
            && let Some(children) = self.children.get_mut(&before)
        {
            children.remove(&seen.number);
            if children.is_empty() {
                self.children.remove(&before);
            }
        }
        if let Some(incident) = seen.waits_for {
            self.waits.insert(seen.number, (incident, seen.version));
            self.children.entry(incident).or_default().insert(seen.number);
        }
    }

    fn take_incident(&mut self, seen: &Merging) {
        let known = self.answered.get(&seen.number);
        if known.is_some_and(|version| seen.version < *version) {
            return;
        }
        let is_answered = matches!(seen.phase, PhaseName::CallbackDue | PhaseName::Closed);
        if seen.is_incident && is_answered {
            self.answered.insert(seen.number, seen.version);
        } else {
            self.answered.remove(&seen.number);
        }
    }

    fn telling(&self, incident: TicketNumber, child: TicketNumber) -> Option<Telling> {
        let (into, version) = *self.waits.get(&child)?;
        (into == incident && self.answered.contains_key(&incident)).then_some(Telling {
            incident,
            child,
            version,
        })
    }

    /// Whether a telling is still to be made: its ticket waits as it did, for an incident that is answered.
    fn is_due(&self, telling: &Telling) -> bool {
        self.telling(telling.incident, telling.child).as_ref() == Some(telling)
    }

    fn tellings_of(&self, incident: TicketNumber) -> Vec<Telling> {
        let children = self.children.get(&incident).into_iter().flatten();
        children
            .filter_map(|child| self.telling(incident, *child))
            .collect()
    }

    /// Everybody to be told: what a restart has cut short.
    pub(crate) fn all(&self) -> Vec<Telling> {
        let incidents = self.answered.keys().filter(|one| self.children.contains_key(one));
        let mut all: Vec<Telling> = incidents.flat_map(|one| self.tellings_of(*one)).collect();
        all.sort_unstable();
        all
    }
}

/// Who tells them.
pub(crate) struct Rejoiner {
    tickets: Link,
    started_at: Timestamp,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: Waiting,
    /// The feed is caught up with: until then it tells what may have been answered long ago.
    is_current: bool,
    /// Who is to be told and was not yet: whatever fails stays, and is tried with each further answer of the feed.
    untold: BTreeSet<Telling>,
}

impl Rejoiner {
    /// What was changed at `started_at` or later has told nobody yet.
    pub(crate) fn new(tickets: Link, started_at: Timestamp) -> Self {
        Self {
            tickets,
            started_at,
            state: Mutex::default(),
        }
    }

    /// The feed has another history: everything is to be read anew.
    pub(crate) fn forget(&self) {
        *self.state() = State::default();
    }

    /// Takes an answer of the feed, and tells whoever is to be told by it.
    pub(crate) async fn take(&self, answer: &WatchResponse) -> Result<(), Fault> {
        match &answer.change {
            Some(change) => match wire::merging(change) {
                Ok(Some(seen)) => self.state().take(&seen, self.started_at),
                Ok(None) => {}
                Err(fault) => {
                    // It must not stop those after it.
                    tracing::error!(reason = fault.reason(), %fault, "a change of the feed cannot be read");
                }
            },
            // A heartbeat: nothing more had happened when it was sent.
            None => self.state().catch_up(),
        }
        let untold = self.state().untold();
        self.tell_all(untold).await
    }

    /// Tells each; fails when any is to be tried again.
    async fn tell_all(&self, tellings: Vec<Telling>) -> Result<(), Fault> {
        let mut told = futures::stream::iter(tellings)
            .map(|telling| self.tell(telling))
            .buffer_unordered(TOLD_AT_ONCE_MAX);
        let mut failed = None;
        while let Some(one) = told.next().await {
            failed = failed.or(one.err());
        }
        failed.map_or(Ok(()), Err)
    }

    async fn tell(&self, telling: Telling) -> Result<(), Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let answer = tickets.rejoin(wire::rejoin(&telling)?).await;
        if let Err(fault) = answer.map_err(Fault::from) {
            if fault.is_passing() {
                return Err(fault);
            }
            refused(&telling, &fault);
        }
        self.state().untold.remove(&telling);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, seen: &Merging, started_at: Timestamp) {
        let tellings = self.waiting.take(seen);
        if self.is_current {
            self.untold.extend(tellings);
        } else if seen.at >= started_at {
            self.catch_up();
        }
    }

    fn catch_up(&mut self) {
        if !self.is_current {
            self.is_current = true;
            self.untold.extend(self.waiting.all());
        }
    }

    /// Who is to be told now. Whoever has left meanwhile, or waits for an incident handled anew, is forgotten.
    fn untold(&mut self) -> Vec<Telling> {
        let waiting = &self.waiting;
        self.untold.retain(|telling| waiting.is_due(telling));
        self.untold.iter().copied().collect()
    }
}

/// A refusal for good. Un-merged meanwhile, told before, or the incident handled anew: whatever is left of that comes by
/// the feed. Anything else leaves a resident waiting, and somebody must look.
fn refused(telling: &Telling, fault: &Fault) {
    let (child, incident, reason) = (&telling.child, &telling.incident, fault.reason());
    let is_overtaken = [Reason::NotMerged, Reason::WrongPhase]
        .iter()
        .any(|overtaken| overtaken.as_str() == reason);
    if is_overtaken {
        tracing::info!(number = %child, %incident, reason, "a merged ticket was overtaken before it was told");
    } else {
        tracing::warn!(number = %child, %incident, reason, "a merged ticket cannot be told of its incident's answer");
    }
}

#[cfg(test)]
mod tests;
