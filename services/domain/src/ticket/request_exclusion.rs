//! RequestExclusion 剔除申请: the head of the unit that led says why a rated ticket is not to count. Once, within days of the
//! closing; the proof is in the words.

use super::plan::Plan;
use super::{Event, ExclusionGround, Phase};
use crate::access::Role;
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// 剔除申请.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestExclusion {
    /// Why it is not to count.
    pub ground: ExclusionGround,
}

impl RequestExclusion {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Phase::Closed {
            at,
            legs: Some(legs),
            outcome: Some(_),
            ..
        } = &plan.ticket.phase
        else {
            return Err(Reason::NotExcludable.into());
        };
        let led = plan.actor.unit.as_ref() == Some(&legs.lead.unit);
        if plan.actor.role != Role::UnitHead || !led {
            return Err(Refusal::new(Reason::WrongRelation).with("unit", &legs.lead.unit));
        }
        if plan.ticket.exclusion.is_some() {
            return Err(Reason::NotExcludable.into());
        }
        let procedures = &plan.rules.profile().procedures;
        let until = plan.rules.calendar().due(*at, procedures.exclusion_within);
        if plan.now > until {
            return Err(Refusal::new(Reason::ExclusionTooLate).with("until", until));
        }
        plan.record(Event::ExclusionRequested { ground: self.ground });
        plan.start(Kind::Decision, None, procedures.exclusion);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_head_of_the_unit_that_led_asks_once_within_five_days() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water roads
             sign water
             contact water reached
             sign roads
             reply roads solved
             ---
             exclude water malicious
             reply water solved
             audit pass
             callback solved dissatisfied
             unit_clerk@water: exclude water malicious
             exclude roads malicious
             exclude water malicious
             exclude water malicious",
            expect![[r#"
                11-23 09:00 exclude water malicious
                    refused NOT_EXCLUDABLE
                11-23 09:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 11-24 17:30
                11-23 09:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 callback solved dissatisfied
                    stops C7
                    callback_answered solved, dissatisfied
                    closed resolved
                11-23 09:00 unit_clerk@water: exclude water malicious
                    refused WRONG_RELATION (unit=water)
                11-23 09:00 exclude roads malicious
                    refused WRONG_RELATION (unit=water)
                11-23 09:00 exclude water malicious
                    exclusion_requested malicious
                    runs C5 11-30 17:30
                11-23 09:00 exclude water malicious
                    refused NOT_EXCLUDABLE
                closed: city office, light none, no level
            "#]],
        );
    }

    #[test]
    fn after_that_it_counts() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             reply water solved
             audit pass
             callback solved
             ---
             at 2026-12-01 09:00
             exclude water system_fault",
            expect![[r#"
                12-01 09:00 exclude water system_fault
                    refused EXCLUSION_TOO_LATE (until=2026-11-30T09:30:00Z)
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn what_nobody_rated_is_not_excluded() {
        check(
            "register complaint c urban.noise phone anonymous
             dispatch water
             sign water
             reply water solved
             audit pass
             ---
             exclude water system_fault",
            expect![[r#"
                11-23 09:00 exclude water system_fault
                    refused NOT_EXCLUDABLE
                closed: nobody, light green, no level
            "#]],
        );
    }
}
