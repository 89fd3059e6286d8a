//! The record of calls: kept before it is answered, told again to whoever asks the same again.
//!
//! A call is named by the switchboard and may be registered and ended any number of times with the same content; other
//! content under the same name is refused. The ledger is the truth; of it the latest [`CALLS_KNOWN_MAX`] calls are held
//! in memory, and a call no longer held is as if it had never been.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::{Mutex as PlainMutex, MutexGuard, PoisonError};

use domain::id::{CallerHash, HolderId, RequestId, TicketNumber};
use jiff::Timestamp;
use kit::drain::Drain;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use storage::port::Failure;
use storage::{Entry, Log, LogOptions, OpenError};
use tokio::sync::Mutex;

use crate::limits::{CALL_LOCKS, CALLS_KNOWN_MAX, RETRY_BUSY};

/// The kind of the ledger's records.
const KIND: &str = "call";

/// The switchboard's id of a call: 1 to 128 visible ASCII characters, as a request id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CallId(pub(crate) RequestId);

/// A call that has reached an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Arrival {
    /// Who calls, known again by the vault's keyed hash; none when the number is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<CallerHash>,
    /// The number called.
    pub(crate) called: String,
    /// The queue it came through.
    pub(crate) queue: String,
    /// The agent's code.
    pub(crate) agent: String,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(crate) enum Outcome {
    /// A ticket was registered or added to.
    Ticket {
        /// Which.
        number: TicketNumber,
    },
    /// Answered on the call, nothing to register.
    Answered,
    /// The line dropped.
    Dropped {
        /// The ticket, where one was begun before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<TicketNumber>,
    },
    /// Nobody spoke, or a wrong number.
    Empty,
}

/// What the ledger holds. Frozen once released (invariant A-10): new facts are new variants or optional fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum Record {
    Registered {
        call: CallId,
        #[serde(flatten)]
        arrival: Arrival,
        by: HolderId,
    },
    Ended {
        call: CallId,
        outcome: Outcome,
        by: HolderId,
    },
}

/// The calls of this hotline.
pub(crate) struct Calls {
    log: Log<Record>,
    book: PlainMutex<Book>,
    locks: Vec<Mutex<()>>,
}

impl Calls {
    /// Opens the ledger and reads it once.
    pub(crate) async fn open(dir: Option<PathBuf>, now: Timestamp, drain: &Drain) -> Result<Self, Fault> {
        let (log, book) = match dir {
            None => (Log::memory(), Book::default()),
            Some(dir) => drain
                .block("read the calls", move || {
                    let mut book = Book::default();
                    let options = LogOptions {
                        at: now,
                        ..LogOptions::default()
                    };
                    let log = Log::open_with(&dir, KIND, &options, |entry| book.fold(entry))?;
                    Ok((log, book))
                })
                .await
                .map_err(not_opened)?,
        };
        let locks = (0..CALL_LOCKS).map(|_| Mutex::new(())).collect();
        Ok(Self {
            log,
            book: PlainMutex::new(book),
            locks,
        })
    }

    /// Keeps a call that has reached an agent; answers when it was registered.
    pub(crate) async fn register(
        &self,
        call: &CallId,
        arrival: Arrival,
        by: &HolderId,
        now: Timestamp,
    ) -> Result<Timestamp, Fault> {
        let _alone = self.lock(call).lock().await;
        if let Some(known) = self.book().known.get(call) {
            return if known.arrival == arrival {
                Ok(known.registered_at)
            } else {
                Err(Fault::reused())
            };
        }
        let record = Record::Registered {
            call: call.clone(),
            arrival,
            by: by.clone(),
        };
        self.keep(now, record).await
    }

    /// Keeps how a call ended; answers when. NOT_FOUND for a call that was never registered.
    pub(crate) async fn end(
        &self,
        call: &CallId,
        outcome: Outcome,
        by: &HolderId,
        now: Timestamp,
    ) -> Result<Timestamp, Fault> {
        let _alone = self.lock(call).lock().await;
        match self.book().known.get(call).map(|known| known.ended) {
            None => return Err(Fault::not_found()),
            Some(Some((kept, at))) if kept == outcome => return Ok(at),
            Some(Some(_)) => return Err(Fault::reused()),
            Some(None) => {}
        }
        let record = Record::Ended {
            call: call.clone(),
            outcome,
            by: by.clone(),
        };
        self.keep(now, record).await
    }

    async fn keep(&self, now: Timestamp, record: Record) -> Result<Timestamp, Fault> {
        let appended = self.log.append(now, record.clone()).await.map_err(failed)?;
        self.book().fold(Entry {
            sequence: appended.sequence,
            at: appended.at,
            value: record,
        });
        Ok(appended.at)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lock that stands for a call: two requests about the same one never pass each other.
    fn lock(&self, call: &CallId) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        call.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % self.locks.len() as u64).unwrap_or_default();
        &self.locks[at]
    }
}

/// The latest calls, folded from the ledger.
#[derive(Default)]
struct Book {
    known: HashMap<CallId, Known>,
    eldest_first: VecDeque<CallId>,
}

struct Known {
    arrival: Arrival,
    registered_at: Timestamp,
    ended: Option<(Outcome, Timestamp)>,
}

impl Book {
    /// Total: the first word about a call stands, as it was the one answered.
    fn fold(&mut self, entry: Entry<Record>) {
        match entry.value {
            Record::Registered { call, .. } if self.known.contains_key(&call) => {}
            Record::Registered { call, arrival, .. } => {
                if self.eldest_first.len() >= CALLS_KNOWN_MAX
                    && let Some(eldest) = self.eldest_first.pop_front()
                {
                    self.known.remove(&eldest);
                }
                self.eldest_first.push_back(call.clone());
                self.known.insert(
                    call,
                    Known {
                        arrival,
                        registered_at: entry.at,
                        ended: None,
                    },
                );
            }
            Record::Ended { call, outcome, .. } => {
                if let Some(known) = self.known.get_mut(&call) {
                    known.ended.get_or_insert((outcome, entry.at));
                }
            }
        }
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
    use jiff::SignedDuration;
    use kit::fault::Code;

    use super::*;

    fn call(id: &str) -> CallId {
        CallId(RequestId::parse(id).unwrap())
    }

    fn arrival(agent: &str) -> Arrival {
        let caller = Some(CallerHash::parse(&"0f".repeat(16)).unwrap());
        Arrival {
            caller,
            called: "12345".to_owned(),
            queue: "day".to_owned(),
            agent: agent.to_owned(),
        }
    }

    fn by() -> HolderId {
        HolderId::parse("op-7").unwrap()
    }

    fn at(minutes: i64) -> Timestamp {
        let begin: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
        begin + SignedDuration::from_mins(minutes)
    }

    async fn open(dir: Option<PathBuf>) -> Calls {
        Calls::open(dir, at(0), &Drain::new()).await.unwrap()
    }

    #[tokio::test]
    async fn the_same_call_registered_again_is_the_same_call() {
        let calls = open(None).await;
        assert_eq!(
            calls
                .register(&call("c-1"), arrival("a07"), &by(), at(1))
                .await
                .unwrap(),
            at(1)
        );
        assert_eq!(
            calls
                .register(&call("c-1"), arrival("a07"), &by(), at(5))
                .await
                .unwrap(),
            at(1)
        );
        let fault = calls
            .register(&call("c-1"), arrival("a08"), &by(), at(6))
            .await
            .unwrap_err();
        assert_eq!(fault.code(), Code::AlreadyExists);
    }

    #[tokio::test]
    async fn a_call_ends_once() {
        let calls = open(None).await;
        let dropped = Outcome::Dropped { number: None };
        let unknown = calls.end(&call("c-1"), dropped, &by(), at(1)).await.unwrap_err();
        assert_eq!(unknown.code(), Code::NotFound);

        calls
            .register(&call("c-1"), arrival("a07"), &by(), at(1))
            .await
            .unwrap();
        assert_eq!(
            calls.end(&call("c-1"), dropped, &by(), at(3)).await.unwrap(),
            at(3)
        );
        assert_eq!(
            calls.end(&call("c-1"), dropped, &by(), at(9)).await.unwrap(),
            at(3)
        );
        let other = calls
            .end(&call("c-1"), Outcome::Answered, &by(), at(9))
            .await
            .unwrap_err();
        assert_eq!(other.code(), Code::AlreadyExists);
    }

    #[tokio::test]
    async fn calls_are_known_again_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let kept_in = Some(dir.path().join("calls"));
        let calls = open(kept_in.clone()).await;
        calls
            .register(&call("c-1"), arrival("a07"), &by(), at(1))
            .await
            .unwrap();
        calls
            .end(&call("c-1"), Outcome::Answered, &by(), at(2))
            .await
            .unwrap();
        drop(calls);

        let calls = open(kept_in).await;
        assert_eq!(
            calls
                .register(&call("c-1"), arrival("a07"), &by(), at(9))
                .await
                .unwrap(),
            at(1)
        );
        assert_eq!(
            calls
                .end(&call("c-1"), Outcome::Answered, &by(), at(9))
                .await
                .unwrap(),
            at(2)
        );
    }

    #[tokio::test]
    async fn two_requests_about_one_call_at_once_are_one_call() {
        let dir = tempfile::tempdir().unwrap();
        let calls = open(Some(dir.path().join("calls"))).await;
        let (id, agent) = (call("c-1"), by());
        let asked = (1..=8).map(|minute| calls.register(&id, arrival("a07"), &agent, at(minute)));
        let answers = futures::future::join_all(asked).await;
        let first = answers[0].as_ref().unwrap();
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    }

    #[test]
    fn only_the_latest_calls_are_held() {
        let mut book = Book::default();
        for sequence in 0..=CALLS_KNOWN_MAX as u64 {
            let record = Record::Registered {
                call: call(&format!("c-{sequence}")),
                arrival: arrival("a07"),
                by: by(),
            };
            book.fold(Entry {
                sequence,
                at: at(0),
                value: record,
            });
        }
        assert_eq!(book.known.len(), CALLS_KNOWN_MAX);
        assert!(!book.known.contains_key(&call("c-0")) && book.known.contains_key(&call("c-1")));
    }

    #[test]
    fn a_record_reads_as_it_was_first_written() {
        let written = [
            r#"{"kind":"registered","call":"c-1","caller":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","called":"12345","queue":"day","agent":"a07","by":"op-7"}"#,
            r#"{"kind":"ended","call":"c-1","outcome":{"is":"ticket","number":"20261121-0000018"},"by":"op-7"}"#,
            r#"{"kind":"ended","call":"c-1","outcome":{"is":"dropped"},"by":"op-7"}"#,
        ];
        for text in written {
            let record: Record = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&record).unwrap(), text);
        }
        let first: Record = serde_json::from_str(written[0]).unwrap();
        assert_eq!(
            first,
            Record::Registered {
                call: call("c-1"),
                arrival: arrival("a07"),
                by: by()
            }
        );
    }
}
