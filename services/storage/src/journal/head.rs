//! The record a history begins with.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The kind of a history's first record.
pub(crate) const HEAD: &str = "head";

/// Where a history came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Origin {
    /// It began empty.
    New,
    /// It continues a copy of another one.
    Restored {
        /// Which.
        parent: Uuid,
        /// The last record taken from it.
        after: u64,
    },
}

/// A history's name and origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) history: Uuid,
    pub(crate) origin: Origin,
}

impl Head {
    pub(crate) fn new() -> Head {
        Head {
            history: Uuid::new_v4(),
            origin: Origin::New,
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a head is always JSON")
    }
}
