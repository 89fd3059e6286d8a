//! Why a directory could not be opened, checked or copied.

use std::io;
use std::path::{Path, PathBuf};

use crate::journal::Flaw;

/// Why a directory could not be opened, checked or copied. Each says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another part of this one, owns the directory.
    #[error("{} is in use: only one process may own it; stop the other one first", .dir.display())]
    Locked {
        /// Which directory.
        dir: PathBuf,
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
    /// A record is damaged, missing or altered, and it is not the incomplete end of the last write.
    #[error(
        "the journal is damaged at record {sequence} ({} at byte {offset}): {flaw}; nothing was changed: keep this \
         directory and restore the last backup into a new one",
        .segment.display()
    )]
    Broken {
        /// The record that should stand there.
        sequence: u64,
        /// In which file.
        segment: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        flaw: Flaw,
    },
    /// The journal lacks records that were known to be kept.
    #[error(
        "the journal ends at record {ends}, but record {known} was known to be kept: records are missing; put the \
         missing segments back or restore a backup; if this older journal is the one wanted, remove `index` and \
         `index.mark` beside it"
    )]
    Ahead {
        /// The last record there is.
        ends: u64,
        /// The last record known to have been kept.
        known: u64,
    },
    /// A record is whole but cannot be understood: written by a newer version, or by another role.
    #[error("record {sequence} cannot be understood: {why}")]
    Foreign {
        /// Which record.
        sequence: u64,
        /// Why not.
        why: String,
    },
    /// The index could be neither opened nor rebuilt.
    #[error("the index cannot be built: {0}")]
    Index(String),
    /// The target of a copy holds something already.
    #[error("{} is not empty: name a new directory", .dir.display())]
    NotEmpty {
        /// Which directory.
        dir: PathBuf,
    },
    /// There is no journal to check or copy.
    #[error("{} holds no journal", .dir.display())]
    NoJournal {
        /// Which directory.
        dir: PathBuf,
    },
    /// The journal to be restored is not sound.
    #[error("the journal to restore has {count} problems, the first: {first}")]
    Unsound {
        /// How many.
        count: usize,
        /// The first of them.
        first: String,
    },
    /// The store is closed or its worker is gone.
    #[error("the store is closed")]
    Closed,
}

/// Names what was tried, and on what, in an error of the file system.
pub(crate) fn doing<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> OpenError + 'a {
    move |source| OpenError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
