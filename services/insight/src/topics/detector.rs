//! The detector: each message joins a topic or may begin one.

use std::collections::{BTreeMap, HashMap};

use text::hash64;

use super::likeness;
use super::season::Season;
use super::store::{Doc, Place, Store};
use super::topic::{Member, Topic};
use super::{Message, Seconds, anchor};
use crate::limits::{MESSAGES_MAX, TOPICS_MAX};

/// How near a message without any of a topic's names must be to its problem,
const NEAR_WITHOUT_NAME: f64 = 0.8;
/// and how much it must be like one of its messages: most words are the same.
const LIKE_WITHOUT_NAME: f64 = 0.35;
/// A message with a name fits better than any without.
const NAMED: f64 = 10.0;

/// What makes a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How long a topic has to come together.
    pub window: Seconds,
    /// How many different people it takes. Very many likes, or people who said it before, may stand for one or two.
    pub people_min: usize,
    /// The names of cities and districts, so that what stands behind them is seen as a place. Codes such as A2区 are
    /// known anyway.
    pub areas: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: 60 * 86_400,
            people_min: 5,
            areas: Vec::new(),
        }
    }
}

/// Finds topics in messages.
#[derive(Debug, Default)]
pub struct Detector {
    pub(crate) settings: Settings,
    areas: Vec<Vec<char>>,
    pub(crate) store: Store,
    pub(crate) topics: BTreeMap<u64, Topic>,
    /// The topic a message is in.
    pub(crate) taken: HashMap<Place, u64>,
    pub(crate) next_id: u64,
    pub(crate) now: Seconds,
    /// As of the last message; none: not known yet.
    season: Option<Season>,
}

impl Detector {
    /// One that knows no message yet.
    pub fn new(settings: Settings) -> Self {
        let areas = settings
            .areas
            .iter()
            .map(|area| text::normal(area).chars().collect());
        Self {
            areas: areas.filter(|area: &Vec<char>| area.len() > 1).collect(),
            settings,
            now: Seconds::MIN,
            ..Self::default()
        }
    }

    /// How many messages are kept.
    pub fn messages(&self) -> usize {
        self.store.len()
    }

    /// When the last message came; none before the first.
    pub fn now(&self) -> Option<Seconds> {
        (self.now > Seconds::MIN).then_some(self.now)
    }

    pub(crate) fn topics(&self) -> impl Iterator<Item = (&u64, &Topic)> {
        self.topics.iter()
    }

    /// Takes the next message. One that is older than the one before counts as of the same time; one whose id is known
    /// already is left out: false.
    pub fn push(&mut self, message: &Message) -> bool {
        if self.store.place_of(message.id).is_some() {
            return false;
        }
        self.now = self.now.max(message.at);
        self.season = None;
        let person = match message.person {
            Some(person) => hash64(person.as_bytes()),
            // Who is not known is told apart by what he says: the same text twice is the same person.
            None => hash64(format!("{}\n{}", message.subject, message.body).as_bytes()).rotate_left(1),
        };
        let place = self.store.push(message, person, self.now, &self.areas);
        while self.store.len() > MESSAGES_MAX && self.store.pop() {}
        match self.topic_of(place) {
            Some(id) => self.join(id, place),
            None => self.look_for_new(place),
        }
        true
    }

    /// It was said later what a message is about and where it is.
    pub fn classify(&mut self, id: &str, category: &str, area: &str) {
        let Some(place) = self.store.place_of(id) else {
            return;
        };
        self.store.classify(place, category, area);
        let topic = self
            .taken
            .get(&place)
            .and_then(|topic| self.topics.get_mut(topic));
        if let (Some(topic), Some(doc)) = (topic, self.store.doc(place)) {
            topic.members.insert(place, Member::of(doc));
        }
    }

    /// Forgets a message and all it has taught: where too few people are left there is no topic any more.
    pub fn remove(&mut self, id: &str) {
        let Some(place) = self.store.place_of(id) else {
            return self.remove_member(id);
        };
        self.season = None;
        self.store.remove(place);
        if let Some(topic) = self.taken.remove(&place) {
            self.part(topic, place);
        }
    }

    /// Forgets a message whose text is no longer kept.
    fn remove_member(&mut self, id: &str) {
        let is_in = |topic: &Topic| {
            topic
                .members
                .iter()
                .find(|(_, one)| one.id == id)
                .map(|(place, _)| *place)
        };
        let found = self
            .topics
            .iter()
            .find_map(|(topic, one)| Some((*topic, is_in(one)?)));
        if let Some((topic, place)) = found {
            self.taken.remove(&place);
            self.part(topic, place);
        }
    }

    fn part(&mut self, id: u64, place: Place) {
        let Some(topic) = self.topics.get_mut(&id) else {
            return;
        };
        topic.members.remove(&place);
        if topic.people() < self.settings.people_min {
            self.dissolve(id);
        } else {
            self.review(id);
        }
    }

    pub(crate) fn dissolve(&mut self, id: u64) {
        for place in self
            .topics
            .remove(&id)
            .map(|topic| topic.places())
            .unwrap_or_default()
        {
            self.taken.remove(&place);
        }
    }

    fn look_for_new(&mut self, place: Place) {
        let Some(doc) = self.store.doc(place) else { return };
        let since = self.now.saturating_sub(self.settings.window);
        for name in anchor::names(&self.store, doc, since) {
            self.consider(&name, place);
            if self.taken.contains_key(&place) {
                break;
            }
        }
    }

    /// The topic a message belongs to: the one it fits best.
    fn topic_of(&self, place: Place) -> Option<u64> {
        let doc = self.store.doc(place)?;
        self.topics
            .iter()
            .filter_map(|(id, topic)| Some((*id, self.fit(topic, doc)?)))
            .max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)))
            .map(|(id, _)| id)
    }

    /// How well a message fits a topic: it has one of its names and enough of its problem, or is said in nearly the
    /// words of one of its messages.
    fn fit(&self, topic: &Topic, doc: &Doc) -> Option<f64> {
        let nearness = topic.profile.nearness(doc);
        let named = topic.names.iter().filter(|name| doc.has(&name.chars));
        if let Some(least) = named.map(|name| name.least).min_by(f64::total_cmp) {
            return (nearness >= least).then_some(NAMED + nearness);
        }
        if nearness < NEAR_WITHOUT_NAME {
            return None;
        }
        let likeness = likeness::nearest(&self.store, doc, &topic.places(), &topic.names[0].chars);
        (likeness >= LIKE_WITHOUT_NAME).then_some(likeness)
    }

    pub(crate) fn join(&mut self, id: u64, place: Place) {
        let (Some(topic), Some(doc)) = (self.topics.get_mut(&id), self.store.doc(place)) else {
            return;
        };
        topic.members.insert(place, Member::of(doc));
        self.taken.insert(place, id);
        if topic.members.len() >= topic.review_at {
            self.review(id);
        }
    }

    /// How much is said in the city, as of now.
    pub(crate) fn season(&mut self) -> Season {
        let (store, now, window) = (&self.store, self.now, self.settings.window);
        *self.season.get_or_insert_with(|| Season::of(store, now, window))
    }

    /// Lets the topic go that has been quiet longest, where there are too many.
    pub(crate) fn bound(&mut self) {
        while self.topics.len() > TOPICS_MAX {
            let oldest = self
                .topics
                .iter()
                .min_by_key(|(id, topic)| (topic.last_at(), **id));
            let Some(id) = oldest.map(|(id, _)| *id) else {
                return;
            };
            self.dissolve(id);
        }
    }
}
