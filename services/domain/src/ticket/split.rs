//! Split 拆单: several matters in one become tickets of their own, each taken in as of the time this one was
//! ([`super::Register::split_from`]). This one stays as it is.

use super::plan::Plan;
use super::{Event, Phase};
use crate::id::TicketNumber;
use crate::refusal::{Reason, Refusal};

/// Tickets one split makes.
const PARTS_MAX: usize = 8;

/// 拆单.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The tickets its parts become.
    pub into: Vec<TicketNumber>,
}

impl Split {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(
            plan.ticket.phase,
            Phase::Accepted { .. } | Phase::Consulting { .. }
        ) {
            return Err(plan.wrong_phase());
        }
        if self.into.is_empty() {
            return Err(Reason::NothingChanges.into());
        }
        if self.into.len() > PARTS_MAX {
            return Err(Refusal::new(Reason::TooMany).with("parts_max", PARTS_MAX));
        }
        plan.record(Event::SplitOff {
            into: self.into.clone(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_parts_are_tickets_of_their_own_and_this_one_stays() {
        check(
            "register complaint c urban.noise phone in s
             split 2
             consult water roads
             split 1
             opinion water takes
             opinion roads declines
             dispatch water
             split 2",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 split 2
                    split_off 2 parts
                11-23 09:00 consult water roads
                    stops C1
                    consult_started water, roads
                    runs C5 11-24 17:30
                11-23 09:00 split 1
                    split_off 1 parts
                11-23 09:00 opinion water takes
                    opinion_given water takes it
                11-23 09:00 opinion roads declines
                    opinion_given roads does not
                    stops C5
                    runs C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 split 2
                    refused WRONG_PHASE (phase=dispatched)
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_split_makes_so_many_tickets() {
        check(
            "register complaint c urban.noise phone in s
             split 0
             split 8
             split 9",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 split 0
                    refused NOTHING_CHANGES
                11-23 09:00 split 8
                    split_off 8 parts
                11-23 09:00 split 9
                    refused TOO_MANY (parts_max=8)
                accepted: triage desk, light none, no level
            "#]],
        );
    }
}
