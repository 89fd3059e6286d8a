//! DecideExclusion 剔除审批: by the city office, two persons one after the other; one refusal is enough.

use super::plan::Plan;
use super::{Event, ExclusionState};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// 剔除审批.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideExclusion {
    /// Whether this reviewer agrees.
    pub approved: bool,
}

impl DecideExclusion {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let exclusion = plan.ticket.exclusion.clone().ok_or(Reason::NothingPending)?;
        exclusion.by.as_ref().map_or(Ok(()), |by| plan.refuse_same(by))?;
        let reviewed = match exclusion.state {
            ExclusionState::Asked => false,
            ExclusionState::Reviewed { by } if by == plan.actor.holder => {
                return Err(Reason::SamePerson.into());
            }
            ExclusionState::Reviewed { .. } => true,
            ExclusionState::Granted | ExclusionState::Refused => return Err(Reason::NothingPending.into()),
        };
        plan.refuse_self_review()?;
        if self.approved && !reviewed {
            plan.record(Event::ExclusionReviewed {});
            return Ok(());
        }
        plan.stop(Kind::Decision, None);
        plan.record(if self.approved {
            Event::Excluded {
                ground: exclusion.ground,
            }
        } else {
            Event::ExclusionRefused {}
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn two_reviewers_agree() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             reply water solved
             audit pass
             callback solved
             exclude water false_account
             ---
             city_office#li: decide exclusion yes
             city_office#li: decide exclusion yes
             city_office#wang: decide exclusion yes
             city_office#wang: decide exclusion yes",
            expect![[r#"
                11-23 09:00 city_office#li: decide exclusion yes
                    exclusion_reviewed
                11-23 09:00 city_office#li: decide exclusion yes
                    refused SAME_PERSON
                11-23 09:00 city_office#wang: decide exclusion yes
                    stops C5
                    excluded false_account
                11-23 09:00 city_office#wang: decide exclusion yes
                    refused NOTHING_PENDING
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn one_refusal_is_enough() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             reply water solved
             audit pass
             callback solved
             exclude water false_account
             ---
             city_office#li: decide exclusion yes
             city_office#wang: decide exclusion no
             city_office#li: decide exclusion yes
             exclude water false_account",
            expect![[r#"
                11-23 09:00 city_office#li: decide exclusion yes
                    exclusion_reviewed
                11-23 09:00 city_office#wang: decide exclusion no
                    stops C5
                    exclusion_refused
                11-23 09:00 city_office#li: decide exclusion yes
                    refused NOTHING_PENDING
                11-23 09:00 exclude water false_account
                    refused NOT_EXCLUDABLE
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn nobody_reviews_his_own_units_and_late_the_city_office_is_told() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             reply water solved
             audit pass
             callback solved
             exclude water false_account
             ---
             city_office@water: decide exclusion yes
             tick to 2026-12-01 09:00
             reopen",
            expect![[r#"
                11-23 09:00 city_office@water: decide exclusion yes
                    refused SELF_REVIEW
                tick to 2026-12-01 09:00
                11-30 17:30 C5 L1: city_office
                12-01 09:00 reopen
                    stops C5
                    reopened
                    runs C0 12-15 17:30, C1 12-01 11:00
                accepted: triage desk, light none, no level
            "#]],
        );
    }
}
