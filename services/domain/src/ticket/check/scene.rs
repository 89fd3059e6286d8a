//! One ticket of a script: its state, its history, and what has been told of it.

use std::collections::BTreeMap;

use expect_test::Expect;
use jiff::Timestamp;

use super::script::{self, Line};
use super::{city, print};
use crate::access::Actor;
use crate::clock::{Kind, Level, RunId};
use crate::id::{LegId, TicketNumber, UnitId};
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::ticket::{Command, Event, Fact, FireClock, Recorded, Ticket};

/// Plays a script and compares what a clerk would read.
#[track_caller]
pub(crate) fn check(script: &str, expected: Expect) {
    let mut scene = Scene::new();
    scene.play(script);
    scene.replays();
    expected.assert_eq(&scene.told());
}

/// One ticket, its history, and what has been told of it.
pub(crate) struct Scene {
    /// Those in force.
    pub(crate) rules: &'static Rules,
    /// Those that were in force before.
    pub(super) published: Vec<&'static Rules>,
    pub(crate) now: Timestamp,
    pub(super) number: TicketNumber,
    pub(crate) ticket: Option<Ticket>,
    pub(crate) history: Vec<Recorded>,
    pub(super) units: BTreeMap<LegId, UnitId>,
    pub(super) is_shown: bool,
    pub(super) told: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let rules = city::rules();
        Self {
            rules,
            published: Vec::new(),
            now: city::at("2026-11-23T09:00"),
            number: TicketNumber::new(city::date(), 1).unwrap(),
            ticket: None,
            history: Vec::new(),
            units: BTreeMap::new(),
            is_shown: true,
            told: String::new(),
        }
    }

    #[track_caller]
    pub(crate) fn play(&mut self, script: &str) {
        let prologue = script.lines().position(|line| line.trim() == "---");
        for (at, line) in script
            .lines()
            .map(str::trim)
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            self.is_shown = prologue.is_none_or(|end| at > end);
            if line == "---" {
                continue;
            }
            let refused = self.line(line).err();
            if let Some(refusal) = refused {
                assert!(self.is_shown, "the prologue is refused: {line}: {refusal:?}");
                self.tell(&format!("    {}\n", print::refusal(&refusal)));
            }
        }
    }

    /// Plays one line.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Refusal> {
        let parsed = script::parse(line, self.ticket.as_ref());
        match parsed {
            Line::At(at) => self.now = city::at(&at),
            Line::Publish(change) => {
                self.tell(&format!("{} {line}\n", self.local(self.now)));
                self.publish(&change);
            }
            Line::Rederive => {
                self.tell(&format!("{} {line}\n", self.local(self.now)));
                self.give(&self.rederive(), &script::actor("system"))?;
            }
            Line::Tick(until) => {
                self.tell(&format!("{line}\n"));
                self.tick(city::at(&until));
            }
            Line::CatchUp => {
                self.tell(&format!("{} {line}\n", self.local(self.now)));
                while let Some((at, clock, level)) = self.next_due()
                    && at <= self.now
                {
                    self.fire(clock, level, true);
                }
            }
            Line::Register(register, actor) => {
                self.tell(&format!("{} {line}\n", self.local(self.now)));
                let events = register.decide(&actor, self.rules, self.now)?;
                (self.ticket, self.history) = (None, Vec::new());
                self.record(&actor, events, true);
            }
            Line::Command(command, actor) => {
                self.tell(&format!("{} {line}\n", self.local(self.now)));
                self.give(&command, &actor)?;
            }
        }
        Ok(())
    }

    /// Gives a command to the ticket and records what it means.
    pub(crate) fn give(&mut self, command: &Command, actor: &Actor) -> Result<(), Refusal> {
        let ticket = self.ticket.as_ref().expect("a script registers first");
        let rules = self.rules_for(ticket, command);
        let events = ticket.decide(command, actor, rules, self.now)?;
        self.record(actor, events, !matches!(command, Command::FireClock(_)));
        Ok(())
    }

    /// Lets time pass, firing everything due in order, each at its instant.
    pub(crate) fn tick(&mut self, until: Timestamp) {
        while let Some((at, clock, level)) = self.next_due()
            && at <= until
        {
            self.now = self.now.max(at);
            self.fire(clock, level, false);
        }
        self.now = self.now.max(until);
    }

    /// What fires next on the ticket.
    pub(crate) fn next_due(&self) -> Option<(Timestamp, RunId, Level)> {
        let steps = self.ticket.as_ref()?.next_steps();
        steps
            .map(|(clock, step)| (step.at, clock.run.id(), step.level))
            .min()
    }

    pub(super) fn fire(&mut self, clock: RunId, level: Level, system_was_down: bool) {
        let fire = Command::FireClock(FireClock {
            clock,
            level,
            system_was_down,
        });
        self.give(&fire, &script::actor("system"))
            .expect("what is due fires");
    }

    pub(super) fn record(&mut self, actor: &Actor, events: Vec<Event>, is_told: bool) {
        assert!(!events.is_empty(), "a command that succeeds records something");
        for event in &events {
            let opened = if let Event::Dispatched { legs, .. } = event {
                legs.as_slice()
            } else if let Event::SubAssigned { opened, .. } | Event::Rejoined { opened, .. } = event {
                std::slice::from_ref(opened)
            } else {
                &[]
            };
            let named = opened.iter().map(|leg| (leg.leg, leg.unit.clone()));
            self.units.extend(named);
            let recorded = Recorded {
                number: self.number,
                version: u32::try_from(self.history.len()).unwrap() + 1,
                at: self.now,
                actor: actor.clone(),
                rules: self.rules.version().clone(),
                fact: Fact::from(event.clone()),
            };
            match &mut self.ticket {
                Some(ticket) => ticket.apply(&recorded),
                empty => *empty = Ticket::register(&recorded),
            }
            self.history.push(recorded);
        }
        if self.is_shown {
            let told = print::events(self, &events, is_told);
            self.tell(&told);
        }
    }

    /// Invariant 3: what was recorded, through JSON and back, folds to the same ticket.
    #[track_caller]
    pub(crate) fn replays(&self) {
        let through_json = |recorded: &Recorded| -> Recorded {
            serde_json::from_str(&serde_json::to_string(recorded).unwrap()).unwrap()
        };
        let history: Vec<Recorded> = self.history.iter().map(through_json).collect();
        assert_eq!(history, self.history);
        let replayed = Ticket::replay(&history);
        assert_eq!(replayed, self.ticket);
        let stored = serde_json::to_string(&self.ticket).unwrap();
        assert_eq!(
            serde_json::from_str::<Option<Ticket>>(&stored).unwrap(),
            self.ticket
        );
    }

    pub(super) fn told(&self) -> String {
        let last = self
            .ticket
            .as_ref()
            .map(|ticket| print::standing(self, ticket))
            .unwrap_or_default();
        format!("{}{last}", self.told)
    }

    pub(super) fn tell(&mut self, text: &str) {
        if self.is_shown {
            self.told.push_str(text);
        }
    }

    /// What has been told since the last time.
    pub(super) fn take_told(&mut self) -> String {
        std::mem::take(&mut self.told)
    }

    pub(super) fn local(&self, at: Timestamp) -> String {
        self.rules
            .calendar()
            .local(at)
            .strftime("%m-%d %H:%M")
            .to_string()
    }

    pub(super) fn clock_name(&self, kind: Kind, leg: Option<LegId>) -> String {
        let unit = leg
            .and_then(|leg| self.units.get(&leg))
            .map(|unit| format!(" {unit}"))
            .unwrap_or_default();
        format!("{}{unit}", kind.as_str().to_uppercase())
    }
}
