//! RequestTermination 终止申请: the leader of the lead's unit asks to end a matter without an answer, because the law has
//! another way for it, or the resident does not cooperate.

use super::plan::Plan;
use super::{Event, Phase, TerminationGround};
use crate::access::Role;
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};
use crate::time::Limit;

/// 终止申请. What it rests on is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTermination {
    /// Why.
    pub ground: TerminationGround,
}

impl RequestTermination {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let lead = plan.own_lead(&[Role::UnitLeader, Role::UnitHead])?;
        if !matches!(plan.ticket.phase, Phase::Handling { .. }) {
            return Err(plan.wrong_phase());
        }
        let decide = termination(plan)?;
        plan.refuse_pending(lead.id)?;
        plan.record(Event::TerminationRequested {
            leg: lead.id,
            ground: self.ground,
        });
        plan.start(Kind::Decision, Some(lead.id), decide);
        Ok(())
    }
}

/// How long deciding may take in the ticket's grade; what is urgent is answered.
pub(super) fn termination(plan: &Plan<'_>) -> Result<Limit, Refusal> {
    let refusal = || Refusal::new(Reason::NotForGrade).with("grade", plan.grade().as_str());
    plan.asking().termination.ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_leader_asks_and_the_audit_desk_is_on_the_clock() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             terminate water r2
             sign water
             sign roads
             unit_clerk@water: terminate water r2
             terminate roads r2
             terminate water r2
             terminate water r2
             tick to 2026-11-23 16:00",
            expect![[r#"
                11-23 09:00 terminate water r2
                    refused WRONG_PHASE (phase=dispatched)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 unit_clerk@water: terminate water r2
                    refused WRONG_RELATION (role=unit_clerk)
                11-23 09:00 terminate roads r2
                    refused WRONG_RELATION (leg=2)
                11-23 09:00 terminate water r2
                    termination_requested water r2
                    runs C5 water 11-23 15:00
                11-23 09:00 terminate water r2
                    refused DECISION_PENDING (leg=1)
                tick to 2026-11-23 16:00
                11-23 15:00 C5 water L1: audit_desk
                handling: audit desk, light red, no level
            "#]],
        );
    }

    #[test]
    fn what_is_urgent_is_answered() {
        check(
            "register help a utilities.water phone
             dispatch water
             sign water
             ---
             terminate water no_cooperation",
            expect![[r#"
                11-23 09:00 terminate water no_cooperation
                    refused NOT_FOR_GRADE (grade=a)
                handling: water, light none, no level
            "#]],
        );
    }
}
