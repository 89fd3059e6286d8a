//! Learning from corrections, one at a time: a shadow of the model moves, the model itself stays as it is.

use crate::features::Features;
use crate::linear::Linear;
use crate::model::Model;

/// By how much more probable the right label is to be than the best wrong one, as a difference of logits.
const MARGIN: f32 = 1.0;

/// The farthest one correction moves that difference, so that one mistaken correction spoils little.
const MOVE_MAX: f32 = 2.0;

/// A copy of a model that learns. The same corrections in the same order give the same model.
#[derive(Debug, Clone)]
pub struct Shadow {
    model: Model,
}

/// What came of one correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lesson {
    /// The shadow was right already, and clearly.
    Known,
    /// The shadow has moved towards the right label.
    Learned,
    /// The model has no such label: only training anew can bring it.
    UnknownLabel,
    /// The message has nothing the model knows.
    Blank,
}

impl Shadow {
    /// A shadow of a model.
    pub fn of(model: &Model) -> Self {
        Self { model: model.clone() }
    }

    /// Learns that a message with these features is about `right`.
    pub fn learn(&mut self, features: &Features, right: &str) -> Lesson {
        let Some(right) = self.model.label(right) else {
            return Lesson::UnknownLabel;
        };
        let (known, _) = self.model.linear.known(features);
        if known.iter().all(Vec::is_empty) {
            return Lesson::Blank;
        }
        let scores = self.model.scores(features, &known);
        let wrong = (0..scores.len())
            .filter(|label| *label != right)
            .max_by(|one, other| scores[*one].total_cmp(&scores[*other]).then(other.cmp(one)));
        let Some(wrong) = wrong else { return Lesson::Known };
        let lack = MARGIN - (scores[right] - scores[wrong]);
        if lack <= 0.0 {
            return Lesson::Known;
        }
        // Passive-aggressive: just as far as is needed, shared by the two labels, with a cap.
        let by = lack.min(MOVE_MAX) / (2.0 * Linear::square(&known));
        self.model.linear.shift(&known, right, by);
        self.model.linear.shift(&known, wrong, -by);
        self.model.learned_count += 1;
        Lesson::Learned
    }

    /// The shadow as it answers now; its version is still that of the model it was taken from.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The shadow as a model of its own, with a version of its own.
    pub fn into_model(self) -> Model {
        self.model.sealed()
    }
}

impl Model {
    /// The share of messages whose best label is the one told, 0 to 1; 1 where there are none. A label the model does not
    /// know counts as wrong.
    pub fn agreement<'a>(&self, items: impl IntoIterator<Item = (&'a Features, &'a str)>) -> f64 {
        let (mut right, mut count) = (0_u64, 0_u64);
        for (features, label) in items {
            let answer = self.answer(features);
            let top = answer.ranked.first().and_then(|(top, _)| self.labels.get(*top));
            right += u64::from(top.is_some_and(|top| top == label));
            count += 1;
        }
        if count == 0 {
            1.0
        } else {
            right as f64 / count as f64
        }
    }
}
