//! What a message is about, where it lies and who is responsible, read from its words with the rules, and with what a
//! trained model says of it where there is one.
//!
//! Pure and linear in the length of the text: Aho-Corasick automata over the lexicon, over the words its rules need and
//! over the names of areas, then sums. No tonic, no store, no clock. Rules come first (`rulebook`, `settled`), then model
//! and lexicon together (`joined`). Start at [`Lexis::suggest`]; [`Lexis::verdict`] says whether the answer is good enough
//! to dispatch without a person.

mod admissibility;
mod joined;
mod labels;
mod lexis;
mod place;
pub(crate) mod routed;
mod rulebook;
mod settled;
mod subject;
mod takeback;
#[cfg(test)]
mod tests;

use domain::id::{AreaId, CategoryId, RuleId};
use domain::routing::Route;
use domain::rules::Rules;
use domain::ticket::{Grade, Hold, RequestType};
use jiff::civil::Date;
use places::Landmarks;
use text::normal;

pub use admissibility::Hint;
pub use joined::{About, By};
pub use labels::{Opinion, Said};
pub use lexis::Lexis;
use routed::{barrier, candidates, is_split_below};
use settled::Settled;

/// From this confidence of the category on a matter is dispatched without a person where there is no model. On labelled
/// messages that no weight was set by, the top category of those above it was right in 92 of 100.
pub const CATEGORY_CONFIDENCE_MIN: f64 = 0.82;

/// Below this confidence a place is ambiguous.
pub const AREA_CONFIDENCE_MIN: f64 = places::CLEAR_MIN;

/// How many of each are suggested.
const SUGGESTED_MAX: usize = 3;

/// Summed weight of emergency terms from which a grade is called for: one plain word or two hints.
const EMERGENCY_MIN: f64 = 5.0;

/// What every message wants a little, so that a message without any sign is a request for help 求助.
const HELP_PRIOR: f64 = 2.0;

/// From this share of all that speaks for any type on, words read a matter as a report whatever was declared.
const REPORT_MIN: f64 = 0.5;

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
    /// What confirmed tickets have taught of the city's landmarks, if anything.
    pub landmarks: Option<&'a Landmarks>,
    /// What a trained model says of it, with the labels the lexicon was compiled beside.
    pub opinion: Option<&'a Opinion>,
}

/// Something found in the text and what it adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The words; for areas with where they come from before them: `门牌 长平路120号`.
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
    /// At most three, best first; empty when nothing speaks.
    pub categories: Vec<About>,
    /// Why the first category must not be acted on without a person; none where it is sure enough.
    pub category_hold: Option<Hold>,
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
    /// Why it may not be ours at all, emergencies first, at most three.
    pub hints: Vec<Hint>,
    /// What the hints say against dispatching it without a person.
    pub hint_hold: Option<Hold>,
    /// The rules of the lexicon that match, in the order of the city.
    pub rules: Vec<RuleId>,
    /// Whether two of them say what cannot both be.
    pub is_contradictory: bool,
    /// Whether words or rules read it as a report, whatever was declared.
    pub reads_as_report: bool,
    /// The version of the model that spoke.
    pub model: Option<String>,
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
    /// What a message says. `on` is the day the directory is asked for.
    pub fn suggest(&self, rules: &Rules, input: &SuggestInput<'_>, on: Date) -> Suggestion {
        let (subject, body) = (normal(input.subject), normal(input.body));
        let hits = self.hits(&subject, &body);
        let (written, plain) = (joint(input.subject, input.body), joint(&subject, &body));
        let matched = self.rulebook.matching(&written, &plain, &self.takeback);
        let mut settled = Settled::of(&matched, rules);
        let joined = self.join(&hits, input.opinion);
        let (mut categories, mut category_hold) = (joined.abouts, joined.hold);
        if let Some(ruled) = settled.category.take() {
            categories.retain(|one| !ruled.value.is_within(&one.value));
            categories.insert(0, ruled);
            categories.truncate(SUGGESTED_MAX);
            category_hold = None;
        }
        // The model alone says a part of the tree whose parts different units have: which, nobody has said.
        if let Some(first) = categories.first().filter(|one| one.by == By::Model)
            && is_split_below(rules, &first.value, on)
        {
            category_hold = category_hold.or(Some(Hold::UnsureCategory));
        }
        let areas = self.places(input);
        let grade = settled.grade.take().unwrap_or_else(|| self.grade(&hits));
        let hints = self.hints(rules, &hits, &settled);
        let read = self.kinds(&hits);
        let reads_as_report = reads_as_report(settled.kind.as_ref(), &read);
        let kinds = kinds(input.declared_kind, settled.kind.take(), read);
        let kind = kinds.first().map_or(RequestType::Help, |kind| kind.value);
        let units = candidates(rules, &categories, &areas, (kind, grade.value), on);
        Suggestion {
            barrier: barrier(rules, &categories, &areas, &units, on),
            hint_hold: hint_hold(&hints),
            is_contradictory: settled.is_contradictory,
            rules: settled.rules,
            kinds,
            grade,
            categories,
            category_hold,
            areas,
            units,
            hints,
            reads_as_report,
            model: input.opinion.map(|one| one.version.clone()),
        }
    }

    /// Dispatches only what is ordinary (grade C), no report, not sealed, ours without doubt, sure in its category, and
    /// clear in its area or led by one unit for the whole city (domain.md, sections 3, Dispatch, and 7).
    pub fn verdict(&self, suggestion: &Suggestion, sealed: bool) -> Verdict {
        let kind = suggestion
            .kinds
            .first()
            .map_or(RequestType::Help, |kind| kind.value);
        if kind == RequestType::Report || suggestion.reads_as_report {
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
        if let Some(hold) = suggestion.hint_hold {
            return Verdict::Hold(hold);
        }
        if suggestion.is_contradictory {
            return Verdict::Hold(Hold::RulesDisagree);
        }
        let Some(category) = suggestion.categories.first() else {
            return Verdict::Hold(Hold::UnknownCategory);
        };
        if let Some(hold) = suggestion.category_hold.or(suggestion.barrier) {
            return Verdict::Hold(hold);
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

/// Subject and body as one message.
fn joint(subject: &str, body: &str) -> String {
    let mut joint = String::with_capacity(subject.len() + body.len() + 1);
    joint.push_str(subject);
    if !subject.is_empty() && !body.is_empty() {
        joint.push('\n');
    }
    joint.push_str(body);
    joint
}

/// What somebody chose stands; then what a rule settles; then what the words say.
fn kinds(
    declared: Option<RequestType>,
    ruled: Option<Scored<RequestType>>,
    read: Vec<Scored<RequestType>>,
) -> Vec<Scored<RequestType>> {
    let chosen = declared.map(|value| Scored {
        value,
        confidence: 1.0,
        evidence: Vec::new(),
    });
    match chosen.or(ruled) {
        Some(one) => vec![one],
        None => read,
    }
}

fn reads_as_report(ruled: Option<&Scored<RequestType>>, read: &[Scored<RequestType>]) -> bool {
    match (ruled, read.first()) {
        (Some(ruled), _) => ruled.value == RequestType::Report,
        (None, Some(read)) => read.value == RequestType::Report && read.confidence >= REPORT_MIN,
        (None, None) => false,
    }
}

/// A person takes an emergency at once, and says whether any other matter is ours.
fn hint_hold(hints: &[Hint]) -> Option<Hold> {
    let first = hints.first()?;
    Some(if first.is_emergency() {
        Hold::Urgent
    } else {
        Hold::Inadmissible
    })
}
