//! The due loop: asks tickets what is due, fires it in due order, sleeps until something else is.
//!
//! Never early, for tickets says what is due by its own clock; never twice, for firing is idempotent by (ticket, clock
//! run, level); never for good missing, for whatever fails is still due when the loop asks again (invariant 4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use crate::fire::{Came, Due, by_ticket, came};
use crate::limits::{FIRED_AT_ONCE_MAX, PAUSE_MAX, PAUSE_MIN};
use crate::wake::Wake;
use crate::{NAME, wire};

/// The loop.
pub(crate) struct DueLoop {
    tickets: Link,
    clock: SharedClock,
    drain: Drain,
    /// Since when tickets could be asked and told what is due: what was due clearly before fires marked "the system was
    /// down". In a split, tickets may be away while this process runs on.
    up_since: Timestamp,
    is_cut_off: AtomicBool,
    wake: Arc<Wake>,
}

/// What came of one round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Round {
    /// Levels that were due.
    due: usize,
    /// Levels that have fired.
    fired: usize,
    /// When the earliest of the rest fires.
    next: Option<Timestamp>,
}

impl DueLoop {
    pub(crate) fn new(
        tickets: Link,
        clock: SharedClock,
        drain: Drain,
        started_at: Timestamp,
        wake: Arc<Wake>,
    ) -> Self {
        Self {
            tickets,
            clock,
            drain,
            up_since: started_at,
            is_cut_off: AtomicBool::new(false),
            wake,
        }
    }

    /// Until the process drains.
    pub(crate) async fn run(mut self) {
        let mut pause = PAUSE_MIN;
        while !self.drain.is_draining() {
            self.wake.begin();
            let is_stuck = match self.ask().await {
                // A ticket may climb several levels at once, and a page may not hold everything: ask again.
                Ok(round) if round.fired > 0 => {
                    pause = PAUSE_MIN;
                    continue;
                }
                Ok(round) => round.due > 0 || !self.sleep(round.next).await,
                Err(fault) => {
                    tracing::warn!(reason = fault.reason(), %fault, "cannot ask what is due, trying again");
                    true
                }
            };
            if is_stuck {
                self.rest(pause).await;
            }
            pause = if is_stuck {
                (pause * 2).min(PAUSE_MAX)
            } else {
                PAUSE_MIN
            };
        }
    }

    /// One round, and whether it was cut off is remembered.
    async fn ask(&mut self) -> Result<Round, Fault> {
        let round = self.round().await;
        self.is_cut_off.fetch_or(round.is_err(), Ordering::Relaxed);
        round
    }

    /// Asks once and fires what is due: different tickets side by side, the levels of one ticket in order.
    async fn round(&mut self) -> Result<Round, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let answer = tickets
            .list_due_clocks(wire::due_clocks_until(self.clock.now()))
            .await?
            .into_inner();
        let (due, next) = wire::due(answer)?;
        if std::mem::take(self.is_cut_off.get_mut()) {
            self.up_since = self.clock.now();
        }
        let (count, this) = (due.len(), &*self);
        let fired: usize = futures::stream::iter(by_ticket(due))
            .map(|levels| this.climb(levels))
            .buffer_unordered(FIRED_AT_ONCE_MAX)
            .fold(0, |sum, fired| std::future::ready(sum + fired))
            .await;
        Ok(Round {
            due: count,
            fired,
            next,
        })
    }

    /// Fires the levels of one ticket until one does not; how many have.
    async fn climb(&self, levels: Vec<Due>) -> usize {
        let mut fired = 0;
        for due in levels {
            if self.drain.is_draining() {
                break;
            }
            match self.fire(&due).await {
                Came::Fired => fired += 1,
                Came::NotDue => break,
                Came::Failed(fault) => {
                    tracing::warn!(number = %due.number, clock = due.kind.as_str(), level = due.level.as_str(),
                        reason = fault.reason(), "a level was not fired, trying again");
                    self.is_cut_off.fetch_or(fault.is_passing(), Ordering::Relaxed);
                    break;
                }
            }
        }
        fired
    }

    async fn fire(&self, due: &Due) -> Came {
        let request = match wire::fire(due, self.up_since) {
            Ok(request) => request,
            Err(fault) => return Came::Failed(fault),
        };
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        came(tickets.fire_clock(request).await.map(drop).map_err(Fault::from))
    }

    /// Sleeps until the next due, a sooner one heard of, the longest nap, or the drain. False when there is nothing to
    /// sleep for although nothing was due: the clocks of two processes differ.
    async fn sleep(&self, next: Option<Timestamp>) -> bool {
        let until = self.wake.sleep_until(next);
        if until <= self.clock.now() {
            return false;
        }
        tokio::select! {
            () = self.clock.sleep_until(until) => {}
            () = self.wake.woken() => {}
            () = tokio::time::sleep(self.wake.nap_max()) => {}
            () = self.drain.draining() => {}
        }
        true
    }

    async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.drain.draining() => {}
        }
    }
}

#[cfg(test)]
mod tests;
