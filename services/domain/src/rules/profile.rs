//! Limits, lights and ladder: what each step may take and what follows when it takes longer (domain.md, section 5).

use serde::{Deserialize, Serialize};

use super::{Duplicates, MissedCalls, Procedures, Triggers};
use crate::clock::Level;
use crate::ticket::{Grade, RequestType};
use crate::time::Limit;

/// A rule profile: every number the hotline goes by, with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// `general`, `beijing`, …
    pub name: String,
    /// Where the numbers come from.
    pub source: String,
    /// 特急: life, property, mass event.
    pub a: GradeLimits,
    /// 紧急: water, power, gas, heat, road hazard, wage arrears.
    pub b: GradeLimits,
    /// 一般.
    pub c: GradeLimits,
    /// 疑难复杂.
    pub d: GradeLimits,
    /// What a co leg gets of the lead's handling limit, in percent.
    pub co_percent: u8,
    /// Rings before a callback becomes a link.
    pub callback_tries: u8,
    /// How long all the rings may take.
    pub callback_tries_within: Limit,
    /// How long the link stays open.
    pub callback_link: Limit,
    /// How often a reply may be sent back for rework 重办.
    pub rework_rounds: u8,
    /// How long a closed ticket can be reopened by the resident.
    pub reopen_within: Limit,
    /// How long an unconfirmed transfer may stay unconfirmed before we ring the caller back.
    pub transfer_confirm: Limit,
    /// Share of ordinary replies an auditor reads; the rest pass by rule. In percent.
    pub audit_sample_percent: u8,
    /// Points a leg is charged at L0 to L5, in tenths.
    pub points_tenths: [u16; 6],
    /// The commands beside the straight way. Rules of before they existed have none and are written without.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub procedures: Procedures,
    /// What raises a level without a clock. Likewise.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub triggers: Triggers,
    /// Missed and dropped calls. Likewise.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub missed_call: MissedCalls,
    /// When two tickets may be about one matter. Likewise.
    #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
    pub duplicates: Duplicates,
}

/// The limits of one grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeLimits {
    /// C1 派单.
    pub triage: Limit,
    /// C2 签收.
    pub sign: Limit,
    /// C3 先行联系.
    pub contact: Limit,
    /// C4 办理, by request type.
    pub handle: HandleLimits,
    /// Stage reports; only A and B.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// C6 审核.
    pub audit: Limit,
    /// C7 回访, first try.
    pub callback: Limit,
    /// C4 of a rework round.
    pub rework: Limit,
    /// C0 诉求人.
    pub cap: Cap,
    /// The least a next unit gets.
    pub floor: Limit,
    /// When the light turns yellow.
    pub yellow: Yellow,
    /// What follows a due time.
    pub ladder: Ladder,
}

/// C4 by request type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandleLimits {
    /// 咨询.
    pub consult: Limit,
    /// 求助.
    pub help: Limit,
    /// 投诉.
    pub complaint: Limit,
    /// 举报.
    pub report: Limit,
    /// 建议.
    pub suggestion: Limit,
    /// 表扬.
    pub praise: Limit,
}

/// When stage reports are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// After dispatch.
    pub first: Limit,
    /// After each report.
    pub every: Limit,
}

/// The citizen cap: how long a matter may take as the resident sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// When set: this many times the handling limit, but not above `limit`; both in working days or both in natural time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u8>,
    /// The limit, or the most of it.
    pub limit: Limit,
}

/// Yellow when the time left is at most the greater of a share of the limit and (the lesser of a span and half the limit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Yellow {
    /// Share of the limit, in percent.
    pub percent: u8,
    /// The span, in working days; 0: the share alone.
    pub working_days: u8,
}

/// How far behind the due time the levels lie. L0 fires at yellow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// 催办.
    pub l1: Limit,
    /// 督办.
    pub l2: Limit,
    /// 挂牌督办.
    pub l3: Limit,
    /// 电话报告: the city duty leader is telephoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Limit>,
    /// 约谈 is proposed so long after L2; of C4 alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l4: Option<Limit>,
    /// 通报/移送 is proposed so long after the due time; of C4 alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l5: Option<Limit>,
    /// Whether C2 and C3 climb above L1 too (A and B) or C4 alone does (C and D).
    pub every_clock: bool,
}

impl Profile {
    /// Points a leg is charged at a level, in tenths; a telephone call charges nothing.
    pub fn points(&self, level: Level) -> u16 {
        let [l0, l1, l2, l3, l4, l5] = self.points_tenths;
        match level {
            Level::L0 => l0,
            Level::L1 => l1,
            Level::L2 => l2,
            Level::L3 => l3,
            Level::Call => 0,
            Level::L4 => l4,
            Level::L5 => l5,
        }
    }

    /// The limits of a grade.
    pub fn grade(&self, grade: Grade) -> &GradeLimits {
        match grade {
            Grade::A => &self.a,
            Grade::B => &self.b,
            Grade::C => &self.c,
            Grade::D => &self.d,
        }
    }
}

impl HandleLimits {
    /// The limit of a request type.
    pub fn of(&self, kind: RequestType) -> Limit {
        match kind {
            RequestType::Consult => self.consult,
            RequestType::Help => self.help,
            RequestType::Complaint => self.complaint,
            RequestType::Report => self.report,
            RequestType::Suggestion => self.suggestion,
            RequestType::Praise => self.praise,
        }
    }
}

impl Cap {
    /// The cap over a handling limit.
    pub fn over(&self, handle: Limit) -> Limit {
        match (self.times, handle, self.limit) {
            (Some(times), Limit::WorkingDays(days), Limit::WorkingDays(most)) => {
                Limit::WorkingDays(days.saturating_mul(u32::from(times)).min(most))
            }
            (Some(times), Limit::Natural(minutes), Limit::Natural(most)) => {
                Limit::Natural(minutes.saturating_mul(u32::from(times)).min(most))
            }
            _ => self.limit,
        }
    }
}
