//! 地标: what people call a place is learned from the matters that were handled there, and forgotten with them.

use std::time::Duration;

use hotline::client::Answer as _;
use proto::common::v1::{Claim, Rating, Role};
use proto::tickets::v1::{RegisterRequest, SealRequest};
use proto::triage::v1::suggest_triage_request::Matter;
use proto::triage::v1::{SuggestTriageRequest, Suggestion, Text};

use crate::city::{City, fresh, vague};
use crate::process::until;

const UNIT: &str = "housing";
const CATEGORY: &str = "housing.property.repairfund";
const STREET: &str = "440507003";
/// Named nowhere in the city's rules.
const PLACE: &str = "桃源雅筑3号门对面的奶茶店";
const WITHIN: Duration = Duration::from_secs(30);

async fn handled(city: &City) -> String {
    let told = RegisterRequest {
        place: PLACE.to_owned(),
        ..vague()
    };
    let number = city.sent(told, CATEGORY, STREET, &[UNIT]).await.number;
    city.begun(&number, &[UNIT]).await;
    city.answered(UNIT, &number, Claim::Solved).await;
    let agent = city.desk(Role::CallbackAgent).await;
    agent.answered(&number, true, Rating::Satisfied).await.unwrap();
    number
}

/// The areas that are read from words which name that place.
async fn areas(city: &City) -> Vec<Suggestion> {
    let operator = city.desk(Role::Operator).await;
    let text = Text {
        body: "桃源雅筑3号门对面的奶茶店门口井盖坏了".to_owned(),
        place: PLACE.to_owned(),
        ..Text::default()
    };
    let request = SuggestTriageRequest {
        matter: Some(Matter::Text(text)),
    };
    let mut triage = operator.rim.triage();
    triage.suggest_triage(request).await.answer().unwrap().areas
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_landmark_is_learned_from_three_matters_and_forgotten_with_them() {
    let city = City::open().await;
    handled(&city).await;
    let second = handled(&city).await;
    assert!(
        areas(&city).await.iter().all(|area| area.code != STREET),
        "two are too few"
    );

    handled(&city).await;
    let found = until("the third one is learned from", WITHIN, async || {
        areas(&city).await.into_iter().find(|area| area.code == STREET)
    })
    .await;
    assert!(
        found.evidence.iter().any(|words| words.contains("地标")),
        "{found:?}"
    );

    let triager = city.cleared(Role::Triager).await;
    let request = SealRequest {
        number: second,
        request_id: fresh(),
        ..SealRequest::default()
    };
    triager.rim.tickets().seal(request).await.answer().unwrap();
    until("what was sealed is forgotten", WITHIN, async || {
        let areas = areas(&city).await;
        areas.iter().all(|area| area.code != STREET).then_some(())
    })
    .await;
    city.close().await;
}
