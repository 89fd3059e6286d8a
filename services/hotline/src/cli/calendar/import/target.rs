//! What an import is compared with and written to: a city's folder, a file of holidays, or the demonstration city.

use std::path::PathBuf;

use anyhow::Context as _;
use domain::time::Calendar;

use super::Args;
use crate::city;
use crate::city::holidays::{self, Book, Notice, Remark, Told};
use crate::exit::{Exit, Stop};
use crate::out::Out;

/// How a year stands to what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The year was not there.
    New,
    /// It was there and said something else.
    Changed,
    /// It said the same.
    Same,
}

/// A year that is in the files.
pub(super) struct Change {
    pub(super) year: i16,
    pub(super) state: State,
}

/// What is compared with, and written to.
pub(super) struct Target {
    /// Where to; none: compared with the demonstration city, and nowhere.
    pub(super) path: Option<PathBuf>,
    /// The file's years.
    pub(super) book: Book,
    /// What the calendar says without the file of holidays.
    own: Calendar,
    /// What the hours and days of `own` are called in messages.
    own_name: String,
}

impl Target {
    /// What the arguments name.
    pub(super) fn open(args: &Args) -> anyhow::Result<Self> {
        let without_days = || -> anyhow::Result<Calendar> {
            let (mut calendar, _) = city::calendar(None)?;
            calendar.years.clear();
            calendar.off.clear();
            calendar.work.clear();
            Ok(calendar)
        };
        let (path, own, own_name) = match (&args.rules, &args.holidays) {
            (Some(dir), _) => {
                let name = dir.join("calendar.toml").display().to_string();
                (Some(dir.join(holidays::FILE)), city::own_calendar(dir)?, name)
            }
            (None, Some(file)) => (Some(file.clone()), without_days()?, String::new()),
            (None, None) => (None, without_days()?, String::new()),
        };
        let book = match &path {
            Some(path) if path.try_exists().with_context(|| path.display().to_string())? => {
                let parsed = city::read(path).and_then(|text| Book::parse(&text));
                parsed.with_context(|| path.display().to_string())?
            }
            Some(_) => Book::empty(),
            None => Book::parse(&city::built_in_holidays()?)?,
        };
        Ok(Self {
            path,
            book,
            own,
            own_name,
        })
    }

    /// The calendar as it stands, with the holidays.
    pub(super) fn calendar(&self) -> Calendar {
        let mut calendar = self.own.clone();
        self.book.holidays().add_to(&mut calendar);
        calendar
    }

    /// Puts whole years in their place, and days at the edge of a year into the year where that is there.
    pub(super) fn put(&mut self, told: Told) -> (Vec<Change>, Vec<Remark>) {
        let (mut changes, mut notes) = (Vec::new(), told.notes);
        for (year, (edge, at)) in told.edges {
            match self.book.holidays().of(year) {
                Some(was) => {
                    let mut notice = was.clone();
                    notice.amend(&edge);
                    changes.push(self.put_year(year, notice));
                }
                None => notes.push(Remark {
                    zh: format!("{year} 年只有年末几天,该年尚未导入:略过"),
                    en: format!("of {year} only the last days are told, and the year is not there: left out"),
                    ..at
                }),
            }
        }
        for (year, notice) in told.years {
            changes.push(self.put_year(year, notice));
        }
        changes.sort_by_key(|change| change.year);
        notes.extend(changes.iter().filter_map(|change| self.beside(change.year)));
        (changes, notes)
    }

    /// Days that the city's own calendar lists beside the year's notice: they stay, whatever is imported.
    fn beside(&self, year: i16) -> Option<Remark> {
        let notice = self.book.holidays().of(year)?;
        let beside: Vec<String> = (self.own.off.difference(&notice.off))
            .chain(self.own.work.difference(&notice.work))
            .filter(|date| date.year() == year)
            .map(ToString::to_string)
            .collect();
        let days = beside.join(", ");
        (!beside.is_empty()).then(|| Remark {
            file: self.own_name.clone(),
            line: 0,
            zh: format!("另列有 {days},继续有效;若属放假通知,请从中删去"),
            en: format!("lists {days} itself, which stay in force; take out those that were of the notice"),
        })
    }

    fn put_year(&mut self, year: i16, notice: Notice) -> Change {
        let is_new = self.book.holidays().of(year).is_none();
        let state = match self.book.put(year, notice) {
            _ if is_new => State::New,
            true => State::Changed,
            false => State::Same,
        };
        Change { year, state }
    }

    /// Days that the city's own calendar lists the other way round.
    pub(super) fn refuse_contradictions(&self, out: &Out) -> anyhow::Result<()> {
        let calendar = self.calendar();
        let both: Vec<String> = calendar
            .off
            .intersection(&calendar.work)
            .map(ToString::to_string)
            .collect();
        if both.is_empty() {
            return Ok(());
        }
        let (both, own) = (both.join(", "), &self.own_name);
        Err(Stop::because(
            Exit::Failed,
            out.say(
                format_args!("{own} 与假日文件矛盾,既休息又上班:{both}。请先删去其中的 off、work"),
                format_args!("{own} contradicts the holidays, both off and worked: {both}. Take them out of its off and work first"),
            ),
        ))
    }
}
