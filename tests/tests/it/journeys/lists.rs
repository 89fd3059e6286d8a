//! Lists, pages, the feed.

use futures::StreamExt as _;
use hotline::client::Answer as _;
use proto::common::v1::{Phase, Role};
use proto::tickets::v1::{ListTicketsRequest, WatchRequest};
use proto::vault::v1::ListTokensRequest;

use crate::city::{City, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_stable_and_complete_while_tickets_move() {
    let city = City::open().await;
    let mut numbers = Vec::new();
    for _ in 0..23 {
        numbers.push(city.lamp().await.number);
    }
    let supervisor = city.desk(Role::Supervisor).await;
    let query = ListTicketsRequest {
        page_size: 5,
        ..ListTicketsRequest::default()
    };
    let first = supervisor
        .core
        .tickets()
        .list_tickets(query.clone())
        .await
        .answer()
        .unwrap();
    let ticket = city.triaged(&numbers[0]).await;
    city.clerk(&ticket.lead_unit)
        .await
        .sign(&numbers[0])
        .await
        .unwrap();
    let mut seen: Vec<String> = first.tickets.iter().map(|ticket| ticket.number.clone()).collect();
    let mut token = first.next_page_token;
    let first_token = token.clone();
    while !token.is_empty() {
        let request = ListTicketsRequest {
            page_token: token,
            ..query.clone()
        };
        let page = supervisor
            .core
            .tickets()
            .list_tickets(request)
            .await
            .answer()
            .unwrap();
        seen.extend(page.tickets.iter().map(|ticket| ticket.number.clone()));
        token = page.next_page_token;
    }
    assert_eq!(seen, numbers);

    let other = ListTicketsRequest {
        page_token: first_token,
        unit: "water".to_owned(),
        page_size: 5,
        ..Default::default()
    };
    let (code, reason) = refused(supervisor.core.tickets().list_tickets(other).await.answer());
    assert_eq!(
        (code, reason.as_str()),
        (tonic::Code::InvalidArgument, "PAGE_TOKEN_INVALID")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_fit_and_a_unit_lists_its_own_and_those_below_it() {
    let city = City::open().await;
    let taken = city.lamp().await;
    let ticket = city.triaged(&taken.number).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let listed =
        |desk: crate::city::Desk, query: ListTicketsRequest| async move { desk.list(query).await.len() };

    let by_phase = ListTicketsRequest {
        phase: Phase::Dispatched.into(),
        ..Default::default()
    };
    let by_area = ListTicketsRequest {
        area: "440507".to_owned(),
        ..Default::default()
    };
    let elsewhere = ListTicketsRequest {
        area: "440511".to_owned(),
        ..Default::default()
    };
    let by_category = ListTicketsRequest {
        category: "urban".to_owned(),
        ..Default::default()
    };
    assert_eq!(listed(supervisor.clone(), by_phase.clone()).await, 1);
    assert_eq!(listed(supervisor.clone(), by_area).await, 1);
    assert_eq!(listed(supervisor.clone(), elsewhere).await, 0);
    assert_eq!(listed(supervisor, by_category).await, 1);
    assert_eq!(
        listed(city.clerk(&ticket.lead_unit).await, by_phase.clone()).await,
        1
    );
    assert_eq!(listed(city.clerk("broadcast").await, by_phase).await, 0);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_department_follows_its_own_tickets_and_resumes_where_it_was() {
    let city = City::open().await;
    let first = city.lamp().await;
    let ticket = city.triaged(&first.number).await;
    let clerk = city.clerk(&ticket.lead_unit).await;
    let feed = clerk.core.without_deadline();
    let mut sent = feed
        .tickets()
        .watch(WatchRequest::default())
        .await
        .answer()
        .unwrap();
    let change = sent.next().await.unwrap().unwrap();
    assert_eq!(change.change.unwrap().ticket.unwrap().number, first.number);

    let second = city.lamp().await;
    city.triaged(&second.number).await;
    let mut resumed = None;
    while let Some(Ok(sent)) = sent.next().await {
        let is_second = sent
            .change
            .is_some_and(|change| change.ticket.unwrap().number == second.number);
        if is_second {
            resumed = Some(sent.resume_token);
            break;
        }
    }
    clerk.sign(&second.number).await.unwrap();
    let request = WatchRequest {
        resume_token: resumed.unwrap(),
        from_now: false,
        words_of: Vec::new(),
    };
    let mut sent = feed.tickets().watch(request.clone()).await.answer().unwrap();
    let signed = loop {
        let change = sent.next().await.unwrap().unwrap().change.unwrap();
        if change.events.iter().any(|event| event.kind == "signed") {
            break change;
        }
    };
    assert_eq!(signed.ticket.unwrap().number, second.number);

    let stranger = city.clerk("broadcast").await.core.without_deadline();
    let (_, reason) = refused(stranger.tickets().watch(request).await.answer().map(|_| ()));
    assert_eq!(reason, "RESUME_TOKEN_VOID");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ends_ends_its_feed() {
    let city = City::open().await;
    let gone = city.token("gone", Role::Supervisor, "", false, 0).await;
    let feed = city.bearer(&gone.token).core.without_deadline();
    let mut sent = feed
        .tickets()
        .watch(WatchRequest::default())
        .await
        .answer()
        .unwrap();
    let revoke = proto::vault::v1::RevokeTokenRequest {
        token_id: gone.token_id,
        request_id: crate::city::fresh(),
    };
    city.administrator()
        .core
        .vault()
        .revoke_token(revoke)
        .await
        .unwrap();
    // The heartbeat looks again whether the token holds.
    let ended = tokio::time::timeout(std::time::Duration::from_secs(40), async {
        while let Some(sent) = sent.next().await {
            if let Err(status) = sent {
                return status.code();
            }
        }
        tonic::Code::Ok
    });
    assert_eq!(ended.await.unwrap(), tonic::Code::Unauthenticated);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_listed_without_their_secrets() {
    let city = City::open().await;
    city.clerk("water").await;
    let listed = city
        .administrator()
        .core
        .vault()
        .list_tokens(ListTokensRequest::default())
        .await
        .answer()
        .unwrap();
    assert!(listed.tokens.iter().any(|token| token.unit == "water"));
    city.close().await;
}
