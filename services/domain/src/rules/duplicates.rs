//! When two tickets may be about one matter (domain.md, section 8).

use serde::{Deserialize, Serialize};

use crate::time::Limit;

/// How near, how soon and how alike. Rules published before these existed have the defaults, which are the domain
/// contract's. A category may have a radius of its own ([`Category::radius_m`](super::Category::radius_m)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Duplicates {
    /// From this likeness of the texts on a ticket is a candidate, in percent.
    pub alike_percent: u8,
    /// From this one on the operator must answer "same" or "not same", in percent.
    pub answer_percent: u8,
    /// How long after its registration a ticket is a candidate.
    pub within: Limit,
    /// How far apart two places may lie where the category says nothing, in metres.
    pub radius_m: u32,
}

impl Default for Duplicates {
    fn default() -> Self {
        Self {
            alike_percent: 72,
            answer_percent: 90,
            within: Limit::Natural(30 * 24 * 60),
            radius_m: 200,
        }
    }
}
