//! 延期、补充、挂账、终止: who may take time, how much, and what the resident is told.

use proto::common::v1::{
    ClockKind, Grade, Level, Light, Phase, RequestType, Role, SuspensionGround, TerminationGround,
};
use tonic::Code;

use crate::city::{City, Desk, Taken, due, local, refused, runs, told, vague};

/// An ordinary complaint about a housing estate: five working days.
async fn estate(city: &City) -> Taken {
    let taken = city
        .sent(vague(), "housing.property.repairfund", "440507", &["housing"])
        .await;
    city.begun(&taken.number, &["housing"]).await;
    taken
}

async fn urgent(city: &City) -> Taken {
    let mut water = told(
        RequestType::Help,
        "家里没水",
        "整栋楼从早上起没有水，老人多，请快些。",
    );
    water.grade = Grade::B.into();
    let taken = city
        .sent(water, "utilities.water.outage", "440507", &["water"])
        .await;
    city.begun(&taken.number, &["water"]).await;
    taken
}

/// What the resident has been told, step by step.
async fn steps(city: &City, taken: &Taken) -> Vec<String> {
    let tracked = city.nobody().track(taken).await.unwrap();
    tracked.steps.into_iter().map(|step| step.text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_once_by_the_supervisor_once_by_the_city_office_and_no_more() {
    let city = City::open().await;
    let taken = estate(&city).await;
    let number = &taken.number;
    let (leader, supervisor) = (city.leader("housing").await, city.desk(Role::Supervisor).await);
    let office = city.desk(Role::CityOffice).await;
    let (code, _) = refused(city.clerk("housing").await.extend(number, 5).await);
    assert_eq!(code, Code::PermissionDenied, "a leader asks");
    assert_eq!(refused(leader.extend(number, 6).await).1, "TOO_LONG");

    city.it_is("2026-11-20T09:00");
    let asked = leader.extend(number, 5).await.unwrap();
    assert_eq!(asked.decisions[0].working_days, 5);
    assert_eq!(asked.step_holder, "supervisor_desk");
    assert_eq!(due(&asked, ClockKind::Decision), "2026-11-20 15:00");
    assert_eq!(refused(leader.extend(number, 5).await).1, "DECISION_PENDING");
    let granted = supervisor.decide_extension(number, true).await.unwrap();
    assert_eq!((granted.extensions, granted.extended_days), (1, 5));
    assert_eq!(due(&granted, ClockKind::Handle), "2026-11-30 17:30");
    assert_eq!(
        due(&granted, ClockKind::Citizen),
        "2026-12-07 17:30",
        "the cap moves with it"
    );
    let told = steps(&city, &taken).await;
    assert!(
        told.iter().any(|step| step.contains("5 more working days")),
        "the resident is told: {told:?}"
    );

    let again = leader.extend(number, 5).await.unwrap();
    assert_eq!(again.step_holder, "city_office");
    assert_eq!(
        refused(supervisor.decide_extension(number, true).await).1,
        "CITY_OFFICE_NEEDED"
    );
    let granted = office.decide_extension(number, true).await.unwrap();
    assert_eq!((granted.extensions, granted.extended_days), (2, 10));
    assert_eq!(due(&granted, ClockKind::Handle), "2026-12-07 17:30");
    assert_eq!(due(&granted, ClockKind::Citizen), "2026-12-14 17:30");
    assert_eq!(refused(leader.extend(number, 1).await).1, "TOO_LONG");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_the_due_stands_and_after_the_due_nobody_asks() {
    let city = City::open().await;
    let taken = estate(&city).await;
    let number = &taken.number;
    let (leader, supervisor) = (city.leader("housing").await, city.desk(Role::Supervisor).await);
    leader.extend(number, 3).await.unwrap();
    let refused_it = supervisor.decide_extension(number, false).await.unwrap();
    assert_eq!(due(&refused_it, ClockKind::Handle), "2026-11-23 17:30");
    assert_eq!(refused_it.extensions, 0);
    assert_eq!(refused_it.step_holder, "housing");
    city.it_is("2026-11-23T17:31");
    assert_eq!(refused(leader.extend(number, 1).await).1, "PAST_DUE");

    let pipe = urgent(&city).await;
    let asked = city.leader("water").await.extend(&pipe.number, 1).await;
    assert_eq!(refused(asked).1, "NOT_FOR_GRADE");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_difficult_matter_is_extended_once_by_fifteen_days() {
    let city = City::open().await;
    let mut told = vague();
    told.grade = Grade::D.into();
    let taken = city
        .sent(told, "housing.building.elevator", "440507", &["housing"])
        .await;
    let number = &taken.number;
    city.begun(number, &["housing"]).await;
    let leader = city.leader("housing").await;
    leader.extend(number, 15).await.unwrap();
    let own = city.person(Role::Supervisor, "housing", false).await;
    assert_eq!(
        refused(own.decide_extension(number, true).await).1,
        "SELF_REVIEW",
        "nobody grants his own unit time"
    );
    let supervisor = city.desk(Role::Supervisor).await;
    let granted = supervisor.decide_extension(number, true).await.unwrap();
    assert_eq!(
        due(&granted, ClockKind::Handle),
        "2026-12-28 17:30",
        "15 and 15 working days"
    );
    assert_eq!(refused(leader.extend(number, 1).await).1, "TOO_LONG");
    city.close().await;
}

async fn a_question_is_asked_and_answered(city: City) {
    let taken = estate(&city).await;
    let number = &taken.number;
    let clerk = city.clerk("housing").await;
    city.it_is("2026-11-17T10:00");
    let asked = clerk
        .ask(number, "请问漏水的是哪一户，方便哪天上门？")
        .await
        .unwrap();
    assert_eq!(
        (asked.phase(), asked.step_holder.as_str()),
        (Phase::AwaitingCitizen, "citizen")
    );
    assert_eq!(asked.light(), Light::Grey);
    assert!(!runs(&asked, ClockKind::Handle) && !runs(&asked, ClockKind::Citizen));
    assert_eq!(due(&asked, ClockKind::Waiting), "2026-11-24 17:30");
    assert_eq!(
        refused(clerk.reply(number, proto::common::v1::Claim::Solved).await).1,
        "WRONG_PHASE"
    );

    let resident = city.nobody();
    let tracked = resident.track(&taken).await.unwrap();
    assert_eq!(tracked.question, "请问漏水的是哪一户，方便哪天上门？");
    let guess = Taken {
        code: "0000000000".to_owned(),
        ..taken.clone()
    };
    assert_eq!(
        refused(resident.answer_question(&guess, "三楼").await).0,
        Code::NotFound
    );
    city.it_is("2026-11-19T10:00");
    let answered = resident
        .answer_question(&taken, "三楼东户，周末在家。")
        .await
        .unwrap();
    assert_eq!(answered.phase(), Phase::Handling);
    let ticket = clerk.ticket(number).await.unwrap();
    assert_eq!(
        due(&ticket, ClockKind::Handle),
        "2026-11-25 17:30",
        "two working days later"
    );
    assert_eq!(due(&ticket, ClockKind::Citizen), "2026-12-02 17:30");
    let told = clerk.history(number).await;
    let reply = told.iter().find(|event| event.kind == "citizen_replied").unwrap();
    assert!(reply.words.values().any(|said| said.contains("三楼东户")));
    assert!(resident.track(&taken).await.unwrap().question.is_empty());
    assert_eq!(
        refused(resident.answer_question(&taken, "再说一句").await).1,
        "WRONG_PHASE"
    );
    assert_eq!(refused(clerk.ask(number, "还有吗？").await).1, "ASKED_ALREADY");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_resident_answers_by_number_and_code() {
    a_question_is_asked_and_answered(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_resident_answers_in_a_split_city_too() {
    a_question_is_asked_and_answered(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_answers_and_the_wait_runs_out() {
    let city = City::open().await;
    let taken = estate(&city).await;
    let number = &taken.number;
    city.it_is("2026-11-17T10:00");
    let clerk = city.clerk("housing").await;
    clerk.ask(number, "请问是哪一户？").await.unwrap();
    city.it_is("2026-11-24T17:30");
    let ticket = city
        .until(number, |ticket| ticket.phase() == Phase::Handling)
        .await;
    // 5 h 30 min of the 17th and five whole days later than the 23rd.
    assert_eq!(due(&ticket, ClockKind::Handle), "2026-12-01 16:00");
    let history = clerk.history(number).await;
    assert!(history.iter().any(|event| event.kind == "wait_ran_out"));
    let operator = city.desk(Role::Operator).await;
    assert_eq!(refused(operator.hear(number, "才看到").await).1, "WRONG_PHASE");

    // By telephone, in time.
    let other = estate(&city).await;
    clerk.ask(&other.number, "请问是哪一户？").await.unwrap();
    let heard = operator.hear(&other.number, "五楼。").await.unwrap();
    assert_eq!(heard.phase(), Phase::Handling);
    let pipe = urgent(&city).await;
    let asked = city.clerk("water").await.ask(&pipe.number, "水压多少？").await;
    assert_eq!(
        refused(asked).1,
        "NOT_FOR_GRADE",
        "an urgent matter waits for nobody"
    );
    city.close().await;
}

/// The book once `wanted` fits; it follows the feed.
async fn promised(
    desk: &Desk,
    missed: bool,
    wanted: impl Fn(&[proto::supervision::v1::OpenPromise]) -> bool,
) -> Vec<proto::supervision::v1::OpenPromise> {
    let asked = async {
        loop {
            let book = desk.promises(missed).await;
            if wanted(&book) {
                return book;
            }
            tokio::task::yield_now().await;
        }
    };
    let within = std::time::Duration::from_secs(20);
    tokio::time::timeout(within, asked).await.unwrap()
}

async fn suspended(city: &City, number: &str, ground: SuspensionGround, check: &str, until: &str) {
    let head = city.head("housing").await;
    head.suspend(number, ground, check, until).await.unwrap();
    let office = city.desk(Role::CityOffice).await;
    office.decide_suspension(number, true).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_is_a_promise_with_an_owner_a_plan_and_a_date() {
    let city = City::open().await;
    let taken = estate(&city).await;
    let number = &taken.number;
    let (head, office) = (city.head("housing").await, city.desk(Role::CityOffice).await);
    let funds = SuspensionGround::Funds;
    let (code, _) = refused(
        city.leader("housing")
            .await
            .suspend(number, funds, "2026-12-10T09:00", "2027-03-01T09:00")
            .await,
    );
    assert_eq!(code, Code::PermissionDenied, "the head answers for it");
    for (check, until) in [
        ("2027-01-10T09:00", "2027-03-01T09:00"),
        ("2026-12-10T09:00", "2027-06-30T09:00"),
        ("2026-11-01T09:00", "2027-03-01T09:00"),
        ("2026-12-10T09:00", "2026-12-01T09:00"),
    ] {
        let (code, reason) = refused(head.suspend(number, funds, check, until).await);
        assert!(
            matches!(reason.as_str(), "WRONG_DATE" | "TOO_LONG"),
            "{check} {until}: {code:?} {reason}"
        );
    }
    city.it_is("2026-11-23T10:00");
    let asked = head
        .suspend(number, funds, "2026-12-10T09:00", "2027-03-01T09:00")
        .await
        .unwrap();
    assert_eq!(asked.step_holder, "city_office");
    assert_eq!(asked.decisions[0].promise.as_ref().unwrap().owner, "li.zhuren");
    assert!(runs(&asked, ClockKind::Handle), "asking alone stops no time");
    city.it_is("2026-11-23T11:00");
    let put_off = office.decide_suspension(number, true).await.unwrap();
    assert_eq!(
        (put_off.phase(), put_off.light(), put_off.step_holder.as_str()),
        (Phase::Suspended, Light::Grey, "housing")
    );
    assert!(!runs(&put_off, ClockKind::Handle) && !runs(&put_off, ClockKind::Citizen));
    assert_eq!(due(&put_off, ClockKind::Promise), "2026-12-10 09:00");
    let tracked = city.nobody().track(&taken).await.unwrap();
    assert!(tracked.status.contains("put off"), "{}", tracked.status);

    let supervisor = city.desk(Role::Supervisor).await;
    let book = promised(&supervisor, false, |book| !book.is_empty()).await;
    assert_eq!(
        (book[0].number.as_str(), book[0].owner.as_str(), book[0].missed),
        (number.as_str(), "li.zhuren", false)
    );
    assert_eq!(local(&book[0].check_time), "2026-12-10 09:00");
    assert_eq!(local(&book[0].until_time), "2027-03-01 09:00");

    city.it_is("2026-12-09T15:00");
    let clerk = city.clerk("housing").await;
    let (_, reason) = refused(clerk.check_promise(number, "2027-01-20T09:00").await);
    assert_eq!(reason, "WRONG_DATE", "more than thirty days off");
    let before = steps(&city, &taken).await.len();
    let checked = clerk.check_promise(number, "2027-01-06T09:00").await.unwrap();
    assert_eq!(due(&checked, ClockKind::Promise), "2027-01-06 09:00");
    assert!(
        steps(&city, &taken).await.len() > before,
        "the resident is told at every check"
    );

    city.it_is("2026-12-21T09:00");
    let resumed = clerk.resume(number).await.unwrap();
    assert_eq!(resumed.phase(), Phase::Handling);
    assert_eq!(
        due(&resumed, ClockKind::Handle),
        "2026-12-23 17:30",
        "4 h 30 min were left; two working days are the least"
    );
    assert!(!runs(&resumed, ClockKind::Promise));
    promised(&supervisor, false, <[_]>::is_empty).await;
    assert_eq!(refused(clerk.resume(number).await).1, "WRONG_PHASE");
    city.close().await;
}

async fn a_missed_check_is_noticed(city: City) {
    let taken = estate(&city).await;
    let number = &taken.number;
    let planning = SuspensionGround::Planning;
    suspended(&city, number, planning, "2026-12-10T09:00", "2027-03-01T09:00").await;
    city.it_is("2026-12-10T08:59");
    let supervisor = city.desk(Role::Supervisor).await;
    assert_ne!(supervisor.ticket(number).await.unwrap().level(), Level::L3);
    city.it_is("2026-12-10T09:01");
    let ticket = city.until(number, |ticket| ticket.level() == Level::L3).await;
    assert_eq!(ticket.phase(), Phase::Suspended, "missed, but still promised");
    let history = supervisor.history(number).await;
    let fired = history
        .iter()
        .find(|event| event.kind == "level_fired" && event.facts["level"] == "l3")
        .unwrap();
    assert_eq!(fired.facts["clock"], "c10");
    assert!(fired.facts["told"].contains("city_office"));
    let missed = promised(&supervisor, true, |book| !book.is_empty()).await;
    assert_eq!(missed[0].number, *number);
    let clerk = city.clerk("housing").await;
    clerk.check_promise(number, "2026-12-30T09:00").await.unwrap();
    promised(&supervisor, true, <[_]>::is_empty).await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missed_check_reaches_the_city_office() {
    a_missed_check_is_noticed(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missed_check_reaches_the_city_office_in_a_split_city() {
    a_missed_check_is_noticed(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_lawful_process_is_given_further_time_and_the_horizon_ends_the_rest() {
    let city = City::open().await;
    let court = estate(&city).await;
    let funds = estate(&city).await;
    let (legal, money) = (SuspensionGround::LegalProcess, SuspensionGround::Funds);
    suspended(
        &city,
        &court.number,
        legal,
        "2026-12-10T09:00",
        "2027-01-15T09:00",
    )
    .await;
    suspended(
        &city,
        &funds.number,
        money,
        "2026-12-10T09:00",
        "2027-01-15T09:00",
    )
    .await;
    city.it_is("2026-12-09T09:00");
    let (clerk, head) = (city.clerk("housing").await, city.head("housing").await);
    for one in [&court, &funds] {
        clerk
            .check_promise(&one.number, "2027-01-05T09:00")
            .await
            .unwrap();
    }
    city.it_is("2027-01-04T09:00");
    for one in [&court, &funds] {
        clerk
            .check_promise(&one.number, "2027-01-14T09:00")
            .await
            .unwrap();
    }
    let (_, reason) = refused(
        head.suspend(&funds.number, money, "2027-02-01T09:00", "2027-06-01T09:00")
            .await,
    );
    assert!(
        matches!(reason.as_str(), "WRONG_PHASE" | "TOO_LONG"),
        "money is no lawful process: {reason}"
    );
    head.suspend(&court.number, legal, "2027-02-01T09:00", "2027-06-01T09:00")
        .await
        .unwrap();
    let office = city.desk(Role::CityOffice).await;
    let further = office.decide_suspension(&court.number, true).await.unwrap();
    assert_eq!(further.phase(), Phase::Suspended);
    let promise = further.promise.as_ref().unwrap();
    assert_eq!(local(&promise.until_time), "2027-06-01 09:00");
    assert_eq!(local(&promise.since_time), "2026-11-16 09:00", "the rest is one");

    city.it_is("2027-01-15T09:00");
    let resumed = city
        .until(&funds.number, |ticket| ticket.phase() == Phase::Handling)
        .await;
    assert!(runs(&resumed, ClockKind::Handle), "the horizon has ended it");
    let still = clerk.ticket(&court.number).await.unwrap();
    assert_eq!(still.phase(), Phase::Suspended);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_refused_and_never_for_what_is_urgent() {
    let city = City::open().await;
    let taken = estate(&city).await;
    let (head, office) = (city.head("housing").await, city.desk(Role::CityOffice).await);
    let policy = SuspensionGround::Policy;
    let (check, until) = ("2026-12-10T09:00", "2027-03-01T09:00");
    head.suspend(&taken.number, policy, check, until).await.unwrap();
    let own = city.person(Role::CityOffice, "housing", false).await;
    assert_eq!(
        refused(own.decide_suspension(&taken.number, true).await).1,
        "SELF_REVIEW"
    );
    let refused_it = office.decide_suspension(&taken.number, false).await.unwrap();
    assert_eq!(refused_it.phase(), Phase::Handling);
    assert_eq!(due(&refused_it, ClockKind::Handle), "2026-11-23 17:30");
    let pipe = urgent(&city).await;
    let water = city.head("water").await;
    let asked = water.suspend(&pipe.number, policy, check, until).await;
    assert_eq!(refused(asked).1, "NOT_FOR_GRADE");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_termination_is_read_by_an_auditor_from_outside() {
    let city = City::open().await;
    let taken = estate(&city).await;
    let number = &taken.number;
    let (leader, auditor) = (city.leader("housing").await, city.desk(Role::Auditor).await);
    let silent = TerminationGround::NoCooperation;
    let (code, _) = refused(city.clerk("housing").await.terminate(number, silent).await);
    assert_eq!(code, Code::PermissionDenied);
    let asked = leader.terminate(number, silent).await.unwrap();
    assert_eq!(
        (asked.phase(), asked.step_holder.as_str()),
        (Phase::Handling, "audit_desk")
    );
    assert_eq!(due(&asked, ClockKind::Decision), "2026-11-16 15:00");
    let own = city.person(Role::Auditor, "housing", false).await;
    assert_eq!(
        refused(own.decide_termination(number, true).await).1,
        "SELF_REVIEW"
    );
    let on = auditor.decide_termination(number, false).await.unwrap();
    assert_eq!(
        (on.phase(), on.step_holder.as_str()),
        (Phase::Handling, "housing")
    );
    assert_eq!(due(&on, ClockKind::Handle), "2026-11-23 17:30");

    leader
        .terminate(number, TerminationGround::LegalRoute)
        .await
        .unwrap();
    let ended = auditor.decide_termination(number, true).await.unwrap();
    assert_eq!(
        (
            ended.phase(),
            ended.close_kind.as_str(),
            ended.step_holder.as_str()
        ),
        (Phase::Closed, "terminated_r2", "nobody")
    );
    let tracked = city.nobody().track(&taken).await.unwrap();
    assert!(!tracked.closing.is_empty(), "the resident is told why it ended");
    assert_eq!(
        refused(auditor.decide_termination(number, true).await).1,
        "NOTHING_PENDING"
    );
    city.close().await;
}
