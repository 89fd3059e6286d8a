//! The hours of a day in which time counts.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// A span of the day in which time counts, `from` included, `to` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Opens at.
    pub from: Time,
    /// Closes at. Midnight is the end of the day, written `24:00`.
    #[serde(with = "closing")]
    pub to: Time,
}

const WHOLE_DAY: SignedDuration = SignedDuration::from_hours(24);

impl Hours {
    /// When they open on that day.
    pub fn open_on(self, date: Date) -> DateTime {
        date.to_datetime(self.from)
    }

    /// When they close on that day; with `24:00`, the first instant of the next.
    pub fn close_on(self, date: Date) -> DateTime {
        self.open_on(date)
            .saturating_add(self.closes() - since_midnight(self.from))
    }

    /// How long they last. Not above zero: they close before they open.
    pub fn length(self) -> SignedDuration {
        self.closes() - since_midnight(self.from)
    }

    /// Whether these begin before `earlier` has ended.
    pub fn overlap(self, earlier: Self) -> bool {
        since_midnight(self.from) < earlier.closes()
    }

    fn closes(self) -> SignedDuration {
        match self.to == Time::midnight() {
            true => WHOLE_DAY,
            false => since_midnight(self.to),
        }
    }
}

/// `08:30-17:30`; the end of the day is `24:00`.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.from.strftime("%H:%M");
        match self.to == Time::midnight() {
            true => write!(f, "{from}-24:00"),
            false => write!(f, "{from}-{}", self.to.strftime("%H:%M")),
        }
    }
}

fn since_midnight(time: Time) -> SignedDuration {
    time.duration_since(Time::midnight())
}

/// The end of the day has no time of its own: midnight as a close is written `24:00:00`.
mod closing {
    use jiff::civil::Time;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    const END_OF_DAY: &str = "24:00:00";

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(to: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        match *to == Time::midnight() {
            true => serializer.serialize_str(END_OF_DAY),
            false => to.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "24:00" | END_OF_DAY => Ok(Time::midnight()),
            text => text.parse().map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime, time};

    use super::*;

    fn hours(from: (i8, i8), to: (i8, i8)) -> Hours {
        Hours {
            from: time(from.0, from.1, 0, 0),
            to: time(to.0, to.1, 0, 0),
        }
    }

    #[test]
    fn hours_read_back_as_they_are_written() {
        for text in [
            r#"{"from":"08:30:00","to":"17:30:00"}"#,
            r#"{"from":"08:30:00","to":"24:00:00"}"#,
            r#"{"from":"00:00:00","to":"24:00:00"}"#,
        ] {
            let hours: Hours = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&hours).unwrap(), text);
        }
        let short: Hours = serde_json::from_str(r#"{"from":"08:30","to":"24:00"}"#).unwrap();
        assert_eq!(short, hours((8, 30), (0, 0)));
        assert_eq!(short.to_string(), "08:30-24:00");
        assert_eq!(hours((8, 30), (17, 30)).to_string(), "08:30-17:30");
        for wrong in [
            r#"{"from":"24:00","to":"24:00"}"#,
            r#"{"from":"08:30","to":"24:01"}"#,
            r#"{"from":"08:30","to":"25:00"}"#,
            r#"{"from":"08:30","to":"17:30","zone":"here"}"#,
        ] {
            assert!(serde_json::from_str::<Hours>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hours_to_midnight_end_with_the_day() {
        let evening = hours((20, 0), (0, 0));
        assert_eq!(
            evening.close_on(date(2026, 12, 31)),
            datetime(2027, 1, 1, 0, 0, 0, 0)
        );
        assert_eq!(evening.length(), SignedDuration::from_hours(4));
        assert!(hours((8, 30), (8, 30)).length().is_zero());
        assert!(hours((8, 30), (8, 0)).length().is_negative());
        assert!(hours((23, 0), (23, 30)).overlap(evening));
        assert!(!evening.overlap(hours((8, 0), (20, 0))));
    }
}
