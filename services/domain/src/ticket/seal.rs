//! Seal 密办: confidential from now on, on every later view and leg. A recused unit loses its leg at once.

use super::plan::Plan;
use super::{Accused, Event, Legs, Phase, Secrecy};
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
        // Who is accused may be corrected, never forgotten.
        let is_sealed = plan.ticket.secrecy != Secrecy::Open;
        if is_sealed
            && (self.accused.is_none()
                || plan.ticket.secrecy
                    == (Secrecy::Sealed {
                        accused: self.accused.clone(),
                    }))
        {
            return Err(Reason::AlreadySealed.into());
        }
        plan.record(Event::Sealed {
            accused: self.accused.clone(),
        });
        recuse(plan);
        Ok(())
    }
}

/// The accused unit and those below it drop out; without a lead, or while nobody knows who is accused, the matter goes
/// back to the triage desk.
fn recuse(plan: &mut Plan<'_>) {
    if matches!(plan.ticket.phase, Phase::Closed { .. }) {
        return;
    }
    let Some(legs) = plan.ticket.phase.legs().cloned() else {
        return;
    };
    let is_out = |unit| match &plan.ticket.secrecy {
        Secrecy::Sealed {
            accused: Some(Accused::Unit(accused)),
        } => plan.rules.units.is_within(unit, accused),
        Secrecy::Sealed { accused: None } => true,
        Secrecy::Sealed {
            accused: Some(Accused::Outsider),
        }
        | Secrecy::Open => false,
    };
    let ended: Vec<_> = legs
        .others
        .iter()
        .filter(|leg| is_out(&leg.unit))
        .map(|leg| leg.id)
        .collect();
    if is_out(&legs.lead.unit) {
        return recall(plan, &legs);
    }
    for leg in ended {
        plan.stop_leg(leg);
        plan.record(Event::LegEnded { leg });
    }
}

fn recall(plan: &mut Plan<'_>, legs: &Legs) {
    legs.iter().for_each(|leg| plan.stop_leg(leg.id));
    for kind in [Kind::Audit, Kind::Callback, Kind::Rating] {
        plan.stop(kind, None);
    }
    plan.record(Event::Recalled {});
    plan.start(Kind::Triage, None, plan.limits().triage);
    plan.resume_rested(Kind::Citizen);
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_recused_lead_drops_out_at_once() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street ecology
             sign street
             contact street reached
             ---
             seal street
             sign street
             dispatch district by noise",
            expect![[r#"
                11-23 09:00 seal street
                    sealed against street
                    stops C4 street, C2 ecology, C3 ecology, C4 ecology
                    recalled
                    runs C1 11-23 11:00
                11-23 09:00 sign street
                    refused RECUSED
                11-23 09:00 dispatch district by noise
                    stops C1
                    dispatched district
                    runs C2 district 11-24 17:30, C3 district 11-24 17:30, C4 district 11-30 17:30
                dispatched: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_recused_co_unit_loses_its_leg_and_the_lead_goes_on() {
        check(
            "register complaint c urban.noise phone in s
             dispatch district village
             ---
             seal street
             unit_clerk@village: sign
             unit_clerk@village: note
             supervisor@street: note",
            expect![[r#"
                11-23 09:00 seal street
                    sealed against street
                    stops C2 village, C3 village, C4 village
                    leg_ended village
                11-23 09:00 unit_clerk@village: sign
                    refused RECUSED
                11-23 09:00 unit_clerk@village: note
                    refused RECUSED
                11-23 09:00 supervisor@street: note
                    refused RECUSED
                dispatched: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn sealed_without_an_accused_it_leaves_the_units() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             ---
             seal
             seal
             seal outsider
             dispatch water",
            expect![[r#"
                11-23 09:00 seal
                    sealed
                    stops C2 water, C3 water, C4 water
                    recalled
                    runs C1 11-23 11:00
                11-23 09:00 seal
                    refused ALREADY_SEALED
                11-23 09:00 seal outsider
                    sealed against an outsider
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn who_is_accused_may_be_corrected_never_forgotten() {
        check(
            "register report c urban.noise phone accused street
             ---
             seal street
             seal
             seal fish
             seal street2",
            expect![[r#"
                11-23 09:00 seal street
                    refused ALREADY_SEALED
                11-23 09:00 seal
                    refused ALREADY_SEALED
                11-23 09:00 seal fish
                    refused UNKNOWN_UNIT (unit=fish)
                11-23 09:00 seal street2
                    sealed against street2
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn even_after_the_reply_the_residents_clock_goes_on() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street
             sign street
             contact street reached
             reply street solved unread
             at 2026-11-24 09:00
             ---
             seal street",
            expect![[r#"
                11-24 09:00 seal street
                    sealed against street
                    stops C7
                    recalled
                    runs C1 11-24 11:00, C0 12-08 17:30
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn another_unit_begins_in_the_first_round() {
        check(
            "register complaint c urban.noise phone in s
             dispatch street
             sign street
             contact street reached
             reply street solved unread
             callback unsolved
             rework
             ---
             seal street
             dispatch district
             sign district
             contact district reached
             reply district solved unread
             callback unsolved
             rework",
            expect![[r#"
                11-23 09:00 seal street
                    sealed against street
                    stops C4 street
                    recalled
                    runs C1 11-23 11:00
                11-23 09:00 dispatch district
                    stops C1
                    dispatched district
                    runs C2 district 11-24 17:30, C3 district 11-24 17:30, C4 district 11-30 17:30
                11-23 09:00 sign district
                    stops C2 district
                    signed district
                11-23 09:00 contact district reached
                    stops C3 district
                    contact_tried district, made
                11-23 09:00 reply district solved unread
                    stops C4 district
                    replied district
                    audit_passed by rule
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 callback unsolved
                    stops C7
                    callback_answered unsolved
                    runs C7 11-24 17:30
                11-23 09:00 rework
                    stops C7
                    rework_ordered round 1
                    runs C4 district 11-26 17:30, C0 12-07 17:30
                handling: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_finished_matter_is_sealed_and_stays_finished() {
        check(
            "register consult c urban.noise phone
             answer
             ---
             seal street",
            expect![[r#"
                11-23 09:00 seal street
                    sealed against street
                closed: nobody, light green, no level
            "#]],
        );
    }
}
