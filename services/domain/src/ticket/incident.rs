//! Incidents 并单母件: the parent of tickets about one cause, and who stands behind them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{CallerHash, TicketNumber};

/// Tickets one incident takes.
pub const CHILDREN_MAX: usize = 400;
/// Known callers one incident remembers over all its children.
pub const LISTENERS_MAX: usize = 800;

/// Who stands behind a merged ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Child {
    /// Callers known again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub callers: BTreeSet<CallerHash>,
    /// Contacts without a number.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub anonymous: u16,
    /// The incident has been answered, or has ended, since it was merged: it waits no longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
}

/// Tickets merged into this one, with who stands behind each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Incident {
    /// By number, at most [`CHILDREN_MAX`].
    pub children: BTreeMap<TicketNumber, Child>,
}

impl Incident {
    /// Whether nothing is merged into it.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// Known callers over all children.
    pub fn callers(&self) -> impl Iterator<Item = &CallerHash> {
        self.children.values().flat_map(|child| &child.callers)
    }

    /// How many children wait for its answer.
    pub fn waiting(&self) -> usize {
        self.children.values().filter(|child| !child.answered).count()
    }

    /// Its answer, or its end, is every child's.
    pub(super) fn answer(&mut self) {
        self.children.values_mut().for_each(|child| child.answered = true);
    }

    /// Contacts without a number over all children.
    pub fn anonymous(&self) -> usize {
        self.children
            .values()
            .map(|child| usize::from(child.anonymous))
            .sum()
    }
}
