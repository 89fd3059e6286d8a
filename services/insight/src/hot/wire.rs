//! Between the contract and hot topics.

use domain::id::TicketNumber;
use domain::words::Field;
use jiff::{SignedDuration, Timestamp};
use kit::fault::Fault;
use kit::wire::{self, missing, timestamp};
use proto::insight::v1 as pb;
use proto::tickets::v1 as tickets;

use super::{Ask, Progress, Shown, Texts};
use crate::limits::{
    HOT_COURSE_PARTS, HOT_LIMIT, HOT_LIMIT_MAX, HOT_NUMBERS_MAX, HOT_PEOPLE_MIN, HOT_WINDOW_DAYS,
    HOT_WINDOW_DAYS_MAX,
};

/// What a change means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing has happened: it is as far as the feed.
    AtRest,
    /// A ticket leaves.
    Forget,
    /// A new ticket, with its words or without.
    New(Option<Texts>),
    /// It was said what it is about, or it was merged, or anything else.
    Changed,
}

/// A change, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) number: TicketNumber,
    pub(super) at: Timestamp,
    pub(super) registered_at: Timestamp,
    pub(super) category: String,
    pub(super) area: String,
    pub(super) merged_into: String,
    pub(super) turn: Turn,
}

/// A heartbeat.
pub(super) fn at_rest(now: Timestamp) -> Seen {
    Seen {
        number: TicketNumber::new(jiff::civil::date(2000, 1, 1), 1).expect("the first number there may be"),
        at: now,
        registered_at: now,
        category: String::new(),
        area: String::new(),
        merged_into: String::new(),
        turn: Turn::AtRest,
    }
}

/// What a change means; none where it carries no ticket.
pub(super) fn seen(change: &tickets::TicketChange) -> Result<Option<Seen>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    let at = wire::optional_instant("event_time", last.event_time.as_ref())?;
    let registered_at = wire::optional_instant("register_time", ticket.register_time.as_ref())?;
    Ok(Some(Seen {
        number: wire::number(&ticket.number)?,
        at: at.ok_or_else(|| missing("event_time"))?,
        registered_at: registered_at.ok_or_else(|| missing("register_time"))?,
        category: ticket.category.clone(),
        area: ticket.area.clone(),
        merged_into: ticket.merged_into.clone(),
        turn: turn(ticket, &change.events),
    }))
}

/// A ticket of whose words or persons anything is erased leaves: what was erased is not told.
fn turn(ticket: &tickets::Ticket, events: &[tickets::TicketEvent]) -> Turn {
    if ticket.sealed || events.iter().any(|event| event.kind == "erased") {
        return Turn::Forget;
    }
    let registered = events.iter().find(|event| event.kind == "registered");
    registered.map_or(Turn::Changed, |event| Turn::New(said(event)))
}

/// The words that came along.
fn said(event: &tickets::TicketEvent) -> Option<Texts> {
    let text = |field: Field| event.words.get(field.as_str()).cloned().unwrap_or_default();
    (!event.words.is_empty()).then(|| Texts {
        subject: text(Field::Subject),
        body: text(Field::Body),
        place: text(Field::Place),
    })
}

/// A ticket with its words.
pub(super) fn get_ticket(number: TicketNumber) -> tickets::GetTicketRequest {
    tickets::GetTicketRequest {
        number: number.to_string(),
        view: tickets::TicketView::Full.into(),
    }
}

/// The words of a ticket; none where they may not be read for this.
pub(super) fn texts(answer: tickets::GetTicketResponse) -> Result<Option<Texts>, Fault> {
    let ticket = answer.ticket.ok_or_else(|| missing("ticket"))?;
    let is_open = !ticket.sealed && !ticket.erased;
    Ok(is_open.then_some(Texts {
        subject: ticket.subject,
        body: ticket.body,
        place: ticket.place,
    }))
}

/// Which topics are asked for.
pub(crate) fn ask(request: &pb::ListHotTopicsRequest) -> Result<Ask, Fault> {
    let days = within(
        "window_days",
        request.window_days,
        HOT_WINDOW_DAYS,
        HOT_WINDOW_DAYS_MAX,
    )?;
    let limit = within("limit", request.limit, HOT_LIMIT, HOT_LIMIT_MAX)?;
    let people = match request.people_min {
        0 => HOT_PEOPLE_MIN,
        people => people,
    };
    Ok(Ask {
        window: SignedDuration::from_hours(24 * i64::from(days)),
        area: wire::optional_area("area", &request.area)?,
        people_min: usize::try_from(people).unwrap_or(usize::MAX),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    })
}

fn within(field: &'static str, given: u32, usual: u32, most: u32) -> Result<u32, Fault> {
    match given {
        0 => Ok(usual),
        given if given <= most => Ok(given),
        _ => Err(Fault::invalid(
            field,
            format!("{field} 应在 1 到 {most} 之间"),
            format!("{field} is 1 to {most}"),
        )),
    }
}

/// The topics.
pub(crate) fn listed(shown: &[Shown], progress: Progress) -> pb::ListHotTopicsResponse {
    pb::ListHotTopicsResponse {
        topics: shown.iter().map(|one| topic(one, progress.as_of)).collect(),
        complete: progress.is_complete,
        as_of_time: progress.as_of.map(timestamp),
    }
}

fn topic(shown: &Shown, as_of: Option<Timestamp>) -> pb::HotTopic {
    let hot = &shown.hot;
    let time = |seconds: i64| Timestamp::from_second(seconds).ok().map(timestamp);
    let until = as_of.map_or(hot.last_at(), |at| at.as_second());
    let members = hot.members.iter().take(HOT_NUMBERS_MAX);
    pb::HotTopic {
        name: hot.name(),
        place: hot.place.clone(),
        problem: hot.problem.clone(),
        words: hot.words.clone(),
        category: hot.category.clone(),
        area: crate::topics::most(hot.members.iter().map(|one| one.area.as_str())),
        people: count(hot.people),
        messages: count(hot.members.len()),
        first_time: time(hot.first_at()),
        last_time: time(hot.last_at()),
        found_time: time(hot.found.at),
        found_after: count(hot.found.after),
        seen: hot.surge.seen,
        expected: hot.surge.expected,
        score: hot.score,
        course: hot.course(until, HOT_COURSE_PARTS),
        numbers: members.map(|one| one.id.clone()).collect(),
        incident: shown.incident.clone(),
        merged: count(shown.merged),
        merge_advised: shown.is_merge_advised,
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
