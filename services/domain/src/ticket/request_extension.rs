//! RequestExtension 延期申请: a unit's leader asks for more time before its time is over. The lead's extensions are counted
//! for the ticket, because each moves the citizen's cap. A co leg has more time only within the lead's: the lead answers
//! for the whole, and its own reply waits for the co leg's. That moves no cap and counts among nobody's.

use jiff::Timestamp;

use super::plan::Plan;
use super::{Event, Leg, LegRole, LegState, Phase};
use crate::access::Role;
use crate::clock::Kind;
use crate::id::LegId;
use crate::refusal::{Reason, Refusal};
use crate::rules::Extension;
use crate::time::Limit;

/// 延期申请. Why is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestExtension {
    /// By how many working days.
    pub days: u8,
}

impl RequestExtension {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        plan.refuse_but(&[Role::UnitLeader, Role::UnitHead])?;
        check_leg(plan, &leg)?;
        let extension = extension(plan)?;
        refuse_late(plan, &leg)?;
        plan.refuse_pending(leg.id)?;
        granted(plan, leg.id, extension, self.days)?;
        plan.record(Event::ExtensionRequested {
            leg: leg.id,
            days: self.days,
            again: leg.role == LegRole::Lead && plan.ticket.extensions > 0,
        });
        plan.start(Kind::Decision, Some(leg.id), extension.decide);
        Ok(())
    }
}

/// A leg that is signed for and still out.
fn check_leg(plan: &Plan<'_>, leg: &Leg) -> Result<(), Refusal> {
    if !matches!(
        plan.ticket.phase,
        Phase::Dispatched { .. } | Phase::Handling { .. }
    ) {
        return Err(plan.wrong_phase());
    }
    // What is passed down has the time of the leg it comes from.
    if leg.role == LegRole::Step {
        return Err(Refusal::new(Reason::WrongRelation).with("leg", leg.id.0));
    }
    match leg.state {
        LegState::Handling { .. } => Ok(()),
        LegState::AwaitingSign => Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0)),
        LegState::Replied { .. } | LegState::Excused => {
            Err(Refusal::new(Reason::AlreadyReplied).with("leg", leg.id.0))
        }
    }
}

/// What may be asked for in the ticket's grade.
pub(super) fn extension(plan: &Plan<'_>) -> Result<Extension, Refusal> {
    let refusal = || Refusal::new(Reason::NotForGrade).with("grade", plan.grade().as_str());
    plan.asking().extension.ok_or_else(refusal)
}

fn refuse_late(plan: &Plan<'_>, leg: &Leg) -> Result<(), Refusal> {
    let due_at = plan
        .clock(Kind::Handle, Some(leg.id))
        .map(|clock| clock.run.due_at);
    match due_at.filter(|due_at| plan.now > *due_at) {
        Some(due_at) => Err(Refusal::new(Reason::PastDue).with("due_at", due_at)),
        None => Ok(()),
    }
}

/// The days by which a leg is extended: invariant 6, so many at a time, and of the lead so often and so many in all. A co
/// leg has as many of them as lie within the lead's time.
pub(super) fn granted(plan: &Plan<'_>, leg: LegId, extension: Extension, days: u8) -> Result<u8, Refusal> {
    let too_long = Refusal::new(Reason::TooLong);
    if days == 0 {
        return Err(Reason::NothingChanges.into());
    }
    if let Some(until) = leads_until(plan, leg) {
        return match within(plan, leg, until, extension.days) {
            0 => Err(too_long.with("lead_due_at", until)),
            _ if days > extension.days => Err(too_long.with("days_max", extension.days)),
            most => Ok(days.min(most)),
        };
    }
    let left = extension.sum.saturating_sub(plan.ticket.extended_days);
    if plan.ticket.extensions >= extension.times {
        return Err(too_long.with("times_max", extension.times));
    }
    if days > extension.days.min(left) {
        return Err(too_long.with("days_max", extension.days.min(left)));
    }
    Ok(days)
}

/// Until when the lead has time, which bounds a co leg's; none for the lead itself.
pub(super) fn leads_until(plan: &Plan<'_>, leg: LegId) -> Option<Timestamp> {
    let lead = plan.ticket.phase.legs()?.lead.id;
    let clock = plan.clock(Kind::Handle, Some(lead)).filter(|_| lead != leg)?;
    Some(clock.run.due_at)
}

/// How many more working days, `most` at a time, give a leg time until `until`.
fn within(plan: &Plan<'_>, leg: LegId, until: Timestamp, most: u8) -> u8 {
    let clock = plan.clock(Kind::Handle, Some(leg));
    let Some(due_at) = clock
        .map(|clock| clock.run.due_at)
        .filter(|due_at| *due_at < until)
    else {
        return 0;
    };
    let calendar = plan.calendar_of(Kind::Handle, Some(leg));
    let reaches = |days: &u8| calendar.due(due_at, Limit::WorkingDays((*days).into())) >= until;
    (1..most).find(reaches).unwrap_or(most)
}
#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_leader_asks_before_due_and_the_supervisors_are_on_the_clock() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-11-30 16:00
             unit_clerk@water: extend water 5
             extend roads 5
             extend water 6
             extend water 0
             extend water 5
             extend water 5
             tick to 2026-12-02 09:00",
            expect![[r#"
                tick to 2026-11-30 16:00
                11-27 16:12 C4 water L0: clerk
                11-30 16:00 unit_clerk@water: extend water 5
                    refused WRONG_RELATION (role=unit_clerk)
                11-30 16:00 extend roads 5
                    refused WRONG_RELATION (unit=roads)
                11-30 16:00 extend water 6
                    refused TOO_LONG (days_max=5)
                11-30 16:00 extend water 0
                    refused NOTHING_CHANGES
                11-30 16:00 extend water 5
                    extension_requested water 5 wd
                    runs C5 water 12-01 11:00
                11-30 16:00 extend water 5
                    refused DECISION_PENDING (leg=1)
                tick to 2026-12-02 09:00
                12-01 11:00 C5 water L1: supervisor_desk
                handling: supervisors, light red, L0
            "#]],
        );
    }

    #[test]
    fn an_unsigned_leg_an_urgent_matter_and_a_late_unit_have_nothing_to_extend() {
        check(
            "register complaint b utilities.water phone
             dispatch water roads
             ---
             extend water 1
             sign roads
             extend roads 1
             supervisor: classify grade c
             reply roads solved
             extend roads 1
             sign water
             tick to 2026-11-30 17:31
             extend water 1",
            expect![[r#"
                11-23 09:00 extend water 1
                    refused NOT_SIGNED (leg=1)
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 extend roads 1
                    refused NOT_FOR_GRADE (grade=b)
                11-23 09:00 supervisor: classify grade c
                    classified complaint c utilities.water
                    runs C0 12-07 17:30, C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30, C3 roads 11-24 17:30, C4 roads 11-27 17:30
                    stops C4S water
                11-23 09:00 reply roads solved
                    stops C3 roads, C4 roads
                    replied roads
                11-23 09:00 extend roads 1
                    refused ALREADY_REPLIED (leg=2)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                tick to 2026-11-30 17:31
                11-24 08:45 C3 water L0: clerk
                11-24 17:30 C3 water L1: clerk, unit_leader, district, 0.5 points
                11-27 16:12 C4 water L0: clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-01 17:30
                11-30 17:31 extend water 1
                    refused PAST_DUE (due_at=2026-11-30T09:30:00Z)
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn a_co_unit_that_has_signed_may_ask_and_nobody_waits_his_turn() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             sign roads
             extend roads 2
             sign water
             extend water 2
             decide extension yes
             extend water 2",
            expect![[r#"
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 extend roads 2
                    extension_requested roads 2 wd
                    runs C5 roads 11-23 15:00
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 extend water 2
                    extension_requested water 2 wd
                    runs C5 water 11-23 15:00
                11-23 09:00 decide extension yes
                    stops C5 roads
                    extension_granted roads 1 wd
                    runs C4 roads 11-30 17:30
                11-23 09:00 extend water 2
                    refused DECISION_PENDING (leg=1)
                handling: supervisors, light none, no level
            "#]],
        );
    }
}
