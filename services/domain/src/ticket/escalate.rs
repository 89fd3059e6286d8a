//! Escalate 提级: a supervisor raises a ticket to a level above the present one. L4 and L5 are only proposed, for a
//! reason, and of a closed ticket too: the city office decides ([`super::DecideProposal`]).

use super::plan::Plan;
use super::{Cause, Event, Phase};
use crate::access::Role;
use crate::clock::Level;
use crate::id::UnitId;
use crate::refusal::{Reason, Refusal};

/// To which level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalate {
    /// Above the present one.
    pub level: Level,
    /// Why: of L4 and L5.
    pub cause: Cause,
    /// Of L4 and L5: whose conduct it is about, where it is not the lead's.
    pub unit: Option<UnitId>,
}

impl Escalate {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if self.level.is_decided() {
            return self.propose(plan);
        }
        if matches!(plan.ticket.phase, Phase::Closed { .. }) {
            return Err(plan.wrong_phase());
        }
        if plan.actor.role == Role::System {
            return Err(Reason::SupervisorNeeded.into());
        }
        if self.level == Level::Call || self.cause != Cause::Supervisor {
            return Err(Refusal::new(Reason::WrongRelation).with("cause", self.cause.as_str()));
        }
        if plan.ticket.level >= Some(self.level) {
            return Err(Reason::NothingChanges.into());
        }
        plan.record(Event::Escalated {
            level: self.level,
            cause: Cause::Supervisor,
            told: plan.told(self.level),
            points_tenths: 0,
            unit: None,
        });
        Ok(())
    }

    /// About the lead's unit, or the one that led last; or about another that has or had a part in it.
    fn propose(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !self.cause.is_proposed() {
            return Err(Refusal::new(Reason::WrongRelation).with("cause", self.cause.as_str()));
        }
        if let Some(unit) = &self.unit
            && !plan.ticket.units().contains(unit)
        {
            return Err(Refusal::new(Reason::WrongRelation).with("unit", unit));
        }
        let unit = self.unit.clone().or_else(|| plan.ticket.lead_unit().cloned());
        match plan.propose(self.level, self.cause, unit) {
            true => Ok(()),
            false => Err(Reason::NothingChanges.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_supervisor_raises_it_at_no_charge() {
        check(
            "register complaint c urban.noise phone
             escalate l2
             escalate l1
             dispatch water
             escalate l3",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 escalate l2
                    escalated L2: triage_desk, supervisor_desk
                11-23 09:00 escalate l1
                    refused NOTHING_CHANGES
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 escalate l3
                    escalated L3: district_leader, city_office
                dispatched: water, light none, L3
            "#]],
        );
    }

    #[test]
    fn what_is_over_is_not_raised() {
        check(
            "register consult c urban.noise phone
             answer
             ---
             escalate l1",
            expect![[r#"
                11-23 09:00 escalate l1
                    refused WRONG_PHASE (phase=closed)
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_proposal_is_about_the_lead_or_another_that_has_a_part_in_it() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             escalate l4 supervisor district
             escalate l4 supervisor roads
             city_office@roads: decide proposal yes
             city_office@water: decide proposal no",
            expect![[r#"
                11-23 09:00 escalate l4 supervisor district
                    refused WRONG_RELATION (unit=district)
                11-23 09:00 escalate l4 supervisor roads
                    level_proposed L4 for supervisor about roads
                    runs C5P 11-26 17:30
                11-23 09:00 city_office@roads: decide proposal yes
                    refused SELF_REVIEW
                11-23 09:00 city_office@water: decide proposal no
                    stops C5P
                    proposal_decided
                dispatched: water, light none, no level
            "#]],
        );
    }
}
