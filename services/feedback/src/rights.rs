//! What a resident may still say about his matter. Tickets decides; this only tells whether it makes sense to ask.

use domain::clock::Kind;
use domain::rules::Rules;
use jiff::Timestamp;
use kit::wire::{ClosedSet as _, instant};
use proto::common::v1::Phase;
use proto::tickets::v1::Ticket;

/// Whether he may object to a decline: once, within its time.
pub(crate) fn may_object(ticket: &Ticket, rules: &Rules, now: Timestamp) -> bool {
    let is_declined = ticket.phase() == Phase::Closed && ticket.close_kind.starts_with("declined_");
    is_declined && !ticket.objected && is_in_time(ticket, rules, now)
}

/// Whether he may ask for a review: once, of what was explained and is not solved to him, or after the last rework.
pub(crate) fn may_request_review(ticket: &Ticket, rules: &Rules, now: Timestamp) -> bool {
    let is_unsolved = ticket.outcome.as_ref().is_some_and(|outcome| !outcome.solved);
    let is_reviewable = match ticket.phase() {
        Phase::CallbackDue => ticket.round >= u32::from(rules.profile().rework_rounds),
        Phase::Closed => {
            ticket.close_kind == "explained" && !ticket.legs.is_empty() && is_in_time(ticket, rules, now)
        }
        Phase::Unspecified
        | Phase::Accepted
        | Phase::Consulting
        | Phase::Dispatched
        | Phase::Handling
        | Phase::AwaitingCitizen
        | Phase::Suspended
        | Phase::ReplyReview => false,
    };
    is_reviewable && is_unsolved && !ticket.reviewed && !awaits_a_decision(ticket)
}

fn is_in_time(ticket: &Ticket, rules: &Rules, now: Timestamp) -> bool {
    let closed_at = ticket.close_time.as_ref().map(|at| instant("close_time", at));
    let Some(Ok(closed_at)) = closed_at else {
        return false;
    };
    let within = rules.profile().procedures.objection_within;
    now <= rules.calendar().due(closed_at, within)
}

fn awaits_a_decision(ticket: &Ticket) -> bool {
    let mut clocks = ticket.clocks.iter();
    clocks.any(|clock| clock.kind == Kind::Decision.to_wire() && clock.leg == 0 && clock.stop_time.is_none())
}
