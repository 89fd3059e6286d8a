//! Random lives: whoever gives whichever command at whatever time, the laws hold.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

use super::ideas::{ANYBODY, ANYTHING, REGISTRATIONS, sensible};
use super::laws::{Broken, Deed, Transition, history};
use super::script::{self, Line};
use super::{Scene, calendar_cases, city, table};
use crate::access::Actor;
use crate::refusal::Refusal;
use crate::ticket::{Command, Event, FireClock};

/// What the index takes at most.
const STATE_BYTES_MAX: usize = 64 * 1024;

/// Plays one line under all laws; time that passes fires what is due one by one. Returns the changes of phase.
pub(super) fn step(scene: &mut Scene, line: &str) -> Result<Vec<Transition>, Refusal> {
    scene.is_shown = false;
    match script::parse(line, scene.ticket.as_ref()) {
        Line::Command(command, actor) => give(scene, &command, &actor).map(Vec::from_iter),
        Line::Tick(until) => Ok(tick(scene, city::at(&until))),
        Line::Rederive => {
            let rederive = scene.rederive();
            give(scene, &rederive, &script::actor("system")).map(Vec::from_iter)
        }
        Line::At(_) | Line::CatchUp | Line::Publish(_) | Line::Register(..) => {
            scene.line(line).map(|()| Vec::new())
        }
    }
}

fn tick(scene: &mut Scene, until: jiff::Timestamp) -> Vec<Transition> {
    let mut changes = Vec::new();
    while scene.next_due().is_some_and(|(at, ..)| at <= until) {
        changes.extend(tick_once(scene));
    }
    scene.now = scene.now.max(until);
    changes
}

/// What is due next fires, at its instant or now.
pub(super) fn tick_once(scene: &mut Scene) -> Option<Transition> {
    let (at, clock, level) = scene.next_due()?;
    scene.now = scene.now.max(at);
    let fire = Command::FireClock(FireClock {
        clock,
        level,
        system_was_down: false,
    });
    give(scene, &fire, &script::actor("system")).expect("what is due fires")
}

/// Gives a command under all laws. Returns the change of phase.
pub(super) fn give(
    scene: &mut Scene,
    command: &Command,
    actor: &Actor,
) -> Result<Option<Transition>, Refusal> {
    let before = scene.ticket.clone().expect("a ticket");
    let recorded = scene.history.len();
    let answer = scene.give(command, actor);
    let after = scene.ticket.clone().expect("a ticket");
    if let Err(refusal) = answer {
        assert_eq!(before, after, "a refusal changes nothing");
        return Err(refusal);
    }
    let events: Vec<Event> = scene.history[recorded..]
        .iter()
        .map(|recorded| recorded.fact.event.clone())
        .collect();
    let deed = Deed {
        before: &before,
        command,
        actor,
        events: &events,
        after: &after,
        rules: scene.holding(&after),
    };
    Ok(deed.check().unwrap_or_else(|broken| panic!("{broken}")))
}

/// What holds of the whole life.
fn holds_to_the_end(scene: &Scene) -> Result<(), Broken> {
    let ticket = scene.ticket.as_ref().expect("registered");
    history::fires_once_and_not_early(&scene.history)?;
    history::is_explained(&scene.history, ticket, |under| scene.held(under))
}

/// One random choice: what, by whom, which argument, how long after the one before.
type Choice = (u8, u8, u8, u8);

/// Minutes between two commands.
const WAITS: [i64; 8] = [0, 1, 10, 45, 180, 900, 1_500, 6_000];

fn live(scene: &mut Scene, choices: &[Choice]) -> Vec<Transition> {
    let mut changes = Vec::new();
    for (what, who, which, wait) in choices {
        let until = scene.now + jiff::SignedDuration::from_mins(WAITS[usize::from(wait % 8)]);
        // Now and then the loop is down and catches up with the next tick.
        if wait & 0x80 == 0 {
            changes.extend(tick(scene, until));
        } else {
            scene.now = until;
        }
        let ticket = scene.ticket.as_ref().expect("registered");
        let line = if *what < 170 {
            sensible(ticket, *which)
        } else {
            let line = ANYTHING[usize::from(*which) % ANYTHING.len()];
            match ANYBODY.get(usize::from(*who) % (2 * ANYBODY.len())) {
                Some(actor) if !line.contains(": ") => format!("{actor}: {line}"),
                Some(_) | None => line.to_owned(),
            }
        };
        changes.extend(step(scene, &line).unwrap_or_default());
    }
    changes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_after_every_command(
        registration in 0..REGISTRATIONS.len(),
        choices in prop::collection::vec(any::<Choice>(), 1..70),
        by_class in any::<bool>(),
    ) {
        let mut scene = Scene::new();
        if by_class {
            scene.rules = calendar_cases::rules();
        }
        step(&mut scene, REGISTRATIONS[registration]).unwrap();
        live(&mut scene, &choices);
        holds_to_the_end(&scene).unwrap();
        scene.replays();
    }
}

#[test]
fn random_lives_go_through_the_whole_table() {
    let mut runner = TestRunner::deterministic();
    let lives = prop::collection::vec(any::<Choice>(), 40..70);
    let mut seen = BTreeSet::new();
    for nth in 0..3_000 {
        let mut scene = Scene::new();
        step(&mut scene, REGISTRATIONS[nth % REGISTRATIONS.len()]).unwrap();
        seen.extend(live(&mut scene, &lives.new_tree(&mut runner).unwrap().current()));
        if table::documented().is_subset(&seen) {
            return;
        }
    }
    let missed: Vec<_> = table::documented().difference(&seen).collect();
    panic!("never seen: {missed:?}");
}

/// Asked for by `tests/run`; too long for every change.
#[cfg(feature = "million")]
#[test]
fn a_million_random_commands_break_no_law() {
    let mut runner = TestRunner::deterministic();
    let lives = prop::collection::vec(any::<Choice>(), 40..70);
    let mut given = 0;
    for nth in 0.. {
        let choices = lives.new_tree(&mut runner).unwrap().current();
        given += choices.len();
        let mut scene = Scene::new();
        if nth % 2 == 1 {
            scene.rules = calendar_cases::rules();
        }
        step(&mut scene, REGISTRATIONS[nth % REGISTRATIONS.len()]).unwrap();
        live(&mut scene, &choices);
        history::fires_once_and_not_early(&scene.history).unwrap();
        scene.replays();
        if given >= 1_000_000 {
            return;
        }
    }
}

#[test]
fn a_full_ticket_fits_the_index() {
    let mut scene = Scene::new();
    let co = ["street2", "roads", "ecology", "water", "village", "street"].join(" ");
    step(&mut scene, "register help a utilities.water transfer").unwrap();
    for _ in 1..crate::ticket::CONTACTS_MAX {
        step(&mut scene, "again transfer").unwrap();
    }
    let contacts = &mut scene.ticket.as_mut().unwrap().contacts;
    for contact in contacts.iter_mut() {
        contact.standing = crate::ticket::Standing::CommunityWorker;
        contact.identity = Some(crate::id::KeySlot(1 << 40));
    }
    for contact in contacts.iter_mut().rev().take(crate::ticket::CALLS_MAX) {
        contact.call = Some("a".repeat(64));
    }
    step(&mut scene, &format!("dispatch district {co}")).unwrap();
    for unit in format!("district {co}").split(' ') {
        step(&mut scene, &format!("sign {unit}")).unwrap();
        for _ in 0..20 {
            step(&mut scene, &format!("contact {unit} missed")).unwrap();
        }
    }
    let state = serde_json::to_string(&scene.ticket).unwrap();
    assert!(state.len() < STATE_BYTES_MAX, "{} bytes", state.len());
}
