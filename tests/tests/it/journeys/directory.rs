//! 派单目录: a dispatch shows on what it rests, and who must stay out by the city's list gets nothing.

use hotline::client::Answer as _;
use proto::common::v1::Role;
use proto::tickets::v1::{
    DispatchProof, DispatchRequest, DispatchSupport, GetRulesRequest, PublishRulesRequest, TicketView,
};
use serde_json::{Value, json};
use tonic::Code;

use crate::city::{City, Desk, fresh, refused, vague};

const NOISE: &str = "urban.noise.industrial";
const JINPING: &str = "440511";
const STALLS: &str = "urban.appearance.stalls";
const ZHUCHI: &str = "440507003";
const STREET: &str = "street-440507003";

/// The proof as the whole ticket shows it.
async fn proof(desk: &Desk, number: &str) -> DispatchProof {
    let ticket = desk.ticket(number).await.unwrap();
    ticket.dispatch_proof.expect("a dispatched ticket has a proof")
}

/// The proof of the latest dispatch as its history shows it.
async fn told(desk: &Desk, number: &str) -> DispatchProof {
    let history = desk.history(number).await;
    let dispatched = history.into_iter().rfind(|event| event.kind == "dispatched");
    dispatched.and_then(|event| event.proof).unwrap()
}

fn by_hand(number: &str, similar: &[&str]) -> DispatchRequest {
    DispatchRequest {
        number: number.to_owned(),
        request_id: fresh(),
        lead_unit: STREET.to_owned(),
        reason: "现场确认为占道经营".to_owned(),
        support: Some(DispatchSupport {
            area_source: "landmark".to_owned(),
            similar_tickets: similar.iter().map(|number| (*number).to_owned()).collect(),
            ..DispatchSupport::default()
        }),
        classification: Some(proto::tickets::v1::Classification {
            category: STALLS.to_owned(),
            area: ZHUCHI.to_owned(),
            confidence_percent: 100,
            ..proto::tickets::v1::Classification::default()
        }),
        ..DispatchRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_system_dispatches_shows_its_proof() {
    let city = City::open().await;
    let mut told_of = vague();
    (told_of.category, told_of.area) = (NOISE.to_owned(), JINPING.to_owned());
    let number = city.taken(told_of).await.number;
    assert_eq!(city.triaged(&number).await.lead_unit, "ecology");
    let triager = city.desk(Role::Triager).await;
    let shown = proof(&triager, &number).await;
    assert_eq!(
        (shown.ground.as_str(), shown.entry.as_str()),
        ("entry", "urban-noise-industrial")
    );
    assert_eq!((shown.category.as_str(), shown.area.as_str()), (NOISE, JINPING));
    assert_eq!(shown.area_source, "given", "the operator chose it");
    assert_eq!(told(&triager, &number).await, shown);
    // The unit can argue with it.
    let clerk = city.clerk("ecology").await;
    assert_eq!(proof(&clerk, &number).await.entry, shown.entry);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn similar_tickets_are_told_to_those_who_may_see_them() {
    let city = City::open().await;
    let triager = city.desk(Role::Triager).await;
    let first = city.sent(vague(), STALLS, ZHUCHI, &[STREET]).await.number;
    let number = city.held(vague()).await.number;
    let dispatch = async |request: DispatchRequest| triager.core.tickets().dispatch(request).await.answer();
    let mut unheard_of = by_hand(&number, &[]);
    unheard_of.support.as_mut().unwrap().area_source = "hearsay".to_owned();
    assert_eq!(refused(dispatch(unheard_of).await).0, Code::InvalidArgument);
    let four = by_hand(&number, &[&first, &first, &first, &first]);
    assert_eq!(refused(dispatch(four).await).0, Code::InvalidArgument);
    dispatch(by_hand(&number, &[&first])).await.unwrap();

    let shown = proof(&triager, &number).await;
    assert_eq!((shown.ground.as_str(), shown.entry.as_str()), ("reason", ""));
    assert_eq!(
        (shown.area_source.as_str(), shown.confidence_percent),
        ("landmark", 100)
    );
    assert_eq!(shown.similar_tickets, [first.as_str()]);
    assert_eq!(told(&triager, &number).await.similar_tickets, [first.as_str()]);
    // The street has both tickets and is told of none.
    city.begun(&number, &[STREET]).await;
    let clerk = city.clerk(STREET).await;
    assert!(proof(&clerk, &number).await.similar_tickets.is_empty());
    assert!(told(&clerk, &number).await.similar_tickets.is_empty());
    // A list shows where a ticket stands, not what spoke for it.
    let request = proto::tickets::v1::GetTicketRequest {
        number: number.clone(),
        view: TicketView::Basic.into(),
    };
    let basic = triager.core.tickets().get_ticket(request).await.answer().unwrap();
    assert!(basic.ticket.unwrap().dispatch_proof.is_none());

    // Never across a seal, in either direction.
    city.cleared(Role::Triager)
        .await
        .seal_against(&first, "urban-management")
        .await
        .unwrap();
    for desk in [&triager, &city.cleared(Role::Triager).await] {
        assert!(proof(desk, &number).await.similar_tickets.is_empty());
        assert!(told(desk, &number).await.similar_tickets.is_empty());
    }
    city.close().await;
}

/// Publishes the rules in force with one more line of the recusal list.
async fn keep_out(desk: &Desk, recusal: Value) {
    let answer = desk.core.tickets().get_rules(GetRulesRequest::default()).await;
    let mut bundle: Value = serde_json::from_str(&answer.answer().unwrap().json).unwrap();
    bundle["recusals"].as_array_mut().unwrap().push(recusal);
    let request = PublishRulesRequest {
        json: bundle.to_string(),
        ..PublishRulesRequest::default()
    };
    desk.core.tickets().publish_rules(request).await.answer().unwrap();
}

async fn who_is_on_the_list_gets_nothing(city: City) {
    let office = city.desk(Role::CityOffice).await;
    let recusal = json!({
        "id": "ecology-noise",
        "unit": "ecology",
        "category": NOISE,
        "superior": "urban-management",
        "basis": "厂界归其下属企业管理",
        "from": "2026-01-01",
    });
    keep_out(&office, recusal).await;
    // Once triage has heard of the rules.
    city.it_is("2026-11-16T09:01");
    let mut noise = vague();
    (noise.category, noise.area) = (NOISE.to_owned(), JINPING.to_owned());
    let number = city.taken(noise).await.number;
    let sent = city.triaged(&number).await;
    assert_eq!(
        sent.lead_unit, "urban-management",
        "the superior handles: {sent:?}"
    );
    let triager = city.desk(Role::Triager).await;
    let shown = proof(&triager, &number).await;
    assert_eq!(shown.entry, "urban-noise-industrial", "by the same entry");

    // Nobody gives it a leg by hand either; elsewhere it has its matters as before.
    let other = city.held(vague()).await.number;
    let refusal = triager.send(&other, NOISE, JINPING, &["ecology"]).await;
    assert_eq!(refused(refusal).1, "RECUSED");
    let helps = triager
        .send(&other, NOISE, JINPING, &["urban-management", "ecology"])
        .await;
    assert_eq!(refused(helps).1, "RECUSED", "no leg of any role");
    let elsewhere = triager
        .send(&other, "environment.water", JINPING, &["ecology"])
        .await;
    assert_eq!(elsewhere.unwrap().lead_unit, "ecology");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recusal_list_is_honoured() {
    who_is_on_the_list_gets_nothing(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recusal_list_is_honoured_in_a_split_city_too() {
    who_is_on_the_list_gets_nothing(City::split().await).await;
}
