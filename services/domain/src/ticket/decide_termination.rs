//! DecideTermination 终止审批: an auditor's, never of the unit. Approved, the ticket closes with its ground; refused, no
//! clock is renewed.

use super::plan::Plan;
use super::request_termination::termination;
use super::{Asked, CloseKind, Event, Phase};
use crate::clock::Kind;
use crate::id::LegId;
use crate::refusal::Refusal;

/// 终止审批. What the resident is told is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideTermination {
    /// Whose request; the only one where not named.
    pub leg: Option<LegId>,
    /// Whether it is granted.
    pub approved: bool,
}

impl DecideTermination {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let request = plan.asked(self.leg, |asked| matches!(asked, Asked::Termination { .. }))?;
        plan.refuse_but_decider(&request.asked)?;
        plan.refuse_same(&request.by)?;
        plan.refuse_self_review()?;
        let Asked::Termination { ground } = request.asked else {
            return Err(plan.wrong_phase());
        };
        let leg = request.leg;
        if !self.approved {
            plan.stop(Kind::Decision, Some(leg));
            plan.record(Event::TerminationRefused { leg });
            plan.give_back(leg, request.at);
            return Ok(());
        }
        // The grade may have changed since it was asked for.
        termination(plan)?;
        if !matches!(plan.ticket.phase, Phase::Handling { .. }) {
            return Err(plan.wrong_phase());
        }
        // One resident's not cooperating ends nobody else's matter.
        plan.refuse_waiting()?;
        plan.stop(Kind::Decision, Some(leg));
        plan.record(Event::Terminated { ground });
        plan.close(CloseKind::Terminated(ground));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn approved_it_closes_with_its_ground() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             sign roads
             extend roads 2
             ---
             decide termination yes
             terminate water r5
             auditor@roads: decide termination yes
             decide termination yes
             reopen",
            expect![[r#"
                11-23 09:00 decide termination yes
                    refused NOTHING_PENDING
                11-23 09:00 terminate water r5
                    termination_requested water r5
                    runs C5 water 11-23 15:00
                11-23 09:00 auditor@roads: decide termination yes
                    refused SELF_REVIEW
                11-23 09:00 decide termination yes
                    stops C5 water
                    terminated
                    stops C0, C3 water, C4 water, C3 roads, C4 roads, C5 roads
                    closed terminated r5
                11-23 09:00 reopen
                    reopened
                    runs C0 12-07 17:30, C1 11-23 11:00
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn refused_it_is_handled_on_and_what_came_due_meanwhile_fires() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             ---
             tick to 2026-11-24 16:00
             terminate water no_cooperation
             tick to 2026-11-25 11:00
             decide termination no
             tick to 2026-11-25 11:00
             decide termination no",
            expect![[r#"
                tick to 2026-11-24 16:00
                11-24 08:45 C3 water L0: clerk
                11-24 16:00 terminate water no_cooperation
                    termination_requested water no_cooperation
                    runs C5 water 11-25 11:00
                tick to 2026-11-25 11:00
                11-25 11:00 C5 water L1: audit_desk
                11-25 11:00 decide termination no
                    stops C5 water
                    termination_refused water
                tick to 2026-11-25 11:00
                11-25 11:00 C3 water L1: clerk, unit_leader, district, 0.5 points
                11-25 11:00 decide termination no
                    refused NOTHING_PENDING
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn what_became_urgent_is_not_terminated() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             terminate water no_cooperation
             ---
             classify grade a
             decide termination yes
             decide termination no",
            expect![[r#"
                11-23 09:00 classify grade a
                    classified complaint a urban.noise
                    stops C5 water
                    termination_refused water
                    runs C0 11-23 13:00, C3 water 11-23 09:30, C4 water 11-30 17:30, C4S water 11-23 11:00
                11-23 09:00 decide termination yes
                    refused NOTHING_PENDING
                11-23 09:00 decide termination no
                    refused NOTHING_PENDING
                handling: water, light none, no level
            "#]],
        );
    }
}
