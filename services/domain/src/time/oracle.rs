//! The calendar against a slow one of its own making: the oracle walks clock minute by clock minute over whole numbers
//! and shares nothing with [`Calendar`] but the notices and hours both are told.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Calendar, Hours, Limit, Measure};
use crate::rules::UnitClass;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const DAY_MINUTES: i64 = 24 * 60;
const DAY: i64 = DAY_MINUTES * MINUTE;

/// 2026-01-01, in days since 1970-01-01. The cases lie in the two years after it.
const FIRST_DAY: i64 = 20_454;
const DAYS: i64 = 730;

/// What a city has been told: days since 1970-01-01, spans in minutes of the day.
#[derive(Debug, Clone)]
struct Told {
    east_minutes: i64,
    off: BTreeSet<i64>,
    work: BTreeSet<i64>,
    working: Vec<Range<i64>>,
    desk: Vec<Range<i64>>,
    callback: Vec<Range<i64>>,
    /// Working hours of the one class of units that keeps others.
    utilities: Vec<Range<i64>>,
}

/// The slow calendar. An instant is in milliseconds since 1970-01-01 at Greenwich.
impl Told {
    /// Thursday was the first day of 1970.
    fn works(&self, day: i64) -> bool {
        let is_weekend = matches!(day.rem_euclid(7), 2 | 3);
        !self.off.contains(&day) && (self.work.contains(&day) || !is_weekend)
    }

    fn local(&self, at: i64) -> i64 {
        at + self.east_minutes * MINUTE
    }

    /// From `at` on, every clock minute: the instants in which it lies (the first one may have begun before) and
    /// whether it counts.
    fn minutes(&self, measure: Measure, at: i64) -> impl Iterator<Item = (Range<i64>, bool)> + '_ {
        let mut begin = at;
        let mut known = (i64::MIN, false);
        std::iter::from_fn(move || {
            let local = self.local(begin);
            let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY) / MINUTE);
            if known.0 != day {
                known = (day, self.works(day));
            }
            let within = |spans: &[Range<i64>]| spans.iter().any(|span| span.contains(&minute));
            let counts = match measure {
                Measure::Natural => true,
                Measure::Working => known.1 && within(&self.working),
                Measure::Desk => within(&self.desk),
                Measure::Callback => within(&self.callback),
            };
            let end = begin + MINUTE - local.rem_euclid(MINUTE);
            let this = begin..end;
            begin = end;
            Some((this, counts))
        })
    }

    /// The earliest instant by which so many minutes have counted.
    fn advance(&self, measure: Measure, from: i64, minutes: u32) -> i64 {
        let mut left = i64::from(minutes) * MINUTE;
        if left == 0 {
            return from;
        }
        for (minute, counts) in self.minutes(measure, from) {
            let length = minute.end - minute.start;
            if counts && length >= left {
                return minute.start + left;
            }
            left -= if counts { length } else { 0 };
        }
        unreachable!("minutes never end")
    }

    fn elapsed_minutes(&self, measure: Measure, from: i64, to: i64) -> u32 {
        let counted: i64 = self
            .minutes(measure, from)
            .take_while(|(minute, _)| minute.start < to)
            .filter(|(_, counts)| *counts)
            .map(|(minute, _)| minute.end.min(to) - minute.start)
            .sum();
        u32::try_from(counted / MINUTE).unwrap()
    }

    /// The end of the last working minute of the `days`-th working day that begins after `from`.
    fn close_of_working_day(&self, from: i64, days: u32) -> i64 {
        let last_minute = self.working.iter().map(|span| span.end).max().unwrap() - 1;
        // Where people work to midnight, midnight is the end of the day before.
        let ends_the_day = last_minute + 1 == DAY_MINUTES && self.local(from).rem_euclid(DAY) == 0;
        let today = self.local(from).div_euclid(DAY) - i64::from(ends_the_day);
        let is_last = |minute: &Range<i64>| {
            let local = self.local(minute.start);
            local.div_euclid(DAY) > today && local.rem_euclid(DAY) / MINUTE == last_minute
        };
        match days {
            0 => from,
            days => self
                .minutes(Measure::Working, from)
                .filter(|(minute, counts)| *counts && is_last(minute))
                .map(|(minute, _)| minute.end)
                .nth(days as usize - 1)
                .unwrap(),
        }
    }

    fn due(&self, from: i64, limit: Limit) -> i64 {
        match limit {
            Limit::Natural(minutes) => self.advance(Measure::Natural, from, minutes),
            Limit::Working(minutes) => self.advance(Measure::Working, from, minutes),
            Limit::Desk(minutes) => self.advance(Measure::Desk, from, minutes),
            Limit::WorkingDays(days) => self.close_of_working_day(from, days),
        }
    }

    /// The first instant at which a resident may be rung.
    fn callback_from(&self, at: i64) -> i64 {
        let mut ringing = self
            .minutes(Measure::Callback, at)
            .filter(|(_, may_ring)| *may_ring);
        ringing.next().unwrap().0.start
    }

    /// Whole days of natural time, then minutes in which he may be rung; other limits run as they do anywhere.
    fn callback_due(&self, from: i64, limit: Limit) -> i64 {
        let mut at = self.callback_from(from);
        let Limit::Natural(mut minutes) = limit else {
            return self.due(at, limit);
        };
        while i64::from(minutes) >= DAY_MINUTES {
            at += DAY;
            minutes -= 24 * 60;
        }
        self.advance(Measure::Callback, at, minutes)
    }

    fn working_day_minutes(&self) -> u32 {
        let worked = |minute: &i64| self.working.iter().any(|span| span.contains(minute));
        u32::try_from((0..DAY_MINUTES).filter(worked).count()).unwrap()
    }

    /// The instant of that day at which some hours open or close, moved by `beside`.
    fn at_an_edge(&self, at: i64, edge: prop::sample::Index, beside: i64) -> i64 {
        let all = [&self.working, &self.desk, &self.callback, &self.utilities];
        let spans = all.into_iter().flatten();
        let edges: Vec<i64> = spans.flat_map(|span| [span.start, span.end]).collect();
        let midnight = self.local(at).div_euclid(DAY) * DAY - self.east_minutes * MINUTE;
        midnight + edge.get(&edges) * MINUTE + beside
    }

    /// The calendar under test, told the same.
    fn calendar(&self) -> Calendar {
        let date = |day: &i64| Date::constant(1970, 1, 1) + day.days();
        let dates = |days: &BTreeSet<i64>| days.iter().map(date).collect();
        let time = |minute: i64| Time::midnight() + (minute % DAY_MINUTES).minutes();
        let hours = |spans: &[Range<i64>]| {
            let hours = |span: &Range<i64>| Hours {
                from: time(span.start),
                to: time(span.end),
            };
            spans.iter().map(hours).collect()
        };
        Calendar {
            utc_offset_minutes: i32::try_from(self.east_minutes).unwrap(),
            years: BTreeSet::from([2026, 2027]),
            off: dates(&self.off),
            work: dates(&self.work),
            working_hours: hours(&self.working),
            desk_hours: hours(&self.desk),
            callback_hours: hours(&self.callback),
            class_hours: BTreeMap::from([(UnitClass::Utility, hours(&self.utilities))]),
        }
    }

    /// What a utility has been told.
    fn of_utilities(&self) -> Self {
        Self {
            working: self.utilities.clone(),
            ..self.clone()
        }
    }
}

/// One to three spans of a day, in order; they may touch.
fn spans() -> impl Strategy<Value = Vec<Range<i64>>> {
    let edge = prop_oneof![20 => 0..=DAY_MINUTES, 1 => Just(DAY_MINUTES)];
    prop::collection::vec(edge, 2..7).prop_map(|mut edges| {
        edges.sort_unstable();
        let spans = |gap: usize| edges.windows(2).step_by(gap).map(|pair| pair[0]..pair[1]);
        // Every second window leaves gaps, every window lets spans touch.
        let gap = if edges[0] % 4 == 0 { 1 } else { 2 };
        let spans: Vec<_> = spans(gap).filter(|span| !span.is_empty()).take(3).collect();
        match spans.is_empty() {
            true => vec![Range {
                start: 9 * 60,
                end: 17 * 60,
            }],
            false => spans,
        }
    })
}

/// Holidays come in runs, make-up days singly.
fn told() -> impl Strategy<Value = Told> {
    let day = || FIRST_DAY..FIRST_DAY + DAYS;
    let off = prop::collection::vec((day(), 1i64..10), 0..12);
    let work = prop::collection::btree_set(day(), 0..20);
    let east = prop_oneof![3 => Just(480i64), 1 => (-48i64..=56).prop_map(|quarters| quarters * 15)];
    let hours = (spans(), spans(), spans(), spans());
    (east, off, work, hours).prop_map(
        |(east_minutes, runs, work, (working, desk, callback, utilities))| {
            let off: BTreeSet<i64> = runs
                .into_iter()
                .flat_map(|(first, days)| first..first + days)
                .collect();
            Told {
                east_minutes,
                work: work.difference(&off).copied().collect(),
                off,
                working,
                desk,
                callback,
                utilities,
            }
        },
    )
}

/// An instant: any millisecond, a whole minute, or the second before or after one.
fn instant() -> impl Strategy<Value = i64> {
    let minute =
        (FIRST_DAY * DAY_MINUTES..(FIRST_DAY + DAYS) * DAY_MINUTES).prop_map(|minute| minute * MINUTE);
    let beside = prop_oneof![
        Just(0),
        Just(-SECOND),
        Just(SECOND),
        Just(-1i64),
        Just(1i64),
        0..MINUTE
    ];
    (minute, beside).prop_map(|(minute, beside)| minute + beside)
}

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        (0u32..25).prop_map(Limit::WorkingDays),
        (0u32..1_500).prop_map(Limit::Working),
        (0u32..1_500).prop_map(Limit::Desk),
        (0u32..20_000).prop_map(Limit::Natural),
    ]
}

/// Of the hotline's calendar and of that of a class with hours of its own; every other class has the hotline's.
fn agree_for_all(told: &Told, from: i64, span: i64, limit: Limit) -> Result<(), TestCaseError> {
    let calendar = told.calendar();
    let streets = calendar.of_class(UnitClass::Street);
    prop_assert_eq!(&*streets, &calendar);
    agree(told, &calendar, from, span, limit)?;
    let utilities = calendar.of_class(UnitClass::Utility);
    agree(&told.of_utilities(), &utilities, from, span, limit)
}

fn agree(told: &Told, calendar: &Calendar, from: i64, span: i64, limit: Limit) -> Result<(), TestCaseError> {
    let instant = |at: i64| Timestamp::from_millisecond(at).unwrap();
    let (start, to) = (instant(from), from + span);

    let day = told.local(from).div_euclid(DAY);
    let date = Date::constant(1970, 1, 1) + day.days();
    prop_assert_eq!(calendar.local(start).date(), date);
    prop_assert_eq!(calendar.is_working_day(date), told.works(day));
    prop_assert_eq!(calendar.working_day_minutes(), told.working_day_minutes());

    prop_assert_eq!(calendar.due(start, limit), instant(told.due(from, limit)));
    for measure in [
        Measure::Natural,
        Measure::Working,
        Measure::Desk,
        Measure::Callback,
    ] {
        let minutes = told.elapsed_minutes(measure, from, to);
        prop_assert_eq!(
            calendar.elapsed_minutes(measure, start, instant(to)),
            minutes,
            "{:?}",
            measure
        );
        prop_assert_eq!(
            calendar.advance(measure, start, minutes),
            instant(told.advance(measure, from, minutes)),
            "{:?}",
            measure
        );
    }

    let rung_from = instant(told.callback_from(from));
    prop_assert_eq!(calendar.callback_from(start), rung_from);
    prop_assert_eq!(calendar.is_callback_time(start), rung_from == start);
    prop_assert_eq!(
        calendar.callback_due(start, limit),
        instant(told.callback_due(from, limit))
    );
    Ok(())
}

fn agree_in(cases: u32) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let spans = prop_oneof![0..DAY, 0..10 * DAY, Just(0)];
    // What goes wrong goes wrong where hours open and close.
    let edge = prop::option::of((
        any::<prop::sample::Index>(),
        prop_oneof![Just(0), Just(-1), Just(1)],
    ));
    let case = (told(), instant(), edge, spans, limit());
    runner
        .run(&case, |(told, at, edge, span, limit)| {
            let from = edge.map_or(at, |(edge, beside)| told.at_an_edge(at, edge, beside));
            agree_for_all(&told, from, span, limit)
        })
        .unwrap();
}

#[test]
fn the_calendar_agrees_with_a_slow_one() {
    agree_in(2_000);
}

/// Asked for by `tests/run`; too long for every change.
#[cfg(feature = "million")]
#[test]
fn a_hundred_thousand_cases_agree_with_a_slow_calendar() {
    agree_in(100_000);
}
