//! What triagers and returns say of the system's sayings, and what the model learns from it.
//!
//! Owns a small ledger of lessons (ticket numbers and codes, never words), a follower of the feed that writes it, the figures
//! of drift, and the step of learning: a copy of the model learns within seconds of a correction and takes its place only
//! through a gate; every version can be gone back to. Words are read through tickets when they are learned from and kept in
//! memory as hashes only; a sealed or erased ticket is not learned from, and leaves at once. Start at `fold` (what a lesson
//! is), then `gate` and `learner`; `desk` answers.

mod book;
mod desk;
mod drift;
mod files;
mod fold;
mod follower;
mod gate;
mod labels;
mod learner;
mod ledger;
mod lesson;
mod version;
pub(crate) mod wire;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use classifier::{Features, Model};
use domain::id::TicketNumber;
use jiff::Timestamp;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use kit::rules::RulesCache;
use tokio::sync::Notify;

pub(crate) use self::desk::Desk;
use self::files::Files;
use self::ledger::{Ledger, Record};
use self::lesson::Key;
use self::version::{Origin, Version};
use crate::models::Models;

/// What learning needs of the role.
pub(crate) struct Needs {
    /// Where tickets are read.
    pub(crate) tickets: Link,
    /// The rules in force.
    pub(crate) rules: Arc<RulesCache>,
    /// What time it is.
    pub(crate) clock: SharedClock,
    /// Where the follower and the learner run, and what ends them.
    pub(crate) drain: Drain,
    /// The key of page tokens.
    pub(crate) token_key: [u8; 32],
}

/// What is shared by who follows, who learns and who answers.
pub(crate) struct Lessons {
    ledger: Ledger,
    files: Option<Files>,
    /// The city's original.
    original: Option<Arc<Model>>,
    /// The model that answers.
    models: Arc<Models>,
    /// What lessons held out look like: hashes, in memory only.
    features: Mutex<HashMap<TicketNumber, Arc<Features>>>,
    /// Everything up to here is counted.
    as_of: Mutex<Option<Timestamp>>,
    /// There may be something to learn.
    wake: Notify,
    /// One step of learning, or one way back, at a time.
    stepping: tokio::sync::Mutex<()>,
}

/// Opens the lessons kept in a directory and begins to follow the feed and to learn; puts the model in force that was, in
/// place of the original in `models`. Without an original there is nothing to learn with, and the lessons are kept all the same.
pub(crate) async fn open(dir: Option<&Path>, models: Arc<Models>, needs: Needs) -> Result<Arc<Desk>, Fault> {
    let now = needs.clock.now();
    let ledger = Ledger::open(dir, now, &needs.drain).await?;
    let lessons = Arc::new(Lessons {
        files: ledger.dir().map(Files::below),
        ledger,
        original: models.current(),
        models,
        features: Mutex::default(),
        as_of: Mutex::default(),
        wake: Notify::new(),
        stepping: tokio::sync::Mutex::default(),
    });
    lessons.take_up(now, &needs.drain).await?;

    let follower = follower::Follower::new(Arc::clone(&lessons), &needs);
    needs.drain.spawn("follower of lessons", follower.run());
    let learner = learner::Learner::new(Arc::clone(&lessons), &needs);
    needs.drain.spawn("learner", learner.run());
    let (draining, closing) = (needs.drain.draining(), Arc::clone(&lessons));
    needs.drain.spawn("ledger of lessons", async move {
        closing.ledger.close_after(draining).await
    });
    Ok(Arc::new(Desk::new(lessons, needs)))
}

impl Lessons {
    /// Puts the model in force that was in force: of another original nothing learned before counts.
    async fn take_up(&self, now: Timestamp, drain: &Drain) -> Result<(), Fault> {
        let Some(original) = self.original.clone() else {
            return Ok(());
        };
        let (last, is_same) = {
            let book = self.ledger.book();
            let shipped = book.versions().original();
            let is_same = shipped.is_some_and(|one| one.model == original.version());
            (book.versions().in_force().cloned(), is_same)
        };
        let last = last.filter(|_| is_same);
        if let Some(version) = &last
            && let Some(model) = self.model_of(&version.model, drain).await
        {
            self.models.put(model);
            return Ok(());
        }
        if last.is_some() {
            tracing::error!("the learned model cannot be read, the city's original is in force");
        }
        let (number, of, again) = {
            let book = self.ledger.book();
            let versions = book.versions();
            let of = versions.original().map(|one| one.number).filter(|_| is_same);
            // A backup holds no models: what they had learned is learned again.
            let since = versions
                .latest()
                .take_while(|one| is_same && Some(one.number) != of);
            let again: Vec<Key> = since.flat_map(|one| one.from.iter().copied()).collect();
            (versions.next_number(), of, again)
        };
        let version = Version {
            number,
            at: now,
            origin: if is_same {
                Origin::RolledBack
            } else {
                Origin::Shipped
            },
            model: original.version().to_owned(),
            of,
            from: Vec::new(),
            figures: None,
            by: None,
            request: None,
            again,
        };
        self.ledger.keep(now, Record::Version(version)).await?;
        self.models.put(original);
        Ok(())
    }

    /// A model that is still kept.
    async fn model_of(&self, hash: &str, drain: &Drain) -> Option<Arc<Model>> {
        let in_force = self.models.current();
        let known = self.original.iter().chain(&in_force);
        if let Some(model) = known.into_iter().find(|model| model.version() == hash) {
            return Some(Arc::clone(model));
        }
        let (files, hash) = (self.files.clone()?, hash.to_owned());
        let read = drain.block("read a model", move || files.read(&hash)).await;
        read.inspect_err(|error| tracing::warn!(%error, "a learned model cannot be read"))
            .ok()
    }

    /// Whether a version can be gone back to.
    fn is_kept(&self, version: &Version) -> bool {
        let is_original = |model: &Arc<Model>| model.version() == version.model;
        self.original.as_ref().is_some_and(is_original)
            || self.files.as_ref().is_some_and(|files| files.has(&version.model))
    }

    fn features(&self) -> MutexGuard<'_, HashMap<TicketNumber, Arc<Features>>> {
        self.features.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn as_of(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.as_of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
