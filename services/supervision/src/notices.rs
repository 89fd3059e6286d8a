//! The outbox of notices: whoever is told by the ladder, or has an order to answer, hears of it by webhook and by mail.
//!
//! Owns a ledger of its own with what is to be told, what was told, and how far the feed is heard. At least once: what is
//! sent and not yet written down when the process dies is sent again under the same name, by which the receiver knows it.
//! A channel that is away for so long that its line is full (limits) loses what happened first, and keeps no other waiting.
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
pub(crate) use notice::{Event, NoticeId};
pub(crate) use queue::{Entry, Queue, State, Tally};
pub(crate) use recipients::Standing;

use crate::acknowledgements::failed;
use crate::limits::{COMPACT_RECORDS, STUCK_TOLD_EVERY};
use delivery::Post;
use ledger::{Ledger, Place, Record};
use mail::Mail;
use notice::Channel;
use outcome::Failure;
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
    webhook: Option<Webhook>,
    mail: Option<Post>,
    webhook_changed: Notify,
    mail_changed: Notify,
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
        let (ledger, queue) = opened(dir, now, &drain).await?;
        let ca_pem = settings.ca_pem;
        let (webhook, mail) = (settings.webhook, settings.mail);
        // Reads the system's certificates, which blocks.
        let channels = drain.block("read the certificates", move || {
            let ca = ca_pem.as_deref();
            let webhook = webhook
                .map(|settings| Webhook::new(settings, tls(ca)?))
                .transpose()?;
            let post = |settings: MailSettings| {
                Ok::<_, Fault>((Mail::new(&settings, ca)?, Arc::new(settings.addresses)))
            };
            Ok::<_, Fault>((webhook, mail.map(post).transpose()?))
        });
        let (webhook, mail) = channels.await?;
        let outbox = Self {
            tickets,
            rules,
            clock,
            drain,
            ledger,
            queue: Mutex::new(queue),
            webhook,
            mail,
            webhook_changed: Notify::new(),
            mail_changed: Notify::new(),
            is_stopped: AtomicBool::new(false),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            retrying: tokio::sync::Mutex::default(),
            told: Mutex::default(),
        };
        let channels = outbox.channels();
        outbox.queue().only(&channels);
        Ok(outbox)
    }

    /// Hears and tells until the process drains, then gives the directory back.
    pub(crate) async fn run(self: Arc<Self>) {
        tokio::join!(
            Arc::clone(&self).listen(),
            self.deliver(Channel::Webhook),
            self.deliver(Channel::Mail)
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

    /// The channels there are.
    fn channels(&self) -> Vec<Channel> {
        let webhook = self.webhook.as_ref().map(|_| Channel::Webhook);
        let mail = self.mail.as_ref().map(|_| Channel::Mail);
        webhook.into_iter().chain(mail).collect()
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
        Channel::ALL.into_iter().for_each(|channel| self.again(channel));
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
        let tally = self.0.queue().tally(true, now);
        Figures {
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

/// Opens the ledger, tidied up where it has grown, and what is in it.
async fn opened(dir: Option<&Path>, now: Timestamp, drain: &Drain) -> Result<(Ledger, Queue), Fault> {
    let show = |(queue, count): &mut (Queue, usize), record, at| {
        *count += 1;
        queue.replay(record, at);
    };
    let (mut ledger, (mut queue, count)) = Ledger::open(dir, now, drain, Default::default(), show).await?;
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
    if let Some(dir) = dir.filter(|_| count >= COMPACT_RECORDS) {
        let live = queue.records();
        if live.len() < count / 2 {
            ledger = ledger.tidied(dir, now, drain, live).await?;
        }
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
