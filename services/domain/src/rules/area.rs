//! Divisions: city, district, street or town, community, with the other names people use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::AreaId;

/// How deep an area lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaLevel {
    /// 市.
    City,
    /// 区县.
    District,
    /// 街道乡镇.
    Street,
    /// 社区村.
    Community,
}

/// A division or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// The statistics bureau's code, or one of the city's own.
    pub id: AreaId,
    /// Its official name.
    pub zh: String,
    /// How deep it lies.
    pub level: AreaLevel,
    /// The area it is part of; none for the city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<AreaId>,
    /// What else people call it: short names, landmarks, roads that lie in it alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// Areas by code, and which is part of which.
#[derive(Debug)]
pub struct Areas {
    by_id: BTreeMap<AreaId, Area>,
}

impl Areas {
    pub(super) fn new(areas: &[Area]) -> Self {
        Self {
            by_id: areas.iter().map(|area| (area.id.clone(), area.clone())).collect(),
        }
    }

    /// The area of a code.
    pub fn get(&self, id: &AreaId) -> Option<&Area> {
        self.by_id.get(id)
    }

    /// The area itself and those it is part of, smallest first.
    pub fn line<'a>(&'a self, id: &AreaId) -> impl Iterator<Item = &'a Area> {
        let next = |area: &&'a Area| area.parent.as_ref().and_then(|parent| self.by_id.get(parent));
        std::iter::successors(self.by_id.get(id), next).take(8)
    }

    /// Whether `id` is `whole` or part of it.
    pub fn is_within(&self, id: &AreaId, whole: &AreaId) -> bool {
        id == whole || self.line(id).any(|area| area.id == *whole)
    }

    /// Every area, in the order of codes.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.by_id.values()
    }
}
