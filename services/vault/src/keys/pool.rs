//! The pool: keys made, reserved and opened ahead by a task, so that a command takes one without touching the disk.
//!
//! `made` (keys in the file) ≥ `reserved` (may have been handed out) ≥ what was handed out. After a crash numbering
//! goes on at `reserved`.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::header::place_of;
use super::slot::{SLOT_BYTES, Slot};
use super::{Found, Keys};
use crate::cipher::Key;
use crate::error::KeysError;

impl Keys {
    /// Hands out a fresh slot and its key. Waits only when the pool is empty, for [`Keys::fill`] on another thread.
    pub(crate) async fn take(&self) -> Result<(u64, Arc<Key>), KeysError> {
        loop {
            let filled = self.filled.notified();
            tokio::pin!(filled);
            filled.as_mut().enable();
            if let Some(taken) = self.take_ready() {
                return Ok(taken);
            }
            if self.is_stopped.load(Ordering::Acquire) {
                return Err(KeysError::Stopped);
            }
            self.wanted.notify_one();
            filled.await;
        }
    }

    pub(super) fn take_ready(&self) -> Option<(u64, Arc<Key>)> {
        let (taken, left) = {
            let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            (ready.pop_front(), ready.len() as u64)
        };
        if left < self.sizes.reserve {
            self.wanted.notify_one();
        }
        let (slot, key) = taken?;
        self.lock_opened().keep(slot, &key, None);
        Some((slot, key))
    }

    /// Keys that can be handed out without the disk.
    pub(crate) fn ready_count(&self) -> u64 {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
    }

    /// Makes and reserves keys until more than one block is ready. Blocks: for a thread that may.
    pub(crate) fn fill(&self) -> Result<(), KeysError> {
        let filled = self.try_fill();
        if filled.is_err() {
            // Who waits for a key must not wait for ever.
            self.is_stopped.store(true, Ordering::Release);
        }
        self.filled.notify_waiters();
        filled
    }

    fn try_fill(&self) -> Result<(), KeysError> {
        loop {
            let ready = self.ready_count();
            if ready > self.sizes.reserve {
                return Ok(());
            }
            let (from, to) = self.reserve()?;
            let mut fresh = VecDeque::new();
            for slot in from..to {
                match self.load(slot) {
                    Ok(Found::Live(key)) => fresh.push_back((slot, key)),
                    // A key of the pool that was lost is passed over: its number stays unused.
                    Ok(Found::Gone) => {}
                    Err(error @ KeysError::Damaged(_)) => tracing::error!(%error, "passed over"),
                    Err(error) => return Err(error),
                }
            }
            let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            if !self.is_stopped.load(Ordering::Acquire) {
                ready.append(&mut fresh);
            }
            drop(ready);
            self.filled.notify_waiters();
        }
    }

    /// Reserves the next block of slots, making keys where there are none. Durable before it returns.
    fn reserve(&self) -> Result<(u64, u64), KeysError> {
        self.writing(|header| {
            let from = header.reserved;
            let to = from + self.sizes.reserve;
            if header.made < to {
                self.make(header.made, header.made + self.sizes.pool)?;
                header.made += self.sizes.pool;
            }
            header.reserved = to;
            self.write_header(header)?;
            Ok((from, to))
        })
    }

    fn make(&self, from: u64, to: u64) -> Result<(), KeysError> {
        let masters = self.masters();
        let mut bytes = Vec::with_capacity(usize::try_from(to - from).unwrap_or(0) * SLOT_BYTES);
        for slot in from..to {
            bytes.extend(Slot::wrap(masters.writing(), slot, &Key::random()).encode(slot));
        }
        self.medium.write(place_of(from), &bytes)?;
        self.medium.sync()?;
        Ok(())
    }
}
