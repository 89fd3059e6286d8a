//! What people have said of a matter stays: words never overrule the type, category or area somebody has chosen. What
//! the words suggest is settled around it.

use domain::id::{AreaId, CategoryId, UnitId};
use domain::routing;
use domain::rules::{AreaLevel, Lead, Rules};
use domain::ticket::{Grade, Hold, RequestType};
use jiff::civil::Date;

use crate::limits::UNITS_MAX;
use crate::suggest::{AREA_CONFIDENCE_MIN, Candidate, Scored, Suggestion};
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
        }
        if self.category.is_none() && self.area.is_none() {
            return suggestion;
        }
        if let Some(category) = &self.category {
            suggestion.categories = vec![certain(category.clone())];
        }
        if let Some(area) = &self.area {
            suggestion.areas = vec![chosen_area(area, suggestion.areas.first(), rules)];
        }
        suggestion.units = candidates(&suggestion, rules, on);
        suggestion.barrier = barrier(&suggestion, rules, on);
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

/// The best route of each category, with different leads.
fn candidates(suggestion: &Suggestion, rules: &Rules, on: Date) -> Vec<Candidate> {
    let area = suggestion.areas.first();
    let mut found: Vec<Candidate> = Vec::with_capacity(UNITS_MAX);
    for category in &suggestion.categories {
        let Some(route) = routing::route(rules, &category.value, area.map(|area| &area.value), on, None)
        else {
            continue;
        };
        if found.iter().all(|one| one.route.lead != route.lead) {
            let place = if is_local(rules, &route.lead) {
                area.map_or(0.0, |area| area.confidence)
            } else {
                1.0
            };
            found.push(Candidate {
                route,
                confidence: category.confidence * place,
            });
        }
    }
    found.truncate(UNITS_MAX);
    found
}

fn is_local(rules: &Rules, unit: &UnitId) -> bool {
    rules.units.get(unit).is_some_and(|unit| unit.area.is_some())
}

fn barrier(suggestion: &Suggestion, rules: &Rules, on: Date) -> Option<Hold> {
    let category = &suggestion.categories.first()?.value;
    let area = suggestion.areas.first();
    if area.is_some_and(|area| area.confidence < AREA_CONFIDENCE_MIN) {
        return Some(Hold::UnsureArea);
    }
    let is_known = area
        .and_then(|area| rules.areas.get(&area.value))
        .is_some_and(|area| area.level > AreaLevel::City);
    if !is_known && needs_area(rules, category, on) {
        return Some(Hold::UnknownArea);
    }
    match suggestion.units.first() {
        Some(first) if !first.route.is_safety_net() => None,
        Some(_) | None => Some(Hold::NoEntry),
    }
}

/// Whether who leads depends on the place: the deepest entries of the category lead by district or street, or hold
/// for a part of the city only.
fn needs_area(rules: &Rules, category: &CategoryId, on: Date) -> bool {
    let covering = || {
        let directory = rules.bundle().directory.iter();
        directory.filter(|entry| entry.holds_on(on) && category.is_within(&entry.category))
    };
    let depth = |category: &CategoryId| category.as_str().split('.').count();
    let deepest = covering().map(|entry| depth(&entry.category)).max();
    covering()
        .filter(|entry| Some(depth(&entry.category)) == deepest)
        .any(|entry| entry.area.is_some() || !matches!(entry.lead, Lead::Unit(_)))
}

#[cfg(test)]
mod tests;
