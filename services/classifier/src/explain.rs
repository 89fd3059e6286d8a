//! Why: the words of the message that spoke for a label. They come from the message; the model holds none.

use std::collections::BTreeMap;

use text::grams::grams;

use crate::features::{Features, Message, short, word_hash};
use crate::limits::HEAD_WORDS;
use crate::linear::Block;
use crate::model::Model;

impl Model {
    /// The `count` words that spoke most for a label, strongest first, each with what it added to the label's score over
    /// the mean of all labels. Runs of characters count for the words they lie in.
    pub fn words_for(&self, message: &Message<'_>, label: usize, count: usize) -> Vec<(String, f64)> {
        let mut words = self.weigh(message, label);
        words.retain(|(_, weight)| *weight > 0.0);
        words.truncate(count);
        words
    }

    /// The `count` words that spoke most against a label, strongest first, as [`Model::words_for`]; negative.
    pub fn words_against(&self, message: &Message<'_>, label: usize, count: usize) -> Vec<(String, f64)> {
        let mut words = self.weigh(message, label);
        words.retain(|(_, weight)| *weight < 0.0);
        words.reverse();
        words.truncate(count);
        words
    }

    /// Every word with what it added, the strongest for the label first.
    fn weigh(&self, message: &Message<'_>, label: usize) -> Vec<(String, f64)> {
        if label >= self.labels.len() {
            return Vec::new();
        }
        let features = Features::of(message);
        let mut chars: Vec<char> = Vec::new();
        let mut words: Vec<(String, usize, f64)> = Vec::new();
        message.each_word(|word| {
            chars.extend(word.chars());
            words.push((word.to_owned(), chars.len(), 0.0));
        });
        let head_end = words
            .get(HEAD_WORDS.min(words.len()).wrapping_sub(1))
            .map_or(0, |(_, end, _)| *end);
        let gains: Vec<BTreeMap<u32, f64>> = (0..features.blocks.len())
            .map(|at| self.gains(&features, at, label))
            .collect();
        for (word, _, gain) in &mut words {
            *gain += gains[0].get(&word_hash(word)).copied().unwrap_or(0.0);
        }
        let mut of_chars = vec![0.0; chars.len()];
        for (gains, end) in [(&gains[1], chars.len()), (&gains[2], head_end)] {
            for length in 1..=3 {
                for (at, gram) in grams(&chars[..end], length).enumerate() {
                    let gain = gains.get(&short(gram)).copied().unwrap_or(0.0) / length as f64;
                    of_chars[at..at + length]
                        .iter_mut()
                        .for_each(|share| *share += gain);
                }
            }
        }
        let mut start = 0;
        let mut told: BTreeMap<String, f64> = BTreeMap::new();
        for (word, end, gain) in words {
            *told.entry(word).or_default() += gain + of_chars[start..end].iter().sum::<f64>();
            start = end;
        }
        let mut told: Vec<(String, f64)> = told.into_iter().collect();
        told.sort_by(|one, other| other.1.total_cmp(&one.1));
        told
    }

    /// What each occurrence of a feature added, by its hash.
    fn gains(&self, features: &Features, at: usize, label: usize) -> BTreeMap<u32, f64> {
        let block: &Block = &self.linear.blocks[at];
        let mut known = Vec::new();
        block
            .vocabulary
            .known(&features.blocks[at], block.length, &mut known);
        let counts: BTreeMap<u32, u8> = features.blocks[at].iter().copied().collect();
        known
            .into_iter()
            .map(|(place, value)| {
                let row = self.linear.row(block, place);
                let mean = row.iter().map(|weight| f64::from(*weight)).sum::<f64>() / row.len() as f64;
                let hash = block.vocabulary.hashes()[place as usize];
                let count = f64::from(counts.get(&hash).copied().unwrap_or(1).max(1));
                let gain = f64::from(value) * (f64::from(row[label]) - mean) * f64::from(self.linear.step);
                (hash, gain / count)
            })
            .collect()
    }
}
