//! When the system was down, as the levels say that fired after it: for those that other rules would have had fire then.

use jiff::{SignedDuration, Timestamp};

use crate::ticket::Event;

/// What the system could have fired so shortly before it did is not late: such a level is charged like any other.
pub(crate) const IN_TIME: SignedDuration = SignedDuration::from_secs(60);
/// Outages that are kept: further ones are forgotten.
const SPANS_MAX: usize = 10_000;

/// Outages of the system. Levels that fired marked "the system was down" tell of one: from the last sign of life before
/// their instants until the first of them fired. A level that fired unmarked says that there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outages {
    /// One after the other, none within another.
    spans: Vec<(Timestamp, Timestamp)>,
    /// When anything was recorded last.
    recorded_at: Option<Timestamp>,
    /// When levels were last known to fire before the last outage, or since.
    fired_at: Option<Timestamp>,
}

impl Outages {
    /// Something other than a level was recorded; whatever was recorded of all tickets, in the order of time.
    pub fn was_up(&mut self, at: Timestamp) {
        self.recorded_at = Some(at);
    }

    /// What was recorded.
    pub fn hear(&mut self, event: &Event, at: Timestamp) {
        let Event::LevelFired {
            due_at,
            system_was_down,
            ..
        } = event
        else {
            return self.was_up(at);
        };
        if *system_was_down {
            self.missed(*due_at, at);
        } else {
            self.fired_at = Some(at);
        }
        self.was_up(at);
    }

    fn missed(&mut self, due_at: Timestamp, at: Timestamp) {
        let seen_at = self.recorded_at.map_or(due_at, |seen_at| seen_at.min(due_at));
        // One that had waited for somebody's decision was due long before the system went down.
        let from = self.fired_at.map_or(seen_at, |fired_at| fired_at.max(seen_at));
        match self.spans.last_mut() {
            Some((start, end)) if from < *end => *start = from.min(*start),
            last => {
                let was_back_at = last.map(|(_, end)| *end);
                self.fired_at = self.fired_at.max(was_back_at);
                if from < at && self.spans.len() < SPANS_MAX {
                    self.spans.push((from, at));
                }
            }
        }
    }

    /// When the system was back, where it was down at an instant and what was to fire then is late.
    pub fn back_at(&self, instant: Timestamp) -> Option<Timestamp> {
        let next = self.spans.partition_point(|(_, end)| *end <= instant);
        let (start, end) = self.spans.get(next)?;
        (*start <= instant && end.duration_since(instant) > IN_TIME).then_some(*end)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::Outages;
    use crate::clock::{Kind, Level, RunId};
    use crate::ticket::Event;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    /// Levels by when they were due and when they fired, and whether that was marked.
    fn heard(fired: &[(i64, i64, bool)]) -> Outages {
        let mut outages = Outages::default();
        for (due_at, fired_at, system_was_down) in fired {
            outages.hear(&level(*due_at, *system_was_down), at(*fired_at));
        }
        outages
    }

    fn level(due_at: i64, system_was_down: bool) -> Event {
        let clock = RunId {
            kind: Kind::Sign,
            leg: None,
            run: 1,
        };
        Event::LevelFired {
            clock,
            level: Level::L1,
            due_at: at(due_at),
            system_was_down,
            points_tenths: 0,
            told: Vec::new(),
        }
    }

    #[test]
    fn an_outage_lasts_from_the_last_sign_of_life_until_a_level_fired() {
        let outages = heard(&[(5, 5, false), (20, 60, true), (15, 61, true), (40, 62, true)]);
        assert_eq!(outages.back_at(at(4)), None);
        for within in [5, 15, 40, 58] {
            assert_eq!(outages.back_at(at(within)), Some(at(60)));
        }
        assert_eq!(outages.back_at(at(59)), None, "fired as good as in time");
        assert_eq!(outages.back_at(at(60)), None);
    }

    #[test]
    fn what_had_waited_for_a_decision_does_not_make_it_longer() {
        let outages = heard(&[(50, 50, false), (3, 60, true), (70, 70, false), (4, 80, true)]);
        assert_eq!(outages.back_at(at(3)), None);
        assert_eq!(outages.back_at(at(49)), None);
        assert_eq!(outages.back_at(at(55)), Some(at(60)));
        assert_eq!(outages.back_at(at(65)), None);
        assert_eq!(outages.back_at(at(75)), Some(at(80)));
    }

    /// Residents and units went on while nothing fired.
    #[test]
    fn what_is_recorded_meanwhile_is_no_sign_that_levels_fire() {
        let mut outages = heard(&[(5, 5, false), (20, 60, true)]);
        outages.was_up(at(100));
        outages.hear(&level(90, true), at(120));
        assert_eq!(outages.back_at(at(89)), None);
        assert_eq!(outages.back_at(at(95)), Some(at(120)));
    }

    #[test]
    fn what_the_first_outage_left_behind_is_of_the_second() {
        let outages = heard(&[(10, 20, true), (30, 40, true), (15, 41, true)]);
        assert_eq!(outages.back_at(at(12)), Some(at(20)));
        assert_eq!(outages.back_at(at(25)), Some(at(40)));
        assert_eq!(outages.back_at(at(35)), Some(at(40)));
    }
}
