//! What clients ask and are answered.

use domain::id::RequestId;
use kit::call::request_id;
use kit::fault::Fault;
use kit::page::page_size;
use kit::wire::{self, ClosedSet as _, missing, number_or_zero, optional, timestamp};
use proto::supervision::v1 as pb;

use crate::escalations::EscalationId;
use crate::limits::{ESCALATION_BYTES_MAX, PAGE_DEFAULT, PAGE_MAX};
use crate::service::{DueList, DueQuery, DueTicket, EscalationQuery, Page, Shown};

fn page(size: u32, token: String) -> Result<Page, Fault> {
    Ok(Page {
        size: page_size(size, PAGE_DEFAULT, PAGE_MAX)?,
        token,
    })
}

/// Which due tickets, and which page of them.
pub(crate) fn due_query(request: pb::ListDueRequest) -> Result<(DueQuery, Page), Fault> {
    let unit = wire::optional_unit("unit", &request.unit)?;
    let query = DueQuery {
        unit,
        overdue_only: request.overdue_only,
    };
    Ok((query, page(request.page_size, request.page_token)?))
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
        level: number_or_zero(ticket.level),
        step_holder: ticket.step_holder,
        lead_unit: ticket.lead_unit,
    }
}

/// Which escalations, and which page of them.
pub(crate) fn escalation_query(
    request: pb::ListEscalationsRequest,
) -> Result<(EscalationQuery, Page), Fault> {
    let query = EscalationQuery {
        unit: wire::optional_unit("unit", &request.unit)?,
        level: optional("level", request.level)?,
        open_only: request.open_only,
    };
    Ok((query, page(request.page_size, request.page_token)?))
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
    }
}

/// Which escalation is acknowledged, under which request.
pub(crate) fn acknowledgement(
    request: pb::AcknowledgeEscalationRequest,
) -> Result<(EscalationId, RequestId), Fault> {
    let id = request_id(&request.request_id)?;
    if request.escalation.is_empty() {
        return Err(missing("escalation"));
    }
    // Longer than any name there is: no such escalation.
    if request.escalation.len() > ESCALATION_BYTES_MAX {
        return Err(Fault::not_found());
    }
    Ok((EscalationId::from_client(request.escalation), id))
}
