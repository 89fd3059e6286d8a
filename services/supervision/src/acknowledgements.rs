//! Who has seen what: a small ledger of this role's own, because it is no fact about a ticket. The unit that an escalation
//! is about and those who supervise it see it each for themselves: a unit clears nothing from the supervisors' list.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::access::Role;
use domain::id::{HolderId, RequestId};
use jiff::Timestamp;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use storage::port::Failure;
use storage::{Entry, Log, LogOptions};

use crate::escalations::EscalationId;
use crate::limits::{ACKNOWLEDGEMENTS_MAX, RETRY_BUSY};

/// The name of its records.
const KIND: &str = "acknowledgement";

/// On whose behalf somebody has seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// Of those who supervise.
    #[default]
    Supervision,
    /// Of a handling unit.
    Unit,
}

impl Side {
    pub(crate) fn of(role: Role) -> Self {
        if role.is_of_a_unit() {
            Self::Unit
        } else {
            Self::Supervision
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Supervision => Self::Unit,
            Self::Unit => Self::Supervision,
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_supervision(&self) -> bool {
        *self == Self::Supervision
    }
}

/// One, as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// The name of the escalation.
    escalation: String,
    /// By whom.
    by: HolderId,
    /// His name for it.
    request: RequestId,
    /// He has said what is done, in the ticket's history.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    noted: bool,
    /// On whose behalf; records of earlier releases do not say, and count for those who supervise.
    #[serde(default, skip_serializing_if = "Side::is_supervision")]
    side: Side,
}

/// Who has seen an escalation, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) by: HolderId,
    pub(crate) at: Timestamp,
    /// He has said what is done: a note of the ticket's.
    pub(crate) noted: bool,
}

/// Every acknowledgement.
pub(crate) struct Acknowledgements {
    log: Log<Kept>,
    known: Mutex<Known>,
    /// Looking and keeping go together: one at a time.
    keeping: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    by_escalation: HashMap<(String, Side), Acknowledged>,
    by_request: HashMap<(HolderId, RequestId), String>,
    order: VecDeque<Kept>,
}

impl Known {
    /// The first acknowledgement of an escalation by a side stands.
    fn take(&mut self, kept: Kept, at: Timestamp) {
        let acknowledged = Acknowledged {
            by: kept.by.clone(),
            at,
            noted: kept.noted,
        };
        self.by_escalation
            .entry((kept.escalation.clone(), kept.side))
            .or_insert(acknowledged);
        self.by_request
            .insert((kept.by.clone(), kept.request.clone()), kept.escalation.clone());
        self.order.push_back(kept);
        if self.order.len() > ACKNOWLEDGEMENTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_escalation
                .remove(&(oldest.escalation.clone(), oldest.side));
            self.by_request.remove(&(oldest.by, oldest.request));
        }
    }
}

impl Acknowledgements {
    /// Those kept in a directory; without one they are kept in memory.
    pub(crate) async fn open(dir: Option<&Path>, now: Timestamp) -> Result<Self, Fault> {
        let (log, entries) = match dir {
            None => (Log::memory(), Vec::new()),
            Some(dir) => {
                let options = LogOptions {
                    at: now,
                    ..LogOptions::default()
                };
                Log::open(dir, KIND, options).await.map_err(Fault::data_loss)?
            }
        };
        let mut known = Known::default();
        for Entry { at, value, .. } in entries {
            known.take(value, at);
        }
        Ok(Self {
            log,
            known: Mutex::new(known),
            keeping: tokio::sync::Mutex::new(()),
        })
    }

    /// Who of a side has seen an escalation, if anybody.
    pub(crate) fn of(&self, escalation: &EscalationId, side: Side) -> Option<Acknowledged> {
        let name = (escalation.as_str().to_owned(), side);
        self.lock().by_escalation.get(&name).cloned()
    }

    /// The same, or else who of the other side has.
    pub(crate) fn of_any(&self, escalation: &EscalationId, side: Side) -> Option<Acknowledged> {
        self.of(escalation, side)
            .or_else(|| self.of(escalation, side.other()))
    }

    /// Refuses a request that was made for another escalation.
    pub(crate) fn refuse_reused(
        &self,
        escalation: &EscalationId,
        by: &HolderId,
        request: &RequestId,
    ) -> Result<(), Fault> {
        let known = self.lock();
        let before = known.by_request.get(&(by.clone(), request.clone()));
        if before.is_some_and(|before| before != escalation.as_str()) {
            return Err(Fault::reused());
        }
        Ok(())
    }

    /// Keeps that `by` has seen an escalation on behalf of his side. The first one stands: a second answers it, as does the same request again.
    /// The same request for another escalation is refused.
    pub(crate) async fn keep(
        &self,
        escalation: &EscalationId,
        (by, side): (&HolderId, Side),
        request: &RequestId,
        noted: bool,
        now: Timestamp,
    ) -> Result<Acknowledged, Fault> {
        let _one = self.keeping.lock().await;
        self.refuse_reused(escalation, by, request)?;
        if let Some(acknowledged) = self.of(escalation, side) {
            return Ok(acknowledged);
        }
        let kept = Kept {
            escalation: escalation.as_str().to_owned(),
            by: by.clone(),
            request: request.clone(),
            noted,
            side,
        };
        let appended = self.log.append(now, kept.clone()).await.map_err(failed)?;
        self.lock().take(kept, appended.at);
        Ok(Acknowledged {
            by: by.clone(),
            at: appended.at,
            noted,
        })
    }

    /// Gives the directory back once the process drains.
    pub(crate) async fn close_after(self: Arc<Self>, draining: impl Future<Output = ()> + Send) {
        draining.await;
        let _one = self.keeping.lock().await;
        if let Err(failure) = self.log.close().await {
            tracing::warn!(%failure, "the ledger of acknowledgements was not closed");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a ledger that did not keep something means for the caller.
pub(crate) fn failed(failure: Failure) -> Fault {
    match failure {
        Failure::Limit { what, max } => Fault::invalid(
            "",
            format!("超出上限：{what} 最多 {max}"),
            format!("{what}: at most {max}"),
        ),
        Failure::Full => Fault::exhausted("存储空间已满", "no space is left", RETRY_BUSY),
        Failure::Busy => Fault::exhausted("系统繁忙，请稍后重试", "busy: try again", RETRY_BUSY),
        Failure::Stopped => Fault::unavailable("账本已停止写入", "the ledger takes no more writes"),
        Failure::Damaged(what) => Fault::data_loss(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(text: &str) -> HolderId {
        HolderId::parse(text).unwrap()
    }

    fn request(text: &str) -> RequestId {
        RequestId::parse(text).unwrap()
    }

    fn escalation(text: &str) -> EscalationId {
        EscalationId::from_client(text.to_owned())
    }

    const NOON: Timestamp = Timestamp::UNIX_EPOCH;

    #[tokio::test]
    async fn the_first_acknowledgement_stands_and_survives() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Arc::new(Acknowledgements::open(Some(dir.path()), NOON).await.unwrap());
        let first = kept
            .keep(
                &escalation("e1"),
                (&holder("chen"), Side::Supervision),
                &request("r1"),
                false,
                NOON,
            )
            .await
            .unwrap();
        let second = kept
            .keep(
                &escalation("e1"),
                (&holder("lin"), Side::Supervision),
                &request("r1"),
                false,
                NOON,
            )
            .await
            .unwrap();
        assert_eq!((first.by.as_str(), &second), ("chen", &first));
        Arc::clone(&kept).close_after(std::future::ready(())).await;

        let again = Acknowledgements::open(Some(dir.path()), NOON).await.unwrap();
        assert_eq!(
            again.of(&escalation("e1"), Side::Supervision),
            Some(first.clone())
        );
        let repeated = again
            .keep(
                &escalation("e1"),
                (&holder("chen"), Side::Supervision),
                &request("r1"),
                false,
                NOON,
            )
            .await
            .unwrap();
        assert_eq!(repeated, first);
    }

    #[tokio::test]
    async fn a_request_is_for_one_escalation_only() {
        let kept = Acknowledgements::open(None, NOON).await.unwrap();
        kept.keep(
            &escalation("e1"),
            (&holder("chen"), Side::Supervision),
            &request("r1"),
            false,
            NOON,
        )
        .await
        .unwrap();
        let reused = kept
            .keep(
                &escalation("e2"),
                (&holder("chen"), Side::Supervision),
                &request("r1"),
                false,
                NOON,
            )
            .await
            .unwrap_err();
        assert_eq!(reused.reason(), "REQUEST_ID_REUSED");
        kept.keep(
            &escalation("e2"),
            (&holder("lin"), Side::Supervision),
            &request("r1"),
            false,
            NOON,
        )
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_unit_clears_nothing_from_the_supervisors_list() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Arc::new(Acknowledgements::open(Some(dir.path()), NOON).await.unwrap());
        let e1 = escalation("e1");
        let keep = async |by: &str, role| {
            let side = Side::of(role);
            kept.keep(&e1, (&holder(by), side), &request("r1"), false, NOON)
                .await
                .unwrap()
        };
        let theirs = keep("zhao", Role::UnitHead).await;
        assert_eq!(kept.of(&e1, Side::Supervision), None);
        assert_eq!(
            kept.of_any(&e1, Side::Supervision),
            Some(theirs.clone()),
            "it is shown"
        );
        let ours = keep("chen", Role::Supervisor).await;
        assert_eq!(ours.by.as_str(), "chen");
        Arc::clone(&kept).close_after(std::future::ready(())).await;

        let again = Acknowledgements::open(Some(dir.path()), NOON).await.unwrap();
        assert_eq!(again.of(&e1, Side::Unit), Some(theirs));
        assert_eq!(again.of_any(&e1, Side::Supervision), Some(ours));
    }
}
