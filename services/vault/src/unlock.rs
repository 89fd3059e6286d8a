//! 启封: showing who a resident is, for a stated purpose and a short time, never without a record made before.

use domain::id::TicketNumber;
use domain::refusal::Reason;
use domain::words::{Sealed, Words};
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::{Code, Fault};
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::tickets::v1::{GetSealedContactRequest, GetTicketRequest};
use uuid::Uuid;

use crate::Service;
use crate::ledger::{Asked, Fact, Outcome, Unlock, What, Whose};
use crate::limits::UNLOCK_FOR;
use crate::wire;

/// Whose identity, and why.
#[derive(Debug, Clone)]
pub(crate) struct ToUnlock {
    pub(crate) number: TicketNumber,
    pub(crate) contact: u32,
    pub(crate) purpose: String,
}

/// A contact as tickets keeps it, and whether the caller may see who it is.
pub(crate) struct SealedContact {
    pub(crate) identity: Option<Sealed>,
    pub(crate) may_unlock: bool,
}

impl Service {
    /// Shows an identity. Tickets decides whether the caller sees the ticket and stands in the relation; the look is
    /// recorded before anything is opened.
    pub(crate) async fn unlock(
        &self,
        call: &Call,
        what: ToUnlock,
        asked: Asked,
    ) -> Result<(Unlock, Words), Fault> {
        let sealed = self.identity_to_show(call, what.number, what.contact).await?;
        let unlock = self.record(call, &what, asked).await?;
        let words = self
            .vault
            .open_identity(what.number, &sealed)
            .await?
            .ok_or_else(Fault::not_found)?;
        Ok((unlock, words))
    }

    /// Shows it again to the same holder within the time of the unlock. Anybody else's, and one that is over, is not
    /// found.
    pub(crate) async fn read_identity(&self, call: &Call, unlock_id: &str) -> Result<Words, Fault> {
        let now = self.vault.clock.now();
        let unlock = self
            .vault
            .ledger
            .read(|folded| folded.unlock_of_id(unlock_id).cloned())
            .filter(|unlock| unlock.holder == call.actor.holder && now < unlock.expires_at)
            .ok_or_else(Fault::not_found)?;
        let sealed = self.identity_to_show(call, unlock.number, unlock.contact).await?;
        self.vault
            .open_identity(unlock.number, &sealed)
            .await?
            .ok_or_else(Fault::not_found)
    }

    /// Looks after the one of sequence `after`, of one ticket or of all, with their sequences, at most `limit`.
    /// The purposes are open in these.
    pub(crate) fn list_unlocks(
        &self,
        number: Option<TicketNumber>,
        after: u64,
        limit: usize,
    ) -> Vec<(u64, Unlock)> {
        let mut unlocks: Vec<(u64, Unlock)> = self.vault.ledger.read(|folded| {
            let later = folded.unlocks.range(after + 1..);
            let wanted = later.filter(|(_, unlock)| number.is_none_or(|number| unlock.number == number));
            wanted
                .take(limit)
                .map(|(sequence, unlock)| (*sequence, unlock.clone()))
                .collect()
        });
        for (_, unlock) in &mut unlocks {
            unlock.purpose = self.vault.keyed.open_purpose(&unlock.purpose);
        }
        unlocks
    }

    /// Those of tickets the caller may know of: a desk without clearance learns nothing of a sealed one here either.
    pub(crate) async fn visible(
        &self,
        call: &Call,
        unlocks: Vec<(u64, Unlock)>,
    ) -> Result<Vec<Unlock>, Fault> {
        let mut visible = Vec::with_capacity(unlocks.len());
        for (_, unlock) in unlocks {
            let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of("vault", call));
            let asked = GetTicketRequest {
                number: unlock.number.to_string(),
                ..GetTicketRequest::default()
            };
            match tickets.get_ticket(asked).await.map_err(Fault::from) {
                Ok(_) => visible.push(unlock),
                Err(fault) if fault.code() == Code::NotFound => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(visible)
    }

    async fn identity_to_show(
        &self,
        call: &Call,
        number: TicketNumber,
        contact: u32,
    ) -> Result<Sealed, Fault> {
        let kept = self.sealed_contact(call, number, contact).await?;
        if !kept.may_unlock {
            return Err(Fault::refused(Reason::WrongRelation.into()));
        }
        let erased = self
            .vault
            .ledger
            .read(|folded| folded.destroyed(number, Whose::Contact(contact)));
        kept.identity
            .filter(|sealed| Some(sealed.slot) != erased)
            .ok_or_else(Fault::not_found)
    }

    pub(crate) async fn sealed_contact(
        &self,
        call: &Call,
        number: TicketNumber,
        contact: u32,
    ) -> Result<SealedContact, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of("vault", call));
        let request = GetSealedContactRequest {
            number: number.to_string(),
            contact,
        };
        let answer = tickets.get_sealed_contact(request).await?.into_inner();
        Ok(SealedContact {
            identity: answer.identity.map(wire::sealed),
            may_unlock: answer.may_unlock,
        })
    }

    pub(crate) async fn record(&self, call: &Call, what: &ToUnlock, asked: Asked) -> Result<Unlock, Fault> {
        let vault = &self.vault;
        let (now, holder) = (vault.clock.now(), &call.actor.holder);
        let writing = vault.ledger.writing().await;
        if let Some(outcome) = vault.ledger.read(|folded| folded.answered(holder, &asked, now))? {
            let Outcome::Unlock(sequence) = outcome else {
                return Err(Fault::reused());
            };
            let before = vault.ledger.read(|folded| folded.unlocks.get(&sequence).cloned());
            return before
                .filter(|unlock| now < unlock.expires_at)
                .ok_or_else(Fault::not_found);
        }
        let unlock = Unlock {
            unlock_id: Uuid::new_v4().to_string(),
            number: what.number,
            contact: what.contact,
            holder: holder.clone(),
            role: call.actor.role,
            purpose: vault.keyed.seal_purpose(&what.purpose),
            at: now,
            expires_at: now.saturating_add(UNLOCK_FOR).unwrap_or(Timestamp::MAX),
        };
        let fact = Fact {
            what: What::Unlocked(unlock.clone()),
            by: holder.clone(),
            request: Some(asked),
        };
        writing.append(now, fact).await?;
        Ok(unlock)
    }
}
