//! What was done goes on although other rules would have refused it, or would have let something else happen before: the
//! ticket takes over what was recorded, and keeps the clocks, level and orders it has under the other rules. What runs
//! there and rests here goes on, what begins there begins here with the limit of these rules.

use jiff::Timestamp;

use super::plan::Plan;
use super::{Event, Legs, Ticket};
use crate::access::Actor;
use crate::clock::{Clock, Kind, Run};
use crate::id::LegId;
use crate::rules::Rules;

/// The ticket as it goes on, and what its clocks do. `was` is what was recorded, the command included; `would` the ticket
/// under the other rules, without it.
pub(crate) fn adopt(
    was: &Ticket,
    would: &Ticket,
    actor: &Actor,
    rules: &Rules,
    now: Timestamp,
) -> (Ticket, Vec<Event>) {
    let mut ticket = Ticket {
        level: would.level,
        points_tenths: would.points_tenths,
        proposal: would.proposal.clone(),
        clocks: would.clocks.clone(),
        ..was.clone()
    };
    if was.orders.len() <= would.orders.len() {
        ticket.orders.clone_from(&would.orders);
    }
    let legs: Vec<LegId> = ticket
        .phase
        .legs()
        .into_iter()
        .flat_map(Legs::iter)
        .map(|leg| leg.id)
        .collect();
    ticket
        .clocks
        .retain(|clock| clock.run.leg.is_none_or(|leg| legs.contains(&leg)));

    let mut plan = Plan::new(ticket, actor, rules, now);
    let theirs: Vec<Clock> = was
        .clocks
        .iter()
        .filter(|clock| !is_of_its_own(clock.run.kind))
        .cloned()
        .collect();
    let ours: Vec<Clock> = plan.ticket.clocks.clone();
    for clock in ours
        .iter()
        .filter(|clock| clock.is_running() && !is_of_its_own(clock.run.kind))
    {
        let is_it = |one: &&Clock| (one.run.kind, one.run.leg) == (clock.run.kind, clock.run.leg);
        if !theirs.iter().find(is_it).is_some_and(Clock::is_running) {
            plan.stop(clock.run.kind, clock.run.leg);
        }
    }
    for clock in theirs.iter().filter(|clock| clock.is_running()) {
        go_on(&mut plan, &clock.run);
    }
    (plan.ticket, plan.events)
}

/// An order, a proposal or a ring at the deadline follows from the levels of the rules it is under.
fn is_of_its_own(kind: Kind) -> bool {
    matches!(kind, Kind::Order | Kind::Proposal)
}

fn go_on(plan: &mut Plan<'_>, theirs: &Run) {
    let (kind, leg) = (theirs.kind, theirs.leg);
    let ours = plan.clock(kind, leg).cloned();
    match ours {
        Some(ours) if ours.is_running() => {
            let further = theirs.extended_days.saturating_sub(ours.run.extended_days);
            if further > 0 {
                plan.extend(kind, leg, further, None);
            }
        }
        Some(ours) if ours.run.started_at == theirs.started_at => plan.resume_rested(kind, leg),
        Some(_) | None => begin(plan, theirs),
    }
}

fn begin(plan: &mut Plan<'_>, theirs: &Run) {
    let (kind, leg, from) = (theirs.kind, theirs.leg, theirs.started_at);
    let limit = plan.limit_of(theirs).unwrap_or(theirs.limit);
    match kind {
        Kind::Promise | Kind::Rating => plan.start_until(kind, leg, theirs.limit, from, theirs.due_at),
        Kind::Callback => plan.ring(),
        Kind::Citizen
        | Kind::Triage
        | Kind::Sign
        | Kind::FirstContact
        | Kind::Handle
        | Kind::Stage
        | Kind::Decision
        | Kind::Proposal
        | Kind::Audit
        | Kind::Waiting
        | Kind::Order
        | Kind::CallBack => plan.start_at(kind, leg, limit, from),
    }
}
