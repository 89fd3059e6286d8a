//! What an audit finds.

use jiff::Timestamp;

use crate::clock::{Level, RunId};
use crate::id::TicketNumber;
use crate::time::Limit;

/// One thing that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of which ticket.
    pub number: TicketNumber,
    /// The ticket's version with the fact.
    pub version: u32,
    /// Since when.
    pub at: Timestamp,
    /// About which run; none where a command as a whole cannot be followed.
    pub clock: Option<RunId>,
    /// What.
    pub what: What,
    /// What was recorded.
    pub recorded: Value,
    /// What was computed.
    pub computed: Value,
}

/// What does not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The start of a run.
    Start,
    /// Its limit.
    Limit,
    /// Its due time.
    Due,
    /// When its light turns yellow.
    Yellow,
    /// How long it has rested or been extended, or is being mended.
    Carried,
    /// When a level is to fire.
    Step(Level),
    /// A run that is recorded and does not follow.
    Run,
    /// A run that follows and is not recorded.
    NoRun,
    /// The steps from start to due as they are explained do not give it.
    Explained,
    /// A level that fired too early, twice, or of a run that is not there.
    Fired(Level),
    /// When a level that fired was to fire.
    FiredDue(Level),
    /// The points charged with it, in tenths.
    Points(Level),
    /// Charged although it fired late, and not because the system was down.
    ChargedLate(Level),
    /// Excused for an outage although it fired in time.
    ExcusedInTime(Level),
    /// Who was told of it.
    Told(Level),
    /// A level that is due and has not fired.
    Missing(Level),
    /// A level whose instant passed while its run ran, and which never fired.
    PassedOver(Level),
}

/// One side of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Nothing,
    /// An instant.
    At(Timestamp),
    /// Tenths of points.
    Points(u16),
    /// A limit.
    Limit(Limit),
    /// Minutes.
    Minutes(u32),
}

impl What {
    /// Each kind once, of whatever level.
    pub const ALL: [What; 17] = [
        What::Start,
        What::Limit,
        What::Due,
        What::Yellow,
        What::Carried,
        What::Step(Level::L0),
        What::Run,
        What::NoRun,
        What::Explained,
        What::Fired(Level::L0),
        What::FiredDue(Level::L0),
        What::Points(Level::L0),
        What::ChargedLate(Level::L0),
        What::ExcusedInTime(Level::L0),
        What::Told(Level::L0),
        What::Missing(Level::L0),
        What::PassedOver(Level::L0),
    ];

    /// The stable name, lower-case snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            What::Start => "start",
            What::Limit => "limit",
            What::Due => "due",
            What::Yellow => "yellow",
            What::Carried => "carried",
            What::Step(_) => "step",
            What::Run => "run",
            What::NoRun => "no_run",
            What::Explained => "explained",
            What::Fired(_) => "fired",
            What::FiredDue(_) => "fired_due",
            What::Points(_) => "points",
            What::ChargedLate(_) => "charged_late",
            What::ExcusedInTime(_) => "excused_in_time",
            What::Told(_) => "told",
            What::Missing(_) => "missing",
            What::PassedOver(_) => "passed_over",
        }
    }

    /// In Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            What::Start => "起点不符",
            What::Limit => "时限不符",
            What::Due => "到期时间不符",
            What::Yellow => "黄灯时间不符",
            What::Carried => "累计暂停或延期不符",
            What::Step(_) => "级别触发时刻不符",
            What::Run => "多出的计时",
            What::NoRun => "缺少的计时",
            What::Explained => "逐步推算不符",
            What::Fired(_) => "级别提前、重复或无据触发",
            What::FiredDue(_) => "已触发级别的应触发时刻不符",
            What::Points(_) => "计分不符",
            What::ChargedLate(_) => "迟触发却计分",
            What::ExcusedInTime(_) => "按时触发却按停机免计",
            What::Told(_) => "告知对象不符",
            What::Missing(_) => "级别到时未触发",
            What::PassedOver(_) => "级别漏触发",
        }
    }

    /// In English.
    pub fn en(self) -> &'static str {
        match self {
            What::Start => "another start",
            What::Limit => "another limit",
            What::Due => "another due time",
            What::Yellow => "another yellow",
            What::Carried => "other rests or extensions",
            What::Step(_) => "another instant of a level",
            What::Run => "a run that does not follow",
            What::NoRun => "a run that is not there",
            What::Explained => "its steps do not give it",
            What::Fired(_) => "fired early, twice or without a run",
            What::FiredDue(_) => "fired for another instant",
            What::Points(_) => "other points",
            What::ChargedLate(_) => "fired late and charged all the same",
            What::ExcusedInTime(_) => "fired in time and excused for an outage",
            What::Told(_) => "others were told",
            What::Missing(_) => "due and not fired",
            What::PassedOver(_) => "passed and never fired",
        }
    }

    /// The level, if it is about one.
    pub fn level(self) -> Option<Level> {
        match self {
            What::Step(level)
            | What::Fired(level)
            | What::FiredDue(level)
            | What::Points(level)
            | What::ChargedLate(level)
            | What::ExcusedInTime(level)
            | What::Told(level)
            | What::Missing(level)
            | What::PassedOver(level) => Some(level),
            What::Start
            | What::Limit
            | What::Due
            | What::Yellow
            | What::Carried
            | What::Run
            | What::NoRun
            | What::Explained => None,
        }
    }
}
