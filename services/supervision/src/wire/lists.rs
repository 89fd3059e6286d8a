//! What clients ask and are answered.

use std::sync::Arc;

use domain::clock::{Addressee, Level};
use domain::id::UnitId;
use kit::call::request_id;
use kit::fault::Fault;
use kit::page::page_size;
use kit::wire::{self, ClosedSet as _, missing, number_or_zero, optional, timestamp};
use proto::supervision::v1 as pb;

use crate::books::{OpenProposal, ProposalQuery};
use crate::due_list::{DueList, DueQuery, DueTicket};
use crate::escalation_list::{Acknowledging, EscalationQuery, Shown};
use crate::escalations::EscalationId;
use crate::limits::{ESCALATION_BYTES_MAX, PAGE_DEFAULT, PAGE_MAX};
use crate::open_tickets::{Count, Order, Summary};
use crate::service::Page;
use crate::watch::Sent;

fn page(size: u32, token: String) -> Result<Page, Fault> {
    Ok(Page {
        size: page_size(size, PAGE_DEFAULT, PAGE_MAX)?,
        token,
    })
}

/// Which due tickets, and which page of them.
pub(crate) fn due_query(request: pb::ListDueRequest) -> Result<(DueQuery, Page), Fault> {
    let query = DueQuery {
        unit: wire::optional_unit("unit", &request.unit)?,
        district: wire::optional_unit("district", &request.district)?,
        level: optional("level", request.level)?,
        grade: optional("grade", request.grade)?,
        clock: optional("clock", request.clock)?,
        overdue_only: request.overdue_only,
        order: order(request.order)?,
    };
    Ok((query, page(request.page_size, request.page_token)?))
}

fn order(number: i32) -> Result<Order, Fault> {
    match pb::DueOrder::try_from(number) {
        Ok(pb::DueOrder::Unspecified | pb::DueOrder::DueTime) => Ok(Order::DueTime),
        Ok(pb::DueOrder::Risk) => Ok(Order::Risk),
        Err(_) => Err(Fault::invalid("order", "没有这种排序", "order: no such order")),
    }
}

/// Which tickets are counted.
pub(crate) fn summary_query(request: &pb::GetDueSummaryRequest) -> Result<DueQuery, Fault> {
    Ok(DueQuery {
        unit: wire::optional_unit("unit", &request.unit)?,
        district: wire::optional_unit("district", &request.district)?,
        level: optional("level", request.level)?,
        grade: optional("grade", request.grade)?,
        clock: optional("clock", request.clock)?,
        ..DueQuery::default()
    })
}

/// The figures.
pub(crate) fn summary((summary, as_of): (Summary, Option<jiff::Timestamp>)) -> pb::GetDueSummaryResponse {
    let unit = |(unit, n): (Option<Arc<UnitId>>, Count)| {
        count(unit.map(|unit| unit.to_string()).unwrap_or_default(), n)
    };
    let mut units: Vec<pb::DueCount> = summary.units.into_iter().map(unit).collect();
    units.sort_by_key(|one| (std::cmp::Reverse((one.red, one.yellow)), one.key.clone()));
    let level = |(level, n): (Option<Level>, Count)| count(level.map_or("none", Level::as_str), n);
    pb::GetDueSummaryResponse {
        total: Some(count("", summary.total)),
        units,
        districts: summary
            .districts
            .into_iter()
            .map(|(unit, n)| count(unit, n))
            .collect(),
        levels: summary.levels.into_iter().map(level).collect(),
        grades: summary
            .grades
            .into_iter()
            .map(|(grade, n)| count(grade.as_str(), n))
            .collect(),
        clocks: summary
            .clocks
            .into_iter()
            .map(|(kind, n)| count(kind.as_str(), n))
            .collect(),
        as_of_time: as_of.map(timestamp),
    }
}

fn count(key: impl ToString, count: Count) -> pb::DueCount {
    pb::DueCount {
        key: key.to_string(),
        yellow: count.yellow,
        red: count.red,
    }
}

/// A page of due tickets.
pub(crate) fn due_list(list: DueList) -> pb::ListDueResponse {
    pb::ListDueResponse {
        tickets: list.rows.into_iter().map(due_ticket).collect(),
        next_page_token: list.next,
        as_of_time: list.as_of.map(timestamp),
    }
}

fn due_ticket(row: DueTicket) -> pb::DueTicket {
    let ticket = row.ticket;
    pb::DueTicket {
        number: ticket.number.to_string(),
        phase: ticket.phase.to_wire(),
        clock: row.clock.to_wire(),
        due_time: Some(timestamp(row.due_at)),
        light: row.light.to_wire(),
        level: number_or_zero(ticket.rank.level),
        step_holder: ticket.step_holder,
        lead_unit: ticket.lead_unit,
        grade: ticket.rank.grade.to_wire(),
        clock_unit: row.clock_unit,
        used_percent: row.used_percent,
    }
}

/// Which escalations, and which page of them.
pub(crate) fn escalation_query(
    request: pb::ListEscalationsRequest,
) -> Result<(EscalationQuery, Page), Fault> {
    let query = EscalationQuery {
        unit: wire::optional_unit("unit", &request.unit)?,
        district: wire::optional_unit("district", &request.district)?,
        level: optional("level", request.level)?,
        cause: optional("cause", request.cause)?,
        told: told(&request.told)?,
        since: wire::optional_instant("since_time", request.since_time.as_ref())?,
        until: wire::optional_instant("until_time", request.until_time.as_ref())?,
        open_only: request.open_only,
    };
    Ok((query, page(request.page_size, request.page_token)?))
}

/// Which escalations somebody watches.
pub(crate) fn watched(request: &pb::WatchEscalationsRequest) -> Result<EscalationQuery, Fault> {
    Ok(EscalationQuery {
        unit: wire::optional_unit("unit", &request.unit)?,
        district: wire::optional_unit("district", &request.district)?,
        level: optional("level", request.level)?,
        cause: optional("cause", request.cause)?,
        told: told(&request.told)?,
        since: wire::optional_instant("since_time", request.since_time.as_ref())?,
        ..EscalationQuery::default()
    })
}

const ADDRESSEES: [Addressee; 13] = [
    Addressee::Clerk,
    Addressee::UnitLeader,
    Addressee::UnitHead,
    Addressee::District,
    Addressee::DistrictLeader,
    Addressee::CityOffice,
    Addressee::DutyLeader,
    Addressee::DisciplineInspection,
    Addressee::TriageDesk,
    Addressee::AuditDesk,
    Addressee::CallbackDesk,
    Addressee::SupervisorDesk,
    Addressee::Arbiter,
];

/// An addressee, by its stable name.
fn told(name: &str) -> Result<Option<String>, Fault> {
    if name.is_empty() {
        return Ok(None);
    }
    if !ADDRESSEES.iter().any(|one| one.as_str() == name) {
        return Err(Fault::invalid(
            "told",
            "没有这样的告知对象",
            "told: nobody is called so",
        ));
    }
    Ok(Some(name.to_owned()))
}

/// What a watcher is sent.
pub(crate) fn sent(sent: &Sent) -> pb::WatchEscalationsResponse {
    pb::WatchEscalationsResponse {
        resume_token: sent.token.clone(),
        escalation: sent.shown.as_ref().map(escalation),
    }
}

/// Which proposals, and which page of them.
pub(crate) fn proposal_query(request: pb::ListProposalsRequest) -> Result<(ProposalQuery, Page), Fault> {
    let query = ProposalQuery {
        unit: wire::optional_unit("unit", &request.unit)?,
        overdue_only: request.overdue_only,
    };
    Ok((query, page(request.page_size, request.page_token)?))
}

/// A proposal as it waits.
pub(crate) fn proposal(open: &OpenProposal) -> pb::OpenProposal {
    let OpenProposal {
        ticket,
        proposal,
        due_at,
        overdue,
    } = open;
    let unit = proposal.unit.as_ref();
    pb::OpenProposal {
        number: ticket.number.to_string(),
        level: proposal.level.to_wire(),
        cause: proposal.cause.to_wire(),
        unit: unit.map(|unit| unit.to_string()).unwrap_or_default(),
        propose_time: Some(timestamp(proposal.at)),
        due_time: Some(timestamp(*due_at)),
        overdue: *overdue,
        ticket_level: number_or_zero(ticket.rank.level),
    }
}

/// An escalation and who has seen it.
pub(crate) fn escalation(shown: &Shown) -> pb::Escalation {
    let one = &shown.escalation;
    let seen = shown.acknowledged.as_ref();
    pb::Escalation {
        escalation: one.id().to_string(),
        number: one.number.to_string(),
        level: one.level.to_wire(),
        clock: number_or_zero(one.clock.map(|run| run.kind)),
        due_time: one.clock.map(|run| timestamp(run.due_at)),
        fire_time: Some(timestamp(one.fired_at)),
        system_was_down: one.clock.is_some_and(|run| run.system_was_down),
        told: one.told.to_vec(),
        unit: one.unit.as_ref().map(|unit| unit.to_string()).unwrap_or_default(),
        points_tenths: one.points_tenths.into(),
        acknowledged_by: seen.map(|seen| seen.by.to_string()).unwrap_or_default(),
        acknowledge_time: seen.map(|seen| timestamp(seen.at)),
        cause: number_or_zero(one.cause),
        proposed: one.is_proposed,
        noted: seen.is_some_and(|seen| seen.noted),
    }
}

/// Which escalation is acknowledged, under which request, and what is said of it.
pub(crate) fn acknowledgement(request: pb::AcknowledgeEscalationRequest) -> Result<Acknowledging, Fault> {
    let id = request_id(&request.request_id)?;
    if request.escalation.is_empty() {
        return Err(missing("escalation"));
    }
    // Longer than any name there is: no such escalation.
    if request.escalation.len() > ESCALATION_BYTES_MAX {
        return Err(Fault::not_found());
    }
    Ok(Acknowledging {
        id: EscalationId::from_client(request.escalation),
        request: id,
        note: request.note.trim().to_owned(),
    })
}
