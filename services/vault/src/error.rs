//! Why the vault cannot be opened or cannot do its work. Says paths and slots, never keys, words or identity.

use std::io;
use std::path::PathBuf;

/// Why a vault's directory could not be opened, copied or restored.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Others may read the master key.
    #[error("{} can be read by others (mode {mode:o}): chmod 600 it, and change the key if somebody may have seen it", .path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// There are wrapped keys and no master key.
    #[error("{} is missing but there are keys it has wrapped: put it back from where it was backed up apart", .path.display())]
    MasterMissing {
        /// The file.
        path: PathBuf,
    },
    /// The vault has a past and no keys.
    #[error("{} is missing but this vault has a ledger: put it back, or restore a backup of it", .path.display())]
    KeysMissing {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a master key.
    #[error("{} is not a master key: expected 64 hex digits and a line `generation N`", .path.display())]
    MasterMalformed {
        /// The file.
        path: PathBuf,
    },
    /// The master key is not the one that wrapped the keys.
    #[error("{} did not wrap the keys in {}: put back the master key of the same time", .master.display(), .keys.display())]
    MasterForeign {
        /// The master key's file.
        master: PathBuf,
        /// The key file.
        keys: PathBuf,
    },
    /// The key file cannot be read.
    #[error("{} is damaged: {what}; keep it and restore the last backup into a new directory", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The master key is just being changed.
    #[error("the master key is just being changed: try again when that is done")]
    Rotating,
    /// There are keys already.
    #[error("{} is there already: restore into a new directory", .path.display())]
    NotEmpty {
        /// The file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("cannot {doing} {}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The vault's ledger cannot be opened.
    #[error("the vault's ledger cannot be opened")]
    Ledger(#[from] storage::OpenError),
}

/// Adds what was tried to what the system said.
pub(crate) fn doing(doing: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io { doing, path, source }
}

/// Why a key could not be read, made, destroyed or wrapped anew.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    /// The file system refused.
    #[error("the key file cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// No key was handed out under this number.
    #[error("slot {0} was never handed out")]
    Unknown(u64),
    /// The bytes of a slot do not fit together, or no master key opens them.
    #[error("slot {0} cannot be read")]
    Damaged(u64),
    /// Writing has failed before; what is on the disk is not known until a restart.
    #[error("the key file takes no more writes")]
    Stopped,
}
