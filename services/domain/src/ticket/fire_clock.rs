//! FireClock: a level of a clock is due. Idempotent by (ticket, clock run, level): fires once, never early (invariant 4).

use super::plan::Plan;
use super::{CloseKind, Event, Holder};
use crate::clock::{Addressee, Kind, Level, RunId, addressees};
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
        let clock = plan
            .ticket
            .clocks
            .iter()
            .find(|clock| clock.run.id() == self.clock)
            .ok_or(Reason::NotDue)?;
        if clock.fired.contains(&self.level) {
            return Err(Reason::AlreadyFired.into());
        }
        // Levels of a run fire in order, so the next one is the only one that may.
        let step = clock
            .next_step()
            .filter(|step| step.level == self.level)
            .ok_or(Reason::NotDue)?;
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
            told: self.told(plan.ticket.holder()),
        });
        if self.clock.kind == Kind::Rating {
            plan.close(CloseKind::Unreachable);
        }
        Ok(())
    }

    /// The unit's clocks tell the unit and those above it; the hotline's own tell whoever holds the step.
    fn told(&self, holder: Holder) -> Vec<Addressee> {
        let told = addressees(self.clock.kind, self.level);
        let holds = match holder {
            Holder::TriageDesk => Some(Addressee::TriageDesk),
            Holder::Unit(_) => Some(Addressee::Clerk),
            Holder::AuditDesk => Some(Addressee::AuditDesk),
            Holder::CallbackDesk => Some(Addressee::CallbackDesk),
            Holder::SupervisorDesk => Some(Addressee::SupervisorDesk),
            Holder::Citizen | Holder::Nobody => None,
        };
        match (self.clock.kind, holds) {
            (Kind::Callback, Some(holds)) => vec![holds],
            (Kind::Citizen, Some(holds)) if !told.contains(&holds) => {
                told.into_iter().chain([holds]).collect()
            }
            _ => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn never_early_never_twice_in_order() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             at 2026-11-24 13:00
             ---
             fire c4 water l0
             fire c2 water l1
             fire c2 water l0
             fire c2 water l0
             fire c2 water l1
             at 2026-11-24 17:30
             fire c2 water l1
             fire c2 water l2
             fire c6 l1",
            expect![[r#"
                11-24 13:00 fire c4 water l0
                    refused NOT_DUE (fires_at=2026-11-27T08:12:00Z)
                11-24 13:00 fire c2 water l1
                    refused NOT_DUE
                11-24 13:00 fire c2 water l0
                11-24 13:00 C2 water L0: clerk
                11-24 13:00 fire c2 water l0
                    refused ALREADY_FIRED
                11-24 13:00 fire c2 water l1
                    refused NOT_DUE (fires_at=2026-11-24T09:30:00Z)
                11-24 17:30 fire c2 water l1
                11-24 17:30 C2 water L1: clerk, unit_leader, district, 0.5 points
                11-24 17:30 fire c2 water l2
                    refused NOT_DUE
                11-24 17:30 fire c6 l1
                    refused NOT_DUE
                dispatched: water, light yellow, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn a_stopped_clock_fires_nothing() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             ---
             at 2026-11-25 09:00
             fire c2 water l0",
            expect![[r#"
                11-25 09:00 fire c2 water l0
                    refused NOT_DUE
                handling: water, light red, no level
            "#]],
        );
    }

    #[test]
    fn the_end_of_the_rating_window_closes() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             reply water solved unread
             callback missed
             callback missed
             callback missed
             ---
             at 2026-11-30 09:00
             fire c8 l0",
            expect![[r#"
                11-30 09:00 fire c8 l0
                11-30 09:00 C8 L0: 
                    stops C8
                    closed unreachable
                closed: nobody, light green, no level
            "#]],
        );
    }
}
