//! Where a ticket stands.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Claim, CloseKind, Emergency, Legs, Rating, SuspensionGround};
use crate::id::{HolderId, UnitId};

/// Where a ticket stands, with what can only exist there.
///
/// | from | command | to |
/// | --- | --- | --- |
/// | – | Register | Accepted |
/// | Accepted | AnswerDirectly, Decline, TransferOut confirmed, Withdraw | Closed |
/// | Accepted | Consult | Consulting |
/// | Consulting | Decline, Withdraw | Closed |
/// | Accepted, Consulting | Dispatch | Dispatched |
/// | Dispatched | Sign or RequestReturn by the lead | Handling |
/// | Handling | DecideReturn of the lead, approved | Accepted, or Dispatched to the unit named |
/// | Handling | Adjudicate for another unit, Redispatch | Dispatched |
/// | Dispatched, Handling, AwaitingCitizen, Suspended | Withdraw before the first reply | Closed |
/// | Handling | AskCitizen | AwaitingCitizen |
/// | AwaitingCitizen | CitizenReplied, FireClock at the end of the wait | Handling |
/// | AwaitingCitizen, Suspended | Classify as urgent | Handling |
/// | Handling | DecideSuspension, granted | Suspended |
/// | Suspended | Resume, FireClock at the horizon | Handling |
/// | Handling | DecideTermination, approved | Closed |
/// | Handling | SubmitReply by the lead, to be read | ReplyReview |
/// | Handling | SubmitReply by the lead, passed by rule | CallbackDue, or Closed where nobody can be rung |
/// | ReplyReview | AuditReply, passed | CallbackDue, or Closed where nobody can be rung |
/// | ReplyReview | AuditReply, failed | Handling |
/// | CallbackDue | RecordCallback, with an outcome that ends it | Closed |
/// | CallbackDue | OrderRework | Handling |
/// | CallbackDue | FireClock at the end of the rating window | Closed |
/// | CallbackDue | DecideReview, duty done | Closed |
/// | CallbackDue | DecideReview, duty not done | Handling |
/// | Closed | RequestReview of what was explained and is not solved | CallbackDue |
/// | Consulting, Dispatched, Handling, AwaitingCitizen, Suspended, ReplyReview, CallbackDue | Seal or Recuse against the lead or one that is asked | Accepted |
/// | Accepted, Consulting, Dispatched, Handling | Rejoin, merged into what has ended | CallbackDue, or Closed where nobody can be rung |
/// | Closed | Reopen, DecideObjection upheld | Accepted |
///
/// Every other command leaves the phase as it is; `check::table` holds this table against the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Phase {
    /// 已受理.
    Accepted {
        /// A transfer begun and not confirmed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transfer: Option<Emergency>,
    },
    /// 会商中.
    Consulting {
        /// The units asked, and what each said: whether the matter is its own.
        asked: BTreeMap<UnitId, Option<bool>>,
    },
    /// 待签收.
    Dispatched {
        /// Who is to sign.
        legs: Legs,
    },
    /// 办理中.
    Handling {
        /// Who handles.
        legs: Legs,
    },
    /// 待补充.
    AwaitingCitizen {
        /// Who handles.
        legs: Legs,
        /// Since when; the clocks stopped then.
        since: Timestamp,
    },
    /// 挂账.
    Suspended {
        /// Who handles.
        legs: Legs,
        /// Since when; the clocks stopped then.
        since: Timestamp,
        /// When it was asked for: what was in time then is in time when it goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked_at: Option<Timestamp>,
        /// What is promised.
        promise: Promise,
    },
    /// 待审核.
    ReplyReview {
        /// Who handled.
        legs: Legs,
        /// What the lead claims.
        claim: Claim,
    },
    /// 待回访.
    CallbackDue {
        /// Who handled.
        legs: Legs,
        /// What the lead claimed.
        claim: Claim,
        /// How far the callback is.
        callback: Callback,
    },
    /// 办结.
    Closed {
        /// How it ended.
        how: CloseKind,
        /// When.
        at: Timestamp,
        /// Who had handled it, if anybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legs: Option<Legs>,
        /// What the resident said of it, if asked and answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<Outcome>,
    },
}

/// What a suspended matter rests on. The plan is in the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Why it cannot be finished for now.
    pub ground: SuspensionGround,
    /// Who answers for it by name.
    pub owner: HolderId,
    /// When it is looked at next.
    pub check_at: Timestamp,
    /// When it resumes at the latest.
    pub until: Timestamp,
}

/// How far a callback is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Callback {
    /// To be rung.
    Ringing {
        /// Rings nobody answered.
        tries: u8,
    },
    /// The link is open.
    Link,
    /// The resident says unsolved: rework or a review decides.
    Unsolved {
        /// What he said.
        outcome: Outcome,
    },
    /// 评议: a panel outside the unit decides whether its duty is done.
    Review {
        /// What the resident said.
        outcome: Outcome,
    },
}

/// What the resident said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether the matter is solved.
    pub solved: bool,
    /// How satisfied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

/// The name of a phase, for lists and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    /// 已受理.
    Accepted,
    /// 会商中.
    Consulting,
    /// 待签收.
    Dispatched,
    /// 办理中.
    Handling,
    /// 待补充.
    AwaitingCitizen,
    /// 挂账.
    Suspended,
    /// 待审核.
    ReplyReview,
    /// 待回访.
    CallbackDue,
    /// 办结.
    Closed,
}

impl PhaseName {
    /// The nine phases, in order.
    pub const ALL: &'static [PhaseName] = &[
        PhaseName::Accepted,
        PhaseName::Consulting,
        PhaseName::Dispatched,
        PhaseName::Handling,
        PhaseName::AwaitingCitizen,
        PhaseName::Suspended,
        PhaseName::ReplyReview,
        PhaseName::CallbackDue,
        PhaseName::Closed,
    ];

    /// The stable name, lower-case snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            PhaseName::Accepted => "accepted",
            PhaseName::Consulting => "consulting",
            PhaseName::Dispatched => "dispatched",
            PhaseName::Handling => "handling",
            PhaseName::AwaitingCitizen => "awaiting_citizen",
            PhaseName::Suspended => "suspended",
            PhaseName::ReplyReview => "reply_review",
            PhaseName::CallbackDue => "callback_due",
            PhaseName::Closed => "closed",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            PhaseName::Accepted => "已受理",
            PhaseName::Consulting => "会商中",
            PhaseName::Dispatched => "待签收",
            PhaseName::Handling => "办理中",
            PhaseName::AwaitingCitizen => "待补充",
            PhaseName::Suspended => "挂账",
            PhaseName::ReplyReview => "待审核",
            PhaseName::CallbackDue => "待回访",
            PhaseName::Closed => "办结",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|phase| phase.as_str() == text)
    }
}

impl Phase {
    /// Its name.
    pub fn name(&self) -> PhaseName {
        match self {
            Phase::Accepted { .. } => PhaseName::Accepted,
            Phase::Consulting { .. } => PhaseName::Consulting,
            Phase::Dispatched { .. } => PhaseName::Dispatched,
            Phase::Handling { .. } => PhaseName::Handling,
            Phase::AwaitingCitizen { .. } => PhaseName::AwaitingCitizen,
            Phase::Suspended { .. } => PhaseName::Suspended,
            Phase::ReplyReview { .. } => PhaseName::ReplyReview,
            Phase::CallbackDue { .. } => PhaseName::CallbackDue,
            Phase::Closed { .. } => PhaseName::Closed,
        }
    }

    /// Since when the matter rests: it waits for the resident, or is suspended.
    pub fn rests_since(&self) -> Option<Timestamp> {
        match self {
            Phase::AwaitingCitizen { since, .. } | Phase::Suspended { since, .. } => Some(*since),
            Phase::Accepted { .. }
            | Phase::Consulting { .. }
            | Phase::Dispatched { .. }
            | Phase::Handling { .. }
            | Phase::ReplyReview { .. }
            | Phase::CallbackDue { .. }
            | Phase::Closed { .. } => None,
        }
    }

    /// The legs, where there are any.
    pub fn legs(&self) -> Option<&Legs> {
        match self {
            Phase::Accepted { .. } | Phase::Consulting { .. } => None,
            Phase::Dispatched { legs }
            | Phase::Handling { legs }
            | Phase::AwaitingCitizen { legs, .. }
            | Phase::Suspended { legs, .. }
            | Phase::ReplyReview { legs, .. }
            | Phase::CallbackDue { legs, .. } => Some(legs),
            Phase::Closed { legs, .. } => legs.as_ref(),
        }
    }

    pub(super) fn legs_mut(&mut self) -> Option<&mut Legs> {
        match self {
            Phase::Accepted { .. } | Phase::Consulting { .. } => None,
            Phase::Dispatched { legs }
            | Phase::Handling { legs }
            | Phase::AwaitingCitizen { legs, .. }
            | Phase::Suspended { legs, .. }
            | Phase::ReplyReview { legs, .. }
            | Phase::CallbackDue { legs, .. } => Some(legs),
            Phase::Closed { legs, .. } => legs.as_mut(),
        }
    }
}
