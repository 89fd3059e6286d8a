//! Stories of missed calls as a supervisor would read them, and the laws of their clock.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const RULES: &str = "r1";

fn begin() -> Timestamp {
    "2026-11-16T01:00:00Z".parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    begin() + SignedDuration::from_mins(minutes)
}

fn clock(danger: bool, at: Timestamp) -> Clock {
    let rules = Some(RulesVersion(RULES.to_owned()));
    Clock::begin(&MissedCalls::default(), danger, at, rules)
}

fn missed(danger: bool, withheld: bool) -> MissedCall {
    let event = Event::Missed {
        cause: Cause::Unanswered,
        danger,
        withheld,
        clock: clock(danger, begin()),
        day: date(2026, 11, 16),
    };
    MissedCall::begun(&event, begin()).unwrap()
}

/// Runs a script: a line is the minute, and what happens then. The first line says whether danger was heard.
fn check(script: &str, expected: Expect) {
    let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    let danger = lines.next().unwrap() == "danger";
    let mut call = missed(danger, false);
    let mut told = String::new();
    let mut up_since = begin();
    for line in lines {
        let (minute, what) = line.split_once(' ').unwrap();
        let now = after(minute.parse().unwrap());
        let command = match what {
            "rung in vain" => Command::NotReached,
            "reached" => Command::Reached { number: None },
            "calls again" => Command::CallAgain,
            "message sent" => Command::SendSms,
            "due" => Command::FireLate,
            "missed again" => Command::MissAgain {
                cause: Cause::Unanswered,
                danger: false,
                clock: clock(false, now),
            },
            "missed again in danger" => Command::MissAgain {
                cause: Cause::Unanswered,
                danger: true,
                clock: clock(true, now),
            },
            "system comes up" => {
                up_since = now;
                continue;
            }
            other => panic!("what is '{other}'?"),
        };
        write!(told, "{minute:>5} {what}: ").unwrap();
        match call.decide(command, up_since, now) {
            Err(refused) => told.push_str(refused.as_str()),
            Ok(events) => {
                let words = events.iter().map(word);
                told.push_str(&words.collect::<Vec<_>>().join(", "));
                events.iter().for_each(|event| call.apply(event, now));
            }
        }
        writeln!(told, " ({})", call.light(now).as_str()).unwrap();
    }
    let in_time = call
        .is_in_time()
        .map_or("still runs", |is| if is { "in time" } else { "late" });
    writeln!(told, "due at {}: {in_time}", minutes(call.clock.due_at)).unwrap();
    expected.assert_eq(&told);
}

fn word(event: &Event) -> String {
    match event {
        Event::Missed { .. } => "missed".to_owned(),
        Event::MissedAgain { sooner, .. } => match sooner {
            Some(clock) => format!("due now at {}", minutes(clock.due_at)),
            None => "noted".to_owned(),
        },
        Event::NotReached => "tried".to_owned(),
        Event::SmsOwed => "a message is owed".to_owned(),
        Event::Returned { .. } => "returned".to_owned(),
        Event::CalledAgain => "returned by himself".to_owned(),
        Event::SmsSent => "done".to_owned(),
        Event::WentLate {
            system_was_down: true,
            ..
        } => "L1, system was down".to_owned(),
        Event::WentLate { .. } => "L1".to_owned(),
    }
}

fn minutes(at: Timestamp) -> i64 {
    at.duration_since(begin()).as_mins()
}

#[test]
fn a_call_is_returned_within_a_quarter_of_an_hour() {
    check(
        "ordinary
         11 rung in vain
         12 rung in vain
         15 reached
         16 rung in vain",
        expect![[r#"
               11 rung in vain: tried (none)
               12 rung in vain: tried (yellow)
               15 reached: returned (green)
               16 rung in vain: MISSED_CALL_ENDED (green)
            due at 15: in time
        "#]],
    );
}

#[test]
fn danger_leaves_five_minutes_and_is_late_once() {
    check(
        "danger
         4 due
         5 due
         6 due
         7 rung in vain
         9 reached",
        expect![[r#"
                4 due: NOT_DUE (yellow)
                5 due: L1 (yellow)
                6 due: ALREADY_FIRED (red)
                7 rung in vain: tried (red)
                9 reached: returned (green_late)
            due at 5: late
        "#]],
    );
}

#[test]
fn three_tries_in_a_day_end_in_a_message() {
    check(
        "ordinary
         3 rung in vain
         5 message sent
         700 rung in vain
         1444 rung in vain
         1500 rung in vain
         1510 rung in vain
         1520 missed again
         1530 message sent
         1531 reached",
        expect![[r#"
                3 rung in vain: tried (none)
                5 message sent: NO_SMS_OWED (none)
              700 rung in vain: L1, tried (red)
             1444 rung in vain: tried (red)
             1500 rung in vain: tried, a message is owed (green_late)
             1510 rung in vain: SMS_OWED (green_late)
             1520 missed again: SMS_OWED (green_late)
             1530 message sent: done (green_late)
             1531 reached: MISSED_CALL_ENDED (green_late)
            due at 15: late
        "#]],
    );
}

#[test]
fn calling_again_renews_nothing_and_danger_alone_brings_it_forward() {
    check(
        "ordinary
         2 missed again
         4 missed again in danger
         8 missed again
         9 due
         9 calls again",
        expect![[r#"
                2 missed again: noted (none)
                4 missed again in danger: due now at 9 (none)
                8 missed again: noted (yellow)
                9 due: L1 (yellow)
                9 calls again: returned by himself (green)
            due at 9: in time
        "#]],
    );
}

#[test]
fn what_passed_while_the_system_was_down_is_charged_to_nobody() {
    check(
        "ordinary
         17 system comes up
         17 due
         18 reached",
        expect![[r#"
               17 due: L1, system was down (red)
               18 reached: returned (green_late)
            due at 15: late
        "#]],
    );
}

#[test]
fn a_withheld_number_cannot_be_rung() {
    let call = missed(true, true);
    assert_eq!(
        call.decide(Command::NotReached, begin(), after(1)),
        Err(Refused::Ended)
    );
    assert_eq!((call.fires_at(), call.is_in_time()), (None, None));
    assert_eq!(call.light(after(60)), Light::None);
}

#[test]
fn an_event_reads_as_it_was_first_written() {
    let written = [
        r#"{"is":"missed","cause":"unanswered","danger":false,"clock":{"started_at":"2026-11-16T01:00:00Z","limit":"15 min","yellow_at":"2026-11-16T01:11:15Z","due_at":"2026-11-16T01:15:00Z","tries":3,"within":"1 d","rules":"r1"},"day":"2026-11-16"}"#,
        r#"{"is":"missed_again","cause":"cut_off","danger":true}"#,
        r#"{"is":"not_reached"}"#,
        r#"{"is":"sms_owed"}"#,
        r#"{"is":"returned","number":"20261121-0000018"}"#,
        r#"{"is":"called_again"}"#,
        r#"{"is":"sms_sent"}"#,
        r#"{"is":"went_late","due_at":"2026-11-16T01:15:00Z","system_was_down":true,"told":["triage_desk","supervisor_desk"]}"#,
    ];
    for text in written {
        let event: Event = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
    }
    let first: Event = serde_json::from_str(written[0]).unwrap();
    assert_eq!(MissedCall::begun(&first, begin()), Some(missed(false, false)));
}

/// What may happen, without the clocks that belong to a time.
#[derive(Debug, Clone, Copy)]
enum Step {
    MissAgain(bool),
    NotReached,
    Reached,
    CallAgain,
    SendSms,
    FireLate,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<bool>().prop_map(Step::MissAgain),
        6 => Just(Step::NotReached),
        1 => Just(Step::Reached),
        1 => Just(Step::CallAgain),
        2 => Just(Step::SendSms),
        4 => Just(Step::FireLate),
    ]
}

proptest! {
    /// The due time never moves later; L1 fires at most once, never early and never goes missing; three tries in vain
    /// within a day, and nothing else, make a message owed; what has ended stays so; the history replays.
    #[test]
    fn the_clock_keeps_its_laws(
        danger in any::<bool>(),
        steps in prop::collection::vec((0i64..700, step()), 0..30),
    ) {
        let mut call = missed(danger, false);
        let mut history: Vec<(Event, Timestamp)> = Vec::new();
        let mut now = begin();
        let mut tries: Vec<Timestamp> = Vec::new();
        for (minutes, step) in steps {
            now += SignedDuration::from_mins(minutes);
            let before = call.clone();
            let command = match step {
                Step::MissAgain(danger) => Command::MissAgain {
                    cause: Cause::CutOff,
                    danger,
                    clock: clock(danger, now),
                },
                Step::NotReached => Command::NotReached,
                Step::Reached => Command::Reached { number: None },
                Step::CallAgain => Command::CallAgain,
                Step::SendSms => Command::SendSms,
                Step::FireLate => Command::FireLate,
            };
            let outcome = call.decide(command, begin(), now);
            let events = outcome.clone().unwrap_or_default();
            for event in &events {
                call.apply(event, now);
                history.push((event.clone(), now));
            }

            prop_assert!(call.clock.due_at <= before.clock.due_at);
            if matches!(before.state, State::Ended { .. }) {
                prop_assert_eq!(outcome, Err(Refused::Ended));
            }
            if events.contains(&Event::NotReached) {
                tries.push(now);
            }
            let counting = tries.iter().filter(|at| now.duration_since(**at) <= SignedDuration::from_hours(24));
            let is_third = events.contains(&Event::NotReached) && counting.count() >= 3;
            prop_assert_eq!(events.contains(&Event::SmsOwed), is_third);
            // Whatever was accepted after the due time found L1 fired, or fired it.
            let was_due = before.state == State::Ringing && now > before.clock.due_at;
            if was_due && !events.is_empty() {
                prop_assert!(call.late.is_some());
            }
        }
        let fired: Vec<_> = history.iter().filter(|(event, _)| matches!(event, Event::WentLate { .. })).collect();
        prop_assert!(fired.len() <= 1);
        for (event, at) in fired {
            let Event::WentLate { due_at, .. } = event else { continue };
            prop_assert!(at >= due_at);
        }
        let mut replayed = missed(danger, false);
        for (event, at) in &history {
            replayed.apply(event, *at);
        }
        prop_assert_eq!(replayed, call);
    }
}
