//! Clocks: named running limits with a due time (domain.md, section 4).
//!
//! A clock is (kind, leg, run). Its due time and the instants of its levels are computed once, when the run starts,
//! and stored in the event with the rules' version; nothing edits them afterwards.

mod anew;
pub mod audit;
pub mod explain;
mod ladder;
mod light;
mod outages;
mod rested;
pub mod whatif;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use ladder::{addressees, decided, schedule};
pub(crate) use ladder::{laid_out, laid_out_from, measure_of, until};
pub use light::{Light, light_of};
pub(crate) use outages::IN_TIME;
pub use outages::Outages;
pub use rested::Rested;

use crate::id::LegId;
use crate::time::Limit;

/// Which limit runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// C0 诉求人, the resident's own clock.
    #[serde(rename = "c0")]
    Citizen,
    /// C1 派单.
    #[serde(rename = "c1")]
    Triage,
    /// C2 签收.
    #[serde(rename = "c2")]
    Sign,
    /// C3 先行联系.
    #[serde(rename = "c3")]
    FirstContact,
    /// C4 办理.
    #[serde(rename = "c4")]
    Handle,
    /// C4's stage reports 阶段反馈, grades A and B.
    #[serde(rename = "c4s")]
    Stage,
    /// C5 审批: on a return, an extension, a suspension, a termination of a leg; on a consultation, an objection, a
    /// review, an exclusion of the ticket.
    #[serde(rename = "c5")]
    Decision,
    /// C5 of the city office, on a proposal of L4 or L5.
    #[serde(rename = "c5p")]
    Proposal,
    /// C6 审核.
    #[serde(rename = "c6")]
    Audit,
    /// C7 回访.
    #[serde(rename = "c7")]
    Callback,
    /// C8 评价, the rating link's window.
    #[serde(rename = "c8")]
    Rating,
    /// C9 待补充.
    #[serde(rename = "c9")]
    Waiting,
    /// C10 挂账复核.
    #[serde(rename = "c10")]
    Promise,
    /// C11 督办.
    #[serde(rename = "c11")]
    Order,
    /// C12 回拨, an unconfirmed transfer is rung back.
    #[serde(rename = "c12")]
    CallBack,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: &'static [Kind] = &[
        Kind::Citizen,
        Kind::Triage,
        Kind::Sign,
        Kind::FirstContact,
        Kind::Handle,
        Kind::Stage,
        Kind::Decision,
        Kind::Proposal,
        Kind::Audit,
        Kind::Callback,
        Kind::Rating,
        Kind::Waiting,
        Kind::Promise,
        Kind::Order,
        Kind::CallBack,
    ];

    /// The stable name: `c0` … `c12`, `c4s` for stage reports, `c5p` for proposals.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Citizen => "c0",
            Kind::Triage => "c1",
            Kind::Sign => "c2",
            Kind::FirstContact => "c3",
            Kind::Handle => "c4",
            Kind::Stage => "c4s",
            Kind::Decision => "c5",
            Kind::Proposal => "c5p",
            Kind::Audit => "c6",
            Kind::Callback => "c7",
            Kind::Rating => "c8",
            Kind::Waiting => "c9",
            Kind::Promise => "c10",
            Kind::Order => "c11",
            Kind::CallBack => "c12",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Kind::Citizen => "诉求人时限",
            Kind::Triage => "派单时限",
            Kind::Sign => "签收时限",
            Kind::FirstContact => "先行联系时限",
            Kind::Handle => "办理时限",
            Kind::Stage => "阶段反馈时限",
            Kind::Decision => "审批时限",
            Kind::Proposal => "提级审批时限",
            Kind::Audit => "审核时限",
            Kind::Callback => "回访时限",
            Kind::Rating => "评价窗口",
            Kind::Waiting => "补充时限",
            Kind::Promise => "挂账复核",
            Kind::Order => "督办时限",
            Kind::CallBack => "回拨时限",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether a handling unit answers for it.
    pub fn is_the_units(self) -> bool {
        matches!(
            self,
            Kind::Sign | Kind::FirstContact | Kind::Handle | Kind::Stage | Kind::Promise | Kind::Order
        )
    }

    /// Whether it rests while the matter does (invariant 2).
    pub fn rests(self) -> bool {
        self.is_a_legs() || self == Kind::Citizen
    }

    /// Whether it is about a leg's own work: such a clock fires nothing while somebody else decides about the leg.
    pub fn is_a_legs(self) -> bool {
        matches!(self, Kind::Sign | Kind::FirstContact | Kind::Handle | Kind::Stage)
    }
}

/// A rung of the escalation ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 预警.
    L0,
    /// 催办.
    L1,
    /// 督办.
    L2,
    /// 挂牌督办.
    L3,
    /// 电话报告: the city duty leader is telephoned; no rung of its own.
    Call,
    /// 约谈, proposed; reached when the city office decides so.
    L4,
    /// 通报/移送, likewise.
    L5,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: &'static [Level] = &[
        Level::L0,
        Level::L1,
        Level::L2,
        Level::L3,
        Level::Call,
        Level::L4,
        Level::L5,
    ];

    /// The stable name, `l0` … `l5`, and `call`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::L0 => "l0",
            Level::L1 => "l1",
            Level::L2 => "l2",
            Level::L3 => "l3",
            Level::Call => "call",
            Level::L4 => "l4",
            Level::L5 => "l5",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Level::L0 => "预警",
            Level::L1 => "催办",
            Level::L2 => "督办",
            Level::L3 => "挂牌督办",
            Level::Call => "电话报告",
            Level::L4 => "约谈",
            Level::L5 => "通报移送",
        }
    }

    /// Whether a person decides on it: the system only proposes it.
    pub fn is_decided(self) -> bool {
        matches!(self, Level::L4 | Level::L5)
    }

    /// Whether a ticket reaches it when it fires: not by a proposal, nor by a telephone call.
    pub fn is_reached_by_firing(self) -> bool {
        self <= Level::L3
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Level> {
        Level::ALL.iter().copied().find(|level| level.as_str() == text)
    }
}

/// Who is told when a level fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// 承办联络员.
    Clerk,
    /// 分管领导.
    UnitLeader,
    /// 主要负责人.
    UnitHead,
    /// The district, copied.
    District,
    /// 区领导.
    DistrictLeader,
    /// 热线办.
    CityOffice,
    /// 市值班领导, who is telephoned.
    DutyLeader,
    /// 纪检监察.
    DisciplineInspection,
    /// The triage desk, which holds the step.
    TriageDesk,
    /// The audit desk.
    AuditDesk,
    /// The callback desk.
    CallbackDesk,
    /// The supervisors' desk.
    SupervisorDesk,
    /// 裁定员.
    Arbiter,
}

impl Addressee {
    /// The stable name, lower-case snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Addressee::Clerk => "clerk",
            Addressee::UnitLeader => "unit_leader",
            Addressee::UnitHead => "unit_head",
            Addressee::District => "district",
            Addressee::DistrictLeader => "district_leader",
            Addressee::CityOffice => "city_office",
            Addressee::DutyLeader => "duty_leader",
            Addressee::DisciplineInspection => "discipline_inspection",
            Addressee::TriageDesk => "triage_desk",
            Addressee::AuditDesk => "audit_desk",
            Addressee::CallbackDesk => "callback_desk",
            Addressee::SupervisorDesk => "supervisor_desk",
            Addressee::Arbiter => "arbiter",
        }
    }
}

/// One rung at its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which level fires.
    pub level: Level,
    /// When, not before.
    pub at: Timestamp,
}

/// One run of a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Which limit.
    pub kind: Kind,
    /// Whose leg; none for the ticket's own clocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<LegId>,
    /// Counted from 1 per kind and leg.
    pub run: u16,
    /// The limit it was started with.
    pub limit: Limit,
    /// When it began.
    pub started_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// When its light turns yellow.
    pub yellow_at: Timestamp,
    /// What fires when, in order. Levels of a run fire once; those fired by a run it continues are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// How long it has rested so far, in minutes of the limit's own measure: the due time lies that much later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub paused_minutes: u32,
    /// The same rests in every measure, for a limit that counts otherwise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rested: Rested,
    /// By how many working days it was extended 延期: the due time lies that much later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extended_days: u8,
    /// C4 after an audit that failed for form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mending: Option<Mending>,
    /// From where it counted before it was raised to A or B.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// From where a clock counted before its matter was raised to A or B and it began anew: there it counts from again when
/// the matter is lowered (rule 3), however often that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it had rested.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rested: Rested,
    /// By how many working days it had been extended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extended_days: u8,
}

/// A form fault is being mended: nothing fires before `until`, and a reply by then counts from the first submission.
/// The due time itself does not move (invariant 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mending {
    /// When the reply was first submitted.
    pub submitted_at: Timestamp,
    /// When the time to mend it is over.
    pub until: Timestamp,
}

/// What stored records leave out.
pub(crate) fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What names a run: levels fire once per this and level (invariant 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId {
    /// Which limit.
    pub kind: Kind,
    /// Whose leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<LegId>,
    /// Which run.
    pub run: u16,
}

impl Run {
    /// Its name.
    pub fn id(&self) -> RunId {
        RunId {
            kind: self.kind,
            leg: self.leg,
            run: self.run,
        }
    }

    /// The last instant at which it is not late: the due time, or the end of a mending where that is later.
    pub fn late_after(&self) -> Timestamp {
        self.mending
            .map_or(self.due_at, |mending| mending.until.max(self.due_at))
    }

    /// When a clock that is stopped at `at` counts as stopped: a form fault mended in time leaves the time of the
    /// first submission.
    pub fn stops_at(&self, at: Timestamp) -> Timestamp {
        self.mending
            .filter(|mending| at <= mending.until)
            .map_or(at, |mending| mending.submitted_at)
    }
}

/// Whether a run still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum State {
    /// Time passes.
    Running,
    /// The step ended, or the clock rests; C0 resumes with what was left.
    Stopped {
        /// When.
        at: Timestamp,
    },
}

/// A run as it stands on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The run.
    pub run: Run,
    /// Whether it runs.
    pub state: State,
    /// The levels that have fired.
    pub fired: Vec<Level>,
}

impl Clock {
    /// Whether time passes on it.
    pub fn is_running(&self) -> bool {
        self.state == State::Running
    }

    /// The next rung that has not fired; none when stopped.
    pub fn next_step(&self) -> Option<Step> {
        let unfired = |step: &&Step| !self.fired.contains(&step.level);
        self.run
            .steps
            .iter()
            .find(unfired)
            .copied()
            .filter(|_| self.is_running())
    }

    /// Whether a level of it is still to fire, should it run.
    pub fn is_ahead(&self, level: Level) -> bool {
        self.run.steps.iter().any(|step| step.level == level) && !self.fired.contains(&level)
    }

    /// Whether it was, or is, past its due time.
    pub fn is_late(&self, now: Timestamp) -> bool {
        match self.state {
            State::Running => now > self.run.late_after(),
            State::Stopped { at } => at > self.run.due_at,
        }
    }
}
