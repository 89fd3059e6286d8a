//! The one ledger of calls: what it holds, and the books folded from it.

use std::path::PathBuf;
use std::sync::{Mutex as PlainMutex, MutexGuard as PlainGuard, PoisonError};

use domain::id::{CallerHash, HolderId, RequestId};
use domain::missed_call::Event;
use jiff::Timestamp;
use kit::drain::Drain;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use storage::port::Failure;
use storage::{Entry, Log, LogOptions, OpenError};
use tokio::sync::{Mutex, MutexGuard, Notify};

use crate::calls::{self, Arrival, CallId, Outcome};
use crate::limits::RETRY_BUSY;
use crate::missed;

/// The kind of the ledger's records.
const KIND: &str = "call";

/// Who called, and where the call came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// Who calls, known again by the vault's keyed hash; none when the number is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<CallerHash>,
    /// The number called.
    pub(crate) called: String,
    /// The queue it came through.
    pub(crate) queue: String,
}

/// What the ledger holds. Frozen once released (invariant A-10): new facts are new variants or optional fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(crate) enum Record {
    /// A call has reached an agent.
    Registered {
        call: CallId,
        #[serde(flatten)]
        arrival: Arrival,
        by: HolderId,
    },
    /// A call has ended.
    Ended {
        call: CallId,
        outcome: Outcome,
        by: HolderId,
    },
    /// A call was missed: the first of its caller, or a further one `of` the one named.
    Missed {
        call: CallId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<CallId>,
        #[serde(flatten)]
        from: Origin,
        event: Event,
        by: HolderId,
    },
    /// What became of a missed call, named by the first.
    RingBack {
        call: CallId,
        /// Who asked for it, by his name for it; none where it follows from something else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
        event: Event,
        by: HolderId,
    },
}

/// What is held in memory of the ledger.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) calls: calls::Book,
    pub(crate) missed: missed::Book,
    /// The time of the last record: `now` never runs behind it.
    latest: Option<Timestamp>,
}

impl Books {
    fn fold(&mut self, entry: Entry<Record>) {
        self.latest = self.latest.max(Some(entry.at));
        match &entry.value {
            Record::Registered { .. } | Record::Ended { .. } => self.calls.fold(entry.value, entry.at),
            Record::Missed { .. } | Record::RingBack { .. } => self.missed.fold(entry.value, entry.at),
        }
    }
}

/// The ledger with its books.
pub(crate) struct Ledger {
    log: Log<Record>,
    books: PlainMutex<Books>,
    /// Looking and keeping go together where calls are missed and rung back: one at a time, as one caller may be behind
    /// several of them.
    ringing_back: Mutex<()>,
    /// Something is due sooner than before.
    sooner: Notify,
}

impl Ledger {
    /// Opens the ledger and reads it once; without a directory it forgets everything when dropped.
    pub(crate) async fn open(dir: Option<PathBuf>, now: Timestamp, drain: &Drain) -> Result<Self, Fault> {
        let (log, books) = match dir {
            None => (Log::memory(), Books::default()),
            Some(dir) => drain
                .block("read the calls", move || {
                    let mut books = Books::default();
                    let options = LogOptions {
                        at: now,
                        ..LogOptions::default()
                    };
                    let log = Log::open_with(&dir, KIND, &options, |entry| books.fold(entry))?;
                    Ok((log, books))
                })
                .await
                .map_err(not_opened)?,
        };
        Ok(Self {
            log,
            books: PlainMutex::new(books),
            ringing_back: Mutex::default(),
            sooner: Notify::new(),
        })
    }

    /// The time as the ledger knows it: a clock that was set back does not make it run backwards.
    pub(crate) fn not_before_the_last(&self, now: Timestamp) -> Timestamp {
        Some(now).max(self.books().latest).unwrap_or(now)
    }

    /// Keeps records, all or none, and folds them; answers when.
    pub(crate) async fn keep(&self, now: Timestamp, records: Vec<Record>) -> Result<Timestamp, Fault> {
        let appended = self.log.append_all(now, records.clone()).await.map_err(failed)?;
        let mut books = self.books();
        let due_before = books.missed.next_due();
        for value in records {
            books.fold(Entry {
                sequence: appended.sequence,
                at: appended.at,
                value,
            });
        }
        let is_sooner = match (books.missed.next_due(), due_before) {
            (Some(now), Some(before)) => now < before,
            (now, _) => now.is_some(),
        };
        if is_sooner {
            self.sooner.notify_one();
        }
        Ok(appended.at)
    }

    /// Held by whoever decides about missed calls, until what he decides is kept.
    pub(crate) async fn ringing_back(&self) -> MutexGuard<'_, ()> {
        self.ringing_back.lock().await
    }

    /// What is known. Never held across a wait.
    pub(crate) fn books(&self) -> PlainGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once something is due sooner than before.
    pub(crate) async fn sooner(&self) {
        self.sooner.notified().await;
    }
}

/// What a failing ledger means to a caller.
fn failed(failure: Failure) -> Fault {
    match failure {
        Failure::Limit { what, max } => {
            Fault::internal(format_args!("a call beyond the limit of {what}: {max}"))
        }
        Failure::Full => Fault::exhausted("存储空间已满", "no space is left", RETRY_BUSY),
        Failure::Busy => Fault::exhausted("系统繁忙，请稍后重试", "busy: try again", RETRY_BUSY),
        Failure::Stopped => {
            Fault::unavailable("来电账本已停止写入", "the ledger of calls takes no more writes")
        }
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
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_as_it_was_first_written() {
        let written = [
            r#"{"kind":"registered","call":"c-1","caller":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","called":"12345","queue":"day","agent":"a07","by":"op-7"}"#,
            r#"{"kind":"ended","call":"c-1","outcome":{"is":"ticket","number":"20261121-0000018"},"by":"op-7"}"#,
            r#"{"kind":"ended","call":"c-1","outcome":{"is":"dropped"},"by":"op-7"}"#,
            r#"{"kind":"missed","call":"c-2","caller":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","called":"12345","queue":"day","event":{"is":"missed","cause":"cut_off","danger":true,"clock":{"started_at":"2026-11-21T01:00:00Z","limit":"5 min","yellow_at":"2026-11-21T01:03:45Z","due_at":"2026-11-21T01:05:00Z","tries":3,"within":"1 d"},"day":"2026-11-21"},"by":"op-7"}"#,
            r#"{"kind":"missed","call":"c-3","of":"c-2","called":"12345","queue":"day","event":{"is":"missed_again","cause":"unanswered","danger":false},"by":"switchboard"}"#,
            r#"{"kind":"ring_back","call":"c-2","request":"r-1","event":{"is":"not_reached"},"by":"op-7"}"#,
        ];
        for text in written {
            let record: Record = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&record).unwrap(), text);
        }
        let first: Record = serde_json::from_str(written[0]).unwrap();
        let arrival = Arrival {
            caller: Some(CallerHash::parse(&"0f".repeat(16)).unwrap()),
            called: "12345".to_owned(),
            queue: "day".to_owned(),
            agent: "a07".to_owned(),
        };
        assert_eq!(
            first,
            Record::Registered {
                call: CallId(RequestId::parse("c-1").unwrap()),
                arrival,
                by: HolderId::parse("op-7").unwrap()
            }
        );
    }
}
