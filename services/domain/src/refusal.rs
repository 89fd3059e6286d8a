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
    /// The unit is accused or kept out.
    Recused = "RECUSED", "应回避的单位及其下属不得参与", "the unit, or one above it, must stay out of this ticket";
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
    /// A co leg or a step is still out.
    LegsMissing = "LEGS_MISSING", "协办或转派的单位尚未全部回复", "a co leg or a step has not replied";
    /// Has replied already, or nobody waits for it.
    AlreadyReplied = "ALREADY_REPLIED", "该承办段已回复或已免除", "the leg has replied or is excused already";
    /// Rework goes at most so many rounds.
    ReworkExhausted = "REWORK_EXHAUSTED", "重办次数已满，须进入评议", "no rework rounds are left: a review is the way";
    /// Rework follows an outcome that says unsolved.
    NotUnsolved = "NOT_UNSOLVED", "回访结果并非未解决", "the callback did not say unsolved";
    /// Round two is ordered by a supervisor.
    SupervisorNeeded = "SUPERVISOR_NEEDED", "须由督办员执行", "this needs a supervisor";
    /// A second extension, a suspension: the city office's.
    CityOfficeNeeded = "CITY_OFFICE_NEEDED", "须由热线办决定", "this needs the city office";
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
    /// At most one request is pending per leg, and one on the ticket.
    DecisionPending = "DECISION_PENDING", "已有待审批事项", "something is waiting for a decision already";
    /// Nothing of the kind has been asked for.
    NothingPending = "NOTHING_PENDING", "没有待审批的此类申请", "nothing of the kind is waiting for a decision";
    /// The grade or a binding ruling forbids it.
    NotReturnable = "NOT_RETURNABLE", "该工单不得退单", "this ticket may not be returned";
    /// The time to ask for a return is over.
    ReturnTooLate = "RETURN_TOO_LATE", "已超过退单申请时限", "the time to ask for a return is over";
    /// A second return, or a third unit: the arbiter rules.
    RulingNeeded = "RULING_NEEDED", "须由裁定员裁定", "this needs the arbiter's ruling";
    /// The unit's leader has not signed it.
    NotEndorsed = "NOT_ENDORSED", "须经分管领导签批", "the unit's leader must sign this first";
    /// The grade does not allow it.
    NotForGrade = "NOT_FOR_GRADE", "该等级工单不适用", "not for a ticket of this grade";
    /// More than the rules give.
    TooLong = "TOO_LONG", "超出规定期限", "longer than the rules allow";
    /// The due time has passed.
    PastDue = "PAST_DUE", "已超过时限，不得再延长", "the due time has passed";
    /// Once per round.
    AskedAlready = "ASKED_ALREADY", "本轮已要求补充", "the resident was asked in this round already";
    /// The date lies too far off, or behind.
    WrongDate = "WRONG_DATE", "日期超出允许范围", "the date is out of range";
    /// Whoever decided, or reviewed first, does not decide again.
    SamePerson = "SAME_PERSON", "须由另一人决定", "another person must decide";
    /// A consultation waits for opinions.
    OpinionsMissing = "OPINIONS_MISSING", "会商意见不足", "the consultation has too few opinions";
    /// Only the units asked give an opinion.
    NotConsulted = "NOT_CONSULTED", "该单位未被征询", "the unit is not consulted";
    /// Passing down goes downward only.
    NotBelow = "NOT_BELOW", "只能向下级单位转派", "a piece is passed downward only";
    /// A department's own duty is never passed to a community.
    NotAdmitted = "NOT_ADMITTED", "部门职责事项不得下派", "a department's own duty is not passed down";
    /// Nobody waits for that leg, or it has replied.
    NotExcusable = "NOT_EXCUSABLE", "该承办段不可免除", "this leg cannot be excused";
    /// The resident has not been promised this.
    NotDeclined = "NOT_DECLINED", "该工单并非不予受理", "the ticket was not declined";
    /// Once.
    ObjectedAlready = "OBJECTED_ALREADY", "已提出过异议", "there was an objection already";
    /// The window is over.
    ObjectionTooLate = "OBJECTION_TOO_LATE", "已超过异议期限", "the time to object is over";
    /// Nothing that a review could decide.
    NotReviewable = "NOT_REVIEWABLE", "该工单不适用评议", "there is nothing to review";
    /// Once.
    ReviewedAlready = "REVIEWED_ALREADY", "已评议过", "there was a review already";
    /// A panel has so many members.
    PanelTooSmall = "PANEL_TOO_SMALL", "评议人数不足或重复", "the panel is too small or names somebody twice";
    /// One order at a time, until it is answered.
    OrderOpen = "ORDER_OPEN", "尚有未答复的督办单", "an order is still unanswered";
    /// No such order waits for an answer.
    NoOrder = "NO_ORDER", "没有待答复的督办单", "no such order is waiting for an answer";
    /// Only what is closed and rated, within its time, once.
    NotExcludable = "NOT_EXCLUDABLE", "该工单不可申请剔除", "this ticket cannot be excluded";
    /// The window is over.
    ExclusionTooLate = "EXCLUSION_TOO_LATE", "已超过剔除申请期限", "the time to ask for an exclusion is over";
    /// Kept out already.
    RecusedAlready = "RECUSED_ALREADY", "该单位已回避", "the unit is kept out already";
    /// A merged ticket follows its incident.
    Merged = "MERGED", "该工单已并单，请在母件上操作", "the ticket is merged: act on its incident";
    /// Sealed, replied, merged itself, or an incident.
    NotMergeable = "NOT_MERGEABLE", "这些工单不可并单", "these tickets cannot be merged";
    /// What waits for its answer would be hidden or closed with it.
    HasChildren = "HAS_CHILDREN", "请先解除并单", "tickets wait for this one's answer: un-merge them first";
    /// It is not part of that incident.
    NotMerged = "NOT_MERGED", "该工单未并入此母件", "the ticket is not part of this incident";
    /// No ruling proposes an entry, or it is decided already.
    NoProposal = "NO_PROPOSAL", "没有待定的目录条目建议", "no proposed directory entry is waiting";
    /// The directory is everybody's to read.
    SealedRuling = "SEALED_RULING", "密件裁定不得进入派单目录", "a ruling on a sealed ticket is not for the directory";
    /// The unit is still in time, or the resident was asked already.
    DeadlineNotPassed = "DEADLINE_NOT_PASSED", "未到到期回访条件", "the deadline has not passed without a reply";
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
