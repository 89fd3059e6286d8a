//! The linear solver: a support vector machine with squared hinge loss, by coordinate descent on its dual, with shrinking
//! (Hsieh and others, 2008). Deterministic: its order of chance has a fixed seed.

use crate::matrix::THREADS;
use crate::number::single;
use crate::random::Random;

/// Rows of a sparse matrix.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    starts: Vec<usize>,
    places: Vec<u32>,
    values: Vec<f32>,
    /// Columns.
    pub(crate) columns: usize,
}

impl Rows {
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            starts: vec![0],
            columns,
            ..Self::default()
        }
    }

    /// Adds to the last row that is not ended.
    pub(crate) fn push(&mut self, place: u32, value: f32) {
        self.places.push(place);
        self.values.push(value);
    }

    pub(crate) fn end_row(&mut self) {
        self.starts.push(self.places.len());
    }

    /// The same rows with nothing outside some columns.
    pub(crate) fn between(&self, start: usize, end: usize) -> Self {
        let mut rows = Self::new(self.columns);
        for at in 0..self.len() {
            let (places, values) = self.row(at);
            for (place, value) in places.iter().zip(values) {
                if (start..end).contains(&(*place as usize)) {
                    rows.push(*place, *value);
                }
            }
            rows.end_row();
        }
        rows
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn row(&self, at: usize) -> (&[u32], &[f32]) {
        let range = self.starts[at]..self.starts[at + 1];
        (&self.places[range.clone()], &self.values[range])
    }

    fn dot(&self, at: usize, weights: &[f32]) -> f32 {
        let (places, values) = self.row(at);
        places
            .iter()
            .zip(values)
            .map(|(place, value)| weights[*place as usize] * value)
            .sum()
    }
}

/// How the solver works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Solver {
    /// What a mistake costs.
    pub(crate) cost: f64,
    /// When to stop.
    pub(crate) tolerance: f64,
    pub(crate) rounds_max: usize,
}

impl Solver {
    /// For every label the weights, the last one the bias, that part its rows from the others. On two threads; each label
    /// by itself, so that they change nothing.
    pub(crate) fn solve_all(&self, rows: &Rows, classes: &[usize], labels_count: usize) -> Vec<Vec<f32>> {
        let mut weights = vec![Vec::new(); labels_count];
        let share = labels_count.div_ceil(THREADS).max(1);
        std::thread::scope(|scope| {
            for (part, weights) in weights.chunks_mut(share).enumerate() {
                scope.spawn(move || {
                    for (at, weights) in weights.iter_mut().enumerate() {
                        *weights = self.solve(rows, classes, part * share + at);
                    }
                });
            }
        });
        weights
    }

    /// Weights, the last one the bias, that part the rows of a label from the others.
    fn solve(&self, rows: &Rows, classes: &[usize], label: usize) -> Vec<f32> {
        let mut weights = vec![0.0_f32; rows.columns + 1];
        let mut random = Random::seeded(label as u64);
        let diagonal = 0.5 / self.cost;
        let mut active: Vec<usize> = (0..rows.len()).collect();
        let mut alphas = vec![0.0_f64; rows.len()];
        let squares: Vec<f64> = (0..rows.len())
            .map(|at| {
                let (_, values) = rows.row(at);
                1.0 + diagonal + values.iter().map(|value| f64::from(value * value)).sum::<f64>()
            })
            .collect();
        let mut shrink_above = f64::INFINITY;
        for _ in 0..self.rounds_max {
            random.shuffle(&mut active);
            let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
            let mut at = 0;
            while at < active.len() {
                let one = active[at];
                let sign = if classes[one] == label { 1.0_f32 } else { -1.0 };
                let score = rows.dot(one, &weights) + weights[rows.columns];
                let gradient = f64::from(sign * score) - 1.0 + alphas[one] * diagonal;
                let mut projected = gradient;
                if alphas[one] == 0.0 {
                    if gradient > shrink_above {
                        active.swap_remove(at);
                        continue;
                    }
                    projected = gradient.min(0.0);
                }
                highest = highest.max(projected);
                lowest = lowest.min(projected);
                if projected.abs() > 1e-12 {
                    let old = alphas[one];
                    alphas[one] = (old - gradient / squares[one]).max(0.0);
                    let step = single(alphas[one] - old) * sign;
                    let (places, values) = rows.row(one);
                    for (place, value) in places.iter().zip(values) {
                        weights[*place as usize] += step * value;
                    }
                    weights[rows.columns] += step;
                }
                at += 1;
            }
            if highest - lowest <= self.tolerance {
                if active.len() == rows.len() {
                    break;
                }
                active = (0..rows.len()).collect();
                shrink_above = f64::INFINITY;
                continue;
            }
            shrink_above = if highest <= 0.0 { f64::INFINITY } else { highest };
        }
        weights
    }
}
