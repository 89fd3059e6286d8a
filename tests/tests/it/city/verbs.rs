//! What people say beside the straight way: one word each, as they would say it.

use hotline::client::{Answer as _, Failure};
use proto::common::v1 as common;
use proto::feedback::v1 as feedback;
use proto::tickets::v1 as pb;

use super::{Desk, TRIES, Taken, Ticket, fresh, stamp};

says! {
    endorse(act: common::Act) = endorse(EndorseRequest { act: act.into(), note: "同意".to_owned() });
    give_back(reason: common::ReturnReason, suggested: &str) = request_return(RequestReturnRequest {
        reason: reason.into(),
        suggested_unit: suggested.to_owned(),
        basis: "三定方案及权责清单".to_owned(),
        evidence: "现场勘查记录".to_owned(),
    });
    approve_return(to: &str) = decide_return(DecideReturnRequest { approved: true, unit: to.to_owned(), reason: "理由成立".to_owned() });
    refuse_return() = decide_return(DecideReturnRequest { reason: "属你单位职责".to_owned() });
    rule(unit: &str, proposes: bool) = adjudicate(AdjudicateRequest {
        unit: unit.to_owned(),
        reason: "按权责清单和属地原则裁定".to_owned(),
        propose_entry: proposes,
    });
    decide_entry(accepted: bool) = decide_entry(DecideEntryRequest { accepted: accepted, reason: "已核对权责清单".to_owned() });
    extend(days: u32) = request_extension(RequestExtensionRequest { working_days: days, reason: "需第三方检测".to_owned() });
    decide_extension(approved: bool) = decide_extension(DecideExtensionRequest { approved: approved, reason: "已告知诉求人".to_owned() });
    ask(question: &str) = ask_citizen(AskCitizenRequest { question: question.to_owned() });
    hear(answer: &str) = citizen_replied(CitizenRepliedRequest { answer: answer.to_owned() });
    suspend(ground: common::SuspensionGround, check: &str, until: &str) = request_suspension(RequestSuspensionRequest {
        ground: ground.into(),
        owner: "li.zhuren".to_owned(),
        plan: "条件具备后三十日内办结，每月复核一次".to_owned(),
        check_time: stamp(check),
        until_time: stamp(until),
    });
    decide_suspension(approved: bool) = decide_suspension(DecideSuspensionRequest { approved: approved, reason: "已核实".to_owned() });
    check_promise(next: &str) = check_promise(CheckPromiseRequest { next_time: stamp(next), note: "程序仍在进行".to_owned() });
    resume() = resume(ResumeRequest { note: "条件已具备".to_owned() });
    terminate(ground: common::TerminationGround) = request_termination(RequestTerminationRequest {
        ground: ground.into(),
        reason: "事实清楚，不宜继续办理".to_owned(),
        evidence: "受理通知书".to_owned(),
    });
    decide_termination(approved: bool) = decide_termination(DecideTerminationRequest { approved: approved, reason: "已核对材料".to_owned() });
    ring_at_deadline(reached: bool, rating: common::Rating) = deadline_callback(DeadlineCallbackRequest {
        reached: reached,
        rating: rating.into(),
        reason: "到期未见答复".to_owned(),
    });
    ask_for_review() = request_review(RequestReviewRequest { reason: "不同意这个解释".to_owned() });
    decide_review(duty_done: bool, panel: &[&str]) = decide_review(DecideReviewRequest {
        duty_done: duty_done,
        panel: panel.iter().map(|one| (*one).to_owned()).collect(),
        reason: "经评议小组合议".to_owned(),
    });
    object() = object(ObjectRequest { reason: "这件事应当受理".to_owned() });
    decide_objection(upheld: bool) = decide_objection(DecideObjectionRequest { upheld: upheld, reason: "复核完毕".to_owned() });
    issue_order() = issue_order(IssueOrderRequest { demand: "三个工作日内书面说明并限期办结".to_owned() });
    answer_order(order: u32) = answer_order(AnswerOrderRequest { order: order, answer: "已组织专班，本周内办结".to_owned() });
    propose(level: common::Level, cause: common::EscalationCause) = escalate(EscalateRequest {
        level: level.into(),
        cause: cause.into(),
        reason: "经现场核查".to_owned(),
    });
    decide_proposal(approved: bool) = decide_proposal(DecideProposalRequest { approved: approved, reason: "经集体研究".to_owned() });
    exclude(ground: common::ExclusionGround) = request_exclusion(RequestExclusionRequest {
        ground: ground.into(),
        reason: "附说明材料".to_owned(),
        evidence: "气象预警记录".to_owned(),
    });
    decide_exclusion(approved: bool) = decide_exclusion(DecideExclusionRequest { approved: approved, reason: "已核对证明".to_owned() });
    recuse(unit: &str) = recuse(RecuseRequest { unit: unit.to_owned(), reason: "单位负责人与诉求人有利害关系".to_owned() });
    merge(incident: &str) = merge(MergeRequest { incident: incident.to_owned(), reason: "同一件事".to_owned() });
    unmerge() = unmerge(UnmergeRequest { reason: "核实后不是同一件事".to_owned() });
    consult(units: &[&str]) = consult(ConsultRequest { units: units.iter().map(|one| (*one).to_owned()).collect() });
    opinion(takes_it: bool) = give_opinion(GiveOpinionRequest { takes_it: takes_it, opinion: "对照权责清单的意见".to_owned() });
    redispatch(unit: &str) = redispatch(RedispatchRequest { lead_unit: unit.to_owned(), reason: "热线派错了单位".to_owned() });
    sub_assign(unit: &str) = sub_assign(SubAssignRequest { unit: unit.to_owned(), reason: "请到现场处置".to_owned() });
    excuse(leg: u32) = excuse(ExcuseRequest { leg: leg, reason: "多次催促未回复，不影响主办答复".to_owned() });
    visit() = record_first_contact(RecordFirstContactRequest { means: common::Means::Visit.into(), reached: true });
    no_answer() = record_first_contact(RecordFirstContactRequest { means: common::Means::Phone.into() });
    fail_items(fault: common::AuditFault, items: &[common::AuditItem]) = audit_reply(AuditReplyRequest {
        fault: fault.into(),
        reason: "对照清单不合格".to_owned(),
        items: items.iter().map(|item| (*item).into()).collect(),
    });
}

impl Desk {
    /// 派单 with what the matter is about in the same breath.
    pub(crate) async fn send(&self, number: &str, category: &str, area: &str, units: &[&str]) -> Ticket {
        let (lead, co) = units.split_first().expect("somebody leads");
        let request = pb::DispatchRequest {
            number: number.to_owned(),
            request_id: fresh(),
            expected_version: self.expected,
            lead_unit: (*lead).to_owned(),
            co_units: co.iter().map(|unit| (*unit).to_owned()).collect(),
            reason: "职责所在".to_owned(),
            classification: Some(pb::Classification {
                category: category.to_owned(),
                area: area.to_owned(),
                confidence_percent: 100,
                ..pb::Classification::default()
            }),
            ..pb::DispatchRequest::default()
        };
        Ok(self
            .core
            .tickets()
            .dispatch(request)
            .await
            .answer()?
            .ticket
            .unwrap())
    }

    /// 追加来件 by another person, known again by the telephone number.
    pub(crate) async fn joined_by(&self, number: &str, name: &str, phone: &str, body: &str) -> Ticket {
        let request = pb::AddContactRequest {
            number: number.to_owned(),
            request_id: fresh(),
            channel: common::Channel::Phone.into(),
            standing: common::Standing::Own.into(),
            identity: Some(super::identity(name, phone)),
            body: body.to_owned(),
            ..pb::AddContactRequest::default()
        };
        Ok(self
            .core
            .tickets()
            .add_contact(request)
            .await
            .answer()?
            .ticket
            .unwrap())
    }

    /// 拆单.
    pub(crate) async fn split(
        &self,
        number: &str,
        parts: Vec<pb::SplitPart>,
    ) -> Result<pb::SplitResponse, Failure> {
        let request = pb::SplitRequest {
            number: number.to_owned(),
            request_id: fresh(),
            expected_version: self.expected,
            parts,
        };
        self.core.tickets().split(request).await.answer()
    }

    /// Earlier rulings, the nearest to a ticket first.
    pub(crate) async fn rulings(&self, number: &str) -> Result<Vec<pb::Precedent>, Failure> {
        let request = pb::ListRulingsRequest {
            number: number.to_owned(),
            ..pb::ListRulingsRequest::default()
        };
        Ok(self.core.tickets().list_rulings(request).await.answer()?.rulings)
    }

    /// The book of open promises.
    pub(crate) async fn promises(&self, missed_only: bool) -> Vec<proto::supervision::v1::OpenPromise> {
        let request = proto::supervision::v1::ListPromisesRequest {
            missed_only,
            ..Default::default()
        };
        let listed = self.rim.supervision().list_promises(request).await.answer();
        listed.unwrap().promises
    }

    /// Supervision orders nobody has answered.
    pub(crate) async fn open_orders(&self) -> Vec<proto::supervision::v1::OpenOrder> {
        let request = proto::supervision::v1::ListOrdersRequest::default();
        let listed = self.rim.supervision().list_orders(request).await.answer();
        listed.unwrap().orders
    }

    /// What is to be rung back.
    pub(crate) async fn callbacks(&self) -> Vec<feedback::CallbackItem> {
        let request = feedback::ListCallbacksRequest {
            page_size: 200,
            ..Default::default()
        };
        let listed = self.rim.feedback().list_callbacks(request).await.answer();
        listed.unwrap().callbacks
    }
}

/// What a resident does with his number and query code, without a token.
impl Desk {
    pub(crate) async fn track(&self, taken: &Taken) -> Result<feedback::TrackTicketResponse, Failure> {
        let request = feedback::TrackTicketRequest {
            number: taken.number.clone(),
            query_code: taken.code.clone(),
        };
        self.rim.feedback().track_ticket(request).await.answer()
    }

    /// By the link that tracking shows.
    pub(crate) async fn rate(
        &self,
        taken: &Taken,
        solved: bool,
        rating: common::Rating,
    ) -> Result<feedback::RateTicketResponse, Failure> {
        let request = feedback::RateTicketRequest {
            rating_link: self.track(taken).await?.rating_link,
            solved: Some(solved),
            rating: rating.into(),
            reason: "本人评价".to_owned(),
        };
        self.rim.feedback().rate_ticket(request).await.answer()
    }

    pub(crate) async fn answer_question(
        &self,
        taken: &Taken,
        answer: &str,
    ) -> Result<feedback::AnswerQuestionResponse, Failure> {
        let request = feedback::AnswerQuestionRequest {
            number: taken.number.clone(),
            query_code: taken.code.clone(),
            request_id: fresh(),
            answer: answer.to_owned(),
        };
        self.rim.feedback().answer_question(request).await.answer()
    }

    pub(crate) async fn disagree(
        &self,
        taken: &Taken,
        reason: &str,
    ) -> Result<feedback::RequestReviewResponse, Failure> {
        let request = feedback::RequestReviewRequest {
            number: taken.number.clone(),
            query_code: taken.code.clone(),
            request_id: fresh(),
            reason: reason.to_owned(),
        };
        self.rim.feedback().request_review(request).await.answer()
    }

    pub(crate) async fn object_online(
        &self,
        taken: &Taken,
        reason: &str,
    ) -> Result<feedback::ObjectResponse, Failure> {
        let request = feedback::ObjectRequest {
            number: taken.number.clone(),
            query_code: taken.code.clone(),
            request_id: fresh(),
            reason: reason.to_owned(),
        };
        self.rim.feedback().object(request).await.answer()
    }
}
