//! A topic in words: the place, and what people say most about it. Only what several people have said is said again.

use std::collections::{HashMap, HashSet};

use text::Segmenter;

use super::clean::{AREA, BREAK, is_word};
use super::profile::Profile;
use super::store::{Doc, Place, Store};
use super::words::is_telling;

/// Nothing fewer people have said is shown.
const PEOPLE_MIN: usize = 3;
/// Words of a phrase.
const PHRASE_WORDS_MAX: usize = 4;
/// Phrases of a title.
const PHRASES_MAX: usize = 2;
/// Words shown beside the title.
const WORDS_MAX: usize = 8;

/// A topic in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Title {
    /// The place or thing.
    pub place: String,
    /// The problem.
    pub problem: String,
    /// The words that tell it from others, the strongest first.
    pub words: Vec<String>,
    /// The area most of it is in; empty where none is named.
    pub area: String,
}

impl Title {
    pub(crate) fn of(store: &Store, members: &[Place], name: &[char], profile: &Profile) -> Self {
        let docs: Vec<&Doc> = members.iter().filter_map(|place| store.doc(*place)).collect();
        let (counts, _) = super::profile::people_by_word(store, members);
        let said = |(word, _): &&(u32, f64)| counts.get(word).is_some_and(|people| *people >= PEOPLE_MIN);
        let words: Vec<String> = profile
            .words
            .iter()
            .filter(said)
            .filter_map(|(word, _)| store.word(*word).map(|(text, _)| text.to_string()))
            .take(WORDS_MAX)
            .collect();
        let phrases = phrases(store, &docs, name, profile);
        let problem = if phrases.is_empty() {
            words.iter().take(3).cloned().collect::<Vec<_>>().join("、")
        } else {
            phrases.join("，")
        };
        Self {
            place: name.iter().collect(),
            problem,
            words,
            area: area(&docs),
        }
    }
}

fn area(docs: &[&Doc]) -> String {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for doc in docs {
        let mut seen: Vec<&str> = doc.areas.iter().map(String::as_str).collect();
        seen.sort_unstable();
        seen.dedup();
        for area in seen {
            // A district says more than the city.
            *counts.entry(area).or_default() += if area.ends_with('市') { 1 } else { 3 };
        }
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count >= PEOPLE_MIN)
        .max_by(|one, other| one.1.cmp(&other.1).then_with(|| other.0.cmp(one.0)))
        .map(|(area, _)| area.to_owned())
        .unwrap_or_default()
}

/// The runs of words of subjects that most people use and that weigh most, none within another.
fn phrases(store: &Store, docs: &[&Doc], name: &[char], profile: &Profile) -> Vec<String> {
    let mut people: HashMap<Vec<String>, HashSet<u64>> = HashMap::new();
    for doc in docs {
        for run in runs(&doc.chars[..doc.subject_length], name) {
            let words = Segmenter::shared().segment(&run);
            for start in 0..words.len() {
                for length in 1..=PHRASE_WORDS_MAX.min(words.len() - start) {
                    let phrase = &words[start..start + length];
                    if is_whole(phrase) {
                        people.entry(phrase.to_vec()).or_default().insert(doc.person);
                    }
                }
            }
        }
    }
    let weight = |word: &String| {
        let number = store.number(word)?;
        profile
            .words
            .iter()
            .find(|(one, _)| *one == number)
            .map(|(_, weight)| *weight)
    };
    let mut scored: Vec<(f64, Vec<String>)> = people
        .into_iter()
        .filter(|(_, people)| people.len() >= PEOPLE_MIN)
        .filter_map(|(phrase, people)| {
            let sum: f64 = phrase.iter().filter_map(weight).sum();
            (sum > 0.0).then_some((sum * (people.len() as f64).powf(0.7), phrase))
        })
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let mut chosen: Vec<Vec<String>> = Vec::new();
    for (score, phrase) in &scored {
        let is_new = chosen.iter().all(|one| {
            !phrase.iter().any(|word| {
                one.iter()
                    .any(|other| other.contains(word.as_str()) || word.contains(other.as_str()))
            })
        });
        if is_new && *score * 4.0 >= scored[0].0 {
            chosen.push(phrase.clone());
        }
        if chosen.len() == PHRASES_MAX {
            break;
        }
    }
    chosen.into_iter().map(|phrase| phrase.concat()).collect()
}

fn is_whole(phrase: &[String]) -> bool {
    let is_end = |word: Option<&String>| word.is_some_and(|word| is_telling(word));
    is_end(phrase.first()) && is_end(phrase.last())
}

/// The parts of a subject between marks, areas and the name.
fn runs(chars: &[char], name: &[char]) -> Vec<String> {
    let mut runs = vec![String::new()];
    let mut at = 0;
    while at < chars.len() {
        if chars[at..].starts_with(name) {
            runs.push(String::new());
            at += name.len();
            continue;
        }
        if chars[at] == AREA || chars[at] == BREAK || !is_word(chars[at]) {
            runs.push(String::new());
        } else if let Some(run) = runs.last_mut() {
            run.push(chars[at]);
        }
        at += 1;
    }
    runs.retain(|run| !run.is_empty());
    runs
}
