//! Learning over landmarks: ridge regression on how near messages lie to them. The sums it needs can be added up by folds, so
//! that leaving a fold out costs a subtraction.

use crate::dense::Space;
use crate::features::Features;
use crate::matrix::{Matrix, solve_positive};

/// How strongly smooth answers are preferred.
const SMOOTH: f32 = 0.3;

/// Kept off zero, so that the factors exist.
const JITTER: f32 = 1e-3;

/// What some messages say: products of nearnesses, and of nearness and label.
pub(crate) struct Sums {
    gram: Matrix,
    right: Matrix,
}

impl Sums {
    /// Of no messages.
    pub(crate) fn empty(width: usize, labels_count: usize) -> Self {
        Self {
            gram: Matrix::zeros(width, width),
            right: Matrix::zeros(width, labels_count),
        }
    }

    /// Of some messages, each with its label.
    pub(crate) fn of(space: &Space, messages: &[(&Features, usize)], labels_count: usize) -> Self {
        let mut near = Matrix::zeros(messages.len(), space.width());
        near.fill_rows(|at, row| row.copy_from_slice(&space.nearness(messages[at].0)));
        let mut right = Matrix::zeros(space.width(), labels_count);
        let columns = near.transposed();
        right.fill_rows(|landmark, row| {
            for ((_, label), near) in messages.iter().zip(columns.row(landmark)) {
                // 1 for the label, -1 for the others: the whole once below, the label twice back.
                row[*label] += 2.0 * near;
            }
            let whole: f32 = columns.row(landmark).iter().sum();
            row.iter_mut().for_each(|cell| *cell -= whole);
        });
        Self {
            gram: near.gram(),
            right,
        }
    }

    /// Adds what others say.
    pub(crate) fn add(&mut self, other: &Self) {
        self.gram
            .cells
            .iter_mut()
            .zip(&other.gram.cells)
            .for_each(|(cell, other)| *cell += other);
        self.right
            .cells
            .iter_mut()
            .zip(&other.right.cells)
            .for_each(|(cell, other)| *cell += other);
    }

    /// What each landmark says for each label, by `self` without `left_out`.
    pub(crate) fn solve(&self, left_out: Option<&Self>, between: &Matrix) -> Matrix {
        let mut gram = self.gram.clone();
        let mut right = self.right.clone();
        if let Some(out) = left_out {
            gram.cells
                .iter_mut()
                .zip(&out.gram.cells)
                .for_each(|(cell, out)| *cell -= out);
            right
                .cells
                .iter_mut()
                .zip(&out.right.cells)
                .for_each(|(cell, out)| *cell -= out);
        }
        gram.cells
            .iter_mut()
            .zip(&between.cells)
            .for_each(|(cell, between)| *cell += SMOOTH * between);
        for at in 0..gram.columns {
            gram.row_mut(at)[at] += JITTER;
        }
        solve_positive(&gram, &right)
    }
}

/// The score of every label: nearness times what each landmark says.
pub(crate) fn scores(near: &[f32], weights: &Matrix) -> Vec<f32> {
    let mut scores = vec![0.0; weights.columns];
    for (at, near) in near.iter().enumerate() {
        for (score, weight) in scores.iter_mut().zip(weights.row(at)) {
            *score += near * weight;
        }
    }
    scores
}
