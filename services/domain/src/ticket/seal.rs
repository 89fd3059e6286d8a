//! Seal 密办: confidential from now on, on every later view and leg. A recused unit loses its leg at once.

use super::plan::Plan;
use super::{Accused, Event, Phase, Secrecy, unmerge};
use crate::id::UnitId;
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
        // Those who wait for an open answer would never have it, or learn what is secret by it.
        plan.refuse_waiting()?;
        // No secret stays in an open incident.
        unmerge::leave(plan);
        plan.record(Event::Sealed {
            accused: self.accused.clone(),
        });
        drop_out(plan);
        Ok(())
    }
}

/// Units that must stay out drop out; without a lead, without one that was asked, or while nobody knows who is accused,
/// the matter goes back to the triage desk.
pub(super) fn drop_out(plan: &mut Plan<'_>) {
    let recalled = match &plan.ticket.phase {
        Phase::Accepted { .. } | Phase::Closed { .. } => false,
        Phase::Consulting { asked } => asked.keys().any(|unit| is_out(plan, unit)),
        Phase::Dispatched { legs }
        | Phase::Handling { legs }
        | Phase::AwaitingCitizen { legs, .. }
        | Phase::Suspended { legs, .. }
        | Phase::ReplyReview { legs, .. }
        | Phase::CallbackDue { legs, .. } => is_out(plan, &legs.lead.unit),
    };
    if recalled {
        return plan.back_to_triage(Event::Recalled {});
    }
    if matches!(plan.ticket.phase, Phase::Closed { .. }) {
        return;
    }
    let others = plan.ticket.phase.legs().map(|legs| legs.others.as_slice());
    let ended: Vec<_> = others
        .unwrap_or_default()
        .iter()
        .filter(|leg| is_out(plan, &leg.unit))
        .map(|leg| leg.id)
        .collect();
    for leg in ended {
        plan.leave(leg);
        plan.record(Event::LegEnded { leg });
    }
}

/// Whether a unit must stay out, or might have to: while nobody knows who is accused, any unit might.
pub(super) fn is_out(plan: &Plan<'_>, unit: &UnitId) -> bool {
    plan.ticket.secrecy == (Secrecy::Sealed { accused: None }) || plan.is_kept_out(unit)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;
    use crate::ticket::check::scenes::check_all;

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

    #[test]
    fn a_secret_leaves_the_incident_it_was_merged_into() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch water
             b> register complaint c urban.noise phone by li
             c> register complaint c urban.noise phone by liu
             merge b into a
             merge c into a
             at 2026-11-24 10:00
             ---
             b> seal water
             c> recuse water",
            expect![[r#"
                11-24 10:00 b> seal water
                    unmerged a
                    runs C0 12-07 17:30, C1 11-24 12:00
                    sealed against water
                11-24 10:00 c> recuse water
                    unmerged a
                    runs C0 12-07 17:30, C1 11-24 12:00
                    unit_recused water
                a dispatched: water, light yellow, L2, 3 listeners
                b accepted: triage desk, light none, no level, 1 listeners
                c accepted: triage desk, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn an_incident_whose_children_wait_is_not_sealed() {
        crate::ticket::check::scenes::check_all(
            "a> register complaint c urban.noise phone
             b> register complaint c urban.noise phone by li
             merge b into a
             ---
             a> seal street
             a> classify type report
             a> dispatch water as type report
             unmerge b
             a> seal street",
            expect![[r#"
                11-23 09:00 a> seal street
                    refused HAS_CHILDREN (children=1)
                11-23 09:00 a> classify type report
                    refused HAS_CHILDREN (children=1)
                11-23 09:00 a> dispatch water as type report
                    refused HAS_CHILDREN (children=1)
                11-23 09:00 unmerge b
                  b
                    unmerged a
                    runs C0 12-07 17:30, C1 11-23 11:00
                  a
                    child_unmerged b
                11-23 09:00 a> seal street
                    sealed against street
                a accepted: triage desk, light none, no level, 1 listeners
                b accepted: triage desk, light none, no level, 1 listeners
            "#]],
        );
    }
}
