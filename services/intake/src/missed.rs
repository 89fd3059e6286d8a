//! Missed calls as they stand, folded from the ledger, and what is to be recorded about them.
//!
//! Planning looks and changes nothing: whoever plans holds [`crate::ledger::Ledger::ringing_back`] until it is kept.
//! One caller waits once: a further call of his while he is to be rung back is counted with the first and renews nothing.

mod figures;
mod list;

use std::collections::{BTreeSet, HashMap, VecDeque};

use domain::id::{CallerHash, HolderId, RequestId};
use domain::missed_call::{Cause, Clock, Command, Event, MissedCall, Refused, State};
use jiff::Timestamp;
use jiff::civil::Date;
use kit::fault::Fault;

use crate::calls::CallId;
use crate::ledger::{Origin, Record};
use crate::limits::{
    ENDED_KNOWN_MAX, FURTHER_CALLS_MAX, OPEN_MISSED_MAX, REQUESTS_KNOWN_MAX, RETRY_MISSED_FULL,
};

pub(crate) use figures::{Counts, Figures};
pub(crate) use list::{Place, Query, Which};

/// A call that was missed, as it is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) call: CallId,
    pub(crate) from: Origin,
    pub(crate) cause: Cause,
    pub(crate) danger: bool,
    /// The clock it has by itself.
    pub(crate) clock: Clock,
    /// The city's date.
    pub(crate) day: Date,
}

/// What an operator says of a missed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Which, by the name of any of its calls.
    pub(crate) call: CallId,
    pub(crate) request: RequestId,
    pub(crate) by: HolderId,
    pub(crate) command: Command,
}

/// When something is said, and since when the system is up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    pub(crate) now: Timestamp,
    pub(crate) up_since: Timestamp,
}

/// What is to be kept, about which missed call; nothing where it is known already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) about: CallId,
    pub(crate) records: Vec<Record>,
}

/// A missed call as it stands, with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) call: CallId,
    /// The latest call of this caller: what the masked relay rings back by.
    pub(crate) latest: CallId,
    pub(crate) from: Origin,
    pub(crate) missed: MissedCall,
    /// Further calls, the latest last.
    further: VecDeque<CallId>,
    /// What was asked for and done, the latest last.
    requests: VecDeque<(HolderId, RequestId, Event)>,
}

/// A call as it was reported, to know it again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reported {
    of: CallId,
    from: Origin,
    cause: Cause,
    danger: bool,
}

/// Every missed call that is open, the latest that have ended, and the figures.
#[derive(Debug, Default)]
pub(crate) struct Book {
    items: HashMap<CallId, Item>,
    /// By any of their calls.
    reported: HashMap<CallId, Reported>,
    ringing: BTreeSet<Place>,
    sms_owed: BTreeSet<Place>,
    ended: BTreeSet<Place>,
    /// What L1 is still to come for.
    due: BTreeSet<(Timestamp, CallId)>,
    /// What is open of a caller, in the order of his calls.
    of_caller: HashMap<CallerHash, Vec<CallId>>,
    /// What a request was about, as long as the missed call knows it.
    asked: HashMap<(HolderId, RequestId), CallId>,
    figures: Figures,
}

impl Book {
    /// A missed call by the name of any of its calls.
    pub(crate) fn item(&self, call: &CallId) -> Option<&Item> {
        self.items.get(&self.reported.get(call)?.of)
    }

    /// Whether anything of a caller is open.
    pub(crate) fn waits(&self, caller: &CallerHash) -> bool {
        self.of_caller.contains_key(caller)
    }

    /// When the next due time comes that L1 is still to fire for.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Counts by day.
    pub(crate) fn figures(&self) -> &Figures {
        &self.figures
    }

    /// What reporting a missed call means: a new one, a further call of one that waits, or nothing new.
    pub(crate) fn miss(&self, missing: &Missing, by: &HolderId, when: When) -> Result<Plan, Fault> {
        let Missing {
            call,
            from,
            cause,
            danger,
            ..
        } = missing;
        if let Some(known) = self.reported.get(call) {
            let same = known.from == *from && known.cause == *cause && known.danger == *danger;
            let nothing = Plan {
                about: known.of.clone(),
                records: Vec::new(),
            };
            return if same { Ok(nothing) } else { Err(Fault::reused()) };
        }
        if let Some(waiting) = self.waiting(from.caller.as_ref()) {
            return self.miss_again(waiting, missing, by, when);
        }
        if self.ringing.len() + self.sms_owed.len() >= OPEN_MISSED_MAX && from.caller.is_some() {
            return Err(full());
        }
        let event = Event::Missed {
            cause: *cause,
            danger: *danger,
            withheld: from.caller.is_none(),
            clock: missing.clock.clone(),
            day: missing.day,
        };
        let record = Record::Missed {
            call: call.clone(),
            of: None,
            from: from.clone(),
            event,
            by: by.clone(),
        };
        Ok(Plan {
            about: call.clone(),
            records: vec![record],
        })
    }

    /// The missed call of a caller that is still rung back.
    fn waiting(&self, caller: Option<&CallerHash>) -> Option<&Item> {
        let open = self.of_caller.get(caller?)?;
        let items = open.iter().filter_map(|call| self.items.get(call));
        items.into_iter().find(|item| item.missed.state == State::Ringing)
    }

    fn miss_again(
        &self,
        waiting: &Item,
        missing: &Missing,
        by: &HolderId,
        when: When,
    ) -> Result<Plan, Fault> {
        let again = Command::MissAgain {
            cause: missing.cause,
            danger: missing.danger,
            clock: missing.clock.clone(),
        };
        let events = waiting
            .missed
            .decide(again, when.up_since, when.now)
            .map_err(refused)?;
        let records = events.into_iter().map(|event| {
            if !matches!(event, Event::MissedAgain { .. }) {
                return follows(&waiting.call, event, by);
            }
            Record::Missed {
                call: missing.call.clone(),
                of: Some(waiting.call.clone()),
                from: missing.from.clone(),
                event,
                by: by.clone(),
            }
        });
        Ok(Plan {
            about: waiting.call.clone(),
            records: records.collect(),
        })
    }

    /// What an operator's word about a missed call means. Reached, everything of that caller is returned.
    pub(crate) fn say(&self, said: &Said, when: When) -> Result<Plan, Fault> {
        let item = self.item(&said.call).ok_or_else(Fault::not_found)?;
        let about = item.call.clone();
        let asked = self.asked.get(&(said.by.clone(), said.request.clone()));
        if asked.is_some_and(|asked| *asked != about) {
            return Err(Fault::reused());
        }
        let known = item
            .requests
            .iter()
            .find(|(by, request, _)| *by == said.by && *request == said.request);
        if let Some((.., event)) = known {
            return if is_told_by(event, &said.command) {
                let records = Vec::new();
                Ok(Plan { about, records })
            } else {
                Err(Fault::reused())
            };
        }
        let decided = item
            .missed
            .decide(said.command.clone(), when.up_since, when.now)
            .map_err(refused)?;
        let mut records: Vec<Record> = decided
            .into_iter()
            .map(|event| Record::RingBack {
                call: item.call.clone(),
                request: is_told_by(&event, &said.command).then(|| said.request.clone()),
                event,
                by: said.by.clone(),
            })
            .collect();
        if let (Command::Reached { .. }, Some(caller)) = (&said.command, &item.from.caller) {
            records.extend(self.all_of(caller, Some(&item.call), &said.command, &said.by, when));
        }
        Ok(Plan { about, records })
    }

    /// What it means that a caller has reached an agent: nothing of his is to be rung back any more.
    pub(crate) fn answered(&self, caller: &CallerHash, by: &HolderId, when: When) -> Vec<Record> {
        self.all_of(caller, None, &Command::CallAgain, by, when)
    }

    /// One word for everything open of a caller but one.
    fn all_of(
        &self,
        caller: &CallerHash,
        but: Option<&CallId>,
        command: &Command,
        by: &HolderId,
        when: When,
    ) -> Vec<Record> {
        let open = self.of_caller.get(caller).into_iter().flatten();
        let items = open
            .filter(|call| Some(*call) != but)
            .filter_map(|call| self.items.get(call));
        items
            .flat_map(|item| {
                let decided = item.missed.decide(command.clone(), when.up_since, when.now);
                let events = decided.unwrap_or_default();
                events.into_iter().map(|event| follows(&item.call, event, by))
            })
            .collect()
    }

    /// L1 of at most `count` missed calls that are due, in due order.
    pub(crate) fn late(&self, count: usize, by: &HolderId, when: When) -> Vec<Record> {
        let due = self.due.iter().take_while(|(at, _)| *at <= when.now).take(count);
        due.filter_map(|(_, call)| self.items.get(call))
            .flat_map(|item| {
                let decided = item.missed.decide(Command::FireLate, when.up_since, when.now);
                let events = decided.unwrap_or_default();
                events.into_iter().map(|event| follows(&item.call, event, by))
            })
            .collect()
    }

    /// Total: what was accepted once always replays.
    pub(crate) fn fold(&mut self, record: Record, at: Timestamp) {
        match record {
            Record::Registered { .. } | Record::Ended { .. } => {}
            Record::Missed {
                call,
                of,
                from,
                event,
                ..
            } => {
                let name = of.unwrap_or_else(|| call.clone());
                if let Event::Missed { cause, danger, .. } | Event::MissedAgain { cause, danger, .. } = &event
                {
                    let reported = Reported {
                        of: name.clone(),
                        from: from.clone(),
                        cause: *cause,
                        danger: *danger,
                    };
                    self.reported.entry(call.clone()).or_insert(reported);
                }
                self.change(name, Some((call, from)), None, &event, at);
            }
            Record::RingBack {
                call,
                request,
                event,
                by,
            } => self.change(call, None, request.map(|request| (by, request)), &event, at),
        }
    }

    fn change(
        &mut self,
        name: CallId,
        called: Option<(CallId, Origin)>,
        asked: Option<(HolderId, RequestId)>,
        event: &Event,
        at: Timestamp,
    ) {
        let known = self.items.remove(&name);
        if let Some(item) = &known {
            self.unlist(item);
        }
        let before = known.as_ref().map(|item| item.missed.clone());
        let item = match known {
            Some(mut item) => {
                item.missed.apply(event, at);
                item
            }
            None => {
                let begun = called.as_ref().zip(MissedCall::begun(event, at));
                let Some(((_, from), missed)) = begun else { return };
                Item {
                    call: name.clone(),
                    latest: name.clone(),
                    from: from.clone(),
                    missed,
                    further: VecDeque::new(),
                    requests: VecDeque::new(),
                }
            }
        };
        let item = self.named(item, called, asked, event);
        self.figures.count(event, before.as_ref(), &item.missed);
        self.list(&item);
        self.items.insert(name, item);
        self.forget_the_eldest();
    }

    /// Notes a further call and who asked, each up to its limit.
    fn named(
        &mut self,
        mut item: Item,
        called: Option<(CallId, Origin)>,
        asked: Option<(HolderId, RequestId)>,
        event: &Event,
    ) -> Item {
        if let Some((call, _)) = called.filter(|(call, _)| *call != item.call) {
            item.latest = call.clone();
            item.further.push_back(call);
            if item.further.len() > FURTHER_CALLS_MAX
                && let Some(eldest) = item.further.pop_front()
            {
                self.reported.remove(&eldest);
            }
        }
        if let Some((by, request)) = asked {
            self.asked
                .insert((by.clone(), request.clone()), item.call.clone());
            item.requests.push_back((by, request, event.clone()));
            if item.requests.len() > REQUESTS_KNOWN_MAX
                && let Some((by, request, _)) = item.requests.pop_front()
            {
                self.asked.remove(&(by, request));
            }
        }
        item
    }

    fn unlist(&mut self, item: &Item) {
        let place = Place::of(item);
        match item.missed.state {
            State::Ringing => self.ringing.remove(&place),
            State::SmsOwed { .. } => self.sms_owed.remove(&place),
            State::Ended { .. } => self.ended.remove(&place),
        };
        if let Some(at) = item.missed.fires_at() {
            self.due.remove(&(at, item.call.clone()));
        }
        if let Some(caller) = &item.from.caller
            && let Some(open) = self.of_caller.get_mut(caller)
        {
            open.retain(|call| *call != item.call);
            if open.is_empty() {
                self.of_caller.remove(caller);
            }
        }
    }

    fn list(&mut self, item: &Item) {
        let place = Place::of(item);
        let is_open = match item.missed.state {
            State::Ringing => self.ringing.insert(place),
            State::SmsOwed { .. } => self.sms_owed.insert(place),
            State::Ended { .. } => {
                self.ended.insert(place);
                false
            }
        };
        if let Some(at) = item.missed.fires_at() {
            self.due.insert((at, item.call.clone()));
        }
        if let Some(caller) = item.from.caller.clone().filter(|_| is_open) {
            self.of_caller.entry(caller).or_default().push(item.call.clone());
        }
    }

    /// What has ended leaves memory, the eldest first; the ledger keeps it.
    fn forget_the_eldest(&mut self) {
        while self.ended.len() > ENDED_KNOWN_MAX {
            let Some(eldest) = self.ended.pop_first() else {
                return;
            };
            if let Some(item) = self.items.remove(&eldest.call) {
                self.reported.remove(&item.call);
                for call in &item.further {
                    self.reported.remove(call);
                }
                for (by, request, _) in item.requests {
                    self.asked.remove(&(by, request));
                }
            }
        }
    }
}

/// A fact that nobody asked for by name.
fn follows(call: &CallId, event: Event, by: &HolderId) -> Record {
    Record::RingBack {
        call: call.clone(),
        request: None,
        event,
        by: by.clone(),
    }
}

/// Whether an event is what a command says, and not what follows from it.
fn is_told_by(event: &Event, command: &Command) -> bool {
    match (event, command) {
        (Event::Returned { number: kept }, Command::Reached { number }) => kept == number,
        (Event::NotReached, Command::NotReached) | (Event::SmsSent, Command::SendSms) => true,
        _ => false,
    }
}

/// What a refusal means to a caller.
pub(crate) fn refused(refused: Refused) -> Fault {
    Fault::precondition(refused.as_str(), refused.zh(), refused.en())
}

fn full() -> Fault {
    Fault::exhausted(
        "待回拨的漏接来电过多，请先回拨",
        "too many missed calls wait: ring some back first",
        RETRY_MISSED_FULL,
    )
}

#[cfg(test)]
mod tests;
