//! What people have said of a matter stays: words never overrule the type, category or area somebody has chosen. What
//! the words suggest is settled around it.

use domain::id::{AreaId, CategoryId};
use domain::rules::Rules;
use domain::ticket::{Grade, Hold, RequestType};
use jiff::civil::Date;

use crate::suggest::routed::{barrier, candidates};
use crate::suggest::{AREA_CONFIDENCE_MIN, About, By, Scored, Suggestion};
use crate::trigger::Trigger;

/// Confidence of a chosen area that the words contradict: below [`AREA_CONFIDENCE_MIN`], so a person looks.
const CONTRADICTED: f64 = AREA_CONFIDENCE_MIN / 2.0;
/// How sure whoever has chosen is, in percent.
const CHOSEN_PERCENT: u8 = 100;

/// A ticket as triage reads it.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) version: u32,
    pub(crate) is_waiting: bool,
    pub(crate) sealed: bool,
    pub(crate) kind: RequestType,
    pub(crate) grade: Grade,
    pub(crate) category: Option<CategoryId>,
    pub(crate) area: Option<AreaId>,
    pub(crate) confidence_percent: u8,
    pub(crate) words: Texts,
}

/// What was said. Never shown.
#[derive(Clone, Default)]
pub(crate) struct Texts {
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) place: String,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Texts(…)")
    }
}

/// What somebody has chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) kind: Option<RequestType>,
    pub(crate) grade: Option<Grade>,
    pub(crate) category: Option<CategoryId>,
    pub(crate) area: Option<AreaId>,
}

impl Given {
    /// What stands on a ticket because somebody has chosen it. The type always does. Category and area do where
    /// whoever registered or classified last was sure; a grade does where it is not the ordinary one, or where a
    /// person has looked at the ticket after its registration.
    pub(crate) fn on(reading: &Reading, trigger: Option<Trigger>) -> Self {
        let is_chosen = match trigger {
            Some(Trigger::Registered | Trigger::Classified) => true,
            Some(Trigger::Returned) | None => reading.confidence_percent >= CHOSEN_PERCENT,
        };
        let is_graded = reading.grade != Grade::C || trigger == Some(Trigger::Classified);
        Self {
            kind: Some(reading.kind),
            grade: Some(reading.grade).filter(|_| is_graded),
            category: reading.category.clone().filter(|_| is_chosen),
            area: reading.area.clone().filter(|_| is_chosen),
        }
    }

    /// The suggestion with what is given in its place, and units and barrier that follow from it.
    pub(crate) fn settle(&self, mut suggestion: Suggestion, rules: &Rules, on: Date) -> Suggestion {
        if let Some(grade) = self.grade {
            suggestion.grade = certain(grade);
            suggestion.hint_hold = suggestion.hint_hold.filter(|hold| *hold != Hold::Urgent);
        }
        if self.category.is_none() && self.area.is_none() {
            return suggestion;
        }
        if let Some(category) = &self.category {
            suggestion.categories = vec![chosen_category(category, &suggestion.categories)];
            suggestion.category_hold = None;
            // Whoever has chosen what it is about has found that it is ours.
            suggestion.hint_hold = suggestion.hint_hold.filter(|hold| *hold == Hold::Urgent);
            suggestion.is_contradictory = false;
        }
        if let Some(area) = &self.area {
            suggestion.areas = vec![chosen_area(area, suggestion.areas.first(), rules)];
        }
        let kind = suggestion
            .kinds
            .first()
            .map_or(RequestType::Help, |kind| kind.value);
        let (categories, areas) = (&suggestion.categories, &suggestion.areas);
        let units = candidates(rules, categories, areas, (kind, suggestion.grade.value), on);
        suggestion.barrier = barrier(rules, categories, areas, &units, on);
        suggestion.units = units;
        suggestion
    }
}

fn certain<T>(value: T) -> Scored<T> {
    Scored {
        value,
        confidence: 1.0,
        evidence: Vec::new(),
    }
}

/// A chosen category holds; the words that speak for it are told beside it.
fn chosen_category(category: &CategoryId, found: &[About]) -> About {
    let spoken = found
        .iter()
        .find(|one| one.value.is_within(category) || category.is_within(&one.value));
    About {
        value: category.clone(),
        confidence: 1.0,
        evidence: spoken.map(|one| one.evidence.clone()).unwrap_or_default(),
        model_words: spoken.map(|one| one.model_words.clone()).unwrap_or_default(),
        by: By::Given,
    }
}

/// A chosen area holds, unless the words name another one that neither contains it nor lies in it.
fn chosen_area(area: &AreaId, found: Option<&Scored<AreaId>>, rules: &Rules) -> Scored<AreaId> {
    let agrees = |found: &Scored<AreaId>| {
        rules.areas.is_within(&found.value, area) || rules.areas.is_within(area, &found.value)
    };
    Scored {
        value: area.clone(),
        confidence: if found.is_none_or(agrees) {
            1.0
        } else {
            CONTRADICTED
        },
        evidence: found.map(|found| found.evidence.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
