//! Between the contract and the domain, and nowhere else.

use domain::clock::{Kind, Level};
use domain::id::UnitId;
use domain::rules::{Rules, UnitClass};
use domain::scoring;
use domain::ticket::Outcome;
use jiff::Timestamp;
use kit::fault::Fault;
use kit::wire::{self, missing, optional, required, timestamp};
use proto::common::v1 as common;
use proto::insight::v1 as pb;
use proto::tickets::v1 as tickets;

use crate::board::{Figures, Shown};
use crate::row::{Lead, LegClock, Overdue, Seen};
use crate::view::Query;

/// Which units are asked for.
pub(crate) fn query(request: &pb::GetBoardRequest) -> Result<Query, Fault> {
    let class = match request.unit_class.as_str() {
        "" => None,
        text => Some(class(text).ok_or_else(|| {
            Fault::invalid(
                "unit_class",
                "unit_class 须为 districts、streets、departments 或 utilities",
                "unit_class: districts, streets, departments or utilities",
            )
        })?),
    };
    Ok(Query {
        unit: wire::optional_unit("unit", &request.unit)?,
        class,
    })
}

const CLASSES: [(UnitClass, &str, &str); 4] = [
    (UnitClass::District, "district", "districts"),
    (UnitClass::Street, "street", "streets"),
    (UnitClass::Department, "department", "departments"),
    (UnitClass::Utility, "utility", "utilities"),
];

fn class(text: &str) -> Option<UnitClass> {
    CLASSES
        .into_iter()
        .find(|(_, one, all)| *one == text || *all == text)
        .map(|(class, _, _)| class)
}

fn class_name(class: UnitClass) -> &'static str {
    CLASSES
        .into_iter()
        .find(|(one, _, _)| *one == class)
        .map_or("", |(_, name, _)| name)
}

/// The board: by class, then by code; units the rules do not have any more last, by their codes.
pub(crate) fn board(shown: &Shown, rules: &Rules) -> pb::GetBoardResponse {
    let mut units: Vec<&(UnitId, Figures)> = shown.units.iter().collect();
    let class = |code: &UnitId| rules.units.get(code).map(|unit| unit.class);
    units.sort_by_cached_key(|(code, _)| (class(code).is_none(), class(code), code.clone()));
    let named = |(code, figures): &(UnitId, Figures)| {
        let unit = rules.units.get(code);
        pb::BoardRow {
            unit: code.to_string(),
            name: unit.map_or_else(|| code.to_string(), |unit| unit.zh.clone()),
            unit_class: unit.map_or("", |unit| class_name(unit.class)).to_owned(),
            ..row(figures)
        }
    };
    pb::GetBoardResponse {
        rows: units.into_iter().map(named).collect(),
        total: Some(row(&shown.total)),
        as_of_time: shown.as_of.map(timestamp),
        waiting_for_triage: shown.waiting,
    }
}

fn row(figures: &Figures) -> pb::BoardRow {
    pb::BoardRow {
        unit: String::new(),
        name: String::new(),
        unit_class: String::new(),
        open: figures.open,
        yellow: figures.yellow,
        red: figures.red,
        done: figures.done,
        late: figures.late,
        response: Some(rate(figures.response)),
        solved: Some(rate(figures.solved)),
        satisfied: Some(rate(figures.satisfied)),
        level: figures.level.map(Level::as_str).unwrap_or_default().to_owned(),
    }
}

fn rate(rate: scoring::Rate) -> pb::Rate {
    let (low_percent, high_percent) = rate.wilson_percent();
    pb::Rate {
        part: rate.part,
        whole: rate.whole,
        percent: rate.percent(),
        low_percent,
        high_percent,
    }
}

/// A change of the feed: the ticket, what it reports as overdue, and when. None without a ticket.
pub(crate) fn seen(change: &tickets::TicketChange) -> Result<Option<(Seen, Vec<Overdue>, Timestamp)>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    let at = wire::optional_instant("event_time", last.event_time.as_ref())?;
    // The events of a change are of one time.
    let at = at.ok_or_else(|| missing("event_time"))?;
    let overdue = change.events.iter().filter_map(|event| overdue(event, at));
    Ok(Some((ticket_seen(ticket)?, overdue.collect(), at)))
}

/// A level of a leg's clock that fires once that is past due.
fn overdue(event: &tickets::TicketEvent, fired_at: Timestamp) -> Option<Overdue> {
    let fact = |name: &str| event.facts.get(name).map(String::as_str);
    let is_overdue = event.kind == "level_fired" && fact("level").and_then(Level::parse) >= Some(Level::L1);
    Some(Overdue {
        leg: fact("leg").filter(|_| is_overdue)?.parse().ok()?,
        kind: fact("clock").and_then(Kind::parse)?,
        fired_at,
        is_excused: fact("system_was_down") == Some("true"),
    })
}

fn ticket_seen(ticket: &tickets::Ticket) -> Result<Seen, Fault> {
    let outcome = |outcome: &tickets::Outcome| {
        Ok::<_, Fault>(Outcome {
            solved: outcome.solved,
            rating: optional("rating", outcome.rating)?,
        })
    };
    let lead = ticket.legs.iter().find(|leg| leg.lead);
    Ok(Seen {
        number: wire::number(&ticket.number)?,
        version: ticket.version,
        phase: required("phase", ticket.phase)?,
        kind: required("type", ticket.r#type)?,
        is_sealed: ticket.sealed,
        accused: accused(ticket.accused.as_ref())?,
        level: optional("level", ticket.level)?,
        lead: lead.map(|leg| lead_seen(leg, &ticket.clocks)).transpose()?,
        outcome: ticket.outcome.as_ref().map(outcome).transpose()?,
        is_left_out: is_left_out(ticket),
    })
}

fn is_left_out(ticket: &tickets::Ticket) -> bool {
    let is_excluded = ticket
        .exclusion
        .as_ref()
        .is_some_and(|one| one.state == "granted");
    is_excluded || !ticket.merged_into.is_empty()
}

fn accused(accused: Option<&common::Accused>) -> Result<Option<UnitId>, Fault> {
    use common::accused::Who;
    match accused.and_then(|accused| accused.who.as_ref()) {
        Some(Who::Unit(unit)) => wire::unit("accused", unit).map(Some),
        Some(Who::Outsider(_)) | None => Ok(None),
    }
}

fn lead_seen(leg: &tickets::Leg, clocks: &[tickets::Clock]) -> Result<Lead, Fault> {
    let own = clocks.iter().filter(|clock| clock.leg == leg.leg);
    Ok(Lead {
        leg: u16::try_from(leg.leg).map_err(|_| missing("leg"))?,
        unit: wire::unit("unit", &leg.unit)?,
        is_contact_needed: leg.contact_needed,
        has_replied: leg.reply_time.is_some(),
        signed_at: wire::optional_instant("sign_time", leg.sign_time.as_ref())?,
        contacted_at: wire::optional_instant("contact_time", leg.contact_time.as_ref())?,
        clocks: own.map(clock).collect::<Result<_, _>>()?,
    })
}

fn clock(clock: &tickets::Clock) -> Result<LegClock, Fault> {
    let instant = |field: &'static str, time: Option<&prost_types::Timestamp>| {
        wire::optional_instant(field, time)?.ok_or_else(|| missing(field))
    };
    Ok(LegClock {
        kind: required("kind", clock.kind)?,
        yellow_at: instant("yellow_time", clock.yellow_time.as_ref())?,
        due_at: instant("due_time", clock.due_time.as_ref())?,
        stopped_at: wire::optional_instant("stop_time", clock.stop_time.as_ref())?,
    })
}

#[cfg(test)]
mod tests;
