//! Scripts about several tickets: `NAME> LINE` is a line about one of them, `merge CHILD into INCIDENT`, `unmerge CHILD` and
//! `rejoin CHILD` are about two and land on both or on neither. Time passes for all.

use std::collections::BTreeMap;

use expect_test::Expect;
use jiff::Timestamp;

use super::script::{self, Line};
use super::{Scene, city, lives, print};
use crate::access::Actor;
use crate::id::TicketNumber;
use crate::refusal::Refusal;
use crate::ticket::{Command, Join, LetGo, MergeInto, Rejoin, TakeIn, Ticket};

/// Plays a script about several tickets and compares what a clerk would read.
#[track_caller]
pub(crate) fn check_all(script: &str, expected: Expect) {
    let mut scenes = Scenes::new();
    scenes.play(script);
    scenes.scenes.values().for_each(Scene::replays);
    expected.assert_eq(&scenes.told());
}

/// Several tickets by name.
pub(crate) struct Scenes {
    pub(crate) now: Timestamp,
    pub(crate) scenes: BTreeMap<String, Scene>,
    is_shown: bool,
    told: String,
}

impl Scenes {
    pub(crate) fn new() -> Self {
        Self {
            now: city::at("2026-11-23T09:00"),
            scenes: BTreeMap::new(),
            is_shown: true,
            told: String::new(),
        }
    }

    #[track_caller]
    fn play(&mut self, script: &str) {
        let lines: Vec<&str> = script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let prologue = lines.iter().position(|line| *line == "---");
        for (at, line) in lines.into_iter().enumerate() {
            self.is_shown = prologue.is_none_or(|end| at > end);
            if line == "---" {
                continue;
            }
            if !line.starts_with("at ") {
                let local = city::rules().calendar().local(self.now);
                self.tell(&format!("{} {line}\n", local.strftime("%m-%d %H:%M")));
            }
            if let Err(refusal) = self.line(line) {
                assert!(self.is_shown, "the prologue is refused: {line}: {refusal:?}");
                self.tell(&format!("    {}\n", print::refusal(&refusal)));
            }
        }
    }

    /// Plays one line.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Refusal> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["at", date, time] => self.pass(city::at(&format!("{date}T{time}"))),
            ["tick", "to", date, time] => self.tick(city::at(&format!("{date}T{time}"))),
            ["merge", child, "into", incident] => return self.merge(child, incident),
            ["unmerge", child] => return self.unmerge(child),
            ["rejoin", child] => {
                let incident = Box::new(self.incident_of(child).clone());
                return self.give(
                    child,
                    &Command::Rejoin(Rejoin { incident }),
                    &script::actor("system"),
                );
            }
            _ => {
                let (name, line) = line.split_once("> ").expect("NAME> LINE");
                return self.one(name, line);
            }
        }
        Ok(())
    }

    /// The ticket of a name.
    pub(crate) fn ticket(&self, name: &str) -> &Ticket {
        self.scenes[name].ticket.as_ref().expect("registered")
    }

    /// The ticket a child is, or was, merged into; itself where it never was.
    fn incident_of(&self, child: &str) -> &Ticket {
        let child = self.ticket(child);
        let into = child.merged.as_ref().map_or(child.number, |merged| merged.into);
        self.ticket(&self.name(into))
    }

    /// The name of a ticket.
    pub(crate) fn name(&self, number: TicketNumber) -> String {
        let mut named = self.scenes.iter();
        let found = named.find(|(_, scene)| scene.number == number);
        found.expect("a name for every number").0.clone()
    }

    fn one(&mut self, name: &str, line: &str) -> Result<(), Refusal> {
        let known = self.scenes.get(name).and_then(|scene| scene.ticket.as_ref());
        match script::parse(line, known) {
            Line::Register(..) => self.register(name, line),
            Line::Command(command, actor) => {
                let incident = known.and_then(Ticket::merged_into);
                let Some((incident, Command::AddContact(add))) = incident.zip(Some(&command)) else {
                    return self.give(name, &command, &actor);
                };
                let (child, caller) = (self.ticket(name).number, add.caller.clone());
                let join = Command::Join(Join { child, caller });
                self.both((name, &command), (&self.name(incident), &join), &actor)
            }
            Line::At(_) | Line::Tick(_) | Line::CatchUp | Line::Publish(_) | Line::Rederive => {
                panic!("time passes for all: {line}")
            }
        }
    }

    fn register(&mut self, name: &str, line: &str) -> Result<(), Refusal> {
        let nth = u32::try_from(self.scenes.len()).unwrap() + 1;
        let mut scene = Scene::new();
        scene.number = TicketNumber::new(city::date(), nth).unwrap();
        scene.now = self.now;
        scene.line(line)?;
        let told = scene.take_told();
        let (_, events) = told.split_once('\n').expect("a heading");
        self.tell(events);
        self.scenes.insert(name.to_owned(), scene);
        Ok(())
    }

    fn merge(&mut self, child: &str, incident: &str) -> Result<(), Refusal> {
        let boxed = |name| Box::new(self.ticket(name).clone());
        let into = Command::MergeInto(MergeInto {
            incident: boxed(incident),
        });
        let take = Command::TakeIn(TakeIn { child: boxed(child) });
        self.both((child, &into), (incident, &take), &script::actor("triager"))
    }

    fn unmerge(&mut self, child: &str) -> Result<(), Refusal> {
        let incident = self.name(self.incident_of(child).number);
        let let_go = Command::LetGo(LetGo {
            child: self.ticket(child).number,
        });
        let (unmerge, triager) = (Command::Unmerge, script::actor("triager"));
        self.both((child, &unmerge), (&incident, &let_go), &triager)
    }

    /// Two commands that land together or not at all, as the service commits them.
    fn both(&mut self, one: (&str, &Command), other: (&str, &Command), actor: &Actor) -> Result<(), Refusal> {
        for (name, command) in [one, other] {
            self.ticket(name)
                .decide(command, actor, city::rules(), self.now)?;
        }
        for (name, command) in [one, other] {
            self.tell(&format!("  {name}\n"));
            self.give(name, command, actor)?;
        }
        Ok(())
    }

    /// Gives a command to a ticket, under all laws.
    fn give(&mut self, name: &str, command: &Command, actor: &Actor) -> Result<(), Refusal> {
        let scene = self.scenes.get_mut(name).expect("registered");
        let given = lives::give(scene, command, actor);
        let told = scene.take_told();
        self.tell(&told);
        given.map(|_| ())
    }

    fn pass(&mut self, until: Timestamp) {
        self.now = until;
        self.scenes.values_mut().for_each(|scene| scene.now = until);
    }

    /// Fires everything due in order, over all tickets.
    pub(crate) fn tick(&mut self, until: Timestamp) {
        let next = |scenes: &Self| {
            let due = |(name, scene): (&String, &Scene)| Some((scene.next_due()?.0, name.clone()));
            scenes.scenes.iter().filter_map(due).min()
        };
        while let Some((at, name)) = next(self)
            && at <= until
        {
            let scene = self.scenes.get_mut(&name).expect("registered");
            lives::tick_once(scene);
            let told = scene.take_told();
            self.tell(
                &told
                    .lines()
                    .map(|line| format!("  {name} {line}\n"))
                    .collect::<String>(),
            );
        }
        self.pass(until);
    }

    fn tell(&mut self, text: &str) {
        if self.is_shown {
            self.told.push_str(text);
        }
    }

    /// What has been told, with names for numbers, and where each ticket stands.
    fn told(&self) -> String {
        let standing = |(name, scene): (&String, &Scene)| {
            let ticket = scene.ticket.as_ref().expect("registered");
            let listeners = ticket.listeners();
            let standing = print::standing(scene, ticket);
            format!("{name} {}, {listeners} listeners\n", standing.trim_end())
        };
        let told = self.told.clone() + &self.scenes.iter().map(standing).collect::<String>();
        let named =
            |told: String, (name, scene): (&String, &Scene)| told.replace(&scene.number.to_string(), name);
        self.scenes.iter().fold(told, named)
    }
}
