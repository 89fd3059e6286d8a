//! Bearer tokens: 256 random bits, shown once, kept as their SHA-256. They end by themselves, or when revoked.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use domain::access::Role;
use domain::id::{HolderId, UnitId};
use jiff::{SignedDuration, Timestamp};
use kit::auth::{BEARER_PREFIX, TokenHash};
use kit::fault::Fault;
use zeroize::Zeroizing;

use crate::cipher::random_bytes;
use crate::ledger::{Asked, Fact, Outcome, Token, What};
use crate::limits::{SECRET_TOLD_FOR, SECRETS_MAX, TOKEN_FOR_MAX};
use crate::service::Vault;

/// A token to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewToken {
    pub(crate) holder: HolderId,
    pub(crate) role: Role,
    pub(crate) unit: Option<UnitId>,
    pub(crate) cleared: bool,
    /// A year when none.
    pub(crate) ttl: Option<SignedDuration>,
}

/// Secrets just made, told again to the same request for a few minutes in case the answer was lost.
#[derive(Default)]
pub(crate) struct Told(Mutex<VecDeque<(u64, Timestamp, Zeroizing<String>)>>);

impl Told {
    fn keep(&self, sequence: u64, now: Timestamp, secret: &str) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= SECRETS_MAX {
            told.pop_front();
        }
        told.push_back((sequence, now, Zeroizing::new(secret.to_owned())));
    }

    fn recall(&self, sequence: u64, now: Timestamp) -> Option<String> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|(_, at, _)| now.duration_since(*at) <= SECRET_TOLD_FOR);
        told.iter()
            .find(|(number, ..)| *number == sequence)
            .map(|(.., secret)| secret.to_string())
    }
}

impl Vault {
    /// Makes a token; answers it and its secret. The same request gets the same answer again, with the secret only for
    /// ten minutes and within this process: empty afterwards.
    pub(crate) async fn create_token(
        &self,
        by: &HolderId,
        new: NewToken,
        asked: Option<Asked>,
    ) -> Result<(Token, String), Fault> {
        self.record_token(by, new, asked, new_secret()).await
    }

    /// The same with a secret that is known already.
    pub(crate) async fn record_token(
        &self,
        by: &HolderId,
        new: NewToken,
        asked: Option<Asked>,
        secret: String,
    ) -> Result<(Token, String), Fault> {
        let now = self.clock.now();
        let writing = self.ledger.writing().await;
        if let Some(asked) = &asked
            && let Some(outcome) = self.ledger.read(|folded| folded.answered(by, asked, now))?
        {
            let Outcome::Token(sequence) = outcome else {
                return Err(Fault::reused());
            };
            let token = self
                .ledger
                .read(|folded| folded.tokens.get(&sequence).cloned())
                .ok_or_else(Fault::not_found)?;
            return Ok((token, self.told.recall(sequence, now).unwrap_or_default()));
        }
        writing.make_room(now)?;
        let token = Token {
            token_id: record_id(now),
            hash: TokenHash::of(&secret).to_hex(),
            holder: new.holder,
            role: new.role,
            unit: new.unit,
            cleared: new.cleared,
            created_at: now,
            expires_at: now
                .saturating_add(new.ttl.unwrap_or(TOKEN_FOR_MAX))
                .unwrap_or(Timestamp::MAX),
            revoked: false,
        };
        let fact = Fact {
            what: What::TokenCreated(token.clone()),
            by: by.clone(),
            request: asked,
        };
        let sequence = writing.append(now, fact).await?;
        self.told.keep(sequence, now, &secret);
        Ok((token, secret))
    }

    /// Ends a token. Answers its hash, so that it can be forgotten elsewhere. Ending it again changes nothing.
    pub(crate) async fn revoke_token(
        &self,
        by: &HolderId,
        token_id: &str,
        asked: Asked,
    ) -> Result<TokenHash, Fault> {
        let now = self.clock.now();
        let writing = self.ledger.writing().await;
        let answered = self.ledger.read(|folded| folded.answered(by, &asked, now))?;
        let token = self
            .ledger
            .read(|folded| folded.token_of_id(token_id).cloned())
            .ok_or_else(Fault::not_found)?;
        let hash = TokenHash::parse(&token.hash).ok_or_else(|| Fault::data_loss("a token's hash"))?;
        match answered {
            Some(Outcome::Revoked) => {}
            Some(_) => return Err(Fault::reused()),
            None => {
                let what = What::TokenRevoked {
                    token_id: token_id.to_owned(),
                };
                writing
                    .append(
                        now,
                        Fact {
                            what,
                            by: by.clone(),
                            request: Some(asked),
                        },
                    )
                    .await?;
            }
        }
        Ok(hash)
    }

    /// The good token of a hash. None for one that never was, has ended or was revoked, without telling which.
    pub(crate) fn introspect(&self, hash: TokenHash) -> Option<Token> {
        let now = self.clock.now();
        self.ledger.read(|folded| {
            folded
                .token_of_hash(hash)
                .filter(|token| token.is_good(now))
                .cloned()
        })
    }

    /// Tokens made after the one of sequence `after`, with their sequences, at most `limit`.
    pub(crate) fn list_tokens(&self, after: u64, limit: usize) -> Vec<(u64, Token)> {
        self.ledger.read(|folded| {
            folded
                .tokens
                .range(after + 1..)
                .take(limit)
                .map(|(sequence, token)| (*sequence, token.clone()))
                .collect()
        })
    }
}

/// A name for a record: UUID version 7 of the vault's own clock.
pub(crate) fn record_id(now: Timestamp) -> String {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes())
        .into_uuid()
        .to_string()
}

/// 256 random bits.
pub(crate) fn new_secret() -> String {
    format!("{BEARER_PREFIX}{}", BASE64URL_NOPAD.encode(&random_bytes::<32>()))
}
