//! The working calendar: which days and minutes count.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::{Hours, Limit};
use crate::rules::UnitClass;

/// What a minute must be to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Every minute counts.
    Natural,
    /// Minutes within working hours of working days.
    Working,
    /// Minutes within the desk's hours, every day.
    Desk,
    /// Minutes in which residents may be rung, every day.
    Callback,
}

/// How far a due time is looked for: no limit of ours reaches further.
const DAYS_MAX: u32 = 4_000;

/// The yearly calendar of holidays and make-up working days, with the hours of a day. Sources are the State Council's
/// notices of each year; outside the published years weekends are assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Minutes east of Greenwich.
    pub utc_offset_minutes: i32,
    /// Years whose notice has been published.
    #[serde(default)]
    pub years: BTreeSet<i16>,
    /// Days off by notice.
    #[serde(default)]
    pub off: BTreeSet<Date>,
    /// Make-up working days 调休 by notice.
    #[serde(default)]
    pub work: BTreeSet<Date>,
    /// Working hours, in order, apart, at least one.
    pub working_hours: Vec<Hours>,
    /// The hotline desk's hours, in order, apart, at least one.
    pub desk_hours: Vec<Hours>,
    /// When residents may be rung back, in order, apart, at least one.
    pub callback_hours: Vec<Hours>,
    /// Working hours of the classes of units that keep others, each in order, apart, at least one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub class_hours: BTreeMap<UnitClass, Vec<Hours>>,
}

impl Calendar {
    /// The calendar as a class of units lives it: the same days, its own working hours. Desk and callback hours are the
    /// hotline's.
    pub fn of_class(&self, class: UnitClass) -> Cow<'_, Self> {
        let Some(hours) = self.class_hours.get(&class) else {
            return Cow::Borrowed(self);
        };
        Cow::Owned(Self {
            working_hours: hours.clone(),
            class_hours: BTreeMap::new(),
            ..self.clone()
        })
    }

    /// Whether people work on that day.
    pub fn is_working_day(&self, date: Date) -> bool {
        if self.off.contains(&date) {
            return false;
        }
        self.work.contains(&date) || !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// The local date and time of an instant.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.offset().to_datetime(at)
    }

    /// The working day an instant belongs to. Midnight that closes a day (hours to 24:00) is that day's still, so that
    /// what is counted on from a due time counts from its day.
    pub fn day_of(&self, at: Timestamp) -> Date {
        let date = self.local(at).date();
        let before = date.yesterday().unwrap_or(date);
        let close = self.working_hours.last().map(|hours| hours.close_on(before));
        match close.is_some_and(|close| self.instant(close) == at) {
            true => before,
            false => date,
        }
    }

    /// The instant of a local date and time.
    pub fn instant(&self, local: DateTime) -> Timestamp {
        self.offset().to_timestamp(local).unwrap_or(Timestamp::MAX)
    }

    /// When a limit that starts at `from` is due.
    pub fn due(&self, from: Timestamp, limit: Limit) -> Timestamp {
        match limit {
            Limit::Natural(minutes) => self.advance(Measure::Natural, from, minutes),
            Limit::Working(minutes) => self.advance(Measure::Working, from, minutes),
            Limit::Desk(minutes) => self.advance(Measure::Desk, from, minutes),
            Limit::WorkingDays(days) => self.close_of_working_day(from, days),
        }
    }

    /// The close of the `days`-th working day after the day of `from`; with 0, `from` itself.
    fn close_of_working_day(&self, from: Timestamp, days: u32) -> Timestamp {
        if days == 0 {
            return from;
        }
        let mut date = self.day_of(from);
        let mut left = days;
        for _ in 0..DAYS_MAX {
            let Ok(next) = date.tomorrow() else { break };
            date = next;
            if self.is_working_day(date) {
                left -= 1;
                if left == 0 {
                    let close = self.working_hours.last().map(|hours| hours.close_on(date));
                    return close.map_or(Timestamp::MAX, |close| self.instant(close));
                }
            }
        }
        Timestamp::MAX
    }

    /// The earliest instant by which `minutes` that count have passed since `from`.
    pub fn advance(&self, measure: Measure, from: Timestamp, minutes: u32) -> Timestamp {
        let mut left = SignedDuration::from_mins(i64::from(minutes));
        if measure == Measure::Natural || left.is_zero() {
            return from.checked_add(left).unwrap_or(Timestamp::MAX);
        }
        let start = self.local(from);
        let mut date = start.date();
        for _ in 0..DAYS_MAX {
            for (open, close) in self.spans(measure, date) {
                let open = open.max(start);
                if open >= close {
                    continue;
                }
                let span = close.duration_since(open);
                if span >= left {
                    return self.instant(open.saturating_add(left));
                }
                left -= span;
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        Timestamp::MAX
    }

    /// Whole minutes that count between two instants, rounded down; 0 when `to` is not after `from`.
    pub fn elapsed_minutes(&self, measure: Measure, from: Timestamp, to: Timestamp) -> u32 {
        if to <= from {
            return 0;
        }
        if measure == Measure::Natural {
            return u32::try_from(to.duration_since(from).as_mins()).unwrap_or(u32::MAX);
        }
        let (start, end) = (self.local(from), self.local(to));
        let mut date = start.date();
        let mut sum = SignedDuration::ZERO;
        for _ in 0..DAYS_MAX {
            if date > end.date() {
                break;
            }
            for (open, close) in self.spans(measure, date) {
                let (open, close) = (open.max(start), close.min(end));
                if open < close {
                    sum += close.duration_since(open);
                }
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        u32::try_from(sum.as_mins()).unwrap_or(u32::MAX)
    }

    /// The minutes of one working day.
    pub fn working_day_minutes(&self) -> u32 {
        let sum: i64 = self
            .working_hours
            .iter()
            .map(|hours| hours.length().as_mins())
            .sum();
        u32::try_from(sum).unwrap_or(0)
    }

    /// The first instant from `at` on at which a resident may be rung back.
    pub fn callback_from(&self, at: Timestamp) -> Timestamp {
        let local = self.local(at);
        let within = |date: Date| {
            self.callback_hours
                .iter()
                .map(move |hours| (hours.open_on(date), hours.close_on(date)))
                .find(|(_, close)| *close > local)
        };
        within(local.date())
            .or_else(|| within(local.date().saturating_add(1.day())))
            .map_or(at, |(open, _)| self.instant(open.max(local)))
    }

    /// Whether a resident may be rung at that instant.
    pub fn is_callback_time(&self, at: Timestamp) -> bool {
        self.callback_from(at) == at
    }

    /// When a limit on ringing a resident that starts at `from` is due. It begins with the first instant at which
    /// he may be rung; of natural time, whole days end at the same time of day and the rest counts only while he may
    /// be rung (C7 pauses outside, domain.md, section 4).
    pub fn callback_due(&self, from: Timestamp, limit: Limit) -> Timestamp {
        const DAY: u32 = 24 * 60;
        let from = self.callback_from(from);
        match limit {
            Limit::Natural(minutes) => {
                let whole_days = self.advance(Measure::Natural, from, minutes - minutes % DAY);
                self.advance(Measure::Callback, whole_days, minutes % DAY)
            }
            Limit::Working(_) | Limit::Desk(_) | Limit::WorkingDays(_) => self.due(from, limit),
        }
    }

    fn spans(&self, measure: Measure, date: Date) -> impl Iterator<Item = (DateTime, DateTime)> + '_ {
        let hours: &[Hours] = match measure {
            Measure::Natural => &[],
            Measure::Working if self.is_working_day(date) => &self.working_hours,
            Measure::Working => &[],
            Measure::Desk => &self.desk_hours,
            Measure::Callback => &self.callback_hours,
        };
        hours
            .iter()
            .map(move |hours| (hours.open_on(date), hours.close_on(date)))
    }

    fn offset(&self) -> Offset {
        Offset::from_seconds(self.utc_offset_minutes.saturating_mul(60)).unwrap_or(Offset::UTC)
    }
}

#[cfg(any(test, feature = "simulation"))]
pub(crate) fn test_calendar() -> Calendar {
    use jiff::civil::{date, time};
    let hours = |from: (i8, i8), to: (i8, i8)| Hours {
        from: time(from.0, from.1, 0, 0),
        to: time(to.0, to.1, 0, 0),
    };
    Calendar {
        utc_offset_minutes: 480,
        years: BTreeSet::from([2025, 2026]),
        // National Day 2026 with its two make-up days, as the notice for 2026 has them.
        off: (1..=7).map(|day| date(2026, 10, day)).collect(),
        work: BTreeSet::from([date(2026, 9, 20), date(2026, 10, 10)]),
        working_hours: vec![hours((8, 30), (12, 0)), hours((14, 0), (17, 30))],
        desk_hours: vec![hours((8, 0), (20, 0))],
        callback_hours: vec![hours((8, 30), (12, 0)), hours((14, 0), (20, 30))],
        class_hours: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests;
