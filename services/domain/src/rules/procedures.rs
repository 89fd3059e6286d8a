//! What may be asked for beside the straight way — returns, extensions, suspensions, reviews — and how long each
//! asking and each deciding may take (domain.md, sections 3 and 5).

use serde::{Deserialize, Serialize};

use crate::ticket::Grade;
use crate::time::Limit;

/// The numbers of the commands beside the straight way. Rules published before these existed have the defaults, which
/// are those of the profile `general`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Procedures {
    /// How long a consultation 会商 may take.
    pub consult: Limit,
    /// Opinions a consultation needs before dispatch.
    pub opinions: u8,
    /// Returns the triage desk decides; the next one is the arbiter's.
    pub returns_before_ruling: u8,
    /// With so many units a return is the arbiter's, whichever it is.
    pub units_before_ruling: u8,
    /// Whether every reply needs the leader's signature. Where it does not, an unsigned one is always read in full.
    pub signed_replies: bool,
    /// Refused returns of a ticket at which it reaches L2.
    pub refused_returns_inform: u8,
    /// How long the resident may take to answer a question 补充.
    pub citizen_wait: Limit,
    /// How far off the next check of a suspended matter 挂账 may lie.
    pub check_within: Limit,
    /// How long a matter may be suspended at a time.
    pub suspended_within: Limit,
    /// The least that is left of C4 when a suspended matter resumes.
    pub resume_floor: Limit,
    /// How long a resident may object to a decline.
    pub objection_within: Limit,
    /// How long deciding on the objection may take.
    pub objection: Limit,
    /// How long a review 评议 may take.
    pub review: Limit,
    /// Members of a review panel, at least.
    pub panel: u8,
    /// The hard date of a supervision order 督办单.
    pub order: Limit,
    /// How long after the rating an exclusion 剔除 may be asked for.
    pub exclusion_within: Limit,
    /// How long deciding on it may take.
    pub exclusion: Limit,
    /// Failed tries that count as first contact 先行联系.
    pub contact_tries: u8,
    /// Half-days they must be spread over.
    pub contact_half_days: u8,
    /// Urges by the resident at which L1 informs.
    pub urges_inform: u8,
    /// The rework round from which on a supervisor orders it, at L2.
    pub rework_supervised: u8,
    /// 特急.
    pub a: Asking,
    /// 紧急.
    pub b: Asking,
    /// 一般.
    pub c: Asking,
    /// 疑难复杂.
    pub d: Asking,
}

/// What units may ask for in one grade; what is not there may not be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// 退单.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Returns>,
    /// 延期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// How long deciding on a suspension 挂账 may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Limit>,
    /// How long deciding on a termination 终止 may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination: Option<Limit>,
}

/// 退单: until when it may be asked for, and how long deciding may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returns {
    /// After sign-for.
    pub after_sign: Limit,
    /// After dispatch, while not signed.
    pub after_dispatch: Limit,
    /// Review by the triage desk.
    pub review: Limit,
    /// Ruling by the arbiter 裁定.
    pub ruling: Limit,
}

/// 延期: how much in working days, and how long deciding may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// At a time, at most.
    pub days: u8,
    /// How often.
    pub times: u8,
    /// In sum, at most.
    pub sum: u8,
    /// How long deciding may take.
    pub decide: Limit,
}

impl Procedures {
    /// What units may ask for in a grade.
    pub fn of(&self, grade: Grade) -> &Asking {
        match grade {
            Grade::A => &self.a,
            Grade::B => &self.b,
            Grade::C => &self.c,
            Grade::D => &self.d,
        }
    }
}

impl Default for Procedures {
    #[expect(
        clippy::too_many_lines,
        reason = "one line a number: a table, not a procedure"
    )]
    fn default() -> Self {
        let days = |days: u32| Limit::WorkingDays(days);
        let hours = |hours: u32| Limit::Working(hours * 60);
        let natural_days = |days: u32| Limit::Natural(days * 24 * 60);
        let returns = |after_sign, after_dispatch, review, ruling| {
            Some(Returns {
                after_sign,
                after_dispatch,
                review,
                ruling,
            })
        };
        let hour = Limit::Natural(60);
        Self {
            consult: days(1),
            opinions: 2,
            returns_before_ruling: 1,
            units_before_ruling: 3,
            signed_replies: false,
            refused_returns_inform: 2,
            citizen_wait: days(5),
            check_within: natural_days(30),
            suspended_within: natural_days(180),
            resume_floor: days(2),
            objection_within: natural_days(10),
            objection: days(1),
            review: days(5),
            panel: 3,
            order: days(3),
            exclusion_within: days(5),
            exclusion: days(5),
            contact_tries: 3,
            contact_half_days: 2,
            urges_inform: 2,
            rework_supervised: 2,
            a: Asking::default(),
            b: Asking {
                returns: returns(hour, hour, Limit::Natural(30), hour),
                ..Asking::default()
            },
            c: Asking {
                returns: returns(days(1), days(2), hours(4), days(1)),
                extension: Some(Extension {
                    days: 5,
                    times: 2,
                    sum: 10,
                    decide: hours(4),
                }),
                suspension: Some(days(2)),
                termination: Some(hours(4)),
            },
            d: Asking {
                returns: returns(days(2), days(2), days(1), days(1)),
                extension: Some(Extension {
                    days: 15,
                    times: 1,
                    sum: 15,
                    decide: days(1),
                }),
                suspension: Some(days(2)),
                termination: Some(days(1)),
            },
        }
    }
}
