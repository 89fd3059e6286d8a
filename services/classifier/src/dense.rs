//! The dense part of a model: a message as one short vector of what its words are used like, and how near that lies to some
//! hundred landmarks (Nyström's approximation of a kernel, so that the part stays linear in what it learns).

use crate::coarse::Coarse;
use crate::embedding::{Embedding, Passage, Shape};
use crate::features::Features;
use crate::kernel;
use crate::matrix::{Matrix, THREADS, dot, unit};
use crate::random::Random;

/// How vectors of words are made.
const WORDS: Shape = Shape {
    window: 8,
    dimensions: 128,
    df_min: 5,
    count_max: 15_000,
};
/// How vectors of pairs of characters are made.
const PAIRS: Shape = Shape {
    window: 8,
    dimensions: 128,
    df_min: 8,
    count_max: 20_000,
};
/// Landmarks of a model, where there are messages enough.
const LANDMARKS: usize = 1_000;
/// How often landmarks move to the middle of what is near them.
const ROUNDS: usize = 5;
/// How fast nearness falls off: `exp(2 (x·x' − 1))`.
const FALL: f32 = 2.0;
/// Fewer texts teach nothing about words.
const PASSAGES_MIN: usize = 200;

/// The dense part of a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dense {
    pub(crate) space: Space,
    /// What each landmark says for each label.
    pub(crate) weights: Matrix,
}

impl Dense {
    /// Counting `scale` times as much.
    pub(crate) fn scaled(mut self, scale: f32) -> Self {
        self.weights.cells.iter_mut().for_each(|weight| *weight *= scale);
        self
    }

    /// The score of every label.
    pub(crate) fn scores(&self, features: &Features) -> Vec<f32> {
        kernel::scores(&self.space.nearness(features), &self.weights)
    }
}

/// Where messages lie.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Space {
    pub(crate) words: Embedding,
    pub(crate) pairs: Embedding,
    /// The middle of all messages.
    pub(crate) center: Vec<f32>,
    pub(crate) landmarks: Coarse,
    /// The landmarks as they are reckoned with.
    fine: Matrix,
}

impl Space {
    /// Learns from texts; none where there are too few.
    pub(crate) fn learn(passages: &[Passage], messages: &[&Features]) -> Option<Self> {
        if passages.len() < PASSAGES_MIN || messages.len() < PASSAGES_MIN {
            return None;
        }
        let words: Vec<&[u32]> = passages.iter().map(|passage| passage.words.as_slice()).collect();
        let words = Embedding::learn(&words, WORDS);
        let pairs: Vec<&[u32]> = passages.iter().map(|passage| passage.pairs.as_slice()).collect();
        let pairs = Embedding::learn(&pairs, PAIRS);
        if words.vectors.columns == 0 || pairs.vectors.columns == 0 {
            return None;
        }
        let columns = words.vectors.columns + pairs.vectors.columns;
        let center = vec![0.0; columns];
        let mut space = Self::new(
            words,
            pairs,
            center,
            Coarse {
                columns,
                ..Coarse::default()
            },
        );
        space.center = space.middle(messages);
        let mut vectors = Matrix::zeros(messages.len(), columns);
        vectors.fill_rows(|at, row| space.place(messages[at], row));
        space.landmarks = Coarse::of(&landmarks(&vectors));
        space.fine = space.landmarks.fine();
        Some(space)
    }

    /// Of its parts.
    pub(crate) fn new(words: Embedding, pairs: Embedding, center: Vec<f32>, landmarks: Coarse) -> Self {
        let fine = landmarks.fine();
        Self {
            words,
            pairs,
            center,
            landmarks,
            fine,
        }
    }

    /// How many landmarks there are.
    pub(crate) fn width(&self) -> usize {
        self.landmarks.steps.len()
    }

    /// How near a message lies to every landmark.
    pub(crate) fn nearness(&self, features: &Features) -> Vec<f32> {
        let mut vector = vec![0.0; self.center.len()];
        self.place(features, &mut vector);
        self.near(&vector)
    }

    fn near(&self, vector: &[f32]) -> Vec<f32> {
        (0..self.width())
            .map(|at| (FALL * (dot(vector, self.fine.row(at)) - 1.0)).exp())
            .collect()
    }

    /// How near the landmarks lie to each other.
    pub(crate) fn between(&self) -> Matrix {
        let mut between = Matrix::zeros(self.width(), self.width());
        between.fill_rows(|at, row| row.copy_from_slice(&self.near(self.fine.row(at))));
        between
    }

    /// Where a message lies: its words and its pairs of characters, each of the same weight.
    fn place(&self, features: &Features, out: &mut [f32]) {
        let mut known = Vec::new();
        let (words, pairs) = out.split_at_mut(self.words.vectors.columns);
        self.words.add(&features.blocks[0], &mut known, words);
        self.pairs.add(&features.blocks[1], &mut known, pairs);
        out.iter_mut()
            .zip(&self.center)
            .for_each(|(cell, center)| *cell -= center);
        let (words, pairs) = out.split_at_mut(self.words.vectors.columns);
        for part in [words, pairs] {
            unit(part);
            part.iter_mut()
                .for_each(|cell| *cell *= std::f32::consts::FRAC_1_SQRT_2);
        }
    }

    fn middle(&self, messages: &[&Features]) -> Vec<f32> {
        let mut sums = vec![0.0; self.center.len()];
        let mut one = vec![0.0; self.center.len()];
        let mut known = Vec::new();
        for features in messages {
            one.fill(0.0);
            let (words, pairs) = one.split_at_mut(self.words.vectors.columns);
            self.words.add(&features.blocks[0], &mut known, words);
            self.pairs.add(&features.blocks[1], &mut known, pairs);
            sums.iter_mut().zip(&one).for_each(|(sum, cell)| *sum += cell);
        }
        sums.iter_mut().for_each(|sum| *sum /= messages.len() as f32);
        sums
    }
}

/// Points in the midst of the messages: k-means from messages of chance. A mean of several messages gives none away.
fn landmarks(vectors: &Matrix) -> Matrix {
    let count = LANDMARKS.min(vectors.rows() / 4).max(1);
    let mut order: Vec<usize> = (0..vectors.rows()).collect();
    Random::seeded(3).shuffle(&mut order);
    let mut found = Matrix::zeros(count, vectors.columns);
    for (at, from) in order.iter().take(count).enumerate() {
        found.row_mut(at).copy_from_slice(vectors.row(*from));
    }
    for _ in 0..ROUNDS {
        let nearest = nearest_all(vectors, &found);
        let mut next = Matrix::zeros(count, vectors.columns);
        for (at, nearest) in nearest.iter().enumerate() {
            let row = next.row_mut(*nearest);
            row.iter_mut()
                .zip(vectors.row(at))
                .for_each(|(cell, one)| *cell += one);
        }
        for at in 0..count {
            unit(next.row_mut(at));
            if next.row(at).iter().all(|cell| *cell == 0.0) {
                let kept = found.row(at).to_vec();
                next.row_mut(at).copy_from_slice(&kept);
            }
        }
        found = next;
    }
    found
}

/// The landmark nearest to each message, on some threads; each message by itself, so that they change nothing.
fn nearest_all(vectors: &Matrix, landmarks: &Matrix) -> Vec<usize> {
    let mut nearest = vec![0; vectors.rows()];
    let share = nearest.len().div_ceil(THREADS).max(1);
    std::thread::scope(|scope| {
        for (part, nearest) in nearest.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                for (at, nearest) in nearest.iter_mut().enumerate() {
                    *nearest = nearest_of(vectors.row(part * share + at), landmarks);
                }
            });
        }
    });
    nearest
}

fn nearest_of(vector: &[f32], landmarks: &Matrix) -> usize {
    let mut best = (f32::NEG_INFINITY, 0);
    for at in 0..landmarks.rows() {
        let near = dot(vector, landmarks.row(at));
        if near > best.0 {
            best = (near, at);
        }
    }
    best.1
}
