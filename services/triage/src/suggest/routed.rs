//! Who is responsible for what was found, and what place and directory say against acting on it without a person.

use domain::id::{AreaId, CategoryId, UnitId};
use domain::routing::{self, Matter};
use domain::rules::{AreaLevel, Lead, Rules};
use domain::ticket::{Grade, Hold, RequestType};
use jiff::civil::Date;

use super::{AREA_CONFIDENCE_MIN, About, Candidate, SUGGESTED_MAX, Scored};

/// The best route of each category, then further routes of the first, with different leads.
pub(crate) fn candidates(
    rules: &Rules,
    categories: &[About],
    areas: &[Scored<AreaId>],
    (kind, grade): (RequestType, Grade),
    on: Date,
) -> Vec<Candidate> {
    let area = areas.first();
    let mut found: Vec<Candidate> = Vec::with_capacity(SUGGESTED_MAX);
    let mut further: Vec<Candidate> = Vec::new();
    for (rank, category) in categories.iter().enumerate() {
        let matter = Matter {
            kind,
            grade,
            ..Matter::ordinary(&category.value, area.map(|one| &one.value), on)
        };
        let routes = routing::routes(rules, &matter);
        for (order, route) in routes.into_iter().enumerate() {
            let place = if is_local(rules, &route.lead) {
                area.map_or(0.0, |one| one.confidence)
            } else {
                1.0
            };
            let confidence = category.confidence * place;
            if order == 0 {
                found.push(Candidate { route, confidence });
            } else if rank == 0 {
                // Second choices: half as likely each, the order of the directory kept.
                further.push(Candidate {
                    route,
                    confidence: confidence / 2.0,
                });
            }
        }
    }
    found.extend(further);
    let mut leads: Vec<UnitId> = Vec::with_capacity(SUGGESTED_MAX);
    found.retain(|one| {
        let fresh = leads.len() < SUGGESTED_MAX && !leads.contains(&one.route.lead);
        if fresh {
            leads.push(one.route.lead.clone());
        }
        fresh
    });
    found
}

fn is_local(rules: &Rules, unit: &UnitId) -> bool {
    rules.units.get(unit).is_some_and(|unit| unit.area.is_some())
}

/// What place and directory say against dispatching the first category by itself.
pub(crate) fn barrier(
    rules: &Rules,
    categories: &[About],
    areas: &[Scored<AreaId>],
    units: &[Candidate],
    on: Date,
) -> Option<Hold> {
    let category = &categories.first()?.value;
    let area = areas.first();
    if area.is_some_and(|one| one.confidence < AREA_CONFIDENCE_MIN) {
        return Some(Hold::UnsureArea);
    }
    let is_known = area
        .and_then(|one| rules.areas.get(&one.value))
        .is_some_and(|one| one.level > AreaLevel::City);
    if !is_known && needs_area(rules, category, on) {
        return Some(Hold::UnknownArea);
    }
    match units.first() {
        Some(first) if !first.route.is_safety_net() => None,
        Some(_) | None => Some(Hold::NoEntry),
    }
}

/// Whether an entry of the greatest depth leads by district or street, or holds for a part of the city only: then a
/// shallower entry must not take the matter merely because the place is missing.
fn needs_area(rules: &Rules, category: &CategoryId, on: Date) -> bool {
    let covering = || {
        rules
            .bundle()
            .directory
            .iter()
            .filter(|one| one.holds_on(on) && category.is_within(&one.category))
    };
    // All that cover the category lie on one line, so the longest code is the deepest.
    let deepest = covering().map(|one| one.category.as_str().len()).max();
    covering()
        .filter(|one| Some(one.category.as_str().len()) == deepest)
        .any(|one| one.area.is_some() || !matches!(one.lead, Lead::Unit(_)))
}

/// Whether different units have the parts of a category: an entry below it leads elsewhere than its own.
pub(crate) fn is_split_below(rules: &Rules, category: &CategoryId, on: Date) -> bool {
    let directory = || rules.bundle().directory.iter().filter(|one| one.holds_on(on));
    let own = directory()
        .filter(|one| category.is_within(&one.category))
        .max_by_key(|one| one.category.as_str().len());
    directory()
        .filter(|one| one.category != *category && one.category.is_within(category))
        .any(|one| own.is_none_or(|own| own.lead != one.lead))
}
