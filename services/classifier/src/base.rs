//! The linear part before calibration: support vector machines over all features, and over each block by itself.

use crate::features::{BLOCKS, Counts, Features};
use crate::limits::{FEATURES_MAX, WEIGHTS_MAX};
use crate::linear::Linear;
use crate::number::single;
use crate::record::Example;
use crate::solver::{Rows, Solver};
use crate::vocabulary::Vocabulary;

/// The lengths the blocks of a message are scaled to.
const LENGTHS: [f32; BLOCKS] = [0.7, 1.0, 0.7];

/// In how many messages a feature must occur.
const DF_MIN: [u32; BLOCKS] = [2, 4, 2];

/// The share of the features each block may have where there are too many.
const SHARES: [f64; BLOCKS] = [0.3, 0.5, 0.2];

/// Over all blocks.
const WHOLE: Solver = Solver {
    cost: 0.7,
    tolerance: 0.1,
    rounds_max: 60,
};

/// Over one block.
const VIEW: Solver = Solver {
    cost: 0.25,
    tolerance: 0.1,
    rounds_max: 60,
};

/// With more labels than this the blocks are not looked at by themselves: it takes four times as long and gains little.
const VIEWS_LABELS_MAX: usize = 50;

/// Trained weights: for each part and each label over the columns of all blocks, the bias last.
pub(crate) struct Base {
    vocabularies: [Vocabulary; BLOCKS],
    parts: Vec<Vec<Vec<f32>>>,
}

impl Base {
    /// Trains on the examples at `kept`; none where they have nothing in common.
    pub(crate) fn train(
        examples: &[Example],
        kept: &[usize],
        classes: &[usize],
        labels_count: usize,
    ) -> Option<Self> {
        let features_max = (WEIGHTS_MAX / labels_count).min(FEATURES_MAX) as f64;
        let vocabularies: [Vocabulary; BLOCKS] = std::array::from_fn(|block| {
            let counts = |at: &usize| (&examples[*at].features.blocks[block], classes[*at]);
            let messages: Vec<(&Counts, usize)> = kept.iter().map(counts).collect();
            Vocabulary::telling(&messages, DF_MIN[block], whole(SHARES[block] * features_max))
        });
        let columns: usize = vocabularies.iter().map(Vocabulary::len).sum();
        if columns == 0 {
            return None;
        }
        let mut rows = Rows::new(columns);
        for at in kept {
            each_known(&vocabularies, &examples[*at].features, |place, value| {
                rows.push(place, value)
            });
            rows.end_row();
        }
        let classes: Vec<usize> = kept.iter().map(|at| classes[*at]).collect();
        let mut parts = vec![WHOLE.solve_all(&rows, &classes, labels_count)];
        if labels_count <= VIEWS_LABELS_MAX {
            let mut start = 0;
            for vocabulary in &vocabularies {
                let end = start + vocabulary.len();
                parts.push(VIEW.solve_all(&rows.between(start, end), &classes, labels_count));
                start = end;
            }
        }
        Some(Self { vocabularies, parts })
    }

    /// The scores of a message by every part, and the share of its words that is known.
    pub(crate) fn scores(&self, features: &Features) -> (Vec<Vec<f32>>, f64) {
        let columns: usize = self.vocabularies.iter().map(Vocabulary::len).sum();
        let mut known: Vec<(u32, f32)> = Vec::new();
        let words_known = each_known(&self.vocabularies, features, |place, value| {
            known.push((place, value))
        });
        let score = |row: &Vec<f32>| {
            row[columns]
                + known
                    .iter()
                    .map(|(place, value)| value * row[*place as usize])
                    .sum::<f32>()
        };
        let scores = self
            .parts
            .iter()
            .map(|part| part.iter().map(score).collect())
            .collect();
        (
            scores,
            words_known as f64 / features.blocks[0].len().max(1) as f64,
        )
    }

    /// With the calibration folded into one table of weights, so that scores are logits: a scale for each part, a bias for
    /// each label.
    pub(crate) fn fold(self, scales: &[f64], biases: &[f64]) -> Linear {
        let columns: usize = self.vocabularies.iter().map(Vocabulary::len).sum();
        let mut weights = vec![vec![0.0_f32; columns + 1]; biases.len()];
        for (part, scale) in self.parts.iter().zip(scales) {
            for (row, from) in weights.iter_mut().zip(part) {
                row.iter_mut()
                    .zip(from)
                    .for_each(|(weight, from)| *weight += single(*scale) * from);
            }
        }
        let biases = weights
            .iter()
            .zip(biases)
            .map(|(row, bias)| row[columns] + single(*bias))
            .collect();
        Linear::new(self.vocabularies, LENGTHS, &weights, biases)
    }
}

/// Every known feature of a message over the columns of all blocks; returns how many words are known.
fn each_known(
    vocabularies: &[Vocabulary; BLOCKS],
    features: &Features,
    mut each: impl FnMut(u32, f32),
) -> usize {
    let mut known = Vec::new();
    let (mut start, mut words_known) = (0_u32, 0);
    for (at, vocabulary) in vocabularies.iter().enumerate() {
        vocabulary.known(&features.blocks[at], LENGTHS[at], &mut known);
        known
            .iter()
            .for_each(|(place, value)| each(start + place, *value));
        start += u32::try_from(vocabulary.len()).unwrap_or(0);
        if at == 0 {
            words_known = known.len();
        }
    }
    words_known
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a limit"
)]
fn whole(value: f64) -> usize {
    value as usize
}
