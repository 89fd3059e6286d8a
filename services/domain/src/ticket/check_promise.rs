//! CheckPromise 挂账复核: the unit looks at a suspended matter and says when it will again; the resident is told how far
//! it is. A missed check is L3, and the matter stays suspended, the check overdue, until it is made or the horizon is
//! reached.

use jiff::Timestamp;

use super::plan::Plan;
use super::request_suspension::check_dates;
use super::{Event, Phase};
use crate::access::Role;
use crate::clock::{Kind, Level, Step};
use crate::refusal::Refusal;
use crate::time::Limit;

/// 挂账复核. How far it is is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckPromise {
    /// When it is looked at next.
    pub next_at: Timestamp,
}

impl CheckPromise {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        plan.own_lead(&[Role::UnitClerk, Role::UnitLeader, Role::UnitHead])?;
        let Phase::Suspended { promise, .. } = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        check_dates(plan, self.next_at, promise.until)?;
        plan.stop(Kind::Promise, None);
        plan.record(Event::PromiseChecked {
            next_at: self.next_at,
        });
        watch(plan);
        Ok(())
    }
}

/// C10 runs until the next check. Its last step is at the horizon, where the matter goes on by itself: the clerk is told
/// where that is the next date anyway, his leader as well where a check was missed before.
pub(super) fn watch(plan: &mut Plan<'_>) {
    let Phase::Suspended { promise, .. } = plan.ticket.phase.clone() else {
        return;
    };
    let minutes = promise.check_at.duration_since(plan.now) / 60;
    let limit = Limit::Natural(u32::try_from(minutes.as_secs()).unwrap_or(u32::MAX));
    let mut run = plan.run_of(Kind::Promise, None, limit, plan.now, promise.check_at);
    let end = |level| Step {
        level,
        at: promise.until,
    };
    if promise.check_at < promise.until {
        run.steps.push(end(Level::L1));
    } else {
        run.steps = vec![end(Level::L0)];
    }
    plan.record(Event::ClockStarted { run });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    const SUSPENDED: &str = "register complaint c urban.noise phone
        dispatch water roads
        sign water
        contact water reached
        suspend water planning check 2026-12-10 until 2027-01-20
        decide suspension yes
        ---
        ";

    #[test]
    fn a_check_promises_the_next_one() {
        check(
            &format!(
                "{SUSPENDED}
                 tick to 2026-12-09 09:00
                 promise roads 2027-01-05
                 promise water 2027-01-09
                 promise water 2026-12-09
                 promise water 2027-01-05
                 tick to 2027-01-04 12:00
                 promise water 2027-01-21
                 promise water 2027-01-20"
            ),
            expect![[r#"
                tick to 2026-12-09 09:00
                12-06 23:24 C10 L0: clerk
                12-09 09:00 promise roads 2027-01-05
                    refused WRONG_RELATION (leg=2)
                12-09 09:00 promise water 2027-01-09
                    refused WRONG_DATE (check_by=2027-01-08T01:00:00Z)
                12-09 09:00 promise water 2026-12-09
                    refused WRONG_DATE (check_by=2027-01-08T01:00:00Z)
                12-09 09:00 promise water 2027-01-05
                    stops C10
                    promise_checked next 01-05 09:00
                    runs C10 01-05 09:00
                tick to 2027-01-04 12:00
                12-30 23:24 C10 L0: clerk
                01-04 12:00 promise water 2027-01-21
                    refused WRONG_DATE (check_by=2027-01-20T01:00:00Z)
                01-04 12:00 promise water 2027-01-20
                    stops C10
                    promise_checked next 01-20 09:00
                    runs C10 01-20 09:00
                suspended: water, light grey, L0
            "#]],
        );
    }

    #[test]
    fn a_missed_check_is_l3_and_it_stays_suspended() {
        check(
            &format!(
                "{SUSPENDED}
                 tick to 2026-12-11 09:00
                 promise water 2027-01-08
                 tick to 2026-12-20 09:00"
            ),
            expect![[r#"
                tick to 2026-12-11 09:00
                12-06 23:24 C10 L0: clerk
                12-10 09:00 C10 L3: district_leader, city_office, 2.0 points
                12-11 09:00 promise water 2027-01-08
                    stops C10
                    promise_checked next 01-08 09:00
                    runs C10 01-08 09:00
                tick to 2026-12-20 09:00
                suspended: water, light grey, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn nothing_is_promised_where_nothing_rests() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             ---
             promise water 2026-12-01
             resume water",
            expect![[r#"
                11-23 09:00 promise water 2026-12-01
                    refused WRONG_PHASE (phase=handling)
                11-23 09:00 resume water
                    refused WRONG_PHASE (phase=handling)
                handling: water, light none, no level
            "#]],
        );
    }
}
