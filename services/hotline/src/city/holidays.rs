//! Holidays by year: the days off by notice, the make-up working days 调休, and their names.
//!
//! They stand in a file of their own beside `calendar.toml`, so that a new year's notice is imported and not typed:
//! `book` keeps the file, `rows` reads the format of holidays files (JSON Lines).

mod book;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use domain::time::Calendar;
use jiff::civil::{Date, Weekday};
use serde::Deserialize;

pub(crate) use book::Book;
pub(crate) use rows::{Remark, Source, Told, read};

/// The file of a city's folder; without it the calendar stands in `calendar.toml` alone.
pub(crate) const FILE: &str = "holidays.toml";

/// The years a notice may be about: no holiday was ever made up for before, no limit reaches so far.
pub(crate) const YEARS: std::ops::RangeInclusive<i16> = 1949..=2200;

/// A year's notice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notice {
    /// Days off, weekends that lie in a holiday included.
    pub(crate) off: BTreeSet<Date>,
    /// Saturdays and Sundays that are worked.
    pub(crate) work: BTreeSet<Date>,
    /// From which listed day on they have which name; empty where they have none.
    #[serde(default)]
    names: BTreeMap<Date, String>,
}

impl Notice {
    /// Lists a day, off or worked, with its name. Every other day keeps its own.
    pub(crate) fn list(&mut self, date: Date, is_off: bool, name: &str) {
        let next = self.days().map(|(day, _)| day).find(|day| *day > date);
        if let Some(next) = next {
            let named = self.name_of(next).unwrap_or_default().to_owned();
            self.names.entry(next).or_insert(named);
        }
        let days = if is_off { &mut self.off } else { &mut self.work };
        days.insert(date);
        self.names.insert(date, name.to_owned());
    }

    /// The listed days in order, each with whether it is off.
    pub(crate) fn days(&self) -> impl Iterator<Item = (Date, bool)> + '_ {
        let all: BTreeSet<Date> = self.off.union(&self.work).copied().collect();
        all.into_iter().map(|date| (date, self.off.contains(&date)))
    }

    /// What a listed day is called.
    pub(crate) fn name_of(&self, date: Date) -> Option<&str> {
        let is_listed = self.off.contains(&date) || self.work.contains(&date);
        let (_, name) = self.names.range(..=date).next_back()?;
        (is_listed && !name.is_empty()).then_some(name)
    }

    /// The names, each said once: where it begins.
    fn names_said_once(&self) -> Vec<(Date, &str)> {
        let mut said = vec![];
        let mut last = "";
        for (date, _) in self.days() {
            let name = self.name_of(date).unwrap_or_default();
            if name != last {
                said.push((date, name));
                last = name;
            }
        }
        said
    }

    /// What another says of the same year goes before.
    pub(crate) fn amend(&mut self, by: &Notice) {
        let named: Vec<(Date, bool, String)> = self
            .days()
            .filter(|(date, _)| !by.off.contains(date) && !by.work.contains(date))
            .chain(by.days())
            .map(|(date, is_off)| {
                let of = if by.off.contains(&date) || by.work.contains(&date) {
                    by
                } else {
                    &*self
                };
                (date, is_off, of.name_of(date).unwrap_or_default().to_owned())
            })
            .collect();
        *self = Self::default();
        for (date, is_off, name) in named {
            self.list(date, is_off, &name);
        }
    }

    /// What is wrong with it as the notice of `year`.
    fn problems(&self, year: i16) -> Vec<String> {
        let elsewhere = self
            .days()
            .filter(|(date, _)| date.year() != year)
            .map(|(date, _)| format!("[{year}]: {date} 不在该年 · lies in another year"));
        let both = self
            .off
            .intersection(&self.work)
            .map(|date| format!("[{year}]: {date} 既休息又上班 · is both a day off and a working day"));
        let weekday =
            self.work.iter().filter(|date| !is_weekend(**date)).map(|date| {
                format!("[{year}]: {date} 不是周末，无需调休 · is no weekend: it is worked anyway")
            });
        elsewhere.chain(both).chain(weekday).collect()
    }
}

/// The notices of some years.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Holidays(BTreeMap<i16, Notice>);

impl Holidays {
    /// Reads a file of notices.
    ///
    /// # Errors
    /// Every problem, each with its year.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let written: BTreeMap<String, Notice> = toml::from_str(text).map_err(|error| anyhow!("{error}"))?;
        let (mut years, mut problems) = (BTreeMap::new(), Vec::new());
        for (key, notice) in written {
            match key.parse().ok().filter(|year| YEARS.contains(year)) {
                Some(year) => {
                    problems.extend(notice.problems(year));
                    years.insert(year, notice);
                }
                None => problems.push(format!("[{key}]: 不是年份 · is no year")),
            }
        }
        match problems.is_empty() {
            true => Ok(Self(years)),
            false => Err(anyhow!("{}", problems.join("\n    "))),
        }
    }

    /// The notice of a year, where there is one.
    pub(crate) fn of(&self, year: i16) -> Option<&Notice> {
        self.0.get(&year)
    }

    /// What a listed day is called.
    pub(crate) fn name_of(&self, date: Date) -> Option<&str> {
        self.of(date.year())?.name_of(date)
    }

    /// Tells a calendar of all of them.
    pub(crate) fn add_to(&self, calendar: &mut Calendar) {
        for (year, notice) in &self.0 {
            calendar.years.insert(*year);
            calendar.off.extend(&notice.off);
            calendar.work.extend(&notice.work);
        }
    }
}

pub(crate) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
