//! What the labels of a trained model stand for in this city, and what such a model says of a message.

use domain::rules::Rules;

use super::lexis::{CategoryRow, row_of};
use domain::id::CategoryId;

/// What a trained model says of a message, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opinion {
    /// The version of the model.
    pub version: String,
    /// Labels with their calibrated probability, best first; the least probable may be left out.
    pub said: Vec<Said>,
    /// How probable it is that the first is right, 0 to 1.
    pub sureness: f64,
    /// From which sureness on the model would be acted on where this label comes first; above 1: never.
    pub threshold: f64,
}

/// One label.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Its place among the labels of the model.
    pub label: usize,
    /// 0 to 1.
    pub probability: f64,
    /// The words that spoke for it, strongest first.
    pub words: Vec<String>,
}

/// The labels of a model in this city.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// By label: the rows of the categories it stands for, the likeliest first; empty for what is lost.
    parts: Vec<Vec<usize>>,
    /// By label: the threshold of the city in place of the model's.
    thresholds: Vec<Option<f64>>,
    lost: Vec<String>,
}

impl Labels {
    /// Reads labels as the city says, or as the codes of categories.
    pub(super) fn new(rules: &Rules, labels: &[String], categories: &[CategoryRow]) -> Self {
        let classifier = &rules.bundle().triage.classifier;
        let mut found = Self::default();
        for label in labels {
            let as_code = || CategoryId::parse(label).ok().into_iter().collect::<Vec<_>>();
            let meant = classifier.labels.get(label).cloned().unwrap_or_else(as_code);
            let rows: Vec<usize> = meant.iter().filter_map(|id| row_of(categories, id)).collect();
            if rows.is_empty() {
                found.lost.push(label.clone());
            }
            let of_part = || match rows.as_slice() {
                [row] => above(categories, *row)
                    .find_map(|row| classifier.thresholds.get(categories[row].id.as_str())),
                _ => None,
            };
            found
                .thresholds
                .push(classifier.thresholds.get(label).or_else(of_part).copied());
            found.parts.push(rows);
        }
        found
    }

    /// The categories a label stands for.
    pub(super) fn parts(&self, label: usize) -> &[usize] {
        self.parts.get(label).map_or(&[], Vec::as_slice)
    }

    /// How sure the model must be of a label, where the city says so.
    pub(super) fn threshold(&self, label: usize) -> Option<f64> {
        self.thresholds.get(label).copied().flatten()
    }

    /// Whether any label stands for a row or one above it: what lies in none is not known to the model.
    pub(super) fn know(&self, categories: &[CategoryRow], row: usize) -> bool {
        self.parts.iter().any(|parts| covers(categories, parts, row))
    }

    /// Whether any label stands for anything.
    pub(super) fn know_any(&self) -> bool {
        self.parts.iter().any(|parts| !parts.is_empty())
    }

    pub(super) fn lost(&self) -> &[String] {
        &self.lost
    }
}

/// Whether a row is one of `parts` or lies below one.
pub(super) fn covers(categories: &[CategoryRow], parts: &[usize], row: usize) -> bool {
    above(categories, row).any(|one| parts.contains(&one))
}

/// A row and those above it.
pub(super) fn above(categories: &[CategoryRow], row: usize) -> impl Iterator<Item = usize> + '_ {
    std::iter::successors(Some(row), |one| categories[*one].parent)
}
