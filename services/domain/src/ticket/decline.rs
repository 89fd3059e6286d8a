//! Decline 不予受理 (domain.md, section 7): R2 to R6 by an operator, R7 to R9 by a supervisor.

use super::plan::Plan;
use super::{CloseKind, DeclineReason, Event, Phase};
use crate::refusal::{Reason, Refusal};

/// The matter is not accepted. What the resident is told is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    /// Why.
    pub reason: DeclineReason,
}

impl Decline {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(
            plan.ticket.phase,
            Phase::Accepted { .. } | Phase::Consulting { .. }
        ) {
            return Err(plan.wrong_phase());
        }
        let a_supervisors = matches!(
            self.reason,
            DeclineReason::BeyondDuty | DeclineReason::Harassment | DeclineReason::Finished
        );
        if a_supervisors && !plan.actor.role.supervises() {
            return Err(Refusal::new(Reason::DeclineNeedsSupervisor).with("reason", self.reason.as_str()));
        }
        // These are about who has come to us, not about the matter.
        if matches!(self.reason, DeclineReason::Repeated | DeclineReason::Harassment) {
            plan.refuse_waiting()?;
        }
        plan.record(Event::Declined {
            reason: self.reason,
            by: None,
        });
        plan.close(CloseKind::Declined(self.reason));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn an_operator_names_the_lawful_route() {
        check(
            "register complaint c urban.noise phone
             decline r2",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 decline r2
                    declined
                    stops C0, C1
                    closed declined r2
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn what_is_beyond_duty_is_a_supervisors_to_say() {
        check(
            "register complaint c urban.noise phone
             decline r7
             supervisor: decline r7",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 decline r7
                    refused DECLINE_NEEDS_SUPERVISOR (reason=r7)
                11-23 09:00 supervisor: decline r7
                    declined
                    stops C0, C1
                    closed declined r7
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn what_a_unit_has_is_not_declined() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             ---
             decline r2",
            expect![[r#"
                11-23 09:00 decline r2
                    refused WRONG_PHASE (phase=dispatched)
                dispatched: water, light none, no level
            "#]],
        );
    }
}
