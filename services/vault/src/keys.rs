//! The key file: one slot per key, overwritten in place, so that a destroyed key is gone from the disk.
//!
//! Promises: no slot is handed out twice, whatever crashes; handing one out needs no disk while the pool lasts; a
//! destroyed key is gone from disk and memory before [`Keys::destroy`] returns; ten million slots need no more memory
//! than ten (the caches are bounded).

mod copy;
mod header;
mod medium;
mod opened;
mod pool;
mod rewrap;
mod slot;

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::Notify;

pub(crate) use copy::{copy, restore};
pub(crate) use medium::Trip;

use crate::cipher::Key;
use crate::error::{KeysError, OpenError, doing};
use crate::limits::{POOL_BLOCK, READ_TRIES, RESERVE_BLOCK, RESTORE_GAP, YIELDS_MAX};
use crate::master::{MasterFiles, Masters, sync_parent};
use header::{COPIES_AT, COPY_BYTES, Header, place_of};
use medium::Medium;
use opened::Opened;
use slot::{SLOT_BYTES, Slot};

/// The key of a slot, or what is left of it.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// The key.
    Live(Arc<Key>),
    /// Destroyed for good; or lost with a restore of an older key file, which comes to the same.
    Gone,
}

/// How much is made and reserved in one go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Keys made in one go; a multiple of `reserve`.
    pub(crate) pool: u64,
    /// Slots reserved in one go.
    pub(crate) reserve: u64,
}

impl Sizes {
    /// For a city.
    pub(crate) const FULL: Sizes = Sizes {
        pool: POOL_BLOCK,
        reserve: RESERVE_BLOCK,
    };
    /// For memory and tests, which begin often.
    pub(crate) const SMALL: Sizes = Sizes {
        pool: 64,
        reserve: 32,
    };
}

/// The keys of a vault.
pub(crate) struct Keys {
    sizes: Sizes,
    medium: Medium,
    path: PathBuf,
    files: MasterFiles,
    masters: RwLock<Masters>,
    /// Guards every write to the file. Held over syncs: never wait for it on an async worker.
    writer: Mutex<Header>,
    /// How many wait for the writer.
    waiting: AtomicUsize,
    /// [`Header::reserved`], to be read without the writer.
    reserved: AtomicU64,
    /// A write or sync has failed, never to be retried; or the file is closed.
    is_stopped: AtomicBool,
    /// Handed out next: made, reserved and opened.
    ready: Mutex<VecDeque<(u64, Arc<Key>)>>,
    opened: Mutex<Opened>,
    /// The pool runs low.
    pub(crate) wanted: Notify,
    /// The pool was filled, or will not be.
    filled: Notify,
}

impl Keys {
    /// Opens `dir/keys`, making it when there is none, and repairs what a crash has left half done.
    pub(crate) fn open(dir: &Path, sizes: Sizes, trip: Trip) -> Result<Self, OpenError> {
        let path = dir.join("keys");
        let has_keys = path.exists();
        let files = MasterFiles::Dir {
            dir: dir.to_owned(),
            trip: trip.clone(),
        };
        let masters = files.load(has_keys)?;
        if !has_keys {
            create(&path, &masters)?;
        }
        let file = File::options()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(doing("open", &path))?;
        rewrap::repair(&path, &file).map_err(doing("repair", &path))?;
        let header = read_header(&file, &path)?;
        Ok(Self::new(
            Medium::File { file, trip },
            path,
            sizes,
            files,
            masters,
            header,
        ))
    }

    /// Keys that are forgotten with the process.
    pub(crate) fn memory() -> Self {
        let medium = Medium::Memory(Mutex::default());
        let files = MasterFiles::Memory;
        let masters = files.load(false).expect("memory makes a master key");
        let root = Slot::wrap(&masters.current, 0, &Key::random());
        medium
            .write(place_of(0), &root.encode(0))
            .expect("memory takes every write");
        let header = Header {
            sequence: 0,
            made: 1,
            reserved: 1,
        };
        Self::new(
            medium,
            PathBuf::from("memory"),
            Sizes::SMALL,
            files,
            masters,
            header,
        )
    }

    fn new(
        medium: Medium,
        path: PathBuf,
        sizes: Sizes,
        files: MasterFiles,
        masters: Masters,
        header: Header,
    ) -> Self {
        Self {
            sizes,
            medium,
            path,
            files,
            masters: RwLock::new(masters),
            writer: Mutex::new(header),
            waiting: AtomicUsize::new(0),
            reserved: AtomicU64::new(header.reserved),
            is_stopped: AtomicBool::new(false),
            ready: Mutex::default(),
            opened: Mutex::default(),
            wanted: Notify::new(),
            filled: Notify::new(),
        }
    }

    /// The root of the keyed hashes.
    pub(crate) fn root(&self) -> Result<Arc<Key>, OpenError> {
        match self.load(0) {
            Ok(Found::Live(root)) => Ok(root),
            Ok(Found::Gone) | Err(KeysError::Unknown(_) | KeysError::Stopped) => Err(OpenError::Damaged {
                path: self.path.clone(),
                what: "there is no root key".to_owned(),
            }),
            Err(KeysError::Damaged(_)) => Err(OpenError::MasterForeign {
                master: self.files.path(),
                keys: self.path.clone(),
            }),
            Err(KeysError::Io(source)) => Err(doing("read", &self.path)(source)),
        }
    }

    /// The master key's generation.
    pub(crate) fn generation(&self) -> u32 {
        self.masters().current.generation()
    }

    /// Slots below this may have been handed out.
    pub(crate) fn reserved(&self) -> u64 {
        self.reserved.load(Ordering::Acquire)
    }

    /// The opened key of a slot, if it is remembered.
    pub(crate) fn recall(&self, slot: u64) -> Option<Arc<Key>> {
        self.lock_opened().recall(slot)
    }

    /// The key of a slot. May read the disk.
    pub(crate) fn find(&self, slot: u64) -> Result<Found, KeysError> {
        if let Some(key) = self.recall(slot) {
            return Ok(Found::Live(key));
        }
        if slot == 0 || slot >= self.reserved() {
            return Err(KeysError::Unknown(slot));
        }
        let destroyed = self.lock_opened().destroyed();
        let found = self.load(slot)?;
        if let Found::Live(key) = &found {
            self.lock_opened().keep(slot, key, Some(destroyed));
        }
        Ok(found)
    }

    fn load(&self, slot: u64) -> Result<Found, KeysError> {
        for _ in 0..READ_TRIES {
            if let Some(found) = self.try_load(slot)? {
                return Ok(found);
            }
            std::thread::yield_now();
        }
        // Somebody may be writing just here: after him it is whole, or it is damaged.
        let _writer = self.lock_writer();
        self.try_load(slot)?.ok_or(KeysError::Damaged(slot))
    }

    fn try_load(&self, slot: u64) -> Result<Option<Found>, KeysError> {
        let mut bytes = [0; SLOT_BYTES];
        self.medium.read(place_of(slot), &mut bytes)?;
        Ok(match Slot::decode(&bytes, slot) {
            Ok(Slot::Never | Slot::Destroyed) => Some(Found::Gone),
            Ok(live) => self
                .masters()
                .find(|master| live.unwrap(master, slot))
                .map(|key| Found::Live(Arc::new(key))),
            Err(slot::Torn) => None,
        })
    }

    /// Destroys keys for good: overwritten and synced on the disk, forgotten here. Slots destroyed before, or lost,
    /// are no error; [`KeysError::Unknown`] for those never handed out. Blocks.
    pub(crate) fn destroy(&self, slots: &[u64]) -> Result<(), KeysError> {
        let done = self.writing(|header| {
            let reserved = header.reserved;
            if let Some(unknown) = slots.iter().find(|slot| **slot == 0 || **slot >= reserved) {
                return Err(KeysError::Unknown(*unknown));
            }
            for slot in slots {
                self.medium
                    .write(place_of(*slot), &Slot::Destroyed.encode(*slot))?;
            }
            self.medium.sync()?;
            Ok(())
        });
        let mut opened = self.lock_opened();
        for slot in slots {
            opened.forget(*slot);
        }
        done
    }

    /// Whether a slot's key is gone. Reads the disk.
    pub(crate) fn is_gone(&self, slot: u64) -> Result<bool, KeysError> {
        Ok(matches!(self.load(slot)?, Found::Gone))
    }

    /// Goes on numbering beyond `slot`, which the ledger knows and this file does not: an older file was put back.
    pub(crate) fn skip_beyond(&self, slot: u64) -> Result<(), KeysError> {
        self.writing(|header| {
            if slot < header.reserved {
                return Ok(());
            }
            tracing::warn!(
                slot,
                "the key file is older than the ledger: keys made since are lost, their numbers stay unused"
            );
            header.made = header.made.max(slot + 1) + RESTORE_GAP;
            header.reserved = header.made;
            self.write_header(header)
        })
    }

    /// Gives back what was reserved and not handed out, so that a clean restart skips no number. Nothing is handed out
    /// after this.
    pub(crate) fn close(&self) -> Result<(), KeysError> {
        let closed = self.writing(|header| {
            let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            self.is_stopped.store(true, Ordering::Release);
            let first = ready.front().map(|(slot, _)| *slot);
            ready.clear();
            drop(ready);
            if let Some(first) = first {
                header.reserved = first;
                self.write_header(header)?;
            }
            Ok(())
        });
        self.filled.notify_waiters();
        closed
    }

    /// Runs `work` with the right to write. After a failed write nothing is written any more: what reached the disk is
    /// not known.
    fn writing<T>(&self, work: impl FnOnce(&mut Header) -> Result<T, KeysError>) -> Result<T, KeysError> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let mut writer = self.lock_writer();
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        if self.is_stopped.load(Ordering::Acquire) {
            return Err(KeysError::Stopped);
        }
        let mut header = *writer;
        let done = work(&mut header);
        match &done {
            Ok(_) => {
                *writer = header;
                self.reserved.store(header.reserved, Ordering::Release);
            }
            Err(KeysError::Io(error)) => {
                tracing::error!(%error, "the key file cannot be written: no more keys are made or destroyed");
                self.is_stopped.store(true, Ordering::Release);
            }
            Err(KeysError::Unknown(_) | KeysError::Damaged(_) | KeysError::Stopped) => {}
        }
        done
    }

    /// Between two long writes: lets whoever waits for the writer have it. A mutex alone would not.
    fn let_others_write(&self) {
        for _ in 0..YIELDS_MAX {
            if self.waiting.load(Ordering::Acquire) == 0 {
                return;
            }
            std::thread::yield_now();
        }
    }

    /// Writes the head durably under the next sequence.
    fn write_header(&self, header: &mut Header) -> Result<(), KeysError> {
        header.sequence += 1;
        self.medium.write(header.place(), &header.encode())?;
        self.medium.sync()?;
        Ok(())
    }

    fn lock_writer(&self) -> MutexGuard<'_, Header> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn masters(&self) -> std::sync::RwLockReadGuard<'_, Masters> {
        self.masters.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a key file with a root key and nothing else; it is there whole or not at all.
fn create(path: &Path, masters: &Masters) -> Result<(), OpenError> {
    let unfinished = path.with_extension("new");
    let write = || {
        let mut bytes = vec![0; usize::try_from(place_of(1)).unwrap_or(0)];
        let header = Header {
            sequence: 1,
            made: 1,
            reserved: 1,
        };
        let at = usize::try_from(header.place()).unwrap_or(0);
        bytes[at..at + COPY_BYTES].copy_from_slice(&header.encode());
        let at = usize::try_from(place_of(0)).unwrap_or(0);
        let root = Slot::wrap(masters.writing(), 0, &Key::random());
        bytes[at..at + SLOT_BYTES].copy_from_slice(&root.encode(0));
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, path)?;
        sync_parent(path)
    };
    write().map_err(doing("make", path))
}

fn read_header(file: &File, path: &Path) -> Result<Header, OpenError> {
    let mut newest: Option<Header> = None;
    for place in COPIES_AT {
        let mut bytes = [0; COPY_BYTES];
        medium::read_or_zero(file, place, &mut bytes).map_err(doing("read", path))?;
        let copy = Header::decode(&bytes);
        newest = copy
            .into_iter()
            .chain(newest)
            .max_by_key(|header| header.sequence);
    }
    newest.ok_or_else(|| OpenError::Damaged {
        path: path.to_owned(),
        what: "its head cannot be read".to_owned(),
    })
}

#[cfg(test)]
mod tests;
