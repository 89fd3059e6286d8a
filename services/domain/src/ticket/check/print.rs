//! What a clerk would read.

use super::Scene;
use crate::clock::{Addressee, Level, light_of};
use crate::refusal::Refusal;
use crate::ticket::{Accused, CloseKind, Event, Holder, Opened, Ticket};

pub(super) fn refusal(refusal: &Refusal) -> String {
    let facts: Vec<String> = refusal.facts.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
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
        Holder::Citizen => "resident".to_owned(),
        Holder::Nobody => "nobody".to_owned(),
    };
    let level = ticket.level.map_or("no level".to_owned(), |level| level_name(level).to_owned());
    let light = light_of(ticket, scene.now).as_str();
    format!("{}: {holder}, light {light}, {level}{}\n", ticket.phase.name().as_str(), points(ticket.points_tenths))
}

fn points(tenths: u16) -> String {
    match tenths {
        0 => String::new(),
        tenths => format!(", {}.{} points", tenths / 10, tenths % 10),
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::L0 => "L0",
        Level::L1 => "L1",
        Level::L2 => "L2",
        Level::L3 => "L3",
    }
}

fn told_to(told: &[Addressee]) -> String {
    told.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
}

fn event_line<'a>(scene: &Scene, event: &'a Event) -> (&'a str, String) {
    let leg = |leg: &crate::id::LegId| scene.units.get(leg).map(ToString::to_string).unwrap_or_default();
    let text = match event {
        Event::ClockStarted { run } => {
            let name = scene.clock_name(run.kind, run.leg);
            let mend = run.mending.map(|mending| format!(" (to mend by {})", scene.local(mending.until)));
            return ("runs", format!("{name} {}{}", scene.local(run.due_at), mend.unwrap_or_default()));
        }
        Event::ClockStopped { clock } => return ("stops", scene.clock_name(clock.kind, clock.leg)),
        Event::LevelFired { clock, level, system_was_down, points_tenths, told, .. } => {
            let name = scene.clock_name(clock.kind, clock.leg);
            let down = if *system_was_down { ", system was down" } else { "" };
            let text = format!("{name} {}{down}: {}{}", level_name(*level), told_to(told), points(*points_tenths));
            return ("fires", text);
        }
        Event::Registered { classification, .. } | Event::Classified { classification, .. } => {
            let category = classification.category.as_ref().map_or("-", |category| category.as_str());
            format!("{} {} {category}", classification.kind.as_str(), classification.grade.as_str())
        }
        Event::Dispatched { legs, .. } => legs.iter().map(|one: &Opened| one.unit.as_str()).collect::<Vec<_>>().join(", "),
        Event::Signed { leg: id } | Event::Replied { leg: id, .. } | Event::LegEnded { leg: id } => leg(id),
        Event::StageReported { leg: id, controlled } => {
            format!("{}{}", leg(id), if *controlled { ", controlled" } else { "" })
        }
        Event::ContactTried { leg: id, made, .. } => format!("{}{}", leg(id), if *made { ", made" } else { "" }),
        Event::AuditPassed { by_rule: true } => "by rule".to_owned(),
        Event::AuditFailed { fault } => fault.as_str().to_owned(),
        Event::CallbackAnswered { solved, rating, .. } => {
            let solved = if *solved { "solved" } else { "unsolved" };
            rating.map_or(solved.to_owned(), |rating| format!("{solved}, {}", rating.as_str()))
        }
        Event::ReworkOrdered { round } => format!("round {round}"),
        Event::Escalated { level, told, points_tenths, .. } => {
            format!("{}: {}{}", level_name(*level), told_to(told), points(*points_tenths))
        }
        Event::Sealed { accused } => match accused {
            Some(Accused::Unit(unit)) => format!("against {unit}"),
            Some(Accused::Outsider) => "against an outsider".to_owned(),
            None => String::new(),
        },
        Event::Closed { how } => close_kind(*how),
        Event::ContactAdded { .. }
        | Event::AnsweredDirectly { .. }
        | Event::Declined { .. }
        | Event::TransferStarted { .. }
        | Event::TransferredOut { .. }
        | Event::AuditPassed { .. }
        | Event::CallbackMissed {}
        | Event::LinkOpened {}
        | Event::Urged { .. }
        | Event::Recalled {}
        | Event::Annotated {}
        | Event::Withdrawn {}
        | Event::Reopened { .. }
        | Event::Erased { .. } => String::new(),
    };
    (event.name(), text)
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
    }
}
