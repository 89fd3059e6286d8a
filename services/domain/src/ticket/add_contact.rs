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
