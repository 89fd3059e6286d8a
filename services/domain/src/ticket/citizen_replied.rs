//! CitizenReplied 补充答复: the resident has answered, through an operator or by number and code. The clocks go on where
//! they rested.

use super::plan::Plan;
use super::{Event, Phase};
use crate::refusal::Refusal;

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    if !matches!(plan.ticket.phase, Phase::AwaitingCitizen { .. }) {
        return Err(plan.wrong_phase());
    }
    plan.go_on(Event::CitizenReplied {}, None);
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_clocks_go_on_later_by_what_counted_meanwhile() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             ---
             replied
             at 2026-11-24 09:00
             ask water
             tick to 2026-11-26 09:00
             contact water reached
             replied
             replied
             tick to 2026-12-04 18:00",
            expect![[r#"
                11-23 09:00 replied
                    refused WRONG_PHASE (phase=handling)
                11-24 09:00 ask water
                    stops C3 water, C4 water, C2 roads, C3 roads, C4 roads, C0
                    citizen_asked water
                    runs C9 12-01 17:30
                tick to 2026-11-26 09:00
                11-26 09:00 contact water reached
                    contact_tried water, made
                11-26 09:00 replied
                    stops C9
                    citizen_replied
                    runs C4 water 12-02 17:30, C2 roads 11-26 17:30, C3 roads 11-26 17:30, C4 roads 12-01 17:30, C0 12-09 17:30
                11-26 09:00 replied
                    refused WRONG_PHASE (phase=handling)
                tick to 2026-12-04 18:00
                11-26 09:00 C2 roads L0: clerk
                11-26 09:00 C3 roads L0: clerk
                11-26 17:30 C2 roads L1: clerk, unit_leader, district, 0.5 points
                11-26 17:30 C3 roads L1: clerk, unit_leader, district, 0.5 points
                11-30 17:30 C4 roads L0: clerk
                12-01 16:12 C4 water L0: clerk
                12-01 17:30 C4 roads L1: clerk, unit_leader, district, 0.5 points
                12-02 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-03 17:30
                12-02 17:30 C4 roads L2: unit_head, 1.0 points
                    order_issued 1 to roads by 12-07 17:30
                    runs C11 roads 12-07 17:30
                12-03 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 2 to water by 12-08 17:30
                    runs C11 12-08 17:30
                12-03 17:30 C7 L1: callback_desk
                12-04 17:30 C4 roads L3: district_leader, city_office, 2.0 points
                12-04 17:30 C11 roads L0: clerk
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn over_a_weekend_nothing_is_gained() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             at 2026-11-27 17:30
             ask water
             at 2026-11-30 08:30
             replied",
            expect![[r#"
                11-27 17:30 ask water
                    stops C4 water, C0
                    citizen_asked water
                    runs C9 12-04 17:30
                11-30 08:30 replied
                    stops C9
                    citizen_replied
                    runs C4 water 11-30 17:30, C0 12-07 17:30
                handling: water, light yellow, no level
            "#]],
        );
    }

    #[test]
    fn what_was_late_stays_late_and_climbs_no_further_meanwhile() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             tick to 2026-12-01 09:00
             ---
             ask water
             tick to 2026-12-03 09:00
             replied
             tick to 2026-12-08 09:00",
            expect![[r#"
                12-01 09:00 ask water
                    stops C4 water, C0
                    citizen_asked water
                    runs C9 12-08 17:30
                tick to 2026-12-03 09:00
                12-01 17:30 C7 L1: callback_desk
                12-03 09:00 replied
                    stops C9
                    citizen_replied
                    runs C4 water 11-30 17:30, C0 12-09 17:30
                tick to 2026-12-08 09:00
                12-03 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-08 17:30
                    runs C11 12-08 17:30
                12-07 17:30 C4 water L3: district_leader, city_office, 2.0 points
                12-07 17:30 C11 L0: clerk
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn a_fault_of_form_may_be_mended_as_long_after_the_answer() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-25 09:00
             reply water solved
             at 2026-11-26 09:00
             audit form
             ---
             at 2026-11-26 10:00
             ask water
             at 2026-11-30 10:00
             replied",
            expect![[r#"
                11-26 10:00 ask water
                    stops C4 water, C0
                    citizen_asked water
                    runs C9 12-03 17:30
                11-30 10:00 replied
                    stops C9
                    citizen_replied
                    runs C4 water 12-02 17:30 (to mend by 12-01 17:30), C0 12-09 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn after_a_rest_levels_follow_the_new_due_time_as_they_would_any_other() {
        check(
            "publish handle 7 d
             register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 09:00
             ask water
             ---
             at 2026-11-28 09:00
             replied
             tick to 2026-12-09 18:00",
            expect![[r#"
                11-28 09:00 replied
                    stops C9
                    citizen_replied
                    runs C4 water 12-04 09:00, C0 12-25 17:00
                tick to 2026-12-09 18:00
                12-02 23:24 C4 water L0: clerk
                12-04 09:00 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-07 17:30
                12-07 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-10 17:30
                    runs C11 12-10 17:30
                12-07 17:30 C7 L1: callback_desk
                12-09 17:30 C4 water L3: district_leader, city_office, 2.0 points
                12-09 17:30 C11 L0: clerk
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }
}
