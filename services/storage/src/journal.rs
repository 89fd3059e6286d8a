//! The journal: append-only segments of JSON Lines, each record naming the hash of the one before it.
//!
//! Start with `record` (what a line is), then `chain` (what a sequence of lines must be), `append` (how one is added)
//! and `recover` (how a directory is opened, and what may be cut from its end).

mod append;
mod chain;
mod head;
mod read;
mod record;
mod recover;
mod scan;
mod segment;

use std::path::{Path, PathBuf};

#[cfg(test)]
pub(crate) use append::Point;
pub(crate) use append::{Appender, Draft, Trip};
pub(crate) use chain::Chain;
pub use head::Origin;
pub(crate) use head::{HEAD, Head};
pub(crate) use read::Reader;
pub use record::Flaw;
pub(crate) use record::{Record, to_hex};
pub(crate) use recover::recover;
pub(crate) use scan::{End, Group, Halt, Lines, Placed, Position, Read, Scanner};
pub(crate) use segment::{Segment, segments};

/// Where a store's segments lie.
pub(crate) fn dir_of(store: &Path) -> PathBuf {
    store.join("journal")
}
