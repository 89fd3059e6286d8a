//! FireClock: a level of a clock is due. Idempotent by (ticket, clock run, level): fires once, never early (invariant 4).

use jiff::Timestamp;

use super::plan::Plan;
use super::{Cause, CloseKind, Event, Holder, Phase, Ticket, consult, resume};
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
        let (_, step) = plan
            .ticket
            .next_steps()
            .find(|(one, step)| one.run.id() == self.clock && step.level == self.level)
            .ok_or(Reason::NotDue)?;
        if plan.now < step.at {
            return Err(Refusal::new(Reason::NotDue).with("fires_at", step.at));
        }
        let ends_rest = self.ends_rest(&plan.ticket, step.at);
        let climbs = self.clock.kind.is_the_units() && !ends_rest;
        let charged = climbs && !self.system_was_down && !self.level.is_decided();
        let points = plan.rules.profile().points(self.level);
        plan.record(Event::LevelFired {
            clock: self.clock,
            level: self.level,
            due_at: step.at,
            system_was_down: self.system_was_down,
            points_tenths: if charged { points } else { 0 },
            told: self.told(self.answerable(&plan.ticket)),
        });
        if self.level == Level::L1 {
            plan.deadline_ring(self.clock);
        }
        if self.clock.kind == Kind::Decision {
            consult::desk_goes_on(plan);
        }
        if climbs {
            self.climb(plan);
        }
        if self.clock.kind == Kind::Rating {
            plan.close(CloseKind::Unreachable);
        }
        if self.clock.kind == Kind::Waiting {
            plan.go_on(Event::WaitRanOut {}, None);
        }
        if ends_rest {
            resume::go_on(plan);
        }
        Ok(())
    }

    /// L2 comes with an order to the unit, L4 and L5 are laid before the city office.
    fn climb(&self, plan: &mut Plan<'_>) {
        if self.level == Level::L2 {
            plan.order_at_l2(self.clock.leg);
        }
        if self.level.is_decided() {
            let legs = plan.ticket.phase.legs();
            let of_leg = self.clock.leg.and_then(|leg| legs?.get(leg));
            let unit = of_leg.map(|leg| &leg.unit).or(plan.ticket.lead_unit()).cloned();
            plan.propose(self.level, Cause::Overdue, unit);
        }
    }

    /// Whether this is the horizon of a suspended matter: the end of its rest, and no missed check.
    fn ends_rest(&self, ticket: &Ticket, at: Timestamp) -> bool {
        let Phase::Suspended { promise, .. } = &ticket.phase else {
            return false;
        };
        self.clock.kind == Kind::Promise && at >= promise.until
    }

    /// Whoever holds the step; of what is asked for a leg, whoever decides.
    fn answerable(&self, ticket: &Ticket) -> Holder {
        let asked = self.clock.leg.filter(|_| self.clock.kind == Kind::Decision);
        asked
            .and_then(|leg| ticket.pending(leg))
            .map_or_else(|| ticket.holder(), |decision| decision.asked.decider())
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
            Holder::Arbiter => Some(Addressee::Arbiter),
            Holder::CityOffice => Some(Addressee::CityOffice),
            Holder::Citizen | Holder::Incident(_) | Holder::Nobody => None,
        };
        match (self.clock.kind, holds) {
            // At the deadline the unit still holds the step; ringing is the callback desk's all the same.
            (Kind::Callback, Some(Addressee::Clerk)) => told,
            (Kind::Callback | Kind::Decision, Some(holds)) => vec![holds],
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

    #[test]
    fn the_end_of_the_wait_and_the_unit_goes_on_without_an_answer() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             ask water
             tick to 2026-12-01 09:00
             ask water
             fire c9 l0",
            expect![[r#"
                11-23 09:00 ask water
                    stops C4 water, C0
                    citizen_asked water
                    runs C9 11-30 17:30
                tick to 2026-12-01 09:00
                11-30 17:30 C9 L0: clerk
                    stops C9
                    wait_ran_out
                    runs C4 water 12-08 17:00, C0 12-15 17:00
                12-01 09:00 ask water
                    refused ASKED_ALREADY (round=0)
                12-01 09:00 fire c9 l0
                    refused ALREADY_FIRED
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_late_decision_tells_whoever_decides() {
        check(
            "register complaint c urban.noise phone
             consult water roads
             tick to 2026-11-25 09:00
             dispatch water
             return water wrong_unit
             tick to 2026-11-26 09:00
             decide return no
             extend water 5
             tick to 2026-11-27 09:00
             decide extension no
             suspend water funds check 2026-12-20 until 2026-12-20
             tick to 2026-12-02 09:00",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 consult water roads
                    stops C1
                    consult_started water, roads
                    runs C5 11-24 17:30
                tick to 2026-11-25 09:00
                11-24 17:30 C5 L1: triage_desk
                    runs C1 11-24 19:30
                11-24 19:30 C1 L1: triage_desk, supervisor_desk
                11-25 09:00 dispatch water
                    stops C1, C5
                    dispatched water
                    runs C2 water 11-26 17:30, C3 water 11-26 17:30, C4 water 12-02 17:30
                11-25 09:00 return water wrong_unit
                    stops C2 water
                    signed water
                    return_requested water wrong_unit
                    runs C5 water 11-25 15:00
                tick to 2026-11-26 09:00
                11-25 15:00 C5 water L1: triage_desk
                11-26 09:00 decide return no
                    stops C5 water
                    return_refused water
                11-26 09:00 extend water 5
                    extension_requested water 5 wd
                    runs C5 water 11-26 15:00
                tick to 2026-11-27 09:00
                11-26 15:00 C5 water L1: supervisor_desk
                11-27 09:00 decide extension no
                    stops C5 water
                    extension_refused water
                11-27 09:00 suspend water funds check 2026-12-20 until 2026-12-20
                    suspension_requested water funds
                    runs C5 water 12-01 17:30
                tick to 2026-12-02 09:00
                12-01 17:30 C5 water L1: city_office
                handling: city office, light red, no level
            "#]],
        );
    }

    #[test]
    fn what_is_decided_about_a_closed_ticket_and_an_order_tell_who_must_act() {
        check(
            "register complaint c urban.noise phone
             supervisor#zhou: decline r7
             object
             tick to 2026-11-25 09:00
             decide objection yes
             dispatch water
             sign water
             contact water reached
             order
             tick to 2026-11-30 18:00",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 supervisor#zhou: decline r7
                    declined
                    stops C0, C1
                    closed declined r7
                11-23 09:00 object
                    objected
                    runs C5 11-24 17:30
                tick to 2026-11-25 09:00
                11-24 17:30 C5 L1: supervisor_desk
                11-25 09:00 decide objection yes
                    stops C5
                    objection_decided upheld
                    runs C1 11-25 11:00, C0 12-09 17:30
                11-25 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-26 17:30, C3 water 11-26 17:30, C4 water 12-02 17:30
                11-25 09:00 sign water
                    stops C2 water
                    signed water
                11-25 09:00 contact water reached
                    stops C3 water
                    contact_tried water, made
                11-25 09:00 order
                    order_issued 1 to water by 11-30 17:30
                    runs C11 11-30 17:30
                tick to 2026-11-30 18:00
                11-27 17:30 C11 L0: clerk
                11-30 17:30 C11 L2: unit_head, 1.0 points
                handling: water, light red, L2, 1.0 points
            "#]],
        );
    }
}
