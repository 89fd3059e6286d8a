//! The city's tickets under all laws: plays one line of a script after the other. Knows no chance, so that a script can be
//! played again, and with lines left out.
//!
//! Beside the lines of `check` about several tickets (`t1> sign water`, `merge t2 into t1`, `tick to DATE TIME`, `catch up`,
//! `publish …`, `t1> rederive`) it knows what befalls a system: `tick twice to …`, two loops fire the same list; `catch up
//! 3`, one that gets no further; `fire again`, one that comes much too late; `crash`, everything is folded anew from the
//! journal; `crash during t1> …`, what was not written is lost.

mod due_loop;
mod journal;
mod pairs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use serde::Serialize;

use super::coverage::Coverage;
use super::expected::{Expected, Fired, Loop, Number};
use crate::access::Actor;
use crate::id::{RulesVersion, TicketNumber};
use crate::refusal::{Reason, Refusal};
use crate::rules::{Book, Rules, Under};
use crate::ticket::check::city;
use crate::ticket::check::laws::{Broken, Deed, clocks, first_word, the_recused_stay_out};
use crate::ticket::check::script::{self, Line};
use crate::ticket::{Command, Event, Join, Recorded, Rederive, Register, Ticket};

/// How a command is decided: [`Ticket::decide`], or a faulty one to see whether it is found out.
pub(super) type Decide = fn(&Ticket, &Command, &Actor, &Rules, Timestamp) -> Result<Vec<Event>, Refusal>;

/// Where every script begins, in its words.
pub(super) const START: &str = "at 2026-01-01 00:00";

/// What came of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Played {
    /// It did something.
    Done,
    /// A rule says no.
    Refused(Reason),
    /// It fits nothing: a ticket that is not there.
    Skipped,
}

/// One ticket and its history.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) ticket: Ticket,
    pub(super) history: Vec<Recorded>,
    /// Where it stands in the index.
    wake: Option<Timestamp>,
}

/// How much has happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Commands taken, what fired left out.
    pub commands: u64,
    /// Commands refused.
    pub refused: u64,
    /// Levels that fired.
    pub fired: u64,
    /// Of them late because the system was down.
    pub fired_after_outage: u64,
    /// Levels tried again by a second loop or a stale one, in vain.
    pub fired_in_vain: u64,
    /// Levels that were due while the loop alone was away and whose run had ended when it came back.
    pub passed_over: u64,
    /// Events recorded.
    pub events: u64,
    /// Crashes, after each of which what was touched was folded anew.
    pub crashes: u64,
    /// Rules published.
    pub published: u64,
}

impl std::ops::AddAssign<&Figures> for Figures {
    fn add_assign(&mut self, other: &Figures) {
        self.commands += other.commands;
        self.refused += other.refused;
        self.fired += other.fired;
        self.fired_after_outage += other.fired_after_outage;
        self.fired_in_vain += other.fired_in_vain;
        self.passed_over += other.passed_over;
        self.events += other.events;
        self.crashes += other.crashes;
        self.published += other.published;
    }
}

/// The city at an instant.
pub(super) struct World {
    decide: Decide,
    book: Book,
    rules: Arc<Rules>,
    now: Timestamp,
    /// When the last thing was recorded: no command comes before it.
    recorded_at: Timestamp,
    cases: BTreeMap<Number, Case>,
    /// By next wake, as the due loop reads it.
    index: BTreeSet<(Timestamp, Number)>,
    expected: Expected,
    how: Loop,
    fired: Fired,
    /// Touched since the last crash.
    touched: BTreeSet<Number>,
    contacts: u64,
    pub(super) figures: Figures,
    pub(super) coverage: Coverage,
}

impl World {
    /// A city without a ticket.
    pub(super) fn new(decide: Decide) -> Self {
        static RULES: LazyLock<Arc<Rules>> = LazyLock::new(|| {
            let rules = Rules::new(city::rules().bundle().clone());
            Arc::new(rules.expect("the city of the scripts"))
        });
        let rules = Arc::clone(&RULES);
        let mut book = Book::default();
        book.add(Arc::clone(&rules));
        let how = Loop {
            is_away: false,
            back_at: Timestamp::MIN,
            catches_up: false,
            in_order: true,
            fires: None,
        };
        Self {
            decide,
            book,
            rules,
            now: city::at("2026-01-01T00:00"),
            recorded_at: Timestamp::MIN,
            cases: BTreeMap::new(),
            index: BTreeSet::new(),
            expected: Expected::default(),
            how,
            fired: Fired::default(),
            touched: BTreeSet::new(),
            contacts: 0,
            figures: Figures::default(),
            coverage: Coverage::default(),
        }
    }

    /// A ticket.
    pub(super) fn ticket(&self, number: Number) -> Option<&Ticket> {
        self.cases.get(&number).map(|case| &case.ticket)
    }

    /// Every ticket.
    pub(super) fn tickets(&self) -> impl Iterator<Item = (Number, &Ticket)> {
        self.cases.iter().map(|(number, case)| (*number, &case.ticket))
    }

    /// What it is now, for whoever decides.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether time has passed without the loop, or something is due.
    pub(super) fn is_behind(&self) -> bool {
        let is_due = self.index.first().is_some_and(|(at, _)| *at <= self.now);
        self.how.is_away || is_due
    }

    /// When the last thing was recorded.
    pub(super) fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }

    /// Those in force.
    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Plays one line.
    pub(super) fn play(&mut self, line: &str) -> Result<Played, Broken> {
        if let Some(lost) = line.strip_prefix("crash during ") {
            return self.crash_during(lost);
        }
        if let Some((name, said)) = line.split_once("> ") {
            return self.one(number(name), said);
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["tick", "twice", "to", date, time] => self.tick(city::at(&format!("{date}T{time}")), 2)?,
            ["catch", "up", most] => self.catch_up(most.parse().expect("catch up COUNT"))?,
            ["fire", "again"] => self.fire_again()?,
            ["crash"] => self.crash()?,
            ["merge", child, "into", incident] => return self.merge(number(child), number(incident)),
            ["unmerge", child] => return self.unmerge(number(child)),
            ["rejoin", child] => return self.rejoin(number(child)),
            _ => match script::parse(line, None) {
                Line::At(at) => self.pass(city::at(&at)),
                Line::Tick(until) => self.tick(city::at(&until), 1)?,
                Line::CatchUp => self.catch_up(usize::MAX)?,
                Line::Publish(change) => self.publish(&change),
                Line::Rederive | Line::Register(..) | Line::Command(..) => return Ok(Played::Skipped),
            },
        }
        Ok(Played::Done)
    }

    /// Time passes without the loop.
    fn pass(&mut self, until: Timestamp) {
        self.how.is_away |= until > self.now;
        self.stands_at(until);
    }

    /// The clock may be set back, but not behind what is recorded.
    fn stands_at(&mut self, at: Timestamp) {
        self.now = at.max(self.recorded_at);
        self.how.back_at = self.how.back_at.min(self.now);
    }

    fn one(&mut self, number: Number, said: &str) -> Result<Played, Broken> {
        let known = self.ticket(number);
        let is_registration = said.contains("register ");
        if known.is_some() == is_registration {
            return Ok(Played::Skipped);
        }
        match script::parse(said, known) {
            Line::Register(register, actor) => self.register(number, *register, &actor),
            Line::Rederive => self.rederive(number),
            Line::Command(command, actor) => {
                let incident = known.and_then(Ticket::merged_into);
                let Some((incident, Command::AddContact(add))) = incident.zip(Some(&command)) else {
                    // Whoever fires by hand is no loop that minds the order.
                    self.how.in_order = !matches!(command, Command::FireClock(_));
                    let played = self.give(number, &command, &actor);
                    self.how.in_order = true;
                    return played;
                };
                let (child, caller) = (ticket_number(number), add.caller.clone());
                let join = Command::Join(Join { child, caller });
                self.both((number, &command), (incident.sequence(), &join), &actor)
            }
            Line::At(_) | Line::Tick(_) | Line::CatchUp | Line::Publish(_) => Ok(Played::Skipped),
        }
    }

    fn register(&mut self, number: Number, register: Register, actor: &Actor) -> Result<Played, Broken> {
        let register = Register {
            number: ticket_number(number),
            ..register
        };
        let events = match register.decide(actor, &self.rules, self.now) {
            Err(refusal) => return Ok(self.refused(&refusal)),
            Ok(events) => events,
        };
        let mut events = events.into_iter();
        let first = self.recorded(number, 1, actor, events.next().expect("a registration"));
        let ticket = Ticket::register(&first).expect("a registration");
        self.expected.take(number, &first, self.how)?;
        let (history, wake) = (vec![first], None);
        self.cases.insert(
            number,
            Case {
                ticket,
                history,
                wake,
            },
        );
        self.contacts += 1;
        let events: Vec<Event> = events.collect();
        self.record(number, actor, &events)?;
        let ticket = &self.cases[&number].ticket;
        clocks::fit(ticket, &self.rules)?;
        the_recused_stay_out(ticket, &self.rules)?;
        self.settle(number)?;
        Ok(Played::Done)
    }

    fn rederive(&mut self, number: Number) -> Result<Played, Broken> {
        let case = &self.cases[&number];
        let version = |wanted: &_| self.book.version(wanted).map(AsRef::as_ref);
        let rederive = Rederive::of(&case.ticket, &case.history, version).expect("rules of this city");
        let before = case.ticket.clone();
        let played = self.give(
            number,
            &Command::Rederive(rederive.clone()),
            &script::actor("system"),
        )?;
        if played == Played::Done {
            let after = &self.cases[&number].ticket;
            super::holidays::move_one_way(&rederive, &before, after, &self.rules)?;
        }
        Ok(played)
    }

    /// Gives a command to a ticket.
    fn give(&mut self, number: Number, command: &Command, actor: &Actor) -> Result<Played, Broken> {
        let before = self.cases[&number].ticket.clone();
        let phase = before.phase.name();
        let rules = self.rules_for(before.kept_rules(command));
        let is_taken = match (self.decide)(&before, command, actor, &rules, self.now) {
            Err(refusal) => Err(refusal),
            Ok(events) => {
                self.record(number, actor, &events)?;
                let kept = self.cases[&number].ticket.rules.clone();
                let rules = self.rules_for(kept.as_ref());
                let after = &self.cases[&number].ticket;
                let deed = Deed {
                    before: &before,
                    command,
                    actor,
                    events: &events,
                    after,
                    rules: &rules,
                };
                deed.check()?;
                Ok(())
            }
        };
        let fires = matches!(command, Command::FireClock(_));
        if !fires || is_taken.is_ok() {
            self.coverage.note(first_word(command), phase, is_taken.is_ok());
        }
        match is_taken {
            Err(refusal) if fires => Ok(Played::Refused(refusal.reason)),
            Err(refusal) => Ok(self.refused(&refusal)),
            Ok(()) => {
                self.figures.commands += u64::from(!fires);
                self.contacts += u64::from(matches!(command, Command::AddContact(_)));
                self.settle(number)?;
                Ok(Played::Done)
            }
        }
    }

    fn refused(&mut self, refusal: &Refusal) -> Played {
        self.figures.refused += 1;
        Played::Refused(refusal.reason)
    }

    fn rules_for(&mut self, kept: Option<&RulesVersion>) -> Arc<Rules> {
        let under = Under::new(self.rules.version(), kept);
        self.book.hold(&under).expect("rules of this city")
    }
}

/// The number behind a name such as `t17`.
pub(super) fn number(name: &str) -> Number {
    let digits = name.strip_prefix('t').expect("a ticket is named t and a number");
    digits.parse().expect("a ticket is named t and a number")
}

fn ticket_number(number: Number) -> TicketNumber {
    TicketNumber::new(city::date(), number).expect("numbers from 1")
}
