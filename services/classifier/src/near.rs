//! What stands near what in many texts, weighed by how much more often than chance would have it: positive pointwise mutual
//! information, with the context smoothed (Levy and others, 2015).

use std::ops::Range;

use crate::matrix::Matrix;
use crate::number::{place, single};

/// What stands near what, weighed: rows of columns and values.
pub(crate) struct Near {
    starts: Vec<usize>,
    cells: Vec<(u32, f32)>,
}

/// Pairs that are counted at once.
const PAIRS_AT_ONCE: u64 = 6_000_000;

/// What has no place.
const NONE: u32 = u32::MAX;

/// Counts within `window` places of each other, the `hashes` in ascending order.
pub(crate) fn near(sequences: &[&[u32]], hashes: &[u32], window: usize) -> Near {
    let place_of = |hash: &u32| hashes.binary_search(hash).map_or(NONE, place);
    let places: Vec<Vec<u32>> = sequences
        .iter()
        .map(|sequence| sequence.iter().map(place_of).collect())
        .collect();
    // How many pairs each row will have, to take as many rows at once as there is room for.
    let mut totals = vec![0_u64; hashes.len()];
    for sequence in &places {
        for (at, one) in sequence.iter().enumerate().filter(|(_, one)| **one != NONE) {
            totals[*one as usize] += around(sequence, at, window).count() as u64;
        }
    }
    let chances = Chances::of(totals);
    let mut near = Near {
        starts: vec![0],
        cells: Vec::new(),
    };
    let mut first = 0;
    while first < hashes.len() {
        let last = chances.fitting(first);
        near.count(&pairs(&places, window, first..last), first..last, &chances);
        first = last;
    }
    near
}

/// Every pair of a row within `rows` and what stands near it, in order.
fn pairs(places: &[Vec<u32>], window: usize, rows: Range<usize>) -> Vec<u64> {
    let mut pairs: Vec<u64> = Vec::new();
    for sequence in places {
        for (at, one) in sequence.iter().enumerate() {
            if rows.contains(&(*one as usize)) {
                pairs.extend(
                    around(sequence, at, window).map(|other| (u64::from(*one) << 32) | u64::from(other)),
                );
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

/// How often each stands near anything.
struct Chances {
    totals: Vec<u64>,
    whole: f64,
    smooth: Vec<f64>,
    smooth_whole: f64,
}

impl Chances {
    fn of(totals: Vec<u64>) -> Self {
        let smooth: Vec<f64> = totals.iter().map(|total| (*total as f64).powf(0.75)).collect();
        Self {
            whole: totals.iter().map(|total| *total as f64).sum(),
            smooth_whole: smooth.iter().sum(),
            totals,
            smooth,
        }
    }

    /// The end of the rows from `first` on that fit into memory at once.
    fn fitting(&self, first: usize) -> usize {
        let mut room = PAIRS_AT_ONCE;
        let mut last = first;
        while last < self.totals.len() && (last == first || self.totals[last] <= room) {
            room = room.saturating_sub(self.totals[last]);
            last += 1;
        }
        last
    }

    /// How much more often than by chance two stand near each other, as a logarithm, less that of two.
    fn weight(&self, one: usize, other: usize, count: usize) -> f64 {
        let share = count as f64 / self.whole;
        let alone = self.totals[one] as f64 / self.whole * self.smooth[other] / self.smooth_whole;
        (share / alone).ln() - std::f64::consts::LN_2
    }
}

fn around(sequence: &[u32], at: usize, window: usize) -> impl Iterator<Item = u32> + '_ {
    let start = at.saturating_sub(window);
    let end = (at + window + 1).min(sequence.len());
    sequence[start..at]
        .iter()
        .chain(&sequence[at + 1..end])
        .copied()
        .filter(|other| *other != NONE)
}

impl Near {
    /// Adds some rows from their pairs.
    fn count(&mut self, pairs: &[u64], rows: Range<usize>, chances: &Chances) {
        let mut pairs = pairs.chunk_by(|pair, next| pair == next).peekable();
        for row in rows {
            while let Some(same) = pairs.next_if(|same| same[0] >> 32 == row as u64) {
                let other = u32::try_from(same[0] & 0xffff_ffff).expect("the lower half has 32 bits");
                let weight = chances.weight(row, other as usize, same.len());
                if weight > 0.0 && same.len() > 1 {
                    self.cells.push((other, single(weight)));
                }
            }
            self.starts.push(self.cells.len());
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// `self · other`.
    pub(crate) fn times(&self, other: &Matrix) -> Matrix {
        let mut out = Matrix::zeros(self.rows(), other.columns);
        out.fill_rows(|at, row| {
            for (column, value) in &self.cells[self.starts[at]..self.starts[at + 1]] {
                row.iter_mut()
                    .zip(other.row(*column as usize))
                    .for_each(|(out, cell)| *out += value * cell);
            }
        });
        out
    }

    pub(crate) fn transposed(&self) -> Self {
        let mut counts = vec![0_usize; self.rows() + 1];
        self.cells
            .iter()
            .for_each(|(column, _)| counts[*column as usize + 1] += 1);
        for at in 1..counts.len() {
            counts[at] += counts[at - 1];
        }
        let starts = counts.clone();
        let mut cells = vec![(0, 0.0); self.cells.len()];
        for row in 0..self.rows() {
            for (column, value) in &self.cells[self.starts[row]..self.starts[row + 1]] {
                let to = &mut counts[*column as usize];
                cells[*to] = (place(row), *value);
                *to += 1;
            }
        }
        Self { starts, cells }
    }
}
