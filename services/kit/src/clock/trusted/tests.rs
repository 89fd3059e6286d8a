use futures::FutureExt as _;

use super::*;
use crate::clock::SteppedClock;

const NOON: &str = "2026-11-16T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// A machine at noon and the clock that trusts it.
fn noon() -> (SteppedClock, Arc<TrustedClock>) {
    let machine = SteppedClock::new(at(NOON));
    let clock = TrustedClock::new(Arc::new(machine.clone()), None);
    (machine, clock)
}

fn leap(machine: &SteppedClock, by: SignedDuration) {
    machine.set_wall(machine.now() + by);
}

fn why(clock: &TrustedClock) -> Option<Why> {
    clock.look().doubt.map(|doubt| doubt.why)
}

#[test]
fn it_follows_the_wall_clock_and_small_corrections() {
    let (machine, clock) = noon();
    for by in [minutes(4), minutes(-4), minutes(5)] {
        leap(&machine, by);
        assert_eq!(why(&clock), None);
        machine.step(minutes(31));
        clock.look();
    }
    assert_eq!(clock.now(), machine.now());
}

#[test]
fn small_corrections_over_weeks_are_no_leap() {
    let (machine, clock) = noon();
    for _ in 0..1_000 {
        machine.step(minutes(40));
        leap(&machine, SignedDuration::from_secs(100));
        assert_eq!(why(&clock), None);
    }
    assert_eq!(clock.now(), machine.now());
}

#[test]
fn small_leaps_at_once_add_up_to_one() {
    let (machine, clock) = noon();
    leap(&machine, minutes(4));
    assert_eq!(why(&clock), None);
    machine.step(minutes(1));
    leap(&machine, minutes(4));
    assert_eq!(why(&clock), Some(Why::Leapt));
}

#[test]
fn after_a_leap_time_goes_on_with_the_boot_clock() {
    for by in [minutes(6), minutes(-6), minutes(60 * 24 * 365)] {
        let (machine, clock) = noon();
        machine.step(minutes(10));
        leap(&machine, by);
        assert_eq!(clock.now(), at("2026-11-16T12:10:00Z"), "the very first look");
        machine.step(minutes(90));
        let look = clock.look();
        assert_eq!(look.now, at("2026-11-16T13:40:00Z"));
        assert_eq!((look.leap(), look.expected), (by, look.now));
        let expected = Doubt {
            why: Why::Leapt,
            since: at("2026-11-16T12:10:00Z"),
            leap: by,
        };
        assert_eq!(look.doubt, Some(expected));
    }
}

#[test]
fn a_clock_that_is_put_right_needs_nobody() {
    let (machine, clock) = noon();
    leap(&machine, minutes(120));
    assert_eq!(why(&clock), Some(Why::Leapt));
    machine.step(minutes(30));
    leap(&machine, minutes(-119));
    assert_eq!(why(&clock), None);
    assert_eq!(clock.now(), machine.now());
    assert_eq!(clock.confirm(), None, "nothing is left to confirm");
}

#[test]
fn a_confirmed_leap_forward_is_a_jump() {
    let (machine, clock) = noon();
    leap(&machine, minutes(120));
    clock.look();
    let doubted = clock.confirm().unwrap();
    assert_eq!(doubted.leap(), minutes(120));
    assert_eq!(clock.now(), at("2026-11-16T14:00:00Z"));
    assert_eq!(why(&clock), None);
}

#[test]
fn after_a_confirmed_leap_back_time_stands_still_until_the_clock_has_caught_up() {
    let (machine, clock) = noon();
    leap(&machine, minutes(-60));
    clock.look();
    clock.confirm().unwrap();
    assert_eq!(clock.now(), at(NOON));
    assert_eq!(clock.look().stands_still_for(), minutes(60));
    machine.step(minutes(59));
    assert_eq!(clock.now(), at(NOON), "never backwards, never ahead");
    machine.step(minutes(2));
    assert_eq!(clock.now(), at("2026-11-16T12:01:00Z"));
    assert_eq!(clock.look().stands_still_for(), SignedDuration::ZERO);
}

#[test]
fn a_suspended_machine_has_not_leapt() {
    let (machine, clock) = noon();
    machine.step(minutes(60 * 14));
    assert_eq!(why(&clock), None);
    assert_eq!(clock.now(), machine.now());
}

#[test]
fn it_is_never_behind_the_ledger() {
    let (machine, clock) = noon();
    clock.open_ledger(at("2026-11-16T12:04:00Z"));
    assert_eq!(why(&clock), None, "a little");
    assert_eq!(clock.now(), at("2026-11-16T12:04:00Z"));
    machine.step(minutes(10));
    assert_eq!(clock.now(), at("2026-11-16T12:10:00Z"));
}

#[test]
fn a_clock_behind_the_ledger_is_doubted_until_it_has_reached_it() {
    let (machine, clock) = noon();
    clock.open_ledger(at("2026-11-18T09:00:00Z"));
    assert_eq!(why(&clock), Some(Why::BehindLedger));
    machine.step(minutes(30));
    assert_eq!(clock.now(), at("2026-11-18T09:30:00Z"), "it goes on");
    machine.set_wall(at("2026-11-18T16:00:00Z"));
    assert_eq!(why(&clock), None, "it was down for some hours");
    assert_eq!(clock.now(), at("2026-11-18T16:00:00Z"));
}

#[test]
fn a_clock_behind_the_ledger_that_is_confirmed_stands_still() {
    let (machine, clock) = noon();
    clock.open_ledger(at("2026-11-16T15:00:00Z"));
    clock.confirm().unwrap();
    machine.step(minutes(60));
    assert_eq!(clock.now(), at("2026-11-16T15:00:00Z"));
    machine.step(minutes(121));
    assert_eq!(clock.now(), at("2026-11-16T15:01:00Z"));
}

#[test]
fn a_clock_far_ahead_of_the_ledger_is_asked_about_and_can_be_put_right() {
    const DAY: i64 = 24 * 60;
    let (machine, clock) = noon();
    clock.open_ledger(at("2026-10-17T12:00:00Z"));
    assert_eq!(
        (why(&clock), clock.now()),
        (None, at(NOON)),
        "30 days are an outage"
    );

    leap(&machine, minutes(365 * 10 * DAY));
    let clock = TrustedClock::new(Arc::new(machine.clone()), None);
    clock.open_ledger(at(NOON));
    assert_eq!(why(&clock), Some(Why::AheadOfLedger));
    machine.step(minutes(10));
    assert_eq!(
        clock.now(),
        at("2026-11-16T12:10:00Z"),
        "it goes on from the ledger's"
    );
    leap(&machine, minutes(365 * -10 * DAY));
    assert_eq!((why(&clock), clock.now()), (None, machine.now()));

    leap(&machine, minutes(31 * DAY));
    let clock = TrustedClock::new(Arc::new(machine.clone()), None);
    clock.open_ledger(at(NOON));
    assert_eq!(why(&clock), Some(Why::AheadOfLedger));
    clock.confirm().unwrap();
    assert_eq!(clock.now(), machine.now(), "the city had rested for a month");
}

#[test]
fn a_clock_behind_the_ledger_that_is_set_years_ahead_is_asked_about() {
    let (machine, clock) = noon();
    clock.open_ledger(at("2026-11-18T09:00:00Z"));
    let first = clock.look().doubt.unwrap();
    machine.step(minutes(30));
    assert_eq!(clock.look().doubt, Some(first), "the same");
    machine.set_wall(at("2036-11-18T09:30:00Z"));
    let second = clock.look().doubt.unwrap();
    assert_eq!(second.why, Why::AheadOfLedger);
    assert_eq!(
        second.since,
        at("2026-11-18T09:30:00Z"),
        "another leap is another doubt"
    );
    machine.set_wall(at("2026-11-18T09:31:00Z"));
    assert_eq!((why(&clock), clock.now()), (None, machine.now()));
}

#[test]
fn a_leap_stays_doubted_over_a_restart_of_the_process() {
    let (machine, clock) = noon();
    machine.step(minutes(45));
    clock.look();
    let good = clock.state.lock().unwrap().good;
    leap(&machine, minutes(600));
    clock.look();
    machine.step(minutes(5));

    let next = TrustedClock::new(Arc::new(machine.clone()), Some(good));
    next.open_ledger(clock.now());
    assert_eq!(why(&next), Some(Why::Leapt));
    assert_eq!(next.now(), at("2026-11-16T12:50:00Z"));
    next.confirm().unwrap();
    assert_eq!(next.now(), machine.now());

    // Confirmed back: the ledger is ahead, and that is known.
    leap(&machine, minutes(-600));
    next.look();
    next.confirm().unwrap();
    let good = next.state.lock().unwrap().good;
    let third = TrustedClock::new(Arc::new(machine.clone()), Some(good));
    third.open_ledger(next.now());
    assert_eq!(why(&third), None);
    assert_eq!(third.now(), next.now());
}

#[test]
fn a_look_from_before_another_start_of_the_machine_is_not_compared() {
    let machine = SteppedClock::new(at(NOON));
    let later = Reading {
        wall: at("2026-11-16T18:00:00Z"),
        since_boot: minutes(1_000),
    };
    let clock = TrustedClock::new(Arc::new(machine), Some(later));
    assert_eq!((why(&clock), clock.now()), (None, at(NOON)));
}

#[test]
fn where_nothing_is_decided_it_follows_but_never_backwards() {
    let machine = SteppedClock::new(at(NOON));
    let clock = TrustedClock::following(Arc::new(machine.clone()));
    leap(&machine, minutes(60));
    assert_eq!((why(&clock), clock.now()), (None, at("2026-11-16T13:00:00Z")));
    leap(&machine, minutes(-90));
    assert_eq!((why(&clock), clock.now()), (None, at("2026-11-16T13:00:00Z")));
    assert_eq!(clock.good(), None);
}

#[tokio::test]
async fn sleepers_wake_by_the_time_told() {
    let (machine, clock) = noon();
    let mut sleeper = Box::pin(clock.sleep_until(at("2026-11-16T13:00:00Z")));
    leap(&machine, minutes(120));
    assert!(sleeper.as_mut().now_or_never().is_none(), "nobody believes it");
    machine.step(minutes(59));
    assert!(sleeper.as_mut().now_or_never().is_none());
    clock.confirm().unwrap();
    sleeper.await;
}

/// Anything a machine's clock may do: the time told never runs backwards, no look without doubt is ahead of the wall clock
/// unless it stands still, and a doubt ends only by a clock that is right or by a person.
#[test]
fn whatever_the_clock_does_time_never_runs_backwards() {
    let mut random: u64 = 7;
    let mut draw = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i64::try_from((random >> 33) % bound).unwrap()
    };
    for _ in 0..200 {
        let (machine, clock) = noon();
        let mut last = clock.look();
        for _ in 0..100 {
            let mut is_confirmed = false;
            match draw(8) {
                0 => leap(&machine, minutes(draw(4_000) - 2_000)),
                1 => leap(&machine, SignedDuration::from_secs(draw(400) - 200)),
                2 => is_confirmed = clock.confirm().is_some(),
                3 => clock.open_ledger(clock.now()),
                _ => machine.step(minutes(draw(120))),
            }
            let look = clock.look();
            assert!(look.now >= last.now, "{last:?} {look:?}");
            match look.doubt {
                None => assert_eq!(look.now, look.wall.max(last.now)),
                Some(_) => assert_eq!(look.now, look.expected.max(last.now)),
            }
            if last.doubt.is_some() && look.doubt.is_none() && !is_confirmed {
                assert!(
                    look.wall.duration_since(last.expected) >= -LEAP_MAX,
                    "{last:?} {look:?}"
                );
            }
            last = look;
        }
    }
}
