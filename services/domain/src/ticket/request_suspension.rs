//! RequestSuspension 挂账申请: the head of the lead's unit asks that a matter rest which cannot be finished for now, with a
//! ground, a plan, somebody who answers for it by name, a first check and a horizon. A legal process may be asked for
//! again while it lasts.

use jiff::Timestamp;

use super::plan::Plan;
use super::{Event, Phase, SuspensionGround};
use crate::access::Role;
use crate::clock::Kind;
use crate::id::HolderId;
use crate::refusal::{Reason, Refusal};
use crate::time::Limit;

/// 挂账申请. The plan is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSuspension {
    /// Why.
    pub ground: SuspensionGround,
    /// Who answers for it by name.
    pub owner: HolderId,
    /// The first check.
    pub check_at: Timestamp,
    /// When it resumes at the latest.
    pub until: Timestamp,
}

impl RequestSuspension {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let lead = plan.own_lead(&[Role::UnitHead])?;
        self.check_phase(plan)?;
        let decide = suspension(plan)?;
        plan.refuse_pending(lead.id)?;
        check_dates(plan, self.check_at, self.until)?;
        plan.record(Event::SuspensionRequested {
            leg: lead.id,
            ground: self.ground,
            owner: self.owner.clone(),
            check_at: self.check_at,
            until: self.until,
        });
        plan.start(Kind::Decision, Some(lead.id), decide);
        Ok(())
    }

    /// What is suspended already is suspended further only for a legal process, which is nobody's here to hasten.
    fn check_phase(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        let lasts = |ground: SuspensionGround| ground == SuspensionGround::LegalProcess;
        match &plan.ticket.phase {
            Phase::Handling { .. } => Ok(()),
            Phase::Suspended { promise, .. } if lasts(promise.ground) && lasts(self.ground) => Ok(()),
            Phase::Suspended { .. }
            | Phase::Accepted { .. }
            | Phase::Consulting { .. }
            | Phase::Dispatched { .. }
            | Phase::AwaitingCitizen { .. }
            | Phase::ReplyReview { .. }
            | Phase::CallbackDue { .. }
            | Phase::Closed { .. } => Err(plan.wrong_phase()),
        }
    }
}

/// How long deciding may take in the ticket's grade; nothing pauses what is urgent.
pub(super) fn suspension(plan: &Plan<'_>) -> Result<Limit, Refusal> {
    let refusal = || Refusal::new(Reason::NotForGrade).with("grade", plan.grade().as_str());
    plan.asking().suspension.ok_or_else(refusal)
}

/// The check lies ahead, not too far, and not behind the horizon, which has a limit as well.
pub(super) fn check_dates(plan: &Plan<'_>, check_at: Timestamp, until: Timestamp) -> Result<(), Refusal> {
    let procedures = &plan.rules.profile().procedures;
    let calendar = plan.rules.calendar();
    let check_by = calendar.due(plan.now, procedures.check_within).min(until);
    let until_by = calendar.due(plan.now, procedures.suspended_within);
    if until > until_by {
        return Err(Refusal::new(Reason::WrongDate).with("until_by", until_by));
    }
    if check_at <= plan.now || check_at > check_by {
        return Err(Refusal::new(Reason::WrongDate).with("check_by", check_by));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_head_of_the_leading_unit_asks_with_a_check_and_a_horizon() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             suspend water planning check 2026-12-20 until 2027-03-01
             sign water
             sign roads
             unit_leader@water: suspend water planning check 2026-12-20 until 2027-03-01
             suspend roads planning check 2026-12-20 until 2027-03-01
             suspend water planning check 2026-12-24 until 2027-03-01
             suspend water planning check 2026-12-20 until 2027-05-23
             suspend water planning check 2026-12-20 until 2026-12-19
             suspend water planning check 2026-11-23 until 2026-12-19
             suspend water planning check 2026-12-23 until 2027-05-22
             suspend water planning check 2026-12-23 until 2027-05-22
             extend water 5
             ask water
             reply water solved
             tick to 2026-11-26 09:00",
            expect![[r#"
                11-23 09:00 suspend water planning check 2026-12-20 until 2027-03-01
                    refused WRONG_PHASE (phase=dispatched)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 unit_leader@water: suspend water planning check 2026-12-20 until 2027-03-01
                    refused WRONG_RELATION (role=unit_leader)
                11-23 09:00 suspend roads planning check 2026-12-20 until 2027-03-01
                    refused WRONG_RELATION (leg=2)
                11-23 09:00 suspend water planning check 2026-12-24 until 2027-03-01
                    refused WRONG_DATE (check_by=2026-12-23T01:00:00Z)
                11-23 09:00 suspend water planning check 2026-12-20 until 2027-05-23
                    refused WRONG_DATE (until_by=2027-05-22T01:00:00Z)
                11-23 09:00 suspend water planning check 2026-12-20 until 2026-12-19
                    refused WRONG_DATE (check_by=2026-12-19T01:00:00Z)
                11-23 09:00 suspend water planning check 2026-11-23 until 2026-12-19
                    refused WRONG_DATE (check_by=2026-12-19T01:00:00Z)
                11-23 09:00 suspend water planning check 2026-12-23 until 2027-05-22
                    suspension_requested water planning
                    runs C5 water 11-25 17:30
                11-23 09:00 suspend water planning check 2026-12-23 until 2027-05-22
                    refused DECISION_PENDING (leg=1)
                11-23 09:00 extend water 5
                    refused DECISION_PENDING (leg=1)
                11-23 09:00 ask water
                    refused DECISION_PENDING (leg=1)
                11-23 09:00 reply water solved
                    refused LEGS_MISSING (unit=roads)
                tick to 2026-11-26 09:00
                11-24 08:45 C3 roads L0: clerk
                11-24 17:30 C3 roads L1: clerk, unit_leader, district, 0.5 points
                11-25 17:30 C5 water L1: city_office
                handling: city office, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn nothing_urgent_is_suspended() {
        check(
            "register help b utilities.water phone
             dispatch water
             sign water
             ---
             suspend water funds check 2026-12-01 until 2026-12-01",
            expect![[r#"
                11-23 09:00 suspend water funds check 2026-12-01 until 2026-12-01
                    refused NOT_FOR_GRADE (grade=b)
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_legal_process_is_suspended_further_and_nothing_else() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             suspend water legal_process check 2026-12-10 until 2026-12-20
             decide suspension yes
             ---
             tick to 2026-12-09 10:00
             suspend water funds check 2026-12-30 until 2027-05-01
             suspend water legal_process check 2026-12-30 until 2027-05-01
             resume water
             decide suspension yes
             tick to 2026-12-29 09:00
             promise water 2027-01-20
             resume water",
            expect![[r#"
                tick to 2026-12-09 10:00
                12-06 23:24 C10 L0: clerk
                12-09 10:00 suspend water funds check 2026-12-30 until 2027-05-01
                    refused WRONG_PHASE (phase=suspended)
                12-09 10:00 suspend water legal_process check 2026-12-30 until 2027-05-01
                    suspension_requested water legal_process
                    runs C5 water 12-11 17:30
                12-09 10:00 resume water
                    refused DECISION_PENDING (leg=1)
                12-09 10:00 decide suspension yes
                    stops C5 water, C10
                    suspended legal_process, check 12-30 09:00, until 05-01 09:00
                    runs C10 12-30 09:00
                tick to 2026-12-29 09:00
                12-26 04:24 C10 L0: clerk
                12-29 09:00 promise water 2027-01-20
                    stops C10
                    promise_checked next 01-20 09:00
                    runs C10 01-20 09:00
                12-29 09:00 resume water
                    stops C10
                    resumed
                    runs C4 water 01-05 17:30, C0 01-12 17:30
                handling: water, light none, L0
            "#]],
        );
    }
}
