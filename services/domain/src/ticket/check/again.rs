//! Lives decided again: the audit finds nothing in what was decided by the rules, and finds what was planted.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::ideas::{ANYBODY, ANYTHING, REGISTRATIONS, sensible};
use super::script::{self, Line};
use super::{Scene, calendar_cases};
use crate::clock::Outages;
use crate::clock::audit::{Audited, What, audit};
use crate::clock::whatif::{Compared, Course, MergedOnBoth, Sides, ends, whatif};
use crate::id::TicketNumber;
use crate::refusal::Refusal;
use crate::rules::{Book, Bundle, Rules, Under};
use crate::ticket::{Command, Event, Recorded, Ticket};
use crate::time::Limit;

/// One random choice: what, by whom, which argument, how long after the one before.
pub(super) type Choice = (u8, u8, u8, u8);

/// A life, and the tickets merged into it as they stood then.
pub(crate) struct Life {
    pub(crate) scene: Scene,
    pub(crate) children: Vec<(Timestamp, Ticket)>,
}

impl Life {
    pub(crate) fn new(scene: Scene) -> Self {
        Self {
            scene,
            children: Vec::new(),
        }
    }

    pub(crate) fn line(&mut self, line: &str) -> Result<(), Refusal> {
        if let Line::Command(Command::TakeIn(take), _) = script::parse(line, self.scene.ticket.as_ref()) {
            self.children.push((self.scene.now, *take.child));
        }
        self.scene.line(line)
    }

    /// Minutes between two commands.
    pub(crate) fn live(&mut self, choices: &[Choice]) {
        const WAITS: [i64; 8] = [0, 1, 10, 45, 180, 900, 1_500, 6_000];
        for (what, who, which, wait) in choices {
            let until = self.scene.now + SignedDuration::from_mins(WAITS[usize::from(wait % 8)]);
            if wait & 0x80 == 0 {
                self.scene.tick(until);
            } else {
                self.scene.now = until;
            }
            let ticket = self.scene.ticket.as_ref().expect("registered");
            let line = if *what < 170 {
                sensible(ticket, *which)
            } else {
                let line = ANYTHING[usize::from(*which) % ANYTHING.len()];
                match ANYBODY.get(usize::from(*who) % (2 * ANYBODY.len())) {
                    Some(actor) if !line.contains(": ") => format!("{actor}: {line}"),
                    Some(_) | None => line.to_owned(),
                }
            };
            let _ = self.line(&line);
        }
    }

    pub(crate) fn merged(&self, number: TicketNumber, at: Timestamp) -> Option<Ticket> {
        let is_it = |(when, ticket): &&(Timestamp, Ticket)| *when == at && ticket.number == number;
        self.children
            .iter()
            .rev()
            .find(is_it)
            .map(|(_, ticket)| ticket.clone())
    }

    /// Every version of its rules.
    pub(crate) fn book(&self) -> Book {
        let mut book = Book::default();
        for rules in self.scene.published.iter().chain([&self.scene.rules]) {
            book.add(Arc::new(Rules::new(rules.bundle().clone()).unwrap()));
        }
        book
    }

    /// Both sides, where `change` says what holds in place of what held.
    pub(crate) fn compared(&self, change: impl FnMut(&Rules) -> Option<Rules>) -> Compared {
        self.on_both(change, |sides, merged| {
            whatif(&self.scene.history, sides, merged, self.scene.now)
        })
    }

    fn on_both<T>(
        &self,
        mut change: impl FnMut(&Rules) -> Option<Rules>,
        play: impl FnOnce(&mut Sides<'_>, &MergedOnBoth<'_>) -> Option<T>,
    ) -> T {
        let (mut book, mut other) = (self.book(), self.book());
        let mut was = |under: &Under| book.hold(under);
        let mut changed = BTreeMap::new();
        let mut would = |under: &Under| {
            let held = other.hold(under)?;
            let instead = changed
                .entry(under.clone())
                .or_insert_with(|| change(&held).map_or(held, Arc::new));
            Some(Arc::clone(instead))
        };
        let mut outages = Outages::default();
        for recorded in &self.scene.history {
            outages.hear(&recorded.fact.event, recorded.at);
        }
        let mut sides = Sides {
            was: &mut was,
            would: &mut would,
            outages: &outages,
        };
        let merged = |number, at| self.merged(number, at).map(|ticket| (ticket.clone(), ticket));
        play(&mut sides, &merged).expect("a history of these rules")
    }

    fn audited(&self, history: &[Recorded]) -> Audited {
        let mut book = self.book();
        let merged = |number, at| self.merged(number, at);
        let mut rules_of = |under: &Under| book.hold(under);
        let grace = SignedDuration::from_mins(10);
        audit(history, &mut rules_of, &merged, self.scene.now, grace).expect("a history of these rules")
    }
}

pub(crate) fn life(registration: usize, choices: &[Choice], by_class: bool) -> Life {
    let mut scene = Scene::new();
    if by_class {
        scene.rules = calendar_cases::rules();
    }
    let mut life = Life::new(scene);
    life.scene.is_shown = false;
    life.line(REGISTRATIONS[registration]).unwrap();
    life.live(choices);
    life
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_run_of_a_random_life_is_computed_to_the_same(
        registration in 0..REGISTRATIONS.len(),
        choices in prop::collection::vec(any::<Choice>(), 1..70),
        by_class in any::<bool>(),
    ) {
        let life = life(registration, &choices, by_class);
        let audited = life.audited(&life.scene.history);
        let of_the_loop =
            |what: What| matches!(what, What::PassedOver(_) | What::Missing(_) | What::ChargedLate(_));
        let wrong: Vec<_> = audited.differences.iter().filter(|one| !of_the_loop(one.what)).collect();
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
        prop_assert_eq!(audited.decided_otherwise, 0);
        let is_run = |one: &&Recorded| matches!(one.fact.event, Event::ClockStarted { .. });
        prop_assert_eq!(audited.runs, life.scene.history.iter().filter(is_run).count() as u64);
    }

    /// One instant of one run is moved by a minute.
    #[test]
    fn whatever_is_planted_is_found(
        registration in 0..REGISTRATIONS.len(),
        choices in prop::collection::vec(any::<Choice>(), 1..30),
        which in any::<prop::sample::Index>(),
        what in 0..3usize,
    ) {
        let life = life(registration, &choices, false);
        let mut history = life.scene.history.clone();
        let sound = life.audited(&history).differences;
        let mut runs: Vec<_> = history.iter_mut().filter_map(started).collect();
        let nth = which.index(runs.len());
        let minute = SignedDuration::from_mins(1);
        match what {
            0 => runs[nth].due_at += minute,
            1 => runs[nth].yellow_at += minute,
            _ => runs[nth].steps.iter_mut().for_each(|step| step.at += minute),
        }
        if history != life.scene.history {
            prop_assert_ne!(life.audited(&history).differences, sound);
        }
    }

    #[test]
    fn under_the_same_rules_nothing_differs(
        registration in 0..REGISTRATIONS.len(),
        choices in prop::collection::vec(any::<Choice>(), 1..70),
        by_class in any::<bool>(),
    ) {
        let life = life(registration, &choices, by_class);
        let compared = life.compared(|_| None);
        prop_assert_eq!(&compared.refused, &[]);
        prop_assert_eq!(&compared.was, &compared.would);
        let play = |sides: &mut Sides<'_>, merged: &MergedOnBoth<'_>| {
            ends(&life.scene.history, sides, merged, life.scene.now)
        };
        let (was, would) = life.on_both(|_| None, play);
        prop_assert_eq!(was, would);
    }

    /// Whatever the other rules say: everybody has done what he did, and it ends.
    #[test]
    fn under_any_rules_the_same_is_done(
        registration in 0..REGISTRATIONS.len(),
        choices in prop::collection::vec(any::<Choice>(), 1..70),
        change in 0..CHANGES.len(),
    ) {
        let life = life(registration, &choices, false);
        let changed = |rules: &Rules| {
            let mut bundle = rules.bundle().clone();
            CHANGES[change](&mut bundle);
            Some(Rules::new(bundle).unwrap())
        };
        let compared = life.compared(changed);
        let legs = |course: &Course| -> Vec<_> { course.legs.iter().map(|leg| leg.unit.clone()).collect() };
        prop_assert_eq!(legs(&compared.was), legs(&compared.would));
        prop_assert!(!compared.refused.iter().any(|one| one.reason.is_none()));
    }
}

fn started(recorded: &mut Recorded) -> Option<&mut crate::clock::Run> {
    if let Event::ClockStarted { run } = &mut recorded.fact.event {
        Some(run)
    } else {
        None
    }
}

pub(crate) fn limit(text: &str) -> Limit {
    Limit::parse(text).unwrap()
}

/// Other rules.
pub(crate) const CHANGES: [fn(&mut Bundle); 7] = [
    |bundle| bundle.profile.c.sign = limit("2 wh"),
    |bundle| bundle.profile.c.handle.complaint = limit("2 wd"),
    |bundle| bundle.profile.c.ladder.l2 = limit("2 wd"),
    |bundle| {
        let first = jiff::civil::date(2026, 11, 24);
        bundle
            .calendar
            .off
            .extend(first.series(jiff::ToSpan::days(1)).take(3));
    },
    |bundle| bundle.profile.procedures.citizen_wait = limit("1 wd"),
    |bundle| {
        bundle.profile.procedures.c.returns = None;
        bundle.profile.rework_rounds = 0;
        bundle.profile.reopen_within = limit("1 h");
    },
    |bundle| bundle.profile.points_tenths = [0, 10, 20, 30, 40, 50],
];
