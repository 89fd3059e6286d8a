//! Redispatch 改派: the hotline's own mistake. The legs end unscored, the next unit has what is left of the resident's
//! time.

use jiff::Timestamp;

use super::plan::Plan;
use super::{Dispatch, Event, Leg, LegState, Phase};
use crate::access::Role;
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// 改派.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redispatch {
    /// Who handles it now.
    pub to: Dispatch,
}

impl Redispatch {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let (Phase::Dispatched { legs } | Phase::Handling { legs }) = &plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        check_actor(plan, &legs.lead)?;
        plan.refuse_self_review()?;
        if self.to.lead == legs.lead.unit {
            return Err(Refusal::new(Reason::NothingChanges).with("unit", &self.to.lead));
        }
        let promised = citizen_due(plan);

        plan.end_legs(Event::Redispatched {});
        let before = plan.ticket.classification.clone();
        self.to.classify(plan)?;
        if citizen_due(plan) > promised && !plan.is_raised(&before) && !plan.actor.role.supervises() {
            return Err(Reason::LengtheningNeedsSupervisor.into());
        }
        self.to.carry_out(plan)
    }
}

/// What is signed for, or ruled on, only a supervisor takes away.
fn check_actor(plan: &Plan<'_>, lead: &Leg) -> Result<(), Refusal> {
    let role = plan.actor.role;
    let is_settled = lead.state != LegState::AwaitingSign || plan.ticket.ruling.is_some();
    if role.supervises() || (role == Role::Triager && !is_settled) {
        return Ok(());
    }
    if role == Role::Triager {
        return Err(Refusal::new(Reason::SupervisorNeeded).with("leg", lead.id.0));
    }
    Err(Refusal::new(Reason::WrongRelation).with("role", role.as_str()))
}

fn citizen_due(plan: &Plan<'_>) -> Option<Timestamp> {
    plan.clock(Kind::Citizen, None).map(|clock| clock.run.due_at)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn before_the_signature_a_triager_mends_his_mistake() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water ecology
             sign ecology
             ---
             operator: redispatch street
             redispatch water roads
             redispatch fish
             at 2026-11-23 15:00
             redispatch street ecology by noise
             sign water
             sign ecology",
            expect![[r#"
                11-23 09:00 operator: redispatch street
                    refused WRONG_RELATION (role=operator)
                11-23 09:00 redispatch water roads
                    refused NOTHING_CHANGES (unit=water)
                11-23 09:00 redispatch fish
                    refused UNKNOWN_UNIT (unit=fish)
                11-23 15:00 redispatch street ecology by noise
                    stops C2 water, C3 water, C4 water, C3 ecology, C4 ecology
                    redispatched
                    dispatched street, ecology
                    runs C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30, C2 ecology 11-24 17:30, C3 ecology 11-24 17:30, C4 ecology 11-27 17:30
                11-23 15:00 sign water
                    refused WRONG_RELATION (unit=water)
                11-23 15:00 sign ecology
                    stops C2 ecology
                    signed ecology
                dispatched: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn after_it_a_supervisor_does_and_the_next_unit_has_what_is_left() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             sign water
             contact water reached
             ---
             at 2026-12-03 09:00
             redispatch street
             supervisor: redispatch street",
            expect![[r#"
                12-03 09:00 redispatch street
                    refused SUPERVISOR_NEEDED (leg=1)
                12-03 09:00 supervisor: redispatch street
                    stops C4 water
                    redispatched
                    dispatched street
                    runs C2 street 12-04 17:30, C3 street 12-04 17:30, C4 street 12-07 17:30
                dispatched: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_the_unit_has_asked_for_goes_with_it() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water roads
             endorse roads reply
             return water wrong_unit
             return roads wrong_unit
             ---
             supervisor: redispatch street
             decide return yes",
            expect![[r#"
                11-23 09:00 supervisor: redispatch street
                    stops C3 water, C4 water, C5 water, C3 roads, C4 roads, C5 roads
                    redispatched
                    dispatched street
                    runs C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30
                11-23 09:00 decide return yes
                    refused NOTHING_PENDING
                dispatched: street, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_wrong_class_may_go_with_it_but_more_time_is_a_supervisors_to_give() {
        check(
            "register consult c urban.noise phone in s
             dispatch water
             ---
             redispatch street as type complaint
             redispatch street as grade b
             register consult c urban.noise phone in s
             dispatch water
             supervisor: redispatch street as type complaint
             register consult c urban.noise phone in s
             dispatch water
             supervisor: redispatch street as type report",
            expect![[r#"
                11-23 09:00 redispatch street as type complaint
                    refused LENGTHENING_NEEDS_SUPERVISOR
                11-23 09:00 redispatch street as grade b
                    stops C2 water, C3 water, C4 water
                    redispatched
                    classified consult b urban.noise
                    runs C0 11-25 09:00
                    dispatched street
                    runs C2 street 11-23 09:30, C3 street 11-23 11:00, C4 street 11-30 17:30, C4S street 11-24 09:00
                11-23 09:00 register consult c urban.noise phone in s
                    registered consult c urban.noise
                    runs C0 11-27 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-25 17:30
                11-23 09:00 supervisor: redispatch street as type complaint
                    stops C2 water, C3 water, C4 water
                    redispatched
                    classified complaint c urban.noise
                    runs C0 12-07 17:30
                    dispatched street
                    runs C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30
                11-23 09:00 register consult c urban.noise phone in s
                    registered consult c urban.noise
                    runs C0 11-27 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-25 17:30
                11-23 09:00 supervisor: redispatch street as type report
                    refused ACCUSED_MISSING
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn the_unit_ruled_responsible_is_not_quietly_changed() {
        check(
            "register complaint c urban.noise phone in s
             dispatch water
             return water wrong_unit
             decide return yes to roads
             return roads wrong_unit
             rule water
             ---
             redispatch roads
             supervisor: redispatch roads
             return roads wrong_unit",
            expect![[r#"
                11-23 09:00 redispatch roads
                    refused SUPERVISOR_NEEDED (leg=3)
                11-23 09:00 supervisor: redispatch roads
                    stops C2 water, C3 water, C4 water
                    redispatched
                    dispatched roads
                    runs C2 roads 11-24 17:30, C3 roads 11-24 17:30, C4 roads 11-30 17:30
                11-23 09:00 return roads wrong_unit
                    refused NOT_RETURNABLE (ruling=water)
                dispatched: roads, light none, no level
            "#]],
        );
    }

    #[test]
    fn there_must_be_a_unit_to_take_it_from_that_is_not_ones_own() {
        check(
            "register complaint c urban.noise phone in s
             redispatch water
             dispatch street
             triager@district: redispatch water
             sign street
             reply street solved
             supervisor: redispatch water",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 redispatch water
                    refused WRONG_PHASE (phase=accepted)
                11-23 09:00 dispatch street
                    stops C1
                    dispatched street
                    runs C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-30 17:30
                11-23 09:00 triager@district: redispatch water
                    refused SELF_REVIEW
                11-23 09:00 sign street
                    stops C2 street
                    signed street
                11-23 09:00 reply street solved
                    stops C3 street, C4 street
                    replied street
                    runs C6 11-24 17:30
                11-23 09:00 supervisor: redispatch water
                    refused WRONG_PHASE (phase=reply_review)
                reply_review: audit desk, light none, no level
            "#]],
        );
    }
}
