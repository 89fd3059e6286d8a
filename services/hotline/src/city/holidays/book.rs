//! The file of notices as text: one year is put in its place, and everything else stays as it was written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{bail, ensure};
use jiff::civil::Date;

use super::{Holidays, Notice};

/// What stands above the years of a new file.
const HEAD: &str = "\
# Public holidays and make-up working days 调休 by year: the days off by notice (weekends that lie in a holiday
# included), the Saturdays and Sundays that are worked, and from which day on they are called what. What is in neither
# list is an ordinary day. Years that are not here: weekends alone are taken as days off.
#
# `hotline calendar import` puts a year in its place here; what stands above a year's heading stays.
";

/// Dates in a row of the file.
const DATES_IN_A_ROW: usize = 7;

/// A file of notices.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    /// What stands above the first year.
    head: String,
    /// Each year as it is written, from the comment above its heading on.
    years: BTreeMap<i16, String>,
    holidays: Holidays,
}

impl Book {
    /// A file without a year.
    pub(crate) fn empty() -> Self {
        Self {
            head: HEAD.to_owned(),
            years: BTreeMap::new(),
            holidays: Holidays::default(),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Holidays::parse`]; years whose headings are not written `[2026]`.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let holidays = Holidays::parse(text)?;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let headings: Vec<(i16, usize)> = lines
            .iter()
            .enumerate()
            .filter_map(|(at, line)| Some((heading(line)?, begins(&lines, at))))
            .collect();
        let first = headings.first().map_or(lines.len(), |(_, begin)| *begin);
        let ends = headings.iter().skip(1).map(|(_, begin)| *begin);
        let blocks = headings.iter().zip(ends.chain([lines.len()]));
        let years: BTreeMap<i16, String> = blocks
            .map(|((year, begin), end)| (*year, lines[*begin..end].concat()))
            .collect();
        ensure!(
            years.keys().eq(holidays.0.keys()),
            "年份标题须单独成行，如 [2026] · each year's heading stands on a line of its own, such as [2026]"
        );
        Ok(Self {
            head: lines[..first].concat(),
            years,
            holidays,
        })
    }

    /// What it says.
    pub(crate) fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    /// Puts a year's notice in its place; whether that changes anything. What it says already stays as it is written.
    pub(crate) fn put(&mut self, year: i16, notice: Notice) -> bool {
        if self
            .holidays
            .of(year)
            .is_some_and(|was| says_the_same(was, &notice))
        {
            return false;
        }
        let was = self.years.remove(&year).unwrap_or_default();
        let above: String = was
            .split_inclusive('\n')
            .take_while(|line| heading(line).is_none())
            .collect();
        self.years
            .insert(year, format!("{above}{}", written(year, &notice)));
        self.holidays.0.insert(year, notice);
        true
    }

    /// The file's text.
    ///
    /// # Errors
    /// None, unless what is written would not be read as it is meant, which is checked.
    pub(crate) fn text(&self) -> anyhow::Result<String> {
        let mut text = self.head.trim_end().to_owned();
        for year in self.years.values() {
            let blank = if text.is_empty() { "" } else { "\n\n" };
            let _ = write!(text, "{blank}{}", year.trim_end());
        }
        text.push('\n');
        let read = Holidays::parse(&text)?;
        for (year, notice) in &self.holidays.0 {
            if !read.of(*year).is_some_and(|read| says_the_same(read, notice)) {
                bail!("[{year}] would not be read as it is meant");
            }
        }
        Ok(text)
    }
}

fn says_the_same(one: &Notice, other: &Notice) -> bool {
    one.off == other.off && one.work == other.work && one.names_said_once() == other.names_said_once()
}

/// `[2026]`, whatever stands behind it.
fn heading(line: &str) -> Option<i16> {
    let (year, rest) = line.strip_prefix('[')?.split_once(']')?;
    let alone = rest.trim().is_empty() || rest.trim_start().starts_with('#');
    year.trim().parse().ok().filter(|_| alone)
}

/// The comment straight above a heading is that year's.
fn begins(lines: &[&str], heading: usize) -> usize {
    let comments = lines[..heading]
        .iter()
        .rev()
        .take_while(|line| line.starts_with('#'));
    let begin = heading - comments.count();
    // A comment at the very top is the file's.
    if begin == 0 { heading } else { begin }
}

fn written(year: i16, notice: &Notice) -> String {
    let mut text = format!("[{year}]\n");
    for (key, days) in [("off", &notice.off), ("work", &notice.work)] {
        let quoted: Vec<String> = days.iter().map(|date: &Date| format!("\"{date}\"")).collect();
        let _ = writeln!(text, "{key} = [");
        for row in quoted.chunks(DATES_IN_A_ROW) {
            let _ = writeln!(text, "    {},", row.join(", "));
        }
        let _ = writeln!(text, "]");
    }
    for (date, name) in notice.names_said_once() {
        let _ = writeln!(text, "names.{date} = {}", toml::Value::String(name.to_owned()));
    }
    text
}
