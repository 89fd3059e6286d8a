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
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        test_calendar().instant(text.parse().unwrap())
    }

    fn check(from: &str, limit: &str, due: &str) {
        let calendar = test_calendar();
        let due_at = calendar.due(at(from), Limit::parse(limit).unwrap());
        assert_eq!(
            calendar.local(due_at).to_string(),
            format!("{due}:00"),
            "{limit} from {from}"
        );
    }

    #[test]
    fn working_days_end_at_the_close_of_the_day() {
        check("2026-11-20T09:00", "1 wd", "2026-11-23T17:30");
        check("2026-11-18T23:59", "5 wd", "2026-11-25T17:30");
    }

    #[test]
    fn holidays_are_skipped_and_make_up_days_count() {
        check("2026-09-30T16:00", "1 wd", "2026-10-08T17:30");
        check("2026-10-08T16:00", "2 wd", "2026-10-10T17:30");
        check("2026-09-18T09:00", "1 wd", "2026-09-20T17:30");
    }

    #[test]
    fn working_and_desk_hours_pause_outside() {
        check("2026-11-20T11:00", "4 wh", "2026-11-20T17:00");
        check("2026-11-20T17:00", "1 wh", "2026-11-23T09:00");
        check("2026-11-21T19:00", "2 dh", "2026-11-22T09:00");
        check("2026-11-21T23:50", "15 min", "2026-11-22T00:05");
    }

    #[test]
    fn residents_are_not_rung_at_night_or_noon() {
        let calendar = test_calendar();
        assert_eq!(
            calendar.callback_from(at("2026-11-21T03:00")),
            at("2026-11-21T08:30")
        );
        assert_eq!(
            calendar.callback_from(at("2026-11-21T12:30")),
            at("2026-11-21T14:00")
        );
        assert_eq!(
            calendar.callback_from(at("2026-11-21T20:30")),
            at("2026-11-22T08:30")
        );
        assert_eq!(
            calendar.callback_from(at("2026-11-21T15:15")),
            at("2026-11-21T15:15")
        );
    }

    #[test]
    fn a_callback_limit_pauses_while_residents_are_not_rung() {
        let calendar = test_calendar();
        let check = |from: &str, limit: &str, due: &str| {
            assert_eq!(
                calendar.callback_due(at(from), Limit::parse(limit).unwrap()),
                at(due),
                "{limit} from {from}"
            );
        };
        check("2026-11-21T09:00", "2 h", "2026-11-21T11:00");
        check("2026-11-21T11:30", "2 h", "2026-11-21T15:30");
        check("2026-11-21T21:00", "2 h", "2026-11-22T10:30");
        check("2026-11-21T15:00", "1 d", "2026-11-22T15:00");
        check("2026-11-20T15:00", "1 wd", "2026-11-23T17:30");
    }

    /// The notice for 2026: nine days of Spring Festival, worked off on the Saturdays before and after.
    #[test]
    fn working_days_run_across_the_spring_festival_and_its_make_up_saturdays() {
        let mut calendar = test_calendar();
        calendar.off.extend((15..=23).map(|day| date(2026, 2, day)));
        calendar.work.extend([date(2026, 2, 14), date(2026, 2, 28)]);
        let check = |limit: &str, due: &str| {
            let due_at = calendar.due(at("2026-02-13T10:00"), Limit::parse(limit).unwrap());
            assert_eq!(due_at, at(due), "{limit}");
        };
        check("1 wd", "2026-02-14T17:30");
        check("2 wd", "2026-02-24T17:30");
        check("6 wd", "2026-02-28T17:30");
        check("7 wd", "2026-03-02T17:30");
        // Five and a half hours are left of the Friday; the Saturday has seven.
        check("14 wh", "2026-02-24T10:00");
    }

    #[test]
    fn a_second_before_and_after_the_close_the_day_of_dispatch_is_the_same() {
        check("2026-11-20T17:29:59", "1 wd", "2026-11-23T17:30");
        check("2026-11-20T17:30:01", "1 wd", "2026-11-23T17:30");
        let calendar = test_calendar();
        let hour = Limit::parse("1 wh").unwrap();
        assert_eq!(
            calendar.due(at("2026-11-20T17:29:59"), hour),
            at("2026-11-23T09:29:59")
        );
        assert_eq!(
            calendar.due(at("2026-11-20T17:30:01"), hour),
            at("2026-11-23T09:30:00")
        );
    }

    #[test]
    fn a_sunday_that_is_worked_counts_like_any_day() {
        check("2026-09-20T11:00", "4 wh", "2026-09-20T17:00");
        check("2026-09-20T11:00", "1 wd", "2026-09-21T17:30");
    }

    #[test]
    fn an_urgent_matter_on_a_holiday_night_counts_every_minute() {
        check("2026-10-03T23:50", "15 min", "2026-10-04T00:05");
        check("2026-10-03T23:50", "2 h", "2026-10-04T01:50");
    }

    /// A calendar in which utilities work on to `to`.
    fn utilities(to: jiff::civil::Time) -> Calendar {
        let from = jiff::civil::time(8, 30, 0, 0);
        let mut calendar = test_calendar();
        calendar
            .class_hours
            .insert(UnitClass::Utility, vec![Hours { from, to }]);
        calendar
    }

    #[test]
    fn a_class_of_units_has_hours_of_its_own_and_every_other_the_usual_ones() {
        let calendar = utilities(jiff::civil::time(18, 0, 0, 0));
        let due = |class: UnitClass, from: &str, limit: &str| {
            let calendar = calendar.of_class(class);
            let due_at = calendar.due(at(from), Limit::parse(limit).unwrap());
            calendar.local(due_at).to_string()
        };
        let (utility, street) = (UnitClass::Utility, UnitClass::Street);
        assert_eq!(due(utility, "2026-11-20T09:00", "1 wd"), "2026-11-23T18:00:00");
        assert_eq!(due(street, "2026-11-20T09:00", "1 wd"), "2026-11-23T17:30:00");
        assert_eq!(due(utility, "2026-11-20T11:00", "4 wh"), "2026-11-20T15:00:00");
        assert_eq!(due(street, "2026-11-20T11:00", "4 wh"), "2026-11-20T17:00:00");
        assert_eq!(due(utility, "2026-11-20T17:59:59", "1 wh"), "2026-11-23T09:29:59");
        assert_eq!(due(utility, "2026-11-20T18:00:01", "1 wh"), "2026-11-23T09:30:00");
        // The desk's and the hours in which residents are rung are the hotline's.
        assert_eq!(due(utility, "2026-11-20T19:00", "2 dh"), "2026-11-21T09:00:00");
    }

    #[test]
    fn what_is_counted_on_from_a_close_at_midnight_counts_from_the_day_it_closes() {
        let calendar = utilities(jiff::civil::Time::midnight());
        let calendar = calendar.of_class(UnitClass::Utility);
        let day = Limit::WorkingDays(1);
        let first = calendar.due(at("2026-11-20T09:00"), day);
        assert_eq!(calendar.local(first).to_string(), "2026-11-24T00:00:00");
        let second = calendar.due(first, day);
        assert_eq!(calendar.local(second).to_string(), "2026-11-25T00:00:00");
        let hour = calendar.due(at("2026-11-20T23:30"), Limit::Working(60));
        assert_eq!(calendar.local(hour).to_string(), "2026-11-23T09:00:00");
    }

    /// Rules published before classes had hours keep their name, which is the hash of what is written.
    #[test]
    fn a_calendar_without_class_hours_is_written_as_it_was() {
        let text = serde_json::to_string(&test_calendar()).unwrap();
        assert!(!text.contains("class_hours"), "{text}");
        let unknown = text.replacen('{', r#"{"clas_hours":{},"#, 1);
        assert!(serde_json::from_str::<Calendar>(&unknown).is_err());
        let class = |name: &str| text.replacen('{', &format!(r#"{{"class_hours":{{"{name}":[]}},"#), 1);
        assert!(serde_json::from_str::<Calendar>(&class("utility")).is_ok());
        assert!(serde_json::from_str::<Calendar>(&class("bank")).is_err());
    }

    /// Weekends are assumed; the notice that comes makes the due time later, never earlier (invariant 10).
    #[test]
    fn an_extension_into_a_year_without_a_notice_skips_weekends_alone() {
        check("2026-12-28T10:00", "10 wd", "2027-01-11T17:30");
        let mut calendar = test_calendar();
        calendar.years.insert(2027);
        calendar.off.insert(date(2027, 1, 1));
        let ten = Limit::WorkingDays(10);
        assert_eq!(calendar.due(at("2026-12-28T10:00"), ten), at("2027-01-12T17:30"));
    }

    /// The hotline's calendar, and that of units with one long span of hours, and of units that work to midnight.
    fn hotlines_and_utilities() -> [Calendar; 3] {
        let utility = |to| utilities(to).of_class(UnitClass::Utility).into_owned();
        let late = jiff::civil::time(21, 15, 0, 0);
        [
            test_calendar(),
            utility(late),
            utility(jiff::civil::Time::midnight()),
        ]
    }

    fn limits() -> impl Strategy<Value = Limit> {
        prop_oneof![
            (0u32..40).prop_map(Limit::WorkingDays),
            (0u32..9_000).prop_map(Limit::Working),
            (0u32..9_000).prop_map(Limit::Desk),
            (0u32..90_000).prop_map(Limit::Natural),
        ]
    }

    proptest! {
        // Invariant 10.
        #[test]
        fn a_holiday_never_makes_a_due_earlier_nor_a_make_up_day_later(
            start in 0i64..400 * 24 * 60, limit in limits(), day in 0i32..430,
        ) {
            let from = at("2026-01-01T00:00") + SignedDuration::from_mins(start);
            let changed: Date = date(2026, 1, 1).saturating_add(day.days());
            for calendar in hotlines_and_utilities() {
                let due = calendar.due(from, limit);

                let mut more_off = calendar.clone();
                more_off.work.remove(&changed);
                more_off.off.insert(changed);
                prop_assert!(more_off.due(from, limit) >= due);

                let mut more_work = calendar;
                more_work.off.remove(&changed);
                more_work.work.insert(changed);
                prop_assert!(more_work.due(from, limit) <= due);
            }
        }

        #[test]
        fn as_many_minutes_pass_as_the_limit_asks(start in 0i64..400 * 24 * 60, minutes in 0u32..9_000) {
            let from = at("2026-01-01T00:00") + SignedDuration::from_mins(start);
            for calendar in hotlines_and_utilities() {
                for measure in [Measure::Natural, Measure::Working, Measure::Desk, Measure::Callback] {
                    let due = calendar.advance(measure, from, minutes);
                    prop_assert_eq!(calendar.elapsed_minutes(measure, from, due), minutes);
                }
            }
        }
    }
}
