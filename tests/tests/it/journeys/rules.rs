//! 规则发布: taken whole or refused whole, in force from a day on; running tickets keep theirs, a new calendar derives their
//! clocks anew.

use hotline::client::{Answer as _, Failure};
use proto::common::v1::{ClockKind, Role};
use proto::tickets::v1::{
    ExplainClockRequest, GetRulesRequest, ListRulesRequest, PublishRulesRequest, RulesVersion,
};
use serde_json::{Value, json};
use tonic::Code;

use crate::city::{City, Desk, due, refused, vague};

const HOUSING: [&str; 3] = ["housing.property.repairfund", "440507", "housing"];

/// The rules in force, changed.
async fn changed(desk: &Desk, change: impl FnOnce(&mut Value)) -> String {
    let request = GetRulesRequest::default();
    let answer = desk.core.tickets().get_rules(request).await.answer().unwrap();
    let mut bundle: Value = serde_json::from_str(&answer.json).unwrap();
    change(&mut bundle);
    bundle.to_string()
}

async fn publish(desk: &Desk, json: String, from: &str) -> Result<RulesVersion, Failure> {
    let request = PublishRulesRequest {
        json,
        from_date: from.to_owned(),
        validate_only: false,
    };
    let answer = desk.core.tickets().publish_rules(request).await.answer()?;
    Ok(answer.rules.unwrap())
}

/// Version, in force, waits; the latest first.
async fn listed(desk: &Desk) -> Vec<(String, bool, bool)> {
    let answer = desk.core.tickets().list_rules(ListRulesRequest {}).await;
    let versions = answer.answer().unwrap().versions;
    let row = |one: RulesVersion| (one.version, one.in_force, one.waits);
    versions.into_iter().map(row).collect()
}

async fn dispatched(city: &City) -> String {
    let [category, area, unit] = HOUSING;
    let taken = city.sent(vague(), category, area, &[unit]).await;
    taken.number
}

/// Whether every due time of a ticket follows from what was recorded.
async fn agrees(desk: &Desk, number: &str) -> bool {
    let request = ExplainClockRequest {
        number: number.to_owned(),
        all: true,
        ..ExplainClockRequest::default()
    };
    let answer = desk.core.tickets().explain_clock(request).await.answer().unwrap();
    !answer.explanations.is_empty() && answer.explanations.iter().all(|one| one.agrees)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_rules_wait_for_their_day_and_running_tickets_keep_theirs() {
    let city = City::open().await;
    let office = city.desk(Role::CityOffice).await;
    let running = dispatched(&city).await;
    let before = due(&office.ticket(&running).await.unwrap(), ClockKind::Handle);

    let shorter = changed(&office, |bundle| {
        bundle["profile"]["c"]["handle"]["complaint"] = json!("3 wd")
    })
    .await;
    let next = publish(&office, shorter, "2026-11-17").await.unwrap();
    assert!(next.waits && !next.in_force);
    let rows = listed(&office).await;
    assert_eq!(rows[0], (next.version.clone(), false, true));
    assert!(rows[1].1, "the old ones are in force: {rows:?}");
    let same_day = dispatched(&city).await;
    assert_eq!(
        due(&office.ticket(&same_day).await.unwrap(), ClockKind::Handle),
        before
    );

    // They take force with the first minute of their day, also over a restart before it.
    let city = city.reopen().await;
    city.it_is("2026-11-17T09:00");
    let office = city.desk(Role::CityOffice).await;
    assert_eq!(listed(&office).await[0], (next.version, true, false));
    let new = dispatched(&city).await;
    assert_eq!(
        due(&office.ticket(&new).await.unwrap(), ClockKind::Handle),
        "2026-11-20 17:30"
    );
    city.begun(&running, &["housing"]).await;
    let clerk = city.clerk("housing").await;
    let running_now = clerk.ticket(&running).await.unwrap();
    assert_eq!(
        due(&running_now, ClockKind::Handle),
        before,
        "it keeps its limits"
    );
    for number in [&running, &same_day, &new] {
        assert!(agrees(&office, number).await, "{number}");
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holiday_published_late_derives_running_clocks_anew_once() {
    let city = City::open().await;
    let office = city.desk(Role::CityOffice).await;
    let number = dispatched(&city).await;
    assert_eq!(
        due(&office.ticket(&number).await.unwrap(), ClockKind::Handle),
        "2026-11-23 17:30"
    );

    let holiday = changed(&office, |bundle| {
        let off = bundle["calendar"]["off"].as_array_mut().unwrap();
        off.push(json!("2026-11-19"));
    })
    .await;
    publish(&office, holiday, "").await.unwrap();
    let moved = city
        .until(&number, |ticket| {
            due(ticket, ClockKind::Handle) == "2026-11-24 17:30"
        })
        .await;
    assert!(agrees(&office, &number).await);

    let city = city.reopen().await;
    let office = city.desk(Role::CityOffice).await;
    let events = office.history(&number).await;
    let rederived = events.iter().filter(|event| event.kind == "rederived").count();
    assert_eq!(
        (rederived, office.ticket(&number).await.unwrap().version),
        (1, moved.version)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_contradict_themselves_are_refused_whole_and_the_old_ones_stay() {
    let city = City::open().await;
    let office = city.desk(Role::CityOffice).await;
    let before = listed(&office).await;

    let senseless = changed(&office, |bundle| bundle["profile"]["c"]["sign"] = json!("9 wd")).await;
    let failure = publish(&office, senseless, "").await.unwrap_err();
    let text = format!("{failure:?}");
    assert!(text.contains("profile.c.sign"), "the key is named: {text}");
    for (json, from) in [
        ("{".to_owned(), ""),
        (changed(&office, |_| ()).await, "2026-11-15"),
    ] {
        let (code, _) = refused(publish(&office, json, from).await);
        assert_eq!(code, Code::InvalidArgument);
    }
    let same = changed(&office, |_| ()).await;
    let (code, _) = refused(publish(&city.clerk("housing").await, same.clone(), "").await);
    assert_eq!(code, Code::PermissionDenied);
    let again = publish(&office, same, "").await.unwrap();
    assert!(again.in_force, "what says the same is not published again");
    assert_eq!(listed(&office).await, before);
    city.close().await;
}
