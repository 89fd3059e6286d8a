//! Dispatch 派单: to one lead and any co units, on a directory entry or a person's reason. C2 to C4 start now.

use super::plan::Plan;
use super::{CO_LEGS_MAX, Classify, Event, Grade, Ground, LegRole, Opened, Phase, RequestType, Secrecy};
use crate::access::Role;
use crate::clock::Kind;
use crate::id::{LegId, UnitId};
use crate::refusal::{Reason, Refusal};
use crate::routing;

/// Who handles it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    /// 主办.
    pub lead: UnitId,
    /// 协办.
    pub co: Vec<UnitId>,
    /// On what it rests.
    pub ground: Ground,
    /// A classification that goes with it, in the same commit.
    pub classify: Option<Classify>,
}

impl Dispatch {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(plan.ticket.phase, Phase::Accepted { .. }) {
            return Err(plan.wrong_phase());
        }
        if let Some(classify) = &self.classify {
            let before = plan.ticket.classification.clone();
            let classification = classify.over(&before);
            super::classify::known(&classification, plan.rules)?;
            plan.record(Event::Classified { classification, hold: None });
            plan.reclassify(&before);
        }
        self.check_actor(plan)?;
        self.check_units(plan)?;
        self.check_ground(plan)?;

        plan.stop(Kind::Triage, None);
        plan.stop(Kind::CallBack, None);
        let units = std::iter::once((&self.lead, LegRole::Lead)).chain(self.co.iter().map(|unit| (unit, LegRole::Co)));
        let legs: Vec<Opened> = (plan.ticket.legs_opened.saturating_add(1)..)
            .zip(units)
            .map(|(leg, (unit, role))| Opened { leg: LegId(leg), role, unit: unit.clone() })
            .collect();
        plan.record(Event::Dispatched { legs: legs.clone(), ground: self.ground.clone() });
        for leg in &legs {
            start_clocks(plan, leg);
        }
        Ok(())
    }

    /// The system dispatches what is ordinary and certain; an operator what is urgent, phone first; a triager all.
    fn check_actor(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        let ticket = &plan.ticket;
        let allowed = match plan.actor.role {
            Role::System => {
                ticket.classification.grade == Grade::C
                    && ticket.classification.kind != RequestType::Report
                    && ticket.secrecy == Secrecy::Open
                    && matches!(self.ground, Ground::Entry(_))
            }
            Role::Operator => matches!(ticket.classification.grade, Grade::A | Grade::B),
            Role::Triager | Role::Administrator => true,
            Role::Citizen
            | Role::Channel
            | Role::UnitClerk
            | Role::UnitLeader
            | Role::UnitHead
            | Role::Auditor
            | Role::CallbackAgent
            | Role::Supervisor
            | Role::CityOffice
            | Role::Arbiter => false,
        };
        if allowed { Ok(()) } else { Err(Refusal::new(Reason::WrongRelation).with("role", plan.actor.role.as_str())) }
    }

    fn check_units(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        if self.co.len() > CO_LEGS_MAX {
            return Err(Refusal::new(Reason::TooMany).with("co_units_max", CO_LEGS_MAX));
        }
        let units: Vec<&UnitId> = std::iter::once(&self.lead).chain(&self.co).collect();
        for (at, unit) in units.iter().enumerate() {
            if plan.rules.units.get(unit).is_none() {
                return Err(Refusal::new(Reason::UnknownUnit).with("unit", unit));
            }
            if units[..at].contains(unit) {
                return Err(Refusal::new(Reason::RepeatedUnit).with("unit", unit));
            }
            if plan.ticket.recused().is_some_and(|accused| plan.rules.units.is_within(unit, accused)) {
                return Err(Refusal::new(Reason::Recused).with("unit", unit));
            }
        }
        Ok(())
    }

    fn check_ground(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        let classification = &plan.ticket.classification;
        let category = classification.category.as_ref().ok_or(Reason::NotClassified)?;
        let Ground::Entry(entry) = &self.ground else { return Ok(()) };
        let on = plan.rules.calendar().local(plan.now).date();
        if routing::fits(plan.rules, entry, category, classification.area.as_ref(), &self.lead, on) {
            Ok(())
        } else {
            Err(Refusal::new(Reason::WrongEntry).with("entry", entry).with("unit", &self.lead))
        }
    }
}

fn start_clocks(plan: &mut Plan<'_>, leg: &Opened) {
    let (id, limits) = (Some(leg.leg), plan.limits());
    plan.start(Kind::Sign, id, limits.sign);
    if plan.ticket.has_somebody_to_contact() {
        plan.start(Kind::FirstContact, id, limits.contact);
    }
    start_handling(plan, leg);
    if let (LegRole::Lead, Some(stage)) = (leg.role, limits.stage) {
        plan.start(Kind::Stage, id, stage.first);
    }
}

/// A next unit's C4 is bounded by what is left of the citizen's, but never below the floor (section 4, rule 2).
/// For grades A and B the citizen's clock is about the first stage report and bounds nothing.
fn start_handling(plan: &mut Plan<'_>, leg: &Opened) {
    let limit = plan.handle_limit(leg.role);
    let calendar = plan.rules.calendar();
    let own = calendar.due(plan.now, limit);
    let cap = plan.clock(Kind::Citizen, None).map(|clock| clock.run.due_at);
    match cap.filter(|cap| *cap < own && matches!(plan.grade(), Grade::C | Grade::D)) {
        None => plan.start(Kind::Handle, Some(leg.leg), limit),
        Some(cap) => {
            let due_at = cap.max(calendar.due(plan.now, plan.limits().floor));
            plan.start_until(Kind::Handle, Some(leg.leg), limit, plan.now, due_at);
        }
    }
}
