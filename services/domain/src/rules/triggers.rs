//! What raises a level without a clock, and how long the city office has for a proposal (domain.md, section 5).

use serde::{Deserialize, Serialize};

use crate::time::Limit;

/// Levels by contacts, and by what a unit lets happen again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triggers {
    /// Contacts of so many listeners 关注人 on one matter reach L2.
    pub listeners: u16,
    /// Within this time.
    pub listeners_within: Limit,
    /// An incident with so many listeners reaches L3.
    pub incident_listeners: u16,
    /// L4 is proposed for a unit with so many L2 in a month …
    pub repeated_l2: u16,
    /// … that are at least this share of the legs it was given in the month, in percent.
    pub repeated_l2_percent: u8,
    /// How long the city office has to decide on a proposal of L4 or L5.
    pub proposal: Limit,
}

impl Default for Triggers {
    fn default() -> Self {
        const DAY: u32 = 24 * 60;
        Self {
            listeners: 3,
            listeners_within: Limit::Natural(7 * DAY),
            incident_listeners: 20,
            repeated_l2: 5,
            repeated_l2_percent: 1,
            proposal: Limit::WorkingDays(3),
        }
    }
}
