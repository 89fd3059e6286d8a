//! What is recorded, what a crash leaves of it, and what holds of all of it at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Case, Played, World, number};
use crate::access::Actor;
use crate::clock::audit::{self, Audited, What};
use crate::clock::explain;
use crate::id::TicketNumber;
use crate::rules::{Book, Rules, Under};
use crate::simulation::counted::{self, Counted};
use crate::simulation::expected::Number;
use crate::ticket::check::changes;
use crate::ticket::check::laws::{Broken, Law, history, hold};
use crate::ticket::check::script::{self, Line};
use crate::ticket::{Event, Fact, PhaseName, Recorded};

/// Of so many tickets one is read back from what is stored.
const READ_BACK_EACH: u32 = 8;
/// Of so many tickets one is audited: every command is decided again.
const AUDITED_EACH: u32 = 10;
/// A due level that is so late is missing.
const GRACE: SignedDuration = SignedDuration::from_mins(10);

impl World {
    pub(super) fn record(&mut self, number: Number, actor: &Actor, events: &[Event]) -> Result<(), Broken> {
        for event in events {
            let version = self.cases[&number].ticket.version + 1;
            let recorded = self.recorded(number, version, actor, event.clone());
            self.expected.take(number, &recorded, self.how)?;
            let case = self.cases.get_mut(&number).expect("registered");
            case.ticket.apply(&recorded);
            case.history.push(recorded);
        }
        self.figures.events += events.len() as u64;
        self.recorded_at = self.now;
        self.touched.insert(number);
        Ok(())
    }

    pub(super) fn recorded(&self, number: Number, version: u32, actor: &Actor, event: Event) -> Recorded {
        Recorded {
            number: super::ticket_number(number),
            version,
            at: self.now,
            actor: actor.clone(),
            rules: self.rules.version().clone(),
            fact: Fact::from(event),
        }
    }

    /// The index follows the ticket, and says what was promised.
    pub(super) fn settle(&mut self, number: Number) -> Result<(), Broken> {
        let case = self.cases.get_mut(&number).expect("registered");
        let (before, after) = (case.wake, case.ticket.next_wake());
        case.wake = after;
        if let Some(at) = before {
            self.index.remove(&(at, number));
        }
        if let Some(at) = after {
            self.index.insert((at, number));
        }
        let promised = self.expected.next_of(number);
        hold!(
            after == promised,
            Law::Once,
            "t{number} wakes at {after:?}, promised is {promised:?}"
        );
        Ok(())
    }

    /// Other rules take force.
    pub(super) fn publish(&mut self, change: &[String]) {
        let bundle = changes::changed(self.rules.bundle(), change);
        let rules = Rules::new(bundle).expect("a change that can be worked with");
        self.rules = Arc::new(rules);
        self.book.add(Arc::clone(&self.rules));
        self.figures.published += 1;
    }

    /// Whatever was touched is folded anew from the journal, and the index made anew.
    pub(super) fn crash(&mut self) -> Result<(), Broken> {
        for number in std::mem::take(&mut self.touched) {
            let Case { ticket, history, .. } = &self.cases[&number];
            history::replays(history, ticket)?;
            for under in explain::versions(history) {
                self.book.hold(&under);
            }
            history::is_explained(history, ticket, |under| self.book.held(under))?;
        }
        let wakes = self
            .tickets()
            .filter_map(|(number, ticket)| Some((ticket.next_wake()?, number)));
        let anew: BTreeSet<_> = wakes.collect();
        hold!(anew == self.index, Law::Replay, "the index made anew is another");
        self.figures.crashes += 1;
        Ok(())
    }

    /// A command is decided, and the system crashes before it is written.
    pub(super) fn crash_during(&mut self, lost: &str) -> Result<Played, Broken> {
        let Some((name, said)) = lost.split_once("> ") else {
            return Ok(Played::Skipped);
        };
        let known = self.ticket(number(name));
        if known.is_some() == said.contains("register ") {
            return Ok(Played::Skipped);
        }
        match (script::parse(said, known), known) {
            (Line::Register(register, actor), _) => drop(register.decide(&actor, &self.rules, self.now)),
            (Line::Command(command, actor), Some(ticket)) => {
                drop((self.decide)(ticket, &command, &actor, &self.rules, self.now));
            }
            _ => {}
        }
        self.crash()?;
        Ok(Played::Done)
    }

    /// What holds of all that has happened. Answers what has become of the dispatched legs.
    pub(in crate::simulation) fn check_all(&mut self) -> Result<Counted, Broken> {
        // What became due with the last line fires still.
        if !self.how.is_away {
            self.tick(self.now, 1)?;
        }
        let mut counted = Counted::default();
        for (number, case) in &self.cases {
            let Case { ticket, history, .. } = case;
            history::replays(history, ticket)?;
            history::fires_once_and_not_early(history)?;
            if number % READ_BACK_EACH == 0 {
                history::reads_back(history, ticket)?;
            }
            for under in explain::versions(history) {
                self.book.hold(&under);
            }
            history::is_explained(history, ticket, |under| self.book.held(under))
                .map_err(|broken| Broken::new(broken.law, format!("t{number}: {}", broken.what)))?;
            counted += counted::count(history, ticket)?;
            if number % AUDITED_EACH == 0 {
                let audited = audited(&self.cases, case, &mut self.book, self.now)?;
                agrees(&audited, *number, self.how.is_away)?;
            }
        }
        self.nothing_is_left_behind()?;
        self.figures.passed_over = self.expected.passed_over;
        Ok(counted)
    }

    /// Every contact is somewhere, every merged ticket has had its incident's answer, and nothing is due.
    fn nothing_is_left_behind(&self) -> Result<(), Broken> {
        let contacts: usize = self.tickets().map(|(_, ticket)| ticket.contacts.len()).sum();
        hold!(
            contacts as u64 == self.contacts,
            Law::Merging,
            "{contacts} contacts are left of {}",
            self.contacts
        );
        for (number, ticket) in self.tickets() {
            let incident = ticket.merged_into().and_then(|into| self.ticket(into.sequence()));
            let has_answered = incident
                .is_some_and(|it| matches!(it.phase.name(), PhaseName::CallbackDue | PhaseName::Closed));
            hold!(
                !has_answered,
                Law::Merging,
                "t{number} waits for what has been answered"
            );
        }
        let due = self.expected.first().filter(|(at, _)| *at <= self.now);
        hold!(
            due.is_none() || self.how.is_away,
            Law::Once,
            "{due:?} has not fired by {}",
            self.now
        );
        Ok(())
    }
}

/// What the nightly self-audit says.
fn audited(
    cases: &BTreeMap<Number, Case>,
    case: &Case,
    book: &mut Book,
    now: Timestamp,
) -> Result<Audited, Broken> {
    let into = case.ticket.number;
    let mut rules_of = |under: &Under| book.hold(under);
    let merged = |child: TicketNumber, at: Timestamp| {
        let child = cases.get(&child.sequence())?;
        audit::before_merging(&child.history, into, at)
    };
    let audited = audit::audit(&case.history, &mut rules_of, &merged, now, GRACE);
    audited.ok_or_else(|| Broken::new(Law::Explained, "a history that cannot be audited"))
}

/// Nothing, but of levels that were due while the loop was away.
fn agrees(audited: &Audited, number: Number, is_away: bool) -> Result<(), Broken> {
    let of_the_loop =
        |what: What| matches!(what, What::PassedOver(_)) || (is_away && matches!(what, What::Missing(_)));
    let mut differences = audited.differences.iter();
    let differs = differences.find(|one| !of_the_loop(one.what));
    hold!(
        differs.is_none(),
        Law::Explained,
        "the audit of t{number} finds {differs:?}"
    );
    hold!(
        audited.decided_otherwise == 0,
        Law::Explained,
        "{} commands of t{number} would be decided otherwise",
        audited.decided_otherwise
    );
    Ok(())
}
