//! 重复诉求: while the operator types, what has been told before comes up; past tickets help whoever triages. What is
//! sealed, erased or out of sight comes up for nobody.

use std::time::Duration;

use hotline::client::{Answer as _, Failure};
use proto::common::v1::{RequestType, Role};
use proto::tickets::v1::RegisterRequest;
use proto::triage::v1::suggest_duplicates_request::Matter;
use proto::triage::v1::{
    Duplicate, SuggestDuplicatesRequest, SuggestDuplicatesResponse, SuggestTriageRequest, Text,
    suggest_triage_request,
};
use proto::vault::v1::{DestroyKeyRequest, destroy_key_request::What};
use tonic::Code;

use crate::city::{City, Desk, Taken, fresh, identity, refused, told};

const NOISE: &str = "urban.noise";
const PLACE: &str = "龙湖区珠池街道丹霞庄西区3幢";
const GRILL: &str = "丹霞庄西区三幢楼下的烧烤店每天半夜噪音很大，油烟熏得人睡不着，请城管部门来处理。";
const GRILL_AGAIN: &str = "丹霞庄西区三幢楼下烧烤店半夜噪音很大，油烟熏得睡不着，请城管部门来处理一下。";
const PIPE: &str = "火炬路和练江路交界处水管爆裂，水流了一地，附近几个小区都停水了。";

fn grill(nth: usize) -> RegisterRequest {
    RegisterRequest {
        place: PLACE.to_owned(),
        category: NOISE.to_owned(),
        identity: Some(identity(&format!("住户{nth}"), &phone(nth))),
        ..told(RequestType::Complaint, "烧烤店扰民", GRILL)
    }
}

fn phone(nth: usize) -> String {
    format!("1390002{nth:04}")
}

fn typed(body: &str, place: &str) -> SuggestDuplicatesRequest {
    SuggestDuplicatesRequest {
        matter: Some(Matter::Text(Text {
            subject: "烧烤店扰民".to_owned(),
            body: body.to_owned(),
            place: place.to_owned(),
            ..Text::default()
        })),
        category: NOISE.to_owned(),
        ..SuggestDuplicatesRequest::default()
    }
}

async fn asked(desk: &Desk, request: SuggestDuplicatesRequest) -> Result<SuggestDuplicatesResponse, Failure> {
    desk.rim.triage().suggest_duplicates(request).await.answer()
}

async fn candidates(desk: &Desk, request: &SuggestDuplicatesRequest) -> Vec<Duplicate> {
    asked(desk, request.clone()).await.unwrap().duplicates
}

/// The candidates once there are `count` of them: the index follows the feed.
async fn until(desk: &Desk, request: &SuggestDuplicatesRequest, count: usize) -> Vec<Duplicate> {
    let asking = async {
        loop {
            let found = candidates(desk, request).await;
            if found.len() == count {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asking)
        .await
        .expect("the index follows in time")
}

async fn what_was_told_before_comes_up(city: City) {
    let operator = city.desk(Role::Operator).await;
    let first = city.taken(grill(1)).await;
    let found = until(&operator, &typed(GRILL, PLACE), 1).await;
    assert_eq!(found[0].number, first.number);
    assert!(found[0].must_answer && found[0].same_place && found[0].similarity > 0.99);
    assert_eq!((found[0].listeners, found[0].category.as_str()), (1, NOISE));
    assert!(!found[0].same_caller);

    // In other words it is a candidate; of another place, kind or matter it is none.
    let found = candidates(&operator, &typed(GRILL_AGAIN, "丹霞庄西区")).await;
    assert_eq!(found.len(), 1);
    assert!(
        candidates(&operator, &typed(GRILL, "龙湖区金霞街道金涛庄东区"))
            .await
            .is_empty()
    );
    assert!(candidates(&operator, &typed(PIPE, PLACE)).await.is_empty());
    let water = SuggestDuplicatesRequest {
        category: "utilities.water".to_owned(),
        ..typed(GRILL, PLACE)
    };
    assert!(candidates(&operator, &water).await.is_empty());

    // The same caller's open ticket of the category comes up whatever he says now.
    let again = SuggestDuplicatesRequest {
        caller_number: phone(1),
        ..typed("还是那件事，怎么还没有人来？", "")
    };
    let found = candidates(&operator, &again).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].same_caller && !found[0].must_answer && found[0].similarity < 0.72);

    // "The same": a contact of the ticket that is there, one listener more.
    operator
        .joined_by(&first.number, "住户2", &phone(2), GRILL_AGAIN)
        .await
        .unwrap();
    assert_eq!(candidates(&operator, &typed(GRILL, PLACE)).await[0].listeners, 2);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_before_comes_up_while_the_operator_types() {
    what_was_told_before_comes_up(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_before_comes_up_in_a_split_city() {
    what_was_told_before_comes_up(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coordinates_are_held_against_the_radius_of_the_category() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let here = RegisterRequest {
        place: "geo:23.3700,116.7200".to_owned(),
        ..grill(1)
    };
    city.taken(here).await;
    // 0.004 degrees of latitude are 445 metres, and noise is heard over 500.
    let found = until(&operator, &typed(GRILL, "geo:23.3740,116.7200"), 1).await;
    assert!((440..=450).contains(&found[0].distance_m.unwrap()), "{found:?}");
    assert!(
        candidates(&operator, &typed(GRILL, "geo:23.3760,116.7200"))
            .await
            .is_empty()
    );
    let position = |lat, lon| SuggestDuplicatesRequest {
        position: Some(proto::triage::v1::Position { lat, lon }),
        ..typed(GRILL, "")
    };
    assert_eq!(
        candidates(&operator, &position(23.37, 116.72)).await[0].distance_m,
        Some(0)
    );
    let (code, _) = refused(asked(&operator, position(123.0, 0.0)).await);
    assert_eq!(code, Code::InvalidArgument);
    city.close().await;
}

/// Past tickets shown with a suggestion for a text.
async fn past(desk: &Desk, body: &str) -> Vec<String> {
    let request = SuggestTriageRequest {
        matter: Some(suggest_triage_request::Matter::Text(Text {
            body: body.to_owned(),
            ..Text::default()
        })),
    };
    let suggested = desk.rim.triage().suggest_triage(request).await.answer().unwrap();
    suggested.similar.into_iter().map(|one| one.number).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sealed_comes_up_for_nobody_from_then_on() {
    let city = City::open().await;
    let (operator, cleared) = (city.desk(Role::Operator).await, city.cleared(Role::Triager).await);
    let open = city.taken(grill(1)).await;
    until(&operator, &typed(GRILL, PLACE), 1).await;
    assert_eq!(
        past(&operator, GRILL_AGAIN).await,
        std::slice::from_ref(&open.number)
    );

    cleared
        .seal_against(&open.number, "urban-management")
        .await
        .unwrap();
    for desk in [&operator, &cleared] {
        assert!(candidates(desk, &typed(GRILL, PLACE)).await.is_empty());
        assert!(past(desk, GRILL_AGAIN).await.is_empty());
        let caller = SuggestDuplicatesRequest {
            caller_number: phone(1),
            ..typed(GRILL, PLACE)
        };
        assert!(candidates(desk, &caller).await.is_empty());
    }
    // Nor does the sealed one learn here of others that are open.
    let second = city.taken(grill(2)).await;
    until(&operator, &typed(GRILL, PLACE), 1).await;
    let of_ticket = |taken: &Taken| SuggestDuplicatesRequest {
        matter: Some(Matter::Number(taken.number.clone())),
        ..SuggestDuplicatesRequest::default()
    };
    assert!(candidates(&cleared, &of_ticket(&open)).await.is_empty());
    assert!(candidates(&operator, &of_ticket(&second)).await.is_empty());
    assert_eq!(
        refused(asked(&operator, of_ticket(&open)).await).0,
        Code::NotFound
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_was_sealed_from_the_start_never_comes_up() {
    let city = City::open().await;
    let cleared = city.cleared(Role::Operator).await;
    let report = RegisterRequest {
        confidential: true,
        ..grill(1)
    };
    city.taken(report).await;
    let marker = city.taken(grill(2)).await;
    let found = until(&cleared, &typed(GRILL, PLACE), 1).await;
    assert_eq!(
        found[0].number, marker.number,
        "the one after it is there, it is not"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_index_is_made_anew_after_a_restart_without_what_was_erased() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let (erased, kept) = (city.taken(grill(1)).await, city.taken(grill(2)).await);
    until(&operator, &typed(GRILL, PLACE), 2).await;
    let destroy = DestroyKeyRequest {
        number: erased.number.clone(),
        what: Some(What::Words(true)),
        purpose: "当事人依法请求删除".to_owned(),
        request_id: fresh(),
    };
    city.administrator()
        .core
        .vault()
        .destroy_key(destroy)
        .await
        .answer()
        .unwrap();
    let found = until(&operator, &typed(GRILL, PLACE), 1).await;
    assert_eq!(found[0].number, kept.number);

    let city = city.reopen().await;
    let operator = city.desk(Role::Operator).await;
    let found = until(&operator, &typed(GRILL, PLACE), 1).await;
    assert_eq!(found[0].number, kept.number);
    let answer = asked(&operator, typed(GRILL, PLACE)).await.unwrap();
    assert!(answer.as_of_time.is_some());
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_merged_ticket_its_incident_comes_up_once() {
    let city = City::open().await;
    let (operator, triager) = (city.desk(Role::Operator).await, city.cleared(Role::Triager).await);
    let (incident, child) = (city.taken(grill(1)).await, city.taken(grill(2)).await);
    for taken in [&incident, &child] {
        city.triaged(&taken.number).await;
    }
    until(&operator, &typed(GRILL, PLACE), 2).await;
    triager.merge(&child.number, &incident.number).await.unwrap();
    let found = candidates(&operator, &typed(GRILL, PLACE)).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].number.as_str(), found[0].listeners),
        (incident.number.as_str(), 2)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_and_too_much_are_answered_plainly() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    city.taken(grill(1)).await;
    until(&operator, &typed(GRILL, PLACE), 1).await;
    for empty in ["", "😡😡😡", "。。。"] {
        let request = SuggestDuplicatesRequest {
            matter: Some(Matter::Text(Text {
                body: empty.to_owned(),
                ..Text::default()
            })),
            ..SuggestDuplicatesRequest::default()
        };
        assert!(candidates(&operator, &request).await.is_empty(), "{empty}");
    }
    let long = "路灯坏了".repeat(20_000);
    for (request, field) in [
        (typed(&long, PLACE), Code::InvalidArgument),
        (SuggestDuplicatesRequest::default(), Code::InvalidArgument),
    ] {
        assert_eq!(refused(asked(&operator, request).await).0, field);
    }
    city.close().await;
}

/// The grounds on which a matter may not be ours, with what speaks for each.
async fn hints(desk: &Desk) -> Vec<(String, Vec<String>)> {
    let text = Text {
        subject: "烧烤店扰民".to_owned(),
        body: GRILL.to_owned(),
        place: PLACE.to_owned(),
        ..Text::default()
    };
    let request = SuggestTriageRequest {
        matter: Some(suggest_triage_request::Matter::Text(text)),
    };
    let suggested = desk.rim.triage().suggest_triage(request).await.answer().unwrap();
    let hints = suggested.hints.into_iter();
    hints.map(|hint| (hint.ground, hint.evidence)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_triages_is_told_that_it_was_told_before() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    assert_eq!(hints(&operator).await, []);
    let number = city.taken(grill(1)).await.number;
    until(&operator, &typed(GRILL, PLACE), 1).await;
    assert_eq!(hints(&operator).await, [("r5".to_owned(), vec![number])]);
    city.close().await;
}
