//! DecideProposal 提级审批: the city office decides whether a unit is summoned 约谈 (L4) or its conduct made known and handed
//! over 通报/移送 (L5). Nobody decides on what he has proposed himself.

use super::plan::Plan;
use super::{Event, Proposal};
use crate::access::Role;
use crate::clock::{Kind, decided};
use crate::refusal::{Reason, Refusal};

/// 提级审批.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideProposal {
    /// Whether it comes to that.
    pub approved: bool,
}

impl DecideProposal {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Some(Proposal {
            level,
            cause,
            unit,
            by,
            ..
        }) = plan.ticket.proposal.clone()
        else {
            return Err(Reason::NothingPending.into());
        };
        if !matches!(plan.actor.role, Role::CityOffice | Role::Administrator) {
            return Err(Reason::CityOfficeNeeded.into());
        }
        plan.refuse_same(&by)?;
        plan.refuse_party(unit.iter())?;
        plan.stop(Kind::Proposal, None);
        plan.record(Event::ProposalDecided {
            approved: self.approved,
        });
        if self.approved {
            plan.record(Event::Escalated {
                level,
                cause,
                told: decided(level),
                points_tenths: plan.rules.profile().points(level),
                unit: None,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn what_is_late_for_long_is_laid_before_the_city_office() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             tick to 2026-12-09 09:00
             supervisor: decide proposal yes
             city_office@water: decide proposal yes
             decide proposal yes
             decide proposal no
             tick to 2026-12-20 09:00",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                tick to 2026-12-09 09:00
                11-24 08:45 C2 water L0: clerk
                11-24 08:45 C3 water L0: clerk
                11-24 17:30 C2 water L1: clerk, unit_leader, district, 0.5 points
                11-24 17:30 C3 water L1: clerk, unit_leader, district, 0.5 points
                11-27 16:12 C4 water L0: clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-01 17:30
                12-01 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-04 17:30
                    runs C11 12-04 17:30
                12-01 17:30 C7 L1: callback_desk
                12-03 17:30 C4 water L3: district_leader, city_office, 2.0 points
                12-03 17:30 C11 L0: clerk
                12-04 17:30 C11 L2: unit_head, 1.0 points
                12-07 17:30 C0 L1: supervisor_desk, clerk
                12-08 17:30 C4 water L4: city_office
                    level_proposed L4 for overdue about water
                    runs C5P 12-11 17:30
                12-09 09:00 supervisor: decide proposal yes
                    refused CITY_OFFICE_NEEDED
                12-09 09:00 city_office@water: decide proposal yes
                    refused SELF_REVIEW
                12-09 09:00 decide proposal yes
                    stops C5P
                    proposal_decided approved
                    escalated L4: unit_head, district_leader, 3.0 points
                12-09 09:00 decide proposal no
                    refused NOTHING_PENDING
                tick to 2026-12-20 09:00
                12-14 17:30 C4 water L5: city_office
                    level_proposed L5 for overdue about water
                    runs C5P 12-17 17:30
                12-17 17:30 C5P L1: city_office
                dispatched: water, light red, L4, 3.0 points
            "#]],
        );
    }

    #[test]
    fn a_closing_proven_false_is_proposed_by_one_and_decided_by_another() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved unread
             callback solved satisfied
             ---
             escalate l5
             escalate l5 overdue
             escalate l3 leak
             escalate l4 false_closing
             escalate l4 leak
             city_office#zhou: escalate l5 leak
             city_office#zhou: decide proposal no
             city_office#wu: decide proposal no
             city_office#wu: decide proposal no",
            expect![[r#"
                11-23 09:00 escalate l5
                    level_proposed L5 for supervisor about water
                    runs C5P 11-26 17:30
                11-23 09:00 escalate l5 overdue
                    refused WRONG_RELATION (cause=overdue)
                11-23 09:00 escalate l3 leak
                    refused WRONG_PHASE (phase=closed)
                11-23 09:00 escalate l4 false_closing
                    refused NOTHING_CHANGES
                11-23 09:00 escalate l4 leak
                    refused NOTHING_CHANGES
                11-23 09:00 city_office#zhou: escalate l5 leak
                    refused NOTHING_CHANGES
                11-23 09:00 city_office#zhou: decide proposal no
                    stops C5P
                    proposal_decided
                11-23 09:00 city_office#wu: decide proposal no
                    refused NOTHING_PENDING
                11-23 09:00 city_office#wu: decide proposal no
                    refused NOTHING_PENDING
                closed: nobody, light green, no level
            "#]],
        );
    }
}
