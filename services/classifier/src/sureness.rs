//! The second stage: is the answer right? A logistic model over how the first stage answered.

use crate::minimise::minimise;

/// What the second stage looks at, beside which label came first.
const SIGNS: usize = 6;

/// Judges answers by how far the best is ahead, how the rest is spread, and how much there was to go by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sureness {
    /// A bias and one weight for each sign.
    pub(crate) weights: [f64; SIGNS],
    /// One for each label.
    pub(crate) labels: Vec<f64>,
}

/// How the first stage answered one message.
#[derive(Debug, Clone)]
pub(crate) struct Signs {
    values: [f64; SIGNS],
    top: usize,
}

impl Signs {
    /// Of the probabilities, best first, and the words there were.
    pub(crate) fn of(ranked: &[(usize, f64)], words_count: u16, known_share: f64) -> Self {
        let share = |at: usize| {
            ranked
                .get(at)
                .map_or(1e-9, |(_, share)| share.clamp(1e-9, 1.0 - 1e-9))
        };
        let (first, second) = (share(0), share(1));
        let entropy: f64 = ranked
            .iter()
            .filter(|(_, share)| *share > 0.0)
            .map(|(_, share)| -share * share.ln())
            .sum();
        Self {
            values: [
                1.0,
                (first / (1.0 - first)).ln().clamp(-8.0, 12.0),
                (first / second).ln().clamp(0.0, 14.0),
                entropy,
                (f64::from(words_count) + 1.0).ln(),
                known_share,
            ],
            top: ranked.first().map_or(0, |(label, _)| *label),
        }
    }
}

impl Sureness {
    /// Fits on answers of which is known whether they were right.
    pub(crate) fn fit<'a>(answers: impl Iterator<Item = (&'a Signs, bool)>, labels: usize) -> Self {
        let answers: Vec<(&Signs, bool)> = answers.collect();
        let share = 1.0 / answers.len().max(1) as f64;
        let pull = 2.0 * share;
        let found = minimise(vec![0.0; SIGNS + labels], 200, |at, slope| {
            let mut height = 0.0;
            for (slope, at) in slope.iter_mut().zip(at) {
                *slope = pull * at;
                height += 0.5 * pull * at * at;
            }
            for (signs, is_right) in &answers {
                let logit = logit(at, signs);
                let signed = if *is_right { -logit } else { logit };
                height += share * softplus(signed);
                let error = share * (logistic(logit) - f64::from(u8::from(*is_right)));
                for (slope, value) in slope.iter_mut().zip(signs.values) {
                    *slope += error * value;
                }
                slope[SIGNS + signs.top] += error;
            }
            height
        });
        let mut weights = [0.0; SIGNS];
        weights.copy_from_slice(&found[..SIGNS]);
        Self {
            weights,
            labels: found[SIGNS..].to_vec(),
        }
    }

    /// How probable it is that the answer is right, 0 to 1.
    pub(crate) fn of(&self, signs: &Signs) -> f64 {
        let sum: f64 = self
            .weights
            .iter()
            .zip(signs.values)
            .map(|(weight, value)| weight * value)
            .sum();
        logistic(sum + self.labels.get(signs.top).copied().unwrap_or(0.0))
    }
}

fn logit(at: &[f64], signs: &Signs) -> f64 {
    let sum: f64 = at
        .iter()
        .zip(signs.values)
        .map(|(weight, value)| weight * value)
        .sum();
    sum + at[SIGNS + signs.top]
}

fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

fn softplus(value: f64) -> f64 {
    if value > 30.0 { value } else { value.exp().ln_1p() }
}
