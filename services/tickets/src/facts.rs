//! What happened, for readers: stable facts by name. No words, no identity, no caller hash.

use domain::ticket::{Accused, CloseKind, Event, Ground, UrgedBy};

/// The facts of an event by stable name.
pub(crate) fn of(event: &Event) -> Vec<(&'static str, String)> {
    match event {
        Event::Registered { channel, classification, source, .. } => {
            let mut facts = vec![("channel", channel.as_str().to_owned()), ("type", classification.kind.as_str().to_owned())];
            facts.extend(source.clone().map(|source| ("source_id", source)));
            facts
        }
        Event::ContactAdded { contact } => vec![
            ("contact", contact.id.to_string()),
            ("channel", contact.channel.as_str().to_owned()),
            ("standing", contact.standing.as_str().to_owned()),
        ],
        Event::AnsweredDirectly { article } => vec![("article", article.clone())],
        Event::Declined { reason } => vec![("reason", reason.as_str().to_owned())],
        Event::TransferStarted { service } | Event::TransferredOut { service } => {
            vec![("service", service.as_str().to_owned())]
        }
        Event::Classified { classification, hold } => {
            let mut facts = vec![
                ("type", classification.kind.as_str().to_owned()),
                ("grade", classification.grade.as_str().to_owned()),
                ("confidence_percent", classification.confidence_percent.to_string()),
            ];
            facts.extend(classification.category.as_ref().map(|category| ("category", category.to_string())));
            facts.extend(classification.area.as_ref().map(|area| ("area", area.to_string())));
            facts.extend(hold.map(|hold| ("hold", hold.as_str().to_owned())));
            facts
        }
        Event::Dispatched { legs, ground } => {
            let units: Vec<&str> = legs.iter().map(|leg| leg.unit.as_str()).collect();
            let mut facts = vec![("lead_unit", units.first().copied().unwrap_or_default().to_owned())];
            if units.len() > 1 {
                facts.push(("co_units", units[1..].join(",")));
            }
            match ground {
                Ground::Entry(entry) => facts.push(("entry", entry.to_string())),
                Ground::Reason => facts.push(("ground", "reason".to_owned())),
            }
            facts
        }
        Event::Urged { by } => {
            let by = match by {
                UrgedBy::Citizen => "citizen",
                UrgedBy::Supervisor => "supervisor",
                UrgedBy::System => "system",
            };
            vec![("by", by.to_owned())]
        }
        Event::Sealed { accused } => match accused {
            Some(Accused::Unit(unit)) => vec![("accused_unit", unit.to_string())],
            Some(Accused::Outsider) => vec![("accused", "outsider".to_owned())],
            None => Vec::new(),
        },
        Event::ReworkOrdered { round } => vec![("round", round.to_string())],
        Event::Reopened { count } => vec![("count", count.to_string())],
        Event::Closed { how } => vec![("close_kind", close_kind(*how))],
        Event::Erased { slot } => vec![("slot", slot.0.to_string())],
        Event::Signed { .. }
        | Event::ContactTried { .. }
        | Event::StageReported { .. }
        | Event::Replied { .. }
        | Event::LegEnded { .. } => of_leg(event),
        Event::AuditPassed { .. } | Event::AuditFailed { .. } | Event::CallbackAnswered { .. } => of_answer(event),
        Event::Escalated { .. } | Event::LevelFired { .. } | Event::ClockStarted { .. } | Event::ClockStopped { .. } => {
            of_clock(event)
        }
        Event::CallbackMissed {} | Event::LinkOpened {} | Event::Recalled {} | Event::Annotated {} | Event::Withdrawn {} => {
            Vec::new()
        }
    }
}

fn of_leg(event: &Event) -> Vec<(&'static str, String)> {
    match event {
        Event::ContactTried { leg, means, reached, made } => vec![
            ("leg", leg.0.to_string()),
            ("means", means.as_str().to_owned()),
            ("reached", reached.to_string()),
            ("made", made.to_string()),
        ],
        Event::StageReported { leg, controlled } => {
            vec![("leg", leg.0.to_string()), ("controlled", controlled.to_string())]
        }
        Event::Replied { leg, claim } => vec![("leg", leg.0.to_string()), ("claim", claim.as_str().to_owned())],
        Event::Signed { leg } | Event::LegEnded { leg } => vec![("leg", leg.0.to_string())],
        _ => Vec::new(),
    }
}

fn of_answer(event: &Event) -> Vec<(&'static str, String)> {
    match event {
        Event::AuditPassed { by_rule } => vec![("by_rule", by_rule.to_string())],
        Event::AuditFailed { fault } => vec![("fault", fault.as_str().to_owned())],
        Event::CallbackAnswered { solved, rating, by_link } => {
            let mut facts = vec![("solved", solved.to_string()), ("by_link", by_link.to_string())];
            facts.extend(rating.map(|rating| ("rating", rating.as_str().to_owned())));
            facts
        }
        _ => Vec::new(),
    }
}

fn of_clock(event: &Event) -> Vec<(&'static str, String)> {
    match event {
        Event::Escalated { level, told, .. } => {
            vec![("level", level.as_str().to_owned()), ("told", names(told))]
        }
        Event::LevelFired { clock, level, due_at, system_was_down, points_tenths, told } => vec![
            ("clock", clock.kind.as_str().to_owned()),
            ("leg", clock.leg.map_or(0, |leg| leg.0).to_string()),
            ("run", clock.run.to_string()),
            ("level", level.as_str().to_owned()),
            ("due_at", due_at.to_string()),
            ("system_was_down", system_was_down.to_string()),
            ("points_tenths", points_tenths.to_string()),
            ("told", names(told)),
        ],
        Event::ClockStarted { run } => vec![
            ("clock", run.kind.as_str().to_owned()),
            ("leg", run.leg.map_or(0, |leg| leg.0).to_string()),
            ("run", run.run.to_string()),
            ("limit", run.limit.to_string()),
            ("due_at", run.due_at.to_string()),
        ],
        Event::ClockStopped { clock } => vec![
            ("clock", clock.kind.as_str().to_owned()),
            ("leg", clock.leg.map_or(0, |leg| leg.0).to_string()),
            ("run", clock.run.to_string()),
        ],
        _ => Vec::new(),
    }
}

fn names(told: &[domain::clock::Addressee]) -> String {
    let names: Vec<&str> = told.iter().map(|one| one.as_str()).collect();
    names.join(",")
}

/// The stable name of how a ticket was closed.
pub(crate) fn close_kind(how: CloseKind) -> String {
    match how {
        CloseKind::Resolved => "resolved".to_owned(),
        CloseKind::Explained => "explained".to_owned(),
        CloseKind::AnsweredDirectly => "answered_directly".to_owned(),
        CloseKind::Declined(reason) => format!("declined_{}", reason.as_str()),
        CloseKind::TransferredOut(service) => format!("transferred_{}", service.as_str()),
        CloseKind::Withdrawn => "withdrawn".to_owned(),
        CloseKind::Unreachable => "unreachable".to_owned(),
    }
}
