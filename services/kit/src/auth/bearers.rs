//! Bearer tokens as every role but the vault knows them: hashes to ask about, and answers remembered for a short while.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use domain::access::{Actor, Role};
use domain::id::{HolderId, UnitId};
use jiff::{SignedDuration, Timestamp};
use proto::vault::v1 as pb;
use proto::vault::v1::vault_service_client::VaultServiceClient;
use sha2::{Digest as _, Sha256};

use crate::call::Call;
use crate::clock::SharedClock;
use crate::fault::Fault;
use crate::link::Link;
use crate::wire;

/// How long an answer of the vault is believed.
const KNOWN_FOR: SignedDuration = SignedDuration::from_secs(30);
/// How long the vault is not asked again about a bearer it does not know.
const UNKNOWN_FOR: SignedDuration = SignedDuration::from_secs(5);
/// Answers remembered at most.
const REMEMBERED_MAX: usize = 20_000;
/// The longest bearer taken, in bytes.
const BEARER_BYTES_MAX: usize = 128;
/// What every bearer of ours begins with.
pub const BEARER_PREFIX: &str = "hl_";

/// SHA-256 of a bearer: all that is stored or sent to the vault.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a bearer.
    pub fn of(bearer: &str) -> Self {
        Self(Sha256::digest(bearer.as_bytes()).into())
    }

    /// Reads a hash in lower-case hex.
    pub fn parse(hex: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// In lower-case hex.
    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// Whom bearers belong to, as the vault says; remembered for a short while. One per process, cheap to clone.
#[derive(Clone)]
pub struct Bearers {
    vault: Link,
    clock: SharedClock,
    remembered: Arc<Mutex<Remembered>>,
}

/// Two generations: when the young one is full it becomes the old one, whose answers are dropped. Bounded and without
/// a sweep.
#[derive(Default)]
struct Remembered {
    young: HashMap<TokenHash, Answer>,
    old: HashMap<TokenHash, Answer>,
}

#[derive(Clone)]
struct Answer {
    holder: Option<Arc<TokenHolder>>,
    until: Timestamp,
}

struct TokenHolder {
    actor: Actor,
    expires_at: Timestamp,
}

impl Bearers {
    /// Asks the vault over `vault`, which may be deferred.
    pub fn new(vault: Link, clock: SharedClock) -> Self {
        Self {
            vault,
            clock,
            remembered: Arc::default(),
        }
    }

    /// Forgets one at once: the vault does so in its own process when a token is revoked. Others learn it within 30 s.
    pub fn forget(&self, hash: TokenHash) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.young.remove(&hash);
        remembered.old.remove(&hash);
    }

    /// The actor of a bearer. UNAUTHENTICATED when it is unknown, malformed, expired or revoked, without saying which.
    pub async fn actor(&self, bearer: &str) -> Result<Actor, Fault> {
        let well_formed = bearer.starts_with(BEARER_PREFIX)
            && bearer.len() <= BEARER_BYTES_MAX
            && bearer.bytes().all(|byte| byte.is_ascii_graphic());
        if !well_formed {
            return Err(Fault::unauthenticated());
        }
        let hash = TokenHash::of(bearer);
        let now = self.clock.now();
        let holder = match self.recall(hash, now) {
            Some(holder) => holder,
            None => {
                let holder = self.ask(hash).await?.map(Arc::new);
                self.remember(hash, holder.clone(), now);
                holder
            }
        };
        match holder {
            Some(holder) if now < holder.expires_at => Ok(holder.actor.clone()),
            _ => Err(Fault::unauthenticated()),
        }
    }

    /// Whether the token a call was made with is still good: for answers that go on after the call was let in.
    /// UNAUTHENTICATED when it has expired or been revoked since. A call without one has nothing to lose.
    pub async fn still_holds(&self, call: &Call) -> Result<(), Fault> {
        match &call.bearer {
            Some(bearer) => self.actor(&bearer.0).await.map(|_| ()),
            None => Ok(()),
        }
    }

    fn recall(&self, hash: TokenHash, now: Timestamp) -> Option<Option<Arc<TokenHolder>>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = remembered
            .young
            .get(&hash)
            .or_else(|| remembered.old.get(&hash))?;
        (now < answer.until).then(|| answer.holder.clone())
    }

    fn remember(&self, hash: TokenHash, holder: Option<Arc<TokenHolder>>, now: Timestamp) {
        let span = if holder.is_some() { KNOWN_FOR } else { UNKNOWN_FOR };
        let until = now.saturating_add(span).unwrap_or(Timestamp::MAX);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.young.len() >= REMEMBERED_MAX / 2 {
            remembered.old = std::mem::take(&mut remembered.young);
        }
        remembered.young.insert(hash, Answer { holder, until });
    }

    async fn ask(&self, hash: TokenHash) -> Result<Option<TokenHolder>, Fault> {
        let mut vault = VaultServiceClient::new(self.vault.as_role("vault"));
        let answer = vault
            .introspect_token(pb::IntrospectTokenRequest {
                token_hash: hash.to_hex(),
            })
            .await?;
        let Some(token) = answer.into_inner().token else {
            return Ok(None);
        };
        let holder =
            HolderId::parse(&token.holder).map_err(|_| Fault::internal("a token without a holder"))?;
        let role: Role = wire::required("role", token.role)?;
        let unit = if token.unit.is_empty() {
            None
        } else {
            Some(UnitId::parse(&token.unit).map_err(|_| Fault::internal("a token of no unit"))?)
        };
        let expires_at = match &token.expire_time {
            Some(time) => wire::instant("expire_time", time)?,
            None => return Err(Fault::internal("a token without an end")),
        };
        // No token makes anybody the system.
        if role == Role::System {
            return Ok(None);
        }
        Ok(Some(TokenHolder {
            actor: Actor {
                holder,
                role,
                unit,
                cleared: token.cleared,
            },
            expires_at,
        }))
    }
}
