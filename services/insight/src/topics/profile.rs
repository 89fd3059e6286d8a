//! What a topic's messages have in common beside the place: the problem, as weighted words.

use std::collections::{HashMap, HashSet};

use super::store::{Doc, Place, Store};
use crate::limits::PROFILE_WORDS_MAX;

/// A word must be used by this share of the people to be in a profile, in percent.
const SHARE_PERCENT: usize = 12;

/// More than this a rare word does not count for: that it is rare says little about the problem.
const LIFT_MAX: f64 = 3.5;
/// Of two texts that share this of the shorter one's words, one is a copy, in percent.
const COPY_PERCENT: usize = 75;
/// Texts looked at to learn a problem.
const TEXTS_MAX: usize = 200;

/// The words of a problem, and how much of them a message of it has.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Profile {
    /// Weighted, the heaviest first.
    pub(crate) words: Vec<(u32, f64)>,
    /// The weight half of its messages have.
    typical: f64,
    /// The number of words half of them have.
    length: f64,
}

impl Profile {
    /// Of the messages of a problem, given the others of the same place. Words of the name itself are left out.
    pub(crate) fn of(store: &Store, members: &[Place], others: &[Place], name: &[char]) -> Self {
        let (inside, people) = texts_by_word(&distinct_texts(store, members));
        let (outside, other_people) = texts_by_word(&distinct_texts(store, others));
        let all = store.scale();
        let mut words: Vec<(u32, f64)> = inside
            .into_iter()
            .filter(|(_, with)| *with >= people.min(2) && with * 100 >= people * SHARE_PERCENT)
            .filter_map(|(word, with)| {
                let (text, kept) = store.word(word)?;
                let is_of_name = text.chars().all(|one| name.contains(&one));
                if is_of_name || kept.is_like_a_place() {
                    return None;
                }
                let share = with as f64 / people.max(1) as f64;
                let usual = (kept.docs.len() as f64 + 1.0) / (all + 1.0);
                let beside = outside.get(&word).copied().unwrap_or(0) as f64;
                let there = (beside + 4.0 * usual) / (other_people as f64 + 4.0);
                let weight = share.powf(1.5) * (share / usual.max(there)).ln().min(LIFT_MAX);
                (weight > 0.05).then_some((word, weight))
            })
            .collect();
        words.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        words.truncate(PROFILE_WORDS_MAX);
        let mut profile = Self {
            words,
            typical: 1.0,
            length: 1.0,
        };
        let docs = distinct_texts(store, members);
        profile.typical = middle(docs.iter().map(|doc| profile.weight(doc))).max(0.01);
        profile.length = middle(docs.iter().map(|doc| doc.words.len() as f64)).max(1.0);
        profile
    }

    /// The weight of the second word: the heaviest that shares no character with the first.
    pub(crate) fn second_weight(&self, store: &Store) -> f64 {
        let text = |word: u32| store.word(word).map_or("", |(text, _)| text);
        let Some((first, _)) = self.words.first() else {
            return 0.0;
        };
        let is_apart = |(word, _): &&(u32, f64)| !text(*word).chars().any(|one| text(*first).contains(one));
        self.words
            .iter()
            .find(is_apart)
            .map_or(0.0, |(_, weight)| *weight)
    }

    fn weight(&self, doc: &Doc) -> f64 {
        let has = |(word, _): &&(u32, f64)| doc.has_word(*word);
        self.words.iter().filter(has).map(|(_, weight)| weight).sum()
    }

    /// How much a message is like those of the topic: 1 is what half of them reach.
    pub(crate) fn nearness(&self, doc: &Doc) -> f64 {
        let short = (doc.words.len() as f64 / self.length).clamp(0.1, 1.0).sqrt();
        self.weight(doc) / (self.typical * short)
    }
}

fn middle(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(1.0)
}

/// How many people use each word, and how many there are.
pub(crate) fn people_by_word(store: &Store, places: &[Place]) -> (HashMap<u32, usize>, usize) {
    let mut used: HashSet<(u32, u64)> = HashSet::new();
    let mut people = HashSet::new();
    let mut counts = HashMap::new();
    for doc in places.iter().filter_map(|place| store.doc(*place)) {
        people.insert(doc.person);
        for word in &doc.words {
            if used.insert((*word, doc.person)) {
                *counts.entry(*word).or_default() += 1;
            }
        }
    }
    (counts, people.len())
}

/// The first message of each person.
pub(crate) fn one_of_each<'a>(store: &'a Store, places: &[Place]) -> Vec<&'a Doc> {
    let mut people = HashSet::new();
    let docs = places.iter().filter_map(|place| store.doc(*place));
    docs.filter(|doc| people.insert(doc.person)).collect()
}

/// One message of each person, and one of each text: what is copied from others tells no more than they did.
pub(crate) fn distinct_texts<'a>(store: &'a Store, places: &[Place]) -> Vec<&'a Doc> {
    let mut texts: Vec<&Doc> = Vec::new();
    for doc in one_of_each(store, places) {
        if texts.len() < TEXTS_MAX && !texts.iter().any(|one| is_copy(one, doc)) {
            texts.push(doc);
        }
    }
    texts
}

fn is_copy(one: &Doc, other: &Doc) -> bool {
    let (short, long) = if one.words.len() <= other.words.len() {
        (one, other)
    } else {
        (other, one)
    };
    let shared = short.words.iter().filter(|word| long.has_word(**word)).count();
    short.words.len() >= 8 && shared * 100 >= short.words.len() * COPY_PERCENT
}

fn texts_by_word(texts: &[&Doc]) -> (HashMap<u32, usize>, usize) {
    let mut counts = HashMap::new();
    for word in texts.iter().flat_map(|text| text.words.iter()) {
        *counts.entry(*word).or_default() += 1;
    }
    (counts, texts.len())
}
