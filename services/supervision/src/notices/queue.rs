//! Every notice that is not done with, and the latest of those that are: when each may go, what became of it. In memory;
//! the ledger has it all.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use domain::id::{HolderId, RequestId, TicketNumber};
use jiff::Timestamp;

use super::ledger::{Ending, Place, Record};
use super::notice::{Channel, News, NoticeId, To};
use crate::limits::{FINISHED_MAX, HASTEN_LOOK, NOTICES_MAX, RETRIES_KEPT, STUCK_AFTER};

/// A notice.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) news: Arc<News>,
    pub(crate) to: To,
    /// Its ticket is sealed, as far as known.
    pub(crate) sealed: bool,
    /// Recipients that have it already, where others do not.
    pub(crate) reached: BTreeSet<String>,
    /// Tries that failed since the process began.
    pub(crate) tries: u32,
    /// What the last of them ended with.
    pub(crate) failure: Option<String>,
    /// Since when it fails.
    failed_since: Option<Timestamp>,
    pub(crate) state: State,
}

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Goes then.
    Waiting(Timestamp),
    /// Under way.
    Sending,
    /// Not tried again until somebody says so.
    Parked,
    /// Done with, and when.
    Done(Ending, Timestamp),
}

impl State {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::Waiting(_) => "waiting",
            State::Sending => "sending",
            State::Parked => "stuck",
            State::Done(how, _) => how.as_str(),
        }
    }
}

impl Entry {
    /// Whether somebody must look: given up, or failing for long.
    pub(crate) fn is_stuck(&self, now: Timestamp) -> bool {
        let fails_long = || {
            self.failed_since
                .is_some_and(|since| now.duration_since(since) >= STUCK_AFTER)
        };
        match self.state {
            State::Parked => true,
            State::Waiting(_) | State::Sending => fails_long(),
            State::Done(..) => false,
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.state, State::Done(..))
    }
}

/// A notice to be sent now.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: NoticeId,
    pub(crate) news: Arc<News>,
    pub(crate) to: To,
    pub(crate) reached: BTreeSet<String>,
    pub(crate) tries: u32,
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Not done with, the stuck ones included.
    pub(crate) pending: usize,
    /// Of those, how many somebody must look at.
    pub(crate) stuck: usize,
    /// When the oldest of them happened.
    pub(crate) oldest: Option<Timestamp>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: BTreeMap<NoticeId, Entry>,
    /// Those that wait, in the order in which they go.
    due: BTreeMap<Channel, BTreeSet<(Timestamp, NoticeId)>>,
    finished: VecDeque<NoticeId>,
    requests: HashMap<(HolderId, RequestId), NoticeId>,
    requests_in_order: VecDeque<(HolderId, RequestId)>,
    place: Option<Place>,
}

impl Queue {
    /// Takes a record as it was kept. What waits goes at once, if the hour allows.
    pub(crate) fn replay(&mut self, record: Record, at: Timestamp) {
        match record {
            Record::Heard {
                news,
                to,
                channels,
                sealed,
            } => {
                let goes_at = news.at;
                self.hear(news, &to, &channels, sealed, goes_at);
            }
            Record::Place(place) => self.place = Some(place),
            Record::Sealed { number, sealed } => self.seal(number, sealed),
            Record::Reached { notice, recipient } => self.reached(&notice, recipient),
            Record::Done { notice, how } => self.done(&notice, how, at),
            Record::Parked { notice, failure } => self.parked(&notice, failure, at),
            Record::Retried { notice, by, request } => self.retry(&notice, by, request, at),
        }
    }

    /// What still matters, as records.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::with_capacity(self.entries.len() + 1);
        records.extend(self.place.clone().map(Record::Place));
        for (id, entry) in self.entries.iter().filter(|(_, entry)| !entry.is_done()) {
            records.push(Record::Heard {
                news: (*entry.news).clone(),
                to: vec![entry.to.clone()],
                channels: vec![id.channel],
                sealed: entry.sealed,
            });
            records.extend(entry.reached.iter().map(|recipient| Record::Reached {
                notice: id.clone(),
                recipient: recipient.clone(),
            }));
            if entry.state == State::Parked {
                records.push(Record::Parked {
                    notice: id.clone(),
                    failure: entry.failure.clone().unwrap_or_default(),
                });
            }
        }
        records
    }

    /// Where the feed is read; none before the first time.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The feed was read on.
    pub(crate) fn move_to(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// Whether no more can be taken.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() - self.finished.len() >= NOTICES_MAX
    }

    /// Something happened. What is known already stays as it is.
    pub(crate) fn hear(
        &mut self,
        news: News,
        to: &[To],
        channels: &[Channel],
        sealed: bool,
        goes_at: Timestamp,
    ) {
        let news = Arc::new(news);
        for to in to {
            for channel in channels {
                let id = NoticeId {
                    number: news.number,
                    version: news.version,
                    addressee: to.addressee.clone(),
                    channel: *channel,
                };
                if self.entries.contains_key(&id) {
                    continue;
                }
                self.due
                    .entry(*channel)
                    .or_default()
                    .insert((goes_at, id.clone()));
                let entry = Entry {
                    news: Arc::clone(&news),
                    to: to.clone(),
                    sealed,
                    reached: BTreeSet::new(),
                    tries: 0,
                    failure: None,
                    failed_since: None,
                    state: State::Waiting(goes_at),
                };
                self.entries.insert(id, entry);
            }
        }
    }

    /// The next notice of a channel whose time has come; it is under way from now on.
    pub(crate) fn take_due(&mut self, channel: Channel, now: Timestamp) -> Option<Job> {
        let (_, id) = self.due.get(&channel)?.first().filter(|(at, _)| *at <= now)?;
        let id = id.clone();
        self.put(&id, State::Sending);
        let entry = self.entries.get(&id)?;
        Some(Job {
            news: Arc::clone(&entry.news),
            to: entry.to.clone(),
            reached: entry.reached.clone(),
            tries: entry.tries,
            id,
        })
    }

    /// When the next notice of a channel goes.
    pub(crate) fn next_due(&self, channel: Channel) -> Option<Timestamp> {
        self.due.get(&channel)?.first().map(|(at, _)| *at)
    }

    /// It waits on, for the hour.
    pub(crate) fn wait(&mut self, id: &NoticeId, until: Timestamp) {
        self.put(id, State::Waiting(until));
    }

    /// A try failed; the next is then.
    pub(crate) fn failed(&mut self, id: &NoticeId, failure: String, now: Timestamp, next: Timestamp) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.tries = entry.tries.saturating_add(1);
            entry.failure = Some(failure);
            entry.failed_since.get_or_insert(now);
        }
        self.put(id, State::Waiting(next));
    }

    /// The receiver takes something again: whoever of the channel waits only because it did not take anything goes next.
    pub(crate) fn hasten(&mut self, channel: Channel, now: Timestamp, was_away: impl Fn(&str) -> bool) {
        let waits_for_it = |(at, id): &&(Timestamp, NoticeId)| {
            let failure = self.entries.get(id).and_then(|entry| entry.failure.as_deref());
            *at > now && failure.is_some_and(&was_away)
        };
        let mut ahead = self.due.get(&channel).into_iter().flatten().take(HASTEN_LOOK);
        if let Some(id) = ahead.find(waits_for_it).map(|(_, id)| id.clone()) {
            self.put(&id, State::Waiting(now));
        }
    }

    /// One recipient has it.
    pub(crate) fn reached(&mut self, id: &NoticeId, recipient: String) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.reached.insert(recipient);
        }
    }

    /// It is given up until somebody says so.
    pub(crate) fn parked(&mut self, id: &NoticeId, failure: String, at: Timestamp) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.tries = entry.tries.saturating_add(1);
            entry.failure = Some(failure);
            entry.failed_since.get_or_insert(at);
        }
        self.put(id, State::Parked);
    }

    /// Done with.
    pub(crate) fn done(&mut self, id: &NoticeId, how: Ending, at: Timestamp) {
        if self.entries.get(id).is_none_or(Entry::is_done) {
            return;
        }
        self.put(id, State::Done(how, at));
        self.finished.push_back(id.clone());
        if self.finished.len() > FINISHED_MAX
            && let Some(oldest) = self.finished.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Somebody wants it tried again now. What is done with stays so.
    pub(crate) fn retry(&mut self, id: &NoticeId, by: HolderId, request: RequestId, now: Timestamp) {
        let name = (by, request);
        if self.requests.insert(name.clone(), id.clone()).is_none() {
            self.requests_in_order.push_back(name);
        }
        if self.requests_in_order.len() > RETRIES_KEPT
            && let Some(oldest) = self.requests_in_order.pop_front()
        {
            self.requests.remove(&oldest);
        }
        if let Some(entry) = self.entries.get_mut(id)
            && matches!(entry.state, State::Parked | State::Waiting(_))
        {
            (entry.tries, entry.failed_since) = (0, None);
            self.put(id, State::Waiting(now));
        }
    }

    /// What a request asked for before.
    pub(crate) fn asked_before(&self, by: &HolderId, request: &RequestId) -> Option<&NoticeId> {
        self.requests.get(&(by.clone(), request.clone()))
    }

    /// A ticket was sealed, or no longer is.
    pub(crate) fn seal(&mut self, number: TicketNumber, sealed: bool) {
        let ids: Vec<NoticeId> = self.of_ticket(number).map(|(id, _)| id.clone()).collect();
        for id in ids {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.sealed = sealed;
            }
        }
    }

    /// Whether any notice of a ticket is taken for sealed or not, other than it is.
    pub(crate) fn is_mistaken(&self, number: TicketNumber, sealed: bool) -> bool {
        self.of_ticket(number).any(|(_, entry)| entry.sealed != sealed)
    }

    /// A channel that is not configured any more takes nothing.
    pub(crate) fn without(&mut self, channel: Channel, failure: &str) {
        for (_, entry) in self.entries.iter_mut().filter(|(id, _)| id.channel == channel) {
            if !entry.is_done() {
                entry.failure = Some(failure.to_owned());
                entry.failed_since = Some(entry.news.at);
            }
        }
    }

    /// A notice by its name.
    pub(crate) fn get(&self, id: &NoticeId) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// The notices of a ticket.
    pub(crate) fn of_ticket(&self, number: TicketNumber) -> impl Iterator<Item = (&NoticeId, &Entry)> {
        self.after(Some(&lowest(number)))
            .take_while(move |(id, _)| id.number == number)
    }

    /// All notices after one, in the order of their names.
    pub(crate) fn after<'q>(
        &'q self,
        id: Option<&NoticeId>,
    ) -> impl Iterator<Item = (&'q NoticeId, &'q Entry)> + use<'q> {
        use std::ops::Bound;
        let from = id.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries.range((from, Bound::Unbounded))
    }

    /// How many there are; those of sealed tickets are counted only for whoever may know of them.
    pub(crate) fn tally(&self, with_sealed: bool, now: Timestamp) -> Tally {
        let mut tally = Tally::default();
        let counts = |entry: &&Entry| !entry.is_done() && (with_sealed || !entry.sealed);
        for entry in self.entries.values().filter(counts) {
            tally.pending += 1;
            tally.stuck += usize::from(entry.is_stuck(now));
            let at = entry.news.at;
            tally.oldest = Some(tally.oldest.map_or(at, |oldest| oldest.min(at)));
        }
        tally
    }

    fn put(&mut self, id: &NoticeId, state: State) {
        let Some(entry) = self.entries.get_mut(id) else {
            return;
        };
        let due = self.due.entry(id.channel).or_default();
        if let State::Waiting(at) = entry.state {
            due.remove(&(at, id.clone()));
        }
        entry.state = state;
        if let State::Waiting(at) = state {
            due.insert((at, id.clone()));
        }
    }
}

/// Before every notice of a ticket.
fn lowest(number: TicketNumber) -> NoticeId {
    NoticeId {
        number,
        version: 0,
        addressee: Box::from(""),
        channel: Channel::Webhook,
    }
}

#[cfg(test)]
mod tests;
