//! What triage goes by beside the words of the lexicon: rules, referrals, words that take an emergency back, and how the
//! labels of a trained model are read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Rule;
use crate::id::{CategoryId, ReferralId};
use crate::ticket::{DeclineReason, Emergency};

/// What triage goes by. A city that says nothing of it has its terms alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triage {
    /// What settles a question before anything is weighed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Where matters go that are not ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub referrals: Vec<Referral>,
    /// Words that take back an emergency or a request type named right behind them: 没有, 防止.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub negations: Vec<String>,
    /// Words that say an emergency of the same sentence is not now: 去年, 演练.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_now: Vec<String>,
    /// How the model's labels are read.
    #[serde(skip_serializing_if = "Classifier::is_silent")]
    pub classifier: Classifier,
}

impl Triage {
    /// Whether it says nothing.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    /// The referral of a code.
    pub fn referral(&self, id: &ReferralId) -> Option<&Referral> {
        self.referrals.iter().find(|one| one.id == *id)
    }
}

/// Where a matter goes that is not ours, 分流途径 (domain.md, section 7), and what the resident is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Referral {
    /// Its code.
    pub id: ReferralId,
    /// Why it is not ours.
    pub ground: Ground,
    /// The route in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// Why a matter is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// R1: it is an emergency service's, which gets it on the live call.
    Transfer(Emergency),
    /// R2 to R9: a person may decline it.
    Decline(DeclineReason),
}

impl Ground {
    /// `r1` to `r9`.
    pub fn as_str(self) -> &'static str {
        match self {
            Ground::Transfer(_) => "r1",
            Ground::Decline(reason) => reason.as_str(),
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Ground::Transfer(_) => "属紧急服务",
            Ground::Decline(reason) => reason.zh(),
        }
    }
}

/// How the labels of a trained model are read in this city. A label that is itself the code of a category needs no row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Classifier {
    /// The parts of the tree that a label stands for, the likeliest first. What lies in none is not known to the model.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Vec<CategoryId>>,
    /// How sure the model must be of a label or category, 0 to 1, in place of its own threshold.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub thresholds: BTreeMap<String, f64>,
}

impl Classifier {
    /// Whether it says nothing.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}
