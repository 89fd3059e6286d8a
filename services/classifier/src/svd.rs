//! The main directions of a great sparse matrix, found by chance with a fixed seed (Halko and others, 2011).

use crate::matrix::{Matrix, dot, eigen};
use crate::near::Near;
use crate::number::single;

/// More directions than are asked for are tried, so that those that are asked for come out well.
const MORE: usize = 16;

/// How often chance is driven through the matrix to sharpen the directions.
const ROUNDS: usize = 2;

/// For each row of the matrix its share in the `dimensions` main directions, each scaled by the root of its weight.
pub(crate) fn vectors(near: &Near, dimensions: usize) -> Matrix {
    let back = near.transposed();
    let wide = (dimensions + MORE).min(near.rows());
    let mut q = near.times(&Matrix::of_chance(near.rows(), wide, 1)).orthonormal();
    for _ in 0..ROUNDS {
        let p = back.times(&q).orthonormal();
        q = near.times(&p).orthonormal();
    }
    // B = Qᵀ M; its left vectors by the eigenvectors of B Bᵀ.
    let b = back.times(&q);
    let (values, left) = eigen(&b.gram());
    let kept = dimensions.min(values.len());
    let mut out = Matrix::zeros(near.rows(), kept);
    let turn = Matrix {
        columns: wide,
        cells: (0..kept)
            .flat_map(|at| {
                let scale = values[at].max(0.0).sqrt().sqrt();
                left[at].iter().map(move |cell| single(cell * scale))
            })
            .collect(),
    };
    out.fill_rows(|at, row| {
        for (to, cell) in row.iter_mut().enumerate() {
            *cell = dot(q.row(at), turn.row(to));
        }
    });
    out
}
