//! What tickets says that somebody is to be told of, and the outbox as clients are shown it.

use domain::clock::Kind;
use domain::id::RequestId;
use domain::ticket::Grade;
use jiff::Timestamp;
use kit::call::request_id;
use kit::fault::Fault;
use kit::page::page_size;
use kit::wire::{self, ClosedSet as _, missing, required, timestamp};
use proto::common::v1::accused::Who;
use proto::supervision::v1 as pb;
use proto::tickets::v1 as tickets;

use crate::limits::{NOTICE_BYTES_MAX, PAGE_DEFAULT, PAGE_MAX};
use crate::notice_list::{NoticeList, NoticeQuery};
use crate::notices::{About, Change, Channel, Entry, Event, Happened, NoticeId, Standing, State, Tally};
use crate::service::Page;

/// A change of the feed, as far as somebody is to be told of it; none without a ticket.
pub(crate) fn change(change: &tickets::TicketChange) -> Result<Option<Change>, Fault> {
    let (Some(ticket), Some(last)) = (&change.ticket, change.events.last()) else {
        return Ok(None);
    };
    let legs = ticket.legs.iter().map(|leg| {
        let id = u16::try_from(leg.leg).map_err(|_| missing("leg"))?;
        Ok::<_, Fault>((id, wire::unit("unit", &leg.unit)?))
    });
    let is_told = |event: &&tickets::TicketEvent| !is_told_otherwise(event, &change.events);
    let happened = change
        .events
        .iter()
        .filter(is_told)
        .filter_map(|event| happened(event, ticket).transpose());
    Ok(Some(Change {
        number: wire::number(&ticket.number)?,
        at: needed("event_time", last.event_time.as_ref())?,
        is_latest: ticket.version == last.version,
        standing: standing(ticket)?,
        legs: legs.collect::<Result<_, _>>()?,
        happened: happened.collect::<Result<_, _>>()?,
    }))
}

/// The secrecy of a ticket as tickets shows it to one of the hotline's own.
pub(crate) fn standing_of(answer: tickets::GetTicketResponse) -> Result<Standing, Fault> {
    standing(&answer.ticket.ok_or_else(|| missing("ticket"))?)
}

fn standing(ticket: &tickets::Ticket) -> Result<Standing, Fault> {
    let grade: Grade = required("grade", ticket.grade)?;
    let accused = ticket.accused.as_ref().and_then(|accused| accused.who.as_ref());
    let accused_unit = match accused {
        Some(Who::Unit(unit)) => Some(unit.as_str()),
        Some(Who::Outsider(_)) | None => None,
    };
    let out = accused_unit
        .into_iter()
        .chain(ticket.recused_units.iter().map(String::as_str));
    Ok(Standing {
        urgent: matches!(grade, Grade::A | Grade::B),
        sealed: ticket.sealed,
        accused_unknown: ticket.sealed && accused.is_none(),
        out: out
            .map(|unit| wire::unit("recused_units", unit))
            .collect::<Result<_, _>>()?,
    })
}

/// A proposal that a clock has made, or an urge that has reached a level: that level, in the same change, tells of it.
fn is_told_otherwise(event: &tickets::TicketEvent, events: &[tickets::TicketEvent]) -> bool {
    let level = event.facts.get("level");
    let tells = |other: &tickets::TicketEvent| match Event::parse(&event.kind) {
        Some(Event::LevelProposed) => {
            other.kind == Event::LevelFired.as_str() && other.facts.get("level") == level
        }
        Some(Event::Urged) => other.kind == Event::Escalated.as_str(),
        Some(Event::LevelFired | Event::Escalated | Event::OrderIssued) | None => false,
    };
    events.iter().any(tells)
}

/// An event of which somebody is to be told; none of any other.
fn happened(event: &tickets::TicketEvent, ticket: &tickets::Ticket) -> Result<Option<Happened>, Fault> {
    let Some(what) = Event::parse(&event.kind) else {
        return Ok(None);
    };
    let fact = |name: &str| event.facts.get(name).cloned().filter(|text| !text.is_empty());
    let told: Vec<String> = match what {
        Event::OrderIssued => vec!["unit_head".to_owned()],
        Event::LevelProposed => vec!["city_office".to_owned()],
        Event::LevelFired | Event::Escalated => {
            let told = fact("told").unwrap_or_default();
            told.split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        }
        Event::Urged => urged(event, ticket),
    };
    if told.is_empty() {
        return Ok(None);
    }
    let due_at = match what {
        Event::OrderIssued => Some(parsed(event, "due_at")?),
        Event::LevelFired | Event::Escalated | Event::LevelProposed | Event::Urged => due_of(event, ticket)?,
    };
    Ok(Some(Happened {
        version: event.version,
        at: needed("event_time", event.event_time.as_ref())?,
        event: what,
        level: fact("level"),
        clock: fact("clock"),
        due_at,
        cause: fact("cause"),
        order: fact("order").and_then(|order| order.parse().ok()),
        by: fact("by").filter(|_| what == Event::Urged),
        system_was_down: fact("system_was_down").is_some_and(|down| down == "true"),
        told,
        about: about(event, ticket)?,
    }))
}

/// Who is told of an urge: whoever has the matter now; a supervisor's goes to his leader, too.
fn urged(event: &tickets::TicketEvent, ticket: &tickets::Ticket) -> Vec<String> {
    let told: &[&str] = match event.facts.get("by").map(String::as_str) {
        _ if ticket.legs.is_empty() => &["triage_desk"],
        Some("supervisor") => &["clerk", "unit_leader"],
        Some(_) | None => &["clerk"],
    };
    told.iter().map(|name| (*name).to_owned()).collect()
}

/// When the clock of an event is due: as its run has it, while that is the latest.
fn due_of(event: &tickets::TicketEvent, ticket: &tickets::Ticket) -> Result<Option<Timestamp>, Fault> {
    let number = |name: &str| event.facts.get(name).and_then(|text| text.parse::<u32>().ok());
    let kind = event.facts.get("clock").and_then(|code| Kind::parse(code));
    let (Some(kind), Some(leg), Some(run)) = (kind, number("leg"), number("run")) else {
        return Ok(None);
    };
    let is_it = |clock: &&tickets::Clock| (clock.kind, clock.leg, clock.run) == (kind.to_wire(), leg, run);
    let clock = ticket.clocks.iter().find(is_it);
    wire::optional_instant("due_time", clock.and_then(|clock| clock.due_time.as_ref()))
}

/// Which unit an event concerns. An order's clock is about the unit it was issued to.
fn about(event: &tickets::TicketEvent, ticket: &tickets::Ticket) -> Result<About, Fault> {
    let ordered = event.facts.get("unit").map(String::as_str).or_else(|| {
        let fact = |name: &str| event.facts.get(name).map(String::as_str);
        let is_an_orders = fact("clock") == Some(Kind::Order.as_str());
        let leg: u32 = fact("leg")?.parse().ok()?;
        let mut issued = ticket.orders.iter().filter(|order| order.leg == leg);
        let last = issued.next_back().filter(|_| is_an_orders);
        last.map(|order| order.unit.as_str())
    });
    if let Some(unit) = ordered {
        return Ok(About::Unit(wire::unit("unit", unit)?));
    }
    if event.kind == Event::Urged.as_str() {
        let lead = ticket.legs.first().map(|leg| wire::unit("unit", &leg.unit));
        return Ok(lead.transpose()?.map_or(About::Nobody, About::Unit));
    }
    let leg = event.facts.get("leg").and_then(|leg| leg.parse().ok());
    Ok(leg.filter(|leg| *leg > 0).map_or(About::Lead, About::Leg))
}

fn parsed(event: &tickets::TicketEvent, name: &'static str) -> Result<Timestamp, Fault> {
    let text = event.facts.get(name).ok_or_else(|| missing(name))?;
    text.parse().map_err(|_| missing(name))
}

fn needed(field: &'static str, time: Option<&prost_types::Timestamp>) -> Result<Timestamp, Fault> {
    wire::optional_instant(field, time)?.ok_or_else(|| missing(field))
}

/// Which notices, and which page of them.
pub(crate) fn notice_query(request: pb::ListNoticesRequest) -> Result<(NoticeQuery, Page), Fault> {
    let number = match request.number.as_str() {
        "" => None,
        number => Some(wire::number(number)?),
    };
    let query = NoticeQuery {
        number,
        stuck_only: request.stuck_only,
        with_done: request.with_done,
    };
    let page = Page {
        size: page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)?,
        token: request.page_token,
    };
    Ok((query, page))
}

/// A page of notices.
pub(crate) fn notice_list(list: NoticeList, now: Timestamp) -> pb::ListNoticesResponse {
    let rows = list.rows.iter().map(|(id, entry)| notice(id, entry, now));
    pb::ListNoticesResponse {
        notices: rows.collect(),
        next_page_token: list.next,
        summary: Some(summary(list.tally, &list.crowded_out)),
    }
}

fn summary(tally: Option<Tally>, crowded_out: &[(Channel, usize)]) -> pb::NoticeSummary {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    pb::NoticeSummary {
        configured: tally.is_some(),
        pending_count: tally.map_or(0, |tally| count(tally.pending)),
        stuck_count: tally.map_or(0, |tally| count(tally.stuck)),
        oldest_time: tally.and_then(|tally| tally.oldest).map(timestamp),
        crowded_out_counts: crowded_out
            .iter()
            .map(|(channel, on_disk)| (channel.as_str().to_owned(), count(*on_disk)))
            .collect(),
    }
}

/// A notice.
pub(crate) fn notice(id: &NoticeId, entry: &Entry, now: Timestamp) -> pb::Notice {
    let news = &entry.news;
    let (next, done) = match entry.state {
        State::Waiting(at) => (Some(timestamp(at.max(now))), None),
        State::Sending | State::Parked => (None, None),
        State::Done(_, at) => (None, Some(timestamp(at))),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    pb::Notice {
        notice: id.to_string(),
        number: id.number.to_string(),
        event: news.event.as_str().to_owned(),
        event_time: Some(timestamp(news.at)),
        level: text(&news.level),
        clock: text(&news.clock),
        order: news.order.unwrap_or_default(),
        addressee: id.addressee.to_string(),
        unit: entry
            .to
            .unit
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        channel: id.channel.as_str().to_owned(),
        state: entry.state.as_str().to_owned(),
        stuck: entry.is_stuck(now),
        tries: entry.tries,
        last_failure: text(&entry.failure),
        next_time: next,
        done_time: done,
    }
}

/// Which notice is to be tried again, under which request.
pub(crate) fn retry(request: pb::RetryNoticeRequest) -> Result<(NoticeId, RequestId), Fault> {
    let id = request_id(&request.request_id)?;
    if request.notice.is_empty() {
        return Err(missing("notice"));
    }
    let notice = Some(request.notice).filter(|text| text.len() <= NOTICE_BYTES_MAX);
    let notice = notice.and_then(|text| NoticeId::parse(&text));
    // None of ours: no such notice.
    Ok((notice.ok_or_else(Fault::not_found)?, id))
}

#[cfg(test)]
mod tests {
    use proto::common::v1 as common;

    use super::*;
    use crate::test_city::unit;

    fn event(kind: &str, facts: &[(&str, &str)]) -> tickets::TicketEvent {
        let facts = facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        tickets::TicketEvent {
            version: 8,
            event_time: Some(timestamp(Timestamp::UNIX_EPOCH)),
            kind: kind.to_owned(),
            facts: facts.collect(),
            ..tickets::TicketEvent::default()
        }
    }

    /// What is told of a change of a ticket that these units have: what it was, to whom, about whom, who did it.
    fn told(
        events: Vec<tickets::TicketEvent>,
        units: &[&str],
    ) -> Vec<(Event, String, About, Option<String>)> {
        let leg = |(at, unit): (u32, &&str)| tickets::Leg {
            leg: at + 1,
            unit: (*unit).to_owned(),
            ..tickets::Leg::default()
        };
        let ticket = tickets::Ticket {
            number: "20261123-0000021".to_owned(),
            version: 8,
            grade: common::Grade::C.into(),
            legs: (0..).zip(units).map(leg).collect(),
            ..tickets::Ticket::default()
        };
        let change = tickets::TicketChange {
            events,
            ticket: Some(ticket),
            traceparent: String::new(),
        };
        let happened = super::change(&change).unwrap().unwrap().happened.into_iter();
        happened
            .map(|one| (one.event, one.told.join("+"), one.about, one.by))
            .collect()
    }

    #[test]
    fn of_an_urge_hears_whoever_has_the_matter() {
        let urged = |by: &str, units: &[&str]| told(vec![event("urged", &[("by", by)])], units);
        let is = |to: &str, about: About, by: &str| {
            vec![(Event::Urged, to.to_owned(), about, Some(by.to_owned()))]
        };
        let water = || About::Unit(unit("water"));
        assert_eq!(
            urged("citizen", &["water", "ecology"]),
            is("clerk", water(), "citizen")
        );
        assert_eq!(urged("system", &["water"]), is("clerk", water(), "system"));
        assert_eq!(
            urged("supervisor", &["water"]),
            is("clerk+unit_leader", water(), "supervisor")
        );
        assert_eq!(urged("citizen", &[]), is("triage_desk", About::Nobody, "citizen"));
        assert_eq!(
            urged("supervisor", &[]),
            is("triage_desk", About::Nobody, "supervisor")
        );
    }

    #[test]
    fn an_urge_that_has_reached_a_level_is_told_once() {
        let level = [
            ("level", "l1"),
            ("cause", "urged_twice"),
            ("told", "clerk,unit_leader"),
        ];
        let told = told(
            vec![event("urged", &[("by", "citizen")]), event("escalated", &level)],
            &["water"],
        );
        let [(Event::Escalated, to, ..)] = &told[..] else {
            panic!("{told:?}");
        };
        assert_eq!(to, "clerk+unit_leader");
    }
}
