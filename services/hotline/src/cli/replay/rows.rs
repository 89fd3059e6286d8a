//! Tickets that change: a row each.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use domain::clock::whatif::{Compared, Course, LegCourse, Timed};
use domain::clock::{Level, Light};
use domain::refusal::Reason;
use jiff::Timestamp;

/// One side of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) light: Option<Light>,
    pub(super) level: Option<Level>,
    /// How often each was reached or proposed.
    pub(super) levels: BTreeMap<Level, u16>,
    pub(super) points_tenths: u16,
    pub(super) orders: u16,
    pub(super) sign: Time,
    pub(super) contact: Time,
    pub(super) handle: Time,
}

/// When something was due, and whether it was in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Time {
    pub(super) due_at: Option<Timestamp>,
    pub(super) in_time: Option<bool>,
}

/// A ticket on both sides; times are those of the leg that led last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) number: String,
    pub(super) unit: String,
    pub(super) was: Side,
    pub(super) would: Side,
    pub(super) refused: Vec<String>,
}

impl Row {
    pub(super) fn of(one: &Compared, now: Timestamp) -> Self {
        let lead = one.was.lead();
        let refused = one.refused.iter().map(|refused| {
            let reason = refused.reason.map_or("", Reason::as_str);
            format!("{}:{reason}", refused.what)
        });
        Self {
            number: one.number.to_string(),
            unit: lead.map_or_else(String::new, |lead| lead.unit.to_string()),
            was: Side::of(&one.was, now),
            would: Side::of(&one.would, now),
            refused: refused.collect(),
        }
    }

    /// The more, the further up in a list: how much worse, or better, it would be.
    fn weight(&self) -> (u8, u8, u32) {
        let rank = |level: Option<Level>| level.map_or(0, |level| level as u8 + 1);
        let dark = |light: Option<Light>| u8::from(matches!(light, Some(Light::Red | Light::GreenLate)));
        let levels = rank(self.would.level).abs_diff(rank(self.was.level));
        let lights = dark(self.would.light).abs_diff(dark(self.was.light));
        let points = self.would.points_tenths.abs_diff(self.was.points_tenths);
        let fired = |side: &Side| side.levels.values().copied().map(u32::from).sum::<u32>();
        let fires = fired(&self.would).abs_diff(fired(&self.was));
        (levels, lights, u32::from(points).saturating_add(fires))
    }
}

impl Side {
    fn of(course: &Course, now: Timestamp) -> Self {
        let lead = course.lead();
        let time = |of: fn(&LegCourse) -> &Option<Timed>| {
            let timed = lead.and_then(|lead| *of(lead));
            timed.map_or_else(Time::default, |timed| Time {
                due_at: Some(timed.due_at),
                in_time: timed.in_time(now),
            })
        };
        Self {
            light: course.light,
            level: course.level,
            levels: course.levels.clone(),
            points_tenths: course.points_tenths,
            orders: course.orders,
            sign: time(|leg| &leg.sign),
            contact: time(|leg| &leg.contact),
            handle: time(|leg| &leg.handle),
        }
    }
}

/// The rows that weigh most, so many at most.
pub(super) struct Worst {
    most: usize,
    rows: Vec<Row>,
}

impl Worst {
    pub(super) fn new(most: u32) -> Self {
        Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            rows: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, one: &Compared, now: Timestamp) {
        self.rows.push(Row::of(one, now));
        if self.rows.len() > self.most.saturating_mul(2).max(64) {
            self.cut();
        }
    }

    /// Those that weigh most first, then by number.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = self.rows.clone();
        sort(&mut rows);
        rows.truncate(self.most);
        rows
    }

    fn cut(&mut self) {
        sort(&mut self.rows);
        self.rows.truncate(self.most);
    }
}

fn sort(rows: &mut [Row]) {
    rows.sort_by(|one, other| {
        let by_weight = other.weight().cmp(&one.weight());
        by_weight.then_with(|| one.number.cmp(&other.number))
    });
}

/// Every ticket that changes, as a file. Codes and times only: nothing in it needs quoting.
pub(super) struct Csv {
    file: BufWriter<File>,
}

const COLUMNS: &str = "number,unit,light_before,light_after,level_before,level_after,levels_before,levels_after,\
    points_before,points_after,\
    orders_before,orders_after,sign_due_before,sign_due_after,sign_in_time_before,sign_in_time_after,\
    contact_due_before,contact_due_after,contact_in_time_before,contact_in_time_after,\
    handle_due_before,handle_due_after,handle_in_time_before,handle_in_time_after,refused";

impl Csv {
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = BufWriter::new(file);
        writeln!(file, "{COLUMNS}")?;
        Ok(Self { file })
    }

    pub(super) fn write(&mut self, one: &Compared, now: Timestamp) -> anyhow::Result<()> {
        let row = Row::of(one, now);
        let (was, would) = (&row.was, &row.would);
        let mut cells = vec![row.number.clone(), row.unit.clone()];
        cells.extend([was, would].map(|side| side.light.map_or("", Light::as_str).to_owned()));
        cells.extend([was, would].map(|side| side.level.map_or("", Level::as_str).to_owned()));
        cells.extend([was, would].map(|side| counts(&side.levels)));
        cells.extend([was, would].map(|side| points(side.points_tenths)));
        cells.extend([was, would].map(|side| side.orders.to_string()));
        for (before, after) in [
            (was.sign, would.sign),
            (was.contact, would.contact),
            (was.handle, would.handle),
        ] {
            cells.extend(
                [before, after].map(|time| time.due_at.map_or_else(String::new, |at| at.to_string())),
            );
            cells.extend(
                [before, after].map(|time| time.in_time.map_or_else(String::new, |is| is.to_string())),
            );
        }
        cells.push(row.refused.join(";"));
        writeln!(self.file, "{}", cells.join(","))?;
        Ok(())
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(())
    }
}

/// Levels and how often: `l1:2;l4:1`.
fn counts(levels: &BTreeMap<Level, u16>) -> String {
    let each = levels
        .iter()
        .map(|(level, count)| format!("{}:{count}", level.as_str()));
    each.collect::<Vec<_>>().join(";")
}

/// What fires more or less often: `L1 +2 L4 +1`.
pub(super) fn fires<N: Copy + Into<u64>>(was: &BTreeMap<Level, N>, would: &BTreeMap<Level, N>) -> String {
    let count = |side: &BTreeMap<Level, N>, level| side.get(level).map_or(0, |count| (*count).into());
    let moved = Level::ALL.iter().filter_map(|level| {
        let (was, would): (u64, u64) = (count(was, level), count(would, level));
        let name = level.as_str().to_uppercase();
        match would.cmp(&was) {
            Ordering::Greater => Some(format!("{name} +{}", would - was)),
            Ordering::Less => Some(format!("{name} -{}", was - would)),
            Ordering::Equal => None,
        }
    });
    moved.collect::<Vec<_>>().join(" ")
}

pub(super) fn points(tenths: impl Into<u64>) -> String {
    let tenths = tenths.into();
    format!("{}.{}", tenths / 10, tenths % 10)
}
