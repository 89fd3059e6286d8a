//! What has happened to a ticket. Frozen: an event, once released, is read for ever (invariant A-10).
//! New facts are new variants or new optional fields.

use serde::{Deserialize, Serialize};

use jiff::Timestamp;

use super::{
    Act, AuditFault, AuditItem, Channel, Claim, DeclineReason, Emergency, ExclusionGround, Grade, Hold,
    LegRole, Means, Promise, Proof, Rating, RequestType, ReturnReason, Standing, SuspensionGround,
    TerminationGround,
};
use crate::access::Actor;
use crate::clock::{Addressee, Kind, Level, Run, RunId};
use crate::id::{
    AreaId, CallerHash, CategoryId, EntryId, HolderId, KeySlot, LegId, RulesVersion, TicketNumber, UnitId,
};
use crate::words::Sealed;

/// One call, message, letter or visit, 来件.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Counted from 1 within the ticket.
    pub id: u16,
    /// The way in.
    pub channel: Channel,
    /// On whose behalf.
    pub standing: Standing,
    /// The caller known again, where a number was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<CallerHash>,
    /// Whose key closes the identity; none when nobody gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<KeySlot>,
    /// The call it came by. A folded ticket keeps it for its latest contacts only; the record has it for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

/// Who is accused by a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accused {
    /// A unit, or somebody in it. It and its subtree are recused.
    Unit(UnitId),
    /// A person or company, no unit of the hotline's.
    Outsider,
}

/// What a matter is about, as far as known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// What the resident wants.
    pub kind: RequestType,
    /// How urgent.
    pub grade: Grade,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// How sure, in percent; 100 when a person said so.
    pub confidence_percent: u8,
}

/// On what a dispatch rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A directory entry.
    Entry(EntryId),
    /// A person's reason, kept in the words.
    Reason,
    /// The unit that a return named and the triage desk agreed to.
    Return,
    /// The arbiter's ruling.
    Ruling,
}

/// A leg as it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its id within the ticket.
    pub leg: LegId,
    /// Lead, co or step.
    pub role: LegRole,
    /// Whose.
    pub unit: UnitId,
}

/// Who urges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrgedBy {
    /// The resident, once per working day.
    Citizen,
    /// A supervisor.
    Supervisor,
    /// The system.
    System,
}

/// Why a level was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A supervisor raised it.
    Supervisor,
    /// The resident urged twice.
    UrgedTwice,
    /// The second rework was ordered.
    SecondRework,
    /// Returns were refused again.
    RefusedReturns,
    /// A review found the duty not done.
    DutyNotDone,
    /// Several listeners' contacts on one matter within days.
    Listeners,
    /// An incident of many listeners.
    Incident,
    /// C4 is past due for long.
    Overdue,
    /// A unit reaches L2 again and again.
    RepeatedL2,
    /// A closing was proven false.
    FalseClosing,
    /// Somebody's identity was given away.
    Leak,
    /// Somebody was made to suffer for having complained.
    Retaliation,
}

impl Cause {
    /// Every cause.
    pub const ALL: &'static [Cause] = &[
        Cause::Supervisor,
        Cause::UrgedTwice,
        Cause::SecondRework,
        Cause::RefusedReturns,
        Cause::DutyNotDone,
        Cause::Listeners,
        Cause::Incident,
        Cause::Overdue,
        Cause::RepeatedL2,
        Cause::FalseClosing,
        Cause::Leak,
        Cause::Retaliation,
    ];

    /// The stable name, lower-case snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Supervisor => "supervisor",
            Cause::UrgedTwice => "urged_twice",
            Cause::SecondRework => "second_rework",
            Cause::RefusedReturns => "refused_returns",
            Cause::DutyNotDone => "duty_not_done",
            Cause::Listeners => "listeners",
            Cause::Incident => "incident",
            Cause::Overdue => "overdue",
            Cause::RepeatedL2 => "repeated_l2",
            Cause::FalseClosing => "false_closing",
            Cause::Leak => "leak",
            Cause::Retaliation => "retaliation",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Cause::Supervisor => "督办员判断",
            Cause::UrgedTwice => "两次催办",
            Cause::SecondRework => "二次重办",
            Cause::RefusedReturns => "退单再次被拒",
            Cause::DutyNotDone => "评议认定未履职",
            Cause::Listeners => "多人反映",
            Cause::Incident => "群体诉求",
            Cause::Overdue => "长期超期",
            Cause::RepeatedL2 => "当月多次督办",
            Cause::FalseClosing => "虚假办结",
            Cause::Leak => "泄露诉求人信息",
            Cause::Retaliation => "打击报复",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Cause> {
        Cause::ALL.iter().copied().find(|cause| cause.as_str() == text)
    }

    /// Whether somebody may propose L4 or L5 for it; the rest are the system's own, or reach a level below.
    pub fn is_proposed(self) -> bool {
        matches!(
            self,
            Cause::Supervisor | Cause::RepeatedL2 | Cause::FalseClosing | Cause::Leak | Cause::Retaliation
        )
    }
}

/// Somebody who has spoken up, and when: what counts listeners within days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// When.
    pub at: Timestamp,
    /// The caller known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<CallerHash>,
}

/// How a ticket ends. Never a bare "closed".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseKind {
    /// 已解决.
    Resolved,
    /// 已解释.
    Explained,
    /// 直接答复.
    AnsweredDirectly,
    /// 不予受理.
    Declined(DeclineReason),
    /// 已转接.
    TransferredOut(Emergency),
    /// 已撤回.
    Withdrawn,
    /// 无法联系.
    Unreachable,
    /// 终止.
    Terminated(TerminationGround),
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Event {
    /// 登记.
    Registered {
        /// The way in.
        channel: Channel,
        /// What is known so far.
        classification: Classification,
        /// The first contact.
        contact: Contact,
        /// The words' key.
        key: KeySlot,
        /// SHA-256 of the query code, hex.
        query_code: String,
        /// The name of the matter in the system it came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        /// When it was written or happened, where that is known to differ.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        occurred_at: Option<Timestamp>,
        /// The ticket it was split from, whose register time it keeps.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        split_from: Option<SplitFrom>,
    },
    /// 追加来件.
    ContactAdded {
        /// The contact.
        contact: Contact,
    },
    /// 直接答复.
    AnsweredDirectly {
        /// The knowledge article or official notice it rests on.
        article: String,
    },
    /// 不予受理.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// Who had declined the incident it was merged into.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<HolderId>,
    },
    /// 紧急转接, begun on the live call and not confirmed yet.
    TransferStarted {
        /// To whom.
        service: Emergency,
    },
    /// 紧急转接, confirmed by the other side.
    TransferredOut {
        /// To whom.
        service: Emergency,
    },
    /// 分类.
    Classified {
        /// The classification.
        classification: Classification,
        /// Why a triager must look at it; none when one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<Hold>,
    },
    /// 派单.
    Dispatched {
        /// One lead and any co legs.
        legs: Vec<Opened>,
        /// On what it rests.
        ground: Ground,
        /// The rules it keeps from now on: their limits, ladder and statutes hold until it is reopened. None where it keeps
        /// some already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rules: Option<RulesVersion>,
        /// What spoke for it. None in records of before it was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Proof>,
    },
    /// 签收.
    Signed {
        /// Which leg.
        leg: LegId,
    },
    /// 先行联系.
    ContactTried {
        /// Which leg.
        leg: LegId,
        /// How.
        means: Means,
        /// Whether somebody answered.
        reached: bool,
        /// Whether first contact counts as made: reached, or the third failed try over two half-days.
        made: bool,
    },
    /// 阶段反馈.
    StageReported {
        /// Which leg.
        leg: LegId,
        /// Whether the danger is controlled.
        controlled: bool,
    },
    /// 回复.
    Replied {
        /// Which leg.
        leg: LegId,
        /// How it ends, says the unit.
        claim: Claim,
        /// The unit's leader has signed it, or sent it himself.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        signed: bool,
    },
    /// 审核通过.
    AuditPassed {
        /// Passed by rule, not read.
        by_rule: bool,
    },
    /// 审核不通过.
    AuditFailed {
        /// Form or substance.
        fault: AuditFault,
        /// What of the checklist is wrong.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<AuditItem>,
    },
    /// 回访, nobody answered.
    CallbackMissed {},
    /// After the last try the resident gets a link instead.
    LinkOpened {},
    /// 回访结果.
    CallbackAnswered {
        /// Whether the matter is solved, says the resident.
        solved: bool,
        /// How satisfied.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rating: Option<Rating>,
        /// By the one-use link, not by a call.
        by_link: bool,
    },
    /// 重办.
    ReworkOrdered {
        /// Counted from 1.
        round: u8,
    },
    /// 催办.
    Urged {
        /// By whom.
        by: UrgedBy,
    },
    /// 密办.
    Sealed {
        /// Who is accused; none: not known yet, only the sealed desk sees it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accused: Option<Accused>,
    },
    /// The lead is recused, or may give it back: the legs end, the matter goes back to the triage desk.
    Recalled {},
    /// A co leg ends: of a recused unit, or of one that may give it back; and what it passed down.
    LegEnded {
        /// Which.
        leg: LegId,
    },
    /// A level reached for another reason than a clock.
    Escalated {
        /// Which.
        level: Level,
        /// Why.
        cause: Cause,
        /// Who is told.
        told: Vec<Addressee>,
        /// Points charged to the unit, in tenths; none where it only informs.
        #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
        points_tenths: u16,
        /// Whom it is about, where that is not the lead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<UnitId>,
    },
    /// Other working days are known than its clocks were computed with: those whose due time moves begin a further run.
    Rederived {},
    /// L4 or L5 is proposed: the city office decides.
    LevelProposed {
        /// Which.
        level: Level,
        /// Why.
        cause: Cause,
        /// Whose conduct it is about, where a unit had it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<UnitId>,
    },
    /// The city office has decided on it; approved, the level follows as [`Event::Escalated`].
    ProposalDecided {
        /// Whether it comes to that.
        approved: bool,
    },
    /// A level of a clock fired.
    LevelFired {
        /// Which run.
        clock: RunId,
        /// Which level.
        level: Level,
        /// When it was to fire.
        due_at: Timestamp,
        /// Fired late because the system was down: charged to nobody.
        system_was_down: bool,
        /// Points charged to the unit, in tenths.
        points_tenths: u16,
        /// Who is told.
        told: Vec<Addressee>,
    },
    /// 备注.
    Annotated {},
    /// 撤回.
    Withdrawn {},
    /// 重开.
    Reopened {
        /// How often so far.
        count: u8,
    },
    /// 办结.
    Closed {
        /// How.
        how: CloseKind,
    },
    /// A clock began a run.
    ClockStarted {
        /// The run with its due time and steps.
        run: Run,
    },
    /// A clock stopped.
    ClockStopped {
        /// Which run.
        clock: RunId,
    },
    /// The key of some words or of a contact's identity is destroyed.
    Erased {
        /// The slot.
        slot: KeySlot,
    },
    /// 会商 begins.
    ConsultStarted {
        /// Who is asked.
        units: Vec<UnitId>,
    },
    /// 会商意见.
    OpinionGiven {
        /// Whose.
        unit: UnitId,
        /// Whether the matter is its own, says the unit.
        takes_it: bool,
    },
    /// 改派: the hotline's own mistake. The legs end unscored.
    Redispatched {},
    /// 拆单: parts of it are tickets of their own now.
    SplitOff {
        /// Which.
        into: Vec<TicketNumber>,
    },
    /// 转派: a piece is passed down.
    SubAssigned {
        /// The new leg.
        opened: Opened,
        /// The leg that passes it down.
        under: LegId,
    },
    /// 免除: nobody waits for a leg any more.
    LegExcused {
        /// Which.
        leg: LegId,
    },
    /// 签批 by the unit's leader.
    Endorsed {
        /// For which leg.
        leg: LegId,
        /// What is signed.
        act: Act,
    },
    /// 退单申请.
    ReturnRequested {
        /// Which leg.
        leg: LegId,
        /// Why.
        reason: ReturnReason,
        /// Whose it is, says the unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggested: Option<UnitId>,
        /// The arbiter's to decide.
        ruling: bool,
    },
    /// 退单 approved: the leg ends.
    ReturnApproved {
        /// Which leg.
        leg: LegId,
    },
    /// 退单 refused.
    ReturnRefused {
        /// Which leg.
        leg: LegId,
        /// Nobody has looked at it: the matter has become urgent meanwhile. It does not count.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unheard: bool,
    },
    /// 裁定: binding.
    Ruled {
        /// Which leg had asked.
        leg: LegId,
        /// Who is responsible.
        unit: UnitId,
        /// Whether a directory entry is proposed.
        proposes: bool,
    },
    /// The directory entry that a ruling proposes is decided on.
    EntryDecided {
        /// The entry, where it was accepted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<EntryId>,
    },
    /// 延期申请.
    ExtensionRequested {
        /// Which leg.
        leg: LegId,
        /// By how many working days.
        days: u8,
        /// The city office's to decide.
        again: bool,
    },
    /// 延期 granted.
    ExtensionGranted {
        /// Which leg.
        leg: LegId,
        /// By how many working days.
        days: u8,
    },
    /// 延期 refused.
    ExtensionRefused {
        /// Which leg.
        leg: LegId,
    },
    /// 补充: the resident is asked; the clocks rest.
    CitizenAsked {
        /// Whose question.
        leg: LegId,
    },
    /// The resident has answered.
    CitizenReplied {},
    /// The resident has not answered in time.
    WaitRanOut {},
    /// 挂账申请.
    SuspensionRequested {
        /// Which leg.
        leg: LegId,
        /// Why.
        ground: SuspensionGround,
        /// Who will answer for it.
        owner: HolderId,
        /// The first check.
        check_at: Timestamp,
        /// When it resumes at the latest.
        until: Timestamp,
    },
    /// 挂账: the clocks rest; or a suspended matter is suspended further.
    Suspended {
        /// Which leg had asked.
        leg: LegId,
        /// What is promised.
        promise: Promise,
    },
    /// 挂账 refused.
    SuspensionRefused {
        /// Which leg.
        leg: LegId,
    },
    /// 挂账复核: the promise was looked at; the resident is told.
    PromiseChecked {
        /// When it is looked at next.
        next_at: Timestamp,
    },
    /// A suspended matter goes on.
    Resumed {},
    /// 终止申请.
    TerminationRequested {
        /// Which leg.
        leg: LegId,
        /// Why.
        ground: TerminationGround,
    },
    /// 终止.
    Terminated {
        /// Why.
        ground: TerminationGround,
    },
    /// 终止 refused.
    TerminationRefused {
        /// Which leg.
        leg: LegId,
    },
    /// 到期回访: C4 passed without a reply, the resident is asked anyway. Counts unsolved, whatever is said.
    DeadlineAsked {
        /// Whether somebody answered.
        reached: bool,
        /// How satisfied.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rating: Option<Rating>,
    },
    /// 评议 asked for by the resident.
    ReviewRequested {},
    /// 评议 decided.
    ReviewDecided {
        /// Whether the duty is done.
        duty_done: bool,
        /// Who sat on the panel.
        panel: Vec<HolderId>,
    },
    /// The resident objects to a decline.
    Objected {},
    /// The objection is decided.
    ObjectionDecided {
        /// Upheld: the matter is accepted after all.
        upheld: bool,
    },
    /// 督办单 issued.
    OrderIssued {
        /// Whose clock runs for it, where that is not the lead's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leg: Option<LegId>,
        /// Counted from 1.
        order: u8,
        /// To whom.
        unit: UnitId,
        /// Its hard date.
        due_at: Timestamp,
    },
    /// 督办单 answered.
    OrderAnswered {
        /// Which.
        order: u8,
    },
    /// 剔除申请.
    ExclusionRequested {
        /// Why.
        ground: ExclusionGround,
    },
    /// The first reviewer agrees to an exclusion.
    ExclusionReviewed {},
    /// 剔除: the second reviewer agrees, too; the ticket does not count.
    Excluded {
        /// Why.
        ground: ExclusionGround,
    },
    /// 剔除 refused.
    ExclusionRefused {},
    /// 回避: a unit is kept out.
    UnitRecused {
        /// Which, with those below it.
        unit: UnitId,
    },
    /// 并单: its clocks rest until the incident's answer.
    MergedInto {
        /// The incident.
        into: TicketNumber,
    },
    /// 并单: a ticket is merged into this one.
    ChildMerged {
        /// Which.
        child: TicketNumber,
        /// Its callers known again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        callers: Vec<CallerHash>,
        /// Its contacts without a number.
        #[serde(default, skip_serializing_if = "crate::clock::is_zero")]
        anonymous: u16,
        /// Who of them spoke up lately, and when.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        heard: Vec<Heard>,
    },
    /// Somebody joins through a merged ticket.
    ChildJoined {
        /// Which ticket.
        child: TicketNumber,
        /// The caller, where known again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<CallerHash>,
    },
    /// 并单 undone on the merged ticket.
    Unmerged {
        /// The incident it was in.
        from: TicketNumber,
    },
    /// 并单 undone on the incident.
    ChildUnmerged {
        /// Which.
        child: TicketNumber,
    },
    /// The incident's answer has reached the merged ticket: to be called back as if it had been answered itself.
    Rejoined {
        /// Who answered; its leg here counts as replied.
        opened: Opened,
        /// What it claimed.
        claim: Claim,
    },
}

/// Where a split ticket comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFrom {
    /// The ticket.
    pub number: TicketNumber,
    /// When that was registered.
    pub registered_at: Timestamp,
}

impl Event {
    /// The stable name, as stored.
    #[expect(
        clippy::too_many_lines,
        reason = "one line an event: a table, not a procedure"
    )]
    pub fn name(&self) -> &'static str {
        match self {
            Event::Registered { .. } => "registered",
            Event::ContactAdded { .. } => "contact_added",
            Event::AnsweredDirectly { .. } => "answered_directly",
            Event::Declined { .. } => "declined",
            Event::TransferStarted { .. } => "transfer_started",
            Event::TransferredOut { .. } => "transferred_out",
            Event::Classified { .. } => "classified",
            Event::Dispatched { .. } => "dispatched",
            Event::Signed { .. } => "signed",
            Event::ContactTried { .. } => "contact_tried",
            Event::StageReported { .. } => "stage_reported",
            Event::Replied { .. } => "replied",
            Event::AuditPassed { .. } => "audit_passed",
            Event::AuditFailed { .. } => "audit_failed",
            Event::CallbackMissed {} => "callback_missed",
            Event::LinkOpened {} => "link_opened",
            Event::CallbackAnswered { .. } => "callback_answered",
            Event::ReworkOrdered { .. } => "rework_ordered",
            Event::Urged { .. } => "urged",
            Event::Sealed { .. } => "sealed",
            Event::Recalled {} => "recalled",
            Event::LegEnded { .. } => "leg_ended",
            Event::Escalated { .. } => "escalated",
            Event::LevelFired { .. } => "level_fired",
            Event::Annotated {} => "annotated",
            Event::Withdrawn {} => "withdrawn",
            Event::Reopened { .. } => "reopened",
            Event::Closed { .. } => "closed",
            Event::ClockStarted { .. } => "clock_started",
            Event::ClockStopped { .. } => "clock_stopped",
            Event::Erased { .. } => "erased",
            Event::ConsultStarted { .. } => "consult_started",
            Event::OpinionGiven { .. } => "opinion_given",
            Event::Redispatched {} => "redispatched",
            Event::SplitOff { .. } => "split_off",
            Event::SubAssigned { .. } => "sub_assigned",
            Event::LegExcused { .. } => "leg_excused",
            Event::Endorsed { .. } => "endorsed",
            Event::ReturnRequested { .. } => "return_requested",
            Event::ReturnApproved { .. } => "return_approved",
            Event::ReturnRefused { .. } => "return_refused",
            Event::Ruled { .. } => "ruled",
            Event::EntryDecided { .. } => "entry_decided",
            Event::ExtensionRequested { .. } => "extension_requested",
            Event::ExtensionGranted { .. } => "extension_granted",
            Event::ExtensionRefused { .. } => "extension_refused",
            Event::CitizenAsked { .. } => "citizen_asked",
            Event::CitizenReplied {} => "citizen_replied",
            Event::WaitRanOut {} => "wait_ran_out",
            Event::SuspensionRequested { .. } => "suspension_requested",
            Event::Suspended { .. } => "suspended",
            Event::SuspensionRefused { .. } => "suspension_refused",
            Event::PromiseChecked { .. } => "promise_checked",
            Event::Resumed {} => "resumed",
            Event::TerminationRequested { .. } => "termination_requested",
            Event::Terminated { .. } => "terminated",
            Event::TerminationRefused { .. } => "termination_refused",
            Event::DeadlineAsked { .. } => "deadline_asked",
            Event::ReviewRequested {} => "review_requested",
            Event::ReviewDecided { .. } => "review_decided",
            Event::Objected {} => "objected",
            Event::ObjectionDecided { .. } => "objection_decided",
            Event::OrderIssued { .. } => "order_issued",
            Event::OrderAnswered { .. } => "order_answered",
            Event::ExclusionRequested { .. } => "exclusion_requested",
            Event::ExclusionReviewed {} => "exclusion_reviewed",
            Event::Excluded { .. } => "excluded",
            Event::ExclusionRefused {} => "exclusion_refused",
            Event::UnitRecused { .. } => "unit_recused",
            Event::MergedInto { .. } => "merged_into",
            Event::Rederived {} => "rederived",
            Event::LevelProposed { .. } => "level_proposed",
            Event::ProposalDecided { .. } => "proposal_decided",
            Event::ChildMerged { .. } => "child_merged",
            Event::ChildJoined { .. } => "child_joined",
            Event::Unmerged { .. } => "unmerged",
            Event::ChildUnmerged { .. } => "child_unmerged",
            Event::Rejoined { .. } => "rejoined",
        }
    }

    /// The clock an event is about, if any.
    pub fn clock(&self) -> Option<Kind> {
        if let Event::ClockStarted { run } = self {
            return Some(run.kind);
        }
        if let Event::ClockStopped { clock } | Event::LevelFired { clock, .. } = self {
            return Some(clock.kind);
        }
        None
    }
}

/// An event with the words that belong to it, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What happened.
    pub event: Event,
    /// What was said, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Sealed>,
    /// Whose identity came with it, sealed under the contact's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Sealed>,
}

impl From<Event> for Fact {
    fn from(event: Event) -> Self {
        Fact {
            event,
            words: None,
            identity: None,
        }
    }
}

/// A fact in its place in history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Whose.
    pub number: TicketNumber,
    /// The ticket's version after it, from 1.
    pub version: u32,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// Under which rules.
    pub rules: RulesVersion,
    /// What.
    pub fact: Fact,
}

#[cfg(test)]
mod tests;
