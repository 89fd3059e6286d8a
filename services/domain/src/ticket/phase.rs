//! Where a ticket stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Claim, CloseKind, Emergency, Legs, Rating};

/// Where a ticket stands, with what can only exist there.
///
/// | from | command | to |
/// | --- | --- | --- |
/// | – | Register | Accepted |
/// | Accepted | AnswerDirectly, Decline, TransferOut confirmed, Withdraw | Closed |
/// | Accepted | Dispatch | Dispatched |
/// | Dispatched | Sign by the lead | Handling |
/// | Dispatched, Handling | Withdraw before the first reply | Closed |
/// | Handling | SubmitReply by the lead, to be read | ReplyReview |
/// | Handling | SubmitReply by the lead, passed by rule | CallbackDue, or Closed where nobody can be rung |
/// | ReplyReview | AuditReply, passed | CallbackDue, or Closed where nobody can be rung |
/// | ReplyReview | AuditReply, failed | Handling |
/// | CallbackDue | RecordCallback, with an outcome that ends it | Closed |
/// | CallbackDue | OrderRework | Handling |
/// | CallbackDue | FireClock at the end of the rating window | Closed |
/// | Dispatched, Handling, ReplyReview, CallbackDue | Seal against the lead, or nobody knows whom | Accepted |
/// | Closed | Reopen | Accepted |
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
            Phase::Dispatched { .. } => PhaseName::Dispatched,
            Phase::Handling { .. } => PhaseName::Handling,
            Phase::ReplyReview { .. } => PhaseName::ReplyReview,
            Phase::CallbackDue { .. } => PhaseName::CallbackDue,
            Phase::Closed { .. } => PhaseName::Closed,
        }
    }

    /// The legs, where there are any.
    pub fn legs(&self) -> Option<&Legs> {
        match self {
            Phase::Accepted { .. } => None,
            Phase::Dispatched { legs }
            | Phase::Handling { legs }
            | Phase::ReplyReview { legs, .. }
            | Phase::CallbackDue { legs, .. } => Some(legs),
            Phase::Closed { legs, .. } => legs.as_ref(),
        }
    }

    pub(super) fn legs_mut(&mut self) -> Option<&mut Legs> {
        match self {
            Phase::Accepted { .. } => None,
            Phase::Dispatched { legs }
            | Phase::Handling { legs }
            | Phase::ReplyReview { legs, .. }
            | Phase::CallbackDue { legs, .. } => Some(legs),
            Phase::Closed { legs, .. } => legs.as_mut(),
        }
    }
}
