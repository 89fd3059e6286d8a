//! Object 异议: the resident does not agree that the matter is not accepted. Once, within the time the rules give.

use super::plan::Plan;
use super::{CloseKind, Event, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let Phase::Closed {
        how: CloseKind::Declined(_),
        at,
        ..
    } = plan.ticket.phase
    else {
        return Err(Reason::NotDeclined.into());
    };
    if plan.ticket.objected {
        return Err(Reason::ObjectedAlready.into());
    }
    let procedures = &plan.rules.profile().procedures;
    let until = plan.rules.calendar().due(at, procedures.objection_within);
    if plan.now > until {
        return Err(Refusal::new(Reason::ObjectionTooLate).with("until", until));
    }
    plan.record(Event::Objected {});
    plan.start(Kind::Decision, None, procedures.objection);
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_decline_is_objected_to_once_in_ten_days() {
        check(
            "register complaint c urban.noise phone in s
             object
             decline r2
             object
             object
             tick to 2026-11-25 09:00",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone in s
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 object
                    refused NOT_DECLINED
                11-23 09:00 decline r2
                    declined
                    stops C0, C1
                    closed declined r2
                11-23 09:00 object
                    objected
                    runs C5 11-24 17:30
                11-23 09:00 object
                    refused OBJECTED_ALREADY
                tick to 2026-11-25 09:00
                11-24 17:30 C5 L1: supervisor_desk
                closed: supervisors, light red, no level
            "#]],
        );
    }

    #[test]
    fn later_the_decline_stands() {
        check(
            "register complaint c urban.noise phone in s
             decline r2
             ---
             at 2026-12-03 09:01
             object",
            expect![[r#"
                12-03 09:01 object
                    refused OBJECTION_TOO_LATE (until=2026-12-03T01:00:00Z)
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn reopening_makes_an_objection_moot() {
        check(
            "register complaint c urban.noise phone in s
             decline r2
             object
             ---
             reopen
             decide objection yes",
            expect![[r#"
                11-23 09:00 reopen
                    stops C5
                    reopened
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 decide objection yes
                    refused NOTHING_PENDING
                accepted: triage desk, light none, no level
            "#]],
        );
    }
}
