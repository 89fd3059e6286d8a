//! What other rules would have done with lives that are known.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::{Compared, Course, Timed};
use crate::rules::{Bundle, Rules};
use crate::ticket::check::Scene;
use crate::ticket::check::again::{Life, limit};

/// Plays a script and compares what would have been different.
#[track_caller]
fn check(script: &str, change: impl Fn(&mut Bundle), expected: Expect) {
    let mut life = Life::new(Scene::new());
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        life.line(line).unwrap();
    }
    let changed = |rules: &Rules| {
        let mut bundle = rules.bundle().clone();
        change(&mut bundle);
        Some(Rules::new(bundle).unwrap())
    };
    let compared = life.compared(changed);
    expected.assert_eq(&told(&compared, &life.scene));
}

fn told(compared: &Compared, scene: &Scene) -> String {
    let mut text = String::new();
    let mut line = |name: &str, of: &dyn Fn(&Course) -> String| {
        let (was, would) = (of(&compared.was), of(&compared.would));
        if was != would {
            let _ = writeln!(text, "{name}: {was} -> {would}");
        }
    };
    let at = |at| {
        scene
            .rules
            .calendar()
            .local(at)
            .strftime("%m-%d %H:%M")
            .to_string()
    };
    let timed = |timed: &Option<Timed>| {
        timed.map_or("-".to_owned(), |timed| {
            let in_time = match timed.in_time(scene.now) {
                Some(true) => " in time",
                Some(false) => " late",
                None => "",
            };
            format!("{}{in_time}", at(timed.due_at))
        })
    };
    line("light", &|course| {
        course.light.map_or("", |light| light.as_str()).to_owned()
    });
    line("level", &|course| {
        course.level.map_or("-", |level| level.as_str()).to_owned()
    });
    line("points", &|course| course.points_tenths.to_string());
    line("orders", &|course| course.orders.to_string());
    line("levels", &|course| {
        let levels = course
            .levels
            .iter()
            .map(|(level, count)| format!("{} {count}", level.as_str()));
        levels.collect::<Vec<_>>().join(", ")
    });
    for (nth, leg) in compared.was.legs.iter().enumerate() {
        line(&format!("{} C2", leg.unit), &|course| {
            timed(&course.legs[nth].sign)
        });
        line(&format!("{} C3", leg.unit), &|course| {
            timed(&course.legs[nth].contact)
        });
        line(&format!("{} C4", leg.unit), &|course| {
            timed(&course.legs[nth].handle)
        });
    }
    for refused in &compared.refused {
        let reason = refused.reason.map_or("unknown", |reason| reason.as_str());
        let _ = writeln!(text, "refused {}: {} {reason}", at(refused.at), refused.what);
    }
    text
}

/// Signed a day later, replied in time.
const ORDINARY: &str = "register complaint c urban.noise phone
     dispatch water
     tick to 2026-11-24 10:00
     sign water
     contact water reached
     tick to 2026-11-27 10:00
     reply water solved
     tick to 2026-11-27 11:00";

#[test]
fn a_shorter_time_to_sign_is_missed() {
    check(
        ORDINARY,
        |bundle| bundle.profile.c.sign = limit("4 wh"),
        expect![[r#"
            level: l0 -> l1
            points: 0 -> 5
            levels: l0 2 -> l0 2, l1 1
            water C2: 11-24 17:30 in time -> 11-23 15:00 late
        "#]],
    );
}

#[test]
fn a_shorter_time_to_handle_climbs_where_it_would_have() {
    check(
        ORDINARY,
        |bundle| bundle.profile.c.handle.complaint = limit("2 wd"),
        expect![[r#"
            light: none -> yellow
            level: l0 -> l2
            points: 0 -> 10
            orders: 0 -> 1
            levels: l0 2 -> l0 3, l1 1, l2 1
            water C4: 11-30 17:30 in time -> 11-25 17:30 late
        "#]],
    );
}

#[test]
fn one_more_holiday_moves_what_lies_behind_it() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         tick to 2026-12-01 10:00
         reply water solved
         audit pass
         tick to 2026-12-01 18:00",
        |bundle| {
            bundle.calendar.off.insert(jiff::civil::date(2026, 11, 26));
        },
        expect![[r#"
            level: l1 -> l0
            points: 5 -> 0
            levels: l0 1, l1 1 -> l0 1
            water C4: 11-30 17:30 late -> 12-01 17:30 in time
        "#]],
    );
}

#[test]
fn another_ladder_and_other_points_are_charged() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         tick to 2026-12-03 10:00",
        |bundle| {
            bundle.profile.c.ladder.l2 = limit("4 wh");
            bundle.profile.c.ladder.l3 = limit("1 wd");
            bundle.profile.points_tenths[3] = 25;
        },
        expect![[r#"
            level: l2 -> l3
            points: 10 -> 25
            levels: l0 1, l1 2, l2 1 -> l0 1, l1 2, l2 1, l3 1
        "#]],
    );
}

#[test]
fn what_would_be_refused_is_done_all_the_same() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         tick to 2026-11-24 10:00
         return water wrong_unit to roads
         tick to 2026-11-24 11:00
         decide return yes to roads
         sign roads
         tick to 2026-11-25 09:00",
        |bundle| {
            if let Some(returns) = &mut bundle.profile.procedures.c.returns {
                returns.after_dispatch = limit("2 wh");
            }
            bundle.profile.c.handle.complaint = limit("3 wd");
        },
        expect![[r#"
            water C4: 11-30 17:30 -> 11-26 17:30
            roads C4: 12-01 17:30 -> 11-27 17:30
            refused 11-24 10:00: return_requested RETURN_TOO_LATE
        "#]],
    );
}

#[test]
fn a_wait_that_would_have_ended_before_the_answer_goes_on_before_it() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         ask water
         tick to 2026-11-26 10:00
         replied
         tick to 2026-12-03 10:00
         reply water solved
         tick to 2026-12-03 11:00",
        |bundle| bundle.profile.procedures.citizen_wait = limit("1 wd"),
        expect![[r#"
            level: l0 -> l1
            points: 0 -> 5
            levels: l0 1 -> l0 2, l1 1
            water C4: 12-04 09:30 in time -> 12-02 17:00 late
        "#]],
    );
}

#[test]
fn an_outage_is_the_same_on_both_sides() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         at 2026-11-25 09:00
         catch up
         sign water
         tick to 2026-11-25 10:00",
        |bundle| bundle.profile.c.handle.complaint = limit("4 wd"),
        expect![[r#"
            water C4: 11-30 17:30 -> 11-27 17:30
        "#]],
    );
}

#[test]
fn orders_that_were_never_there_are_taken_as_answered() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         tick to 2026-12-01 10:00
         reply water solved
         tick to 2026-12-01 11:00",
        |bundle| bundle.profile.c.handle.complaint = limit("1 wd"),
        expect![[r#"
            light: none -> red
            level: l1 -> l3
            points: 5 -> 20
            orders: 0 -> 1
            levels: l0 1, l1 1 -> l0 1, l1 3, l2 1, l3 1
            water C4: 11-30 17:30 late -> 11-24 17:30 late
        "#]],
    );
}

/// Down from the Monday on which it was dispatched until the Wednesday.
#[test]
fn what_other_rules_would_have_had_fire_in_an_outage_is_charged_to_nobody() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         at 2026-11-25 18:00
         catch up
         sign water
         contact water reached
         tick to 2026-11-25 19:00",
        |bundle| bundle.profile.c.sign = limit("6 wh"),
        expect![[r#"
            water C2: 11-24 17:30 late -> 11-23 17:00 late
        "#]],
    );
}

/// The first level is the same and fired when it did; the next one, which is another, lies in the outage as well.
#[test]
fn a_level_behind_one_that_the_outage_held_up_is_charged_to_nobody() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         tick to 2026-11-27 10:00
         at 2026-12-03 18:00
         catch up
         tick to 2026-12-03 19:00",
        |bundle| bundle.profile.c.ladder.l3 = limit("2 wd"),
        expect![[""]],
    );
}
