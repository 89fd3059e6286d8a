//! Invariant 1, and what goes with it: one holds the step, and whoever holds it is on a clock.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Broken, Law, clock, hold};
use crate::clock::{Clock, Kind, Level, State, Step};
use crate::id::LegId;
use crate::rules::Rules;
use crate::ticket::{
    Callback, CloseKind, ExclusionState, FirstContact, Grade, Holder, Leg, LegRole, LegState, Legs, Phase,
    Ticket,
};

/// Section 4, rule 7: whoever was in time when somebody else took the step has reached no level above the first when it
/// comes back.
pub(super) fn nothing_ripened(before: &Ticket, after: &Ticket) -> Result<(), Broken> {
    let grade = after.classification.grade;
    if grade == Grade::A || grade != before.classification.grade {
        return Ok(());
    }
    for clock in after.clocks.iter().filter(|clock| clock.is_running()) {
        let Some(held_since) = held_since(before, after, clock) else {
            continue;
        };
        let ripened = |step: &&Step| {
            step.level > Level::L1 && clock.is_ahead(step.level) && step.at <= after.updated_at
        };
        let ripened = clock.run.steps.iter().find(ripened);
        hold!(
            ripened.is_none() || held_since > clock.run.due_at,
            Law::OneHolder,
            "{:?} of {:?} has come due since {held_since}, while somebody else had the step",
            ripened,
            clock.run.id()
        );
    }
    Ok(())
}

/// Since when somebody else has had the step that has just come back to a leg.
fn held_since(before: &Ticket, after: &Ticket, clock: &Clock) -> Option<Timestamp> {
    let leg = clock.run.leg.filter(|_| clock.run.kind.is_a_legs())?;
    let asked = |ticket: &Ticket| {
        ticket
            .decisions
            .iter()
            .find(|one| one.leg == leg)
            .map(|one| one.at)
    };
    if let (Some(asked_at), None) = (asked(before), asked(after)) {
        return Some(asked_at);
    }
    let is_back =
        matches!(before.phase, Phase::ReplyReview { .. }) && matches!(after.phase, Phase::Handling { .. });
    let is_it = |one: &&Clock| (one.run.kind, one.run.leg) == (clock.run.kind, clock.run.leg);
    let stopped = before.clocks.iter().find(is_it).filter(|_| is_back)?;
    match stopped.state {
        State::Stopped { at } => Some(at),
        State::Running => None,
    }
}

/// One holds the step, and whoever holds it is on a clock. No other of the ticket's clocks runs.
pub(crate) fn fit(ticket: &Ticket, rules: &Rules) -> Result<(), Broken> {
    let proposes = ticket.proposal.is_some();
    expect_run(ticket.runs(Kind::Proposal), proposes, "C5 of a proposal", ticket)?;
    if let Some(incident) = ticket.merged_into() {
        return merged_fits(ticket, &Holder::Incident(incident));
    }
    let callback = match &ticket.phase {
        Phase::CallbackDue { callback, .. } => Some(callback),
        Phase::Accepted { .. }
        | Phase::Consulting { .. }
        | Phase::Dispatched { .. }
        | Phase::Handling { .. }
        | Phase::AwaitingCitizen { .. }
        | Phase::Suspended { .. }
        | Phase::ReplyReview { .. }
        | Phase::Closed { .. } => None,
    };
    let urgent = matches!(ticket.classification.grade, Grade::A | Grade::B);
    let waits = !ticket.decisions.is_empty();
    hold!(
        !rests(ticket) || !urgent,
        Law::CitizenClock,
        "what is urgent rests"
    );
    hold!(
        !waits || ticket.classification.grade != Grade::A,
        Law::OneHolder,
        "grade A waits for a decision"
    );
    for (kind, is_due) in due(ticket, callback, rules) {
        let runs = clock(ticket, kind).is_some_and(Clock::is_running);
        expect_run(runs, is_due, kind.as_str(), ticket)?;
    }
    let awaits = matches!(ticket.phase, Phase::AwaitingCitizen { .. });
    expect_run(ticket.runs(Kind::Waiting), awaits, "C9", ticket)?;
    expect_run(
        ticket.runs(Kind::Promise),
        rests(ticket) && !awaits,
        "C10",
        ticket,
    )?;
    orders_fit(ticket)?;
    holder_fits(ticket)?;
    legs_fit(ticket)
}

/// Every C11 is that of an order to a unit which has a leg, and no unit has two.
fn orders_fit(ticket: &Ticket) -> Result<(), Broken> {
    let of_orders = |clock: &&Clock| clock.run.kind == Kind::Order && clock.is_running();
    let running = ticket.clocks.iter().filter(of_orders).count();
    let units: BTreeSet<_> = ticket.open_orders().map(|order| &order.unit).collect();
    let legs = ticket.phase.legs().filter(|_| !is_over(ticket));
    let has_leg = |unit| legs.is_some_and(|legs| legs.of_unit(unit).is_some());
    hold!(
        running == units.len() && units.into_iter().all(has_leg),
        Law::OneHolder,
        "{running} C11 of {:?}",
        ticket.open_orders().collect::<Vec<_>>()
    );
    Ok(())
}

/// Which clocks of the ticket and of its lead run as things stand.
fn due(ticket: &Ticket, callback: Option<&Callback>, rules: &Rules) -> [(Kind, bool); 10] {
    let linked = callback == Some(&Callback::Link);
    let under_review = matches!(callback, Some(Callback::Review { .. }));
    let rings = callback.is_some() && !linked && !under_review;
    let rests = rests(ticket);
    let urgent = matches!(ticket.classification.grade, Grade::A | Grade::B);
    // A ring at a missed deadline goes on while the matter rests.
    let rings_at_deadline = ticket.runs(Kind::Callback) && (is_with_units(ticket) || rests);
    let transferring = matches!(ticket.phase, Phase::Accepted { transfer: Some(_) });
    let reports = is_with_units(ticket) && (urgent || owes_a_notice(ticket, rules));
    [
        (Kind::Citizen, !is_over(ticket) && !rests && callback.is_none()),
        (Kind::Triage, is_the_desks(ticket)),
        (Kind::CallBack, transferring),
        (Kind::Sign, matches!(ticket.phase, Phase::Dispatched { .. })),
        (Kind::Handle, is_with_units(ticket)),
        (Kind::Stage, reports),
        (Kind::Audit, matches!(ticket.phase, Phase::ReplyReview { .. })),
        (Kind::Callback, rings || rings_at_deadline),
        (Kind::Decision, is_to_be_decided(ticket, callback)),
        (Kind::Rating, linked),
    ]
}

/// Whether the triage desk is on its clock: before dispatch, unless an ordinary matter waits for the units it has asked.
fn is_the_desks(ticket: &Ticket) -> bool {
    let Phase::Consulting { asked } = &ticket.phase else {
        return matches!(ticket.phase, Phase::Accepted { .. });
    };
    let is_urgent = matches!(ticket.classification.grade, Grade::A | Grade::B);
    let is_over = clock(ticket, Kind::Decision).is_some_and(|clock| !clock.is_ahead(Level::L1));
    is_urgent || is_over || asked.values().all(Option::is_some)
}

fn expect_run(runs: bool, is_due: bool, clock: &str, ticket: &Ticket) -> Result<(), Broken> {
    let how = if runs { "runs" } else { "does not run" };
    hold!(
        runs == is_due,
        Law::OneHolder,
        "{clock} {how} in {:?}",
        ticket.phase
    );
    Ok(())
}

/// A merged ticket rests: but for a proposal about its unit nothing of it runs.
fn merged_fits(ticket: &Ticket, holder: &Holder) -> Result<(), Broken> {
    let its_own = |clock: &Clock| clock.is_running() && clock.run.kind != Kind::Proposal;
    let runs = ticket.clocks.iter().any(its_own);
    hold!(
        ticket.holder() == *holder,
        Law::OneHolder,
        "{:?}",
        ticket.holder()
    );
    hold!(!runs, Law::Merging, "a clock of a merged ticket runs");
    Ok(())
}

/// A unit holds the step while it works and nobody decides about it; nobody does when all is over and decided.
fn holder_fits(ticket: &Ticket) -> Result<(), Broken> {
    let nobody = is_over(ticket) && !ticket.runs(Kind::Decision);
    let lead_asks = |legs: &Legs| ticket.pending(legs.lead.id).is_some();
    let is_suspended = matches!(ticket.phase, Phase::Suspended { .. });
    let is_units = (is_with_units(ticket) || is_suspended) && !ticket.phase.legs().is_some_and(lead_asks);
    let holder = ticket.holder();
    hold!(
        (holder == Holder::Nobody) == nobody && matches!(holder, Holder::Unit(_)) == is_units,
        Law::OneHolder,
        "{holder:?} in {:?}",
        ticket.phase
    );
    Ok(())
}

fn is_over(ticket: &Ticket) -> bool {
    matches!(ticket.phase, Phase::Closed { .. })
}

fn rests(ticket: &Ticket) -> bool {
    matches!(
        ticket.phase,
        Phase::AwaitingCitizen { .. } | Phase::Suspended { .. }
    )
}

fn is_with_units(ticket: &Ticket) -> bool {
    matches!(ticket.phase, Phase::Dispatched { .. } | Phase::Handling { .. })
}

/// Whether a statute still asks for a stage notice, in the first round of what is not urgent.
fn owes_a_notice(ticket: &Ticket, rules: &Rules) -> bool {
    let matter = &ticket.classification;
    let category = matter.category.as_ref();
    let statute = category.and_then(|category| rules.categories.statute(category, matter.kind));
    let made = ticket
        .phase
        .legs()
        .map_or(0, |legs| usize::from(legs.lead.notices()));
    ticket.round == 0 && statute.is_some_and(|statute| made < statute.stages.len())
}

/// Whether something is asked for the ticket itself, not for a leg. Whether an objection is still open its clock says.
fn is_to_be_decided(ticket: &Ticket, callback: Option<&Callback>) -> bool {
    let exclusion = ticket.exclusion.as_ref().map(|exclusion| &exclusion.state);
    match &ticket.phase {
        Phase::Consulting { asked } => asked.values().any(Option::is_none),
        Phase::Closed {
            how: CloseKind::Declined(_),
            ..
        } => ticket.objected && ticket.runs(Kind::Decision),
        Phase::Closed { .. } => matches!(
            exclusion,
            Some(ExclusionState::Asked | ExclusionState::Reviewed { .. })
        ),
        Phase::CallbackDue { .. } => matches!(callback, Some(Callback::Review { .. })),
        Phase::Accepted { .. }
        | Phase::Dispatched { .. }
        | Phase::Handling { .. }
        | Phase::AwaitingCitizen { .. }
        | Phase::Suspended { .. }
        | Phase::ReplyReview { .. } => false,
    }
}

/// Every leg that is out is on its clocks, no other is, and no clock outlives its leg.
fn legs_fit(ticket: &Ticket) -> Result<(), Broken> {
    let legs = ticket.phase.legs();
    for leg in legs.into_iter().flat_map(Legs::iter) {
        one_leg_fits(ticket, leg)?;
    }
    let get = |id: LegId| legs.and_then(|legs| legs.get(id));
    for leg in legs.into_iter().flat_map(|legs| &legs.others) {
        let waits = leg.under.map(|id| get(id).is_some_and(Leg::is_out));
        let is_step = leg.role == LegRole::Step;
        hold!(
            waits.is_some() == is_step,
            Law::OneHolder,
            "under whom {} is",
            leg.unit
        );
        hold!(
            waits != Some(false) || !leg.is_out(),
            Law::OneHolder,
            "nobody waits for {}",
            leg.unit
        );
    }
    let asking: BTreeSet<_> = ticket.decisions.iter().map(|decision| decision.leg).collect();
    hold!(
        asking.len() == ticket.decisions.len() && asking.iter().all(|id| get(*id).is_some()),
        Law::OneHolder,
        "one decision per leg: {asking:?}"
    );
    let known = |clock: &Clock| clock.run.leg.is_none_or(|id| get(id).is_some());
    hold!(
        ticket.clocks.iter().all(known),
        Law::OneHolder,
        "a clock of a leg that is no more"
    );
    Ok(())
}

fn one_leg_fits(ticket: &Ticket, leg: &Leg) -> Result<(), Broken> {
    let runs = |kind: Kind| {
        let is_it = |one: &&Clock| one.run.kind == kind && one.run.leg == Some(leg.id);
        ticket.clocks.iter().find(is_it).is_some_and(Clock::is_running)
    };
    let is_out = is_with_units(ticket) && leg.is_out();
    let owes = is_out && matches!(leg.contact, FirstContact::Due { .. });
    let asked = ticket.pending(leg.id);
    for (kind, is_due) in [
        (Kind::Sign, is_out && leg.state == LegState::AwaitingSign),
        (Kind::Handle, is_out),
        (Kind::FirstContact, owes),
        (Kind::Decision, asked.is_some()),
    ] {
        let how = if is_due { "does not run" } else { "runs" };
        hold!(
            runs(kind) == is_due,
            Law::OneHolder,
            "{} of {} {how} in {:?}",
            kind.as_str(),
            leg.unit,
            ticket.phase
        );
    }
    hold!(
        asked.is_none() || leg.is_out(),
        Law::OneHolder,
        "{asked:?} of a leg that is in"
    );
    Ok(())
}
