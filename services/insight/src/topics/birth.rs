//! How a topic begins: enough people have lately said one thing of a name, and more than usual.

use std::collections::{HashMap, HashSet};

use super::likeness;
use super::profile::{Profile, people_by_word};
use super::season::Surge;
use super::store::{Place, Store, find};
use super::title::Title;
use super::topic::{Found, Member, Name, Topic};
use super::{Detector, anchor};
use crate::limits::{ALIASES_MAX, MESSAGES_PER_NAME_MAX};

/// How near a message with the name must be to the others of a topic.
pub(crate) const NEAR_WITH_NAME: f64 = 0.35;
/// How much messages of one place must be alike, on the whole, to be of one topic.
pub(crate) const COHERENCE_MIN: f64 = 0.07;
/// Below this its messages are no topic any more.
pub(crate) const COHERENCE_KEPT: f64 = 0.05;
/// How heavy the second word of a problem must be where its messages are less alike.
const CORE_MIN: f64 = 1.5;
/// A word of a problem must be in less than this share of all messages, in percent,
const COMMON_PERCENT: f64 = 12.0;
/// or in no more messages than this.
const COMMON_MIN: usize = 40;
/// So many people must have used a word for it to be what a topic is about.
const CORE_PEOPLE: usize = 3;
/// What has this chance or less of coming by itself is a surge.
const CHANCE_MAX: f64 = 2e-3;
/// A name of which this share is in a topic is another name of it, in percent.
const SAME_PERCENT: usize = 60;
/// What one who said it before the window counts.
const EARLIER_VOICE: f64 = 0.25;
/// However many like it, fewer people have no topic.
const PEOPLE_LEAST: f64 = 3.0;
/// Words of a problem a name must not hold: it is the place that is named.
const PROBLEM_WORDS: usize = 8;

impl Detector {
    /// Whether enough people have said one thing of a name lately; then it is a topic.
    pub(crate) fn consider(&mut self, name: &[char], newest: Place) {
        let mut places = self.store.with_name(name);
        if places.len() > MESSAGES_PER_NAME_MAX {
            places.drain(..places.len() - MESSAGES_PER_NAME_MAX);
        }
        if let Some(id) = self.mostly_in(&places) {
            self.rename(id, name);
            return;
        }
        places.retain(|place| !self.taken.contains_key(place));
        let Some((profile, members)) = self.problem(name, &places, newest) else {
            return;
        };
        if let Some(id) = self.same_problem(name, &members) {
            for place in members {
                self.join(id, place);
            }
            return;
        }
        let surge = self.season().surge(&self.store, &members);
        if self.is_enough(&members, surge) && self.is_one_matter(&profile, &members, name, surge) {
            self.begin(name, profile, &members, surge, newest);
        }
    }

    /// The topic most messages with a name are in.
    fn mostly_in(&self, places: &[Place]) -> Option<u64> {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for id in places.iter().filter_map(|place| self.taken.get(place)) {
            *counts.entry(*id).or_default() += 1;
        }
        let (id, count) = counts.into_iter().max_by_key(|(id, count)| (*count, *id))?;
        (count * 100 >= places.len() * SAME_PERCENT).then_some(id)
    }

    /// Another name of a topic's place, where it names no part of the problem.
    fn rename(&mut self, id: u64, name: &[char]) {
        let Some(topic) = self.topics.get_mut(&id) else {
            return;
        };
        let text: String = name.iter().collect();
        let words = topic.profile.words.iter().take(PROBLEM_WORDS);
        let tells_problem = words
            .filter_map(|(word, _)| self.store.word(*word))
            .any(|(word, _)| text.contains(&**word));
        let is_known = topic.names.iter().any(|one| one.chars == name);
        if !tells_problem && !is_known && topic.names.len() < ALIASES_MAX {
            topic.names.push(Name {
                chars: name.to_vec(),
                least: NEAR_WITH_NAME,
            });
        }
    }

    /// The problem most people have with a name lately, of those the newest message tells, and whose it is.
    fn problem(&self, name: &[char], places: &[Place], newest: Place) -> Option<(Profile, Vec<Place>)> {
        let core = self.core_word(name, places, newest)?;
        let since = self.now.saturating_sub(self.settings.window);
        let has_core = |place: &Place| {
            let doc = self.store.doc(*place);
            doc.is_some_and(|doc| doc.at >= since && doc.has_word(core))
        };
        let mut members: Vec<Place> = places.iter().copied().filter(has_core).collect();
        let mut profile = Profile::default();
        for _ in 0..2 {
            let inside: HashSet<Place> = members.iter().copied().collect();
            let others: Vec<Place> = places
                .iter()
                .copied()
                .filter(|place| !inside.contains(place))
                .collect();
            profile = Profile::of(&self.store, &members, &others, name);
            let is_near = |place: &Place| {
                let doc = self.store.doc(*place);
                doc.is_some_and(|doc| profile.nearness(doc) >= NEAR_WITH_NAME)
            };
            members = places.iter().copied().filter(is_near).collect();
        }
        Some((profile, members))
    }

    /// The word most people who name it use lately, for how rare it is.
    fn core_word(&self, name: &[char], places: &[Place], newest: Place) -> Option<u32> {
        let since = self.now.saturating_sub(self.settings.window);
        let is_late = |place: &Place| self.store.doc(*place).is_some_and(|doc| doc.at >= since);
        let lately: Vec<Place> = places.iter().copied().filter(is_late).collect();
        let (counts, people) = people_by_word(&self.store, &lately);
        let newest = self.store.doc(newest)?;
        let all = self.store.scale();
        let weigh = |(word, with): (u32, usize)| {
            let (text, kept) = self.store.word(word)?;
            let count = kept.docs.len();
            let is_common = count as f64 * 100.0 > all * COMMON_PERCENT && count > COMMON_MIN;
            let is_of_name = text.chars().all(|one| name.contains(&one));
            if is_common || is_of_name || kept.is_like_a_place() {
                return None;
            }
            let lift = (with as f64 / people as f64) / (count as f64 / all);
            Some((with as f64 * lift.ln().max(0.0), word))
        };
        counts
            .into_iter()
            .filter(|(word, with)| *with >= CORE_PEOPLE && newest.has_word(*word))
            .filter_map(weigh)
            .max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)))
            .map(|(_, word)| word)
    }

    /// The topic of the same name whose problem these messages have too, said in other words.
    fn same_problem(&self, name: &[char], members: &[Place]) -> Option<u64> {
        let is_same = |topic: &Topic| {
            let mut names = topic.names.iter();
            names.any(|one| find(&one.chars, name).is_some() || find(name, &one.chars).is_some())
                && likeness::between(&self.store, members, &topic.places(), name) >= COHERENCE_MIN
        };
        let same = self.topics.iter().find(|(_, topic)| is_same(topic));
        same.map(|(id, _)| *id)
    }

    /// Whether so many people say it, and it is more than usual.
    fn is_enough(&self, members: &[Place], surge: Surge) -> bool {
        let docs = || members.iter().filter_map(|place| self.store.doc(*place));
        let likes: u64 = docs().map(|doc| u64::from(doc.likes)).sum();
        let people: HashSet<u64> = docs().map(|doc| doc.person).collect();
        let earlier = people.len() as f64 - surge.seen;
        let voices = surge.seen + earlier * EARLIER_VOICE + (likes as f64 + 1.0).log10();
        let heard = Surge {
            seen: voices.floor(),
            ..surge
        };
        surge.seen >= PEOPLE_LEAST
            && voices >= self.settings.people_min as f64
            && heard.chance() <= CHANCE_MAX
    }

    /// Whether the messages are about one thing: alike on the whole, or nearly so and many with the same two words.
    fn is_one_matter(&self, profile: &Profile, members: &[Place], name: &[char], surge: Surge) -> bool {
        let coherence = likeness::coherence(&self.store, members, name);
        let has_core =
            surge.seen > self.settings.people_min as f64 && profile.second_weight(&self.store) >= CORE_MIN;
        coherence >= COHERENCE_MIN || coherence >= COHERENCE_KEPT && has_core
    }

    fn begin(&mut self, name: &[char], profile: Profile, members: &[Place], surge: Surge, newest: Place) {
        let Some(newest) = self.store.doc(newest) else {
            return;
        };
        let id = self.next_id;
        self.next_id += 1;
        let docs = members
            .iter()
            .filter_map(|place| Some((*place, Member::of(self.store.doc(*place)?))));
        let mut topic = Topic {
            names: vec![Name {
                chars: name.to_vec(),
                least: NEAR_WITH_NAME,
            }],
            title: title(&self.store, members, name, &profile),
            profile,
            members: docs.collect(),
            found: Found {
                id: newest.id.clone(),
                at: newest.at,
                after: members.len(),
            },
            surge,
            review_at: 0,
        };
        topic.put_off_review();
        self.taken.extend(members.iter().map(|place| (*place, id)));
        self.topics.insert(id, topic);
        self.bound();
    }
}

/// The title of a topic: its name as far as its messages go on alike, unless that tells of the problem.
pub(crate) fn title(store: &Store, members: &[Place], name: &[char], profile: &Profile) -> Title {
    let whole = anchor::grown(store, name, members.iter());
    let text: String = whole.iter().collect();
    let mut words = profile.words.iter().filter_map(|(word, _)| store.word(*word));
    let tells_problem = words.any(|(word, _)| text.contains(&**word));
    let shown = if tells_problem { name } else { &whole };
    Title::of(store, members, shown, profile)
}
