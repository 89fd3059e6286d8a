//! What the ledger of lessons holds, folded: the latest lessons one by one, everything ever known as counts by week and
//! category.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::CategoryId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ledger::{Count, Record};
use super::lesson::{How, Key, Lesson, Week};
use super::version::Versions;
use crate::limits::{LESSONS_MAX, LESSONS_OF_A_STEP, WEEKS_MAX};

/// How often the system has said a category in a week, and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// How often it was said.
    #[serde(default)]
    pub(crate) said: u64,
    /// How often it was dispatched without a person.
    #[serde(default)]
    pub(crate) alone: u64,
    /// Confirmed.
    #[serde(default)]
    pub(crate) right: u64,
    /// Corrected by a person.
    #[serde(default)]
    pub(crate) corrected: u64,
    /// Given back by a unit.
    #[serde(default)]
    pub(crate) returned: u64,
    /// Taken away by the arbiter.
    #[serde(default)]
    pub(crate) ruled: u64,
    /// Taken away by the desk.
    #[serde(default)]
    pub(crate) redispatched: u64,
}

impl Tally {
    /// Of how many sayings it is known whether they were right.
    pub(crate) fn known(&self) -> u64 {
        self.right + self.wrong()
    }

    /// How many were wrong, however that was found.
    pub(crate) fn wrong(&self) -> u64 {
        self.corrected + self.returned + self.ruled + self.redispatched
    }

    /// Another tally's counts on top.
    pub(crate) fn add(&mut self, other: &Tally) {
        self.said += other.said;
        self.alone += other.alone;
        self.right += other.right;
        self.corrected += other.corrected;
        self.returned += other.returned;
        self.ruled += other.ruled;
        self.redispatched += other.redispatched;
    }

    fn of(&mut self, how: How) -> &mut u64 {
        match how {
            How::Confirmed => &mut self.right,
            How::Corrected => &mut self.corrected,
            How::Returned => &mut self.returned,
            How::Ruled => &mut self.ruled,
            How::Redispatched => &mut self.redispatched,
        }
    }
}

/// Everything that is known of what the system has said.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// The place in the feed up to which everything is in here.
    token: String,
    lessons: BTreeMap<Key, Lesson>,
    /// The lessons by when they were said: the oldest are counted only.
    by_age: BTreeSet<(Timestamp, Key)>,
    /// What was said up to here is counted only.
    folded_until: Option<Timestamp>,
    weeks: BTreeMap<Week, BTreeMap<CategoryId, Tally>>,
    /// Of sealed tickets, by week: they are counted and nothing else.
    withheld: BTreeMap<Week, u64>,
    versions: Versions,
    /// Sayings a model has learned from, or that the gate has refused.
    settled: BTreeSet<Key>,
}

impl Book {
    /// Folds a record. Total.
    pub(crate) fn fold(&mut self, record: Record) {
        match record {
            Record::Step {
                token,
                said,
                lessons,
                withheld,
            } => {
                self.token = token;
                said.into_iter().for_each(|count| self.count(count));
                lessons.into_iter().for_each(|lesson| self.learn_of(lesson));
                for (week, count) in withheld {
                    *self.withheld.entry(week).or_default() += count;
                }
                self.forget_the_oldest();
            }
            Record::Version(version) => {
                self.settled.extend(version.from.iter().copied());
                for key in &version.again {
                    self.settled.remove(key);
                }
                self.versions.take(version);
            }
            Record::Refused(refused) => {
                self.settled.extend(refused.from.iter().copied());
                self.versions.refuse(refused);
            }
            Record::PassedOver { why, from } => {
                self.versions.pass_over(why, from.len());
                self.settled.extend(from);
            }
            Record::Settled { anew, from } => {
                if anew {
                    self.settled.clear();
                }
                self.settled.extend(from);
            }
            Record::Counts {
                learned,
                refused,
                passed_over,
            } => self.versions.count(learned, refused, passed_over),
            Record::Folded { until } => self.folded_until = self.folded_until.max(Some(until)),
            Record::Anew {} => {
                let versions = std::mem::take(&mut self.versions);
                let settled = std::mem::take(&mut self.settled);
                *self = Self {
                    versions,
                    settled,
                    ..Self::default()
                };
            }
        }
    }

    fn count(&mut self, count: Count) {
        self.weeks
            .entry(count.week)
            .or_default()
            .entry(count.category)
            .or_default()
            .add(&count.tally);
    }

    /// A lesson about the same saying as an earlier one takes its place.
    fn learn_of(&mut self, lesson: Lesson) {
        if self.folded_until.is_some_and(|until| lesson.said_at <= until) {
            return;
        }
        let week = self.weeks.entry(lesson.week).or_default();
        *week.entry(lesson.said.clone()).or_default().of(lesson.how) += 1;
        self.by_age.insert((lesson.said_at, lesson.key));
        let right = lesson.right.clone();
        if let Some(before) = self.lessons.insert(lesson.key, lesson) {
            if before.right != right {
                // What was learned of it no longer holds.
                self.settled.remove(&before.key);
            }
            let week = self.weeks.entry(before.week).or_default();
            let count = week.entry(before.said).or_default().of(before.how);
            *count = count.saturating_sub(1);
        }
    }

    fn forget_the_oldest(&mut self) {
        while self.lessons.len() > LESSONS_MAX {
            let Some((said_at, key)) = self.by_age.pop_first() else {
                break;
            };
            self.lessons.remove(&key);
            self.settled.remove(&key);
            self.folded_until = self.folded_until.max(Some(said_at));
        }
        while self.weeks.len() > WEEKS_MAX {
            self.weeks.pop_first();
        }
        while self.withheld.len() > WEEKS_MAX {
            self.withheld.pop_first();
        }
    }

    /// The place in the feed.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The lesson about a saying.
    pub(crate) fn lesson(&self, key: &Key) -> Option<&Lesson> {
        self.lessons.get(key)
    }

    /// The lessons in the order of what they are about.
    #[cfg(test)]
    pub(crate) fn lessons(&self) -> impl DoubleEndedIterator<Item = &Lesson> {
        self.lessons.values()
    }

    /// The latest lessons first, by when it was said.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &Lesson> {
        self.by_age
            .iter()
            .rev()
            .filter_map(|(_, key)| self.lessons.get(key))
    }

    /// The corrections after a key, in order.
    pub(crate) fn corrections_after(&self, after: Option<Key>) -> impl Iterator<Item = &Lesson> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.lessons
            .range((from, Unbounded))
            .map(|(_, lesson)| lesson)
            .filter(|lesson| !lesson.is_right())
    }

    /// Corrections no model has been offered yet.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = &Lesson> {
        self.lessons
            .values()
            .filter(|lesson| lesson.correction().is_some() && !self.settled.contains(&lesson.key))
    }

    /// The tallies by week and category.
    pub(crate) fn weeks(&self) -> &BTreeMap<Week, BTreeMap<CategoryId, Tally>> {
        &self.weeks
    }

    /// What is counted of sealed tickets, by week.
    pub(crate) fn withheld(&self) -> &BTreeMap<Week, u64> {
        &self.withheld
    }

    /// The versions of the model.
    pub(crate) fn versions(&self) -> &Versions {
        &self.versions
    }

    /// What a shorter ledger would hold to fold into the same book.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut known: BTreeMap<(Week, &CategoryId), Tally> = BTreeMap::new();
        for lesson in self.lessons.values() {
            *known
                .entry((lesson.week, &lesson.said))
                .or_default()
                .of(lesson.how) += 1;
        }
        let mut said = Vec::new();
        for (week, categories) in &self.weeks {
            for (category, tally) in categories {
                let lessons = known.get(&(*week, category)).copied().unwrap_or_default();
                said.push(Count {
                    week: *week,
                    category: category.clone(),
                    tally: tally.without(&lessons),
                });
            }
        }
        let mut records = vec![Record::Step {
            token: self.token.clone(),
            said,
            lessons: Vec::new(),
            withheld: self
                .withheld
                .iter()
                .map(|(week, count)| (*week, *count))
                .collect(),
        }];
        let lessons: Vec<&Lesson> = self.lessons.values().collect();
        records.extend(lessons.chunks(LESSONS_OF_A_STEP).map(|some| Record::Step {
            token: self.token.clone(),
            said: Vec::new(),
            lessons: some.iter().map(|lesson| (*lesson).clone()).collect(),
            withheld: Vec::new(),
        }));
        records.extend(self.folded_until.map(|until| Record::Folded { until }));
        records.extend(self.versions.records());
        // The last word on each correction comes after the versions that have learned from it.
        records.push(Record::Settled {
            anew: true,
            from: Vec::new(),
        });
        let settled: Vec<Key> = self.settled.iter().copied().collect();
        records.extend(settled.chunks(LESSONS_OF_A_STEP).map(|some| Record::Settled {
            anew: false,
            from: some.to_vec(),
        }));
        records
    }
}

impl Tally {
    fn without(&self, other: &Tally) -> Tally {
        Tally {
            said: self.said.saturating_sub(other.said),
            alone: self.alone.saturating_sub(other.alone),
            right: self.right.saturating_sub(other.right),
            corrected: self.corrected.saturating_sub(other.corrected),
            returned: self.returned.saturating_sub(other.returned),
            ruled: self.ruled.saturating_sub(other.ruled),
            redispatched: self.redispatched.saturating_sub(other.redispatched),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
