//! Areas as rows of a table: which is part of which, without comparing codes.

use std::collections::BTreeMap;

use domain::id::AreaId;
use domain::rules::{Area, AreaLevel};

/// A row of [`Tree`].
pub(crate) type Row = u32;

/// No area lies deeper; a loop in areas that nobody checked ends here too.
const DEPTH_MAX: usize = 8;

/// The areas of a city.
#[derive(Debug)]
pub(crate) struct Tree {
    areas: Vec<(AreaId, String, AreaLevel)>,
    parents: Vec<Option<Row>>,
    by_id: BTreeMap<AreaId, Row>,
}

impl Tree {
    pub(crate) fn new(areas: &[Area]) -> Self {
        let rows = 0..Row::try_from(areas.len()).unwrap_or(Row::MAX);
        let by_id: BTreeMap<AreaId, Row> = areas.iter().map(|area| area.id.clone()).zip(rows).collect();
        let parent = |area: &Area| area.parent.as_ref().and_then(|parent| by_id.get(parent).copied());
        Self {
            parents: areas.iter().map(parent).collect(),
            areas: areas
                .iter()
                .map(|area| (area.id.clone(), area.zh.clone(), area.level))
                .collect(),
            by_id,
        }
    }

    pub(crate) fn row(&self, id: &AreaId) -> Option<Row> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn id(&self, row: Row) -> &AreaId {
        &self.areas[row as usize].0
    }

    pub(crate) fn zh(&self, row: Row) -> &str {
        &self.areas[row as usize].1
    }

    pub(crate) fn level(&self, row: Row) -> AreaLevel {
        self.areas[row as usize].2
    }

    pub(crate) fn parent(&self, row: Row) -> Option<Row> {
        self.parents[row as usize]
    }

    /// The area itself and those it is part of, smallest first.
    pub(crate) fn line(&self, row: Row) -> impl Iterator<Item = Row> {
        std::iter::successors(Some(row), |row| self.parent(*row)).take(DEPTH_MAX)
    }

    /// The area of a level that this one is or is part of.
    pub(crate) fn at_level(&self, row: Row, level: AreaLevel) -> Option<Row> {
        self.line(row).find(|one| self.level(*one) == level)
    }

    pub(crate) fn is_within(&self, row: Row, whole: Row) -> bool {
        self.line(row).any(|one| one == whole)
    }

    /// Whether one of the two is part of the other.
    pub(crate) fn are_on_one_line(&self, one: Row, other: Row) -> bool {
        self.is_within(one, other) || self.is_within(other, one)
    }
}
