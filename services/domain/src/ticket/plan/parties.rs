//! Who may: whose leg it is, who decides, who must stay out.

use super::Plan;
use crate::access::Role;
use crate::id::{HolderId, LegId, UnitId};
use crate::refusal::{Reason, Refusal};
use crate::routing::{self, Matter};
use crate::rules::Asking;
use crate::ticket::{Act, Asked, Decision, Holder, Leg, LegRole, Legs};

impl<'a> Plan<'a> {
    /// The actor's own unit's leg.
    pub(crate) fn own_leg(&self) -> Result<Leg, Refusal> {
        let unit = self.actor.unit.as_ref().ok_or(Reason::WrongRelation)?;
        let legs = self.ticket.phase.legs().ok_or_else(|| self.wrong_phase())?;
        legs.of_unit(unit)
            .cloned()
            .ok_or_else(|| Refusal::new(Reason::WrongRelation).with("unit", unit))
    }

    /// Nobody reviews the work of his own unit, of one above it or below it.
    pub(crate) fn refuse_self_review(&self) -> Result<(), Refusal> {
        let legs = self.ticket.phase.legs().into_iter().flat_map(Legs::iter);
        self.refuse_party(legs.map(|leg| &leg.unit))
    }

    /// Nobody decides between units of which one is his own, or stands in one line with it.
    pub(crate) fn refuse_party<'u>(
        &self,
        mut concerned: impl Iterator<Item = &'u UnitId>,
    ) -> Result<(), Refusal> {
        let Some(own) = &self.actor.unit else {
            return Ok(());
        };
        let units = &self.rules.units;
        if concerned.any(|unit| units.is_within(unit, own) || units.is_within(own, unit)) {
            Err(Reason::SelfReview.into())
        } else {
            Ok(())
        }
    }

    /// The limits of what units may ask for.
    pub(crate) fn asking(&self) -> &'a Asking {
        self.rules.profile().procedures.of(self.grade())
    }

    /// Refuses a second request while one is pending.
    pub(crate) fn refuse_pending(&self, leg: LegId) -> Result<(), Refusal> {
        match self.ticket.pending(leg) {
            Some(_) => Err(Refusal::new(Reason::DecisionPending).with("leg", leg.0)),
            None => Ok(()),
        }
    }

    /// Refuses what stops every leg while anything is asked for one.
    pub(crate) fn refuse_any_pending(&self) -> Result<(), Refusal> {
        let mut legs = self.ticket.decisions.iter().map(|decision| decision.leg);
        legs.next().map_or(Ok(()), |leg| self.refuse_pending(leg))
    }

    /// The pending request that `is_it` picks, of the leg where one is named.
    pub(crate) fn asked(
        &self,
        leg: Option<LegId>,
        is_it: impl Fn(&Asked) -> bool,
    ) -> Result<Decision, Refusal> {
        let mut all = self.ticket.decisions.iter();
        all.find(|one| leg.is_none_or(|leg| one.leg == leg) && is_it(&one.asked))
            .cloned()
            .ok_or_else(|| Reason::NothingPending.into())
    }

    /// Refuses whoever is not to decide what is asked, where several may use the method.
    pub(crate) fn refuse_but_decider(&self, asked: &Asked) -> Result<(), Refusal> {
        let role = self.actor.role;
        let refused = match asked.decider() {
            Holder::SupervisorDesk if !role.supervises() => Reason::SupervisorNeeded,
            Holder::CityOffice if !matches!(role, Role::CityOffice | Role::Administrator) => {
                Reason::CityOfficeNeeded
            }
            Holder::SupervisorDesk
            | Holder::CityOffice
            | Holder::TriageDesk
            | Holder::AuditDesk
            | Holder::CallbackDesk
            | Holder::Arbiter
            | Holder::Unit(_)
            | Holder::Citizen
            | Holder::Incident(_)
            | Holder::Nobody => return Ok(()),
        };
        Err(Refusal::new(refused).with("role", role.as_str()))
    }

    /// The actor's own unit's leg, which leads, where the actor speaks for the unit here.
    pub(crate) fn own_lead(&self, roles: &[Role]) -> Result<Leg, Refusal> {
        let leg = self.own_leg()?;
        self.refuse_but(roles)?;
        if leg.role != LegRole::Lead {
            return Err(Refusal::new(Reason::WrongRelation).with("leg", leg.id.0));
        }
        Ok(leg)
    }

    /// Refuses what must not befall the tickets that wait for this one's answer.
    pub(crate) fn refuse_waiting(&self) -> Result<(), Refusal> {
        match self.ticket.incident.waiting() {
            0 => Ok(()),
            waiting => Err(Refusal::new(Reason::HasChildren).with("children", waiting)),
        }
    }

    /// Refuses whoever decides on what he has asked for himself, in whichever role.
    pub(crate) fn refuse_same(&self, by: &HolderId) -> Result<(), Refusal> {
        if *by == self.actor.holder {
            Err(Reason::SamePerson.into())
        } else {
            Ok(())
        }
    }

    /// Refuses whoever has none of these roles, where several may use the method.
    pub(crate) fn refuse_but(&self, roles: &[Role]) -> Result<(), Refusal> {
        if roles.contains(&self.actor.role) {
            Ok(())
        } else {
            Err(Refusal::new(Reason::WrongRelation).with("role", self.actor.role.as_str()))
        }
    }

    /// Refuses what the unit's leader has neither signed nor does himself.
    pub(crate) fn leader_signed(&self, leg: LegId, act: Act) -> Result<(), Refusal> {
        let leads = matches!(self.actor.role, Role::UnitLeader | Role::UnitHead);
        if leads || self.ticket.endorsed.contains(&(leg, act)) {
            Ok(())
        } else {
            Err(Refusal::new(Reason::NotEndorsed).with("act", act.as_str()))
        }
    }

    /// Refuses units that the rules do not have, that are named twice, or that must stay out.
    pub(crate) fn refuse_units<'u>(
        &self,
        units: impl IntoIterator<Item = &'u UnitId>,
    ) -> Result<(), Refusal> {
        let today = self.rules.calendar().local(self.now).date();
        let mut named: Vec<&UnitId> = Vec::new();
        for unit in units {
            let known = self.rules.units.get(unit);
            if known.is_none_or(|unit| !unit.takes_on(today)) {
                return Err(Refusal::new(Reason::UnknownUnit).with("unit", unit));
            }
            if named.contains(&unit) {
                return Err(Refusal::new(Reason::RepeatedUnit).with("unit", unit));
            }
            if self.is_kept_out(unit) || self.is_listed_out(unit) {
                return Err(Refusal::new(Reason::Recused).with("unit", unit));
            }
            named.push(unit);
        }
        Ok(())
    }

    /// The ticket as the directory is asked about it today, with those who stay `out`; none without a category.
    pub(crate) fn matter<'m>(&'m self, out: &'m [UnitId]) -> Option<Matter<'m>> {
        let on = self.rules.calendar().local(self.now).date();
        let matter = Matter::of(&self.ticket.classification, on)?;
        Some(Matter { out, ..matter })
    }

    /// Whether the city's recusal list keeps a unit out of such matters.
    fn is_listed_out(&self, unit: &UnitId) -> bool {
        if self.rules.bundle().recusals.is_empty() {
            return false;
        }
        let out: Vec<UnitId> = self.ticket.recused_units().cloned().collect();
        self.matter(&out)
            .is_some_and(|matter| routing::is_out(self.rules, &matter, unit))
    }

    /// Whether a unit is accused, kept out, or stands below one that is.
    pub(crate) fn is_kept_out(&self, unit: &UnitId) -> bool {
        let mut out = self.ticket.recused_units();
        out.any(|top| self.rules.units.is_within(unit, top))
    }
}
