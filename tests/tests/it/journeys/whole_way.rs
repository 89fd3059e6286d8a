//! A complaint travels the whole way, in one process and in two.

use hotline::client::Answer as _;
use proto::common::v1::{Claim, Phase, Rating, Role};
use proto::feedback::v1::{ListCallbacksRequest, RateTicketRequest, TrackTicketRequest, TrackTicketResponse};
use proto::insight::v1::GetBoardRequest;
use proto::intake::v1::SubmitComplaintResponse;

use crate::city::{City, fresh, refused};

async fn tracked(city: &City, taken: &SubmitComplaintResponse) -> TrackTicketResponse {
    let request = TrackTicketRequest {
        number: taken.number.clone(),
        query_code: taken.query_code.clone(),
    };
    city.nobody()
        .rim
        .feedback()
        .track_ticket(request)
        .await
        .answer()
        .unwrap()
}

async fn a_lamp_is_mended(city: City) {
    let taken = city.lamp().await;
    assert_eq!(tracked(&city, &taken).await.number, taken.number);

    let ticket = city.triaged(&taken.number).await;
    assert_eq!(
        ticket.phase(),
        Phase::Dispatched,
        "dispatched by itself: {ticket:?}"
    );
    assert_eq!(ticket.category, "urban.municipal.lights");
    assert!(ticket.area.starts_with("440507"), "{}", ticket.area);
    let clerk = city.clerk(&ticket.lead_unit).await;
    let dispatched = clerk
        .history(&taken.number)
        .await
        .into_iter()
        .find(|event| event.kind == "dispatched")
        .unwrap();
    assert!(
        !dispatched.facts["entry"].is_empty(),
        "a dispatch names the directory's entry"
    );

    let words = clerk.ticket(&taken.number).await.unwrap();
    assert!(words.body.contains("路灯"));
    for leg in &ticket.legs {
        let clerk = city.clerk(&leg.unit).await;
        clerk.sign(&taken.number).await.unwrap();
        clerk.contact(&taken.number, true).await.unwrap();
    }
    for leg in ticket.legs.iter().rev() {
        city.clerk(&leg.unit)
            .await
            .reply(&taken.number, Claim::Solved)
            .await
            .unwrap();
    }
    assert!(
        tracked(&city, &taken).await.answer.is_none(),
        "nothing is published before the audit"
    );

    let auditor = city.desk(Role::Auditor).await;
    let ticket = auditor.pass(&taken.number).await.unwrap();
    assert_eq!(ticket.phase(), Phase::CallbackDue);
    let callbacks = city.desk(Role::CallbackAgent).await;
    let due = callbacks
        .rim
        .feedback()
        .list_callbacks(ListCallbacksRequest::default())
        .await
        .answer()
        .unwrap();
    assert_eq!(due.callbacks[0].number, taken.number);

    let seen = tracked(&city, &taken).await;
    assert_eq!(seen.answer.unwrap().done, "已更换线路和灯具");
    let rating = RateTicketRequest {
        rating_link: seen.rating_link,
        solved: Some(true),
        rating: Rating::VerySatisfied.into(),
        reason: "很快".to_owned(),
    };
    let rated = city
        .nobody()
        .rim
        .feedback()
        .rate_ticket(rating.clone())
        .await
        .answer()
        .unwrap();
    assert_eq!(rated.phase(), Phase::Closed);
    let again = RateTicketRequest {
        solved: Some(false),
        rating: Rating::VeryDissatisfied.into(),
        ..rating
    };
    refused(city.nobody().rim.feedback().rate_ticket(again).await.answer());

    let ticket = auditor.ticket(&taken.number).await.unwrap();
    assert_eq!(ticket.close_kind, "resolved");
    assert_eq!(ticket.outcome.unwrap().rating(), Rating::VerySatisfied);
    the_board_knows(&city, &ticket.lead_unit).await;
    city.close().await;
}

/// The board follows the feed; it is asked until it has caught up.
async fn the_board_knows(city: &City, unit: &str) {
    let supervisor = city.desk(Role::Supervisor).await;
    let asked = async {
        loop {
            let board = supervisor
                .rim
                .insight()
                .get_board(GetBoardRequest::default())
                .await
                .answer()
                .unwrap();
            let done = board
                .rows
                .iter()
                .find(|row| row.unit == unit)
                .is_some_and(|row| row.done == 1);
            if done {
                return board;
            }
            tokio::task::yield_now().await;
        }
    };
    let board = tokio::time::timeout(std::time::Duration::from_secs(20), asked)
        .await
        .unwrap();
    let row = board.rows.iter().find(|row| row.unit == unit).unwrap();
    assert_eq!((row.open, row.late), (0, 0));
    let rate = |rate: &Option<proto::insight::v1::Rate>| rate.as_ref().map(|rate| (rate.part, rate.whole));
    assert_eq!(rate(&row.response), Some((1, 1)));
    assert_eq!(rate(&row.solved), Some((1, 1)));
    assert_eq!(rate(&row.satisfied), Some((1, 1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lamp_is_reported_mended_and_praised() {
    a_lamp_is_mended(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_in_a_city_split_in_two_processes() {
    a_lamp_is_mended(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_form_is_one_ticket_and_another_form_under_its_id_is_refused() {
    let city = City::open().await;
    let form = crate::city::lamp();
    let first = city.submit(form.clone()).await;
    let second = city.submit(form.clone()).await;
    assert_eq!(
        (first.number, first.query_code),
        (second.number, second.query_code)
    );

    let mut other = form;
    other.body = "另一件事".to_owned();
    let channel = city.desk(Role::Channel).await;
    let (code, reason) = refused(channel.rim.intake().submit_complaint(other).await.answer());
    assert_eq!(
        (code, reason.as_str()),
        (tonic::Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_that_stops_and_starts_knows_everything() {
    let city = City::open().await;
    let (taken, before) = city.replied_lamp().await;
    let city = city.reopen().await;
    let after = city
        .desk(Role::Auditor)
        .await
        .ticket(&taken.number)
        .await
        .unwrap();
    assert_eq!(after, before);
    assert_eq!(tracked(&city, &taken).await.number, taken.number);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_alone_opens_nothing_and_guessing_is_limited() {
    let city = City::open().await;
    let taken = city.lamp().await;
    let mut codes = std::collections::BTreeSet::new();
    for _ in 0..14 {
        let request = TrackTicketRequest {
            number: taken.number.clone(),
            query_code: "0000000000".to_owned(),
        };
        let (code, _) = refused(city.nobody().rim.feedback().track_ticket(request).await.answer());
        codes.insert(format!("{code:?}"));
    }
    assert_eq!(
        codes.into_iter().collect::<Vec<_>>(),
        ["NotFound", "ResourceExhausted"]
    );

    let none = TrackTicketRequest {
        number: "20261116-9999990".to_owned(),
        query_code: fresh(),
    };
    refused(city.nobody().rim.feedback().track_ticket(none).await.answer());
    city.close().await;
}
