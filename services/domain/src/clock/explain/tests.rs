use expect_test::{Expect, expect};

use super::{Explanation, Verdict, explain};
use crate::clock::Kind;
use crate::ticket::check::Scene;
use crate::time::Limit;

fn explained(scene: &Scene) -> Vec<Explanation<'static>> {
    explain(&scene.history, |under| scene.held(under)).expect("a history of these rules")
}

/// Plays a script and compares what a clerk would read of one clock, of several the one that began last.
#[track_caller]
fn check(script: &str, clock: &str, expected: Expect) {
    let mut scene = Scene::new();
    scene.play(&format!("{script}\n---"));
    let kind = Kind::parse(clock).unwrap();
    let all = explained(&scene);
    let one = all.iter().rfind(|one| one.clock.run.kind == kind).unwrap();
    let [first, second] = one.short();
    let lines: Vec<String> = one
        .full()
        .into_iter()
        .map(|line| line.en)
        .chain([first.en, second.en])
        .collect();
    // The version is a hash of the whole test city.
    let said = lines.join("\n").replace(one.version(), "VERSION") + "\n";
    expected.assert_eq(&said);
}

#[test]
fn five_working_days_over_national_day_count_the_make_up_day() {
    check(
        "at 2026-09-28 16:00
         register complaint c urban.noise phone
         dispatch water
         tick to 2026-10-09 18:00",
        "c4",
        expect![[r#"
            C4 handle water, run 1: due 2026-10-10 17:30
            starts 2026-09-28 16:00: dispatched
            limit 5 wd: c.handle.complaint of profile general, rules VERSION
              09-28: the day it starts, does not count
              09-29 … 09-30: 2 working days
              10-01 … 10-07: holiday, 7 days skipped
              10-08 … 10-09: 2 working days
              10-10: 1 make-up working day, counted
            = 2026-10-10 17:30
            yellow 2026-10-09 17:12
            L0 2026-10-09 17:12: fired
            L1 2026-10-10 17:30: ahead
            L2 2026-10-12 17:30: ahead
            L3 2026-10-14 17:30: ahead
            L4 2026-10-19 17:30: ahead
            L5 2026-10-23 17:30: ahead
            computed again 2026-10-10 17:30: agrees
            by 2026-10-10 17:30: 5 wd from 2026-09-28 16:00
            days off left out: 7, make-up working days counted: 1
        "#]],
    );
}

#[test]
fn a_rest_is_added_by_what_counted_meanwhile() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         at 2026-11-24 10:00
         ask water
         at 2026-11-26 15:00
         replied",
        "c4",
        expect![[r#"
            C4 handle water, run 2: due 2026-12-03 11:30
            starts 2026-11-23 09:00: dispatched
            limit 5 wd: c.handle.complaint of profile general, rules VERSION
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28 … 11-29: weekend, 2 days skipped
              11-30: 1 working day
            = 2026-11-30 17:30
            rested 2026-11-24 10:00 to 2026-11-26 15:00, 17 h counted, added: the resident answered
              11-30: outside the hours that count, skipped
              12-01 … 12-03: 17 h count
            = 2026-12-03 11:30
            yellow 2026-12-02 10:12
            L0 2026-12-02 10:12: ahead
            L1 2026-12-03 11:30: ahead
            L2 2026-12-04 17:30: ahead
            L3 2026-12-08 17:30: ahead
            L4 2026-12-11 17:30: ahead
            L5 2026-12-17 17:30: ahead
            computed again 2026-12-03 11:30: agrees
            by 2026-12-03 11:30: 5 wd from 2026-11-23 09:00
            weekend days left out: 2, rests added: 1
        "#]],
    );
}

#[test]
fn an_extension_counts_from_the_due_time_before() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         extend water 5
         decide extension yes",
        "c4",
        expect![[r#"
            C4 handle water, run 2: due 2026-12-07 17:30
            starts 2026-11-23 09:00: dispatched
            limit 5 wd: c.handle.complaint of profile general, rules VERSION
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28 … 11-29: weekend, 2 days skipped
              11-30: 1 working day
            = 2026-11-30 17:30
            extended by 5 wd (2026-11-23 09:00: the extension was granted)
              11-30: the day it starts, does not count
              12-01 … 12-04: 4 working days
              12-05 … 12-06: weekend, 2 days skipped
              12-07: 1 working day
            = 2026-12-07 17:30
            yellow 2026-12-03 16:12
            L0 2026-12-03 16:12: ahead
            L1 2026-12-07 17:30: ahead
            L2 2026-12-08 17:30: ahead
            L3 2026-12-10 17:30: ahead
            L4 2026-12-15 17:30: ahead
            L5 2026-12-21 17:30: ahead
            computed again 2026-12-07 17:30: agrees
            by 2026-12-07 17:30: 5 wd from 2026-11-23 09:00
            weekend days left out: 4, working days of extension: 5
        "#]],
    );
}

#[test]
fn a_co_unit_that_closes_later_is_extended_until_the_lead_closes() {
    check(
        "publish hours
         register complaint c urban.noise phone
         dispatch water ecology
         sign ecology
         extend ecology 5
         decide extension yes",
        "c4",
        expect![[r#"
            C4 handle ecology, run 2: due 2026-11-30 18:00
            starts 2026-11-23 09:00: dispatched
            limit 4 wd: co_percent × c.handle.complaint of profile general, rules VERSION
            by the working hours of class department: 09:00-12:00, 13:00-20:00
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
            = 2026-11-27 20:00
            extended by 1 wd (2026-11-23 09:00: the extension was granted)
              11-27: the day it starts, does not count
              11-28 … 11-29: weekend, 2 days skipped
              11-30: 1 working day
            = 2026-11-30 20:00
            the lead's own due time: 2026-11-30 18:00
            yellow 2026-11-27 16:24
            L0 2026-11-27 16:24: ahead
            L1 2026-11-30 18:00: ahead
            L2 2026-12-01 20:00: ahead
            L3 2026-12-03 20:00: ahead
            L4 2026-12-08 20:00: ahead
            L5 2026-12-14 20:00: ahead
            computed again 2026-11-30 18:00: agrees, bound by the lead's own due time
            by 2026-11-30 18:00: 4 wd from 2026-11-23 09:00
            weekend days left out: 2, working days of extension: 1, within the whole time allowed
        "#]],
    );
}

#[test]
fn a_changed_type_counts_from_the_original_start() {
    check(
        "register consult c urban.noise phone
         dispatch water
         at 2026-11-24 10:00
         supervisor: classify type complaint",
        "c4",
        expect![[r#"
            C4 handle water, run 2: due 2026-11-30 17:30
            starts 2026-11-23 09:00: dispatched
            limit 5 wd: c.handle.complaint of profile general, rules VERSION
            2026-11-24 10:00 classified anew (rule 3): counted anew from the original start
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28 … 11-29: weekend, 2 days skipped
              11-30: 1 working day
            = 2026-11-30 17:30
            yellow 2026-11-27 16:12
            L0 2026-11-27 16:12: ahead
            L1 2026-11-30 17:30: ahead
            L2 2026-12-01 17:30: ahead
            L3 2026-12-03 17:30: ahead
            L4 2026-12-08 17:30: ahead
            L5 2026-12-14 17:30: ahead
            computed again 2026-11-30 17:30: agrees
            by 2026-11-30 17:30: 5 wd from 2026-11-23 09:00
            weekend days left out: 2
        "#]],
    );
    check(
        "register complaint d urban.noise phone
         dispatch water
         sign water
         contact water reached
         at 2026-12-02 10:00
         supervisor: classify type complaint grade c",
        "c4",
        expect![[r#"
            C4 handle water, run 2: due 2026-12-03 17:30
            starts 2026-11-23 09:00: dispatched
            limit 5 wd: c.handle.complaint of profile general, rules VERSION
            2026-12-02 10:00 classified anew (rule 3): counted anew from the original start
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28 … 11-29: weekend, 2 days skipped
              11-30: 1 working day
            = 2026-11-30 17:30
            at least 1 wd from then (floor): 2026-12-03 17:30
            yellow 2026-12-02 10:00
            L0 2026-12-02 10:00: ahead
            L1 2026-12-03 17:30: ahead
            L2 2026-12-04 17:30: ahead
            L3 2026-12-08 17:30: ahead
            L4 2026-12-11 17:30: ahead
            L5 2026-12-17 17:30: ahead
            computed again 2026-12-03 17:30: agrees, bound by at least 1 wd from then (floor)
            by 2026-12-03 17:30: 5 wd from 2026-11-23 09:00
            weekend days left out: 2, at least the shortest time allowed
        "#]],
    );
}

#[test]
fn what_is_urgent_counts_every_minute() {
    check(
        "at 2026-10-01 02:00
         register help a utilities.water phone
         operator: dispatch water
         tick to 2026-10-01 02:20",
        "c2",
        expect![[r#"
            C2 sign water, run 1: due 2026-10-01 02:15
            starts 2026-10-01 02:00: dispatched
            limit 15 min: a.sign of profile general, rules VERSION
              10-01: natural time, 15 min, all of it counts
            = 2026-10-01 02:15
            yellow 2026-10-01 02:12
            L0 2026-10-01 02:12: fired
            L1 2026-10-01 02:15: fired
            L2 2026-10-01 02:30: ahead
            L3 2026-10-01 02:45: ahead
            CALL 2026-10-01 03:15: ahead
            computed again 2026-10-01 02:15: agrees
            by 2026-10-01 02:15: 15 min from 2026-10-01 02:00
            no day in between is left out
        "#]],
    );
}

#[test]
fn a_callback_rests_over_noon() {
    check(
        "at 2026-11-23 10:00
         register help a utilities.water phone
         operator: dispatch water
         sign water
         contact water reached
         stage water controlled
         at 2026-11-23 11:10
         reply water solved
         at 2026-11-23 11:30
         audit pass",
        "c7",
        expect![[r#"
            C7 callback, run 1: due 2026-11-23 15:30
            starts 2026-11-23 11:30: the audit passed
            limit 2 h: a.callback of profile general, rules VERSION
              11-23 11:30–12:00, 14:00–15:30: 2 h count
            = 2026-11-23 15:30
            yellow 2026-11-23 14:30
            L1 2026-11-23 15:30: ahead
            computed again 2026-11-23 15:30: agrees
            by 2026-11-23 15:30: 2 h from 2026-11-23 11:30
            no day in between is left out
        "#]],
    );
}

#[test]
fn a_next_unit_has_what_is_left_of_the_residents_time() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         at 2026-12-02 10:00
         seal water
         dispatch roads",
        "c4",
        expect![[r#"
            C4 handle roads, run 1: due 2026-12-07 17:30
            starts 2026-12-02 10:00: dispatched
            limit 5 wd: c.handle.complaint of profile general, rules VERSION
              12-02: the day it starts, does not count
              12-03 … 12-04: 2 working days
              12-05 … 12-06: weekend, 2 days skipped
              12-07 … 12-09: 3 working days
            = 2026-12-09 17:30
            what is left of the resident's time (rule 2): 2026-12-07 17:30
            yellow 2026-12-04 17:30
            L0 2026-12-04 17:30: ahead
            L1 2026-12-07 17:30: ahead
            L2 2026-12-08 17:30: ahead
            L3 2026-12-10 17:30: ahead
            L4 2026-12-15 17:30: ahead
            L5 2026-12-21 17:30: ahead
            computed again 2026-12-07 17:30: agrees, bound by what is left of the resident's time (rule 2)
            by 2026-12-07 17:30: 5 wd from 2026-12-02 10:00
            weekend days left out: 2, within the whole time allowed
        "#]],
    );
}

#[test]
fn what_fired_late_because_the_system_was_down_is_said() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         at 2026-12-10 09:00
         catch up",
        "c4",
        expect![[r#"
            C4 handle water, run 1: due 2026-11-30 17:30
            starts 2026-11-23 09:00: dispatched
            limit 5 wd: c.handle.complaint of profile general, rules VERSION
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28 … 11-29: weekend, 2 days skipped
              11-30: 1 working day
            = 2026-11-30 17:30
            yellow 2026-11-27 16:12
            L0 2026-11-27 16:12: fired late at 2026-12-10 09:00: the system was down, charged to nobody
            L1 2026-11-30 17:30: fired late at 2026-12-10 09:00: the system was down, charged to nobody
            L2 2026-12-01 17:30: fired late at 2026-12-10 09:00: the system was down, charged to nobody
            L3 2026-12-03 17:30: fired late at 2026-12-10 09:00: the system was down, charged to nobody
            L4 2026-12-08 17:30: fired late at 2026-12-10 09:00: the system was down, charged to nobody
            L5 2026-12-14 17:30: ahead
            computed again 2026-11-30 17:30: agrees
            by 2026-11-30 17:30: 5 wd from 2026-11-23 09:00
            weekend days left out: 2
        "#]],
    );
}

#[test]
fn a_statute_is_named_by_its_clause() {
    check(
        "register complaint c market.refund phone
         dispatch water",
        "c4",
        expect![[r#"
            C4 handle water, run 1: due 2027-01-25 17:30
            starts 2026-11-23 09:00: dispatched
            limit 45 wd: by a law, article 14, rules VERSION
              11-23: the day it starts, does not count
              11-24 … 01-25: 45 working days, 18 weekend days skipped
            = 2027-01-25 17:30
            the calendar of 2027 is not published: weekends are assumed
            yellow 2027-01-12 16:12
            L0 2027-01-12 16:12: ahead
            L1 2027-01-25 17:30: ahead
            L2 2027-01-26 17:30: ahead
            L3 2027-01-28 17:30: ahead
            L4 2027-02-02 17:30: ahead
            L5 2027-02-08 17:30: ahead
            computed again 2027-01-25 17:30: agrees
            by 2027-01-25 17:30: 45 wd from 2026-11-23 09:00
            weekend days left out: 18
        "#]],
    );
}

#[test]
fn a_due_time_that_does_not_follow_is_said_to_differ() {
    let mut scene = Scene::new();
    scene.play("register complaint c urban.noise phone\ndispatch water\n---");
    for recorded in &mut scene.history {
        if let crate::ticket::Event::ClockStarted { run } = &mut recorded.fact.event
            && run.kind == Kind::Handle
        {
            run.due_at += jiff::SignedDuration::from_mins(1);
        }
    }
    let all = explained(&scene);
    let one = all.iter().find(|one| one.clock.run.kind == Kind::Handle).unwrap();
    assert!(matches!(one.verdict(), Verdict::Differs { .. }));
    let last = one.full().pop().unwrap();
    assert_eq!(
        last.en,
        "computed again 2026-11-30 17:30: differs from the recorded 2026-11-30 17:31"
    );
}

#[test]
fn a_picture_has_a_title_for_who_cannot_see_it_and_shades_the_days_off() {
    let mut scene = Scene::new();
    scene.play("at 2026-09-28 16:00\nregister complaint c urban.noise phone\ndispatch water\n---");
    let all = explained(&scene);
    let one = all.iter().find(|one| one.clock.run.kind == Kind::Handle).unwrap();
    let svg = one.svg();
    assert!(svg.contains("role=\"img\"") && svg.contains("<title id=\"title\">C4"));
    assert_eq!(svg.matches("节假日 holiday").count(), 7);
    assert_eq!(svg.matches("调休上班 make-up working day").count(), 1);
    assert!(svg.contains("到期 due 10-10 17:30") && svg.trim_end().ends_with("</svg>"));
}

#[test]
fn a_rest_during_which_days_are_published_counts_whole() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         at 2026-11-24 09:00
         suspend water funds check 2026-12-18 until 2026-12-20
         decide suspension yes
         at 2026-11-25 09:00
         publish work 2026-11-28
         rederive
         at 2026-11-26 09:00
         recuse water
         operator: classify grade d",
        "c0",
        expect![[r#"
            C0 resident, run 4: due 2027-01-05 17:30
            starts 2026-11-23 09:00: registered
            limit 30 wd: d.cap of profile general, rules VERSION
            2026-11-26 09:00 classified anew (rule 3): counted anew from the original start
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28: 1 make-up working day, counted
              11-29: weekend, 1 day skipped
              11-30 … 01-01: 25 working days, 8 weekend days skipped
            = 2027-01-01 17:30
            rested so far, 14 h counted, added: classified anew (rule 3)
              01-01: outside the hours that count, skipped
              01-02 … 01-03: weekend, 2 days skipped
              01-04 … 01-05: 14 h count
            = 2027-01-05 17:30
            the calendar of 2027 is not published: weekends are assumed
            yellow 2026-12-28 16:12
            L1 2027-01-05 17:30: ahead
            computed again 2027-01-05 17:30: agrees
            by 2027-01-05 17:30: 30 wd from 2026-11-23 09:00
            weekend days left out: 11, make-up working days counted: 1, rests added: 1
        "#]],
    );
}

#[test]
fn other_days_and_other_rules_are_told_from_those_it_was_dispatched_under() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         publish handle 8 wd
         publish work 2026-11-28
         rederive
         publish off 2026-11-28
         rederive",
        "c4",
        expect![[r#"
            C4 handle water, run 3: due 2026-11-30 17:30
            starts 2026-11-23 09:00: dispatched
            limit 5 wd: c.handle.complaint of profile general, rules VERSION
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28 … 11-29: weekend, 2 days skipped
              11-30: 1 working day
            = 2026-11-30 17:30
            2026-11-23 09:00 the calendar has changed (rule 6): counted anew from the original start
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28: 1 make-up working day, counted
            = 2026-11-28 17:30
            2026-11-23 09:00 the calendar has changed (rule 6): counted anew from the original start
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28: holiday, 1 day skipped
              11-29: weekend, 1 day skipped
              11-30: 1 working day
            = 2026-11-30 17:30
            yellow 2026-11-27 16:12
            L0 2026-11-27 16:12: ahead
            L1 2026-11-30 17:30: ahead
            L2 2026-12-01 17:30: ahead
            L3 2026-12-03 17:30: ahead
            L4 2026-12-08 17:30: ahead
            L5 2026-12-14 17:30: ahead
            computed again 2026-11-30 17:30: agrees
            by 2026-11-30 17:30: 5 wd from 2026-11-23 09:00
            weekend days left out: 1, days off left out: 1
        "#]],
    );
}

#[test]
fn a_residents_time_that_days_only_might_have_shortened_says_so_once() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         publish work 2026-11-28
         rederive
         publish work 2026-11-29
         rederive
         publish off 2026-11-28
         rederive",
        "c0",
        expect![[r#"
            C0 resident, run 4: due 2026-12-07 17:30
            starts 2026-11-23 09:00: registered
            limit 10 wd: c.cap of profile general, rules VERSION
              11-23: the day it starts, does not count
              11-24 … 11-27: 4 working days
              11-28 … 11-29: weekend, 2 days skipped
              11-30 … 12-04: 5 working days
              12-05 … 12-06: weekend, 2 days skipped
              12-07: 1 working day
            = 2026-12-07 17:30
            2026-11-23 09:00 the calendar has changed (rule 6): as much time that counts lies before it
            = 2026-12-04 17:30
            never earlier than it was (invariant 2): 2026-12-07 17:30
            2026-11-23 09:00 the calendar has changed (rule 6): as much time that counts lies before it
            = 2026-12-03 17:30
            never earlier than it was (invariant 2): 2026-12-07 17:30
            2026-11-23 09:00 the calendar has changed (rule 6): as much time that counts lies before it
            = 2026-12-04 17:30
            never earlier than it was (invariant 2): 2026-12-07 17:30
            yellow 2026-12-03 14:48
            L1 2026-12-07 17:30: ahead
            computed again 2026-12-07 17:30: agrees, bound by never earlier than it was (invariant 2)
            by 2026-12-07 17:30: 10 wd from 2026-11-23 09:00
            weekend days left out: 4, a due time set before stays
        "#]],
    );
}

#[test]
fn the_version_named_is_the_one_that_has_the_limit() {
    let mut scene = Scene::new();
    let before = scene.rules.version().clone();
    scene.play(
        "register complaint c urban.noise phone
         dispatch water
         publish handle 8 wd
         publish off 2026-11-26
         rederive
         ---",
    );
    let all = explained(&scene);
    let handling = all.iter().find(|one| one.clock.run.kind == Kind::Handle).unwrap();
    assert_eq!(handling.clock.run.limit, Limit::WorkingDays(5));
    assert_eq!(handling.limits_of, before);
}

#[test]
fn raised_and_lowered_it_lies_within_the_residents_time_as_before() {
    check(
        "at 2026-08-29 05:52
         register complaint c market.refund phone
         at 2026-09-01 08:30
         dispatch water
         sign water
         contact water reached
         at 2026-11-03 10:05
         classify grade b
         supervisor: classify grade d",
        "c4",
        expect![[r#"
            C4 handle water, run 3: due 2026-11-04 17:30
            starts 2026-09-01 08:30: dispatched
            limit 45 wd: by a law, article 14, rules VERSION
            2026-11-03 10:05 classified anew (rule 3): counted anew from the original start
              09-01: the day it starts, does not count
              09-02 … 09-19: 13 working days, 5 weekend days skipped
              09-20: 1 make-up working day, counted
              09-21 … 09-30: 8 working days, 2 weekend days skipped
              10-01 … 10-07: holiday, 7 days skipped
              10-08 … 10-09: 2 working days
              10-10: 1 make-up working day, counted
              10-11: weekend, 1 day skipped
              10-12 … 11-06: 20 working days, 6 weekend days skipped
            = 2026-11-06 17:30
            what is left of the resident's time (rule 2): 2026-11-04 17:30
            yellow 2026-10-23 09:54
            L0 2026-10-23 09:54: ahead
            L1 2026-11-04 17:30: ahead
            L2 2026-11-05 17:30: ahead
            L3 2026-11-09 17:30: ahead
            L4 2026-11-12 17:30: ahead
            L5 2026-11-18 17:30: ahead
            computed again 2026-11-04 17:30: agrees, bound by what is left of the resident's time (rule 2)
            by 2026-11-04 17:30: 45 wd from 2026-09-01 08:30
            weekend days left out: 14, days off left out: 7, make-up working days counted: 2, within the whole time allowed
        "#]],
    );
}
