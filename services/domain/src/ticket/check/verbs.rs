//! Verbs beside the straight way: what units ask for, what desks decide, what residents object to.

use super::city;
use super::script::{after, dispatch, has, leg_of};
use crate::id::{EntryId, HolderId, TicketNumber, UnitId};
use crate::ticket::{
    Act, Adjudicate, AnswerOrder, CheckPromise, Command, Consult, DeadlineCallback, DecideEntry,
    DecideExclusion, DecideExtension, DecideObjection, DecideProposal, DecideReturn, DecideReview,
    DecideSuspension, DecideTermination, Endorse, ExclusionGround, Excuse, GiveOpinion, Rating, Recuse,
    Redispatch, RequestExclusion, RequestExtension, RequestReturn, RequestSuspension, RequestTermination,
    ReturnReason, Split, SubAssign, SuspensionGround, TerminationGround, Ticket,
};

fn unit(text: &str) -> UnitId {
    UnitId::parse(text).unwrap()
}

fn day(text: &str) -> jiff::Timestamp {
    city::at(&format!("{text}T09:00"))
}

/// A unit's verb: who in the unit usually does it, and the command. `rest` begins with the unit.
#[expect(clippy::too_many_lines, reason = "one verb after the other: a table")]
pub(super) fn of_the_unit(
    verb: &str,
    rest: &[&str],
    ticket: Option<&Ticket>,
) -> Option<(&'static str, Command)> {
    Some(match verb {
        // opinion UNIT takes|declines
        "opinion" => (
            "unit_clerk",
            Command::GiveOpinion(GiveOpinion {
                takes_it: has(rest, "takes"),
            }),
        ),
        // endorse UNIT return|reply
        "endorse" => (
            "unit_leader",
            Command::Endorse(Endorse {
                act: Act::parse(rest[1]).unwrap(),
            }),
        ),
        // return UNIT REASON [to UNIT]
        "return" => (
            "unit_leader",
            Command::RequestReturn(RequestReturn {
                reason: ReturnReason::parse(rest[1]).unwrap(),
                suggested: after(rest, "to").map(unit),
            }),
        ),
        // subassign UNIT BELOW
        "subassign" => (
            "unit_clerk",
            Command::SubAssign(SubAssign { unit: unit(rest[1]) }),
        ),
        // excuse UNIT OTHER
        "excuse" => (
            "unit_clerk",
            Command::Excuse(Excuse {
                leg: leg_of(ticket, rest[1]),
            }),
        ),
        // extend UNIT DAYS
        "extend" => (
            "unit_leader",
            Command::RequestExtension(RequestExtension {
                days: rest[1].parse().unwrap(),
            }),
        ),
        "ask" => ("unit_clerk", Command::AskCitizen),
        // suspend UNIT GROUND check DATE until DATE
        "suspend" => (
            "unit_head",
            Command::RequestSuspension(RequestSuspension {
                ground: SuspensionGround::parse(rest[1]).unwrap(),
                owner: HolderId::parse("li").unwrap(),
                check_at: day(after(rest, "check").expect("check DATE")),
                until: day(after(rest, "until").expect("until DATE")),
            }),
        ),
        // promise UNIT DATE
        "promise" => (
            "unit_clerk",
            Command::CheckPromise(CheckPromise {
                next_at: day(rest[1]),
            }),
        ),
        "resume" => ("unit_clerk", Command::Resume),
        // terminate UNIT GROUND
        "terminate" => (
            "unit_leader",
            Command::RequestTermination(RequestTermination {
                ground: TerminationGround::parse(rest[1]).unwrap(),
            }),
        ),
        // answer_order UNIT N
        "answer_order" => (
            "unit_head",
            Command::AnswerOrder(AnswerOrder {
                order: rest[1].parse().unwrap(),
            }),
        ),
        // exclude UNIT GROUND
        "exclude" => (
            "unit_head",
            Command::RequestExclusion(RequestExclusion {
                ground: ExclusionGround::parse(rest[1]).unwrap(),
            }),
        ),
        _ => return None,
    })
}

/// A verb of the hotline or the resident, and who usually does it.
pub(super) fn of_the_hotline(
    verb: &str,
    rest: &[&str],
    ticket: Option<&Ticket>,
) -> Option<(Command, &'static str)> {
    Some(match verb {
        // consult UNIT UNIT …
        "consult" => {
            let units = rest.iter().map(|text| unit(text)).collect();
            (Command::Consult(Consult { units }), "triager")
        }
        // redispatch LEAD [CO …] [by ENTRY] [as …]
        "redispatch" => (Command::Redispatch(Redispatch { to: dispatch(rest) }), "triager"),
        // split COUNT
        "split" => {
            let count: u32 = rest[0].parse().unwrap();
            let number = |nth| TicketNumber::new(city::date(), 1 + nth).unwrap();
            let into = (1..=count).map(number).collect();
            (Command::Split(Split { into }), "triager")
        }
        // decide WHAT yes|no …
        "decide" => decide(rest, ticket),
        // rule UNIT [of UNIT] [proposes]
        "rule" => (
            Command::Adjudicate(Adjudicate {
                leg: after(rest, "of").map(|unit| leg_of(ticket, unit)),
                unit: unit(rest[0]),
                proposes: has(rest, "proposes"),
            }),
            "arbiter",
        ),
        "replied" => (Command::CitizenReplied, "operator"),
        // deadline missed | deadline reached [RATING]
        "deadline" => (
            Command::DeadlineCallback(DeadlineCallback {
                reached: has(rest, "reached"),
                rating: rest.iter().find_map(|word| Rating::parse(word)),
            }),
            "callback_agent",
        ),
        "review" => (Command::RequestReview, "operator"),
        "object" => (Command::Object, "operator"),
        "order" => (Command::IssueOrder, "supervisor"),
        "recuse" => (Command::Recuse(Recuse { unit: unit(rest[0]) }), "triager"),
        _ => return None,
    })
}

/// `decide WHAT yes|no [of UNIT] [to UNIT] [by A B C] [entry ID]`.
fn decide(rest: &[&str], ticket: Option<&Ticket>) -> (Command, &'static str) {
    let approved = has(rest, "yes");
    let leg = after(rest, "of").map(|unit| leg_of(ticket, unit));
    match rest[0] {
        "return" => {
            let to = after(rest, "to").map(unit);
            (
                Command::DecideReturn(DecideReturn { leg, approved, to }),
                "triager",
            )
        }
        "extension" => (
            Command::DecideExtension(DecideExtension { leg, approved }),
            "supervisor",
        ),
        "suspension" => (
            Command::DecideSuspension(DecideSuspension { leg, approved }),
            "city_office",
        ),
        "termination" => (
            Command::DecideTermination(DecideTermination { leg, approved }),
            "auditor",
        ),
        "entry" => {
            let entry = approved.then(|| EntryId::parse("ruling").unwrap());
            (Command::DecideEntry(DecideEntry { entry }), "supervisor")
        }
        "proposal" => (
            Command::DecideProposal(DecideProposal { approved }),
            "city_office",
        ),
        "objection" => (
            Command::DecideObjection(DecideObjection { upheld: approved }),
            "supervisor",
        ),
        "review" => {
            let by = rest
                .iter()
                .position(|word| *word == "by")
                .map_or(rest.len(), |at| at + 1);
            let panel = rest[by..]
                .iter()
                .map(|name| HolderId::parse(name).unwrap())
                .collect();
            (
                Command::DecideReview(DecideReview {
                    duty_done: approved,
                    panel,
                }),
                "city_office",
            )
        }
        "exclusion" => (
            Command::DecideExclusion(DecideExclusion { approved }),
            "city_office",
        ),
        what => panic!("decide {what}"),
    }
}
