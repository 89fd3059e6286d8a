//! The way to the vault: what is said goes in, ciphertext comes out, and back for those who may read.

use domain::id::{CallerHash, KeySlot, TicketNumber};
use domain::words::{Sealed, Words};
use kit::call::Call;
use kit::fault::Fault;
use kit::link::Link;
use proto::common::v1 as common;
use proto::vault::v1::vault_service_client::VaultServiceClient;
use proto::vault::v1::{OpenWordsRequest, SealWordsRequest, SealWordsResponse};
use sha2::{Digest as _, Sha256};

use crate::draft::Identity;

/// What the vault made of some words.
#[derive(Debug)]
pub(crate) struct SealedWords {
    pub(crate) slot: KeySlot,
    pub(crate) words: Option<Sealed>,
    pub(crate) identity: Option<Sealed>,
    pub(crate) caller: Option<CallerHash>,
    pub(crate) query_code: String,
    pub(crate) content: String,
}

/// One text opened, or gone for good.
pub(crate) enum Opened {
    Words(Words),
    Erased,
}

/// The vault, as tickets uses it.
pub(crate) struct Safe {
    link: Link,
}

impl Safe {
    pub(crate) fn new(link: Link) -> Self {
        Self { link }
    }

    /// Seals words and identity. Without a slot a new key is taken and a query code made.
    pub(crate) async fn seal(
        &self,
        call: &Call,
        number: TicketNumber,
        slot: Option<KeySlot>,
        words: &Words,
        identity: Option<Identity>,
        content: Vec<u8>,
    ) -> Result<SealedWords, Fault> {
        let words = if words.is_empty() {
            String::new()
        } else {
            to_json(words)
        };
        let request = SealWordsRequest {
            number: number.to_string(),
            slot: slot.map(|slot| slot.0),
            words,
            identity,
            query_code: slot.is_none(),
            content,
            ..SealWordsRequest::default()
        };
        sealed_words(self.ask(call, request).await?)
    }

    /// Seals what a ticket is split into: words under a key of their own, and the identity that another ticket has.
    pub(crate) async fn seal_part(
        &self,
        call: &Call,
        number: TicketNumber,
        words: &Words,
        known: Option<(TicketNumber, Sealed)>,
    ) -> Result<SealedWords, Fault> {
        let mut request = SealWordsRequest {
            number: number.to_string(),
            words: to_json(words),
            query_code: true,
            ..SealWordsRequest::default()
        };
        if let Some((number, sealed)) = known {
            request.known_number = number.to_string();
            request.known_identity = Some(common::Sealed {
                slot: sealed.slot.0,
                text: sealed.text.into(),
            });
        }
        sealed_words(self.ask(call, request).await?)
    }

    /// The query code of a number again, for a repeated registration.
    pub(crate) async fn query_code(&self, call: &Call, number: TicketNumber) -> Result<String, Fault> {
        let request = SealWordsRequest {
            number: number.to_string(),
            query_code: true,
            ..SealWordsRequest::default()
        };
        Ok(self.ask(call, request).await?.query_code)
    }

    /// The keyed hash of a request's content, to compare it with one answered before.
    pub(crate) async fn content_hash(
        &self,
        call: &Call,
        number: TicketNumber,
        content: Vec<u8>,
    ) -> Result<String, Fault> {
        let request = SealWordsRequest {
            number: number.to_string(),
            content,
            ..SealWordsRequest::default()
        };
        Ok(self.ask(call, request).await?.content_hash)
    }

    async fn ask(&self, call: &Call, request: SealWordsRequest) -> Result<SealWordsResponse, Fault> {
        let mut vault = VaultServiceClient::new(self.link.on_behalf_of(crate::NAME, call));
        Ok(vault.seal_words(request).await?.into_inner())
    }

    /// Opens words of one ticket, in the order given, at most 200.
    pub(crate) async fn open(
        &self,
        call: &Call,
        number: TicketNumber,
        sealed: &[Sealed],
    ) -> Result<Vec<Opened>, Fault> {
        if sealed.is_empty() {
            return Ok(Vec::new());
        }
        let sealed = sealed
            .iter()
            .map(|s| common::Sealed {
                slot: s.slot.0,
                text: s.text.to_string(),
            })
            .collect();
        let request = OpenWordsRequest {
            number: number.to_string(),
            sealed,
        };
        let mut vault = VaultServiceClient::new(self.link.on_behalf_of(crate::NAME, call));
        let opened = vault.open_words(request).await?.into_inner().words;
        opened
            .into_iter()
            .map(|one| match one.erased {
                true => Ok(Opened::Erased),
                false => serde_json::from_str(&one.words)
                    .map(Opened::Words)
                    .map_err(Fault::data_loss),
            })
            .collect()
    }
}

/// The hash that repeated requests without words are compared by; with words the vault makes a keyed one.
pub(crate) fn content_hash(content: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(content)[..16])
}

/// The hash a query code is kept by.
pub(crate) fn code_hash(code: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(code.as_bytes()))
}

fn to_json(words: &Words) -> String {
    serde_json::to_string(words).expect("words are strings by field")
}

fn sealed_words(response: SealWordsResponse) -> Result<SealedWords, Fault> {
    let sealed = |one: common::Sealed| Sealed {
        slot: KeySlot(one.slot),
        text: one.text.into(),
    };
    let caller = match response.caller_hash.as_str() {
        "" => None,
        hash => Some(CallerHash::parse(hash).map_err(Fault::internal)?),
    };
    Ok(SealedWords {
        slot: KeySlot(response.slot),
        words: response.words.map(sealed),
        identity: response.identity.map(sealed),
        caller,
        query_code: response.query_code,
        content: response.content_hash,
    })
}
