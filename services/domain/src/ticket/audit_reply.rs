//! AuditReply 审核: never by the replying unit. A failed audit never renews C4 (section 4, rule 1): failed for substance
//! the original due stands; failed for form and mended in time, the first submission does.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::{AuditFault, AuditItem, Event, Phase};
use crate::clock::Kind;
use crate::refusal::Refusal;

/// What the auditor finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditReply {
    /// It passes.
    Passed,
    /// It does not; what of the checklist is wrong, each named once.
    Failed(AuditFault, Vec<AuditItem>),
}

impl AuditReply {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Phase::ReplyReview { legs, .. } = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        let lead = legs.lead.id;
        plan.refuse_self_review()?;
        let replied_by = plan.ticket.replied_by.as_ref();
        replied_by.map_or(Ok(()), |by| plan.refuse_same(by))?;
        let AuditReply::Failed(fault, items) = self else {
            return plan.pass_audit(false);
        };

        plan.stop(Kind::Audit, None);
        let items: BTreeSet<AuditItem> = items.iter().copied().collect();
        plan.record(Event::AuditFailed {
            fault: *fault,
            items: items.into_iter().collect(),
        });
        match fault {
            AuditFault::Form => plan.resume_to_mend(lead),
            AuditFault::Substance => plan.resume_unchanged(Kind::Handle, Some(lead)),
        }
        plan.owe_still();
        // Whoever has spoken up while it was audited speaks to the unit again.
        plan.heard();
        plan.ring_if_late();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn passed_the_resident_is_asked_and_the_residents_clock_rests() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved
             ---
             audit pass
             audit pass",
            expect![[r#"
                11-23 09:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 audit pass
                    refused WRONG_PHASE (phase=callback_due)
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn who_spoke_up_meanwhile_is_heard_once_it_failed() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved
             ---
             again phone by zhao
             again phone by li
             again phone by qian
             audit substance",
            expect![[r#"
                11-23 09:00 again phone by zhao
                    contact_added
                11-23 09:00 again phone by li
                    contact_added
                11-23 09:00 again phone by qian
                    contact_added
                11-23 09:00 audit substance
                    stops C6
                    audit_failed substance
                    runs C4 water 11-30 17:30
                    escalated L2: unit_head
                handling: water, light none, L2
            "#]],
        );
    }

    #[test]
    fn failed_for_substance_the_original_due_stands() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved
             ---
             at 2026-11-25 09:00
             audit substance
             tick to 2026-12-02 18:00",
            expect![[r#"
                11-25 09:00 audit substance
                    stops C6
                    audit_failed substance
                    runs C4 water 11-30 17:30
                tick to 2026-12-02 18:00
                11-27 16:12 C4 water L0: clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-01 17:30
                12-01 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-04 17:30
                    runs C11 12-04 17:30
                12-01 17:30 C7 L1: callback_desk
                handling: water, light red, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn mended_in_time_the_first_submission_stands_even_past_due() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-11-30 17:00
             reply water solved
             at 2026-12-01 09:00
             audit form
             tick to 2026-12-02 10:00
             reply water solved
             audit pass
             callback solved satisfied",
            expect![[r#"
                tick to 2026-11-30 17:00
                11-27 16:12 C4 water L0: clerk
                11-30 17:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 12-01 17:30
                12-01 09:00 audit form
                    stops C6
                    audit_failed form
                    runs C4 water 11-30 17:30 (to mend by 12-02 17:30)
                tick to 2026-12-02 10:00
                12-02 10:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 12-03 17:30
                12-02 10:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 12-03 17:30
                12-02 10:00 callback solved satisfied
                    stops C7
                    callback_answered solved, satisfied
                    closed resolved
                closed: nobody, light green, L0
            "#]],
        );
    }

    #[test]
    fn not_mended_in_time_the_original_due_stands() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-11-30 17:00
             reply water solved
             at 2026-12-01 09:00
             audit form
             tick to 2026-12-03 18:00
             reply water solved
             audit pass
             callback solved satisfied",
            expect![[r#"
                tick to 2026-11-30 17:00
                11-27 16:12 C4 water L0: clerk
                11-30 17:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 12-01 17:30
                12-01 09:00 audit form
                    stops C6
                    audit_failed form
                    runs C4 water 11-30 17:30 (to mend by 12-02 17:30)
                tick to 2026-12-03 18:00
                12-02 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-03 17:30
                12-02 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-07 17:30
                    runs C11 12-07 17:30
                12-03 17:30 C7 L1: callback_desk
                12-03 18:00 reply water solved
                    stops C4 water
                    replied water
                    stops C7
                    runs C6 12-04 17:30
                12-03 18:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 12-04 17:30
                12-03 18:00 callback solved satisfied
                    stops C7
                    callback_answered solved, satisfied
                    stops C11
                    closed resolved
                closed: nobody, light green_late, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn what_was_late_stays_late() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-12-01 18:00
             reply water solved
             at 2026-12-02 09:00
             audit substance
             tick to 2026-12-03 18:00
             reply water solved
             audit pass
             callback solved",
            expect![[r#"
                tick to 2026-12-01 18:00
                11-27 16:12 C4 water L0: clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-01 17:30
                12-01 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-04 17:30
                    runs C11 12-04 17:30
                12-01 17:30 C7 L1: callback_desk
                12-01 18:00 reply water solved
                    stops C4 water
                    replied water
                    stops C7
                    runs C6 12-02 17:30
                12-02 09:00 audit substance
                    stops C6
                    audit_failed substance
                    runs C4 water 11-30 17:30, C7 12-03 17:30
                tick to 2026-12-03 18:00
                12-03 17:30 C7 L1: callback_desk
                12-03 17:30 C11 L0: clerk
                12-03 18:00 reply water solved
                    stops C4 water
                    replied water
                    stops C7
                    runs C6 12-04 17:30
                12-03 18:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 12-04 17:30
                12-03 18:00 callback solved
                    stops C7
                    callback_answered solved
                    stops C11
                    closed resolved
                closed: nobody, light green_late, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn what_a_unit_owes_beside_the_reply_goes_on() {
        check(
            "register help a utilities.water phone
             dispatch water
             sign water
             ---
             reply water solved
             at 2026-11-23 09:20
             audit substance",
            expect![[r#"
                11-23 09:00 reply water solved
                    stops C3 water, C4 water, C4S water
                    replied water
                    runs C6 11-23 09:30
                11-23 09:20 audit substance
                    stops C6
                    audit_failed substance
                    runs C4 water 11-30 17:30, C3 water 11-23 09:30, C4S water 11-23 11:00
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn nobody_audits_his_own_units_work() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street roads
             sign roads
             reply roads solved
             sign street
             reply street solved
             ---
             auditor@roads: audit pass
             auditor@district: audit pass
             auditor@village: audit pass
             auditor@water: audit pass",
            expect![[r#"
                11-23 09:00 auditor@roads: audit pass
                    refused SELF_REVIEW
                11-23 09:00 auditor@district: audit pass
                    refused SELF_REVIEW
                11-23 09:00 auditor@village: audit pass
                    refused SELF_REVIEW
                11-23 09:00 auditor@water: audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 17:30
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_of_the_checklist_is_wrong_is_named_once() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved
             ---
             audit form wording evidence wording",
            expect![[r#"
                11-23 09:00 audit form wording evidence wording
                    stops C6
                    audit_failed form, evidence, wording
                    runs C4 water 11-30 17:30 (to mend by 11-24 17:30)
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn every_answer_counts_once_whoever_gives_it() {
        let mut scene = crate::ticket::check::Scene::new();
        let answers = "register complaint c urban.noise phone
            dispatch water
            sign water
            reply water solved unread
            callback unsolved
            rework
            reply water solved
            audit form
            reply water solved
            audit pass
            callback solved
            reopen
            dispatch roads
            sign roads
            reply roads solved unread";
        scene.play(answers);
        assert_eq!(scene.ticket.unwrap().answers, 3);
    }

    #[test]
    fn while_the_auditor_is_late_nothing_ripens_for_the_unit() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-27 09:00
             reply water solved
             ---
             tick to 2026-12-11 09:00
             audit substance
             tick to 2026-12-16 18:00",
            expect![[r#"
                tick to 2026-12-11 09:00
                11-30 17:30 C6 L1: audit_desk
                12-07 17:30 C0 L1: supervisor_desk, audit_desk
                12-11 09:00 audit substance
                    stops C6
                    audit_failed substance
                    runs C4 water 11-30 17:30
                tick to 2026-12-16 18:00
                12-11 09:00 C4 water L0: clerk
                12-11 09:00 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-14 17:30
                12-14 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-17 17:30
                    runs C11 12-17 17:30
                12-14 17:30 C7 L1: callback_desk
                12-16 17:30 C4 water L3: district_leader, city_office, 2.0 points
                12-16 17:30 C11 L0: clerk
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }
}
