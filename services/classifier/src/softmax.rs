//! From scores to probabilities: one softmax joins the parts of the model, fitted on messages it was not trained on.

use crate::minimise::minimise;

/// What each part of the model counts, and what each label has in advance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Joint {
    /// One for each part.
    pub(crate) scales: Vec<f64>,
    /// One for each label.
    pub(crate) biases: Vec<f64>,
}

/// A pull towards nothing: it keeps rare labels, and messages that part by themselves, from making the model too sure.
const PULL: f64 = 1e-4;

/// The scores of one message by every part: `scores[part][label]`.
pub(crate) type Scores = Vec<Vec<f32>>;

impl Joint {
    /// Fits on messages whose label is known.
    pub(crate) fn fit(messages: &[(&Scores, usize)], labels: usize) -> Self {
        let parts = messages.first().map_or(0, |(scores, _)| scores.len());
        let mut start = vec![0.0; parts + labels];
        start[..parts].fill(2.0);
        let share = 1.0 / messages.len().max(1) as f64;
        let mut logits = vec![0.0; labels];
        let found = minimise(start, 100, |at, slope| {
            let (scales, biases) = at.split_at(parts);
            let mut height = 0.0;
            for (slope, at) in slope.iter_mut().zip(at) {
                *slope = PULL * at;
                height += 0.5 * PULL * at * at;
            }
            for (scores, label) in messages {
                add(scores, scales, biases, &mut logits);
                let right = logits[*label];
                height -= share * (right - normalise(&mut logits));
                for (which, probability) in logits.iter().enumerate() {
                    let error = share * (probability - f64::from(u8::from(which == *label)));
                    slope[parts + which] += error;
                    for (part, scores) in scores.iter().enumerate() {
                        slope[part] += error * f64::from(scores[which]);
                    }
                }
            }
            height
        });
        Self {
            scales: found[..parts].to_vec(),
            biases: found[parts..].to_vec(),
        }
    }

    /// The probability of every label.
    pub(crate) fn probabilities(&self, scores: &Scores) -> Vec<f64> {
        let mut logits = vec![0.0; self.biases.len()];
        add(scores, &self.scales, &self.biases, &mut logits);
        normalise(&mut logits);
        logits
    }
}

fn add(scores: &Scores, scales: &[f64], biases: &[f64], logits: &mut [f64]) {
    logits.copy_from_slice(biases);
    for (scores, scale) in scores.iter().zip(scales) {
        for (logit, score) in logits.iter_mut().zip(scores) {
            *logit += scale * f64::from(*score);
        }
    }
}

/// Turns logits into probabilities; returns the logarithm of their sum.
pub(crate) fn normalise(logits: &mut [f64]) -> f64 {
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = (*logit - highest).exp();
        sum += *logit;
    }
    logits.iter_mut().for_each(|share| *share /= sum);
    highest + sum.ln()
}
