//! 拆单与改派: several matters in one call, and the hotline's own mistakes.

use proto::common::v1::{Claim, ClockKind, Grade, Phase, RequestType, Role};
use proto::tickets::v1::SplitPart;
use tonic::Code;

use crate::city::{City, Taken, due, local, refused, runs, told, vague};

fn part(subject: &str, body: &str, category: &str) -> SplitPart {
    SplitPart {
        r#type: RequestType::Complaint.into(),
        category: category.to_owned(),
        area: "440507003".to_owned(),
        subject: subject.to_owned(),
        body: body.to_owned(),
        ..SplitPart::default()
    }
}

fn two_parts() -> Vec<SplitPart> {
    vec![
        part("路灯不亮", "小区门口的灯三天没亮。", "urban.municipal.lights"),
        part(
            "物业不退押金",
            "装修押金一直不退。",
            "housing.property.repairfund",
        ),
    ]
}

async fn several_matters_become_several_tickets(city: City) {
    let taken = city.held(vague()).await;
    let number = &taken.number;
    let triager = city.desk(Role::Triager).await;
    let before = triager.ticket(number).await.unwrap();
    for (parts, what) in [(vec![], "none"), (vec![two_parts().remove(0); 9], "nine")] {
        assert_eq!(
            refused(triager.split(number, parts).await).0,
            Code::InvalidArgument,
            "{what}"
        );
    }
    let operator = city.desk(Role::Operator).await;
    assert_eq!(
        refused(operator.split(number, two_parts()).await).0,
        Code::PermissionDenied
    );
    city.it_is("2026-11-16T09:40");
    let split = triager.split(number, two_parts()).await.unwrap();
    assert_eq!(split.parts.len(), 2);
    assert_eq!(split.ticket.unwrap().phase(), Phase::Accepted);

    let wanted = ["urban-management", "housing"];
    for (part, lead) in split.parts.iter().zip(wanted) {
        let ticket = part.ticket.as_ref().unwrap();
        assert_eq!(ticket.split_from, *number);
        assert_eq!(
            (
                local(&ticket.register_time).as_str(),
                due(ticket, ClockKind::Citizen)
            ),
            ("2026-11-16 09:00", due(&before, ClockKind::Citizen)),
            "the same register time: nobody gains by splitting"
        );
        assert!(ticket.has_contact, "the resident can be rung about each of them");
        let sent = city.triaged(&ticket.number).await;
        assert_eq!(sent.lead_unit, lead);
        let own = Taken {
            number: ticket.number.clone(),
            code: part.query_code.clone(),
        };
        let tracked = city.nobody().track(&own).await.unwrap();
        assert_eq!(tracked.number, own.number, "each has a code of its own");
        let crossed = Taken {
            code: taken.code.clone(),
            ..own
        };
        assert_eq!(
            refused(city.nobody().track(&crossed).await).0,
            Code::NotFound,
            "the old code opens the old ticket"
        );
    }
    let history = triager.history(number).await;
    let event = history.iter().find(|event| event.kind == "split_off").unwrap();
    for part in &split.parts {
        assert!(event.facts["into"].contains(&part.ticket.as_ref().unwrap().number));
    }
    assert!(city.nobody().track(&taken).await.is_ok());

    // Each goes its own way to its own end.
    let lights = &split.parts[0].ticket.as_ref().unwrap().number;
    city.begun(lights, &["urban-management"]).await;
    city.answered("urban-management", lights, Claim::Solved).await;
    assert_eq!(triager.ticket(number).await.unwrap().phase(), Phase::Accepted);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_call_with_three_matters_becomes_three_tickets() {
    several_matters_become_several_tickets(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_call_with_three_matters_in_a_split_city() {
    several_matters_become_several_tickets(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_split_asked_twice_is_one() {
    use hotline::client::Answer as _;
    let city = City::open().await;
    let taken = city.held(vague()).await;
    let triager = city.desk(Role::Triager).await;
    let request = proto::tickets::v1::SplitRequest {
        number: taken.number.clone(),
        request_id: crate::city::fresh(),
        parts: two_parts(),
        ..Default::default()
    };
    let first = triager
        .core
        .tickets()
        .split(request.clone())
        .await
        .answer()
        .unwrap();
    let second = triager.core.tickets().split(request).await.answer().unwrap();
    let told = |split: &proto::tickets::v1::SplitResponse| -> Vec<(String, String)> {
        split
            .parts
            .iter()
            .map(|part| {
                (
                    part.ticket.as_ref().unwrap().number.clone(),
                    part.query_code.clone(),
                )
            })
            .collect()
    };
    assert_eq!(told(&first), told(&second));
    let all = triager
        .list(proto::tickets::v1::ListTicketsRequest::default())
        .await;
    assert_eq!(all.len(), 3);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_with_a_unit_is_not_split_any_more() {
    let city = City::open().await;
    let taken = city
        .sent(vague(), "urban.municipal.lights", "440507", &["urban-management"])
        .await;
    let triager = city.desk(Role::Triager).await;
    assert_eq!(
        refused(triager.split(&taken.number, two_parts()).await).1,
        "WRONG_PHASE"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sent_to_the_wrong_unit_the_hotline_sends_it_on_at_its_own_cost() {
    let city = City::open().await;
    let taken = city
        .sent(
            vague(),
            "urban.noise.industrial",
            "440511",
            &["ecology", "police"],
        )
        .await;
    let number = &taken.number;
    let (triager, supervisor) = (city.desk(Role::Triager).await, city.desk(Role::Supervisor).await);
    let before = triager.ticket(number).await.unwrap();
    city.it_is("2026-11-17T10:00");
    let moved = triager.redispatch(number, "urban-management").await.unwrap();
    assert_eq!(
        (moved.phase(), moved.lead_unit.as_str(), moved.legs.len()),
        (Phase::Dispatched, "urban-management", 1),
        "every leg ends, the co unit's too"
    );
    assert_eq!(due(&moved, ClockKind::Citizen), due(&before, ClockKind::Citizen));
    assert_eq!(due(&moved, ClockKind::Handle), "2026-11-24 17:30");
    assert!(runs(&moved, ClockKind::Sign));
    assert_eq!(
        refused(city.clerk("ecology").await.sign(number).await).1,
        "WRONG_RELATION"
    );

    city.clerk("urban-management").await.sign(number).await.unwrap();
    assert_eq!(
        refused(triager.redispatch(number, "ecology").await).1,
        "SUPERVISOR_NEEDED"
    );
    city.it_is("2026-11-30T10:00");
    let last = supervisor.redispatch(number, "ecology").await.unwrap();
    assert_eq!(
        (last.phase(), last.lead_unit.as_str()),
        (Phase::Dispatched, "ecology")
    );
    assert_eq!(
        due(&last, ClockKind::Handle),
        "2026-12-01 17:30",
        "the cap is spent: one working day is the least"
    );
    assert_eq!(due(&last, ClockKind::Citizen), "2026-11-30 17:30");
    let told = supervisor.history(number).await;
    assert_eq!(
        told.iter().filter(|event| event.kind == "redispatched").count(),
        2,
        "each counts as a mis-dispatch of the hotline"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_urgent_matter_sent_wrong_has_two_hours_at_least() {
    let city = City::open().await;
    let mut power = told(RequestType::Help, "整栋楼停电", "整栋楼停电一上午，电梯也停了。");
    power.grade = Grade::B.into();
    let taken = city
        .sent(power, "utilities.power.outage", "440507", &["water"])
        .await;
    let triager = city.desk(Role::Triager).await;
    let moved = triager.redispatch(&taken.number, "power").await.unwrap();
    assert_eq!(due(&moved, ClockKind::Sign), "2026-11-16 09:30");
    assert_eq!(due(&moved, ClockKind::Stage), "2026-11-17 09:00");
    let accepted = city.held(vague()).await;
    assert_eq!(
        refused(triager.redispatch(&accepted.number, "power").await).1,
        "WRONG_PHASE",
        "nobody has it yet"
    );
    city.close().await;
}
