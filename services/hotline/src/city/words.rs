//! What triage goes by, from the files of a city: `lexicon.toml` with its rules, `referrals.toml` and `classifier.toml`,
//! the latter two where there are such. Remembers on which line each rule, term and referral stands, so that what is wrong
//! with one is told with its line.

use std::collections::BTreeMap;

use domain::rules::{Classifier, Problem, Referral, Rule, Term, Triage};
use serde::Deserialize;
use toml::Spanned;

use super::{Files, Problems};

const LEXICON: &str = "lexicon.toml";
const REFERRALS: &str = "referrals.toml";
const CLASSIFIER: &str = "classifier.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LexiconFile {
    #[serde(default)]
    negations: Vec<String>,
    #[serde(default)]
    not_now: Vec<String>,
    #[serde(default)]
    term: Vec<Spanned<Term>>,
    #[serde(default)]
    rule: Vec<Spanned<Rule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferralsFile {
    referral: Vec<Spanned<Referral>>,
}

/// The words of a city, and where each stands.
pub(super) struct Words {
    pub(super) lexicon: Vec<Term>,
    pub(super) triage: Triage,
}

/// On which line of its file what stands.
#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// The line of what a problem is about, where it is known.
    pub(super) fn of(&self, problem: &Problem) -> Option<usize> {
        let end = problem.at.find(']')? + 1;
        self.0.get(&problem.at[..end]).copied()
    }

    /// Takes rows out of their spans, each remembered under its key.
    fn rows<T>(&mut self, text: &str, rows: Vec<Spanned<T>>, key: impl Fn(&T) -> String) -> Vec<T> {
        let (mut line, mut behind) = (1, 0);
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            let from = row.span().start;
            // The rows come in the order of the file.
            line += text
                .get(behind..from)
                .map_or(0, |between| between.matches('\n').count());
            behind = from.max(behind);
            let row = row.into_inner();
            self.0.insert(key(&row), line);
            taken.push(row);
        }
        taken
    }
}

/// Reads the files; none where one of them cannot be read, which is noted.
pub(super) fn read(files: &Files<'_>, problems: &mut Problems) -> Option<Words> {
    let text = problems.note(LEXICON, files.read(LEXICON));
    let parsed = text
        .as_ref()
        .and_then(|text| problems.parse::<LexiconFile>(LEXICON, Ok(text.clone())));
    let referrals = referrals(files, problems);
    let classifier: Option<Classifier> = match problems.note(CLASSIFIER, files.read_if_there(CLASSIFIER))? {
        Some(text) => problems.parse(CLASSIFIER, Ok(text)),
        None => Some(Classifier::default()),
    };
    let (text, parsed, referrals, classifier) = (text?, parsed?, referrals?, classifier?);
    let lines = &mut problems.lines;
    let lexicon = lines.rows(&text, parsed.term, |term| format!("lexicon[{}]", term.text));
    let rules = lines.rows(&text, parsed.rule, |rule| format!("rules[{}]", rule.id));
    let triage = Triage {
        rules,
        referrals,
        negations: parsed.negations,
        not_now: parsed.not_now,
        classifier,
    };
    Some(Words { lexicon, triage })
}

fn referrals(files: &Files<'_>, problems: &mut Problems) -> Option<Vec<Referral>> {
    let Some(text) = problems.note(REFERRALS, files.read_if_there(REFERRALS))? else {
        return Some(Vec::new());
    };
    let parsed: ReferralsFile = problems.parse(REFERRALS, Ok(text.clone()))?;
    let key = |one: &Referral| format!("referrals[{}]", one.id);
    Some(problems.lines.rows(&text, parsed.referral, key))
}

/// The file a key of the bundle comes from, if it is one of these.
pub(super) fn file_of(key: &str) -> Option<&'static str> {
    match key {
        "lexicon" | "rules" | "negations" | "not_now" => Some(LEXICON),
        "referrals" => Some(REFERRALS),
        "classifier" => Some(CLASSIFIER),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
