//! Rows of numbers in one byte each, with a scale for each row: a fourth of the room, and near enough.

use crate::matrix::Matrix;

/// A matrix whose cells are whole steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Coarse {
    pub(crate) columns: usize,
    pub(crate) cells: Vec<i8>,
    /// What a step is worth in each row.
    pub(crate) steps: Vec<f32>,
}

impl Coarse {
    /// The nearest to a matrix.
    pub(crate) fn of(matrix: &Matrix) -> Self {
        let mut coarse = Self {
            columns: matrix.columns,
            cells: Vec::new(),
            steps: Vec::new(),
        };
        for at in 0..matrix.rows() {
            let row = matrix.row(at);
            let farthest = row.iter().fold(1e-9_f32, |far, cell| far.max(cell.abs()));
            let step = farthest / 127.0;
            coarse.steps.push(step);
            coarse.cells.extend(row.iter().map(|cell| whole(cell / step)));
        }
        coarse
    }

    pub(crate) fn row(&self, at: usize) -> &[i8] {
        &self.cells[at * self.columns..(at + 1) * self.columns]
    }

    /// Adds `weight` times a row.
    pub(crate) fn add(&self, at: usize, weight: f32, out: &mut [f32]) {
        let weight = weight * self.steps[at];
        for (out, cell) in out.iter_mut().zip(self.row(at)) {
            *out += weight * f32::from(*cell);
        }
    }

    /// As a matrix again.
    pub(crate) fn fine(&self) -> Matrix {
        let mut matrix = Matrix::zeros(self.steps.len(), self.columns);
        for at in 0..self.steps.len() {
            self.add(at, 1.0, matrix.row_mut(at));
        }
        matrix
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of the target first"
)]
fn whole(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}
