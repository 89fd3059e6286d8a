//! Tickets, clocks, legs and events as messages; filters of lists.

use std::collections::BTreeSet;

use domain::clock::{Clock, Kind, State, light_of};
use domain::id::{RulesVersion, TicketNumber};
use domain::redact;
use domain::rules::Rules;
use domain::ticket::{
    Accused, Callback, Contact, Event, FirstContact, Ground, Holder, Leg, LegRole, LegState, Outcome, Phase,
    Proof, Secrecy, Ticket,
};
use domain::words::{Field, Words};
use jiff::Timestamp;
use kit::fault::Fault;
use kit::wire::{self, ClosedSet as _, number_or_zero, optional, timestamp};
use proto::common::v1 as common;
use proto::tickets::v1 as pb;

use super::beside;
use crate::facts;
use crate::limits::WORDS_OF_MAX;
use crate::query::{Filter, Shown, ShownFact, is_deadline_callback_due, subject_of};
use crate::rulings::{Near, Precedent};
use crate::watch::{Asked, Change, Sent, Start};

/// What the light and the visible fields of a ticket depend on.
pub(crate) struct Reader<'a> {
    pub(crate) now: Timestamp,
    pub(crate) rules: &'a Rules,
    pub(crate) call: &'a kit::call::Call,
    /// Other tickets this one is tied to that the reader may not know of.
    pub(crate) hidden: BTreeSet<TicketNumber>,
    /// Tickets like this one that the reader is told of; any other is left out.
    pub(crate) similar: BTreeSet<TicketNumber>,
}

impl Reader<'_> {
    /// The same, told of these similar tickets.
    pub(crate) fn with_similar(&self, similar: BTreeSet<TicketNumber>) -> Self {
        Self {
            now: self.now,
            rules: self.rules,
            call: self.call,
            hidden: self.hidden.clone(),
            similar,
        }
    }

    /// The number of another ticket, empty where the reader may not know of it.
    fn other(&self, number: Option<TicketNumber>) -> String {
        let seen = number.filter(|number| !self.hidden.contains(number));
        seen.map(|number| number.to_string()).unwrap_or_default()
    }
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
        answers: ticket.answers.into(),
        listeners: u32::try_from(ticket.listeners()).unwrap_or(u32::MAX),
        source_id: ticket.source.clone().unwrap_or_default(),
        urged: ticket.urged.into(),
        points_tenths: ticket.points_tenths.into(),
        has_contact: ticket.has_somebody_to_contact(),
        ..pb::Ticket::default()
    };
    phase_fields(&mut message, &ticket.phase);
    fields_beside(&mut message, ticket, reader);
    if let Secrecy::Sealed {
        accused: Some(accused),
    } = &ticket.secrecy
        && redact::may_see(ticket, &reader.call.actor, reader.rules)
    {
        message.accused = Some(accused_message(accused));
    }
    message
}

/// What stands beside the phase.
fn fields_beside(message: &mut pb::Ticket, ticket: &Ticket, reader: &Reader<'_>) {
    message.returns = ticket.returns.into();
    message.returns_refused = ticket.returns_refused.into();
    message.ruling = ticket.ruling.as_ref().map(beside::ruling);
    message.decisions = ticket.decisions.iter().map(beside::decision).collect();
    message.extensions = ticket.extensions.into();
    message.extended_days = ticket.extended_days.into();
    message.orders = ticket.orders.iter().map(beside::order).collect();
    message.proposal = ticket.proposal.as_ref().map(beside::proposal);
    message.merged_into = reader.other(ticket.merged.as_ref().map(|merged| merged.into));
    message.rejoined = ticket.merged.as_ref().is_some_and(|merged| merged.joined);
    message.children_count = u32::try_from(ticket.incident.children.len()).unwrap_or(u32::MAX);
    message.split_from = reader.other(ticket.split_from);
    message.exclusion = ticket.exclusion.as_ref().map(beside::exclusion);
    message.objected = ticket.objected;
    message.reviewed = ticket.reviewed;
    message.endorsed = ticket.endorsed.iter().map(beside::endorsement).collect();
    message.deadline_callback_due = is_deadline_callback_due(ticket);
    if message.deadline_callback_due {
        message.callback_tries = ticket.deadline_tries.into();
    }
    if !reader.call.actor.role.is_of_a_unit() {
        message.recused_units = ticket.kept_out.iter().map(ToString::to_string).collect();
    }
}

fn phase_fields(message: &mut pb::Ticket, phase: &Phase) {
    match phase {
        Phase::Accepted { .. }
        | Phase::Dispatched { .. }
        | Phase::Handling { .. }
        | Phase::AwaitingCitizen { .. } => {}
        Phase::Consulting { asked } => message.opinions = asked.iter().map(beside::opinion).collect(),
        Phase::Suspended { promise, since, .. } => {
            message.promise = Some(beside::promise(promise, Some(*since)));
        }
        Phase::ReplyReview { claim, .. } => message.claim = claim.to_wire(),
        Phase::CallbackDue { claim, callback, .. } => {
            message.claim = claim.to_wire();
            match callback {
                Callback::Ringing { tries } => message.callback_tries = (*tries).into(),
                Callback::Link => {}
                Callback::Unsolved { outcome } | Callback::Review { outcome } => {
                    message.outcome = Some(outcome_message(outcome));
                }
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
        children: children(&shown.ticket, reader),
        dispatch_proof: shown
            .ticket
            .ground
            .as_ref()
            .map(|ground| proof(ground, shown.ticket.proof.as_ref(), reader)),
        ..basic(&shown.ticket, reader)
    }
}

fn children(ticket: &Ticket, reader: &Reader<'_>) -> Vec<String> {
    let numbers = ticket.incident.children.keys();
    let seen = numbers.filter(|number| !reader.hidden.contains(number));
    seen.map(ToString::to_string).collect()
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
        LegState::Excused => ("excused", None, None),
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
        role: facts::role(leg.role).to_owned(),
        under: leg.under.map_or(0, |leg| leg.0).into(),
    }
}

pub(super) fn clock(clock: &Clock) -> pb::Clock {
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
        late_time: Some(clock.run.late_after())
            .filter(|after| *after > clock.run.due_at)
            .map(timestamp),
    }
}

/// The stable name of who holds the step.
pub(crate) fn holder(holder: &Holder) -> String {
    match holder {
        Holder::TriageDesk => "triage_desk".to_owned(),
        Holder::Unit(unit) => unit.to_string(),
        Holder::AuditDesk => "audit_desk".to_owned(),
        Holder::CallbackDesk => "callback_desk".to_owned(),
        Holder::SupervisorDesk => "supervisor_desk".to_owned(),
        Holder::Arbiter => "arbiter".to_owned(),
        Holder::CityOffice => "city_office".to_owned(),
        Holder::Incident(_) => "incident".to_owned(),
        Holder::Citizen => "citizen".to_owned(),
        Holder::Nobody => "nobody".to_owned(),
    }
}

/// An event with the words its reader may see.
pub(crate) fn event(shown: &ShownFact, reader: &Reader<'_>) -> pb::TicketEvent {
    let recorded = &shown.recorded;
    let event = &recorded.fact.event;
    let is_seen = |key: &str| {
        let others = facts::others(event);
        !facts::OTHERS.contains(&key) || !others.iter().any(|other| reader.hidden.contains(other))
    };
    pb::TicketEvent {
        number: recorded.number.to_string(),
        version: recorded.version,
        event_time: Some(timestamp(recorded.at)),
        actor: recorded.actor.holder.to_string(),
        role: recorded.actor.role.to_wire(),
        kind: event.name().to_owned(),
        facts: facts::of(event)
            .into_iter()
            .filter(|(key, _)| is_seen(key))
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        words: words(&shown.words),
        proof: dispatched(event).map(|(ground, kept)| proof(ground, kept, reader)),
    }
}

fn dispatched(event: &Event) -> Option<(&Ground, Option<&Proof>)> {
    let Event::Dispatched { ground, proof, .. } = event else {
        return None;
    };
    Some((ground, proof.as_ref()))
}

/// What a dispatch rests on; of records of before proofs were kept the ground alone.
fn proof(ground: &Ground, proof: Option<&Proof>, reader: &Reader<'_>) -> pb::DispatchProof {
    let (ground, entry) = match ground {
        Ground::Entry(entry) => ("entry", entry.to_string()),
        Ground::Reason => ("reason", String::new()),
        Ground::Return => ("return", String::new()),
        Ground::Ruling => ("ruling", String::new()),
    };
    let message = pb::DispatchProof {
        entry,
        ground: ground.to_owned(),
        ..pb::DispatchProof::default()
    };
    let Some(proof) = proof else { return message };
    let similar = proof
        .similar
        .iter()
        .filter(|number| reader.similar.contains(number));
    pb::DispatchProof {
        category: proof.category.to_string(),
        area: proof.area.as_ref().map(ToString::to_string).unwrap_or_default(),
        area_source: proof
            .area_from
            .map(|from| from.as_str().to_owned())
            .unwrap_or_default(),
        confidence_percent: proof.percent.into(),
        model_version: proof.model.clone().unwrap_or_default(),
        similar_tickets: similar.map(ToString::to_string).collect(),
        ..message
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
        events: change.events.iter().map(|shown| event(shown, reader)).collect(),
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
        open_order: request.open_order,
        deadline_callback: request.deadline_callback,
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

/// Nearest to what earlier rulings are wanted.
pub(crate) fn near(request: &pb::ListRulingsRequest) -> Result<Near, Fault> {
    if !request.number.is_empty() {
        return Ok(Near::Ticket(wire::number(&request.number)?));
    }
    let category = wire::optional_category("category", &request.category)?;
    let area = wire::optional_area("area", &request.area)?;
    Ok(Near::Matter(
        category.ok_or_else(|| wire::missing("number"))?,
        area,
    ))
}

/// An earlier ruling.
pub(crate) fn precedent(precedent: Precedent) -> pb::Precedent {
    let class = precedent.ticket.classification;
    pb::Precedent {
        number: precedent.ticket.number.to_string(),
        category: class.category.map(String::from).unwrap_or_default(),
        area: class.area.map(String::from).unwrap_or_default(),
        ruling: Some(beside::ruling(&precedent.ruling)),
        reason: precedent.reason,
    }
}

/// A rules version asked for.
pub(crate) fn rules_version(text: &str) -> Option<RulesVersion> {
    Some(RulesVersion(text.to_owned())).filter(|version| !version.0.is_empty())
}
