//! Escalate 提级 by a supervisor: to a level above the present one.

use super::plan::Plan;
use super::{Cause, Event, Phase};
use crate::clock::{Kind, Level, addressees};
use crate::refusal::{Reason, Refusal};

/// To which level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalate {
    /// Above the present one.
    pub level: Level,
}

impl Escalate {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if matches!(plan.ticket.phase, Phase::Closed { .. }) {
            return Err(plan.wrong_phase());
        }
        if plan.ticket.level >= Some(self.level) {
            return Err(Reason::NothingChanges.into());
        }
        let told = addressees(Kind::Handle, self.level);
        plan.record(Event::Escalated { level: self.level, cause: Cause::Supervisor, told });
        Ok(())
    }
}
