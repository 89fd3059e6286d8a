//! RecordErasure: the vault has destroyed the key of the words or of a contact's identity.

use super::plan::Plan;
use super::{Event, Legs, Phase};
use crate::clock::Kind;
use crate::id::KeySlot;
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(slot: KeySlot, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let words = plan.ticket.key == slot && !plan.ticket.erased;
    let is_ours = words
        || plan
            .ticket
            .contacts
            .iter()
            .any(|contact| contact.identity == Some(slot));
    if !is_ours {
        return Err(Reason::NothingChanges.into());
    }
    plan.record(Event::Erased { slot });
    if !plan.ticket.has_somebody_to_contact() {
        let legs: Vec<_> = plan
            .ticket
            .phase
            .legs()
            .into_iter()
            .flat_map(Legs::iter)
            .map(|leg| leg.id)
            .collect();
        legs.into_iter()
            .for_each(|leg| plan.stop(Kind::FirstContact, Some(leg)));
        // Nobody is rung at the deadline.
        if !matches!(plan.ticket.phase, Phase::CallbackDue { .. }) {
            plan.stop(Kind::Callback, None);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn words_are_erased_once() {
        check(
            "register complaint c urban.noise phone
             ---
             erase words
             erase words
             erase contact 9",
            expect![[r#"
                11-23 09:00 erase words
                    erased
                11-23 09:00 erase words
                    refused NOTHING_CHANGES
                11-23 09:00 erase contact 9
                    refused NOTHING_CHANGES
                accepted: triage desk, light none, no level
            "#]],
        );
    }

    #[test]
    fn without_anybody_left_first_contact_is_over() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             ---
             erase contact 1
             erase contact 1
             sign water
             contact water reached
             reply water solved unread",
            expect![[r#"
                11-23 09:00 erase contact 1
                    erased
                    stops C3 water
                11-23 09:00 erase contact 1
                    refused NOTHING_CHANGES
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 contact water reached
                    refused NOBODY_TO_CONTACT
                11-23 09:00 reply water solved unread
                    stops C4 water
                    replied water
                    audit_passed by rule
                    stops C0
                    closed resolved
                closed: nobody, light green, no level
            "#]],
        );
    }
}
