//! The rule time machine: the life of a ticket as it was recorded, and as its clocks would have run under other rules.
//!
//! Everybody does what he did when he did it. Each command is decided again under the other rules, and between them each
//! level fires at its own instant, or where the system was down then, once it was back and charged to nobody; where a clock
//! is the same under both, it fires when it did. What the other rules would have refused is noted and done all the same. Orders, proposals and rings that were never there are
//! taken as met. Under the same rules nothing differs. Start at [`whatif`].

mod course;
mod figures;

use std::sync::Arc;

use jiff::Timestamp;

pub use self::course::{Course, LegCourse, Timed};
pub use self::figures::{Figures, Tally};
use super::anew::{Given, Life, MergedAt, Reading, RulesOf, read, together, under};
use super::audit::merging;
use super::{Clock, Kind, Level, Outages, RunId, Step};
use crate::access::{Actor, Role};
use crate::id::{HolderId, TicketNumber};
use crate::refusal::{Reason, Refusal};
use crate::rules::{Rules, Under};
use crate::ticket::adopt::adopt;
use crate::ticket::{Command, Event, FireClock, Recorded, Ticket};

/// Levels that one ticket can fire between two commands: a bound on what a mistake in rules could do, never reached.
const FIRED_MAX: usize = 10_000;

/// What both sides go by.
pub struct Sides<'a> {
    /// The rules that held.
    pub was: &'a mut RulesOf<'a>,
    /// Those that are to hold in their place.
    pub would: &'a mut RulesOf<'a>,
    /// When nothing could fire on either side, as all tickets say.
    pub outages: &'a Outages,
}

/// A ticket as it stood on both sides when it was merged into another at a time.
pub type MergedOnBoth<'a> = dyn Fn(TicketNumber, Timestamp) -> Option<(Ticket, Ticket)> + 'a;

/// A ticket on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Which.
    pub number: TicketNumber,
    /// As it was recorded.
    pub was: Course,
    /// As it would have been.
    pub would: Course,
    /// What the other rules would have refused.
    pub refused: Vec<Refused>,
}

/// A command that the other rules would have refused at its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The stable name of what it recorded.
    pub what: &'static str,
    /// When.
    pub at: Timestamp,
    /// Why; none where no command is known that records it, so that it was taken over as it is.
    pub reason: Option<Reason>,
}

impl Compared {
    /// Whether anything differs that anybody would see: light, level, points, or whether something was in time.
    pub fn differs(&self) -> bool {
        self.was != self.would || !self.refused.is_empty()
    }
}

/// Both sides of a ticket as of `until`: its lights, and whether what is not done is late, are those of that instant,
/// whenever the ticket was registered. None when the history does not begin with a registration or names rules that are
/// not there.
pub fn whatif(
    history: &[Recorded],
    rules: &mut Sides<'_>,
    merged: &MergedOnBoth<'_>,
    until: Timestamp,
) -> Option<Compared> {
    let mut both = Both::play(history, rules, merged)?;
    both.fire_until(rules, until);
    Some(both.compared(until))
}

/// Both sides of a ticket as they stood when it was merged into another at a time: what the other is given.
pub fn when_merged(
    history: &[Recorded],
    rules: &mut Sides<'_>,
    into: TicketNumber,
    at: Timestamp,
) -> Option<(Ticket, Ticket)> {
    let before = &history[..merging(history, into, at)?];
    // What is merged has nothing merged into it.
    let mut both = Both::play(before, rules, &|_, _| None)?;
    both.fire_until(rules, at);
    Some((both.was.ticket, both.would.ticket))
}

/// A ticket on both sides, as far as it has come.
struct Both {
    was: Life,
    would: Life,
    was_course: Course,
    would_course: Course,
    refused: Vec<Refused>,
    /// Under what the latest command was decided.
    under: Under,
}

impl Both {
    fn play(history: &[Recorded], rules: &mut Sides<'_>, merged: &MergedOnBoth<'_>) -> Option<Self> {
        let mut both: Option<Both> = None;
        let mut from = 0;
        while from < history.len() {
            let facts = &history[from..];
            let facts = &facts[..together(facts)];
            let was_merged = |number, at| merged(number, at).map(|(was, _)| was);
            let life = both.as_ref().map(|both| &both.was);
            let reading = read(life, facts, rules.was, &was_merged)?;
            let facts = &facts[..reading.count];
            match &mut both {
                None => both = Some(Both::begin(facts, &reading, rules)?),
                Some(both) => both.go_on(facts, &reading, rules, merged)?,
            }
            from += facts.len();
        }
        both
    }

    fn begin(facts: &[Recorded], reading: &Reading, rules: &mut Sides<'_>) -> Option<Self> {
        let (first, rest) = facts.split_first()?;
        let under = under(None, reading.given.as_ref(), first);
        let instead = (rules.would)(&under)?;
        let mut both = Both {
            was: Life::begin(first)?,
            would: Life::begin(first)?,
            was_course: Course::default(),
            would_course: Course::default(),
            refused: Vec::new(),
            under,
        };
        both.was_course.note(&first.fact.event, first.at);
        both.would_course.note(&first.fact.event, first.at);
        both.record(rest, &reading.rules);
        match &reading.given {
            Some(Given::Register(register)) if reading.is_alike => {
                let decided = register.decide(&first.actor, &instead, reading.at);
                match decided {
                    Ok(events) => both.take(events.into_iter().skip(1).collect(), first, &instead),
                    Err(refusal) => both.adopt(facts, Some(&refusal), &instead),
                }
            }
            Some(_) | None => both.adopt(facts, None, &instead),
        }
        Some(both)
    }

    /// The next command, on both sides.
    fn go_on(
        &mut self,
        facts: &[Recorded],
        reading: &Reading,
        rules: &mut Sides<'_>,
        merged: &MergedOnBoth<'_>,
    ) -> Option<()> {
        let first = facts.first()?;
        self.fire_until(rules, first.at);
        self.under = under(Some(&self.was), reading.given.as_ref(), first);
        let instead = (rules.would)(&self.under)?;
        let given = match &reading.given {
            Some(Given::Command(command)) if reading.is_alike => Some(&**command),
            Some(_) | None => None,
        };
        if let Some(Command::FireClock(fire)) = given {
            self.follow(fire, first, &instead);
            self.record(facts, &reading.rules);
            return Some(());
        }
        let would_merged = |number, at| merged(number, at).map(|(_, would)| would);
        let decided = given.map(|_| self.decide_again(facts, reading.at, &instead, &would_merged));
        self.record(facts, &reading.rules);
        match (decided, given) {
            (Some(Ok(events)), _) => self.take(events, first, &instead),
            (Some(Err(_)), Some(command)) if is_moot(command) => {}
            (Some(Err(refusal)), _) => self.adopt(facts, Some(&refusal), &instead),
            (None, _) => self.adopt(facts, None, &instead),
        }
        Some(())
    }

    fn decide_again(
        &self,
        facts: &[Recorded],
        at: Timestamp,
        rules: &Arc<Rules>,
        merged: &MergedAt<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        let first = &facts[0];
        let command = self.would.command(facts, merged).ok_or(Reason::NothingChanges)?;
        self.would.ticket.decide(&command, &first.actor, rules, at)
    }

    /// What was recorded.
    fn record(&mut self, facts: &[Recorded], rules: &Arc<Rules>) {
        for fact in facts {
            self.was_course.note(&fact.fact.event, fact.at);
            self.was.take(fact, rules);
        }
    }

    /// What is decided under the other rules.
    fn take(&mut self, events: Vec<Event>, like: &Recorded, rules: &Arc<Rules>) {
        for event in &events {
            self.would_course.note(event, like.at);
        }
        self.would.take_decided(events, &like.actor, rules, like.at);
    }

    /// Done all the same.
    fn adopt(&mut self, facts: &[Recorded], refusal: Option<&Refusal>, rules: &Arc<Rules>) {
        let Some(first) = facts.first() else {
            return;
        };
        let said = facts
            .iter()
            .map(|fact| &fact.fact.event)
            .filter(|event| event.clock().is_none());
        for event in said.clone() {
            self.would_course.note(event, first.at);
        }
        // Asking to give a matter back counts as signing for it: what is asked is meant.
        let is_it = |event: &&Event| !matches!(event, Event::Signed { .. });
        let meant = said.clone().find(is_it).or(said.clone().next());
        self.refused.push(Refused {
            what: meant.unwrap_or(&first.fact.event).name(),
            at: first.at,
            reason: refusal.map(|refusal| refusal.reason),
        });
        let (ticket, events) = adopt(
            &self.was.ticket,
            &self.would.ticket,
            &first.actor,
            rules,
            first.at,
        );
        for event in &events {
            self.would_course.note(event, first.at);
        }
        self.would.become_with(ticket, &events, rules);
        self.would.ticket.level = self.would_course.level_now();
        self.would.ticket.points_tenths = self
            .would
            .ticket
            .points_tenths
            .max(self.would_course.points_tenths);
    }

    /// A level that is the same on both sides fires when it did.
    fn follow(&mut self, fire: &FireClock, fact: &Recorded, rules: &Arc<Rules>) {
        let Event::LevelFired { due_at, .. } = &fact.fact.event else {
            return;
        };
        let is_it = |(clock, step): &(&Clock, Step)| {
            (clock.run.kind, clock.run.leg) == (fire.clock.kind, fire.clock.leg)
                && step.level == fire.level
                && step.at == *due_at
        };
        let run = self
            .would
            .ticket
            .next_steps()
            .find(is_it)
            .map(|(clock, _)| clock.run.id());
        if let Some(clock) = run {
            let fire = FireClock {
                clock,
                ..fire.clone()
            };
            self.fire(&fire, &fact.actor, rules, fact.at);
        }
    }

    /// Every other level fires at its instant, or after the outage that this lies in.
    fn fire_until(&mut self, rules: &mut Sides<'_>, until: Timestamp) {
        let system = system();
        for _ in 0..FIRED_MAX {
            let Some((at, clock, level, system_was_down)) = self.next(until, rules.outages) else {
                return;
            };
            let kept = self.was.ticket.rules.as_ref();
            let under = Under::new(&self.under.current, kept);
            let Some(instead) = (rules.would)(&under) else {
                return;
            };
            let fire = FireClock {
                clock,
                level,
                system_was_down,
            };
            let at = at.max(self.would.ticket.updated_at);
            if !self.fire(&fire, &system, &instead, at) {
                return;
            }
        }
    }

    /// What fires next by `until`, when, and whether that is late because the system was down.
    fn next(&self, until: Timestamp, outages: &Outages) -> Option<(Timestamp, RunId, Level, bool)> {
        let steps = self.would.next_steps().filter_map(|(clock, step, since)| {
            let back_at = outages.back_at(since);
            let at = back_at.unwrap_or(since);
            let fires = at <= until && self.fires_alone(clock, step);
            fires.then(|| (at, step.at, clock.run.id(), step.level, back_at.is_some()))
        });
        let (at, _, clock, level, system_was_down) = steps.min()?;
        Some((at, clock, level, system_was_down))
    }

    /// Whether a level fires without regard to what was recorded: it is another there, and not of something that was
    /// never there.
    fn fires_alone(&self, clock: &Clock, step: Step) -> bool {
        let is_it = |one: &&Clock| (one.run.kind, one.run.leg) == (clock.run.kind, clock.run.leg);
        let there = self
            .was
            .ticket
            .clocks
            .iter()
            .filter(|one| one.is_running())
            .find(is_it);
        match there {
            Some(there) => !(there.is_ahead(step.level) && there.run.steps.contains(&step)),
            None => !matches!(clock.run.kind, Kind::Order | Kind::Proposal | Kind::Callback),
        }
    }

    fn fire(&mut self, fire: &FireClock, actor: &Actor, rules: &Arc<Rules>, at: Timestamp) -> bool {
        let command = Command::FireClock(fire.clone());
        let Ok(events) = self.would.ticket.decide(&command, actor, rules, at) else {
            return false;
        };
        for event in &events {
            self.would_course.note(event, at);
        }
        self.would.take_decided(events, actor, rules, at);
        true
    }

    fn compared(self, until: Timestamp) -> Compared {
        Compared {
            number: self.was.ticket.number,
            was: self.was_course.ended(&self.was.ticket, until),
            would: self.would_course.ended(&self.would.ticket, until),
            refused: self.refused,
        }
    }
}

/// Both tickets at the end.
#[cfg(test)]
pub(crate) fn ends(
    history: &[Recorded],
    rules: &mut Sides<'_>,
    merged: &MergedOnBoth<'_>,
    until: Timestamp,
) -> Option<(Ticket, Ticket)> {
    let mut both = Both::play(history, rules, merged)?;
    both.fire_until(rules, until);
    Some((both.was.ticket, both.would.ticket))
}

/// What answers something that the other rules would not have brought about, or would have brought about before.
fn is_moot(command: &Command) -> bool {
    matches!(
        command,
        Command::AnswerOrder(_)
            | Command::IssueOrder
            | Command::DeadlineCallback(_)
            | Command::DecideProposal(_)
            | Command::Escalate(_)
            | Command::Rederive(_)
            | Command::CitizenReplied
            | Command::Resume
    )
}

fn system() -> Actor {
    Actor {
        holder: HolderId::parse("whatif").expect("a holder's name"),
        role: Role::System,
        unit: None,
        cleared: false,
    }
}

#[cfg(test)]
mod tests;
