//! Laws that hold after every command, whoever gives it and whatever came before (domain.md, section 10).

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::script::{self, Line};
use super::{Scene, city, table};
use crate::access::{Actor, Role};
use crate::clock::{Clock, Kind, Level, RunId};
use crate::id::HolderId;
use crate::redact;
use crate::refusal::Refusal;
use crate::ticket::{
    Accused, AuditReply, Callback, Command, Event, FireClock, FirstContact, Grade, Holder, LegState, Legs,
    Phase, Secrecy, Ticket,
};

/// From, by which command, to.
pub(super) type Transition = (String, String, String);

/// What a write of the ledger takes at most.
const FACTS_MAX: usize = 64;
/// What the index takes at most.
const STATE_BYTES_MAX: usize = 64 * 1024;

fn phase_name(phase: &Phase) -> String {
    name(&format!("{phase:?}"))
}

/// The first word of a debug text: the variant.
fn name(debug: &str) -> String {
    debug
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Plays one line under all laws; time that passes fires what is due one by one. Returns the changes of phase.
pub(super) fn step(scene: &mut Scene, line: &str) -> Result<Vec<Transition>, Refusal> {
    scene.is_shown = false;
    match script::parse(line, scene.ticket.as_ref()) {
        Line::Command(command, actor) => give(scene, &command, &actor).map(Vec::from_iter),
        Line::Tick(until) => Ok(tick(scene, city::at(&until))),
        Line::At(_) | Line::CatchUp | Line::Register(..) => scene.line(line).map(|()| Vec::new()),
    }
}

fn tick(scene: &mut Scene, until: jiff::Timestamp) -> Vec<Transition> {
    let mut changes = Vec::new();
    while let Some((at, clock, level)) = scene.next_due()
        && at <= until
    {
        scene.now = scene.now.max(at);
        let fire = Command::FireClock(FireClock {
            clock,
            level,
            system_was_down: false,
        });
        changes.extend(give(scene, &fire, &script::actor("system")).expect("what is due fires"));
    }
    scene.now = scene.now.max(until);
    changes
}

fn give(scene: &mut Scene, command: &Command, actor: &Actor) -> Result<Option<Transition>, Refusal> {
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
    assert!(events.len() <= FACTS_MAX, "{} facts of one command", events.len());
    assert!(
        !redact::is_recused(&before, actor, scene.rules),
        "invariant 11: {command:?} by {actor:?}"
    );
    dues_stand(&before, &after, command, &events);
    clocks_fit(&after);
    the_recused_stay_out(&after, scene);

    let change = (
        phase_name(&before.phase),
        name(&format!("{command:?}")),
        phase_name(&after.phase),
    );
    if change.0 == change.2 {
        return Ok(None);
    }
    assert!(
        table::documented().contains(&change),
        "{change:?} is not in the table of phase.rs"
    );
    Ok(Some(change))
}

/// Invariants 2 and 7: C0 never comes earlier but by rule 3, and a failed audit moves no due.
fn dues_stand(before: &Ticket, after: &Ticket, command: &Command, events: &[Event]) {
    let citizen = |ticket: &Ticket| clock(ticket, Kind::Citizen).map(|clock| clock.run.due_at);
    let is_new = events
        .iter()
        .any(|event| matches!(event, Event::Classified { .. } | Event::Reopened { .. }));
    assert!(
        is_new || citizen(after) >= citizen(before),
        "C0 came earlier by {command:?}"
    );

    let handling = |ticket: &Ticket| clock(ticket, Kind::Handle).map(|clock| clock.run.due_at);
    if matches!(command, Command::AuditReply(AuditReply::Failed(_))) {
        assert_eq!(handling(before), handling(after), "a failed audit moved C4");
    }
}

/// The ticket's own clock of a kind, or the lead's.
fn clock(ticket: &Ticket, kind: Kind) -> Option<&Clock> {
    let lead = ticket
        .phase
        .legs()
        .map(|legs| legs.lead.id)
        .filter(|_| kind.is_the_units());
    ticket
        .clocks
        .iter()
        .find(|clock| clock.run.kind == kind && clock.run.leg == lead)
}

/// Invariant 1: one holds the step, and whoever holds it is on a clock. No other of the ticket's clocks runs.
fn clocks_fit(ticket: &Ticket) {
    let runs = |kind: Kind| clock(ticket, kind).is_some_and(Clock::is_running);
    let callback = match &ticket.phase {
        Phase::CallbackDue { callback, .. } => Some(callback),
        Phase::Accepted { .. }
        | Phase::Dispatched { .. }
        | Phase::Handling { .. }
        | Phase::ReplyReview { .. }
        | Phase::Closed { .. } => None,
    };
    let linked = callback == Some(&Callback::Link);
    let urgent = matches!(ticket.classification.grade, Grade::A | Grade::B);
    let over = matches!(ticket.phase, Phase::Closed { .. });
    let accepted = matches!(ticket.phase, Phase::Accepted { .. });
    let transferring = matches!(ticket.phase, Phase::Accepted { transfer: Some(_) });
    for (kind, is_due) in [
        (Kind::Citizen, !over && callback.is_none()),
        (Kind::Triage, accepted),
        (Kind::CallBack, transferring),
        (Kind::Sign, matches!(ticket.phase, Phase::Dispatched { .. })),
        (Kind::Handle, is_with_units(ticket)),
        (Kind::Stage, is_with_units(ticket) && urgent),
        (Kind::Audit, matches!(ticket.phase, Phase::ReplyReview { .. })),
        (Kind::Callback, callback.is_some() && !linked),
        (Kind::Rating, linked),
    ] {
        assert_eq!(runs(kind), is_due, "{} in {:?}", kind.as_str(), ticket.phase);
    }
    assert_eq!(ticket.holder() == Holder::Nobody, over);
    assert_eq!(matches!(ticket.holder(), Holder::Unit(_)), is_with_units(ticket));
    legs_fit(ticket);
}

fn is_with_units(ticket: &Ticket) -> bool {
    matches!(ticket.phase, Phase::Dispatched { .. } | Phase::Handling { .. })
}

/// Every leg that is out is on its clocks, no other is, and no clock outlives its leg.
fn legs_fit(ticket: &Ticket) {
    for leg in ticket.phase.legs().into_iter().flat_map(Legs::iter) {
        let runs = |kind: Kind| {
            let is_it = |one: &&Clock| one.run.kind == kind && one.run.leg == Some(leg.id);
            ticket.clocks.iter().find(is_it).is_some_and(Clock::is_running)
        };
        let is_out = is_with_units(ticket) && !matches!(leg.state, LegState::Replied { .. });
        let owes = is_out && matches!(leg.contact, FirstContact::Due { .. });
        assert_eq!(
            runs(Kind::Sign),
            is_out && leg.state == LegState::AwaitingSign,
            "C2 of {}",
            leg.unit
        );
        assert_eq!(runs(Kind::Handle), is_out, "C4 of {}", leg.unit);
        assert_eq!(runs(Kind::FirstContact), owes, "C3 of {}", leg.unit);
    }
    let known = |clock: &Clock| match clock.run.leg {
        Some(id) => ticket.phase.legs().is_some_and(|legs| legs.get(id).is_some()),
        None => true,
    };
    assert!(
        ticket.clocks.iter().all(known),
        "a clock of a leg that is no more"
    );
}

/// Section 9: no leg of the accused or below, and nobody of theirs sees it, whatever else he is.
fn the_recused_stay_out(ticket: &Ticket, scene: &Scene) {
    let Secrecy::Sealed {
        accused: Some(Accused::Unit(accused)),
    } = &ticket.secrecy
    else {
        return;
    };
    let over = matches!(ticket.phase, Phase::Closed { .. });
    let mut legs = ticket.phase.legs().into_iter().flat_map(Legs::iter);
    assert!(
        over || legs.all(|leg| !scene.rules.units.is_within(&leg.unit, accused)),
        "a recused unit has a leg"
    );
    for unit in scene
        .rules
        .units
        .iter()
        .filter(|unit| scene.rules.units.is_within(&unit.id, accused))
    {
        for role in Role::ALL {
            let holder = HolderId::parse("somebody").unwrap();
            let actor = Actor {
                holder,
                role,
                unit: Some(unit.id.clone()),
                cleared: true,
            };
            assert!(
                !redact::may_see(ticket, &actor, scene.rules),
                "{role:?} of {} sees it",
                unit.id
            );
        }
    }
}

/// Invariant 4: nothing fires twice or early.
fn fired_once_and_not_early(scene: &Scene) {
    let mut fired: BTreeSet<(RunId, Level)> = BTreeSet::new();
    for recorded in &scene.history {
        if let Event::LevelFired {
            clock, level, due_at, ..
        } = &recorded.fact.event
        {
            assert!(fired.insert((*clock, *level)), "{clock:?} {level:?} fired twice");
            assert!(recorded.at >= *due_at, "{clock:?} {level:?} fired early");
        }
    }
}

/// One random choice: what, by whom, which argument, how long after the one before.
type Choice = (u8, u8, u8, u8);

const REGISTRATIONS: [&str; 6] = [
    "register complaint c urban.noise phone in s",
    "register complaint c urban.noise web anonymous",
    "register help a utilities.water phone",
    "register help b utilities.water app",
    "register report c urban.noise letter accused village",
    "register consult d urban.noise phone",
];

/// What anybody might try at any time.
const ANYTHING: [&str; 43] = [
    "fire c4 street l1",
    "fire c2 water l0",
    "fire c0 l1",
    "again phone",
    "again web by li",
    "again mail anonymous",
    "answer agreed",
    "decline r2",
    "decline r7",
    "transfer 110",
    "transfer 119 confirmed",
    "classify type report",
    "classify type complaint",
    "classify type consult",
    "classify grade a",
    "classify grade b",
    "classify grade c",
    "classify grade d",
    "classify category utilities.water area s",
    "dispatch water",
    "dispatch street ecology water",
    "dispatch district village by noise",
    "dispatch water as grade a",
    "dispatch street2 as type report",
    "sign street",
    "sign water",
    "contact water missed",
    "stage street",
    "reply street solved",
    "reply water explained",
    "audit pass",
    "audit form",
    "callback missed",
    "callback unsolved",
    "rework",
    "urge",
    "seal street",
    "seal",
    "seal outsider",
    "escalate l2",
    "withdraw",
    "reopen",
    "erase contact 1",
];

const ANYBODY: [&str; 12] = [
    "operator",
    "triager",
    "supervisor",
    "system",
    "auditor@street",
    "callback_agent@district",
    "unit_clerk@street",
    "unit_clerk@village",
    "unit_clerk@water",
    "unit_clerk@ecology",
    "unit_head@district",
    "administrator",
];

/// What whoever holds the step might well do.
fn sensible(ticket: &Ticket, choice: u8) -> String {
    let pick = |lines: &[&str]| lines[usize::from(choice) % lines.len()].to_owned();
    match &ticket.phase {
        Phase::Accepted { .. } => pick(&[
            "dispatch street",
            "dispatch water roads",
            "dispatch ecology",
            "seal outsider",
        ]),
        Phase::Dispatched { legs } | Phase::Handling { legs } => {
            let leg = legs
                .iter()
                .nth(usize::from(choice / 16) % (legs.others.len() + 1))
                .expect("within the legs");
            let verbs = match leg.state {
                LegState::AwaitingSign => ["sign UNIT"; 5],
                LegState::Handling { .. } | LegState::Replied { .. } => [
                    "contact UNIT reached",
                    "contact UNIT missed",
                    "stage UNIT controlled",
                    "reply UNIT solved",
                    "reply UNIT solved unread",
                ],
            };
            pick(&verbs).replace("UNIT", leg.unit.as_str())
        }
        Phase::ReplyReview { .. } => pick(&["audit pass", "audit pass", "audit form", "audit substance"]),
        Phase::CallbackDue {
            callback: Callback::Unsolved { .. },
            ..
        } => pick(&["rework", "supervisor: rework"]),
        Phase::CallbackDue { .. } => pick(&[
            "callback missed",
            "callback solved satisfied",
            "callback unsolved",
        ]),
        Phase::Closed { .. } => pick(&["reopen", "supervisor: reopen", "again phone", "note"]),
    }
}

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
                Some(actor) => format!("{actor}: {line}"),
                None => line.to_owned(),
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
    ) {
        let mut scene = Scene::new();
        step(&mut scene, REGISTRATIONS[registration]).unwrap();
        live(&mut scene, &choices);
        fired_once_and_not_early(&scene);
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
