//! Closing and opening words and identities.

use std::sync::Arc;

use domain::id::{CallerHash, KeySlot, TicketNumber};
use domain::words::{Field, Sealed, Words};
use kit::fault::Fault;
use kit::reason;
use zeroize::Zeroizing;

use crate::cipher::{self, Key, Purpose};
use crate::keys::Found;
use crate::service::{Vault, keys_fault};

/// What to close.
pub(crate) struct ToSeal {
    pub(crate) number: TicketNumber,
    /// The ticket's key; a new one when none.
    pub(crate) slot: Option<KeySlot>,
    /// JSON; nothing is closed when empty.
    pub(crate) words: Zeroizing<String>,
    /// Closed under a key of its own.
    pub(crate) identity: Words,
    /// Instead of an identity in the clear: one closed for another ticket.
    pub(crate) known: Option<(TicketNumber, Sealed)>,
    pub(crate) query_code: bool,
    /// To be hashed; nothing when empty.
    pub(crate) content: Vec<u8>,
}

/// What was closed.
#[derive(Debug, Default)]
pub(crate) struct SealedAll {
    pub(crate) slot: Option<KeySlot>,
    pub(crate) words: Option<Sealed>,
    pub(crate) identity: Option<Sealed>,
    pub(crate) caller: Option<CallerHash>,
    pub(crate) query_code: Option<String>,
    pub(crate) content_hash: Option<String>,
}

/// Opened words, or that they are erased.
pub(crate) enum Opened {
    Words(Zeroizing<String>),
    Erased,
}

impl Vault {
    /// Closes words under the ticket's key and an identity under one of its own. A slot is taken only when there is
    /// something to close under it.
    pub(crate) async fn seal(self: &Arc<Self>, what: ToSeal) -> Result<SealedAll, Fault> {
        let mut sealed = SealedAll {
            slot: what.slot,
            ..SealedAll::default()
        };
        if !what.words.is_empty() {
            let (slot, key) = self.key_for(what.slot).await?;
            sealed.slot = Some(slot);
            sealed.words = Some(cipher::seal(
                &key,
                slot,
                what.number,
                Purpose::Words,
                what.words.as_bytes(),
            ));
        }
        let identity = match &what.known {
            Some((number, known)) => self.open_identity(*number, known).await?.unwrap_or_default(),
            None => what.identity,
        };
        if !identity.is_empty() {
            let (slot, key) = self.key_for(None).await?;
            let clear = Zeroizing::new(serde_json::to_vec(&identity).map_err(Fault::internal)?);
            sealed.identity = Some(cipher::seal(&key, slot, what.number, Purpose::Identity, &clear));
            sealed.caller = self.keyed.caller(identity.get(Field::Phone));
        }
        if what.query_code {
            sealed.query_code = Some(self.keyed.query_code(what.number));
        }
        if !what.content.is_empty() {
            sealed.content_hash = Some(self.keyed.content(&what.content));
        }
        Ok(sealed)
    }

    /// Opens words, in order. DATA_LOSS when some are neither whole nor erased.
    pub(crate) async fn open_words(
        self: &Arc<Self>,
        number: TicketNumber,
        all: Vec<Sealed>,
    ) -> Result<Vec<Opened>, Fault> {
        let mut opened = Vec::with_capacity(all.len());
        for sealed in all {
            opened.push(match self.key_of(sealed.slot).await? {
                Found::Gone => Opened::Erased,
                Found::Live(key) => Opened::Words(open(&key, &sealed, number, Purpose::Words)?),
            });
        }
        Ok(opened)
    }

    /// Opens an identity; none when it is erased.
    pub(crate) async fn open_identity(
        self: &Arc<Self>,
        number: TicketNumber,
        sealed: &Sealed,
    ) -> Result<Option<Words>, Fault> {
        match self.key_of(sealed.slot).await? {
            Found::Gone => Ok(None),
            Found::Live(key) => {
                let clear = open(&key, sealed, number, Purpose::Identity)?;
                let words = serde_json::from_str(&clear).map_err(|_| unreadable(sealed.slot))?;
                Ok(Some(words))
            }
        }
    }

    async fn key_for(self: &Arc<Self>, slot: Option<KeySlot>) -> Result<(KeySlot, Arc<Key>), Fault> {
        let Some(slot) = slot else {
            let (slot, key) = self.keys.take().await.map_err(|error| keys_fault(&error))?;
            return Ok((KeySlot(slot), key));
        };
        match self.key_of(slot).await? {
            Found::Live(key) => Ok((slot, key)),
            Found::Gone => Err(Fault::precondition(
                reason::ERASED,
                "工单内容的密钥已销毁",
                "the key of this ticket's words is destroyed",
            )),
        }
    }
}

fn open(
    key: &Key,
    sealed: &Sealed,
    number: TicketNumber,
    purpose: Purpose,
) -> Result<Zeroizing<String>, Fault> {
    let clear = cipher::open(key, sealed, number, purpose).ok_or_else(|| unreadable(sealed.slot))?;
    let text = String::from_utf8(clear.to_vec()).map_err(|_| unreadable(sealed.slot))?;
    Ok(Zeroizing::new(text))
}

fn unreadable(slot: KeySlot) -> Fault {
    Fault::data_loss(format_args!(
        "what was sealed under slot {} does not open",
        slot.0
    ))
}
