//! Triage with the shipped classifier: the sure goes out by itself, everything else waits for a person who sees why.

use hotline::client::{Answer as _, Failure};
use proto::common::v1::{EmergencyService, Grade, Phase, RequestType, Role};
use proto::intake::v1::SubmitComplaintRequest;
use proto::tickets::v1::{Ticket, TicketEvent};
use proto::triage::v1::suggest_triage_request::Matter;
use proto::triage::v1::{SuggestTriageRequest, SuggestTriageResponse, Text};

use crate::city::{City, Desk, MONDAY, lamp, refused};

async fn with_model() -> City {
    City::open_as(MONDAY, |raw| raw.triage.model = Some("shipped".to_owned())).await
}

async fn suggest(desk: &Desk, subject: &str, body: &str) -> Result<SuggestTriageResponse, Failure> {
    let text = Text {
        subject: subject.to_owned(),
        body: body.to_owned(),
        place: "龙湖区金霞街道".to_owned(),
        ..Text::default()
    };
    let request = SuggestTriageRequest {
        matter: Some(Matter::Text(text)),
    };
    desk.rim.triage().suggest_triage(request).await.answer()
}

/// Takes a message in and waits until triage has dealt with it.
async fn triaged(city: &City, subject: &str, body: &str) -> Ticket {
    let taken = city
        .submit(SubmitComplaintRequest {
            subject: subject.to_owned(),
            body: body.to_owned(),
            ..lamp()
        })
        .await;
    city.until(&taken.number, |ticket| {
        ticket.phase() != Phase::Accepted || !ticket.hold.is_empty()
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sure_goes_out_and_the_doubtful_waits_with_the_reason() {
    let city = with_model().await;
    let sent = triaged(
        &city,
        "路灯坏了",
        "小区门口的路灯坏了三天，晚上很黑，老人不敢出门，请尽快维修路灯",
    )
    .await;
    assert_eq!(
        (sent.phase(), sent.category.as_str()),
        (Phase::Dispatched, "urban.municipal.lights")
    );
    let told = city.desk(Role::Triager).await.history(&sent.number).await;
    let spoke = |event: &TicketEvent| {
        event.kind != "registered" && event.words.values().any(|words| words.contains("路灯"))
    };
    let kinds: Vec<_> = told.iter().map(|event| (&event.kind, &event.words)).collect();
    assert!(told.iter().any(spoke), "{kinds:?}");

    let doubtful = triaged(&city, "有个问题", "昨天去办事，等了很久，最后也没有办成").await;
    assert_eq!(
        (doubtful.phase(), doubtful.hold.as_str()),
        (Phase::Accepted, "unsure_category")
    );
    let suit = triaged(
        &city,
        "工程款",
        "法院已经立案正在审理，工程款还是没有给，请领导处理",
    )
    .await;
    assert_eq!(
        (suit.phase(), suit.hold.as_str()),
        (Phase::Accepted, "inadmissible")
    );
    let gas = triaged(&city, "煤气", "楼道里有很重的煤气味").await;
    assert_eq!((gas.hold.as_str(), gas.grade()), ("urgent", Grade::A));
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suggestion_shows_what_spoke_and_where_it_goes_instead() {
    let city = with_model().await;
    let triager = city.desk(Role::Triager).await;

    let lights = suggest(&triager, "路灯坏了", "路灯坏了三天，晚上很黑，请维修路灯")
        .await
        .unwrap();
    let first = &lights.categories[0];
    assert_eq!(
        (first.code.as_str(), first.source.as_str()),
        ("urban.municipal.lights", "both")
    );
    assert!(
        first.evidence.iter().any(|word| word.contains("路灯")),
        "{:?}",
        first.evidence
    );
    assert!(
        first.model_words.iter().any(|word| word.contains("路灯")),
        "{:?}",
        first.model_words
    );
    assert_eq!((lights.hold.as_str(), lights.hints.len()), ("", 0));
    assert!(!lights.model_version.is_empty() && lights.sureness >= lights.threshold);
    assert_eq!(lights.units[0].entry, "urban-municipal-lights");

    let fire = suggest(&triager, "", "三楼着火了，火很大，快来人").await.unwrap();
    let hint = &fire.hints[0];
    assert_eq!(
        (hint.ground.as_str(), hint.service()),
        ("r1", EmergencyService::Fire)
    );
    assert!(hint.route_zh.contains("119") && hint.route_en.contains("119"));
    assert_eq!(fire.hold, "urgent");

    let bribes = suggest(&triager, "", "反映某镇长收受贿赂").await.unwrap();
    assert_eq!(bribes.types[0].r#type(), RequestType::Report);
    assert_eq!(
        (bribes.hints[0].ground.as_str(), bribes.hints[0].rule.as_str()),
        ("r2", "discipline-clue")
    );
    assert_eq!(
        (bribes.rules.as_slice(), bribes.hold.as_str()),
        (&["discipline-clue".to_owned()][..], "report")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_broken_is_answered_and_nothing_of_it_dispatched() {
    let city = with_model().await;
    let triager = city.desk(Role::Triager).await;
    for text in ["", "😡😡😡🙏", "！！！", "asdf qwerty"] {
        let answer = suggest(&triager, "", text).await.unwrap();
        assert!(!answer.hold.is_empty(), "{text:?}");
    }
    let long = suggest(&triager, "", &"路灯坏了。".repeat(5_000)).await.unwrap();
    assert_eq!(long.categories[0].code, "urban.municipal.lights");
    let (code, _) = refused(suggest(&triager, "", &"灯".repeat(40_000)).await);
    assert_eq!(code, tonic::Code::InvalidArgument);
    city.close().await;
}

/// A city changes its taxonomy under a model: nothing breaks, what is gone is left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_label_whose_category_is_gone_is_left_out() {
    let changes = [(
        "classifier.toml",
        "\"卫生计生\" = [\"health\", \"market.drug\"]",
        "\"卫生计生\" = [\"welfare\"]",
    )];
    let city = City::open_changed(MONDAY, &changes, |raw| {
        raw.triage.model = Some("shipped".to_owned())
    })
    .await;
    let triager = city.desk(Role::Triager).await;
    let answer = suggest(&triager, "", "医院乱收费，医生态度恶劣，护士也不管病人")
        .await
        .unwrap();
    assert_eq!(answer.hold, "unsure_category");
    assert!(answer.categories.iter().all(|one| one.code != "welfare"));
    city.close().await;
}
