//! What is planted in a life is found, and nothing else.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use jiff::{SignedDuration, Timestamp};

use super::{Audited, Value, audit};
use crate::clock::{Kind, Level};
use crate::rules::Under;
use crate::ticket::check::Scene;
use crate::ticket::check::again::Life;
use crate::ticket::{Event, Recorded};

const LIFE: &str = "register complaint c urban.noise phone
     dispatch water
     tick to 2026-11-24 18:00
     sign water
     contact water reached
     extend water 5
     decide extension yes
     ask water
     tick to 2026-11-26 10:00
     replied
     tick to 2026-12-10 10:00
     reply water solved unread
     tick to 2026-12-10 11:00";

fn lived(script: &str) -> Life {
    let mut life = Life::new(Scene::new());
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        life.line(line).unwrap();
    }
    life
}

fn audited(life: &Life, history: &[Recorded]) -> Audited {
    let mut book = life.book();
    let mut rules_of = |under: &Under| book.hold(under);
    let grace = SignedDuration::from_mins(10);
    audit(history, &mut rules_of, &|_, _| None, life.scene.now, grace).unwrap()
}

/// Plants something in a life and compares what is found.
#[track_caller]
fn check(script: &str, plant: impl FnOnce(&mut Vec<Recorded>), expected: Expect) {
    let life = lived(script);
    let sound = audited(&life, &life.scene.history);
    assert_eq!(sound.differences, [], "in what was decided by the rules");
    let mut history = life.scene.history.clone();
    plant(&mut history);
    let found = audited(&life, &history);
    expected.assert_eq(&told(&found, &life.scene));
}

fn told(found: &Audited, scene: &Scene) -> String {
    let mut text = String::new();
    let value = |value: Value| match value {
        Value::Nothing => "-".to_owned(),
        Value::At(at) => scene
            .rules
            .calendar()
            .local(at)
            .strftime("%m-%d %H:%M")
            .to_string(),
        Value::Points(points) => points.to_string(),
        Value::Limit(limit) => limit.to_string(),
        Value::Minutes(minutes) => format!("{minutes} min"),
    };
    for one in &found.differences {
        let clock = one.clock.map_or("-".to_owned(), |id| {
            format!("{} run {}", id.kind.as_str(), id.run)
        });
        let level = one.what.level().map_or("", Level::as_str);
        let (recorded, computed) = (value(one.recorded), value(one.computed));
        let what = one.what.as_str();
        let _ = writeln!(
            text,
            "v{} {clock}: {what} {level} {recorded}, computed {computed}",
            one.version
        );
    }
    if found.decided_otherwise > 0 {
        let _ = writeln!(text, "decided otherwise: {}", found.decided_otherwise);
    }
    text
}

/// The first run of a kind.
fn run(history: &mut [Recorded], kind: Kind) -> &mut crate::clock::Run {
    let mut runs = history.iter_mut().filter_map(|recorded| {
        let Event::ClockStarted { run } = &mut recorded.fact.event else {
            return None;
        };
        Some(run).filter(|run| run.kind == kind)
    });
    runs.next().unwrap()
}

fn later(at: &mut Timestamp) {
    *at += SignedDuration::from_hours(1);
}

#[test]
fn a_due_time_an_hour_later_is_reported() {
    check(
        LIFE,
        |history| later(&mut run(history, Kind::Handle).due_at),
        expect![[r#"
        v8 c4 run 1: due  11-30 18:30, computed 11-30 17:30
        v29 c4 run 3: explained  12-09 10:00, computed 11-30 17:30
    "#]],
    );
}

#[test]
fn a_yellow_light_an_hour_later_is_reported() {
    check(
        LIFE,
        |history| later(&mut run(history, Kind::Sign).yellow_at),
        expect![[r#"
        v6 c2 run 1: yellow  11-24 09:45, computed 11-24 08:45
    "#]],
    );
}

#[test]
fn a_level_an_hour_later_is_reported() {
    check(
        LIFE,
        |history| later(&mut run(history, Kind::Handle).steps[2].at),
        expect![[r#"
            v8 c4 run 1: step l2 12-01 18:30, computed 12-01 17:30
        "#]],
    );
}

#[test]
fn a_run_that_is_taken_out_is_reported() {
    check(
        LIFE,
        |history| {
            let is_it = |one: &Recorded| matches!(&one.fact.event, Event::ClockStarted { run } if run.kind == Kind::FirstContact);
            let at = history.iter().position(is_it).unwrap();
            history.remove(at);
        },
        expect![[r#"
            v4 c3 run 1: no_run  -, computed 11-24 17:30
            v10 c3 run 1: fired l0 11-24 08:45, computed -
            v12 c3 run 1: fired l1 11-24 17:30, computed -
        "#]],
    );
}

#[test]
fn a_level_that_fired_early_or_twice_is_reported() {
    let fired = |one: &Recorded| matches!(&one.fact.event, Event::LevelFired { .. });
    check(
        LIFE,
        |history| {
            let at = history.iter().position(fired).unwrap();
            history[at].at -= SignedDuration::from_mins(1);
        },
        expect![[r#"
            v9 c2 run 1: fired l0 11-24 08:44, computed 11-24 08:45
        "#]],
    );
    check(
        LIFE,
        |history| {
            let at = history.iter().position(fired).unwrap();
            let twice = history[at].clone();
            history.insert(at + 1, twice);
        },
        expect![[r#"
            v9 c2 run 1: fired l0 11-24 08:45, computed 11-24 08:45
        "#]],
    );
}

#[test]
fn a_level_taken_out_is_reported_once_its_clock_has_stopped() {
    check(
        LIFE,
        |history| {
            let is_it =
                |one: &Recorded| matches!(&one.fact.event, Event::LevelFired { level: Level::L1, .. });
            let at = history.iter().position(is_it).unwrap();
            history.remove(at);
        },
        expect![[r#"
            v13 c2 run 1: passed_over l1 -, computed 11-24 17:30
        "#]],
    );
}

#[test]
fn other_points_are_reported() {
    check(
        LIFE,
        |history| {
            let points = history.iter_mut().find_map(|one| {
                let Event::LevelFired {
                    points_tenths,
                    level: Level::L1,
                    ..
                } = &mut one.fact.event
                else {
                    return None;
                };
                Some(points_tenths)
            });
            *points.unwrap() = 0;
        },
        expect![[r#"
            v11 c2 run 1: points l1 0, computed 5
        "#]],
    );
}

#[test]
fn a_level_that_is_due_and_has_not_fired_is_missing() {
    let life = lived(
        "register complaint c urban.noise phone
         dispatch water
         at 2026-11-24 18:00",
    );
    expect![[r#"
        v8 c2 run 1: missing l0 -, computed 11-24 08:45
        v8 c3 run 1: missing l0 -, computed 11-24 08:45
    "#]]
    .assert_eq(&told(&audited(&life, &life.scene.history), &life.scene));
}

#[test]
fn levels_fired_after_an_outage_tell_of_it_and_are_no_difference() {
    let life = lived(
        "register complaint c urban.noise phone
         dispatch water
         at 2026-11-24 18:00
         catch up",
    );
    let found = audited(&life, &life.scene.history);
    assert_eq!(found.differences, []);
    assert_eq!(found.outages.len(), 4);
}

/// The ledger never lets time run backwards: a commit that was decided before another and recorded after it bears the
/// later time.
#[test]
fn a_commit_that_was_decided_a_little_earlier_agrees() {
    let life = lived(
        "at 2026-11-23 02:00
         register help a utilities.water phone
         operator: dispatch water
         at 2026-11-23 02:01
         sign water",
    );
    let mut history = life.scene.history.clone();
    let dispatched = history
        .iter()
        .position(|one| one.fact.event.name() == "dispatched")
        .unwrap();
    let to_sign = history
        .iter()
        .position(|one| one.fact.event.name() == "signed")
        .unwrap();
    for recorded in &mut history[dispatched - 1..to_sign - 1] {
        recorded.at += SignedDuration::from_secs(7);
    }
    assert_eq!(audited(&life, &history).differences, []);
    for recorded in &mut history[dispatched - 1..] {
        recorded.at += SignedDuration::from_mins(30);
    }
    assert_ne!(
        audited(&life, &history).differences,
        [],
        "no commit is raised by half an hour"
    );
}

#[test]
fn what_a_reached_level_costs_and_who_was_told_is_compared() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         urge
         tick to 2026-11-24 18:00
         urge
         tick to 2026-11-27 17:00",
        |history| {
            for recorded in history {
                let event = &mut recorded.fact.event;
                if let Event::Escalated { points_tenths, .. } = event {
                    *points_tenths = 20;
                } else if let Event::LevelFired {
                    clock, level, told, ..
                } = event
                    && (clock.kind, *level) == (Kind::Handle, Level::L0)
                {
                    told.clear();
                }
            }
        },
        expect![[r#"
            v15 -: points l1 20, computed 0
            v16 c4 run 1: told l0 11-27 16:12, computed -
        "#]],
    );
}

#[test]
fn a_unit_that_is_charged_for_a_late_loop_is_reported() {
    let life = lived(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         tick to 2026-11-30 17:30",
    );
    let is_overdue = |event: &Event| matches!(event, Event::LevelFired { clock, level: Level::L1, .. } if clock.kind == Kind::Handle);
    let mut events = life.scene.history.iter().map(|one| &one.fact.event);
    let overdue = events.position(is_overdue).unwrap();
    let found = |minutes_late: i64| {
        let mut history = life.scene.history[..=overdue].to_vec();
        history[overdue].at += SignedDuration::from_mins(minutes_late);
        told(&audited(&life, &history), &life.scene)
    };
    assert!(!found(9).contains("charged_late"));
    assert!(found(11).contains("c4 run 1: charged_late l1 11-30 17:41, computed 11-30 17:30"));
}

/// Marks every L1 that has fired.
fn mark(history: &mut [Recorded], is_down: bool, points: u16) {
    for recorded in history {
        if let Event::LevelFired {
            level: Level::L1,
            system_was_down,
            points_tenths,
            ..
        } = &mut recorded.fact.event
        {
            (*system_was_down, *points_tenths) = (is_down, points);
        }
    }
}

/// The early warning that fires just before it does not hide it.
#[test]
fn charged_after_an_outage_behind_another_level_is_reported() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         at 2026-11-24 23:00
         catch up",
        |history| mark(history, false, 5),
        expect![[r#"
            v11 c2 run 1: charged_late l1 11-24 23:00, computed 11-24 17:30
            v12 c3 run 1: charged_late l1 11-24 23:00, computed 11-24 17:30
        "#]],
    );
}

#[test]
fn what_fired_in_time_and_was_excused_for_an_outage_is_reported() {
    check(
        LIFE,
        |history| mark(history, true, 0),
        expect![[r#"
            v11 c2 run 1: excused_in_time l1 11-24 17:30, computed 11-24 17:30
            v12 c3 run 1: excused_in_time l1 11-24 17:30, computed 11-24 17:30
            v32 c4 run 3: excused_in_time l1 12-09 10:00, computed 12-09 10:00
        "#]],
    );
}

#[test]
fn a_level_that_never_fired_on_a_ticket_that_is_touched_again_and_again_is_reported() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         tick to 2026-11-24 17:32
         supervisor: urge
         tick to 2026-11-24 17:39
         supervisor: urge
         tick to 2026-11-24 17:46
         sign water
         tick to 2026-11-24 18:40",
        |history| {
            let is_it = |one: &Recorded| matches!(&one.fact.event, Event::LevelFired { clock, level: Level::L1, .. } if clock.kind == Kind::Sign);
            let at = history.iter().position(is_it).unwrap();
            history.remove(at);
        },
        expect![[r#"
            v15 c2 run 1: passed_over l1 -, computed 11-24 17:30
        "#]],
    );
}

/// Its instant passed while the supervisor decided: it could fire only then, and the loop was not late.
#[test]
fn a_level_that_waited_for_a_decision_was_not_late() {
    let life = lived(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         tick to 2026-11-30 17:00
         extend water 5
         tick to 2026-12-07 10:00
         decide extension no
         urge
         tick to 2026-12-07 10:01",
    );
    let history = &life.scene.history;
    let waited =
        |one: &Recorded| matches!(&one.fact.event, Event::LevelFired { due_at, .. } if *due_at < one.at);
    assert!(history.iter().any(waited));
    assert_eq!(audited(&life, history).differences, []);
}
