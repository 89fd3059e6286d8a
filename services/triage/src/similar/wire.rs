//! Between the contract and what is compared.

use domain::duplicate::{Ground, Near, Position};
use domain::id::TicketNumber;
use jiff::Timestamp;
use kit::fault::Fault;
use kit::wire::{self, missing};
use proto::tickets::v1 as tickets;
use proto::triage::v1 as pb;

use super::follower::{Seen, Turn};
use super::{Duplicates, Found, Like};
use crate::given::Texts;
use crate::limits::{DUPLICATES_MAX, TEXT_BYTES_MAX};

/// What is asked about.
pub(crate) enum Subject {
    /// A ticket: others like it.
    Ticket(TicketNumber),
    /// What the operator has typed so far.
    Text(Box<Typed>),
}

/// What the operator has typed so far.
pub(crate) struct Typed {
    pub(crate) words: Texts,
    pub(crate) category: Option<domain::id::CategoryId>,
    pub(crate) area: Option<domain::id::AreaId>,
    pub(crate) position: Option<Position>,
    /// The number the caller rings from.
    pub(crate) phone: String,
}

/// A request for candidates.
pub(crate) struct Asked {
    pub(crate) subject: Subject,
    pub(crate) most: usize,
}

/// Reads a request for candidates.
pub(crate) fn asked(request: pb::SuggestDuplicatesRequest) -> Result<Asked, Fault> {
    use pb::suggest_duplicates_request::Matter;
    let subject = match request.matter {
        None => return Err(missing("matter")),
        Some(Matter::Number(number)) => Subject::Ticket(wire::number(&number)?),
        Some(Matter::Text(text)) => {
            let words = words("text", text.subject, text.body, text.place)?;
            Subject::Text(Box::new(Typed {
                words,
                category: wire::optional_category("category", &request.category)?,
                area: wire::optional_area("text.area", &text.area)?,
                position: request.position.map(position).transpose()?,
                phone: request.caller_number,
            }))
        }
    };
    let most = match usize::try_from(request.limit).unwrap_or(usize::MAX) {
        0 => DUPLICATES_MAX,
        limit => limit.min(DUPLICATES_MAX),
    };
    Ok(Asked { subject, most })
}

/// What is asked about, where a suggestion of units is asked for: its past is looked at as well.
pub(crate) fn past(request: &pb::SuggestTriageRequest) -> Result<Option<Subject>, Fault> {
    use pb::suggest_triage_request::Matter;
    Ok(match &request.matter {
        None => None,
        Some(Matter::Number(number)) => Some(Subject::Ticket(wire::number(number)?)),
        Some(Matter::Text(text)) => Some(Subject::Text(Box::new(Typed {
            words: words(
                "text",
                text.subject.clone(),
                text.body.clone(),
                text.place.clone(),
            )?,
            category: None,
            area: wire::optional_area("text.area", &text.area)?,
            position: None,
            phone: String::new(),
        }))),
    })
}

fn words(field: &'static str, subject: String, body: String, place: String) -> Result<Texts, Fault> {
    if subject.len() + body.len() + place.len() > TEXT_BYTES_MAX {
        let max = TEXT_BYTES_MAX;
        return Err(Fault::invalid(
            field,
            format!("文本最多 {max} 字节"),
            format!("{field}: at most {max} bytes"),
        ));
    }
    Ok(Texts { subject, body, place })
}

fn position(position: pb::Position) -> Result<Position, Fault> {
    Position::new(position.lat, position.lon).ok_or_else(|| {
        Fault::invalid(
            "position",
            "纬度应在 -90 到 90 之间,经度应在 -180 到 180 之间",
            "latitude is -90 to 90, longitude is -180 to 180",
        )
    })
}

/// The candidates.
pub(crate) fn duplicates(answer: &Duplicates) -> pb::SuggestDuplicatesResponse {
    pb::SuggestDuplicatesResponse {
        duplicates: answer.found.iter().map(duplicate).collect(),
        complete: answer.progress.is_complete,
        as_of_time: answer.progress.as_of.map(wire::timestamp),
    }
}

fn duplicate(found: &Found) -> pb::Duplicate {
    let ticket = &found.ticket;
    let near = match found.candidate.ground {
        Ground::Alike(near) => Some(near),
        Ground::SameCaller => None,
    };
    pb::Duplicate {
        number: ticket.number.clone(),
        similarity: found.likeness,
        distance_m: match near {
            Some(Near::Metres(metres)) => Some(metres),
            Some(Near::SamePlace | Near::Unknown) | None => None,
        },
        same_place: near == Some(Near::SamePlace),
        same_caller: found.is_same_caller,
        category: ticket.category.clone(),
        area: ticket.area.clone(),
        phase: ticket.phase,
        listeners: ticket.listeners,
        must_answer: found.candidate.must_answer,
        lead_unit: ticket.lead_unit.clone(),
        register_time: ticket.register_time,
        merged: found.merged.map(|number| number.to_string()).unwrap_or_default(),
    }
}

/// Past tickets about something alike.
pub(crate) fn like(like: &[Like]) -> Vec<pb::SimilarTicket> {
    like.iter()
        .map(|one| pb::SimilarTicket {
            number: one.ticket.number.clone(),
            similarity: one.closeness,
            category: one.ticket.category.clone(),
            lead_unit: one.ticket.lead_unit.clone(),
            phase: one.ticket.phase,
            close_kind: one.ticket.close_kind.clone(),
        })
        .collect()
}

/// A heartbeat.
pub(super) fn at_rest(now: Timestamp) -> Seen {
    Seen {
        number: TicketNumber::new(jiff::civil::date(2000, 1, 1), 1).expect("the first number there may be"),
        at: now,
        registered_at: now,
        category: None,
        area: None,
        turn: Turn::AtRest,
    }
}

/// What a change means for the index; none where it carries no ticket.
pub(super) fn seen(change: &tickets::TicketChange) -> Result<Option<Seen>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    let at = last.event_time.as_ref().ok_or_else(|| missing("event_time"))?;
    let registered_at = ticket
        .register_time
        .as_ref()
        .ok_or_else(|| missing("register_time"))?;
    Ok(Some(Seen {
        number: wire::number(&ticket.number)?,
        at: wire::instant("event_time", at)?,
        registered_at: wire::instant("register_time", registered_at)?,
        category: wire::optional_category("category", &ticket.category)?,
        area: wire::optional_area("area", &ticket.area)?,
        turn: turn(ticket, &change.events),
    }))
}

/// How a matter ends that a unit has handled where it lies.
pub(crate) const HANDLED: [&str; 2] = ["resolved", "explained"];

/// A ticket of whose words or persons anything is erased leaves: what was erased is not told.
fn turn(ticket: &tickets::Ticket, events: &[tickets::TicketEvent]) -> Turn {
    let is = |kind: &str| events.iter().any(|event| event.kind == kind);
    if ticket.sealed || is("erased") {
        return Turn::Forget;
    }
    if let Some(registered) = events.iter().find(|event| event.kind == "registered") {
        return Turn::New(said(registered));
    }
    if is("closed") && HANDLED.contains(&ticket.close_kind.as_str()) && !ticket.area.is_empty() {
        return Turn::Confirmed(None);
    }
    if is("reopened") {
        return Turn::Reopened;
    }
    if is("classified") || is("dispatched") {
        return Turn::Said;
    }
    Turn::None
}

/// The words that came along.
fn said(event: &tickets::TicketEvent) -> Option<Texts> {
    use domain::words::Field;
    let text = |field: Field| event.words.get(field.as_str()).cloned().unwrap_or_default();
    (!event.words.is_empty()).then(|| Texts {
        subject: text(Field::Subject),
        body: text(Field::Body),
        place: text(Field::Place),
    })
}

/// A ticket as it is compared.
pub(super) struct Read {
    pub(super) words: Texts,
    pub(super) category: Option<domain::id::CategoryId>,
    pub(super) area: Option<domain::id::AreaId>,
}

/// What was read; none where it may not be compared.
pub(super) fn read(answer: tickets::GetTicketResponse) -> Result<Option<Read>, Fault> {
    let ticket = answer.ticket.ok_or_else(|| missing("ticket"))?;
    if ticket.sealed || ticket.erased {
        return Ok(None);
    }
    Ok(Some(Read {
        category: wire::optional_category("category", &ticket.category)?,
        area: wire::optional_area("area", &ticket.area)?,
        words: Texts {
            subject: ticket.subject,
            body: ticket.body,
            place: ticket.place,
        },
    }))
}
