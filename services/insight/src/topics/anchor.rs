//! Names of places and things, found by how people use them: no dictionary knows a new estate.
//!
//! A name is a run of characters several people use, as far as most of them go on alike, and which stands where names
//! stand: behind an area, before 小区 or 业主, or with an ending such as 苑.

use std::collections::{HashMap, HashSet};

use text::Segmenter;
use text::grams::grams;

use super::Seconds;
use super::clean::{AREA, BREAK, is_word};
use super::store::{Doc, Place, Store};
use super::words::{KIND_OF, KINDS, NO_NAME, OFFICES, PLACE_ENDS, PLACE_FOLLOWERS};
use crate::limits::{GRAM_CHARS, NAME_CHARS_MAX, NAME_SAMPLE_MAX, NAMES_PER_MESSAGE_MAX};

/// A run must be in less than this share of all messages to be a name, in percent.
const COMMON_PERCENT: usize = 4;
/// Below this number of messages everything may be a name.
const COMMON_MIN: usize = 40;
/// A run goes on while this share of the people goes on alike, in percent.
const ALIKE_PERCENT: usize = 70;
/// How many of the uses of a name must stand where names stand, in percent.
const NAMED_PERCENT: usize = 35;
/// Of the messages that say where, how many must be in one area, in percent.
const ONE_AREA_PERCENT: usize = 60;

/// So many people must have used a name.
const PEOPLE_MIN: usize = 3;

/// The names in a message that several people have used since `since`, the most used first.
pub(crate) fn names(store: &Store, doc: &Doc, since: Seconds) -> Vec<Vec<char>> {
    let common = (store.len() * COMMON_PERCENT / 100).max(COMMON_MIN);
    let mut found: Vec<(usize, Vec<char>)> = Vec::new();
    let mut covered = 0;
    for at in 0..doc.chars.len().saturating_sub(GRAM_CHARS - 1) {
        let run = &doc.chars[at..at + GRAM_CHARS];
        if at < covered || !run.iter().all(|one| is_word(*one) && !NO_NAME.contains(*one)) {
            continue;
        }
        let Some(places) = grams(run, GRAM_CHARS)
            .next()
            .and_then(|gram| store.with_gram(gram))
        else {
            continue;
        };
        if places.len() < PEOPLE_MIN
            || places.len() > common
            || people_since(store, places, since) < PEOPLE_MIN
        {
            continue;
        }
        let name = grown(store, run, places.iter().rev());
        if let Some(start) = doc.chars[at.saturating_sub(NAME_CHARS_MAX)..]
            .windows(name.len())
            .position(|window| window == name.as_slice())
        {
            covered = covered.max(at.saturating_sub(NAME_CHARS_MAX) + start + name.len() - GRAM_CHARS + 1);
        }
        if !found.iter().any(|(_, one)| *one == name) {
            found.push((places.len(), name));
        }
    }
    found.retain(|(_, name)| is_name(store, name));
    found.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    found.truncate(NAMES_PER_MESSAGE_MAX);
    found.into_iter().map(|(_, name)| name).collect()
}

fn people_since<'a>(store: &Store, places: impl IntoIterator<Item = &'a Place>, since: Seconds) -> usize {
    let people: HashSet<u64> = places
        .into_iter()
        .filter_map(|place| store.doc(*place))
        .filter(|doc| doc.at >= since)
        .map(|doc| doc.person)
        .collect();
    people.len()
}

/// The run as far to both sides as most people go on alike. One text of each person counts.
pub(crate) fn grown<'a>(store: &Store, run: &[char], places: impl Iterator<Item = &'a Place>) -> Vec<char> {
    let mut people = HashSet::new();
    let sample: Vec<&Doc> = places
        .filter_map(|place| store.doc(*place))
        .filter(|doc| people.insert(doc.person))
        .take(NAME_SAMPLE_MAX)
        .collect();
    let mut name = run.to_vec();
    while name.len() < NAME_CHARS_MAX {
        let (mut before, mut behind) = (HashMap::new(), HashMap::new());
        let mut count = 0;
        for doc in &sample {
            let Some(at) = doc.find(&name) else { continue };
            count += 1;
            let previous = at.checked_sub(1).map_or(BREAK, |at| doc.chars[at]);
            let next = doc.chars.get(at + name.len()).copied().unwrap_or(BREAK);
            *before.entry(previous).or_insert(0_usize) += 1;
            *behind.entry(next).or_insert(0_usize) += 1;
        }
        let alike = |counts: &HashMap<char, usize>| {
            counts
                .iter()
                .filter(|(one, seen)| {
                    is_word(**one) && !NO_NAME.contains(**one) && **seen * 100 >= count * ALIKE_PERCENT
                })
                .max_by_key(|(one, seen)| (**seen, **one))
                .map(|(one, _)| *one)
        };
        if let Some(one) = alike(&behind) {
            name.push(one);
        } else if let Some(one) = alike(&before) {
            name.insert(0, one);
        } else {
            break;
        }
    }
    name
}

/// Whether a run stands where names stand, and in one area.
pub(crate) fn is_name(store: &Store, name: &[char]) -> bool {
    let text: String = name.iter().collect();
    if is_general(&text) {
        return false;
    }
    let ends_so = PLACE_ENDS
        .iter()
        .any(|end| text.ends_with(end) && text.len() > end.len());
    let (mut uses, mut behind_area, mut followed, mut people) = (0, 0, 0, HashSet::new());
    let mut areas: HashMap<&str, usize> = HashMap::new();
    for place in store.with_name(name).iter().rev() {
        let Some(doc) = store.doc(*place).filter(|doc| people.insert(doc.person)) else {
            continue;
        };
        uses += 1;
        if let Some(area) = narrowest(&doc.areas) {
            *areas.entry(area).or_default() += 1;
        }
        let (is_behind, is_followed) = standing(doc, name);
        behind_area += usize::from(is_behind);
        followed += usize::from(is_followed);
        if uses >= NAME_SAMPLE_MAX {
            break;
        }
    }
    let said: usize = areas.values().sum();
    let most = areas.values().max().copied().unwrap_or(0);
    let is_in_one = said < 3 || most * 100 >= said * ONE_AREA_PERCENT;
    let is_own = has_own_word(store, &text, store.with_name(name).len());
    let is_named = behind_area * 100 >= uses * NAMED_PERCENT
        || is_own
            && ((ends_so || followed * 100 >= uses * NAMED_PERCENT)
                && (behind_area + followed) * 100 >= uses * NAMED_PERCENT / 2);
    is_in_one && is_named
}

/// Whether one of the words a name is made of is hardly ever used but in it.
fn has_own_word(store: &Store, name: &str, uses: usize) -> bool {
    let mut counts = Segmenter::shared()
        .segment(name)
        .into_iter()
        .filter(|word| word.chars().nth(1).is_some())
        .map(|word| store.number(&word).map_or(0, |number| store.word_count(number)))
        .peekable();
    counts.peek().is_none() || counts.any(|count| count * 2 <= uses * 5)
}

/// An office, a kind of place, or a number: nobody's name.
fn is_general(text: &str) -> bool {
    let is_counted = text.starts_with(|one: char| one.is_ascii_digit())
        && (text.chars().filter(char::is_ascii_digit).count() * 2 > text.chars().count()
            || text.ends_with(['万', '元', '年', '月', '日', '号', '米', '层', '栋', '平']));
    let is_kind = KINDS.iter().any(|kind| {
        text.strip_suffix(kind)
            .is_some_and(|before| before.is_ascii() || KIND_OF.contains(&before))
    });
    let is_foreign = text.is_ascii();
    let is_beside = text.ends_with([
        '东', '西', '南', '北', '方', '旁', '边', '侧', '内', '外', '上', '下', '近', '着', '前', '后',
    ]);
    is_counted || is_kind || is_foreign || is_beside || OFFICES.iter().any(|office| text.ends_with(office))
}

/// The area that says most: a district rather than the city.
fn narrowest(areas: &[String]) -> Option<&str> {
    areas
        .iter()
        .find(|area| !area.ends_with('市'))
        .map(String::as_str)
}

/// Whether any use of a name in a text stands behind an area, and whether any stands before what follows names.
fn standing(doc: &Doc, name: &[char]) -> (bool, bool) {
    let (mut is_behind, mut is_followed) = (false, false);
    for at in 0..doc.chars.len() {
        if !doc.chars[at..].starts_with(name) {
            continue;
        }
        let before = at.checked_sub(1).map(|at| doc.chars[at]);
        is_behind |= match before {
            Some(AREA | '镇' | '乡' | '路' | '县') => true,
            Some('道' | '区') => {
                at > 1
                    && matches!(
                        (doc.chars[at - 2], doc.chars[at - 1]),
                        ('街' | '大', '道') | ('开' | '发' | '新', '区')
                    )
            }
            _ => false,
        };
        let rest = &doc.chars[at + name.len()..];
        is_followed |= PLACE_FOLLOWERS.iter().any(|follower| {
            follower
                .chars()
                .enumerate()
                .all(|(at, one)| rest.get(at) == Some(&one))
        });
    }
    (is_behind, is_followed)
}
