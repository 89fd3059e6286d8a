//! The rules of the lexicon, compiled: which of them match a message.
//!
//! One automaton finds every word any rule looks for in one pass over the message. A rule is looked at only where the
//! rarest of the words it needs was found, and its pattern is run only where all of them were: of ten thousand rules a
//! message meets a handful.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, BuildError};
use domain::rules::{Pattern, Rule, Triage};
use domain::ticket::Grade;
use text::normal;

use super::takeback::Takeback;

/// Rules that match one message at most; one that meets more has contradicted itself already.
const MATCHES_MAX: usize = 32;
/// Words shown for a rule.
const WORDS_SHOWN: usize = 5;
/// Characters of a match shown.
const SHOWN_CHARS_MAX: usize = 20;
/// Places of a pattern looked at for one that is not taken back.
const PLACES_MAX: usize = 50;

/// The rules of a city, compiled.
#[derive(Debug)]
pub(super) struct Rulebook {
    words: AhoCorasick,
    rules: Vec<Compiled>,
    /// By word: the rules that are looked at where it stands.
    announced: Vec<Vec<usize>>,
    /// Rules that are looked at always.
    unannounced: Vec<usize>,
}

#[derive(Debug)]
struct Compiled {
    rule: Rule,
    /// Of each row one word stands in the message.
    needed: Vec<Vec<usize>>,
    /// None of these does.
    none: Vec<usize>,
    pattern: Option<Lazily>,
}

/// A pattern that is compiled when the words it needs are found for the first time: most never are, and ten thousand
/// compiled ones would take hundreds of megabytes.
#[derive(Debug)]
struct Lazily {
    text: String,
    pattern: OnceLock<Option<Pattern>>,
}

impl Lazily {
    fn pattern(&self) -> Option<&Pattern> {
        self.pattern
            .get_or_init(|| Pattern::parse(&self.text).ok())
            .as_ref()
    }
}

/// A rule that matches a message, and the words it matched by.
#[derive(Debug, Clone)]
pub(super) struct Matched<'a> {
    pub(super) rule: &'a Rule,
    pub(super) words: Vec<String>,
}

impl Rulebook {
    /// Compiles the rules. What does not compile is left out: publishing has refused it, unless another release did.
    pub(super) fn new(triage: &Triage) -> Result<Self, BuildError> {
        let mut vocabulary = Vocabulary::default();
        let rules: Vec<Compiled> = triage
            .rules
            .iter()
            .filter_map(|rule| compiled(rule, &mut vocabulary))
            .collect();
        let mut mentions = vec![0usize; vocabulary.words.len()];
        for word in rules.iter().flat_map(|rule| rule.needed.iter().flatten()) {
            mentions[*word] += 1;
        }
        let mut announced = vec![Vec::new(); vocabulary.words.len()];
        let mut unannounced = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            // The row whose words the fewest rules look for.
            let rarest = rule
                .needed
                .iter()
                .min_by_key(|row| row.iter().map(|word| mentions[*word]).sum::<usize>());
            match rarest {
                Some(row) => row.iter().for_each(|word| announced[*word].push(at)),
                None => unannounced.push(at),
            }
        }
        Ok(Self {
            words: AhoCorasick::new(&vocabulary.words)?,
            rules,
            announced,
            unannounced,
        })
    }

    /// The rules that match, in the order of the city. `message` is what was written, `plain` its normal form.
    pub(super) fn matching(&self, message: &str, plain: &str, takeback: &Takeback) -> Vec<Matched<'_>> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let mut stands = vec![false; self.announced.len()];
        let mut looked_at: BTreeSet<usize> = self.unannounced.iter().copied().collect();
        for found in self.words.find_overlapping_iter(plain) {
            let word = found.pattern().as_usize();
            if !std::mem::replace(&mut stands[word], true) {
                looked_at.extend(&self.announced[word]);
            }
        }
        looked_at
            .into_iter()
            .filter_map(|at| self.rules[at].matched(message, plain, &stands, takeback))
            .take(MATCHES_MAX)
            .collect()
    }
}

impl Compiled {
    fn matched(
        &self,
        message: &str,
        plain: &str,
        stands: &[bool],
        takeback: &Takeback,
    ) -> Option<Matched<'_>> {
        let stands = |word: &usize| stands[*word];
        if !self.needed.iter().all(|row| row.iter().any(stands)) || self.none.iter().any(stands) {
            return None;
        }
        let mut words = Vec::new();
        if let Some(pattern) = &self.pattern {
            let is_urgent = matches!(self.rule.grade, Some(Grade::A | Grade::B));
            let mut places = pattern.pattern()?.find_iter(message).take(PLACES_MAX);
            let place = places.find(|place| !is_urgent || !takeback.takes_back(message, place.start))?;
            words.push(message[place].chars().take(SHOWN_CHARS_MAX).collect());
        }
        let named = self.rule.all.iter().chain(&self.rule.any);
        let found = named.filter(|word| plain.contains(normal(word).as_ref()));
        words.extend(found.take(WORDS_SHOWN).cloned());
        Some(Matched {
            rule: &self.rule,
            words,
        })
    }
}

/// Every word any rule looks for, in its normal form.
#[derive(Default)]
struct Vocabulary {
    words: Vec<String>,
    by_word: BTreeMap<String, usize>,
}

impl Vocabulary {
    /// The places of words; none where one of them is nothing in its normal form, a picture for instance.
    fn row<'a>(&mut self, words: impl IntoIterator<Item = &'a String>) -> Option<Vec<usize>> {
        words.into_iter().map(|word| self.place(word)).collect()
    }

    fn place(&mut self, word: &str) -> Option<usize> {
        let plain = normal(word);
        if plain.is_empty() {
            return None;
        }
        if let Some(place) = self.by_word.get(plain.as_ref()) {
            return Some(*place);
        }
        let place = self.words.len();
        self.words.push(plain.clone().into_owned());
        self.by_word.insert(plain.into_owned(), place);
        Some(place)
    }
}

fn compiled(rule: &Rule, vocabulary: &mut Vocabulary) -> Option<Compiled> {
    let of_pattern = rule.pattern.as_deref().map(Pattern::needed_by).transpose().ok()?;
    let mut needed: Vec<Vec<usize>> = Vec::new();
    for word in &rule.all {
        needed.push(vec![vocabulary.place(word)?]);
    }
    if !rule.any.is_empty() {
        needed.push(vocabulary.row(&rule.any)?);
    }
    let of_pattern = of_pattern.unwrap_or_default();
    needed.extend(of_pattern.iter().filter_map(|row| vocabulary.row(row)));
    let none = rule
        .none
        .iter()
        .filter_map(|word| vocabulary.place(word))
        .collect();
    Some(Compiled {
        rule: rule.clone(),
        needed,
        none,
        pattern: rule.pattern.clone().map(|text| Lazily {
            text,
            pattern: OnceLock::new(),
        }),
    })
}
