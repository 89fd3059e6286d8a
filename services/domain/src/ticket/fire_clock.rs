//! FireClock: a level of a clock is due. Idempotent by (ticket, clock run, level): fires once, never early (invariant 4).

use super::plan::Plan;
use super::{CloseKind, Event};
use crate::clock::{Kind, Level, RunId, addressees};
use crate::refusal::{Reason, Refusal};

/// Which level of which run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FireClock {
    /// Which run.
    pub clock: RunId,
    /// Which level.
    pub level: Level,
    /// The system was down when it was due: charged to nobody.
    pub system_was_down: bool,
}

impl FireClock {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let clock = plan.ticket.clocks.iter().find(|clock| clock.run.id() == self.clock).ok_or(Reason::NotDue)?;
        if clock.fired.contains(&self.level) {
            return Err(Reason::AlreadyFired.into());
        }
        // Levels of a run fire in order, so the next one is the only one that may.
        let step = clock.next_step().filter(|step| step.level == self.level).ok_or(Reason::NotDue)?;
        if plan.now < step.at {
            return Err(Refusal::new(Reason::NotDue).with("fires_at", step.at));
        }
        let charged = self.clock.kind.is_the_units() && !self.system_was_down;
        let points = plan.rules.profile().points_tenths[self.level as usize];
        plan.record(Event::LevelFired {
            clock: self.clock,
            level: self.level,
            due_at: step.at,
            system_was_down: self.system_was_down,
            points_tenths: if charged { points } else { 0 },
            told: addressees(self.clock.kind, self.level),
        });
        if self.clock.kind == Kind::Rating {
            plan.close(CloseKind::Unreachable);
        }
        Ok(())
    }
}
