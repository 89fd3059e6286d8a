//! A trained model: what a message is about, how probable, and whether that is sure enough to act on.

use crate::dense::Dense;
use crate::features::{BLOCKS, Features, Message};
use crate::linear::Linear;
use crate::measure::Outcome;
use crate::softmax::normalise;
use crate::sureness::{Signs, Sureness};
use crate::threshold::Thresholds;
use crate::vocabulary::Known;

/// A classifier that was trained. Holds numbers and hashes, no text but its labels. Cheap to ask from many threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) labels: Vec<String>,
    pub(crate) linear: Linear,
    pub(crate) dense: Option<Dense>,
    pub(crate) sureness: Sureness,
    pub(crate) thresholds: Thresholds,
    /// The precision the thresholds were chosen for.
    pub(crate) precision: f64,
    pub(crate) trained_count: u64,
    pub(crate) learned_count: u64,
    pub(crate) version: String,
}

/// What the model says about one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Every label by its number in [`Model::labels`] with its calibrated probability, best first.
    pub ranked: Vec<(usize, f64)>,
    /// How probable it is that the best is right, 0 to 1, as the second stage judges.
    pub sureness: f64,
    /// Whether that is enough to act on without a person.
    pub is_routed: bool,
}

impl Model {
    /// A short hash of all it holds: two models of one version answer alike.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The labels it knows; elsewhere they go by their place here.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The place of a label.
    pub fn label(&self, name: &str) -> Option<usize> {
        self.labels.iter().position(|label| label == name)
    }

    /// The share of right answers its thresholds were chosen for.
    pub fn precision(&self) -> f64 {
        self.precision
    }

    /// The sureness from which on answers are acted on, for all labels together.
    pub fn threshold(&self) -> f64 {
        self.thresholds.shared
    }

    /// The sureness from which on an answer with this label first is acted on; above 1: never.
    pub fn threshold_of(&self, label: usize) -> f64 {
        self.thresholds
            .labels
            .get(label)
            .copied()
            .unwrap_or(f64::INFINITY)
    }

    /// Messages it was trained on.
    pub fn trained_count(&self) -> u64 {
        self.trained_count
    }

    /// Corrections it has learned from since.
    pub fn learned_count(&self) -> u64 {
        self.learned_count
    }

    /// What a message is about.
    pub fn classify(&self, message: &Message<'_>) -> Answer {
        self.answer(&Features::of(message))
    }

    /// What a message with these features is about.
    pub fn answer(&self, features: &Features) -> Answer {
        let (known, known_share) = self.linear.known(features);
        let mut shares: Vec<f64> = self.scores(features, &known).into_iter().map(f64::from).collect();
        normalise(&mut shares);
        let ranked = ranked(&shares);
        // Nothing known is nothing to be sure of, whatever is most frequent.
        let is_blank = known.iter().all(Vec::is_empty);
        let signs = Signs::of(&ranked, features.words_count, known_share);
        let sureness = if is_blank { 0.0 } else { self.sureness.of(&signs) };
        let is_routed = ranked
            .first()
            .is_some_and(|(top, _)| sureness >= self.threshold_of(*top));
        Answer {
            ranked,
            sureness,
            is_routed,
        }
    }
}

impl Model {
    /// The logit of every label, from the features the linear part knows and the whole of them.
    pub(crate) fn scores(&self, features: &Features, known: &[Vec<Known>; BLOCKS]) -> Vec<f32> {
        let mut scores = self.linear.scores(known);
        if let Some(dense) = &self.dense {
            scores
                .iter_mut()
                .zip(dense.scores(features))
                .for_each(|(score, dense)| *score += dense);
        }
        scores
    }
}

impl Model {
    /// The answer to a message beside what it is about.
    pub fn outcome(&self, features: &Features, truth: &str) -> Outcome {
        let answer = self.answer(features);
        let name = |at: usize| {
            answer
                .ranked
                .get(at)
                .and_then(|(label, _)| self.labels.get(*label))
        };
        Outcome {
            truth: truth.to_owned(),
            top: name(0).cloned().unwrap_or_default(),
            probability: answer.ranked.first().map_or(0.0, |(_, probability)| *probability),
            is_in_two: [name(0), name(1)]
                .into_iter()
                .flatten()
                .any(|label| label == truth),
            sureness: answer.sureness,
            is_routed: answer.is_routed,
        }
    }
}

/// Labels by probability, best first; of equal ones the first in the list.
pub(crate) fn ranked(shares: &[f64]) -> Vec<(usize, f64)> {
    let mut ranked: Vec<(usize, f64)> = shares.iter().copied().enumerate().collect();
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    ranked
}
