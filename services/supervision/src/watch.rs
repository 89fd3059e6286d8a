//! The live stream of escalations: each as it fires, at least once, to whoever may see its ticket; with heartbeats.

use std::sync::Arc;

use domain::id::TicketNumber;
use jiff::Timestamp;
use kit::auth::Bearers;
use kit::call::Call;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::escalation_list::{EscalationQuery, Shown};
use crate::escalations::{Cursor, Escalation};
use crate::limits::{HEARTBEAT, RETRY_WATCH, WATCH_BATCH, WATCH_BUFFER};
use crate::service::{Supervision, bound_to};

/// What a watcher is sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) token: String,
    /// None in a heartbeat.
    pub(crate) shown: Option<Shown>,
}

/// A watcher's answers as they come.
pub(crate) type Answers = mpsc::Receiver<Result<Sent, Fault>>;

/// How far a watcher has been told.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Told {
    cursor: Cursor,
    /// What fired before is not for him: he came while the projection was being rebuilt, or asked for a time.
    not_before: Option<Timestamp>,
}

/// One watcher.
struct Watcher {
    supervision: Arc<Supervision>,
    bearers: Bearers,
    call: Call,
    query: EscalationQuery,
    bound: Vec<u8>,
    told: Told,
}

impl Supervision {
    /// Begins to tell somebody of escalations as they fire.
    pub(crate) fn watch(
        self: &Arc<Self>,
        call: &Call,
        query: EscalationQuery,
        resume_token: &str,
    ) -> Result<Answers, Fault> {
        let place = Arc::clone(&self.watchers).try_acquire_owned().map_err(|_| {
            Fault::exhausted(
                "订阅者过多，请稍后重试",
                "too many watchers: try again",
                RETRY_WATCH,
            )
        })?;
        let bound = bound_to(&("watch", &call.actor.holder))?;
        let told = if resume_token.is_empty() {
            self.from(query.since)
        } else {
            let told = self.tokens.try_open(&bound, resume_token);
            told.ok_or_else(Fault::resume_token_void)?
        };
        let watcher = Watcher {
            supervision: Arc::clone(self),
            bearers: self.bearers.clone(),
            call: call.clone(),
            // A token says it better.
            query: EscalationQuery { since: None, ..query },
            bound,
            told,
        };
        let (out, sent) = mpsc::channel(WATCH_BUFFER);
        self.drain.spawn("watch escalations", async move {
            let _place = place;
            watcher.run(out).await;
        });
        Ok(sent)
    }

    /// Where a watcher without a token begins.
    fn from(&self, since: Option<Timestamp>) -> Told {
        if since.is_some() {
            return Told {
                cursor: Cursor::default(),
                not_before: since,
            };
        }
        let state = self.projection.state();
        Told {
            cursor: state.escalations.now(),
            // Until everything is known that had happened before the start, more of it comes.
            not_before: (!state.is_current).then_some(self.started_at),
        }
    }
}

impl Watcher {
    /// Sends until the watcher goes away. A slow one is waited for: his buffer is bounded, and what fires meanwhile is kept.
    /// Heartbeats keep their own time, so that they tell nothing of what he may not know.
    async fn run(mut self, out: mpsc::Sender<Result<Sent, Fault>>) {
        let mut arrivals = self.supervision.projection.arrivals();
        let mut heartbeat_at = Instant::now() + HEARTBEAT;
        let draining = self.supervision.drain.draining();
        tokio::pin!(draining);
        loop {
            arrivals.borrow_and_update();
            if Instant::now() >= heartbeat_at {
                heartbeat_at = Instant::now() + HEARTBEAT;
                if self.beat(&out).await.is_err() {
                    return;
                }
            }
            match self.send_batch(&out).await {
                Ok(Sending::Again) => continue,
                Ok(Sending::Done) => {}
                Ok(Sending::Gone) => return,
                Err(fault) => {
                    let _ = out.send(Err(fault)).await;
                    return;
                }
            }
            tokio::select! {
                changed = arrivals.changed() => if changed.is_err() { return },
                () = sleep_until(heartbeat_at) => {}
                () = out.closed() => return,
                () = &mut draining => return,
            }
        }
    }

    /// A heartbeat, for whoever may still listen: a token that has ended since ends the stream.
    async fn beat(&self, out: &mpsc::Sender<Result<Sent, Fault>>) -> Result<(), ()> {
        if let Err(fault) = self.bearers.still_holds(&self.call).await {
            let _ = out.send(Err(fault)).await;
            return Err(());
        }
        let sent = Sent {
            token: self.token(),
            shown: None,
        };
        out.send(Ok(sent)).await.map_err(|_| ())
    }

    async fn send_batch(&mut self, out: &mpsc::Sender<Result<Sent, Fault>>) -> Result<Sending, Fault> {
        let (batch, wanted) = self.next().await?;
        if batch.is_empty() {
            return Ok(Sending::Done);
        }
        let seen = self.supervision.see(&self.call, wanted).await?;
        for (cursor, escalation) in batch {
            self.told.cursor = cursor;
            let Some(escalation) = escalation.filter(|one| seen.contains_key(&one.number)) else {
                continue;
            };
            let sent = Sent {
                token: self.token(),
                shown: Some(self.supervision.shown(escalation, &self.call)),
            };
            if out.send(Ok(sent)).await.is_err() {
                return Ok(Sending::Gone);
            }
        }
        Ok(Sending::Again)
    }

    /// What has come, with what of it is asked for; and the tickets of that.
    async fn next(&self) -> Result<(Vec<(Cursor, Option<Escalation>)>, Vec<TicketNumber>), Fault> {
        let rules = self.supervision.rules.current().await?;
        let query = &self.query;
        let scope =
            self.supervision
                .scope(&self.call, query.unit.as_ref(), query.district.as_ref(), &rules)?;
        let is_wanted = |one: &Escalation| {
            self.told.not_before.is_none_or(|from| one.fired_at >= from) && query.takes(one, &scope, &rules)
        };
        let state = self.supervision.projection.state();
        let came = state
            .escalations
            .after(self.told.cursor, WATCH_BATCH)
            .map_err(|_| Fault::resume_token_void())?;
        if came.is_empty() && state.is_current && !state.escalations.reaches(self.told.cursor) {
            return Err(Fault::resume_token_void());
        }
        let batch: Vec<_> = came
            .into_iter()
            .map(|(cursor, one)| (cursor, is_wanted(one).then(|| one.clone())))
            .collect();
        let wanted = batch.iter().filter_map(|(_, one)| Some(one.as_ref()?.number));
        let wanted = wanted.collect();
        Ok((batch, wanted))
    }

    /// Opaque, and different every time: nobody can count what he does not see.
    fn token(&self) -> String {
        self.supervision.tokens.seal(&self.bound, &self.told)
    }
}

enum Sending {
    Again,
    Done,
    Gone,
}
