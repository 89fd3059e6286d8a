//! The lexicon and the gazetteer as automata and tables, compiled once for a version of the rules.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use domain::id::{CategoryId, ReferralId};
use domain::rules::{Rules, Term};
use domain::ticket::{Grade, RequestType};
use places::Gazetteer;
use text::normal;

use super::labels::Labels;
use super::rulebook::Rulebook;
use super::takeback::Takeback;

/// How much louder a word speaks in the subject.
pub(super) const SUBJECT_TIMES: u32 = 2;

/// The rules of a city, compiled for reading text. Cheap to share; built anew when the rules change.
#[derive(Debug)]
pub struct Lexis {
    terms: AhoCorasick,
    /// By pattern of `terms`: the text and what it speaks for.
    words: Vec<Word>,
    pub(super) gazetteer: Gazetteer,
    pub(super) categories: Vec<CategoryRow>,
    pub(super) rulebook: Rulebook,
    pub(super) takeback: Takeback,
    pub(super) labels: Labels,
}

/// A text of the lexicon; several terms may share one.
#[derive(Debug)]
pub(super) struct Word {
    /// Its normal form, which is looked for.
    plain: String,
    /// As the city wrote it.
    pub(super) text: String,
    pub(super) meanings: Vec<Meaning>,
    /// Whether it matters if it is denied.
    may_be_taken_back: bool,
}

/// What one term says.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) weight: u8,
    /// Index into [`Lexis::categories`].
    pub(super) category: Option<usize>,
    pub(super) kind: Option<RequestType>,
    pub(super) grade: Option<Grade>,
    /// Index into the referrals of the city.
    pub(super) referral: Option<usize>,
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
    /// Those that are not denied: 不是投诉 is no complaint.
    pub(super) stated: u32,
    /// Those that are not denied and of now.
    pub(super) present: u32,
}

/// What so many occurrences of a weight add: the second time adds less than the first.
pub(super) fn mass(weight: u8, count: u32) -> f64 {
    match count {
        0 => 0.0,
        _ => f64::from(weight) * (1.0 + f64::from(count).ln()),
    }
}

impl Lexis {
    /// Compiles the lexicon, its rules and the names of areas.
    ///
    /// # Errors
    /// When the automata would be too large, which the limits on bundles rule out.
    pub fn new(rules: &Rules) -> Result<Self, aho_corasick::BuildError> {
        Self::with_labels(rules, &[])
    }

    /// The same, beside a model that knows these labels: their places are those of [`super::Opinion`].
    ///
    /// # Errors
    /// As [`Lexis::new`].
    pub fn with_labels(rules: &Rules, labels: &[String]) -> Result<Self, aho_corasick::BuildError> {
        let categories = category_rows(rules);
        let words = words(rules, &categories);
        Ok(Self {
            terms: automaton(words.iter().map(|word| word.plain.as_str()))?,
            gazetteer: Gazetteer::of_rules(rules)?,
            words,
            rulebook: Rulebook::new(&rules.bundle().triage)?,
            takeback: Takeback::new(&rules.bundle().triage),
            labels: Labels::new(rules, labels, &categories),
            categories,
        })
    }

    /// How sure the model must be where this label comes first, where the city says so.
    pub fn threshold(&self, label: usize) -> Option<f64> {
        self.labels.threshold(label)
    }

    /// The labels of the model that stand for no category of the city, and are left out.
    pub fn lost_labels(&self) -> &[String] {
        self.labels.lost()
    }

    /// Every word of the lexicon in subject and body, both in their normal form.
    pub(super) fn hits(&self, subject: &str, body: &str) -> Vec<Hit<'_>> {
        let mut counts = vec![[0u32; 3]; self.words.len()];
        for (text, times) in [(subject, SUBJECT_TIMES), (body, 1)] {
            for found in self.terms.find_iter(text) {
                let at = found.pattern().as_usize();
                let (is_stated, is_present) = match self.words[at].may_be_taken_back {
                    true => {
                        let is_stated = !self.takeback.denies(text, found.start());
                        (
                            is_stated,
                            is_stated && !self.takeback.takes_back(text, found.start()),
                        )
                    }
                    false => (true, true),
                };
                for (count, counts_here) in counts[at].iter_mut().zip([true, is_stated, is_present]) {
                    *count = count.saturating_add(if counts_here { times } else { 0 });
                }
            }
        }
        let words = self.words.iter().zip(counts);
        words
            .filter(|(_, [count, ..])| *count > 0)
            .map(|(word, [count, stated, present])| Hit {
                word,
                count,
                stated,
                present,
            })
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

fn words(rules: &Rules, categories: &[CategoryRow]) -> Vec<Word> {
    let referrals = &rules.bundle().triage.referrals;
    let mut by_text: BTreeMap<String, Word> = BTreeMap::new();
    for term in &rules.bundle().lexicon {
        let plain = normal(&term.text);
        if plain.is_empty() {
            continue;
        }
        let meaning = meaning(term, categories, |id| {
            referrals.iter().position(|one| one.id == *id)
        });
        let word = by_text.entry(plain.clone().into_owned()).or_insert_with(|| Word {
            plain: plain.into_owned(),
            text: term.text.clone(),
            meanings: Vec::new(),
            may_be_taken_back: false,
        });
        word.may_be_taken_back |=
            meaning.kind.is_some() || meaning.grade.is_some() || meaning.referral.is_some();
        word.meanings.push(meaning);
    }
    by_text.into_values().collect()
}

fn meaning(
    term: &Term,
    categories: &[CategoryRow],
    referral: impl Fn(&ReferralId) -> Option<usize>,
) -> Meaning {
    let category = term.category.as_ref();
    Meaning {
        weight: term.weight,
        category: category.and_then(|id| row_of(categories, id)),
        kind: term.kind,
        grade: term.emergency.map(|one| one.grade),
        referral: term.referral.as_ref().and_then(referral),
    }
}

/// The row of a category; none where there is no such category.
pub(super) fn row_of(categories: &[CategoryRow], id: &CategoryId) -> Option<usize> {
    categories.binary_search_by(|row| row.id.cmp(id)).ok()
}
