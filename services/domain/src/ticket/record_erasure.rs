//! RecordErasure: the vault has destroyed the key of the words or of a contact's identity.

use super::Event;
use super::plan::Plan;
use crate::id::KeySlot;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(slot: KeySlot, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let is_ours = plan.ticket.key == slot || plan.ticket.contacts.iter().any(|contact| contact.identity == Some(slot));
    if !is_ours {
        return Err(Reason::NothingChanges.into());
    }
    plan.record(Event::Erased { slot });
    Ok(())
}
