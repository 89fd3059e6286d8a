//! Tickets as scripts and people read them: one JSON object a line, one short line, local times.

pub mod pending;

use jiff::Timestamp;
use jiff::tz::Offset;
use owo_colors::{OwoColorize as _, Style};
use proto::common::v1::{
    Accused, Act, Channel, Claim, ClockKind, EscalationCause, ExclusionGround, Grade, Level, Light, Phase,
    Rating, RequestType, Role, Standing, SuspensionGround, accused,
};
use proto::tickets::v1::{
    Clock, Contact, DispatchProof, Endorsement, Exclusion, Leg, Opinion, Order, Promise, Proposal, Ruling,
    Ticket, TicketEvent,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::out::{Lang, pad};
use crate::terms::{name, word};

/// The city's offset. China has one, and no summer time since 1991.
pub const CITY: Offset = Offset::constant(8);

/// A time of the wire.
pub type WireTime = Option<prost_types::Timestamp>;

/// Reads a time of the wire; none when unset or beyond the calendar.
pub fn instant(time: &WireTime) -> Option<Timestamp> {
    time.as_ref()
        .and_then(|time| Timestamp::new(time.seconds, time.nanos).ok())
}

/// A time for the wire.
pub fn wire_time(time: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: time.subsec_nanosecond(),
    }
}

/// RFC 3339 in local time, for JSON; null when unset.
pub fn json_time(time: &WireTime) -> Value {
    instant(time).map_or(Value::Null, |time| {
        Value::String(time.display_with_offset(CITY).to_string())
    })
}

/// `2026-11-21 09:30` in local time, for people; empty when unset.
pub fn short_time(time: &WireTime) -> String {
    instant(time).map(short).unwrap_or_default()
}

/// `2026-11-21 09:30` in local time.
pub fn short(time: Timestamp) -> String {
    CITY.to_datetime(time).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A ticket as one JSON object. The first eight keys are what scripts rely on; a word that is not there is empty.
#[derive(Debug, Serialize)]
pub struct TicketLine<'a> {
    number: &'a str,
    phase: &'static str,
    r#type: &'static str,
    category: &'a str,
    area: &'a str,
    lead_unit: &'a str,
    light: &'static str,
    level: &'static str,
    version: u32,
    grade: &'static str,
    hold: &'a str,
    step_holder: &'a str,
    due_time: Value,
    register_time: Value,
    update_time: Value,
    close_time: Value,
    close_kind: &'a str,
    confidence_percent: u32,
    channel: &'static str,
    sealed: bool,
    accused: Value,
    round: u32,
    reopened: u32,
    listeners: u32,
    urged: u32,
    claim: &'static str,
    callback_tries: u32,
    points: f64,
    has_contact: bool,
    outcome: Value,
    source_id: &'a str,
    legs: Vec<Value>,
    clocks: Vec<Value>,
    pending: Vec<Value>,
    promise: Value,
    orders: Vec<Value>,
    proposal: Value,
    merged_into: &'a str,
    rejoined: bool,
    children_count: u32,
    split_from: &'a str,
    returns: u32,
    returns_refused: u32,
    ruling: Value,
    extensions: u32,
    extended_days: u32,
    exclusion: Value,
    objected: bool,
    reviewed: bool,
    recused_units: &'a [String],
    opinions: Vec<Value>,
    endorsed: Vec<Value>,
    deadline_callback_due: bool,
    #[serde(flatten)]
    words: Option<Words<'a>>,
}

/// What only the full view has.
#[derive(Debug, Serialize)]
struct Words<'a> {
    subject: &'a str,
    body: &'a str,
    place: &'a str,
    erased: bool,
    contacts: Vec<Value>,
    children: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    dispatch_proof: Option<Value>,
}

impl<'a> TicketLine<'a> {
    /// Without words.
    pub fn basic(ticket: &'a Ticket) -> Self {
        Self {
            number: &ticket.number,
            phase: word::<Phase>(ticket.phase),
            r#type: word::<RequestType>(ticket.r#type),
            category: &ticket.category,
            area: &ticket.area,
            lead_unit: &ticket.lead_unit,
            light: word::<Light>(ticket.light),
            level: word::<Level>(ticket.level),
            version: ticket.version,
            grade: word::<Grade>(ticket.grade),
            hold: &ticket.hold,
            step_holder: &ticket.step_holder,
            due_time: json_time(&ticket.due_time),
            register_time: json_time(&ticket.register_time),
            update_time: json_time(&ticket.update_time),
            close_time: json_time(&ticket.close_time),
            close_kind: &ticket.close_kind,
            confidence_percent: ticket.confidence_percent,
            channel: word::<Channel>(ticket.channel),
            sealed: ticket.sealed,
            accused: accused_json(ticket.accused.as_ref()),
            round: ticket.round,
            reopened: ticket.reopened,
            listeners: ticket.listeners,
            urged: ticket.urged,
            claim: word::<Claim>(ticket.claim),
            callback_tries: ticket.callback_tries,
            points: f64::from(ticket.points_tenths) / 10.0,
            has_contact: ticket.has_contact,
            outcome: ticket.outcome.map_or(
                Value::Null,
                |outcome| json!({ "solved": outcome.solved, "rating": word::<Rating>(outcome.rating) }),
            ),
            source_id: &ticket.source_id,
            legs: ticket.legs.iter().map(leg_json).collect(),
            clocks: ticket.clocks.iter().map(clock_json).collect(),
            pending: pending::of(ticket).iter().map(pending::Pending::json).collect(),
            promise: promise_json(ticket.promise.as_ref()),
            orders: ticket.orders.iter().map(order_json).collect(),
            proposal: proposal_json(ticket.proposal.as_ref()),
            merged_into: &ticket.merged_into,
            rejoined: ticket.rejoined,
            children_count: ticket.children_count,
            split_from: &ticket.split_from,
            returns: ticket.returns,
            returns_refused: ticket.returns_refused,
            ruling: ruling_json(ticket.ruling.as_ref()),
            extensions: ticket.extensions,
            extended_days: ticket.extended_days,
            exclusion: exclusion_json(ticket.exclusion.as_ref()),
            objected: ticket.objected,
            reviewed: ticket.reviewed,
            recused_units: &ticket.recused_units,
            opinions: ticket.opinions.iter().map(opinion_json).collect(),
            endorsed: ticket.endorsed.iter().map(endorsement_json).collect(),
            deadline_callback_due: ticket.deadline_callback_due,
            words: None,
        }
    }

    /// With the words the caller may read.
    pub fn full(ticket: &'a Ticket) -> Self {
        let words = Words {
            subject: &ticket.subject,
            body: &ticket.body,
            place: &ticket.place,
            erased: ticket.erased,
            contacts: ticket.contacts.iter().map(contact_json).collect(),
            children: &ticket.children,
            dispatch_proof: ticket.dispatch_proof.as_ref().map(proof_json),
        };
        Self {
            words: Some(words),
            ..Self::basic(ticket)
        }
    }
}

fn accused_json(accused: Option<&Accused>) -> Value {
    match accused.and_then(|accused| accused.who.as_ref()) {
        Some(accused::Who::Unit(unit)) => json!({ "unit": unit }),
        Some(accused::Who::Outsider(_)) => json!({ "outsider": true }),
        None => Value::Null,
    }
}

fn leg_json(leg: &Leg) -> Value {
    json!({
        "leg": leg.leg,
        "unit": leg.unit,
        "lead": leg.lead,
        "state": leg.state,
        "dispatch_time": json_time(&leg.dispatch_time),
        "sign_time": json_time(&leg.sign_time),
        "contact_time": json_time(&leg.contact_time),
        "reply_time": json_time(&leg.reply_time),
        "contact_needed": leg.contact_needed,
        "role": leg.role,
        "under": leg.under,
    })
}

fn clock_json(clock: &Clock) -> Value {
    json!({
        "kind": word::<ClockKind>(clock.kind),
        "leg": clock.leg,
        "run": clock.run,
        "limit": clock.limit,
        "start_time": json_time(&clock.start_time),
        "due_time": json_time(&clock.due_time),
        "yellow_time": json_time(&clock.yellow_time),
        "stop_time": json_time(&clock.stop_time),
        "fired": clock.fired.iter().map(|level| word::<Level>(*level)).collect::<Vec<_>>(),
    })
}

/// What a suspended matter rests on; null without one.
pub fn promise_json(promise: Option<&Promise>) -> Value {
    promise.map_or(Value::Null, |promise| {
        json!({
            "ground": word::<SuspensionGround>(promise.ground),
            "owner": promise.owner,
            "check_time": json_time(&promise.check_time),
            "until_time": json_time(&promise.until_time),
            "since_time": json_time(&promise.since_time),
        })
    })
}

/// L4 or L5 as it waits for the city office; null without one.
fn proposal_json(proposal: Option<&Proposal>) -> Value {
    proposal.map_or(Value::Null, |proposal| {
        json!({
            "level": word::<Level>(proposal.level),
            "cause": word::<EscalationCause>(proposal.cause),
            "unit": proposal.unit,
            "propose_time": json_time(&proposal.propose_time),
        })
    })
}

/// A binding ruling; null without one.
pub fn ruling_json(ruling: Option<&Ruling>) -> Value {
    ruling.map_or(Value::Null, |ruling| {
        json!({
            "unit": ruling.unit,
            "rule_time": json_time(&ruling.rule_time),
            "ruled_by": ruling.ruled_by,
            "proposes_entry": ruling.proposes_entry,
            "entry_accepted": ruling.entry_accepted,
        })
    })
}

fn order_json(order: &Order) -> Value {
    json!({
        "order": order.order,
        "unit": order.unit,
        "issue_time": json_time(&order.issue_time),
        "due_time": json_time(&order.due_time),
        "answer_time": json_time(&order.answer_time),
    })
}

fn exclusion_json(exclusion: Option<&Exclusion>) -> Value {
    exclusion.map_or(
        Value::Null,
        |exclusion| json!({ "ground": word::<ExclusionGround>(exclusion.ground), "state": exclusion.state }),
    )
}

fn opinion_json(opinion: &Opinion) -> Value {
    json!({ "unit": opinion.unit, "takes_it": opinion.takes_it })
}

fn endorsement_json(endorsement: &Endorsement) -> Value {
    json!({ "leg": endorsement.leg, "act": word::<Act>(endorsement.act) })
}

/// Since when a clock rests with its ticket, and goes on later; none where it runs, or is over.
pub fn rests_since(ticket: &Ticket, clock: &Clock) -> WireTime {
    let stopped = instant(&clock.stop_time)?;
    let waits = || {
        let clocks = ticket.clocks.iter();
        let mut waits = clocks.filter(|one| one.kind() == ClockKind::Waiting && one.stop_time.is_none());
        waits.next()?.start_time
    };
    // A merged one rests as a whole since it is one.
    let merged = || {
        let is_merged = !ticket.merged_into.is_empty() && !ticket.rejoined;
        let stops = ticket.clocks.iter().filter_map(|one| instant(&one.stop_time));
        stops.max().filter(|_| is_merged)
    };
    let promised = || {
        ticket
            .promise
            .as_ref()
            .and_then(|promise| instant(&promise.since_time))
    };
    let since = if ticket.phase() == Phase::AwaitingCitizen {
        instant(&waits())
    } else if ticket.phase() == Phase::Suspended {
        promised()
    } else {
        merged()
    };
    let rests =
        domain::clock::Kind::parse(word::<ClockKind>(clock.kind)).is_some_and(domain::clock::Kind::rests);
    clock
        .stop_time
        .filter(|_| rests && since.is_some_and(|since| stopped >= since))
}

/// Whose a leg is; empty when it is none of the present ones.
pub fn unit_of_leg(ticket: &Ticket, leg: u32) -> &str {
    let found = ticket.legs.iter().find(|one| one.leg == leg);
    found.map_or("", |one| one.unit.as_str())
}

fn contact_json(contact: &Contact) -> Value {
    json!({
        "contact": contact.contact,
        "channel": word::<Channel>(contact.channel),
        "standing": word::<Standing>(contact.standing),
        "has_identity": contact.has_identity,
    })
}

/// One thing that happened, as JSON.
pub fn event_json(event: &TicketEvent) -> Value {
    let sorted = |map: &std::collections::HashMap<String, String>| {
        map.iter()
            .map(|(key, value)| (key.clone(), Value::String(value.clone())))
            .collect::<serde_json::Map<_, _>>()
    };
    let mut told = json!({
        "number": event.number,
        "version": event.version,
        "time": json_time(&event.event_time),
        "kind": event.kind,
        "actor": event.actor,
        "role": word::<Role>(event.role),
        "facts": sorted(&event.facts),
        "words": sorted(&event.words),
    });
    if let Some(proof) = &event.proof {
        told["proof"] = proof_json(proof);
    }
    told
}

/// What a dispatch rests on.
fn proof_json(proof: &DispatchProof) -> Value {
    json!({
        "entry": proof.entry,
        "ground": proof.ground,
        "category": proof.category,
        "area": proof.area,
        "area_source": proof.area_source,
        "confidence_percent": proof.confidence_percent,
        "model_version": proof.model_version,
        "similar_tickets": proof.similar_tickets,
    })
}

/// The colour of a light.
pub fn light_style(light: i32) -> Style {
    match Light::try_from(light).unwrap_or_default() {
        Light::Unspecified | Light::None => Style::new(),
        Light::Yellow => Style::new().yellow(),
        Light::Red => Style::new().red().bold(),
        Light::Green => Style::new().green(),
        Light::GreenLate => Style::new().green().dimmed(),
        Light::Grey => Style::new().dimmed(),
    }
}

/// A light in its colour, padded.
pub fn light_cell(light: i32, lang: Lang, columns: usize) -> String {
    pad(name::<Light>(light, lang), columns)
        .style(light_style(light))
        .to_string()
}

/// The heads of [`row`].
pub fn head(lang: Lang) -> String {
    let cells = [
        ("编号", "NUMBER", 18),
        ("环节", "PHASE", 17),
        ("灯", "LIGHT", 10),
        ("级", "LEVEL", 6),
        ("类型", "TYPE", 11),
        ("等级", "GRADE", 6),
        ("类别", "CATEGORY", 30),
        ("区域", "AREA", 14),
        ("主办", "LEAD", 24),
    ];
    let line: String = cells
        .iter()
        .map(|(zh, en, columns)| pad(lang.word(zh, en), *columns))
        .collect();
    format!("{line}{}", lang.word("到期", "DUE")).bold().to_string()
}

/// When the lead's handling is due; without one, the step that is due first.
fn due(ticket: &Ticket) -> String {
    let running = ticket.clocks.iter().filter(|clock| clock.stop_time.is_none());
    let first = || running.filter_map(|clock| instant(&clock.due_time)).min();
    instant(&ticket.due_time)
        .or_else(first)
        .map(short)
        .unwrap_or_default()
}

/// A ticket on one line of a list.
pub fn row(ticket: &Ticket, lang: Lang) -> String {
    let or_dash = |text: &str, columns| pad(if text.is_empty() { "-" } else { text }, columns);
    let incident = format!("→ {}", ticket.merged_into);
    let waits = format!("({})", ticket.hold);
    let lead = match ticket.lead_unit.as_str() {
        "" if !ticket.merged_into.is_empty() => &incident,
        "" if !ticket.hold.is_empty() => &waits,
        lead => lead,
    };
    let due = due(ticket);
    [
        pad(&ticket.number, 18),
        pad(name::<Phase>(ticket.phase, lang), 17),
        light_cell(ticket.light, lang, 10),
        or_dash(word::<Level>(ticket.level), 6),
        or_dash(name::<RequestType>(ticket.r#type, lang), 11),
        or_dash(word::<Grade>(ticket.grade), 6),
        or_dash(&ticket.category, 30),
        or_dash(&ticket.area, 14),
        or_dash(lead, 24),
        if due.is_empty() { "-".to_owned() } else { due },
    ]
    .concat()
}
