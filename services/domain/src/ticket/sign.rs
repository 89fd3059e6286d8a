//! Sign 签收: a unit takes its leg. Stops C2; the phase follows the lead.

use super::plan::Plan;
use super::{Event, LegState, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let leg = plan.own_leg()?;
    if !matches!(
        plan.ticket.phase,
        Phase::Dispatched { .. } | Phase::Handling { .. }
    ) {
        return Err(plan.wrong_phase());
    }
    match leg.state {
        LegState::AwaitingSign => {}
        LegState::Excused => return Err(Refusal::new(Reason::AlreadyReplied).with("leg", leg.id.0)),
        LegState::Handling { .. } | LegState::Replied { .. } => {
            return Err(Refusal::new(Reason::AlreadySigned).with("leg", leg.id.0));
        }
    }
    plan.stop(Kind::Sign, Some(leg.id));
    plan.record(Event::Signed { leg: leg.id });
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_phase_follows_the_lead() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             sign roads
             sign roads
             sign ecology
             supervisor: sign
             sign water",
            expect![[r#"
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                11-23 09:00 sign roads
                    refused ALREADY_SIGNED (leg=2)
                11-23 09:00 sign ecology
                    refused WRONG_RELATION (unit=ecology)
                11-23 09:00 supervisor: sign
                    refused WRONG_RELATION
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_co_unit_may_sign_while_the_lead_handles() {
        check(
            "register complaint c urban.noise phone
             dispatch water roads
             ---
             sign water
             sign roads",
            expect![[r#"
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 sign roads
                    stops C2 roads
                    signed roads
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn nothing_is_signed_before_the_dispatch() {
        check(
            "register complaint c urban.noise phone
             sign water",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 sign water
                    refused WRONG_PHASE (phase=accepted)
                accepted: triage desk, light none, no level
            "#]],
        );
    }
}
