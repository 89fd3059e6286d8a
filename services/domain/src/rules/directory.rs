//! The dispatch directory 派单目录: dated entries, category × area × conditions → unit, with the legal basis; and the
//! recusal list 回避名单.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Areas;
use crate::id::{AreaId, CategoryId, EntryId, UnitId};
use crate::ticket::{Grade, RequestType};

/// Who leads under an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lead {
    /// This unit, wherever it happens.
    Unit(UnitId),
    /// The district the matter lies in.
    District,
    /// The street or town the matter lies in; its district where only that is known.
    Street,
}

/// For which matters of its category and area an entry is; empty: for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// Request types 诉求类型; empty: every type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<RequestType>,
    /// Grades 等级; empty: every grade.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grades: Vec<Grade>,
}

impl Conditions {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many things it asks about: the more, the more specific an entry.
    pub fn count(&self) -> usize {
        usize::from(!self.kinds.is_empty()) + usize::from(!self.grades.is_empty())
    }

    /// Whether a matter of this type and grade meets it.
    pub fn meets(&self, kind: RequestType, grade: Grade) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.grades.is_empty() || self.grades.contains(&grade))
    }
}

/// One line of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its code, named by every dispatch that rests on it.
    pub id: EntryId,
    /// What it covers: this category and all below it. The deepest entry that fits wins.
    pub category: CategoryId,
    /// Where it holds; none: the whole city. Of entries equally deep the smaller area wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// For which matters; empty: all. Of entries equally deep and near the one that asks for more wins.
    #[serde(default, skip_serializing_if = "Conditions::is_empty")]
    pub when: Conditions,
    /// Who leads 主办.
    pub lead: Lead,
    /// Who helps 协办.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub co: Vec<UnitId>,
    /// The law, rule or list of duties it rests on.
    pub basis: String,
    /// The first day it holds.
    pub from: Date,
    /// The last day it holds; none: until replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Entry {
    /// Whether the entry holds on a day.
    pub fn holds_on(&self, date: Date) -> bool {
        self.from <= date && self.until.is_none_or(|until| date <= until)
    }
}

/// One line of the recusal list: matters of which a unit, with all below it, gets no leg. The superior handles them.
///
/// A matter is meant where everything that is named fits it: category, area, and who is accused or kept out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recusal {
    /// Its code.
    pub id: EntryId,
    /// Who stays out, with those below it.
    pub unit: UnitId,
    /// Matters about this category and those below it; none: about any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// Matters in this area; none: anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// Matters in which this unit, or one below it, is accused or kept out; none: whoever is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accused: Option<UnitId>,
    /// Who handles instead; none: the unit above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<UnitId>,
    /// The law or rule it rests on.
    pub basis: String,
    /// The first day it holds.
    pub from: Date,
    /// The last day it holds; none: until replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Recusal {
    /// Whether it holds on a day.
    pub fn holds_on(&self, date: Date) -> bool {
        self.from <= date && self.until.is_none_or(|until| date <= until)
    }
}

/// Where the entries of each category stand in the bundle, in the order of precedence.
#[derive(Debug)]
pub(crate) struct Directory {
    by_category: BTreeMap<CategoryId, Vec<usize>>,
}

impl Directory {
    pub(crate) fn new(entries: &[Entry], areas: &Areas) -> Self {
        let mut by_category: BTreeMap<CategoryId, Vec<usize>> = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            by_category.entry(entry.category.clone()).or_default().push(at);
        }
        for places in by_category.values_mut() {
            // Stable: of entries equally specific the first in the file stays first.
            places.sort_by_cached_key(|at| std::cmp::Reverse(specificity(&entries[*at], areas)));
        }
        Self { by_category }
    }

    /// Where the entries that cover a category stand, the deepest category first.
    pub(crate) fn covering(&self, category: &CategoryId) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(category.clone()), CategoryId::parent)
            .filter_map(|category| self.by_category.get(&category))
            .flatten()
            .copied()
    }
}

/// Within a category: how small the area is, then how much the conditions ask for.
pub(crate) fn specificity(entry: &Entry, areas: &Areas) -> (usize, usize) {
    let area = entry.area.as_ref();
    (
        area.map_or(0, |area| areas.line(area).count()),
        entry.when.count(),
    )
}
