//! Divisions: city, district, street or town, community, with the other names people use and the roads divided
//! between them by house numbers.

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
    /// Its parts of roads that run through several areas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roads: Vec<Road>,
}

/// The part of a road that lies in an area, by house numbers. Without any of them the whole road.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Road {
    /// As it is written in addresses.
    pub name: String,
    /// The lowest house number; none: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// The highest house number; none: to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
    /// The side of the road; none: both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
}

/// A side of a road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// 单号.
    Odd,
    /// 双号.
    Even,
}

impl Road {
    /// Whether a house number is divided off at all.
    pub fn is_divided(&self) -> bool {
        self.from.is_some() || self.to.is_some() || self.side.is_some()
    }

    /// Whether a house of this number stands in this part.
    pub fn holds(&self, number: u32) -> bool {
        let is_this_side = match self.side {
            None => true,
            Some(Side::Odd) => number % 2 == 1,
            Some(Side::Even) => number.is_multiple_of(2),
        };
        is_this_side && self.from.is_none_or(|from| from <= number) && self.to.is_none_or(|to| number <= to)
    }

    /// Whether a house number can stand in both parts of one road.
    pub fn overlaps(&self, other: &Road) -> bool {
        let from = self.from.unwrap_or(1).max(other.from.unwrap_or(1));
        let to = self.to.unwrap_or(u32::MAX).min(other.to.unwrap_or(u32::MAX));
        // Two numbers that follow one another are one of each side.
        let shared = (from..=to)
            .take(2)
            .any(|number| self.holds(number) && other.holds(number));
        self.name == other.name && shared
    }
}

/// Areas by code, and which is part of which.
#[derive(Debug)]
pub struct Areas {
    by_id: BTreeMap<AreaId, Area>,
}

impl Areas {
    pub(crate) fn new(areas: &[Area]) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn road(from: Option<u32>, to: Option<u32>, side: Option<Side>) -> Road {
        Road {
            name: "长堤路".to_owned(),
            from,
            to,
            side,
        }
    }

    #[test]
    fn a_part_of_a_road_holds_its_house_numbers() {
        let part = road(Some(10), Some(20), Some(Side::Odd));
        let held: Vec<u32> = (0..30).filter(|number| part.holds(*number)).collect();
        assert_eq!(held, [11, 13, 15, 17, 19]);
        assert!(road(None, None, None).holds(9_999) && !road(None, None, None).is_divided());
        assert!(road(None, Some(9), None).is_divided() && !road(None, Some(9), None).holds(10));
    }

    #[test]
    fn parts_overlap_where_one_house_could_stand_in_both() {
        let odd = road(Some(1), Some(99), Some(Side::Odd));
        assert!(!odd.overlaps(&road(Some(1), Some(99), Some(Side::Even))));
        assert!(!odd.overlaps(&road(Some(100), None, None)));
        assert!(odd.overlaps(&road(Some(99), None, None)));
        assert!(!odd.overlaps(&road(Some(98), Some(98), None)));
        assert!(odd.overlaps(&road(None, None, None)));
    }
}
