//! AddContact 追加来件: the same matter again. Never renews a clock, never silently makes a new ticket.

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
}
