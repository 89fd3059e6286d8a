//! RecordCallback 回访: reached or not, solved or not, how satisfied. Three rings, then a link.

use super::plan::Plan;
use super::{Callback, Claim, CloseKind, Event, Phase, Rating};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// What came of a ring, or of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordCallback {
    /// Nobody answered.
    Missed,
    /// The resident has spoken.
    Answered {
        /// Whether the matter is solved.
        solved: bool,
        /// How satisfied.
        rating: Option<Rating>,
        /// By the one-use link, not by a call.
        by_link: bool,
    },
}

impl RecordCallback {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Phase::CallbackDue { claim, callback, .. } = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        let (claim, link_is_open) = (*claim, *callback == Callback::Link);
        if matches!(callback, Callback::Unsolved { .. } | Callback::Review { .. }) {
            return Err(Reason::OutcomeRecorded.into());
        }
        plan.refuse_self_review()?;
        match *self {
            RecordCallback::Missed if link_is_open => Err(Reason::NothingChanges.into()),
            RecordCallback::Missed => missed(plan),
            RecordCallback::Answered {
                solved,
                rating,
                by_link,
            } => {
                plan.stop(Kind::Callback, None);
                plan.stop(Kind::Rating, None);
                plan.record(Event::CallbackAnswered {
                    solved,
                    rating,
                    by_link,
                });
                // After a review whatever came of it stands: no further rework, no further review.
                if solved || claim == Claim::Explained {
                    plan.close(claim.close_kind());
                } else if plan.ticket.reviewed {
                    // Not resolved against the resident's word.
                    plan.close(CloseKind::Explained);
                } else {
                    // Whoever decides on the rework is on the clock.
                    plan.ring();
                }
                Ok(())
            }
        }
    }
}

/// A ring nobody answered counts only when residents may be rung. The first stops C7's first-try limit; all of them have
/// one limit together.
fn missed(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    plan.refuse_quiet_hours()?;
    let is_first = matches!(
        plan.ticket.phase,
        Phase::CallbackDue {
            callback: Callback::Ringing { tries: 0 },
            ..
        }
    );
    let is_last = plan.is_last_try();
    plan.record(Event::CallbackMissed {});
    if is_last {
        plan.stop(Kind::Callback, None);
        plan.record(Event::LinkOpened {});
        plan.start(Kind::Rating, None, plan.rules.profile().callback_link);
    } else if is_first {
        plan.ring_on();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn solved_and_rated_it_closes() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved unread
             ---
             callback solved very_satisfied
             callback solved",
            expect![[r#"
                11-23 09:00 callback solved very_satisfied
                    stops C7
                    callback_answered solved, very_satisfied
                    closed resolved
                11-23 09:00 callback solved
                    refused WRONG_PHASE (phase=closed)
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn three_rings_then_a_link_for_a_week() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved unread
             ---
             callback missed
             at 2026-11-23 21:00
             callback missed
             at 2026-11-24 12:30
             callback missed
             at 2026-11-24 15:00
             callback missed
             tick to 2026-11-26 10:00
             callback missed
             callback missed
             tick to 2026-12-03 10:00",
            expect![[r#"
                11-23 09:00 callback missed
                    callback_missed
                    stops C7
                    runs C7 11-26 17:30
                11-23 21:00 callback missed
                    refused QUIET_HOURS (from=2026-11-24T00:30:00Z)
                11-24 12:30 callback missed
                    refused QUIET_HOURS (from=2026-11-24T06:00:00Z)
                11-24 15:00 callback missed
                    callback_missed
                tick to 2026-11-26 10:00
                11-26 10:00 callback missed
                    callback_missed
                    stops C7
                    link_opened
                    runs C8 12-03 10:00
                11-26 10:00 callback missed
                    refused NOTHING_CHANGES
                tick to 2026-12-03 10:00
                12-03 10:00 C8 L0: 
                    stops C8
                    closed unreachable
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn the_link_answers_like_a_call() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved unread
             callback missed
             callback missed
             callback missed
             ---
             citizen: callback solved satisfied link",
            expect![[r#"
                11-23 09:00 citizen: callback solved satisfied link
                    stops C8
                    callback_answered solved, satisfied
                    closed resolved
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_callback_nobody_makes_is_the_desks_own_delay() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved unread
             ---
             tick to 2026-11-24 18:00",
            expect![[r#"
                tick to 2026-11-24 18:00
                11-24 17:30 C7 L1: callback_desk
                callback_due: callback desk, light red, no level
            "#]],
        );
    }

    #[test]
    fn explained_lawfully_it_closes_even_if_the_resident_disagrees() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water explained
             audit pass
             ---
             callback unsolved dissatisfied",
            expect![[r#"
                11-23 09:00 callback unsolved dissatisfied
                    stops C7
                    callback_answered unsolved, dissatisfied
                    closed explained
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn unsolved_somebody_decides_on_the_rework() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             reply water solved unread
             ---
             callback unsolved
             callback solved",
            expect![[r#"
                11-23 09:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    runs C7 11-24 17:30
                11-23 09:00 callback solved
                    refused OUTCOME_RECORDED
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn grade_a_is_rung_in_two_hours_of_the_day() {
        check(
            "at 2026-11-23 17:00
             register help a utilities.water phone
             dispatch water
             sign water
             contact water reached
             reply water solved
             at 2026-11-23 20:00
             ---
             audit pass",
            expect![[r#"
                11-23 20:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 10:00
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn nobody_rings_about_his_own_units_work() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             reply water solved unread
             ---
             callback_agent@water: callback solved",
            expect![[r#"
                11-23 09:00 callback_agent@water: callback solved
                    refused SELF_REVIEW
                callback_due: callback desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn after_a_review_an_outcome_stands() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             reply water explained
             audit pass
             callback unsolved
             review
             decide review no by a b c
             ---
             reply water solved
             audit pass
             callback unsolved",
            expect![[r#"
                11-23 09:00 reply water solved
                    stops C4 water
                    replied water
                    runs C6 11-24 17:30
                11-23 09:00 audit pass
                    stops C6
                    audit_passed
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    stops C11
                    closed explained
                closed: nobody, light green, L3, 2.0 points
            "#]],
        );
    }
}
