//! Every command of the life cycle that is built, and what it means for a ticket.

use jiff::Timestamp;

use super::add_contact::AddContact;
use super::answer_directly::AnswerDirectly;
use super::audit_reply::AuditReply;
use super::classify::Classify;
use super::decline::Decline;
use super::dispatch::Dispatch;
use super::escalate::Escalate;
use super::fire_clock::FireClock;
use super::plan::Plan;
use super::record_callback::RecordCallback;
use super::record_first_contact::RecordFirstContact;
use super::seal::Seal;
use super::stage_report::StageReport;
use super::submit_reply::SubmitReply;
use super::transfer_out::TransferOut;
use super::{Event, Ticket, annotate, order_rework, record_erasure, reopen, sign, urge, withdraw};
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
            Command::RecordErasure(slot) => record_erasure::decide(*slot, &mut plan)?,
        }
        Ok(plan.events)
    }
}
