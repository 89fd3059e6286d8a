//! The self-audit of a ticket's clocks: every run, every level, computed anew from what was recorded and from the rules
//! and calendar of the time, and compared with it (invariants 3 and 4).
//!
//! Two ways that know nothing of each other: every command is decided again and its runs compared to the second, and the
//! clocks as they stand are derived step by step as [`super::explain`] does. Start at [`audit`].

mod difference;
mod sum;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use self::difference::{Difference, Value, What};
pub use self::sum::{DIFFERENCES_MAX, Sum};
use super::anew::{Given, Life, Reading, read, together};
pub use super::anew::{MergedAt, RulesOf};
use super::explain::{Verdict, explain};
use super::{Clock, IN_TIME, Level, Run, RunId, Step};
use crate::id::{RulesVersion, TicketNumber};
use crate::rules::{Rules, Under};
use crate::ticket::{Command, Event, Recorded, Ticket};

/// What the audit of one ticket came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audited {
    /// Runs computed anew.
    pub runs: u64,
    /// Levels that had fired, looked at.
    pub levels: u64,
    /// What does not agree.
    pub differences: Vec<Difference>,
    /// Commands that would be decided otherwise today and record other events: an earlier release decided them. Their
    /// clocks are derived all the same.
    pub decided_otherwise: u64,
    /// From when until when the system was down, as levels fired after it say.
    pub outages: Vec<(Timestamp, Timestamp)>,
}

/// The versions of the rules that an audit, or a replay, of a history needs.
pub fn versions(history: &[Recorded]) -> BTreeSet<RulesVersion> {
    let kept = history.iter().filter_map(|recorded| {
        let Event::Dispatched { rules, .. } = &recorded.fact.event else {
            return None;
        };
        rules.clone()
    });
    history
        .iter()
        .map(|recorded| recorded.rules.clone())
        .chain(kept)
        .collect()
}

/// The ticket of a history as it stood when it was merged into another at a time.
pub fn before_merging(history: &[Recorded], into: TicketNumber, at: Timestamp) -> Option<Ticket> {
    Ticket::replay(&history[..merging(history, into, at)?])
}

/// Where in a history it is merged into another at a time.
pub(super) fn merging(history: &[Recorded], into: TicketNumber, at: Timestamp) -> Option<usize> {
    let is_it = |recorded: &Recorded| {
        recorded.at == at && matches!(&recorded.fact.event, Event::MergedInto { into: one } if *one == into)
    };
    history.iter().rposition(is_it)
}

/// Audits the clocks of one ticket as of `now`. A level may be late by `grace` before it counts as missing. None when the
/// history does not begin with a registration or names rules that `rules_of` does not have.
pub fn audit(
    history: &[Recorded],
    rules_of: &mut RulesOf<'_>,
    merged: &MergedAt<'_>,
    now: Timestamp,
    grace: SignedDuration,
) -> Option<Audited> {
    let mut book: BTreeMap<Under, Arc<Rules>> = BTreeMap::new();
    let mut remembering = |under: &Under| {
        if let Some(rules) = book.get(under) {
            return Some(Arc::clone(rules));
        }
        let rules = rules_of(under)?;
        book.insert(under.clone(), Arc::clone(&rules));
        Some(rules)
    };
    let mut auditor = Auditor {
        history,
        life: None,
        grace,
        found: Audited::default(),
        unproved: Vec::new(),
    };
    let mut from = 0;
    while from < history.len() {
        from += auditor.step(from, &mut remembering, merged)?;
    }
    auditor.still_missing(now);
    auditor.explained(|under| book.get(under).map(AsRef::as_ref));
    Some(auditor.found)
}

struct Auditor<'h> {
    history: &'h [Recorded],
    life: Option<Life>,
    grace: SignedDuration,
    found: Audited,
    /// Runs that no decision of today gives: how they are due is left to the explanation.
    unproved: Vec<(usize, RunId)>,
}

impl Auditor<'_> {
    /// The next command; how many facts it recorded.
    fn step(&mut self, from: usize, rules_of: &mut RulesOf<'_>, merged: &MergedAt<'_>) -> Option<usize> {
        let count = together(&self.history[from..]);
        let facts = &self.history[from..from + count];
        let reading = read(self.life.as_ref(), facts, rules_of, merged)?;
        let facts = &facts[..reading.count];
        let due = self.due_before(facts[0].at);
        self.charged_late(&due, facts);
        self.compare(from, facts, &reading);
        for fact in facts {
            self.excused(fact);
            match &mut self.life {
                Some(life) => life.take(fact, &reading.rules),
                none => *none = Some(Life::begin(fact)?),
            }
        }
        self.passed_over(due, &facts[0]);
        Some(facts.len())
    }

    fn compare(&mut self, from: usize, facts: &[Recorded], reading: &Reading) {
        let starts = |fact: &&Recorded| matches!(fact.fact.event, Event::ClockStarted { .. });
        self.found.runs += facts.iter().filter(starts).count() as u64;
        let fires = |fact: &&Recorded| matches!(fact.fact.event, Event::LevelFired { .. });
        self.found.levels += facts.iter().filter(fires).count() as u64;
        let Ok(decided) = &reading.decided else {
            return self.refused(from, facts, reading);
        };
        if reading.is_alike {
            for (fact, event) in facts.iter().zip(decided) {
                self.compare_one(fact, event);
            }
            return;
        }
        if says(facts.iter().map(|fact| &fact.fact.event)) == says(decided) {
            return self.compare_runs(facts, decided);
        }
        self.found.decided_otherwise += 1;
        self.leave_to_explanation(from, facts);
    }

    /// A level fires by the rules or not at all; any other command may have been allowed by an earlier release.
    fn refused(&mut self, from: usize, facts: &[Recorded], reading: &Reading) {
        let fires =
            |given: &Given| matches!(given, Given::Command(one) if matches!(**one, Command::FireClock(_)));
        if reading.given.as_ref().is_some_and(fires)
            && let Some(first) = facts.first()
            && let Event::LevelFired {
                clock, level, due_at, ..
            } = &first.fact.event
        {
            let computed = self.step_at(*clock, *level).map_or(Value::Nothing, Value::At);
            let what = What::Fired(*level);
            return self.differs(
                first,
                Some(*clock),
                what,
                Value::At(first.at.min(*due_at)),
                computed,
            );
        }
        self.found.decided_otherwise += 1;
        self.leave_to_explanation(from, facts);
    }

    fn compare_one(&mut self, fact: &Recorded, decided: &Event) {
        match (&fact.fact.event, decided) {
            (Event::ClockStarted { run }, Event::ClockStarted { run: computed }) => {
                self.compare_run(fact, run, computed);
            }
            (
                Event::LevelFired {
                    clock,
                    level,
                    due_at,
                    points_tenths,
                    told,
                    ..
                },
                Event::LevelFired {
                    due_at: computed_at,
                    points_tenths: computed,
                    told: to_be_told,
                    ..
                },
            ) => {
                if due_at != computed_at {
                    let (recorded, computed) = (Value::At(*due_at), Value::At(*computed_at));
                    self.differs(fact, Some(*clock), What::FiredDue(*level), recorded, computed);
                }
                let is_told = told == to_be_told;
                self.compare_level(fact, (Some(*clock), *level), (*points_tenths, *computed), is_told);
            }
            (
                Event::Escalated {
                    level,
                    points_tenths,
                    told,
                    ..
                },
                Event::Escalated {
                    points_tenths: computed,
                    told: to_be_told,
                    ..
                },
            ) => {
                let is_told = told == to_be_told;
                self.compare_level(fact, (None, *level), (*points_tenths, *computed), is_told);
            }
            _ => {}
        }
    }

    /// What a level costs, and whether those are told who are to be.
    fn compare_level(
        &mut self,
        fact: &Recorded,
        (clock, level): (Option<RunId>, Level),
        (recorded, computed): (u16, u16),
        is_told: bool,
    ) {
        if recorded != computed {
            let (recorded, computed) = (Value::Points(recorded), Value::Points(computed));
            self.differs(fact, clock, What::Points(level), recorded, computed);
        }
        if !is_told {
            self.differs(fact, clock, What::Told(level), Value::At(fact.at), Value::Nothing);
        }
    }

    fn compare_run(&mut self, fact: &Recorded, run: &Run, computed: &Run) {
        let id = Some(run.id());
        for (what, recorded, computed) in [
            (What::Start, run.started_at, computed.started_at),
            (What::Due, run.due_at, computed.due_at),
            (What::Yellow, run.yellow_at, computed.yellow_at),
        ] {
            if recorded != computed {
                self.differs(fact, id, what, Value::At(recorded), Value::At(computed));
            }
        }
        if run.limit != computed.limit {
            let (recorded, computed) = (Value::Limit(run.limit), Value::Limit(computed.limit));
            self.differs(fact, id, What::Limit, recorded, computed);
        }
        let carried = |run: &Run| {
            (
                run.run,
                run.paused_minutes,
                run.rested,
                run.extended_days,
                run.mending,
                run.origin,
            )
        };
        if carried(run) != carried(computed) {
            let minutes = |run: &Run| Value::Minutes(run.paused_minutes);
            self.differs(fact, id, What::Carried, minutes(run), minutes(computed));
        }
        let at = |run: &Run, level| {
            run.steps
                .iter()
                .find(|step| step.level == level)
                .map(|step| step.at)
        };
        for level in Level::ALL {
            let (recorded, computed) = (at(run, *level), at(computed, *level));
            if recorded != computed {
                let value = |at: Option<Timestamp>| at.map_or(Value::Nothing, Value::At);
                self.differs(fact, id, What::Step(*level), value(recorded), value(computed));
            }
        }
    }

    /// The same is said, about other clocks.
    fn compare_runs(&mut self, facts: &[Recorded], decided: &[Event]) {
        let runs = |event: &Event| {
            let Event::ClockStarted { run } = event else {
                return None;
            };
            Some(run.clone())
        };
        let mut computed: Vec<Run> = decided.iter().filter_map(runs).collect();
        for fact in facts {
            let Some(run) = runs(&fact.fact.event) else {
                continue;
            };
            let is_it = |one: &Run| (one.kind, one.leg) == (run.kind, run.leg);
            match computed.iter().position(is_it) {
                Some(at) => {
                    let computed = computed.remove(at);
                    self.compare_run(fact, &run, &computed);
                }
                None => {
                    let recorded = Value::At(run.due_at);
                    self.differs(fact, Some(run.id()), What::Run, recorded, Value::Nothing);
                }
            }
        }
        for run in computed {
            let due = Value::At(run.due_at);
            self.differs(&facts[0], Some(run.id()), What::NoRun, Value::Nothing, due);
        }
    }

    fn leave_to_explanation(&mut self, from: usize, facts: &[Recorded]) {
        for fact in facts {
            if let Event::ClockStarted { run } = &fact.fact.event {
                self.unproved.push((from + facts.len(), run.id()));
            }
        }
    }

    fn differs(
        &mut self,
        fact: &Recorded,
        clock: Option<RunId>,
        what: What,
        recorded: Value,
        computed: Value,
    ) {
        self.found.differences.push(Difference {
            number: fact.number,
            version: fact.version,
            at: fact.at,
            clock,
            what,
            recorded,
            computed,
        });
    }

    fn step_at(&self, clock: RunId, level: Level) -> Option<Timestamp> {
        let clocks = &self.life.as_ref()?.ticket.clocks;
        let clock = clocks.iter().find(|one| one.run.id() == clock)?;
        let step = clock.run.steps.iter().find(|step| step.level == level)?;
        Some(step.at)
    }

    /// Levels that might have fired clearly before `now`, and since when.
    fn due_before(&self, now: Timestamp) -> Vec<(RunId, Level, Timestamp)> {
        let Some(life) = &self.life else {
            return Vec::new();
        };
        life.next_steps()
            .map(|(clock, step, since)| (clock.run.id(), step.level, since))
            .filter(|(.., since)| now.duration_since(*since) > self.grace)
            .collect()
    }

    /// Of those, the levels that fired only now and are charged all the same: no unit pays for a loop that was late.
    fn charged_late(&mut self, due: &[(RunId, Level, Timestamp)], facts: &[Recorded]) {
        for fact in facts {
            let Event::LevelFired {
                clock,
                level,
                points_tenths: 1..,
                system_was_down: false,
                ..
            } = &fact.fact.event
            else {
                continue;
            };
            let is_it = |one: &&(RunId, Level, Timestamp)| (one.0, one.1) == (*clock, *level);
            if let Some((.., since)) = due.iter().find(is_it) {
                let (recorded, computed) = (Value::At(fact.at), Value::At(*since));
                self.differs(fact, Some(*clock), What::ChargedLate(*level), recorded, computed);
            }
        }
    }

    /// Of those, the levels whose run has ended without them.
    fn passed_over(&mut self, due: Vec<(RunId, Level, Timestamp)>, fact: &Recorded) {
        for (id, level, since) in due {
            let ticket = self.life.as_ref().map(|life| &life.ticket);
            let mut clocks = ticket.into_iter().flat_map(|ticket| &ticket.clocks);
            let clock = clocks.find(|clock| clock.run.id() == id);
            let may_fire = clock.is_some_and(|clock| clock.is_running() || clock.fired.contains(&level));
            // A further run carries on what has not fired.
            let goes_on = || {
                let later = |clock: &&Clock| {
                    (clock.run.kind, clock.run.leg) == (id.kind, id.leg) && clock.run.run > id.run
                };
                let mut clocks = ticket.into_iter().flat_map(|ticket| &ticket.clocks);
                clocks.find(later).is_some_and(|clock| clock.is_ahead(level))
            };
            if !may_fire && !goes_on() {
                let what = What::PassedOver(level);
                self.differs(fact, Some(id), what, Value::Nothing, Value::At(since));
            }
        }
    }

    fn still_missing(&mut self, now: Timestamp) {
        let due = self.due_before(now);
        let Some(last) = self.history.last() else {
            return;
        };
        for (id, level, since) in due {
            self.differs(
                last,
                Some(id),
                What::Missing(level),
                Value::Nothing,
                Value::At(since),
            );
        }
    }

    /// A level that is marked "the system was down" tells of an outage, unless it fired in time.
    fn excused(&mut self, fact: &Recorded) {
        let Event::LevelFired {
            clock,
            level,
            due_at,
            system_was_down: true,
            ..
        } = &fact.fact.event
        else {
            return;
        };
        // One that has waited for somebody's decision is marked by its own instant, whenever it could fire.
        if fact.at.duration_since(*due_at) <= IN_TIME {
            let (recorded, computed) = (Value::At(fact.at), Value::At(*due_at));
            let what = What::ExcusedInTime(*level);
            return self.differs(fact, Some(*clock), what, recorded, computed);
        }
        let is_it =
            |(one, step, _): &(&Clock, Step, Timestamp)| (one.run.id(), step.level) == (*clock, *level);
        let known = self.life.iter().flat_map(Life::next_steps).find(is_it);
        let since = known.map_or(*due_at, |(.., since)| since);
        self.found.outages.push((since, fact.at));
    }

    /// The other way: what the explanations say of the clocks as they stand, and of runs no decision of today gives.
    fn explained<'r>(&mut self, rules_of: impl Fn(&Under) -> Option<&'r Rules>) {
        let unproved = std::mem::take(&mut self.unproved);
        let mut looked_at: BTreeMap<usize, Option<BTreeSet<RunId>>> = BTreeMap::new();
        looked_at.insert(self.history.len(), None);
        for (until, run) in unproved {
            let runs = looked_at.entry(until).or_insert_with(|| Some(BTreeSet::new()));
            if let Some(runs) = runs {
                runs.insert(run);
            }
        }
        for (until, wanted) in looked_at {
            let history = &self.history[..until];
            let Some(explained) = explain(history, &rules_of) else {
                continue;
            };
            for one in explained {
                let id = one.clock.run.id();
                if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&id)) {
                    continue;
                }
                let Verdict::Differs { computed_at } = one.verdict() else {
                    continue;
                };
                let (recorded, computed) = (Value::At(one.clock.run.due_at), Value::At(computed_at));
                let fact = started(history, id);
                if let Some(fact) = fact.filter(|fact| !self.is_found(fact, id)) {
                    self.differs(fact, Some(id), What::Explained, recorded, computed);
                }
            }
        }
    }

    /// Whether a difference of a run's due time is found already.
    fn is_found(&self, fact: &Recorded, id: RunId) -> bool {
        let mut differences = self.found.differences.iter();
        differences.any(|one| one.version == fact.version && one.clock == Some(id))
    }
}

fn started(history: &[Recorded], id: RunId) -> Option<&Recorded> {
    let is_it =
        |recorded: &&Recorded| matches!(&recorded.fact.event, Event::ClockStarted { run } if run.id() == id);
    history.iter().rev().find(is_it)
}

/// What events say beside what they start and stop.
fn says<'e>(events: impl IntoIterator<Item = &'e Event>) -> Vec<&'static str> {
    let is_said = |event: &&Event| !matches!(event, Event::ClockStarted { .. } | Event::ClockStopped { .. });
    events.into_iter().filter(is_said).map(Event::name).collect()
}

#[cfg(test)]
mod tests;
