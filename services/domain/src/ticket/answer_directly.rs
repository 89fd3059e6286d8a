//! AnswerDirectly 直接答复: a consult or praise on the spot; help when an official notice answers it and the caller agrees.

use super::plan::Plan;
use super::{CloseKind, Event, Phase, RequestType};
use crate::refusal::{Reason, Refusal};

/// An answer given on the spot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerDirectly {
    /// The knowledge article or official notice it rests on.
    pub article: String,
    /// For help: the caller agrees that this answers it.
    pub caller_agrees: bool,
}

impl AnswerDirectly {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(plan.ticket.phase, Phase::Accepted { .. }) {
            return Err(plan.wrong_phase());
        }
        let kind = plan.ticket.classification.kind;
        let answerable = match kind {
            RequestType::Consult | RequestType::Praise => true,
            RequestType::Help => self.caller_agrees,
            // A suggestion reaches its unit; a complaint or report is never talked away.
            RequestType::Complaint | RequestType::Report | RequestType::Suggestion => false,
        };
        if !answerable {
            return Err(Refusal::new(Reason::NotAnswerable).with("type", kind.as_str()));
        }
        plan.record(Event::AnsweredDirectly { article: self.article.clone() });
        plan.close(CloseKind::AnsweredDirectly);
        Ok(())
    }
}
