//! What happened, for readers: stable facts by name. No words, no identity, no caller hash.

use domain::clock::{Addressee, RunId};
use domain::id::LegId;
use domain::ticket::{Accused, Classification, CloseKind, Event, Ground, Opened, UrgedBy};

/// Facts by stable name.
pub(crate) type Facts = Vec<(&'static str, String)>;

/// The facts of an event.
#[expect(
    clippy::too_many_lines,
    reason = "one line an event: a table, not a procedure"
)]
pub(crate) fn of(event: &Event) -> Facts {
    match event {
        Event::Registered {
            channel,
            classification,
            source,
            ..
        } => {
            let source = source.iter().map(|source| ("source_id", source.clone()));
            [
                fact("channel", channel.as_str()),
                fact("type", classification.kind.as_str()),
            ]
            .into_iter()
            .chain(source)
            .collect()
        }
        Event::ContactAdded { contact } => vec![
            fact("contact", contact.id),
            fact("channel", contact.channel.as_str()),
            fact("standing", contact.standing.as_str()),
        ],
        Event::AnsweredDirectly { article } => vec![fact("article", article)],
        Event::Declined { reason } => vec![fact("reason", reason.as_str())],
        Event::TransferStarted { service } | Event::TransferredOut { service } => {
            vec![fact("service", service.as_str())]
        }
        Event::Classified { classification, hold } => {
            let mut facts = classified(classification);
            facts.extend(hold.map(|hold| fact("hold", hold.as_str())));
            facts
        }
        Event::Dispatched { legs, ground } => dispatched(legs, ground),
        Event::Signed { leg } | Event::LegEnded { leg } => vec![fact("leg", leg.0)],
        Event::ContactTried {
            leg,
            means,
            reached,
            made,
        } => {
            vec![
                fact("leg", leg.0),
                fact("means", means.as_str()),
                fact("reached", reached),
                fact("made", made),
            ]
        }
        Event::StageReported { leg, controlled } => vec![fact("leg", leg.0), fact("controlled", controlled)],
        Event::Replied { leg, claim } => vec![fact("leg", leg.0), fact("claim", claim.as_str())],
        Event::AuditPassed { by_rule } => vec![fact("by_rule", by_rule)],
        Event::AuditFailed { fault } => vec![fact("fault", fault.as_str())],
        Event::CallbackAnswered {
            solved,
            rating,
            by_link,
        } => {
            let rating = rating.iter().map(|rating| fact("rating", rating.as_str()));
            [fact("solved", solved), fact("by_link", by_link)]
                .into_iter()
                .chain(rating)
                .collect()
        }
        Event::ReworkOrdered { round } => vec![fact("round", round)],
        Event::Urged { by } => vec![fact("by", urged_by(*by))],
        Event::Sealed { accused } => accused.iter().map(accused_fact).collect(),
        Event::Escalated { level, told, .. } => {
            vec![fact("level", level.as_str()), fact("told", names(told))]
        }
        Event::LevelFired {
            clock,
            level,
            due_at,
            system_was_down,
            points_tenths,
            told,
        } => {
            let mut facts = run(*clock);
            facts.extend([
                fact("level", level.as_str()),
                fact("due_at", due_at),
                fact("told", names(told)),
            ]);
            facts.extend([
                fact("system_was_down", system_was_down),
                fact("points_tenths", points_tenths),
            ]);
            facts
        }
        Event::Reopened { count } => vec![fact("count", count)],
        Event::Closed { how } => vec![fact("close_kind", close_kind(*how))],
        Event::ClockStarted { run: started } => {
            let mut facts = run(started.id());
            facts.extend([fact("limit", started.limit), fact("due_at", started.due_at)]);
            facts
        }
        Event::ClockStopped { clock } => run(*clock),
        Event::Erased { slot } => vec![fact("slot", slot.0)],
        Event::CallbackMissed {}
        | Event::LinkOpened {}
        | Event::Recalled {}
        | Event::Annotated {}
        | Event::Withdrawn {} => Facts::new(),
    }
}

fn fact(name: &'static str, value: impl ToString) -> (&'static str, String) {
    (name, value.to_string())
}

fn classified(class: &Classification) -> Facts {
    let mut facts = vec![
        fact("type", class.kind.as_str()),
        fact("grade", class.grade.as_str()),
    ];
    facts.push(fact("confidence_percent", class.confidence_percent));
    facts.extend(class.category.iter().map(|category| fact("category", category)));
    facts.extend(class.area.iter().map(|area| fact("area", area)));
    facts
}

fn dispatched(legs: &[Opened], ground: &Ground) -> Facts {
    let units: Vec<&str> = legs.iter().map(|leg| leg.unit.as_str()).collect();
    let mut facts = vec![fact("lead_unit", units.first().copied().unwrap_or_default())];
    if units.len() > 1 {
        facts.push(fact("co_units", units[1..].join(",")));
    }
    facts.push(match ground {
        Ground::Entry(entry) => fact("entry", entry),
        Ground::Reason => fact("ground", "reason"),
    });
    facts
}

fn accused_fact(accused: &Accused) -> (&'static str, String) {
    match accused {
        Accused::Unit(unit) => fact("accused_unit", unit),
        Accused::Outsider => fact("accused", "outsider"),
    }
}

fn urged_by(by: UrgedBy) -> &'static str {
    match by {
        UrgedBy::Citizen => "citizen",
        UrgedBy::Supervisor => "supervisor",
        UrgedBy::System => "system",
    }
}

fn run(clock: RunId) -> Facts {
    let leg = clock.leg.map_or(0, |LegId(leg)| leg);
    vec![
        fact("clock", clock.kind.as_str()),
        fact("leg", leg),
        fact("run", clock.run),
    ]
}

fn names(told: &[Addressee]) -> String {
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
