//! `hotline calendar`: which days are worked. A new year's notice is imported; a year is shown as a picture.

mod import;
mod show;

use std::fmt::Write as _;

use domain::time::Calendar;
use jiff::civil::Date;

use crate::city::holidays::Holidays;
use crate::out::{Lang, Out};

pub(super) const ABOUT: &str = "工作日历:导入放假通知、查看某年的工作日
The working calendar: import holidays, look at the working days of a year";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline calendar show --year 2026
  hotline calendar import holidays.jsonl --rules city --dry-run";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = import::ABOUT, after_help = import::EXAMPLES)]
    Import(import::Args),
    #[command(about = show::ABOUT, after_help = show::EXAMPLES)]
    Show(show::Args),
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    match &args.verb {
        Verb::Import(args) => import::run(args, out),
        Verb::Show(args) => show::run(args, out),
    }
}

/// The days of a year, in order.
fn days(year: i16) -> impl Iterator<Item = Date> {
    let first = Date::new(year, 1, 1).ok();
    std::iter::successors(first, |date| date.tomorrow().ok()).take_while(move |date| date.year() == year)
}

fn working_days(calendar: &Calendar, year: i16) -> usize {
    days(year).filter(|date| calendar.is_working_day(*date)).count()
}

/// Days by name, those in a row as one: `春节 02-15 至 02-23, 国庆节 10-01`.
fn told(dates: &[Date], holidays: &Holidays, lang: Lang) -> String {
    let mut runs: Vec<(Date, Date)> = Vec::new();
    for date in dates {
        match runs.last_mut() {
            Some((first, last))
                if last.tomorrow().ok() == Some(*date)
                    && holidays.name_of(*first) == holidays.name_of(*date) =>
            {
                *last = *date;
            }
            _ => runs.push((*date, *date)),
        }
    }
    let mut text = String::new();
    for (first, last) in runs {
        if !text.is_empty() {
            text.push_str(lang.word("、", ", "));
        }
        if let Some(name) = holidays.name_of(first) {
            let _ = write!(text, "{name} ");
        }
        let day = |date: Date| date.strftime("%m-%d").to_string();
        let _ = match first == last {
            true => write!(text, "{}", day(first)),
            false => write!(text, "{} {} {}", day(first), lang.word("至", "to"), day(last)),
        };
    }
    text
}

/// Days as JSON, each with its name.
fn json(dates: &[Date], holidays: &Holidays) -> Vec<serde_json::Value> {
    dates
        .iter()
        .map(|date| serde_json::json!({ "date": date.to_string(), "name": holidays.name_of(*date) }))
        .collect()
}

#[cfg(test)]
mod tests;
