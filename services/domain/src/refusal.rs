//! Refusals: a rule says no, and which. The one file of stable reasons.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $zh:literal, $en:literal;)+) => {
        /// The stable upper-case word of a refusal, as clients see it in `ErrorInfo.reason`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[$doc])* $variant),+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),+];

            /// The stable word.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$variant => $text),+ }
            }

            /// What it means, in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(Reason::$variant => $zh),+ }
            }

            /// What it means, in English.
            pub fn en(self) -> &'static str {
                match self { $(Reason::$variant => $en),+ }
            }
        }
    };
}

reasons! {
    /// The command does not fit the phase.
    WrongPhase = "WRONG_PHASE", "工单当前环节不允许此操作", "the ticket's phase does not allow this";
    /// The actor's role or unit does not stand in the relation the command needs.
    WrongRelation = "WRONG_RELATION", "该操作须由本工单的责任方执行", "this is for the party responsible for the ticket";
    /// Nobody audits, rings back or reviews his own unit's work.
    SelfReview = "SELF_REVIEW", "不得审核或回访本单位办理的工单", "nobody reviews his own unit's work";
    /// The unit is accused and must stay out.
    Recused = "RECUSED", "被举报单位及其下属须回避", "the accused unit and those below it are recused";
    /// What is sealed reaches no unit until it is recorded who is accused.
    AccusedMissing = "ACCUSED_MISSING", "举报须说明被举报对象", "a report asks who is accused, or says that it is no unit";
    /// Type, category or area is still unknown.
    NotClassified = "NOT_CLASSIFIED", "尚未完成分类", "the ticket is not classified yet";
    /// The code is not in the rules.
    UnknownUnit = "UNKNOWN_UNIT", "承办单位不存在", "no such unit in the rules";
    /// The code is not in the rules.
    UnknownCategory = "UNKNOWN_CATEGORY", "事项类别不存在", "no such category in the rules";
    /// The code is not in the rules.
    UnknownArea = "UNKNOWN_AREA", "区域不存在", "no such area in the rules";
    /// The entry is missing, not in force, or names another unit.
    WrongEntry = "WRONG_ENTRY", "派单目录条目不存在、未生效或与承办单位不符", "the directory entry is missing, not in force, or names another unit";
    /// A unit twice in one dispatch.
    RepeatedUnit = "REPEATED_UNIT", "同一单位不得重复派单", "a unit is named twice";
    /// The leg has been signed already.
    AlreadySigned = "ALREADY_SIGNED", "已签收", "the leg is signed already";
    /// The leg has not been signed.
    NotSigned = "NOT_SIGNED", "尚未签收", "the leg is not signed yet";
    /// First contact has succeeded already.
    AlreadyContacted = "ALREADY_CONTACTED", "已完成先行联系", "first contact is done already";
    /// There is nobody to contact.
    NobodyToContact = "NOBODY_TO_CONTACT", "匿名来件无可联系人", "there is nobody to contact";
    /// A ring outside callback hours is no try.
    QuietHours = "QUIET_HOURS", "此时段不得致电诉求人", "residents are not rung at this hour";
    /// Stage reports belong to grades A and B.
    NoStageReport = "NO_STAGE_REPORT", "仅特急、紧急件需阶段反馈", "stage reports belong to grades A and B";
    /// A co leg is still out.
    LegsMissing = "LEGS_MISSING", "协办单位尚未全部回复", "a co leg has not replied";
    /// Has replied already.
    AlreadyReplied = "ALREADY_REPLIED", "已回复", "the leg has replied already";
    /// Rework goes at most so many rounds.
    ReworkExhausted = "REWORK_EXHAUSTED", "重办次数已满，须进入评议", "no rework rounds are left: a review is the way";
    /// Rework follows an outcome that says unsolved.
    NotUnsolved = "NOT_UNSOLVED", "回访结果并非未解决", "the callback did not say unsolved";
    /// Round two is ordered by a supervisor.
    SupervisorNeeded = "SUPERVISOR_NEEDED", "须由督办员执行", "this needs a supervisor";
    /// Only some types are answered on the spot.
    NotAnswerable = "NOT_ANSWERABLE", "该类型不得直接答复", "this type is not answered directly";
    /// Declining R7 to R9 is a supervisor's.
    DeclineNeedsSupervisor = "DECLINE_NEEDS_SUPERVISOR", "该不予受理理由须由督办员决定", "this reason is a supervisor's to decide";
    /// Once per working day.
    UrgedToday = "URGED_TODAY", "每个工作日只能催办一次", "once per working day";
    /// Withdrawing is not possible any more or not allowed.
    NotWithdrawable = "NOT_WITHDRAWABLE", "涉及公共安全或多人诉求，不得撤回", "a public risk or a matter of several people is not withdrawn";
    /// The window is over.
    ReopenTooLate = "REOPEN_TOO_LATE", "已超过可重开期限", "the time to reopen is over";
    /// A clock that fires must run and its level be due and unfired.
    NotDue = "NOT_DUE", "时限未到或该级别不适用", "the level is not due on this clock";
    /// The same level once per run.
    AlreadyFired = "ALREADY_FIRED", "该级别已触发", "this level has fired already";
    /// Sealed already with the same accused.
    AlreadySealed = "ALREADY_SEALED", "已作密件处理", "the ticket is sealed already";
    /// Lengthening after dispatch is a supervisor's.
    LengtheningNeedsSupervisor = "LENGTHENING_NEEDS_SUPERVISOR", "派单后延长时限须由督办员执行", "lengthening after dispatch needs a supervisor, before due";
    /// The resident has spoken already.
    OutcomeRecorded = "OUTCOME_RECORDED", "回访结果已记录", "the outcome is recorded already";
    /// A list of the ticket is full.
    TooMany = "TOO_MANY", "超出数量上限", "a limit of this ticket is reached";
    /// A link or code does not open anything.
    WrongCode = "WRONG_CODE", "查询码或链接无效", "the code or link is not valid";
    /// Nothing changes.
    NothingChanges = "NOTHING_CHANGES", "没有任何变化", "nothing would change";
}

/// A rule says no. Carries the reason and the facts a client needs to act, never words of a resident.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .reason.en())]
pub struct Refusal {
    /// Which rule.
    pub reason: Reason,
    /// Facts by stable key: `phase`, `due_at`, `unit`.
    pub facts: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal without facts.
    pub fn new(reason: Reason) -> Self {
        Self {
            reason,
            facts: Vec::new(),
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.facts.push((key, value.to_string()));
        self
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}
