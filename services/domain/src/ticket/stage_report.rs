//! StageReport 阶段反馈, grades A and B: danger controlled or not, done, what comes next.

use super::plan::Plan;
use super::{Event, LegRole, LegState, Phase};
use crate::clock::{self, Kind};
use crate::refusal::{Reason, Refusal};
use crate::time::Limit;

/// An interim report of the lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageReport {
    /// Whether the danger is controlled.
    pub controlled: bool,
}

impl StageReport {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        if !matches!(plan.ticket.phase, Phase::Handling { .. }) {
            return Err(plan.wrong_phase());
        }
        let lead = plan.ticket.phase.legs().map(|legs| &legs.lead);
        if lead.and_then(|lead| plan.stage_of(lead)).is_none() {
            return Err(Reason::NoStageReport.into());
        }
        if leg.role != LegRole::Lead {
            return Err(Reason::WrongRelation.into());
        }
        if leg.state == LegState::AwaitingSign {
            return Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0));
        }
        let (is_first, to_first_report) = (!plan.ticket.reported, plan.cap_limit());
        plan.stop(Kind::Stage, Some(leg.id));
        plan.record(Event::StageReported {
            leg: leg.id,
            controlled: self.controlled,
        });
        plan.stage_reports();
        if is_first && plan.limits().stage.is_some() {
            cap_the_final_reply(plan, to_first_report);
        }
        Ok(())
    }
}

/// The citizen's cap of A and B is about the first stage report; from there on it is about the final reply. A next
/// unit's first report does not move it again.
fn cap_the_final_reply(plan: &mut Plan<'_>, to_first_report: Limit) {
    let Some(cap) = plan.clock(Kind::Citizen, None).filter(|clock| clock.is_running()) else {
        return;
    };
    if cap.run.limit != to_first_report {
        return;
    }
    let (before, limit) = (cap.run.clone(), plan.handle_limit());
    let due_at = plan.due_anew(&before, limit).max(before.due_at);
    let run = plan.next_of(&before, limit, due_at);
    let run = clock::laid_out(plan.rules.calendar(), plan.limits(), run);
    plan.stop(Kind::Citizen, None);
    plan.record(Event::ClockStarted { run });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn after_the_first_report_the_residents_clock_waits_for_the_final_reply() {
        check(
            "register help a utilities.water phone
             operator: dispatch water
             ---
             stage water controlled
             sign water
             stage water
             at 2026-11-23 12:00
             stage water controlled",
            expect![[r#"
                11-23 09:00 stage water controlled
                    refused WRONG_PHASE (phase=dispatched)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 stage water
                    stops C4S water
                    stage_reported water
                    runs C4S water 11-23 13:00
                    stops C0
                    runs C0 11-30 17:30
                11-23 12:00 stage water controlled
                    stops C4S water
                    stage_reported water, controlled
                    runs C4S water 11-23 16:00
                handling: water, light red, no level
            "#]],
        );
    }

    #[test]
    fn an_ordinary_matter_has_none_and_a_co_unit_owes_none() {
        check(
            "register help c utilities.water phone
             dispatch water
             sign water
             ---
             stage water controlled",
            expect![[r#"
                11-23 09:00 stage water controlled
                    refused NO_STAGE_REPORT
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn once_made_the_first_report_is_made_whoever_has_the_matter() {
        check(
            "register help a utilities.water phone
             operator: dispatch street
             sign street
             contact street reached
             stage street controlled
             ---
             at 2026-11-25 09:00
             supervisor: redispatch water as category utilities
             seal water
             classify category utilities.water
             dispatch roads
             sign roads
             stage roads",
            expect![[r#"
                11-25 09:00 supervisor: redispatch water as category utilities
                    stops C4 street, C4S street
                    redispatched
                    classified help a utilities
                    dispatched water
                    runs C2 water 11-25 09:15, C3 water 11-25 09:30, C4 water 11-30 17:30, C4S water 11-25 11:00
                11-25 09:00 seal water
                    sealed against water
                    stops C2 water, C3 water, C4 water, C4S water
                    recalled
                    runs C1 11-25 09:05
                11-25 09:00 classify category utilities.water
                    classified help a utilities.water
                11-25 09:00 dispatch roads
                    stops C1
                    dispatched roads
                    runs C2 roads 11-25 09:15, C3 roads 11-25 09:30, C4 roads 11-30 17:30, C4S roads 11-25 11:00
                11-25 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-25 09:00 stage roads
                    stops C4S roads
                    stage_reported roads
                    runs C4S roads 11-25 13:00
                handling: roads, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_notice_is_no_report_of_an_urgent_matter_and_the_other_way_round() {
        check(
            "register complaint c market.refund phone
             dispatch water
             sign water
             contact water reached
             stage water
             ---
             at 2026-11-24 09:00
             operator: classify grade a
             stage water controlled
             supervisor: classify grade c",
            expect![[r#"
                11-24 09:00 operator: classify grade a
                    classified complaint a market.refund
                    runs C0 11-24 13:00, C4 water 12-01 17:30, C4S water 11-24 11:00
                11-24 09:00 stage water controlled
                    stops C4S water
                    stage_reported water, controlled
                    runs C4S water 11-24 13:00
                    stops C0
                    runs C0 12-01 17:30
                11-24 09:00 supervisor: classify grade c
                    classified complaint c market.refund
                    runs C0 01-25 17:30, C4 water 01-25 17:30, C4S water 01-04 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn only_the_lead_reports() {
        check(
            "register help a utilities.water phone
             dispatch water roads
             sign roads
             ---
             stage roads
             sign water
             stage roads",
            expect![[r#"
                11-23 09:00 stage roads
                    refused WRONG_PHASE (phase=dispatched)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 stage roads
                    refused WRONG_RELATION
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_missed_report_climbs_in_natural_minutes() {
        check(
            "register help b utilities.water phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-11-24 12:00",
            expect![[r#"
                tick to 2026-11-24 12:00
                11-24 03:00 C4S water L0: clerk
                11-24 09:00 C4S water L1: clerk, unit_leader, district, 0.5 points
                11-24 10:00 C4S water L2: unit_head, 1.0 points
                    order_issued 1 to water by 11-27 17:30
                    runs C11 11-27 17:30
                11-24 11:00 C4S water L3: district_leader, city_office, 2.0 points
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn a_statute_gives_more_time_and_asks_for_notices_after_dispatch() {
        check(
            "register complaint c market.refund phone
             at 2026-11-23 10:00
             dispatch water roads
             sign water
             contact water reached
             sign roads
             contact roads reached
             tick to 2026-12-02 18:00
             stage water
             stage water
             stage water
             classify type consult
             supervisor: classify type complaint",
            expect![[r#"
                11-23 09:00 register complaint c market.refund phone
                    registered complaint c market.refund
                    runs C0 01-25 17:30, C1 11-23 11:00
                11-23 10:00 dispatch water roads
                    stops C1
                    dispatched water, roads
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 01-25 17:30, C2 roads 11-24 17:30, C3 roads 11-24 17:30, C4 roads 01-12 17:30, C4S water 12-02 17:30
                11-23 10:00 sign water
                    stops C2 water
                    signed water
                11-23 10:00 contact water reached
                    stops C3 water
                    contact_tried water, made
                11-23 10:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 10:00 contact roads reached
                    stops C3 roads
                    contact_tried roads, made
                tick to 2026-12-02 18:00
                12-01 11:36 C4S water L0: clerk
                12-02 17:30 C4S water L1: clerk, unit_leader, district, 0.5 points
                12-02 18:00 stage water
                    stops C4S water
                    stage_reported water
                    runs C4S water 01-04 17:30
                12-02 18:00 stage water
                    stops C4S water
                    stage_reported water
                12-02 18:00 stage water
                    refused NO_STAGE_REPORT
                12-02 18:00 classify type consult
                    classified consult c market.refund
                    runs C0 12-03 17:30, C4 water 12-03 17:30, C4 roads 12-03 17:30
                12-02 18:00 supervisor: classify type complaint
                    classified complaint c market.refund
                    runs C0 01-25 17:30, C4 water 01-25 17:30, C4 roads 01-12 17:30
                handling: water, light none, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn a_statutory_matter_that_is_urgent_reports_as_urgent_ones_do() {
        check(
            "register complaint c market.refund phone
             dispatch water
             sign water
             contact water reached
             ---
             classify grade b
             stage water
             supervisor: classify grade c",
            expect![[r#"
                11-23 09:00 classify grade b
                    classified complaint b market.refund
                    runs C0 11-25 09:00, C4 water 11-30 17:30, C4S water 11-24 09:00
                11-23 09:00 stage water
                    stops C4S water
                    stage_reported water
                    runs C4S water 11-24 09:00
                    stops C0
                    runs C0 11-30 17:30
                11-23 09:00 supervisor: classify grade c
                    classified complaint c market.refund
                    runs C0 01-25 17:30, C4 water 01-25 17:30, C4S water 12-02 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_notice_waits_while_the_matter_rests_and_ends_with_the_first_round() {
        check(
            "register complaint c market.refund phone
             dispatch water
             sign water
             contact water reached
             ---
             ask water
             at 2026-11-25 09:00
             replied
             reply water solved
             audit substance
             reply water solved unread
             audit pass
             callback unsolved
             rework",
            expect![[r#"
                11-23 09:00 ask water
                    stops C4 water, C4S water, C0
                    citizen_asked water
                    runs C9 11-30 17:30
                11-25 09:00 replied
                    stops C9
                    citizen_replied
                    runs C4 water 01-27 17:30, C4S water 12-04 17:30, C0 01-27 17:30
                11-25 09:00 reply water solved
                    stops C4 water, C4S water
                    replied water
                    runs C6 11-26 17:30
                11-25 09:00 audit substance
                    stops C6
                    audit_failed substance
                    runs C4 water 01-27 17:30, C4S water 12-04 17:30
                11-25 09:00 reply water solved unread
                    stops C4 water, C4S water
                    replied water
                    audit_passed by rule
                    stops C0
                    runs C7 11-26 17:30
                11-25 09:00 audit pass
                    refused WRONG_PHASE (phase=callback_due)
                11-25 09:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    runs C7 11-26 17:30
                11-25 09:00 rework
                    stops C7
                    rework_ordered round 1
                    runs C4 water 11-30 17:30, C0 01-27 17:30
                handling: water, light none, no level
            "#]],
        );
    }
}
