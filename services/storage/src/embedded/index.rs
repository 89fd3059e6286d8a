//! The index: ordered bytes to bytes. The only file that names sled; another engine is three methods away.
//!
//! sled 0.34 calls `sync_file_range` where it should call `fsync`, and may panic on what a power cut leaves behind.
//! Nothing is ever acknowledged on it, every call is guarded against a panic, and what it holds is rebuilt from the
//! journal whenever in doubt. So it need not be quick about it: changes stand in memory first and reach sled many at a
//! time, most of what is soon replaced or removed never.

mod recent;
mod settling;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sled::IVec;

use super::open::Options;
use super::trust::Trust;
use crate::disk::sync_tree;
use crate::error::{OpenError, doing};
use crate::journal::Trip;
use crate::limits::VALUE_BYTES_MAX;
use recent::Recent;
use settling::Settling;

/// The index cannot be read or written; it must be rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unusable(pub(crate) String);

impl From<Unusable> for OpenError {
    fn from(Unusable(why): Unusable) -> OpenError {
        OpenError::Index(why)
    }
}

/// A key and its value.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// Changes that happen together.
#[derive(Default)]
pub(crate) struct Batch(BTreeMap<IVec, Option<IVec>>);

impl Batch {
    pub(crate) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        debug_assert!(value.len() <= VALUE_BYTES_MAX + 64, "values are small");
        self.0.insert(key.into(), Some(value.into()));
    }

    pub(crate) fn remove(&mut self, key: Vec<u8>) {
        self.0.insert(key.into(), None);
    }
}

pub(crate) struct Index {
    db: sled::Db,
    dir: PathBuf,
    recent: Arc<Recent>,
    settling: Settling<sled::Batch>,
    trust: Arc<Trust>,
}

impl Index {
    pub(crate) fn open(
        dir: &Path,
        options: &Options,
        trust: Arc<Trust>,
        trip: Trip,
    ) -> Result<Index, OpenError> {
        let open = || {
            sled::Config::new()
                .path(dir)
                .cache_capacity(options.index_cache_bytes)
                .flush_every_ms(None)
                .open()
        };
        let db = guarded(open)?;
        let recent = Arc::new(Recent::new(options.recent_keys, options.recent_bytes));
        let settle = {
            let (db, recent) = (db.clone(), Arc::clone(&recent));
            move |batch| {
                trip.at_settle()?;
                db.apply_batch(batch)?;
                recent.end();
                Ok(())
            }
        };
        let settling = Settling::start(Arc::clone(&trust), settle)
            .map_err(doing("start the thread that writes", dir))?;
        Ok(Index {
            db,
            dir: dir.to_owned(),
            recent,
            settling,
            trust,
        })
    }

    /// Does all of a batch or, as far as a reader can see, nothing. Only one thread may call this.
    pub(crate) fn apply(&self, batch: Batch) -> Result<(), Unusable> {
        if self.recent.take(batch.0) {
            return Ok(());
        }
        self.settle()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Unusable> {
        let found = match self.recent.get(key) {
            Some(found) => found,
            None => guarded(|| self.db.get(key))?,
        };
        Ok(found.map(|value| value.to_vec()))
    }

    /// Pairs with `from <= key < to`, in order, at most `limit`.
    pub(crate) fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, Unusable> {
        if from >= to {
            return Ok(Vec::new());
        }
        let recent = self.recent.range(from, to);
        guarded(|| {
            let pairs = recent::over(self.db.range(from..to), recent).take(limit);
            pairs
                .map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec())))
                .collect()
        })
    }

    /// Begins to hand what is recent to the engine, as one batch, once it has all that came before.
    fn settle(&self) -> Result<(), Unusable> {
        self.settling.wait()?;
        if self.trust.is_damaged() {
            return Err(Unusable("it was found damaged before".to_owned()));
        }
        self.settling.begin(self.recent.begin())
    }

    /// How many changes are on their way to the engine.
    #[cfg(test)]
    pub(crate) fn settling_count(&self) -> usize {
        self.recent.settling_count()
    }

    /// Writes everything out and makes it durable, which sled itself does not. Whether it succeeds or not, the engine's
    /// files are let go.
    pub(crate) fn close(self) -> Result<(), Unusable> {
        let written = self
            .settle()
            .and_then(|()| self.settling.wait())
            .and_then(|()| guarded(|| self.db.flush().map(|_| ())));
        let Index {
            db, dir, settling, ..
        } = self;
        drop(settling);
        guarded(|| {
            drop(db);
            Ok(())
        })?;
        written?;
        sync_tree(&dir).map_err(|error| Unusable(error.to_string()))
    }
}

/// Removes what is there, so that an index can be rebuilt.
pub(crate) fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => fs::remove_file(dir),
        result => result,
    }
}

fn guarded<R>(call: impl FnOnce() -> sled::Result<R>) -> Result<R, Unusable> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Unusable(error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("a panic");
            Err(Unusable(text.to_owned()))
        }
    }
}
