//! How long a run has rested, in every measure: minutes of one measure are none of another, and a limit may give way to
//! one that counts otherwise.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Run, is_zero};
use crate::time::{Calendar, Measure};

/// What counted while a run rested, in each measure a limit may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rested {
    /// Minutes of natural time.
    pub natural: u32,
    /// Minutes of working time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub working: u32,
    /// Minutes within the desk's hours.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub desk: u32,
}

impl Rested {
    /// One rest.
    pub fn between(calendar: &Calendar, since: Timestamp, until: Timestamp) -> Self {
        let counted = |measure| calendar.elapsed_minutes(measure, since, until);
        Self {
            natural: counted(Measure::Natural),
            working: counted(Measure::Working),
            desk: counted(Measure::Desk),
        }
    }

    /// With a further one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            natural: self.natural.saturating_add(other.natural),
            working: self.working.saturating_add(other.working),
            desk: self.desk.saturating_add(other.desk),
        }
    }

    /// In minutes of a measure; no limit counts those in which residents may be rung.
    pub fn in_measure(self, measure: Measure) -> u32 {
        match measure {
            Measure::Natural | Measure::Callback => self.natural,
            Measure::Working => self.working,
            Measure::Desk => self.desk,
        }
    }
}

impl Run {
    /// What it has rested so far. Of a run that was recorded before this was kept, as if it had been one rest from its
    /// start on.
    pub(crate) fn rests(&self, calendar: &Calendar) -> Rested {
        if self.paused_minutes == 0 || !is_zero(&self.rested) {
            return self.rested;
        }
        let until = calendar.advance(self.limit.measure(), self.started_at, self.paused_minutes);
        Rested::between(calendar, self.started_at, until)
    }

    /// Whether it counts from where the raised run `last` counted before that.
    pub(crate) fn is_back_from(&self, last: &Run) -> bool {
        let is_there = last
            .origin
            .is_some_and(|origin| origin.started_at == self.started_at);
        is_there && self.origin.is_none() && last.started_at != self.started_at
    }

    /// From where it counts when its matter is no longer urgent: as before it was raised.
    pub(crate) fn at_its_origin(&self, calendar: &Calendar) -> Run {
        let Some(origin) = self.origin else {
            return self.clone();
        };
        let rested = origin.rested.and(self.rests(calendar));
        Run {
            started_at: origin.started_at,
            paused_minutes: rested.in_measure(self.limit.measure()),
            rested,
            extended_days: origin.extended_days.saturating_add(self.extended_days),
            origin: None,
            ..self.clone()
        }
    }

    /// The same in minutes of a measure: in its own what was added to its due time.
    pub(crate) fn paused_in(&self, measure: Measure, calendar: &Calendar) -> u32 {
        if measure == self.limit.measure() {
            return self.paused_minutes;
        }
        self.rests(calendar).in_measure(measure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::check::city::rules;

    #[test]
    fn an_old_record_is_read_and_its_rest_is_taken_over_as_one_from_the_start() {
        let old = r#"{"kind":"c4","run":2,"limit":"7 d","started_at":"2026-11-23T01:00:00Z",
            "due_at":"2026-12-07T01:00:00Z","yellow_at":"2026-12-05T01:00:00Z","paused_minutes":10080}"#;
        let run: Run = serde_json::from_str(old).unwrap();
        assert!(is_zero(&run.rested));
        let calendar = rules().calendar();
        assert_eq!(run.paused_in(Measure::Natural, calendar), 10_080);
        assert_eq!(run.paused_in(Measure::Working, calendar), 5 * 7 * 60);
        assert!(!serde_json::to_string(&run).unwrap().contains("rested"));
    }
}
