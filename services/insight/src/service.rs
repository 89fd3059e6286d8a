//! Use cases: the board and the projection it is counted from, and hot topics.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::rules::Rules;
use jiff::Timestamp;
use kit::call::Call;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::follow::{Ended, Feed, Start, follow};
use kit::link::Link;
use kit::rules::RulesCache;
use proto::tickets::v1::{TicketChange, WatchResponse};

use crate::board::{Board, Shown};
use crate::hot::{self, HotTopics};
use crate::limits::HEARTBEAT_AGE;
use crate::view::{Query, View, may_ask};
use crate::{Deps, NAME, snapshot, wire};

/// The city's figures.
pub struct Insight {
    tickets: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    drain: Drain,
    dir: Option<PathBuf>,
    board: Mutex<Board>,
    hot: Arc<HotTopics>,
}

impl Insight {
    /// With the snapshot, where there is one.
    pub(crate) async fn open(deps: Deps) -> Self {
        let Deps {
            tickets,
            rules,
            clock,
            drain,
            dir,
        } = deps;
        let board = match dir.clone() {
            Some(dir) => drain.block("load the board", move || snapshot::load(&dir)).await,
            None => None,
        };
        Self {
            tickets,
            rules,
            clock,
            drain,
            dir,
            board: Mutex::new(board.unwrap_or_default()),
            hot: Arc::default(),
        }
    }

    /// The board of what is asked for, as the caller may see it. What lies beyond his reach is NOT_FOUND.
    pub(crate) async fn board(&self, call: &Call, query: &Query) -> Result<(Shown, Arc<Rules>), Fault> {
        let rules = self.rules.current().await?;
        if let Some(unit) = &query.unit
            && !may_ask(&call.actor, unit, &rules)
        {
            return Err(Fault::not_found());
        }
        let board = self.lock();
        let view = View::new(&call.actor, query, board.units(), &rules);
        let shown = board.figures(&view, self.clock.now());
        drop(board);
        Ok((shown, rules))
    }

    /// The hottest topics, as far as they are known. What has a ticket sealed since is not in them.
    pub(crate) async fn hot_topics(&self, ask: &hot::Ask) -> Result<(Vec<hot::Shown>, hot::Progress), Fault> {
        let rules = self.rules.current().await?;
        if let Some(area) = &ask.area
            && rules.areas.get(area).is_none()
        {
            return Err(Fault::invalid("area", "没有这个区域", "no such area"));
        }
        Ok(self.hot.list(ask, &rules, self.clock.now()))
    }

    /// What feeds the hot topics.
    pub(crate) fn hot_follower(&self) -> hot::Follower {
        hot::Follower::new(
            Arc::clone(&self.hot),
            self.tickets.clone(),
            Arc::clone(&self.rules),
            self.clock.clone(),
            self.drain.clone(),
        )
    }

    /// Follows the feed until the process drains, then keeps the snapshot.
    pub(crate) async fn project(self: Arc<Self>) {
        loop {
            let start = match self.lock().token() {
                "" => Start::FromBeginning,
                token => Start::Token(token.to_owned()),
            };
            let insight = Arc::clone(&self);
            let take = move |answer: Arc<WatchResponse>| std::future::ready(insight.take(&answer));
            let feed = Feed {
                tickets: self.tickets.clone(),
                role: NAME,
                words_of: &[],
            };
            match follow(feed, self.drain.clone(), start, take).await {
                Ended::Drained => break,
                Ended::TokenVoid => {
                    tracing::warn!("the board is of another history, the feed is read from its beginning");
                    *self.lock() = Board::default();
                }
            }
        }
        self.keep().await;
    }

    fn take(&self, answer: &WatchResponse) -> Result<(), Fault> {
        let at = match &answer.change {
            Some(change) => self.take_change(change)?,
            None => self.clock.now().checked_sub(HEARTBEAT_AGE).ok(),
        };
        self.lock().reach(answer.resume_token.clone(), at);
        Ok(())
    }

    /// A change that cannot be read is left out: it must not stop those after it.
    fn take_change(&self, change: &TicketChange) -> Result<Option<Timestamp>, Fault> {
        match wire::seen(change) {
            Ok(None) => Ok(None),
            Ok(Some((seen, overdue, at))) => {
                self.lock().take(&seen, &overdue);
                Ok(Some(at))
            }
            Err(fault) => {
                tracing::error!(reason = fault.reason(), %fault, "a change of the feed cannot be read");
                Ok(None)
            }
        }
    }

    async fn keep(self: Arc<Self>) {
        let Some(dir) = self.dir.clone().filter(|_| !self.lock().token().is_empty()) else {
            return;
        };
        let insight = Arc::clone(&self);
        let kept = self
            .drain
            .block("keep the board", move || snapshot::store(&dir, &insight.lock()))
            .await;
        if let Err(error) = kept {
            tracing::warn!(%error, "the board's snapshot was not kept, the next start reads the feed");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
