//! The due loop and the clock it trusts: leaps of the machine's clock, outages, two loops at once. Every level fires
//! exactly once, in due order, never early, and nobody pays for an outage.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proto::common::v1::{ClockDoubt, ClockKind, Level, Role};
use proto::supervision::v1::DueLoopState;
use proto::tickets::v1::TicketEvent;
use tonic::Code;

use crate::city::{City, due, due_at, local, refused};

const LAMPS: usize = 4;

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// Some lamps, registered minutes apart, so that their levels are due at different times.
async fn lamps(city: &City) -> Vec<String> {
    let mut numbers = Vec::new();
    for _ in 0..LAMPS {
        let number = city.lamp().await.number;
        city.triaged(&number).await;
        numbers.push(number);
        city.time_passes(SignedDuration::from_mins(7));
    }
    numbers
}

/// In due order, each once, none before its time, all charged or none.
fn in_order(fired: &[TicketEvent], is_charged: bool) {
    let due: Vec<i64> = fired.iter().map(|event| due_at(event).as_second()).collect();
    assert!(due.is_sorted(), "{due:?}");
    let names: BTreeSet<_> = fired.iter().map(name).collect();
    assert_eq!(names.len(), fired.len(), "a level has fired twice");
    for event in fired {
        let at: Timestamp = kit::wire::instant("event_time", event.event_time.as_ref().unwrap()).unwrap();
        assert!(at >= due_at(event), "early: {event:?}");
        let was_down = event.facts["system_was_down"] == "true";
        assert_eq!(was_down, !is_charged, "{event:?}");
        assert!(
            is_charged || event.facts["points_tenths"] == "0",
            "somebody pays: {event:?}"
        );
    }
}

fn name(event: &TicketEvent) -> (String, String, String, String, String) {
    let fact = |key: &str| event.facts.get(key).cloned().unwrap_or_default();
    (
        event.number.clone(),
        fact("clock"),
        fact("leg"),
        fact("run"),
        fact("level"),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leap_halts_firing_until_somebody_stands_for_the_clock() {
    a_leap_halts(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leap_halts_firing_in_a_split_city_too() {
    a_leap_halts(City::split().await).await;
}

async fn a_leap_halts(city: City) {
    let numbers = lamps(&city).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let before = city.due_loop(|due_loop| due_loop.last_pass_time.is_some()).await;
    assert_eq!((before.state(), before.fired_count), (DueLoopState::Running, 0));

    // Monday 09:28, and the machine says it is the 28th.
    city.wall_leaps(hours(12 * 24));
    let halted = city
        .due_loop(|due_loop| due_loop.state() == DueLoopState::Halted)
        .await;
    let clock = halted.clock.unwrap();
    assert_eq!(clock.doubt(), ClockDoubt::Leapt);
    assert_eq!(local(&clock.now_time), "2026-11-16 09:28");
    assert_eq!(local(&clock.wall_time), "2026-11-28 09:28");

    // People work on, by the right time.
    let late = city.lamp().await.number;
    let late = city.triaged(&late).await;
    assert_eq!(due(&late, ClockKind::Handle), "2026-11-23 17:30");

    // Two days pass; what comes due by the right time does not fire either.
    city.time_passes(hours(48));
    let behind = city
        .due_loop(|due_loop| local(&due_loop.oldest_due_time).starts_with("2026-11-17"))
        .await;
    assert_eq!((behind.state(), behind.fired_count), (DueLoopState::Halted, 0));
    assert!(behind.lag_ms > 3_600_000, "{behind:?}");

    let operator = city.desk(Role::Operator).await;
    let (code, _) = refused(operator.confirm_clock("已核对").await);
    assert_eq!(code, Code::PermissionDenied);
    assert_eq!(
        refused(supervisor.confirm_clock(" ").await).0,
        Code::InvalidArgument
    );
    assert_eq!(
        refused(supervisor.confirm_clock(&"核".repeat(201)).await).0,
        Code::InvalidArgument
    );

    let confirmed = supervisor.confirm_clock("已与授时中心核对").await.unwrap();
    assert_eq!(confirmed.state(), DueLoopState::Running);
    let clock = confirmed.clock.unwrap();
    assert_eq!(clock.doubt(), ClockDoubt::Unspecified);
    assert_eq!(local(&clock.now_time), "2026-11-30 09:28");
    for number in &numbers {
        let ticket = city.until(number, |ticket| ticket.level() == Level::L3).await;
        assert_eq!(ticket.points_tenths, 0, "nobody pays for a leap");
    }
    let stands = city
        .due_loop(|due_loop| due_loop.lag_ms == 0 && due_loop.fired_count > 0)
        .await;
    assert_eq!(stands.fired_count, stands.down_count);
    let fired = city.fired(usize::try_from(stands.fired_count).unwrap()).await;
    in_order(&fired, false);

    // With nothing to confirm nothing changes.
    let again = supervisor.confirm_clock("再确认一次").await.unwrap();
    assert_eq!(again.fired_count, stands.fired_count);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_pays_for_a_leap_that_is_confirmed_before_the_loop_has_seen_it() {
    let city = City::open().await;
    let numbers = lamps(&city).await;
    let supervisor = city.desk(Role::Supervisor).await;
    city.due_loop(|due_loop| due_loop.last_pass_time.is_some()).await;
    city.wall_leaps(hours(12 * 24));
    supervisor.confirm_clock("已与授时中心核对").await.unwrap();
    for number in &numbers {
        let ticket = city.until(number, |ticket| ticket.level() == Level::L3).await;
        assert_eq!(ticket.points_tenths, 0);
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_put_right_needs_nobody() {
    let city = City::open().await;
    let numbers = lamps(&city).await;
    city.wall_leaps(hours(-30 * 24));
    city.due_loop(|due_loop| due_loop.state() == DueLoopState::Halted)
        .await;
    // Tuesday evening: signing is late.
    city.time_passes(hours(33));
    city.due_loop(|due_loop| due_loop.lag_ms > 0).await;
    city.wall_leaps(hours(30 * 24));
    for number in &numbers {
        city.until(number, |ticket| ticket.level() == Level::L1).await;
    }
    let stands = city
        .due_loop(|due_loop| due_loop.state() == DueLoopState::Running && due_loop.lag_ms == 0)
        .await;
    in_order(
        &city.fired(usize::try_from(stands.fired_count).unwrap()).await,
        false,
    );

    // What comes due afterwards is charged as ever.
    city.it_is("2026-11-23T17:31");
    for number in &numbers {
        let ticket = city
            .until(number, |ticket| {
                ticket.level() == Level::L1 && ticket.points_tenths > 0
            })
            .await;
        assert_eq!(ticket.points_tenths, 5);
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_confirmed_leap_back_nothing_fires_before_its_time_by_that_clock() {
    let city = City::open().await;
    let number = lamps(&city).await.remove(0);
    // Tuesday 14:28 by a clock that was ahead for a day.
    city.time_passes(hours(29));
    city.wall_leaps(hours(-24));
    city.due_loop(|due_loop| due_loop.state() == DueLoopState::Halted)
        .await;
    let supervisor = city.desk(Role::Supervisor).await;
    let confirmed = supervisor.confirm_clock("手表、电视、授时均一致").await.unwrap();
    let clock = confirmed.clock.unwrap();
    assert_eq!(local(&clock.now_time), "2026-11-17 14:28", "it stands still");
    assert_eq!(local(&clock.wall_time), "2026-11-16 14:28");
    city.time_passes(hours(23));
    let still = city.due_loop(|_| true).await;
    assert_eq!(local(&still.clock.unwrap().now_time), "2026-11-17 14:28");
    let fired_before = still.fired_count;
    // It has caught up, and signing is late at 17:30 of the confirmed clock.
    city.it_is("2026-11-17T17:29");
    let ticket = supervisor.ticket(&number).await.unwrap();
    assert_ne!(ticket.level(), Level::L1, "never early");
    city.it_is("2026-11-17T17:30");
    let ticket = city.until(&number, |ticket| ticket.level() == Level::L1).await;
    assert_eq!(ticket.points_tenths, 5, "due long after the halt");
    city.due_loop(|due_loop| due_loop.fired_count > fired_before)
        .await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_behind_the_journal_computes_no_due_time_from_the_past() {
    let city = City::open().await;
    let numbers = lamps(&city).await;
    let clock = city.clock.clone();
    let kept = city.data.path().join("clock.json");
    // Another start of the machine, with a clock three weeks behind: nothing but the journal to compare with.
    let city = city
        .reopen_after(|| {
            std::fs::remove_file(kept).unwrap();
            clock.set_wall(at("2026-10-26T00:00:00Z"));
        })
        .await;
    let halted = city.due_loop(|_| true).await;
    assert_eq!(halted.state(), DueLoopState::Halted);
    assert_eq!(halted.clock.unwrap().doubt(), ClockDoubt::BehindLedger);
    let late = city.lamp().await.number;
    let late = city.triaged(&late).await;
    assert_eq!(due(&late, ClockKind::Handle), "2026-11-23 17:30");

    // The time server answers an hour later.
    city.time_passes(hours(1));
    clock.set_wall(at("2026-11-17T10:00:00Z"));
    for number in &numbers {
        city.until(number, |ticket| ticket.level() == Level::L1).await;
    }
    let stands = city
        .due_loop(|due_loop| due_loop.state() == DueLoopState::Running && due_loop.lag_ms == 0)
        .await;
    in_order(
        &city.fired(usize::try_from(stands.fired_count).unwrap()).await,
        false,
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_is_no_way_around_a_doubt() {
    let city = City::open().await;
    lamps(&city).await;
    city.wall_leaps(hours(10 * 24));
    city.due_loop(|due_loop| due_loop.state() == DueLoopState::Halted)
        .await;
    let city = city.reopen().await;
    let halted = city.due_loop(|_| true).await;
    assert_eq!(halted.clock.unwrap().doubt(), ClockDoubt::Leapt);
    assert_eq!(local(&halted.clock.unwrap().now_time), "2026-11-16 09:28");
    city.administrator().confirm_clock("已核对").await.unwrap();
    let city = city.reopen().await;
    let running = city
        .due_loop(|due_loop| due_loop.fired_count > 0 || due_loop.lag_ms == 0)
        .await;
    assert_eq!(running.state(), DueLoopState::Running);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_days_is_caught_up_with_in_due_order_and_charged_to_nobody() {
    let city = City::open().await;
    let numbers = lamps(&city).await;
    let clock = city.clock.clone();
    let city = city
        .reopen_after(|| clock.step_to(at("2026-11-27T02:00:00Z")))
        .await;
    for number in &numbers {
        let ticket = city.until(number, |ticket| ticket.level() == Level::L3).await;
        assert_eq!(ticket.points_tenths, 0);
    }
    let stands = city
        .due_loop(|due_loop| due_loop.fired_count > 0 && due_loop.lag_ms == 0)
        .await;
    let fired = city.fired(usize::try_from(stands.fired_count).unwrap()).await;
    in_order(&fired, false);
    let levels = ["l0", "l1", "l2", "l3"];
    for number in &numbers {
        let climbed: Vec<&str> = fired
            .iter()
            .filter(|event| {
                event.number == *number && event.facts["clock"] == "c4" && event.facts["leg"] == "1"
            })
            .map(|event| event.facts["level"].as_str())
            .collect();
        assert_eq!(climbed, levels);
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_loops_at_once_do_no_harm() {
    let mut city = City::split().await;
    city.second_loop().await;
    let numbers = lamps(&city).await;
    for until in [
        "2026-11-17T17:31",
        "2026-11-20T17:31",
        "2026-11-24T17:31",
        "2026-11-26T17:31",
    ] {
        city.it_is(until);
        city.due_loop(|due_loop| due_loop.lag_ms == 0).await;
    }
    let supervisor = city.desk(Role::Supervisor).await;
    let mut names = BTreeSet::new();
    for number in &numbers {
        let ticket = city.until(number, |ticket| ticket.level() == Level::L3).await;
        assert_eq!(ticket.points_tenths, 20);
        let history = supervisor.history(number).await;
        for event in history.iter().filter(|event| event.kind == "level_fired") {
            assert!(names.insert(name(event)), "twice: {event:?}");
            assert_eq!(event.facts["system_was_down"], "false");
        }
    }
    assert!(names.len() >= LAMPS * 8, "{names:?}");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_metrics_tell_how_the_loop_stands() {
    let city = City::open_with_metrics().await;
    lamps(&city).await;
    city.due_loop(|due_loop| due_loop.last_pass_time.is_some()).await;
    let told = city.metrics().await;
    for line in [
        "hotline_clock_doubted 0.0",
        "hotline_due_loop_halted 0.0",
        "hotline_due_loop_cut_off 0.0",
        "hotline_due_loop_lag_seconds 0.0",
        "hotline_due_loop_fired_total 0",
        "hotline_due_loop_stuck_tickets 0.0",
    ] {
        assert!(told.lines().any(|one| one == line), "{line} is not in\n{told}");
    }
    city.wall_leaps(hours(3));
    city.time_passes(hours(48));
    city.due_loop(|due_loop| due_loop.lag_ms > 0).await;
    let told = city.metrics().await;
    let value = |name: &str| -> f64 {
        let line = told.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split(' ').next_back()?.parse().ok())
            .unwrap()
    };
    assert_eq!(value("hotline_clock_doubted"), 1.0);
    assert_eq!(value("hotline_clock_leap_seconds"), 10_800.0);
    assert_eq!(value("hotline_due_loop_halted"), 1.0);
    assert!(value("hotline_due_loop_lag_seconds") > 3_600.0, "{told}");
    city.close().await;
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
