//! Dense matrices: as much of linear algebra as the embeddings and the kernel need, in a fixed order of summation.

use crate::random::Random;

/// Rows of equal length, one after the other.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Matrix {
    pub(crate) columns: usize,
    pub(crate) cells: Vec<f32>,
}

/// Threads that share rows or labels. What they do does not depend on how many they are.
pub(crate) const THREADS: usize = 2;

impl Matrix {
    pub(crate) fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            columns,
            cells: vec![0.0; rows * columns],
        }
    }

    /// Cells of chance.
    pub(crate) fn of_chance(rows: usize, columns: usize, seed: u64) -> Self {
        let mut random = Random::seeded(seed);
        Self {
            columns,
            cells: (0..rows * columns).map(|_| random.symmetric()).collect(),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    pub(crate) fn row(&self, at: usize) -> &[f32] {
        &self.cells[at * self.columns..(at + 1) * self.columns]
    }

    pub(crate) fn row_mut(&mut self, at: usize) -> &mut [f32] {
        &mut self.cells[at * self.columns..(at + 1) * self.columns]
    }

    pub(crate) fn transposed(&self) -> Self {
        let mut out = Self::zeros(self.columns, self.rows());
        for at in 0..self.rows() {
            for (column, cell) in self.row(at).iter().enumerate() {
                out.cells[column * out.columns + at] = *cell;
            }
        }
        out
    }

    /// Fills every row by itself, on some threads; the outcome does not depend on how many.
    pub(crate) fn fill_rows(&mut self, fill: impl Fn(usize, &mut [f32]) + Sync) {
        let columns = self.columns.max(1);
        let share = self.rows().div_ceil(THREADS).max(1);
        std::thread::scope(|scope| {
            for (part, rows) in self.cells.chunks_mut(share * columns).enumerate() {
                let fill = &fill;
                scope.spawn(move || {
                    for (at, row) in rows.chunks_mut(columns).enumerate() {
                        fill(part * share + at, row);
                    }
                });
            }
        });
    }

    /// The products of all pairs of columns: `selfᵀ · self`.
    pub(crate) fn gram(&self) -> Self {
        let columns = self.transposed();
        let mut out = Self::zeros(self.columns, self.columns);
        out.fill_rows(|at, row| {
            for (other, cell) in row.iter_mut().enumerate().take(at + 1) {
                *cell = dot(columns.row(at), columns.row(other));
            }
        });
        for at in 0..out.columns {
            for other in at + 1..out.columns {
                out.cells[at * out.columns + other] = out.cells[other * out.columns + at];
            }
        }
        out
    }

    /// Makes the columns of unit length and square to each other; those that vanish become zero.
    pub(crate) fn orthonormal(self) -> Self {
        let mut columns = self.transposed();
        for at in 0..columns.rows() {
            let (before, rest) = columns.cells.split_at_mut(at * columns.columns);
            let one = &mut rest[..columns.columns];
            // Twice is enough.
            for _ in 0..2 {
                for other in before.chunks(columns.columns) {
                    let share = dot(one, other);
                    one.iter_mut()
                        .zip(other)
                        .for_each(|(cell, other)| *cell -= share * other);
                }
            }
            unit(one);
        }
        columns.transposed()
    }
}

/// The product of two rows, eight sums side by side.
pub(crate) fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    let (ones, others) = (one.chunks_exact(16), other.chunks_exact(16));
    let rest: f32 = ones
        .remainder()
        .iter()
        .zip(others.remainder())
        .map(|(one, other)| one * other)
        .sum();
    for (one, other) in ones.zip(others) {
        for ((sum, one), other) in sums.iter_mut().zip(one).zip(other) {
            *sum += one * other;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Scales a row to length 1; a row of nothing stays one.
pub(crate) fn unit(row: &mut [f32]) {
    let square = dot(row, row);
    if square > 1e-12 {
        let scale = 1.0 / square.sqrt();
        row.iter_mut().for_each(|cell| *cell *= scale);
    } else {
        row.fill(0.0);
    }
}

/// Eigenvalues and eigenvectors (as rows) of a symmetric matrix, greatest first: Jacobi's rotations.
pub(crate) fn eigen(matrix: &Matrix) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = matrix.columns;
    let mut a: Vec<f64> = matrix.cells.iter().map(|cell| f64::from(*cell)).collect();
    let mut v: Vec<Vec<f64>> = (0..n)
        .map(|at| (0..n).map(|to| f64::from(u8::from(at == to))).collect())
        .collect();
    for _ in 0..12 {
        let off: f64 = (0..n)
            .flat_map(|p| (0..p).map(move |q| (p, q)))
            .map(|(p, q)| a[p * n + q].powi(2))
            .sum();
        let whole: f64 = a.iter().map(|cell| cell * cell).sum();
        if off <= 1e-14 * whole {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut v, n, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|one, other| a[other * n + other].total_cmp(&a[one * n + one]));
    (
        order.iter().map(|at| a[at * n + at]).collect(),
        order.into_iter().map(|at| std::mem::take(&mut v[at])).collect(),
    )
}

fn rotate(a: &mut [f64], v: &mut [Vec<f64>], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq.abs() < 1e-300 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..n {
        let (akp, akq) = (a[k * n + p], a[k * n + q]);
        a[k * n + p] = c * akp - s * akq;
        a[k * n + q] = s * akp + c * akq;
    }
    for k in 0..n {
        let (apk, aqk) = (a[p * n + k], a[q * n + k]);
        a[p * n + k] = c * apk - s * aqk;
        a[q * n + k] = s * apk + c * aqk;
    }
    let (low, high) = v.split_at_mut(q);
    for (vp, vq) in low[p].iter_mut().zip(&mut high[0]) {
        let (one, other) = (*vp, *vq);
        *vp = c * one - s * other;
        *vq = s * one + c * other;
    }
}

/// Solves `matrix · x = right` for a symmetric positive matrix and several right sides (rows of `right` go with rows of the
/// matrix): Cholesky's factors.
pub(crate) fn solve_positive(matrix: &Matrix, right: &Matrix) -> Matrix {
    let n = matrix.columns;
    let mut l = matrix.cells.clone();
    for at in 0..n {
        for to in 0..=at {
            let (before, rest) = l.split_at_mut(at * n);
            let row = &mut rest[..n];
            let other = if to == at {
                &row[..to]
            } else {
                &before[to * n..to * n + to]
            };
            let sum = row[to] - dot(&row[..to], other);
            row[to] = if to == at {
                sum.max(1e-6).sqrt()
            } else {
                sum / before[to * n + to]
            };
        }
    }
    let mut x = right.clone();
    let columns = x.columns;
    for at in 0..n {
        for to in 0..at {
            let factor = l[at * n + to];
            let (before, rest) = x.cells.split_at_mut(at * columns);
            rest[..columns]
                .iter_mut()
                .zip(&before[to * columns..])
                .for_each(|(cell, done)| *cell -= factor * done);
        }
        let over = l[at * n + at];
        x.row_mut(at).iter_mut().for_each(|cell| *cell /= over);
    }
    for at in (0..n).rev() {
        for to in at + 1..n {
            let factor = l[to * n + at];
            let (before, rest) = x.cells.split_at_mut(to * columns);
            before[at * columns..(at + 1) * columns]
                .iter_mut()
                .zip(&rest[..columns])
                .for_each(|(cell, done)| *cell -= factor * done);
        }
        let over = l[at * n + at];
        x.row_mut(at).iter_mut().for_each(|cell| *cell /= over);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvectors_are_turned_and_not_bent() {
        let chance = Matrix::of_chance(30, 8, 5);
        let gram = chance.gram();
        let (values, vectors) = eigen(&gram);
        assert!(values.is_sorted_by(|one, next| one >= next) && values[7] > 0.0);
        for (value, vector) in values.iter().zip(&vectors) {
            for at in 0..8 {
                let image: f64 = gram
                    .row(at)
                    .iter()
                    .zip(vector)
                    .map(|(cell, v)| f64::from(*cell) * v)
                    .sum();
                assert!((image - value * vector[at]).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn a_positive_system_is_solved() {
        let gram = Matrix::of_chance(40, 12, 6).gram();
        let right = Matrix::of_chance(12, 3, 7);
        let x = solve_positive(&gram, &right);
        for at in 0..12 {
            for column in 0..3 {
                let back: f32 = (0..12).map(|to| gram.row(at)[to] * x.row(to)[column]).sum();
                assert!((back - right.row(at)[column]).abs() < 1e-2, "{back}");
            }
        }
    }

    #[test]
    fn columns_are_made_square_to_each_other() {
        let square = Matrix::of_chance(50, 6, 8).orthonormal().gram();
        for at in 0..6 {
            for to in 0..6 {
                let wanted = if at == to { 1.0 } else { 0.0 };
                assert!((square.row(at)[to] - wanted).abs() < 1e-4);
            }
        }
    }
}
