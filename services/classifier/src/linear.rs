//! The linear part of a model: one row of weights for each known feature, one weight for each label.

use crate::features::{BLOCKS, Features};
use crate::vocabulary::{Known, Vocabulary};

/// Steps a weight has on each side when it is trained; learning from corrections may go four times as far.
const TRAINED_STEPS: f32 = 8_000.0;

/// One block of features.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub(crate) vocabulary: Vocabulary,
    /// The length the block of a message is scaled to.
    pub(crate) length: f32,
    /// In steps: the weights of the first feature for every label, then those of the second.
    pub(crate) weights: Vec<i16>,
}

/// The linear part. Weights are whole steps, so that what is in memory is what is in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Linear {
    pub(crate) blocks: [Block; BLOCKS],
    /// What one step of a weight is worth.
    pub(crate) step: f32,
    /// One for each label.
    pub(crate) biases: Vec<f32>,
}

impl Linear {
    /// From trained weights: `weights[label]` over the columns of all blocks.
    pub(crate) fn new(
        vocabularies: [Vocabulary; BLOCKS],
        lengths: [f32; BLOCKS],
        weights: &[Vec<f32>],
        biases: Vec<f32>,
    ) -> Self {
        let columns: usize = vocabularies.iter().map(Vocabulary::len).sum();
        let farthest = weights
            .iter()
            .flat_map(|row| &row[..columns])
            .fold(1e-6_f32, |far, one| far.max(one.abs()));
        let step = farthest / TRAINED_STEPS;
        let mut start = 0;
        let blocks = vocabularies.map(|vocabulary| {
            let range = start..start + vocabulary.len();
            start = range.end;
            let weights = range
                .flat_map(|at| weights.iter().map(move |row| steps(row[at] / step)))
                .collect();
            Block {
                vocabulary,
                length: 0.0,
                weights,
            }
        });
        let mut linear = Self { blocks, step, biases };
        for (block, length) in linear.blocks.iter_mut().zip(lengths) {
            block.length = length;
        }
        linear
    }

    /// The features of a message that are known, and the share of its words that is.
    pub(crate) fn known(&self, features: &Features) -> ([Vec<Known>; BLOCKS], f64) {
        let mut known: [Vec<Known>; BLOCKS] = Default::default();
        for ((block, counts), known) in self.blocks.iter().zip(&features.blocks).zip(&mut known) {
            block.vocabulary.known(counts, block.length, known);
        }
        let share = known[0].len() as f64 / features.blocks[0].len().max(1) as f64;
        (known, share)
    }

    /// The score of every label.
    pub(crate) fn scores(&self, known: &[Vec<Known>; BLOCKS]) -> Vec<f32> {
        let mut scores = vec![0.0_f32; self.biases.len()];
        for (block, known) in self.blocks.iter().zip(known) {
            for (place, value) in known {
                let row = self.row(block, *place);
                for (score, weight) in scores.iter_mut().zip(row) {
                    *score += value * f32::from(*weight);
                }
            }
        }
        for (score, bias) in scores.iter_mut().zip(&self.biases) {
            *score = *score * self.step + bias;
        }
        scores
    }

    /// The weights of one feature in steps, one for each label.
    pub(crate) fn row<'a>(&self, block: &'a Block, place: u32) -> &'a [i16] {
        let start = place as usize * self.biases.len();
        &block.weights[start..start + self.biases.len()]
    }

    /// Moves the score of a label for such a message by `by` times the square of its length.
    pub(crate) fn shift(&mut self, known: &[Vec<Known>; BLOCKS], label: usize, by: f32) {
        let labels = self.biases.len();
        for (block, known) in self.blocks.iter_mut().zip(known) {
            for (place, value) in known {
                let weight = &mut block.weights[*place as usize * labels + label];
                *weight = steps(f32::from(*weight) + by * value / self.step);
            }
        }
        self.biases[label] += by;
    }

    /// The square of the length of a message, its bias counted.
    pub(crate) fn square(known: &[Vec<Known>; BLOCKS]) -> f32 {
        1.0 + known
            .iter()
            .flatten()
            .map(|(_, value)| value * value)
            .sum::<f32>()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of the target first"
)]
fn steps(value: f32) -> i16 {
    value.round().clamp(-32_767.0, 32_767.0) as i16
}
