//! Subjects a matter can be about, three levels deep.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::CategoryId;

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
}

/// Categories by code.
#[derive(Debug)]
pub struct Categories {
    by_id: BTreeMap<CategoryId, Category>,
}

impl Categories {
    pub(super) fn new(categories: &[Category]) -> Self {
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

    /// Every category, in the order of codes.
    pub fn iter(&self) -> impl Iterator<Item = &Category> {
        self.by_id.values()
    }
}
