//! Erasure: destroying the key of a contact's identity, or of a ticket's words, for good.
//!
//! First the ledger, then the key, then tickets is told: whatever is cut short is done again, by the same request, at
//! the next start, or after a restore.

use std::sync::Arc;

use domain::id::{KeySlot, RequestId, TicketNumber};
use kit::call::Call;
use kit::fault::{Code, Fault};
use proto::tickets::v1::RecordErasureRequest;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use crate::Service;
use crate::error::KeysError;
use crate::ledger::{Asked, Destroyed, Fact, Outcome, What, Whose};
use crate::service::keys_fault;

/// The number tickets is asked for to get the slot of a ticket's words: contacts count from 1.
const THE_WORDS: u32 = 0;

/// What to destroy, and why.
#[derive(Debug, Clone)]
pub(crate) struct ToErase {
    pub(crate) number: TicketNumber,
    pub(crate) whose: Whose,
    pub(crate) purpose: String,
}

impl Service {
    /// Destroys a key; answers its slot. Once this returns `Ok` the key is on no disk of this vault and tickets knows.
    /// May be repeated.
    pub(crate) async fn destroy_key(
        &self,
        call: &Call,
        what: ToErase,
        asked: Asked,
    ) -> Result<KeySlot, Fault> {
        let slot = self.slot_to_destroy(call, &what).await?;
        self.record_destroyed(call, &what, slot, asked).await?;
        let vault = Arc::clone(&self.vault);
        let destroyed = self
            .vault
            .drain
            .block("vault erasure", move || vault.keys.destroy(&[slot.0]))
            .await;
        match destroyed {
            // A slot the key file has never handed out was lost with it: gone all the same.
            Ok(()) | Err(KeysError::Unknown(_)) => {}
            Err(error) => return Err(keys_fault(&error)),
        }
        self.tell_tickets(what.number, slot).await?;
        Ok(slot)
    }

    /// Which slot. Asking tickets first means that who may not see the ticket learns nothing here.
    async fn slot_to_destroy(&self, call: &Call, what: &ToErase) -> Result<KeySlot, Fault> {
        let contact = match what.whose {
            Whose::Contact(contact) => contact,
            Whose::Words => THE_WORDS,
        };
        let kept = self.sealed_contact(call, what.number, contact).await?;
        let known = || {
            self.vault
                .ledger
                .read(|folded| folded.destroyed(what.number, what.whose))
        };
        kept.identity
            .map(|sealed| sealed.slot)
            .or_else(known)
            .ok_or_else(Fault::not_found)
    }

    async fn record_destroyed(
        &self,
        call: &Call,
        what: &ToErase,
        slot: KeySlot,
        asked: Asked,
    ) -> Result<(), Fault> {
        let vault = &self.vault;
        let (now, by) = (vault.clock.now(), &call.actor.holder);
        let writing = vault.ledger.writing().await;
        match vault.ledger.read(|folded| folded.answered(by, &asked, now))? {
            Some(Outcome::Destroyed(before)) if before == slot => return Ok(()),
            Some(_) => return Err(Fault::reused()),
            None => {}
        }
        let purpose = vault.keyed.seal_purpose(&what.purpose);
        let destroyed = Destroyed {
            slot,
            number: what.number,
            whose: what.whose,
            purpose,
        };
        let fact = Fact {
            what: What::KeyDestroyed(destroyed),
            by: by.clone(),
            request: Some(asked),
        };
        writing.append(now, fact).await?;
        Ok(())
    }

    async fn tell_tickets(&self, number: TicketNumber, slot: KeySlot) -> Result<(), Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role("vault"));
        let request_id = RequestId::parse(&format!("erase-{}", slot.0)).map_err(Fault::internal)?;
        let request = RecordErasureRequest {
            number: number.to_string(),
            request_id: request_id.as_str().to_owned(),
            expected_version: None,
            slot: slot.0,
        };
        match tickets.record_erasure(request).await.map_err(Fault::from) {
            Ok(_) => Ok(()),
            Err(fault) if fault.code() == Code::AlreadyExists => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}
