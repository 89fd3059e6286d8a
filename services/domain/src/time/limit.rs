//! A limit 时限: how long a step may take, and in which kind of time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Measure;

/// How long a step may take. Written `30 min`, `2 h` (natural), `4 wh` (working hours), `2 dh` (desk hours),
/// `5 wd` (working days), `7 d` (natural days).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Limit {
    /// Minutes of natural time, any hour of any day.
    Natural(u32),
    /// Minutes within working hours.
    Working(u32),
    /// Minutes within the hotline desk's hours.
    Desk(u32),
    /// Ends at the close of the N-th working day after the day it starts.
    WorkingDays(u32),
}

/// The longest limit: ten years of natural minutes.
const MINUTES_MAX: u32 = 10 * 366 * 24 * 60;
const WORKING_DAYS_MAX: u32 = 1_000;

/// Why a text is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a limit such as '30 min', '2 h', '4 wh', '2 dh', '5 wd' or '7 d'")]
pub struct LimitError;

impl Limit {
    /// Reads a limit.
    ///
    /// # Errors
    /// Anything not written like the examples above, longer than ten years or 1,000 working days.
    pub fn parse(text: &str) -> Result<Self, LimitError> {
        let (count, unit) = text.trim().split_once(' ').ok_or(LimitError)?;
        let count: u32 = count.parse().map_err(|_| LimitError)?;
        let minutes = |each: u32| {
            count
                .checked_mul(each)
                .filter(|m| *m <= MINUTES_MAX)
                .ok_or(LimitError)
        };
        match unit {
            "min" => minutes(1).map(Limit::Natural),
            "h" => minutes(60).map(Limit::Natural),
            "d" => minutes(24 * 60).map(Limit::Natural),
            "wmin" => minutes(1).map(Limit::Working),
            "wh" => minutes(60).map(Limit::Working),
            "dmin" => minutes(1).map(Limit::Desk),
            "dh" => minutes(60).map(Limit::Desk),
            "wd" if count <= WORKING_DAYS_MAX => Ok(Limit::WorkingDays(count)),
            _ => Err(LimitError),
        }
    }

    /// In which kind of minutes the time left under it is counted.
    pub fn measure(self) -> Measure {
        match self {
            Limit::Natural(_) => Measure::Natural,
            Limit::Working(_) | Limit::WorkingDays(_) => Measure::Working,
            Limit::Desk(_) => Measure::Desk,
        }
    }

    /// Whether only working days or hours count.
    pub fn is_working_time(self) -> bool {
        matches!(self, Limit::Working(_) | Limit::WorkingDays(_))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minutes, minute, hour) = match *self {
            Limit::WorkingDays(days) => return write!(f, "{days} wd"),
            Limit::Natural(minutes) if minutes > 0 && minutes % (24 * 60) == 0 => {
                return write!(f, "{} d", minutes / (24 * 60));
            }
            Limit::Natural(minutes) => (minutes, "min", "h"),
            Limit::Working(minutes) => (minutes, "wmin", "wh"),
            Limit::Desk(minutes) => (minutes, "dmin", "dh"),
        };
        if minutes > 0 && minutes % 60 == 0 {
            write!(f, "{} {hour}", minutes / 60)
        } else {
            write!(f, "{minutes} {minute}")
        }
    }
}

impl FromStr for Limit {
    type Err = LimitError;
    fn from_str(text: &str) -> Result<Self, LimitError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Limit {
    type Error = LimitError;
    fn try_from(text: String) -> Result<Self, LimitError> {
        Self::parse(&text)
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> String {
        limit.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_back_as_they_are_written() {
        for text in [
            "0 min", "5 min", "30 min", "2 h", "24 wmin", "4 wh", "2 dh", "5 wd", "7 d", "0 wd",
        ] {
            assert_eq!(Limit::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Limit::parse("48 h").unwrap().to_string(), "2 d");
        for wrong in ["", "5", "5wd", "-1 h", "5 weeks", "99999999 d", "5000 wd"] {
            assert_eq!(Limit::parse(wrong), Err(LimitError), "{wrong}");
        }
    }
}
