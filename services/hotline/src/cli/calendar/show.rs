//! `hotline calendar show`: a year as twelve months, its holidays by name, and the hours.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use domain::time::{Calendar, Hours};
use jiff::civil::Date;
use kit::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{days, json as dates_json, told, working_days};
use crate::city;
use crate::city::holidays::{Holidays, YEARS, is_weekend};
use crate::out::{Lang, Out, pad};

pub(super) const ABOUT: &str = "查看某年的工作日历:各月、放假、调休、工作时间
Show the calendar of a year: months, days off, make-up working days, hours";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline calendar show                                  演示城市的今年 · this year of the demonstration city
  hotline calendar show --rules city --year 2027
  hotline calendar show --holidays config/holidays/china.toml --year 2012
  hotline calendar show --year 2026 --json";

/// Columns of a day, of a month, and months beside each other.
const DAY_COLUMNS: usize = 4;
const MONTH_COLUMNS: usize = 7 * DAY_COLUMNS + 2;
const MONTHS_BESIDE: usize = 3;

/// Which year of which calendar.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 年份,默认今年 · the year, by default this one
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i16).range(1949..=2200))]
    year: Option<i16>,
    /// 城市规则目录,默认演示城市 · the city's rules folder, by default the demonstration city's
    #[arg(long, value_name = "FOLDER", conflicts_with = "holidays")]
    rules: Option<PathBuf>,
    /// 只看此假日文件 · this file of holidays alone
    #[arg(long, value_name = "TOML")]
    holidays: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let (mut calendar, mut holidays) = city::calendar(args.rules.as_deref())?;
    if let Some(file) = &args.holidays {
        let text = city::read(file).with_context(|| file.display().to_string())?;
        holidays = Holidays::parse(&text).with_context(|| file.display().to_string())?;
        (calendar.years, calendar.off, calendar.work) = Default::default();
        holidays.add_to(&mut calendar);
    }
    let this_year = || {
        calendar
            .local(SystemClock.now())
            .year()
            .clamp(*YEARS.start(), *YEARS.end())
    };
    let year = Year {
        year: args.year.unwrap_or_else(this_year),
        has_hours: args.holidays.is_none(),
        calendar,
        holidays,
    };
    if out.json() {
        return out.object(&year.as_json());
    }
    out.line(year.told(out).trim_end())?;
    Ok(())
}

/// A year of a calendar.
pub(super) struct Year {
    pub(super) year: i16,
    pub(super) calendar: Calendar,
    pub(super) holidays: Holidays,
    /// Whether the hours are the calendar's own.
    pub(super) has_hours: bool,
}

impl Year {
    fn is_published(&self) -> bool {
        self.calendar.years.contains(&self.year)
    }

    /// Days the calendar lists as off, or as worked.
    fn listed(&self, off: bool) -> Vec<Date> {
        let days = if off {
            &self.calendar.off
        } else {
            &self.calendar.work
        };
        days.iter()
            .copied()
            .filter(|date| date.year() == self.year)
            .collect()
    }

    fn as_json(&self) -> Value {
        let hours = |hours: &[Hours]| serde_json::to_value(hours).unwrap_or_default();
        let mut year = json!({
            "year": self.year,
            "published": self.is_published(),
            "working_days": working_days(&self.calendar, self.year),
            "off": dates_json(&self.listed(true), &self.holidays),
            "work": dates_json(&self.listed(false), &self.holidays),
        });
        if self.has_hours {
            year["working_hours"] = hours(&self.calendar.working_hours);
            year["desk_hours"] = hours(&self.calendar.desk_hours);
            year["callback_hours"] = hours(&self.calendar.callback_hours);
            let classes = self.calendar.class_hours.iter();
            year["class_hours"] = classes
                .map(|(class, own)| (class.as_str().to_owned(), hours(own)))
                .collect();
        }
        year
    }

    /// The picture.
    pub(super) fn told(&self, out: &Out) -> String {
        let lang = out.lang();
        let mut text = self.title(out) + "\n\n";
        for months in [1i8, 4, 7, 10] {
            self.months(months, lang, &mut text);
        }
        let legend = out.say(
            "* 放假  + 调休上班  . 周末",
            "* day off  + make-up working day  . weekend",
        );
        let _ = writeln!(text, "{legend}");
        for (off, zh, en) in [
            (true, "放假", "days off"),
            (false, "调休上班", "make-up working days"),
        ] {
            let listed = self.listed(off);
            if !listed.is_empty() {
                let _ = writeln!(
                    text,
                    "{}: {}",
                    out.say(zh, en),
                    told(&listed, &self.holidays, lang)
                );
            }
        }
        if self.has_hours {
            self.hours(out, &mut text);
        }
        text
    }

    fn title(&self, out: &Out) -> String {
        let (year, count) = (self.year, working_days(&self.calendar, self.year));
        let (zh, en) = match self.is_published() {
            true => ("已公布", "published"),
            false => (
                "放假安排尚未公布,暂按周六、周日休息",
                "not published, weekends alone are taken as days off",
            ),
        };
        out.say(
            format_args!("{year} 年({zh}),工作日 {count} 天"),
            format_args!("{year} ({en}), {count} working days"),
        )
    }

    /// Three months beside each other.
    fn months(&self, first: i8, lang: Lang, text: &mut String) {
        let months: Vec<Vec<String>> = (first..)
            .take(MONTHS_BESIDE)
            .map(|month| self.month(month, lang))
            .collect();
        let most = months.iter().map(Vec::len).max().unwrap_or_default();
        for nth in 0..most {
            let row: String = months
                .iter()
                .map(|month| pad(month.get(nth).map_or("", String::as_str), MONTH_COLUMNS))
                .collect();
            let _ = writeln!(text, "{}", row.trim_end());
        }
        text.push('\n');
    }

    /// A month: its name, the weekdays, its weeks.
    fn month(&self, month: i8, lang: Lang) -> Vec<String> {
        let names = lang.word("一二三四五六日", "MoTuWeThFrSaSu");
        let weekdays: String = match lang {
            Lang::En => names
                .as_bytes()
                .chunks(2)
                .map(|two| pad(&String::from_utf8_lossy(two), DAY_COLUMNS))
                .collect(),
            Lang::Zh | Lang::Both => names
                .chars()
                .map(|one| pad(&one.to_string(), DAY_COLUMNS))
                .collect(),
        };
        let mut rows = vec![format!("{}-{month:02}", self.year), weekdays];
        let dates = days(self.year).filter(|date| date.month() == month);
        let mut week = String::new();
        for date in dates {
            let monday_offset = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
            if date.day() == 1 {
                week = " ".repeat(monday_offset * DAY_COLUMNS);
            } else if monday_offset == 0 {
                rows.push(std::mem::take(&mut week));
            }
            week.push_str(&pad(
                &format!("{:>2}{}", date.day(), self.mark(date)),
                DAY_COLUMNS,
            ));
        }
        rows.push(week);
        rows
    }

    fn mark(&self, date: Date) -> &'static str {
        match (self.calendar.is_working_day(date), is_weekend(date)) {
            (true, true) => "+",
            (true, false) => "",
            (false, _) if self.calendar.off.contains(&date) => "*",
            (false, _) => ".",
        }
    }

    fn hours(&self, out: &Out, text: &mut String) {
        let calendar = &self.calendar;
        let mut rows = vec![
            (out.say("工作时间", "working hours"), &calendar.working_hours),
            (out.say("值班时间", "desk hours"), &calendar.desk_hours),
            (out.say("可回访时间", "callback hours"), &calendar.callback_hours),
        ];
        for (class, own) in &calendar.class_hours {
            let name = out.say(
                format_args!("{}工作时间", class.zh()),
                format_args!("working hours of class {}", class.as_str()),
            );
            rows.push((name, own));
        }
        for (name, hours) in rows {
            let spans: Vec<String> = hours.iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "{name}: {}", spans.join(", "));
        }
    }
}
