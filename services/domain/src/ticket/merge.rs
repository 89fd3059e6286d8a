//! MergeInto 并单, on the ticket that is merged: the same matter as an incident, until the reply. Its clocks rest until the
//! incident's answer reaches it or it is un-merged.

use super::plan::Plan;
use super::{CHILDREN_MAX, Event, Grade, LISTENERS_MAX, Phase, Secrecy, Ticket};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;

/// 并单, on the ticket that is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeInto {
    /// The incident as it stands.
    pub incident: Box<Ticket>,
}

impl MergeInto {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        refuse_unfit(&plan.ticket, &self.incident, plan.rules)?;
        plan.record(Event::MergedInto {
            into: self.incident.number,
        });
        plan.stop_all();
        Ok(())
    }
}

/// Refuses two tickets that cannot become one matter: the same on either side.
pub(super) fn refuse_unfit(child: &Ticket, incident: &Ticket, rules: &Rules) -> Result<(), Refusal> {
    for ticket in [child, incident] {
        if !awaits_its_reply(ticket) {
            return Err(Refusal::new(Reason::NotMergeable)
                .with("phase", ticket.phase.name().as_str())
                .with("ticket", ticket.number));
        }
    }
    if child.number == incident.number {
        return Err(Refusal::new(Reason::NotMergeable).with("ticket", child.number));
    }
    if let Some(into) = incident.merged_into() {
        return Err(Refusal::new(Reason::NotMergeable).with("incident", into));
    }
    refuse_unfinished(child)?;
    refuse_unlike(child, incident, rules)?;
    refuse_full(child, incident)
}

fn awaits_its_reply(ticket: &Ticket) -> bool {
    match ticket.phase {
        Phase::Accepted { .. }
        | Phase::Consulting { .. }
        | Phase::Dispatched { .. }
        | Phase::Handling { .. } => ticket.round == 0,
        Phase::AwaitingCitizen { .. }
        | Phase::Suspended { .. }
        | Phase::ReplyReview { .. }
        | Phase::CallbackDue { .. }
        | Phase::Closed { .. } => false,
    }
}

/// What the child itself still owes somebody would be forgotten.
fn refuse_unfinished(child: &Ticket) -> Result<(), Refusal> {
    if !child.incident.is_empty() {
        let children = child.incident.children.len();
        return Err(Refusal::new(Reason::NotMergeable).with("children", children));
    }
    if let Phase::Accepted {
        transfer: Some(service),
    } = child.phase
    {
        return Err(Refusal::new(Reason::NotMergeable).with("transfer", service.as_str()));
    }
    if let Some(decision) = child.decisions.first() {
        return Err(Refusal::new(Reason::DecisionPending).with("leg", decision.leg.0));
    }
    // C4 has passed and its resident is to be rung: on no other ticket would anybody do so.
    if child.runs(Kind::Callback) {
        return Err(Refusal::new(Reason::NotMergeable).with("clock", Kind::Callback.as_str()));
    }
    match child.open_order() {
        Some(open) => Err(Refusal::new(Reason::OrderOpen).with("order", open.order)),
        None => Ok(()),
    }
}

/// Nobody hears of what is sealed, or handles what he is kept out of, by way of the incident; and no due time is lost
/// that the incident has no clock for: it has been dispatched if the child has, and is as urgent.
fn refuse_unlike(child: &Ticket, incident: &Ticket, rules: &Rules) -> Result<(), Refusal> {
    if !is_as_secret(child, incident) {
        return Err(Reason::NotMergeable.into());
    }
    let stays_out = |unit| {
        incident
            .recused_units()
            .any(|out| rules.units.is_within(unit, out))
    };
    if let Some(unit) = child.recused_units().find(|unit| !stays_out(unit)) {
        return Err(Refusal::new(Reason::NotMergeable).with("unit", unit));
    }
    if child.phase.legs().is_some() && incident.phase.legs().is_none() {
        return Err(Refusal::new(Reason::NotMergeable).with("phase", incident.phase.name().as_str()));
    }
    let (grade, incidents) = (child.classification.grade, incident.classification.grade);
    if matches!(grade, Grade::A | Grade::B) && incidents > grade {
        return Err(Refusal::new(Reason::NotMergeable).with("grade", grade.as_str()));
    }
    Ok(())
}

/// Both are open, or sealed against the same.
pub(super) fn is_as_secret(child: &Ticket, incident: &Ticket) -> bool {
    match (&child.secrecy, &incident.secrecy) {
        (Secrecy::Open, Secrecy::Open) => true,
        (Secrecy::Sealed { accused: Some(one) }, Secrecy::Sealed { accused: Some(other) }) => one == other,
        (Secrecy::Sealed { .. }, Secrecy::Open | Secrecy::Sealed { .. })
        | (Secrecy::Open, Secrecy::Sealed { .. }) => false,
    }
}

fn refuse_full(child: &Ticket, incident: &Ticket) -> Result<(), Refusal> {
    let incident = &incident.incident;
    if incident.children.len() >= CHILDREN_MAX {
        return Err(Refusal::new(Reason::TooMany).with("children_max", CHILDREN_MAX));
    }
    if incident.callers().count() + child.callers().len() > LISTENERS_MAX {
        return Err(Refusal::new(Reason::TooMany).with("listeners_max", LISTENERS_MAX));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::scenes::check_all;

    #[test]
    fn a_burst_pipe_with_several_callers_is_one_matter() {
        check_all(
            "a> register help b utilities.water phone
             a> operator: dispatch water
             at 2026-11-23 09:20
             b> register help b utilities.water phone by li
             merge b into a
             at 2026-11-23 09:40
             c> register help c utilities.water web by zhao
             c> again phone by wang
             c> again phone anonymous
             merge c into a
             b> again phone by liu
             a> withdraw",
            expect![[r#"
                11-23 09:00 a> register help b utilities.water phone
                    registered help b utilities.water
                    runs C0 11-25 09:00, C1 11-23 09:15
                11-23 09:00 a> operator: dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-23 09:30, C3 water 11-23 11:00, C4 water 11-30 17:30, C4S water 11-24 09:00
                11-23 09:20 b> register help b utilities.water phone by li
                    registered help b utilities.water
                    runs C0 11-25 09:20, C1 11-23 09:35
                11-23 09:20 merge b into a
                  b
                    merged_into a
                    stops C0, C1
                  a
                    child_merged b
                11-23 09:40 c> register help c utilities.water web by zhao
                    registered help c utilities.water
                    runs C0 12-07 17:30, C1 11-23 11:40
                11-23 09:40 c> again phone by wang
                    contact_added
                11-23 09:40 c> again phone anonymous
                    contact_added
                    escalated L2: triage_desk, supervisor_desk
                11-23 09:40 merge c into a
                  c
                    merged_into a
                    stops C0, C1
                  a
                    child_merged c
                    escalated L2: unit_head, 1.0 points
                    order_issued 1 to water by 11-26 17:30
                    runs C11 11-26 17:30
                11-23 09:40 b> again phone by liu
                  b
                    contact_added
                  a
                    child_joined b
                11-23 09:40 a> withdraw
                    refused NOT_WITHDRAWABLE (listeners=5)
                a dispatched: water, light red, L2, 1.0 points, 5 listeners
                b accepted: incident a, light grey, no level, 2 listeners
                c accepted: incident a, light grey, L2, 3 listeners
            "#]],
        );
    }

    #[test]
    fn a_merged_ticket_follows_its_incident() {
        check_all(
            "a> register complaint c urban.noise phone
             b> register complaint c urban.noise phone by li
             b> dispatch street
             a> dispatch street
             merge b into a
             ---
             b> sign street
             b> urge
             b> order
             b> withdraw
             b> fire c4 street l0
             merge b into a
             b> note
             b> erase contact 1
             tick to 2026-11-27 18:00",
            expect![[r#"
                11-23 09:00 b> sign street
                    refused MERGED
                11-23 09:00 b> urge
                    refused MERGED (incident=a)
                11-23 09:00 b> order
                    refused MERGED (incident=a)
                11-23 09:00 b> withdraw
                    refused MERGED (incident=a)
                11-23 09:00 b> fire c4 street l0
                    refused NOT_DUE
                11-23 09:00 merge b into a
                    refused MERGED (incident=a)
                11-23 09:00 b> note
                    annotated
                11-23 09:00 b> erase contact 1
                    erased
                11-23 09:00 tick to 2026-11-27 18:00
                  a 11-24 08:45 C2 street L0: clerk
                  a 11-24 08:45 C3 street L0: clerk
                  a 11-24 17:30 C2 street L1: clerk, unit_leader, district, 0.5 points
                  a 11-24 17:30 C3 street L1: clerk, unit_leader, district, 0.5 points
                  a 11-27 16:12 C4 street L0: clerk
                a dispatched: street, light red, L1, 0.5 points, 2 listeners
                b dispatched: incident a, light grey, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn what_is_unlike_stays_apart() {
        check_all(
            "a> register complaint c urban.noise phone
             b> register report c urban.noise phone by li accused street
             c> register report c urban.noise phone by liu accused street
             d> register report c urban.noise phone by zhao accused water
             e> register help b urban.noise phone by zhao
             f> register complaint c urban.noise phone by zhao
             f> dispatch water
             g> register complaint c urban.noise phone by zhao
             g> recuse water
             ---
             merge b into a
             merge a into b
             merge d into b
             merge c into b
             merge e into a
             merge f into a
             merge g into a
             merge a into a
             merge a into f",
            expect![[r#"
                11-23 09:00 merge b into a
                    refused NOT_MERGEABLE
                11-23 09:00 merge a into b
                    refused NOT_MERGEABLE
                11-23 09:00 merge d into b
                    refused NOT_MERGEABLE
                11-23 09:00 merge c into b
                  c
                    merged_into b
                    stops C0, C1
                  b
                    child_merged c
                11-23 09:00 merge e into a
                    refused NOT_MERGEABLE (grade=b)
                11-23 09:00 merge f into a
                    refused NOT_MERGEABLE (phase=accepted)
                11-23 09:00 merge g into a
                    refused NOT_MERGEABLE (unit=water)
                11-23 09:00 merge a into a
                    refused NOT_MERGEABLE (ticket=a)
                11-23 09:00 merge a into f
                  a
                    merged_into f
                    stops C0, C1
                  f
                    child_merged a
                a accepted: incident f, light grey, no level, 1 listeners
                b accepted: triage desk, light none, no level, 2 listeners
                c accepted: incident b, light grey, no level, 1 listeners
                d accepted: triage desk, light none, no level, 1 listeners
                e accepted: triage desk, light none, no level, 1 listeners
                f dispatched: water, light none, no level, 2 listeners
                g accepted: triage desk, light none, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn an_incident_is_not_merged_nor_what_is_merged_an_incident() {
        check_all(
            "a> register complaint c urban.noise phone
             b> register complaint c urban.noise phone by li
             c> register complaint c urban.noise phone by liu
             merge b into a
             ---
             merge a into c
             merge c into b
             merge b into c
             merge c into a",
            expect![[r#"
                11-23 09:00 merge a into c
                    refused NOT_MERGEABLE (children=1)
                11-23 09:00 merge c into b
                    refused NOT_MERGEABLE (incident=a)
                11-23 09:00 merge b into c
                    refused MERGED (incident=a)
                11-23 09:00 merge c into a
                  c
                    merged_into a
                    stops C0, C1
                  a
                    child_merged c
                    escalated L2: triage_desk, supervisor_desk
                a accepted: triage desk, light none, L2, 3 listeners
                b accepted: incident a, light grey, no level, 1 listeners
                c accepted: incident a, light grey, no level, 1 listeners
            "#]],
        );
    }

    #[test]
    fn until_the_reply_and_with_nothing_left_open() {
        check_all(
            "a> register complaint c urban.noise phone
             a> dispatch street
             b> register complaint c urban.noise phone by li
             b> dispatch water
             b> sign water
             b> return water wrong_unit
             c> register help a urban.noise phone by liu
             c> transfer 110
             d> register complaint c urban.noise phone by zhao
             d> dispatch street
             d> order
             e> register complaint c urban.noise phone by zhao
             e> dispatch street
             e> sign street
             e> reply street solved
             f> register consult c urban.noise phone by zhao
             f> dispatch street
             tick to 2026-11-26 09:00
             ---
             merge f into a
             f> deadline reached satisfied
             merge f into a
             merge b into a
             merge c into a
             merge d into a
             merge e into a
             merge a into e",
            expect![[r#"
                11-26 09:00 merge f into a
                    refused NOT_MERGEABLE (clock=c7)
                11-26 09:00 f> deadline reached satisfied
                    deadline_asked
                    stops C7
                11-26 09:00 merge f into a
                  f
                    merged_into a
                    stops C0, C2 street, C3 street, C4 street
                  a
                    child_merged f
                    runs C0 11-27 17:30, C4 street 11-25 17:30, C7 11-27 17:30
                11-26 09:00 merge b into a
                    refused DECISION_PENDING (leg=1)
                11-26 09:00 merge c into a
                    refused NOT_MERGEABLE (transfer=110)
                11-26 09:00 merge d into a
                    refused ORDER_OPEN (order=1)
                11-26 09:00 merge e into a
                    refused NOT_MERGEABLE (phase=reply_review, ticket=e)
                11-26 09:00 merge a into e
                    refused NOT_MERGEABLE (phase=reply_review, ticket=e)
                a dispatched: street, light red, L1, 0.5 points, 2 listeners
                b handling: triage desk, light red, no level, 1 listeners
                c accepted: triage desk, light red, no level, 1 listeners
                d dispatched: street, light red, L1, 0.5 points, 1 listeners
                e reply_review: audit desk, light red, no level, 1 listeners
                f dispatched: incident a, light grey, L1, 0.5 points, 1 listeners
            "#]],
        );
    }
}
