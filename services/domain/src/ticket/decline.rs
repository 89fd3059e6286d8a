//! Decline 不予受理 (domain.md, section 7): R2 to R6 by an operator, R7 to R9 by a supervisor.

use super::plan::Plan;
use super::{CloseKind, DeclineReason, Event, Phase};
use crate::access::Role;
use crate::refusal::{Reason, Refusal};

/// The matter is not accepted. What the resident is told is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    /// Why.
    pub reason: DeclineReason,
}

impl Decline {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(plan.ticket.phase, Phase::Accepted { .. }) {
            return Err(plan.wrong_phase());
        }
        let a_supervisors =
            matches!(self.reason, DeclineReason::BeyondDuty | DeclineReason::Harassment | DeclineReason::Finished);
        let is_one = matches!(plan.actor.role, Role::Supervisor | Role::CityOffice | Role::Administrator);
        if a_supervisors && !is_one {
            return Err(Refusal::new(Reason::DeclineNeedsSupervisor).with("reason", self.reason.as_str()));
        }
        plan.record(Event::Declined { reason: self.reason });
        plan.close(CloseKind::Declined(self.reason));
        Ok(())
    }
}
