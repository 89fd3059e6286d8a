//! Messages answered by a model that was not trained on them: what probabilities and thresholds are chosen by.

use super::place;
use crate::base::Base;
use crate::measure::Outcome;
use crate::model::{Model, ranked};
use crate::record::Example;
use crate::softmax::{Joint, Scores};
use crate::sureness::Signs;
use crate::threshold::Judged;

/// A message that was answered by a model not trained on it.
pub(super) struct Answered<'a> {
    pub(super) example: &'a Example,
    /// By every part; the dense part is the last.
    pub(super) scores: Scores,
    pub(super) known_share: f64,
    pub(super) class: Option<usize>,
}

impl<'a> Answered<'a> {
    pub(super) fn new(example: &'a Example, base: &Base, near: Option<Vec<f32>>, labels: &[String]) -> Self {
        let (mut scores, known_share) = base.scores(&example.features);
        scores.extend(near);
        Self {
            example,
            scores,
            known_share,
            class: place(labels, &example.label),
        }
    }
}

/// Such a message with its calibrated answer.
pub(super) struct Rated {
    pub(super) signs: Signs,
    pub(super) judged: Judged,
    pub(super) probability: f64,
    pub(super) is_in_two: bool,
}

impl Rated {
    pub(super) fn new(answered: &Answered<'_>, joint: &Joint) -> Self {
        let ranked = ranked(&joint.probabilities(&answered.scores));
        let (top, probability) = ranked[0];
        Self {
            signs: Signs::of(
                &ranked,
                answered.example.features.words_count,
                answered.known_share,
            ),
            judged: Judged {
                top,
                sureness: 0.0,
                is_right: Some(top) == answered.class,
            },
            probability,
            is_in_two: ranked
                .iter()
                .take(2)
                .any(|(label, _)| Some(*label) == answered.class),
        }
    }

    pub(super) fn outcome(&self, answered: &Answered<'_>, model: &Model) -> Outcome {
        Outcome {
            truth: answered.example.label.clone(),
            top: model.labels[self.judged.top].clone(),
            probability: self.probability,
            is_in_two: self.is_in_two,
            sureness: self.judged.sureness,
            is_routed: self.judged.sureness >= model.threshold_of(self.judged.top),
        }
    }
}
