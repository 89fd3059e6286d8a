//! The feed: every change of every ticket the caller may see, in order, at least once, with heartbeats.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::id::TicketNumber;
use domain::redact;
use domain::ticket::{Recorded, Ticket};
use kit::auth::Bearers;
use kit::call::Call;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use storage::port::{FeedEntry, Offset};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::facts;
use crate::limits::{HEARTBEAT, WATCH_BATCH};
use crate::query::{ShownFact, tied_to};
use crate::service::{Tickets, failed};

/// What a watcher is sent.
pub(crate) struct Sent {
    pub(crate) token: String,
    pub(crate) change: Option<Change>,
}

impl Sent {
    pub(crate) fn hidden(&self) -> BTreeSet<TicketNumber> {
        let change = self.change.as_ref();
        change.map(|change| change.hidden.clone()).unwrap_or_default()
    }
}

/// What one command did to one ticket.
pub(crate) struct Change {
    pub(crate) events: Vec<ShownFact>,
    pub(crate) ticket: Ticket,
    pub(crate) trace: Option<String>,
    /// Other tickets named in it that the watcher may not know of.
    pub(crate) hidden: BTreeSet<TicketNumber>,
}

/// What a watcher asks for.
pub(crate) struct Asked {
    pub(crate) start: Start,
    /// Kinds of events whose words are wanted.
    pub(crate) words_of: Vec<String>,
}

/// Where a watcher begins.
pub(crate) enum Start {
    Beginning,
    Now,
    After(String),
}

#[derive(Serialize, Deserialize)]
struct Resume {
    history: Uuid,
    offset: Offset,
}

/// One watcher.
pub(crate) struct Watcher {
    tickets: Arc<Tickets>,
    bearers: Bearers,
    call: Call,
    query: Vec<u8>,
    offset: Offset,
    words_of: Vec<String>,
}

impl Watcher {
    pub(crate) fn new(
        tickets: Arc<Tickets>,
        bearers: Bearers,
        call: Call,
        asked: Asked,
    ) -> Result<Self, Fault> {
        let query = serde_json::to_vec(&("watch", &call.actor.holder)).map_err(Fault::internal)?;
        let offset = match asked.start {
            Start::Beginning => Offset::default(),
            Start::Now => Offset {
                sequence: *tickets.ledger.head().borrow(),
                ordinal: u32::MAX,
            },
            Start::After(token) => {
                let resume: Resume = tickets
                    .tokens
                    .open(&query, &token)
                    .map_err(|_| Fault::resume_token_void())?;
                if resume.history != tickets.ledger.history_id() {
                    return Err(Fault::resume_token_void());
                }
                resume.offset
            }
        };
        Ok(Self {
            tickets,
            bearers,
            call,
            query,
            offset,
            words_of: asked.words_of,
        })
    }

    /// Sends until the watcher goes away. A slow one is waited for: its buffer is bounded, the feed is not lost.
    ///
    /// Heartbeats keep their own time: put off by each change, they would never come in a busy city to a unit that sees
    /// few, and would tell it in a quiet one that something it may not know of has happened.
    pub(crate) async fn run(mut self, out: mpsc::Sender<Result<Sent, Fault>>) {
        let mut head = self.tickets.ledger.head();
        let mut heartbeat_at = Instant::now() + HEARTBEAT;
        loop {
            head.borrow_and_update();
            if Instant::now() >= heartbeat_at {
                heartbeat_at = Instant::now() + HEARTBEAT;
                if self.beat(&out).await.is_err() {
                    return;
                }
            }
            match self.send_batch(&out).await {
                Ok(Sending::Again) => continue,
                Ok(Sending::Done) => {}
                Ok(Sending::Gone) => return,
                Err(fault) => {
                    let _ = out.send(Err(fault)).await;
                    return;
                }
            }
            tokio::select! {
                changed = head.changed() => if changed.is_err() { return },
                () = sleep_until(heartbeat_at) => {}
                () = out.closed() => return,
            }
        }
    }

    /// A heartbeat, for whoever may still listen: a token that has ended since ends the stream.
    async fn beat(&self, out: &mpsc::Sender<Result<Sent, Fault>>) -> Result<(), ()> {
        if let Err(fault) = self.bearers.still_holds(&self.call).await {
            let _ = out.send(Err(fault)).await;
            return Err(());
        }
        let sent = Sent {
            token: self.token(),
            change: None,
        };
        out.send(Ok(sent)).await.map_err(|_| ())
    }

    async fn send_batch(&mut self, out: &mpsc::Sender<Result<Sent, Fault>>) -> Result<Sending, Fault> {
        let entries = self
            .tickets
            .ledger
            .feed(self.offset, WATCH_BATCH)
            .await
            .map_err(failed)?;
        if entries.is_empty() {
            return Ok(Sending::Done);
        }
        for group in entries
            .chunk_by(|a, b| (a.offset.sequence, a.recorded.number) == (b.offset.sequence, b.recorded.number))
        {
            let Some(last) = group.last() else { continue };
            self.offset = last.offset;
            let Some(change) = self.change_of(group).await? else {
                continue;
            };
            let sent = Sent {
                token: self.token(),
                change: Some(change),
            };
            if out.send(Ok(sent)).await.is_err() {
                return Ok(Sending::Gone);
            }
        }
        Ok(Sending::Again)
    }

    /// The change, if the watcher may know of the ticket as it stands now.
    async fn change_of(&self, group: &[FeedEntry]) -> Result<Option<Change>, Fault> {
        let number = group[0].recorded.number;
        let ticket = self.tickets.ledger.load(number).await.map_err(failed)?;
        let seen = ticket.filter(|ticket| redact::may_see(ticket, &self.call.actor, &self.tickets.rules()));
        let Some(ticket) = seen else { return Ok(None) };
        let mut named = facts::others_in(group.iter().map(|entry| &entry.recorded));
        named.extend(tied_to(&ticket, false));
        let hidden = self.tickets.hidden_from(&self.call, named).await?;
        Ok(Some(Change {
            events: self.events_of(&ticket, group).await,
            ticket,
            trace: group[0].trace.clone(),
            hidden,
        }))
    }

    /// What happened, with the words that were asked for and may be read, where nothing has happened since: who reads an
    /// old feed anew does not have all its words opened. Words that cannot be opened hold nothing up.
    async fn events_of(&self, ticket: &Ticket, group: &[FeedEntry]) -> Vec<ShownFact> {
        let recorded = || group.iter().map(|entry| entry.recorded.clone());
        let is_asked_for = |recorded: &Recorded| {
            let kind = recorded.fact.event.name();
            self.words_of.iter().any(|asked| asked == kind)
        };
        let is_latest = group
            .last()
            .is_some_and(|entry| entry.recorded.version == ticket.version);
        let may_read = is_latest && redact::may_read_words(ticket, &self.call.actor, &self.tickets.rules());
        let wanted = |recorded: &Recorded| may_read && is_asked_for(recorded);
        let opening = self
            .tickets
            .with_words(&self.call, ticket.number, recorded().collect(), wanted);
        opening.await.unwrap_or_else(|fault| {
            tracing::warn!(number = %ticket.number, reason = fault.reason(), "a change is sent without its words");
            recorded().map(ShownFact::without_words).collect()
        })
    }

    /// Opaque, and different every time: a unit cannot count what it does not see.
    fn token(&self) -> String {
        let resume = Resume {
            history: self.tickets.ledger.history_id(),
            offset: self.offset,
        };
        self.tickets.tokens.seal(&self.query, &resume)
    }
}

enum Sending {
    Again,
    Done,
    Gone,
}
