//! The messages of the last while, and who of them says what: in memory only, bounded, oldest first out.

use std::collections::{HashMap, VecDeque};

use text::Segmenter;
use text::grams::grams;

use super::clean::{self, AREA, BREAK, Clean};
use super::words::is_telling;
use super::{Message, Seconds};
use crate::limits::{BODY_CHARS_MAX, GRAM_CHARS, SUBJECT_CHARS_MAX, WORDS_MAX};

/// See [`Store::scale`].
const SCALE_MIN: usize = 200;

/// Where a message stands in the order of arrival; never used twice.
pub(crate) type Place = u64;

/// A message as the detector keeps it.
#[derive(Debug)]
pub(crate) struct Doc {
    pub(crate) id: String,
    pub(crate) at: Seconds,
    /// Who said it: the same person, the same number.
    pub(crate) person: u64,
    pub(crate) likes: u32,
    /// The areas it names, or the one it was given.
    pub(crate) areas: Vec<String>,
    pub(crate) category: String,
    pub(crate) subject_length: usize,
    /// Subject, a break, body.
    pub(crate) chars: Box<[char]>,
    /// Its words that can tell of a problem, each once, in order of their numbers.
    pub(crate) words: Box<[u32]>,
    grams: Box<[u64]>,
}

impl Doc {
    /// Where a name stands first in the text.
    pub(crate) fn find(&self, name: &[char]) -> Option<usize> {
        find(&self.chars, name)
    }

    pub(crate) fn has(&self, name: &[char]) -> bool {
        self.find(name).is_some()
    }

    pub(crate) fn has_word(&self, word: u32) -> bool {
        self.words.binary_search(&word).is_ok()
    }
}

/// Where one run of characters stands first in another.
pub(crate) fn find(text: &[char], part: &[char]) -> Option<usize> {
    let first = part.first()?;
    let last_start = text.len().checked_sub(part.len())?;
    (0..=last_start).find(|at| text[*at] == *first && text[*at..].starts_with(part))
}

/// What is counted of a word over all messages kept.
#[derive(Debug, Default, Clone)]
pub(crate) struct Word {
    /// The messages with it, in order.
    pub(crate) docs: VecDeque<Place>,
    /// How often it stands behind the name of an area or before what a street or village is called.
    as_a_place: u32,
    /// How often it stands at all.
    count: u32,
}

impl Word {
    /// Whether it mostly stands where the name of a place stands.
    pub(crate) fn is_like_a_place(&self) -> bool {
        self.count >= 4 && self.as_a_place * 10 >= self.count * 4
    }
}

/// The messages kept and their indexes.
#[derive(Debug, Default)]
pub(crate) struct Store {
    docs: VecDeque<Option<Doc>>,
    first: Place,
    live: usize,
    by_gram: HashMap<u64, VecDeque<Place>>,
    words: Vec<(Box<str>, Word)>,
    numbers: HashMap<Box<str>, u32>,
    by_id: HashMap<String, Place>,
}

impl Store {
    /// How many messages are kept.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// Against how many messages a word is rare: a city that has only begun to tell is taken for a bigger one, so that
    /// what all of its first messages say is not what everybody always says.
    pub(crate) fn scale(&self) -> f64 {
        self.live.max(SCALE_MIN) as f64
    }

    pub(crate) fn doc(&self, place: Place) -> Option<&Doc> {
        let at = usize::try_from(place.checked_sub(self.first)?).ok()?;
        self.docs.get(at)?.as_ref()
    }

    pub(crate) fn place_of(&self, id: &str) -> Option<Place> {
        self.by_id.get(id).copied()
    }

    /// Every message kept, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Place, &Doc)> {
        (self.first..)
            .zip(&self.docs)
            .filter_map(|(place, doc)| Some((place, doc.as_ref()?)))
    }

    pub(crate) fn word(&self, number: u32) -> Option<&(Box<str>, Word)> {
        self.words.get(usize::try_from(number).ok()?)
    }

    pub(crate) fn number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// In how many messages a word stands.
    pub(crate) fn word_count(&self, number: u32) -> usize {
        self.word(number).map_or(0, |(_, word)| word.docs.len())
    }

    pub(crate) fn with_gram(&self, gram: u64) -> Option<&VecDeque<Place>> {
        self.by_gram.get(&gram)
    }

    /// The messages that have a name, oldest first. A name is at least [`GRAM_CHARS`] long.
    pub(crate) fn with_name(&self, name: &[char]) -> Vec<Place> {
        let rarest = grams(name, GRAM_CHARS)
            .filter_map(|gram| self.by_gram.get(&gram))
            .min_by_key(|docs| docs.len());
        let has = |place: &Place| self.doc(*place).is_some_and(|doc| doc.has(name));
        rarest.map_or_else(Vec::new, |docs| docs.iter().copied().filter(has).collect())
    }

    /// Keeps a message; the place it has got.
    pub(crate) fn push(&mut self, message: &Message, person: u64, at: Seconds, areas: &[Vec<char>]) -> Place {
        let place = self.first + self.docs.len() as u64;
        let doc = self.read(message, person, at, areas);
        for gram in &doc.grams {
            self.by_gram.entry(*gram).or_default().push_back(place);
        }
        for word in &doc.words {
            if let Some((_, word)) = self.words.get_mut(*word as usize) {
                word.docs.push_back(place);
            }
        }
        self.by_id.insert(doc.id.clone(), place);
        self.docs.push_back(Some(doc));
        self.live += 1;
        place
    }

    fn read(&mut self, message: &Message, person: u64, at: Seconds, areas: &[Vec<char>]) -> Doc {
        let subject = clean::clean(message.subject, areas, SUBJECT_CHARS_MAX);
        let body = clean::clean(message.body, areas, BODY_CHARS_MAX);
        let mut chars = subject.chars;
        let subject_length = chars.len();
        chars.push(BREAK);
        chars.extend(body.chars);
        let named = if message.area.is_empty() {
            subject.areas.into_iter().chain(body.areas).collect()
        } else {
            vec![message.area.to_owned()]
        };
        let clean = Clean {
            chars,
            areas: Vec::new(),
        };
        let mut unique: Vec<u64> = clean
            .chars
            .windows(GRAM_CHARS)
            .filter(|run| run.iter().all(|one| clean::is_word(*one)))
            .flat_map(|run| grams(run, GRAM_CHARS))
            .collect();
        unique.sort_unstable();
        unique.dedup();
        Doc {
            id: message.id.to_owned(),
            at,
            person,
            likes: message.likes,
            areas: named,
            category: message.category.to_owned(),
            subject_length,
            words: self.read_words(&clean.chars),
            grams: unique.into(),
            chars: clean.chars.into(),
        }
    }

    fn read_words(&mut self, chars: &[char]) -> Box<[u32]> {
        let mut numbers = Vec::new();
        let mut is_behind = false;
        let runs = chars.split_inclusive(|one| *one == AREA || *one == BREAK);
        let mut run_text = String::new();
        let mut last = None;
        for run in runs {
            run_text.clear();
            run_text.extend(run.iter().filter(|one| clean::is_word(**one)));
            Segmenter::shared().each_word(&run_text, |word| {
                if is_telling(word) {
                    let number = number_of(&mut self.numbers, &mut self.words, word);
                    if let Some((_, kept)) = self.words.get_mut(number as usize) {
                        kept.count = kept.count.saturating_add(1);
                        kept.as_a_place += u32::from(is_behind || is_a_road(word));
                    }
                    numbers.push(number);
                    numbers.extend(parts(word).filter_map(|part| self.numbers.get(part).copied()));
                }
                if is_a_road(word)
                    && let Some((_, kept)) = last.and_then(|last: u32| self.words.get_mut(last as usize))
                {
                    kept.as_a_place = kept.as_a_place.saturating_add(1);
                }
                last = self.numbers.get(word).copied();
                is_behind = ends_a_street(word);
            });
            is_behind = run.last() == Some(&AREA);
            last = None;
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into()
    }

    /// It was said what a message is about and where it is; what is empty was not said.
    pub(crate) fn classify(&mut self, place: Place, category: &str, area: &str) {
        let at = place
            .checked_sub(self.first)
            .and_then(|at| usize::try_from(at).ok());
        let Some(Some(doc)) = at.and_then(|at| self.docs.get_mut(at)) else {
            return;
        };
        if !category.is_empty() && doc.category != category {
            category.clone_into(&mut doc.category);
        }
        if !area.is_empty() && doc.areas.first().is_none_or(|one| one != area) {
            doc.areas = vec![area.to_owned()];
        }
    }

    /// Lets the oldest message go.
    /// False where there is none.
    pub(crate) fn pop(&mut self) -> bool {
        let Some(doc) = self.docs.pop_front() else {
            return false;
        };
        let place = self.first;
        self.first += 1;
        if let Some(doc) = doc {
            self.unlink(&doc, place);
        }
        true
    }

    /// Forgets a message wherever it stands.
    pub(crate) fn remove(&mut self, place: Place) {
        let at = place
            .checked_sub(self.first)
            .and_then(|at| usize::try_from(at).ok());
        let doc = at.and_then(|at| self.docs.get_mut(at)?.take());
        if let Some(doc) = doc {
            self.unlink(&doc, place);
        }
    }

    fn unlink(&mut self, doc: &Doc, place: Place) {
        self.live -= 1;
        self.by_id.remove(&doc.id);
        for gram in &doc.grams {
            if let Some(docs) = self.by_gram.get_mut(gram) {
                forget(docs, place);
                if docs.is_empty() {
                    self.by_gram.remove(gram);
                }
            }
        }
        for word in &doc.words {
            if let Some((text, word)) = self.words.get_mut(*word as usize) {
                forget(&mut word.docs, place);
                if word.docs.is_empty() {
                    self.numbers.remove(text);
                    *text = Box::default();
                }
            }
        }
    }
}

/// The words of two characters within a longer one: two ways to say a thing often share one.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = word
        .char_indices()
        .map(|(at, _)| at)
        .chain([word.len()])
        .collect();
    let count = if starts.len() > 3 { starts.len() - 2 } else { 0 };
    (0..count).map(move |at| &word[starts[at]..starts[at + 2]])
}

fn forget(docs: &mut VecDeque<Place>, place: Place) {
    if docs.front() == Some(&place) {
        docs.pop_front();
    } else if let Ok(at) = docs.binary_search(&place) {
        docs.remove(at);
    }
}

fn number_of(numbers: &mut HashMap<Box<str>, u32>, words: &mut Vec<(Box<str>, Word)>, word: &str) -> u32 {
    if let Some(number) = numbers.get(word) {
        return *number;
    }
    if words.len() >= WORDS_MAX {
        return u32::MAX;
    }
    let number = u32::try_from(words.len()).unwrap_or(u32::MAX);
    numbers.insert(word.into(), number);
    words.push((word.into(), Word::default()));
    number
}

/// Whether a word is, or ends, the name of a road or a village.
fn is_a_road(word: &str) -> bool {
    let is_common = [
        "道路", "公路", "马路", "线路", "铁路", "走路", "修路", "过路", "一路", "农村", "大街",
    ]
    .contains(&word);
    !is_common
        && (word.ends_with(['路', '街', '镇', '村', '乡', '巷'])
            || word == "街道"
            || word == "大道"
            || word == "社区")
}

fn ends_a_street(word: &str) -> bool {
    let is_kind = [
        "小区", "社区", "园区", "片区", "地区", "市区", "城区", "城市", "超市", "都市", "集市", "县市",
    ]
    .contains(&word);
    !is_kind && word.ends_with(['镇', '乡', '区', '市', '县', '省']) || word.ends_with("街道")
}
