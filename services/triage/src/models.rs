//! The trained model in force, and what it says of a message. Another may take its place while calls are under way.

use std::sync::{Arc, PoisonError, RwLock};

use classifier::{Message, Model};

use crate::limits::{EVIDENCE_WORDS_MAX, OPINIONS_MAX};
use crate::suggest::{Opinion, Said};

/// Labels less probable than this are not told.
const PROBABILITY_MIN: f64 = 0.01;

/// Holds the model in force.
#[derive(Default)]
pub(crate) struct Models {
    current: RwLock<Option<Arc<Model>>>,
}

impl Models {
    /// Begins with a model, or with none.
    pub(crate) fn new(model: Option<Arc<Model>>) -> Self {
        Self {
            current: RwLock::new(model),
        }
    }

    /// The model in force, if there is one.
    pub(crate) fn current(&self) -> Option<Arc<Model>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Another one takes its place, for whoever asks from now on.
    pub(crate) fn put(&self, model: Arc<Model>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(model);
    }
}

/// What a model says of a message, with the words that spoke for as many of its labels as are `explained`.
pub fn opinion(model: &Model, message: &Message<'_>, explained: usize) -> Opinion {
    let answer = model.classify(message);
    let likely = answer
        .ranked
        .iter()
        .filter(|(_, probability)| *probability >= PROBABILITY_MIN);
    let said = likely
        .take(OPINIONS_MAX)
        .enumerate()
        .map(|(rank, (label, probability))| Said {
            label: *label,
            probability: *probability,
            words: match rank < explained {
                true => words_for(model, message, *label),
                false => Vec::new(),
            },
        });
    Opinion {
        version: model.version().to_owned(),
        said: said.collect(),
        sureness: answer.sureness,
        threshold: answer
            .ranked
            .first()
            .map_or(f64::INFINITY, |(top, _)| model.threshold_of(*top)),
    }
}

/// The words that spoke most for a label.
pub(crate) fn words_for(model: &Model, message: &Message<'_>, label: usize) -> Vec<String> {
    let spoken = model.words_for(message, label, EVIDENCE_WORDS_MAX);
    spoken.into_iter().map(|(word, _)| word).collect()
}
