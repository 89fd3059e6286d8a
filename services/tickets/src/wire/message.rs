//! Tickets, clocks, legs and events as messages; filters of lists.

use domain::clock::{Clock, Kind, State, light_of};
use domain::id::RulesVersion;
use domain::redact;
use domain::rules::Rules;
use domain::ticket::{
    Accused, Callback, Contact, FirstContact, Holder, Leg, LegRole, LegState, Outcome, Phase, Recorded,
    Secrecy, Ticket,
};
use domain::words::{Field, Words};
use jiff::Timestamp;
use kit::fault::Fault;
use kit::wire::{self, ClosedSet as _, number_or_zero, optional, timestamp};
use proto::common::v1 as common;
use proto::tickets::v1 as pb;

use crate::facts;
use crate::limits::WORDS_OF_MAX;
use crate::query::{Due, Filter, Shown, ShownFact, subject_of};
use crate::watch::{Asked, Change, Sent, Start};

/// What the light and the visible fields of a ticket depend on.
pub(crate) struct Reader<'a> {
    pub(crate) now: Timestamp,
    pub(crate) rules: &'a Rules,
    pub(crate) call: &'a kit::call::Call,
}

/// A ticket without words.
pub(crate) fn basic(ticket: &Ticket, reader: &Reader<'_>) -> pb::Ticket {
    let class = &ticket.classification;
    let legs = ticket.phase.legs();
    let handle = legs.and_then(|legs| clock_of(ticket, Kind::Handle, legs));
    let text = |code: Option<&str>| code.unwrap_or_default().to_owned();
    let mut message = pb::Ticket {
        number: ticket.number.to_string(),
        version: ticket.version,
        phase: ticket.phase.name().to_wire(),
        r#type: class.kind.to_wire(),
        grade: class.grade.to_wire(),
        category: text(class.category.as_ref().map(|id| id.as_str())),
        area: text(class.area.as_ref().map(|id| id.as_str())),
        confidence_percent: class.confidence_percent.into(),
        channel: ticket.channel.to_wire(),
        light: light_of(ticket, reader.now).to_wire(),
        level: number_or_zero(ticket.level),
        lead_unit: text(ticket.lead_unit().map(|id| id.as_str())),
        legs: legs.into_iter().flat_map(|legs| legs.iter()).map(leg).collect(),
        clocks: ticket.clocks.iter().map(clock).collect(),
        register_time: Some(timestamp(ticket.registered_at)),
        update_time: Some(timestamp(ticket.updated_at)),
        due_time: handle.map(|clock| timestamp(clock.run.due_at)),
        step_holder: holder(&ticket.holder()),
        hold: text(ticket.hold.map(|hold| hold.as_str())),
        sealed: ticket.secrecy != Secrecy::Open,
        round: ticket.round.into(),
        reopened: ticket.reopened.into(),
        listeners: u32::try_from(ticket.listeners()).unwrap_or(u32::MAX),
        source_id: ticket.source.clone().unwrap_or_default(),
        urged: ticket.urged.into(),
        points_tenths: ticket.points_tenths.into(),
        has_contact: ticket.has_somebody_to_contact(),
        ..pb::Ticket::default()
    };
    phase_fields(&mut message, &ticket.phase);
    if let Secrecy::Sealed {
        accused: Some(accused),
    } = &ticket.secrecy
        && redact::may_see(ticket, &reader.call.actor, reader.rules)
    {
        message.accused = Some(accused_message(accused));
    }
    message
}

fn phase_fields(message: &mut pb::Ticket, phase: &Phase) {
    match phase {
        Phase::Accepted { .. } | Phase::Dispatched { .. } | Phase::Handling { .. } => {}
        Phase::ReplyReview { claim, .. } => message.claim = claim.to_wire(),
        Phase::CallbackDue { claim, callback, .. } => {
            message.claim = claim.to_wire();
            match callback {
                Callback::Ringing { tries } => message.callback_tries = (*tries).into(),
                Callback::Link => {}
                Callback::Unsolved { outcome } => message.outcome = Some(outcome_message(outcome)),
            }
        }
        Phase::Closed { how, at, outcome, .. } => {
            message.close_kind = facts::close_kind(*how);
            message.close_time = Some(timestamp(*at));
            message.outcome = outcome.as_ref().map(outcome_message);
        }
    }
}

fn clock_of<'a>(ticket: &'a Ticket, kind: Kind, legs: &domain::ticket::Legs) -> Option<&'a Clock> {
    ticket
        .clocks
        .iter()
        .find(|clock| clock.run.kind == kind && clock.run.leg == Some(legs.lead.id))
}

fn outcome_message(outcome: &Outcome) -> pb::Outcome {
    pb::Outcome {
        solved: outcome.solved,
        rating: number_or_zero(outcome.rating),
    }
}

fn accused_message(accused: &Accused) -> common::Accused {
    use common::accused::Who;
    let who = match accused {
        Accused::Unit(unit) => Who::Unit(unit.to_string()),
        Accused::Outsider => Who::Outsider(true),
    };
    common::Accused { who: Some(who) }
}

/// A ticket with the words its reader may see, and its contacts.
pub(crate) fn full(shown: &Shown, reader: &Reader<'_>) -> pb::Ticket {
    let (subject, body, place) = subject_of(&shown.words);
    pb::Ticket {
        subject: subject.to_owned(),
        body: body.to_owned(),
        place: place.to_owned(),
        contacts: shown.ticket.contacts.iter().map(contact).collect(),
        erased: shown.erased,
        ..basic(&shown.ticket, reader)
    }
}

fn contact(contact: &Contact) -> pb::Contact {
    pb::Contact {
        contact: contact.id.into(),
        channel: contact.channel.to_wire(),
        standing: contact.standing.to_wire(),
        has_identity: contact.identity.is_some(),
    }
}

fn leg(leg: &Leg) -> pb::Leg {
    let (state, signed_at, replied_at) = match leg.state {
        LegState::AwaitingSign => ("awaiting_sign", None, None),
        LegState::Handling { signed_at } => ("handling", Some(signed_at), None),
        LegState::Replied {
            signed_at,
            replied_at,
        } => ("replied", Some(signed_at), Some(replied_at)),
    };
    let contact_time = match &leg.contact {
        FirstContact::Made { at } => Some(timestamp(*at)),
        FirstContact::NotNeeded | FirstContact::Due { .. } => None,
    };
    pb::Leg {
        leg: leg.id.0.into(),
        unit: leg.unit.to_string(),
        lead: leg.role == LegRole::Lead,
        state: state.to_owned(),
        dispatch_time: Some(timestamp(leg.dispatched_at)),
        sign_time: signed_at.map(timestamp),
        contact_time,
        reply_time: replied_at.map(timestamp),
        contact_needed: leg.contact != FirstContact::NotNeeded,
    }
}

fn clock(clock: &Clock) -> pb::Clock {
    pb::Clock {
        kind: clock.run.kind.to_wire(),
        leg: clock.run.leg.map_or(0, |leg| leg.0).into(),
        run: clock.run.run.into(),
        limit: clock.run.limit.to_string(),
        start_time: Some(timestamp(clock.run.started_at)),
        due_time: Some(timestamp(clock.run.due_at)),
        yellow_time: Some(timestamp(clock.run.yellow_at)),
        stop_time: match clock.state {
            State::Running => None,
            State::Stopped { at } => Some(timestamp(at)),
        },
        fired: clock.fired.iter().map(|level| level.to_wire()).collect(),
    }
}

fn holder(holder: &Holder) -> String {
    match holder {
        Holder::TriageDesk => "triage_desk".to_owned(),
        Holder::Unit(unit) => unit.to_string(),
        Holder::AuditDesk => "audit_desk".to_owned(),
        Holder::CallbackDesk => "callback_desk".to_owned(),
        Holder::SupervisorDesk => "supervisor_desk".to_owned(),
        Holder::Citizen => "citizen".to_owned(),
        Holder::Nobody => "nobody".to_owned(),
    }
}

/// An event with the words its reader may see.
pub(crate) fn event(shown: &ShownFact) -> pb::TicketEvent {
    pb::TicketEvent {
        words: words(&shown.words),
        ..bare_event(&shown.recorded)
    }
}

fn bare_event(recorded: &Recorded) -> pb::TicketEvent {
    let event = &recorded.fact.event;
    pb::TicketEvent {
        number: recorded.number.to_string(),
        version: recorded.version,
        event_time: Some(timestamp(recorded.at)),
        actor: recorded.actor.holder.to_string(),
        role: recorded.actor.role.to_wire(),
        kind: event.name().to_owned(),
        facts: facts::of(event)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        words: Default::default(),
    }
}

fn words(words: &Words) -> std::collections::HashMap<String, String> {
    const SHOWN: [Field; 11] = [
        Field::Subject,
        Field::Body,
        Field::Place,
        Field::Found,
        Field::Done,
        Field::Decided,
        Field::LegalBasis,
        Field::Evidence,
        Field::Reason,
        Field::Note,
        Field::Answer,
    ];
    let text = |field: Field| (field.as_str().to_owned(), words.get(field).to_owned());
    SHOWN
        .into_iter()
        .map(text)
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// What a watcher is sent.
pub(crate) fn sent(sent: &Sent, reader: &Reader<'_>) -> pb::WatchResponse {
    let change = sent.change.as_ref().map(|change: &Change| pb::TicketChange {
        events: change.events.iter().map(event).collect(),
        ticket: Some(basic(&change.ticket, reader)),
        traceparent: change.trace.clone().unwrap_or_default(),
    });
    pb::WatchResponse {
        resume_token: sent.token.clone(),
        change,
    }
}

/// What a watcher asks for.
pub(crate) fn watching(request: pb::WatchRequest) -> Result<Asked, Fault> {
    if request.words_of.len() > WORDS_OF_MAX {
        return Err(Fault::invalid(
            "words_of",
            format!("最多 {WORDS_OF_MAX} 种"),
            format!("words_of: at most {WORDS_OF_MAX}"),
        ));
    }
    Ok(Asked {
        start: start(&request)?,
        words_of: request.words_of,
    })
}

fn start(request: &pb::WatchRequest) -> Result<Start, Fault> {
    match (request.from_now, request.resume_token.as_str()) {
        (false, "") => Ok(Start::Beginning),
        (true, "") => Ok(Start::Now),
        (false, token) => Ok(Start::After(token.to_owned())),
        (true, _) => Err(Fault::invalid(
            "from_now",
            "from_now 与 resume_token 只能二选一",
            "from_now and resume_token exclude each other",
        )),
    }
}

/// A filter of lists.
pub(crate) fn filter(request: &pb::ListTicketsRequest) -> Result<Filter, Fault> {
    Ok(Filter {
        unit: wire::optional_unit("unit", &request.unit)?,
        phase: optional("phase", request.phase)?,
        light: optional("light", request.light)?,
        kind: optional("type", request.r#type)?,
        area: wire::optional_area("area", &request.area)?,
        category: wire::optional_category("category", &request.category)?,
        from: wire::optional_instant("start_time", request.start_time.as_ref())?,
        until: wire::optional_instant("end_time", request.end_time.as_ref())?,
        caller: wire::optional_caller_hash("caller_hash", &request.caller_hash)?,
    })
}

/// Whether words are wanted.
pub(crate) fn wants_words(view: i32) -> Result<bool, Fault> {
    match pb::TicketView::try_from(view) {
        Ok(pb::TicketView::Full) => Ok(true),
        Ok(pb::TicketView::Basic | pb::TicketView::Unspecified) => Ok(false),
        Err(_) => Err(Fault::invalid("view", "view 的取值未定义", "view: not defined")),
    }
}

/// A level to fire.
pub(crate) fn due(due: &Due) -> pb::DueClock {
    pb::DueClock {
        number: due.number.to_string(),
        clock: due.clock.kind.to_wire(),
        leg: due.clock.leg.map_or(0, |leg| leg.0).into(),
        run: due.clock.run.into(),
        level: due.level.to_wire(),
        fire_time: Some(timestamp(due.at)),
    }
}

/// A rules version asked for.
pub(crate) fn rules_version(text: &str) -> Option<RulesVersion> {
    Some(RulesVersion(text.to_owned())).filter(|version| !version.0.is_empty())
}
