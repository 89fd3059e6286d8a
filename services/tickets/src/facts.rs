//! What happened, for readers: stable facts by name. No words, no identity, no caller hash.

use domain::clock::{Addressee, RunId};
use domain::id::{LegId, TicketNumber, UnitId};
use domain::ticket::{
    Accused, Classification, CloseKind, Event, Ground, LegRole, Opened, Promise, Recorded, UrgedBy,
};

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
            split_from,
            ..
        } => {
            let source = source.iter().map(|source| ("source_id", source.clone()));
            let split = split_from.iter().map(|split| fact("split_from", split.number));
            let category = classification
                .category
                .iter()
                .map(|category| fact("category", category));
            [
                fact("channel", channel.as_str()),
                fact("type", classification.kind.as_str()),
            ]
            .into_iter()
            .chain(category)
            .chain(source)
            .chain(split)
            .collect()
        }
        Event::ContactAdded { contact } => vec![
            fact("contact", contact.id),
            fact("channel", contact.channel.as_str()),
            fact("standing", contact.standing.as_str()),
        ],
        Event::AnsweredDirectly { article } => vec![fact("article", article)],
        Event::Declined { reason, .. } => vec![fact("reason", reason.as_str())],
        Event::TransferStarted { service } | Event::TransferredOut { service } => {
            vec![fact("service", service.as_str())]
        }
        Event::Classified { classification, hold } => {
            let mut facts = classified(classification);
            facts.extend(hold.map(|hold| fact("hold", hold.as_str())));
            facts
        }
        Event::Dispatched { legs, ground, .. } => dispatched(legs, ground),
        Event::Signed { leg }
        | Event::LegEnded { leg }
        | Event::LegExcused { leg }
        | Event::ReturnApproved { leg }
        | Event::ReturnRefused { leg, .. }
        | Event::ExtensionRefused { leg }
        | Event::CitizenAsked { leg }
        | Event::SuspensionRefused { leg }
        | Event::TerminationRefused { leg } => vec![fact("leg", leg.0)],
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
        Event::Replied { leg, claim, signed } => vec![
            fact("leg", leg.0),
            fact("claim", claim.as_str()),
            fact("signed", signed),
        ],
        Event::AuditPassed { by_rule } => vec![fact("by_rule", by_rule)],
        Event::AuditFailed { fault, items } => {
            let items: Vec<&str> = items.iter().map(|item| item.as_str()).collect();
            let mut facts = vec![fact("fault", fault.as_str())];
            facts.extend((!items.is_empty()).then(|| fact("items", items.join(","))));
            facts
        }
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
        Event::Escalated {
            level,
            cause,
            told,
            points_tenths,
            unit,
        } => {
            let mut facts = vec![
                fact("level", level.as_str()),
                fact("cause", cause.as_str()),
                fact("told", names(told)),
                fact("points_tenths", points_tenths),
            ];
            facts.extend(unit.iter().map(|unit| fact("unit", unit)));
            facts
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
        Event::ConsultStarted { units } => vec![fact("units", codes(units))],
        Event::OpinionGiven { unit, takes_it } => vec![fact("unit", unit), fact("takes_it", takes_it)],
        Event::SplitOff { into } => vec![fact("into", numbers(into))],
        Event::SubAssigned { opened, under } => {
            let mut facts = leg_opened(opened);
            facts.push(fact("under", under.0));
            facts
        }
        Event::Endorsed { leg, act } => vec![fact("leg", leg.0), fact("act", act.as_str())],
        Event::ReturnRequested {
            leg,
            reason,
            suggested,
            ruling,
        } => {
            let mut facts = vec![fact("leg", leg.0), fact("reason", reason.as_str())];
            facts.extend(suggested.iter().map(|unit| fact("suggested_unit", unit)));
            facts.push(fact("ruling", ruling));
            facts
        }
        Event::Ruled { leg, unit, proposes } => vec![
            fact("leg", leg.0),
            fact("unit", unit),
            fact("proposes_entry", proposes),
        ],
        Event::EntryDecided { entry } => {
            let mut facts = vec![fact("accepted", entry.is_some())];
            facts.extend(entry.iter().map(|entry| fact("entry", entry)));
            facts
        }
        Event::ExtensionRequested { leg, days, again } => vec![
            fact("leg", leg.0),
            fact("working_days", days),
            fact("again", again),
        ],
        Event::ExtensionGranted { leg, days } => vec![fact("leg", leg.0), fact("working_days", days)],
        Event::SuspensionRequested {
            leg,
            ground,
            owner,
            check_at,
            until,
        } => vec![
            fact("leg", leg.0),
            fact("ground", ground.as_str()),
            fact("owner", owner),
            fact("check_at", check_at),
            fact("until", until),
        ],
        Event::Suspended { leg, promise } => suspended(*leg, promise),
        Event::PromiseChecked { next_at } => vec![fact("next_at", next_at)],
        Event::TerminationRequested { leg, ground } => {
            vec![fact("leg", leg.0), fact("ground", ground.as_str())]
        }
        Event::Terminated { ground } => vec![fact("ground", ground.as_str())],
        Event::DeadlineAsked { reached, rating } => {
            let mut facts = vec![fact("reached", reached)];
            facts.extend(rating.map(|rating| fact("rating", rating.as_str())));
            facts
        }
        Event::ReviewDecided { duty_done, panel } => {
            let panel: Vec<&str> = panel.iter().map(|holder| holder.as_str()).collect();
            vec![fact("duty_done", duty_done), fact("panel", panel.join(","))]
        }
        Event::ObjectionDecided { upheld } => vec![fact("upheld", upheld)],
        Event::OrderIssued {
            order, unit, due_at, ..
        } => {
            vec![fact("order", order), fact("unit", unit), fact("due_at", due_at)]
        }
        Event::LevelProposed { level, cause, unit } => {
            let mut facts = vec![fact("level", level.as_str()), fact("cause", cause.as_str())];
            facts.extend(unit.iter().map(|unit| fact("unit", unit)));
            facts
        }
        Event::ProposalDecided { approved } => vec![fact("approved", approved)],
        Event::OrderAnswered { order } => vec![fact("order", order)],
        Event::ExclusionRequested { ground } | Event::Excluded { ground } => {
            vec![fact("ground", ground.as_str())]
        }
        Event::UnitRecused { unit } => vec![fact("unit", unit)],
        Event::MergedInto { into } => vec![fact("into", into)],
        Event::ChildMerged { child, .. }
        | Event::ChildJoined { child, .. }
        | Event::ChildUnmerged { child } => vec![fact("child", child)],
        Event::Unmerged { from } => vec![fact("from", from)],
        Event::Rejoined { opened, claim } => {
            let mut facts = leg_opened(opened);
            facts.push(fact("claim", claim.as_str()));
            facts
        }
        Event::CallbackMissed {}
        | Event::LinkOpened {}
        | Event::Recalled {}
        | Event::Annotated {}
        | Event::Withdrawn {}
        | Event::Rederived {}
        | Event::Redispatched {}
        | Event::CitizenReplied {}
        | Event::WaitRanOut {}
        | Event::Resumed {}
        | Event::ReviewRequested {}
        | Event::Objected {}
        | Event::ExclusionReviewed {}
        | Event::ExclusionRefused {} => Facts::new(),
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
        Ground::Return => fact("ground", "return"),
        Ground::Ruling => fact("ground", "ruling"),
    });
    facts
}

fn leg_opened(opened: &Opened) -> Facts {
    vec![
        fact("leg", opened.leg.0),
        fact("unit", &opened.unit),
        fact("role", role(opened.role)),
    ]
}

fn suspended(leg: LegId, promise: &Promise) -> Facts {
    vec![
        fact("leg", leg.0),
        fact("ground", promise.ground.as_str()),
        fact("owner", &promise.owner),
        fact("check_at", promise.check_at),
        fact("until", promise.until),
    ]
}

fn codes(units: &[UnitId]) -> String {
    let codes: Vec<&str> = units.iter().map(UnitId::as_str).collect();
    codes.join(",")
}

fn numbers(numbers: &[TicketNumber]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(",")
}

/// The stable name of what a unit does for a ticket.
pub(crate) fn role(role: LegRole) -> &'static str {
    match role {
        LegRole::Lead => "lead",
        LegRole::Co => "co",
        LegRole::Step => "step",
    }
}

/// The other tickets that some facts name.
pub(crate) fn others_in<'a>(recorded: impl Iterator<Item = &'a Recorded>) -> Vec<TicketNumber> {
    recorded
        .flat_map(|recorded| others(&recorded.fact.event))
        .copied()
        .collect()
}

/// The tickets that the proofs of dispatches call similar.
pub(crate) fn similar_in<'a>(recorded: impl Iterator<Item = &'a Recorded>) -> Vec<TicketNumber> {
    let similar = |recorded: &'a Recorded| {
        let Event::Dispatched { proof, .. } = &recorded.fact.event else {
            return [].as_slice();
        };
        proof.as_ref().map_or(&[][..], |proof| proof.similar.as_slice())
    };
    let mut named: Vec<TicketNumber> = recorded.flat_map(similar).copied().collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// The names of facts that name another ticket.
pub(crate) const OTHERS: [&str; 4] = ["into", "from", "child", "split_from"];

/// The other tickets an event names: who may not see one of them is not told of it.
pub(crate) fn others(event: &Event) -> &[TicketNumber] {
    use std::slice::from_ref;
    if let Event::SplitOff { into } = event {
        return into;
    }
    if let Event::MergedInto { into: other }
    | Event::Unmerged { from: other }
    | Event::ChildMerged { child: other, .. }
    | Event::ChildJoined { child: other, .. }
    | Event::ChildUnmerged { child: other } = event
    {
        return from_ref(other);
    }
    if let Event::Registered {
        split_from: Some(split),
        ..
    } = event
    {
        return from_ref(&split.number);
    }
    &[]
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
        CloseKind::Terminated(ground) => format!("terminated_{}", ground.as_str()),
    }
}
