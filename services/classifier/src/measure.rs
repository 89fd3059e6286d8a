//! How good: figures over messages whose label is known.

use std::collections::BTreeMap;

/// Bins of the calibration error.
const BINS: usize = 15;

/// One answer beside the truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What a person said.
    pub truth: String,
    /// The model's best.
    pub top: String,
    /// Its probability.
    pub probability: f64,
    /// Whether the truth is among the best two.
    pub is_in_two: bool,
    /// How sure the second stage was.
    pub sureness: f64,
    /// Whether it was acted on.
    pub is_routed: bool,
}

impl Outcome {
    /// Whether the model's best is the truth.
    pub fn is_right(&self) -> bool {
        self.truth == self.top
    }
}

/// The figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Messages.
    pub count: usize,
    /// The share whose best label is right.
    pub accuracy: f64,
    /// The mean of [`Figures::per_label_f1`].
    pub macro_f1: f64,
    /// The share with the right label among the best two.
    pub top2_accuracy: f64,
    /// The calibration error: how far probability and share of right answers lie apart, in the mean.
    pub ece: f64,
    /// The share that was acted on.
    pub routed_share: f64,
    /// The share of those that is right; 1 where there are none.
    pub routed_precision: f64,
    /// By label, of all that occur as truth or answer.
    pub per_label_f1: BTreeMap<String, f64>,
}

impl Figures {
    /// Of some outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        let share = |count: usize, of: usize| if of == 0 { 1.0 } else { count as f64 / of as f64 };
        let count_where = |is: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|one| is(one)).count();
        let routed = count_where(&|one| one.is_routed);
        let per_label_f1 = per_label_f1(outcomes);
        Self {
            count: outcomes.len(),
            accuracy: share(count_where(&Outcome::is_right), outcomes.len()),
            macro_f1: per_label_f1.values().sum::<f64>() / per_label_f1.len().max(1) as f64,
            top2_accuracy: share(count_where(&|one| one.is_in_two), outcomes.len()),
            ece: ece(outcomes),
            routed_share: routed as f64 / outcomes.len().max(1) as f64,
            routed_precision: share(count_where(&|one| one.is_routed && one.is_right()), routed),
            per_label_f1,
        }
    }
}

fn per_label_f1(outcomes: &[Outcome]) -> BTreeMap<String, f64> {
    // Right, answered, true.
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for one in outcomes {
        counts.entry(&one.top).or_default()[1] += 1;
        counts.entry(&one.truth).or_default()[2] += 1;
        counts.entry(&one.truth).or_default()[0] += usize::from(one.is_right());
    }
    let f1 = |[right, answered, truth]: [usize; 3]| 2.0 * right as f64 / (answered + truth) as f64;
    counts
        .into_iter()
        .map(|(label, counts)| (label.to_owned(), f1(counts)))
        .collect()
}

fn ece(outcomes: &[Outcome]) -> f64 {
    let mut bins = [(0.0, 0.0, 0_usize); BINS];
    for one in outcomes {
        let at = (0..BINS - 1)
            .find(|at| one.probability < (at + 1) as f64 / BINS as f64)
            .unwrap_or(BINS - 1);
        bins[at].0 += one.probability;
        bins[at].1 += f64::from(u8::from(one.is_right()));
        bins[at].2 += 1;
    }
    let apart: f64 = bins
        .iter()
        .map(|(probability, right, _)| (probability - right).abs())
        .sum();
    apart / outcomes.len().max(1) as f64
}

/// A point of the curve of coverage and precision: what acting on this share, the surest first, is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// The share that is acted on.
    pub coverage: f64,
    /// The share of those that is right.
    pub precision: f64,
    /// The sureness from which on.
    pub sureness: f64,
}

/// The curve of coverage and precision, at most `points` points, the surest first.
pub fn curve(outcomes: &[Outcome], points: usize) -> Vec<CurvePoint> {
    let mut sorted: Vec<&Outcome> = outcomes.iter().collect();
    sorted.sort_by(|one, other| other.sureness.total_cmp(&one.sureness));
    let every = sorted.len().div_ceil(points.max(1)).max(1);
    let mut right = 0;
    let mut curve = Vec::new();
    for (at, one) in sorted.iter().enumerate() {
        right += usize::from(one.is_right());
        if (at + 1) % every == 0 || at + 1 == sorted.len() {
            curve.push(CurvePoint {
                coverage: (at + 1) as f64 / sorted.len() as f64,
                precision: f64::from(u32::try_from(right).unwrap_or(u32::MAX)) / (at + 1) as f64,
                sureness: one.sureness,
            });
        }
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(truth: &str, top: &str, probability: f64, is_routed: bool) -> Outcome {
        Outcome {
            truth: truth.to_owned(),
            top: top.to_owned(),
            probability,
            is_in_two: true,
            sureness: probability,
            is_routed,
        }
    }

    #[test]
    fn figures_are_those_of_the_books() {
        let outcomes = [
            outcome("a", "a", 0.9, true),
            outcome("a", "b", 0.6, false),
            outcome("b", "b", 0.9, true),
            outcome("c", "b", 0.9, true),
        ];
        let figures = Figures::of(&outcomes);
        assert!((figures.accuracy - 0.5).abs() < 1e-9);
        // a: 2·1/(1+2), b: 2·1/(3+1), c: 0.
        assert!((figures.macro_f1 - (2.0 / 3.0 + 0.5) / 3.0).abs() < 1e-9);
        // Three answers of 0.9 of which two are right, one of 0.6 that is wrong.
        assert!((figures.ece - ((2.7 - 2.0) + 0.6) / 4.0).abs() < 1e-9);
        assert!((figures.routed_share - 0.75).abs() < 1e-9);
        assert!((figures.routed_precision - 2.0 / 3.0).abs() < 1e-9);
    }
}
