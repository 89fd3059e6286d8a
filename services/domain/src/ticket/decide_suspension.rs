//! DecideSuspension 挂账审批: the city office's. Granted, the clocks rest and a check is promised; refused, nothing changes.

use super::plan::Plan;
use super::request_suspension::{check_dates, suspension};
use super::{Asked, Event, Phase, Promise, check_promise};
use crate::clock::Kind;
use crate::id::LegId;
use crate::refusal::Refusal;

/// 挂账审批.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideSuspension {
    /// Whose request; the only one where not named.
    pub leg: Option<LegId>,
    /// Whether it is granted.
    pub approved: bool,
}

impl DecideSuspension {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let request = plan.asked(self.leg, |asked| matches!(asked, Asked::Suspension { .. }))?;
        plan.refuse_but_decider(&request.asked)?;
        plan.refuse_same(&request.by)?;
        plan.refuse_self_review()?;
        let leg = request.leg;
        if !self.approved {
            plan.stop(Kind::Decision, Some(leg));
            plan.record(Event::SuspensionRefused { leg });
            plan.give_back(leg, request.at);
            return Ok(());
        }
        let Asked::Suspension {
            ground,
            owner,
            check_at,
            until,
        } = request.asked
        else {
            return Err(plan.wrong_phase());
        };
        if !matches!(
            plan.ticket.phase,
            Phase::Handling { .. } | Phase::Suspended { .. }
        ) {
            return Err(plan.wrong_phase());
        }
        // The grade may have changed, and the check come near, since it was asked for.
        suspension(plan)?;
        check_dates(plan, check_at, until)?;
        plan.stop(Kind::Decision, Some(leg));
        plan.rest();
        plan.stop(Kind::Promise, None);
        let promise = Promise {
            ground,
            owner,
            check_at,
            until,
        };
        plan.record(Event::Suspended { leg, promise });
        check_promise::watch(plan);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn granted_the_clocks_rest_and_a_check_is_promised() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             contact water reached
             ---
             at 2026-11-24 09:00
             decide suspension yes
             suspend water planning check 2026-12-20 until 2027-03-01
             supervisor: decide suspension yes
             city_office@water: decide suspension yes
             decide suspension yes
             at 2026-11-25 09:00
             reply water solved
             ask water
             urge
             tick to 2026-12-19 09:00",
            expect![[r#"
                11-24 09:00 decide suspension yes
                    refused NOTHING_PENDING
                11-24 09:00 suspend water planning check 2026-12-20 until 2027-03-01
                    suspension_requested water planning
                    runs C5 water 11-26 17:30
                11-24 09:00 supervisor: decide suspension yes
                    refused CITY_OFFICE_NEEDED (role=supervisor)
                11-24 09:00 city_office@water: decide suspension yes
                    refused SELF_REVIEW
                11-24 09:00 decide suspension yes
                    stops C5 water, C4 water, C2 roads, C3 roads, C4 roads, C0
                    suspended planning, check 12-20 09:00, until 03-01 09:00
                    runs C10 12-20 09:00
                11-25 09:00 reply water solved
                    refused WRONG_PHASE (phase=suspended)
                11-25 09:00 ask water
                    refused WRONG_PHASE (phase=suspended)
                11-25 09:00 urge
                    urged
                tick to 2026-12-19 09:00
                12-15 04:12 C10 L0: clerk
                suspended: water, light grey, L0
            "#]],
        );
    }

    #[test]
    fn refused_nothing_changes() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             suspend water planning check 2026-12-20 until 2027-03-01
             decide suspension no
             decide suspension no",
            expect![[r#"
                11-23 09:00 suspend water planning check 2026-12-20 until 2027-03-01
                    suspension_requested water planning
                    runs C5 water 11-25 17:30
                11-23 09:00 decide suspension no
                    stops C5 water
                    suspension_refused water
                11-23 09:00 decide suspension no
                    refused NOTHING_PENDING
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_became_urgent_or_whose_check_is_past_is_not_granted() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             suspend water planning check 2026-11-24 until 2026-11-30
             classify grade b
             decide suspension yes
             supervisor: classify grade c
             suspend water planning check 2026-11-24 until 2026-11-30
             at 2026-11-24 10:00
             decide suspension yes
             decide suspension no",
            expect![[r#"
                11-23 09:00 suspend water planning check 2026-11-24 until 2026-11-30
                    suspension_requested water planning
                    runs C5 water 11-25 17:30
                11-23 09:00 classify grade b
                    classified complaint b urban.noise
                    stops C5 water
                    suspension_refused water
                    runs C0 11-25 09:00, C4 water 11-30 17:30, C4S water 11-24 09:00
                11-23 09:00 decide suspension yes
                    refused NOTHING_PENDING
                11-23 09:00 supervisor: classify grade c
                    classified complaint c urban.noise
                    runs C0 12-07 17:30, C4 water 11-30 17:30
                    stops C4S water
                11-23 09:00 suspend water planning check 2026-11-24 until 2026-11-30
                    suspension_requested water planning
                    runs C5 water 11-25 17:30
                11-24 10:00 decide suspension yes
                    refused WRONG_DATE (check_by=2026-11-30T01:00:00Z)
                11-24 10:00 decide suspension no
                    stops C5 water
                    suspension_refused water
                handling: water, light none, no level
            "#]],
        );
    }
}
