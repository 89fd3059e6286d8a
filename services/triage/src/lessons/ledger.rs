//! The ledger of lessons, `DIR/triage/lessons`: what was said, what came of it, and which models were in force. Each step
//! stands with its place in the feed, so that nothing counts twice (invariant A-9).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::id::CategoryId;
use jiff::Timestamp;
use kit::drain::Drain;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use storage::port::Failure;
use storage::{Log, LogOptions, OpenError};
use tokio::runtime::Handle;

use super::book::{Book, Tally};
use super::lesson::{Key, Lesson, Week};
use super::version::{Refused, Version, Why};
use crate::limits::{LESSON_RECORDS_MAX, RETRY_BUSY};

/// The kind of the ledger's records.
const KIND: &str = "lesson";
/// Where it lies in the role's directory.
const FOLDER: &str = "lessons";

/// What was said, as counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// In which week.
    pub(crate) week: Week,
    /// Which category.
    pub(crate) category: CategoryId,
    /// How often.
    #[serde(flatten)]
    pub(crate) tally: Tally,
}

/// What the ledger holds: numbers, codes and counts. Frozen once released (invariant A-10): new facts are new variants
/// or optional fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(crate) enum Record {
    /// The feed up to a place.
    Step {
        /// The place.
        token: String,
        /// What was said since the step before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        said: Vec<Count>,
        /// What came of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lessons: Vec<Lesson>,
        /// Lessons about sealed tickets: counted, and nothing else.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        withheld: Vec<(Week, u64)>,
    },
    /// A model is in force.
    Version(Version),
    /// The gate keeps the model in force.
    Refused(Refused),
    /// Nothing can be learned from some corrections.
    PassedOver {
        /// Why.
        why: Why,
        /// Which.
        from: Vec<Key>,
    },
    /// Corrections that were learned from, refused or passed over; in a ledger that was made shorter.
    Settled {
        /// No others were.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        anew: bool,
        /// Which.
        from: Vec<Key>,
    },
    /// How many corrections became what, up to here; in a ledger that was made shorter.
    Counts {
        /// Learned from.
        learned: u64,
        /// Refused by the gate.
        refused: u64,
        /// Passed over.
        passed_over: Vec<(Why, u64)>,
    },
    /// What was said up to a time is in the counts only.
    Folded {
        /// The time.
        until: Timestamp,
    },
    /// The feed has another history: it is counted anew.
    Anew {},
}

/// The ledger with its book.
pub(crate) struct Ledger {
    log: Log<Record>,
    book: Mutex<Book>,
    /// The role's directory; none: nothing is kept.
    dir: Option<PathBuf>,
}

impl Ledger {
    /// Opens the ledger and reads it once; a long one is written anew, shorter. Without a directory it forgets
    /// everything when dropped.
    pub(crate) async fn open(dir: Option<&Path>, now: Timestamp, drain: &Drain) -> Result<Self, Fault> {
        let Some(dir) = dir.map(Path::to_owned) else {
            return Ok(Self {
                log: Log::memory(),
                book: Mutex::default(),
                dir: None,
            });
        };
        let folder = dir.join(FOLDER);
        let (log, book) = drain
            .block("read the lessons", move || read(&folder, now))
            .await
            .map_err(not_opened)?;
        Ok(Self {
            log,
            book: Mutex::new(book),
            dir: Some(dir),
        })
    }

    /// The role's directory; none: nothing is kept.
    pub(crate) fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// What is known. Never held across a wait.
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a record and folds it.
    pub(crate) async fn keep(&self, now: Timestamp, record: Record) -> Result<(), Fault> {
        self.log.append(now, record.clone()).await.map_err(failed)?;
        self.book().fold(record);
        Ok(())
    }

    /// Closes it after `draining`.
    pub(crate) async fn close_after(&self, draining: impl Future<Output = ()>) {
        draining.await;
        if let Err(failure) = self.log.close().await {
            tracing::warn!(%failure, "the ledger of lessons was not closed cleanly");
        }
    }
}

fn read(folder: &Path, now: Timestamp) -> Result<(Log<Record>, Book), OpenError> {
    let (fresh, old) = (folder.with_extension("new"), folder.with_extension("old"));
    put_in_order(folder, &fresh, &old)?;
    let (log, book, count) = fold(folder, now)?;
    if count <= LESSON_RECORDS_MAX {
        return Ok((log, book));
    }
    close(folder, log)?;
    shorten(folder, &fresh, &old, &book.records(), now)?;
    let (log, book, _) = fold(folder, now)?;
    Ok((log, book))
}

fn fold(folder: &Path, now: Timestamp) -> Result<(Log<Record>, Book, usize), OpenError> {
    let (mut book, mut count) = (Book::default(), 0);
    let options = LogOptions {
        at: now,
        ..LogOptions::default()
    };
    let log = Log::open_with(folder, KIND, &options, |entry| {
        count += 1;
        book.fold(entry.value);
    })?;
    Ok((log, book, count))
}

/// A shorter ledger was begun: it takes the place of the old one only when it is whole.
fn put_in_order(folder: &Path, fresh: &Path, old: &Path) -> Result<(), OpenError> {
    if !folder.exists() && old.exists() {
        moving(old, folder)?;
    }
    removed(fresh)?;
    removed(old)
}

fn shorten(
    folder: &Path,
    fresh: &Path,
    old: &Path,
    records: &[Record],
    now: Timestamp,
) -> Result<(), OpenError> {
    let (log, _, _) = fold(fresh, now)?;
    let appended = async {
        for record in records {
            log.append(now, record.clone()).await?;
        }
        Ok::<_, Failure>(())
    };
    Handle::current()
        .block_on(appended)
        .map_err(|failure| io_of(fresh, io::Error::other(failure)))?;
    close(fresh, log)?;
    moving(folder, old)?;
    moving(fresh, folder)?;
    removed(old)
}

fn close(folder: &Path, log: Log<Record>) -> Result<(), OpenError> {
    Handle::current()
        .block_on(log.close())
        .map_err(|failure| io_of(folder, io::Error::other(failure)))
}

fn moving(from: &Path, to: &Path) -> Result<(), OpenError> {
    fs::rename(from, to).map_err(|error| io_of(from, error))?;
    let parent = to.parent().unwrap_or(to);
    fs::File::open(parent)
        .and_then(|dir| dir.sync_all())
        .map_err(|error| io_of(parent, error))
}

fn removed(path: &Path) -> Result<(), OpenError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_of(path, error)),
        _ => Ok(()),
    }
}

fn io_of(path: &Path, source: io::Error) -> OpenError {
    OpenError::Io {
        doing: "write a shorter ledger of lessons in",
        path: path.to_owned(),
        source,
    }
}

/// What a failing ledger means to a caller.
fn failed(failure: Failure) -> Fault {
    match failure {
        Failure::Limit { what, max } => {
            Fault::internal(format_args!("a lesson beyond the limit of {what}: {max}"))
        }
        Failure::Full => Fault::exhausted("存储空间已满", "no space is left", RETRY_BUSY),
        Failure::Busy => Fault::exhausted("系统繁忙，请稍后重试", "busy: try again", RETRY_BUSY),
        Failure::Stopped => Fault::unavailable(
            "学习记录账本已停止写入",
            "the ledger of lessons takes no more writes",
        ),
        Failure::Damaged(what) => Fault::data_loss(what),
    }
}

/// What a ledger that cannot be opened means to whoever starts the role; what to do stands in the log.
fn not_opened(error: OpenError) -> Fault {
    match error {
        OpenError::Broken { .. }
        | OpenError::Ahead { .. }
        | OpenError::Foreign { .. }
        | OpenError::Unsound { .. }
        | OpenError::Index(_) => Fault::data_loss(error),
        OpenError::Locked { .. }
        | OpenError::Io { .. }
        | OpenError::NotEmpty { .. }
        | OpenError::NoJournal { .. }
        | OpenError::Closed => Fault::internal(error),
    }
}

#[cfg(test)]
mod tests;
