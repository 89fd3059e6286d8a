//! The agenda: what happens when. Scenes beget scenes.

use std::collections::{BTreeMap, VecDeque};

use domain::rules::Rules;
use jiff::{SignedDuration, Timestamp};

use super::stories::Story;
use crate::city::DemoMessage;

/// Something that happens at a time.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) at: Timestamp,
    pub(super) act: Act,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// A resident writes or calls.
    Arrives { turn: usize },
    /// A triager looks at what waits, or the department signs what has been dispatched by itself.
    Triaged { turn: usize, number: String },
    /// The lead signs.
    Signed { turn: usize, number: String },
    /// The lead rings the resident.
    Contacted { turn: usize, number: String },
    /// The lead reports on the way, grades A and B.
    Reported { turn: usize, number: String },
    /// The lead replies.
    Replied { turn: usize, number: String },
    /// An auditor reads the reply.
    Audited { turn: usize, number: String },
    /// The resident is rung back.
    CalledBack { turn: usize, number: String },
    /// A story goes on.
    Told { story: Story, step: usize },
}

/// The day's agenda.
pub(super) struct Day {
    messages: Vec<DemoMessage>,
    agenda: BTreeMap<Timestamp, VecDeque<Act>>,
    planned: u64,
    done: u64,
}

impl Day {
    /// Residents arrive over twelve hours, more in the morning.
    pub(super) fn plan(rules: &Rules, messages: Vec<DemoMessage>, begins: Timestamp) -> Self {
        let mut day = Self {
            messages,
            agenda: BTreeMap::new(),
            planned: 0,
            done: 0,
        };
        let calendar = rules.calendar();
        let count = u32::try_from(day.messages.len()).unwrap_or(1).max(1);
        for turn in 0..day.messages.len() {
            let share = u32::try_from(turn).unwrap_or(0);
            let minutes = 12 * 60 * share / count * share.max(count / 2) / count;
            let at = calendar.advance(domain::time::Measure::Natural, begins, minutes);
            day.add(at, Act::Arrives { turn });
        }
        // In office hours, one after the other.
        for (nth, story) in (2..).zip(Story::ALL) {
            day.add(
                begins + SignedDuration::from_hours(nth) / 2,
                Act::Told { story, step: 0 },
            );
        }
        day
    }

    pub(super) fn add(&mut self, at: Timestamp, act: Act) {
        self.agenda.entry(at).or_default().push_back(act);
        self.planned += 1;
    }

    pub(super) fn after(&mut self, scene: &Scene, wait: SignedDuration, act: Act) {
        self.add(scene.at + wait, act);
    }

    /// The next scene before the present; what lies beyond has not happened yet.
    pub(super) fn next_before(&mut self, now: Timestamp) -> Option<Scene> {
        let mut first = self.agenda.first_entry()?;
        let at = *first.key();
        if at >= now {
            return None;
        }
        let act = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        self.done += 1;
        act.map(|act| Scene { at, act })
    }

    pub(super) fn message(&self, turn: usize) -> &DemoMessage {
        &self.messages[turn]
    }

    pub(super) fn planned(&self) -> u64 {
        self.planned
    }

    pub(super) fn done(&self) -> u64 {
        self.done
    }
}
