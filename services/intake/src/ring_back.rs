//! Missed calls to be rung back: reported, listed, rung, and told once they are late.

use std::sync::Arc;

use domain::id::HolderId;
use domain::missed_call::{Cause, Command, State};
use jiff::Timestamp;
use kit::call::Call;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;

use crate::NAME;
use crate::calls::CallId;
use crate::ledger::{Ledger, Origin, Record};
use crate::limits::{FIRED_AT_ONCE_MAX, MISS_AGE_MAX, MISS_AHEAD_MAX, NAP_MAX, PAUSE_MIN, TELL_PAUSE_MAX};
use crate::missed::{Counts, Item, Missing, Place, Plan, Query, Said, When};
use crate::numbers::{Numbers, Taken};

/// The missed calls of this hotline.
pub(crate) struct RingBack {
    ledger: Arc<Ledger>,
    numbers: Numbers,
    clock: SharedClock,
    up_since: Timestamp,
}

/// A call that the telephone system reports as missed.
#[derive(Debug, Clone)]
pub(crate) struct Reported {
    pub(crate) call: CallId,
    pub(crate) from: Origin,
    pub(crate) danger: bool,
    /// When it was missed; now where that is not said.
    pub(crate) missed_at: Option<Timestamp>,
}

/// A page with what stands around it.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) items: Vec<Item>,
    pub(crate) next: Option<Place>,
    pub(crate) counts: Counts,
    pub(crate) open: Open,
    pub(crate) as_of: Timestamp,
}

/// How many wait now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) ringing: usize,
    pub(crate) overdue: usize,
    pub(crate) sms_owed: usize,
}

impl RingBack {
    pub(crate) fn new(ledger: Arc<Ledger>, numbers: Numbers, clock: SharedClock) -> Self {
        let up_since = clock.now();
        Self {
            ledger,
            numbers,
            clock,
            up_since,
        }
    }

    /// The time, and since when the system is up.
    pub(crate) fn when(&self) -> When {
        When {
            now: self.ledger.not_before_the_last(self.clock.now()),
            up_since: self.up_since,
        }
    }

    /// The numbers a call missed now goes by.
    pub(crate) async fn numbers(&self) -> Taken {
        self.numbers.taken().await
    }

    /// By when a call is to be rung back, by the name of any call of its caller; none where it needs not be.
    pub(crate) fn due(&self, call: &CallId) -> Option<Timestamp> {
        let books = self.ledger.books();
        let missed = &books.missed.item(call)?.missed;
        (missed.state == State::Ringing).then_some(missed.clock.due_at)
    }

    /// Keeps a call that was missed before it reached an agent.
    pub(crate) async fn report(&self, call: &Call, reported: Reported) -> Result<(Item, Timestamp), Fault> {
        let taken = self.numbers().await;
        let _alone = self.ledger.ringing_back().await;
        let when = self.when();
        let started_at = started_at(reported.missed_at, when.now)?;
        if self.ledger.books().calls.has_reached(&reported.call) {
            // It was cut off, and the switchboard tells of it as well.
            let known = self.ledger.books().missed.item(&reported.call).cloned();
            return known.map(|known| (known, when.now)).ok_or_else(answered);
        }
        let missing = Missing {
            call: reported.call,
            from: reported.from,
            cause: Cause::Unanswered,
            danger: reported.danger,
            clock: taken.clock(reported.danger, started_at),
            day: taken.day(started_at),
        };
        let plan = self
            .ledger
            .books()
            .missed
            .miss(&missing, &call.actor.holder, when)?;
        self.keep(plan, when).await
    }

    /// Keeps what an operator says of a missed call.
    pub(crate) async fn say(&self, said: Said) -> Result<(Item, Timestamp), Fault> {
        let _alone = self.ledger.ringing_back().await;
        let when = self.when();
        let plan = self.ledger.books().missed.say(&said, when)?;
        let (item, now) = self.keep(plan, when).await?;
        if matches!(said.command, Command::NotReached) && matches!(item.missed.state, State::SmsOwed { .. }) {
            tracing::info!("a missed call was rung in vain often enough: a message is owed");
        }
        Ok((item, now))
    }

    async fn keep(&self, plan: Plan, when: When) -> Result<(Item, Timestamp), Fault> {
        if !plan.records.is_empty() {
            self.ledger.keep(when.now, plan.records).await?;
        }
        let item = self.ledger.books().missed.item(&plan.about).cloned();
        let item = item.ok_or_else(|| Fault::internal("a missed call that was kept is not there"))?;
        Ok((item, when.now))
    }

    /// A page of missed calls, with the figures of `days` days.
    pub(crate) async fn list(&self, query: &Query, days: u16) -> Listed {
        let today = self.numbers().await.day(self.clock.now());
        let now = self.when().now;
        let books = self.ledger.books();
        let (items, next) = books.missed.page(query, now);
        let (ringing, overdue, sms_owed) = books.missed.open_counts(now);
        Listed {
            items,
            next,
            counts: books.missed.figures().sum(today, days),
            open: Open {
                ringing,
                overdue,
                sms_owed,
            },
            as_of: now,
        }
    }

    /// Fires L1 of what is due, in due order, until the process drains. Reads the ordered due times only; each fires
    /// once, for it is kept in the ledger before anything else is done about it (invariant 4).
    pub(crate) async fn watch(self: Arc<Self>, drain: Drain) {
        let mut pause = PAUSE_MIN;
        while !drain.is_draining() {
            match self.fire_due().await {
                Ok(0) => {
                    pause = PAUSE_MIN;
                    self.sleep(&drain).await;
                }
                Ok(_) => pause = PAUSE_MIN,
                Err(fault) => {
                    tracing::warn!(
                        reason = fault.reason(),
                        "late missed calls are not told, trying again"
                    );
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = drain.draining() => {}
                    }
                    pause = (pause * 2).min(TELL_PAUSE_MAX);
                }
            }
        }
    }

    /// Fires what is due, at most [`FIRED_AT_ONCE_MAX`] at once; how many have.
    pub(crate) async fn fire_due(&self) -> Result<usize, Fault> {
        let _alone = self.ledger.ringing_back().await;
        let when = self.when();
        let by = system();
        let records = self.ledger.books().missed.late(FIRED_AT_ONCE_MAX, &by, when);
        let calls: Vec<CallId> = records.iter().filter_map(of).collect();
        if records.is_empty() {
            return Ok(0);
        }
        self.ledger.keep(when.now, records).await?;
        for call in &calls {
            let Some(item) = self.ledger.books().missed.item(call).cloned() else {
                continue;
            };
            let system_was_down = item.missed.late.as_ref().is_some_and(|late| late.system_was_down);
            tracing::warn!(level = "l1", clock = "c12", danger = item.missed.danger, tries = item.missed.tries,
                missed_at = %item.missed.clock.started_at, due_at = %item.missed.clock.due_at, system_was_down,
                "a missed call was not returned in time: triage desk and supervisors are told");
        }
        Ok(calls.len())
    }

    /// Until the next due time, one sooner than that, the longest nap, or the drain.
    async fn sleep(&self, drain: &Drain) {
        let next = self.ledger.books().missed.next_due().unwrap_or(Timestamp::MAX);
        if next <= self.when().now {
            return;
        }
        tokio::select! {
            () = self.clock.sleep_until(next) => {}
            () = self.ledger.sooner() => {}
            () = tokio::time::sleep(NAP_MAX) => {}
            () = drain.draining() => {}
        }
    }
}

/// The name under which the hotline itself keeps something.
fn system() -> HolderId {
    Call::of_role(NAME).actor.holder
}

fn of(record: &Record) -> Option<CallId> {
    match record {
        Record::RingBack { call, .. } => Some(call.clone()),
        Record::Registered { .. } | Record::Ended { .. } | Record::Missed { .. } => None,
    }
}

/// When the clock of a reported call began. A report may come late, from a switchboard that was cut off.
fn started_at(missed_at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Fault> {
    let Some(at) = missed_at else { return Ok(now) };
    let age = now.duration_since(at);
    if age > MISS_AGE_MAX || age < -MISS_AHEAD_MAX {
        let (days, minutes) = (MISS_AGE_MAX.as_hours() / 24, MISS_AHEAD_MAX.as_mins());
        return Err(Fault::invalid(
            "miss_time",
            format!("漏接时间须在过去 {days} 天之内，不得晚于现在 {minutes} 分钟以上"),
            format!("miss_time: within the last {days} days, not more than {minutes} minutes ahead"),
        ));
    }
    Ok(at.min(now))
}

fn answered() -> Fault {
    Fault::precondition(
        "CALL_ANSWERED",
        "该来电已接通：请用结束通话报告断线",
        "the call has reached an agent: a line that dropped is reported with EndCall",
    )
}
