//! What comes after a reply, and after the end: the audit's checklist, the deadline's callback, review, objection,
//! exclusion, orders, reopening, withdrawal.

use proto::common::v1::{
    Accused, AuditFault, AuditItem, Claim, ClockKind, DeclineReason, ExclusionGround, Grade, Level, Phase,
    Rating, RequestType, Role, accused::Who,
};
use proto::tickets::v1::TicketEvent;
use tonic::Code;

use crate::city::{City, Desk, MONDAY, Taken, due, leg, local, refused, runs, told, vague};

async fn estate(city: &City) -> Taken {
    let taken = city
        .sent(vague(), "housing.property.repairfund", "440507", &["housing"])
        .await;
    city.begun(&taken.number, &["housing"]).await;
    taken
}

fn last<'a>(history: &'a [TicketEvent], kind: &str) -> &'a TicketEvent {
    let found = history.iter().rfind(|event| event.kind == kind);
    found.unwrap_or_else(|| panic!("{kind} has happened"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_auditor_says_what_of_the_checklist_is_wrong() {
    let city = City::open().await;
    let Taken { number, .. } = &estate(&city).await;
    city.it_is("2026-11-23T15:00");
    city.replies("housing", number, Claim::Solved).await;
    let auditor = city.desk(Role::Auditor).await;
    city.it_is("2026-11-23T17:00");
    let items = [AuditItem::Evidence, AuditItem::Privacy];
    let failed = auditor
        .fail_items(number, AuditFault::Form, &items)
        .await
        .unwrap();
    assert_eq!(
        (failed.phase(), due(&failed, ClockKind::Handle).as_str()),
        (Phase::Handling, "2026-11-23 17:30")
    );
    let history = auditor.history(number).await;
    let event = last(&history, "audit_failed");
    assert_eq!(
        (event.facts["fault"].as_str(), event.facts["items"].as_str()),
        ("form", "evidence,privacy")
    );

    // Mended in the day that is given for form: the first submission stands, nobody was late.
    city.it_is("2026-11-24T10:00");
    let mended = city.replies("housing", number, Claim::Solved).await;
    assert_eq!(mended.level(), Level::L0, "only the yellow light of the 20th");
    assert_eq!(mended.points_tenths, 0);
    let own = city.person(Role::Auditor, "housing", false).await;
    assert_eq!(refused(own.pass(number).await).1, "SELF_REVIEW");
    auditor.pass(number).await.unwrap();
    assert_eq!(refused(auditor.pass(number).await).1, "WRONG_PHASE");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_rules_say_so_every_reply_needs_the_leaders_signature() {
    let change = ("general.toml", "signed_replies = false", "signed_replies = true");
    let city = City::open_with(MONDAY, &[change]).await;
    let Taken { number, .. } = &estate(&city).await;
    let clerk = city.clerk("housing").await;
    assert_eq!(
        refused(clerk.reply(number, Claim::Solved).await).1,
        "NOT_ENDORSED"
    );
    city.replies("housing", number, Claim::Solved).await;
    let auditor = city.desk(Role::Auditor).await;
    auditor.fail(number, AuditFault::Substance).await.unwrap();
    assert_eq!(
        refused(clerk.reply(number, Claim::Solved).await).1,
        "NOT_ENDORSED",
        "a signature is good for one reply"
    );
    let leader = city.leader("housing").await;
    let replied = leader.reply(number, Claim::Solved).await.unwrap();
    assert_eq!(
        replied.phase(),
        Phase::ReplyReview,
        "the leader himself needs none"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_passes_and_the_resident_is_asked_anyway() {
    let city = City::open().await;
    let Taken { number, .. } = &estate(&city).await;
    let agent = city.desk(Role::CallbackAgent).await;
    assert_eq!(
        refused(agent.ring_at_deadline(number, true, Rating::Dissatisfied).await).1,
        "DEADLINE_NOT_PASSED"
    );
    assert!(agent.callbacks().await.is_empty());
    city.it_is("2026-11-23T17:30");
    let late = city.until(number, |ticket| ticket.level() == Level::L1).await;
    assert!(late.deadline_callback_due);
    let listed = agent.callbacks().await;
    assert_eq!(
        listed
            .iter()
            .map(|item| (item.number.as_str(), item.state.as_str()))
            .collect::<Vec<_>>(),
        [(number.as_str(), "deadline")]
    );
    city.it_is("2026-11-23T18:00");
    let own = city.person(Role::CallbackAgent, "housing", false).await;
    assert_eq!(
        refused(own.ring_at_deadline(number, true, Rating::Satisfied).await).1,
        "SELF_REVIEW"
    );
    let rung = agent
        .ring_at_deadline(number, true, Rating::VeryDissatisfied)
        .await
        .unwrap();
    assert_eq!(
        (rung.phase(), rung.deadline_callback_due),
        (Phase::Handling, false),
        "it counts unsolved, and the unit still owes its reply"
    );
    let history = agent.history(number).await;
    let asked = last(&history, "deadline_asked");
    assert_eq!(
        (asked.facts["reached"].as_str(), asked.facts["rating"].as_str()),
        ("true", "very_dissatisfied")
    );
    assert_eq!(
        refused(agent.ring_at_deadline(number, true, Rating::Satisfied).await).1,
        "OUTCOME_RECORDED",
        "once"
    );
    assert!(agent.callbacks().await.is_empty());
    let replied = city.answered("housing", number, Claim::Solved).await;
    assert_eq!(replied.phase(), Phase::CallbackDue);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_deadline_nobody_answers_three_times() {
    let city = City::open().await;
    let Taken { number, .. } = &estate(&city).await;
    let agent = city.desk(Role::CallbackAgent).await;
    city.it_is("2026-11-23T17:30");
    city.until(number, |ticket| ticket.level() == Level::L1).await;
    for at in ["2026-11-23T18:00", "2026-11-24T10:00", "2026-11-25T10:00"] {
        city.it_is(at);
        assert_eq!(agent.callbacks().await.len(), 1, "{at}");
        let rung = agent.ring_at_deadline(number, false, Rating::Unspecified).await;
        assert_eq!(rung.unwrap().phase(), Phase::Handling);
    }
    assert!(agent.callbacks().await.is_empty(), "three tries are enough");
    let again = agent.ring_at_deadline(number, false, Rating::Unspecified).await;
    assert_eq!(refused(again).1, "OUTCOME_RECORDED");
    city.close().await;
}

/// Explained, and the resident disagrees.
async fn explained(city: &City) -> Taken {
    let taken = estate(city).await;
    city.answered("housing", &taken.number, Claim::Explained).await;
    let agent = city.desk(Role::CallbackAgent).await;
    let said = agent
        .answered(&taken.number, false, Rating::Dissatisfied)
        .await
        .unwrap();
    assert_eq!(
        (said.phase(), said.close_kind.as_str()),
        (Phase::Closed, "explained"),
        "closed, unless he asks for a review"
    );
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panel_finds_that_the_duty_is_done() {
    let city = City::open().await;
    let taken = explained(&city).await;
    let number = &taken.number;
    let (office, resident) = (city.desk(Role::CityOffice).await, city.nobody());
    assert_eq!(
        refused(office.decide_review(number, true, &["an", "bo", "chen"]).await).1,
        "WRONG_PHASE",
        "nobody has asked for it"
    );
    assert!(resident.track(&taken).await.unwrap().may_request_review);
    let asked = resident.disagree(&taken, "维修资金应当先垫付。").await.unwrap();
    assert_eq!(asked.phase(), Phase::CallbackDue);
    let ticket = office.ticket(number).await.unwrap();
    assert_eq!(
        (ticket.step_holder.as_str(), ticket.reviewed),
        ("city_office", true)
    );
    assert!(!resident.track(&taken).await.unwrap().may_request_review);
    assert_eq!(
        refused(resident.disagree(&taken, "再评一次。").await).1,
        "REVIEWED_ALREADY"
    );
    for panel in [&["an", "bo"][..], &["an", "bo", "bo"]] {
        assert_eq!(
            refused(office.decide_review(number, true, panel).await).1,
            "PANEL_TOO_SMALL",
            "{panel:?}"
        );
    }
    let own = city.person(Role::CityOffice, "housing", false).await;
    assert_eq!(
        refused(own.decide_review(number, true, &["an", "bo", "chen"]).await).1,
        "SELF_REVIEW"
    );
    let closed = office
        .decide_review(number, true, &["an", "bo", "chen"])
        .await
        .unwrap();
    assert_eq!(
        (closed.phase(), closed.close_kind.as_str()),
        (Phase::Closed, "explained")
    );
    let history = office.history(number).await;
    let decided = last(&history, "review_decided");
    assert_eq!(
        (
            decided.facts["duty_done"].as_str(),
            decided.facts["panel"].as_str()
        ),
        ("true", "an,bo,chen")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panel_finds_that_the_duty_is_not_done() {
    let city = City::open().await;
    let taken = explained(&city).await;
    let number = &taken.number;
    let operator = city.desk(Role::Operator).await;
    operator.ask_for_review(number).await.unwrap();
    let office = city.desk(Role::CityOffice).await;
    let back = office
        .decide_review(number, false, &["an", "bo", "chen"])
        .await
        .unwrap();
    assert_eq!(
        (back.phase(), back.round, back.level()),
        (Phase::Handling, 1, Level::L3)
    );
    assert_eq!(
        back.orders.len(),
        1,
        "a final order goes with it: {:?}",
        back.orders
    );
    assert_eq!(
        (back.orders[0].unit.as_str(), local(&back.orders[0].due_time)),
        ("housing", "2026-11-19 17:30".to_owned())
    );
    assert_eq!(due(&back, ClockKind::Handle), "2026-11-19 17:30");
    city.close().await;
}

async fn declined(city: &City, reason: DeclineReason) -> Taken {
    let taken = city.held(vague()).await;
    let operator = city.desk(Role::Operator).await;
    operator.decline(&taken.number, reason).await.unwrap();
    taken
}

async fn an_objection_is_answered_by_another(city: City) {
    let taken = declined(&city, DeclineReason::LegalRoute).await;
    let number = &taken.number;
    let (supervisor, resident) = (city.desk(Role::Supervisor).await, city.nobody());
    assert_eq!(
        refused(supervisor.decide_objection(number, true).await).1,
        "NOTHING_PENDING"
    );
    let tracked = resident.track(&taken).await.unwrap();
    assert!(tracked.may_object && tracked.closing.contains("诉讼"));
    city.it_is("2026-11-25T09:00");
    let objected = resident
        .object_online(&taken, "没有打官司，只是咨询过律师。")
        .await
        .unwrap();
    assert_eq!(
        objected.phase(),
        Phase::Closed,
        "closed until a supervisor says otherwise"
    );
    assert_eq!(
        refused(resident.object_online(&taken, "再说一次。").await).1,
        "OBJECTED_ALREADY"
    );
    let upheld = supervisor.decide_objection(number, true).await.unwrap();
    assert_eq!(
        (upheld.phase(), upheld.step_holder.as_str()),
        (Phase::Accepted, "triage_desk")
    );
    assert!(runs(&upheld, ClockKind::Citizen) && runs(&upheld, ClockKind::Triage));
    assert!(upheld.close_kind.is_empty());

    let other = declined(&city, DeclineReason::OutsideAuthority).await;
    let operator = city.desk(Role::Operator).await;
    operator.object(&other.number).await.unwrap();
    let rejected = supervisor.decide_objection(&other.number, false).await.unwrap();
    assert_eq!(
        (rejected.phase(), rejected.close_kind.as_str()),
        (Phase::Closed, "declined_r4")
    );
    assert!(!resident.track(&other).await.unwrap().may_object);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_objection_is_upheld_or_not() {
    an_objection_is_answered_by_another(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_objection_in_a_split_city() {
    an_objection_is_answered_by_another(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_declined_does_not_judge_and_ten_days_are_ten_days() {
    let city = City::open().await;
    let taken = city.held(vague()).await;
    let first = city.desk(Role::Supervisor).await;
    first
        .decline(&taken.number, DeclineReason::BeyondDuty)
        .await
        .unwrap();
    let operator = city.desk(Role::Operator).await;
    operator.object(&taken.number).await.unwrap();
    assert_eq!(
        refused(first.decide_objection(&taken.number, false).await).1,
        "SAME_PERSON"
    );
    let second = city.colleague("supervisor.two", Role::Supervisor, "").await;
    second.decide_objection(&taken.number, true).await.unwrap();

    let late = declined(&city, DeclineReason::LegalRoute).await;
    city.it_is("2026-11-26T09:01");
    assert_eq!(
        refused(city.nobody().object_online(&late, "才看到。").await).1,
        "OBJECTION_TOO_LATE"
    );
    let question = told(RequestType::Consult, "想问一件事", "电话里说不清，请回电。");
    let answered = city.held(question).await;
    operator.answer(&answered.number, false).await.unwrap();
    assert_eq!(refused(operator.object(&answered.number).await).1, "NOT_DECLINED");
    city.close().await;
}

async fn rated(city: &City, rating: Rating) -> Taken {
    let taken = estate(city).await;
    city.answered("housing", &taken.number, Claim::Explained).await;
    let agent = city.desk(Role::CallbackAgent).await;
    agent.answered(&taken.number, true, rating).await.unwrap();
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exclusion_takes_two_reviewers() {
    let city = City::open().await;
    let Taken { number, .. } = &rated(&city, Rating::Dissatisfied).await;
    let (head, first) = (city.head("housing").await, city.desk(Role::CityOffice).await);
    let second = city.colleague("office.two", Role::CityOffice, "").await;
    let storm = ExclusionGround::ForceMajeure;
    let (code, _) = refused(city.leader("housing").await.exclude(number, storm).await);
    assert_eq!(code, Code::PermissionDenied);
    assert_eq!(
        refused(first.decide_exclusion(number, true).await).1,
        "NOTHING_PENDING"
    );
    let asked = head.exclude(number, storm).await.unwrap();
    let exclusion = asked.exclusion.as_ref().unwrap();
    assert_eq!((exclusion.ground(), exclusion.state.as_str()), (storm, "asked"));
    assert_eq!(asked.phase(), Phase::Closed);
    let reviewed = first.decide_exclusion(number, true).await.unwrap();
    assert_eq!(reviewed.exclusion.unwrap().state, "reviewed");
    assert_eq!(
        refused(first.decide_exclusion(number, true).await).1,
        "SAME_PERSON"
    );
    let granted = second.decide_exclusion(number, true).await.unwrap();
    assert_eq!(granted.exclusion.unwrap().state, "granted");
    assert_eq!(
        granted.outcome.unwrap().rating(),
        Rating::Dissatisfied,
        "the resident's word stays on record"
    );
    assert_eq!(refused(head.exclude(number, storm).await).1, "NOT_EXCLUDABLE");

    let Taken { number, .. } = &rated(&city, Rating::VeryDissatisfied).await;
    head.exclude(number, ExclusionGround::Malicious).await.unwrap();
    first.decide_exclusion(number, true).await.unwrap();
    let refused_it = second.decide_exclusion(number, false).await.unwrap();
    assert_eq!(refused_it.exclusion.unwrap().state, "refused");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exclusion_is_asked_for_in_time_and_of_what_is_rated() {
    let city = City::open().await;
    let head = city.head("housing").await;
    let open = estate(&city).await;
    assert_eq!(
        refused(head.exclude(&open.number, ExclusionGround::SystemFault).await).1,
        "NOT_EXCLUDABLE"
    );
    let late = rated(&city, Rating::Dissatisfied).await;
    city.it_is("2026-11-23T17:31");
    assert_eq!(
        refused(head.exclude(&late.number, ExclusionGround::SystemFault).await).1,
        "EXCLUSION_TOO_LATE",
        "five working days after the rating"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_issued_and_answered() {
    let city = City::open().await;
    let Taken { number, .. } = &estate(&city).await;
    let (supervisor, head) = (city.desk(Role::Supervisor).await, city.head("housing").await);
    assert_eq!(refused(head.answer_order(number, 1).await).1, "NO_ORDER");
    let ordered = supervisor.issue_order(number).await.unwrap();
    assert_eq!(
        (
            ordered.orders[0].order,
            ordered.orders[0].unit.as_str(),
            local(&ordered.orders[0].due_time)
        ),
        (1, "housing", "2026-11-19 17:30".to_owned())
    );
    assert_eq!(due(&ordered, ClockKind::Order), "2026-11-19 17:30");
    assert_eq!(
        due(&ordered, ClockKind::Handle),
        "2026-11-23 17:30",
        "an order gives no time"
    );
    assert_eq!(refused(supervisor.issue_order(number).await).1, "ORDER_OPEN");
    let (code, _) = refused(city.clerk("housing").await.answer_order(number, 1).await);
    assert_eq!(code, Code::PermissionDenied, "the head answers");
    assert_eq!(refused(head.answer_order(number, 2).await).1, "NO_ORDER");
    let listed = until_orders(&supervisor, 1).await;
    assert_eq!(
        (listed[0].number.as_str(), listed[0].order, listed[0].overdue),
        (number.as_str(), 1, false)
    );
    city.it_is("2026-11-18T15:00");
    let answered = head.answer_order(number, 1).await.unwrap();
    assert_eq!(local(&answered.orders[0].answer_time), "2026-11-18 15:00");
    until_orders(&supervisor, 0).await;
    assert_eq!(refused(head.answer_order(number, 1).await).1, "NO_ORDER");
    let second = supervisor.issue_order(number).await.unwrap();
    assert_eq!(second.orders[1].order, 2);
    city.close().await;
}

async fn until_orders(desk: &Desk, count: usize) -> Vec<proto::supervision::v1::OpenOrder> {
    let asked = async {
        loop {
            let orders = desk.open_orders().await;
            if orders.len() == count {
                return orders;
            }
            tokio::task::yield_now().await;
        }
    };
    let within = std::time::Duration::from_secs(20);
    tokio::time::timeout(within, asked).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_nobody_answers_is_the_heads_to_explain() {
    let city = City::open().await;
    let Taken { number, .. } = &estate(&city).await;
    let supervisor = city.desk(Role::Supervisor).await;
    supervisor.issue_order(number).await.unwrap();
    city.it_is("2026-11-19T17:31");
    let ticket = city.until(number, |ticket| ticket.level() == Level::L2).await;
    assert_eq!(ticket.phase(), Phase::Handling);
    let history = supervisor.history(number).await;
    let fired = history
        .iter()
        .find(|event| event.kind == "level_fired" && event.facts["level"] == "l2")
        .unwrap();
    assert_eq!(
        (fired.facts["clock"].as_str(), fired.facts["told"].as_str()),
        ("c11", "unit_head")
    );
    let open = supervisor.open_orders().await;
    assert!(open[0].overdue);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reopened_it_is_a_further_round_with_nothing_of_the_old_limits() {
    let city = City::open().await;
    let taken = rated(&city, Rating::Satisfied).await;
    let number = &taken.number;
    city.it_is("2026-11-20T09:00");
    let operator = city.desk(Role::Operator).await;
    let reopened = operator.reopen(number).await.unwrap();
    assert_eq!(
        (reopened.phase(), reopened.reopened, reopened.round),
        (Phase::Accepted, 1, 0)
    );
    assert!(
        reopened.outcome.is_none() && reopened.close_kind.is_empty(),
        "the outcome before is superseded"
    );
    assert_eq!(due(&reopened, ClockKind::Citizen), "2026-12-04 17:30");
    let c0 = reopened
        .clocks
        .iter()
        .find(|clock| clock.kind() == ClockKind::Citizen)
        .unwrap();
    assert!(c0.run >= 2);

    let again = city.until(number, |ticket| !ticket.lead_unit.is_empty()).await;
    assert_eq!(again.lead_unit, "housing", "the directory knows whose it is");
    city.begun(number, &["housing"]).await;
    city.answered("housing", number, Claim::Solved).await;
    let rated = city
        .nobody()
        .rate(&taken, true, Rating::VerySatisfied)
        .await
        .unwrap();
    assert_eq!(rated.phase(), Phase::Closed);
    let ticket = operator.ticket(number).await.unwrap();
    assert_eq!(
        (ticket.close_kind.as_str(), ticket.outcome.unwrap().rating()),
        ("resolved", Rating::VerySatisfied),
        "the last outcome counts"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_is_confirmed_by_the_hotline_and_not_where_others_depend_on_it() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let Taken { number, .. } = &estate(&city).await;
    let (code, _) = refused(city.clerk("housing").await.withdraw(number).await);
    assert_eq!(code, Code::PermissionDenied, "a unit talks nobody out of it");
    assert_eq!(operator.withdraw(number).await.unwrap().close_kind, "withdrawn");

    let Taken { number, .. } = &estate(&city).await;
    operator
        .joined_by(number, "周师傅", "13900007003", "我家也漏。")
        .await
        .unwrap();
    assert_eq!(refused(operator.withdraw(number).await).1, "NOT_WITHDRAWABLE");

    let mut smell = told(RequestType::Help, "楼道里有煤气味", "楼道里一股煤气味。");
    smell.grade = Grade::A.into();
    let gas = city.sent(smell, "utilities.gas.safety", "440507", &["gas"]).await;
    assert_eq!(
        refused(operator.withdraw(&gas.number).await).1,
        "NOT_WITHDRAWABLE",
        "the public is at risk"
    );

    let waiting = estate(&city).await;
    let clerk = city.clerk("housing").await;
    clerk.ask(&waiting.number, "请问是哪一户？").await.unwrap();
    let gone = operator.withdraw(&waiting.number).await.unwrap();
    assert_eq!(
        gone.phase(),
        Phase::Closed,
        "while the resident is asked he may drop it"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_failed_rings_over_two_half_days_are_a_first_contact() {
    let city = City::open().await;
    let taken = city
        .sent(vague(), "housing.property.repairfund", "440507", &["housing"])
        .await;
    let number = &taken.number;
    let clerk = city.clerk("housing").await;
    clerk.sign(number).await.unwrap();
    for _ in 0..3 {
        clerk.no_answer(number).await.unwrap();
    }
    let ticket = clerk.ticket(number).await.unwrap();
    assert!(
        leg(&ticket, "housing").contact_time.is_none(),
        "three rings of one morning are one"
    );
    city.it_is("2026-11-16T15:00");
    let ticket = clerk.no_answer(number).await.unwrap();
    assert!(leg(&ticket, "housing").contact_time.is_some());
    assert!(!runs(&ticket, ClockKind::FirstContact));
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_read_in_full_and_its_review_is_the_offices() {
    let city = City::open().await;
    let mut report = vague();
    report.r#type = RequestType::Report.into();
    report.accused = Some(Accused {
        who: Some(Who::Outsider(true)),
    });
    let taken = city
        .sent(report, "market.quality.counterfeit", "440507", &["market"])
        .await;
    let number = &taken.number;
    let clerk = city.clerk("market").await;
    clerk.sign(number).await.unwrap();
    clerk.contact(number, true).await.unwrap();
    let replied = city.replies("market", number, Claim::Solved).await;
    assert_eq!(replied.phase(), Phase::ReplyReview, "a report is always read");
    assert_eq!(
        refused(city.desk(Role::Auditor).await.pass(number).await),
        (Code::NotFound, "NOT_FOUND".to_owned()),
        "an auditor who is not cleared does not know of it"
    );
    city.cleared(Role::Auditor).await.pass(number).await.unwrap();
    city.close().await;
}
