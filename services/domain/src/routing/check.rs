//! What is wrong with a directory: gaps, overlaps, dead units, entries that never win, entries that end, missing bases,
//! recusals without a superior. Pure and quick: 500 leaves × 80 areas take milliseconds.
//!
//! Looks at a bundle as it is written, so that one that cannot be published is told what is wrong with it too. Start at
//! [`check`]. The parts: `gaps` (who covers what, and which entry wins anywhere), `overlaps`, `entries` (parties, basis,
//! days), `recusals`.

mod entries;
mod gaps;
mod overlaps;
mod recusals;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::civil::Date;

use crate::id::{AreaId, CategoryId};
use crate::rules::{Areas, Bundle, Categories, Conditions, Entry, Unit, Units};
use crate::ticket::{Grade, RequestType};

/// Days within which an entry's end is told.
pub const ENDS_WITHIN_DAYS: i32 = 30;
/// How many names a finding lists; the rest are counted.
const NAMED_MAX: usize = 5;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Matters go nowhere, or to whom nobody meant.
    Error,
    /// Works today and should be put right.
    Warning,
    /// Worth knowing.
    Hint,
}

impl Severity {
    /// Every one, the worst first.
    pub const ALL: &'static [Self] = &[Self::Error, Self::Warning, Self::Hint];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Error => "错误",
            Self::Warning => "提醒",
            Self::Hint => "提示",
        }
    }
}

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A category without any entry.
    NoEntry,
    /// A category and area that only the safety net covers.
    Gap,
    /// A category and area that nobody covers at all.
    Nobody,
    /// Two entries equally specific on the same day.
    Overlap,
    /// A unit that is gone, or no unit where one is needed.
    DeadUnit,
    /// An entry that never wins.
    Shadowed,
    /// An entry or recusal that has ended, without a successor.
    Expired,
    /// An entry or recusal that ends soon, without a successor.
    Expiring,
    /// No legal basis, or none worth the name.
    NoBasis,
    /// A recusal after which nobody handles.
    NoSuperior,
}

impl What {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::NoEntry,
        Self::Gap,
        Self::Nobody,
        Self::Overlap,
        Self::DeadUnit,
        Self::Shadowed,
        Self::Expired,
        Self::Expiring,
        Self::NoBasis,
        Self::NoSuperior,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoEntry => "no_entry",
            Self::Gap => "gap",
            Self::Nobody => "nobody",
            Self::Overlap => "overlap",
            Self::DeadUnit => "dead_unit",
            Self::Shadowed => "shadowed",
            Self::Expired => "expired",
            Self::Expiring => "expiring",
            Self::NoBasis => "no_basis",
            Self::NoSuperior => "no_superior",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::NoEntry => "无条目",
            Self::Gap => "空白",
            Self::Nobody => "无人承接",
            Self::Overlap => "重叠",
            Self::DeadUnit => "失效单位",
            Self::Shadowed => "从不适用",
            Self::Expired => "已到期",
            Self::Expiring => "将到期",
            Self::NoBasis => "缺依据",
            Self::NoSuperior => "回避无上级",
        }
    }
}

/// One thing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What kind.
    pub what: What,
    /// Where: `directory[noise].lead`, as in [`crate::rules::Problem`].
    pub at: String,
    /// What, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// What to do, in Chinese.
    pub todo_zh: &'static str,
    /// The same in English.
    pub todo_en: &'static str,
}

/// What is wrong with the directory and the recusal list of a bundle on a day, the worst first.
pub fn check(bundle: &Bundle, on: Date) -> Vec<Finding> {
    let ground = Ground::new(bundle, on);
    let mut findings = Vec::new();
    gaps::gaps(&mut findings, &ground);
    overlaps::overlaps(&mut findings, &ground);
    entries::entries(&mut findings, &ground);
    recusals::recusals(&mut findings, &ground);
    findings.sort_by_key(|finding| (finding.severity, finding.what));
    findings
}

/// Entries of one category and area.
type Place<'a> = (&'a CategoryId, Option<&'a AreaId>);

/// A bundle with its look-ups.
struct Ground<'a> {
    bundle: &'a Bundle,
    units: Units,
    areas: Areas,
    categories: Categories,
    on: Date,
    /// The entries that have not ended, by place, in the order of precedence.
    places: HashMap<Place<'a>, Vec<usize>>,
}

impl<'a> Ground<'a> {
    fn new(bundle: &'a Bundle, on: Date) -> Self {
        let areas = Areas::new(&bundle.areas);
        let mut places: HashMap<Place<'a>, Vec<usize>> = HashMap::new();
        for (at, entry) in bundle.directory.iter().enumerate() {
            if entry.until.is_none_or(|until| until >= on) {
                let place = (&entry.category, entry.area.as_ref());
                places.entry(place).or_default().push(at);
            }
        }
        for entries in places.values_mut() {
            entries.sort_by_key(|at| std::cmp::Reverse(bundle.directory[*at].when.count()));
        }
        Self {
            bundle,
            units: Units::new(&bundle.units),
            areas,
            categories: Categories::new(&bundle.categories),
            on,
            places,
        }
    }

    fn lead(&self, entry: &Entry, area: Option<&AreaId>) -> Option<&Unit> {
        super::lead_in(&self.units, &self.areas, &entry.lead, area).filter(|unit| unit.takes_on(self.on))
    }

    fn area_name(&self, id: &AreaId) -> String {
        let name = self
            .areas
            .get(id)
            .map_or_else(String::new, |area| area.zh.clone());
        format!("{id}{name}")
    }
}

/// Which matters conditions meet, a bit for every type and grade.
fn mask(when: &Conditions) -> u32 {
    let mut bits = 0;
    let pairs = RequestType::ALL
        .iter()
        .flat_map(|kind| Grade::ALL.iter().map(move |grade| (*kind, *grade)));
    for (bit, (kind, grade)) in pairs.enumerate() {
        if when.meets(kind, grade) {
            bits |= 1 << bit;
        }
    }
    bits
}

/// The first few of a list, and how many more.
fn some(names: &[String]) -> (String, String) {
    let first = names.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(NAMED_MAX) {
        0 => (first.join("、"), first.join(", ")),
        more => (
            format!("{}等 {} 处", first.join("、"), names.len()),
            format!("{} and {more} more", first.join(", ")),
        ),
    }
}
