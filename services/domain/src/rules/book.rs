//! Every version of the rules that is looked into, and what holds for tickets that keep those of their dispatch.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Rules;
use crate::id::RulesVersion;
use crate::ticket::{Recorded, Ticket};

/// Under which rules something is decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Under {
    /// Those in force.
    pub current: RulesVersion,
    /// Those whose limits, ladder and statutes the ticket keeps; none where they are the same.
    pub kept: Option<RulesVersion>,
}

impl Under {
    /// What is decided on a ticket while `current` are in force and it keeps `kept`.
    pub fn new(current: &RulesVersion, kept: Option<&RulesVersion>) -> Self {
        Self {
            current: current.clone(),
            kept: kept.filter(|kept| *kept != current).cloned(),
        }
    }

    /// What a fact was decided under, on the ticket as it stood just before.
    pub fn of(ticket: &Ticket, recorded: &Recorded) -> Self {
        Self::new(&recorded.rules, ticket.rules.as_ref())
    }
}

/// Rules by version. Whoever fills it sees to its size.
#[derive(Debug, Default)]
pub struct Book {
    versions: BTreeMap<RulesVersion, Arc<Rules>>,
    held: BTreeMap<Under, Arc<Rules>>,
}

impl Book {
    /// Takes a version in.
    pub fn add(&mut self, rules: Arc<Rules>) {
        let under = Under::new(rules.version(), None);
        self.held.insert(under, Arc::clone(&rules));
        self.versions.insert(rules.version().clone(), rules);
    }

    /// How many it holds, those that hold for tickets that keep others included.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// A version.
    pub fn version(&self, version: &RulesVersion) -> Option<&Arc<Rules>> {
        self.versions.get(version)
    }

    /// What holds; none where a version of it was not taken in.
    pub fn hold(&mut self, under: &Under) -> Option<Arc<Rules>> {
        if let Some(held) = self.held.get(under) {
            return Some(Arc::clone(held));
        }
        let current = self.versions.get(&under.current)?;
        let kept = self.versions.get(under.kept.as_ref()?)?;
        let held = Arc::new(current.keeping(kept));
        self.held.insert(under.clone(), Arc::clone(&held));
        Some(held)
    }

    /// The same of what was looked for before.
    pub fn held(&self, under: &Under) -> Option<&Rules> {
        self.held.get(under).map(AsRef::as_ref)
    }
}
