//! What a message is about, where it lies and who is responsible, read from its words with the rules alone.
//!
//! Pure and linear in the length of the text: two Aho-Corasick automata, one over the lexicon and one over the names of
//! areas, then sums. No tonic, no store, no clock. Start at [`Lexis::suggest`]; [`Lexis::verdict`] says whether the
//! answer is good enough to dispatch without a person.

mod lexis;
mod place;
mod subject;
#[cfg(test)]
mod tests;

use domain::id::{AreaId, CategoryId, UnitId};
use domain::routing::{self, Route};
use domain::rules::{AreaLevel, Lead, Rules};
use domain::ticket::{Grade, Hold, RequestType};
use jiff::civil::Date;

pub use lexis::Lexis;

/// From this confidence of the category on a matter is dispatched without a person. On labelled messages that no weight
/// was set by, the top category of those above it was right in 92 of 100.
pub const CATEGORY_CONFIDENCE_MIN: f64 = 0.82;

/// Below this confidence a place is ambiguous.
pub const AREA_CONFIDENCE_MIN: f64 = 0.5;

/// How many of each are suggested.
const SUGGESTED_MAX: usize = 3;

/// Summed weight of emergency terms from which a grade is called for: one plain word or two hints.
const EMERGENCY_MIN: f64 = 5.0;

/// What every message wants a little, so that a message without any sign is a request for help 求助.
const HELP_PRIOR: f64 = 2.0;

/// A message as it arrives.
#[derive(Debug, Clone, Default)]
pub struct SuggestInput<'a> {
    /// 标题.
    pub subject: &'a str,
    /// 正文.
    pub body: &'a str,
    /// 事发地点, in words.
    pub place: &'a str,
    /// The request type the resident or operator chose, if any: taken as it is.
    pub declared_kind: Option<RequestType>,
    /// The area that was chosen or that an import's alias file gives, if any: weighed against the words.
    pub declared_area: Option<AreaId>,
}

/// Something found in the text and what it adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The words, or the code of a declared area.
    pub text: String,
    /// How often, those in the subject counted twice; for areas also those in the place three times.
    pub count: u32,
    /// How loudly it speaks each time, 1 to 10; areas: 1.
    pub weight: u8,
}

/// A value, how sure it is, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored<T> {
    /// What is suggested.
    pub value: T,
    /// 0 to 1.
    pub confidence: f64,
    /// What speaks for it, loudest first, at most eight.
    pub evidence: Vec<Evidence>,
}

/// A unit that may be responsible.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The lead, the co units, the entry and its basis.
    pub route: Route,
    /// 0 to 1: the category's, times the area's where the area decides who leads.
    pub confidence: f64,
}

/// Everything that is suggested for a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// At most three, best first; empty when no word of the lexicon speaks.
    pub categories: Vec<Scored<CategoryId>>,
    /// At most three, best first; never empty.
    pub kinds: Vec<Scored<RequestType>>,
    /// A, B or C. D is for people to say.
    pub grade: Scored<Grade>,
    /// At most three, best first.
    pub areas: Vec<Scored<AreaId>>,
    /// At most three with different leads, best first.
    pub units: Vec<Candidate>,
    /// Why the first candidate must not be taken without a person, as far as place and directory go.
    pub barrier: Option<Hold>,
}

/// Whether a message is dispatched without a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is, like this.
    Dispatch {
        /// What it is about.
        category: CategoryId,
        /// Where it lies, if known.
        area: Option<AreaId>,
        /// What is wanted.
        kind: RequestType,
        /// Always C.
        grade: Grade,
        /// Who leads, who helps, and why.
        route: Route,
        /// Of the first candidate, 0 to 1.
        confidence: f64,
    },
    /// It waits for a triager.
    Hold(Hold),
}

impl Lexis {
    /// What the words of a message say. `on` is the day the directory is asked for.
    pub fn suggest(&self, rules: &Rules, input: &SuggestInput<'_>, on: Date) -> Suggestion {
        let hits = self.hits(input.subject, input.body);
        let categories = self.categories(&hits);
        let areas = self.places(rules, input);
        let units = candidates(rules, &categories, &areas, on);
        let barrier = barrier(rules, &categories, &areas, &units, on);
        Suggestion {
            kinds: self.kinds(&hits, input.declared_kind),
            grade: self.grade(&hits),
            categories,
            areas,
            units,
            barrier,
        }
    }

    /// Dispatches only what is ordinary (grade C), no report, not sealed, sure in its category, and clear in its area
    /// or led by one unit for the whole city (domain.md, section 3, Dispatch).
    pub fn verdict(&self, suggestion: &Suggestion, sealed: bool) -> Verdict {
        let kind = suggestion
            .kinds
            .first()
            .map_or(RequestType::Help, |kind| kind.value);
        if kind == RequestType::Report {
            return Verdict::Hold(Hold::Report);
        }
        if sealed {
            return Verdict::Hold(Hold::Sealed);
        }
        match suggestion.grade.value {
            Grade::A | Grade::B => return Verdict::Hold(Hold::Urgent),
            Grade::D => return Verdict::Hold(Hold::Difficult),
            Grade::C => {}
        }
        let Some(category) = suggestion.categories.first() else {
            return Verdict::Hold(Hold::UnknownCategory);
        };
        if category.confidence < CATEGORY_CONFIDENCE_MIN {
            return Verdict::Hold(Hold::UnsureCategory);
        }
        if let Some(barrier) = suggestion.barrier {
            return Verdict::Hold(barrier);
        }
        let Some(unit) = suggestion.units.first() else {
            return Verdict::Hold(Hold::NoEntry);
        };
        Verdict::Dispatch {
            category: category.value.clone(),
            area: suggestion.areas.first().map(|area| area.value.clone()),
            kind,
            grade: Grade::C,
            route: unit.route.clone(),
            confidence: unit.confidence,
        }
    }
}

/// The best route of each category, then further routes of the first, with different leads.
fn candidates(
    rules: &Rules,
    categories: &[Scored<CategoryId>],
    areas: &[Scored<AreaId>],
    on: Date,
) -> Vec<Candidate> {
    let area = areas.first();
    let mut found: Vec<Candidate> = Vec::with_capacity(SUGGESTED_MAX);
    let mut further: Vec<Candidate> = Vec::new();
    for (rank, category) in categories.iter().enumerate() {
        let routes = routing::routes(rules, &category.value, area.map(|one| &one.value), on, None);
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
fn barrier(
    rules: &Rules,
    categories: &[Scored<CategoryId>],
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
