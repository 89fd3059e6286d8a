//! 说明时限: why a clock is due when it is, for whoever may see the ticket and nobody else.

use hotline::client::{Answer as _, Failure};
use proto::common::v1::{ClockKind, Role};
use proto::tickets::v1::{ExplainClockRequest, ExplainClockResponse, Explanation};
use tonic::Code;

use crate::city::{City, Desk, refused, vague};

async fn explain(desk: &Desk, request: ExplainClockRequest) -> Result<ExplainClockResponse, Failure> {
    desk.core.tickets().explain_clock(request).await.answer()
}

fn of(number: &str, kind: ClockKind) -> ExplainClockRequest {
    ExplainClockRequest {
        number: number.to_owned(),
        kind: kind.into(),
        picture: true,
        ..ExplainClockRequest::default()
    }
}

fn english(one: &Explanation) -> Vec<&str> {
    one.full.iter().map(|line| line.en.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_read_every_step_and_it_agrees_with_the_record() {
    let city = City::open().await;
    let taken = city
        .sent(vague(), "housing.property.repairfund", "440507", &["housing"])
        .await;
    let number = &taken.number;
    city.begun(number, &["housing"]).await;
    city.it_is("2026-11-20T09:00");
    city.leader("housing").await.extend(number, 5).await.unwrap();
    let supervisor = city.desk(Role::Supervisor).await;
    supervisor.decide_extension(number, true).await.unwrap();

    let clerk = city.clerk("housing").await;
    let told = explain(&clerk, of(number, ClockKind::Handle)).await.unwrap();
    let [one] = told.explanations.as_slice() else {
        panic!("one clock: {told:?}");
    };
    assert!(one.agrees && one.bounds.is_empty(), "{:?}", english(one));
    assert_eq!(
        (one.field.as_str(), one.unit.as_str()),
        ("c.handle.complaint", "housing")
    );
    let kinds: Vec<&str> = one.steps.iter().map(|step| step.kind.as_str()).collect();
    assert_eq!(kinds, ["limit", "extended"]);
    let counted: u32 = one
        .steps
        .iter()
        .flat_map(|step| &step.spans)
        .filter(|span| span.counts)
        .map(|span| span.days)
        .sum();
    assert_eq!(counted, 10, "five working days and five more: {:?}", english(one));
    assert!(
        one.svg.starts_with("<svg") && !one.svg.contains(number),
        "a picture without a name"
    );
    assert_eq!(one.short.len(), 2);

    let all = ExplainClockRequest {
        all: true,
        ..of(number, ClockKind::Unspecified)
    };
    let all = explain(&supervisor, all).await.unwrap().explanations;
    assert!(all.len() > 3 && all.iter().all(|one| one.agrees));
    let holders = explain(&supervisor, of(number, ClockKind::Unspecified))
        .await
        .unwrap();
    let clock = holders.explanations[0].clock.as_ref().unwrap();
    assert_eq!(clock.kind(), ClockKind::Handle, "the unit holds the step");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_see_a_ticket_is_told_nothing_of_its_clocks() {
    let city = City::open().await;
    let taken = city
        .sent(vague(), "housing.property.repairfund", "440507", &["housing"])
        .await;
    let other = city.clerk("water").await;
    let (code, _) = refused(explain(&other, of(&taken.number, ClockKind::Handle)).await);
    assert_eq!(code, Code::NotFound);
    let supervisor = city.desk(Role::Supervisor).await;
    let none = ExplainClockRequest {
        unit: "water".to_owned(),
        ..of(&taken.number, ClockKind::Handle)
    };
    assert_eq!(
        refused(explain(&supervisor, none).await).0,
        Code::NotFound,
        "no such leg"
    );
}
