//! What is hot: topics as they are shown, the hottest first.

use std::collections::{BTreeMap, HashSet};

use super::{Detector, Found, Member, Seconds, Surge};

/// A topic as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Hot {
    /// Its number; stays while the topic is kept.
    pub id: u64,
    /// The place or thing, in words.
    pub place: String,
    /// The problem, in words.
    pub problem: String,
    /// The words that tell it from others, the strongest first.
    pub words: Vec<String>,
    /// The area most of its messages name or are in; empty where none is known.
    pub area: String,
    /// The category most of its messages have; empty where none is known.
    pub category: String,
    /// Different people.
    pub people: usize,
    /// Likes in sum.
    pub likes: u64,
    /// When it was found.
    pub found: Found,
    /// At its highest.
    pub surge: Surge,
    /// What it is ranked by.
    pub score: f64,
    /// Its messages, oldest first; never none.
    pub members: Vec<Member>,
}

impl Hot {
    /// Place and problem.
    pub fn name(&self) -> String {
        format!("{} {}", self.place, self.problem)
    }

    /// When its first message came.
    pub fn first_at(&self) -> Seconds {
        self.members.iter().map(|one| one.at).min().unwrap_or_default()
    }

    /// When its last message came.
    pub fn last_at(&self) -> Seconds {
        self.members.iter().map(|one| one.at).max().unwrap_or_default()
    }

    /// How many messages came in each of `parts` equal parts of the time from the first to `until`.
    pub fn course(&self, until: Seconds, parts: usize) -> Vec<u32> {
        let first = self.first_at();
        let span = until.max(self.last_at()).saturating_sub(first).saturating_add(1);
        let mut course = vec![0; parts];
        for one in &self.members {
            let part = i128::from(one.at - first) * parts as i128 / i128::from(span.max(1));
            if let Some(count) = usize::try_from(part).ok().and_then(|part| course.get_mut(part)) {
                *count += 1;
            }
        }
        course
    }
}

impl Detector {
    /// The topics with at least `people_min` people, counting only messages that came at or after `since` and that
    /// `counts` lets count. The hottest first.
    pub fn hot(&self, since: Seconds, people_min: usize, counts: impl Fn(&Member) -> bool) -> Vec<Hot> {
        let shown = |(id, topic): (&u64, &super::topic::Topic)| {
            let is_counted = |one: &&Member| one.at >= since && counts(one);
            let mut members: Vec<Member> = topic.members.values().filter(is_counted).cloned().collect();
            members.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
            let people = members
                .iter()
                .map(|one| one.person)
                .collect::<HashSet<u64>>()
                .len();
            let likes = members.iter().map(|one| u64::from(one.likes)).sum();
            (people >= people_min.max(1)).then(|| Hot {
                id: *id,
                place: topic.title.place.clone(),
                problem: topic.title.problem.clone(),
                words: topic.title.words.clone(),
                area: topic.title.area.clone(),
                category: most(members.iter().map(|one| one.category.as_str())),
                people,
                likes,
                found: topic.found.clone(),
                surge: topic.surge,
                score: score(people, likes, topic.surge),
                members,
            })
        };
        let mut hot: Vec<Hot> = self.topics().filter_map(shown).collect();
        hot.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.id.cmp(&other.id)));
        hot
    }
}

/// People first; a surge of e times the usual adds a quarter, ten times the likes as much as five people.
fn score(people: usize, likes: u64, surge: Surge) -> f64 {
    let people = people as f64;
    people * (1.0 + (1.0 + surge.times()).ln() / 4.0) + 5.0 * (1.0 + likes as f64).log10()
}

/// What stands most often among some, nothing left out; of two as often, the first in order.
pub(crate) fn most<'a>(each: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in each.filter(|one| !one.is_empty()) {
        *counts.entry(one).or_default() += 1;
    }
    let most = counts
        .iter()
        .max_by_key(|(one, count)| (**count, std::cmp::Reverse(**one)));
    most.map(|(one, _)| (*one).to_owned()).unwrap_or_default()
}
