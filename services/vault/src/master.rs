//! The master key: one file, `master.key`, 64 hex digits and its generation, readable by nobody else. It wraps every
//! key of the key file and wraps nothing else. Back it up apart from the rest: whoever has both has everything.
//!
//! Rotation goes through these states; each is durable before the next, and [`MasterFiles::load`] tells them apart:
//!
//! | files | means |
//! | --- | --- |
//! | `master.key` | at rest |
//! | `master.key`, `master.key.next` | keys are being wrapped anew; both generations open |
//! | `master.key.old`, `master.key.next` | all keys are wrapped by the next one; go on |
//! | `master.key`, `master.key.old` | the next one is in place; the old one is to be overwritten and deleted |

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use crate::cipher::Key;
use crate::error::{OpenError, doing};
use crate::keys::Trip;

/// The largest master key file read, in bytes.
const FILE_BYTES_MAX: u64 = 1_024;

/// A master key of a generation, counted from 1.
#[derive(Debug)]
pub(crate) struct Master {
    generation: u32,
    key: Key,
}

impl Master {
    pub(crate) fn first() -> Self {
        Self {
            generation: 1,
            key: Key::random(),
        }
    }

    pub(crate) fn following(&self) -> Self {
        Self {
            generation: self.generation + 1,
            key: Key::random(),
        }
    }

    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }
}

/// The master keys there are.
#[derive(Debug)]
pub(crate) struct Masters {
    /// What keys are wrapped by at rest.
    pub(crate) current: Master,
    /// During rotation: what they are being wrapped by.
    pub(crate) next: Option<Master>,
}

impl Masters {
    /// What new keys are wrapped by.
    pub(crate) fn writing(&self) -> &Master {
        self.next.as_ref().unwrap_or(&self.current)
    }

    /// Tries `open` with each.
    pub(crate) fn find<T>(&self, open: impl Fn(&Master) -> Option<T>) -> Option<T> {
        open(&self.current).or_else(|| self.next.as_ref().and_then(open))
    }
}

/// Where master keys are kept.
pub(crate) enum MasterFiles {
    Dir { dir: PathBuf, trip: Trip },
    Memory,
}

impl MasterFiles {
    pub(crate) fn path(&self) -> PathBuf {
        self.named("master.key")
    }

    fn named(&self, name: &str) -> PathBuf {
        match self {
            MasterFiles::Dir { dir, .. } => dir.join(name),
            MasterFiles::Memory => PathBuf::from(name),
        }
    }

    /// Reads the master keys, finishing a rotation that was all but done. Without any: makes the first, unless there
    /// are keys already.
    pub(crate) fn load(&self, has_keys: bool) -> Result<Masters, OpenError> {
        if let MasterFiles::Memory = self {
            return Ok(Masters {
                current: Master::first(),
                next: None,
            });
        }
        let (path, next, old) = (
            self.path(),
            self.named("master.key.next"),
            self.named("master.key.old"),
        );
        let unfinished = self.named("master.key.new");
        if unfinished.exists() {
            self.wipe(&unfinished).map_err(doing("remove", &unfinished))?;
        }
        if !path.exists() && old.exists() && next.exists() {
            self.rename(&next, &path).map_err(doing("replace", &path))?;
        }
        if path.exists() && old.exists() {
            self.wipe(&old).map_err(doing("remove", &old))?;
        }
        if !path.exists() {
            if has_keys || old.exists() || next.exists() {
                return Err(OpenError::MasterMissing { path });
            }
            return self.begin(&path);
        }
        let current = read(&path)?;
        let next = if next.exists() { Some(read(&next)?) } else { None };
        Ok(Masters { current, next })
    }

    fn begin(&self, path: &Path) -> Result<Masters, OpenError> {
        let current = Master::first();
        self.write(path, &current).map_err(doing("write", path))?;
        tracing::warn!(
            path = %path.display(),
            "a new master key was made: BACK IT UP NOW, apart from the other backups; without it no ticket's words \
             and no resident's identity can ever be read again"
        );
        Ok(Masters { current, next: None })
    }

    /// Keeps the next master key beside the present one.
    pub(crate) fn keep_next(&self, next: &Master) -> io::Result<()> {
        match self {
            MasterFiles::Dir { .. } => self.write(&self.named("master.key.next"), next),
            MasterFiles::Memory => Ok(()),
        }
    }

    /// Puts the next master key in the place of the present one, which is overwritten and deleted. To be called once
    /// no key is wrapped by the present one any more.
    pub(crate) fn promote(&self) -> io::Result<()> {
        if let MasterFiles::Memory = self {
            return Ok(());
        }
        let (path, next, old) = (
            self.path(),
            self.named("master.key.next"),
            self.named("master.key.old"),
        );
        self.rename(&path, &old)?;
        self.rename(&next, &path)?;
        self.wipe(&old)
    }

    fn step(&self) -> io::Result<()> {
        match self {
            MasterFiles::Dir { trip, .. } => trip.step(),
            MasterFiles::Memory => Ok(()),
        }
    }

    /// Writes a master key so that the file is there whole or not at all, and to nobody else.
    fn write(&self, path: &Path, master: &Master) -> io::Result<()> {
        let unfinished = self.named("master.key.new");
        let hex = Zeroizing::new(data_encoding::HEXLOWER.encode(master.key.bytes()));
        let text = Zeroizing::new(format!("{}\ngeneration {}\n", *hex, master.generation));
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        self.step()?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        self.rename(&unfinished, path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        fs::rename(from, to)?;
        self.step()?;
        sync_parent(to)
    }

    /// Overwrites a file in place and deletes it. What a copying file system or a worn flash cell keeps is beyond it.
    fn wipe(&self, path: &Path) -> io::Result<()> {
        let mut file = File::options().write(true).open(path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        self.step()?;
        file.write_all(&vec![0; length])?;
        file.sync_all()?;
        self.step()?;
        fs::remove_file(path)?;
        sync_parent(path)
    }
}

/// Whether a rotation is under way in a directory.
pub(crate) fn is_rotating(dir: &Path) -> bool {
    dir.join("master.key.next").exists() || dir.join("master.key.old").exists()
}

pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

fn read(path: &Path) -> Result<Master, OpenError> {
    let metadata = fs::metadata(path).map_err(doing("read", path))?;
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(OpenError::Permissions {
            path: path.to_owned(),
            mode,
        });
    }
    let malformed = || OpenError::MasterMalformed {
        path: path.to_owned(),
    };
    if metadata.len() > FILE_BYTES_MAX {
        return Err(malformed());
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(doing("read", path))?);
    let mut lines = text.lines();
    let hex = lines.next().unwrap_or_default().trim();
    let bytes = Zeroizing::new(
        HEXLOWER_PERMISSIVE
            .decode(hex.as_bytes())
            .map_err(|_| malformed())?,
    );
    let key = Key::new(bytes.as_slice().try_into().map_err(|_| malformed())?);
    let generation = match lines.next() {
        None => 1,
        Some(line) => line
            .strip_prefix("generation ")
            .and_then(|text| text.trim().parse().ok())
            .filter(|generation| *generation >= 1)
            .ok_or_else(malformed)?,
    };
    Ok(Master { generation, key })
}
