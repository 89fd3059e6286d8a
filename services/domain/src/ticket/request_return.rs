//! RequestReturn 退单申请: a unit says that the matter is not its own. Asking counts as signing; C3 and C4 go on, but
//! fire nothing until it is decided.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::plan::Plan;
use super::{Act, Event, Leg, LegRole, LegState, Phase, ReturnReason};
use crate::clock::Kind;
use crate::id::UnitId;
use crate::refusal::{Reason, Refusal};
use crate::rules::Returns;

/// 退单申请. What it rests on is in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestReturn {
    /// Why.
    pub reason: ReturnReason,
    /// Whose it is, says the unit.
    pub suggested: Option<UnitId>,
}

impl RequestReturn {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        check_leg(plan, &leg)?;
        let returns = returnable(plan)?;
        plan.refuse_pending(leg.id)?;
        let until = last_moment(plan, &leg, returns);
        if plan.now > until {
            return Err(Refusal::new(Reason::ReturnTooLate).with("until", until));
        }
        self.check_suggested(plan, &leg)?;
        plan.leader_signed(leg.id, Act::Return)?;

        if leg.state == LegState::AwaitingSign {
            plan.stop(Kind::Sign, Some(leg.id));
            plan.record(Event::Signed { leg: leg.id });
        }
        let ruling = needs_ruling(plan);
        plan.record(Event::ReturnRequested {
            leg: leg.id,
            reason: self.reason,
            suggested: self.suggested.clone(),
            ruling,
        });
        let limit = if ruling { returns.ruling } else { returns.review };
        plan.start(Kind::Decision, Some(leg.id), limit);
        Ok(())
    }

    /// A unit that exists, may have it, and is another.
    fn check_suggested(&self, plan: &Plan<'_>, leg: &Leg) -> Result<(), Refusal> {
        let Some(unit) = &self.suggested else {
            return Ok(());
        };
        let refused = if plan.rules.units.get(unit).is_none() {
            Reason::UnknownUnit
        } else if plan.is_kept_out(unit) {
            Reason::Recused
        } else if *unit == leg.unit {
            Reason::WrongRelation
        } else {
            return Ok(());
        };
        Err(Refusal::new(refused).with("unit", unit))
    }
}

/// A leg of the hotline's own dispatch that is still out; what was passed down goes back to who passed it.
fn check_leg(plan: &Plan<'_>, leg: &Leg) -> Result<(), Refusal> {
    let (Phase::Dispatched { .. } | Phase::Handling { .. }) = plan.ticket.phase else {
        return Err(plan.wrong_phase());
    };
    if !leg.is_out() {
        return Err(Refusal::new(Reason::AlreadyReplied).with("leg", leg.id.0));
    }
    if leg.role == LegRole::Step {
        return Err(Refusal::new(Reason::WrongRelation).with("leg", leg.id.0));
    }
    Ok(())
}

/// Never grade A, and never after a binding ruling (invariant 5).
fn returnable(plan: &Plan<'_>) -> Result<Returns, Refusal> {
    if let Some(ruling) = &plan.ticket.ruling {
        return Err(Refusal::new(Reason::NotReturnable).with("ruling", &ruling.unit));
    }
    let grade = plan.grade().as_str();
    let refusal = || Refusal::new(Reason::NotReturnable).with("grade", grade);
    plan.asking().returns.ok_or_else(refusal)
}

/// Until when it may be asked for. Whoever signs after the time to return an unsigned matter gains none by it.
fn last_moment(plan: &Plan<'_>, leg: &Leg, returns: Returns) -> Timestamp {
    let calendar = plan.rules.calendar_of(&leg.unit);
    let unsigned = calendar.due(leg.dispatched_at, returns.after_dispatch);
    match leg.state {
        LegState::Handling { signed_at } if signed_at <= unsigned => {
            calendar.due(signed_at, returns.after_sign)
        }
        LegState::Handling { .. } | LegState::AwaitingSign | LegState::Replied { .. } | LegState::Excused => {
            unsigned
        }
    }
}

/// The second return, or the third unit, is the arbiter's.
fn needs_ruling(plan: &Plan<'_>) -> bool {
    let procedures = &plan.rules.profile().procedures;
    let (lead, before) = (plan.ticket.lead_unit(), &plan.ticket.past_leads);
    let led_by = before.iter().chain(lead).collect::<BTreeSet<_>>().len();
    plan.ticket.returns >= procedures.returns_before_ruling
        || led_by >= usize::from(procedures.units_before_ruling)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn asking_counts_as_signing_and_contact_and_handling_go_on() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             ---
             at 2026-11-23 14:00
             return water wrong_unit to roads
             sign water
             reply water solved
             return water wrong_unit
             contact water reached",
            expect![[r#"
                11-23 14:00 return water wrong_unit to roads
                    stops C2 water
                    signed water
                    return_requested water wrong_unit, to roads
                    runs C5 water 11-24 09:00
                11-23 14:00 sign water
                    refused ALREADY_SIGNED (leg=1)
                11-23 14:00 reply water solved
                    refused DECISION_PENDING (leg=1)
                11-23 14:00 return water wrong_unit
                    refused DECISION_PENDING (leg=1)
                11-23 14:00 contact water reached
                    stops C3 water
                    contact_tried water, made
                handling: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn within_two_days_of_the_dispatch_or_one_of_the_signature() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water roads ecology
             ---
             sign roads
             at 2026-11-24 17:31
             return roads wrong_unit
             at 2026-11-25 17:30
             sign ecology
             return water wrong_unit
             at 2026-11-25 17:31
             at 2026-11-26 17:30
             return ecology wrong_unit",
            expect![[r#"
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-24 17:31 return roads wrong_unit
                    refused RETURN_TOO_LATE (until=2026-11-24T09:30:00Z)
                11-25 17:30 sign ecology
                    stops C2 ecology
                    signed ecology
                11-25 17:30 return water wrong_unit
                    stops C2 water
                    signed water
                    return_requested water wrong_unit
                    runs C5 water 11-26 14:30
                11-26 17:30 return ecology wrong_unit
                    return_requested ecology wrong_unit, to be ruled on
                    runs C5 ecology 11-27 17:30
                handling: triage desk, light red, no level
            "#]],
        );
    }

    #[test]
    fn a_late_signature_opens_no_new_time() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             ---
             at 2026-11-25 17:31
             return water wrong_unit
             sign water
             return water wrong_unit",
            expect![[r#"
                11-25 17:31 return water wrong_unit
                    refused RETURN_TOO_LATE (until=2026-11-25T09:30:00Z)
                11-25 17:31 sign water
                    stops C2 water
                    signed water
                11-25 17:31 return water wrong_unit
                    refused RETURN_TOO_LATE (until=2026-11-25T09:30:00Z)
                handling: water, light red, no level
            "#]],
        );
    }

    #[test]
    fn an_urgent_matter_goes_back_within_the_hour_and_a_most_urgent_one_never() {
        check(
            "register help b utilities.water phone
             dispatch roads
             ---
             at 2026-11-23 10:00
             return roads wrong_unit to water
             tick to 2026-11-23 11:00
             register help a utilities.water phone
             dispatch roads
             return roads wrong_unit to water",
            expect![[r#"
                11-23 10:00 return roads wrong_unit to water
                    stops C2 roads
                    signed roads
                    return_requested roads wrong_unit, to water
                    runs C5 roads 11-23 10:30
                tick to 2026-11-23 11:00
                11-23 10:30 C5 roads L1: triage_desk
                11-23 11:00 register help a utilities.water phone
                    registered help a utilities.water
                    runs C0 11-23 15:00, C1 11-23 11:05
                11-23 11:00 dispatch roads
                    stops C1
                    dispatched roads
                    runs C2 roads 11-23 11:15, C3 roads 11-23 11:30, C4 roads 11-30 17:30, C4S roads 11-23 13:00
                11-23 11:00 return roads wrong_unit to water
                    refused NOT_RETURNABLE (grade=a)
                dispatched: roads, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_unit_it_names_exists_may_have_it_and_is_another() {
        check(
            "register report c urban.noise phone in s accused street
             dispatch district
             ---
             return district wrong_unit to fish
             return district wrong_unit to village
             return district wrong_unit to district
             return district wrong_unit to street2",
            expect![[r#"
                11-23 09:00 return district wrong_unit to fish
                    refused UNKNOWN_UNIT (unit=fish)
                11-23 09:00 return district wrong_unit to village
                    refused RECUSED (unit=village)
                11-23 09:00 return district wrong_unit to district
                    refused WRONG_RELATION (unit=district)
                11-23 09:00 return district wrong_unit to street2
                    stops C2 district
                    signed district
                    return_requested district wrong_unit, to street2
                    runs C5 district 11-23 15:00
                handling: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn only_a_leg_that_is_out_and_was_dispatched_goes_back() {
        check(
            "register complaint c urban.noise phone
             return water wrong_unit
             dispatch water roads
             return ecology wrong_unit
             sign roads
             reply roads solved
             return roads wrong_unit
             sign water
             reply water solved
             return water wrong_unit",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 return water wrong_unit
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 dispatch water roads
                    stops C1
                    dispatched water, roads
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30, C2 roads 11-24 17:30, C3 roads 11-24 17:30, C4 roads 11-27 17:30
                11-23 09:00 return ecology wrong_unit
                    refused WRONG_RELATION (unit=ecology)
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 reply roads solved
                    stops C3 roads, C4 roads
                    replied roads
                11-23 09:00 return roads wrong_unit
                    refused ALREADY_REPLIED (leg=2)
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 reply water solved
                    stops C3 water, C4 water
                    replied water
                    runs C6 11-24 17:30
                11-23 09:00 return water wrong_unit
                    refused WRONG_PHASE (phase=reply_review)
                reply_review: audit desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_third_lead_s_return_is_the_arbiters_whichever_it_is() {
        check(
            "register complaint c urban.noise phone
             dispatch water street
             redispatch roads street
             redispatch ecology street
             ---
             return ecology wrong_unit to water
             tick to 2026-11-25 09:00",
            expect![[r#"
                11-23 09:00 return ecology wrong_unit to water
                    stops C2 ecology
                    signed ecology
                    return_requested ecology wrong_unit, to water, to be ruled on
                    runs C5 ecology 11-24 17:30
                tick to 2026-11-25 09:00
                11-24 08:45 C2 street L0: clerk
                11-24 08:45 C3 street L0: clerk
                11-24 17:30 C2 street L1: clerk, unit_leader, district, 0.5 points
                11-24 17:30 C3 street L1: clerk, unit_leader, district, 0.5 points
                11-24 17:30 C5 ecology L1: arbiter
                handling: arbiter, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn who_only_helped_is_no_unit_that_had_it() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads ecology
             redispatch street
             ---
             return street wrong_unit",
            expect![[r#"
                11-23 09:00 return street wrong_unit
                    stops C2 street
                    signed street
                    return_requested street wrong_unit
                    runs C5 street 11-23 15:00
                handling: triage desk, light none, no level
            "#]],
        );
    }
}
