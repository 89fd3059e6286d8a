//! The lexicon and the names of areas as automata and tables, compiled once for a version of the rules.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use domain::id::{AreaId, CategoryId};
use domain::rules::{Rules, Term};
use domain::ticket::{Grade, RequestType};

/// How much louder a word speaks in the subject.
pub(super) const SUBJECT_TIMES: u32 = 2;

/// The rules of a city, compiled for reading text. Cheap to share; built anew when the rules change.
#[derive(Debug)]
pub struct Lexis {
    terms: AhoCorasick,
    /// By pattern of `terms`: the text and what it speaks for.
    words: Vec<Word>,
    pub(super) places: AhoCorasick,
    /// By pattern of `places`: the name and the areas that bear it.
    pub(super) names: Vec<(String, Vec<AreaId>)>,
    pub(super) categories: Vec<CategoryRow>,
}

/// A text of the lexicon; several terms may share one.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) meanings: Vec<Meaning>,
}

/// What one term says.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) weight: u8,
    /// Index into [`Lexis::categories`].
    pub(super) category: Option<usize>,
    pub(super) kind: Option<RequestType>,
    pub(super) grade: Option<Grade>,
}

/// A category and the row of the one above it, which always stands before it.
#[derive(Debug)]
pub(super) struct CategoryRow {
    pub(super) id: CategoryId,
    pub(super) parent: Option<usize>,
    pub(super) level: usize,
}

/// A word of the lexicon found in a message.
pub(super) struct Hit<'a> {
    pub(super) word: &'a Word,
    /// Occurrences; those in the subject count [`SUBJECT_TIMES`].
    pub(super) count: u32,
}

impl Hit<'_> {
    /// What so many occurrences of a weight add: the second time adds less than the first.
    pub(super) fn mass(&self, weight: u8) -> f64 {
        f64::from(weight) * (1.0 + f64::from(self.count.max(1)).ln())
    }
}

impl Lexis {
    /// Compiles the lexicon and the names of areas.
    ///
    /// # Errors
    /// When the automata would be too large, which the limits on bundles rule out.
    pub fn new(rules: &Rules) -> Result<Self, aho_corasick::BuildError> {
        let categories = category_rows(rules);
        let words = words(&rules.bundle().lexicon, &categories);
        let names = names(rules);
        Ok(Self {
            terms: automaton(words.iter().map(|word| word.text.as_str()))?,
            places: automaton(names.iter().map(|(name, _)| name.as_str()))?,
            words,
            names,
            categories,
        })
    }

    /// Every word of the lexicon in subject and body.
    pub(super) fn hits(&self, subject: &str, body: &str) -> Vec<Hit<'_>> {
        let mut counts = vec![0u32; self.words.len()];
        for (text, times) in [(subject, SUBJECT_TIMES), (body, 1)] {
            for found in self.terms.find_iter(text) {
                let count = &mut counts[found.pattern().as_usize()];
                *count = count.saturating_add(times);
            }
        }
        let words = self.words.iter().zip(counts);
        words
            .filter(|(_, count)| *count > 0)
            .map(|(word, count)| Hit { word, count })
            .collect()
    }
}

/// Of words that begin at the same place the longest counts: 停车费 is not 停车.
fn automaton<'a>(texts: impl Iterator<Item = &'a str>) -> Result<AhoCorasick, aho_corasick::BuildError> {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(texts)
}

fn category_rows(rules: &Rules) -> Vec<CategoryRow> {
    // In the order of codes a parent stands before its children.
    let mut rows: Vec<CategoryRow> = Vec::new();
    for category in rules.categories.iter() {
        let parent = category
            .id
            .parent()
            .and_then(|parent| rows.binary_search_by(|row| row.id.cmp(&parent)).ok());
        let level = parent.map_or(0, |parent| rows[parent].level + 1);
        rows.push(CategoryRow {
            id: category.id.clone(),
            parent,
            level,
        });
    }
    rows
}

fn words(lexicon: &[Term], categories: &[CategoryRow]) -> Vec<Word> {
    let mut by_text: BTreeMap<&str, Vec<Meaning>> = BTreeMap::new();
    for term in lexicon {
        let category = term.category.as_ref();
        by_text.entry(&term.text).or_default().push(Meaning {
            weight: term.weight,
            category: category.and_then(|id| categories.binary_search_by(|row| row.id.cmp(id)).ok()),
            kind: term.kind,
            grade: term.emergency.map(|one| one.grade),
        });
    }
    by_text
        .into_iter()
        .map(|(text, meanings)| Word {
            text: text.to_owned(),
            meanings,
        })
        .collect()
}

fn names(rules: &Rules) -> Vec<(String, Vec<AreaId>)> {
    let mut by_name: BTreeMap<&str, Vec<AreaId>> = BTreeMap::new();
    for area in rules.areas.iter() {
        for name in std::iter::once(&area.zh).chain(&area.aliases) {
            let bearers = by_name.entry(name).or_default();
            if !bearers.contains(&area.id) {
                bearers.push(area.id.clone());
            }
        }
    }
    by_name
        .into_iter()
        .map(|(name, areas)| (name.to_owned(), areas))
        .collect()
}
