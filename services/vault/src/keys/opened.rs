//! Opened keys, remembered in two generations: when the young one is full it becomes the old one, which is dropped.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cipher::Key;
use crate::limits::OPENED_MAX;

#[derive(Default)]
pub(crate) struct Opened {
    young: HashMap<u64, Arc<Key>>,
    old: HashMap<u64, Arc<Key>>,
    destroyed: u64,
}

impl Opened {
    pub(crate) fn recall(&mut self, slot: u64) -> Option<Arc<Key>> {
        if let Some(key) = self.young.get(&slot) {
            return Some(Arc::clone(key));
        }
        let key = self.old.remove(&slot)?;
        self.keep(slot, &key, None);
        Some(key)
    }

    /// How many times a key was destroyed so far; see [`Opened::keep`].
    pub(crate) fn destroyed(&self) -> u64 {
        self.destroyed
    }

    /// Remembers a key. One that was read from the disk comes with the count of [`Opened::destroyed`] before it was
    /// read, and is not remembered when anything was destroyed since: it might be what was destroyed.
    pub(crate) fn keep(&mut self, slot: u64, key: &Arc<Key>, destroyed: Option<u64>) {
        if destroyed.is_some_and(|before| before != self.destroyed) {
            return;
        }
        if self.young.len() >= OPENED_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(slot, Arc::clone(key));
    }

    pub(crate) fn forget(&mut self, slot: u64) {
        self.destroyed += 1;
        self.young.remove(&slot);
        self.old.remove(&slot);
    }
}
