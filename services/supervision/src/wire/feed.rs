//! What tickets says: the feed, what is due, tickets as the caller is shown them.

use std::sync::Arc;

use domain::clock::{Addressee, Kind, Level};
use domain::id::{TicketNumber, UnitId};
use domain::ticket::{Cause, Grade};
use jiff::Timestamp;
use kit::fault::Fault;
use kit::wire::{self, ClosedSet as _, missing, optional, required, timestamp};
use proto::common::v1::{ClockDoubt, MachineClock};
use proto::tickets::v1 as pb;

use crate::escalations::Run;
use crate::fire::Due;
use crate::hidden::Hidden;
use crate::limits::{DUE_PAGE, HISTORY_PAGE};
use crate::open_tickets::Rank;
use crate::projection::{
    About, ClockSeen, Dispatch, Dispatches, Happened, LegSeen, OrderSeen, Reached, Seen, TicketSeen,
};
use crate::rejoin::{Merging, Telling};
use crate::repeated::{Given, Proposing};
use crate::service::{Proposal, Visible};

/// Asks what is due by the time of tickets, at the latest at an instant; with a token for what is due later than a page
/// before. `fires`: what was due before could be fired.
pub(crate) fn due_clocks(
    until: Option<Timestamp>,
    page_token: String,
    fires: bool,
) -> pb::ListDueClocksRequest {
    pb::ListDueClocksRequest {
        before_time: until.map(timestamp),
        page_size: DUE_PAGE,
        page_token,
        fires,
    }
}

/// Asks for as little of what is due as there is, for what comes with it.
pub(crate) fn first_due_clock() -> pb::ListDueClocksRequest {
    pb::ListDueClocksRequest {
        page_size: 1,
        ..pb::ListDueClocksRequest::default()
    }
}

/// A page of what is due.
#[derive(Debug)]
pub(crate) struct DuePage {
    /// In due order.
    pub(crate) due: Vec<Due>,
    /// When the earliest level that is not due yet fires.
    pub(crate) next: Option<Timestamp>,
    /// The time by which it is due.
    pub(crate) now: Timestamp,
    /// What that time rests on.
    pub(crate) clock: Option<MachineClock>,
    /// What was due clearly before is late because the system was down.
    pub(crate) up_since: Timestamp,
    /// For the next page; empty at the end.
    pub(crate) next_token: String,
}

impl DuePage {
    /// Whether tickets doubts the clock it is due by.
    pub(crate) fn is_doubted(&self) -> bool {
        self.clock
            .is_some_and(|clock| clock.doubt() != ClockDoubt::Unspecified)
    }
}

/// What is due.
pub(crate) fn due(answer: pb::ListDueClocksResponse) -> Result<DuePage, Fault> {
    let one = |due: &pb::DueClock| {
        Ok::<_, Fault>(Due {
            number: wire::number(&due.number)?,
            kind: required("clock", due.clock)?,
            leg: short("leg", due.leg)?,
            run: short("run", due.run)?,
            level: required("level", due.level)?,
            fires_at: needed("fire_time", due.fire_time.as_ref())?,
        })
    };
    let due: Vec<Due> = answer.due.iter().map(one).collect::<Result<_, _>>()?;
    Ok(DuePage {
        due,
        next: wire::optional_instant("next_time", answer.next_time.as_ref())?,
        now: needed("now_time", answer.now_time.as_ref())?,
        clock: answer.clock,
        up_since: needed("up_time", answer.up_time.as_ref())?,
        next_token: answer.next_page_token,
    })
}

/// Fires a level, late because the system was down or not.
pub(crate) fn fire(due: &Due, system_was_down: bool) -> Result<pb::FireClockRequest, Fault> {
    Ok(pb::FireClockRequest {
        number: due.number.to_string(),
        request_id: due.request().map_err(Fault::internal)?.as_str().to_owned(),
        expected_version: None,
        clock: due.kind.to_wire(),
        leg: due.leg.into(),
        run: due.run.into(),
        level: due.level.to_wire(),
        system_was_down,
    })
}

/// What a change says about merging; none without a ticket.
pub(crate) fn merging(change: &pb::TicketChange) -> Result<Option<Merging>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    let waits_for = match ticket.merged_into.as_str() {
        "" => None,
        into => Some(wire::number_of("merged_into", into)?),
    };
    Ok(Some(Merging {
        number: wire::number(&ticket.number)?,
        version: ticket.version,
        at: needed("event_time", last.event_time.as_ref())?,
        phase: required("phase", ticket.phase)?,
        waits_for: waits_for.filter(|_| !ticket.rejoined),
        is_incident: ticket.children_count > 0,
    }))
}

/// Tells a merged ticket of its incident's answer.
pub(crate) fn rejoin(telling: &Telling) -> Result<pb::RejoinRequest, Fault> {
    Ok(pb::RejoinRequest {
        number: telling.child.to_string(),
        request_id: telling.request().map_err(Fault::internal)?.as_str().to_owned(),
        expected_version: None,
    })
}

/// A change of the feed; none without a ticket.
pub(crate) fn seen(change: &pb::TicketChange) -> Result<Option<Seen>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    let happened = change
        .events
        .iter()
        .filter_map(|event| happened(event).transpose());
    Ok(Some(Seen {
        number: wire::number(&ticket.number)?,
        at: needed("event_time", last.event_time.as_ref())?,
        happened: happened.collect::<Result<_, _>>()?,
        ticket: ticket_seen(ticket)?,
        laid: laid(change)?,
        is_decided: change.events.iter().any(|event| event.kind == "proposal_decided"),
    }))
}

fn ticket_seen(ticket: &pb::Ticket) -> Result<TicketSeen, Fault> {
    let leg = |leg: &pb::Leg| {
        Ok::<_, Fault>(LegSeen {
            leg: short("leg", leg.leg)?,
            unit: wire::unit("unit", &leg.unit)?,
        })
    };
    let clock = |clock: &pb::Clock| {
        let late_at = wire::optional_instant("late_time", clock.late_time.as_ref())?;
        Ok::<_, Fault>(ClockSeen {
            kind: required("kind", clock.kind)?,
            leg: short("leg", clock.leg)?,
            run: short("run", clock.run)?,
            started_at: needed("start_time", clock.start_time.as_ref())?,
            yellow_at: needed("yellow_time", clock.yellow_time.as_ref())?,
            due_at: match late_at {
                Some(at) => at,
                None => needed("due_time", clock.due_time.as_ref())?,
            },
        })
    };
    let order = |order: &pb::Order| {
        Ok::<_, Fault>(OrderSeen {
            issued_at: needed("issue_time", order.issue_time.as_ref())?,
            unit: wire::unit("unit", &order.unit)?,
            leg: u16::try_from(order.leg).map_err(|_| missing("leg"))?,
        })
    };
    let grade = required("grade", ticket.grade)?;
    let running = ticket.clocks.iter().filter(|clock| clock.stop_time.is_none());
    let clocks = running.map(clock).collect::<Result<Vec<_>, _>>()?;
    Ok(TicketSeen {
        version: ticket.version,
        rank: Rank {
            grade,
            level: optional("level", ticket.level)?,
        },
        hidden: hidden(ticket)?,
        legs: ticket.legs.iter().map(leg).collect::<Result<_, _>>()?,
        clocks: clocks
            .into_iter()
            .filter(|clock| !is_held_up(clock, grade, ticket))
            .collect(),
        orders: ticket.orders.iter().map(order).collect::<Result<_, _>>()?,
    })
}

/// Whether somebody else holds the step: what is asked for a leg holds up its clocks, but in grade A (section 4, rule 7).
fn is_held_up(clock: &ClockSeen, grade: Grade, ticket: &pb::Ticket) -> bool {
    let is_asked = || ticket.decisions.iter().any(|one| one.leg == u32::from(clock.leg));
    grade != Grade::A && clock.kind.is_a_legs() && is_asked()
}

/// Whom what is laid before the city office is about, where a change lays anything before it.
fn laid(change: &pb::TicketChange) -> Result<Option<About>, Fault> {
    let mut laid = change
        .events
        .iter()
        .filter(|event| event.kind == "level_proposed");
    laid.next_back().map(about).transpose()
}

fn about(event: &pb::TicketEvent) -> Result<About, Fault> {
    fact(event, "unit")
        .map(|unit| wire::unit("unit", unit))
        .transpose()
}

/// What keeps a ticket from some eyes, as the system is shown it.
fn hidden(ticket: &pb::Ticket) -> Result<Hidden, Fault> {
    use proto::common::v1::accused::Who;
    let who = ticket.accused.as_ref().and_then(|accused| accused.who.as_ref());
    let accused = match who {
        Some(Who::Unit(unit)) => Some(unit),
        Some(Who::Outsider(_)) | None => None,
    };
    let out = ticket.recused_units.iter().chain(accused);
    Ok(Hidden {
        is_sealed: ticket.sealed,
        accused_unknown: ticket.sealed && who.is_none(),
        out: out
            .map(|unit| wire::unit("recused_units", unit))
            .collect::<Result<_, _>>()?,
    })
}

fn happened(event: &pb::TicketEvent) -> Result<Option<Happened>, Fault> {
    match event.kind.as_str() {
        "clock_started" => Ok(Some(Happened::Started {
            kind: kind(event)?,
            leg: count(event, "leg")?,
            run: count(event, "run")?,
        })),
        "level_fired" => {
            let clock = Run {
                kind: kind(event)?,
                leg: count(event, "leg")?,
                run: count(event, "run")?,
                due_at: parsed(event, "due_at")?,
                system_was_down: parsed(event, "system_was_down")?,
            };
            // The end of the rating window tells nobody anything: the ticket closes.
            if clock.kind == Kind::Rating {
                return Ok(None);
            }
            reached(event, Some(clock), count(event, "points_tenths")?).map(Some)
        }
        "escalated" => {
            let points = fact(event, "points_tenths").map_or(Ok(0), |_| count(event, "points_tenths"));
            reached(event, None, points?).map(Some)
        }
        // What a clock proposes has fired with it.
        "level_proposed" if fact(event, "cause") != Some(Cause::Overdue.as_str()) => {
            proposed(event).map(Some)
        }
        _ => Ok(None),
    }
}

/// L4 or L5, laid before the city office.
fn proposed(event: &pb::TicketEvent) -> Result<Happened, Fault> {
    let Happened::Reached(reached) = reached(event, None, 0)? else {
        return Err(missing("level"));
    };
    Ok(Happened::Reached(Reached {
        proposed: true,
        told: vec![Addressee::CityOffice.as_str().to_owned()],
        ..reached
    }))
}

fn reached(event: &pb::TicketEvent, clock: Option<Run>, points_tenths: u16) -> Result<Happened, Fault> {
    let told = event.facts.get("told").map(String::as_str).unwrap_or_default();
    Ok(Happened::Reached(Reached {
        version: event.version,
        at: needed("event_time", event.event_time.as_ref())?,
        level: fact(event, "level")
            .and_then(Level::parse)
            .ok_or_else(|| missing("level"))?,
        clock,
        cause: fact(event, "cause").and_then(Cause::parse),
        about: about(event)?,
        proposed: false,
        told: told
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        points_tenths,
    }))
}

fn fact<'e>(event: &'e pb::TicketEvent, name: &str) -> Option<&'e str> {
    event.facts.get(name).map(String::as_str)
}

fn parsed<T: std::str::FromStr>(event: &pb::TicketEvent, name: &'static str) -> Result<T, Fault> {
    fact(event, name)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| missing(name))
}

fn count(event: &pb::TicketEvent, name: &'static str) -> Result<u16, Fault> {
    parsed(event, name)
}

fn kind(event: &pb::TicketEvent) -> Result<Kind, Fault> {
    fact(event, "clock")
        .and_then(Kind::parse)
        .ok_or_else(|| missing("clock"))
}

/// A page of a ticket's history.
pub(crate) fn history(number: TicketNumber, page_token: String) -> pb::ListTicketEventsRequest {
    pb::ListTicketEventsRequest {
        number: number.to_string(),
        words: false,
        page_size: HISTORY_PAGE,
        page_token,
    }
}

/// What opened legs among some events: each version and its units, the lead first.
pub(crate) fn dispatches(events: &[pb::TicketEvent]) -> Dispatches {
    events.iter().filter_map(opened).collect()
}

fn opened(event: &pb::TicketEvent) -> Option<Dispatch> {
    let units = |names: &[&str]| {
        let units = names.iter().flat_map(|names| names.split(','));
        units.filter_map(|unit| UnitId::parse(unit).ok()).collect()
    };
    let (leads, units) = match event.kind.as_str() {
        "dispatched" => {
            let co = fact(event, "co_units").unwrap_or_default();
            (true, units(&[fact(event, "lead_unit")?, co]))
        }
        "sub_assigned" => (false, units(&[fact(event, "unit")?])),
        "rejoined" => (true, units(&[fact(event, "unit")?])),
        _ => return None,
    };
    Some(Dispatch {
        version: event.version,
        leads,
        units,
    })
}

/// A ticket, without words.
pub(crate) fn get_ticket(number: TicketNumber) -> pb::GetTicketRequest {
    pb::GetTicketRequest {
        number: number.to_string(),
        view: pb::TicketView::Basic.into(),
    }
}

/// A ticket as the caller is shown it.
pub(crate) fn visible(answer: pb::GetTicketResponse) -> Result<Visible, Fault> {
    let ticket = answer.ticket.ok_or_else(|| missing("ticket"))?;
    let seen = ticket_seen(&ticket)?;
    let pressing = seen.clocks.iter().filter(|clock| clock.kind != Kind::Rating);
    let running = pressing.map(|clock| {
        let unit = seen.answers_for(clock.kind, clock.leg);
        clock.running(unit.cloned().map(Arc::new))
    });
    Ok(Visible {
        number: wire::number(&ticket.number)?,
        phase: required("phase", ticket.phase)?,
        rank: seen.rank,
        proposal: ticket.proposal.as_ref().map(proposal).transpose()?,
        clocks: running.collect(),
        step_holder: ticket.step_holder,
        lead_unit: ticket.lead_unit,
    })
}

fn proposal(proposal: &pb::Proposal) -> Result<Proposal, Fault> {
    Ok(Proposal {
        level: required("level", proposal.level)?,
        cause: required("cause", proposal.cause)?,
        unit: wire::optional_unit("unit", &proposal.unit)?,
        at: needed("propose_time", proposal.propose_time.as_ref())?,
    })
}

/// The legs a change gives to units; none of a sealed ticket. What comes back from an incident is no new work.
pub(crate) fn given(change: &pb::TicketChange) -> Result<Option<Given>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    let legs = change.events.iter().filter(|event| event.kind != "rejoined");
    let legs = legs.filter_map(opened).flat_map(|dispatch| dispatch.units);
    Ok(Some(Given {
        number: wire::number(&ticket.number)?,
        version: last.version,
        at: needed("event_time", last.event_time.as_ref())?,
        is_sealed: ticket.sealed,
        units: legs.collect(),
    }))
}

/// Lays L4 before the city office, in the system's own words.
pub(crate) fn propose(proposing: &Proposing, reason: String) -> Result<pb::EscalateRequest, Fault> {
    Ok(pb::EscalateRequest {
        number: proposing.number.to_string(),
        request_id: proposing.request().map_err(Fault::internal)?.as_str().to_owned(),
        expected_version: None,
        level: Level::L4.to_wire(),
        reason,
        cause: Cause::RepeatedL2.to_wire(),
        unit: proposing.unit.to_string(),
    })
}

/// A note to a ticket.
pub(crate) fn annotate(number: TicketNumber, request_id: String, note: String) -> pb::AnnotateRequest {
    pb::AnnotateRequest {
        number: number.to_string(),
        request_id,
        note,
        ..pb::AnnotateRequest::default()
    }
}

fn needed(field: &'static str, time: Option<&prost_types::Timestamp>) -> Result<Timestamp, Fault> {
    wire::optional_instant(field, time)?.ok_or_else(|| missing(field))
}

fn short(field: &'static str, value: u32) -> Result<u16, Fault> {
    let out = || {
        Fault::invalid(
            field,
            format!("{field} 超出范围"),
            format!("{field}: out of range"),
        )
    };
    u16::try_from(value).map_err(|_| out())
}
