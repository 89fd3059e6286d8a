//! Wrapping every key anew under the next master key, in place, block by block.
//!
//! A block is written beside first, whole and synced, then over the old one, then the copy beside is wiped: whatever
//! a crash tears is written again from there by [`repair`]. Destroying waits while a block is under way, so no copy
//! brings a key back.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::Keys;
use super::header::place_of;
use super::medium::{Medium, read_or_zero};
use super::slot::{SLOT_BYTES, Slot};
use crate::error::KeysError;
use crate::limits::POOL_BLOCK;

const MAGIC: &[u8; 8] = b"hlwrap01";
const HEAD: usize = 24;

impl Keys {
    /// Whether a rotation was begun and not finished.
    pub(crate) fn is_rotating(&self) -> bool {
        self.masters().next.is_some()
    }

    /// Wraps every key anew under a new master key (or goes on with the one begun) and puts that in the place of the
    /// present one. Answers how many keys were wrapped now. `progress` is told slots done and slots there are. Blocks
    /// for long; keys are handed out, opened and destroyed meanwhile.
    pub(crate) fn rotate(&self, progress: impl Fn(u64, u64)) -> Result<u64, KeysError> {
        if !self.is_rotating() {
            self.begin_rotation()?;
        }
        let mut at = 0;
        let mut rewrapped = 0;
        loop {
            let (done, made) = self.writing(|header| {
                if at >= header.made {
                    self.finish_rotation()?;
                    return Ok((None, header.made));
                }
                let to = header.made.min(at + POOL_BLOCK);
                rewrapped += self.rewrap(at, to)?;
                Ok((Some(to), header.made))
            })?;
            match done {
                Some(to) => at = to,
                None => return Ok(rewrapped),
            }
            progress(at, made);
            self.let_others_write();
        }
    }

    pub(super) fn begin_rotation(&self) -> Result<(), KeysError> {
        self.writing(|_| {
            let next = self.masters().current.following();
            self.files.keep_next(&next)?;
            self.masters.write().unwrap_or_else(PoisonError::into_inner).next = Some(next);
            Ok(())
        })
    }

    fn finish_rotation(&self) -> Result<(), KeysError> {
        self.files.promote()?;
        let mut masters = self.masters.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = masters.next.take() {
            masters.current = next;
        }
        Ok(())
    }

    fn rewrap(&self, from: u64, to: u64) -> Result<u64, KeysError> {
        let masters = self.masters();
        let Some(next) = &masters.next else {
            return Ok(0);
        };
        let mut bytes = vec![0; usize::try_from(to - from).unwrap_or(0) * SLOT_BYTES];
        self.medium.read(place_of(from), &mut bytes)?;
        let mut count = 0;
        for (slot, bytes) in (from..to).zip(bytes.chunks_exact_mut(SLOT_BYTES)) {
            let Ok(found) = Slot::decode(bytes, slot) else {
                tracing::error!(slot, "a slot of the key file is damaged: it is left as it is");
                continue;
            };
            if let Some(key) = found.unwrap(&masters.current, slot) {
                bytes.copy_from_slice(&Slot::wrap(next, slot, &key).encode(slot));
                count += 1;
            }
        }
        if count > 0 {
            self.overwrite(from, &bytes)?;
        }
        Ok(count)
    }

    fn overwrite(&self, from: u64, bytes: &[u8]) -> io::Result<()> {
        let beside = match &self.medium {
            Medium::File { trip, .. } => Some(Beside::write(&self.path, trip.clone(), from, bytes)?),
            Medium::Memory(_) => None,
        };
        self.medium.write(place_of(from), bytes)?;
        self.medium.sync()?;
        beside.map_or(Ok(()), |beside| beside.wipe())
    }
}

/// The copy beside of the block that is being overwritten.
struct Beside {
    medium: Medium,
    length: usize,
}

impl Beside {
    fn write(keys: &Path, trip: super::Trip, from: u64, block: &[u8]) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(beside(keys))?;
        let medium = Medium::File { file, trip };
        let mut bytes = Vec::with_capacity(HEAD + block.len());
        bytes.extend(MAGIC);
        bytes.extend(from.to_le_bytes());
        bytes.extend(
            u32::try_from(block.len())
                .map_err(io::Error::other)?
                .to_le_bytes(),
        );
        bytes.extend(crc32fast::hash(block).to_le_bytes());
        bytes.extend(block);
        medium.write(0, &bytes)?;
        medium.sync()?;
        Ok(Self {
            medium,
            length: bytes.len(),
        })
    }

    fn wipe(&self) -> io::Result<()> {
        self.medium.write(0, &vec![0; self.length])?;
        self.medium.sync()
    }
}

fn beside(keys: &Path) -> PathBuf {
    keys.with_extension("rewrap")
}

/// Writes again the block a crash may have torn, from its copy beside, and wipes the copy. A copy that is not whole
/// was never begun to be written over the block.
pub(super) fn repair(keys: &Path, file: &File) -> io::Result<()> {
    let path = beside(keys);
    if !path.exists() {
        return Ok(());
    }
    let copy = File::options().read(true).write(true).open(&path)?;
    let length = copy.metadata()?.len();
    let mut head = [0; HEAD];
    read_or_zero(&copy, 0, &mut head)?;
    let from = u64::from_le_bytes(head[8..16].try_into().map_err(io::Error::other)?);
    let count = u32::from_le_bytes(head[16..20].try_into().map_err(io::Error::other)?);
    if head.starts_with(MAGIC) && HEAD as u64 + u64::from(count) <= length {
        let mut block = vec![0; usize::try_from(count).map_err(io::Error::other)?];
        read_or_zero(&copy, HEAD as u64, &mut block)?;
        if crc32fast::hash(&block).to_le_bytes() == head[20..24] {
            file.write_all_at(&block, place_of(from))?;
            file.sync_data()?;
        }
    }
    copy.write_all_at(&vec![0; usize::try_from(length).map_err(io::Error::other)?], 0)?;
    copy.sync_data()
}
