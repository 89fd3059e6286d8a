//! The versions of the model: which was in force since when, where it came from, what it learned; and what the gate has
//! refused.

use std::collections::{BTreeMap, VecDeque};

use domain::id::{HolderId, RequestId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ledger::Record;
use super::lesson::Key;
use crate::limits::VERSIONS_MAX;

/// Where a version came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// The city's original: trained offline, or shipped with the hotline.
    Shipped,
    /// The version before it, and what people have corrected since.
    Learned,
    /// An earlier one, put back in force by a person.
    RolledBack,
}

impl Origin {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Origin::Shipped => "shipped",
            Origin::Learned => "learned",
            Origin::RolledBack => "rolled_back",
        }
    }
}

/// How two models answer the same messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Share {
    /// How many messages.
    pub(crate) of: u32,
    /// How many the model in force answers right.
    pub(crate) before: u32,
    /// How many the copy answers right.
    pub(crate) after: u32,
}

/// What the gate has looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// The corrections the copy has learned from.
    pub(crate) learned: Share,
    /// Lessons it has not learned from.
    pub(crate) held_out: Share,
    /// The words of the city's own lexicon.
    pub(crate) lexicon: Share,
}

/// Why the gate keeps the model in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// On lessons held out it would answer worse.
    HeldOutFalls,
    /// On the words of the city's lexicon it would answer worse.
    LexiconFalls,
    /// One category would be answered clearly worse, whatever is gained elsewhere.
    CategoryFalls,
    /// What it was corrected in it would answer no better.
    NotLearned,
}

impl Reason {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Reason::HeldOutFalls => "held_out_falls",
            Reason::LexiconFalls => "lexicon_falls",
            Reason::CategoryFalls => "category_falls",
            Reason::NotLearned => "not_learned",
        }
    }
}

/// A model in force since a time. Frozen once released (invariant A-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// Its number, from 1: each model in force has its own, also one put back.
    pub(crate) number: u32,
    /// Since when.
    pub(crate) at: Timestamp,
    /// Where it came from.
    pub(crate) origin: Origin,
    /// The content of its file, by a hash.
    pub(crate) model: String,
    /// The version it is: of one put back, which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) of: Option<u32>,
    /// What it has learned from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) from: Vec<Key>,
    /// What the gate has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) figures: Option<Figures>,
    /// Who has put it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<HolderId>,
    /// His name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<RequestId>,
    /// What is to be learned again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) again: Vec<Key>,
}

/// Why nothing can be learned from a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// The model has no label that covers the right category.
    NoLabel,
    /// Its words are sealed, erased, or say nothing the model knows.
    Unreadable,
    /// The model is right already: the category below its label is for the lexicon to say.
    Known,
}

impl Why {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Why::NoLabel => "no_label",
            Why::Unreadable => "unreadable",
            Why::Known => "known",
        }
    }
}

/// Corrections the gate did not let in. Frozen once released (invariant A-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    /// When.
    pub(crate) at: Timestamp,
    /// The version that stayed in force.
    pub(crate) stays: u32,
    /// Why.
    pub(crate) reason: Reason,
    /// Which corrections.
    pub(crate) from: Vec<Key>,
    /// What the gate has seen.
    pub(crate) figures: Figures,
}

/// The latest versions and refusals.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    kept: VecDeque<Version>,
    refused: VecDeque<Refused>,
    learned_count: u64,
    refused_count: u64,
    passed_over: BTreeMap<Why, u64>,
}

impl Versions {
    pub(super) fn take(&mut self, version: Version) {
        if version.origin == Origin::Learned {
            self.learned_count += version.from.len() as u64;
        }
        self.kept.push_back(version);
        if self.kept.len() > VERSIONS_MAX {
            self.kept.pop_front();
        }
    }

    pub(super) fn refuse(&mut self, refused: Refused) {
        self.refused_count += refused.from.len() as u64;
        self.refused.push_back(refused);
        if self.refused.len() > VERSIONS_MAX {
            self.refused.pop_front();
        }
    }

    pub(super) fn pass_over(&mut self, why: Why, count: usize) {
        *self.passed_over.entry(why).or_default() += count as u64;
    }

    /// How many corrections nothing could be learned from.
    pub(crate) fn passed_over(&self) -> &BTreeMap<Why, u64> {
        &self.passed_over
    }

    /// The one a person has asked for by this name before.
    pub(crate) fn asked_for(&self, by: &HolderId, request: &RequestId) -> Option<&Version> {
        let is_it = |one: &&Version| one.by.as_ref() == Some(by) && one.request.as_ref() == Some(request);
        self.kept.iter().rev().find(is_it)
    }

    /// The one in force.
    pub(crate) fn in_force(&self) -> Option<&Version> {
        self.kept.back()
    }

    /// The one that was in force at a time.
    pub(crate) fn at(&self, at: Timestamp) -> Option<&Version> {
        self.kept.iter().rev().find(|version| version.at <= at)
    }

    /// The last original.
    pub(crate) fn original(&self) -> Option<&Version> {
        self.kept.iter().rev().find(|one| one.origin == Origin::Shipped)
    }

    /// A version by its number.
    pub(crate) fn get(&self, number: u32) -> Option<&Version> {
        self.kept.iter().find(|version| version.number == number)
    }

    /// The one before the one in force: of a learned one what it was learned on; of one put back the one before that.
    pub(crate) fn before(&self) -> Option<&Version> {
        let in_force = self.in_force()?;
        let stands_for = in_force.of.unwrap_or(in_force.number);
        self.kept
            .iter()
            .rev()
            .find(|version| version.number < stands_for && version.origin != Origin::RolledBack)
    }

    /// The number of the next one.
    pub(crate) fn next_number(&self) -> u32 {
        self.in_force()
            .map_or(1, |version| version.number.saturating_add(1))
    }

    /// The latest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &Version> {
        self.kept.iter().rev()
    }

    /// The latest first.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &Refused> {
        self.refused.iter().rev()
    }

    /// How many corrections were ever learned from, and how many refused.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.learned_count, self.refused_count)
    }

    /// What a shorter ledger would hold of them, but for what became of each correction.
    pub(super) fn records(&self) -> Vec<Record> {
        let counts = Record::Counts {
            learned: self.learned_count,
            refused: self.refused_count,
            passed_over: self
                .passed_over
                .iter()
                .map(|(why, count)| (*why, *count))
                .collect(),
        };
        let versions = self.kept.iter().cloned().map(Record::Version);
        let refused = self.refused.iter().cloned().map(Record::Refused);
        versions.chain(refused).chain([counts]).collect()
    }

    pub(super) fn count(&mut self, learned: u64, refused: u64, passed_over: Vec<(Why, u64)>) {
        (self.learned_count, self.refused_count) = (learned, refused);
        self.passed_over = passed_over.into_iter().collect();
    }
}
