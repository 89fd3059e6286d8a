//! The dense part while it is trained: where messages lie, and what each fold says there.

use super::Task;
use crate::dense::{Dense, Space};
use crate::embedding::Passage;
use crate::features::Features;
use crate::kernel::Sums;
use crate::matrix::Matrix;

/// Messages the dense part learns from: with more, every other one.
const DENSE_EXAMPLES_MAX: usize = 20_000;

/// Where messages lie, and what each fold says there.
pub(super) struct Landscape {
    pub(super) space: Space,
    pub(super) between: Matrix,
    pub(super) folds: Vec<Sums>,
    pub(super) whole: Sums,
}

impl Landscape {
    pub(super) fn learn(task: &Task<'_>, passages: &[Passage]) -> Option<Self> {
        let every = task.examples.len().div_ceil(DENSE_EXAMPLES_MAX).max(1);
        let picked: Vec<usize> = task.all().into_iter().step_by(every).collect();
        let features: Vec<&Features> = picked.iter().map(|at| &task.examples[*at].features).collect();
        let space = Space::learn(passages, &features)?;
        let folds: Vec<Sums> = (0..task.folds_count)
            .map(|fold| {
                let own: Vec<(&Features, usize)> = picked
                    .iter()
                    .filter(|at| task.folds[**at] == fold)
                    .map(|at| (&task.examples[*at].features, task.classes[*at]))
                    .collect();
                Sums::of(&space, &own, task.labels.len())
            })
            .collect();
        let mut whole = Sums::empty(space.width(), task.labels.len());
        folds.iter().for_each(|fold| whole.add(fold));
        let between = space.between();
        Some(Self {
            space,
            between,
            folds,
            whole,
        })
    }

    /// What each landmark says for each label, a fold left out or none.
    pub(super) fn solve(&self, left_out: Option<usize>) -> Matrix {
        self.whole
            .solve(left_out.and_then(|fold| self.folds.get(fold)), &self.between)
    }

    pub(super) fn into_dense(self) -> Dense {
        let weights = self.solve(None);
        Dense {
            space: self.space,
            weights,
        }
    }
}
