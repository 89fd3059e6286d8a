//! The due loop: asks tickets what is due, fires it in due order, sleeps until something else is.
//!
//! Never early, for tickets says what is due by its own clock; never twice, for firing is idempotent by (ticket, clock
//! run, level); never for good missing, for whatever fails is still due when the loop asks again (invariant 4). While
//! tickets doubts its clock nothing is fired at all, and what has come due meanwhile is charged to nobody. The same holds
//! while nobody has asked: tickets, which hears of every loop there is, says since when it has been asked without a gap.

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
    ASKED_AGAIN_AFTER, BARREN_MAX, FIRED_AT_ONCE_MAX, FIRED_WITHIN, HALTED_LOOK, PAUSE_MAX, PAUSE_MIN,
};
use crate::wake::Wake;
use crate::wire::{self, DuePage};
use stuck::Stuck;

/// The loop.
pub(crate) struct DueLoop {
    tickets: Link,
    clock: SharedClock,
    /// By whose boot clock what has failed rests: it goes on while time stands still.
    machine: Arc<dyn Source>,
    drain: Drain,
    asked: Asked,
    /// What was due could be fired when it was last tried.
    fires: bool,
    stuck: Stuck,
    wake: Arc<Wake>,
    status: Status,
}

/// What tickets said last.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// When, by the boot clock.
    since_boot: SignedDuration,
    /// When, by the time of tickets.
    now: Timestamp,
    /// What was due clearly before fires marked "the system was down".
    up_since: Timestamp,
}

/// What came of one pass over everything that is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pass {
    /// Levels that have fired.
    fired: usize,
    /// Tickets, or the clock, did not let it go on.
    is_halted: bool,
    /// It took long: tickets is to be asked anew before it goes on.
    is_cut_short: bool,
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
        wake: Arc<Wake>,
        status: Status,
    ) -> Self {
        Self {
            tickets,
            clock,
            machine,
            drain,
            asked: Asked {
                since_boot: SignedDuration::ZERO,
                now: Timestamp::MIN,
                up_since: Timestamp::MIN,
            },
            fires: true,
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
                Ok(pass) if pass.fired > 0 || pass.is_cut_short => pause = PAUSE_MIN,
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
        self.fires |= pass.is_ok();
        let stuck = self.stuck.count();
        self.status.update(|standing| {
            standing.state = state;
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
            self.status.update(|standing| {
                standing.clock = page.clock;
                standing.oldest = oldest_left.or(page.due.first().map(|due| due.fires_at));
                standing.next = page.next;
                standing.up_since = Some(page.up_since);
            });
            pass.next = page.next;
            if page.is_doubted() {
                pass.is_halted = true;
                return Ok(pass);
            }
            self.asked = Asked {
                since_boot: self.since_boot(),
                now: page.now,
                up_since: page.up_since,
            };
            pass.fired += self.fire(page.due, &mut oldest_left).await?;
            pass.is_cut_short = self.has_long_asked();
            if pass.is_cut_short {
                return Ok(pass);
            }
            if page.next_token.is_empty() || self.drain.is_draining() {
                break;
            }
            // What comes due meanwhile is for the next pass, so that this one ends.
            (until, token) = (until.or(Some(page.now)), page.next_token);
        }
        self.stuck.end();
        let now = self.clock.now();
        self.status.update(|standing| {
            // What has fired may have made something else due: only a pass that fires nothing knows that nothing is.
            if pass.fired == 0 || oldest_left.is_some() {
                standing.oldest = oldest_left;
            }
            standing.last_pass_at = Some(now);
        });
        Ok(pass)
    }

    fn since_boot(&self) -> SignedDuration {
        self.machine.read().since_boot
    }

    /// Whether what tickets said may no longer hold, or tickets may think that nobody fires.
    fn has_long_asked(&self) -> bool {
        self.since_boot() - self.asked.since_boot > ASKED_AGAIN_AFTER
    }

    async fn ask(&self, until: Option<Timestamp>, token: String) -> Result<DuePage, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let answer = tickets
            .list_due_clocks(wire::due_clocks(until, token, self.fires))
            .await?;
        wire::due(answer.into_inner())
    }

    /// Fires a page second by second: what is due in the same second side by side, the levels of one ticket one after the
    /// other, and nothing before all that was due earlier was tried. Ends early when tickets is to be asked anew; fails when
    /// it cannot be reached.
    async fn fire(&mut self, due: Vec<Due>, oldest_left: &mut Option<Timestamp>) -> Result<usize, Fault> {
        let (mut fired, mut barren) = (0, 0);
        for wave in waves(due) {
            if self.drain.is_draining() || self.has_long_asked() {
                break;
            }
            let now = self.since_boot();
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
            let (fired_now, passing) = self.take(climbed, oldest_left);
            fired += fired_now;
            match passing {
                // One ticket that fails rests by itself; where nothing passes time after time, everything waits.
                Some(fault) if fired_now == 0 => {
                    barren += 1;
                    if barren == BARREN_MAX {
                        self.fires = false;
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
        let now = self.since_boot();
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
            self.stuck.put_off(&due, now, has_failed);
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
            let was_down = due.was_missed(self.asked.up_since)
                || self.stuck.has_kept_back(&due, self.since_boot(), self.asked.now);
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
        let retried_at = self.stuck.retry_at();
        let retried_in =
            retried_at.map(|at| (at - self.since_boot()).max(SignedDuration::ZERO).unsigned_abs());
        let nap = self.wake.nap_max().min(retried_in.unwrap_or(Duration::MAX));
        let until = self.wake.sleep_until(next);
        if until <= self.clock.now() {
            return false;
        }
        tokio::select! {
            () = self.clock.sleep_until(until) => {}
            () = self.wake.woken() => {}
            () = tokio::time::sleep(nap) => {}
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
