//! The self-audit of the clocks: once a night, and whenever somebody asks for it, every ticket's due times, lights and
//! levels are computed anew from its history and compared (`domain::clock::audit`).
//!
//! Reads what any query reads, a page of tickets at a time, and rests longer than it works, so that nobody waits for it. A
//! process that ends takes what it had audited with it: the next night begins anew.
//!
//! The one of the night keeps out of the due loop's way: after a start, a standstill or a doubt about the clock much is
//! overdue that is about to fire. It begins, and goes on, only in a [`Calm`]. One that somebody asks for does not wait.

mod calm;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::clock::audit::{Difference, Sum, audit, before_merging, versions};
use domain::id::TicketNumber;
use domain::redact;
use domain::rules::{Book, Under};
use domain::ticket::{Event, Recorded};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use kit::call::Call;
use kit::clock::Clock as _;
use kit::drain::Drain;
use kit::fault::Fault;
use storage::port::ListKey;
use tokio::sync::Notify;

use crate::limits::{AUDIT_NAMED_MAX, AUDIT_PAGE, AUDIT_REST, AUDIT_RETRY, AUDIT_SHOWN_MAX, VERSIONS_MAX};
use crate::service::{Tickets, failed};

pub(crate) use calm::Calm;

/// How late a level may have fired before it counts as missing, and for how long nothing may have disturbed the due loop
/// before the audit of the night begins.
const GRACE: SignedDuration = SignedDuration::from_mins(10);

/// What is known of audits.
#[derive(Debug)]
pub(crate) struct Audits {
    /// When one begins by itself, local time; none: never.
    at: Option<Time>,
    state: Mutex<State>,
    asked: Notify,
}

#[derive(Debug, Default)]
struct State {
    last: Option<Audited>,
    under_way: Option<Audited>,
    next_at: Option<Timestamp>,
}

/// An audit, finished or under way.
#[derive(Debug, Clone)]
pub(crate) struct Audited {
    pub(crate) begun_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) sum: Sum,
}

/// What a caller is told.
pub(crate) struct Told {
    pub(crate) last: Option<Audited>,
    pub(crate) under_way: Option<Audited>,
    pub(crate) next_at: Option<Timestamp>,
    /// The differences he may see.
    pub(crate) found: Vec<Difference>,
}

impl Audits {
    pub(crate) fn new(at: Option<Time>) -> Self {
        Self {
            at,
            state: Mutex::default(),
            asked: Notify::new(),
        }
    }

    /// Has one begin now, unless one is under way.
    pub(crate) fn start(&self) {
        if self.with(|state| state.under_way.is_none()) {
            self.asked.notify_one();
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Until the process drains.
pub(crate) async fn nightly(tickets: Arc<Tickets>, drain: Drain) {
    let mut owed_at = tickets.next_audit();
    loop {
        let mut calm = tokio::select! {
            calm = tickets.calm_at(owed_at) => Some(calm),
            () = tickets.audits.asked.notified() => None,
            () = drain.draining() => return,
        };
        let is_through = loop {
            let fault = match tickets.audit_all(calm.as_mut(), &drain).await {
                Ok(is_through) => break is_through,
                Err(fault) => fault,
            };
            tickets.audits.with(|state| state.under_way = None);
            tracing::warn!(reason = fault.reason(), %fault, "the clock audit could not go on, beginning anew");
            tokio::select! {
                () = tokio::time::sleep(AUDIT_RETRY) => {}
                () = drain.draining() => return,
            }
        };
        if drain.is_draining() {
            return;
        }
        if calm.is_some() && is_through {
            owed_at = tickets.next_audit();
        }
    }
}

impl Tickets {
    /// What the audits have found that the caller may see.
    pub(crate) async fn clock_audit(&self, call: &Call) -> Result<Told, Fault> {
        let (last, under_way, next_at) = self
            .audits
            .with(|state| (state.last.clone(), state.under_way.clone(), state.next_at));
        let (mut found, rules) = (Vec::new(), self.rules());
        let differences = last.iter().flat_map(|audited| &audited.sum.differences);
        for one in differences {
            let ticket = self.ledger.load(one.number).await.map_err(failed)?;
            if ticket.is_some_and(|ticket| redact::may_see(&ticket, &call.actor, &rules)) {
                found.push(one.clone());
            }
            if found.len() >= AUDIT_SHOWN_MAX {
                break;
            }
        }
        Ok(Told {
            last,
            under_way,
            next_at,
            found,
        })
    }

    /// When the next one begins: the next time that a local clock shows what is configured.
    fn next_audit(&self) -> Option<Timestamp> {
        let (at, now, rules) = (self.audits.at?, self.clock.now(), self.rules());
        let today = rules.calendar().local(now).date();
        let days = std::iter::successors(Some(today), |day| day.tomorrow().ok());
        days.take(3)
            .map(|day| rules.calendar().instant(day.to_datetime(at)))
            .find(|instant| *instant > now)
    }

    /// Returns at `at`, or as soon after it as there was a [`Calm`] for [`GRACE`].
    pub(crate) async fn calm_at(&self, at: Option<Timestamp>) -> Calm<'_> {
        let next_at = |at| self.audits.with(|state| state.next_at = at);
        next_at(at);
        let Some(at) = at else {
            return std::future::pending().await;
        };
        self.clock.sleep_until(at - GRACE).await;
        Calm::settle(&self.clock, |settled_at| next_at(Some(settled_at))).await
    }

    /// Audits every ticket. False when it was given up: the process drains, or the calm it needs is over.
    pub(crate) async fn audit_all(
        &self,
        mut calm: Option<&mut Calm<'_>>,
        drain: &Drain,
    ) -> Result<bool, Fault> {
        let begun_at = self.clock.now();
        let mut audited = Audited {
            begun_at,
            ended_at: None,
            sum: Sum::default(),
        };
        let (mut after, mut book) = (None, Book::default());
        loop {
            let so_far = Audited {
                sum: audited.sum.counts(),
                ..audited
            };
            self.audits.with(|state| state.under_way = Some(so_far));
            let began = self.clock.now();
            let page = self
                .ledger
                .list(&ListKey::All, after, AUDIT_PAGE)
                .await
                .map_err(failed)?;
            let Some(last) = page.last() else { break };
            after = Some(last.number);
            let mut lives = Vec::new();
            for ticket in &page {
                match self.life(ticket.number, &mut book).await {
                    Err(fault) if fault.is_passing() => return Err(fault),
                    read => lives.push(read.ok()),
                }
            }
            let (mut sum, mut held) = (audited.sum, book);
            // What has become due while its history was read is nobody's fault.
            let now = began;
            (audited.sum, book) = drain
                .block("clock audit", move || {
                    for life in &lives {
                        sum.add(life.as_ref().and_then(|life| life.audit(&mut held, now)));
                    }
                    (sum, held)
                })
                .await;
            let worked = self.clock.now().duration_since(began).unsigned_abs();
            tokio::select! {
                () = tokio::time::sleep(worked.min(Duration::from_secs(1)) * AUDIT_REST) => {}
                () = drain.draining() => return Ok(false),
            }
            if calm.as_mut().is_some_and(|calm| !calm.lasts()) {
                self.audits.with(|state| state.under_way = None);
                tracing::info!("the clock audit is put off: what has become overdue is being caught up with");
                return Ok(false);
            }
        }
        audited.sum = audited.sum.finish();
        audited.ended_at = Some(self.clock.now());
        log(&audited);
        self.audits.with(|state| {
            state.under_way = None;
            state.last = Some(audited);
        });
        Ok(true)
    }

    /// What the audit of a ticket needs: its history, those of the tickets merged into it, the rules of all.
    async fn life(&self, number: TicketNumber, book: &mut Book) -> Result<Life, Fault> {
        let history = self.whole_history(number).await?;
        let mut merged = BTreeMap::new();
        for recorded in &history {
            if let Event::ChildMerged { child, .. } = &recorded.fact.event
                && !merged.contains_key(child)
            {
                merged.insert(*child, self.whole_history(*child).await?);
            }
        }
        if book.len() > VERSIONS_MAX {
            *book = Book::default();
        }
        for version in versions(&history) {
            if book.version(&version).is_none() {
                book.add(self.rules_under(&Under::new(&version, None)).await?);
            }
        }
        Ok(Life {
            number,
            history,
            merged,
        })
    }
}

struct Life {
    number: TicketNumber,
    history: Vec<Recorded>,
    merged: BTreeMap<TicketNumber, Vec<Recorded>>,
}

impl Life {
    fn audit(&self, book: &mut Book, now: Timestamp) -> Option<domain::clock::audit::Audited> {
        let merged = |child: TicketNumber, at| before_merging(self.merged.get(&child)?, self.number, at);
        let mut rules_of = |under: &Under| book.hold(under);
        audit(&self.history, &mut rules_of, &merged, now, GRACE)
    }
}

fn log(audited: &Audited) {
    let Sum {
        tickets,
        runs,
        levels,
        found,
        unreadable,
        excused,
        decided_otherwise,
        differences,
        ..
    } = &audited.sum;
    if audited.sum.agrees() {
        tracing::info!(
            tickets,
            runs,
            levels,
            excused,
            decided_otherwise,
            "clock audit: every due time, light and level agrees"
        );
        return;
    }
    tracing::error!(
        tickets,
        runs,
        levels,
        differences = found,
        unreadable,
        "clock audit: due times, lights or levels do not agree"
    );
    for one in differences.iter().take(AUDIT_NAMED_MAX) {
        let clock = one.clock.map_or("", |id| id.kind.as_str());
        tracing::error!(number = %one.number, version = one.version, clock, what = one.what.as_str(),
            "clock audit: a difference");
    }
}
