//! Levels of a plan that no clock fires: reached, proposed, and the order that comes with L2 (domain.md, section 5).

use super::Plan;
use crate::clock::{self, Addressee, Kind, Level};
use crate::id::{LegId, UnitId};
use crate::ticket::{Cause, Event, Holder, Leg, LegRole, ORDERS_MAX, Phase};

impl Plan<'_> {
    /// A level that a leg's unit has brought upon itself: it is charged, and L2 comes with an order to it.
    pub(crate) fn escalate(&mut self, level: Level, cause: Cause, leg: LegId) {
        let leg = self.ticket.phase.legs().and_then(|legs| legs.get(leg));
        let unit = leg
            .filter(|leg| leg.role != LegRole::Lead)
            .map(|leg| leg.unit.clone());
        let id = leg.map(|leg| leg.id);
        self.record(Event::Escalated {
            level,
            cause,
            told: clock::addressees(Kind::Handle, level),
            points_tenths: self.rules.profile().points(level),
            unit,
        });
        if level == Level::L2 {
            self.order_at_l2(id);
        }
    }

    /// A level reached by contacts, urges or listeners, where the ticket has not reached it yet: while no clock of the
    /// lead, whom it is about, is overdue it only informs, at no charge. What another unit owes, or what waits for
    /// somebody's decision, is not the lead's.
    pub(crate) fn inform(&mut self, level: Level, cause: Cause) {
        if self.ticket.level >= Some(level) {
            return;
        }
        let overdue = |clock: &&clock::Clock| clock.is_running() && clock.is_late(self.now);
        let mut overdue = self.ticket.clocks.iter().filter(overdue);
        let is_charged = overdue.any(|clock| self.is_the_leads(clock) && !self.ticket.is_held_up(clock));
        let points = self.rules.profile().points(level);
        self.record(Event::Escalated {
            level,
            cause,
            told: self.told(level),
            points_tenths: if is_charged { points } else { 0 },
            unit: None,
        });
        if is_charged && level == Level::L2 {
            self.order_at_l2(None);
        }
    }

    /// Whether it is the lead that answers for a clock: one of its leg, of what was promised, of an order to it.
    fn is_the_leads(&self, clock: &clock::Clock) -> bool {
        let Some(legs) = self.ticket.phase.legs().filter(|_| clock.run.kind.is_the_units()) else {
            return false;
        };
        match (clock.run.kind, clock.run.leg) {
            (Kind::Order, leg) => self.ticket.clock_unit(Kind::Order, leg) == Some(&legs.lead.unit),
            (_, leg) => leg.is_none_or(|leg| leg == legs.lead.id),
        }
    }

    /// Who is told of a level that no clock fires: those above the unit; of a matter without one, those who triage and
    /// supervise.
    pub(crate) fn told(&self, level: Level) -> Vec<Addressee> {
        match self.ticket.phase.legs() {
            Some(_) => clock::addressees(Kind::Handle, level),
            None => clock::addressees(Kind::Triage, level),
        }
    }

    /// Somebody has spoken up: several listeners within days reach L2 while a unit or the triage desk has the matter,
    /// an incident of many reaches L3.
    pub(crate) fn heard(&mut self) {
        let triggers = &self.rules.profile().triggers;
        if matches!(self.ticket.phase, Phase::Closed { .. }) {
            return;
        }
        if self.ticket.listeners() >= usize::from(triggers.incident_listeners) {
            self.inform(Level::L3, Cause::Incident);
            return;
        }
        let (calendar, within) = (self.rules.calendar(), triggers.listeners_within);
        let lately = self
            .ticket
            .heard
            .iter()
            .filter(|heard| calendar.due(heard.at, within) >= self.now);
        let listeners = lately.count();
        let is_with_them = matches!(
            self.ticket.phase,
            Phase::Accepted { .. }
                | Phase::Consulting { .. }
                | Phase::Dispatched { .. }
                | Phase::Handling { .. }
        ) && matches!(self.ticket.holder(), Holder::TriageDesk | Holder::Unit(_));
        if is_with_them && listeners >= usize::from(triggers.listeners) {
            self.inform(Level::L2, Cause::Listeners);
        }
    }

    /// L2 comes with a supervision order to the unit of the leg it is about, or of the lead, unless that has an open one.
    pub(crate) fn order_at_l2(&mut self, leg: Option<LegId>) {
        let legs = self.ticket.phase.legs();
        let Some(leg) = legs.and_then(|legs| leg.map_or(Some(&legs.lead), |leg| legs.get(leg))) else {
            return;
        };
        let has_one = self.ticket.open_orders().any(|order| order.unit == leg.unit);
        if !has_one && self.ticket.orders.len() < ORDERS_MAX {
            self.issue_order(&leg.clone());
        }
    }

    /// A numbered order with a hard date. The lead's clock is the ticket's own, any other unit's is its leg's: nobody's
    /// order keeps another's from being issued.
    pub(crate) fn issue_order(&mut self, to: &Leg) {
        let last = self.ticket.orders.last().map_or(0, |order| order.order);
        let limit = self.rules.profile().procedures.order;
        let (unit, leg) = (to.unit.clone(), (to.role != LegRole::Lead).then_some(to.id));
        let due_at = self.rules.calendar_of(&unit).due(self.now, limit);
        self.record(Event::OrderIssued {
            order: last.saturating_add(1),
            unit,
            leg,
            due_at,
        });
        self.start(Kind::Order, leg, limit);
    }

    /// L4 or L5 is laid before the city office. A higher one takes the place of a lower one; whether anything was
    /// proposed.
    pub(crate) fn propose(&mut self, level: Level, cause: Cause, unit: Option<UnitId>) -> bool {
        let pending = self.ticket.proposal.as_ref().map(|proposal| proposal.level);
        if self.ticket.level >= Some(level) || pending >= Some(level) {
            return false;
        }
        self.stop(Kind::Proposal, None);
        self.record(Event::LevelProposed { level, cause, unit });
        self.start(Kind::Proposal, None, self.rules.profile().triggers.proposal);
        true
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn every_unit_that_reaches_l2_has_an_order_of_its_own() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             sign roads
             contact water reached
             contact roads reached
             ---
             tick to 2026-12-03 18:00
             order
             answer_order water 1
             answer_order roads 1
             order
             supervisor: redispatch ecology
             answer_order water 3
             order",
            expect![[r#"
                tick to 2026-12-03 18:00
                11-26 17:30 C4 roads L0: clerk
                11-27 16:12 C4 water L0: clerk
                11-27 17:30 C4 roads L1: clerk, unit_leader, district, 0.5 points
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-01 17:30
                11-30 17:30 C4 roads L2: unit_head, 1.0 points
                    order_issued 1 to roads by 12-03 17:30
                    runs C11 roads 12-03 17:30
                12-01 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 2 to water by 12-04 17:30
                    runs C11 12-04 17:30
                12-01 17:30 C7 L1: callback_desk
                12-02 17:30 C4 roads L3: district_leader, city_office, 2.0 points
                12-02 17:30 C11 roads L0: clerk
                12-03 17:30 C4 water L3: district_leader, city_office, 2.0 points
                12-03 17:30 C11 L0: clerk
                12-03 17:30 C11 roads L2: unit_head, 1.0 points
                12-03 18:00 order
                    refused ORDER_OPEN (order=2)
                12-03 18:00 answer_order water 1
                    refused WRONG_RELATION (unit=roads)
                12-03 18:00 answer_order roads 1
                    stops C11 roads
                    order_answered 1
                12-03 18:00 order
                    refused ORDER_OPEN (order=2)
                12-03 18:00 supervisor: redispatch ecology
                    stops C4 water, C4 roads, C7, C11
                    redispatched
                    dispatched ecology
                    runs C2 ecology 12-04 17:30, C3 ecology 12-04 17:30, C4 ecology 12-07 17:30
                12-03 18:00 answer_order water 3
                    refused NO_ORDER (order=3)
                12-03 18:00 order
                    order_issued 3 to ecology by 12-08 17:30
                    runs C11 12-08 17:30
                dispatched: ecology, light yellow, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn what_a_co_unit_owes_is_not_charged_to_the_lead() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             contact water reached
             ---
             tick to 2026-11-25 09:00
             again phone by zhao
             again phone by wang
             again phone by li",
            expect![[r#"
                tick to 2026-11-25 09:00
                11-24 08:45 C2 roads L0: clerk
                11-24 08:45 C3 roads L0: clerk
                11-24 17:30 C2 roads L1: clerk, unit_leader, district, 0.5 points
                11-24 17:30 C3 roads L1: clerk, unit_leader, district, 0.5 points
                11-25 09:00 again phone by zhao
                    contact_added
                11-25 09:00 again phone by wang
                    contact_added
                11-25 09:00 again phone by li
                    contact_added
                    escalated L2: unit_head
                handling: water, light red, L2, 0.5 points
            "#]],
        );
    }
}
