//! RecordCallback 回访: reached or not, solved or not, how satisfied. Three rings, then a link.

use super::plan::Plan;
use super::{Callback, Claim, Event, Phase, Rating};
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
        /// By the one-use link; the round it was made for.
        by_link: bool,
    },
}

impl RecordCallback {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Phase::CallbackDue { claim, callback, .. } = &plan.ticket.phase else { return Err(plan.wrong_phase()) };
        let claim = *claim;
        if matches!(callback, Callback::Unsolved { .. }) {
            return Err(Reason::OutcomeRecorded.into());
        }
        plan.refuse_self_review()?;
        match *self {
            RecordCallback::Missed if *callback == Callback::Link => Err(plan.wrong_phase()),
            RecordCallback::Missed => {
                missed(plan);
                Ok(())
            }
            RecordCallback::Answered { solved, rating, by_link } => {
                plan.stop(Kind::Callback, None);
                plan.stop(Kind::Rating, None);
                plan.record(Event::CallbackAnswered { solved, rating, by_link });
                if solved || claim == Claim::Explained {
                    plan.close(claim.close_kind());
                } else {
                    // Whoever decides on the rework is on the clock.
                    plan.ring();
                }
                Ok(())
            }
        }
    }
}

fn missed(plan: &mut Plan<'_>) {
    let is_last = plan.is_last_try();
    plan.record(Event::CallbackMissed {});
    if is_last {
        plan.stop(Kind::Callback, None);
        plan.record(Event::LinkOpened {});
        plan.start(Kind::Rating, None, plan.rules.profile().callback_link);
    }
}
