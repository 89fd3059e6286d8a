//! Holidays as tests of the calendar: every day of twenty years, by the notices in `config/holidays`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::time::Calendar;
use expect_test::{Expect, expect};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde::Deserialize;

use super::{Book, Holidays, Source, read};
use crate::city::built_in;

/// The notices of twenty years, as we ship them.
const CHINA: &str = include_str!("../../../../../config/holidays/china.toml");

/// The demonstration city's calendar with the notices of all years.
fn calendar() -> Calendar {
    let mut calendar = built_in().unwrap().calendar;
    Holidays::parse(CHINA).unwrap().add_to(&mut calendar);
    calendar
}

fn days(years: std::ops::RangeInclusive<i16>) -> impl Iterator<Item = Date> {
    date(*years.start(), 1, 1)
        .series(1.day())
        .take_while(move |day| day.year() <= *years.end())
}

#[test]
fn a_notice_lists_its_own_year_and_makes_weekends_work() {
    let year = |lists: &str| Holidays::parse(&format!("[2027]\n{lists}"));
    assert!(year("off = ['2027-01-01']\nwork = ['2027-01-03']").is_ok());
    for wrong in [
        "off = ['2026-12-31']\nwork = []",
        "off = ['2027-01-03']\nwork = ['2027-01-03']",
        "off = []\nwork = ['2027-01-04']",
        "off = ['2027-02-30']\nwork = []",
        "off = []",
        "off = []\nwork = []\nof = []",
    ] {
        assert!(year(wrong).is_err(), "{wrong}");
    }
    assert!(Holidays::parse("[next]\noff = []\nwork = []").is_err());
    assert!(Holidays::parse("[1700]\noff = []\nwork = []").is_err());
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

/// A year of its own, smaller than any notice: 2027 with its fixed holidays, a spring festival and one make-up day.
const SMALL: &str = r#"{"date": "2027-01-01", "name": "元旦", "off": true}
{"date": "2027-02-05", "name": "春节", "off": true}
{"date": "2027-02-06", "name": "春节", "off": true}
{"date": "2027-02-07", "name": "春节", "off": true}
{"date": "2027-02-20", "name": "春节", "off": false}
{"date": "2027-05-01", "name": "劳动节", "off": true}
{"date": "2027-10-01", "name": "国庆节", "off": true}
{"date": "2027-10-02", "name": "国庆节", "off": true}
{"date": "2027-10-03", "name": "国庆节", "off": true}
"#;

fn source(text: &str) -> Source {
    Source {
        name: "holidays.jsonl".to_owned(),
        text: text.to_owned(),
    }
}

/// What is refused of the small year with more rows.
fn refused(more: &str, expected: Expect) {
    let lines: Vec<String> = match read(&[source(&format!("{SMALL}{more}"))], &BTreeSet::new()) {
        Ok(_) => Vec::new(),
        Err(why) => why
            .into_iter()
            .map(|one| format!("{}: {}\n", one.line, one.en))
            .collect(),
    };
    expected.assert_eq(&lines.concat());
}

#[test]
fn a_holidays_file_is_taken_whole() {
    let told = read(
        &[source(&format!("\u{feff}\r\n{}", SMALL.replace('\n', "\r\n")))],
        &BTreeSet::new(),
    );
    let told = told.unwrap_or_else(|why| panic!("{why:?}"));
    let notice = &told.years[&2027];
    assert_eq!((notice.off.len(), notice.work.len()), (8, 1));
    assert_eq!(notice.name_of(date(2027, 2, 20)), Some("春节"));
    assert_eq!(notice.name_of(date(2027, 2, 19)), None);
    assert!(told.edges.is_empty() && told.notes.is_empty());
}

#[test]
fn what_contradicts_itself_is_refused_with_its_line() {
    refused(
        r#"{"date": "2027-01-01", "name": "元旦", "off": true}"#,
        expect![[r#"
            10: 2027-01-01 stands in holidays.jsonl:1 already: take one of them out
        "#]],
    );
    refused(
        r#"{"date": "2027-02-20", "name": "春节", "off": true}"#,
        expect![[r#"
        10: 2027-02-20 is both a day off and a working day, see holidays.jsonl:5: take one of them out
    "#]],
    );
    refused(
        r#"{"date": "2027-03-10", "off": false}"#,
        expect![[r#"
        10: 2027-03-10 is a Wednesday and worked anyway, no make-up day: is the date right?
    "#]],
    );
    refused(
        r#"{"date": "2028-02-10", "off": true}"#,
        expect![[r#"
        10: 2028 is not there whole, it lacks the days off 2028-01-01, 2028-05-01, 2028-10-01, 2028-10-02, 2028-10-03, 春节 Spring Festival: complete the year, or import others with --year
    "#]],
    );
    refused(
        "{\"date\": \"2027-02-30\", \"off\": true}\nnonsense\n{\"date\": \"1027-01-01\", \"off\": true}\n{\"day\": 1}",
        expect![[r#"
            10: is no holiday, such as {"date": "2026-02-14", "name": "...", "off": false}: parsed date is not valid: parameter 'day' for `2027-02` is invalid, must be in range `1..=28` at line 1 column 21
            11: is no holiday, such as {"date": "2026-02-14", "name": "...", "off": false}: expected ident at line 1 column 2
            12: 1027-01-01 is not within 1949 to 2200
            13: is no holiday, such as {"date": "2026-02-14", "name": "...", "off": false}: unknown field `day`, expected one of `date`, `name`, `off` at line 1 column 6
        "#]],
    );
    refused(
        &format!(
            r#"{{"date": "2027-06-01", "name": "{}", "off": true}}"#,
            "节".repeat(41)
        ),
        expect![[r#"
        10: the name has more than 40 characters, or one that is not printed
    "#]],
    );
}

#[test]
fn a_year_of_which_only_the_last_days_are_told_is_an_edge() {
    let text = format!(
        "{SMALL}{}",
        r#"{"date": "2026-12-27", "name": "元旦", "off": false}"#
    );
    let told = read(&[source(&text)], &BTreeSet::new()).unwrap_or_else(|why| panic!("{why:?}"));
    assert_eq!(told.years.keys().collect::<Vec<_>>(), [&2027]);
    assert_eq!(told.edges.keys().collect::<Vec<_>>(), [&2026]);
    let only = read(&[source(&text)], &BTreeSet::from([2027])).unwrap_or_else(|why| panic!("{why:?}"));
    assert!(only.edges.is_empty());
}

#[test]
fn the_first_day_of_work_after_a_holiday_is_no_mistake() {
    let text = format!(
        "{SMALL}{}",
        r#"{"date": "2027-02-08", "name": "春节", "off": false}"#
    );
    let told = read(&[source(&text)], &BTreeSet::new()).unwrap_or_else(|why| panic!("{why:?}"));
    assert!(!told.years[&2027].work.contains(&date(2027, 2, 8)));
    assert_eq!(told.notes.len(), 1);
}

#[test]
fn a_year_is_put_in_its_place_and_the_rest_stays_as_it_was_written() {
    let mut book = Book::parse(CHINA).unwrap();
    assert_eq!(book.text().unwrap(), CHINA);

    let told = read(&[source(SMALL)], &BTreeSet::new()).unwrap_or_else(|why| panic!("{why:?}"));
    let notice = told.years[&2027].clone();
    book.put(2027, notice.clone());
    let text = book.text().unwrap();
    let new = text.strip_prefix(CHINA).unwrap();
    expect![[r#"

        [2027]
        off = [
            "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-05-01", "2027-10-01", "2027-10-02",
            "2027-10-03",
        ]
        work = [
            "2027-02-20",
        ]
        names.2027-01-01 = "元旦"
        names.2027-02-05 = "春节"
        names.2027-05-01 = "劳动节"
        names.2027-10-01 = "国庆节"
    "#]]
    .assert_eq(new);

    // Once more changes nothing, nor does the same year read back.
    let mut again = Book::parse(&text).unwrap();
    again.put(2027, notice);
    assert_eq!(again.text().unwrap(), text);

    let (mut above, mut changed) = (
        Book::empty(),
        Book::parse(&text).unwrap().holidays().of(2027).unwrap().clone(),
    );
    above.put(2027, changed.clone());
    let mut above = Book::parse(&above.text().unwrap().replace("[2027]", "# as amended\n[2027]")).unwrap();
    changed.list(date(2027, 6, 9), true, "端午节");
    above.put(2027, changed);
    let text = above.text().unwrap();
    assert!(
        text.contains("# as amended\n[2027]") && text.contains("\"2027-06-09\""),
        "{text}"
    );
}
