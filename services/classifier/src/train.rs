//! Training: folds for calibration first, then the model on everything.

mod answered;
mod landscape;

use std::collections::BTreeSet;

use self::answered::{Answered, Rated};
use self::landscape::Landscape;

use crate::base::Base;
use crate::dense::Dense;
use crate::embedding::Passage;
use crate::kernel;
use crate::limits::{EXAMPLES_MAX, LABELS_MAX};
use crate::measure::{Figures, Outcome};
use crate::model::Model;
use crate::number::single;
use crate::record::Example;
use crate::softmax::{Joint, Scores};
use crate::sureness::Sureness;
use crate::threshold::{Judged, Thresholds};

/// How to train.
#[derive(Debug, Clone)]
pub struct Options {
    /// The share of right answers that what is acted on should have.
    pub precision: f64,
    /// Texts, labelled or not, to learn from how words are used; without them that part of the model is left out.
    pub passages: Vec<Passage>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            precision: 0.98,
            passages: Vec::new(),
        }
    }
}

/// Why nothing could be learned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// One label, or none: nothing to tell apart.
    #[error("{0} label(s) in the messages, at least 2 are needed")]
    TooFewLabels(usize),
    /// More than [`LABELS_MAX`].
    #[error("{0} labels in the messages, at most {LABELS_MAX} are learned")]
    TooManyLabels(usize),
    /// More than [`EXAMPLES_MAX`].
    #[error("{0} messages, at most {EXAMPLES_MAX} are learned from")]
    TooManyExamples(usize),
    /// No message has a word that another has too.
    #[error("the messages have no words in common")]
    NoFeatures,
    /// A precision outside 0.5 to 0.9999.
    #[error("a precision must lie between 0.5 and 0.9999")]
    Precision,
}

/// How the training went.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every message answered by a model that was not trained on it.
    pub cross_validation: Vec<Outcome>,
    /// The messages for choosing, answered by the model.
    pub validation: Vec<Outcome>,
}

impl Report {
    /// Figures of the cross-validation.
    pub fn cross_validation_figures(&self) -> Figures {
        Figures::of(&self.cross_validation)
    }

    /// Figures of the messages for choosing; none where there are none.
    pub fn validation_figures(&self) -> Option<Figures> {
        (!self.validation.is_empty()).then(|| Figures::of(&self.validation))
    }
}

/// Scores that are kept for calibration, messages times labels: with more, every other message is judged.
const SCORES_MAX: usize = 20_000_000;

/// Learns from `examples`; chooses probabilities and thresholds by cross-validation and by `validation`, which is not
/// learned from. `progress` is told the share done, 0 to 1.
///
/// # Errors
/// When there is nothing to learn or too much.
pub fn train(
    examples: &[Example],
    validation: &[Example],
    options: &Options,
    progress: &mut dyn FnMut(f64),
) -> Result<(Model, Report), TrainError> {
    let task = Task::new(examples, options)?;
    progress(0.01);
    let landscape = Landscape::learn(&task, &options.passages);
    progress(0.2);
    let mut answered = task.cross_validate(landscape.as_ref(), &mut |share| progress(0.2 + 0.65 * share));
    let held_count = answered.len();
    let base =
        Base::train(examples, &task.all(), &task.classes, task.labels.len()).ok_or(TrainError::NoFeatures)?;
    let dense = landscape.map(Landscape::into_dense);
    progress(0.95);
    answered.extend(validation.iter().map(|example| {
        let near = dense
            .as_ref()
            .map(|dense| kernel::scores(&dense.space.nearness(&example.features), &dense.weights));
        Answered::new(example, &base, near, &task.labels)
    }));
    let (model, judged) = task.calibrate(&answered, base, dense, options);
    let cross_validation = judged
        .iter()
        .zip(&answered)
        .take(held_count)
        .map(|(judged, answered)| judged.outcome(answered, &model));
    let report = Report {
        cross_validation: cross_validation.collect(),
        validation: validation
            .iter()
            .map(|example| model.outcome(&example.features, &example.label))
            .collect(),
    };
    progress(1.0);
    Ok((model, report))
}

/// What is to be learned.
struct Task<'a> {
    examples: &'a [Example],
    /// In order.
    labels: Vec<String>,
    /// The label of each example.
    classes: Vec<usize>,
    /// The fold each example is left out with.
    folds: Vec<usize>,
    folds_count: usize,
}

impl<'a> Task<'a> {
    fn new(examples: &'a [Example], options: &Options) -> Result<Self, TrainError> {
        if !(0.5..=0.9999).contains(&options.precision) {
            return Err(TrainError::Precision);
        }
        let labels = labels(examples)?;
        let classes = examples
            .iter()
            .map(|one| place(&labels, &one.label).unwrap_or(0))
            .collect();
        // The more there is to learn, the fewer models it takes to know how well it is learned.
        let folds_count = match examples.len() * labels.len() {
            0..500_000 => 10,
            500_000..5_000_000 => 5,
            _ => 3,
        };
        let folds = examples
            .iter()
            .enumerate()
            .map(|(at, one)| fold(at, one, folds_count))
            .collect();
        Ok(Self {
            examples,
            labels,
            classes,
            folds,
            folds_count,
        })
    }

    fn all(&self) -> Vec<usize> {
        (0..self.examples.len()).collect()
    }

    /// The examples of each fold answered by a model that was trained on the others.
    fn cross_validate(
        &self,
        landscape: Option<&Landscape>,
        progress: &mut dyn FnMut(f64),
    ) -> Vec<Answered<'a>> {
        let every = (self.examples.len() * self.labels.len())
            .div_ceil(SCORES_MAX)
            .max(1);
        let mut answered: Vec<(usize, Answered<'a>)> = Vec::new();
        for fold in 0..self.folds_count {
            let (out, kept): (Vec<usize>, Vec<usize>) =
                self.all().iter().partition(|at| self.folds[**at] == fold);
            let Some(base) = Base::train(self.examples, &kept, &self.classes, self.labels.len()) else {
                continue;
            };
            let weights = landscape.map(|landscape| landscape.solve(Some(fold)));
            for at in out.into_iter().filter(|at| at % every == 0) {
                let example = &self.examples[at];
                let near = landscape.zip(weights.as_ref()).map(|(landscape, weights)| {
                    kernel::scores(&landscape.space.nearness(&example.features), weights)
                });
                answered.push((at, Answered::new(example, &base, near, &self.labels)));
            }
            progress((fold + 1) as f64 / self.folds_count as f64);
        }
        answered.sort_by_key(|(at, _)| *at);
        answered.into_iter().map(|(_, answered)| answered).collect()
    }

    /// Turns scores into probabilities, answers into sureness, sureness into thresholds.
    fn calibrate(
        self,
        answered: &[Answered<'_>],
        base: Base,
        dense: Option<Dense>,
        options: &Options,
    ) -> (Model, Vec<Rated>) {
        let labels_count = self.labels.len();
        let with_label: Vec<(&Scores, usize)> = answered
            .iter()
            .filter_map(|one| Some((&one.scores, one.class?)))
            .collect();
        let joint = Joint::fit(&with_label, labels_count);
        let mut rated: Vec<Rated> = answered.iter().map(|one| Rated::new(one, &joint)).collect();
        let sureness = Sureness::fit(
            rated.iter().map(|one| (&one.signs, one.judged.is_right)),
            labels_count,
        );
        for one in &mut rated {
            one.judged.sureness = sureness.of(&one.signs);
        }
        let judged: Vec<Judged> = rated.iter().map(|one| one.judged).collect();
        let thresholds = Thresholds::choose(&judged, labels_count, options.precision);
        let dense_scale = single(joint.scales.last().copied().unwrap_or(0.0));
        let model = Model {
            linear: base.fold(&joint.scales, &joint.biases),
            dense: dense.map(|dense| dense.scaled(dense_scale)),
            sureness,
            thresholds,
            precision: options.precision,
            trained_count: self.examples.len() as u64,
            learned_count: 0,
            version: String::new(),
            labels: self.labels,
        };
        (model.sealed(), rated)
    }
}

fn labels(examples: &[Example]) -> Result<Vec<String>, TrainError> {
    if examples.len() > EXAMPLES_MAX {
        return Err(TrainError::TooManyExamples(examples.len()));
    }
    let labels: BTreeSet<&str> = examples.iter().map(|one| one.label.as_str()).collect();
    match labels.len() {
        0 | 1 => Err(TrainError::TooFewLabels(labels.len())),
        count if count > LABELS_MAX => Err(TrainError::TooManyLabels(count)),
        _ => Ok(labels.into_iter().map(str::to_owned).collect()),
    }
}

fn place(labels: &[String], label: &str) -> Option<usize> {
    labels.binary_search_by(|known| known.as_str().cmp(label)).ok()
}

/// The fold a message is left out with: that of its group.
fn fold(at: usize, example: &Example, folds_count: usize) -> usize {
    let group = example.group.unwrap_or_else(|| text::mix64(at as u64));
    usize::try_from(text::mix64(group) % folds_count as u64).unwrap_or(0)
}
