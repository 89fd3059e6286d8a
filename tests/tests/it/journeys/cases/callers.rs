//! Who calls: somebody without a telephone, somebody with a question, somebody who cries wolf, somebody cut off.

use hotline::client::Answer as _;
use proto::common::v1::{
    Channel, Claim, DeclineReason, Grade, Identity, Phase, Rating, RequestType, Role, Standing,
};
use proto::intake::v1::{CallOutcome, EndCallRequest, RegisterCallRequest, RegisterCallResponse};

use crate::city::{City, Desk, Taken, identity, refused, runs, told, vague};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_elderly_resident_without_a_telephone_is_helped_by_a_community_worker() {
    let city = City::open().await;
    let mut matter = vague();
    matter.channel = Channel::Visit.into();
    matter.standing = Standing::CommunityWorker.into();
    matter.identity = Some(Identity {
        name: "陈阿婆".to_owned(),
        home_address: "珠池街道丰泽庄三栋一楼".to_owned(),
        ..Identity::default()
    });
    let taken = city
        .sent(
            matter,
            "civil.elderly.subsidy",
            "440507003",
            &["street-440507003"],
        )
        .await;
    let number = &taken.number;
    let clerk = city.clerk("street-440507003").await;
    let seen = clerk.ticket(number).await.unwrap();
    assert!(seen.has_contact && seen.legs[0].contact_needed);
    assert_eq!(seen.contacts[0].standing(), Standing::CommunityWorker);
    assert!(seen.contacts[0].has_identity);

    // She cannot be rung, so she is visited.
    clerk.sign(number).await.unwrap();
    let visited = clerk.visit(number).await.unwrap();
    assert!(!runs(&visited, proto::common::v1::ClockKind::FirstContact));
    city.answered("street-440507003", number, Claim::Solved).await;

    // The worker reads her the answer from the slip of paper with number and code, and takes her word.
    let worker = city.nobody();
    let tracked = worker.track(&taken).await.unwrap();
    assert!(tracked.answer.is_some());
    let rated = worker.rate(&taken, true, Rating::Satisfied).await.unwrap();
    assert_eq!(rated.phase(), Phase::Closed);
    let ticket = clerk.ticket(number).await.unwrap();
    assert_eq!(
        (ticket.close_kind.as_str(), ticket.outcome.unwrap().rating()),
        ("resolved", Rating::Satisfied)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_answered_on_the_telephone() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let question = told(RequestType::Consult, "想问一件事", "请问那张表去哪里领？");
    let taken = city.held(question).await;
    let answered = operator.answer(&taken.number, false).await.unwrap();
    assert_eq!(
        (
            answered.phase(),
            answered.close_kind.as_str(),
            answered.step_holder.as_str()
        ),
        (Phase::Closed, "answered_directly", "nobody")
    );
    assert!(
        answered.lead_unit.is_empty(),
        "no unit had anything to do with it"
    );
    assert!(
        answered.clocks.iter().all(|clock| clock.stop_time.is_some()),
        "every clock has stopped"
    );
    let event = operator
        .history(&taken.number)
        .await
        .into_iter()
        .find(|event| event.kind == "answered_directly")
        .unwrap();
    assert_eq!(
        event.facts["article"], "guide-1",
        "it names what the answer rests on"
    );
    let tracked = city.nobody().track(&taken).await.unwrap();
    assert!(!tracked.closing.is_empty());
    assert!(!tracked.may_object && !tracked.may_request_review);

    // A request for help is answered so only if the caller agrees.
    let help = told(
        RequestType::Help,
        "想请人看一看",
        "看到门口的公告，想确认是哪一天。",
    );
    let help = city.held(help).await;
    assert_eq!(
        refused(operator.answer(&help.number, false).await).1,
        "NOT_ANSWERABLE"
    );
    operator.answer(&help.number, true).await.unwrap();
    city.close().await;
}

async fn rings(operator: &Desk, call: &str, phone: &str) -> RegisterCallResponse {
    let request = RegisterCallRequest {
        call_id: call.to_owned(),
        caller_number: phone.to_owned(),
        called_number: "12345".to_owned(),
        queue: "general".to_owned(),
        agent: "seat-3".to_owned(),
    };
    operator
        .rim
        .intake()
        .register_call(request)
        .await
        .answer()
        .unwrap()
}

async fn hangs_up(operator: &Desk, call: &str, outcome: CallOutcome, number: &str) {
    let request = EndCallRequest {
        call_id: call.to_owned(),
        outcome: outcome.into(),
        number: number.to_owned(),
        danger_heard: false,
    };
    operator.rim.intake().end_call(request).await.answer().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cried_wolf_three_times_is_believed_the_fourth() {
    const PHONE: &str = "13900005001";
    let city = City::open().await;
    let (operator, supervisor) = (city.desk(Role::Operator).await, city.desk(Role::Supervisor).await);
    for nth in 1..=3 {
        let call = format!("call-{nth}");
        let pop = rings(&operator, &call, PHONE).await;
        assert_eq!(
            pop.tickets.len(),
            nth - 1,
            "the screen shows who is calling again"
        );
        let mut nonsense = vague();
        nonsense.identity = Some(identity("老吴", PHONE));
        nonsense.call_id.clone_from(&call);
        let Taken { number, .. } = &city.held(nonsense).await;
        assert_eq!(
            refused(operator.decline(number, DeclineReason::Harassment).await).1,
            "DECLINE_NEEDS_SUPERVISOR",
            "no operator shuts anybody out"
        );
        let declined = supervisor
            .decline(number, DeclineReason::Harassment)
            .await
            .unwrap();
        assert_eq!(declined.close_kind, "declined_r8");
        hangs_up(&operator, &call, CallOutcome::Ticket, number).await;
    }
    city.it_is("2026-11-16T22:00");
    let pop = rings(&operator, "call-4", PHONE).await;
    assert_eq!((pop.tickets.len(), pop.open_count), (3, 0));
    let mut fire = told(
        RequestType::Help,
        "楼道里有煤气味",
        "这次是真的，楼道里全是煤气味。",
    );
    fire.grade = Grade::A.into();
    fire.identity = Some(identity("老吴", PHONE));
    let Taken { number, .. } = &city.held(fire).await;
    let sent = operator
        .send(number, "utilities.gas.safety", "440507", &["gas"])
        .await
        .unwrap();
    assert_eq!(
        crate::city::due(&sent, proto::common::v1::ClockKind::Sign),
        "2026-11-16 22:15",
        "what he did before never slows down grade A"
    );
    city.begun(number, &["gas"]).await;
    assert_eq!(
        city.clerk("gas").await.stage(number).await.unwrap().phase(),
        Phase::Handling
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_cut_off_half_way_is_rung_back_and_becomes_one_ticket() {
    const PHONE: &str = "13900006001";
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    rings(&operator, "call-1", PHONE).await;
    hangs_up(&operator, "call-1", CallOutcome::Dropped, "").await;
    let supervisor = city.desk(Role::Supervisor).await;
    let query = proto::tickets::v1::ListTicketsRequest::default;
    assert!(
        supervisor.list(query()).await.is_empty(),
        "a dropped call is a contact without a ticket"
    );

    // Rung back within the quarter of an hour; half the story was told when it dropped again.
    city.it_is("2026-11-16T09:10");
    let pop = rings(&operator, "call-2", PHONE).await;
    assert_eq!((pop.tickets.len(), pop.open_count), (0, 0));
    let mut half = vague();
    half.identity = Some(identity("小郑", PHONE));
    half.call_id = "call-2".to_owned();
    let taken = city.held(half).await;
    hangs_up(&operator, "call-2", CallOutcome::Dropped, &taken.number).await;

    // Rung back once more: the same matter, told to its end. No second ticket, no new clock.
    city.it_is("2026-11-16T09:20");
    let pop = rings(&operator, "call-3", PHONE).await;
    assert_eq!(
        (pop.open_count, pop.tickets[0].number.as_str()),
        (1, taken.number.as_str())
    );
    let before = operator.ticket(&taken.number).await.unwrap();
    let after = operator
        .joined_by(
            &taken.number,
            "小郑",
            PHONE,
            "接着刚才说：楼下餐馆的排烟管对着我家窗户。",
        )
        .await
        .unwrap();
    hangs_up(&operator, "call-3", CallOutcome::Ticket, &taken.number).await;
    assert_eq!(after.listeners, 1, "one person, however often the line breaks");
    assert_eq!(
        crate::city::due(&after, proto::common::v1::ClockKind::Citizen),
        crate::city::due(&before, proto::common::v1::ClockKind::Citizen)
    );
    assert_eq!(supervisor.list(query()).await.len(), 1);
    let history = operator.history(&taken.number).await;
    assert!(history.iter().any(
        |event| event.kind == "contact_added" && event.words.values().any(|said| said.contains("排烟管"))
    ));
    city.close().await;
}
