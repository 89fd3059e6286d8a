//! A small ledger of the same journal type, for whatever a role must keep that is no fact about a ticket: tokens,
//! calls, unlocks, cursors.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::disk::Lock;
use crate::error::{OpenError, doing};
use crate::group::{Keeper, Queue};
use crate::journal::{Appender, Draft, End, Group, HEAD, Head, Placed, Trip, dir_of, recover};
use crate::limits::{LOG_BYTES_MAX, LOG_VALUES_MAX, QUEUE_ITEMS_MAX, SEGMENT_BYTES, SEGMENT_BYTES_MAX};
use crate::port::{Failure, RECORD_BYTES_MAX};
use crate::verify::{Report, verify};

/// How a log is kept.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// A new segment is begun when the last one has reached this size.
    pub segment_bytes: u64,
    /// Appends waiting for the writer; one more is [`Failure::Busy`].
    pub queue_items: usize,
    /// The time a new history is recorded with.
    pub at: Timestamp,
}

impl Default for LogOptions {
    fn default() -> Self {
        LogOptions {
            segment_bytes: SEGMENT_BYTES,
            queue_items: QUEUE_ITEMS_MAX,
            at: Timestamp::UNIX_EPOCH,
        }
    }
}

/// A value in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// Its sequence, from 2: the history's head is 1.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub value: T,
}

/// An append-only ledger of values of one kind. One process owns its directory.
pub struct Log<T> {
    inner: Inner,
    kept: PhantomData<fn(T) -> T>,
}

enum Inner {
    Durable {
        dir: PathBuf,
        queue: Arc<Queue<Job>>,
        /// Set for good by a failed write or sync.
        stopped: Arc<AtomicBool>,
    },
    Memory(Mutex<Volatile>),
}

/// What a log in memory must still promise: sequences, and times that never run backwards.
struct Volatile {
    sequence: u64,
    at: Timestamp,
    is_closed: bool,
}

/// Where values were kept and the time they were recorded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The last value's sequence; those before it have the sequences before.
    pub sequence: u64,
    /// Never earlier than the value before.
    pub at: Timestamp,
}

struct Job {
    at: Timestamp,
    bodies: Vec<Vec<u8>>,
    answer: oneshot::Sender<Result<Appended, Failure>>,
}

impl<T: Serialize + DeserializeOwned + Send + 'static> Log<T> {
    /// Opens a log and answers everything it holds, in order. `kind` names its records, lower-case letters and `_`;
    /// a directory that holds records of another kind is refused.
    pub async fn open(
        dir: &Path,
        kind: &'static str,
        options: LogOptions,
    ) -> Result<(Log<T>, Vec<Entry<T>>), OpenError> {
        let dir = dir.to_owned();
        let open = move || {
            let mut entries = Vec::new();
            let log = Log::open_with(&dir, kind, &options, |entry| entries.push(entry))?;
            Ok((log, entries))
        };
        tokio::task::spawn_blocking(open)
            .await
            .unwrap_or(Err(OpenError::Closed))
    }

    /// The same without holding everything at once: each value is given to `each`, in order. Blocks.
    pub fn open_with(
        dir: &Path,
        kind: &'static str,
        options: &LogOptions,
        each: impl FnMut(Entry<T>),
    ) -> Result<Log<T>, OpenError> {
        Log::open_on(dir, kind, options, Trip::default(), each)
    }

    /// The same on a disk that may be told to fail.
    fn open_on(
        dir: &Path,
        kind: &'static str,
        options: &LogOptions,
        trip: Trip,
        mut each: impl FnMut(Entry<T>),
    ) -> Result<Log<T>, OpenError> {
        let lock = Lock::take(dir)?;
        let journal = dir_of(dir);
        let mut take = |group: Group| {
            let values = group
                .records
                .into_iter()
                .filter(|placed| &*placed.record.kind != HEAD);
            values.map(|placed| entry(kind, placed)).try_for_each(|entry| {
                each(entry?);
                Ok(())
            })
        };
        let end = recover(&journal, None, 0, &mut take, &mut |_, _| {})?;
        let appender = begin(&journal, end, options, trip)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let keeper = LogKeeper {
            kind,
            appender,
            stopped: Arc::clone(&stopped),
            _lock: lock,
        };
        let queue =
            Queue::start(kind, keeper, options.queue_items).map_err(doing("start the writer of", dir))?;
        let inner = Inner::Durable {
            dir: dir.to_owned(),
            queue: Arc::new(queue),
            stopped,
        };
        Ok(Log {
            inner,
            kept: PhantomData,
        })
    }

    /// A log that forgets everything when dropped. Takes the same values and refuses the same ones.
    pub fn memory() -> Log<T> {
        let volatile = Volatile {
            sequence: 1,
            at: Timestamp::MIN,
            is_closed: false,
        };
        Log {
            inner: Inner::Memory(Mutex::new(volatile)),
            kept: PhantomData,
        }
    }

    /// Keeps a value. Once this returns `Ok` no crash loses it.
    pub async fn append(&self, at: Timestamp, value: T) -> Result<Appended, Failure> {
        self.append_all(at, vec![value]).await
    }

    /// Keeps several values, all or none, with sequences that follow one another.
    pub async fn append_all(&self, at: Timestamp, values: Vec<T>) -> Result<Appended, Failure> {
        let bodies = bodies(&values)?;
        drop(values);
        match &self.inner {
            Inner::Memory(volatile) => volatile
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .append(at, bodies.len()),
            Inner::Durable { queue, .. } => {
                let (answer, answered) = oneshot::channel();
                let (values, bytes) = (bodies.len(), bodies.iter().map(Vec::len).sum());
                queue.push(Job { at, bodies, answer }, values, bytes)?;
                answered.await.unwrap_or(Err(Failure::Stopped))
            }
        }
    }

    /// Whether values are still taken.
    pub fn is_writable(&self) -> bool {
        match &self.inner {
            Inner::Durable { queue, stopped, .. } => queue.is_open() && !stopped.load(Ordering::Acquire),
            Inner::Memory(volatile) => !volatile.lock().unwrap_or_else(PoisonError::into_inner).is_closed,
        }
    }

    /// Walks the whole journal and reports what is wrong with it. In memory there is nothing to be wrong.
    pub async fn verify(&self) -> Result<Report, OpenError> {
        let Inner::Durable { dir, .. } = &self.inner else {
            return Ok(Report::default());
        };
        let dir = dir.clone();
        let walk = move || verify(&dir, |_, _| {});
        tokio::task::spawn_blocking(walk)
            .await
            .unwrap_or(Err(OpenError::Closed))
    }

    /// Finishes what was begun and gives the directory back. Later calls fail with [`Failure::Stopped`].
    pub async fn close(&self) -> Result<(), Failure> {
        match &self.inner {
            Inner::Durable { queue, .. } => {
                let queue = Arc::clone(queue);
                tokio::task::spawn_blocking(move || queue.close())
                    .await
                    .unwrap_or(Err(Failure::Stopped))
            }
            Inner::Memory(volatile) => {
                let mut volatile = volatile.lock().unwrap_or_else(PoisonError::into_inner);
                let was_closed = std::mem::replace(&mut volatile.is_closed, true);
                if was_closed { Err(Failure::Stopped) } else { Ok(()) }
            }
        }
    }
}

impl Volatile {
    fn append(&mut self, at: Timestamp, count: usize) -> Result<Appended, Failure> {
        if self.is_closed {
            return Err(Failure::Stopped);
        }
        self.sequence += count as u64;
        self.at = self.at.max(at);
        Ok(Appended {
            sequence: self.sequence,
            at: self.at,
        })
    }
}

fn bodies<T: Serialize>(values: &[T]) -> Result<Vec<Vec<u8>>, Failure> {
    if values.is_empty() || values.len() > LOG_VALUES_MAX {
        return Err(Failure::Limit {
            what: "values of one append",
            max: LOG_VALUES_MAX,
        });
    }
    let mut bodies = Vec::with_capacity(values.len());
    let mut sum = 0;
    for value in values {
        let body =
            serde_json::to_vec(value).map_err(|error| Failure::Damaged(format!("not JSON: {error}")))?;
        if body.len() > RECORD_BYTES_MAX {
            return Err(Failure::Limit {
                what: "bytes of a record",
                max: RECORD_BYTES_MAX,
            });
        }
        sum += body.len();
        bodies.push(body);
    }
    if sum > LOG_BYTES_MAX {
        return Err(Failure::Limit {
            what: "bytes of one append",
            max: LOG_BYTES_MAX,
        });
    }
    Ok(bodies)
}

fn entry<T: DeserializeOwned>(kind: &str, placed: Placed) -> Result<Entry<T>, OpenError> {
    let record = placed.record;
    let foreign = |why: String| OpenError::Foreign {
        sequence: record.sequence,
        why,
    };
    if &*record.kind != kind {
        return Err(foreign(format!("it is of kind '{}', not '{kind}'", record.kind)));
    }
    let value = serde_json::from_slice(&record.body).map_err(|error| foreign(error.to_string()))?;
    Ok(Entry {
        sequence: record.sequence,
        at: record.at,
        value,
    })
}

fn begin(journal: &Path, end: End, options: &LogOptions, trip: Trip) -> Result<Appender, OpenError> {
    let is_new = end.sequence == 0;
    let segment_bytes = options.segment_bytes.min(SEGMENT_BYTES_MAX);
    let mut appender = Appender::resume(journal, end, segment_bytes, trip)?;
    if is_new {
        let head = Draft {
            kind: HEAD,
            at: options.at,
            body: Head::new().body(),
        };
        appender
            .append(&[head])
            .map_err(|failure| doing("begin", journal)(std::io::Error::other(failure)))?;
    }
    Ok(appender)
}

struct LogKeeper {
    kind: &'static str,
    appender: Appender,
    stopped: Arc<AtomicBool>,
    _lock: Lock,
}

impl Keeper for LogKeeper {
    type Item = Job;

    fn keep(&mut self, group: Vec<Job>) {
        let mut at_last = self.appender.end().at;
        let mut sequence = self.appender.end().sequence;
        let (mut drafts, mut answers) = (Vec::new(), Vec::new());
        for Job { at, bodies, answer } in group {
            at_last = at_last.max(at);
            sequence += bodies.len() as u64;
            drafts.extend(bodies.into_iter().map(|body| Draft {
                kind: self.kind,
                at: at_last,
                body,
            }));
            answers.push((
                answer,
                Appended {
                    sequence,
                    at: at_last,
                },
            ));
        }
        let kept = self.appender.append(&drafts);
        if kept == Err(Failure::Stopped) {
            self.stopped.store(true, Ordering::Release);
        }
        for (answer, appended) in answers {
            // Who asked may have gone away; the values are kept all the same.
            let _gone = answer.send(kept.as_ref().map(|_| appended).map_err(Clone::clone));
        }
    }

    fn close(self) -> Result<(), Failure> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::journal::Point;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_passes_and_a_failed_sync_stops_the_log() {
        let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
        let open = |found: &mut Vec<u32>| {
            let each = |entry: Entry<u32>| found.push(entry.value);
            Log::<u32>::open_on(dir.path(), "number", &LogOptions::default(), trip.clone(), each).unwrap()
        };
        let log = open(&mut Vec::new());
        let at = Timestamp::UNIX_EPOCH;
        log.append(at, 1).await.unwrap();
        trip.set(Some((Point::Write, ErrorKind::StorageFull)));
        assert_eq!(log.append(at, 2).await, Err(Failure::Full));
        assert!(log.is_writable());
        trip.set(None);
        log.append(at, 3).await.unwrap();
        trip.set(Some((Point::Sync, ErrorKind::Other)));
        assert_eq!(log.append(at, 4).await, Err(Failure::Stopped));
        trip.set(None);
        assert_eq!(log.append(at, 5).await, Err(Failure::Stopped));
        assert!(!log.is_writable());
        drop(log);
        let mut found = Vec::new();
        open(&mut found).append(at, 6).await.unwrap();
        assert_eq!(found, [1, 3]);
    }
}
