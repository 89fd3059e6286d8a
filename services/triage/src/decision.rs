//! From a verdict to the one command it means.

use domain::id::{EntryId, UnitId};
use domain::ticket::{AreaSource, CO_LEGS_MAX, Classify, Grade, Hold, Support};

use crate::given::{Given, Reading};
use crate::limits::{EVIDENCE_CHARS_MAX, EVIDENCE_WORDS_MAX};
use crate::suggest::{Evidence, Suggestion, Verdict};

/// What is done about a ticket.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Decision {
    /// Dispatched, with what was found out in the same commit.
    Dispatch {
        lead: UnitId,
        co: Vec<UnitId>,
        entry: EntryId,
        /// None where everything was given.
        classify: Option<Classify>,
        evidence: String,
        /// What else speaks for it, kept with the dispatch.
        support: Support,
    },
    /// Waits for a triager, with the best guesses.
    Hold { classify: Classify, evidence: String },
}

/// The command of a verdict. What is given is not said again, so it stays.
pub(crate) fn decide(
    suggestion: &Suggestion,
    verdict: &Verdict,
    given: &Given,
    reading: &Reading,
) -> Decision {
    match verdict {
        Verdict::Dispatch {
            category,
            area,
            route,
            confidence,
            ..
        } => {
            let classify = Classify {
                kind: None,
                grade: None,
                category: Some(category.clone()).filter(|_| given.category.is_none()),
                area: area.clone().filter(|_| given.area.is_none()),
                confidence_percent: percent(*confidence),
                hold: None,
            };
            let says_something = classify.category.is_some() || classify.area.is_some();
            Decision::Dispatch {
                lead: route.lead.clone(),
                co: route.co.iter().take(CO_LEGS_MAX).cloned().collect(),
                entry: route.entry.clone(),
                classify: Some(classify).filter(|_| says_something),
                evidence: evidence(suggestion),
                support: support(suggestion, given),
            }
        }
        Verdict::Hold(hold) => held(suggestion, *hold, given, reading),
    }
}

/// Where the area came from, and how sure the category is that nobody has chosen.
fn support(suggestion: &Suggestion, given: &Given) -> Support {
    let found = |area: &crate::suggest::Scored<_>| match &given.area {
        Some(given) if *given == area.value => AreaSource::Given,
        Some(_) | None => AreaSource::Name,
    };
    let category = suggestion.categories.first().filter(|_| given.category.is_none());
    Support {
        area_from: suggestion.areas.first().map(found),
        percent: category.map(|category| percent(category.confidence)),
        model: suggestion.model.clone().filter(|_| given.category.is_none()),
        similar: Vec::new(),
    }
}

/// Waits for a triager: the reason, and the best guess at everything that is not given.
pub(crate) fn held(suggestion: &Suggestion, hold: Hold, given: &Given, reading: &Reading) -> Decision {
    let category = suggestion.categories.first();
    let confidence_percent = match (&given.category, category) {
        (Some(_), _) => reading.confidence_percent,
        (None, Some(category)) => percent(category.confidence),
        (None, None) => 0,
    };
    let classify = Classify {
        kind: None,
        grade: Some(suggestion.grade.value).filter(|grade| given.grade.is_none() && *grade != reading.grade),
        category: category
            .map(|one| one.value.clone())
            .filter(|_| given.category.is_none()),
        area: suggestion
            .areas
            .first()
            .map(|one| one.value.clone())
            .filter(|_| given.area.is_none()),
        confidence_percent,
        hold: Some(hold),
    };
    Decision::Hold {
        classify,
        evidence: evidence(suggestion),
    }
}

/// Whole percents; never 100, which is a person's word, and never 0, which is no guess.
fn percent(confidence: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 1..=99 and rounded"
    )]
    let whole = (confidence * 100.0).round().clamp(1.0, 99.0) as u8;
    whole
}

/// The words that spoke, by question, bounded. Goes under the ticket's key with the command.
fn evidence(suggestion: &Suggestion) -> String {
    let mut parts = Vec::new();
    if let Some(category) = suggestion.categories.first() {
        parts.push(("类别", words(&category.evidence)));
        let spoken = category.model_words.iter().take(EVIDENCE_WORDS_MAX).cloned();
        parts.push(("模型", spoken.collect::<Vec<_>>().join("、")));
    }
    if let Some(area) = suggestion.areas.first() {
        parts.push(("区域", words(&area.evidence)));
    }
    if suggestion.grade.value != Grade::C {
        parts.push(("等级", words(&suggestion.grade.evidence)));
    }
    if let Some(hint) = suggestion.hints.first() {
        let ground = hint.referral.ground.as_str().to_uppercase();
        parts.push(("受理", format!("{ground} {}", words(&hint.evidence))));
    }
    let rules: Vec<String> = suggestion
        .rules
        .iter()
        .take(EVIDENCE_WORDS_MAX)
        .map(ToString::to_string)
        .collect();
    parts.push(("规则", rules.join("、")));
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(question, words)| format!("{question}：{words}"))
        .collect();
    said.join("；").chars().take(EVIDENCE_CHARS_MAX).collect()
}

fn words(evidence: &[Evidence]) -> String {
    let named = |one: &Evidence| match one.count {
        0 | 1 => one.text.clone(),
        count => format!("{}×{count}", one.text),
    };
    let named: Vec<String> = evidence.iter().take(EVIDENCE_WORDS_MAX).map(named).collect();
    named.join("、")
}

#[cfg(test)]
mod tests;
