//! How it ends: a year in court, by statute, in time but not solved, unhappy to the last.

use proto::common::v1::{Claim, ClockKind, Grade, Level, Light, Phase, Rating, Role, SuspensionGround};

use crate::city::{City, Desk, Taken, due, local, refused, runs, vague};

async fn steps(resident: &Desk, taken: &Taken) -> usize {
    resident.track(taken).await.unwrap().steps.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_illegal_building_is_a_year_in_court_and_never_forgotten() {
    let city = City::open().await;
    let mut building = vague();
    building.grade = Grade::D.into();
    let taken = city
        .sent(
            building,
            "urban.illegal.rooftop",
            "440507003",
            &["urban-management"],
        )
        .await;
    let number = &taken.number;
    city.begun(number, &["urban-management"]).await;
    let (clerk, head) = (
        city.clerk("urban-management").await,
        city.head("urban-management").await,
    );
    let (office, resident) = (city.desk(Role::CityOffice).await, city.nobody());
    let court = SuspensionGround::LegalProcess;

    // The owner has gone to court against the order to pull it down.
    city.it_is("2026-11-18T10:00");
    head.suspend(number, court, "2026-12-16T10:00", "2027-05-12T10:00")
        .await
        .unwrap();
    let rests = office.decide_suspension(number, true).await.unwrap();
    assert_eq!((rests.phase(), rests.light()), (Phase::Suspended, Light::Grey));

    // Looked at every four weeks, given further time twice; the resident hears of each.
    let renewals = [
        ("2027-05-05T09:00", "2027-06-02T10:00", "2027-10-29T09:00"),
        ("2027-10-20T09:00", "2027-11-17T10:00", "2028-04-10T09:00"),
    ];
    let checks = [
        "2026-12-16",
        "2027-01-13",
        "2027-02-10",
        "2027-03-10",
        "2027-04-07",
        "2027-05-05",
        "2027-06-02",
        "2027-06-30",
        "2027-07-28",
        "2027-08-25",
        "2027-09-22",
        "2027-10-20",
        "2027-11-17",
    ];
    for pair in checks.windows(2) {
        let today = format!("{}T09:00", pair[0]);
        city.it_is(&today);
        let told = steps(&resident, &taken).await;
        if let Some((_, check, until)) = renewals.iter().find(|(at, ..)| *at == today) {
            head.suspend(number, court, check, until).await.unwrap();
            let further = office.decide_suspension(number, true).await.unwrap();
            assert_eq!(further.phase(), Phase::Suspended);
            let promise = further.promise.unwrap();
            assert_eq!(local(&promise.until_time), until.replace('T', " "));
            assert_eq!(local(&promise.since_time), "2026-11-18 10:00");
        } else {
            let next = format!("{}T10:00", pair[1]);
            clerk.check_promise(number, &next).await.unwrap();
        }
        assert!(
            steps(&resident, &taken).await > told,
            "{today}: the resident is told"
        );
        assert!(
            !resident.track(&taken).await.unwrap().status.is_empty(),
            "and can look it up at any time"
        );
    }

    // Judgement: it comes down.
    city.it_is("2027-11-10T09:00");
    let resumed = clerk.resume(number).await.unwrap();
    assert_eq!(resumed.phase(), Phase::Handling);
    assert!(runs(&resumed, ClockKind::Handle) && runs(&resumed, ClockKind::Citizen));
    assert_eq!(
        due(&resumed, ClockKind::Handle),
        "2027-11-29 16:30",
        "what was left a year ago is left now"
    );
    city.it_is("2027-11-15T15:00");
    city.answered("urban-management", number, Claim::Solved).await;
    let rated = resident.rate(&taken, true, Rating::Satisfied).await.unwrap();
    assert_eq!(rated.phase(), Phase::Closed);
    let ticket = clerk.ticket(number).await.unwrap();
    assert_eq!(
        (ticket.close_kind.as_str(), ticket.points_tenths),
        ("resolved", 0),
        "nobody was late"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_complaint_keeps_the_stages_of_the_law() {
    let city = City::open().await;
    let taken = city
        .sent(vague(), "market.consumer.refund", "440507", &["market"])
        .await;
    let number = &taken.number;
    city.begun(number, &["market"]).await;
    let (clerk, resident) = (city.clerk("market").await, city.nobody());
    let ticket = clerk.ticket(number).await.unwrap();
    assert_eq!(
        (due(&ticket, ClockKind::Stage), due(&ticket, ClockKind::Handle)),
        ("2026-11-25 17:30".to_owned(), "2027-01-18 17:30".to_owned()),
        "accepted in 7 working days, settled in 45"
    );
    assert!(due(&ticket, ClockKind::Citizen) >= due(&ticket, ClockKind::Handle));

    city.it_is("2026-11-24T10:00");
    let told = steps(&resident, &taken).await;
    let accepted = clerk.stage(number).await.unwrap();
    assert_eq!(
        (accepted.phase(), due(&accepted, ClockKind::Handle).as_str()),
        (Phase::Handling, "2027-01-18 17:30"),
        "a stage notice never closes, and gives no time"
    );
    assert!(steps(&resident, &taken).await > told, "the resident is told");
    assert_eq!(
        refused(clerk.stage(number).await).1,
        "NO_STAGE_REPORT",
        "the law asks for one"
    );
    city.it_is("2027-01-11T10:00");
    city.answered("market", number, Claim::Solved).await;
    resident.rate(&taken, true, Rating::Satisfied).await.unwrap();
    let ticket = clerk.ticket(number).await.unwrap();
    assert_eq!(
        (ticket.phase(), ticket.close_kind.as_str(), ticket.points_tenths),
        (Phase::Closed, "resolved", 0)
    );
    city.close().await;
}

async fn mended(city: &City) -> Taken {
    let taken = city
        .sent(vague(), "urban.municipal.lights", "440507", &["urban-management"])
        .await;
    city.begun(&taken.number, &["urban-management"]).await;
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replied_in_time_but_not_solved() {
    let city = City::open().await;
    let taken = mended(&city).await;
    let number = &taken.number;
    let agent = city.desk(Role::CallbackAgent).await;
    city.it_is("2026-11-18T10:00");
    let passed = city.answered("urban-management", number, Claim::Solved).await;
    assert_eq!(
        (passed.phase(), passed.points_tenths),
        (Phase::CallbackDue, 0),
        "in time"
    );
    let said = agent.answered(number, false, Rating::Dissatisfied).await.unwrap();
    let outcome = said.outcome.unwrap();
    assert_eq!(
        (outcome.solved, outcome.rating()),
        (false, Rating::Dissatisfied),
        "solved and satisfied are asked apart"
    );
    let again = agent.rework(number).await.unwrap();
    assert_eq!(
        (
            again.phase(),
            again.round,
            due(&again, ClockKind::Handle).as_str()
        ),
        (Phase::Handling, 1, "2026-11-23 17:30")
    );
    assert!(runs(&again, ClockKind::Citizen), "the resident waits on");
    city.it_is("2026-11-20T15:00");
    let second = city.replies("urban-management", number, Claim::Solved).await;
    assert_eq!(second.phase(), Phase::ReplyReview, "rework is always read");
    city.desk(Role::Auditor).await.pass(number).await.unwrap();
    let closed = agent
        .answered(number, true, Rating::BasicallySatisfied)
        .await
        .unwrap();
    let outcome = closed.outcome.unwrap();
    assert_eq!(
        (
            closed.close_kind.as_str(),
            outcome.solved,
            outcome.rating(),
            closed.level()
        ),
        ("resolved", true, Rating::BasicallySatisfied, Level::Unspecified)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unhappy_after_two_reworks_a_panel_decides() {
    let city = City::open().await;
    let taken = mended(&city).await;
    let number = &taken.number;
    let (agent, supervisor) = (
        city.desk(Role::CallbackAgent).await,
        city.desk(Role::Supervisor).await,
    );
    let (office, resident) = (city.desk(Role::CityOffice).await, city.nobody());
    for round in 0..=2 {
        city.answered("urban-management", number, Claim::Solved).await;
        agent
            .answered(number, false, Rating::VeryDissatisfied)
            .await
            .unwrap();
        match round {
            0 => {
                assert!(
                    !resident.track(&taken).await.unwrap().may_request_review,
                    "first it is done again"
                );
                agent.rework(number).await.unwrap();
            }
            1 => {
                assert_eq!(refused(agent.rework(number).await).1, "SUPERVISOR_NEEDED");
                let second = supervisor.rework(number).await.unwrap();
                assert_eq!((second.round, second.level()), (2, Level::L2));
            }
            _ => assert_eq!(refused(supervisor.rework(number).await).1, "REWORK_EXHAUSTED"),
        }
    }
    assert!(resident.track(&taken).await.unwrap().may_request_review);
    resident.disagree(&taken, "修了三次还是不亮。").await.unwrap();
    let asked = office.ticket(number).await.unwrap();
    assert_eq!(asked.step_holder, "city_office");
    assert_eq!(
        refused(supervisor.rework(number).await).1,
        "NOT_UNSOLVED",
        "the panel has it"
    );
    let last = office
        .decide_review(number, false, &["lin", "huang", "xu"])
        .await
        .unwrap();
    assert_eq!(
        (last.phase(), last.round, last.level(), last.orders.len()),
        (Phase::Handling, 3, Level::L3, 2),
        "not done: L3, and a final order in the place of the one that came with L2"
    );
    city.head("urban-management")
        .await
        .answer_order(number, 2)
        .await
        .unwrap();
    city.answered("urban-management", number, Claim::Solved).await;
    let closed = agent.answered(number, true, Rating::Satisfied).await.unwrap();
    assert_eq!(
        (closed.phase(), closed.close_kind.as_str()),
        (Phase::Closed, "resolved")
    );
    city.close().await;
}
