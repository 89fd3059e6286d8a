//! TakeIn 并单, on the incident: who stands behind the ticket that is merged stands behind this one, and the earliest due
//! stays (section 4, rule 4).

use super::merge::refuse_unfit;
use super::plan::Plan;
use super::{Event, Grade, Ticket};
use crate::clock::{Clock, Kind, Run};
use crate::id::LegId;
use crate::refusal::Refusal;

/// 并单, on the incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeIn {
    /// The ticket that is merged, as it stands.
    pub child: Box<Ticket>,
}

impl TakeIn {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let child = &self.child;
        refuse_unfit(child, &plan.ticket, plan.rules)?;
        plan.record(Event::ChildMerged {
            child: child.number,
            callers: child.callers().into_iter().collect(),
            anonymous: child.anonymous().try_into().unwrap_or(u16::MAX),
            heard: child.heard.clone(),
        });
        for (kind, theirs, ours) in [
            (Kind::Citizen, None, None),
            (Kind::Triage, None, None),
            (Kind::Handle, lead(child), lead(&plan.ticket)),
            (Kind::Stage, lead(child), lead(&plan.ticket)),
        ] {
            let (Some(theirs), Some(ours)) =
                (running(child, kind, theirs), running(&plan.ticket, kind, ours))
            else {
                continue;
            };
            let run = self.brought_forward(theirs, ours, plan);
            if run.due_at < ours.run.due_at {
                plan.record(Event::ClockStarted { run });
            }
        }
        plan.ring_if_late();
        plan.heard();
        Ok(())
    }

    /// The child's clock goes on as the incident's: what has fired on either does not fire again.
    fn brought_forward(&self, theirs: &Clock, ours: &Clock, plan: &Plan<'_>) -> Run {
        let (limit, mut clock) = (ours.run.limit, theirs.clone());
        clock.run.steps.retain(|step| ours.is_ahead(step.level));
        clock.run = Run {
            leg: ours.run.leg,
            run: ours.run.run,
            mending: ours.run.mending,
            ..clock.run
        };
        // The first stage report, which the child's resident waits for, has been made: what is left is the final reply.
        let is_reported = ours.run.kind == Kind::Citizen && plan.ticket.reported && !self.child.reported;
        let due_at = if is_reported && is_urgent(&self.child) {
            plan.rules.calendar().due(theirs.run.started_at, limit)
        } else {
            theirs.run.due_at
        };
        plan.moved(&clock, limit, due_at)
    }
}

fn is_urgent(ticket: &Ticket) -> bool {
    matches!(ticket.classification.grade, Grade::A | Grade::B)
}

fn lead(ticket: &Ticket) -> Option<LegId> {
    ticket.phase.legs().map(|legs| legs.lead.id)
}

fn running(ticket: &Ticket, kind: Kind, leg: Option<LegId>) -> Option<&Clock> {
    let is_it = |clock: &&Clock| clock.is_running() && clock.run.kind == kind && clock.run.leg == leg;
    ticket.clocks.iter().find(is_it)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::scenes::check_all;

    #[test]
    fn an_earlier_ticket_brings_its_due_times() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             at 2026-11-25 10:00
             b> register complaint c urban.noise phone by li
             b> dispatch street
             b> sign street
             b> contact street reached
             ---
             merge a into b
             b> supervisor: classify category utilities.water
             tick to 2026-12-01 09:00",
            expect![[r#"
                11-25 10:00 merge a into b
                  a
                    merged_into b
                    stops C0, C2 street, C3 street, C4 street
                  b
                    child_merged a
                    runs C0 12-07 17:30, C4 street 11-30 17:30
                11-25 10:00 b> supervisor: classify category utilities.water
                    classified complaint c utilities.water
                11-25 10:00 tick to 2026-12-01 09:00
                  b 11-27 16:12 C4 street L0: clerk
                  b 11-30 17:30 C4 street L1: clerk, unit_leader, district, 0.5 points
                  b     runs C7 12-01 17:30
                a dispatched: incident b, light grey, no level, 1 listeners
                b handling: street, light red, L1, 0.5 points, 2 listeners
            "#]],
        );
    }

    #[test]
    fn a_later_ticket_moves_nothing() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             at 2026-11-25 10:00
             b> register complaint c urban.noise phone by li
             b> dispatch street
             ---
             merge b into a",
            expect![[r#"
                11-25 10:00 merge b into a
                  b
                    merged_into a
                    stops C0, C2 street, C3 street, C4 street
                  a
                    child_merged b
                a dispatched: street, light red, no level, 2 listeners
                b dispatched: incident a, light grey, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn before_dispatch_the_triage_desk_has_the_earlier_time() {
        check_all(
            "a> register complaint c urban.noise phone
             at 2026-11-23 10:00
             b> register complaint c urban.noise phone by li
             ---
             merge a into b
             tick to 2026-11-23 11:30",
            expect![[r#"
                11-23 10:00 merge a into b
                  a
                    merged_into b
                    stops C0, C1
                  b
                    child_merged a
                    runs C1 11-23 11:00
                11-23 10:00 tick to 2026-11-23 11:30
                  b 11-23 11:00 C1 L1: triage_desk, supervisor_desk
                a accepted: incident b, light grey, no level, 1 listeners
                b accepted: triage desk, light red, no level, 2 listeners
            "#]],
        );
    }

    #[test]
    fn what_has_fired_on_the_child_does_not_fire_again() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             a> sign street
             a> contact street reached
             tick to 2026-12-01 09:00
             a> deadline reached dissatisfied
             b> register complaint c urban.noise phone by li
             b> dispatch street
             b> sign street
             b> contact street reached
             ---
             merge a into b
             tick to 2026-12-03 18:00",
            expect![[r#"
                12-01 09:00 merge a into b
                  a
                    merged_into b
                    stops C0, C4 street
                  b
                    child_merged a
                    runs C0 12-07 17:30, C4 street 11-30 17:30, C7 12-02 17:30
                12-01 09:00 tick to 2026-12-03 18:00
                  b 12-01 17:30 C4 street L2: unit_head, 1.0 points
                  b     order_issued 1 to street by 12-04 17:30
                  b     runs C11 12-04 17:30
                  b 12-02 17:30 C7 L1: callback_desk
                  b 12-03 17:30 C4 street L3: district_leader, city_office, 2.0 points
                  b 12-03 17:30 C11 L0: clerk
                a handling: incident b, light grey, L1, 0.5 points, 1 listeners
                b handling: street, light red, L3, 2.0 points, 2 listeners
            "#]],
        );
    }

    #[test]
    fn once_a_danger_is_reported_the_final_reply_counts() {
        check_all(
            "b> register help a utilities.water phone by li
             a> register help a utilities.water phone
             a> operator: dispatch water
             a> sign water
             at 2026-11-23 10:00
             a> stage water controlled
             ---
             merge b into a",
            expect![[r#"
                11-23 10:00 merge b into a
                  b
                    merged_into a
                    stops C0, C1
                  a
                    child_merged b
                a handling: water, light red, no level, 2 listeners
                b accepted: incident a, light grey, no level, 1 listeners
            "#]],
        );
    }
}
