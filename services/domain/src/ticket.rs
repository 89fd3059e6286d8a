//! The ticket 工单: one matter, its phase, legs and clocks.
//!
//! [`Ticket::decide`] says what a command means and changes nothing; [`Ticket::apply`] folds what was recorded and
//! never refuses. One file per command.

mod add_contact;
mod adjudicate;
pub(crate) mod adopt;
mod annotate;
mod answer_directly;
mod answer_order;
mod apply;
mod ask_citizen;
mod audit_reply;
mod check_promise;
mod citizen_replied;
mod classify;
mod command;
mod consult;
mod deadline_callback;
mod decide_entry;
mod decide_exclusion;
mod decide_extension;
mod decide_objection;
mod decide_proposal;
mod decide_return;
mod decide_review;
mod decide_suspension;
mod decide_termination;
mod decision;
mod decline;
mod dispatch;
mod endorse;
mod escalate;
mod event;
mod excuse;
mod fire_clock;
mod give_opinion;
pub(crate) mod given;
mod incident;
mod issue_order;
mod join;
mod kind;
mod leg;
mod let_go;
mod merge;
mod object;
mod order_rework;
mod phase;
mod plan;
mod proof;
mod record_callback;
mod record_erasure;
mod record_first_contact;
mod recuse;
mod rederive;
mod redispatch;
mod register;
mod rejoin;
mod reopen;
mod request_exclusion;
mod request_extension;
mod request_return;
mod request_review;
mod request_suspension;
mod request_termination;
mod resume;
mod seal;
mod sign;
mod split;
mod stage_report;
mod sub_assign;
mod submit_reply;
mod take_in;
mod transfer_out;
mod unmerge;
mod urge;
mod withdraw;

#[cfg(any(test, feature = "simulation"))]
#[expect(
    clippy::unwrap_used,
    reason = "a script that cannot be read is a mistake of whoever wrote it"
)]
pub(crate) mod check;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use add_contact::AddContact;
pub use answer_directly::AnswerDirectly;
pub use audit_reply::AuditReply;
pub use classify::Classify;
pub use command::Command;
pub use decision::{Asked, Decision, Exclusion, ExclusionState, Merged, Order, Proposal, Ruling};
pub use decline::Decline;
pub use dispatch::Dispatch;
pub use escalate::Escalate;
pub use event::{
    Accused, Cause, Classification, CloseKind, Contact, Event, Fact, Ground, Heard, Opened, Recorded,
    SplitFrom, UrgedBy,
};
pub use fire_clock::FireClock;
pub use incident::{CHILDREN_MAX, Child, Incident, LISTENERS_MAX};
pub use kind::{
    Act, AreaSource, AuditFault, AuditItem, Channel, Claim, DeclineReason, Emergency, ExclusionGround, Grade,
    Hold, Means, Rating, RequestType, ReturnReason, Standing, SuspensionGround, TerminationGround,
};
pub use leg::{FirstContact, Leg, LegRole, LegState, Legs};
pub use phase::{Callback, Outcome, Phase, PhaseName, Promise};
pub use proof::{Proof, SIMILAR_MAX, Support};
pub use record_callback::RecordCallback;
pub use record_first_contact::RecordFirstContact;
pub use register::Register;
pub use seal::Seal;
pub use stage_report::StageReport;
pub use submit_reply::SubmitReply;
pub use transfer_out::TransferOut;

use crate::clock::{Clock, Kind, Level, Step};
use crate::id::{CallerHash, HolderId, KeySlot, LegId, RulesVersion, TicketNumber, UnitId};
use crate::rules::Rules;
use crate::time::Calendar;
pub use adjudicate::Adjudicate;
pub use answer_order::AnswerOrder;
pub use check_promise::CheckPromise;
pub use consult::Consult;
pub use deadline_callback::DeadlineCallback;
pub use decide_entry::DecideEntry;
pub use decide_exclusion::DecideExclusion;
pub use decide_extension::DecideExtension;
pub use decide_objection::DecideObjection;
pub use decide_proposal::DecideProposal;
pub use decide_return::DecideReturn;
pub use decide_review::DecideReview;
pub use decide_suspension::DecideSuspension;
pub use decide_termination::DecideTermination;
pub use endorse::Endorse;
pub use excuse::Excuse;
pub use give_opinion::GiveOpinion;
pub use join::Join;
pub use let_go::LetGo;
pub use merge::MergeInto;
pub use recuse::Recuse;
pub(crate) use rederive::{Chain, before, due_by, went_on};
pub use rederive::{Computed, Rederive};
pub use redispatch::Redispatch;
pub use rejoin::Rejoin;
pub use request_exclusion::RequestExclusion;
pub use request_extension::RequestExtension;
pub use request_return::RequestReturn;
pub use request_suspension::RequestSuspension;
pub use request_termination::RequestTermination;
pub use split::Split;
pub use sub_assign::SubAssign;
pub use take_in::TakeIn;

/// Contacts a ticket holds; further ones belong to an incident.
pub const CONTACTS_MAX: usize = 300;
/// Contacts, the latest ones, whose call a folded ticket still names.
pub const CALLS_MAX: usize = 20;
/// Co legs of one dispatch.
pub const CO_LEGS_MAX: usize = 8;
/// Supervision orders of one ticket.
pub const ORDERS_MAX: usize = 20;
/// Units one consultation asks.
pub const CONSULTED_MAX: usize = 8;
/// Units kept out of one ticket.
pub const RECUSED_MAX: usize = 8;
/// Legs of one ticket at a time: lead, co and steps.
pub const LEGS_MAX: usize = 16;
/// The latest listeners a ticket remembers with the time they spoke up.
pub const HEARD_MAX: usize = 32;
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
    /// The first stage report of an urgent matter has been made, by whomever, since it was registered or last reopened:
    /// the resident waits for the final reply.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reported: bool,
    /// How often a reply has passed its audit, or its incident's has reached it: which of its answers is asked about.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub answers: u16,
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
    /// Units that have led it and do not any more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub past_leads: BTreeSet<UnitId>,
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
    /// What is asked for its legs and not decided yet, at most one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Returns asked for since it was registered or last reopened.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub returns: u8,
    /// How many of them were refused.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub returns_refused: u8,
    /// The same by the unit that asked, at most [`PAST_UNITS_MAX`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<UnitId, u8>,
    /// The ruling that binds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// What a unit's leader has signed and the unit has not used yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endorsed: Vec<(LegId, Act)>,
    /// Extensions granted to the lead.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub extensions: u8,
    /// Working days granted in sum.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub extended_days: u8,
    /// The round in which the resident was asked a question last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_in: Option<u8>,
    /// The round in which the resident was rung at the deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_asked_in: Option<u8>,
    /// How often he was rung for that.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub deadline_tries: u8,
    /// Supervision orders 督办单, at most [`ORDERS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Order>,
    /// On what its latest dispatch rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// What spoke for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// The rules it was dispatched under: their limits, ladder and statutes are its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesVersion>,
    /// The rules whose calendar all its clocks rest on: those it was registered under, or derived anew under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_under: Option<RulesVersion>,
    /// L4 or L5, proposed to the city office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    /// Who has spoken up lately, each caller once, at most [`HEARD_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<Heard>,
    /// The resident has objected to its decline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub objected: bool,
    /// Who declined it, so that another decides on the objection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined_by: Option<HolderId>,
    /// Who has sent the lead's latest reply, so that another audits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replied_by: Option<HolderId>,
    /// The resident has asked for a review.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reviewed: bool,
    /// How far an exclusion 剔除 is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusion: Option<Exclusion>,
    /// Units kept out 回避, beside the accused, at most [`RECUSED_MAX`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kept_out: BTreeSet<UnitId>,
    /// The incident it is merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
    /// Tickets merged into it.
    #[serde(default, skip_serializing_if = "Incident::is_empty")]
    pub incident: Incident,
    /// The ticket it was split from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<TicketNumber>,
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
    /// 裁定员.
    Arbiter,
    /// 热线办.
    CityOffice,
    /// The resident, who is asked or to whom the link is open.
    Citizen,
    /// Whoever holds the incident's step: the ticket is merged into it.
    Incident(TicketNumber),
    /// It is over.
    Nobody,
}

impl Ticket {
    /// Who holds the step.
    pub fn holder(&self) -> Holder {
        if let Some(incident) = self.merged_into() {
            return Holder::Incident(incident);
        }
        match &self.phase {
            Phase::Accepted { .. } | Phase::Consulting { .. } => Holder::TriageDesk,
            Phase::Dispatched { legs } | Phase::Handling { legs } | Phase::Suspended { legs, .. } => {
                match self.pending(legs.lead.id) {
                    Some(decision) => decision.asked.decider(),
                    None => Holder::Unit(legs.lead.unit.clone()),
                }
            }
            Phase::AwaitingCitizen { .. } => Holder::Citizen,
            Phase::ReplyReview { .. } => Holder::AuditDesk,
            Phase::CallbackDue {
                callback: Callback::Ringing { .. },
                ..
            } => Holder::CallbackDesk,
            Phase::CallbackDue {
                callback: Callback::Link,
                ..
            } => Holder::Citizen,
            Phase::CallbackDue {
                callback: Callback::Review { .. },
                ..
            } => Holder::CityOffice,
            // The first rework is the callback agent's to order; what follows is a supervisor's.
            Phase::CallbackDue {
                callback: Callback::Unsolved { .. },
                ..
            } if self.round == 0 => Holder::CallbackDesk,
            Phase::CallbackDue {
                callback: Callback::Unsolved { .. },
                ..
            } => Holder::SupervisorDesk,
            // Over, but for what is still to be decided about how it ended.
            Phase::Closed { .. } if !self.runs(Kind::Decision) => Holder::Nobody,
            Phase::Closed {
                how: CloseKind::Declined(_),
                ..
            } => Holder::SupervisorDesk,
            Phase::Closed { .. } => Holder::CityOffice,
        }
    }

    /// Whether one of its own clocks, not a leg's, runs.
    pub fn runs(&self, kind: Kind) -> bool {
        let is_it = |clock: &&Clock| clock.run.kind == kind && clock.run.leg.is_none();
        self.clocks.iter().find(is_it).is_some_and(Clock::is_running)
    }

    /// The supervision orders that wait for an answer, one of a unit. One whose clock has stopped waits no more: the ticket
    /// was closed, or its unit's leg has ended.
    pub fn open_orders(&self) -> impl Iterator<Item = &Order> {
        let clocks = self.clocks.iter().filter(|clock| clock.is_running());
        let of_orders = clocks.filter(|clock| clock.run.kind == Kind::Order);
        let last = of_orders.filter_map(|clock| self.last_order(clock.run.leg));
        last.filter(|order| order.answered_at.is_none())
    }

    /// One of them, where any is open.
    pub fn open_order(&self) -> Option<&Order> {
        self.open_orders().next()
    }

    /// The latest order whose clock is that of a leg; none: the lead's.
    fn last_order(&self, leg: Option<LegId>) -> Option<&Order> {
        self.orders.iter().rev().find(|order| order.leg == leg)
    }

    /// The instant at which the next level of any clock fires.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.next_steps().map(|(_, step)| step.at).min()
    }

    /// The next level of every clock that may fire: none at a leg while somebody else decides about it (domain.md,
    /// section 4, rule 7).
    pub fn next_steps(&self) -> impl Iterator<Item = (&Clock, Step)> {
        self.clocks
            .iter()
            .filter(|clock| !self.is_held_up(clock))
            .filter_map(|clock| Some((clock, clock.next_step()?)))
    }

    /// Whether a clock is about the work of a leg about which somebody else decides. In grade A nothing waits for that.
    pub fn is_held_up(&self, clock: &Clock) -> bool {
        let may_wait = clock.run.kind.is_a_legs() && self.classification.grade != Grade::A;
        let leg = clock.run.leg.filter(|_| may_wait);
        leg.is_some_and(|leg| self.pending(leg).is_some())
    }

    /// What is asked for a leg and not decided yet.
    pub fn pending(&self, leg: LegId) -> Option<&Decision> {
        self.decisions.iter().find(|decision| decision.leg == leg)
    }

    /// The lead's unit, where one leads or led.
    pub fn lead_unit(&self) -> Option<&UnitId> {
        self.phase.legs().map(|legs| &legs.lead.unit)
    }

    /// The unit whose work a clock is about, and by whose hours it runs; none where that is the hotline's or the
    /// resident's.
    pub fn clock_unit(&self, kind: Kind, leg: Option<LegId>) -> Option<&UnitId> {
        match kind {
            Kind::Sign | Kind::FirstContact | Kind::Stage => {
                self.phase.legs()?.get(leg?).map(|leg| &leg.unit)
            }
            // What is passed down has the time of the leg it comes from.
            Kind::Handle => {
                let legs = self.phase.legs()?;
                legs.get(leg?).map(|leg| &legs.root_of(leg).unit)
            }
            Kind::Order => self.last_order(leg).map(|order| &order.unit),
            Kind::Citizen
            | Kind::Triage
            | Kind::Decision
            | Kind::Proposal
            | Kind::Audit
            | Kind::Callback
            | Kind::Rating
            | Kind::Waiting
            | Kind::Promise
            | Kind::CallBack => None,
        }
    }

    /// The calendar a clock runs on.
    pub fn calendar_of<'r>(&self, kind: Kind, leg: Option<LegId>, rules: &'r Rules) -> &'r Calendar {
        self.clock_unit(kind, leg)
            .map_or(rules.calendar(), |unit| rules.calendar_of(unit))
    }

    /// Every unit that has or had a leg, or is consulted.
    pub fn units(&self) -> BTreeSet<UnitId> {
        let legs = self
            .phase
            .legs()
            .into_iter()
            .flat_map(Legs::iter)
            .map(|leg| leg.unit.clone());
        let asked = if let Phase::Consulting { asked } = &self.phase {
            Some(asked.keys().cloned())
        } else {
            None
        };
        legs.chain(self.past_units.iter().cloned())
            .chain(asked.into_iter().flatten())
            .collect()
    }

    /// Every caller known again.
    pub fn callers(&self) -> BTreeSet<CallerHash> {
        self.contacts
            .iter()
            .filter_map(|contact| contact.caller.clone())
            .collect()
    }

    /// Contacts without a number.
    pub fn anonymous(&self) -> usize {
        self.contacts
            .iter()
            .filter(|contact| contact.caller.is_none())
            .count()
    }

    /// Distinct persons behind it 关注人, and behind the tickets merged into it: callers by number, and each contact
    /// without one.
    pub fn listeners(&self) -> usize {
        let mut callers = self.callers();
        callers.extend(self.incident.callers().cloned());
        callers.len() + self.anonymous() + self.incident.anonymous()
    }

    /// The incident whose answer it waits for; none once that has reached it.
    pub fn merged_into(&self) -> Option<TicketNumber> {
        let merged = self.merged.as_ref().filter(|merged| !merged.joined)?;
        Some(merged.into)
    }

    /// The rules whose limits, ladder and statutes hold for a command; none: those in force. What begins anew begins
    /// under those.
    pub fn kept_rules(&self, command: &Command) -> Option<&RulesVersion> {
        self.rules
            .as_ref()
            .filter(|_| !matches!(command, Command::Reopen))
    }

    /// Whether anybody can be rung back.
    pub fn has_somebody_to_contact(&self) -> bool {
        self.contacts
            .iter()
            .any(|contact| contact.standing != Standing::Anonymous && contact.identity.is_some())
    }
}
