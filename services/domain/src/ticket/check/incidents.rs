//! Invariant 9: merging loses no contact, rating or earlier due, whatever is merged and un-merged in which order.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::scenes::Scenes;
use crate::clock::Kind;
use crate::id::{CallerHash, TicketNumber};
use crate::ticket::{CHILDREN_MAX, CONTACTS_MAX, Child, LISTENERS_MAX, Phase, Ticket};

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const PEOPLE: [&str; 5] = ["by wang", "by li", "by zhao", "by liu", "anonymous"];

/// Well below what a ledger takes.
const STATE_BYTES_MAX: usize = 128 * 1024;

/// What, on which ticket, with which other, how long after the one before.
type Choice = (u8, u8, u8, u8);

fn line((what, one, other, _): Choice) -> String {
    let name = |nth: u8| NAMES[usize::from(nth) % NAMES.len()];
    let (one, person) = (name(one), PEOPLE[usize::from(other) % PEOPLE.len()]);
    match what % 16 {
        0..6 => format!("merge {one} into {}", name(other)),
        6..8 => format!("unmerge {one}"),
        8..11 => format!("{one}> again phone {person}"),
        11..13 => format!("{one}> dispatch street"),
        13 => format!("{one}> sign street"),
        14 => format!("{one}> note"),
        _ => format!("{one}> deadline missed"),
    }
}

fn due(ticket: &Ticket, kind: Kind) -> Option<Timestamp> {
    let lead = ticket.phase.legs().map(|legs| legs.lead.id);
    let is_it = |clock: &&crate::clock::Clock| {
        clock.run.kind == kind && (clock.run.leg.is_none() || clock.run.leg == lead)
    };
    ticket.clocks.iter().find(is_it).map(|clock| clock.run.due_at)
}

/// The tickets of an incident: itself and what is merged into it.
fn of_one(scenes: &Scenes, incident: &Ticket) -> Vec<Ticket> {
    let all = NAMES.iter().map(|name| scenes.ticket(name));
    let is_in = |ticket: &&Ticket| {
        ticket.number == incident.number
            || ticket
                .merged
                .as_ref()
                .is_some_and(|merged| merged.into == incident.number)
    };
    all.filter(is_in).cloned().collect()
}

/// What holds of an incident and of what is merged into it.
fn nothing_is_lost(scenes: &Scenes) {
    for incident in NAMES.map(|name| scenes.ticket(name)) {
        let together = of_one(scenes, incident);
        let callers: BTreeSet<_> = together.iter().flat_map(Ticket::callers).collect();
        let anonymous: usize = together.iter().map(Ticket::anonymous).sum();
        if incident.merged_into().is_none() {
            assert_eq!(incident.listeners(), callers.len() + anonymous, "a naive recount");
        }
        for child in together.iter().filter(|ticket| ticket.merged_into().is_some()) {
            assert!(
                due(incident, Kind::Citizen) <= due(child, Kind::Citizen),
                "an earlier C0"
            );
            let theirs = due(child, Kind::Handle);
            assert!(
                theirs.is_none() || due(incident, Kind::Handle) <= theirs,
                "an earlier C4"
            );
        }
    }
}

/// Everything that is not merged is answered, and what is merged follows.
fn answer_all(scenes: &mut Scenes) {
    let merged = |scenes: &Scenes, name: &str| scenes.ticket(name).merged_into().is_some();
    let (children, others): (Vec<&str>, Vec<&str>) = NAMES.iter().partition(|name| merged(scenes, name));
    for name in others {
        for line in ["dispatch street", "sign street"] {
            let _ = scenes.line(&format!("{name}> {line}"));
        }
        scenes
            .line(&format!("{name}> reply street solved unread"))
            .unwrap();
    }
    for name in children {
        scenes.line(&format!("rejoin {name}")).unwrap();
        let child = scenes.ticket(name);
        let is_rung = matches!(child.phase, Phase::CallbackDue { .. });
        assert_eq!(
            is_rung,
            child.has_somebody_to_contact(),
            "who can be rung is rung"
        );
        if is_rung {
            scenes
                .line(&format!("{name}> callback solved satisfied"))
                .unwrap();
        }
        scenes.line(&format!("rejoin {name}")).unwrap_err();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_loses_nothing(
        grades in prop::collection::vec(0..2usize, NAMES.len()),
        choices in prop::collection::vec(any::<Choice>(), 1..60),
    ) {
        let mut scenes = Scenes::new();
        for (nth, name) in NAMES.into_iter().enumerate() {
            let (grade, person) = (["c", "d"][grades[nth]], PEOPLE[nth % PEOPLE.len()]);
            scenes.line(&format!("{name}> register complaint {grade} urban.noise phone {person}")).unwrap();
            scenes.tick(scenes.now + SignedDuration::from_hours(5));
        }
        let mut contacts = NAMES.len();
        for choice in choices {
            let line = line(choice);
            let before = NAMES.map(|name| (name, scenes.ticket(name).clone()));
            if scenes.line(&line).is_ok() {
                contacts += usize::from(line.contains("again"));
                for (name, before) in before.iter().filter(|_| line.starts_with("unmerge")) {
                    assert!(due(scenes.ticket(name), Kind::Citizen) == due(before, Kind::Citizen), "its own C0");
                }
            }
            nothing_is_lost(&scenes);
            scenes.tick(scenes.now + SignedDuration::from_mins(i64::from(choice.3) * 4));
        }
        let all: usize = NAMES.map(|name| scenes.ticket(name).contacts.len()).iter().sum();
        assert_eq!(all, contacts);
        answer_all(&mut scenes);
        nothing_is_lost(&scenes);
        scenes.scenes.values().for_each(super::Scene::replays);
    }
}

#[test]
fn a_full_incident_stays_small() {
    let mut scene = super::Scene::new();
    scene.line("register help a utilities.water transfer").unwrap();
    for nth in 1..CONTACTS_MAX {
        scene.line(&format!("again transfer by li{nth}")).unwrap();
    }
    let incident = scene.ticket.as_mut().unwrap();
    let caller = |nth: usize| CallerHash::parse(&format!("{nth:032x}")).unwrap();
    for nth in 0..CHILDREN_MAX {
        let number = TicketNumber::new(super::city::date(), 2 + u32::try_from(nth).unwrap()).unwrap();
        let callers = [caller(2 * nth), caller(2 * nth + 1)].into();
        incident.incident.children.insert(
            number,
            Child {
                callers,
                anonymous: 300,
                answered: true,
            },
        );
    }
    assert_eq!(incident.incident.callers().count(), LISTENERS_MAX);
    let state = serde_json::to_string(&incident).unwrap();
    assert!(state.len() < STATE_BYTES_MAX, "{} bytes", state.len());
}
