//! The rules in force, those that take force next, and what holds for tickets that keep the rules of their dispatch.

use std::sync::{Arc, PoisonError, RwLock};

use domain::id::RulesVersion;
use domain::rules::{Book, Rules, Under};
use domain::ticket::{Command, Ticket};
use jiff::Timestamp;
use jiff::civil::Time;
use kit::fault::Fault;

use crate::limits::VERSIONS_MAX;
use crate::service::{Tickets, read_rules};

/// Rules with their JSON.
#[derive(Clone)]
pub(crate) struct Bundled {
    pub(crate) rules: Arc<Rules>,
    pub(crate) json: Arc<str>,
}

impl Bundled {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            json: rules.bundle().to_json().into(),
            rules: Arc::new(rules),
        }
    }

    /// When they take force; none for the first.
    pub(crate) fn from(&self) -> Option<Timestamp> {
        let publication = self.rules.bundle().publication.as_ref()?;
        let midnight = publication.from.to_datetime(Time::midnight());
        Some(self.rules.calendar().instant(midnight))
    }
}

/// Which rules are in force when.
pub(crate) struct InForce {
    state: RwLock<State>,
}

struct State {
    current: Bundled,
    /// They take force when their day comes.
    next: Option<Bundled>,
    book: Book,
}

impl InForce {
    pub(crate) fn new(current: Bundled, next: Option<Bundled>) -> Self {
        let mut book = Book::default();
        book.add(Arc::clone(&current.rules));
        Self {
            state: RwLock::new(State { current, next, book }),
        }
    }

    /// Those in force at `now`.
    pub(crate) fn at(&self, now: Timestamp) -> Bundled {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if !state.is_followed(now) {
            return state.current.clone();
        }
        drop(state);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.is_followed(now)
            && let Some(next) = state.next.take()
        {
            tracing::info!(version = %next.rules.version().0, "published rules take force");
            state.book.add(Arc::clone(&next.rules));
            state.current = next;
        }
        state.current.clone()
    }

    /// Those that take force next.
    pub(crate) fn next(&self) -> Option<Bundled> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.next.clone()
    }

    /// Others are in force from now on, others follow them.
    pub(crate) fn put(&self, current: Bundled, next: Option<Bundled>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.book.add(Arc::clone(&current.rules));
        (state.current, state.next) = (current, next);
    }

    fn hold(&self, under: &Under) -> Option<Arc<Rules>> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.book.hold(under)
    }

    fn remember(&self, versions: Vec<Arc<Rules>>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.book.len() + versions.len() > VERSIONS_MAX {
            state.book = Book::default();
            let current = Arc::clone(&state.current.rules);
            state.book.add(current);
        }
        versions.into_iter().for_each(|rules| state.book.add(rules));
    }
}

impl State {
    fn is_followed(&self, now: Timestamp) -> bool {
        let next = self.next.as_ref();
        next.is_some_and(|next| next.from().is_none_or(|from| from <= now))
    }
}

impl Tickets {
    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        self.in_force.at(self.clock.now()).rules
    }

    /// What a command on a ticket is decided under while `current` are in force.
    pub(crate) async fn rules_for(
        &self,
        current: &Arc<Rules>,
        ticket: &Ticket,
        command: &Command,
    ) -> Result<Arc<Rules>, Fault> {
        match ticket.kept_rules(command) {
            Some(kept) if kept != current.version() => {
                self.rules_under(&Under::new(current.version(), Some(kept))).await
            }
            Some(_) | None => Ok(Arc::clone(current)),
        }
    }

    /// What holds, or held, under some versions.
    pub(crate) async fn rules_under(&self, under: &Under) -> Result<Arc<Rules>, Fault> {
        if let Some(held) = self.in_force.hold(under) {
            return Ok(held);
        }
        let mut versions = Vec::new();
        for version in std::iter::once(&under.current).chain(&under.kept) {
            versions.push(self.rules_of(version).await?);
        }
        self.in_force.remember(versions);
        self.in_force
            .hold(under)
            .ok_or_else(|| Fault::internal("rules that were just remembered"))
    }

    /// The rules of a version: those remembered, or as they are kept.
    async fn rules_of(&self, version: &RulesVersion) -> Result<Arc<Rules>, Fault> {
        if let Some(rules) = self.in_force.hold(&Under::new(version, None)) {
            return Ok(rules);
        }
        let (version, json) = self.rules_json(Some(version.clone())).await?;
        Ok(Arc::new(read_rules(&version, &json)?))
    }
}
