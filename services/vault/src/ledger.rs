//! What the vault must never forget: tokens made and ended, identities seen, keys destroyed. Kept in a small ledger,
//! folded in memory with limits. Holds hashes of tokens and closed purposes, never a secret, a key or words.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use domain::access::Role;
use domain::id::{HolderId, KeySlot, RequestId, TicketNumber, UnitId};
use jiff::Timestamp;
use kit::auth::TokenHash;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use storage::port::Failure;
use storage::{Log, LogOptions};
use tokio::sync::{Mutex, MutexGuard};

use crate::limits::{ENDED_TOKEN_FOR, REQUEST_FOR, REQUESTS_MAX, TOKENS_MAX, UNLOCKS_MAX};

/// The name of the records.
const KIND: &str = "vault_fact";
/// When to try again when the ledger is full or busy.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fact {
    /// What.
    #[serde(flatten)]
    pub(crate) what: What,
    /// By whom.
    pub(crate) by: HolderId,
    /// In answer to which request of his.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Asked>,
}

/// A request of a holder's: its name and the keyed hash of what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) id: RequestId,
    pub(crate) content: String,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum What {
    /// A token was made.
    TokenCreated(Token),
    /// A token was ended before its time.
    TokenRevoked { token_id: String },
    /// An identity was shown.
    Unlocked(Unlock),
    /// A key is to be destroyed. Written before it is, so that it is done again after a crash or a restore.
    KeyDestroyed(Destroyed),
    /// Every key was wrapped by a new master key.
    MasterRotated { generation: u32, rewrapped: u64 },
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) token_id: String,
    /// SHA-256 of the secret, hex.
    pub(crate) hash: String,
    pub(crate) holder: HolderId,
    pub(crate) role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<UnitId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) cleared: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// Folded from [`What::TokenRevoked`].
    #[serde(skip)]
    pub(crate) revoked: bool,
}

impl Token {
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at
    }
}

/// One look at an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unlock {
    pub(crate) unlock_id: String,
    pub(crate) number: TicketNumber,
    pub(crate) contact: u32,
    pub(crate) holder: HolderId,
    pub(crate) role: Role,
    /// The stated purpose, closed under a key of the vault's own.
    pub(crate) purpose: String,
    pub(crate) at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// Whose key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Whose {
    /// A contact's identity.
    Contact(u32),
    /// The ticket's words.
    Words,
}

/// A key that is destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Destroyed {
    pub(crate) slot: KeySlot,
    pub(crate) number: TicketNumber,
    pub(crate) whose: Whose,
    /// The stated ground, closed under a key of the vault's own.
    pub(crate) purpose: String,
}

/// What came of a request answered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The token of this sequence.
    Token(u64),
    Revoked,
    /// The unlock of this sequence.
    Unlock(u64),
    Destroyed(KeySlot),
    Rotated {
        generation: u32,
        rewrapped: u64,
    },
}

/// What the facts come to.
#[derive(Default)]
pub(crate) struct Folded {
    /// By sequence.
    pub(crate) tokens: BTreeMap<u64, Token>,
    token_ids: HashMap<String, u64>,
    token_hashes: HashMap<TokenHash, u64>,
    /// By sequence.
    pub(crate) unlocks: BTreeMap<u64, Unlock>,
    unlock_ids: HashMap<String, u64>,
    destroyed: HashMap<(TicketNumber, Whose), KeySlot>,
    destroyed_slots: Vec<u64>,
    requests: HashMap<(HolderId, RequestId), (String, Timestamp, Outcome)>,
    requests_in_order: VecDeque<(HolderId, RequestId)>,
}

impl Folded {
    pub(crate) fn token_of_hash(&self, hash: TokenHash) -> Option<&Token> {
        self.tokens.get(self.token_hashes.get(&hash)?)
    }

    pub(crate) fn token_of_id(&self, token_id: &str) -> Option<&Token> {
        self.tokens.get(self.token_ids.get(token_id)?)
    }

    pub(crate) fn unlock_of_id(&self, unlock_id: &str) -> Option<&Unlock> {
        self.unlocks.get(self.unlock_ids.get(unlock_id)?)
    }

    pub(crate) fn destroyed(&self, number: TicketNumber, whose: Whose) -> Option<KeySlot> {
        self.destroyed.get(&(number, whose)).copied()
    }

    /// Slots whose keys were destroyed, in order.
    pub(crate) fn destroyed_slots(&self) -> &[u64] {
        &self.destroyed_slots
    }

    /// What came of a request of `holder`. ALREADY_EXISTS when it asked for something else.
    pub(crate) fn answered(
        &self,
        holder: &HolderId,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Option<Outcome>, Fault> {
        match self.requests.get(&(holder.clone(), asked.id.clone())) {
            Some((_, at, _)) if now.duration_since(*at) > REQUEST_FOR => Ok(None),
            Some((content, _, outcome)) if *content == asked.content => Ok(Some(outcome.clone())),
            Some(_) => Err(Fault::reused()),
            None => Ok(None),
        }
    }

    /// Makes room for a further token: drops those ended long ago. RESOURCE_EXHAUSTED when all are needed.
    pub(crate) fn make_room(&mut self, now: Timestamp) -> Result<(), Fault> {
        if self.tokens.len() < TOKENS_MAX {
            return Ok(());
        }
        let (ids, hashes) = (&mut self.token_ids, &mut self.token_hashes);
        self.tokens.retain(|_, token| {
            let needed = now.duration_since(token.expires_at) < ENDED_TOKEN_FOR;
            if !needed {
                ids.remove(&token.token_id);
                TokenHash::parse(&token.hash).map(|hash| hashes.remove(&hash));
            }
            needed
        });
        if self.tokens.len() < TOKENS_MAX {
            return Ok(());
        }
        let day = Duration::from_secs(86_400);
        Err(Fault::exhausted(
            "凭证数量已达上限",
            "there are as many tokens as can be kept",
            day,
        ))
    }

    fn fold(&mut self, sequence: u64, at: Timestamp, fact: Fact) {
        let outcome = match fact.what {
            What::TokenCreated(token) => {
                self.token_ids.insert(token.token_id.clone(), sequence);
                TokenHash::parse(&token.hash).map(|hash| self.token_hashes.insert(hash, sequence));
                self.tokens.insert(sequence, token);
                Outcome::Token(sequence)
            }
            What::TokenRevoked { token_id } => {
                if let Some(token) = self
                    .token_ids
                    .get(&token_id)
                    .and_then(|at| self.tokens.get_mut(at))
                {
                    token.revoked = true;
                }
                Outcome::Revoked
            }
            What::Unlocked(unlock) => {
                self.unlock_ids.insert(unlock.unlock_id.clone(), sequence);
                self.unlocks.insert(sequence, unlock);
                if self.unlocks.len() > UNLOCKS_MAX
                    && let Some((_, oldest)) = self.unlocks.pop_first()
                {
                    self.unlock_ids.remove(&oldest.unlock_id);
                }
                Outcome::Unlock(sequence)
            }
            What::KeyDestroyed(Destroyed {
                slot, number, whose, ..
            }) => {
                self.destroyed.insert((number, whose), slot);
                self.destroyed_slots.push(slot.0);
                Outcome::Destroyed(slot)
            }
            What::MasterRotated {
                generation,
                rewrapped,
            } => Outcome::Rotated {
                generation,
                rewrapped,
            },
        };
        if let Some(Asked { id, content }) = fact.request {
            let key = (fact.by, id);
            self.requests.insert(key.clone(), (content, at, outcome));
            self.requests_in_order.push_back(key);
            if self.requests_in_order.len() > REQUESTS_MAX
                && let Some(oldest) = self.requests_in_order.pop_front()
            {
                self.requests.remove(&oldest);
            }
        }
    }
}

/// The ledger and what it comes to.
pub(crate) struct Ledger {
    log: Log<Fact>,
    folded: RwLock<Folded>,
    writing: Mutex<()>,
    is_new: bool,
}

/// The right to write: what is decided from what is folded still holds when it is appended.
pub(crate) struct Writing<'a> {
    ledger: &'a Ledger,
    _one: MutexGuard<'a, ()>,
}

impl Ledger {
    pub(crate) async fn open(dir: &Path, now: Timestamp) -> Result<Self, storage::OpenError> {
        let options = LogOptions {
            at: now,
            ..LogOptions::default()
        };
        let (log, entries) = Log::open(dir, KIND, options).await?;
        let is_new = entries.is_empty();
        let mut folded = Folded::default();
        for entry in entries {
            folded.fold(entry.sequence, entry.at, entry.value);
        }
        Ok(Self {
            log,
            folded: RwLock::new(folded),
            writing: Mutex::new(()),
            is_new,
        })
    }

    pub(crate) fn memory() -> Self {
        Self {
            log: Log::memory(),
            folded: RwLock::default(),
            writing: Mutex::new(()),
            is_new: true,
        }
    }

    /// Whether it held nothing when it was opened.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Folded) -> T) -> T {
        look(&self.folded.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn writing(&self) -> Writing<'_> {
        Writing {
            ledger: self,
            _one: self.writing.lock().await,
        }
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.log.is_writable()
    }

    pub(crate) async fn close(&self) {
        if let Err(failure) = self.log.close().await {
            tracing::warn!(%failure, "the vault's ledger was not closed cleanly");
        }
    }
}

impl Writing<'_> {
    /// See [`Folded::make_room`].
    pub(crate) fn make_room(&self, now: Timestamp) -> Result<(), Fault> {
        self.ledger
            .folded
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .make_room(now)
    }

    /// Keeps a fact; answers its sequence. Once this returns `Ok` no crash loses it.
    pub(crate) async fn append(&self, now: Timestamp, fact: Fact) -> Result<u64, Fault> {
        let appended = self
            .ledger
            .log
            .append(now, fact.clone())
            .await
            .map_err(|failure| failed(&failure))?;
        let mut folded = self.ledger.folded.write().unwrap_or_else(PoisonError::into_inner);
        folded.fold(appended.sequence, appended.at, fact);
        Ok(appended.sequence)
    }
}

fn failed(failure: &Failure) -> Fault {
    match failure {
        Failure::Full => Fault::exhausted("存储空间不足", "no space is left", RETRY_AFTER),
        Failure::Busy => Fault::exhausted("系统繁忙，请稍后再试", "the ledger is busy", RETRY_AFTER),
        Failure::Stopped => Fault::unavailable("服务暂停写入", "the vault takes no more writes"),
        Failure::Damaged(what) => Fault::data_loss(what),
        Failure::Limit { .. } => Fault::internal(failure),
    }
}
