//! Every ticket's row, and the figures over those a viewer may see.

use domain::clock::Level;
use domain::id::{TicketNumber, UnitId};
use domain::scoring::Rate;
use jiff::Timestamp;

use crate::limits::GROWTH_MIN;
use crate::row::{Nanos, Overdue, Row, Seen};
use crate::units::Units;
use crate::view::View;

/// The projection.
#[derive(Debug, Default)]
pub(crate) struct Board {
    units: Units,
    /// In the order of numbers: they come nearly so, and a sorted list is half the size of a map.
    rows: Vec<(TicketNumber, Row)>,
    as_of: Option<Timestamp>,
    token: String,
}

/// One unit's figures, or the sum of several.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Figures {
    pub(crate) open: u64,
    pub(crate) yellow: u64,
    pub(crate) red: u64,
    pub(crate) done: u64,
    pub(crate) late: u64,
    pub(crate) response: Rate,
    pub(crate) solved: Rate,
    pub(crate) satisfied: Rate,
    pub(crate) level: Option<Level>,
}

/// What a board shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    /// Units with a ticket that counts, in the order in which they were first met.
    pub(crate) units: Vec<(UnitId, Figures)>,
    pub(crate) total: Figures,
    pub(crate) waiting: u64,
    pub(crate) as_of: Option<Timestamp>,
}

impl Board {
    /// A board from its parts; none when they do not fit together.
    pub(crate) fn of(
        codes: Vec<UnitId>,
        rows: Vec<(TicketNumber, Row)>,
        as_of: Option<Timestamp>,
        token: String,
    ) -> Option<Self> {
        let units = Units::of(codes)?;
        let is_sorted = rows.is_sorted_by(|(one, _), (next, _)| one < next);
        is_sorted.then_some(Self {
            units,
            rows,
            as_of,
            token,
        })
    }

    pub(crate) fn units(&self) -> &Units {
        &self.units
    }

    pub(crate) fn rows(&self) -> &[(TicketNumber, Row)] {
        &self.rows
    }

    /// Every change up to this time is in it; none before the first.
    pub(crate) fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    /// The place in the feed it stands at; empty at the beginning.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Everything up to `token`, which is everything up to `at`, is in it.
    pub(crate) fn reach(&mut self, token: String, at: Option<Timestamp>) {
        self.token = token;
        self.as_of = self.as_of.max(at);
    }

    /// Takes a ticket as a change shows it, unless a newer state is known. The feed tells some things more than once.
    pub(crate) fn take(&mut self, seen: &Seen, overdue: &[Overdue]) {
        match self
            .rows
            .binary_search_by_key(&seen.number, |(number, _)| *number)
        {
            Ok(at) => {
                let before = self.rows[at].1;
                if seen.version < before.version {
                    self.rows[at].1.recall(overdue);
                } else {
                    self.rows[at].1 = Row::of(seen, &mut self.units, Some(&before), overdue);
                }
            }
            Err(at) => {
                if self.rows.len() == self.rows.capacity() {
                    self.rows.reserve_exact((self.rows.len() / 8).max(GROWTH_MIN));
                }
                let row = Row::of(seen, &mut self.units, None, overdue);
                self.rows.insert(at, (seen.number, row));
            }
        }
    }

    /// The figures of what a viewer may see, at `now`.
    pub(crate) fn figures(&self, view: &View, now: Timestamp) -> Shown {
        let now = Nanos::of(now);
        let mut by_unit: Vec<Option<Figures>> = vec![None; self.units.codes().len()];
        let (mut total, mut waiting) = (Figures::default(), 0);
        for (_, row) in &self.rows {
            if view.counts(row) {
                by_unit[usize::from(row.lead)]
                    .get_or_insert_default()
                    .count(row, now);
                total.count(row, now);
            } else if view.counts_waiting(row) {
                waiting += 1;
            }
        }
        let of_unit = |(code, figures): (&UnitId, Option<Figures>)| Some((code.clone(), figures?));
        let units = self
            .units
            .codes()
            .iter()
            .zip(by_unit)
            .filter_map(of_unit)
            .collect();
        Shown {
            units,
            total,
            waiting,
            as_of: self.as_of,
        }
    }
}

impl Figures {
    fn count(&mut self, row: &Row, now: Nanos) {
        if row.is_closed() {
            self.done += 1;
        } else {
            self.open += 1;
            self.yellow += u64::from(row.is_yellow(now));
            self.red += u64::from(row.is_red(now));
            self.level = self.level.max(row.level);
        }
        self.late += u64::from(row.is_late(now));
        if let Some(in_time) = row.response(now) {
            self.response.count(in_time);
        }
        if let Some(outcome) = row.outcome() {
            self.solved.count(outcome.solved);
            if let Some(rating) = outcome.rating {
                self.satisfied.count(rating.is_satisfied());
            }
        }
    }
}

#[cfg(test)]
mod tests;
