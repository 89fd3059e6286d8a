//! Seal 密办: confidential from now on, on every later view and leg. A recused unit loses its leg at once.

use super::plan::Plan;
use super::{Accused, Event, Phase, Secrecy};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// Confidential, and against whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Who is accused; none: not known yet.
    pub accused: Option<Accused>,
}

impl Seal {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if let Some(Accused::Unit(unit)) = &self.accused
            && plan.rules.units.get(unit).is_none()
        {
            return Err(Refusal::new(Reason::UnknownUnit).with("unit", unit));
        }
        if plan.ticket.secrecy == (Secrecy::Sealed { accused: self.accused.clone() }) {
            return Err(Reason::AlreadySealed.into());
        }
        plan.record(Event::Sealed { accused: self.accused.clone() });
        recuse(plan);
        Ok(())
    }
}

/// The accused unit and those below it drop out; without a lead the matter goes back to the triage desk.
fn recuse(plan: &mut Plan<'_>) {
    if matches!(plan.ticket.phase, Phase::Closed { .. }) {
        return;
    }
    let (Some(accused), Some(legs)) = (plan.ticket.recused().cloned(), plan.ticket.phase.legs().cloned()) else { return };
    let is_recused = |unit| plan.rules.units.is_within(unit, &accused);
    if is_recused(&legs.lead.unit) {
        legs.iter().for_each(|leg| plan.stop_leg(leg.id));
        for kind in [Kind::Audit, Kind::Callback, Kind::Rating] {
            plan.stop(kind, None);
        }
        plan.record(Event::Recalled {});
        plan.start(Kind::Triage, None, plan.limits().triage);
        if plan.clock(Kind::Citizen, None).is_some_and(|clock| !clock.is_running()) {
            plan.resume_rested(Kind::Citizen);
        }
        return;
    }
    let ended: Vec<_> = legs.others.iter().filter(|leg| is_recused(&leg.unit)).map(|leg| leg.id).collect();
    for leg in ended {
        plan.stop_leg(leg);
        plan.record(Event::LegEnded { leg });
    }
}
