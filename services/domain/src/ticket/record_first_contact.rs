//! RecordFirstContact 先行联系: stops C3 when somebody is reached, or with so many failed tries over so many half-days. May
//! be made while the matter rests, too.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::plan::Plan;
use super::{Event, FirstContact, LegState, Means, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;

/// Tries a leg remembers.
const TRIES_MAX: usize = 20;

/// A try to reach the resident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFirstContact {
    /// How.
    pub means: Means,
    /// Whether somebody answered.
    pub reached: bool,
}

impl RecordFirstContact {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        if !matches!(
            plan.ticket.phase,
            Phase::Dispatched { .. }
                | Phase::Handling { .. }
                | Phase::AwaitingCitizen { .. }
                | Phase::Suspended { .. }
        ) {
            return Err(plan.wrong_phase());
        }
        if leg.state == LegState::AwaitingSign {
            return Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0));
        }
        let tries = match &leg.contact {
            FirstContact::NotNeeded => return Err(Reason::NobodyToContact.into()),
            FirstContact::Made { .. } => return Err(Reason::AlreadyContacted.into()),
            FirstContact::Due { tries } if tries.len() >= TRIES_MAX => return Err(Reason::TooMany.into()),
            FirstContact::Due { tries } => tries,
        };
        let made = self.reached || counts_as_made(plan.rules, tries, plan.now);
        if made {
            plan.stop(Kind::FirstContact, Some(leg.id));
        }
        plan.record(Event::ContactTried {
            leg: leg.id,
            means: self.means,
            reached: self.reached,
            made,
        });
        Ok(())
    }
}

fn counts_as_made(rules: &Rules, before: &[Timestamp], now: Timestamp) -> bool {
    let (calendar, procedures) = (rules.calendar(), &rules.profile().procedures);
    let half_day = |at: Timestamp| (calendar.local(at).date(), calendar.local(at).hour() >= 12);
    let half_days: BTreeSet<_> = before.iter().copied().chain([now]).map(half_day).collect();
    before.len() + 1 >= usize::from(procedures.contact_tries)
        && half_days.len() >= usize::from(procedures.contact_half_days)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn somebody_answers() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             contact water reached
             sign water
             contact water reached by visit
             contact water reached",
            expect![[r#"
                11-23 09:00 contact water reached
                    refused NOT_SIGNED (leg=1)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 contact water reached by visit
                    stops C3 water
                    contact_tried water, made
                11-23 09:00 contact water reached
                    refused ALREADY_CONTACTED
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_third_failed_try_over_two_half_days_counts() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             ---
             contact water missed
             contact water missed
             contact water missed
             at 2026-11-23 14:00
             contact water missed",
            expect![[r#"
                11-23 09:00 contact water missed
                    contact_tried water
                11-23 09:00 contact water missed
                    contact_tried water
                11-23 09:00 contact water missed
                    contact_tried water
                11-23 14:00 contact water missed
                    stops C3 water
                    contact_tried water, made
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn nobody_to_contact() {
        check(
            "register complaint c urban.noise phone anonymous
             dispatch water
             sign water
             ---
             contact water reached",
            expect![[r#"
                11-23 09:00 contact water reached
                    refused NOBODY_TO_CONTACT
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn after_the_reply_it_is_too_late() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             reply water solved
             ---
             contact water reached",
            expect![[r#"
                11-23 09:00 contact water reached
                    refused WRONG_PHASE (phase=reply_review)
                reply_review: audit desk, light none, no level
            "#]],
        );
    }
}
