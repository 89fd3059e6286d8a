//! What many tickets come to, by unit: the rates of domain.md, section 6, that hang on time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Compared, Course};
use crate::clock::{Level, Light};
use crate::id::UnitId;
use crate::scoring::Rate;

/// Figures of a unit, or of all, on one side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Tickets it leads, or led last.
    pub tickets: u64,
    /// Legs that count.
    pub legs: u64,
    /// Signed in time.
    pub sign: Rate,
    /// First contact in time.
    pub contact: Rate,
    /// T1 按时办结率, by the due time in the end.
    pub on_time: Rate,
    /// T0, by the first due time.
    pub on_first_time: Rate,
    /// Its tickets that show yellow at the end.
    pub yellow: u64,
    /// Its tickets that show red at the end.
    pub red: u64,
    /// Its tickets that were done late.
    pub done_late: u64,
    /// Levels reached or proposed on its tickets.
    pub levels: BTreeMap<Level, u64>,
    /// Orders issued on them.
    pub orders: u64,
    /// Points they were charged, each at its highest level, in tenths.
    pub points_tenths: u64,
}

/// Both sides of a unit, or of all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// As recorded.
    pub was: Figures,
    /// As it would have been.
    pub would: Figures,
}

impl Tally {
    /// Whether its figures move.
    pub fn moves(&self) -> bool {
        self.was != self.would
    }

    /// By how many percentage points the worse of its rates would move, towards better or worse; what units are sorted by.
    pub fn shift(&self) -> f64 {
        let rates = |figures: &Figures| {
            [
                figures.sign,
                figures.contact,
                figures.on_time,
                figures.on_first_time,
            ]
            .map(Rate::percent)
        };
        let both = rates(&self.was).into_iter().zip(rates(&self.would));
        both.map(|(was, would)| (would - was).abs()).fold(0.0, f64::max)
    }
}

/// Adds a ticket to the whole and to its units.
impl Tally {
    /// Counts a ticket on both sides.
    pub fn count(&mut self, one: &Compared, units: &mut BTreeMap<UnitId, Tally>, now: Timestamp) {
        self.was.count(&one.was, None, now);
        self.would.count(&one.would, None, now);
        let legs = one.was.legs.iter().chain(&one.would.legs);
        let mut named: Vec<&UnitId> = legs.map(|leg| &leg.unit).collect();
        named.sort();
        named.dedup();
        for unit in named {
            let tally = units.entry(unit.clone()).or_default();
            tally.was.count(&one.was, Some(unit), now);
            tally.would.count(&one.would, Some(unit), now);
        }
    }
}

impl Figures {
    /// Counts a ticket, or a unit's part of it. What is the ticket's own is its lead's.
    fn count(&mut self, course: &Course, unit: Option<&UnitId>, now: Timestamp) {
        let is_its = |one: &UnitId| unit.is_none_or(|unit| one == unit);
        for leg in course
            .legs
            .iter()
            .filter(|leg| !leg.is_ended && is_its(&leg.unit))
        {
            self.legs += 1;
            for (timed, rate) in [(&leg.sign, &mut self.sign), (&leg.contact, &mut self.contact)] {
                if let Some(in_time) = timed.and_then(|timed| timed.in_time(now)) {
                    rate.count(in_time);
                }
            }
            if let Some(in_time) = leg.handle.and_then(|timed| timed.in_time(now)) {
                self.on_time.count(in_time);
            }
            if let Some(in_time) = leg.handle.and_then(|timed| timed.in_first_time(now)) {
                self.on_first_time.count(in_time);
            }
        }
        if unit.is_some_and(|unit| course.lead().is_none_or(|lead| lead.unit != *unit)) {
            return;
        }
        self.tickets += 1;
        self.yellow += u64::from(course.light == Some(Light::Yellow));
        self.red += u64::from(course.light == Some(Light::Red));
        self.done_late += u64::from(course.light == Some(Light::GreenLate));
        self.orders += u64::from(course.orders);
        self.points_tenths += u64::from(course.points_tenths);
        for (level, count) in &course.levels {
            *self.levels.entry(*level).or_default() += u64::from(*count);
        }
    }
}
