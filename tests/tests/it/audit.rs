//! 时限自查: every due time is computed anew, of a copy by the binary, at night and when asked by the server.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use hotline::client::Answer as _;
use proto::common::v1::{Claim, ClockKind, Level, Role};
use proto::tickets::v1::{GetClockAuditRequest, GetClockAuditResponse, StartClockAuditRequest, Ticket};

use crate::city::{City, Desk, fresh, vague};
use crate::process::{Ran, hotline, until};

/// How long an audit of a few tickets may take.
const AUDITED_WITHIN: Duration = Duration::from_secs(60);
/// What `hotline audit clocks` ends with where a server is using the directory.
const UNAVAILABLE: Option<i32> = Some(5);

/// A matter that was extended, rested and was answered; and one that nobody signs for.
async fn lived(city: &City) -> String {
    let answered = sent(city).await;
    city.begun(&answered, &["housing"]).await;
    let late = sent(city).await;
    city.leader("housing").await.extend(&answered, 5).await.unwrap();
    city.it_is("2026-11-16T10:00");
    let supervisor = city.desk(Role::Supervisor).await;
    supervisor.decide_extension(&answered, true).await.unwrap();
    let clerk = city.clerk("housing").await;
    clerk.ask(&answered, "几时方便入户?").await.unwrap();
    city.it_is("2026-11-16T15:00");
    let operator = city.desk(Role::Operator).await;
    operator.hear(&answered, "周三").await.unwrap();
    city.replies("housing", &answered, Claim::Solved).await;

    city.it_is("2026-11-17T17:30");
    let fired = |ticket: &Ticket| {
        let of = |clock: &&proto::tickets::v1::Clock| {
            matches!(clock.kind(), ClockKind::Sign | ClockKind::FirstContact)
        };
        let clocks: Vec<_> = ticket.clocks.iter().filter(of).collect();
        clocks.len() == 2
            && clocks
                .iter()
                .all(|clock| clock.fired.contains(&(Level::L1 as i32)))
    };
    city.until(&late, fired).await;
    late
}

async fn sent(city: &City) -> String {
    let units = &["housing"];
    city.sent(vague(), "housing.property.repairfund", "440507", units)
        .await
        .number
}

async fn audit_of(data: &Path) -> Ran {
    let verb = ["audit", "clocks", "--json", "--data"].map(OsStr::new);
    hotline(verb.into_iter().chain([data.as_os_str()])).await
}

async fn asked(desk: &Desk) -> GetClockAuditResponse {
    let tickets = &desk.core;
    tickets
        .tickets()
        .get_clock_audit(GetClockAuditRequest {})
        .await
        .answer()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_due_time_of_a_copy_is_computed_to_the_same() {
    let city = City::open().await;
    lived(&city).await;

    let in_use = audit_of(city.data.path()).await;
    assert_eq!(in_use.code, UNAVAILABLE, "{in_use:#?}");
    assert!(in_use.err.contains("hotline backup"), "{}", in_use.err);

    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    let verb = ["backup", "--data"].map(OsStr::new);
    let to = [city.data.path().as_os_str(), OsStr::new("--to"), copy.as_os_str()];
    hotline(verb.into_iter().chain(to)).await.well();
    let audited = audit_of(&copy).await.well();
    let [sum] = audited.objects().try_into().expect("counts and no difference");
    assert_eq!(sum["tickets"], 2, "{sum}");
    assert_eq!(
        (&sum["differences"], &sum["decided_otherwise"]),
        (&0.into(), &0.into())
    );
    assert!(
        sum["runs"].as_u64() > Some(12) && sum["levels"].as_u64() >= Some(4),
        "{sum}"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_audits_when_it_is_asked_to() {
    let city = City::open_as(crate::city::MONDAY, |raw| raw.audit.at = Some(String::new())).await;
    lived(&city).await;
    let office = city.desk(Role::CityOffice).await;
    let before = asked(&office).await;
    assert!(before.last.is_none() && before.next_time.is_none(), "{before:?}");

    let request_id = fresh();
    let begin = StartClockAuditRequest { request_id };
    office
        .core
        .tickets()
        .start_clock_audit(begin)
        .await
        .answer()
        .unwrap();
    let last = until("the audit has ended", AUDITED_WITHIN, async || {
        asked(&office).await.last
    })
    .await;
    assert_eq!(
        (last.tickets, last.differences, last.unreadable),
        (2, 0, 0),
        "{last:?}"
    );
    assert!(last.runs > 12 && last.end_time.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_night_the_clocks_are_audited() {
    let city = City::open().await;
    sent(&city).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let before = asked(&supervisor).await;
    let next = crate::city::local(&before.next_time);
    assert!(next.contains("02:30"), "{next}");
    assert!(before.last.is_none());

    city.it_is("2026-11-17T02:30");
    let last = until("the night's audit has ended", AUDITED_WITHIN, async || {
        asked(&supervisor).await.last
    });
    let last = last.await;
    assert_eq!((last.tickets, last.differences), (1, 0), "{last:?}");
    let next = until("the next night is known", AUDITED_WITHIN, async || {
        let next = crate::city::local(&asked(&supervisor).await.next_time);
        next.contains("18").then_some(next)
    });
    next.await;
}
