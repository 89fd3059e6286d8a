//! Whose is it: bounced noise, a report on the very unit, a wrong class, four units that wait for one another.

use proto::common::v1::{
    Act, Claim, ClockKind, Grade, Level, Phase, Rating, RequestType, ReturnReason, Role,
};
use tonic::Code;

use crate::city::{City, accused, due, leg, refused, runs, told, vague};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noise_is_bounced_between_two_units_until_a_ruling() {
    let city = City::open().await;
    let (triager, arbiter) = (city.desk(Role::Triager).await, city.desk(Role::Arbiter).await);
    let taken = city
        .sent(vague(), "urban.noise.industrial", "440511", &["ecology"])
        .await;
    let number = &taken.number;
    let promised = due(&triager.ticket(number).await.unwrap(), ClockKind::Citizen);
    assert_eq!(promised, "2026-11-30 17:30");

    // Ecology: not ours. The desk believes it.
    city.it_is("2026-11-16T11:00");
    let ecology = city.leader("ecology").await;
    ecology
        .give_back(number, ReturnReason::WrongUnit, "urban-management")
        .await
        .unwrap();
    city.it_is("2026-11-16T14:30");
    triager.approve_return(number, "urban-management").await.unwrap();

    // City management: not ours either. That is for the arbiter; city management holds it meanwhile.
    city.it_is("2026-11-17T09:00");
    let urban = city.leader("urban-management").await;
    let asked = urban
        .give_back(number, ReturnReason::WrongUnit, "ecology")
        .await
        .unwrap();
    assert_eq!(
        (asked.lead_unit.as_str(), asked.step_holder.as_str()),
        ("urban-management", "arbiter")
    );
    assert!(
        runs(&asked, ClockKind::Handle),
        "the clock of no unit stands still"
    );
    assert_eq!(due(&asked, ClockKind::Decision), "2026-11-18 17:30");

    city.it_is("2026-11-17T16:00");
    let ruled = arbiter.rule(number, "ecology", true).await.unwrap();
    assert_eq!(ruled.lead_unit, "ecology");
    assert_eq!(
        due(&ruled, ClockKind::Citizen),
        promised,
        "the resident has lost nothing by the quarrel"
    );
    assert_eq!(
        refused(ecology.give_back(number, ReturnReason::WrongUnit, "police").await).1,
        "NOT_RETURNABLE"
    );
    city.begun(number, &["ecology"]).await;
    city.answered("ecology", number, Claim::Solved).await;
    let closed = city.nobody().rate(&taken, true, Rating::Satisfied).await.unwrap();
    assert_eq!(closed.phase(), Phase::Closed);
    let ticket = triager.ticket(number).await.unwrap();
    assert_eq!(
        (ticket.returns, ticket.close_kind.as_str(), ticket.points_tenths),
        (2, "resolved", 0)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_on_the_very_unit_that_would_handle_it() {
    const STREET: &str = "street-440507003";
    let city = City::open().await;
    let mut report = told(
        RequestType::Report,
        "街道的人收摊位费不开票",
        "街道工作人员向占道摊贩收钱不开票，请查一查。",
    );
    report.accused = Some(accused(STREET));
    (report.category, report.area) = ("urban.appearance.stalls".to_owned(), "440507003".to_owned());
    let taken = city.taken(report).await;
    let number = &taken.number;
    let held = city.triaged(number).await;
    assert_eq!(
        (held.hold.as_str(), held.sealed),
        ("report", true),
        "the directory would have sent it to the accused"
    );
    let triager = city.cleared(Role::Triager).await;
    assert_eq!(refused(triager.dispatch(number, STREET).await).1, "RECUSED");
    assert_eq!(
        refused(triager.consult(number, &[STREET, "police"]).await).1,
        "RECUSED"
    );
    let sent = triager.dispatch(number, "district-longhu").await.unwrap();
    assert_eq!(
        (sent.lead_unit.as_str(), due(&sent, ClockKind::Handle).as_str()),
        ("district-longhu", "2026-12-07 17:30"),
        "the superior handles, with fifteen working days"
    );
    for desk in [
        city.clerk(STREET).await,
        city.head(STREET).await,
        city.desk(Role::Triager).await,
        city.desk(Role::Supervisor).await,
    ] {
        assert_eq!(
            refused(desk.ticket(number).await),
            (Code::NotFound, "NOT_FOUND".to_owned())
        );
    }
    city.begun(number, &["district-longhu"]).await;
    let passed_down = city
        .clerk("district-longhu")
        .await
        .sub_assign(number, STREET)
        .await;
    assert_eq!(refused(passed_down).1, "RECUSED");
    let tracked = city.nobody().track(&taken).await.unwrap();
    assert!(
        tracked.unit_name.is_empty(),
        "who handles a confidential matter is not said"
    );
    city.answered("district-longhu", number, Claim::Solved).await;
    let rated = city.nobody().rate(&taken, true, Rating::Satisfied).await.unwrap();
    assert_eq!(rated.phase(), Phase::Closed);
    assert_eq!(
        refused(city.head(STREET).await.ticket(number).await).0,
        Code::NotFound,
        "not afterwards either"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_class_is_corrected_on_day_four() {
    let city = City::open().await;
    let (triager, supervisor) = (city.desk(Role::Triager).await, city.desk(Role::Supervisor).await);
    let taken = city
        .sent(
            vague(),
            "housing.property.service",
            "440507003",
            &["street-440507003"],
        )
        .await;
    let number = &taken.number;
    city.begun(number, &["street-440507003"]).await;
    let before = triager.ticket(number).await.unwrap();
    assert_eq!(due(&before, ClockKind::Handle), "2026-11-23 17:30");

    // Thursday: it is the new tower that takes the light, a difficult matter of planning.
    city.it_is("2026-11-19T10:00");
    assert_eq!(
        refused(triager.classify_grade(number, Grade::D).await).1,
        "LENGTHENING_NEEDS_SUPERVISOR"
    );
    let right = supervisor.classify_grade(number, Grade::D).await.unwrap();
    assert_eq!(
        (due(&right, ClockKind::Handle), due(&right, ClockKind::Citizen)),
        ("2026-12-07 17:30".to_owned(), "2026-12-28 17:30".to_owned()),
        "from the original start"
    );
    supervisor
        .classify_as(number, "planning.plan.light", "440507003")
        .await
        .unwrap();
    assert_eq!(
        refused(triager.redispatch(number, "natural-resources").await).1,
        "SUPERVISOR_NEEDED",
        "it is signed for"
    );
    let moved = supervisor.redispatch(number, "natural-resources").await.unwrap();
    assert_eq!(
        (
            moved.phase(),
            moved.lead_unit.as_str(),
            moved.category.as_str(),
            moved.returns
        ),
        (Phase::Dispatched, "natural-resources", "planning.plan.light", 0)
    );
    assert_eq!(due(&moved, ClockKind::Handle), "2026-12-10 17:30");
    assert_eq!(due(&moved, ClockKind::Citizen), "2026-12-28 17:30");
    assert_eq!(
        (moved.level(), moved.points_tenths),
        (Level::Unspecified, 0),
        "the hotline's mistake costs no unit anything"
    );
    city.begun(number, &["natural-resources"]).await;
    city.it_is("2026-12-08T10:00");
    city.answered("natural-resources", number, Claim::Explained).await;
    let agent = city.desk(Role::CallbackAgent).await;
    let closed = agent
        .answered(number, true, Rating::BasicallySatisfied)
        .await
        .unwrap();
    assert_eq!(closed.close_kind, "explained");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_units_at_once_and_one_is_silent() {
    const LEAD: &str = "urban-management";
    const SILENT: &str = "market";
    let units = [LEAD, "traffic-police", SILENT, "district-longhu"];
    let city = City::open().await;
    let taken = city
        .sent(vague(), "urban.appearance.stalls", "440507001", &units)
        .await;
    let number = &taken.number;
    city.begun(number, &[LEAD, "traffic-police", "district-longhu"])
        .await;
    city.it_is("2026-11-18T10:00");
    let district = city.clerk("district-longhu").await;
    district.sub_assign(number, "street-440507001").await.unwrap();
    city.clerk("street-440507001").await.sign(number).await.unwrap();
    city.it_is("2026-11-19T15:00");
    for unit in ["street-440507001", "district-longhu", "traffic-police"] {
        city.replies(unit, number, Claim::Solved).await;
    }
    let lead = city.clerk(LEAD).await;
    city.leader(LEAD).await.endorse(number, Act::Reply).await.unwrap();
    let waiting = lead.reply(number, Claim::Solved).await.unwrap_err();
    assert_eq!(waiting.reason.as_deref(), Some("LEGS_MISSING"));
    assert!(
        waiting.facts.contains(&("unit".to_owned(), SILENT.to_owned())),
        "it says for whom: {waiting:?}"
    );

    // Past its four fifths; the silent unit, and it alone, is late.
    city.it_is("2026-11-20T17:30");
    let ticket = city.until(number, |ticket| ticket.level() == Level::L1).await;
    let late = leg(&ticket, SILENT).leg;
    let history = lead.history(number).await;
    let fired: Vec<&str> = history
        .iter()
        .filter(|event| event.kind == "level_fired" && event.facts["level"] == "l1")
        .map(|event| event.facts["leg"].as_str())
        .collect();
    assert!(
        !fired.is_empty() && fired.iter().all(|leg| *leg == late.to_string()),
        "{fired:?}"
    );
    let excused = lead.excuse(number, late).await.unwrap();
    assert_eq!(leg(&excused, SILENT).state, "excused");
    assert_eq!(
        refused(city.clerk(SILENT).await.reply(number, Claim::Solved).await).1,
        "ALREADY_REPLIED"
    );
    let replied = lead.reply(number, Claim::Solved).await.unwrap();
    assert_eq!(replied.phase(), Phase::ReplyReview);
    city.desk(Role::Auditor).await.pass(number).await.unwrap();
    let rated = city.nobody().rate(&taken, true, Rating::Satisfied).await.unwrap();
    assert_eq!(rated.phase(), Phase::Closed, "one answer, the lead's");
    city.close().await;
}
