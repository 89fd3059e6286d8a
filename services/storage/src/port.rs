//! The port: what the hotline asks of a place where tickets are kept. Each method is a promise in domain words.

use async_trait::async_trait;
use domain::access::Actor;
use domain::id::{CallerHash, CategoryId, RequestId, RulesVersion, TicketNumber, UnitId};
use domain::ticket::{Fact, PhaseName, Recorded, Ticket};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Tickets one commit may touch.
pub const WRITES_MAX: usize = 64;
/// Facts one write may add.
pub const FACTS_MAX: usize = 128;
/// The longest body of a record in bytes.
pub const RECORD_BYTES_MAX: usize = 1 << 20;
/// How many rows a list, history or feed call answers at most.
pub const ROWS_MAX: usize = 2_000;
/// How long request ids are kept, in days.
pub const REQUEST_DAYS: i64 = 30;

/// One commit: everything in it is kept, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// When. Times never run backwards in a ledger: the writer raises this to the last commit's if it is earlier.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// Under which rules.
    pub rules: RulesVersion,
    /// The request it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// W3C `traceparent` of the request, so that followers continue its trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What is written, 1 to [`WRITES_MAX`] tickets, each once.
    pub writes: Vec<Write>,
}

/// New facts of one ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Which ticket.
    pub number: TicketNumber,
    /// The version the facts were decided on; 0 for a new ticket.
    pub base: u32,
    /// The facts, at least one.
    pub facts: Vec<Fact>,
}

/// The caller's name for a mutation and the keyed hash of what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The caller's own id, scoped to the commit's actor (`actor.holder`).
    pub id: RequestId,
    /// Keyed hash of the content, hex.
    pub content: String,
}

/// What a commit came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Its sequence in the ledger; feed offsets of its facts begin with it.
    pub sequence: u64,
    /// The time it was recorded with.
    pub at: Timestamp,
    /// The tickets as they now stand, in the order of the writes.
    pub tickets: Vec<Ticket>,
}

/// A request answered before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Keyed hash of its content, hex.
    pub content: String,
    /// When it was answered.
    pub at: Timestamp,
    /// The first ticket it wrote, and the version that had after it.
    pub number: TicketNumber,
    /// See [`Answered::number`].
    pub version: u32,
}

/// Where a follower stands: the commit and the fact within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Offset {
    /// The commit's sequence, from 1; 0 is before everything.
    pub sequence: u64,
    /// The fact within it, from 1.
    pub ordinal: u32,
}

/// One fact in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its place.
    pub offset: Offset,
    /// The fact.
    pub recorded: Recorded,
    /// The trace it belongs to.
    pub trace: Option<String>,
}

/// Where a ticket stands among those with a level to fire: the instant of its next level, then its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DuePlace {
    /// When its next level fires.
    pub at: Timestamp,
    /// Which ticket.
    pub number: TicketNumber,
}

/// Which tickets a list is of. Every list is in the order of numbers, so a ticket never moves between pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListKey {
    /// Every ticket.
    All,
    /// Those in a phase.
    Phase(PhaseName),
    /// Those in which a unit has or had a leg.
    Unit(UnitId),
    /// Those of a unit in a phase.
    UnitPhase(UnitId, PhaseName),
    /// Those a caller has contacts in.
    Caller(CallerHash),
    /// Those with a ruling 裁定 whose category lies under this top.
    Ruled(CategoryId),
    /// Those with a supervision order 督办单 that waits for an answer.
    OpenOrder,
    /// Those whose resident is to be rung although there is no answer 到期回访.
    DeadlineCallback,
}

impl ListKey {
    /// Rulings on matters of the same top category.
    pub fn ruled_like(category: &CategoryId) -> Self {
        let line = std::iter::successors(Some(category.clone()), CategoryId::parent);
        ListKey::Ruled(line.last().unwrap_or_else(|| category.clone()))
    }
}

/// Why a commit was not kept.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The ticket has moved on (or is missing: version 0).
    #[error("{number} is at version {version}")]
    Conflict {
        /// Which ticket.
        number: TicketNumber,
        /// Where it stands.
        version: u32,
    },
    /// The same request was answered before.
    #[error("the request was answered before")]
    Repeated(Answered),
    /// The request id was used before for something else.
    #[error("the request id was used before with other content")]
    Reused,
    /// The store failed.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why the store cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The request is beyond the port's limits: too many writes, facts or bytes.
    #[error("beyond the limit of {what}: at most {max}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How much is taken.
        max: usize,
    },
    /// No space is left; reads go on.
    #[error("no space is left")]
    Full,
    /// The writer has stopped after a failed write or sync, or the store is closed. Whether the last commits are kept
    /// is known after a restart.
    #[error("the ledger takes no more writes")]
    Stopped,
    /// Stored bytes cannot be read.
    #[error("stored bytes cannot be read: {0}")]
    Damaged(String),
    /// Busy beyond the queue's limit; try again.
    #[error("the ledger's queue is full")]
    Busy,
}

/// Where tickets are kept.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// The ticket of a number as the last commit left it.
    async fn load(&self, number: TicketNumber) -> Result<Option<Ticket>, Failure>;

    /// A ticket's facts after a version, in order, at most `limit` (and [`ROWS_MAX`]).
    async fn history(&self, number: TicketNumber, after: u32, limit: usize)
    -> Result<Vec<Recorded>, Failure>;

    /// Keeps a commit. Once this returns `Ok` no crash loses it.
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError>;

    /// Tickets under a key whose number is after `after`, in the order of numbers, at most `limit` (and [`ROWS_MAX`]).
    async fn list(
        &self,
        key: &ListKey,
        after: Option<TicketNumber>,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure>;

    /// Tickets with a level to fire at or before `at`, earliest first and those of one instant in the order of numbers, at
    /// most `limit` (and [`ROWS_MAX`]); with `after` only those behind that place, so that tickets whose levels cannot be
    /// fired do not stand in the way of the rest.
    async fn due_page(
        &self,
        after: Option<DuePlace>,
        at: Timestamp,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure>;

    /// The first such page.
    async fn due_before(&self, at: Timestamp, limit: usize) -> Result<Vec<Ticket>, Failure> {
        self.due_page(None, at, limit).await
    }

    /// The instant of the earliest level of all tickets that fires later than `after`.
    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, Failure>;

    /// The instant of the earliest level to fire of all tickets.
    async fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        self.next_due_after(Timestamp::MIN).await
    }

    /// When the last commit was kept, of whatever kind; none in a ledger that keeps nothing yet. Nothing may be decided
    /// at an earlier time.
    fn last_at(&self) -> Option<Timestamp>;

    /// Facts after an offset, in order, at most about `limit` (whole commits; and [`ROWS_MAX`]).
    async fn feed(&self, after: Offset, limit: usize) -> Result<Vec<FeedEntry>, Failure>;

    /// The sequence of the last commit kept; changes when one is. For waiting on the feed.
    fn head(&self) -> watch::Receiver<u64>;

    /// Whether a request of an actor was answered within [`REQUEST_DAYS`] before `now`.
    async fn request(
        &self,
        actor: &Actor,
        id: &RequestId,
        now: Timestamp,
    ) -> Result<Option<Answered>, Failure>;

    /// The highest number of a day.
    async fn last_number(&self, date: Date) -> Result<Option<TicketNumber>, Failure>;

    /// Keeps a rules bundle (its JSON) under its version and makes it the current one.
    async fn publish_rules(
        &self,
        version: RulesVersion,
        json: String,
        at: Timestamp,
        actor: Actor,
    ) -> Result<(), Failure>;

    /// A rules bundle's JSON; without a version the current one.
    async fn rules(&self, version: Option<&RulesVersion>) -> Result<Option<(RulesVersion, String)>, Failure>;

    /// The history id: changes on restore. Resume tokens of another history are void.
    fn history_id(&self) -> uuid::Uuid;

    /// Whether writes are still taken.
    fn is_writable(&self) -> bool;

    /// Finishes what was begun, marks the store cleanly closed. Later calls fail with [`Failure::Stopped`].
    async fn close(&self) -> Result<(), Failure>;
}
