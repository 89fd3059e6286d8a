//! Classify 分类: type, grade, category, area. After dispatch lengthening needs a supervisor, before due.

use super::plan::Plan;
use super::{Classification, Event, Grade, Hold, Phase, RequestType};
use crate::access::Role;
use crate::clock::Kind;
use crate::id::{AreaId, CategoryId};
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;

/// What changes; what is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Classify {
    /// What the resident wants.
    pub kind: Option<RequestType>,
    /// How urgent.
    pub grade: Option<Grade>,
    /// Its subject.
    pub category: Option<CategoryId>,
    /// Where it is.
    pub area: Option<AreaId>,
    /// How sure, in percent.
    pub confidence_percent: u8,
    /// Why a triager must look at it; only the system holds.
    pub hold: Option<Hold>,
}

impl Classify {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(plan.ticket.phase, Phase::Accepted { .. } | Phase::Dispatched { .. } | Phase::Handling { .. }) {
            return Err(plan.wrong_phase());
        }
        let before = plan.ticket.classification.clone();
        let hold = self.hold.filter(|_| plan.actor.role == Role::System);
        let classification = self.over(&before);
        known(&classification, plan.rules)?;
        if classification == before && hold == plan.ticket.hold {
            return Err(Reason::NothingChanges.into());
        }
        let dispatched = plan.ticket.phase.legs().map(|legs| legs.lead.id);
        let due_before = plan.clock(Kind::Handle, dispatched).map(|clock| clock.run.due_at);
        plan.record(Event::Classified { classification, hold });
        plan.reclassify(&before);

        let due_after = plan.clock(Kind::Handle, dispatched).map(|clock| clock.run.due_at);
        let lengthens = dispatched.is_some() && due_after > due_before;
        let is_supervisor = matches!(plan.actor.role, Role::Supervisor | Role::CityOffice);
        if lengthens && !(is_supervisor && due_before.is_some_and(|due| plan.now <= due)) {
            return Err(Reason::LengtheningNeedsSupervisor.into());
        }
        Ok(())
    }

    /// The classification with these changes.
    pub fn over(&self, before: &Classification) -> Classification {
        Classification {
            kind: self.kind.unwrap_or(before.kind),
            grade: self.grade.unwrap_or(before.grade),
            category: self.category.clone().or_else(|| before.category.clone()),
            area: self.area.clone().or_else(|| before.area.clone()),
            confidence_percent: self.confidence_percent,
        }
    }
}

/// Refuses codes the rules do not have.
pub(super) fn known(classification: &Classification, rules: &Rules) -> Result<(), Refusal> {
    if let Some(category) = classification.category.as_ref().filter(|id| rules.categories.get(id).is_none()) {
        return Err(Refusal::new(Reason::UnknownCategory).with("category", category));
    }
    if let Some(area) = classification.area.as_ref().filter(|id| rules.areas.get(id).is_none()) {
        return Err(Refusal::new(Reason::UnknownArea).with("area", area));
    }
    Ok(())
}
