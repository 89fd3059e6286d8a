//! Vectors of words and of pairs of characters from what stands near what, so that what is used alike lies close. Learned
//! from texts alone; labels are not needed.

use text::grams::grams;

use crate::coarse::Coarse;
use crate::features::{Counts, Message, short, word_hash};
use crate::matrix::unit;
use crate::near::near;
use crate::svd::vectors;
use crate::vocabulary::{Known, Vocabulary};

/// A text as sequences of hashes: what stands near what.
#[derive(Debug, Clone, Default)]
pub struct Passage {
    pub(crate) words: Vec<u32>,
    pub(crate) pairs: Vec<u32>,
}

impl Passage {
    /// Of a message.
    pub fn of(message: &Message<'_>) -> Self {
        let mut words = Vec::new();
        let mut chars: Vec<char> = Vec::new();
        message.each_word(|word| {
            words.push(word_hash(word));
            chars.extend(word.chars());
        });
        Self {
            words,
            pairs: grams(&chars, 2).map(short).collect(),
        }
    }
}

/// How vectors are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// How far apart what stands near may stand.
    pub(crate) window: usize,
    pub(crate) dimensions: usize,
    /// In how many texts what has a vector must occur.
    pub(crate) df_min: u32,
    /// How many have one, the most frequent.
    pub(crate) count_max: usize,
}

/// A vector for each known hash.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Embedding {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) vectors: Coarse,
}

impl Embedding {
    /// Learns from sequences.
    pub(crate) fn learn(sequences: &[&[u32]], shape: Shape) -> Self {
        let sets: Vec<Counts> = sequences.iter().map(|sequence| set(sequence)).collect();
        let vocabulary = Vocabulary::of(sets.iter(), shape.df_min, shape.count_max);
        drop(sets);
        let matrix = near(sequences, vocabulary.hashes(), shape.window);
        let vectors = Coarse::of(&vectors(&matrix, shape.dimensions));
        Self { vocabulary, vectors }
    }

    /// The vector of a message, of length 1: its features' vectors, each weighed as the linear part weighs features.
    pub(crate) fn add(&self, counts: &Counts, known: &mut Vec<Known>, out: &mut [f32]) {
        self.vocabulary.known(counts, 1.0, known);
        for (place, value) in known {
            self.vectors.add(*place as usize, *value, out);
        }
        unit(out);
    }
}

fn set(sequence: &[u32]) -> Counts {
    let mut hashes = sequence.to_vec();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.into_iter().map(|hash| (hash, 1)).collect()
}
