//! Lives decided again: the audit finds nothing in what was decided by the rules, and finds what was planted.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::ideas::{ANYBODY, ANYTHING, REGISTRATIONS, sensible};
use super::script::{self, Line};
use super::{Scene, calendar_cases};
use crate::clock::audit::{Audited, What, audit};
use crate::id::TicketNumber;
use crate::refusal::Refusal;
use crate::rules::{Book, Rules, Under};
use crate::ticket::{Command, Event, Recorded, Ticket};

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
        self.children.iter().rev().find(is_it).map(|(_, ticket)| ticket.clone())
    }

    /// Every version of its rules.
    pub(crate) fn book(&self) -> Book {
        let mut book = Book::default();
        for rules in self.scene.published.iter().chain([&self.scene.rules]) {
            book.add(Arc::new(Rules::new(rules.bundle().clone()).unwrap()));
        }
        book
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
        let of_the_loop = |what: What| matches!(what, What::PassedOver(_) | What::Missing(_));
        let wrong: Vec<_> = audited.differences.iter().filter(|one| !of_the_loop(one.what)).collect();
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
        prop_assert_eq!(audited.decided_otherwise, 0);
        let started = |one: &&Recorded| matches!(one.fact.event, Event::ClockStarted { .. });
        prop_assert_eq!(audited.runs, life.scene.history.iter().filter(started).count() as u64);
    }
}
