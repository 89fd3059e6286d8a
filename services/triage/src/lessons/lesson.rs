//! What one saying of the system's came to.

use std::fmt;

use domain::id::{CategoryId, TicketNumber};
use jiff::Timestamp;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which saying: the ticket, and its version when the system said what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) number: TicketNumber,
    pub(crate) version: u32,
}

/// How it is known whether the system was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// Dispatched under what was said, and closed without anybody objecting.
    Confirmed,
    /// A person has said otherwise.
    Corrected,
    /// A unit gave it back as another's duty, and the desk agreed.
    Returned,
    /// The arbiter took it from the unit.
    Ruled,
    /// The desk took it from the unit.
    Redispatched,
}

impl How {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            How::Confirmed => "confirmed",
            How::Corrected => "corrected",
            How::Returned => "returned",
            How::Ruled => "ruled",
            How::Redispatched => "redispatched",
        }
    }
}

/// A week of the ISO calendar, by the city's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Week {
    year: i16,
    week: i8,
}

impl Week {
    /// The last week there is.
    pub(crate) const LAST: Week = Week { year: 9999, week: 53 };

    /// The week of a day.
    pub(crate) fn of(day: Date) -> Self {
        let iso = day.iso_week_date();
        Self {
            year: iso.year(),
            week: iso.week(),
        }
    }

    /// Reads `2026-W47`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (year, week) = text.split_once("-W")?;
        let (year, week) = (year.parse().ok()?, week.parse().ok()?);
        ISOWeekDate::new(year, week, Weekday::Monday).ok()?;
        Some(Self { year, week })
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl Serialize for Week {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Week {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Week::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a week such as 2026-W47"))
    }
}

/// What came of one saying. Numbers and codes only, never a word of a resident's. Frozen once released (invariant
/// A-10): new facts are new optional fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lesson {
    /// Which saying.
    #[serde(flatten)]
    pub(crate) key: Key,
    /// When the system said it.
    pub(crate) said_at: Timestamp,
    /// The week of that, by the city's days.
    pub(crate) week: Week,
    /// When it was known.
    pub(crate) at: Timestamp,
    /// What the system said.
    pub(crate) said: CategoryId,
    /// How sure it was, in percent.
    pub(crate) sureness: u8,
    /// Whether it was dispatched without a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) alone: bool,
    /// What it is about, where that is known: a unit that gives a matter back says whose it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) right: Option<CategoryId>,
    /// How it is known.
    pub(crate) how: How,
    /// The version of the model that was in force when it was said, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
}

impl Lesson {
    /// Whether the system was right.
    pub(crate) fn is_right(&self) -> bool {
        self.how == How::Confirmed
    }

    /// The category the model should have said, where it is another one.
    pub(crate) fn correction(&self) -> Option<&CategoryId> {
        self.right.as_ref().filter(|right| **right != self.said)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_week_belongs_to_the_year_of_its_thursday() {
        assert_eq!(Week::of(date(2027, 1, 1)).to_string(), "2026-W53");
        assert_eq!(Week::of(date(2026, 11, 22)).to_string(), "2026-W47");
        assert_eq!(Week::parse("2026-W47"), Some(Week::of(date(2026, 11, 16))));
        assert_eq!(Week::parse("2025-W53"), None);
        assert_eq!(Week::parse("2026-47"), None);
    }

    #[test]
    fn a_lesson_reads_as_it_was_first_written() {
        let written = r#"{"number":"20261121-0000018","version":3,"said_at":"2026-11-21T01:00:00Z","week":"2026-W47","at":"2026-11-21T02:00:00Z","said":"urban.noise","sureness":83,"alone":true,"right":"utilities.water","how":"corrected","model":"m-1"}"#;
        let lesson: Lesson = serde_json::from_str(written).unwrap();
        assert_eq!(serde_json::to_string(&lesson).unwrap(), written);
        let short = r#"{"number":"20261121-0000018","version":3,"said_at":"2026-11-21T01:00:00Z","week":"2026-W47","at":"2026-11-21T02:00:00Z","said":"urban.noise","sureness":83,"how":"returned"}"#;
        let lesson: Lesson = serde_json::from_str(short).unwrap();
        assert_eq!(serde_json::to_string(&lesson).unwrap(), short);
    }
}
