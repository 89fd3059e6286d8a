//! Holidays as tests of the calendar: every day of twenty years, by the notices in `config/holidays`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::time::Calendar;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde::Deserialize;

use super::built_in;

/// A year's notice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    off: BTreeSet<Date>,
    work: BTreeSet<Date>,
}

fn notices() -> BTreeMap<i16, Notice> {
    let years: BTreeMap<String, Notice> =
        toml::from_str(include_str!("../../../../config/holidays/china.toml")).unwrap();
    years
        .into_iter()
        .map(|(year, notice)| (year.parse().unwrap(), notice))
        .collect()
}

/// The demonstration city's calendar with the notices of all years.
fn calendar() -> Calendar {
    let mut calendar = built_in().unwrap().calendar;
    for (year, notice) in notices() {
        calendar.years.insert(year);
        calendar.off.extend(notice.off);
        calendar.work.extend(notice.work);
    }
    calendar
}

fn days(years: std::ops::RangeInclusive<i16>) -> impl Iterator<Item = Date> {
    date(*years.start(), 1, 1)
        .series(1.day())
        .take_while(move |day| day.year() <= *years.end())
}

#[test]
fn a_notice_lists_its_own_year_and_makes_weekends_work() {
    for (year, notice) in notices() {
        assert!(notice.off.is_disjoint(&notice.work), "{year}");
        assert!(
            notice
                .off
                .iter()
                .chain(&notice.work)
                .all(|day| day.year() == year)
        );
        let is_weekend = |day: &Date| day.weekday().to_monday_zero_offset() >= 5;
        assert!(notice.work.iter().all(is_weekend), "{year}");
    }
}

/// The working days of each year as the notices make them: 250 and thereabouts.
#[test]
fn every_year_has_the_working_days_its_notice_leaves() {
    let calendar = calendar();
    let expected = [
        249, 251, 250, 250, 250, 249, 250, 250, 249, 250, 249, 250, 250, 249, 250, 249, 249, 251, 248, 248,
    ];
    for (year, expected) in (2007..).zip(expected) {
        let worked = days(year..=year)
            .filter(|day| calendar.is_working_day(*day))
            .count();
        assert_eq!(worked, expected, "{year}");
    }
}

#[test]
fn the_demonstration_city_s_calendar_is_the_notices_of_its_years() {
    let (ours, all) = (built_in().unwrap().calendar, calendar());
    let (first, last) = (ours.years.first().unwrap(), ours.years.last().unwrap());
    for day in days(*first..=*last) {
        assert_eq!(ours.is_working_day(day), all.is_working_day(day), "{day}");
    }
}

/// A line of the holidays file.
#[derive(Deserialize)]
struct Row {
    date: Date,
    off: bool,
}

/// The holidays file, where it is.
#[expect(
    clippy::disallowed_methods,
    reason = "where the data lies is the tester's own setting"
)]
fn holidays_file() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::env::var_os("HOTLINE_DATA")
        .map(PathBuf::from)
        .into_iter()
        .chain([beside])
        .map(|folder| folder.join("holidays_2007_2026.jsonl"))
        .find(|file| file.is_file())
}

#[test]
fn every_day_of_2007_to_2026_is_worked_or_not_as_the_holidays_file_says() {
    let Some(file) = holidays_file() else {
        eprintln!("SKIPPED: holidays_2007_2026.jsonl is neither in HOTLINE_DATA nor in ../shared/data");
        return;
    };
    let rows: BTreeMap<Date, bool> = std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .map(|Row { date, off }| (date, off))
        .collect();
    let calendar = calendar();
    let mut seen = 0;
    for day in days(2007..=2026) {
        let usual = day.weekday().to_monday_zero_offset() < 5;
        let works = rows.get(&day).map_or(usual, |off| !off);
        assert_eq!(calendar.is_working_day(day), works, "{day}");
        seen += 1;
    }
    assert_eq!(seen, 7_305);
}
