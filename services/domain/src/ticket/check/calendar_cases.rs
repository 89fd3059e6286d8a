//! The calendar's worked cases, on whole tickets: the check city with the Spring Festival of 2026 beside its National
//! Day, and with classes of units that keep hours of their own. Next year's notice is not out.

use std::sync::LazyLock;

use expect_test::{Expect, expect};
use jiff::civil::{Time, date, time};

use super::{Scene, city};
use crate::clock::Kind;
use crate::clock::explain::{Explanation, Verdict, explain};
use crate::rules::{Rules, UnitClass};
use crate::time::{Hours, Limit};

/// The check city where utilities (`water`) work from eight to six without a break and departments (`roads`, `ecology`,
/// `village`) into the night; districts and streets keep the usual hours, to half past five. Grade D is signed within
/// four working hours.
pub(super) fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(|| {
        let mut bundle = city::rules().bundle().clone();
        let calendar = &mut bundle.calendar;
        calendar.off.extend((15..=23).map(|day| date(2026, 2, day)));
        calendar.work.extend([date(2026, 2, 14), date(2026, 2, 28)]);
        let span = |from: i8, to: Time| Hours {
            from: time(from, 0, 0, 0),
            to,
        };
        let to_six = vec![span(8, time(18, 0, 0, 0))];
        let into_the_night = vec![span(9, time(12, 0, 0, 0)), span(13, Time::midnight())];
        calendar.class_hours.insert(UnitClass::Utility, to_six);
        calendar.class_hours.insert(UnitClass::Department, into_the_night);
        bundle.profile.d.sign = Limit::Working(4 * 60);
        Rules::new(bundle).unwrap()
    });
    &RULES
}

/// Plays a script in that city; every due time explains itself.
#[track_caller]
fn check(script: &str, expected: Expect) {
    let scene = played(script);
    scene.replays();
    let explained = explain(&scene.history, |under| scene.held(under));
    for one in explained.unwrap() {
        assert!(
            !matches!(one.verdict(), Verdict::Differs { .. }),
            "{:?}",
            one.full()
        );
    }
    expected.assert_eq(&scene.told());
}

fn played(script: &str) -> Scene {
    let mut scene = Scene::new();
    scene.rules = rules();
    scene.play(script);
    scene
}

#[test]
fn the_spring_festival_is_skipped_and_its_make_up_saturdays_are_worked() {
    check(
        "at 2026-02-13 10:00
         register complaint c urban.noise phone in s
         dispatch street
         sign street
         contact street reached
         tick to 2026-03-03 09:00",
        expect![[r#"
            02-13 10:00 register complaint c urban.noise phone in s
                registered complaint c urban.noise
                runs C0 03-05 17:30, C1 02-13 12:00
            02-13 10:00 dispatch street
                stops C1
                dispatched street
                runs C2 street 02-14 17:30, C3 street 02-14 17:30, C4 street 02-27 17:30
            02-13 10:00 sign street
                stops C2 street
                signed street
            02-13 10:00 contact street reached
                stops C3 street
                contact_tried street, made
            tick to 2026-03-03 09:00
            02-26 16:24 C4 street L0: clerk
            02-27 17:30 C4 street L1: clerk, unit_leader, district, 0.5 points
                runs C7 02-28 17:30
            02-28 17:30 C4 street L2: unit_head, 1.0 points
                order_issued 1 to street by 03-04 17:30
                runs C11 03-04 17:30
            02-28 17:30 C7 L1: callback_desk
            handling: street, light red, L2, 1.0 points
        "#]],
    );
}

/// Of four working hours a second is left of the day or none; of working days the day of dispatch is the same.
#[test]
fn dispatched_a_second_before_and_a_second_after_the_close() {
    let due = |unit: &str, at: &str| {
        let scene = played(&format!(
            "at {at}\nregister help d urban.noise phone\ndispatch {unit}"
        ));
        let ticket = scene.ticket.unwrap();
        let due = |kind| {
            let clock = ticket.clocks.iter().find(|clock| clock.run.kind == kind);
            let due_at = clock.unwrap().run.due_at;
            scene.rules.calendar().local(due_at).to_string()
        };
        [due(Kind::Sign), due(Kind::FirstContact)]
    };
    assert_eq!(
        due("water", "2026-11-20 17:59:59"),
        ["2026-11-23T11:59:59", "2026-11-23T18:00:00"]
    );
    assert_eq!(
        due("water", "2026-11-20 18:00:00"),
        ["2026-11-23T12:00:00", "2026-11-23T18:00:00"]
    );
    assert_eq!(
        due("water", "2026-11-20 18:00:01"),
        ["2026-11-23T12:00:00", "2026-11-23T18:00:00"]
    );
    // A street closed half an hour before; a department works on until midnight.
    assert_eq!(
        due("street", "2026-11-20 17:59:59"),
        ["2026-11-23T14:30:00", "2026-11-23T17:30:00"]
    );
    assert_eq!(
        due("roads", "2026-11-20 17:59:59"),
        ["2026-11-20T21:59:59", "2026-11-24T00:00:00"]
    );
    assert_eq!(
        due("roads", "2026-11-20 23:59:59"),
        ["2026-11-23T13:59:59", "2026-11-24T00:00:00"]
    );
    assert_eq!(
        due("roads", "2026-11-21 00:00:01"),
        ["2026-11-23T14:00:00", "2026-11-24T00:00:00"]
    );
}

#[test]
fn on_a_sunday_that_is_worked_a_unit_answers_and_on_an_ordinary_one_it_need_not() {
    check(
        "at 2026-09-18 16:00
         register complaint c urban.noise phone in s
         dispatch street
         tick to 2026-09-20 18:00",
        expect![[r#"
            09-18 16:00 register complaint c urban.noise phone in s
                registered complaint c urban.noise
                runs C0 10-08 17:30, C1 09-18 18:00
            09-18 16:00 dispatch street
                stops C1
                dispatched street
                runs C2 street 09-20 17:30, C3 street 09-20 17:30, C4 street 09-24 17:30
            tick to 2026-09-20 18:00
            09-20 11:15 C2 street L0: clerk
            09-20 11:15 C3 street L0: clerk
            09-20 17:30 C2 street L1: clerk, unit_leader, district, 0.5 points
            09-20 17:30 C3 street L1: clerk, unit_leader, district, 0.5 points
            dispatched: street, light red, L1, 0.5 points
        "#]],
    );
    check(
        "at 2026-11-20 16:00
         register complaint c urban.noise phone in s
         dispatch street
         tick to 2026-11-22 18:00",
        expect![[r#"
            11-20 16:00 register complaint c urban.noise phone in s
                registered complaint c urban.noise
                runs C0 12-04 17:30, C1 11-20 18:00
            11-20 16:00 dispatch street
                stops C1
                dispatched street
                runs C2 street 11-23 17:30, C3 street 11-23 17:30, C4 street 11-27 17:30
            tick to 2026-11-22 18:00
            dispatched: street, light none, no level
        "#]],
    );
}

#[test]
fn an_urgent_matter_on_a_holiday_night_waits_for_nobody() {
    check(
        "at 2026-02-17 02:00
         register help a utilities.water phone
         operator: dispatch water
         tick to 2026-02-17 02:46",
        expect![[r#"
            02-17 02:00 register help a utilities.water phone
                registered help a utilities.water
                runs C0 02-17 06:00, C1 02-17 02:05
            02-17 02:00 operator: dispatch water
                stops C1
                dispatched water
                runs C2 water 02-17 02:15, C3 water 02-17 02:30, C4 water 02-28 18:00, C4S water 02-17 04:00
            tick to 2026-02-17 02:46
            02-17 02:12 C2 water L0: clerk
            02-17 02:15 C2 water L1: clerk, unit_leader, district, 0.5 points
            02-17 02:23 C3 water L0: clerk
            02-17 02:30 C2 water L2: unit_head, 1.0 points
                order_issued 1 to water by 02-26 18:00
                runs C11 02-26 18:00
            02-17 02:30 C3 water L1: clerk, unit_leader, district, 0.5 points
            02-17 02:45 C2 water L3: district_leader, city_office, 2.0 points
            02-17 02:45 C3 water L2: unit_head, 1.0 points
            dispatched: water, light red, L3, 2.0 points
        "#]],
    );
}

#[test]
fn an_extension_runs_into_a_year_that_is_not_published() {
    let script = "at 2026-12-24 10:00
         register complaint c urban.noise phone in s
         dispatch street
         sign street
         contact street reached
         extend street 5
         decide extension yes";
    check(
        script,
        expect![[r#"
            12-24 10:00 register complaint c urban.noise phone in s
                registered complaint c urban.noise
                runs C0 01-07 17:30, C1 12-24 12:00
            12-24 10:00 dispatch street
                stops C1
                dispatched street
                runs C2 street 12-25 17:30, C3 street 12-25 17:30, C4 street 12-31 17:30
            12-24 10:00 sign street
                stops C2 street
                signed street
            12-24 10:00 contact street reached
                stops C3 street
                contact_tried street, made
            12-24 10:00 extend street 5
                extension_requested street 5 wd
                runs C5 street 12-24 16:00
            12-24 10:00 decide extension yes
                stops C5 street
                extension_granted street 5 wd
                runs C0 01-14 17:30, C4 street 01-07 17:30
            handling: street, light none, no level
        "#]],
    );
    let scene = played(script);
    let explained = explain(&scene.history, |_| Some(scene.rules)).unwrap();
    let assumed: Vec<_> = explained
        .iter()
        .map(|one| (one.clock.run.kind.as_str(), one.assumed_years()))
        .filter(|(_, years)| !years.is_empty())
        .collect();
    assert_eq!(assumed, [("c0", vec![2027]), ("c4", vec![2027])]);
}

#[test]
fn each_unit_s_clocks_close_with_its_class() {
    check(
        "register complaint c urban.noise phone
         dispatch water roads street
         order
         tick to 2026-11-25 09:00",
        expect![[r#"
            11-23 09:00 register complaint c urban.noise phone
                registered complaint c urban.noise
                runs C0 12-07 17:30, C1 11-23 11:00
            11-23 09:00 dispatch water roads street
                stops C1
                dispatched water, roads, street
                runs C2 water 11-24 18:00, C3 water 11-24 18:00, C4 water 11-30 18:00, C2 roads 11-25 00:00, C3 roads 11-25 00:00, C4 roads 11-28 00:00, C2 street 11-24 17:30, C3 street 11-24 17:30, C4 street 11-27 17:30
            11-23 09:00 order
                order_issued 1 to water by 11-26 18:00
                runs C11 11-26 18:00
            tick to 2026-11-25 09:00
            11-24 00:00 C2 roads L0: clerk
            11-24 00:00 C3 roads L0: clerk
            11-24 08:30 C2 water L0: clerk
            11-24 08:30 C3 water L0: clerk
            11-24 08:45 C2 street L0: clerk
            11-24 08:45 C3 street L0: clerk
            11-24 17:30 C2 street L1: clerk, unit_leader, district, 0.5 points
            11-24 17:30 C3 street L1: clerk, unit_leader, district, 0.5 points
            11-24 18:00 C2 water L1: clerk, unit_leader, district, 0.5 points
            11-24 18:00 C3 water L1: clerk, unit_leader, district, 0.5 points
            11-25 00:00 C2 roads L1: clerk, unit_leader, district, 0.5 points
            11-25 00:00 C3 roads L1: clerk, unit_leader, district, 0.5 points
            dispatched: water, light red, L1, 0.5 points
        "#]],
    );
}

#[test]
fn a_rest_gives_back_the_unit_s_own_hours() {
    check(
        "register complaint c urban.noise phone
         dispatch water
         sign water
         contact water reached
         at 2026-11-24 10:00
         ask water
         at 2026-11-25 12:00
         replied",
        expect![[r#"
            11-23 09:00 register complaint c urban.noise phone
                registered complaint c urban.noise
                runs C0 12-07 17:30, C1 11-23 11:00
            11-23 09:00 dispatch water
                stops C1
                dispatched water
                runs C2 water 11-24 18:00, C3 water 11-24 18:00, C4 water 11-30 18:00
            11-23 09:00 sign water
                stops C2 water
                signed water
            11-23 09:00 contact water reached
                stops C3 water
                contact_tried water, made
            11-24 10:00 ask water
                stops C4 water, C0
                citizen_asked water
                runs C9 12-01 17:30
            11-25 12:00 replied
                stops C9
                citizen_replied
                runs C4 water 12-02 10:00, C0 12-09 10:30
            handling: water, light none, no level
        "#]],
    );
}

#[test]
fn what_is_passed_down_keeps_its_due_time_and_is_signed_within_its_own_hours() {
    check(
        "register complaint c urban.noise phone in s
         dispatch street
         sign street
         contact street reached
         ---
         subassign street village
         at 2026-11-24 10:00
         ask street
         at 2026-11-24 20:00
         replied",
        expect![[r#"
            11-23 09:00 subassign street village
                sub_assigned village
                runs C2 village 11-25 00:00, C4 village 11-30 17:30
            11-24 10:00 ask street
                stops C4 street, C2 village, C4 village, C0
                citizen_asked street
                runs C9 12-01 17:30
            11-24 20:00 replied
                stops C9
                citizen_replied
                runs C4 street 12-01 16:00, C2 village 11-25 19:00, C4 village 12-01 16:00, C0 12-08 16:00
            handling: street, light yellow, no level
        "#]],
    );
}

#[test]
fn a_next_unit_has_until_the_resident_s_time_ends_whatever_its_own_hours() {
    check(
        "register complaint c urban.noise phone in s
         dispatch street
         ---
         at 2026-12-01 09:00
         redispatch water
         at 2026-12-07 09:00
         redispatch roads",
        expect![[r#"
            12-01 09:00 redispatch water
                stops C2 street, C3 street, C4 street
                redispatched
                dispatched water
                runs C2 water 12-02 18:00, C3 water 12-02 18:00, C4 water 12-07 17:30
            12-07 09:00 redispatch roads
                stops C2 water, C3 water, C4 water
                redispatched
                dispatched roads
                runs C2 roads 12-09 00:00, C3 roads 12-09 00:00, C4 roads 12-09 00:00
            dispatched: roads, light yellow, no level
        "#]],
    );
}

#[test]
fn an_explanation_says_by_whose_hours_it_counts() {
    let scene = played("register complaint c urban.noise phone\ndispatch water street");
    let explained = explain(&scene.history, |_| Some(scene.rules)).unwrap();
    let said = |kind: Kind, unit: Option<&str>| {
        let is_it = |one: &&Explanation<'_>| {
            one.clock.run.kind == kind && one.unit.as_ref().map(|unit| unit.as_str()) == unit
        };
        let lines = explained.iter().find(is_it).unwrap().full();
        lines
            .into_iter()
            .map(|line| line.en)
            .find(|line| line.contains("class"))
    };
    let by_class = "by the working hours of class utility: 08:00-18:00".to_owned();
    assert_eq!(said(Kind::Handle, Some("water")), Some(by_class));
    assert_eq!(said(Kind::Handle, Some("street")), None);
    assert_eq!(said(Kind::Citizen, None), None);
}
