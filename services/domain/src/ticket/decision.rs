//! Decisions 审批: what somebody has asked for and another is to decide. At most one is pending per leg, and one on the
//! ticket itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cause, Event, ExclusionGround, Holder, ReturnReason, SuspensionGround, TerminationGround};
use crate::clock::{Level, RunId};
use crate::id::{HolderId, LegId, TicketNumber, UnitId};

/// What is asked for a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum Asked {
    /// 退单.
    Return {
        /// Why.
        reason: ReturnReason,
        /// Whose it is, says the unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggested: Option<UnitId>,
        /// The arbiter's to decide, not the triage desk's.
        ruling: bool,
    },
    /// 延期.
    Extension {
        /// By how many working days.
        days: u8,
        /// A second one: the city office's to decide.
        again: bool,
    },
    /// 挂账, or a further time of it.
    Suspension {
        /// Why.
        ground: SuspensionGround,
        /// Who will answer for it by name.
        owner: HolderId,
        /// The first check.
        check_at: Timestamp,
        /// When it resumes at the latest.
        until: Timestamp,
    },
    /// 终止.
    Termination {
        /// Why.
        ground: TerminationGround,
    },
}

/// A pending request of a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whose.
    pub leg: LegId,
    /// For what.
    pub asked: Asked,
    /// By whom.
    pub by: HolderId,
    /// When.
    pub at: Timestamp,
}

impl Asked {
    /// What an event asks for, and for which leg; none for any other event.
    pub(super) fn by(event: &Event) -> Option<(LegId, Asked)> {
        if let Event::ReturnRequested {
            leg,
            reason,
            suggested,
            ruling,
        } = event
        {
            let (reason, suggested, ruling) = (*reason, suggested.clone(), *ruling);
            let asked = Asked::Return {
                reason,
                suggested,
                ruling,
            };
            return Some((*leg, asked));
        }
        if let Event::ExtensionRequested { leg, days, again } = event {
            let (days, again) = (*days, *again);
            return Some((*leg, Asked::Extension { days, again }));
        }
        if let Event::SuspensionRequested {
            leg,
            ground,
            owner,
            check_at,
            until,
        } = event
        {
            let (ground, owner, check_at, until) = (*ground, owner.clone(), *check_at, *until);
            let asked = Asked::Suspension {
                ground,
                owner,
                check_at,
                until,
            };
            return Some((*leg, asked));
        }
        if let Event::TerminationRequested { leg, ground } = event {
            return Some((*leg, Asked::Termination { ground: *ground }));
        }
        None
    }

    /// Who decides.
    pub fn decider(&self) -> Holder {
        match self {
            Asked::Return { ruling: false, .. } => Holder::TriageDesk,
            Asked::Return { ruling: true, .. } => Holder::Arbiter,
            Asked::Extension { again: false, .. } => Holder::SupervisorDesk,
            Asked::Extension { again: true, .. } | Asked::Suspension { .. } => Holder::CityOffice,
            Asked::Termination { .. } => Holder::AuditDesk,
        }
    }
}

/// A binding ruling 裁定.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// Who is responsible.
    pub unit: UnitId,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: HolderId,
    /// Whether the directory entry it proposes was accepted; none while nobody has decided, or where none is proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// Whether it proposes a directory entry.
    pub proposes: bool,
}

/// L4 or L5, proposed and not decided yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Which.
    pub level: Level,
    /// Why.
    pub cause: Cause,
    /// Whose conduct it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// By whom.
    pub by: HolderId,
    /// When.
    pub at: Timestamp,
}

/// A supervision order 督办单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Counted from 1 within the ticket; its number is the ticket's, `-D` and this.
    pub order: u8,
    /// To whom.
    pub unit: UnitId,
    /// Whose clock runs for it, where that is not the lead's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<LegId>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Its hard date.
    pub due_at: Timestamp,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
}

/// How far an exclusion 剔除 is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Why.
    pub ground: ExclusionGround,
    /// Where it stands.
    pub state: ExclusionState,
    /// By whom it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<HolderId>,
}

/// Where an exclusion stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum ExclusionState {
    /// Asked for.
    Asked,
    /// One reviewer agrees; another must, too.
    Reviewed {
        /// Who.
        by: HolderId,
    },
    /// Two reviewers agree: the ticket does not count.
    Granted,
    /// Refused.
    Refused,
}

/// The mark of a ticket merged into an incident 并单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The incident.
    pub into: TicketNumber,
    /// Since when.
    pub since: Timestamp,
    /// The clocks that ran then and rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resting: Vec<RunId>,
    /// The incident's answer has reached it: it is to be called back, or closed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joined: bool,
}
