//! When the audit of the night begins: at its time, and never while an outage is caught up with.

use std::pin::pin;

use futures::FutureExt as _;
use jiff::SignedDuration;
use kit::drain::Drain;

use super::*;
use crate::audit::Calm;

/// Half past two of the night after [`morning`].
fn night() -> Timestamp {
    "2026-11-20T18:30:00Z".parse().unwrap()
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

#[tokio::test]
async fn on_an_ordinary_night_it_begins_on_time() {
    let house = House::new().await;
    let mut calm = pin!(house.tickets.calm_at(Some(night())));
    for until in [night() - minutes(10), night() - minutes(1)] {
        assert!(calm.as_mut().now_or_never().is_none());
        house.clock.step_to(until);
    }
    assert!(calm.as_mut().now_or_never().is_none());
    house.clock.step_to(night());
    assert!(calm.as_mut().now_or_never().is_some());
}

#[tokio::test]
async fn after_a_start_it_lets_the_due_loop_catch_up_first() {
    let house = House::new().await;
    house.clock.step_to(night() - minutes(1));
    let tickets = house.again().await;
    let mut calm = pin!(tickets.calm_at(Some(night())));
    assert!(calm.as_mut().now_or_never().is_none());
    house.clock.step_to(night() + minutes(8));
    assert!(calm.as_mut().now_or_never().is_none());
    house.clock.step_to(night() + minutes(9));
    assert!(calm.as_mut().now_or_never().is_some());
}

#[tokio::test]
async fn after_a_doubt_it_lets_the_due_loop_catch_up_first() {
    // Before its ten minutes begin, and in the middle of them.
    for doubted_at in [night() - minutes(60), night() - minutes(5)] {
        let house = House::new().await;
        let mut calm = pin!(house.tickets.calm_at(Some(night())));
        assert!(calm.as_mut().now_or_never().is_none());
        for until in [doubted_at.min(night() - minutes(10)), doubted_at] {
            house.clock.step_to(until);
            assert!(calm.as_mut().now_or_never().is_none());
        }

        let confirmed_at = night() + minutes(30);
        house.clock.set_wall(confirmed_at);
        assert!(calm.as_mut().now_or_never().is_none(), "doubted");
        house.tickets.clock.confirm().unwrap();
        assert!(calm.as_mut().now_or_never().is_none(), "confirmed");
        house.clock.step_to(confirmed_at + minutes(9));
        assert!(calm.as_mut().now_or_never().is_none());
        house.clock.step_to(confirmed_at + minutes(10));
        assert!(calm.as_mut().now_or_never().is_some());
    }
}

#[tokio::test]
async fn in_doubt_it_does_not_begin() {
    let house = House::new().await;
    house.clock.set_wall(night());
    let mut calm = pin!(house.tickets.calm_at(Some(morning() + minutes(60))));
    for _ in 0..30 {
        assert!(calm.as_mut().now_or_never().is_none());
        house.clock.step(minutes(10));
    }
    house.tickets.clock.confirm().unwrap();
    assert!(calm.as_mut().now_or_never().is_none());
    house.clock.step(minutes(10));
    assert!(calm.as_mut().now_or_never().is_some());
}

#[tokio::test]
async fn after_a_standstill_it_lets_the_due_loop_catch_up_first() {
    let house = House::new().await;
    let mut calm = pin!(house.tickets.calm_at(Some(night())));
    assert!(calm.as_mut().now_or_never().is_none());
    house.clock.step_to(night() - minutes(10));
    assert!(calm.as_mut().now_or_never().is_none());
    house.clock.step_to(night() + minutes(300));
    assert!(
        calm.as_mut().now_or_never().is_none(),
        "suspended with its machine"
    );
    house.clock.step_to(night() + minutes(310));
    assert!(calm.as_mut().now_or_never().is_some());
}

#[tokio::test]
async fn a_doubt_puts_off_the_audit_of_the_night_and_no_other() {
    let house = House::new().await;
    house.register("13800000001").await;
    let (tickets, drain) = (&house.tickets, Drain::new());
    let mut calm = Calm::begin(&tickets.clock);
    house.clock.set_wall(night());
    tickets.clock.confirm().unwrap();
    assert!(!tickets.audit_all(Some(&mut calm), &drain).await.unwrap());
    let told = tickets.clock_audit(&supervisor()).await.unwrap();
    assert!(told.last.is_none() && told.under_way.is_none());

    assert!(tickets.audit_all(None, &drain).await.unwrap());
    assert!(tickets.clock_audit(&supervisor()).await.unwrap().last.is_some());
}
