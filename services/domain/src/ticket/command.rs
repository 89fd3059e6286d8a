//! Every command of the life cycle that is built, and what it means for a ticket.

use jiff::Timestamp;

use super::add_contact::AddContact;
use super::adjudicate::Adjudicate;
use super::answer_directly::AnswerDirectly;
use super::answer_order::AnswerOrder;
use super::audit_reply::AuditReply;
use super::check_promise::CheckPromise;
use super::classify::Classify;
use super::consult::Consult;
use super::deadline_callback::DeadlineCallback;
use super::decide_entry::DecideEntry;
use super::decide_exclusion::DecideExclusion;
use super::decide_extension::DecideExtension;
use super::decide_objection::DecideObjection;
use super::decide_proposal::DecideProposal;
use super::decide_return::DecideReturn;
use super::decide_review::DecideReview;
use super::decide_suspension::DecideSuspension;
use super::decide_termination::DecideTermination;
use super::decline::Decline;
use super::dispatch::Dispatch;
use super::endorse::Endorse;
use super::escalate::Escalate;
use super::excuse::Excuse;
use super::fire_clock::FireClock;
use super::give_opinion::GiveOpinion;
use super::join::Join;
use super::let_go::LetGo;
use super::merge::MergeInto;
use super::plan::Plan;
use super::record_callback::RecordCallback;
use super::record_first_contact::RecordFirstContact;
use super::recuse::Recuse;
use super::rederive::Rederive;
use super::redispatch::Redispatch;
use super::rejoin::Rejoin;
use super::request_exclusion::RequestExclusion;
use super::request_extension::RequestExtension;
use super::request_return::RequestReturn;
use super::request_suspension::RequestSuspension;
use super::request_termination::RequestTermination;
use super::seal::Seal;
use super::split::Split;
use super::stage_report::StageReport;
use super::sub_assign::SubAssign;
use super::submit_reply::SubmitReply;
use super::take_in::TakeIn;
use super::transfer_out::TransferOut;
use super::{
    Event, Ticket, annotate, ask_citizen, citizen_replied, issue_order, object, order_rework, record_erasure,
    reopen, request_review, resume, sign, unmerge, urge, withdraw,
};
use crate::access::Actor;
use crate::id::KeySlot;
use crate::redact;
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;

/// A command on a ticket that exists. Its words travel beside it, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// 追加来件.
    AddContact(AddContact),
    /// 直接答复.
    AnswerDirectly(AnswerDirectly),
    /// 不予受理.
    Decline(Decline),
    /// 紧急转接.
    TransferOut(TransferOut),
    /// 分类.
    Classify(Classify),
    /// 派单.
    Dispatch(Dispatch),
    /// 签收.
    Sign,
    /// 先行联系.
    RecordFirstContact(RecordFirstContact),
    /// 阶段反馈.
    StageReport(StageReport),
    /// 回复.
    SubmitReply(SubmitReply),
    /// 审核.
    AuditReply(AuditReply),
    /// 回访.
    RecordCallback(RecordCallback),
    /// 重办.
    OrderRework,
    /// 催办.
    Urge,
    /// 密办.
    Seal(Seal),
    /// A level of a clock is due.
    FireClock(FireClock),
    /// 提级.
    Escalate(Escalate),
    /// 备注.
    Annotate,
    /// 撤回.
    Withdraw,
    /// 重开.
    Reopen,
    /// 会商.
    Consult(Consult),
    /// 会商意见.
    GiveOpinion(GiveOpinion),
    /// 改派.
    Redispatch(Redispatch),
    /// 拆单.
    Split(Split),
    /// 转派.
    SubAssign(SubAssign),
    /// 免除.
    Excuse(Excuse),
    /// 签批.
    Endorse(Endorse),
    /// 退单申请.
    RequestReturn(RequestReturn),
    /// 退单审核.
    DecideReturn(DecideReturn),
    /// 裁定.
    Adjudicate(Adjudicate),
    /// 目录条目建议的决定.
    DecideEntry(DecideEntry),
    /// 延期申请.
    RequestExtension(RequestExtension),
    /// 延期审批.
    DecideExtension(DecideExtension),
    /// 补充.
    AskCitizen,
    /// 补充答复.
    CitizenReplied,
    /// 挂账申请.
    RequestSuspension(RequestSuspension),
    /// 挂账审批.
    DecideSuspension(DecideSuspension),
    /// 挂账复核.
    CheckPromise(CheckPromise),
    /// 恢复办理.
    Resume,
    /// 终止申请.
    RequestTermination(RequestTermination),
    /// 终止审批.
    DecideTermination(DecideTermination),
    /// 到期回访.
    DeadlineCallback(DeadlineCallback),
    /// 评议申请.
    RequestReview,
    /// 评议.
    DecideReview(DecideReview),
    /// 异议.
    Object,
    /// 异议答复.
    DecideObjection(DecideObjection),
    /// 提级审批.
    DecideProposal(DecideProposal),
    /// 督办单.
    IssueOrder,
    /// 督办答复.
    AnswerOrder(AnswerOrder),
    /// 剔除申请.
    RequestExclusion(RequestExclusion),
    /// 剔除审批.
    DecideExclusion(DecideExclusion),
    /// 回避.
    Recuse(Recuse),
    /// 并单, on the ticket that is merged.
    MergeInto(MergeInto),
    /// 并单, on the incident.
    TakeIn(TakeIn),
    /// 解除并单, on the merged ticket.
    Unmerge,
    /// 解除并单, on the incident.
    LetGo(LetGo),
    /// 并单件追加来件, on the incident.
    Join(Join),
    /// 并单件随母件答复.
    Rejoin(Rejoin),
    /// Other working days are known.
    Rederive(Rederive),
    /// The vault has destroyed a key.
    RecordErasure(KeySlot),
}

impl Ticket {
    /// Decides what `command` means for this ticket at `now`, changing nothing.
    ///
    /// The role of the actor has been checked against the table of methods; the relation to this ticket is decided
    /// here. Never returns an empty list.
    ///
    /// # Errors
    /// The first rule that says no, with its facts. `Recused` for anybody of an accused unit: whoever asks `may_see`
    /// first answers him that there is no such ticket.
    #[expect(
        clippy::too_many_lines,
        reason = "one line a command: a table, not a procedure"
    )]
    pub fn decide(
        &self,
        command: &Command,
        actor: &Actor,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        // Invariant 11, for whatever role and command.
        if redact::is_recused(self, actor, rules) {
            return Err(Reason::Recused.into());
        }
        self.refuse_merged(command, actor)?;
        let mut plan = Plan::new(self.clone(), actor, rules, now);
        match command {
            Command::AddContact(add) => add.decide(&mut plan)?,
            Command::AnswerDirectly(answer) => answer.decide(&mut plan)?,
            Command::Decline(decline) => decline.decide(&mut plan)?,
            Command::TransferOut(transfer) => transfer.decide(&mut plan)?,
            Command::Classify(classify) => classify.decide(&mut plan)?,
            Command::Dispatch(dispatch) => dispatch.decide(&mut plan)?,
            Command::Sign => sign::decide(&mut plan)?,
            Command::RecordFirstContact(contact) => contact.decide(&mut plan)?,
            Command::StageReport(report) => report.decide(&mut plan)?,
            Command::SubmitReply(reply) => reply.decide(&mut plan)?,
            Command::AuditReply(audit) => audit.decide(&mut plan)?,
            Command::RecordCallback(callback) => callback.decide(&mut plan)?,
            Command::OrderRework => order_rework::decide(&mut plan)?,
            Command::Urge => urge::decide(&mut plan)?,
            Command::Seal(seal) => seal.decide(&mut plan)?,
            Command::FireClock(fire) => fire.decide(&mut plan)?,
            Command::Escalate(escalate) => escalate.decide(&mut plan)?,
            Command::Annotate => annotate::decide(&mut plan),
            Command::Withdraw => withdraw::decide(&mut plan)?,
            Command::Reopen => reopen::decide(&mut plan)?,
            Command::Consult(one) => one.decide(&mut plan)?,
            Command::GiveOpinion(one) => one.decide(&mut plan)?,
            Command::Redispatch(one) => one.decide(&mut plan)?,
            Command::Split(one) => one.decide(&mut plan)?,
            Command::SubAssign(one) => one.decide(&mut plan)?,
            Command::Excuse(one) => one.decide(&mut plan)?,
            Command::Endorse(one) => one.decide(&mut plan)?,
            Command::RequestReturn(one) => one.decide(&mut plan)?,
            Command::DecideReturn(one) => one.decide(&mut plan)?,
            Command::Adjudicate(one) => one.decide(&mut plan)?,
            Command::DecideEntry(one) => one.decide(&mut plan)?,
            Command::RequestExtension(one) => one.decide(&mut plan)?,
            Command::DecideExtension(one) => one.decide(&mut plan)?,
            Command::AskCitizen => ask_citizen::decide(&mut plan)?,
            Command::CitizenReplied => citizen_replied::decide(&mut plan)?,
            Command::RequestSuspension(one) => one.decide(&mut plan)?,
            Command::DecideSuspension(one) => one.decide(&mut plan)?,
            Command::CheckPromise(one) => one.decide(&mut plan)?,
            Command::Resume => resume::decide(&mut plan)?,
            Command::RequestTermination(one) => one.decide(&mut plan)?,
            Command::DecideTermination(one) => one.decide(&mut plan)?,
            Command::DeadlineCallback(one) => one.decide(&mut plan)?,
            Command::RequestReview => request_review::decide(&mut plan)?,
            Command::DecideReview(one) => one.decide(&mut plan)?,
            Command::Object => object::decide(&mut plan)?,
            Command::DecideObjection(one) => one.decide(&mut plan)?,
            Command::DecideProposal(one) => one.decide(&mut plan)?,
            Command::IssueOrder => issue_order::decide(&mut plan)?,
            Command::AnswerOrder(one) => one.decide(&mut plan)?,
            Command::RequestExclusion(one) => one.decide(&mut plan)?,
            Command::DecideExclusion(one) => one.decide(&mut plan)?,
            Command::Recuse(one) => one.decide(&mut plan)?,
            Command::MergeInto(one) => one.decide(&mut plan)?,
            Command::TakeIn(one) => one.decide(&mut plan)?,
            Command::Unmerge => unmerge::decide(&mut plan)?,
            Command::LetGo(one) => one.decide(&mut plan)?,
            Command::Join(one) => one.decide(&mut plan)?,
            Command::Rejoin(one) => one.decide(&mut plan)?,
            Command::Rederive(one) => one.decide(&mut plan)?,
            Command::RecordErasure(slot) => record_erasure::decide(*slot, &mut plan)?,
        }
        Ok(plan.events)
    }

    /// A merged ticket follows its incident: until that is answered nobody works on the ticket itself. Its clocks do not
    /// run, so none fires. Sealing it, or keeping a unit out, takes it out of the incident. A unit may not see the
    /// incident, so it is not told which.
    fn refuse_merged(&self, command: &Command, actor: &Actor) -> Result<(), Refusal> {
        let goes_on = matches!(
            command,
            Command::AddContact(_)
                | Command::Annotate
                | Command::FireClock(_)
                | Command::DecideProposal(_)
                | Command::Rederive(_)
                | Command::Unmerge
                | Command::Seal(_)
                | Command::Recuse(_)
                | Command::Rejoin(_)
                | Command::RecordErasure(_)
        );
        match self.merged_into() {
            Some(_) if !goes_on && actor.unit.is_some() => Err(Reason::Merged.into()),
            Some(incident) if !goes_on => Err(Refusal::new(Reason::Merged).with("incident", incident)),
            Some(_) | None => Ok(()),
        }
    }
}
