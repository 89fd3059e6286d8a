//! Resume 恢复办理: by the unit at any time, by the system when the horizon is reached. The clocks go on later by what
//! they rested, and the unit has at least the floor left to finish.

use super::plan::Plan;
use super::{Event, Phase};
use crate::access::Role;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let Phase::Suspended { promise, legs, .. } = &plan.ticket.phase else {
        return Err(plan.wrong_phase());
    };
    if plan.actor.role == Role::System {
        if plan.now < promise.until {
            return Err(Refusal::new(Reason::NotDue).with("until", promise.until));
        }
    } else {
        plan.refuse_pending(legs.lead.id)?;
        plan.own_lead(&[Role::UnitClerk, Role::UnitLeader, Role::UnitHead])?;
    }
    go_on(plan);
    Ok(())
}

/// A suspended matter goes on.
pub(super) fn go_on(plan: &mut Plan<'_>) {
    let floor = plan.rules.profile().procedures.resume_floor;
    plan.go_on(Event::Resumed {}, Some(floor));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_unit_resumes_and_has_what_was_left() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             contact water reached
             suspend water conditions check 2026-12-10 until 2027-01-20
             decide suspension yes
             ---
             at 2026-12-07 09:00
             resume roads
             system: resume
             resume water
             resume water
             tick to 2026-12-15 18:00",
            expect![[r#"
                12-07 09:00 resume roads
                    refused WRONG_RELATION (leg=2)
                12-07 09:00 system: resume
                    refused NOT_DUE (until=2027-01-20T01:00:00Z)
                12-07 09:00 resume water
                    stops C10
                    resumed
                    runs C4 water 12-14 17:30, C2 roads 12-08 17:30, C3 roads 12-08 17:30, C4 roads 12-11 17:30, C0 12-21 17:30
                12-07 09:00 resume water
                    refused WRONG_PHASE (phase=handling)
                tick to 2026-12-15 18:00
                12-08 08:45 C2 roads L0: clerk
                12-08 08:45 C3 roads L0: clerk
                12-08 17:30 C2 roads L1: clerk, unit_leader, district, 0.5 points
                12-08 17:30 C3 roads L1: clerk, unit_leader, district, 0.5 points
                12-10 17:30 C4 roads L0: clerk
                12-11 16:12 C4 water L0: clerk
                12-11 17:30 C4 roads L1: clerk, unit_leader, district, 0.5 points
                12-14 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-15 17:30
                12-14 17:30 C4 roads L2: unit_head, 1.0 points
                    order_issued 1 to roads by 12-17 17:30
                    runs C11 roads 12-17 17:30
                12-15 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 2 to water by 12-18 17:30
                    runs C11 12-18 17:30
                12-15 17:30 C7 L1: callback_desk
                handling: water, light red, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn at_least_two_working_days_are_left() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             tick to 2026-11-30 09:00
             suspend water conditions check 2026-12-10 until 2027-01-20
             decide suspension yes
             ---
             tick to 2026-12-08 16:00
             resume water
             tick to 2026-12-10 18:00",
            expect![[r#"
                tick to 2026-12-08 16:00
                12-08 09:00 C10 L0: clerk
                12-08 16:00 resume water
                    stops C10
                    resumed
                    runs C4 water 12-10 17:30, C0 12-16 15:30
                tick to 2026-12-10 18:00
                12-10 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-11 17:30
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn at_the_horizon_it_goes_on_by_itself() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             suspend water conditions check 2026-12-10 until 2026-12-10
             decide suspension yes
             ---
             tick to 2026-12-11 09:00",
            expect![[r#"
                tick to 2026-12-11 09:00
                12-10 09:00 C10 L0: clerk
                    stops C10
                    resumed
                    runs C4 water 12-17 17:30, C0 12-24 17:30
                handling: water, light none, L0
            "#]],
        );
    }

    #[test]
    fn at_the_horizon_it_goes_on_though_a_check_was_missed() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             suspend water conditions check 2026-12-04 until 2026-12-18
             decide suspension yes
             ---
             tick to 2026-12-19 09:00",
            expect![[r#"
                tick to 2026-12-19 09:00
                12-02 04:12 C10 L0: clerk
                12-04 09:00 C10 L3: district_leader, city_office, 2.0 points
                12-18 09:00 C10 L1: clerk, unit_leader, district
                    stops C10
                    resumed
                    runs C4 water 12-25 17:30, C0 01-01 17:30
                handling: water, light none, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn after_an_outage_the_system_resumes_what_is_past_its_horizon() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             suspend water conditions check 2026-12-04 until 2026-12-18
             decide suspension yes
             ---
             at 2026-12-18 09:00
             system: resume",
            expect![[r#"
                12-18 09:00 system: resume
                    stops C10
                    resumed
                    runs C4 water 12-25 17:30, C0 01-01 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_was_in_time_when_the_rest_was_asked_for_has_the_floor() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-26 09:00
             suspend water funds check 2026-12-18 until 2026-12-20
             ---
             tick to 2026-12-01 09:00
             decide suspension yes
             at 2026-12-15 09:00
             resume water
             tick to 2026-12-17 18:00",
            expect![[r#"
                tick to 2026-12-01 09:00
                11-30 17:30 C5 water L1: city_office
                12-01 09:00 decide suspension yes
                    stops C5 water, C4 water, C0
                    suspended funds, check 12-18 09:00, until 12-20 09:00
                    runs C10 12-18 09:00
                12-15 09:00 resume water
                    stops C10
                    resumed
                    runs C4 water 12-17 17:30, C0 12-21 17:30
                tick to 2026-12-17 18:00
                12-16 10:00 C4 water L0: clerk
                12-17 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-18 17:30
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }
}
