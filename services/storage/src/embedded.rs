//! The default store: a journal that is the truth, and an index that can be rebuilt from it.
//!
//! ```text
//! DIR/lock            one process owns the directory
//! DIR/journal/*.jsonl the truth
//! DIR/index/          rebuildable
//! DIR/index.mark      whether the index may be trusted
//! ```

pub(crate) mod body;
mod cache;
mod index;
mod keys;
mod mark;
mod open;
mod reads;
mod ring;
mod row;
mod shared;
mod space;
mod stage;
mod trust;
mod writer;

#[cfg(test)]
mod disk_tests;
#[cfg(test)]
mod settle_tests;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use domain::access::Actor;
use domain::id::{RequestId, RulesVersion, TicketNumber};
use domain::ticket::{Recorded, Ticket};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

pub use open::{Options, rebuild};

use crate::copy::{self, Copied};
use crate::error::OpenError;
use crate::group::Queue;
use crate::journal::Trip;
use crate::limits::RULES_BYTES_MAX;
use crate::port::{
    Answered, Commit, CommitError, Committed, DuePlace, Failure, FeedEntry, Ledger, ListKey, Offset,
    RECORD_BYTES_MAX,
};
use shared::Shared;
use writer::Job;

/// A ledger in a directory of one machine. Dropping it without [`Ledger::close`] is like a crash of the process: all
/// that was acknowledged is there at the next open.
pub struct Embedded {
    shared: Arc<Shared>,
    queue: Arc<Queue<Job>>,
}

impl Embedded {
    /// Opens a directory, creating it if need be. After a clean stop this reads almost nothing; after a crash of the
    /// machine the index is rebuilt from the whole journal, and `progress` is told the bytes read and the bytes
    /// there are.
    pub async fn open(
        dir: &Path,
        options: Options,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<Arc<Embedded>, OpenError> {
        let dir = dir.to_owned();
        let open = move || Embedded::open_blocking(&dir, &options, progress);
        tokio::task::spawn_blocking(open)
            .await
            .unwrap_or(Err(OpenError::Closed))
    }

    /// The same on the calling thread.
    pub fn open_blocking(
        dir: &Path,
        options: &Options,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Arc<Embedded>, OpenError> {
        Embedded::open_on(dir, options, Trip::default(), &mut progress)
    }

    /// The same on a disk that may be told to fail.
    fn open_on(
        dir: &Path,
        options: &Options,
        trip: Trip,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Arc<Embedded>, OpenError> {
        let (shared, keeper) = open::open(dir, options, trip, progress)?;
        let queue = Queue::start("ledger", keeper, options.queue_items).map_err(|source| OpenError::Io {
            doing: "start the writer of",
            path: dir.to_owned(),
            source,
        })?;
        Ok(Arc::new(Embedded {
            shared,
            queue: Arc::new(queue),
        }))
    }

    /// Copies everything acknowledged so far into a new directory, while commits go on. The copy is a journal without
    /// an index: `restore` makes a store of it.
    pub async fn backup(&self, to: &Path) -> Result<Copied, OpenError> {
        let (dir, to, end) = (self.shared.dir.clone(), to.to_owned(), self.shared.end());
        let copy = move || copy::copy_up_to(&dir, &to, &end, &mut |_, _| {});
        tokio::task::spawn_blocking(copy)
            .await
            .unwrap_or(Err(OpenError::Closed))
    }

    /// Asks the index or the journal, which block, on a thread that may.
    async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&Shared) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, Failure> {
        let shared = Arc::clone(&self.shared);
        let asked = tokio::task::spawn_blocking(move || question(&shared));
        asked
            .await
            .unwrap_or_else(|error| Err(Failure::Damaged(format!("a read ended by a panic: {error}"))))
    }

    /// Closed: nothing is answered any more.
    fn open_still(&self) -> Result<(), Failure> {
        if self.shared.is_closed() {
            Err(Failure::Stopped)
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Ledger for Embedded {
    async fn load(&self, number: TicketNumber) -> Result<Option<Ticket>, Failure> {
        self.open_still()?;
        if let Some(row) = self.shared.cache.get(number) {
            return Ok(Some(row.ticket.clone()));
        }
        self.ask(move |shared| shared.load(number)).await
    }

    async fn history(
        &self,
        number: TicketNumber,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Recorded>, Failure> {
        self.open_still()?;
        if let Some(recorded) = self.shared.history_recent(number, after, limit) {
            return Ok(recorded);
        }
        self.ask(move |shared| shared.history(number, after, limit)).await
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        crate::port_limits::check(&commit)?;
        let body = body::encode(&commit)?;
        if body.len() > RECORD_BYTES_MAX {
            return Err(Failure::Limit {
                what: "bytes of a commit",
                max: RECORD_BYTES_MAX,
            }
            .into());
        }
        let (writes, bytes) = (commit.writes.len(), body.len());
        let (answer, answered) = oneshot::channel();
        self.queue.push(
            Job::Commit {
                commit: Box::new(commit),
                body,
                answer,
            },
            writes,
            bytes,
        )?;
        answered.await.unwrap_or(Err(Failure::Stopped.into()))
    }

    async fn list(
        &self,
        key: &ListKey,
        after: Option<TicketNumber>,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure> {
        let key = key.clone();
        self.ask(move |shared| shared.list(&key, after, limit)).await
    }

    async fn due_page(
        &self,
        after: Option<DuePlace>,
        at: Timestamp,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure> {
        self.ask(move |shared| shared.due_page(after, at, limit)).await
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, Failure> {
        self.ask(move |shared| shared.next_due_after(after)).await
    }

    fn last_at(&self) -> Option<Timestamp> {
        Some(self.shared.end().at).filter(|at| *at > Timestamp::MIN)
    }

    async fn feed(&self, after: Offset, limit: usize) -> Result<Vec<FeedEntry>, Failure> {
        self.open_still()?;
        if let Some(entries) = self.shared.feed_recent(after, limit) {
            return Ok(entries);
        }
        self.ask(move |shared| shared.feed(after, limit)).await
    }

    fn head(&self) -> watch::Receiver<u64> {
        self.shared.head.subscribe()
    }

    async fn request(
        &self,
        actor: &Actor,
        id: &RequestId,
        now: Timestamp,
    ) -> Result<Option<Answered>, Failure> {
        let key = keys::request(&actor.holder, id);
        self.ask(move |shared| shared.request(&key, now)).await
    }

    async fn last_number(&self, date: Date) -> Result<Option<TicketNumber>, Failure> {
        self.ask(move |shared| shared.last_number(date)).await
    }

    async fn publish_rules(
        &self,
        version: RulesVersion,
        json: String,
        at: Timestamp,
        actor: Actor,
    ) -> Result<(), Failure> {
        let rules = body::Rules { version, actor, json };
        let body = body::encode_rules(&rules)?;
        if body.len() > RULES_BYTES_MAX {
            return Err(Failure::Limit {
                what: "bytes of a rules bundle",
                max: RULES_BYTES_MAX,
            });
        }
        let bytes = body.len();
        let (answer, answered) = oneshot::channel();
        self.queue.push(
            Job::Rules {
                version: rules.version,
                at,
                body,
                answer,
            },
            1,
            bytes,
        )?;
        answered.await.unwrap_or(Err(Failure::Stopped))
    }

    async fn rules(&self, version: Option<&RulesVersion>) -> Result<Option<(RulesVersion, String)>, Failure> {
        let version = version.cloned();
        self.ask(move |shared| shared.rules(version.as_ref())).await
    }

    fn history_id(&self) -> Uuid {
        self.shared.history
    }

    fn is_writable(&self) -> bool {
        self.queue.is_open() && self.shared.takes_writes()
    }

    async fn close(&self) -> Result<(), Failure> {
        let queue = Arc::clone(&self.queue);
        tokio::task::spawn_blocking(move || queue.close())
            .await
            .unwrap_or(Err(Failure::Stopped))
    }
}
