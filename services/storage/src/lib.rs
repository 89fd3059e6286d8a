//! Where tickets are kept: the port and its adapters, one contract suite for all.
//!
//! **Owns** the [`port`] (what the hotline asks of a store), the journal that is the truth, the index that is rebuilt
//! from it, and the tools that check, copy and restore a journal.
//!
//! **Never** decides anything about a ticket: it folds facts with [`domain::ticket::Ticket`] and hands them out again.
//! Never reads a clock: times come with the commits. Never acknowledges what is not on the disk, never retries a failed
//! sync, never repairs more than the incomplete end of the last write.
//!
//! **Start** with [`port::Ledger`], then [`Embedded`] and the `journal` module; [`Memory`] says in plain words what every
//! adapter must do, and `tests/contract` holds them to it. Limits are in [`limits`] and, where callers must know them, in
//! [`port`].

#![warn(missing_docs)]

mod copy;
mod disk;
mod embedded;
mod error;
mod faulty;
mod group;
mod journal;
pub mod limits;
mod log;
mod memory;
pub mod port;
mod port_limits;
mod verify;
mod walk;

pub use copy::{Copied, Restored, backup, restore};
pub use embedded::{Embedded, Options, rebuild};
pub use error::OpenError;
pub use faulty::{Fault, Faulty, Rates};
pub use journal::{Flaw, Origin};
pub use log::{Appended, Entry, Log, LogOptions};
pub use memory::Memory;
pub use verify::{Problem, Report, verify};
pub use walk::{Walked, Written, is_in_use, walk};
