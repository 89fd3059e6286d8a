//! Follows the feed from its beginning and keeps the index: words come with the change where nothing has happened to the
//! ticket since, else the ticket is read. Several are read at once; what they say is taken in the order of the feed, so a
//! ticket that has been sealed meanwhile has left when its turn is over.

use std::sync::Arc;

use domain::id::{AreaId, CategoryId, TicketNumber};
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

use super::Similar;
use super::wire::{self, Read};
use crate::NAME;
use crate::given::Texts;
use crate::limits::{AHEAD_MAX, KEPT_WITHIN_DAYS, READS_MAX};

/// What a change means for the index.
#[derive(Debug)]
pub(super) enum Turn {
    /// Nothing.
    None,
    /// Nothing has happened: the index is as far as the feed.
    AtRest,
    /// A ticket leaves.
    Forget,
    /// A new ticket, with its words or without.
    New(Option<Texts>),
    /// It was said what it is about.
    Said,
    /// It was handled and closed: its area is right. The place, once it is read.
    Confirmed(Option<String>),
    /// It goes on: its area may be wrong.
    Reopened,
}

/// A change, read.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) number: TicketNumber,
    pub(super) at: Timestamp,
    pub(super) registered_at: Timestamp,
    pub(super) category: Option<CategoryId>,
    pub(super) area: Option<AreaId>,
    pub(super) turn: Turn,
}

/// Keeps the index.
#[derive(Clone)]
pub(crate) struct Follower {
    similar: Arc<Similar>,
    tickets: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    drain: Drain,
}

impl Follower {
    pub(crate) fn new(
        similar: Arc<Similar>,
        tickets: Link,
        rules: Arc<RulesCache>,
        clock: SharedClock,
        drain: Drain,
    ) -> Self {
        Self {
            similar,
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
            match follow_ahead(feed, drain, start, AHEAD_MAX, work).await {
                Ended::Drained => return,
                Ended::TokenVoid => self.similar.forget_all(),
            }
        }
    }

    async fn work(&self, changes: mpsc::Receiver<Arc<WatchResponse>>, started_at: Timestamp) {
        let mut read = ReceiverStream::new(changes)
            .map(|answer| self.read(answer))
            .buffered(READS_MAX);
        while let Some(seen) = read.next().await {
            let Some(seen) = seen else { continue };
            let (at, is_at_rest) = (seen.at, matches!(seen.turn, Turn::AtRest));
            self.take(seen).await;
            self.similar.come_to(at, is_at_rest || at >= started_at);
        }
    }

    /// A change with the words it needs; none where there is nothing to do.
    async fn read(&self, answer: Arc<WatchResponse>) -> Option<Seen> {
        let Some(change) = &answer.change else {
            return Some(wire::at_rest(self.clock.now()));
        };
        let mut seen = wire::seen(change).unwrap_or_else(|fault| {
            tracing::error!(reason = fault.reason(), %fault, "a change of the feed cannot be compared");
            None
        })?;
        let kept_from = self.clock.now() - SignedDuration::from_hours(24 * KEPT_WITHIN_DAYS);
        if matches!(seen.turn, Turn::New(_)) && seen.registered_at < kept_from {
            seen.turn = Turn::None;
        }
        if let Turn::Confirmed(_) = seen.turn {
            let read = self.words(seen.number).await;
            seen.turn = Turn::Confirmed(
                read.map(|read| read.words.place)
                    .filter(|place| !place.is_empty()),
            );
        }
        if let Turn::New(None) = seen.turn {
            seen.turn = match self.words(seen.number).await {
                Some(Read {
                    words,
                    category,
                    area,
                }) => {
                    (seen.category, seen.area) = (category, area);
                    Turn::New(Some(words))
                }
                None => Turn::None,
            };
        }
        Some(seen)
    }

    /// The words of a ticket; none where there are none for us. Tried until it is known.
    async fn words(&self, number: TicketNumber) -> Option<Read> {
        let tried = insist(&self.drain, || async {
            let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
            let answer = tickets.get_ticket(crate::wire::get_ticket(number)).await;
            match answer.map_err(Fault::from) {
                Err(fault) if fault.code() == Code::NotFound => Ok(None),
                answer => wire::read(answer?.into_inner()),
            }
        });
        tried.await?.unwrap_or_else(|fault| {
            tracing::error!(%number, reason = fault.reason(), "a ticket cannot be compared with others");
            None
        })
    }

    async fn take(&self, seen: Seen) {
        let Seen {
            number,
            registered_at,
            category,
            area,
            turn,
            ..
        } = seen;
        match turn {
            Turn::None | Turn::AtRest | Turn::New(None) | Turn::Confirmed(None) => {}
            Turn::Forget => self.similar.forget(number),
            Turn::Reopened => self.similar.landmarks_mut().forget(number),
            Turn::Confirmed(Some(place)) => {
                let Some(area) = area else { return };
                let learned = match self.rules.current().await {
                    Ok(rules) => self.similar.confirm(&rules, number, &place, &area),
                    Err(fault) => Err(fault),
                };
                if let Err(fault) = learned {
                    tracing::warn!(%number, reason = fault.reason(), "no landmark is learned from a ticket");
                }
            }
            Turn::Said => self.similar.index_mut().classify(number, category, area),
            Turn::New(Some(words)) => {
                let telling = match self.rules.current().await {
                    Ok(rules) => self.similar.telling(&rules, &words, category, area),
                    Err(fault) => Err(fault),
                };
                match telling {
                    Ok(telling) if telling.pairs.is_empty() => {}
                    Ok(telling) => self.similar.index_mut().insert(number, registered_at, telling),
                    Err(fault) => {
                        tracing::warn!(%number, reason = fault.reason(), "a ticket is not compared with others");
                    }
                }
            }
        }
    }
}
