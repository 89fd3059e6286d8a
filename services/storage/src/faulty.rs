//! A ledger with troubles: for tests of what is built on one.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use domain::access::Actor;
use domain::id::{RequestId, RulesVersion, TicketNumber};
use domain::ticket::{Recorded, Ticket};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::watch;
use uuid::Uuid;

use crate::port::{
    Answered, Commit, CommitError, Committed, DuePlace, Failure, FeedEntry, Ledger, ListKey, Offset,
};

/// What befalls one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is refused before anything is kept.
    Fail(Failure),
    /// Other tasks run so many times before it is kept.
    Delay(u32),
    /// It is kept, and the caller is told [`Failure::Stopped`].
    LoseReply,
}

/// How often each fault befalls a commit, in per cent; the rest go well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// [`Fault::Fail`] with [`Failure::Busy`].
    pub fail_percent: u8,
    /// [`Fault::Delay`] of up to 16 turns.
    pub delay_percent: u8,
    /// [`Fault::LoseReply`].
    pub lose_percent: u8,
}

/// Any ledger, with faults added to its commits. All else passes through.
pub struct Faulty<L> {
    inner: L,
    plan: Mutex<Plan>,
}

struct Plan {
    script: VecDeque<Fault>,
    rates: Rates,
    seed: u64,
}

impl<L: Ledger> Faulty<L> {
    /// Without faults, until [`Faulty::next`] arranges some.
    pub fn new(inner: L) -> Self {
        Faulty::seeded(inner, 0, Rates::default())
    }

    /// With faults drawn from a seed: the same seed and the same order of commits give the same faults.
    pub fn seeded(inner: L, seed: u64, rates: Rates) -> Self {
        Faulty {
            inner,
            plan: Mutex::new(Plan {
                script: VecDeque::new(),
                rates,
                seed,
            }),
        }
    }

    /// Arranges what befalls the next commits, one fault each, before any is drawn.
    pub fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.plan
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .script
            .extend(faults);
    }

    /// The ledger without its troubles.
    pub fn inner(&self) -> &L {
        &self.inner
    }

    fn fault(&self) -> Fault {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).draw()
    }
}

impl Plan {
    fn draw(&mut self) -> Fault {
        if let Some(fault) = self.script.pop_front() {
            return fault;
        }
        let Rates {
            fail_percent,
            delay_percent,
            lose_percent,
        } = self.rates;
        let drawn = self.random() % 100;
        let mut below = u64::from(fail_percent);
        if drawn < below {
            return Fault::Fail(Failure::Busy);
        }
        below += u64::from(delay_percent);
        if drawn < below {
            let turns = u32::try_from(self.random() % 16).unwrap_or(0) + 1;
            return Fault::Delay(turns);
        }
        if drawn < below + u64::from(lose_percent) {
            Fault::LoseReply
        } else {
            Fault::None
        }
    }

    /// splitmix64 (Steele, Lea, Flood 2014).
    fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[async_trait]
impl<L: Ledger> Ledger for Faulty<L> {
    async fn load(&self, number: TicketNumber) -> Result<Option<Ticket>, Failure> {
        self.inner.load(number).await
    }

    async fn history(
        &self,
        number: TicketNumber,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Recorded>, Failure> {
        self.inner.history(number, after, limit).await
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        match self.fault() {
            Fault::None => self.inner.commit(commit).await,
            Fault::Fail(failure) => Err(failure.into()),
            Fault::Delay(turns) => {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                self.inner.commit(commit).await
            }
            Fault::LoseReply => {
                self.inner.commit(commit).await?;
                Err(Failure::Stopped.into())
            }
        }
    }

    async fn list(
        &self,
        key: &ListKey,
        after: Option<TicketNumber>,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure> {
        self.inner.list(key, after, limit).await
    }

    async fn due_page(
        &self,
        after: Option<DuePlace>,
        at: Timestamp,
        limit: usize,
    ) -> Result<Vec<Ticket>, Failure> {
        self.inner.due_page(after, at, limit).await
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, Failure> {
        self.inner.next_due_after(after).await
    }

    fn last_at(&self) -> Option<Timestamp> {
        self.inner.last_at()
    }

    async fn feed(&self, after: Offset, limit: usize) -> Result<Vec<FeedEntry>, Failure> {
        self.inner.feed(after, limit).await
    }

    fn head(&self) -> watch::Receiver<u64> {
        self.inner.head()
    }

    async fn request(
        &self,
        actor: &Actor,
        id: &RequestId,
        now: Timestamp,
    ) -> Result<Option<Answered>, Failure> {
        self.inner.request(actor, id, now).await
    }

    async fn last_number(&self, date: Date) -> Result<Option<TicketNumber>, Failure> {
        self.inner.last_number(date).await
    }

    async fn publish_rules(
        &self,
        version: RulesVersion,
        json: String,
        at: Timestamp,
        actor: Actor,
    ) -> Result<(), Failure> {
        self.inner.publish_rules(version, json, at, actor).await
    }

    async fn rules(&self, version: Option<&RulesVersion>) -> Result<Option<(RulesVersion, String)>, Failure> {
        self.inner.rules(version).await
    }

    fn history_id(&self) -> Uuid {
        self.inner.history_id()
    }

    fn is_writable(&self) -> bool {
        self.inner.is_writable()
    }

    async fn close(&self) -> Result<(), Failure> {
        self.inner.close().await
    }
}
