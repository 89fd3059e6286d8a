//! The board and an outage: what came due meanwhile lowers nobody's figures.

use std::time::Duration;

use hotline::client::Answer as _;
use proto::common::v1::Role;
use proto::insight::v1::{BoardRow, GetBoardRequest, Rate};

use crate::audit::is_overdue;
use crate::city::{City, Desk, vague};
use crate::process::until;

async fn sent(city: &City) -> String {
    let units = &["housing"];
    city.sent(vague(), "housing.property.repairfund", "440507", units)
        .await
        .number
}

/// The board's sum, once it is as wanted.
async fn board(desk: &Desk, what: &str, wanted: impl Fn(&BoardRow) -> bool) -> BoardRow {
    let total = until(what, Duration::from_secs(20), async || {
        let insight = desk.rim.insight();
        let asked = { insight }.get_board(GetBoardRequest::default()).await;
        asked.answer().unwrap().total.filter(&wanted)
    });
    total.await
}

fn response(row: &BoardRow) -> (u64, u64) {
    let rate = row.response.as_ref();
    rate.map_or((0, 0), |Rate { part, whole, .. }| (*part, *whole))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_due_during_an_outage_lowers_no_rate() {
    let city = City::open().await;
    let excused = sent(&city).await;
    let clock = city.clock.clone();
    let city = city
        .reopen_after(|| clock.step_to("2026-11-18T01:00:00Z".parse().unwrap()))
        .await;
    city.until(&excused, is_overdue).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let total = board(&supervisor, "it is not told as late", |row| {
        (row.open, response(row)) == (1, (0, 0))
    })
    .await;
    assert_eq!((total.open, total.red, total.late), (1, 1, 0));
    city.begun(&excused, &["housing"]).await;
    let total = board(&supervisor, "it is signed for", |row| row.red == 0).await;
    assert_eq!(response(&total), (0, 0), "neither in time nor late");

    // Late with the system up, one is charged; one in time counts as ever.
    let late = sent(&city).await;
    city.it_is("2026-11-19T17:31");
    city.until(&late, is_overdue).await;
    let prompt = sent(&city).await;
    city.begun(&prompt, &["housing"]).await;
    board(&supervisor, "both count", |row| response(row) == (1, 2)).await;

    // A board read from its beginning is the same.
    let kept = city.data.path().join("insight");
    let city = city.reopen_after(|| std::fs::remove_dir_all(kept).unwrap()).await;
    let supervisor = city.desk(Role::Supervisor).await;
    board(&supervisor, "both count again", |row| {
        (row.open, response(row)) == (3, (1, 2))
    })
    .await;
    city.close().await;
}
