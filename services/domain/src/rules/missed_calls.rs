//! How soon a missed or dropped call is rung back, and when a message takes the place of ringing (domain.md, clock C12).

use serde::{Deserialize, Serialize};

use crate::time::Limit;

/// C12 漏接回拨 of calls that have no ticket. Rules published before these existed have the defaults, which are those of
/// the profile `general`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MissedCalls {
    /// Where danger was heard. Natural time: the clock never pauses.
    pub danger: Limit,
    /// Where none was. Natural time as well.
    pub otherwise: Limit,
    /// The light turns yellow when this share of the limit is left, in percent.
    pub yellow_percent: u8,
    /// Failed tries after which a message is owed instead.
    pub tries: u8,
    /// Within this time. Natural as well.
    pub within: Limit,
}

impl MissedCalls {
    /// The limit of a call.
    pub fn limit(&self, danger: bool) -> Limit {
        if danger { self.danger } else { self.otherwise }
    }
}

impl Default for MissedCalls {
    fn default() -> Self {
        Self {
            danger: Limit::Natural(5),
            otherwise: Limit::Natural(15),
            yellow_percent: 25,
            tries: 3,
            within: Limit::Natural(24 * 60),
        }
    }
}
