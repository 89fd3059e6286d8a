//! Handling units: a tree of at most four levels.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{AreaId, UnitId};

/// Units are ranked inside their class only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitClass {
    /// 区县.
    District,
    /// 街道乡镇.
    Street,
    /// 市直部门.
    Department,
    /// 公共服务企业.
    Utility,
}

impl UnitClass {
    /// Every class, in the order in which they are listed.
    pub const ALL: &[Self] = &[Self::District, Self::Street, Self::Department, Self::Utility];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::Street => "street",
            Self::Department => "department",
            Self::Utility => "utility",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::District => "区县",
            Self::Street => "街道乡镇",
            Self::Department => "市直部门",
            Self::Utility => "公共服务企业",
        }
    }
}

/// A department, district, street or utility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its code.
    pub id: UnitId,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// The class it is ranked in.
    pub class: UnitClass,
    /// The unit above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<UnitId>,
    /// The area it is the general authority of: set for districts and streets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// The last day it takes new matters, where it is merged into others or dissolved 撤并; none: it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Unit {
    /// Whether it takes new matters on a day.
    pub fn takes_on(&self, date: Date) -> bool {
        self.until.is_none_or(|until| date <= until)
    }
}

/// The depth of the tree: city department or district, street, and two below.
pub(super) const LEVELS_MAX: usize = 4;

/// Units by code, and who stands above whom.
#[derive(Debug)]
pub struct Units {
    by_id: BTreeMap<UnitId, Unit>,
    by_area: BTreeMap<AreaId, UnitId>,
}

impl Units {
    pub(crate) fn new(units: &[Unit]) -> Self {
        Self {
            by_id: units.iter().map(|unit| (unit.id.clone(), unit.clone())).collect(),
            by_area: units
                .iter()
                .filter_map(|u| u.area.clone().map(|area| (area, u.id.clone())))
                .collect(),
        }
    }

    /// The unit of a code.
    pub fn get(&self, id: &UnitId) -> Option<&Unit> {
        self.by_id.get(id)
    }

    /// The general authority of an area: its district or street.
    pub fn of_area(&self, area: &AreaId) -> Option<&Unit> {
        self.by_area.get(area).and_then(|id| self.by_id.get(id))
    }

    /// The unit itself and those above it, nearest first.
    pub fn line<'a>(&'a self, id: &UnitId) -> impl Iterator<Item = &'a Unit> {
        let next = |unit: &&'a Unit| unit.parent.as_ref().and_then(|parent| self.by_id.get(parent));
        std::iter::successors(self.by_id.get(id), next).take(LEVELS_MAX + 1)
    }

    /// Whether `id` is `top` or stands below it.
    pub fn is_within(&self, id: &UnitId, top: &UnitId) -> bool {
        id == top || self.line(id).any(|unit| unit.id == *top)
    }

    /// Every unit, in the order of codes.
    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.by_id.values()
    }
}
