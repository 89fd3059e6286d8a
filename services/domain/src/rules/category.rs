//! Subjects a matter can be about, three levels deep.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::CategoryId;
use crate::ticket::RequestType;
use crate::time::Limit;

/// One subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its code; the levels are parted by dots.
    pub id: CategoryId,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// The limit a law sets for it and those below it 法定时限.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statute: Option<Statute>,
    /// How far apart two places of one matter may lie, in metres, for it and those below it; the profile's where it is
    /// silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_m: Option<u32>,
}

/// A statutory limit. Overrides the profile's for grades C and D.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statute {
    /// The law and its clause.
    pub clause: String,
    /// For which request types it is.
    pub kinds: Vec<RequestType>,
    /// C4 办理, and C0 at least.
    pub handle: Limit,
    /// When the resident is told how far it is, after dispatch each; in order. A stage notice never closes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Limit>,
}

/// Categories by code.
#[derive(Debug)]
pub struct Categories {
    by_id: BTreeMap<CategoryId, Category>,
}

impl Categories {
    pub(crate) fn new(categories: &[Category]) -> Self {
        Self {
            by_id: categories
                .iter()
                .map(|category| (category.id.clone(), category.clone()))
                .collect(),
        }
    }

    /// The category of a code.
    pub fn get(&self, id: &CategoryId) -> Option<&Category> {
        self.by_id.get(id)
    }

    /// The statutory limit of a matter: the category's own, or that of the nearest above it that has one.
    pub fn statute(&self, id: &CategoryId, kind: RequestType) -> Option<&Statute> {
        let own = |id: &CategoryId| self.get(id)?.statute.as_ref();
        let statute = std::iter::successors(Some(id.clone()), CategoryId::parent).find_map(|id| own(&id))?;
        statute.kinds.contains(&kind).then_some(statute)
    }

    /// How far apart two places of one matter may lie, in metres: the category's own, or that of the nearest above it
    /// that has one.
    pub fn radius_m(&self, id: &CategoryId) -> Option<u32> {
        let own = |id: &CategoryId| self.get(id)?.radius_m;
        std::iter::successors(Some(id.clone()), CategoryId::parent).find_map(|id| own(&id))
    }

    /// Every category, in the order of codes.
    pub fn iter(&self) -> impl Iterator<Item = &Category> {
        self.by_id.values()
    }
}
