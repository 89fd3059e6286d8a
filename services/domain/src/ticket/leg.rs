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
    /// 逐级转办: a piece passed down by the leg it stands under.
    Step,
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
    /// 免除: nobody waits for it any more.
    Excused,
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
    /// Stage reports so far, and notices that a statute asks for; the lead only.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub stage_reports: u16,
    /// How many of them were those of an urgent matter, grades A and B.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub urgent_reports: u16,
    /// The leg that passed it down; steps only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<LegId>,
}

impl Leg {
    /// Notices that a statute asks for, so far.
    pub fn notices(&self) -> u16 {
        self.stage_reports.saturating_sub(self.urgent_reports)
    }

    /// Whether something is still to come from it.
    pub fn is_out(&self) -> bool {
        matches!(self.state, LegState::AwaitingSign | LegState::Handling { .. })
    }
}

/// The legs of a dispatched ticket: one lead, any co.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Legs {
    /// 主办. The phase follows it.
    pub lead: Leg,
    /// 协办 and steps.
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

    /// Legs that a leg waits for before it replies: steps under it; for the lead every co leg as well.
    pub fn awaited_by(&self, leg: &Leg) -> impl Iterator<Item = &Leg> {
        let (id, leads) = (leg.id, leg.role == LegRole::Lead);
        let is_under = move |other: &&Leg| other.under == Some(id) || (leads && other.role == LegRole::Co);
        self.others.iter().filter(is_under).filter(|other| other.is_out())
    }

    /// The legs that a leg has passed down, and what those have passed down.
    pub fn below(&self, id: LegId) -> Vec<&Leg> {
        let (mut found, mut next): (Vec<&Leg>, Vec<LegId>) = (Vec::new(), vec![id]);
        while let Some(above) = next.pop() {
            let steps: Vec<&Leg> = self
                .others
                .iter()
                .filter(|leg| leg.under == Some(above))
                .collect();
            next.extend(steps.iter().map(|leg| leg.id));
            found.extend(steps);
        }
        found
    }

    /// The lead or co leg that a step comes from; any other leg itself.
    pub fn root_of<'a>(&'a self, leg: &'a Leg) -> &'a Leg {
        let above = |leg: &&'a Leg| leg.under.and_then(|id| self.get(id));
        std::iter::successors(Some(leg), above).last().unwrap_or(leg)
    }

    /// The leg of a unit.
    pub fn of_unit(&self, unit: &UnitId) -> Option<&Leg> {
        self.iter().find(|leg| leg.unit == *unit)
    }
}
