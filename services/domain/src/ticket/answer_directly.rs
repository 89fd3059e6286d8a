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
        plan.refuse_waiting()?;
        plan.record(Event::AnsweredDirectly {
            article: self.article.clone(),
        });
        plan.close(CloseKind::AnsweredDirectly);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_consult_is_answered_on_the_spot() {
        check(
            "register consult c urban.noise phone
             answer",
            expect![[r#"
                11-23 09:00 register consult c urban.noise phone
                    registered consult c urban.noise
                    runs C0 11-27 17:30, C1 11-23 11:00
                11-23 09:00 answer
                    answered_directly
                    stops C0, C1
                    closed answered directly
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn help_needs_the_callers_consent() {
        check(
            "register help c urban.noise phone
             answer
             answer agreed",
            expect![[r#"
                11-23 09:00 register help c urban.noise phone
                    registered help c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 answer
                    refused NOT_ANSWERABLE (type=help)
                11-23 09:00 answer agreed
                    answered_directly
                    stops C0, C1
                    closed answered directly
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_suggestion_reaches_its_unit() {
        check(
            "register suggestion c urban.noise phone
             answer agreed",
            expect![[r#"
                11-23 09:00 register suggestion c urban.noise phone
                    registered suggestion c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 answer agreed
                    refused NOT_ANSWERABLE (type=suggestion)
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_is_dispatched_is_not_answered_at_the_desk() {
        check(
            "register consult c urban.noise phone
             dispatch water
             ---
             answer",
            expect![[r#"
                11-23 09:00 answer
                    refused WRONG_PHASE (phase=dispatched)
                dispatched: water, light none, no level
            "#]],
        );
    }
}
