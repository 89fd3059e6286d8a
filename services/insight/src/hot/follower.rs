//! Follows the feed from its beginning and feeds the detector: words come with the change where nothing has happened to
//! the ticket since, else the ticket is read. Several are read at once; what they say is taken in the order of the feed,
//! so a ticket that has been sealed meanwhile has left when its turn is over.

use std::sync::Arc;

use domain::id::TicketNumber;
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::{Code, Fault};
use kit::follow::{Ended, Feed, Start, follow_ahead};
use kit::insist::insist;
use kit::link::Link;
use kit::rules::RulesCache;
use proto::tickets::v1::WatchResponse;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::wire::{self, Seen, Turn};
use super::{HotTopics, Texts, Told};
use crate::NAME;
use crate::limits::{HOT_AHEAD_MAX, HOT_KEPT_DAYS, HOT_READS_MAX};

/// Feeds the detector.
#[derive(Clone)]
pub(crate) struct Follower {
    topics: Arc<HotTopics>,
    tickets: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    drain: Drain,
}

impl Follower {
    pub(crate) fn new(
        topics: Arc<HotTopics>,
        tickets: Link,
        rules: Arc<RulesCache>,
        clock: SharedClock,
        drain: Drain,
    ) -> Self {
        Self {
            topics,
            tickets,
            rules,
            clock,
            drain,
        }
    }

    /// Until the process drains.
    pub(crate) async fn run(self) {
        let started_at = self.clock.now();
        loop {
            let feed = Feed {
                tickets: self.tickets.clone(),
                role: NAME,
                words_of: &["registered"],
            };
            let work = |changes| self.work(changes, started_at);
            let (drain, start) = (self.drain.clone(), Start::FromBeginning);
            match follow_ahead(feed, drain, start, HOT_AHEAD_MAX, work).await {
                Ended::Drained => return,
                Ended::TokenVoid => self.topics.forget_all(),
            }
        }
    }

    async fn work(&self, changes: mpsc::Receiver<Arc<WatchResponse>>, started_at: Timestamp) {
        let mut read = ReceiverStream::new(changes)
            .map(|answer| self.read(answer))
            .buffered(HOT_READS_MAX);
        while let Some(seen) = read.next().await {
            let Some(seen) = seen else { continue };
            let (at, is_at_rest) = (seen.at, seen.turn == Turn::AtRest);
            self.take(seen).await;
            self.topics.come_to(at, is_at_rest || at >= started_at);
        }
    }

    /// A change with the words it needs; none where there is nothing to do.
    async fn read(&self, answer: Arc<WatchResponse>) -> Option<Seen> {
        let Some(change) = &answer.change else {
            return Some(wire::at_rest(self.clock.now()));
        };
        let mut seen = wire::seen(change).unwrap_or_else(|fault| {
            tracing::error!(reason = fault.reason(), %fault, "a change of the feed is in no topic");
            None
        })?;
        let kept_from = self.clock.now() - SignedDuration::from_hours(24 * HOT_KEPT_DAYS);
        if seen.turn == Turn::New(None) {
            let words = match seen.registered_at >= kept_from {
                true => self.words(seen.number).await,
                false => None,
            };
            seen.turn = words.map_or(Turn::Changed, |texts| Turn::New(Some(texts)));
        }
        Some(seen)
    }

    /// The words of a ticket; none where there are none for us. Tried until it is known.
    async fn words(&self, number: TicketNumber) -> Option<Texts> {
        let tried = insist(&self.drain, || async {
            let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
            let answer = tickets.get_ticket(wire::get_ticket(number)).await;
            match answer.map_err(Fault::from) {
                Err(fault) if fault.code() == Code::NotFound => Ok(None),
                answer => wire::texts(answer?.into_inner()),
            }
        });
        tried.await?.unwrap_or_else(|fault| {
            tracing::error!(%number, reason = fault.reason(), "a ticket is in no topic");
            None
        })
    }

    async fn take(&self, seen: Seen) {
        let Seen {
            number,
            registered_at,
            category,
            area,
            merged_into,
            turn,
            ..
        } = seen;
        match turn {
            Turn::AtRest => return,
            Turn::Forget => {
                self.blocking("forget", move |topics| topics.forget(number)).await;
                return;
            }
            Turn::Changed | Turn::New(None) => self.topics.classify(number, &category, &area),
            Turn::New(Some(texts)) => match self.rules.current().await {
                Ok(rules) => {
                    let told = Told {
                        number,
                        registered_at,
                        category,
                        area,
                        texts,
                    };
                    self.blocking("read", move |topics| topics.take(&told, &rules))
                        .await;
                }
                Err(fault) => {
                    tracing::warn!(%number, reason = fault.reason(), "a ticket is in no topic");
                }
            },
        }
        self.topics.merge(number, &merged_into);
    }

    /// Reading a ticket may take a millisecond: off the threads that answer.
    async fn blocking(&self, name: &'static str, work: impl FnOnce(&HotTopics) + Send + 'static) {
        let topics = Arc::clone(&self.topics);
        self.drain.block(name, move || work(&topics)).await;
    }
}
