//! What somebody does next with a ticket: mostly what moves it on, often something else that fits, now and then anything.

use super::chance::Chance;
use crate::clock::Kind;
use crate::id::UnitId;
use crate::ticket::check::ideas::{ANYBODY, ANYTHING, deciding, sensible};
use crate::ticket::{
    Asked, Callback, CloseKind, ExclusionState, FirstContact, Grade, LegState, Phase, Ticket,
};

/// People who call; few enough that they call again.
const PEOPLE: u64 = 60;
/// Units that lead.
const UNITS: [&str; 8] = [
    "street", "street", "water", "water", "roads", "district", "ecology", "street2",
];
const CO: [&str; 4] = ["ecology", "roads", "district village", "quarter"];

/// What a matter is about, how urgent, and how often.
const MATTERS: [(u64, &str); 14] = [
    (22, "complaint c urban.noise phone in s"),
    (10, "complaint c urban.noise web in s2"),
    (8, "help c utilities.water app"),
    (8, "help b utilities.water phone"),
    (5, "help a utilities.water phone"),
    (6, "consult c urban.noise phone"),
    (4, "suggestion c urban.noise wechat"),
    (3, "praise c urban.noise phone"),
    (8, "complaint d urban.noise letter"),
    (3, "consult d urban.noise visit"),
    (7, "complaint c market.refund phone"),
    (6, "report c urban.noise letter accused village"),
    (4, "report c urban.noise mail accused outsider"),
    (6, "complaint c - open311"),
];

/// Who brings in what.
pub(super) fn register(chance: &mut Chance) -> String {
    let mut nth = chance.below(MATTERS.iter().map(|(weight, _)| weight).sum());
    let mut matter = MATTERS[0].1;
    for (weight, one) in MATTERS {
        matter = one;
        if nth < weight {
            break;
        }
        nth -= weight;
    }
    let further = match chance.below(100) {
        0..3 => " confidential",
        3..6 => " without street2",
        _ => "",
    };
    format!("register {matter} {}{further}", caller(chance))
}

/// One of a burst pipe: the same matter by many.
pub(super) fn register_again(chance: &mut Chance) -> String {
    let grade = chance.pick(&["b", "b", "c"]);
    format!("register help {grade} utilities.water phone {}", caller(chance))
}

fn caller(chance: &mut Chance) -> String {
    match chance.below(100) {
        0..8 => "anonymous".to_owned(),
        _ => format!("by p{}", chance.below(PEOPLE)),
    }
}

/// The next line about a ticket.
pub(super) fn next(ticket: &Ticket, chance: &mut Chance) -> String {
    let ruling = ticket.ruling.as_ref();
    let proposes = ruling.is_some_and(|ruling| ruling.proposes && ruling.accepted.is_none());
    if proposes && chance.percent(20) {
        return format!("decide entry {}", yes_or_no(chance));
    }
    match chance.below(100) {
        0..6 => anything(ticket, chance),
        6..12 => by_the_way(ticket, chance),
        12..42 => fitting(ticket, chance),
        _ => straight_on(ticket, chance),
    }
}

/// Whatever, by whomever. What is about two tickets is the city's.
fn anything(ticket: &Ticket, chance: &mut Chance) -> String {
    let of_two = ["merge", "take", "let_go", "join", "publish", "rejoin"];
    let lines: Vec<&str> = ANYTHING
        .iter()
        .copied()
        .filter(|line| !of_two.iter().any(|verb| line.starts_with(verb)))
        .collect();
    let line = dated(chance.pick(&lines), ticket, chance);
    let by = chance.pick(ANYBODY);
    match chance.percent(50) && !line.contains(": ") {
        true => format!("{by}: {line}"),
        false => line,
    }
}

/// What residents and supervisors do at any time.
fn by_the_way(ticket: &Ticket, chance: &mut Chance) -> String {
    let lead = ticket.lead_unit().map_or("water", UnitId::as_str);
    let line = match chance.below(16) {
        0 | 1 => format!("again phone {}", caller(chance)),
        2 | 3 => "urge".to_owned(),
        4 => "supervisor: urge".to_owned(),
        5 => format!("escalate l{}", chance.between(1, 3)),
        6 => format!(
            "escalate {}",
            chance.pick(&["l4 repeated_l2", "l5 retaliation", "l5 false_closing"])
        ),
        7 => format!("decide proposal {}", yes_or_no(chance)),
        8 => "order".to_owned(),
        9 => format!("answer_order {lead} {}", ticket.orders.len()),
        10 => format!(
            "supervisor: classify grade {}",
            chance.pick(&["a", "b", "c", "d", "c"])
        ),
        11 => format!(
            "classify type {}",
            chance.pick(&["complaint", "help", "consult", "suggestion", "praise"])
        ),
        12 => chance
            .pick(&[
                "seal",
                "seal outsider",
                "seal street",
                "recuse street2",
                "recuse ecology",
            ])
            .to_owned(),
        13 => chance
            .pick(&["split 2", "erase contact 1", "erase words", "note"])
            .to_owned(),
        14 => chance
            .pick(&["withdraw", "decline r2", "supervisor: decline r8", "object"])
            .to_owned(),
        _ => "classify category urban.noise area s".to_owned(),
    };
    if let Some(order) = ticket.open_order().filter(|_| chance.percent(40)) {
        return format!("answer_order {} {}", order.unit, order.order);
    }
    if ticket.proposal.is_some() && chance.percent(50) {
        return format!("decide proposal {}", yes_or_no(chance));
    }
    line
}

fn yes_or_no(chance: &mut Chance) -> &'static str {
    if chance.percent(65) { "yes" } else { "no" }
}

/// Anything that fits the phase. What is merged waits for its incident.
fn fitting(ticket: &Ticket, chance: &mut Chance) -> String {
    if ticket.merged_into().is_some() {
        return chance
            .pick(&["again phone by p1", "note", "again web anonymous"])
            .to_owned();
    }
    let choice = u8::try_from(chance.below(256)).unwrap_or(0);
    let line = sensible(ticket, choice);
    match ticket.classification.category {
        None if line.starts_with("dispatch") => "classify category urban.noise area s".to_owned(),
        _ => line,
    }
}

/// What moves the ticket on.
fn straight_on(ticket: &Ticket, chance: &mut Chance) -> String {
    if ticket.merged_into().is_some() {
        return "note".to_owned();
    }
    match &ticket.phase {
        Phase::Accepted { .. } => triaged(ticket, chance),
        Phase::Consulting { asked } => {
            let silent = asked.iter().find(|(_, said)| said.is_none());
            match silent {
                Some((unit, _)) => format!("opinion {unit} {}", chance.pick(&["takes", "declines"])),
                None => format!("dispatch {}", chance.pick(&UNITS)),
            }
        }
        Phase::Dispatched { legs } | Phase::Handling { legs } => {
            let out: Vec<_> = legs.iter().filter(|leg| leg.is_out()).collect();
            let nth = usize::try_from(chance.below(out.len() as u64)).unwrap_or(0);
            // The lead comes last: it waits for the others.
            let Some(leg) = out.get(nth).or(out.first()) else {
                return "note".to_owned();
            };
            if let Some(decision) = ticket.pending(leg.id) {
                return decided(&decision.asked, chance).replace("UNIT", leg.unit.as_str());
            }
            worked(ticket, leg, chance).replace("UNIT", leg.unit.as_str())
        }
        Phase::AwaitingCitizen { .. } => "replied".to_owned(),
        Phase::Suspended { legs, .. } => suspended(ticket, legs.lead.unit.as_str(), chance),
        Phase::ReplyReview { .. } => chance
            .pick(&[
                "audit pass",
                "audit pass",
                "audit pass",
                "audit form",
                "audit substance",
            ])
            .to_owned(),
        Phase::CallbackDue { callback, .. } => rung(callback, chance),
        Phase::Closed { .. } => ended(ticket, chance),
    }
}

fn triaged(ticket: &Ticket, chance: &mut Chance) -> String {
    if ticket.classification.category.is_none() {
        return "classify category urban.noise area s".to_owned();
    }
    let urgent = matches!(ticket.classification.grade, Grade::A | Grade::B);
    let by = if urgent { "operator: " } else { "" };
    let lead = chance.pick(&UNITS);
    let co = match chance.percent(20) {
        true => format!(" {}", chance.pick(&CO)),
        false => String::new(),
    };
    match chance.below(20) {
        0 => "answer agreed".to_owned(),
        1 => format!("decline {}", chance.pick(&["r2", "r3", "r4", "r5", "r6"])),
        2 => "consult water street".to_owned(),
        3 => chance
            .pick(&["transfer 119", "transfer 110 confirmed"])
            .to_owned(),
        _ => format!("{by}dispatch {lead}{co}"),
    }
}

fn worked(ticket: &Ticket, leg: &crate::ticket::Leg, chance: &mut Chance) -> String {
    if leg.state == LegState::AwaitingSign {
        return "sign UNIT".to_owned();
    }
    let owes_contact = matches!(leg.contact, FirstContact::Due { .. });
    if owes_contact && chance.percent(70) {
        return chance
            .pick(&[
                "contact UNIT reached",
                "contact UNIT reached",
                "contact UNIT missed",
            ])
            .to_owned();
    }
    let urgent = matches!(ticket.classification.grade, Grade::A | Grade::B);
    if urgent && chance.percent(50) {
        return "stage UNIT controlled".to_owned();
    }
    if ticket.runs(Kind::Callback) && chance.percent(40) {
        return chance
            .pick(&["deadline missed", "deadline reached satisfied"])
            .to_owned();
    }
    if chance.percent(12) {
        let line = chance.pick(&[
            "return UNIT wrong_unit",
            "return UNIT wrong_area to roads",
            "extend UNIT 3",
            "suspend UNIT funds check 2026-02-02 until 2026-02-02",
            "ask UNIT",
        ]);
        return dated(line, ticket, chance);
    }
    chance
        .pick(&[
            "reply UNIT solved",
            "reply UNIT solved",
            "reply UNIT solved unread",
            "reply UNIT explained",
        ])
        .to_owned()
}

/// Looked at, suspended further, or gone on with.
fn suspended(ticket: &Ticket, unit: &str, chance: &mut Chance) -> String {
    let asked = ticket.decisions.first().map(|decision| &decision.asked);
    if let Some(asked) = asked {
        return decided(asked, chance).replace("UNIT", unit);
    }
    let line = chance.pick(&[
        "promise UNIT 2026-02-02",
        "promise UNIT 2026-02-02",
        "suspend UNIT legal_process check 2026-02-02 until 2026-02-02",
        "resume UNIT",
    ]);
    dated(line, ticket, chance).replace("UNIT", unit)
}

fn decided(asked: &Asked, chance: &mut Chance) -> String {
    chance.pick(deciding(asked)).to_owned()
}

fn rung(callback: &Callback, chance: &mut Chance) -> String {
    let lines: &[&str] = match callback {
        Callback::Ringing { .. } => &[
            "callback solved satisfied",
            "callback solved very_satisfied",
            "callback solved",
            "callback unsolved dissatisfied",
            "callback missed",
        ],
        Callback::Link => &["callback solved link", "note", "note"],
        Callback::Unsolved { .. } => &["rework", "supervisor: rework", "supervisor: review"],
        Callback::Review { .. } => &["decide review yes by a b c", "decide review no by a b c"],
    };
    chance.pick(lines).to_owned()
}

fn ended(ticket: &Ticket, chance: &mut Chance) -> String {
    let lead = ticket.lead_unit().map_or("water", UnitId::as_str);
    let is_declined = matches!(
        ticket.phase,
        Phase::Closed {
            how: CloseKind::Declined(_),
            ..
        }
    );
    if ticket.runs(Kind::Decision) && chance.percent(70) {
        let answer = yes_or_no(chance);
        return match (
            is_declined,
            ticket.exclusion.as_ref().map(|exclusion| &exclusion.state),
        ) {
            (true, _) => format!("decide objection {answer}"),
            (false, Some(ExclusionState::Reviewed { .. })) => {
                format!("city_office#two: decide exclusion {answer}")
            }
            (false, _) => format!("decide exclusion {answer}"),
        };
    }
    if is_declined && chance.percent(60) {
        return "object".to_owned();
    }
    match chance.below(12) {
        0 | 1 => "reopen".to_owned(),
        2 | 3 => "object".to_owned(),
        4 => format!("decide objection {}", yes_or_no(chance)),
        5 => "review".to_owned(),
        6 | 7 => format!(
            "exclude {lead} {}",
            chance.pick(&["force_majeure", "malicious", "system_fault"])
        ),
        8 => format!("decide exclusion {}", yes_or_no(chance)),
        9 => format!("city_office#two: decide exclusion {}", yes_or_no(chance)),
        _ => "again phone by p3".to_owned(),
    }
}

/// With other dates than those of the script it comes from.
fn dated(line: &str, ticket: &Ticket, chance: &mut Chance) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let mut days = 0;
    for word in &mut words {
        if word.starts_with("2026-") {
            days += chance.between(1, 25);
            let at = ticket.updated_at + jiff::SignedDuration::from_hours(24 * days);
            *word = crate::ticket::check::city::rules()
                .calendar()
                .local(at)
                .date()
                .to_string();
        }
    }
    words.join(" ")
}
