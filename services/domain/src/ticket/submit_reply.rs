//! SubmitReply 回复: stops C4. The lead's reply goes to the audit; a co leg's waits for the lead's. What the unit's
//! leader has not signed never passes by rule.

use super::plan::Plan;
use super::{Act, Claim, Event, Grade, LegRole, LegState, Phase, RequestType};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// A unit's reply. Found, done, decided and legal basis are in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitReply {
    /// How it ends, says the unit.
    pub claim: Claim,
    /// The draw of the audit sample, made at the rim: in the sample, or passed by rule.
    pub sampled: bool,
}

impl SubmitReply {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        // A co leg that has signed need not wait until the lead has.
        let (Phase::Dispatched { legs } | Phase::Handling { legs }) = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        match leg.state {
            LegState::AwaitingSign => return Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0)),
            LegState::Replied { .. } | LegState::Excused => {
                return Err(Refusal::new(Reason::AlreadyReplied).with("leg", leg.id.0));
            }
            LegState::Handling { .. } => {}
        }
        if let Some(co) = legs.awaited_by(&leg).next() {
            return Err(Refusal::new(Reason::LegsMissing).with("unit", &co.unit));
        }
        plan.refuse_pending(leg.id)?;
        let signature = plan.leader_signed(leg.id, Act::Reply);
        let signed = signature.is_ok();
        if plan.rules.profile().procedures.signed_replies {
            signature?;
        }
        plan.stop_leg(leg.id);
        plan.record(Event::Replied {
            leg: leg.id,
            claim: self.claim,
            signed,
        });
        if leg.role != LegRole::Lead {
            return Ok(());
        }
        // There is an answer to ask about now.
        plan.stop(Kind::Callback, None);
        if signed && !self.must_be_read(plan) {
            return plan.pass_audit(true);
        }
        plan.start(Kind::Audit, None, plan.limits().audit);
        Ok(())
    }

    /// Reports, explanations, rework and grades A and B are read in full; of the rest a sample.
    fn must_be_read(&self, plan: &Plan<'_>) -> bool {
        self.sampled
            || self.claim == Claim::Explained
            || plan.ticket.classification.kind == RequestType::Report
            || plan.ticket.round > 0
            || matches!(plan.grade(), Grade::A | Grade::B)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::Rules;
    use crate::ticket::check::{Scene, check, city};

    #[test]
    fn a_sampled_reply_is_read_and_another_passes_by_rule() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             reply water solved unread",
            expect![[r#"
                11-23 09:00 reply water solved unread
                    stops C4 water
                    replied water
                    audit_passed by rule
                    stops C0
                    runs C7 11-24 17:30
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_the_leader_has_not_signed_never_passes_by_rule() {
        let at_water = "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached";
        check(
            &format!(
                "{at_water}
                 ---
                 unit_clerk@water: reply water solved unread"
            ),
            expect![[r#"
                11-23 09:00 unit_clerk@water: reply water solved unread
                    stops C4 water
                    replied water
                    runs C6 11-24 17:30
                reply_review: audit desk, light none, no level
            "#]],
        );
        check(
            &format!(
                "{at_water}
                 ---
                 endorse water reply
                 unit_clerk@water: reply water solved unread"
            ),
            expect![[r#"
                11-23 09:00 endorse water reply
                    endorsed water reply
                11-23 09:00 unit_clerk@water: reply water solved unread
                    stops C4 water
                    replied water
                    audit_passed by rule
                    stops C0
                    runs C7 11-24 17:30
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn where_every_reply_is_to_be_signed_an_unsigned_one_is_refused() {
        let mut bundle = city::rules().bundle().clone();
        bundle.profile.procedures.signed_replies = true;
        let mut scene = Scene::new();
        scene.rules = Box::leak(Box::new(Rules::new(bundle).unwrap()));
        scene.play(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             ---",
        );
        let refused = scene.line("reply water solved").unwrap_err();
        assert_eq!(refused, Refusal::new(Reason::NotEndorsed).with("act", "reply"));
        scene.line("endorse water reply").unwrap();
        scene.line("reply water solved").unwrap();
    }

    #[test]
    fn explained_urgent_reported_or_reworked_it_is_always_read() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             reply water explained unread",
            expect![[r#"
                11-23 09:00 reply water explained unread
                    stops C4 water
                    replied water
                    runs C6 11-24 17:30
                reply_review: audit desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn with_nobody_to_ring_a_reply_that_passes_closes() {
        check(
            "register complaint c urban.noise phone anonymous
             dispatch water
             sign water
             ---
             reply water solved unread",
            expect![[r#"
                11-23 09:00 reply water solved unread
                    stops C4 water
                    replied water
                    audit_passed by rule
                    stops C0
                    closed resolved
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn every_co_unit_replies_before_the_lead_and_need_not_wait_for_its_signature() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             reply water solved
             reply roads solved
             sign roads
             reply roads solved
             reply roads solved
             sign water
             reply water solved",
            expect![[r#"
                11-23 09:00 reply water solved
                    refused NOT_SIGNED (leg=1)
                11-23 09:00 reply roads solved
                    refused NOT_SIGNED (leg=2)
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 reply roads solved
                    stops C3 roads, C4 roads
                    replied roads
                11-23 09:00 reply roads solved
                    refused ALREADY_REPLIED (leg=2)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 reply water solved
                    stops C3 water, C4 water
                    replied water
                    runs C6 11-24 17:30
                reply_review: audit desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_lead_waits_for_its_co_units() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             sign water
             ---
             reply water solved
             sign roads
             reply water solved",
            expect![[r#"
                11-23 09:00 reply water solved
                    refused LEGS_MISSING (unit=roads)
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 reply water solved
                    refused LEGS_MISSING (unit=roads)
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn without_a_leg_there_is_no_reply() {
        check(
            "register complaint c urban.noise phone
             reply water solved
             dispatch water
             reply roads solved
             sign water
             reply water solved
             reply water solved",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 reply water solved
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 reply roads solved
                    refused WRONG_RELATION (unit=roads)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 reply water solved
                    stops C3 water, C4 water
                    replied water
                    runs C6 11-24 17:30
                11-23 09:00 reply water solved
                    refused WRONG_PHASE (phase=reply_review)
                reply_review: audit desk, light none, no level
            "#]],
        );
    }
}
