//! What people might do next with a ticket: what fits, and what anybody might try.

use super::city;
use crate::id::UnitId;
use crate::ticket::{Asked, Callback, LegState, Phase, Ticket};

/// How random lives begin.
#[cfg(test)]
pub(crate) const REGISTRATIONS: [&str; 7] = [
    "register complaint c urban.noise phone in s",
    "register complaint c urban.noise web anonymous",
    "register help a utilities.water phone",
    "register help b utilities.water app",
    "register report c urban.noise letter accused village",
    "register consult d urban.noise phone",
    "register complaint c market.refund phone",
];

/// What anybody might try at any time.
pub(crate) const ANYTHING: &[&str] = &[
    "ask street",
    "ask water",
    "replied",
    "extend street 5",
    "extend water 10",
    "decide extension yes",
    "decide extension no",
    "suspend street planning check 2026-12-05 until 2026-12-20",
    "decide suspension yes",
    "promise street 2026-12-10",
    "resume street",
    "resume",
    "terminate water no_cooperation",
    "decide termination yes",
    "fire c4 street l1",
    "escalate l5 leak",
    "publish off 2026-11-26",
    "publish work 2026-11-28",
    "publish work 2026-12-05",
    "publish handle 3 wd",
    "rederive",
    "rederive",
    "decide proposal yes",
    "decide proposal no",
    "fire c2 water l0",
    "fire c0 l1",
    "again phone",
    "again web by li",
    "again mail anonymous",
    "answer agreed",
    "decline r2",
    "decline r7",
    "transfer 110",
    "transfer 119 confirmed",
    "classify type report",
    "classify type complaint",
    "classify type consult",
    "classify grade a",
    "classify grade b",
    "classify grade c",
    "classify grade d",
    "classify category utilities.water area s",
    "dispatch water",
    "dispatch street ecology water",
    "dispatch district village by noise",
    "dispatch water as grade a",
    "dispatch street2 as type report",
    "sign street",
    "sign water",
    "contact water missed",
    "stage street",
    "reply street solved",
    "reply water explained",
    "audit pass",
    "audit form",
    "callback missed",
    "callback unsolved",
    "rework",
    "urge",
    "seal street",
    "seal",
    "seal outsider",
    "escalate l2",
    "withdraw",
    "reopen",
    "erase contact 1",
    "merge",
    "take",
    "let_go",
    "join",
    "consult water roads",
    "opinion water takes",
    "subassign street village",
    "excuse water roads",
    "split 2",
    "recuse street2",
    "recuse ecology",
    "deadline missed",
    "deadline reached satisfied",
    "review",
    "decide review yes by a b c",
    "decide review no by a b c",
    "object",
    "decide objection yes",
    "decide objection no",
    "order",
    "answer_order street 1",
    "exclude street force_majeure",
    "decide exclusion yes",
    "decide exclusion no",
    "endorse street return",
    "endorse water reply",
    "return street wrong_unit to water",
    "unit_clerk@water: return water duplicate",
    "decide return yes",
    "decide return no",
    "decide return yes to ecology",
    "rule street proposes",
    "rule water",
    "decide entry yes",
    "redispatch ecology",
    "supervisor: redispatch street2 water as grade c",
];

pub(crate) const ANYBODY: &[&str] = &[
    "operator",
    "triager",
    "supervisor",
    "system",
    "auditor@street",
    "callback_agent@district",
    "unit_clerk@street",
    "unit_clerk@village",
    "unit_clerk@water",
    "unit_clerk@ecology",
    "unit_leader@street",
    "unit_head@district",
    "arbiter",
    "arbiter@district",
    "administrator",
];

/// What happens to a leg that is not signed for.
const AWAITING_SIGN: &[&str] = &[
    "sign UNIT",
    "sign UNIT",
    "sign UNIT",
    "return UNIT wrong_unit",
    "redispatch ecology",
];

/// What happens to a leg that is at work.
const AT_WORK: &[&str] = &[
    "contact UNIT reached",
    "contact UNIT missed",
    "stage UNIT controlled",
    "reply UNIT solved",
    "reply UNIT solved",
    "reply UNIT solved unread",
    "reply UNIT solved unread",
    "return UNIT wrong_area to roads",
    "endorse UNIT reply",
    "supervisor: redispatch street2",
    "subassign UNIT street",
    "subassign UNIT village",
    "excuse UNIT roads",
    "excuse UNIT village",
    "order",
    "answer_order UNIT 1",
    "ask UNIT",
    "extend UNIT 1",
    "extend UNIT 5",
    "terminate UNIT r2",
    "suspend UNIT funds check NEXT until LATER",
    "suspend UNIT legal_process check NEXT until NEXT",
    "deadline missed",
    "deadline reached",
];

/// What happens while the resident is asked.
const ASKED: &[&str] = &[
    "replied",
    "note",
    "urge",
    "contact UNIT reached",
    "deadline missed",
    "classify grade b",
    "withdraw",
    "seal UNIT",
    "recuse UNIT",
];

/// What happens while a matter is suspended.
const SUSPENDED: &[&str] = &[
    "resume UNIT",
    "promise UNIT NEXT",
    "promise UNIT NEXT",
    "suspend UNIT legal_process check NEXT until LATER",
    "suspend UNIT legal_process check NEXT until LATER",
    "note",
    "note",
    "order",
    "contact UNIT missed",
    "classify grade a",
    "withdraw",
    "seal UNIT",
    "recuse UNIT",
];

/// With the dates that a line leaves open: soon, and later.
pub(crate) fn dated(line: &str, ticket: &Ticket) -> String {
    let day = |days: i64| {
        let at = ticket.updated_at + jiff::SignedDuration::from_hours(24 * days);
        city::rules().calendar().local(at).date().to_string()
    };
    line.replace("NEXT", &day(8)).replace("LATER", &day(20))
}

/// What is done about what a leg has asked for.
pub(crate) fn deciding(asked: &Asked) -> &'static [&'static str] {
    match asked {
        Asked::Return { ruling: false, .. } => &[
            "decide return yes of UNIT",
            "decide return yes of UNIT to roads",
            "decide return no of UNIT",
            "contact UNIT reached",
        ],
        Asked::Return { ruling: true, .. } => {
            &["rule UNIT of UNIT", "rule water of UNIT", "rule ecology proposes"]
        }
        Asked::Extension { again: false, .. } => {
            &["decide extension yes of UNIT", "decide extension no of UNIT"]
        }
        Asked::Extension { again: true, .. } => &[
            "city_office: decide extension yes of UNIT",
            "city_office: decide extension no of UNIT",
        ],
        Asked::Suspension { .. } => &["decide suspension yes of UNIT", "decide suspension no of UNIT"],
        Asked::Termination { .. } => &["decide termination yes of UNIT", "decide termination no of UNIT"],
    }
}

/// What follows a consultation.
const CONSULTED: &[&str] = &[
    "opinion water takes",
    "opinion street declines",
    "dispatch water",
    "dispatch street",
    "decline r2",
    "withdraw",
    "seal street",
    "recuse water",
];

/// What may still be said of what is over.
const ENDED: &[&str] = &[
    "reopen",
    "supervisor: reopen",
    "object",
    "decide objection yes",
    "decide objection no",
    "review",
    "exclude UNIT system_fault",
    "decide exclusion yes",
    "city_office#other: decide exclusion yes",
    "again phone",
];

/// What whoever holds the step might well do.
pub(crate) fn sensible(ticket: &Ticket, choice: u8) -> String {
    let pick = |lines: &[&str]| lines[usize::from(choice) % lines.len()].to_owned();
    if ticket.merged_into().is_some() {
        return pick(&["rejoin", "rejoin declined", "unmerge", "again phone"]);
    }
    match &ticket.phase {
        Phase::Accepted { .. } => pick(&[
            "dispatch street",
            "dispatch water roads",
            "dispatch district",
            "dispatch ecology",
            "dispatch street roads",
            "seal outsider",
            "consult water street",
        ]),
        Phase::Consulting { .. } => pick(CONSULTED),
        Phase::AwaitingCitizen { legs, .. } => pick(ASKED).replace("UNIT", legs.lead.unit.as_str()),
        Phase::Suspended { legs, .. } => {
            let verbs = match ticket.pending(legs.lead.id) {
                Some(decision) if choice & 1 == 0 => deciding(&decision.asked),
                Some(_) | None => SUSPENDED,
            };
            dated(&pick(verbs), ticket).replace("UNIT", legs.lead.unit.as_str())
        }
        Phase::Dispatched { legs } | Phase::Handling { legs } => {
            let leg = legs
                .iter()
                .nth(usize::from(choice / 16) % (legs.others.len() + 1))
                .expect("within the legs");
            let verbs = match (ticket.pending(leg.id), leg.state) {
                (Some(decision), _) => deciding(&decision.asked),
                (None, LegState::AwaitingSign | LegState::Excused) => AWAITING_SIGN,
                (None, LegState::Handling { .. } | LegState::Replied { .. }) => AT_WORK,
            };
            dated(&pick(verbs), ticket).replace("UNIT", leg.unit.as_str())
        }
        Phase::ReplyReview { .. } => pick(&["audit pass", "audit pass", "audit form", "audit substance"]),
        Phase::CallbackDue {
            callback: Callback::Unsolved { .. },
            ..
        } => pick(&["rework", "supervisor: rework", "supervisor: rework", "review"]),
        Phase::CallbackDue {
            callback: Callback::Review { .. },
            ..
        } => pick(&["decide review yes by a b c", "decide review no by a b c"]),
        // Who does not answer the calls seldom answers the link.
        Phase::CallbackDue {
            callback: Callback::Link,
            ..
        } => pick(&["note", "note", "callback solved link"]),
        Phase::CallbackDue { .. } => pick(&[
            "callback missed",
            "callback missed",
            "callback missed",
            "callback solved satisfied",
            "callback unsolved",
            "callback unsolved",
        ]),
        Phase::Closed { .. } => {
            pick(ENDED).replace("UNIT", ticket.lead_unit().map_or("water", UnitId::as_str))
        }
    }
}
