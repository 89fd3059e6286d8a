//! The cases: each RPC that names a ticket, said as somebody would who may.

use hotline::client::{Answer as _, Failure};
use proto::common::v1::{
    Act, Claim, DeclineReason, EmergencyService, EscalationCause, ExclusionGround, Grade, Level, Rating,
    RequestType, ReturnReason, Role, SuspensionGround, TerminationGround,
};
use proto::intake::v1 as intake;
use proto::supervision::v1 as supervision;
use proto::tickets::v1 as pb;
use proto::triage::v1 as triage;
use proto::vault::v1 as vault;

use super::scenes::Scene;
use super::{Case, OF_DESKS, OF_RESIDENTS, OF_TWO, OF_UNITS, OTHER};
use crate::city::{Desk, fresh};

macro_rules! cases {
    ($($rpc:literal $role:ident $relations:ident $scene:ident |$desk:ident, $set:ident| $said:expr;)+) => {
        pub(super) const CASES: &[Case] = &[$(Case {
            rpc: $rpc,
            role: Role::$role,
            scene: Scene::$scene,
            relations: $relations,
            say: |$desk, $set| Box::pin(async move { $said.await.map(drop) }),
        }),+];
    };
}

const PANEL: &[&str] = &["an", "bo", "chen"];
const FUNDS: SuspensionGround = SuspensionGround::Funds;

cases! {
    "TicketService/AddContact" Operator OF_DESKS Begun |desk, set| desk.add_contact(&set.taken.number);
    "TicketService/AnswerDirectly" Operator OF_DESKS Consult |desk, set| desk.answer(&set.taken.number, true);
    "TicketService/Decline" Operator OF_DESKS Accepted |desk, set| desk.decline(&set.taken.number, DeclineReason::LegalRoute);
    "TicketService/Decline" Supervisor OF_DESKS Accepted |desk, set| desk.decline(&set.taken.number, DeclineReason::BeyondDuty);
    "TicketService/TransferOut" Operator OF_DESKS Accepted |desk, set| desk.transfer(&set.taken.number, EmergencyService::Police, true);
    "TicketService/Classify" Triager OF_DESKS Begun |desk, set| desk.classify_as(&set.taken.number, "urban.sanitation.sweeping", "440507003");
    "TicketService/Classify" Supervisor OF_DESKS Begun |desk, set| desk.classify_grade(&set.taken.number, Grade::D);
    "TicketService/Dispatch" Triager OF_DESKS Accepted |desk, set| desk.send(&set.taken.number, "urban.sanitation.sweeping", "440507003", &[OTHER]);
    "TicketService/Sign" UnitClerk OF_UNITS Sent |desk, set| desk.sign(&set.taken.number);
    "TicketService/RecordFirstContact" UnitClerk OF_UNITS Signed |desk, set| desk.contact(&set.taken.number, true);
    "TicketService/StageReport" UnitClerk OF_UNITS Urgent |desk, set| desk.stage(&set.taken.number);
    "TicketService/SubmitReply" UnitLeader OF_UNITS CoReplied |desk, set| desk.reply(&set.taken.number, Claim::Solved);
    "TicketService/AuditReply" Auditor OF_DESKS Replied |desk, set| desk.pass(&set.taken.number);
    "TicketService/RecordCallback" CallbackAgent OF_DESKS ToRing |desk, set| desk.answered(&set.taken.number, true, Rating::Satisfied);
    "TicketService/OrderRework" CallbackAgent OF_DESKS Unsolved |desk, set| desk.rework(&set.taken.number);
    "TicketService/OrderRework" Supervisor OF_DESKS Unsolved |desk, set| desk.rework(&set.taken.number);
    "TicketService/Urge" Operator OF_DESKS Begun |desk, set| desk.urge(&set.taken.number);
    "TicketService/Seal" Triager OF_DESKS Accepted |desk, set| desk.seal_against(&set.taken.number, OTHER);
    "TicketService/Escalate" Supervisor OF_DESKS Begun |desk, set| desk.escalate(&set.taken.number, Level::L2);
    "TicketService/Escalate" CityOffice OF_DESKS Closed |desk, set| desk.propose(&set.taken.number, Level::L5, EscalationCause::FalseClosing);
    "TicketService/Annotate" UnitClerk OF_UNITS Begun |desk, set| desk.annotate(&set.taken.number, "备注");
    "TicketService/Annotate" Auditor OF_DESKS Begun |desk, set| desk.annotate(&set.taken.number, "备注");
    "TicketService/Withdraw" Operator OF_DESKS Begun |desk, set| desk.withdraw(&set.taken.number);
    "TicketService/Reopen" Operator OF_DESKS Closed |desk, set| desk.reopen(&set.taken.number);
    "TicketService/Consult" Triager OF_DESKS Accepted |desk, set| desk.consult(&set.taken.number, &["police", OTHER]);
    "TicketService/GiveOpinion" UnitClerk OF_UNITS Consulting |desk, set| desk.opinion(&set.taken.number, true);
    "TicketService/Redispatch" Triager OF_DESKS Sent |desk, set| desk.redispatch(&set.taken.number, "police");
    "TicketService/Redispatch" Supervisor OF_DESKS Begun |desk, set| desk.redispatch(&set.taken.number, "police");
    "TicketService/Split" Triager OF_DESKS Accepted |desk, set| desk.split(&set.taken.number, part());
    "TicketService/SubAssign" UnitClerk OF_UNITS AboveLeads |desk, set| desk.sub_assign(&set.taken.number, "street-440507001");
    "TicketService/Excuse" UnitClerk OF_UNITS Begun |desk, set| desk.excuse(&set.taken.number, set.co_leg);
    "TicketService/Endorse" UnitLeader OF_UNITS Begun |desk, set| desk.endorse(&set.taken.number, Act::Reply);
    "TicketService/RequestReturn" UnitLeader OF_UNITS Sent |desk, set| desk.give_back(&set.taken.number, ReturnReason::WrongUnit, "police");
    "TicketService/DecideReturn" Triager OF_DESKS ReturnAsked |desk, set| desk.approve_return(&set.taken.number, "");
    "TicketService/Adjudicate" Arbiter OF_DESKS RulingAsked |desk, set| desk.rule(&set.taken.number, "police", true);
    "TicketService/DecideEntry" Supervisor OF_DESKS Ruled |desk, set| desk.decide_entry(&set.taken.number, false);
    "TicketService/RequestExtension" UnitLeader OF_UNITS Begun |desk, set| desk.extend(&set.taken.number, 2);
    "TicketService/DecideExtension" Supervisor OF_DESKS ExtensionAsked |desk, set| desk.decide_extension(&set.taken.number, true);
    "TicketService/DecideExtension" CityOffice OF_DESKS ExtensionAskedAgain |desk, set| desk.decide_extension(&set.taken.number, true);
    "TicketService/AskCitizen" UnitClerk OF_UNITS Begun |desk, set| desk.ask(&set.taken.number, "哪一户？");
    "TicketService/CitizenReplied" Operator OF_DESKS CitizenAsked |desk, set| desk.hear(&set.taken.number, "三楼。");
    "TicketService/RequestSuspension" UnitHead OF_UNITS Begun |desk, set| desk.suspend(&set.taken.number, FUNDS, "2026-12-10T09:00", "2027-02-01T09:00");
    "TicketService/DecideSuspension" CityOffice OF_DESKS SuspensionAsked |desk, set| desk.decide_suspension(&set.taken.number, true);
    "TicketService/CheckPromise" UnitClerk OF_UNITS Suspended |desk, set| desk.check_promise(&set.taken.number, "2026-12-12T09:00");
    "TicketService/Resume" UnitClerk OF_UNITS Suspended |desk, set| desk.resume(&set.taken.number);
    "TicketService/RequestTermination" UnitLeader OF_UNITS Begun |desk, set| desk.terminate(&set.taken.number, TerminationGround::NoCooperation);
    "TicketService/DecideTermination" Auditor OF_DESKS TerminationAsked |desk, set| desk.decide_termination(&set.taken.number, true);
    "TicketService/RequestReview" Operator OF_DESKS Explained |desk, set| desk.ask_for_review(&set.taken.number);
    "TicketService/DecideReview" CityOffice OF_DESKS Reviewing |desk, set| desk.decide_review(&set.taken.number, true, PANEL);
    "TicketService/Object" Operator OF_DESKS Declined |desk, set| desk.object(&set.taken.number);
    "TicketService/DecideObjection" Supervisor OF_TWO Objected |desk, set| desk.decide_objection(&set.taken.number, true);
    "TicketService/IssueOrder" Supervisor OF_DESKS Begun |desk, set| desk.issue_order(&set.taken.number);
    "TicketService/AnswerOrder" UnitHead OF_UNITS Ordered |desk, set| desk.answer_order(&set.taken.number, 1);
    "TicketService/DecideProposal" CityOffice OF_DESKS Proposed |desk, set| desk.decide_proposal(&set.taken.number, true);
    "TicketService/DecideProposal" CityOffice OF_TWO ProposedByFirst |desk, set| desk.decide_proposal(&set.taken.number, true);
    "TicketService/RequestExclusion" UnitHead OF_UNITS Closed |desk, set| desk.exclude(&set.taken.number, ExclusionGround::ForceMajeure);
    "TicketService/DecideExclusion" CityOffice OF_DESKS ExclusionAsked |desk, set| desk.decide_exclusion(&set.taken.number, true);
    "TicketService/DecideExclusion" CityOffice OF_TWO ExclusionReviewed |desk, set| desk.decide_exclusion(&set.taken.number, true);
    "TicketService/Recuse" Triager OF_DESKS Begun |desk, set| desk.recuse(&set.taken.number, OTHER);
    "TicketService/Merge" Triager OF_DESKS Begun |desk, set| desk.merge(&set.other.number, &set.taken.number);
    "TicketService/Unmerge" Triager OF_DESKS Merged |desk, set| desk.unmerge(&set.taken.number);
    "TicketService/GetTicket" UnitClerk OF_UNITS Begun |desk, set| desk.ticket(&set.taken.number);
    "TicketService/GetTicket" Auditor OF_DESKS Begun |desk, set| desk.ticket(&set.taken.number);
    "TicketService/ListTicketEvents" UnitClerk OF_UNITS Begun |desk, set| events(desk, set.taken.number);
    "TicketService/ListTicketEvents" Auditor OF_DESKS Begun |desk, set| events(desk, set.taken.number);
    "TicketService/ExplainClock" UnitClerk OF_UNITS Begun |desk, set| explains(desk, set.taken.number);
    "TicketService/ExplainClock" Auditor OF_DESKS Begun |desk, set| explains(desk, set.taken.number);
    "TicketService/ListRulings" Arbiter OF_DESKS RulingAsked |desk, set| desk.rulings(&set.taken.number);
    "IntakeService/EndCall" Operator OF_DESKS Accepted |desk, set| ends(desk, set.taken.number);
    "IntakeService/RecordCallBack" Operator OF_DESKS Accepted |desk, set| rings_back(desk, set.taken.number);
    "SupervisionService/ListNotices" Supervisor OF_DESKS Begun |desk, set| notices(desk, set.taken.number);
    "TriageService/SuggestTriage" Triager OF_DESKS Accepted |desk, set| suggests(desk, set.taken.number);
    "TriageService/SuggestDuplicates" Triager OF_DESKS Accepted |desk, set| suggests_duplicates(desk, set.taken.number);
    "VaultService/Unlock" UnitClerk OF_UNITS Begun |desk, set| unlocks(desk, set.taken.number);
    "VaultService/Unlock" CallbackAgent OF_DESKS Begun |desk, set| unlocks(desk, set.taken.number);
    "VaultService/ListUnlocks" Supervisor OF_DESKS Begun |desk, set| unlocked(desk, set.taken.number);
    "VaultService/DestroyKey" CityOffice OF_DESKS Begun |desk, set| erases(desk, set.taken.number);
    "FeedbackService/TrackTicket" Citizen OF_RESIDENTS Begun |desk, set| desk.track(&set.taken);
    "FeedbackService/AnswerQuestion" Citizen OF_RESIDENTS CitizenAsked |desk, set| desk.answer_question(&set.taken, "三楼。");
    "FeedbackService/RequestReview" Citizen OF_RESIDENTS Explained |desk, set| desk.disagree(&set.taken, "不同意。");
    "FeedbackService/Object" Citizen OF_RESIDENTS Declined |desk, set| desk.object_online(&set.taken, "应当受理。");
    "TicketService/DeadlineCallback" CallbackAgent OF_DESKS Late |desk, set| desk.ring_at_deadline(&set.taken.number, true, Rating::Dissatisfied);
}

fn part() -> Vec<pb::SplitPart> {
    vec![pb::SplitPart {
        r#type: RequestType::Help.into(),
        subject: "另一件事".to_owned(),
        body: "说不清的另一件事。".to_owned(),
        ..pb::SplitPart::default()
    }]
}

async fn events(desk: Desk, number: String) -> Result<(), Failure> {
    let request = pb::ListTicketEventsRequest {
        number,
        ..pb::ListTicketEventsRequest::default()
    };
    let listed = desk.core.tickets().list_ticket_events(request).await;
    listed.answer().map(drop)
}

async fn explains(desk: Desk, number: String) -> Result<(), Failure> {
    let request = pb::ExplainClockRequest {
        number,
        ..pb::ExplainClockRequest::default()
    };
    let explained = desk.core.tickets().explain_clock(request).await;
    explained.answer().map(drop)
}

/// A call of its own, which ended with that ticket.
async fn ends(desk: Desk, number: String) -> Result<(), Failure> {
    let call_id = fresh();
    let request = intake::RegisterCallRequest {
        call_id: call_id.clone(),
        called_number: "12345".to_owned(),
        queue: "general".to_owned(),
        agent: "seat-1".to_owned(),
        ..intake::RegisterCallRequest::default()
    };
    desk.rim.intake().register_call(request).await.answer()?;
    let request = intake::EndCallRequest {
        call_id,
        outcome: intake::CallOutcome::Ticket.into(),
        number,
        danger_heard: false,
    };
    desk.rim.intake().end_call(request).await.answer().map(drop)
}

/// A missed call of its own, which was rung back and ended with that ticket.
async fn rings_back(desk: Desk, number: String) -> Result<(), Failure> {
    let call_id = fresh();
    let request = intake::RecordMissedCallRequest {
        call_id: call_id.clone(),
        caller_number: "13900009001".to_owned(),
        ..intake::RecordMissedCallRequest::default()
    };
    desk.rim.intake().record_missed_call(request).await.answer()?;
    let request = intake::RecordCallBackRequest {
        call_id,
        request_id: fresh(),
        outcome: intake::CallBackOutcome::Ticket.into(),
        number,
    };
    desk.rim
        .intake()
        .record_call_back(request)
        .await
        .answer()
        .map(drop)
}

/// What is still to be told: of what somebody may not see, nothing.
async fn notices(desk: Desk, number: String) -> Result<(), Failure> {
    let request = supervision::ListNoticesRequest {
        number,
        ..supervision::ListNoticesRequest::default()
    };
    desk.rim
        .supervision()
        .list_notices(request)
        .await
        .answer()
        .map(drop)
}

async fn suggests(desk: Desk, number: String) -> Result<(), Failure> {
    let request = triage::SuggestTriageRequest {
        matter: Some(triage::suggest_triage_request::Matter::Number(number)),
    };
    desk.rim.triage().suggest_triage(request).await.answer().map(drop)
}

async fn suggests_duplicates(desk: Desk, number: String) -> Result<(), Failure> {
    let request = triage::SuggestDuplicatesRequest {
        matter: Some(triage::suggest_duplicates_request::Matter::Number(number)),
        ..triage::SuggestDuplicatesRequest::default()
    };
    desk.rim
        .triage()
        .suggest_duplicates(request)
        .await
        .answer()
        .map(drop)
}

pub(super) async fn unlocks(desk: Desk, number: String) -> Result<(), Failure> {
    let request = vault::UnlockRequest {
        number,
        contact: 1,
        purpose: "上门须与本人约定时间".to_owned(),
        request_id: fresh(),
    };
    desk.core.vault().unlock(request).await.answer().map(drop)
}

/// Who has looked at whose identity: an empty record is no answer.
async fn unlocked(desk: Desk, number: String) -> Result<(), Failure> {
    let request = vault::ListUnlocksRequest {
        number,
        ..vault::ListUnlocksRequest::default()
    };
    let listed = desk.core.vault().list_unlocks(request).await.answer()?;
    if listed.unlocks.is_empty() {
        return Err(tonic::Status::not_found("an empty record").into());
    }
    Ok(())
}

async fn erases(desk: Desk, number: String) -> Result<(), Failure> {
    let request = vault::DestroyKeyRequest {
        number,
        what: Some(vault::destroy_key_request::What::Contact(1)),
        purpose: "本人依法请求删除".to_owned(),
        request_id: fresh(),
    };
    desk.core.vault().destroy_key(request).await.answer().map(drop)
}
