//! A recorded life decided anew, command by command: what the audit and the rule time machine share.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Clock, Kind, Run, RunId, Step};
use crate::access::Actor;
use crate::id::{LegId, TicketNumber};
use crate::refusal::Refusal;
use crate::rules::{Rules, Under};
use crate::ticket::given::{self, Around};
use crate::ticket::{Chain, Command, Computed, Event, Fact, Recorded, Register, Ticket, before};

/// The rules that held, or are to hold, where something was decided.
pub type RulesOf<'a> = dyn FnMut(&Under) -> Option<Arc<Rules>> + 'a;

/// A ticket as it stood when it was merged into another at a time.
pub type MergedAt<'a> = dyn Fn(TicketNumber, Timestamp) -> Option<Ticket> + 'a;

/// By how much the ledger may have raised the time of a commit.
const RAISED_MAX: SignedDuration = SignedDuration::from_mins(10);

/// A ticket, and the rules that its clocks were computed with.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) ticket: Ticket,
    chains: BTreeMap<(Kind, Option<LegId>), Chain<Arc<Rules>>>,
    /// When the calendar has just changed: what begins then is computed anew.
    derived_at: Option<Timestamp>,
    /// Since when the runs that may fire could: since they began, or somebody else decided.
    free_since: BTreeMap<RunId, Timestamp>,
}

/// What somebody did.
#[derive(Debug, Clone)]
pub(super) enum Given {
    Register(Box<Register>),
    Command(Box<Command>),
}

/// What facts of one instant and actor turn out to be.
pub(super) struct Reading {
    /// What was given; none where nothing is known that records them.
    pub(super) given: Option<Given>,
    /// The rules it was decided under.
    pub(super) rules: Arc<Rules>,
    /// When it was decided, as far as that can be told: at, or shortly before, the time it was recorded.
    pub(super) at: Timestamp,
    /// What the same rules decide on it now.
    pub(super) decided: Result<Vec<Event>, Refusal>,
    /// How many of the facts it records.
    pub(super) count: usize,
    /// Whether what was decided is of the same form: the same events, about the same clocks.
    pub(super) is_alike: bool,
}

impl Life {
    /// The first fact of a ticket; none where it is no registration.
    pub(super) fn begin(first: &Recorded) -> Option<Self> {
        Ticket::register(first).map(|ticket| Self {
            ticket,
            chains: BTreeMap::new(),
            derived_at: None,
            free_since: BTreeMap::new(),
        })
    }

    /// Folds one fact.
    pub(super) fn take(&mut self, recorded: &Recorded, rules: &Arc<Rules>) {
        self.note(&recorded.fact.event, rules, recorded.at);
        self.ticket.apply(recorded);
        self.note_free(recorded.at);
    }

    /// Every level that may fire next, and since when it could have.
    pub(super) fn next_steps(&self) -> impl Iterator<Item = (&Clock, Step, Timestamp)> {
        self.ticket.next_steps().map(|(clock, step)| {
            let since = self.free_since.get(&clock.run.id());
            (clock, step, since.map_or(step.at, |since| step.at.max(*since)))
        })
    }

    fn note_free(&mut self, at: Timestamp) {
        let may_fire = |clock: &&Clock| clock.is_running() && !self.ticket.is_held_up(clock);
        let free = self.ticket.clocks.iter().filter(may_fire);
        self.free_since = free
            .map(|clock| clock.run.id())
            .map(|id| (id, self.free_since.get(&id).copied().unwrap_or(at)))
            .collect();
    }

    fn note(&mut self, event: &Event, rules: &Arc<Rules>, at: Timestamp) {
        let Event::ClockStarted { run } = event else {
            if !matches!(event, Event::ClockStopped { .. }) {
                self.derived_at = (*event == (Event::Rederived {})).then_some(at);
            }
            return;
        };
        let is_derived = self.derived_at == Some(at);
        let before = before(&self.chains, run).filter(|chain| !is_derived || chain.stands(run));
        let ticket = &self.ticket;
        let chain = Chain::after(before, run, Arc::clone(rules), |rules| {
            ticket.calendar_of(run.kind, run.leg, rules)
        });
        self.chains.insert((run.kind, run.leg), chain);
    }

    /// Folds what was decided, as if it had been recorded.
    pub(super) fn take_decided(
        &mut self,
        events: Vec<Event>,
        actor: &Actor,
        rules: &Arc<Rules>,
        at: Timestamp,
    ) {
        for event in events {
            let recorded = Recorded {
                number: self.ticket.number,
                version: self.ticket.version.saturating_add(1),
                at,
                actor: actor.clone(),
                rules: rules.version().clone(),
                fact: Fact::from(event),
            };
            self.take(&recorded, rules);
        }
    }

    /// Becomes a ticket whose clocks have just done this.
    pub(super) fn become_with(&mut self, ticket: Ticket, events: &[Event], rules: &Arc<Rules>) {
        let at = ticket.updated_at;
        for event in events {
            self.note(event, rules, at);
        }
        self.ticket = ticket;
        self.note_free(at);
    }

    /// The command that facts record, for this ticket.
    pub(super) fn command(&self, facts: &[Recorded], merged: &MergedAt<'_>) -> Option<Command> {
        let computed = || {
            let clocks = self.ticket.clocks.iter();
            let of = |clock: &Clock| {
                let (kind, leg) = (clock.run.kind, clock.run.leg);
                let Chain { begun, rules, .. } = self.chains.get(&(kind, leg))?;
                let calendar = self.ticket.calendar_of(kind, leg, rules).clone();
                let (run, calendar) = (begun.clone(), Arc::new(calendar));
                Some((clock.run.id(), Computed { run, calendar }))
            };
            clocks.filter_map(of).collect()
        };
        let around = Around {
            ticket: &self.ticket,
            at: facts.first()?.at,
            merged,
            computed: &computed,
        };
        given::command(facts, &around)
    }
}

/// Reads the first command of some facts of one instant and actor: usually all of them are its. None where the rules are
/// not there.
pub(super) fn read(
    life: Option<&Life>,
    facts: &[Recorded],
    rules_of: &mut RulesOf<'_>,
    merged: &MergedAt<'_>,
) -> Option<Reading> {
    let mut whole = None;
    for end in (1..=facts.len()).rev() {
        let reading = read_as(life, facts, end, rules_of, merged)?;
        if reading.is_alike {
            return Some(reading);
        }
        whole.get_or_insert(reading);
    }
    whole
}

/// The reading of so many facts as one command's.
fn read_as(
    life: Option<&Life>,
    facts: &[Recorded],
    end: usize,
    rules_of: &mut RulesOf<'_>,
    merged: &MergedAt<'_>,
) -> Option<Reading> {
    let (first, these) = (facts.first()?, &facts[..end]);
    let given = match life {
        None => given::registration(these).map(|one| Given::Register(Box::new(one))),
        Some(life) => life
            .command(these, merged)
            .map(|one| Given::Command(Box::new(one))),
    };
    let rules = rules_of(&under(life, given.as_ref(), first))?;
    let decide = |at| match (&given, life) {
        (Some(Given::Register(register)), _) => register.decide(&first.actor, &rules, at),
        (Some(Given::Command(command)), Some(life)) => life.ticket.decide(command, &first.actor, &rules, at),
        (Some(Given::Command(_)) | None, _) => Ok(Vec::new()),
    };
    let (mut at, mut decided) = (first.at, decide(first.at));
    let is_it = |decided: &Result<Vec<Event>, Refusal>| {
        decided
            .as_ref()
            .is_ok_and(|events| is_alike(events, facts) && runs_agree(events, facts))
    };
    if !is_it(&decided) {
        let times = decided_at(these, life).into_iter().map(|at| (at, decide(at)));
        if let Some((earlier, then)) = times.into_iter().find(|(_, decided)| is_it(decided)) {
            (at, decided) = (earlier, then);
        }
    }
    let alike = decided.as_ref().ok().filter(|events| is_alike(events, facts));
    Some(Reading {
        is_alike: alike.is_some(),
        count: alike.map_or(facts.len(), Vec::len),
        given,
        rules,
        at,
        decided,
    })
}

/// When it may have been decided: a commit is recorded no earlier than the one before it in the ledger, which may have been
/// decided later. What began then says when; where nothing did, the minute before is as good.
fn decided_at(facts: &[Recorded], life: Option<&Life>) -> Vec<Timestamp> {
    let Some(recorded_at) = facts.first().map(|first| first.at) else {
        return Vec::new();
    };
    let earliest = recorded_at.saturating_sub(RAISED_MAX).unwrap_or(recorded_at);
    let earliest = life.map_or(earliest, |life| earliest.max(life.ticket.updated_at));
    let starts = facts
        .iter()
        .filter_map(|fact| started(&fact.fact.event).map(|run| run.started_at));
    let minute = SignedDuration::from_mins(1);
    let mut times: Vec<Timestamp> = starts
        .chain(recorded_at.saturating_sub(minute).ok())
        .filter(|at| (earliest..recorded_at).contains(at))
        .collect();
    times.sort_unstable();
    times.dedup();
    times.reverse();
    times
}

fn started(event: &Event) -> Option<&Run> {
    if let Event::ClockStarted { run } = event {
        Some(run)
    } else {
        None
    }
}

/// Whether the runs that events start are those of the facts.
fn runs_agree(events: &[Event], facts: &[Recorded]) -> bool {
    let mut both = events.iter().zip(facts);
    both.all(|(event, fact)| started(event) == started(&fact.fact.event))
}

/// What something was, or is, decided under.
pub(super) fn under(life: Option<&Life>, given: Option<&Given>, recorded: &Recorded) -> Under {
    let kept = match (life, given) {
        (Some(life), Some(Given::Command(command))) => life.ticket.kept_rules(command),
        (Some(life), None | Some(Given::Register(_))) => life.ticket.rules.as_ref(),
        (None, _) => None,
    };
    Under::new(&recorded.rules, kept)
}

/// How many facts from the first on have its instant, actor and rules.
pub(super) fn together(facts: &[Recorded]) -> usize {
    let is_with_first = |one: &&Recorded| {
        let first = &facts[0];
        one.at == first.at && one.actor == first.actor && one.rules == first.rules
    };
    facts.iter().take_while(is_with_first).count()
}

/// Whether facts begin with events of the same form.
fn is_alike(events: &[Event], facts: &[Recorded]) -> bool {
    let forms = events.iter().zip(facts);
    !events.is_empty()
        && events.len() <= facts.len()
        && forms
            .into_iter()
            .all(|(event, fact)| form(event) == form(&fact.fact.event))
}

/// What an event is, and about which clock.
fn form(event: &Event) -> (&'static str, Option<(Kind, Option<LegId>)>) {
    let clock = if let Event::ClockStarted { run } = event {
        Some((run.kind, run.leg))
    } else if let Event::ClockStopped { clock } | Event::LevelFired { clock, .. } = event {
        Some((clock.kind, clock.leg))
    } else {
        None
    };
    (event.name(), clock)
}
