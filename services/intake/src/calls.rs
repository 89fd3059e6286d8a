//! The record of calls: kept before it is answered, told again to whoever asks the same again.
//!
//! A call is named by the switchboard and may be registered and ended any number of times with the same content; other
//! content under the same name is refused. The ledger is the truth; of it the latest [`CALLS_KNOWN_MAX`] calls are held
//! in memory, and a call no longer held is as if it had never been.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use domain::id::{CallerHash, HolderId, RequestId, TicketNumber};
use domain::missed_call::{Cause, Clock};
use jiff::Timestamp;
use jiff::civil::Date;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::ledger::{Ledger, Origin, Record};
use crate::limits::{CALL_LOCKS, CALLS_KNOWN_MAX};
use crate::missed::{Missing, When};

/// The switchboard's id of a call: 1 to 128 visible ASCII characters, as a request id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CallId(pub(crate) RequestId);

impl CallId {
    /// One that stands before every other: `!` is the first visible character.
    pub(crate) fn least() -> Self {
        Self(RequestId::parse("!").expect("one visible character"))
    }
}

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

impl Arrival {
    fn origin(&self) -> Origin {
        Origin {
            caller: self.caller.clone(),
            called: self.called.clone(),
            queue: self.queue.clone(),
        }
    }
}

impl Outcome {
    /// Whether a call that ended so is one to ring back: cut off without a ticket, or nobody spoke and danger was heard.
    pub(crate) fn is_missed(self, danger: bool) -> bool {
        match self {
            Outcome::Dropped { number } => number.is_none(),
            Outcome::Empty => danger,
            Outcome::Ticket { .. } | Outcome::Answered => false,
        }
    }
}

/// What is to be rung back of a call that was cut off.
#[derive(Debug, Clone)]
pub(crate) struct CutOff {
    pub(crate) danger: bool,
    pub(crate) clock: Clock,
    pub(crate) day: Date,
}

/// The calls of this hotline.
pub(crate) struct Calls {
    ledger: Arc<Ledger>,
    locks: Vec<Mutex<()>>,
}

impl Calls {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        let locks = (0..CALL_LOCKS).map(|_| Mutex::new(())).collect();
        Self { ledger, locks }
    }

    /// Keeps a call that has reached an agent; answers when it was registered. Whatever was missed of the same caller is
    /// returned with it, in the same commit.
    pub(crate) async fn register(
        &self,
        call: &CallId,
        arrival: Arrival,
        by: &HolderId,
        when: When,
    ) -> Result<Timestamp, Fault> {
        let _alone = self.lock(call).lock().await;
        if let Some(known) = self.ledger.books().calls.known.get(call) {
            return if known.arrival == arrival {
                Ok(known.registered_at)
            } else {
                Err(Fault::reused())
            };
        }
        let caller = arrival.caller.clone();
        let mut records = vec![Record::Registered {
            call: call.clone(),
            arrival,
            by: by.clone(),
        }];
        let waits = caller.filter(|caller| self.ledger.books().missed.waits(caller));
        let Some(caller) = waits else {
            return self.ledger.keep(when.now, records).await;
        };
        let _ringing_back = self.ledger.ringing_back().await;
        records.extend(self.ledger.books().missed.answered(&caller, by, when));
        self.ledger.keep(when.now, records).await
    }

    /// Keeps how a call ended; answers when. NOT_FOUND for a call that was never registered. What was `cut_off` is to be
    /// rung back from then on, in the same commit.
    pub(crate) async fn end(
        &self,
        call: &CallId,
        outcome: Outcome,
        cut_off: Option<CutOff>,
        by: &HolderId,
        when: When,
    ) -> Result<Timestamp, Fault> {
        let _alone = self.lock(call).lock().await;
        let known = self.ledger.books().calls.known.get(call).map(Known::as_ended);
        let origin = match known {
            None => return Err(Fault::not_found()),
            Some((_, Some((kept, at)))) if kept == outcome => return Ok(at),
            Some((_, Some(_))) => return Err(Fault::reused()),
            Some((origin, None)) => origin,
        };
        let mut records = vec![Record::Ended {
            call: call.clone(),
            outcome,
            by: by.clone(),
        }];
        let Some(cut_off) = cut_off else {
            return self.ledger.keep(when.now, records).await;
        };
        let missing = Missing {
            call: call.clone(),
            from: origin,
            cause: Cause::CutOff,
            danger: cut_off.danger,
            clock: cut_off.clock,
            day: cut_off.day,
        };
        let _ringing_back = self.ledger.ringing_back().await;
        match self.ledger.books().missed.miss(&missing, by, when) {
            Ok(plan) => records.extend(plan.records),
            // A call ends whether or not it can be put on the list.
            Err(fault) => {
                tracing::error!(
                    reason = fault.reason(),
                    danger = missing.danger,
                    "a call that was cut off is not on the list of those to ring back"
                );
            }
        }
        self.ledger.keep(when.now, records).await
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
pub(crate) struct Book {
    known: HashMap<CallId, Known>,
    eldest_first: VecDeque<CallId>,
}

struct Known {
    arrival: Arrival,
    registered_at: Timestamp,
    ended: Option<(Outcome, Timestamp)>,
}

impl Known {
    fn as_ended(&self) -> (Origin, Option<(Outcome, Timestamp)>) {
        (self.arrival.origin(), self.ended)
    }
}

impl Book {
    /// Whether a call has reached an agent.
    pub(crate) fn has_reached(&self, call: &CallId) -> bool {
        self.known.contains_key(call)
    }

    /// Total: the first word about a call stands, as it was the one answered.
    pub(crate) fn fold(&mut self, record: Record, at: Timestamp) {
        match record {
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
                        registered_at: at,
                        ended: None,
                    },
                );
            }
            Record::Ended { call, outcome, .. } => {
                if let Some(known) = self.known.get_mut(&call) {
                    known.ended.get_or_insert((outcome, at));
                }
            }
            Record::Missed { .. } | Record::RingBack { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use jiff::SignedDuration;
    use kit::drain::Drain;
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

    fn when(minutes: i64) -> When {
        When {
            now: at(minutes),
            up_since: at(0),
        }
    }

    async fn open(dir: Option<PathBuf>) -> Calls {
        Calls::new(Arc::new(Ledger::open(dir, at(0), &Drain::new()).await.unwrap()))
    }

    #[tokio::test]
    async fn the_same_call_registered_again_is_the_same_call() {
        let calls = open(None).await;
        assert_eq!(
            calls
                .register(&call("c-1"), arrival("a07"), &by(), when(1))
                .await
                .unwrap(),
            at(1)
        );
        assert_eq!(
            calls
                .register(&call("c-1"), arrival("a07"), &by(), when(5))
                .await
                .unwrap(),
            at(1)
        );
        let fault = calls
            .register(&call("c-1"), arrival("a08"), &by(), when(6))
            .await
            .unwrap_err();
        assert_eq!(fault.code(), Code::AlreadyExists);
    }

    #[tokio::test]
    async fn a_call_ends_once() {
        let calls = open(None).await;
        let dropped = Outcome::Dropped { number: None };
        let unknown = calls
            .end(&call("c-1"), dropped, None, &by(), when(1))
            .await
            .unwrap_err();
        assert_eq!(unknown.code(), Code::NotFound);

        calls
            .register(&call("c-1"), arrival("a07"), &by(), when(1))
            .await
            .unwrap();
        assert_eq!(
            calls
                .end(&call("c-1"), dropped, None, &by(), when(3))
                .await
                .unwrap(),
            at(3)
        );
        assert_eq!(
            calls
                .end(&call("c-1"), dropped, None, &by(), when(9))
                .await
                .unwrap(),
            at(3)
        );
        let other = calls
            .end(&call("c-1"), Outcome::Answered, None, &by(), when(9))
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
            .register(&call("c-1"), arrival("a07"), &by(), when(1))
            .await
            .unwrap();
        calls
            .end(&call("c-1"), Outcome::Answered, None, &by(), when(2))
            .await
            .unwrap();
        drop(calls);

        let calls = open(kept_in).await;
        assert_eq!(
            calls
                .register(&call("c-1"), arrival("a07"), &by(), when(9))
                .await
                .unwrap(),
            at(1)
        );
        assert_eq!(
            calls
                .end(&call("c-1"), Outcome::Answered, None, &by(), when(9))
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
        let asked = (1..=8).map(|minute| calls.register(&id, arrival("a07"), &agent, when(minute)));
        let answers = futures::future::join_all(asked).await;
        let first = answers[0].as_ref().unwrap();
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    }

    #[test]
    fn only_the_latest_calls_are_held() {
        let mut book = Book::default();
        for sequence in 0..=CALLS_KNOWN_MAX {
            let record = Record::Registered {
                call: call(&format!("c-{sequence}")),
                arrival: arrival("a07"),
                by: by(),
            };
            book.fold(record, at(0));
        }
        assert_eq!(book.known.len(), CALLS_KNOWN_MAX);
        assert!(!book.known.contains_key(&call("c-0")) && book.known.contains_key(&call("c-1")));
    }
}
