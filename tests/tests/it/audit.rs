//! 时限自查: every due time is computed anew, of a copy by the binary, at night and when asked by the server.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use hotline::client::Answer as _;
use jiff::SignedDuration;
use proto::common::v1::{Claim, ClockKind, Level, Role};
use proto::supervision::v1::DueLoopState;
use proto::tickets::v1::{
    ClockAudit, GetClockAuditRequest, GetClockAuditResponse, StartClockAuditRequest, Ticket,
};

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
    city.until(&late, is_overdue).await;
    late
}

/// Signing for it and ringing the resident are.
pub(crate) fn is_overdue(ticket: &Ticket) -> bool {
    let of = |clock: &&proto::tickets::v1::Clock| {
        matches!(clock.kind(), ClockKind::Sign | ClockKind::FirstContact)
    };
    let clocks: Vec<_> = ticket.clocks.iter().filter(of).collect();
    clocks.len() == 2
        && clocks
            .iter()
            .all(|clock| clock.fired.contains(&(Level::L1 as i32)))
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
    let last = the_audit_that_is_owed(&city, &supervisor, "02:40").await;
    assert_eq!((last.tickets, last.differences), (1, 0), "{last:?}");
    let next = until("the next night is known", AUDITED_WITHIN, async || {
        let next = crate::city::local(&asked(&supervisor).await.next_time);
        next.contains("18 02:30").then_some(next)
    });
    next.await;
}

/// The night's audit, which is put off until `at` for what the clock has passed over and tried no sooner.
async fn the_audit_that_is_owed(city: &City, desk: &Desk, at: &str) -> ClockAudit {
    let put_off = until("it is put off", AUDITED_WITHIN, async || {
        let answer = asked(desk).await;
        assert!(answer.last.is_none() && answer.under_way.is_none(), "{answer:?}");
        let next = crate::city::local(&answer.next_time);
        next.contains(at).then_some(next)
    });
    let put_off = put_off.await;
    city.it_is(&put_off.replace(' ', "T"));
    let audited = until("the night's audit has ended", AUDITED_WITHIN, async || {
        asked(desk).await.last
    });
    audited.await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_confirmed_past_the_hour_is_caught_up_with_before_it_is_audited() {
    let city = City::open().await;
    let late = sent(&city).await;
    let supervisor = city.desk(Role::Supervisor).await;
    // Two days later, by a clock that nobody has looked at yet.
    city.wall_leaps(SignedDuration::from_hours(48));
    city.due_loop(|due_loop| due_loop.state() == DueLoopState::Halted)
        .await;
    assert!(asked(&supervisor).await.last.is_none());

    supervisor.confirm_clock("已核对").await.unwrap();
    let confirmed_at = city.due_loop(|_| true).await.clock.unwrap().now_time.unwrap();
    let at = crate::city::local(&Some(prost_types::Timestamp {
        seconds: confirmed_at.seconds + 600,
        nanos: 0,
    }));
    let ticket = city.until(&late, is_overdue).await;
    assert_eq!(ticket.points_tenths, 0);
    let last = the_audit_that_is_owed(&city, &supervisor, &at).await;
    assert_eq!((last.tickets, last.differences), (1, 0), "{last:?}");
    city.close().await;
}
