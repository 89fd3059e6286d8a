//! What is due, page by page.

use jiff::SignedDuration;
use kit::clock::Clock as _;

use super::*;
use crate::due::{Due, Looks};

async fn pages(house: &House, size: usize) -> (Vec<Due>, usize) {
    let (mut all, mut token, mut count) = (Vec::new(), String::new(), 0);
    loop {
        let page = house.tickets.due(None, size, &token, false).await.unwrap();
        all.extend(page.due);
        count += 1;
        token = page.token;
        if token.is_empty() {
            return (all, count);
        }
    }
}

#[tokio::test]
async fn pages_one_after_the_other_are_in_due_order_with_every_level_of_every_ticket() {
    let house = House::new().await;
    for nth in 0..7 {
        house.register(&format!("1380000000{nth}")).await;
        house.clock.step(SignedDuration::from_mins(3));
    }
    assert!(pages(&house, 2).await.0.is_empty());
    house.clock.step(SignedDuration::from_hours(24 * 30));

    let (whole, _) = pages(&house, 1_000).await;
    assert!(
        whole.len() >= 14,
        "several levels of each ticket: {}",
        whole.len()
    );
    assert!(whole.is_sorted_by_key(|due| (due.at, due.number)));
    for size in [1, 2, 3, 7] {
        let (all, count) = pages(&house, size).await;
        assert!(all.is_sorted_by_key(|due| due.at), "{size}: {all:?}");
        // A page reaches no further than its last ticket: what comes later of its tickets is told when that has fired.
        assert!(all.iter().all(|due| whole.contains(due)));
        assert_eq!(count, 7 / size + 1);
        let firsts: std::collections::BTreeSet<_> = all.iter().map(|due| due.number).collect();
        assert_eq!(firsts.len(), 7, "no ticket is passed over");
    }
}

#[tokio::test]
async fn a_token_of_another_list_is_refused() {
    let house = House::new().await;
    let fault = house
        .tickets
        .due(None, 1, "elsewhere", false)
        .await
        .err()
        .unwrap();
    assert_eq!(fault.code(), kit::fault::Code::InvalidArgument);
}

#[tokio::test]
async fn nothing_is_decided_before_the_last_commit() {
    let house = House::new().await;
    house.clock.step(SignedDuration::from_hours(48));
    let number = house.register("13800000001").await;
    let registered_at = house.ticket(number).await.registered_at;

    house.clock.set_wall(morning());
    let again = house.again().await;
    let page = again.due(None, 1, "", false).await.unwrap();
    assert!(page.clock.doubt.is_some() && page.clock.now >= registered_at);
    assert!(page.next.is_some_and(|next| next > registered_at));
}

/// A house whose boot clock is stepped apart, so that time passes while nobody looks.
async fn watched() -> (House, SteppedClock) {
    let machine = SteppedClock::new(morning());
    let mut house = House::new().await;
    house.tickets.looks = Looks::new(Arc::new(machine.clone()));
    (house, machine)
}

/// Seconds after the morning since which the system is up.
async fn up_since(house: &House, fires: bool) -> i64 {
    let page = house.tickets.due(None, 1, "", fires).await.unwrap();
    page.up_since.duration_since(morning()).as_secs()
}

fn pass(house: &House, machine: &SteppedClock, seconds: i64) {
    let span = SignedDuration::from_secs(seconds);
    house.clock.step(span);
    machine.step(span);
}

#[tokio::test]
async fn looks_of_all_loops_together_tell_since_when_the_system_is_up() {
    let (house, machine) = watched().await;
    assert_eq!(up_since(&house, true).await, 0, "the first look of the process");
    for _ in 0..10 {
        pass(&house, &machine, 60);
        assert_eq!(
            up_since(&house, true).await,
            0,
            "a second loop, or a look after one that failed"
        );
    }
    pass(&house, &machine, 61);
    assert_eq!(up_since(&house, true).await, 661, "an outage of all of them");
    pass(&house, &machine, 30);
    assert_eq!(up_since(&house, true).await, 661);
}

#[tokio::test]
async fn who_does_not_fire_keeps_nothing_up() {
    let (house, machine) = watched().await;
    up_since(&house, true).await;
    pass(&house, &machine, 40);
    assert_eq!(up_since(&house, false).await, 0);
    pass(&house, &machine, 40);
    assert_eq!(up_since(&house, false).await, 80, "told as if it had fired");
    pass(&house, &machine, 5);
    assert_eq!(up_since(&house, true).await, 85);
}

#[tokio::test]
async fn a_clock_that_was_confirmed_has_not_been_looked_at() {
    let (house, machine) = watched().await;
    up_since(&house, true).await;
    house
        .clock
        .set_wall(house.clock.now() + SignedDuration::from_hours(2));
    house.tickets.confirm_clock(&supervisor(), "NTP", None).unwrap();
    assert_eq!(
        up_since(&house, true).await,
        7_200,
        "nobody has looked while it was doubted"
    );

    house
        .clock
        .set_wall(house.clock.now() - SignedDuration::from_hours(1));
    pass(&house, &machine, 10);
    up_since(&house, true).await;
    house
        .clock
        .set_wall(house.clock.now() + SignedDuration::from_hours(1));
    assert_eq!(up_since(&house, true).await, 7_210, "put right");
}

#[tokio::test]
async fn only_the_leap_that_was_looked_at_is_confirmed() {
    let house = House::new().await;
    let leap = |hours| {
        let by = SignedDuration::from_hours(hours);
        house.clock.set_wall(house.clock.now() + by);
        house.tickets.clock.look().doubt.unwrap().since
    };
    let confirm = |seen| house.tickets.confirm_clock(&supervisor(), "NTP", Some(seen));
    let first = leap(2);
    house.clock.step(SignedDuration::from_mins(1));
    let second = leap(24 * 365);
    assert_eq!(confirm(first).unwrap_err().reason(), "CLOCK_LEAPT_AGAIN");
    assert!(confirm(second).unwrap().doubt.is_none());
    assert!(confirm(second).is_ok(), "the same again");
}
