//! How much texts are alike beside the name of the place: the cosine of their words, rare ones counting most.

use std::collections::HashMap;

use super::profile::distinct_texts;
use super::store::{Doc, Place, Store};
use crate::limits::LIKENESS_SAMPLE_MAX;

/// The words of a message, weighted, of length 1; those of a name and of places are left out.
pub(crate) struct Vector(HashMap<u32, f64>);

impl Vector {
    pub(crate) fn of(store: &Store, doc: &Doc, name: &[char]) -> Self {
        let all = store.scale();
        let weigh = |number: &u32| {
            let (text, kept) = store.word(*number)?;
            let is_of_name = text.chars().all(|one| name.contains(&one));
            let weight = (all / kept.docs.len().max(1) as f64).ln();
            (!is_of_name && !kept.is_like_a_place()).then_some((*number, weight))
        };
        let mut words: HashMap<u32, f64> = doc.words.iter().filter_map(weigh).collect();
        let mut squares: Vec<f64> = words.values().map(|weight| weight * weight).collect();
        let length = sum(&mut squares).sqrt().max(0.01);
        words.values_mut().for_each(|weight| *weight /= length);
        Self(words)
    }

    /// From 0, nothing in common, to 1, the same words.
    pub(crate) fn cosine(&self, other: &Self) -> f64 {
        let both = |(word, weight): (&u32, &f64)| Some(weight * other.0.get(word)?);
        let mut shared: Vec<f64> = self.0.iter().filter_map(both).collect();
        sum(&mut shared)
    }
}

/// In the order of size: the same numbers always give the same sum.
fn sum(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.iter().sum()
}

/// How much the different texts of different people are alike, on the whole; 1 where all are copies of one.
pub(crate) fn coherence(store: &Store, members: &[Place], name: &[char]) -> f64 {
    let vectors = sample(store, members, name);
    if vectors.len() == 1 {
        return 1.0;
    }
    let pairs = vectors
        .iter()
        .enumerate()
        .flat_map(|(at, one)| vectors[at + 1..].iter().map(|other| one.cosine(other)));
    mean(pairs)
}

/// How much the messages of two topics are alike, on the whole.
pub(crate) fn between(store: &Store, some: &[Place], others: &[Place], name: &[char]) -> f64 {
    let others = sample(store, others, name);
    let some = sample(store, some, name);
    mean(
        some.iter()
            .flat_map(|one| others.iter().map(|other| one.cosine(other))),
    )
}

/// How much a message is like the one of some that is most like it.
pub(crate) fn nearest(store: &Store, doc: &Doc, members: &[Place], name: &[char]) -> f64 {
    let own = Vector::of(store, doc, name);
    let each = sample(store, members, name);
    each.iter().map(|other| own.cosine(other)).fold(0.0, f64::max)
}

fn sample(store: &Store, places: &[Place], name: &[char]) -> Vec<Vector> {
    let docs = distinct_texts(store, places);
    let docs = docs.iter().rev().take(LIKENESS_SAMPLE_MAX);
    docs.map(|doc| Vector::of(store, doc, name)).collect()
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), one| (sum + one, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}
