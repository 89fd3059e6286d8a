//! DecideObjection 异议答复: a supervisor other than whoever declined. Upheld, the matter is accepted after all.

use super::plan::Plan;
use super::{CloseKind, Event, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// 异议答复.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideObjection {
    /// Whether the matter is accepted after all.
    pub upheld: bool,
}

impl DecideObjection {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let declined = matches!(
            plan.ticket.phase,
            Phase::Closed {
                how: CloseKind::Declined(_),
                ..
            }
        );
        if !declined || !plan.ticket.runs(Kind::Decision) {
            return Err(Reason::NothingPending.into());
        }
        if !plan.actor.role.supervises() {
            return Err(Reason::SupervisorNeeded.into());
        }
        if plan.ticket.declined_by.as_ref() == Some(&plan.actor.holder) {
            return Err(Reason::SamePerson.into());
        }
        plan.stop(Kind::Decision, None);
        plan.record(Event::ObjectionDecided { upheld: self.upheld });
        if self.upheld {
            plan.start(Kind::Triage, None, plan.limits().triage);
            plan.resume_rested(Kind::Citizen, None);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn upheld_the_matter_is_accepted_after_all() {
        check(
            "register complaint c urban.noise phone in s
             supervisor#li: decline r7
             ---
             decide objection yes
             at 2026-11-24 09:00
             object
             at 2026-11-25 09:00
             operator: decide objection yes
             supervisor#li: decide objection yes
             supervisor#wang: decide objection yes
             dispatch water",
            expect![[r#"
                11-23 09:00 decide objection yes
                    refused NOTHING_PENDING
                11-24 09:00 object
                    objected
                    runs C5 11-25 17:30
                11-25 09:00 operator: decide objection yes
                    refused SUPERVISOR_NEEDED
                11-25 09:00 supervisor#li: decide objection yes
                    refused SAME_PERSON
                11-25 09:00 supervisor#wang: decide objection yes
                    stops C5
                    objection_decided upheld
                    runs C1 11-25 11:00, C0 12-09 17:30
                11-25 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-26 17:30, C3 water 11-26 17:30, C4 water 12-02 17:30
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn rejected_it_stays_closed() {
        check(
            "register complaint c urban.noise phone in s
             decline r2
             object
             ---
             decide objection no
             decide objection yes
             object",
            expect![[r#"
                11-23 09:00 decide objection no
                    stops C5
                    objection_decided
                11-23 09:00 decide objection yes
                    refused NOTHING_PENDING
                11-23 09:00 object
                    refused OBJECTED_ALREADY
                closed: nobody, light green, no level
            "#]],
        );
    }
}
