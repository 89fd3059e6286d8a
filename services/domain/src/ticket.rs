//! The ticket 工单: one matter, its phase, legs and clocks.
//!
//! [`Ticket::decide`] says what a command means and changes nothing; [`Ticket::apply`] folds what was recorded and
//! never refuses. One file per command.

mod add_contact;
mod annotate;
mod answer_directly;
mod apply;
mod audit_reply;
mod classify;
mod command;
mod decline;
mod dispatch;
mod escalate;
mod event;
mod fire_clock;
mod kind;
mod leg;
mod order_rework;
mod phase;
mod plan;
mod record_callback;
mod record_erasure;
mod record_first_contact;
mod register;
mod reopen;
mod seal;
mod sign;
mod stage_report;
mod submit_reply;
mod transfer_out;
mod urge;
mod withdraw;

#[cfg(test)]
pub(crate) mod check;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use add_contact::AddContact;
pub use answer_directly::AnswerDirectly;
pub use audit_reply::AuditReply;
pub use classify::Classify;
pub use command::Command;
pub use decline::Decline;
pub use dispatch::Dispatch;
pub use escalate::Escalate;
pub use event::{
    Accused, Cause, Classification, CloseKind, Contact, Event, Fact, Ground, Opened, Recorded, UrgedBy,
};
pub use fire_clock::FireClock;
pub use kind::{
    AuditFault, Channel, Claim, DeclineReason, Emergency, Grade, Hold, Means, Rating, RequestType, Standing,
};
pub use leg::{FirstContact, Leg, LegRole, LegState, Legs};
pub use phase::{Callback, Outcome, Phase, PhaseName};
pub use record_callback::RecordCallback;
pub use record_first_contact::RecordFirstContact;
pub use register::Register;
pub use seal::Seal;
pub use stage_report::StageReport;
pub use submit_reply::SubmitReply;
pub use transfer_out::TransferOut;

use crate::clock::{Clock, Level};
use crate::id::{CallerHash, KeySlot, TicketNumber, UnitId};

/// Contacts a ticket holds; further ones belong to an incident.
pub const CONTACTS_MAX: usize = 300;
/// Contacts, the latest ones, whose call a folded ticket still names.
pub const CALLS_MAX: usize = 20;
/// Co legs of one dispatch.
pub const CO_LEGS_MAX: usize = 8;
/// Past legs a ticket remembers by unit.
pub const PAST_UNITS_MAX: usize = 16;

/// Whether the matter is confidential 密件.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Secrecy {
    /// Ordinary.
    Open,
    /// Confidential. The accused unit and its subtree cannot learn that it exists; until the accused is recorded only
    /// the sealed desk sees it.
    Sealed {
        /// Who is accused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accused: Option<Accused>,
    },
}

/// One matter, folded from its events. Bounded: fits an index value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its number.
    pub number: TicketNumber,
    /// How many events it has.
    pub version: u32,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When anything last happened to it.
    pub updated_at: Timestamp,
    /// The way its first contact came in.
    pub channel: Channel,
    /// What it is about.
    pub classification: Classification,
    /// Why a triager must look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Where it stands.
    pub phase: Phase,
    /// Its clocks, the latest run of each kind and leg.
    pub clocks: Vec<Clock>,
    /// Its contacts, at most [`CONTACTS_MAX`].
    pub contacts: Vec<Contact>,
    /// Confidential or not.
    pub secrecy: Secrecy,
    /// The highest level reached since it was registered or last reopened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Points charged at the highest level, in tenths.
    pub points_tenths: u16,
    /// Rework round 重办轮次, from 0.
    pub round: u8,
    /// How often it was reopened.
    pub reopened: u8,
    /// How often the resident has urged since it was registered or last reopened.
    pub urged: u16,
    /// When the resident urged last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urged_at: Option<Timestamp>,
    /// Legs opened so far, over all dispatches.
    pub legs_opened: u16,
    /// Units whose legs have ended.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub past_units: BTreeSet<UnitId>,
    /// The key of its words.
    pub key: KeySlot,
    /// SHA-256 of the query code, hex.
    pub query_code: String,
    /// The name of the matter in the system it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The key of its words is destroyed: nobody can read them any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// Who holds the step 当前责任方: exactly one at every instant (invariant 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The triage desk.
    TriageDesk,
    /// The lead's unit.
    Unit(UnitId),
    /// The audit desk.
    AuditDesk,
    /// The callback desk.
    CallbackDesk,
    /// The supervisors' desk.
    SupervisorDesk,
    /// The resident, to whom the link is open.
    Citizen,
    /// It is over.
    Nobody,
}

impl Ticket {
    /// Who holds the step.
    pub fn holder(&self) -> Holder {
        match &self.phase {
            Phase::Accepted { .. } => Holder::TriageDesk,
            Phase::Dispatched { legs } | Phase::Handling { legs } => Holder::Unit(legs.lead.unit.clone()),
            Phase::ReplyReview { .. } => Holder::AuditDesk,
            Phase::CallbackDue {
                callback: Callback::Ringing { .. },
                ..
            } => Holder::CallbackDesk,
            Phase::CallbackDue {
                callback: Callback::Link,
                ..
            } => Holder::Citizen,
            // The first rework is the callback agent's to order; what follows is a supervisor's.
            Phase::CallbackDue {
                callback: Callback::Unsolved { .. },
                ..
            } if self.round == 0 => Holder::CallbackDesk,
            Phase::CallbackDue {
                callback: Callback::Unsolved { .. },
                ..
            } => Holder::SupervisorDesk,
            Phase::Closed { .. } => Holder::Nobody,
        }
    }

    /// The instant at which the next level of any clock fires.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.clocks
            .iter()
            .filter_map(Clock::next_step)
            .map(|step| step.at)
            .min()
    }

    /// The lead's unit, where one leads or led.
    pub fn lead_unit(&self) -> Option<&UnitId> {
        self.phase.legs().map(|legs| &legs.lead.unit)
    }

    /// Every unit that has or had a leg.
    pub fn units(&self) -> BTreeSet<UnitId> {
        let legs = self
            .phase
            .legs()
            .into_iter()
            .flat_map(Legs::iter)
            .map(|leg| leg.unit.clone());
        legs.chain(self.past_units.iter().cloned()).collect()
    }

    /// Every caller known again.
    pub fn callers(&self) -> BTreeSet<CallerHash> {
        self.contacts
            .iter()
            .filter_map(|contact| contact.caller.clone())
            .collect()
    }

    /// Distinct persons behind it 关注人: callers by number, and each contact without one.
    pub fn listeners(&self) -> usize {
        let anonymous = self
            .contacts
            .iter()
            .filter(|contact| contact.caller.is_none())
            .count();
        self.callers().len() + anonymous
    }

    /// Whether anybody can be rung back.
    pub fn has_somebody_to_contact(&self) -> bool {
        self.contacts
            .iter()
            .any(|contact| contact.standing != Standing::Anonymous && contact.identity.is_some())
    }
}
