//! Rejoin 并单件随母件答复: the incident's answer reaches the merged ticket, whose resident is rung and rates for himself;
//! where the incident ends without one, so does the ticket.

use super::merge::is_as_secret;
use super::plan::Plan;
use super::{Claim, CloseKind, DeclineReason, Event, LegRole, Opened, Phase, Ticket, unmerge};
use crate::clock::Kind;
use crate::id::UnitId;
use crate::refusal::{Reason, Refusal};

/// 并单件随母件答复.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejoin {
    /// The incident, which has been answered.
    pub incident: Box<Ticket>,
}

/// How an incident has ended for those merged into it.
enum End {
    /// A unit has replied, and its reply has passed.
    Replied(UnitId, Claim),
    /// Without a reply.
    Closed(CloseKind),
}

impl Rejoin {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if plan.ticket.merged_into() != Some(self.incident.number) {
            return Err(Refusal::new(Reason::NotMerged).with("incident", self.incident.number));
        }
        let end = self.end()?;
        if self.is_not_for(plan, &end) {
            unmerge::leave(plan);
            return Ok(());
        }
        // The resident has waited all the while (invariant 2).
        plan.resume_unchanged(Kind::Citizen, None);
        let (unit, claim) = match end {
            End::Replied(unit, claim) => (unit, claim),
            End::Closed(how) => {
                // Whoever declined the incident does not decide on the resident's objection.
                if let CloseKind::Declined(reason) = how {
                    let by = self.incident.declined_by.clone();
                    plan.record(Event::Declined { reason, by });
                }
                plan.close(how);
                return Ok(());
            }
        };
        let (leg, role) = (plan.ticket.next_leg(), LegRole::Lead);
        plan.record(Event::Rejoined {
            opened: Opened { leg, role, unit },
            claim,
        });
        if plan.ticket.has_somebody_to_contact() {
            plan.stop(Kind::Citizen, None);
            plan.ring();
        } else {
            plan.close(claim.close_kind());
        }
        Ok(())
    }

    /// An end that the ticket must not have, of a unit kept out of it, more secret than it is, or about the incident's own
    /// resident alone: it goes its own way.
    fn is_not_for(&self, plan: &Plan<'_>, end: &End) -> bool {
        let is_anothers = match end {
            End::Replied(unit, _) => plan.is_kept_out(unit),
            End::Closed(how) => matches!(
                how,
                CloseKind::AnsweredDirectly
                    | CloseKind::Terminated(_)
                    | CloseKind::Declined(DeclineReason::Repeated | DeclineReason::Harassment)
            ),
        };
        is_anothers || !is_as_secret(&plan.ticket, &self.incident)
    }

    fn end(&self) -> Result<End, Refusal> {
        let unfinished = || {
            Refusal::new(Reason::WrongPhase)
                .with("phase", self.incident.phase.name().as_str())
                .with("ticket", self.incident.number)
        };
        match &self.incident.phase {
            Phase::CallbackDue { legs, claim, .. } => Ok(End::Replied(legs.lead.unit.clone(), *claim)),
            Phase::Closed { how, legs, .. } => Ok(match (legs, replied(*how)) {
                (Some(legs), Some(claim)) => End::Replied(legs.lead.unit.clone(), claim),
                (Some(_) | None, _) => End::Closed(*how),
            }),
            Phase::Accepted { .. }
            | Phase::Consulting { .. }
            | Phase::Dispatched { .. }
            | Phase::Handling { .. }
            | Phase::AwaitingCitizen { .. }
            | Phase::Suspended { .. }
            | Phase::ReplyReview { .. } => Err(unfinished()),
        }
    }
}

/// What a unit had claimed before its ticket ended like this; none where it ends without a reply. That the incident's
/// own resident could not be reached says nothing of the others.
fn replied(how: CloseKind) -> Option<Claim> {
    match how {
        CloseKind::Resolved | CloseKind::Unreachable => Some(Claim::Solved),
        CloseKind::Explained => Some(Claim::Explained),
        CloseKind::AnsweredDirectly
        | CloseKind::Declined(_)
        | CloseKind::TransferredOut(_)
        | CloseKind::Withdrawn
        | CloseKind::Terminated(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::scenes::check_all;

    #[test]
    fn one_reply_reaches_all_and_each_rates_for_himself() {
        check_all(
            "a> register help c utilities.water phone
             a> dispatch water
             b> register help c utilities.water phone by li
             merge b into a
             c> register help c utilities.water phone by liu
             c> dispatch street
             merge c into a
             a> sign water
             a> contact water reached
             at 2026-11-25 10:00
             a> reply water solved unread
             ---
             rejoin b
             rejoin c
             rejoin b
             a> callback solved very_satisfied
             b> callback unsolved dissatisfied
             c> callback solved satisfied
             unmerge c",
            expect![[r#"
                11-25 10:00 rejoin b
                    runs C0 12-07 17:30
                    rejoined water
                    stops C0
                    runs C7 11-26 17:30
                11-25 10:00 rejoin c
                    runs C0 12-07 17:30
                    rejoined water
                    stops C0
                    runs C7 11-26 17:30
                11-25 10:00 rejoin b
                    refused NOT_MERGED (incident=a)
                11-25 10:00 a> callback solved very_satisfied
                    stops C7
                    callback_answered solved, very_satisfied
                    closed resolved
                11-25 10:00 b> callback unsolved dissatisfied
                    stops C7
                    callback_answered unsolved, dissatisfied
                    runs C7 11-26 17:30
                11-25 10:00 c> callback solved satisfied
                    stops C7
                    callback_answered solved, satisfied
                    closed resolved
                11-25 10:00 unmerge c
                    refused NOT_MERGED
                a closed: nobody, light green, L2, 3 listeners
                b callback_due: callback desk, light none, no level, 1 listeners
                c closed: nobody, light green, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn whoever_says_unsolved_has_it_reworked_by_the_unit_that_answered() {
        check_all(
            "a> register help c utilities.water phone
             a> dispatch water
             b> register help c utilities.water phone by li
             merge b into a
             a> sign water
             a> contact water reached
             at 2026-11-25 10:00
             a> reply water solved unread
             rejoin b
             a> callback solved
             b> callback unsolved
             ---
             b> rework
             b> contact water reached
             b> reply water solved",
            expect![[r#"
                11-25 10:00 b> rework
                    stops C7
                    rework_ordered round 1
                    runs C4 water 11-30 17:30, C0 12-07 17:30
                11-25 10:00 b> contact water reached
                    refused ALREADY_CONTACTED
                11-25 10:00 b> reply water solved
                    stops C4 water
                    replied water
                    runs C6 11-26 17:30
                a closed: nobody, light green, no level, 2 listeners
                b reply_review: audit desk, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn whoever_cannot_be_rung_is_closed_as_claimed() {
        check_all(
            "a> register help c utilities.water phone
             a> dispatch water
             b> register help c utilities.water phone anonymous
             merge b into a
             a> sign water
             a> contact water reached
             ---
             rejoin b
             a> reply water explained
             rejoin b
             a> audit pass
             a> callback solved
             rejoin b",
            expect![[r#"
                11-23 09:00 rejoin b
                    refused WRONG_PHASE (phase=handling, ticket=a)
                11-23 09:00 a> reply water explained
                    stops C4 water
                    replied water
                    runs C6 11-24 17:30
                11-23 09:00 rejoin b
                    refused WRONG_PHASE (phase=reply_review, ticket=a)
                11-23 09:00 a> audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 a> callback solved
                    stops C7
                    callback_answered solved
                    closed explained
                11-23 09:00 rejoin b
                    runs C0 12-07 17:30
                    rejoined water
                    stops C0
                    closed explained
                a closed: nobody, light green, no level, 2 listeners
                b closed: nobody, light green, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn without_a_reply_it_ends_as_the_incident_does() {
        check_all(
            "a> register help c utilities.water phone
             b> register help c utilities.water phone by li
             merge b into a
             ---
             a> decline r2
             rejoin b
             b> reopen
             b> dispatch water",
            expect![[r#"
                11-23 09:00 a> decline r2
                    declined
                    stops C0, C1
                    closed declined r2
                11-23 09:00 rejoin b
                    runs C0 12-07 17:30
                    declined
                    stops C0
                    closed declined r2
                11-23 09:00 b> reopen
                    reopened
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 b> dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                a closed: nobody, light green, no level, 2 listeners
                b dispatched: water, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn an_incident_whose_own_resident_was_not_reached_has_been_answered() {
        check_all(
            "a> register help c utilities.water phone
             a> dispatch water
             b> register help c utilities.water phone by li
             merge b into a
             a> sign water
             a> contact water reached
             a> reply water solved unread
             a> callback missed
             a> callback missed
             a> callback missed
             tick to 2026-12-01 09:00
             ---
             rejoin b",
            expect![[r#"
                12-01 09:00 rejoin b
                    runs C0 12-07 17:30
                    rejoined water
                    stops C0
                    runs C7 12-02 17:30
                a closed: nobody, light green, no level, 2 listeners
                b callback_due: callback desk, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn a_reopened_incident_leaves_those_who_were_answered_alone() {
        check_all(
            "a> register help c utilities.water phone
             a> dispatch water
             b> register help c utilities.water phone by li
             merge b into a
             a> sign water
             a> contact water reached
             a> reply water solved unread
             rejoin b
             a> callback solved
             ---
             a> reopen
             rejoin b
             b> callback solved satisfied",
            expect![[r#"
                11-23 09:00 a> reopen
                    reopened
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 rejoin b
                    refused NOT_MERGED (incident=a)
                11-23 09:00 b> callback solved satisfied
                    stops C7
                    callback_answered solved, satisfied
                    closed resolved
                a accepted: triage desk, light none, no level, 2 listeners
                b closed: nobody, light green, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn who_waited_too_long_shows_as_late() {
        check_all(
            "a> register consult c utilities.water phone
             a> dispatch water
             b> register consult c utilities.water phone by li
             merge b into a
             a> sign water
             a> contact water reached
             at 2026-12-08 09:00
             a> reply water solved unread
             ---
             rejoin b
             b> callback solved satisfied",
            expect![[r#"
                12-08 09:00 rejoin b
                    runs C0 11-27 17:30
                    rejoined water
                    stops C0
                    runs C7 12-09 17:30
                12-08 09:00 b> callback solved satisfied
                    stops C7
                    callback_answered solved, satisfied
                    closed resolved
                a callback_due: callback desk, light none, no level, 2 listeners
                b closed: nobody, light green_late, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn what_is_sealed_before_it_is_told_is_not_told() {
        check_all(
            "a> register help c utilities.water phone
             a> dispatch water
             b> register help c utilities.water phone by li
             b> dispatch street
             merge b into a
             a> sign water
             a> contact water reached
             a> reply water solved unread
             a> seal outsider
             ---
             rejoin b
             rejoin b
             b> sign street",
            expect![[r#"
                11-23 09:00 rejoin b
                    unmerged a
                    runs C0 12-07 17:30, C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30
                11-23 09:00 rejoin b
                    refused NOT_MERGED (incident=b)
                11-23 09:00 b> sign street
                    stops C2 street
                    signed street
                a callback_due: callback desk, light none, no level, 2 listeners
                b handling: street, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn whoever_declined_the_incident_does_not_decide_on_the_objection() {
        check_all(
            "a> register help c utilities.water phone
             b> register help c utilities.water phone by li
             merge b into a
             a> supervisor: decline r7
             rejoin b
             b> object
             ---
             b> supervisor: decide objection yes
             b> supervisor#other: decide objection yes",
            expect![[r#"
                11-23 09:00 b> supervisor: decide objection yes
                    refused SAME_PERSON
                11-23 09:00 b> supervisor#other: decide objection yes
                    stops C5
                    objection_decided upheld
                    runs C1 11-23 11:00, C0 12-07 17:30
                a closed: nobody, light green, no level, 2 listeners
                b accepted: triage desk, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn what_is_about_one_resident_ends_nobody_elses_matter() {
        check_all(
            "a> register consult c utilities.water phone
             b> register complaint c utilities.water phone by li
             merge b into a
             c> register complaint c utilities.water phone
             c> dispatch water
             c> sign water
             c> terminate water no_cooperation
             d> register complaint c utilities.water phone by li
             merge d into c
             ---
             a> answer
             a> decline r5
             a> supervisor: decline r8
             c> decide termination yes
             unmerge b
             unmerge d
             a> answer
             c> decide termination yes",
            expect![[r#"
                11-23 09:00 a> answer
                    refused HAS_CHILDREN (children=1)
                11-23 09:00 a> decline r5
                    refused HAS_CHILDREN (children=1)
                11-23 09:00 a> supervisor: decline r8
                    refused HAS_CHILDREN (children=1)
                11-23 09:00 c> decide termination yes
                    refused HAS_CHILDREN (children=1)
                11-23 09:00 unmerge b
                  b
                    unmerged a
                    runs C0 12-07 17:30, C1 11-23 11:00
                  a
                    child_unmerged b
                11-23 09:00 unmerge d
                  d
                    unmerged c
                    runs C0 12-07 17:30, C1 11-23 11:00
                  c
                    child_unmerged d
                11-23 09:00 a> answer
                    answered_directly
                    stops C0, C1
                    closed answered directly
                11-23 09:00 c> decide termination yes
                    stops C5 water
                    terminated
                    stops C0, C3 water, C4 water
                    closed terminated no_cooperation
                a closed: nobody, light green, no level, 1 listeners
                b accepted: triage desk, light none, no level, 1 listeners
                c closed: nobody, light green, no level, 1 listeners
                d accepted: triage desk, light none, no level, 1 listeners
            "#]],
        );
    }
}
