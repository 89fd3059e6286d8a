//! The proof of a dispatch 派单依据: what speaks for it beside the entry or reason it rests on. The words that spoke are
//! a resident's and stay with the sealed words of the command.

use serde::{Deserialize, Serialize};

use super::{AreaSource, Classification};
use crate::id::{AreaId, CategoryId, TicketNumber};
use crate::refusal::{Reason, Refusal};

/// Similar tickets a proof names at most.
pub const SIMILAR_MAX: usize = 3;

/// What whoever dispatches can say for it; all of it may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Support {
    /// What says where the matter is.
    pub area_from: Option<AreaSource>,
    /// How sure its category is, in percent; none: as sure as its classification.
    pub percent: Option<u8>,
    /// The version of the classifier that spoke.
    pub model: Option<String>,
    /// Tickets like it, at most [`SIMILAR_MAX`].
    pub similar: Vec<TicketNumber>,
}

/// What spoke for a dispatch when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The category it was dispatched by.
    pub category: CategoryId,
    /// How sure that was, in percent; 100 when a person said so.
    pub percent: u8,
    /// The area it was dispatched by; none where none was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// What said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_from: Option<AreaSource>,
    /// The version of the classifier that spoke; none where a person dispatched without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tickets like it, at most [`SIMILAR_MAX`]. Only for readers who may see them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub similar: Vec<TicketNumber>,
}

impl Proof {
    /// Of a matter that is classified.
    pub(super) fn new(support: &Support, classification: &Classification, category: CategoryId) -> Self {
        let area = classification.area.clone();
        Self {
            category,
            percent: support.percent.unwrap_or(classification.confidence_percent),
            area_from: support.area_from.filter(|_| area.is_some()),
            area,
            model: support.model.clone(),
            similar: support.similar.clone(),
        }
    }

    /// What was said for it then.
    pub(super) fn support(&self) -> Support {
        Support {
            area_from: self.area_from,
            percent: Some(self.percent),
            model: self.model.clone(),
            similar: self.similar.clone(),
        }
    }
}

impl Support {
    /// Refuses more similar tickets than may be named.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.similar.len() > SIMILAR_MAX {
            return Err(Refusal::new(Reason::TooMany).with("similar_max", SIMILAR_MAX));
        }
        Ok(())
    }
}
