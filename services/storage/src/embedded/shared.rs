//! What the writer and the readers of one store share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use domain::id::TicketNumber;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use super::cache::Cache;
use super::index::{Index, Unusable};
use super::mark::{Left, Mark};
use super::ring::Ring;
use super::row::Row;
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
    pub(crate) damaged: AtomicBool,
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
        !self.stopped.load(Ordering::Acquire) && !self.damaged.load(Ordering::Acquire)
    }

    /// Asks the index. What cannot be read marks it for a rebuild at the next open.
    pub(crate) fn with_index<R>(
        &self,
        ask: impl FnOnce(&Index) -> Result<R, Unusable>,
    ) -> Result<R, Failure> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let index = index.as_ref().ok_or(Failure::Stopped)?;
        if self.damaged.load(Ordering::Acquire) {
            return Err(restart("it was found damaged before"));
        }
        ask(index).map_err(|Unusable(why)| {
            self.distrust(&why);
            restart(&why)
        })
    }

    /// A ticket's row, from memory or from the index.
    pub(crate) fn row(&self, number: TicketNumber) -> Result<Option<std::sync::Arc<Row>>, Failure> {
        if let Some(row) = self.cache.get(number) {
            return Ok(Some(row));
        }
        let epoch = self.cache.epoch();
        let row = self
            .with_index(|index| Row::get(index, number))?
            .map(std::sync::Arc::new);
        if let Some(row) = &row {
            self.cache.remember(std::sync::Arc::clone(row), epoch);
        }
        Ok(row)
    }

    /// The index is no longer to be used, now or after a restart.
    fn distrust(&self, why: &str) {
        if self.damaged.swap(true, Ordering::AcqRel) {
            return;
        }
        tracing::error!(
            why,
            "the index is damaged; restart to rebuild it from the journal"
        );
        let durable = self.end().sequence;
        if let Err(error) = Mark::new(Left::Damaged, None, durable).write(&self.dir) {
            tracing::error!(%error, "the damaged index cannot be marked; remove `index` before the restart");
        }
    }
}

fn restart(why: &str) -> Failure {
    Failure::Damaged(format!(
        "the index: {why}; restart to rebuild it from the journal"
    ))
}
