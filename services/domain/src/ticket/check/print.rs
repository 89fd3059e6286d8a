//! What a clerk would read.

use super::Scene;
use crate::clock::{Addressee, Level, Mending, light_of};
use crate::id::{CategoryId, LegId, UnitId};
use crate::refusal::Refusal;
use crate::ticket::{Accused, CloseKind, Event, Holder, Ticket};

pub(super) fn refusal(refusal: &Refusal) -> String {
    let facts: Vec<String> = refusal
        .facts
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let facts = if facts.is_empty() {
        String::new()
    } else {
        format!(" ({})", facts.join(", "))
    };
    format!("refused {}{facts}", refusal.reason.as_str())
}

/// The events of one command: clocks that start or stop together stand on one line.
pub(super) fn events(scene: &Scene, events: &[Event], is_told: bool) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for event in events {
        let (head, text) = event_line(scene, event);
        match lines.last_mut() {
            Some((before, so_far)) if *before == head && matches!(head, "runs" | "stops") => {
                so_far.push_str(", ");
                so_far.push_str(&text);
            }
            _ => lines.push((head, text)),
        }
    }
    let line = |(head, text): (&str, String)| match (is_told, head) {
        (false, "fires") => format!("{} {text}\n", scene.local(scene.now)),
        _ => format!("    {head} {text}").trim_end().to_owned() + "\n",
    };
    lines.into_iter().map(line).collect()
}

/// Where the ticket stands at the end of a script.
pub(super) fn standing(scene: &Scene, ticket: &Ticket) -> String {
    let holder = match ticket.holder() {
        Holder::TriageDesk => "triage desk".to_owned(),
        Holder::Unit(unit) => unit.to_string(),
        Holder::AuditDesk => "audit desk".to_owned(),
        Holder::CallbackDesk => "callback desk".to_owned(),
        Holder::SupervisorDesk => "supervisors".to_owned(),
        Holder::Arbiter => "arbiter".to_owned(),
        Holder::CityOffice => "city office".to_owned(),
        Holder::Citizen => "resident".to_owned(),
        Holder::Incident(number) => format!("incident {number}"),
        Holder::Nobody => "nobody".to_owned(),
    };
    let level = ticket
        .level
        .map_or("no level".to_owned(), |level| level.as_str().to_uppercase());
    let light = light_of(ticket, scene.now).as_str();
    format!(
        "{}: {holder}, light {light}, {level}{}\n",
        ticket.phase.name().as_str(),
        points(ticket.points_tenths)
    )
}

fn points(tenths: u16) -> String {
    match tenths {
        0 => String::new(),
        tenths => format!(", {}.{} points", tenths / 10, tenths % 10),
    }
}

fn event_line<'a>(scene: &Scene, event: &'a Event) -> (&'a str, String) {
    if let Event::ClockStarted { run } = event {
        let name = scene.clock_name(run.kind, run.leg);
        let mend = |mending: Mending| format!(" (to mend by {})", scene.local(mending.until));
        let mending = run.mending.map(mend).unwrap_or_default();
        return ("runs", format!("{name} {}{mending}", scene.local(run.due_at)));
    }
    if let Event::ClockStopped { clock } = event {
        return ("stops", scene.clock_name(clock.kind, clock.leg));
    }
    if let Event::LevelFired {
        clock,
        level,
        system_was_down,
        told,
        points_tenths,
        ..
    } = event
    {
        let name = scene.clock_name(clock.kind, clock.leg);
        let down = if *system_was_down { ", system was down" } else { "" };
        return (
            "fires",
            format!("{name} {}", reached(*level, down, told, *points_tenths)),
        );
    }
    (event.name(), detail(scene, event))
}

fn reached(level: Level, how: &str, told: &[Addressee], points_tenths: u16) -> String {
    let told: Vec<&str> = told.iter().map(|one| one.as_str()).collect();
    let level = level.as_str().to_uppercase();
    format!("{level}{how}: {}{}", told.join(", "), points(points_tenths))
}

/// What follows the name of an event; most names say it all.
#[expect(
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    reason = "one line an event, and most need no more words than their name"
)]
fn detail(scene: &Scene, event: &Event) -> String {
    let leg = |leg: &LegId| scene.units.get(leg).map(ToString::to_string).unwrap_or_default();
    let when = |fits: bool, text: &'static str| if fits { text } else { "" };
    match event {
        Event::Registered { classification, .. } | Event::Classified { classification, .. } => {
            let category = classification.category.as_ref().map_or("-", CategoryId::as_str);
            let (kind, grade) = (classification.kind.as_str(), classification.grade.as_str());
            format!("{kind} {grade} {category}")
        }
        Event::Dispatched { legs, .. } => {
            let units: Vec<&str> = legs.iter().map(|one| one.unit.as_str()).collect();
            units.join(", ")
        }
        Event::Signed { leg: id }
        | Event::Replied { leg: id, .. }
        | Event::LegEnded { leg: id }
        | Event::LegExcused { leg: id }
        | Event::ReturnApproved { leg: id }
        | Event::ReturnRefused { leg: id, .. }
        | Event::ExtensionRefused { leg: id }
        | Event::CitizenAsked { leg: id }
        | Event::SuspensionRefused { leg: id }
        | Event::TerminationRefused { leg: id } => leg(id),
        Event::Endorsed { leg: id, act } => format!("{} {}", leg(id), act.as_str()),
        Event::ConsultStarted { units } => {
            let units: Vec<&str> = units.iter().map(UnitId::as_str).collect();
            units.join(", ")
        }
        Event::OpinionGiven { unit, takes_it } => {
            format!("{unit}{}", if *takes_it { " takes it" } else { " does not" })
        }
        Event::SplitOff { into } => format!("{} parts", into.len()),
        Event::SubAssigned { opened, .. } => opened.unit.to_string(),
        Event::ReturnRequested {
            leg: id,
            reason,
            suggested,
            ruling,
        } => {
            let to = suggested.as_ref().map(|unit| format!(", to {unit}"));
            let (to, desk) = (to.unwrap_or_default(), when(*ruling, ", to be ruled on"));
            format!("{} {}{to}{desk}", leg(id), reason.as_str())
        }
        Event::Ruled { unit, .. } | Event::UnitRecused { unit } => unit.to_string(),
        Event::EntryDecided { entry } => entry.as_ref().map_or("declined", |_| "accepted").to_owned(),
        Event::ExtensionRequested { leg: id, days, again } => {
            format!("{} {days} wd{}", leg(id), when(*again, ", again"))
        }
        Event::ExtensionGranted { leg: id, days } => format!("{} {days} wd", leg(id)),
        Event::SuspensionRequested { leg: id, ground, .. } => format!("{} {}", leg(id), ground.as_str()),
        Event::Suspended { promise, .. } => format!(
            "{}, check {}, until {}",
            promise.ground.as_str(),
            scene.local(promise.check_at),
            scene.local(promise.until)
        ),
        Event::PromiseChecked { next_at } => format!("next {}", scene.local(*next_at)),
        Event::TerminationRequested { leg: id, ground } => format!("{} {}", leg(id), ground.as_str()),
        Event::DeadlineAsked { reached, .. } => when(!reached, "nobody answered").to_owned(),
        Event::ReviewDecided { duty_done, .. } => when(*duty_done, "duty done").to_owned(),
        Event::ObjectionDecided { upheld } => when(*upheld, "upheld").to_owned(),
        Event::OrderIssued {
            order, unit, due_at, ..
        } => {
            format!("{order} to {unit} by {}", scene.local(*due_at))
        }
        Event::OrderAnswered { order } => order.to_string(),
        Event::ExclusionRequested { ground } | Event::Excluded { ground } => ground.as_str().to_owned(),
        Event::MergedInto { into } => into.to_string(),
        Event::ChildMerged { child, .. }
        | Event::ChildUnmerged { child }
        | Event::ChildJoined { child, .. } => child.to_string(),
        Event::Unmerged { from } => from.to_string(),
        Event::Rejoined { opened, .. } => opened.unit.to_string(),
        Event::StageReported { leg: id, controlled } => leg(id) + when(*controlled, ", controlled"),
        Event::ContactTried { leg: id, made, .. } => leg(id) + when(*made, ", made"),
        Event::AuditPassed { by_rule } => when(*by_rule, "by rule").to_owned(),
        Event::AuditFailed { fault, items } => {
            let items = items.iter().map(|item| format!(", {}", item.as_str()));
            items.fold(fault.as_str().to_owned(), |line, item| line + &item)
        }
        Event::CallbackAnswered { solved, rating, .. } => {
            let rating = rating
                .map(|rating| format!(", {}", rating.as_str()))
                .unwrap_or_default();
            format!("{}solved{rating}", when(!solved, "un"))
        }
        Event::ReworkOrdered { round } => format!("round {round}"),
        Event::Escalated {
            level,
            told,
            points_tenths,
            unit,
            ..
        } => {
            let about = unit.as_ref().map(|unit| format!(" about {unit}"));
            reached(*level, &about.unwrap_or_default(), told, *points_tenths)
        }
        Event::LevelProposed { level, cause, unit } => {
            let about = unit
                .as_ref()
                .map(|unit| format!(" about {unit}"))
                .unwrap_or_default();
            format!("{} for {}{about}", level.as_str().to_uppercase(), cause.as_str())
        }
        Event::ProposalDecided { approved } => when(*approved, "approved").to_owned(),
        Event::Sealed {
            accused: Some(accused),
        } => match accused {
            Accused::Unit(unit) => format!("against {unit}"),
            Accused::Outsider => "against an outsider".to_owned(),
        },
        Event::Closed { how } => close_kind(*how),
        _ => String::new(),
    }
}

fn close_kind(how: CloseKind) -> String {
    match how {
        CloseKind::Resolved => "resolved".to_owned(),
        CloseKind::Explained => "explained".to_owned(),
        CloseKind::AnsweredDirectly => "answered directly".to_owned(),
        CloseKind::Declined(reason) => format!("declined {}", reason.as_str()),
        CloseKind::TransferredOut(service) => format!("transferred to {}", service.as_str()),
        CloseKind::Withdrawn => "withdrawn".to_owned(),
        CloseKind::Unreachable => "unreachable".to_owned(),
        CloseKind::Terminated(ground) => format!("terminated {}", ground.as_str()),
    }
}
