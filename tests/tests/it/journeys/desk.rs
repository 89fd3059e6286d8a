//! The desk: calls, direct answers, declining, handing over, classifying, dispatching by hand.

use hotline::client::Answer as _;
use proto::common::v1::{
    Channel, DeclineReason, EmergencyService, Grade, Identity, Phase, RequestType, Role, Standing,
};
use proto::intake::v1::{CallOutcome, EndCallRequest, RegisterCallRequest};
use proto::tickets::v1::{GetRulesRequest, RegisterRequest};
use proto::triage::v1::{SuggestTriageRequest, Text, suggest_triage_request::Matter};
use tonic::Code;

use crate::city::{City, Desk, fresh, refused};

fn matter(kind: RequestType, subject: &str, body: &str) -> RegisterRequest {
    RegisterRequest {
        request_id: fresh(),
        channel: Channel::Phone.into(),
        r#type: kind.into(),
        subject: subject.to_owned(),
        body: body.to_owned(),
        standing: Standing::Own.into(),
        identity: Some(Identity {
            name: "何大姐".to_owned(),
            phone: "13900007002".to_owned(),
            ..Identity::default()
        }),
        ..RegisterRequest::default()
    }
}

async fn registered(operator: &Desk, matter: RegisterRequest) -> String {
    operator
        .core
        .tickets()
        .register(matter)
        .await
        .answer()
        .unwrap()
        .ticket
        .unwrap()
        .number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_is_known_again_by_the_screen_pop() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let call = |id: &str, number: &str| RegisterCallRequest {
        call_id: id.to_owned(),
        caller_number: number.to_owned(),
        called_number: "12345".to_owned(),
        queue: "general".to_owned(),
        agent: "seat-7".to_owned(),
    };
    let first = operator
        .rim
        .intake()
        .register_call(call("call-1", "13900007002"))
        .await
        .answer()
        .unwrap();
    assert_eq!((first.tickets.len(), first.open_count), (0, 0));

    let mut new = matter(
        RequestType::Complaint,
        "楼下烧烤油烟扰民",
        "金平区楼下烧烤店油烟直排，油烟扰民。",
    );
    new.call_id = "call-1".to_owned();
    let number = registered(&operator, new).await;
    let end = |id: &str, outcome: CallOutcome| EndCallRequest {
        call_id: id.to_owned(),
        outcome: outcome.into(),
        number: String::new(),
        danger_heard: false,
    };
    let ended = EndCallRequest {
        number: number.clone(),
        ..end("call-1", CallOutcome::Ticket)
    };
    operator.rim.intake().end_call(ended).await.answer().unwrap();

    let again = operator
        .rim
        .intake()
        .register_call(call("call-2", "+86 139-0000-7002"))
        .await
        .answer()
        .unwrap();
    assert_eq!(
        (again.tickets[0].number.as_str(), again.open_count),
        (number.as_str(), 1)
    );
    assert_eq!(again.tickets[0].subject, "楼下烧烤油烟扰民");
    operator
        .rim
        .intake()
        .end_call(end("call-2", CallOutcome::Dropped))
        .await
        .answer()
        .unwrap();

    let withheld = operator
        .rim
        .intake()
        .register_call(call("call-3", ""))
        .await
        .answer()
        .unwrap();
    assert!(withheld.tickets.is_empty());

    let ticket = operator.add_contact(&number).await.unwrap();
    assert_eq!(ticket.listeners, 2, "a contact without a number may be anybody");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consult_is_answered_on_the_phone_a_complaint_is_not() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let consult = registered(
        &operator,
        matter(RequestType::Consult, "问几点开门", "请问周六开门吗"),
    )
    .await;
    let ticket = operator.answer(&consult, false).await.unwrap();
    assert_eq!(
        (ticket.phase(), ticket.close_kind.as_str()),
        (Phase::Closed, "answered_directly")
    );

    let complaint = registered(
        &operator,
        matter(RequestType::Complaint, "无名怪事", "说不清的一件事"),
    )
    .await;
    let (code, reason) = refused(operator.answer(&complaint, true).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "NOT_ANSWERABLE")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declining_names_the_route_and_some_reasons_are_a_supervisors() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let in_court = registered(&operator, matter(RequestType::Help, "无名怪事", "正在法院打官司")).await;
    let ticket = operator
        .decline(&in_court, DeclineReason::LegalRoute)
        .await
        .unwrap();
    assert_eq!(ticket.close_kind, "declined_r2");

    let nonsense = registered(&operator, matter(RequestType::Help, "无名怪事", "没有内容")).await;
    let (_, reason) = refused(operator.decline(&nonsense, DeclineReason::Harassment).await);
    assert_eq!(reason, "DECLINE_NEEDS_SUPERVISOR");
    let supervisor = city.desk(Role::Supervisor).await;
    assert_eq!(
        supervisor
            .decline(&nonsense, DeclineReason::Harassment)
            .await
            .unwrap()
            .close_kind,
        "declined_r8"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accident_is_handed_to_the_traffic_police_and_closes_when_they_confirm() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let mut accident = matter(RequestType::Help, "路口两车相撞", "路口两车相撞有人受伤");
    accident.grade = Grade::A.into();
    let number = registered(&operator, accident).await;
    let ticket = operator
        .transfer(&number, EmergencyService::Traffic, false)
        .await
        .unwrap();
    assert_eq!(
        ticket.phase(),
        Phase::Accepted,
        "not confirmed: the caller will be rung back"
    );
    let ticket = operator
        .transfer(&number, EmergencyService::Traffic, true)
        .await
        .unwrap();
    assert_eq!(
        (ticket.phase(), ticket.close_kind.as_str()),
        (Phase::Closed, "transferred_122")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_triage_is_not_sure_of_waits_with_a_reason_for_a_person() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let number = registered(
        &operator,
        matter(RequestType::Complaint, "无名怪事", "说不清的一件事"),
    )
    .await;
    let held = city.triaged(&number).await;
    assert_eq!(
        (held.phase(), held.hold.as_str()),
        (Phase::Accepted, "unknown_category")
    );

    let triager = city.desk(Role::Triager).await;
    let text = Text {
        subject: "路灯不亮".to_owned(),
        body: "龙湖区珠池街道路灯不亮".to_owned(),
        ..Text::default()
    };
    let asked = SuggestTriageRequest {
        matter: Some(Matter::Text(text)),
    };
    let suggested = triager.rim.triage().suggest_triage(asked).await.answer().unwrap();
    assert_eq!(suggested.categories[0].code, "urban.municipal.lights");
    assert!(!suggested.categories[0].evidence.is_empty());

    let (_, reason) = refused(triager.dispatch(&number, "urban-management").await);
    assert_eq!(reason, "NOT_CLASSIFIED");
    triager
        .classify_as(&number, "urban.municipal.lights", "440507")
        .await
        .unwrap();
    let ticket = triager.until_dispatched(&city, &number).await;
    assert!(!ticket.lead_unit.is_empty());
    let (_, reason) = refused(triager.dispatch(&number, "water").await);
    assert_eq!(reason, "WRONG_PHASE");
    city.close().await;
}

impl Desk {
    /// A person dispatches, unless the follower was faster once the ticket was classified.
    async fn until_dispatched(&self, city: &City, number: &str) -> proto::tickets::v1::Ticket {
        match self.dispatch(number, "urban-management").await {
            Ok(ticket) => ticket,
            Err(_) => city.until(number, |ticket| !ticket.lead_unit.is_empty()).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gas_smell_at_night_is_dispatched_by_the_operator_and_reported_on_in_stages() {
    let city = City::open_at("2026-10-01T23:30").await;
    let operator = city.desk(Role::Operator).await;
    let mut smell = matter(RequestType::Help, "楼道里有煤气味", "龙湖区楼道闻到煤气味");
    smell.grade = Grade::A.into();
    smell.category = "utilities.gas.leak".to_owned();
    let number = match operator.core.tickets().register(smell.clone()).await.answer() {
        Ok(registered) => registered.ticket.unwrap().number,
        Err(_) => {
            smell.category = String::new();
            registered(&operator, smell).await
        }
    };
    let held = city.triaged(&number).await;
    assert_eq!(held.hold, "urgent");
    if held.category.is_empty() {
        operator
            .classify_as(&number, "urban.municipal.lights", "440507")
            .await
            .unwrap();
    }
    operator.dispatch(&number, "gas").await.unwrap();
    let gas = city.clerk("gas").await;
    gas.sign(&number).await.unwrap();
    gas.contact(&number, true).await.unwrap();
    let ticket = gas.stage(&number).await.unwrap();
    assert!(
        ticket
            .clocks
            .iter()
            .any(|clock| clock.kind() == proto::common::v1::ClockKind::Stage && clock.run == 2)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raising_the_grade_starts_the_clocks_now() {
    let city = City::open().await;
    let taken = city.lamp().await;
    let before = city.triaged(&taken.number).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let after = supervisor.classify_grade(&taken.number, Grade::B).await.unwrap();
    assert_eq!(after.grade(), Grade::B);
    let due = |ticket: &proto::tickets::v1::Ticket| {
        let sign = ticket
            .clocks
            .iter()
            .find(|clock| clock.kind() == proto::common::v1::ClockKind::Sign)
            .unwrap();
        crate::city::local(&sign.due_time)
    };
    assert_eq!(due(&before), "2026-11-17 17:30");
    assert_eq!(due(&after), "2026-11-16 09:30");
    let (_, reason) = refused(
        city.desk(Role::Triager)
            .await
            .classify_grade(&taken.number, Grade::C)
            .await,
    );
    assert_eq!(reason, "LENGTHENING_NEEDS_SUPERVISOR");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rules_can_be_fetched_by_their_version() {
    let city = City::open().await;
    let triager = city.desk(Role::Triager).await;
    let current = triager
        .core
        .tickets()
        .get_rules(GetRulesRequest::default())
        .await
        .answer()
        .unwrap();
    let named = GetRulesRequest {
        version: current.version.clone(),
    };
    assert_eq!(
        triager.core.tickets().get_rules(named).await.answer().unwrap(),
        current
    );
    refused(
        triager
            .core
            .tickets()
            .get_rules(GetRulesRequest {
                version: "0".repeat(64),
            })
            .await
            .answer(),
    );
    city.close().await;
}
