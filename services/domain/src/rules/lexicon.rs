//! The city's lexicon: words that speak for a category, a request type, or an emergency.

use serde::{Deserialize, Serialize};

use crate::id::CategoryId;
use crate::ticket::{Grade, RequestType};

/// A word or phrase and what it speaks for. At least one of category, kind and emergency is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The text looked for, as written; at least two characters unless it stands for itself.
    pub text: String,
    /// The category it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// The request type it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RequestType>,
    /// The grade it calls for, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// How loudly it speaks: 1 (a hint) to 10 (settles it).
    pub weight: u8,
}

/// Danger heard in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// A or B.
    pub grade: Grade,
}
