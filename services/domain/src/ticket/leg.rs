//! Legs 承办段: one unit's piece of a ticket each, with a state of its own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{LegId, UnitId};

/// What a unit does for a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegRole {
    /// 主办.
    Lead,
    /// 协办.
    Co,
}

/// Where a leg stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum LegState {
    /// 待签收.
    AwaitingSign,
    /// 办理中.
    Handling {
        /// When it was signed for.
        signed_at: Timestamp,
    },
    /// 已回复.
    Replied {
        /// When it was signed for.
        signed_at: Timestamp,
        /// When it replied last.
        replied_at: Timestamp,
    },
}

/// How far first contact 先行联系 is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum FirstContact {
    /// Nobody to contact.
    NotNeeded,
    /// Not made yet; failed tries so far.
    Due {
        /// When each failed try was.
        tries: Vec<Timestamp>,
    },
    /// Made, or counted as made.
    Made {
        /// When.
        at: Timestamp,
    },
}

/// One unit's piece of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Its id within the ticket.
    pub id: LegId,
    /// Lead or co.
    pub role: LegRole,
    /// Whose.
    pub unit: UnitId,
    /// When it was opened.
    pub dispatched_at: Timestamp,
    /// Where it stands.
    pub state: LegState,
    /// How far first contact is.
    pub contact: FirstContact,
    /// Stage reports so far; grades A and B, the lead only.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub stage_reports: u16,
}

/// The legs of a dispatched ticket: one lead, any co.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Legs {
    /// 主办. The phase follows it.
    pub lead: Leg,
    /// 协办.
    pub others: Vec<Leg>,
}

impl Legs {
    /// Every leg, the lead first.
    pub fn iter(&self) -> impl Iterator<Item = &Leg> {
        std::iter::once(&self.lead).chain(&self.others)
    }

    /// The leg of an id.
    pub fn get(&self, id: LegId) -> Option<&Leg> {
        self.iter().find(|leg| leg.id == id)
    }

    pub(super) fn get_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        std::iter::once(&mut self.lead)
            .chain(&mut self.others)
            .find(|leg| leg.id == id)
    }

    /// The leg of a unit.
    pub fn of_unit(&self, unit: &UnitId) -> Option<&Leg> {
        self.iter().find(|leg| leg.unit == *unit)
    }
}
