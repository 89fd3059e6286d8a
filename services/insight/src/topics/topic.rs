//! A topic: what it is called, who belongs to it, when it was found.

use std::collections::{BTreeMap, HashSet};

use super::Seconds;
use super::profile::Profile;
use super::season::Surge;
use super::store::{Doc, Place, Store};
use super::title::Title;

/// A message of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id: a ticket's number, or what the file says.
    pub id: String,
    /// When it came.
    pub at: Seconds,
    /// Who said it: the same person, the same number, for this detector only.
    pub person: u64,
    /// Who likes it; 0 where not known.
    pub likes: u32,
    /// What it is about; empty where not known.
    pub category: String,
    /// The area it is in; empty where not known.
    pub area: String,
}

impl Member {
    pub(crate) fn of(doc: &Doc) -> Self {
        Self {
            id: doc.id.clone(),
            at: doc.at,
            person: doc.person,
            likes: doc.likes,
            category: doc.category.clone(),
            area: doc.areas.first().cloned().unwrap_or_default(),
        }
    }
}

/// When and by what a topic was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// With which message.
    pub id: String,
    /// When it came.
    pub at: Seconds,
    /// How many of its messages had come by then.
    pub after: usize,
}

/// A name of a topic's place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name {
    pub(crate) chars: Vec<char>,
    /// How near a message with it must be to be of the topic.
    pub(crate) least: f64,
}

/// What many people say about one place and one problem.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    /// The names of the place, the first that of the topic.
    pub(crate) names: Vec<Name>,
    /// The problem.
    pub(crate) profile: Profile,
    pub(crate) members: BTreeMap<Place, Member>,
    pub(crate) found: Found,
    /// At its highest so far.
    pub(crate) surge: Surge,
    pub(crate) title: Title,
    /// It is looked at again once it has so many messages.
    pub(crate) review_at: usize,
}

impl Topic {
    /// How many different people.
    pub(crate) fn people(&self) -> usize {
        let people: HashSet<u64> = self.members.values().map(|one| one.person).collect();
        people.len()
    }

    pub(crate) fn places(&self) -> Vec<Place> {
        self.members.keys().copied().collect()
    }

    pub(crate) fn last_at(&self) -> Seconds {
        self.members
            .values()
            .map(|one| one.at)
            .max()
            .unwrap_or(Seconds::MIN)
    }

    /// When to look at it again: a quarter more than it has.
    pub(crate) fn put_off_review(&mut self) {
        self.review_at = self.members.len() + self.members.len() / 4 + 1;
    }

    /// Puts the name most of its messages use first; of two as common, the longer one.
    pub(crate) fn choose_name(&mut self, store: &Store) {
        let docs: Vec<&Doc> = self
            .members
            .keys()
            .filter_map(|place| store.doc(*place))
            .collect();
        let uses = |name: &Name| docs.iter().filter(|doc| doc.has(&name.chars)).count();
        let most = self.names.iter().map(uses).max().unwrap_or(0);
        let best = self
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| uses(name) * 100 >= most * 85)
            .max_by_key(|(at, name)| (name.chars.len(), std::cmp::Reverse(*at)))
            .map_or(0, |(at, _)| at);
        self.names.swap(0, best);
    }
}
