//! The outbox of notices: whoever is told by the ladder, or has an order to answer, hears of it by webhook and by mail.
//!
//! Owns a ledger of its own with what is to be told, what was told, and how far the feed is heard. At least once: what is
//! sent and not yet written down when the process dies is sent again under the same name, by which the receiver knows it.
//! A channel that is away for so long that its line is full (limits) keeps no other waiting: what happened first leaves
//! memory, waits in the ledger alone, and comes back once the line has room.
//! Never says who somebody is or what he wrote, and never tells a unit of what it may not see. Without [`Settings`] there
//! is no outbox. Start at [`Outbox`], then `follower` (what comes in) and `delivery` (what goes out).

mod addresses;
mod backoff;
mod delivery;
mod follower;
mod ledger;
mod mail;
mod notice;
mod outcome;
mod queue;
mod reading;
mod recipients;
mod settings;
mod text;
mod webhook;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::{HolderId, RequestId};
use jiff::{SignedDuration, Timestamp};
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use kit::rules::RulesCache;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Notify;

pub use addresses::{Addresses, Problem, is_address};
pub use settings::{MailSettings, MailTls, Settings, WebhookSettings};

pub(crate) use follower::{About, Change, Happened};
pub(crate) use notice::{Channel, Event, NoticeId};
pub(crate) use queue::{Entry, Queue, State, Tally};
pub(crate) use recipients::Standing;

use crate::acknowledgements::failed;
use crate::limits::{COMPACT_RECORDS, STUCK_TOLD_EVERY};
use delivery::Post;
use ledger::{Ledger, Place, Record};
use mail::Mail;
use outcome::Failure;
use reading::Reading;
use webhook::Webhook;

/// What the outbox needs.
pub(crate) struct Deps {
    pub(crate) tickets: Link,
    pub(crate) rules: Arc<RulesCache>,
    pub(crate) clock: SharedClock,
    pub(crate) drain: Drain,
}

/// The outbox.
pub(crate) struct Outbox {
    tickets: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    drain: Drain,
    ledger: Ledger,
    queue: Mutex<Queue>,
    /// Those there are.
    channels: Vec<Channel>,
    webhook: Option<Webhook>,
    mail: Option<Post>,
    webhook_changed: Notify,
    mail_changed: Notify,
    /// A notice has left its line.
    left: Notify,
    is_stopped: AtomicBool,
    delivered: AtomicU64,
    failed: AtomicU64,
    /// Retrying looks and keeps: one at a time.
    retrying: tokio::sync::Mutex<()>,
    /// When it was last told in the log that something fails.
    told: Mutex<Option<Timestamp>>,
}

impl Outbox {
    /// Opens the outbox in a directory; without one it is kept in memory. One that was never there begins with what
    /// happens from now on.
    pub(crate) async fn open(deps: Deps, settings: Settings, dir: Option<&Path>) -> Result<Self, Fault> {
        let Deps {
            tickets,
            rules,
            clock,
            drain,
        } = deps;
        let now = clock.now();
        let webhook = settings.webhook.as_ref().map(|_| Channel::Webhook);
        let mail = settings.mail.as_ref().map(|_| Channel::Mail);
        let channels: Vec<Channel> = webhook.into_iter().chain(mail).collect();
        let (ledger, queue) = opened(dir, &channels, now, &drain).await?;
        let ca_pem = settings.ca_pem;
        let (webhook, mail) = (settings.webhook, settings.mail);
        // Reads the system's certificates, which blocks.
        let ends = drain.block("read the certificates", move || {
            let ca = ca_pem.as_deref();
            let webhook = webhook
                .map(|settings| Webhook::new(settings, tls(ca)?))
                .transpose()?;
            let post = |settings: MailSettings| {
                Ok::<_, Fault>((Mail::new(&settings, ca)?, Arc::new(settings.addresses)))
            };
            Ok::<_, Fault>((webhook, mail.map(post).transpose()?))
        });
        let (webhook, mail) = ends.await?;
        let outbox = Self {
            tickets,
            rules,
            clock,
            drain,
            ledger,
            queue: Mutex::new(queue),
            channels,
            webhook,
            mail,
            webhook_changed: Notify::new(),
            mail_changed: Notify::new(),
            left: Notify::new(),
            is_stopped: AtomicBool::new(false),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            retrying: tokio::sync::Mutex::default(),
            told: Mutex::default(),
        };
        outbox.make_room();
        Ok(outbox)
    }

    /// Hears and tells until the process drains, then gives the directory back.
    pub(crate) async fn run(self: Arc<Self>) {
        tokio::join!(
            Arc::clone(&self).listen(),
            self.deliver(Channel::Webhook),
            self.deliver(Channel::Mail),
            self.bring_back()
        );
        self.ledger.close().await;
    }

    /// What is known now. Not to be held for long.
    pub(crate) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody wants a notice tried again now. The same request again is the same; for another notice it is refused.
    pub(crate) async fn retry(&self, id: &NoticeId, by: &HolderId, request: &RequestId) -> Result<(), Fault> {
        let _one = self.retrying.lock().await;
        let asked_before = self.queue().asked_before(by, request).cloned();
        match asked_before {
            Some(before) if before == *id => return Ok(()),
            Some(_) => return Err(Fault::reused()),
            None => {}
        }
        let record = Record::Retried {
            notice: id.clone(),
            by: by.clone(),
            request: request.clone(),
        };
        self.keep(record).await?;
        self.queue()
            .retry(id, by.clone(), request.clone(), self.clock.now());
        self.again(id.channel);
        Ok(())
    }

    async fn changed(&self, channel: Channel) {
        self.notify(channel).notified().await;
    }

    /// Something may go that could not before.
    fn again(&self, channel: Channel) {
        self.notify(channel).notify_one();
    }

    fn notify(&self, channel: Channel) -> &Notify {
        match channel {
            Channel::Webhook => &self.webhook_changed,
            Channel::Mail => &self.mail_changed,
        }
    }

    async fn keep(&self, record: Record) -> Result<(), Fault> {
        self.keep_all(vec![record]).await
    }

    async fn keep_all(&self, records: Vec<Record>) -> Result<(), Fault> {
        self.ledger.keep(records, self.clock.now()).await.map_err(failed)
    }

    /// Takes what the ledger has.
    fn heard(&self, records: Vec<Record>) {
        let now = self.clock.now();
        let mut queue = self.queue();
        for record in records {
            queue.replay(record, now);
        }
        drop(queue);
        self.make_room();
        Channel::ALL.into_iter().for_each(|channel| self.again(channel));
    }

    /// What has no room in memory waits on disk from now on.
    fn make_room(&self) {
        let mut queue = self.queue();
        if self.ledger.is_on_disk() {
            queue.crowd_out(self.clock.now());
        }
        let new = queue.newly_crowded_out();
        drop(queue);
        for (channel, crowded_out) in new {
            tracing::error!(
                channel = channel.as_str(),
                crowded_out,
                "more notices wait than memory has room for: those that happened first wait on disk"
            );
        }
    }

    /// Has what waits on disk back whenever its line has room, until the process drains.
    async fn bring_back(&self) {
        loop {
            tokio::select! {
                () = self.left.notified() => {}
                () = self.drain.draining() => return,
            }
            if !self.ledger_takes_writes() || !self.queue().has_room_again() {
                continue;
            }
            if let Err(fault) = self.read_again().await {
                tracing::error!(reason = fault.reason(), %fault, "the ledger of notices cannot be read again");
                self.stop();
            }
        }
    }

    async fn read_again(&self) -> Result<(), Fault> {
        self.queue().begin_reading();
        let mut from = Some(0);
        while let Some(sequence) = from.filter(|_| !self.drain.is_draining()) {
            let now = self.clock.now();
            let mut reading = self.ledger.read_on(sequence, now, &self.drain).await?;
            self.queue().come_in(reading.queue.take_open(), now);
            from = reading.next;
        }
        self.queue().end_reading();
        self.make_room();
        self.channels.iter().for_each(|channel| self.again(*channel));
        Ok(())
    }

    fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
    }

    fn ledger_takes_writes(&self) -> bool {
        !self.is_stopped.load(Ordering::Acquire)
    }

    /// Tells in the log that notices fail: once, and again from time to time while they do.
    fn failing(&self, id: &NoticeId, failure: &Failure) {
        let now = self.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|at| now.duration_since(at) < STUCK_TOLD_EVERY) {
            return;
        }
        *told = Some(now);
        let Tally {
            pending,
            stuck,
            oldest,
        } = self.queue().tally(true, now);
        let oldest_seconds = oldest.map_or(0, |at| now.duration_since(at).as_secs());
        tracing::warn!(
            channel = id.channel.as_str(),
            failure = &*failure.code,
            pending,
            stuck,
            oldest_seconds,
            "notices are not taken, trying again"
        );
    }
}

/// How the outbox stands, for metrics.
#[derive(Clone)]
pub struct Gauge(Arc<Outbox>);

/// Figures of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Notices that are not told yet, the stuck ones included.
    pub pending: usize,
    /// Those somebody must look at.
    pub stuck: usize,
    /// Those that have no room in memory and wait on disk.
    pub crowded_out: usize,
    /// How long ago the oldest of them happened.
    pub oldest_age: SignedDuration,
    /// Notices told since the process was started.
    pub delivered: u64,
    /// Tries that failed since then.
    pub failed: u64,
}

impl Gauge {
    pub(crate) fn new(outbox: Arc<Outbox>) -> Self {
        Self(outbox)
    }

    /// As it stands.
    pub fn now(&self) -> Figures {
        let now = self.0.clock.now();
        let queue = self.0.queue();
        let tally = queue.tally(true, now);
        let crowded_out = Channel::ALL
            .into_iter()
            .map(|channel| queue.crowded_out(channel, true))
            .sum();
        drop(queue);
        Figures {
            crowded_out,
            pending: tally.pending,
            stuck: tally.stuck,
            oldest_age: tally
                .oldest
                .map_or(SignedDuration::ZERO, |at| now.duration_since(at)),
            delivered: self.0.delivered.load(Ordering::Relaxed),
            failed: self.0.failed.load(Ordering::Relaxed),
        }
    }
}

/// Opens the ledger, tidied up where it has grown, and what is in it, as far as there is room for it.
async fn opened(
    dir: Option<&Path>,
    channels: &[Channel],
    now: Timestamp,
    drain: &Drain,
) -> Result<(Ledger, Queue), Fault> {
    let (mut ledger, first) = Ledger::open(dir, now, drain, Reading::on_from(0), Reading::show).await?;
    let (mut queue, count, mut from) = (first.queue, first.count, first.next);
    queue.only(channels, now);
    while let Some(sequence) = from {
        let mut reading = ledger.read_on(sequence, now, drain).await?;
        queue.come_in(reading.queue.take_open(), now);
        from = reading.next;
    }
    if queue.place().is_none() {
        let place = Place {
            token: String::new(),
            since: now,
            heard_at: now,
        };
        ledger
            .keep(vec![Record::Place(place.clone())], now)
            .await
            .map_err(failed)?;
        queue.move_to(place);
    }
    let has_grown = count >= COMPACT_RECORDS && queue.tally(true, now).pending < count / 2;
    if let Some(dir) = dir.filter(|_| has_grown) {
        ledger = ledger.tidied(dir, now, drain).await?;
    }
    Ok((ledger, queue))
}

/// TLS to whoever the authorities in `ca_pem` vouch for, or those of the system.
fn tls(ca_pem: Option<&[u8]>) -> Result<ClientConfig, Fault> {
    let mut roots = RootCertStore::empty();
    match ca_pem {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(Fault::internal)?;
                roots.add(certificate).map_err(Fault::internal)?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Fault::internal)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests;
