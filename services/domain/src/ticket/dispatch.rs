//! Dispatch 派单: to one lead and any co units, on a directory entry or a person's reason. C2 to C4 start now.

use super::plan::Plan;
use super::{
    CO_LEGS_MAX, Classify, Event, Grade, Ground, LegRole, Opened, Phase, Proof, RequestType, Secrecy,
    Support, consult,
};
use crate::access::Role;
use crate::clock::{Clock, Kind};
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
    /// What speaks for it.
    pub support: Support,
}

impl Dispatch {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(
            plan.ticket.phase,
            Phase::Accepted { .. } | Phase::Consulting { .. }
        ) {
            return Err(plan.wrong_phase());
        }
        self.classify(plan)?;
        self.check_actor(plan)?;
        consult::refuse_unheard(plan)?;
        self.carry_out(plan)
    }

    /// To one unit alone, with nothing else changed.
    pub(super) fn straight_to(lead: UnitId, ground: Ground) -> Self {
        Self {
            lead,
            co: Vec::new(),
            ground,
            classify: None,
            support: Support::default(),
        }
    }

    /// The classification that goes with it.
    pub(super) fn classify(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Some(classify) = &self.classify else {
            return Ok(());
        };
        let before = plan.ticket.classification.clone();
        let classification = classify.over(&before);
        super::classify::known(&classification, plan.rules)?;
        if classification != before {
            plan.record(Event::Classified {
                classification,
                hold: None,
            });
            plan.seal_a_report()?;
            plan.reclassify(&before);
        }
        Ok(())
    }

    /// Opens the legs, whoever decided it: every rule about units and grounds holds for all.
    pub(super) fn carry_out(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if plan.ticket.secrecy == (Secrecy::Sealed { accused: None }) {
            return Err(Reason::AccusedMissing.into());
        }
        self.check_units(plan)?;
        self.check_ground(plan)?;
        let proof = self.proof(plan)?;

        plan.stop(Kind::Triage, None);
        plan.stop(Kind::CallBack, None);
        plan.stop(Kind::Decision, None);
        let units = std::iter::once((&self.lead, LegRole::Lead))
            .chain(self.co.iter().map(|unit| (unit, LegRole::Co)));
        let legs: Vec<Opened> = (plan.ticket.legs_opened.saturating_add(1)..)
            .zip(units)
            .map(|(leg, (unit, role))| Opened {
                leg: LegId(leg),
                role,
                unit: unit.clone(),
            })
            .collect();
        plan.record(Event::Dispatched {
            legs: legs.clone(),
            ground: self.ground.clone(),
            rules: plan.ticket.rules.is_none().then(|| plan.rules.version().clone()),
            proof: Some(proof),
        });
        for leg in &legs {
            start_clocks(plan, leg);
        }
        plan.stage_reports();
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
                    // What a unit gave back is not certain.
                    && ticket.returns == 0
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
        if allowed {
            Ok(())
        } else {
            Err(Refusal::new(Reason::WrongRelation).with("role", plan.actor.role.as_str()))
        }
    }

    fn check_units(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        if self.co.len() > CO_LEGS_MAX {
            return Err(Refusal::new(Reason::TooMany).with("co_units_max", CO_LEGS_MAX));
        }
        plan.refuse_units(std::iter::once(&self.lead).chain(&self.co))
    }

    fn check_ground(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        let out: Vec<UnitId> = plan.ticket.recused_units().cloned().collect();
        let matter = plan.matter(&out).ok_or(Reason::NotClassified)?;
        let Ground::Entry(entry) = &self.ground else {
            return self.check_ruling(plan);
        };
        if routing::fits(plan.rules, entry, &matter, &self.lead) {
            Ok(())
        } else {
            Err(Refusal::new(Reason::WrongEntry)
                .with("entry", entry)
                .with("unit", &self.lead))
        }
    }

    /// What spoke for it, as it is kept. Across a seal no ticket is like another.
    fn proof(&self, plan: &Plan<'_>) -> Result<Proof, Refusal> {
        self.support.check()?;
        let ticket = &plan.ticket;
        let category = ticket.classification.category.clone();
        let mut proof = Proof::new(
            &self.support,
            &ticket.classification,
            category.ok_or(Reason::NotClassified)?,
        );
        let is_open = ticket.secrecy == Secrecy::Open;
        proof.similar.retain(|like| is_open && *like != ticket.number);
        Ok(proof)
    }

    /// A ruling is the ground for the unit it names only.
    fn check_ruling(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        let ruled = plan.ticket.ruling.as_ref().map(|ruling| &ruling.unit);
        if self.ground == Ground::Ruling && ruled != Some(&self.lead) {
            return Err(Refusal::new(Reason::WrongEntry).with("unit", &self.lead));
        }
        Ok(())
    }
}

fn start_clocks(plan: &mut Plan<'_>, leg: &Opened) {
    let (id, limits) = (Some(leg.leg), plan.limits());
    plan.start(Kind::Sign, id, limits.sign);
    if plan.ticket.has_somebody_to_contact() {
        plan.start(Kind::FirstContact, id, limits.contact);
    }
    start_handling(plan, leg);
}

/// A next unit's C4 is bounded by what is left of the citizen's, but never below the floor (section 4, rule 2); a co
/// leg gets its share of that too. While the citizen's clock of grades A and B is about the first stage report it bounds
/// nothing.
fn start_handling(plan: &mut Plan<'_>, leg: &Opened) {
    let (limit, whole) = (plan.leg_limit(leg.role), plan.handle_limit());
    let calendar = plan.rules.calendar_of(&leg.unit);
    let is_about_the_reply =
        |cap: &&Clock| matches!(plan.grade(), Grade::C | Grade::D) || cap.run.limit == whole;
    let cap = plan
        .clock(Kind::Citizen, None)
        .filter(is_about_the_reply)
        .map(|cap| cap.run.due_at);
    let Some(cap) = cap.filter(|cap| *cap < calendar.due(plan.now, whole)) else {
        return plan.start(Kind::Handle, Some(leg.leg), limit);
    };
    let leads_until = cap.max(calendar.due(plan.now, plan.limits().floor));
    let due_at = match leg.role {
        LegRole::Lead | LegRole::Step => leads_until,
        LegRole::Co => {
            let measure = whole.measure();
            let minutes = u64::from(calendar.elapsed_minutes(measure, plan.now, leads_until));
            let share = minutes * u64::from(plan.rules.profile().co_percent) / 100;
            let own = calendar.advance(measure, plan.now, u32::try_from(share).unwrap_or(u32::MAX));
            // A floor of natural minutes at night holds no working time to share.
            if share == 0 { leads_until } else { own }
        }
    };
    plan.start_until(Kind::Handle, Some(leg.leg), limit, plan.now, due_at);
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_next_unit_of_an_urgent_matter_has_what_is_left_until_the_final_reply() {
        check(
            "register help a utilities.water phone
             dispatch street ecology
             sign street
             stage street controlled
             ---
             at 2026-11-26 09:00
             seal street
             dispatch water ecology
             at 2026-11-30 22:00
             seal water
             dispatch roads ecology",
            expect![[r#"
                11-26 09:00 seal street
                    sealed against street
                    stops C3 street, C4 street, C4S street, C2 ecology, C3 ecology, C4 ecology
                    recalled
                    runs C1 11-26 09:05
                11-26 09:00 dispatch water ecology
                    stops C1
                    dispatched water, ecology
                    runs C2 water 11-26 09:15, C3 water 11-26 09:30, C4 water 11-30 17:30, C2 ecology 11-26 09:15, C3 ecology 11-26 09:30, C4 ecology 11-30 11:24, C4S water 11-26 11:00
                11-30 22:00 seal water
                    sealed against water
                    stops C2 water, C3 water, C4 water, C4S water, C2 ecology, C3 ecology, C4 ecology
                    recalled
                    runs C1 11-30 22:05
                11-30 22:00 dispatch roads ecology
                    stops C1
                    dispatched roads, ecology
                    runs C2 roads 11-30 22:15, C3 roads 11-30 22:30, C4 roads 11-30 22:30, C2 ecology 11-30 22:15, C3 ecology 11-30 22:30, C4 ecology 11-30 22:30, C4S roads 12-01 00:00
                dispatched: roads, light red, no level
            "#]],
        );
    }

    #[test]
    fn limits_run_from_the_dispatch_not_from_the_signature() {
        check(
            "register complaint c urban.noise phone in s
             at 2026-11-23 10:00
             dispatch street ecology by noise",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 10:00 dispatch street ecology by noise
                    stops C1
                    dispatched street, ecology
                    runs C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30, C2 ecology 11-24 17:30, C3 ecology 11-24 17:30, C4 ecology 11-27 17:30
                dispatched: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_system_dispatches_what_is_ordinary_by_the_directory() {
        check(
            "register complaint c urban.noise phone in s
             system: dispatch street
             system: dispatch street by noise",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 system: dispatch street
                    refused WRONG_RELATION (role=system)
                11-23 09:00 system: dispatch street by noise
                    stops C1
                    dispatched street
                    runs C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30
                dispatched: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn an_operator_dispatches_what_is_urgent() {
        check(
            "register complaint c utilities.water phone
             operator: dispatch water
             operator: dispatch water as grade b
             sign water",
            expect![[r#"
                11-23 09:00 register complaint c utilities.water phone
                    registered complaint c utilities.water
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 operator: dispatch water
                    refused WRONG_RELATION (role=operator)
                11-23 09:00 operator: dispatch water as grade b
                    classified complaint b utilities.water
                    runs C0 11-25 09:00, C1 11-23 09:15
                    stops C1
                    dispatched water
                    runs C2 water 11-23 09:30, C3 water 11-23 11:00, C4 water 11-30 17:30, C4S water 11-24 09:00
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn an_anonymous_matter_has_nobody_to_contact() {
        check(
            "register complaint c urban.noise phone anonymous
             dispatch water",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone anonymous
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C4 water 11-30 17:30
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_dispatch_names_units_and_an_entry_that_exist_and_fit() {
        check(
            "register complaint c urban.noise phone in s
             dispatch fish
             dispatch water roads water
             dispatch water by noise
             dispatch street by fish
             register complaint c - phone
             dispatch street",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch fish
                    refused UNKNOWN_UNIT (unit=fish)
                11-23 09:00 dispatch water roads water
                    refused REPEATED_UNIT (unit=water)
                11-23 09:00 dispatch water by noise
                    refused WRONG_ENTRY (entry=noise, unit=water)
                11-23 09:00 dispatch street by fish
                    refused WRONG_ENTRY (entry=fish, unit=street)
                11-23 09:00 register complaint c - phone
                    registered complaint c -
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch street
                    refused NOT_CLASSIFIED
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_accused_gets_no_leg_of_any_role() {
        check(
            "register report c urban.noise phone in s accused street
             dispatch village
             dispatch district village
             system: dispatch district by noise
             dispatch district street2 by noise",
            expect![[r#"
                11-23 09:00 register report c urban.noise phone in s accused street
                    registered report c urban.noise
                    sealed against street
                    runs C0 12-21 17:30, C1 11-23 11:00
                11-23 09:00 dispatch village
                    refused RECUSED (unit=village)
                11-23 09:00 dispatch district village
                    refused RECUSED (unit=village)
                11-23 09:00 system: dispatch district by noise
                    refused WRONG_RELATION (role=system)
                11-23 09:00 dispatch district street2 by noise
                    stops C1
                    dispatched district, street2
                    runs C2 district 11-24 17:30, C3 district 11-24 17:30, C4 district 12-14 17:30, C2 street2 11-24 17:30, C3 street2 11-24 17:30, C4 street2 12-09 17:30
                dispatched: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_next_unit_has_what_is_left_of_the_residents_time_but_at_least_a_day() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street ecology
             ---
             at 2026-12-03 09:00
             seal street
             dispatch district ecology
             at 2026-12-07 18:00
             seal district
             dispatch water",
            expect![[r#"
                12-03 09:00 seal street
                    sealed against street
                    stops C2 street, C3 street, C4 street, C2 ecology, C3 ecology, C4 ecology
                    recalled
                    runs C1 12-03 11:00
                12-03 09:00 dispatch district ecology
                    stops C1
                    dispatched district, ecology
                    runs C2 district 12-04 17:30, C3 district 12-04 17:30, C4 district 12-07 17:30, C2 ecology 12-04 17:30, C3 ecology 12-04 17:30, C4 ecology 12-07 11:24
                12-07 18:00 seal district
                    sealed against district
                    stops C2 district, C3 district, C4 district, C2 ecology, C3 ecology, C4 ecology
                    recalled
                    runs C1 12-07 20:00
                12-07 18:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 12-08 17:30, C3 water 12-08 17:30, C4 water 12-08 17:30
                dispatched: water, light red, no level
            "#]],
        );
    }
}
