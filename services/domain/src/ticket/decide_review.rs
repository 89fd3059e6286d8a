//! DecideReview 评议: a panel outside the unit says whether its duty is done. Done, the ticket closes as explained; not done,
//! it reaches L3 and the unit handles it once more under a final order. Whatever comes of that stands.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::{Callback, Cause, CloseKind, Event, Phase};
use crate::clock::{Kind, Level};
use crate::id::HolderId;
use crate::refusal::{Reason, Refusal};

/// Members a panel names at most.
const PANEL_MAX: usize = 16;

/// 评议.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideReview {
    /// Whether the unit has done its duty.
    pub duty_done: bool,
    /// Who sat on the panel.
    pub panel: Vec<HolderId>,
}

impl DecideReview {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Phase::CallbackDue { callback, .. } = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        if !matches!(callback, Callback::Review { .. }) {
            return Err(Reason::NothingPending.into());
        }
        plan.refuse_self_review()?;
        self.check_panel(plan)?;
        plan.stop(Kind::Decision, None);
        plan.record(Event::ReviewDecided {
            duty_done: self.duty_done,
            panel: self.panel.clone(),
        });
        if self.duty_done {
            plan.close(CloseKind::Explained);
        } else {
            plan.handle_again();
            // A final order: one that is still unanswered gives way to it.
            if let Some(lead) = plan.ticket.phase.legs().map(|legs| legs.lead.clone()) {
                plan.escalate(Level::L3, Cause::DutyNotDone, lead.id);
                plan.issue_order(&lead);
            }
        }
        Ok(())
    }

    fn check_panel(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        let needed = plan.rules.profile().procedures.panel;
        let members: BTreeSet<&HolderId> = self.panel.iter().collect();
        if members.len() < self.panel.len() || members.len() < usize::from(needed) {
            return Err(Refusal::new(Reason::PanelTooSmall).with("needed", needed));
        }
        if members.len() > PANEL_MAX {
            return Err(Refusal::new(Reason::TooMany).with("panel_max", PANEL_MAX));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn duty_not_done_it_is_handled_once_more_under_a_final_order() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             reply water explained
             audit pass
             callback unsolved
             review
             ---
             at 2026-11-26 10:00
             decide review no by a b c
             reply water solved
             audit pass
             callback unsolved
             review
             exclude water impossible",
            expect![[r#"
                11-26 10:00 decide review no by a b c
                    stops C5
                    review_decided
                    runs C4 water 12-01 17:30, C0 12-11 09:30
                    escalated L3: district_leader, city_office, 2.0 points
                    order_issued 1 to water by 12-01 17:30
                    runs C11 12-01 17:30
                11-26 10:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 11-27 17:30
                11-26 10:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-27 17:30
                11-26 10:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    stops C11
                    closed explained
                11-26 10:00 review
                    refused REVIEWED_ALREADY
                11-26 10:00 exclude water impossible
                    exclusion_requested impossible
                    runs C5 12-03 17:30
                closed: city office, light none, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn a_panel_is_of_three_and_outside_the_unit() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             reply water explained
             audit pass
             ---
             decide review yes by a b c
             callback unsolved
             review
             decide review yes by a b
             decide review yes by a b b
             city_office@water: decide review yes by a b c
             decide review yes by a b c
             decide review yes by a b c",
            expect![[r#"
                11-23 09:00 decide review yes by a b c
                    refused NOTHING_PENDING
                11-23 09:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    closed explained
                11-23 09:00 review
                    review_requested
                    runs C5 11-30 17:30
                11-23 09:00 decide review yes by a b
                    refused PANEL_TOO_SMALL (needed=3)
                11-23 09:00 decide review yes by a b b
                    refused PANEL_TOO_SMALL (needed=3)
                11-23 09:00 city_office@water: decide review yes by a b c
                    refused SELF_REVIEW
                11-23 09:00 decide review yes by a b c
                    stops C5
                    review_decided duty done
                    closed explained
                11-23 09:00 decide review yes by a b c
                    refused WRONG_PHASE (phase=closed)
                closed: nobody, light green, no level
            "#]],
        );
    }
}
