//! Follows the feed and triages what calls for it: several tickets at once, the place in the feed in order.
//!
//! A change is read, begun in a task of its own and awaited in the order of the feed; the cursor stands behind the last
//! change before which nothing is open. A process that dies begins again there and does some things twice, which
//! request ids and phases make harmless (invariant A-9).

use std::sync::Arc;

use domain::id::TicketNumber;
use futures::StreamExt as _;
use jiff::Timestamp;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::follow::{Ended, Feed, Start, follow};
use kit::insist::insist;
use kit::link::Link;
use proto::tickets::v1::WatchResponse;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tracing::{Instrument as _, Span};

use crate::cursor::Cursor;
use crate::limits::{AHEAD_MAX, IN_FLIGHT_MAX, LAG_TOLD_SECONDS};
use crate::service::Triage;
use crate::trigger::{Seen, Trigger};
use crate::{NAME, wire};

/// Follows the feed.
#[derive(Clone)]
pub(crate) struct Follower {
    triage: Arc<Triage>,
    tickets: Link,
    clock: SharedClock,
    drain: Drain,
}

/// An answer of the feed on its way to being handled.
struct Step {
    token: String,
    seen: Option<Seen>,
    span: Span,
}

/// An answer of the feed that is handled, or was given up because the process drains.
struct Handled {
    token: String,
    at: Option<Timestamp>,
    is_done: bool,
}

impl Follower {
    pub(crate) fn new(triage: Arc<Triage>, tickets: Link, clock: SharedClock, drain: Drain) -> Self {
        Self {
            triage,
            tickets,
            clock,
            drain,
        }
    }

    /// Until the process drains.
    pub(crate) async fn run(self, mut cursor: Cursor) {
        loop {
            let start = match cursor.token() {
                "" => Start::FromBeginning,
                token => Start::Token(token.to_owned()),
            };
            let (ahead, steps) = mpsc::channel(AHEAD_MAX);
            let queue = ahead.downgrade();
            let read = move |answer: Arc<WatchResponse>| pass_on(ahead.clone(), answer);
            let feed = Feed {
                tickets: self.tickets.clone(),
                role: NAME,
                words_of: &["registered"],
            };
            let following = follow(feed, self.drain.clone(), start, read);
            let (ended, ()) = tokio::join!(following, self.work(steps, &queue, &mut cursor));
            match ended {
                Ended::Drained => break,
                Ended::TokenVoid => {
                    tracing::warn!(
                        "the triage cursor is of another history, the feed is read from its beginning"
                    );
                    cursor.reset().await;
                }
            }
        }
        cursor.write().await;
    }

    /// Handles steps until no more come; the cursor moves in their order.
    async fn work(&self, steps: mpsc::Receiver<Step>, queue: &mpsc::WeakSender<Step>, cursor: &mut Cursor) {
        let mut handled = ReceiverStream::new(steps)
            .map(|step| self.begin(step))
            .buffered(IN_FLIGHT_MAX);
        let mut is_current = true;
        while let Some(one) = handled.next().await {
            if !one.is_done {
                return;
            }
            // A heartbeat: nothing else is on its way.
            cursor.move_to(one.token, one.at.is_none()).await;
            if let Some(at) = one.at {
                is_current = self.tell_lag(at, queue, is_current);
            }
        }
    }

    /// Begins with a step at once; the future is done when the step is.
    fn begin(&self, step: Step) -> impl Future<Output = Handled> + use<> {
        let Step { token, seen, span } = step;
        let at = seen.as_ref().map(|seen| seen.at);
        let begun = seen.and_then(|seen| {
            let trigger = seen.trigger()?;
            let one = self.clone();
            Some(self.drain.spawn(
                "triage",
                async move { one.handle(&seen, trigger).await }.instrument(span),
            ))
        });
        async move {
            let is_done = match begun {
                // A task that panicked is told by the drain and not tried again: the triage desk has the ticket.
                Some(task) => task.await.unwrap_or(true),
                None => true,
            };
            Handled { token, at, is_done }
        }
    }

    /// Tries until it is handled. What passes is tried for ever; what does not, a few times. False when the process
    /// drains before.
    async fn handle(&self, seen: &Seen, trigger: Trigger) -> bool {
        let tried = insist(&self.drain, || async {
            self.triage.handle(seen, trigger).await.inspect_err(|fault| {
                tracing::warn!(number = %seen.number, reason = fault.reason(), "not triaged");
            })
        });
        match tried.await {
            Some(Ok(())) => true,
            Some(Err(fault)) => {
                give_up(seen.number, &fault);
                true
            }
            None => false,
        }
    }

    /// How far triage is behind the last change it has handled: told when it falls behind and when it has caught up.
    /// While more waits than is worked on, whoever takes matters in is told too.
    fn tell_lag(&self, at: Timestamp, queue: &mpsc::WeakSender<Step>, was_current: bool) -> bool {
        let lag = self.clock.now().duration_since(at);
        let waits = queue
            .upgrade()
            .is_some_and(|queue| queue.capacity() < AHEAD_MAX / 2);
        let backlog_ms = u64::try_from(lag.as_millis()).unwrap_or(0);
        self.triage.is_behind(if waits { backlog_ms } else { 0 });
        let is_current = lag.as_secs() < LAG_TOLD_SECONDS;
        let lag_ms = i64::try_from(lag.as_millis()).unwrap_or(i64::MAX);
        match (was_current, is_current) {
            (true, false) => tracing::info!(last_handled = %at, lag_ms, "triage lags behind the feed"),
            (false, true) => tracing::info!(last_handled = %at, lag_ms, "triage has caught up with the feed"),
            (true, true) | (false, false) => tracing::debug!(last_handled = %at, lag_ms, "triage lag"),
        }
        is_current
    }
}

async fn pass_on(ahead: mpsc::Sender<Step>, answer: Arc<WatchResponse>) -> Result<(), Fault> {
    let seen = answer.change.as_ref().and_then(|change| {
        // A change that cannot be read is the desk's, and must not stop those after it.
        wire::seen(change).unwrap_or_else(|fault| {
            tracing::error!(reason = fault.reason(), %fault, "a change of the feed cannot be read");
            None
        })
    });
    let step = Step {
        token: answer.resume_token.clone(),
        seen,
        span: Span::current(),
    };
    ahead
        .send(step)
        .await
        .map_err(|_| Fault::unavailable("正在停机", "draining"))
}

fn give_up(number: TicketNumber, fault: &Fault) {
    tracing::error!(%number, reason = fault.reason(), %fault, "a ticket cannot be triaged, it is left to the desk");
}
