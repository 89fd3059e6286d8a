//! Model and lexicon together: the model says which part of the tree, the lexicon picks the level below inside it.
//!
//! Where they agree, the confidence is the model's probability of its label times how sure the words are of one of the
//! label's parts. Where they disagree it falls, and a person decides. Where only one speaks, that is said.

use domain::id::{CategoryId, RuleId};
use domain::ticket::Hold;

use super::labels::{Opinion, Said, above, covers};
use super::lexis::Hit;
use super::subject::Read;
use super::{CATEGORY_CONFIDENCE_MIN, Evidence, Lexis, SUGGESTED_MAX};

/// Below this probability a label is not looked at.
const PROBABILITY_MIN: f64 = 0.03;
/// From this confidence on the lexicon contradicts the model by naming another part of the tree: from where it would be sure
/// without a model.
const CONTRADICTS_MIN: f64 = super::CATEGORY_CONFIDENCE_MIN;
/// How sure the words must be, alone, of what the model has never learned: on labelled messages that no weight was set by,
/// the top category of those above it was right in 98 of 100.
const ALONE_MIN: f64 = 0.96;
/// How sure the words must be of one part of a label that stands for several.
const PART_MIN: f64 = 0.6;
/// Nothing read from text is certain.
const SUREST: f64 = 0.99;

/// What a matter may be about.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// What is suggested.
    pub value: CategoryId,
    /// 0 to 1.
    pub confidence: f64,
    /// The words of the lexicon or of a rule that speak for it, loudest first, at most eight.
    pub evidence: Vec<Evidence>,
    /// The words that spoke for it in the model, strongest first.
    pub model_words: Vec<String>,
    /// Who says so.
    pub by: By,
}

/// Who says what a matter is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The words of the lexicon alone.
    Words,
    /// The model alone.
    Model,
    /// The model says the part of the tree, the words what in it.
    Both,
    /// This rule.
    Rule(RuleId),
    /// Somebody chose it.
    Given,
}

impl By {
    /// The stable name.
    pub fn as_str(&self) -> &'static str {
        match self {
            By::Words => "words",
            By::Model => "model",
            By::Both => "both",
            By::Rule(_) => "rule",
            By::Given => "given",
        }
    }
}

/// What model and lexicon come to.
pub(super) struct Joined {
    /// Best first.
    pub(super) abouts: Vec<About>,
    /// Why the first is not sure enough to act on; none where it is.
    pub(super) hold: Option<Hold>,
}

/// A category under one or more labels of the model.
struct Candidate {
    row: usize,
    /// Of the labels that lead here, together.
    probability: f64,
    /// How sure it is of this part of the label.
    part: f64,
    /// The labels that lead here.
    labels: Vec<usize>,
    about: About,
}

impl Lexis {
    /// What model and lexicon say together.
    pub(super) fn join(&self, hits: &[Hit<'_>], opinion: Option<&Opinion>) -> Joined {
        let mass = self.masses(hits);
        let words = self.read(hits, &mass);
        // A model that knows nothing of what was written tells what is frequent, and is not heard.
        let known = opinion.filter(|one| one.sureness > 0.0 && self.labels.know_any());
        match known {
            Some(opinion) => self.with_model(hits, &mass, &words, opinion),
            None => self.words_alone(words),
        }
    }

    fn words_alone(&self, words: Vec<Read>) -> Joined {
        let hold = match words.first() {
            None => Some(Hold::UnknownCategory),
            Some(first) if first.confidence < CATEGORY_CONFIDENCE_MIN => Some(Hold::UnsureCategory),
            Some(_) => None,
        };
        let about = |read: Read| self.about(read.row, read.confidence, read.evidence, By::Words);
        Joined {
            abouts: words.into_iter().map(about).collect(),
            hold,
        }
    }

    fn with_model(&self, hits: &[Hit<'_>], mass: &[f64], words: &[Read], opinion: &Opinion) -> Joined {
        let mut found: Vec<Candidate> = Vec::new();
        for said in opinion
            .said
            .iter()
            .filter(|said| said.probability >= PROBABILITY_MIN)
        {
            let Some(candidate) = self.candidate(hits, mass, said) else {
                continue;
            };
            match found.iter_mut().find(|one| one.row == candidate.row) {
                // Two labels that lead to one category speak for it together.
                Some(one) => {
                    one.probability += candidate.probability;
                    one.labels.extend(candidate.labels);
                    one.about.confidence = surest(one.probability * one.part);
                }
                None => found.push(candidate),
            }
        }
        found.sort_by(|a, b| b.about.confidence.total_cmp(&a.about.confidence));
        let hold = self.hold(found.first(), words, opinion);
        let mut abouts: Vec<About> = Vec::with_capacity(SUGGESTED_MAX + words.len());
        for candidate in found {
            let is_new = |one: &About| !one.value.is_within(&candidate.about.value);
            if abouts.iter().all(is_new) {
                abouts.push(candidate.about);
            }
        }
        abouts.extend(self.only_in_words(words, &abouts, opinion));
        // The sort is stable: of two equally sure the model's stands first.
        abouts.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        abouts.truncate(SUGGESTED_MAX);
        let hold = match abouts.first() {
            None => Some(Hold::UnknownCategory),
            // What the model does not know of stands first.
            Some(first) if first.by == By::Words => self.hold_of_words(words, hold),
            Some(_) => hold,
        };
        Joined { abouts, hold }
    }

    fn candidate(&self, hits: &[Hit<'_>], mass: &[f64], said: &Said) -> Option<Candidate> {
        let parts = self.labels.parts(said.label);
        let (likeliest, count) = (*parts.first()?, parts.len());
        let (row, part, evidence, by) = match self.read_within(hits, mass, parts) {
            Some(read) => (read.row, read.confidence, read.evidence, By::Both),
            #[expect(clippy::cast_precision_loss, reason = "at most fifty parts")]
            None => (likeliest, 1.0 / count as f64, Vec::new(), By::Model),
        };
        let confidence = surest(said.probability * part);
        let mut about = self.about(row, confidence, evidence, by);
        about.model_words.clone_from(&said.words);
        Some(Candidate {
            row,
            probability: said.probability,
            part,
            labels: vec![said.label],
            about,
        })
    }

    /// What the words say and the model does not: less likely, the surer the model is of something else.
    fn only_in_words(&self, words: &[Read], abouts: &[About], opinion: &Opinion) -> Vec<About> {
        let is_new = |read: &&Read| {
            let id = &self.categories[read.row].id;
            abouts
                .iter()
                .all(|one| !one.value.is_within(id) && !id.is_within(&one.value))
        };
        // Of what the city no longer has, nobody can say what it would be now.
        let is_lost = opinion
            .said
            .first()
            .is_none_or(|top| self.labels.parts(top.label).is_empty());
        let about = |read: &Read| {
            let is_known = self.labels.know(&self.categories, read.row);
            let doubt = match is_known && !is_lost {
                true => opinion.sureness,
                false => opinion.sureness / 2.0,
            };
            let confidence = read.confidence * (1.0 - doubt);
            self.about(read.row, confidence, read.evidence.clone(), By::Words)
        };
        words.iter().filter(is_new).map(about).collect()
    }

    /// Why the best candidate of the model is not sure enough.
    fn hold(&self, best: Option<&Candidate>, words: &[Read], opinion: &Opinion) -> Option<Hold> {
        let (Some(best), Some(top)) = (best, opinion.said.first()) else {
            return Some(Hold::UnknownCategory);
        };
        let least = self.labels.threshold(top.label).unwrap_or(opinion.threshold);
        let is_sure = opinion.sureness >= least || best.labels.len() > 1 && best.probability >= least;
        if !is_sure || !best.labels.contains(&top.label) {
            return Some(Hold::UnsureCategory);
        }
        let parts = || {
            best.labels
                .iter()
                .flat_map(|label| self.labels.parts(*label))
                .copied()
        };
        let contradicts = |read: &&Read| {
            let parts: Vec<usize> = parts().collect();
            // Words that name only a part of the tree above the label say the same, less closely.
            let is_above = parts
                .iter()
                .any(|part| above(&self.categories, *part).any(|row| row == read.row));
            read.confidence >= CONTRADICTS_MIN && !is_above && !covers(&self.categories, &parts, read.row)
        };
        if words.first().filter(contradicts).is_some() {
            return Some(Hold::SourcesDisagree);
        }
        (best.part < PART_MIN).then_some(Hold::UnsureCategory)
    }

    /// Why the words alone are not sure enough, where they stand before all the model says.
    fn hold_of_words(&self, words: &[Read], of_model: Option<Hold>) -> Option<Hold> {
        let is_sure = |read: &Read| {
            let is_known = self.labels.know(&self.categories, read.row);
            !is_known && read.confidence >= ALONE_MIN
        };
        match (words.first().is_some_and(is_sure), of_model) {
            // The model is sure of something else.
            (_, None | Some(Hold::SourcesDisagree)) => Some(Hold::SourcesDisagree),
            (true, Some(_)) => None,
            (false, Some(_)) => Some(Hold::UnsureCategory),
        }
    }

    fn about(&self, row: usize, confidence: f64, evidence: Vec<Evidence>, by: By) -> About {
        About {
            value: self.categories[row].id.clone(),
            confidence,
            evidence,
            model_words: Vec::new(),
            by,
        }
    }
}

fn surest(confidence: f64) -> f64 {
    confidence.min(SUREST)
}
