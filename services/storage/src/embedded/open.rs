//! Opening a store: is the index to be trusted, what does the journal hold beyond it, where does writing go on.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};

use domain::id::RulesVersion;
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use super::body::{self, COMMIT, RULES};
use super::cache::Cache;
use super::index::{self, Index};
use super::keys;
use super::mark::{Left, Mark};
use super::ring::Ring;
use super::shared::{Meta, Shared};
use super::stage::Stage;
use super::trust::Trust;
use super::writer::Writer;
use crate::disk::{self, Lock};
use crate::error::{OpenError, doing};
use crate::group::Keeper;
use crate::journal::{
    Appender, Draft, End, Group, HEAD, Head, Placed, Position, Reader, Trip, dir_of, recover, segments,
};
use crate::limits::{
    FREE_BYTES_MIN, HOT_TICKETS, INDEX_CACHE_BYTES, QUEUE_ITEMS_MAX, REBUILD_BYTES, REBUILD_WRITES,
    RECENT_BYTES, RECENT_KEYS, SEGMENT_BYTES, SEGMENT_BYTES_MAX,
};
use crate::port::Commit;

/// How a store is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// A new segment is begun when the last one has reached this size.
    pub segment_bytes: u64,
    /// The index's page cache.
    pub index_cache_bytes: u64,
    /// Changes of the index kept in memory before its engine gets them, as one batch; as many again wait while it does.
    pub recent_keys: usize,
    /// Bytes of such changes.
    pub recent_bytes: usize,
    /// Tickets kept unpacked in memory.
    pub hot_tickets: usize,
    /// Commits waiting for the writer; one more is [`Failure::Busy`](crate::port::Failure::Busy).
    pub queue_items: usize,
    /// With less free than this the disk counts as full: commits are refused, and the index can still finish.
    pub free_bytes_min: u64,
    /// The id of the machine's boot; none reads it from the system.
    pub boot_id: Option<String>,
    /// The time a new history is recorded with.
    pub at: Timestamp,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            segment_bytes: SEGMENT_BYTES,
            index_cache_bytes: INDEX_CACHE_BYTES,
            recent_keys: RECENT_KEYS,
            recent_bytes: RECENT_BYTES,
            hot_tickets: HOT_TICKETS,
            queue_items: QUEUE_ITEMS_MAX,
            free_bytes_min: FREE_BYTES_MIN,
            boot_id: None,
            at: Timestamp::UNIX_EPOCH,
        }
    }
}

type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Opens a directory: what is shared by all, and the writer to be started.
pub(crate) fn open(
    dir: &Path,
    options: &Options,
    trip: Trip,
    progress: Progress<'_>,
) -> Result<(Arc<Shared>, Writer), OpenError> {
    let lock = Lock::take(dir)?;
    let boot = options.boot_id.clone().or_else(disk::boot_id);
    let mark = Mark::read(dir);
    let durable = mark.as_ref().map_or(0, |mark| mark.durable);
    if !mark.is_some_and(|mark| mark.is_trusted(boot.as_deref())) {
        remove_index(dir)?;
    }
    Mark::new(Left::Open, boot.clone(), durable).write(dir)?;
    let mut catch_up = || {
        let caught_up = catch_up(dir, options, durable, trip.clone(), progress)?;
        caught_up.0.trust.vouch(Left::Open, boot.clone())?;
        Ok(caught_up)
    };
    let caught_up = match catch_up() {
        Err(OpenError::Index(why)) => {
            tracing::warn!(why, "the index is unusable and is rebuilt from the journal");
            remove_index(dir)?;
            catch_up()
        }
        caught_up => caught_up,
    };
    let (shared, appender, meta) = caught_up?;
    let shared = Arc::new(shared);
    let writer = Writer {
        shared: Arc::clone(&shared),
        appender,
        meta,
        free_bytes_min: options.free_bytes_min,
        since_sweep: 0,
        sweep_from: Vec::new(),
        lock,
    };
    Ok((shared, writer))
}

/// Builds the index of a stopped store anew from its journal. Answers the last record's sequence.
pub fn rebuild(dir: &Path, options: &Options, mut progress: impl FnMut(u64, u64)) -> Result<u64, OpenError> {
    rebuild_on(dir, options, Trip::default(), &mut progress)
}

/// The same on a disk that may be told to fail.
pub(crate) fn rebuild_on(
    dir: &Path,
    options: &Options,
    trip: Trip,
    progress: Progress<'_>,
) -> Result<u64, OpenError> {
    let journal = dir_of(dir);
    if segments(&journal).map_err(doing("list", &journal))?.is_empty() {
        return Err(OpenError::NoJournal { dir: dir.to_owned() });
    }
    {
        let _lock = Lock::take(dir)?;
        let durable = Mark::read(dir).map_or(0, |mark| mark.durable);
        Mark::new(Left::Damaged, None, durable).write(dir)?;
    }
    let (shared, writer) = open(dir, options, trip, progress)?;
    let last = shared.end().sequence;
    writer
        .close()
        .map_err(|failure| OpenError::Index(failure.to_string()))?;
    Ok(last)
}

fn remove_index(dir: &Path) -> Result<(), OpenError> {
    let dir = dir.join("index");
    index::remove(&dir).map_err(doing("remove", &dir))
}

/// Brings the index to the journal's end, from wherever it is, and makes the journal ready for writing.
fn catch_up(
    dir: &Path,
    options: &Options,
    durable: u64,
    trip: Trip,
    progress: Progress<'_>,
) -> Result<(Shared, Appender, Meta), OpenError> {
    let trust = Arc::new(Trust::new(dir, durable));
    let index = Index::open(&dir.join("index"), options, Arc::clone(&trust), trip.clone())?;
    let known = index.get(&keys::meta())?;
    let known: Option<Meta> = known
        .map(|json| serde_json::from_slice(&json))
        .transpose()
        .map_err(|error| OpenError::Index(error.to_string()))?;
    let journal = dir_of(dir);
    let mut shared = begin(dir, &journal, options, index, trust);
    let nothing = Meta {
        end: End::nothing(),
        head: 0,
        history: Uuid::nil(),
    };
    let meta = known.clone().unwrap_or(nothing);
    let mut replay = Replay {
        shared: &shared,
        meta,
        pending: Vec::new(),
        writes: 0,
        bytes: 0,
    };
    let durable = durable.max(replay.meta.end.sequence);
    let from = known.as_ref().map(|meta| &meta.end);
    let end = recover(&journal, from, durable, &mut |group| replay.take(group), progress)?;
    replay.flush()?;
    let mut meta = replay.meta;
    meta.end = end;
    let mut appender = Appender::resume(
        &journal,
        meta.end.clone(),
        options.segment_bytes.min(SEGMENT_BYTES_MAX),
        trip,
    )?;
    if meta.end.sequence == 0 {
        begin_history(&journal, &mut appender, options.at, &shared, &mut meta)?;
    }
    let found = segments(&journal).map_err(doing("list", &journal))?;
    shared.reader = Reader::new(&journal, found.iter().map(|segment| segment.first).collect());
    shared.history = meta.history;
    shared.ring = Mutex::new(Ring::new(meta.end.sequence + 1));
    shared.end = Mutex::new(meta.end.clone());
    shared.trust.reach(meta.end.sequence);
    shared.head.send_replace(meta.head);
    Ok((shared, appender, meta))
}

fn begin(dir: &Path, journal: &Path, options: &Options, index: Index, trust: Arc<Trust>) -> Shared {
    Shared {
        dir: dir.to_owned(),
        history: Uuid::nil(),
        index: RwLock::new(Some(index)),
        reader: Reader::new(journal, Vec::new()),
        cache: Cache::new(options.hot_tickets),
        ring: Mutex::new(Ring::new(1)),
        head: watch::Sender::new(0),
        end: Mutex::new(End::nothing()),
        stopped: AtomicBool::new(false),
        trust,
    }
}

fn begin_history(
    journal: &Path,
    appender: &mut Appender,
    at: Timestamp,
    shared: &Shared,
    meta: &mut Meta,
) -> Result<(), OpenError> {
    let head = Head::new();
    let draft = Draft {
        kind: HEAD,
        at,
        body: head.body(),
    };
    appender
        .append(&[draft])
        .map_err(|failure| doing("begin", journal)(io::Error::other(failure)))?;
    *meta = Meta {
        end: appender.end().clone(),
        head: 0,
        history: head.history,
    };
    apply(shared, Stage::new(shared, at), &[], meta)
}

/// The journal's records on their way into the index.
struct Replay<'a> {
    shared: &'a Shared,
    /// As of the last record taken.
    meta: Meta,
    pending: Vec<(Taken, Position)>,
    writes: usize,
    bytes: usize,
}

enum Taken {
    Commit(Box<Commit>),
    Rules(RulesVersion),
}

impl Replay<'_> {
    fn take(&mut self, group: Group) -> Result<(), OpenError> {
        for Placed { record, position } in group.records {
            let foreign = |why: String| OpenError::Foreign {
                sequence: record.sequence,
                why,
            };
            let json = |error: serde_json::Error| foreign(error.to_string());
            self.bytes += record.body.len();
            match &*record.kind {
                COMMIT => {
                    let commit = body::decode(&record.body, record.at).map_err(json)?;
                    self.meta.head = record.sequence;
                    self.writes += commit.writes.len();
                    self.pending.push((Taken::Commit(Box::new(commit)), position));
                }
                RULES => {
                    let rules: body::Rules = serde_json::from_slice(&record.body).map_err(json)?;
                    self.pending.push((Taken::Rules(rules.version), position));
                }
                HEAD => {
                    let head: Head = serde_json::from_slice(&record.body).map_err(json)?;
                    self.meta.history = head.history;
                }
                kind => return Err(foreign(format!("'{kind}' is no kind of record a ledger keeps"))),
            }
        }
        self.meta.end = group.end;
        let enough = self.writes >= REBUILD_WRITES || self.bytes >= REBUILD_BYTES;
        if enough { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), OpenError> {
        (self.writes, self.bytes) = (0, 0);
        let mut stage = Stage::new(self.shared, Timestamp::MIN);
        let mut positions = Vec::with_capacity(self.pending.len());
        for (nth, (taken, position)) in self.pending.drain(..).enumerate() {
            positions.push(position);
            match taken {
                Taken::Rules(version) => stage.publish(version, nth),
                // An index that was torn is caught here, where a record does not follow what it holds.
                Taken::Commit(mut commit) => stage.replay(&mut commit, nth).map_err(|error| {
                    OpenError::Index(format!("record {} does not follow: {error}", position.sequence))
                })?,
            }
        }
        if self.meta.end.sequence == 0 {
            Ok(())
        } else {
            apply(self.shared, stage, &positions, &self.meta)
        }
    }
}

fn apply(shared: &Shared, stage: Stage<'_>, positions: &[Position], meta: &Meta) -> Result<(), OpenError> {
    let applied = stage.finish(positions, meta).and_then(|(batch, rows)| {
        shared.with_index(|index| index.apply(batch))?;
        shared.cache.replace(rows);
        Ok(())
    });
    applied.map_err(|failure| OpenError::Index(failure.to_string()))
}
