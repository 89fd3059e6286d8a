//! StageReport 阶段反馈, grades A and B: danger controlled or not, done, what comes next.

use super::plan::Plan;
use super::{Event, LegRole, LegState, Phase};
use crate::clock::Kind;
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
        let stage = plan.limits().stage.ok_or(Reason::NoStageReport)?;
        if leg.role != LegRole::Lead {
            return Err(Reason::WrongRelation.into());
        }
        if leg.state == LegState::AwaitingSign {
            return Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0));
        }
        let to_first_report = plan.cap_limit();
        plan.stop(Kind::Stage, Some(leg.id));
        plan.record(Event::StageReported {
            leg: leg.id,
            controlled: self.controlled,
        });
        plan.start(Kind::Stage, Some(leg.id), stage.every);
        if leg.stage_reports == 0 {
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
    let (from, due_before) = (cap.run.started_at, cap.run.due_at);
    let limit = plan.handle_limit();
    let due_at = plan.rules.calendar().due(from, limit).max(due_before);
    plan.stop(Kind::Citizen, None);
    plan.start_until(Kind::Citizen, None, limit, from, due_at);
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
                11-24 11:00 C4S water L3: district_leader, city_office, 2.0 points
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }
}
