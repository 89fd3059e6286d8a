//! The dispatch directory 派单目录: dated entries, category × area → unit, with the legal basis.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{AreaId, CategoryId, EntryId, UnitId};

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
