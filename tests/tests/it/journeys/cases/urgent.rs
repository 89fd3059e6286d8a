//! What cannot wait: a burst pipe, a crash, wages before the New Year, gas at night.

use futures::{StreamExt as _, stream};
use proto::common::v1::{
    Claim, ClockKind, EmergencyService, Grade, Level, Phase, Rating, RequestType, ReturnReason, Role,
    SuspensionGround,
};
use proto::tickets::v1::{ListTicketsRequest, RegisterRequest, SplitPart};

use crate::city::{City, Taken, due, identity, refused, runs, told};

/// Callers of the burst pipe, and how many of them get a ticket of their own: the others ring about one of those.
const CALLERS: usize = 300;
const TICKETS: usize = 100;
/// Operators at work at the same time.
const SEATS: usize = 8;

fn pipe(caller: usize) -> RegisterRequest {
    let mut told = told(
        RequestType::Help,
        "主水管爆了",
        "长江路口主水管爆了，水柱一人多高，整条街停水。",
    );
    told.grade = Grade::B.into();
    told.identity = Some(identity(&format!("街坊{caller}"), &phone(caller)));
    told
}

fn phone(caller: usize) -> String {
    format!("1390003{caller:04}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_pipe_with_three_hundred_callers_is_one_incident() {
    let city = City::open().await;
    let (operator, triager) = (city.desk(Role::Operator).await, city.desk(Role::Triager).await);
    let (resident, agent) = (city.nobody(), city.desk(Role::CallbackAgent).await);
    let incident = city
        .sent(pipe(0), "utilities.water.outage", "440507004", &["water"])
        .await;
    let number = &incident.number;
    let before = triager.ticket(number).await.unwrap();

    // All at once.
    let children: Vec<Taken> = stream::iter(1..TICKETS)
        .map(|caller| city.taken(pipe(caller)))
        .buffer_unordered(SEATS)
        .collect()
        .await;
    for child in &children {
        triager.merge(&child.number, number).await.unwrap();
    }
    let all: Vec<&Taken> = std::iter::once(&incident).chain(&children).collect();
    let joined = stream::iter(TICKETS..CALLERS).map(|caller| {
        let (operator, about) = (&operator, all[caller % TICKETS]);
        async move {
            // An operator tries again where the incident is moving too fast under him.
            while let Err(failure) = operator
                .joined_by(&about.number, "街坊", &phone(caller), "还没有水。")
                .await
            {
                assert_eq!(failure.code, tonic::Code::Unavailable, "{failure:?}");
            }
        }
    });
    joined.buffer_unordered(SEATS).collect::<Vec<()>>().await;

    let parent = triager.ticket(number).await.unwrap();
    assert_eq!(parent.listeners as usize, CALLERS, "nobody is forgotten");
    assert_eq!(parent.children_count as usize, TICKETS - 1);
    assert_eq!(parent.points_tenths, 0, "nobody is late");
    for kind in [
        ClockKind::Sign,
        ClockKind::Stage,
        ClockKind::Handle,
        ClockKind::Citizen,
    ] {
        assert_eq!(due(&parent, kind), due(&before, kind), "{kind:?}");
    }

    // One unit works once.
    let water = city.clerk("water").await;
    assert_eq!(
        water.list(ListTicketsRequest::default()).await.len(),
        1,
        "the unit has one ticket, not a hundred"
    );
    water.sign(number).await.unwrap();
    water.contact(number, true).await.unwrap();
    water.stage(number).await.unwrap();
    city.it_is("2026-11-16T15:00");
    city.replies("water", number, Claim::Solved).await;
    city.desk(Role::Auditor).await.pass(number).await.unwrap();

    // One answer reaches all, each rates for himself.
    let last = children.iter().max_by_key(|child| &child.number).unwrap();
    for child in [&children[0], last] {
        city.until(&child.number, |ticket| ticket.phase() == Phase::CallbackDue)
            .await;
    }
    let waiting = async {
        loop {
            let query = ListTicketsRequest {
                phase: Phase::CallbackDue.into(),
                page_size: 200,
                ..ListTicketsRequest::default()
            };
            if triager.list(query).await.len() == TICKETS {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let within = std::time::Duration::from_secs(30);
    tokio::time::timeout(within, waiting)
        .await
        .expect("all have rejoined");
    agent.answered(number, true, Rating::Satisfied).await.unwrap();
    let happy = resident.rate(last, true, Rating::VerySatisfied).await.unwrap();
    let unhappy = agent
        .answered(&children[0].number, false, Rating::Dissatisfied)
        .await
        .unwrap();
    assert_eq!(
        (happy.phase(), unhappy.phase()),
        (Phase::Closed, Phase::CallbackDue)
    );
    let reworked = agent.rework(&children[0].number).await.unwrap();
    assert_eq!(
        (reworked.phase(), reworked.round, reworked.lead_unit.as_str()),
        (Phase::Handling, 1, "water"),
        "his rework is his own"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accident_is_the_traffic_polices_and_the_guard_rail_stays_here() {
    let city = City::open().await;
    let (operator, triager) = (city.desk(Role::Operator).await, city.desk(Role::Triager).await);
    let mut crash = told(
        RequestType::Help,
        "路口两车相撞",
        "路口两车相撞，有人受伤，护栏也撞倒了。",
    );
    crash.grade = Grade::A.into();
    let taken = city.held(crash).await;
    let number = &taken.number;
    let rail = SplitPart {
        r#type: RequestType::Help.into(),
        grade: Grade::C.into(),
        category: "urban.municipal.roads".to_owned(),
        area: "440507".to_owned(),
        subject: "护栏撞倒".to_owned(),
        body: "隔离护栏倒了十几米，请修。".to_owned(),
        ..SplitPart::default()
    };
    let split = triager.split(number, vec![rail]).await.unwrap();
    let rail = split.parts[0].ticket.as_ref().unwrap().number.clone();

    // The caller is on the line: a live transfer, registered afterwards.
    let begun = operator
        .transfer(number, EmergencyService::Traffic, false)
        .await
        .unwrap();
    assert_eq!(begun.phase(), Phase::Accepted, "until the other side confirms");
    assert_eq!(
        due(&begun, ClockKind::CallBack),
        "2026-11-16 09:02",
        "or we ring the caller back in two minutes"
    );
    assert_eq!(
        refused(
            operator
                .decline(number, proto::common::v1::DeclineReason::BeyondDuty)
                .await
        )
        .1,
        "DECLINE_NEEDS_SUPERVISOR"
    );
    let done = operator
        .transfer(number, EmergencyService::Traffic, true)
        .await
        .unwrap();
    assert_eq!(
        (done.phase(), done.close_kind.as_str()),
        (Phase::Closed, "transferred_122")
    );
    let tracked = city.nobody().track(&taken).await.unwrap();
    assert!(tracked.closing.contains("122"), "{}", tracked.closing);
    let kept = city.triaged(&rail).await;
    assert_eq!(
        (kept.lead_unit.as_str(), kept.grade()),
        ("district-longhu", Grade::C)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_workers_get_their_wages_before_the_spring_festival() {
    // Wednesday; the 14th is a make-up working day, the 15th to 23rd are off.
    let city = City::open_at("2026-02-11T09:00").await;
    let operator = city.desk(Role::Operator).await;
    let mut wages = told(
        RequestType::Help,
        "工地六十人拿不到工钱",
        "我们六十个人干了四个月没有拿到工钱，都等着回家过年。",
    );
    wages.grade = Grade::B.into();
    wages.identity = Some(identity("班组长老赵", "13900004001"));
    let units = ["district-longhu", "hr-social", "housing"];
    let taken = city.sent(wages, "labour.wages.arrears", "440507", &units).await;
    let number = &taken.number;
    for (name, phone) in [
        ("老钱", "13900004002"),
        ("老孙", "13900004003"),
        ("老李", "13900004004"),
        ("老周", "13900004005"),
    ] {
        operator
            .joined_by(number, name, phone, "我也是代表之一。")
            .await
            .unwrap();
    }
    let ticket = operator.ticket(number).await.unwrap();
    assert_eq!(
        ticket.listeners, 5,
        "five representatives, one matter, one rating"
    );
    assert_eq!(
        [
            ClockKind::Sign,
            ClockKind::FirstContact,
            ClockKind::Stage,
            ClockKind::Citizen,
            ClockKind::Handle
        ]
        .map(|kind| due(&ticket, kind)),
        [
            "2026-02-11 09:30",
            "2026-02-11 11:00",
            "2026-02-12 09:00",
            "2026-02-13 09:00",
            "2026-02-25 17:30"
        ],
        "minutes run through the night; working days jump over the holiday"
    );
    assert_eq!(refused(operator.withdraw(number).await).1, "NOT_WITHDRAWABLE");
    city.it_is("2026-02-11T09:20");
    city.begun(number, &units).await;

    // Nothing may pause or lengthen it.
    let (leader, head) = (
        city.leader("district-longhu").await,
        city.head("district-longhu").await,
    );
    assert_eq!(refused(leader.extend(number, 5).await).1, "NOT_FOR_GRADE");
    assert_eq!(
        refused(leader.ask(number, "请补充花名册？").await).1,
        "NOT_FOR_GRADE"
    );
    let funds = SuspensionGround::Funds;
    let put_off = head.suspend(number, funds, "2026-02-25T09:00", "2026-04-01T09:00");
    assert_eq!(refused(put_off.await).1, "NOT_FOR_GRADE");
    let late = leader.give_back(number, ReturnReason::WrongUnit, "hr-social");
    city.it_is("2026-02-11T10:21");
    assert_eq!(refused(late.await).1, "RETURN_TOO_LATE", "one hour for grade B");

    city.it_is("2026-02-12T08:50");
    let lead = city.clerk("district-longhu").await;
    let reported = lead.stage(number).await.unwrap();
    assert_eq!(due(&reported, ClockKind::Stage), "2026-02-13 08:50");
    assert_eq!(
        due(&reported, ClockKind::Citizen),
        "2026-02-25 17:30",
        "after the first report the residents wait for the answer"
    );
    city.it_is("2026-02-13T08:30");
    lead.stage(number).await.unwrap();
    city.it_is("2026-02-13T16:00");
    for unit in ["hr-social", "housing", "district-longhu"] {
        city.replies(unit, number, Claim::Solved).await;
    }
    let auditor = city.desk(Role::Auditor).await;
    let passed = auditor.pass(number).await.unwrap();
    assert_eq!(passed.phase(), Phase::CallbackDue, "read in full, as B always is");
    assert_eq!(
        (passed.level(), passed.points_tenths, passed.orders.len()),
        (Level::L2, 0, 0),
        "never late: five listeners only inform"
    );
    let rated = city
        .nobody()
        .rate(&taken, true, Rating::VerySatisfied)
        .await
        .unwrap();
    assert_eq!(rated.phase(), Phase::Closed);
    let again = city
        .desk(Role::CallbackAgent)
        .await
        .answered(number, false, Rating::Dissatisfied)
        .await;
    assert_eq!(refused(again).1, "WRONG_PHASE", "one rating of the group");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gas_smell_on_a_holiday_night() {
    let city = City::open_at("2026-10-01T23:30").await;
    let operator = city.desk(Role::Operator).await;
    let mut smell = told(
        RequestType::Help,
        "楼道里有煤气味",
        "三楼到五楼都闻到煤气味，已经关火开窗。",
    );
    smell.grade = Grade::A.into();
    let taken = city.held(smell).await;
    let number = &taken.number;
    let held = operator.ticket(number).await.unwrap();
    assert_eq!(held.hold, "urgent", "a person sends it, the telephone first");
    assert_eq!(due(&held, ClockKind::Triage), "2026-10-01 23:35");
    city.it_is("2026-10-01T23:32");
    let sent = operator
        .send(number, "utilities.gas.safety", "440507", &["gas"])
        .await
        .unwrap();
    assert_eq!(
        [
            ClockKind::Sign,
            ClockKind::FirstContact,
            ClockKind::Stage,
            ClockKind::Citizen
        ]
        .map(|kind| due(&sent, kind)),
        [
            "2026-10-01 23:47",
            "2026-10-02 00:02",
            "2026-10-02 01:32",
            "2026-10-02 03:30"
        ],
        "no holiday, no night"
    );
    city.it_is("2026-10-01T23:40");
    city.begun(number, &["gas"]).await;
    let gas = city.clerk("gas").await;
    let leader = city.leader("gas").await;
    assert_eq!(
        refused(leader.give_back(number, ReturnReason::WrongUnit, "fire").await).1,
        "NOT_RETURNABLE"
    );
    assert_eq!(refused(leader.extend(number, 1).await).1, "NOT_FOR_GRADE");
    assert_eq!(refused(gas.ask(number, "几楼？").await).1, "NOT_FOR_GRADE");
    assert_eq!(refused(operator.withdraw(number).await).1, "NOT_WITHDRAWABLE");

    city.it_is("2026-10-02T00:50");
    let reported = gas.stage(number).await.unwrap();
    assert_eq!(
        due(&reported, ClockKind::Stage),
        "2026-10-02 04:50",
        "every four hours until it is over"
    );
    city.it_is("2026-10-02T02:00");
    city.replies("gas", number, Claim::Solved).await;
    let auditor = city.desk(Role::Auditor).await;
    let ticket = auditor.ticket(number).await.unwrap();
    assert_eq!(due(&ticket, ClockKind::Audit), "2026-10-02 02:30");
    let passed = auditor.pass(number).await.unwrap();
    assert!(runs(&passed, ClockKind::Callback));
    let agent = city.desk(Role::CallbackAgent).await;
    assert_eq!(
        refused(agent.missed(number).await).1,
        "QUIET_HOURS",
        "it is safe: people are let sleep"
    );
    city.it_is("2026-10-02T09:00");
    let closed = agent.answered(number, true, Rating::VerySatisfied).await.unwrap();
    assert_eq!(
        (closed.phase(), closed.close_kind.as_str(), closed.points_tenths),
        (Phase::Closed, "resolved", 0)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gas_smell_nobody_signs_for_climbs_in_minutes() {
    let city = City::open_at("2026-10-01T23:30").await;
    let mut smell = told(RequestType::Help, "楼道里有煤气味", "五楼闻到煤气味。");
    smell.grade = Grade::A.into();
    let taken = city.sent(smell, "utilities.gas.safety", "440507", &["gas"]).await;
    for (at, level) in [
        ("2026-10-01T23:45", Level::L1),
        ("2026-10-02T00:00", Level::L2),
        ("2026-10-02T00:15", Level::L3),
    ] {
        city.it_is(at);
        city.until(&taken.number, |ticket| ticket.level() == level).await;
    }
    city.close().await;
}
