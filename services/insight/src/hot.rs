//! Hot topics of the city: the detector of [`crate::topics`] over the tickets of the feed.
//!
//! Made of residents' words, so in memory only, never on a disk: after a start it is made anew from the feed, in the
//! background, and while it is behind answers say so. Sealed tickets never enter it; one that is sealed or erased leaves
//! it, and what it taught, with the change that tells of it. `follower` feeds it, `wire` shows it.

mod follower;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::id::{AreaId, TicketNumber};
use domain::rules::{AreaLevel, Rules};
use jiff::{SignedDuration, Timestamp};

pub(crate) use self::follower::Follower;

use crate::limits::{MERGED_MAX, PLACE_CHARS_MAX};
use crate::topics::{Detector, Hot, Message, Settings};

/// What a resident has said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Texts {
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) place: String,
}

/// A ticket as it enters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) number: TicketNumber,
    pub(crate) registered_at: Timestamp,
    pub(crate) category: String,
    pub(crate) area: String,
    pub(crate) texts: Texts,
}

/// Which topics are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) window: SignedDuration,
    pub(crate) area: Option<AreaId>,
    pub(crate) people_min: usize,
    pub(crate) limit: usize,
}

/// A topic, and what of it is merged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) hot: Hot,
    /// The incident most of its tickets are merged into.
    pub(crate) incident: String,
    /// How many are merged into one.
    pub(crate) merged: usize,
    /// Enough people for an incident, and tickets that stand alone.
    pub(crate) is_merge_advised: bool,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// Everything up to here is in it; none before the first change.
    pub(crate) as_of: Option<Timestamp>,
    /// It has once caught up since the process began.
    pub(crate) is_complete: bool,
}

/// The detector, which tickets are merged, and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct HotTopics {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// None before the first ticket: it is made with the rules' areas.
    detector: Option<Detector>,
    /// The incident of each merged ticket.
    merged: HashMap<TicketNumber, String>,
    progress: Progress,
}

impl HotTopics {
    /// A new ticket. Its place is read as the first of its text.
    pub(crate) fn take(&self, told: &Told, rules: &Rules) {
        let place: String = told.texts.place.chars().take(PLACE_CHARS_MAX).collect();
        let body = format!("{place}\n{}", told.texts.body);
        let number = told.number.to_string();
        let mut inner = self.lock();
        let detector = inner
            .detector
            .get_or_insert_with(|| Detector::new(settings(rules)));
        detector.push(&Message {
            id: &number,
            person: None,
            at: told.registered_at.as_second(),
            subject: &told.texts.subject,
            body: &body,
            likes: 0,
            area: &told.area,
            category: &told.category,
        });
    }

    /// It was said what a ticket is about.
    pub(crate) fn classify(&self, number: TicketNumber, category: &str, area: &str) {
        if let Some(detector) = &mut self.lock().detector {
            detector.classify(&number.to_string(), category, area);
        }
    }

    /// A ticket is merged into an incident, or into none any more.
    pub(crate) fn merge(&self, number: TicketNumber, incident: &str) {
        let mut inner = self.lock();
        if incident.is_empty() {
            inner.merged.remove(&number);
        } else if inner.merged.len() < MERGED_MAX {
            inner.merged.insert(number, incident.to_owned());
        }
    }

    /// A sealed or erased ticket leaves, and what it taught.
    pub(crate) fn forget(&self, number: TicketNumber) {
        let mut inner = self.lock();
        inner.merged.remove(&number);
        if let Some(detector) = &mut inner.detector {
            detector.remove(&number.to_string());
        }
    }

    /// Begins anew, with another history.
    pub(crate) fn forget_all(&self) {
        *self.lock() = Inner::default();
    }

    pub(crate) fn come_to(&self, at: Timestamp, is_complete: bool) {
        let progress = &mut self.lock().progress;
        progress.as_of = progress.as_of.max(Some(at));
        progress.is_complete |= is_complete;
    }

    /// The hottest topics of what is asked for, as far as it has come.
    pub(crate) fn list(&self, ask: &Ask, rules: &Rules, now: Timestamp) -> (Vec<Shown>, Progress) {
        let inner = self.lock();
        let Some(detector) = &inner.detector else {
            return (Vec::new(), inner.progress);
        };
        let since = now.checked_sub(ask.window).unwrap_or(Timestamp::MIN).as_second();
        let is_within = |area: &str| {
            ask.area
                .as_ref()
                .is_none_or(|whole| AreaId::parse(area).is_ok_and(|area| rules.areas.is_within(&area, whole)))
        };
        let mut hot = detector.hot(since, ask.people_min, |one| is_within(&one.area));
        hot.truncate(ask.limit);
        let enough = usize::from(rules.profile().triggers.incident_listeners);
        let shown = hot.into_iter().map(|hot| inner.shown(hot, enough)).collect();
        (shown, inner.progress)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn shown(&self, hot: Hot, enough: usize) -> Shown {
        let incident_of = |id: &str| {
            let number = id.parse().ok();
            number
                .and_then(|number: TicketNumber| self.merged.get(&number))
                .map_or("", String::as_str)
        };
        let incidents: Vec<&str> = hot.members.iter().map(|one| incident_of(&one.id)).collect();
        let incident = crate::topics::most(incidents.iter().copied());
        let merged = incidents.iter().filter(|one| !one.is_empty()).count();
        let stands_alone =
            |one: &crate::topics::Member| incident_of(&one.id).is_empty() && one.id != incident;
        let is_merge_advised = hot.people >= enough && hot.members.iter().any(stands_alone);
        Shown {
            incident,
            merged,
            is_merge_advised,
            hot,
        }
    }
}

/// Behind the names of cities and districts stand places.
fn settings(rules: &Rules) -> Settings {
    let areas = rules.areas.iter();
    let areas = areas.filter(|area| matches!(area.level, AreaLevel::City | AreaLevel::District));
    Settings {
        areas: areas.map(|area| area.zh.clone()).collect(),
        ..Settings::default()
    }
}
