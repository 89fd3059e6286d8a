//! The features a model knows: their hashes in order, and how much each tells by being rare.

use crate::features::{Counts, short};
use crate::number::single;

/// The features of one block in the order of their hashes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Vocabulary {
    hashes: Vec<u32>,
    /// In how many messages each occurs.
    dfs: Vec<u32>,
    /// Of how many.
    messages_count: u32,
    /// What is reckoned with: `1 + ln((n + 1) / (df + 1))`.
    idfs: Vec<f32>,
    /// Where the hashes that begin with each value of their upper bits start.
    starts: Vec<u32>,
    shift: u32,
}

/// Messages by which features are chosen where there are too many: with more, every other one.
const TELLING_MESSAGES_MAX: usize = 20_000;

/// One feature of a message that the vocabulary knows: its place and its value.
pub(crate) type Known = (u32, f32);

impl Vocabulary {
    /// Of hashes in ascending order, each with how many of the messages it occurs in.
    pub(crate) fn new(hashes: Vec<u32>, dfs: Vec<u32>, messages_count: u32) -> Self {
        debug_assert!(hashes.is_sorted() && hashes.len() == dfs.len());
        let idf = |df: &u32| {
            let rare = (f64::from(messages_count) + 1.0) / (f64::from(*df) + 1.0);
            single(1.0 + rare.ln().max(0.0))
        };
        let idfs = dfs.iter().map(idf).collect();
        let bits = (usize::BITS - hashes.len().leading_zeros()).clamp(1, 20);
        let shift = 32 - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for hash in &hashes {
            starts[(hash >> shift) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self {
            hashes,
            dfs,
            messages_count,
            idfs,
            starts,
            shift,
        }
    }

    /// The features that occur in `df_min` of the messages or more, the most frequent `count_max` of them.
    pub(crate) fn of<'a>(messages: impl Iterator<Item = &'a Counts>, df_min: u32, count_max: usize) -> Self {
        let mut hashes: Vec<u32> = Vec::new();
        let mut messages_count = 0_u32;
        for counts in messages {
            messages_count += 1;
            hashes.extend(counts.iter().map(|(hash, _)| *hash));
        }
        hashes.sort_unstable();
        let mut found: Vec<(u32, u32)> = hashes
            .chunk_by(|one, next| one == next)
            .map(|same| (same[0], u32::try_from(same.len()).unwrap_or(u32::MAX)))
            .filter(|(_, df)| *df >= df_min)
            .collect();
        if found.len() > count_max {
            found.sort_unstable_by_key(|(hash, df)| (u32::MAX - df, *hash));
            found.truncate(count_max);
            found.sort_unstable();
        }
        let (hashes, dfs) = found.into_iter().unzip();
        Self::new(hashes, dfs, messages_count)
    }

    /// The features that occur in `df_min` of the messages or more; where there are more than `count_max`, those that tell
    /// most about the labels of the messages.
    pub(crate) fn telling(messages: &[(&Counts, usize)], df_min: u32, count_max: usize) -> Self {
        let all = Self::of(messages.iter().map(|(counts, _)| *counts), df_min, usize::MAX);
        if all.len() <= count_max {
            return all;
        }
        let every = messages.len().div_ceil(TELLING_MESSAGES_MAX).max(1);
        let mut labels: Vec<usize> = Vec::new();
        let mut seen: Vec<u64> = Vec::new();
        for (counts, label) in messages.iter().step_by(every) {
            labels.push(*label);
            let places = counts.iter().filter_map(|(hash, _)| all.place(*hash));
            seen.extend(places.map(|place| (u64::from(place) << 32) | *label as u64));
        }
        seen.sort_unstable();
        let chance = alike(&mut labels) / (labels.len() as f64).powi(2).max(1.0);
        let mut told: Vec<(f64, u32)> = seen
            .chunk_by(|one, next| one >> 32 == next >> 32)
            .map(|of_one| (tells(of_one, chance), short(of_one[0])))
            .collect();
        told.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let mut kept: Vec<usize> = told
            .into_iter()
            .take(count_max)
            .map(|(_, place)| place as usize)
            .collect();
        kept.sort_unstable();
        let hashes = kept.iter().map(|at| all.hashes[*at]).collect();
        let dfs = kept.iter().map(|at| all.dfs[*at]).collect();
        Self::new(hashes, dfs, all.messages_count)
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn hashes(&self) -> &[u32] {
        &self.hashes
    }

    pub(crate) fn dfs(&self) -> &[u32] {
        &self.dfs
    }

    pub(crate) fn messages_count(&self) -> u32 {
        self.messages_count
    }

    /// The place of a feature.
    pub(crate) fn place(&self, hash: u32) -> Option<u32> {
        let bucket = (hash >> self.shift) as usize;
        let (start, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        let at = self.hashes[start..end].iter().position(|known| *known == hash)?;
        u32::try_from(start + at).ok()
    }

    /// The features of a message that are known, `(1 + ln tf) · idf` each, scaled to the length `weight`.
    pub(crate) fn known(&self, counts: &Counts, weight: f32, into: &mut Vec<Known>) {
        into.clear();
        let mut square = 0.0_f32;
        for (hash, count) in counts {
            if let Some(place) = self.place(*hash) {
                let value = log_count(*count) * self.idfs[place as usize];
                square += value * value;
                into.push((place, value));
            }
        }
        let scale = if square > 0.0 { weight / square.sqrt() } else { 0.0 };
        for (_, value) in into {
            *value *= scale;
        }
    }
}

/// How many pairs of messages have one label.
fn alike(labels: &mut [usize]) -> f64 {
    labels.sort_unstable();
    labels
        .chunk_by(|one, next| one == next)
        .map(|same| pairs(same.len()))
        .sum()
}

/// How much oftener two messages with a feature have one label than by chance, in deviations: the messages with the
/// feature, in the order of their labels.
fn tells(of_one: &[u64], chance: f64) -> f64 {
    let found: f64 = of_one
        .chunk_by(|one, next| one == next)
        .map(|same| pairs(same.len()))
        .sum();
    let expected = pairs(of_one.len()) * chance;
    (found - expected) / (expected + 1.0).sqrt()
}

fn pairs(count: usize) -> f64 {
    count as f64 * (count as f64 - 1.0)
}

/// `1 + ln count`.
fn log_count(count: u8) -> f32 {
    match count {
        0 | 1 => 1.0,
        2 => 1.693_147_2,
        3 => 2.098_612_3,
        _ => 1.0 + f32::from(count).ln(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_are_too_many_the_telling_features_stay() {
        // 1 is everywhere, 7 and 8 are each in one label, 100 and more are nowhere twice.
        let messages: Vec<(Counts, usize)> = (0..40_u32)
            .map(|at| {
                let label = (at % 2) as usize;
                (vec![(1, 1), (7 + at % 2, 1), (100 + at, 1)], label)
            })
            .collect();
        let borrowed: Vec<(&Counts, usize)> =
            messages.iter().map(|(counts, label)| (counts, *label)).collect();
        assert_eq!(Vocabulary::telling(&borrowed, 1, 2).hashes(), [7, 8]);
        assert_eq!(Vocabulary::telling(&borrowed, 2, 9).hashes(), [1, 7, 8]);
    }

    #[test]
    fn every_hash_is_found_and_no_other() {
        let hashes: Vec<u32> = (0..5_000_u32).map(|at| at * 858_993).collect();
        let vocabulary = Vocabulary::new(hashes.clone(), vec![1; hashes.len()], 10);
        assert!(
            hashes
                .iter()
                .enumerate()
                .all(|(at, hash)| vocabulary.place(*hash) == u32::try_from(at).ok())
        );
        assert_eq!(vocabulary.place(5), None);
        assert_eq!(vocabulary.place(u32::MAX), None);
        assert_eq!(Vocabulary::new(vec![], vec![], 0).place(7), None);
    }
}
