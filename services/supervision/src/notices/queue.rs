//! The notices that are not done with, and the latest of those that are: when each may go, what became of it. In memory
//! as many as there is room for, the others are counted; the ledger has them all.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use domain::id::{HolderId, RequestId, TicketNumber};
use jiff::Timestamp;

use super::ledger::{Ending, Place, Record};
use super::notice::{Channel, News, NoticeId, To};
use super::outcome::CHANNEL_OFF;
use crate::limits::{
    CROWDED_OUT_AT_ONCE, FINISHED_MAX, HASTEN_LOOK, ORDINARY_MAX, PARKED_MAX, RETRIES_KEPT, STUCK_AFTER,
    URGENT_MAX,
};

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

/// The line a notice stands in while it waits: each has its own limit, and what is urgent goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Line {
    /// Grade A or B.
    Urgent,
    /// Any other.
    Ordinary,
    /// For somebody to look.
    Parked,
}

impl Line {
    /// Those that go by themselves, in this order.
    pub(crate) const GOING: [Line; 2] = [Line::Urgent, Line::Ordinary];

    /// How many may stand in it.
    fn room(self) -> usize {
        match self {
            Line::Urgent => URGENT_MAX,
            Line::Ordinary => ORDINARY_MAX,
            Line::Parked => PARKED_MAX,
        }
    }
}

/// A line of a channel; those of sealed tickets are counted by themselves.
type Sort = (Channel, Line, bool);

impl Entry {
    /// The line it stands in, and its place there: when it goes, or when it happened.
    fn line(&self) -> Option<(Line, Timestamp)> {
        match self.state {
            State::Waiting(at) if self.news.urgent => Some((Line::Urgent, at)),
            State::Waiting(at) => Some((Line::Ordinary, at)),
            State::Parked => Some((Line::Parked, self.news.at)),
            State::Sending | State::Done(..) => None,
        }
    }

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

    fn fail(&mut self, failure: String, at: Timestamp) {
        self.tries = self.tries.saturating_add(1);
        self.failure = Some(failure);
        self.failed_since.get_or_insert(at);
    }

    fn tally(&self, now: Timestamp) -> Tally {
        Tally {
            pending: 1,
            stuck: usize::from(self.is_stuck(now)),
            oldest: Some(self.news.at),
        }
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

impl Tally {
    fn add(&mut self, other: Tally) {
        self.pending += other.pending;
        self.stuck += other.stuck;
        self.oldest = self.oldest.into_iter().chain(other.oldest).min();
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: BTreeMap<NoticeId, Entry>,
    /// Those that wait, in the order in which they go.
    lines: BTreeMap<(Channel, Line), BTreeSet<(Timestamp, NoticeId)>>,
    /// Those for which there is no room here: the ledger alone has them.
    crowded_out: BTreeMap<Sort, Tally>,
    /// The same, as the reading under way counts it.
    recount: Option<BTreeMap<Sort, Tally>>,
    /// Channels of which that was told in the log.
    told_crowded: BTreeSet<Channel>,
    /// Channels there are not.
    off: Vec<Channel>,
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
            // Of a build of before: it was never sent.
            Record::Done {
                how: Ending::CrowdedOut,
                ..
            } => {}
            Record::Done { notice, how } => self.done(&notice, how, at),
            Record::Parked { notice, failure } => self.parked(&notice, failure, at),
            Record::Retried { notice, by, request } => self.retry(&notice, by, request, at),
        }
    }

    /// What still matters, as records.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::with_capacity(self.entries.len() + 1);
        records.extend(self.place.clone().map(Record::Place));
        let mut open: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.is_done())
            .collect();
        open.sort_by_key(|(_, entry)| entry.news.at);
        for (id, entry) in open {
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

    /// Makes room in each line that is too long, unless the ledger is being read: what happened first of it waits on disk
    /// from now on.
    pub(crate) fn crowd_out(&mut self, now: Timestamp) {
        if self.recount.is_some() {
            return;
        }
        for (&(channel, line), standing) in &mut self.lines {
            let over = standing.len().saturating_sub(line.room());
            if over == 0 {
                continue;
            }
            let happened_at = |id: &NoticeId| self.entries.get(id).map(|entry| entry.news.at);
            let mut all: Vec<_> = standing
                .iter()
                .map(|place| (happened_at(&place.1), place.clone()))
                .collect();
            let count = over + CROWDED_OUT_AT_ONCE;
            all.select_nth_unstable(count);
            for (_, place) in all.drain(..count) {
                standing.remove(&place);
                if let Some(entry) = self.entries.remove(&place.1) {
                    let sort = (channel, line, entry.sealed);
                    self.crowded_out.entry(sort).or_default().add(entry.tally(now));
                }
            }
        }
    }

    /// What the ledger has open comes in, what happened first before others; what finds no room is counted.
    pub(crate) fn come_in(&mut self, mut open: Vec<(NoticeId, Entry)>, now: Timestamp) {
        open.sort_by_key(|(_, entry)| entry.news.at);
        let mut no_room: Vec<(Sort, Tally)> = Vec::new();
        for (id, mut entry) in open {
            if self.knows(&id, &entry.news) {
                continue;
            }
            let at = entry.news.at;
            let was_off = entry.failure.as_deref() == Some(CHANNEL_OFF);
            match (self.off.contains(&id.channel), was_off) {
                (false, true) => {
                    (entry.tries, entry.failure, entry.failed_since) = (0, None, None);
                    entry.state = State::Waiting(at);
                }
                (true, false) => {
                    entry.fail(CHANNEL_OFF.to_owned(), at);
                    entry.state = State::Parked;
                }
                (true, true) | (false, false) => {}
            }
            let Some((line, goes_at)) = entry.line() else {
                continue;
            };
            let standing = self.lines.entry((id.channel, line)).or_default();
            if standing.len() < line.room() {
                standing.insert((goes_at, id.clone()));
                self.entries.insert(id, entry);
            } else {
                no_room.push(((id.channel, line, entry.sealed), entry.tally(now)));
            }
        }
        let counted = self.recount.as_mut().unwrap_or(&mut self.crowded_out);
        for (sort, tally) in no_room {
            counted.entry(sort).or_default().add(tally);
        }
    }

    /// All that is open, taken out.
    pub(crate) fn take_open(&mut self) -> Vec<(NoticeId, Entry)> {
        self.lines.clear();
        let is_done = |(_, entry): &(NoticeId, Entry)| entry.is_done();
        let (done, open) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition::<Vec<_>, _>(is_done);
        self.entries = done.into_iter().collect();
        open
    }

    /// Whether a line of which some wait on disk has room for them again.
    pub(crate) fn has_room_again(&self) -> bool {
        let has_room = |(channel, line): (Channel, Line)| {
            let standing = self.lines.get(&(channel, line)).map_or(0, BTreeSet::len);
            standing < line.room() / 2
        };
        self.crowded_out
            .keys()
            .any(|(channel, line, _)| has_room((*channel, *line)))
    }

    /// The ledger is read again from its beginning: what finds no room is counted anew.
    pub(crate) fn begin_reading(&mut self) {
        self.recount = Some(BTreeMap::new());
    }

    /// It was read to its end.
    pub(crate) fn end_reading(&mut self) {
        if let Some(counted) = self.recount.take() {
            self.crowded_out = counted;
        }
    }

    /// How many of a channel wait on disk alone; those of sealed tickets are counted only for whoever may know of them.
    pub(crate) fn crowded_out(&self, channel: Channel, with_sealed: bool) -> usize {
        let counts = |((one, _, sealed), _): &(&Sort, &Tally)| *one == channel && (with_sealed || !sealed);
        let counted = self.crowded_out.iter().filter(counts);
        counted.map(|(_, tally)| tally.pending).sum()
    }

    /// Channels of which some wait on disk that did not before, and how many: each once, until all are back.
    pub(crate) fn newly_crowded_out(&mut self) -> Vec<(Channel, usize)> {
        let mut new = Vec::new();
        for channel in Channel::ALL {
            match self.crowded_out(channel, true) {
                0 => drop(self.told_crowded.remove(&channel)),
                count if self.told_crowded.insert(channel) => new.push((channel, count)),
                _ => {}
            }
        }
        new
    }

    /// How many are open here.
    pub(crate) fn open_count(&self) -> usize {
        self.entries.len() - self.finished.len()
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
                let id = NoticeId::of(&news, to, *channel);
                if self.knows(&id, &news) {
                    continue;
                }
                let entry = Entry {
                    news: Arc::clone(&news),
                    to: to.clone(),
                    sealed,
                    reached: BTreeSet::new(),
                    tries: 0,
                    failure: None,
                    failed_since: None,
                    state: State::Sending,
                };
                self.entries.insert(id.clone(), entry);
                self.put(&id, State::Waiting(goes_at));
            }
        }
    }

    /// Whether a notice is known, also by the name it had before names carried a mark.
    fn knows(&self, id: &NoticeId, news: &News) -> bool {
        let unmarked = NoticeId {
            mark: None,
            ..id.clone()
        };
        let is_the_same = |entry: &Entry| entry.news.at == news.at;
        self.entries.contains_key(id) || self.entries.get(&unmarked).is_some_and(is_the_same)
    }

    /// The next notice of a channel whose time has come, of the first of `lines` that has one; it is under way from now on.
    pub(crate) fn take_due(&mut self, channel: Channel, lines: &[Line], now: Timestamp) -> Option<Job> {
        let first = |line: &Line| self.lines.get(&(channel, *line))?.first();
        let (_, id) = lines.iter().filter_map(first).find(|(at, _)| *at <= now)?;
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

    /// When the next notice of a channel goes, of these lines.
    pub(crate) fn next_due(&self, channel: Channel, lines: &[Line]) -> Option<Timestamp> {
        let first = |line: &Line| self.lines.get(&(channel, *line))?.first();
        lines.iter().filter_map(first).map(|(at, _)| *at).min()
    }

    /// It waits on, for the hour.
    pub(crate) fn wait(&mut self, id: &NoticeId, until: Timestamp) {
        self.put(id, State::Waiting(until));
    }

    /// A try failed; the next is then.
    pub(crate) fn failed(&mut self, id: &NoticeId, failure: String, now: Timestamp, next: Timestamp) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.fail(failure, now);
        }
        self.put(id, State::Waiting(next));
    }

    /// The receiver takes something again: whoever of the channel waits only because it did not take anything goes next,
    /// the urgent before the ordinary.
    pub(crate) fn hasten(&mut self, channel: Channel, now: Timestamp, was_away: impl Fn(&str) -> bool) {
        let waits_for_it = |(at, id): &&(Timestamp, NoticeId)| {
            let failure = self.entries.get(id).and_then(|entry| entry.failure.as_deref());
            *at > now && failure.is_some_and(&was_away)
        };
        let standing = |line| self.lines.get(&(channel, line)).into_iter().flatten();
        let mut ahead = Line::GOING
            .into_iter()
            .flat_map(|line| standing(line).take(HASTEN_LOOK));
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
            entry.fail(failure, at);
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

    /// Whether any notice of a ticket is taken for sealed or not, other than it is; of those on disk one may be.
    pub(crate) fn is_mistaken(&self, number: TicketNumber, sealed: bool) -> bool {
        let may_be_on_disk = sealed && !self.crowded_out.is_empty();
        may_be_on_disk || self.of_ticket(number).any(|(_, entry)| entry.sealed != sealed)
    }

    /// There are these channels: what is to go over another is parked, and goes on once that is there again.
    pub(crate) fn only(&mut self, channels: &[Channel], now: Timestamp) {
        let is_off = |channel: &Channel| !channels.contains(channel);
        self.off = Channel::ALL.into_iter().filter(is_off).collect();
        let open = self.take_open();
        self.come_in(open, now);
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
            tally.add(entry.tally(now));
        }
        let counts = |((.., sealed), _): &(&Sort, &Tally)| with_sealed || !sealed;
        for (_, crowded_out) in self.crowded_out.iter().filter(counts) {
            tally.add(*crowded_out);
        }
        tally
    }

    fn put(&mut self, id: &NoticeId, state: State) {
        // Done is done, whatever still comes of what was under way.
        let Some(entry) = self.entries.get_mut(id).filter(|entry| !entry.is_done()) else {
            return;
        };
        let before = entry.line();
        entry.state = state;
        let after = entry.line();
        if let Some((line, at)) = before
            && let Some(standing) = self.lines.get_mut(&(id.channel, line))
        {
            standing.remove(&(at, id.clone()));
        }
        if let Some((line, at)) = after {
            let standing = self.lines.entry((id.channel, line)).or_default();
            standing.insert((at, id.clone()));
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
        mark: None,
    }
}

#[cfg(test)]
mod tests;
