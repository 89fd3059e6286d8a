//! A topic that has grown is looked at again: its problem is learnt anew from all its messages, those of it that came
//! before are found, and one that has become a mixture is cut back or let go.

use std::collections::BTreeSet;

use super::Detector;
use super::birth::{COHERENCE_KEPT, COHERENCE_MIN, NEAR_WITH_NAME, title};
use super::likeness;
use super::profile::Profile;
use super::store::Place;
use super::topic::{Member, Name, Topic};

/// The least nearness that is asked of a message with a name.
const NEAR_LEAST: f64 = 0.1;
/// What is asked where half of what is said of a place is of another matter, in terms of the share that is not.
const NEAR_BY_OTHERS: f64 = 0.49;
/// How near the messages of a mixture must be to stay.
const NEAR_TIGHT: f64 = 0.6;
/// A name is one of a topic while this share of its uses is.
const SHARE_MIN: f64 = 0.5;

impl Detector {
    /// Learns a topic anew from its messages, and looks for those of it that came before.
    pub(crate) fn review(&mut self, id: u64) {
        let season = self.season();
        let Some(topic) = self.topics.get_mut(&id) else {
            return;
        };
        topic.choose_name(&self.store);
        let Some(topic) = self.topics.get(&id) else { return };
        let name = topic.names[0].chars.clone();
        let members = topic.places();
        let others = self.others(topic);
        let profile = Profile::of(&self.store, &members, &others, &name);
        if likeness::coherence(&self.store, &members, &name) < COHERENCE_KEPT {
            self.tighten(id, &profile, &name);
            return;
        }
        let names = self.weigh_names(topic);
        let is_free = |place: &&Place| !self.taken.contains_key(place);
        let fits = |place: &&Place| {
            self.store.doc(**place).is_some_and(|doc| {
                let named = names.iter().filter(|name| doc.has(&name.chars));
                let least = named.map(|name| name.least).fold(f64::MAX, f64::min);
                profile.nearness(doc) >= least
            })
        };
        let joining: Vec<Place> = others.iter().filter(is_free).filter(fits).copied().collect();
        let surge = season.surge(&self.store, &members);
        let title = title(&self.store, &members, &name, &profile);
        let Some(topic) = self.topics.get_mut(&id) else {
            return;
        };
        for place in joining {
            if let Some(doc) = self.store.doc(place) {
                topic.members.insert(place, Member::of(doc));
                self.taken.insert(place, id);
            }
        }
        topic.profile = profile;
        topic.names = names;
        topic.title = title;
        if surge.evidence() > topic.surge.evidence() {
            topic.surge = surge;
        }
        topic.put_off_review();
    }

    /// The messages with one of a topic's names that are not of it.
    fn others(&self, topic: &Topic) -> Vec<Place> {
        let named = topic
            .names
            .iter()
            .flat_map(|name| self.store.with_name(&name.chars));
        let others: BTreeSet<Place> = named.filter(|place| !topic.members.contains_key(place)).collect();
        others.into_iter().collect()
    }

    /// The names of a topic that are mostly used for it. Where nearly all that is said of a place is of the topic, less
    /// is asked of one more message to be of it.
    fn weigh_names(&self, topic: &Topic) -> Vec<Name> {
        let weigh = |(at, name): (usize, &Name)| {
            let uses = self.store.with_name(&name.chars);
            let inside = uses
                .iter()
                .filter(|place| topic.members.contains_key(place))
                .count();
            let share = (inside as f64 + 1.0) / (uses.len() as f64 + 3.0);
            let least = (NEAR_BY_OTHERS * (1.0 - share)).clamp(NEAR_LEAST, NEAR_WITH_NAME);
            let chars = name.chars.clone();
            (at == 0 || share >= SHARE_MIN).then_some(Name { chars, least })
        };
        topic.names.iter().enumerate().filter_map(weigh).collect()
    }

    /// A topic whose messages are hardly alike any more keeps those that are; where too few are left it was none.
    fn tighten(&mut self, id: u64, profile: &Profile, name: &[char]) {
        let Some(mut topic) = self.topics.remove(&id) else {
            return;
        };
        for place in topic.places() {
            let doc = self.store.doc(place);
            if doc.is_none_or(|doc| profile.nearness(doc) < NEAR_TIGHT) {
                topic.members.remove(&place);
                self.taken.remove(&place);
            }
        }
        let members = topic.places();
        let coherence = likeness::coherence(&self.store, &members, name);
        if topic.people() < self.settings.people_min || coherence < COHERENCE_MIN {
            for place in &members {
                self.taken.remove(place);
            }
            return;
        }
        topic.profile = Profile::of(&self.store, &members, &[], name);
        topic.title = title(&self.store, &members, name, &topic.profile);
        for one in &mut topic.names {
            one.least = NEAR_TIGHT;
        }
        topic.put_off_review();
        self.topics.insert(id, topic);
    }
}
