//! What the writer and the readers of one store share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::id::TicketNumber;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use super::cache::Cache;
use super::index::{Index, Unusable};
use super::ring::Ring;
use super::row::Row;
use super::trust::Trust;
use crate::journal::{End, Reader};
use crate::port::Failure;

/// Where the index stands; written with every batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    /// The journal's end it was applied to.
    pub(crate) end: End,
    /// The last commit's sequence.
    pub(crate) head: u64,
    /// The history the journal belongs to.
    pub(crate) history: Uuid,
}

pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) history: Uuid,
    /// None once closed.
    pub(crate) index: RwLock<Option<Index>>,
    pub(crate) reader: Reader,
    pub(crate) cache: Cache,
    pub(crate) ring: Mutex<Ring>,
    pub(crate) head: watch::Sender<u64>,
    /// Everything up to here is kept and applied.
    pub(crate) end: Mutex<End>,
    pub(crate) stopped: AtomicBool,
    pub(crate) trust: Arc<Trust>,
}

impl Shared {
    pub(crate) fn end(&self) -> End {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.index
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none()
    }

    pub(crate) fn takes_writes(&self) -> bool {
        !self.stopped.load(Ordering::Acquire) && !self.trust.is_damaged()
    }

    /// Asks the index. What cannot be read marks it for a rebuild at the next open.
    pub(crate) fn with_index<R>(
        &self,
        ask: impl FnOnce(&Index) -> Result<R, Unusable>,
    ) -> Result<R, Failure> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let index = index.as_ref().ok_or(Failure::Stopped)?;
        if self.trust.is_damaged() {
            return Err(restart("it was found damaged before"));
        }
        ask(index).map_err(|Unusable(why)| {
            self.trust.distrust(&why);
            restart(&why)
        })
    }

    /// A ticket's row, from memory or from the index.
    pub(crate) fn row(&self, number: TicketNumber) -> Result<Option<Arc<Row>>, Failure> {
        if let Some(row) = self.cache.get(number) {
            return Ok(Some(row));
        }
        let epoch = self.cache.epoch();
        let row = self.with_index(|index| Row::get(index, number))?.map(Arc::new);
        if let Some(row) = &row {
            self.cache.remember(Arc::clone(row), epoch);
        }
        Ok(row)
    }
}

/// What is told of an index that is not to be used.
pub(crate) fn restart(why: &str) -> Failure {
    Failure::Damaged(format!(
        "the index: {why}; restart to rebuild it from the journal"
    ))
}
