//! The city's lexicon: words that speak for a category, a request type, an emergency or a referral, and rules that settle it.
//!
//! Terms are weighed; a rule that matches is not: it goes before the model and before the terms.

use serde::{Deserialize, Serialize};

use crate::id::{CategoryId, ReferralId, RuleId};
use crate::ticket::{Grade, RequestType};

/// A word or phrase and what it speaks for. At least one of category, kind, emergency and referral is set.
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
    /// Where a matter goes that is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<ReferralId>,
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

/// What must stand in a message, and what it then settles. Something to look for (`pattern`, `all` or `any`) and
/// something to settle (category, kind, grade or referral) is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its code, shown with what it settles.
    pub id: RuleId,
    /// A regular expression found in subject or body, see [`super::Pattern`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Words that all stand in the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// Words of which one stands in the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<String>,
    /// Words of which none stands in the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none: Vec<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// What the resident wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RequestType>,
    /// How urgent it is: A, B or C. D is for people to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Where it goes because it is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<ReferralId>,
}
