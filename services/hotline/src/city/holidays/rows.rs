//! Holidays files: JSON Lines, `{"date": "2026-02-14", "name": "春节", "off": false}`, `off` false for a make-up working
//! day. A file is taken whole or not at all: what contradicts itself is refused with its line.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use serde::Deserialize;

use super::{Notice, YEARS, is_weekend};

/// The most rows that are read: four hundred years of notices.
const ROWS_MAX: usize = 20_000;
/// The longest name of a holiday, in characters.
const NAME_CHARS_MAX: usize = 40;
/// From this day of December on, a day may have been made up for by the next year's notice.
const EDGE_DAY: i8 = 20;
/// The least days off around the Spring Festival of any year.
const SPRING_FESTIVAL_DAYS: usize = 3;

/// A file by the name to tell, with its text.
pub(crate) struct Source {
    /// As it was named.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) text: String,
}

/// What is to be said of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// The file.
    pub(crate) file: String,
    /// The line, from 1; 0 where it is about the whole file.
    pub(crate) line: usize,
    /// What, and what to do, in Chinese.
    pub(crate) zh: String,
    /// The same in English.
    pub(crate) en: String,
}

/// What holidays files say.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Whole years.
    pub(crate) years: BTreeMap<i16, Notice>,
    /// The last days of a year that only the next year's notice speaks of, each with where it stands.
    pub(crate) edges: BTreeMap<i16, (Notice, Remark)>,
    /// What was left out, and ought to be known.
    pub(crate) notes: Vec<Remark>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    date: Date,
    #[serde(default)]
    name: String,
    off: bool,
}

/// A row with its place.
struct Placed<'a> {
    row: Row,
    file: &'a str,
    line: usize,
}

impl Placed<'_> {
    fn remark(&self, zh: impl Into<String>, en: impl Into<String>) -> Remark {
        remark(self.file, self.line, zh, en)
    }
}

fn remark(file: &str, line: usize, zh: impl Into<String>, en: impl Into<String>) -> Remark {
    Remark {
        file: file.to_owned(),
        line,
        zh: zh.into(),
        en: en.into(),
    }
}

/// Reads holidays files as one, of all years or of those that are asked for.
///
/// # Errors
/// Every line that is no row or contradicts another, every year that is not there whole.
pub(crate) fn read(sources: &[Source], only: &BTreeSet<i16>) -> Result<Told, Vec<Remark>> {
    let (mut rows, mut refused) = (BTreeMap::<Date, Placed<'_>>::new(), Vec::new());
    for source in sources {
        let lines = source.text.trim_start_matches('\u{feff}').lines();
        for (line, text) in (1..).zip(lines).filter(|(_, text)| !text.trim().is_empty()) {
            if rows.len() + refused.len() >= ROWS_MAX {
                let (zh, en) = (
                    format!("最多 {ROWS_MAX} 行"),
                    format!("at most {ROWS_MAX} rows are read"),
                );
                refused.push(remark(&source.name, line, zh, en));
                return Err(refused);
            }
            match row(&source.name, line, text) {
                Ok(placed) if !only.is_empty() && !only.contains(&placed.row.date.year()) => {}
                Ok(placed) => refused.extend(twice(&mut rows, placed)),
                Err(why) => refused.push(why),
            }
        }
    }
    let mut told = Told::default();
    refused.extend(drop_weekdays(&mut rows, &mut told.notes));
    refused.extend(by_year(rows.values(), &mut told));
    refused.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    match refused.is_empty() {
        true => Ok(told),
        false => Err(refused),
    }
}

fn row<'a>(file: &'a str, line: usize, text: &str) -> Result<Placed<'a>, Remark> {
    let row: Row = serde_json::from_str(text).map_err(|error| {
        remark(
            file,
            line,
            format!("不是假日行，应如 {{\"date\": \"2026-02-14\", \"name\": \"春节\", \"off\": false}}：{error}"),
            format!("is no holiday, such as {{\"date\": \"2026-02-14\", \"name\": \"...\", \"off\": false}}: {error}"),
        )
    })?;
    let placed = Placed { row, file, line };
    let Row { date, name, .. } = &placed.row;
    if !YEARS.contains(&date.year()) {
        let (first, last) = YEARS.into_inner();
        return Err(placed.remark(
            format!("{date} 不在 {first} 至 {last} 年间"),
            format!("{date} is not within {first} to {last}"),
        ));
    }
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(placed.remark(
            format!("名称超过 {NAME_CHARS_MAX} 个字符，或含控制字符"),
            format!("the name has more than {NAME_CHARS_MAX} characters, or one that is not printed"),
        ));
    }
    Ok(placed)
}

/// Takes a row in, unless its day has one.
fn twice<'a>(rows: &mut BTreeMap<Date, Placed<'a>>, placed: Placed<'a>) -> Option<Remark> {
    let date = placed.row.date;
    let Some(first) = rows.get(&date) else {
        rows.insert(date, placed);
        return None;
    };
    let at = format!("{}:{}", first.file, first.line);
    Some(match first.row.off == placed.row.off {
        true => placed.remark(
            format!("{date} 重复，已见于 {at}：请删去一行"),
            format!("{date} stands in {at} already: take one of them out"),
        ),
        false => placed.remark(
            format!("{date} 既休息又上班，另一行在 {at}：请删去其一"),
            format!("{date} is both a day off and a working day, see {at}: take one of them out"),
        ),
    })
}

/// A make-up day on a weekday makes up for nothing: where it says when work begins after a holiday it is left out, any
/// other is a mistake for another day.
fn drop_weekdays(rows: &mut BTreeMap<Date, Placed<'_>>, notes: &mut Vec<Remark>) -> Vec<Remark> {
    let is_off = |date: Option<Date>| date.is_some_and(|date| rows.get(&date).is_some_and(|one| one.row.off));
    let weekdays: Vec<(Date, bool)> = rows
        .values()
        .map(|placed| (placed.row.date, placed.row.off))
        .filter(|(date, off)| !off && !is_weekend(*date))
        .map(|(date, _)| {
            (
                date,
                is_off(date.yesterday().ok()) || is_off(date.tomorrow().ok()),
            )
        })
        .collect();
    let mut refused = Vec::new();
    for (date, is_beside) in weekdays {
        let Some(placed) = rows.remove(&date) else {
            continue;
        };
        let (zh, en) = weekday(date);
        match is_beside {
            true => notes.push(placed.remark(
                format!("{date} 是{zh}，本来就上班：略过"),
                format!("{date} is a {en} and worked anyway: left out"),
            )),
            false => refused.push(placed.remark(
                format!("{date} 是{zh}，本来就上班，不能是调休上班日：请核对日期"),
                format!("{date} is a {en} and worked anyway, no make-up day: is the date right?"),
            )),
        }
    }
    refused
}

/// The name of a weekday.
fn weekday(date: Date) -> (&'static str, &'static str) {
    const NAMES: [(&str, &str); 7] = [
        ("周一", "Monday"),
        ("周二", "Tuesday"),
        ("周三", "Wednesday"),
        ("周四", "Thursday"),
        ("周五", "Friday"),
        ("周六", "Saturday"),
        ("周日", "Sunday"),
    ];
    let nth = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
    NAMES[nth % NAMES.len()]
}

/// Sorts rows into years, and refuses those that are not there whole.
fn by_year<'r, 'a: 'r>(rows: impl Iterator<Item = &'r Placed<'a>>, told: &mut Told) -> Vec<Remark> {
    let mut firsts: BTreeMap<i16, (Notice, Remark)> = BTreeMap::new();
    for placed in rows {
        let Row { date, name, off } = &placed.row;
        let (notice, _) = firsts
            .entry(date.year())
            .or_insert_with(|| (Notice::default(), placed.remark("", "")));
        notice.list(*date, *off, name);
    }
    let mut refused = Vec::new();
    for (year, (notice, first)) in firsts {
        let missing = missing(year, &notice);
        let is_edge = notice
            .days()
            .all(|(date, _)| date.month() == 12 && date.day() >= EDGE_DAY);
        if missing.is_empty() {
            told.years.insert(year, notice);
        } else if is_edge {
            told.edges.insert(year, (notice, first));
        } else {
            let missing = missing.join(", ");
            refused.push(Remark {
                zh: format!("{year} 年不完整，缺少放假日 {missing}：请补全该年，或用 --year 只导入其他年份"),
                en: format!(
                    "{year} is not there whole, it lacks the days off {missing}: complete the year, or import others \
                     with --year"
                ),
                ..first
            });
        }
    }
    refused
}

/// Days that are off in every year, and are not here.
fn missing(year: i16, notice: &Notice) -> Vec<String> {
    let always = [(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)];
    let mut missing: Vec<String> = always
        .into_iter()
        .map(|(month, day)| date(year, month, day))
        .filter(|date| !notice.off.contains(date))
        .map(|date| date.to_string())
        .collect();
    let spring = notice.off.range(date(year, 1, 20)..=date(year, 2, 28)).count();
    if spring < SPRING_FESTIVAL_DAYS {
        missing.push("春节 Spring Festival".to_owned());
    }
    missing
}
