//! AddContact 追加来件: the same matter again. Never renews a clock, never silently makes a new ticket. Several
//! listeners within days reach L2, many L3.

use super::plan::Plan;
use super::{CONTACTS_MAX, Channel, Contact, Event, Standing};
use crate::id::{CallerHash, KeySlot};
use crate::refusal::{Reason, Refusal};

/// A further call, message or letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddContact {
    /// The way in.
    pub channel: Channel,
    /// On whose behalf.
    pub standing: Standing,
    /// The caller known again.
    pub caller: Option<CallerHash>,
    /// Whose key closes the identity.
    pub identity: Option<KeySlot>,
    /// The call it came by.
    pub call: Option<String>,
}

impl AddContact {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if plan.ticket.contacts.len() >= CONTACTS_MAX {
            return Err(Refusal::new(Reason::TooMany).with("contacts_max", CONTACTS_MAX));
        }
        let contact = Contact {
            id: plan.ticket.next_contact(),
            channel: self.channel,
            standing: self.standing,
            caller: self.caller.clone(),
            identity: self.identity,
            call: self.call.clone(),
        };
        plan.record(Event::ContactAdded { contact });
        plan.heard();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_same_matter_again_renews_no_clock() {
        check(
            "register complaint c urban.noise phone
             at 2026-11-23 10:00
             again web by li
             again phone",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 10:00 again web by li
                    contact_added
                11-23 10:00 again phone
                    contact_added
                accepted: triage desk, light yellow, no level
            "#]],
        );
    }

    #[test]
    fn a_finished_matter_takes_contacts_too() {
        check(
            "register consult c urban.noise phone
             answer
             again phone",
            expect![[r#"
                11-23 09:00 register consult c urban.noise phone
                    registered consult c urban.noise
                    runs C0 11-27 17:30, C1 11-23 11:00
                11-23 09:00 answer
                    answered_directly
                    stops C0, C1
                    closed answered directly
                11-23 09:00 again phone
                    contact_added
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn three_listeners_within_seven_days_inform_at_l2_at_no_charge() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             again phone
             again web by li
             at 2026-11-24 10:00
             again web by li
             again mail anonymous
             again mail anonymous",
            expect![[r#"
                11-23 09:00 again phone
                    contact_added
                11-23 09:00 again web by li
                    contact_added
                11-24 10:00 again web by li
                    contact_added
                11-24 10:00 again mail anonymous
                    contact_added
                    escalated L2: unit_head
                11-24 10:00 again mail anonymous
                    contact_added
                handling: water, light none, L2
            "#]],
        );
    }

    #[test]
    fn listeners_of_long_ago_do_not_count_and_without_a_unit_the_desks_are_told() {
        check(
            "register complaint c urban.noise phone
             ---
             at 2026-11-29 10:00
             again web by li
             at 2026-11-30 09:01
             again mail anonymous
             again mail anonymous
             again mail anonymous",
            expect![[r#"
                11-29 10:00 again web by li
                    contact_added
                11-30 09:01 again mail anonymous
                    contact_added
                11-30 09:01 again mail anonymous
                    contact_added
                    escalated L2: triage_desk, supervisor_desk
                11-30 09:01 again mail anonymous
                    contact_added
                accepted: triage desk, light red, L2
            "#]],
        );
    }

    #[test]
    fn while_a_clock_is_overdue_listeners_are_charged_and_an_order_is_issued() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             tick to 2026-11-30 18:00
             ---
             again web by li
             again mail anonymous
             again mail anonymous",
            expect![[r#"
                11-30 18:00 again web by li
                    contact_added
                11-30 18:00 again mail anonymous
                    contact_added
                11-30 18:00 again mail anonymous
                    contact_added
                    escalated L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-03 17:30
                    runs C11 12-03 17:30
                dispatched: water, light red, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn twenty_listeners_are_an_incident_at_l3() {
        let many = "again mail anonymous\n".repeat(19);
        check(
            &format!("register complaint c urban.noise phone\ndispatch water\n---\n{many}"),
            expect![[r#"
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                    escalated L2: unit_head
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                11-23 09:00 again mail anonymous
                    contact_added
                    escalated L3: district_leader, city_office
                dispatched: water, light none, L3
            "#]],
        );
    }
}
