//! The vault itself: its keys, its hashes and its ledger, opened from a directory or made in memory. What it does
//! stands in a file per idea: [`crate::words`], [`crate::tokens`], [`crate::unlock`], [`crate::erase`].

use std::path::Path;
use std::sync::Arc;

use domain::access::Role;
use domain::id::{HolderId, KeySlot};
use jiff::Timestamp;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;

use crate::cipher::Key;
use crate::error::{KeysError, OpenError, doing};
use crate::keyed::Keyed;
use crate::keys::{Found, Keys, Sizes, Trip};
use crate::ledger::{Asked, Fact, Ledger, Outcome, What};
use crate::tokens::{NewToken, Told, new_secret};

/// The only holder of keys. One process owns its directory.
pub struct Vault {
    pub(crate) keys: Keys,
    pub(crate) keyed: Keyed,
    pub(crate) ledger: Ledger,
    pub(crate) clock: SharedClock,
    pub(crate) drain: Drain,
    pub(crate) told: Told,
    rotating: tokio::sync::Mutex<()>,
}

impl Vault {
    /// Opens `dir` (which becomes the vault's alone), making what is missing, destroying again what was destroyed, and
    /// keeping the pool of keys filled by a task of `drain`.
    pub async fn open(dir: &Path, clock: SharedClock, drain: Drain) -> Result<Arc<Self>, OpenError> {
        Self::open_sized(dir, clock, drain, Sizes::FULL).await
    }

    pub(crate) async fn open_sized(
        dir: &Path,
        clock: SharedClock,
        drain: Drain,
        sizes: Sizes,
    ) -> Result<Arc<Self>, OpenError> {
        make_private(dir)?;
        // The ledger's lock guards the whole directory.
        let ledger = Ledger::open(&dir.join("ledger"), clock.now()).await?;
        let path = dir.join("keys");
        if !path.exists() && !ledger.is_new() {
            return Err(OpenError::KeysMissing { path });
        }
        let destroyed = ledger.read(|folded| folded.destroyed_slots().to_vec());
        let dir = dir.to_owned();
        let open = move || {
            let keys = Keys::open(&dir, sizes, Trip::default())?;
            let root = keys.root()?;
            destroy_again(&keys, &destroyed)
                .and_then(|()| keys.fill())
                .map_err(unusable(&dir))?;
            Ok::<_, OpenError>((keys, root))
        };
        let (keys, root) = drain.block("vault opening", open).await?;
        Ok(Self::begin(keys, &root, ledger, clock, drain))
    }

    /// A vault that is forgotten with the process, for simulation and tests.
    pub fn memory(clock: SharedClock, drain: Drain) -> Arc<Self> {
        let keys = Keys::memory();
        let root = keys.root().expect("memory was made with a root");
        keys.fill().expect("memory takes every write");
        Self::begin(keys, &root, Ledger::memory(), clock, drain)
    }

    fn begin(keys: Keys, root: &Key, ledger: Ledger, clock: SharedClock, drain: Drain) -> Arc<Self> {
        let keyed = Keyed::new(root);
        let rotating = tokio::sync::Mutex::new(());
        let vault = Arc::new(Self {
            keys,
            keyed,
            ledger,
            clock,
            drain: drain.clone(),
            told: Told::default(),
            rotating,
        });
        drain.spawn("vault pool", Arc::clone(&vault).fill_the_pool());
        if vault.keys.is_rotating() {
            drain.spawn("vault rotation", Arc::clone(&vault).go_on_rotating());
        }
        vault
    }

    /// The secret of a new administrator's token (holder `admin`, one year), unless a good one is there already.
    /// Cleared for the sealed desk: before anybody else is, somebody must be able to see what waits there. For
    /// the first start, and for a city that has locked itself out: whoever may start the process may begin it.
    ///
    /// `tell` is given the secret first, and must keep it where it is found: a process killed in between begins anew at
    /// its next start, with nobody locked out.
    pub async fn bootstrap_admin(
        &self,
        tell: impl FnOnce(&str) -> std::io::Result<()>,
    ) -> Result<Option<String>, Fault> {
        let now = self.clock.now();
        let has_one = self.ledger.read(|folded| {
            folded
                .tokens
                .values()
                .any(|token| token.role == Role::Administrator && token.is_good(now))
        });
        if has_one {
            return Ok(None);
        }
        let holder = HolderId::parse("admin").map_err(Fault::internal)?;
        let token = NewToken {
            holder: holder.clone(),
            role: Role::Administrator,
            unit: None,
            cleared: true,
            ttl: None,
        };
        let secret = new_secret();
        tell(&secret)
            .map_err(|error| Fault::internal(format_args!("the first token cannot be kept: {error}")))?;
        let (_, secret) = self.record_token(&holder, token, None, secret).await?;
        Ok(Some(secret))
    }

    /// Destroys keys again that the tickets' journal knows to be erased: after a restore whose ledger did not know it
    /// yet. Slots this vault has never handed out are passed over.
    pub async fn destroy_again(self: &Arc<Self>, slots: Vec<KeySlot>) -> Result<(), Fault> {
        let vault = Arc::clone(self);
        let slots: Vec<u64> = slots
            .into_iter()
            .map(|slot| slot.0)
            .filter(|slot| *slot < self.keys.reserved())
            .collect();
        let done = self
            .drain
            .block("vault erasure", move || destroy_again(&vault.keys, &slots))
            .await;
        done.map_err(|error| keys_fault(&error))
    }

    /// Whether it can still keep what it must.
    pub fn is_writable(&self) -> bool {
        self.ledger.is_writable()
    }

    /// Finishes cleanly: the next start skips no slot. To be called after the drain.
    pub async fn close(self: &Arc<Self>) {
        let vault = Arc::clone(self);
        if let Err(error) = self
            .drain
            .block("vault closing", move || vault.keys.close())
            .await
        {
            tracing::warn!(%error, "the key file was not closed cleanly");
        }
        self.ledger.close().await;
    }

    /// The key of a slot; from the disk where it is not remembered.
    pub(crate) async fn key_of(self: &Arc<Self>, slot: KeySlot) -> Result<Found, Fault> {
        if let Some(key) = self.keys.recall(slot.0) {
            return Ok(Found::Live(key));
        }
        let vault = Arc::clone(self);
        let found = self
            .drain
            .block("vault key", move || vault.keys.find(slot.0))
            .await;
        found.map_err(|error| keys_fault(&error))
    }

    /// Wraps every key anew under a new master key. Answers how many, and the new generation.
    pub(crate) async fn rotate(self: &Arc<Self>, by: &HolderId, asked: Asked) -> Result<(u64, u32), Fault> {
        let _one = self.rotating.lock().await;
        let now = self.clock.now();
        if let Some(outcome) = self.ledger.read(|folded| folded.answered(by, &asked, now))? {
            let Outcome::Rotated {
                generation,
                rewrapped,
            } = outcome
            else {
                return Err(Fault::reused());
            };
            return Ok((rewrapped, generation));
        }
        let rewrapped = self.rewrap_all().await?;
        let generation = self.keys.generation();
        let what = What::MasterRotated {
            generation,
            rewrapped,
        };
        let fact = Fact {
            what,
            by: by.clone(),
            request: Some(asked),
        };
        self.ledger.writing().await.append(now, fact).await?;
        Ok((rewrapped, generation))
    }

    async fn rewrap_all(self: &Arc<Self>) -> Result<u64, Fault> {
        let vault = Arc::clone(self);
        let rotate = move || {
            vault
                .keys
                .rotate(|done, made| tracing::info!(done, made, "wrapping keys by the new master key"))
        };
        let rewrapped = self
            .drain
            .block("vault rotation", rotate)
            .await
            .map_err(|error| keys_fault(&error))?;
        tracing::warn!(
            generation = self.keys.generation(),
            "the master key was changed: back up the new one, apart from the other backups, and make a new backup of \
             the keys; backups made before open with the old master key only"
        );
        Ok(rewrapped)
    }

    async fn go_on_rotating(self: Arc<Self>) {
        let _one = self.rotating.lock().await;
        if self.keys.is_rotating()
            && let Err(fault) = self.rewrap_all().await
        {
            tracing::error!(%fault, "the rotation of the master key could not be finished");
        }
    }

    async fn fill_the_pool(self: Arc<Self>) {
        let draining = self.drain.draining();
        tokio::pin!(draining);
        loop {
            tokio::select! {
                () = self.keys.wanted.notified() => {}
                // Commands still under way may need keys until the very end; what is ready is enough for them.
                () = &mut draining => return,
            }
            let vault = Arc::clone(&self);
            if let Err(error) = self.drain.block("vault pool", move || vault.keys.fill()).await {
                tracing::error!(%error, "no more keys can be made");
                return;
            }
        }
    }
}

/// Copies the key file and the ledger of the vault in `dir` to `to`; the vault may be running. The master key is not
/// copied: it is backed up apart. Destroyed keys live on in copies, so keep none longer than 30 days. Blocks.
pub fn backup_keys(dir: &Path, to: &Path) -> Result<u64, OpenError> {
    make_private(to)?;
    let slots = crate::keys::copy(dir, to)?;
    storage::backup(&dir.join("ledger"), &to.join("ledger"), |_, _| {})?;
    Ok(slots)
}

/// Makes a vault in `to` of a copy in `from`. A ledger already in `to` (a later one that survived) is kept: what it
/// knows to be destroyed is destroyed again when the vault is opened. `master.key` of the copy's time must be put into
/// `to` by hand. Blocks.
pub fn restore_keys(from: &Path, to: &Path, at: Timestamp) -> Result<(), OpenError> {
    make_private(to)?;
    crate::keys::restore(from, to)?;
    if !to.join("ledger").exists() {
        storage::restore(&from.join("ledger"), &to.join("ledger"), at, |_, _| {})?;
    }
    Ok(())
}

/// Destroys what is not gone yet, going on beyond slots the key file has never heard of.
fn destroy_again(keys: &Keys, slots: &[u64]) -> Result<(), KeysError> {
    if let Some(highest) = slots.iter().max() {
        keys.skip_beyond(*highest)?;
    }
    let mut left = Vec::new();
    for slot in slots {
        if !keys.is_gone(*slot)? {
            left.push(*slot);
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    tracing::warn!(
        count = left.len(),
        "keys known to be destroyed were there again: destroyed once more"
    );
    keys.destroy(&left)
}

fn make_private(dir: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::DirBuilderExt as _;

    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(doing("make", dir))
}

fn unusable(dir: &Path) -> impl FnOnce(KeysError) -> OpenError {
    let path = dir.join("keys");
    move |error| match error {
        KeysError::Io(source) => doing("write", &path)(source),
        KeysError::Unknown(_) | KeysError::Damaged(_) | KeysError::Stopped => OpenError::Damaged {
            path,
            what: error.to_string(),
        },
    }
}

/// What a caller is told.
pub(crate) fn keys_fault(error: &KeysError) -> Fault {
    match error {
        KeysError::Io(_) | KeysError::Stopped => {
            tracing::error!(%error, "the key file cannot be used");
            Fault::unavailable("密钥库暂不可用", "the key file cannot be used")
        }
        KeysError::Unknown(_) | KeysError::Damaged(_) => Fault::data_loss(error),
    }
}
