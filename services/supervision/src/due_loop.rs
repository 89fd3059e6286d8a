//! The due loop: asks tickets what is due, fires it in due order, sleeps until something else is.
//!
//! Never early, for tickets says what is due by its own clock; never twice, for firing is idempotent by (ticket, clock
//! run, level); never for good missing, for whatever fails is still due when the loop asks again (invariant 4). While
//! tickets doubts its clock nothing is fired at all, and what has come due meanwhile is charged to nobody. The same holds
//! where the process stood still without knowing it: paused, or suspended with its machine.

mod status;
mod stuck;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use kit::clock::{SharedClock, Source};
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

pub use status::{Standing, State, Status};

use crate::NAME;
use crate::fire::{Came, Due, by_ticket, came, waves};
use crate::limits::{
    BARREN_MAX, FIRED_AT_ONCE_MAX, FIRED_WITHIN, FROZEN_AFTER, HALTED_LOOK, PAUSE_MAX, PAUSE_MIN,
};
use crate::wake::Wake;
use crate::wire::{self, DuePage};
use stuck::Stuck;

/// The loop.
pub(crate) struct DueLoop {
    tickets: Link,
    clock: SharedClock,
    /// By whose boot clock it is noticed that the process stood still.
    machine: Arc<dyn Source>,
    /// When the loop last looked around, by that clock.
    awake_at: SignedDuration,
    drain: Drain,
    /// Since when what is due could be fired, by the time of tickets: what was due clearly before fires marked "the system
    /// was down". In a split, tickets may be away while this process runs on.
    up_since: Timestamp,
    /// Nothing could be fired since the last good answer, or none has come yet.
    is_cut_off: bool,
    stuck: Stuck,
    wake: Arc<Wake>,
    status: Status,
}

/// What came of one pass over everything that is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pass {
    /// Levels that have fired.
    fired: usize,
    /// Tickets, or the clock, did not let it go on.
    is_halted: bool,
    /// When the earliest level that was not due fires.
    next: Option<Timestamp>,
}

/// What came of the levels of one ticket.
struct Climbed {
    fired: usize,
    down: usize,
    /// What ended it, where something did.
    ended: Option<(Due, Came)>,
}

impl DueLoop {
    pub(crate) fn new(
        tickets: Link,
        (clock, machine): (SharedClock, Arc<dyn Source>),
        drain: Drain,
        started_at: Timestamp,
        wake: Arc<Wake>,
        status: Status,
    ) -> Self {
        Self {
            tickets,
            clock,
            awake_at: machine.read().since_boot,
            machine,
            drain,
            up_since: started_at,
            is_cut_off: true,
            stuck: Stuck::default(),
            wake,
            status,
        }
    }

    /// Until the process drains.
    pub(crate) async fn run(mut self) {
        let mut pause = PAUSE_MIN;
        while !self.drain.is_draining() {
            self.wake.begin();
            match self.pass().await {
                Ok(pass) if pass.is_halted => self.rest(HALTED_LOOK).await,
                // What has fired may have made something else due: ask again.
                Ok(pass) if pass.fired > 0 => pause = PAUSE_MIN,
                Ok(pass) => {
                    let has_slept = self.sleep(pass.next).await;
                    if !has_slept {
                        self.rest(pause).await;
                    }
                    pause = if has_slept {
                        PAUSE_MIN
                    } else {
                        (pause * 2).min(PAUSE_MAX)
                    };
                }
                Err(fault) => {
                    tracing::warn!(reason = fault.reason(), %fault, "cannot fire what is due, trying again");
                    self.rest(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// One pass, and how it stands afterwards.
    async fn pass(&mut self) -> Result<Pass, Fault> {
        let pass = self.pages().await;
        let state = match &pass {
            Ok(pass) if pass.is_halted => State::Halted,
            Ok(_) => State::Running,
            Err(_) => State::CutOff,
        };
        self.is_cut_off |= state != State::Running;
        let (up_since, stuck) = (self.up_since, self.stuck.count());
        self.status.update(|standing| {
            standing.state = state;
            standing.up_since = Some(up_since);
            standing.stuck = stuck;
        });
        pass
    }

    /// Page after page of what is due now, in due order. What cannot be fired is left behind, and not in the way.
    async fn pages(&mut self) -> Result<Pass, Fault> {
        let (mut pass, mut until, mut token) = (Pass::default(), None, String::new());
        let mut oldest_left = None;
        self.stuck.begin();
        loop {
            let page = self.ask(until, token).await?;
            self.look_around();
            let mut was_doubted = false;
            self.status.update(|standing| {
                standing.clock = page.clock;
                standing.oldest = oldest_left.or(page.due.first().map(|due| due.fires_at));
                standing.next = page.next;
                was_doubted = std::mem::take(&mut standing.was_doubted);
            });
            // Doubted and confirmed between two looks of the loop: it has leapt all the same.
            self.is_cut_off |= was_doubted;
            pass.next = page.next;
            if page.is_doubted() {
                pass.is_halted = true;
                return Ok(pass);
            }
            if std::mem::take(&mut self.is_cut_off) {
                self.up_since = page.now;
            }
            pass.fired += self.fire(page.due, &mut oldest_left).await?;
            if page.next_token.is_empty() || self.drain.is_draining() {
                break;
            }
            // What comes due meanwhile is for the next pass, so that this one ends.
            (until, token) = (until.or(Some(page.now)), page.next_token);
        }
        self.stuck.end();
        let now = self.clock.now();
        self.status.update(|standing| {
            standing.oldest = oldest_left;
            standing.last_pass_at = Some(now);
        });
        Ok(pass)
    }

    /// Notes that the loop is awake. Where it was not for long, nothing could be fired.
    fn look_around(&mut self) {
        let awake_at = self.machine.read().since_boot;
        let stood_still = awake_at - self.awake_at;
        self.awake_at = awake_at;
        if stood_still > FROZEN_AFTER {
            tracing::warn!(
                seconds = stood_still.as_secs(),
                "the process stood still: what came due meanwhile is charged to nobody"
            );
            self.is_cut_off = true;
        }
    }

    async fn ask(&self, until: Option<Timestamp>, token: String) -> Result<DuePage, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let answer = tickets.list_due_clocks(wire::due_clocks(until, token)).await?;
        wire::due(answer.into_inner())
    }

    /// Fires a page second by second: what is due in the same second side by side, the levels of one ticket one after the
    /// other, and nothing before all that was due earlier was tried. Fails when tickets cannot be reached.
    async fn fire(&mut self, due: Vec<Due>, oldest_left: &mut Option<Timestamp>) -> Result<usize, Fault> {
        let (mut fired, mut barren) = (0, 0);
        for wave in waves(due) {
            if self.drain.is_draining() {
                break;
            }
            let now = self.clock.now();
            let mut tried = Vec::with_capacity(wave.len());
            for due in wave {
                if self.stuck.rests(due.number, now) {
                    oldest_left.get_or_insert(due.fires_at);
                } else {
                    tried.push(due);
                }
            }
            let this = &*self;
            let climbed: Vec<Climbed> = futures::stream::iter(by_ticket(tried))
                .map(|levels| this.climb(levels))
                .buffer_unordered(FIRED_AT_ONCE_MAX)
                .collect()
                .await;
            self.look_around();
            let (fired_now, passing) = self.take(climbed, oldest_left);
            fired += fired_now;
            match passing {
                // One ticket that fails rests by itself; where nothing passes time after time, everything waits.
                Some(fault) if fired_now == 0 => {
                    barren += 1;
                    if barren == BARREN_MAX {
                        return Err(fault);
                    }
                }
                Some(_) | None => barren = 0,
            }
        }
        Ok(fired)
    }

    /// Notes what came of one second: how many have fired, and what may pass where something did not.
    fn take(&mut self, climbed: Vec<Climbed>, oldest_left: &mut Option<Timestamp>) -> (usize, Option<Fault>) {
        let now = self.clock.now();
        let (fired, down) = climbed
            .iter()
            .fold((0, 0), |(fired, down), one| (fired + one.fired, down + one.down));
        self.status.update(|standing| {
            standing.fired += fired as u64;
            standing.down += down as u64;
        });
        let mut passing = None;
        for (due, came) in climbed.into_iter().filter_map(|one| one.ended) {
            let has_failed = match came {
                Came::Fired => {
                    self.stuck.fired(due.number);
                    continue;
                }
                Came::NotDue => false,
                Came::Failed(fault) => {
                    tracing::warn!(number = %due.number, clock = due.kind.as_str(), level = due.level.as_str(),
                        reason = fault.reason(), "a level was not fired, trying again");
                    passing = passing.or(Some(fault).filter(Fault::is_passing));
                    true
                }
            };
            self.stuck.put_off(due.number, now, has_failed);
            oldest_left.get_or_insert(due.fires_at);
        }
        (fired, passing)
    }

    /// Fires the levels of one ticket until one does not.
    async fn climb(&self, levels: Vec<Due>) -> Climbed {
        let mut climbed = Climbed {
            fired: 0,
            down: 0,
            ended: None,
        };
        for due in levels {
            if self.drain.is_draining() {
                break;
            }
            let was_down = due.was_missed(self.up_since)
                || (self.stuck.has_failed(due.number) && due.was_missed(self.clock.now()));
            let came = self.fire_one(&due, was_down).await;
            let has_fired = matches!(came, Came::Fired);
            if has_fired {
                climbed.fired += 1;
                climbed.down += usize::from(was_down);
            }
            climbed.ended = Some((due, came));
            if !has_fired {
                break;
            }
        }
        climbed
    }

    async fn fire_one(&self, due: &Due, was_down: bool) -> Came {
        let request = match wire::fire(due, was_down) {
            Ok(request) => request,
            Err(fault) => return Came::Failed(fault),
        };
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let answer = tokio::time::timeout(FIRED_WITHIN, tickets.fire_clock(request)).await;
        match answer {
            Ok(answer) => came(answer.map(drop).map_err(Fault::from)),
            Err(_) => Came::Failed(Fault::unavailable(
                "触发未在时限内完成",
                "firing was not answered in time",
            )),
        }
    }

    /// Sleeps until the next due, a sooner one heard of, a ticket that is tried again, the longest nap, or the drain. False
    /// when there is nothing to sleep for although nothing fired: the clocks of two processes differ.
    async fn sleep(&self, next: Option<Timestamp>) -> bool {
        let next = next.into_iter().chain(self.stuck.retry_at()).min();
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
            () = self.wake.woken() => {}
            () = self.drain.draining() => {}
        }
    }
}

#[cfg(test)]
mod tests;
