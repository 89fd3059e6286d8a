//! GiveOpinion 会商意见: a unit that is asked says, once, whether the matter is its own. Why is in the words. With the last
//! opinion C5 stops and the desk goes on.

use super::plan::Plan;
use super::{Event, Phase, consult};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// 会商意见.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveOpinion {
    /// Whether the matter is the unit's own.
    pub takes_it: bool,
}

impl GiveOpinion {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Phase::Consulting { asked } = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        let unit = plan.actor.unit.clone().ok_or(Reason::NotConsulted)?;
        let said = asked
            .get(&unit)
            .ok_or_else(|| Refusal::new(Reason::NotConsulted).with("unit", &unit))?;
        if said.is_some() {
            return Err(Reason::NothingChanges.into());
        }
        let is_last = asked.values().filter(|said| said.is_none()).count() == 1;
        let takes_it = self.takes_it;
        plan.record(Event::OpinionGiven { unit, takes_it });
        if is_last {
            plan.stop(Kind::Decision, None);
            consult::desk_goes_on(plan);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_unit_that_is_asked_speaks_once() {
        check(
            "register complaint c urban.noise phone in s
             opinion water takes
             consult water roads
             opinion street takes
             triager: opinion water takes
             opinion water takes
             unit_leader@water: opinion water declines",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 opinion water takes
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 consult water roads
                    stops C1
                    consult_started water, roads
                    runs C5 11-24 17:30
                11-23 09:00 opinion street takes
                    refused NOT_CONSULTED (unit=street)
                11-23 09:00 triager: opinion water takes
                    refused NOT_CONSULTED
                11-23 09:00 opinion water takes
                    opinion_given water takes it
                11-23 09:00 unit_leader@water: opinion water declines
                    refused NOTHING_CHANGES
                consulting: triage desk, light none, no level
            "#]],
        );
    }
}
