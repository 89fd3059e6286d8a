//! Tickets kept unpacked in memory, so that commands on busy ones never wait for the index.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::TicketNumber;

use super::row::Row;

/// Two generations: what is used moves to the young one, and when that is full the old one is forgotten.
pub(crate) struct Cache {
    generations: Mutex<Generations>,
    half: usize,
}

#[derive(Default)]
struct Generations {
    young: HashMap<TicketNumber, Arc<Row>>,
    old: HashMap<TicketNumber, Arc<Row>>,
    /// Counts the groups applied: what was read before a group may be older than what it wrote.
    epoch: u64,
}

impl Cache {
    /// Keeps about `tickets` of them.
    pub(crate) fn new(tickets: usize) -> Cache {
        Cache {
            generations: Mutex::default(),
            half: (tickets / 2).max(1),
        }
    }

    pub(crate) fn get(&self, number: TicketNumber) -> Option<Arc<Row>> {
        let mut generations = self.lock();
        if let Some(row) = generations.young.get(&number) {
            return Some(Arc::clone(row));
        }
        let row = generations.old.remove(&number)?;
        generations.put(Arc::clone(&row), self.half);
        Some(row)
    }

    /// To be asked before the index is read.
    pub(crate) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Remembers what was read from the index, unless a group was applied since `epoch`.
    pub(crate) fn remember(&self, row: Arc<Row>, epoch: u64) {
        let mut generations = self.lock();
        if generations.epoch == epoch {
            generations.put(row, self.half);
        }
    }

    /// Takes what a group wrote. Only the writer calls this, when the index has it.
    pub(crate) fn replace(&self, rows: impl IntoIterator<Item = Arc<Row>>) {
        let mut generations = self.lock();
        generations.epoch += 1;
        for row in rows {
            generations.old.remove(&row.ticket.number);
            generations.put(row, self.half);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn put(&mut self, row: Arc<Row>, half: usize) {
        if self.young.len() >= half && !self.young.contains_key(&row.ticket.number) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(row.ticket.number, row);
    }
}
