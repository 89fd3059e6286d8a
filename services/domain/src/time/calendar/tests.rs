use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    test_calendar().instant(text.parse().unwrap())
}

fn check(from: &str, limit: &str, due: &str) {
    let calendar = test_calendar();
    let due_at = calendar.due(at(from), Limit::parse(limit).unwrap());
    assert_eq!(
        calendar.local(due_at).to_string(),
        format!("{due}:00"),
        "{limit} from {from}"
    );
}

#[test]
fn working_days_end_at_the_close_of_the_day() {
    check("2026-11-20T09:00", "1 wd", "2026-11-23T17:30");
    check("2026-11-18T23:59", "5 wd", "2026-11-25T17:30");
}

#[test]
fn holidays_are_skipped_and_make_up_days_count() {
    check("2026-09-30T16:00", "1 wd", "2026-10-08T17:30");
    check("2026-10-08T16:00", "2 wd", "2026-10-10T17:30");
    check("2026-09-18T09:00", "1 wd", "2026-09-20T17:30");
}

#[test]
fn working_and_desk_hours_pause_outside() {
    check("2026-11-20T11:00", "4 wh", "2026-11-20T17:00");
    check("2026-11-20T17:00", "1 wh", "2026-11-23T09:00");
    check("2026-11-21T19:00", "2 dh", "2026-11-22T09:00");
    check("2026-11-21T23:50", "15 min", "2026-11-22T00:05");
}

#[test]
fn residents_are_not_rung_at_night_or_noon() {
    let calendar = test_calendar();
    assert_eq!(
        calendar.callback_from(at("2026-11-21T03:00")),
        at("2026-11-21T08:30")
    );
    assert_eq!(
        calendar.callback_from(at("2026-11-21T12:30")),
        at("2026-11-21T14:00")
    );
    assert_eq!(
        calendar.callback_from(at("2026-11-21T20:30")),
        at("2026-11-22T08:30")
    );
    assert_eq!(
        calendar.callback_from(at("2026-11-21T15:15")),
        at("2026-11-21T15:15")
    );
}

#[test]
fn a_callback_limit_pauses_while_residents_are_not_rung() {
    let calendar = test_calendar();
    let check = |from: &str, limit: &str, due: &str| {
        assert_eq!(
            calendar.callback_due(at(from), Limit::parse(limit).unwrap()),
            at(due),
            "{limit} from {from}"
        );
    };
    check("2026-11-21T09:00", "2 h", "2026-11-21T11:00");
    check("2026-11-21T11:30", "2 h", "2026-11-21T15:30");
    check("2026-11-21T21:00", "2 h", "2026-11-22T10:30");
    check("2026-11-21T15:00", "1 d", "2026-11-22T15:00");
    check("2026-11-20T15:00", "1 wd", "2026-11-23T17:30");
}

/// The notice for 2026: nine days of Spring Festival, worked off on the Saturdays before and after.
#[test]
fn working_days_run_across_the_spring_festival_and_its_make_up_saturdays() {
    let mut calendar = test_calendar();
    calendar.off.extend((15..=23).map(|day| date(2026, 2, day)));
    calendar.work.extend([date(2026, 2, 14), date(2026, 2, 28)]);
    let check = |limit: &str, due: &str| {
        let due_at = calendar.due(at("2026-02-13T10:00"), Limit::parse(limit).unwrap());
        assert_eq!(due_at, at(due), "{limit}");
    };
    check("1 wd", "2026-02-14T17:30");
    check("2 wd", "2026-02-24T17:30");
    check("6 wd", "2026-02-28T17:30");
    check("7 wd", "2026-03-02T17:30");
    // Five and a half hours are left of the Friday; the Saturday has seven.
    check("14 wh", "2026-02-24T10:00");
}

#[test]
fn a_second_before_and_after_the_close_the_day_of_dispatch_is_the_same() {
    check("2026-11-20T17:29:59", "1 wd", "2026-11-23T17:30");
    check("2026-11-20T17:30:01", "1 wd", "2026-11-23T17:30");
    let calendar = test_calendar();
    let hour = Limit::parse("1 wh").unwrap();
    assert_eq!(
        calendar.due(at("2026-11-20T17:29:59"), hour),
        at("2026-11-23T09:29:59")
    );
    assert_eq!(
        calendar.due(at("2026-11-20T17:30:01"), hour),
        at("2026-11-23T09:30:00")
    );
}

#[test]
fn a_sunday_that_is_worked_counts_like_any_day() {
    check("2026-09-20T11:00", "4 wh", "2026-09-20T17:00");
    check("2026-09-20T11:00", "1 wd", "2026-09-21T17:30");
}

#[test]
fn an_urgent_matter_on_a_holiday_night_counts_every_minute() {
    check("2026-10-03T23:50", "15 min", "2026-10-04T00:05");
    check("2026-10-03T23:50", "2 h", "2026-10-04T01:50");
}

/// A calendar in which utilities work on to `to`.
fn utilities(to: jiff::civil::Time) -> Calendar {
    let from = jiff::civil::time(8, 30, 0, 0);
    let mut calendar = test_calendar();
    calendar
        .class_hours
        .insert(UnitClass::Utility, vec![Hours { from, to }]);
    calendar
}

#[test]
fn a_class_of_units_has_hours_of_its_own_and_every_other_the_usual_ones() {
    let calendar = utilities(jiff::civil::time(18, 0, 0, 0));
    let due = |class: UnitClass, from: &str, limit: &str| {
        let calendar = calendar.of_class(class);
        let due_at = calendar.due(at(from), Limit::parse(limit).unwrap());
        calendar.local(due_at).to_string()
    };
    let (utility, street) = (UnitClass::Utility, UnitClass::Street);
    assert_eq!(due(utility, "2026-11-20T09:00", "1 wd"), "2026-11-23T18:00:00");
    assert_eq!(due(street, "2026-11-20T09:00", "1 wd"), "2026-11-23T17:30:00");
    assert_eq!(due(utility, "2026-11-20T11:00", "4 wh"), "2026-11-20T15:00:00");
    assert_eq!(due(street, "2026-11-20T11:00", "4 wh"), "2026-11-20T17:00:00");
    assert_eq!(due(utility, "2026-11-20T17:59:59", "1 wh"), "2026-11-23T09:29:59");
    assert_eq!(due(utility, "2026-11-20T18:00:01", "1 wh"), "2026-11-23T09:30:00");
    // The desk's and the hours in which residents are rung are the hotline's.
    assert_eq!(due(utility, "2026-11-20T19:00", "2 dh"), "2026-11-21T09:00:00");
}

#[test]
fn what_is_counted_on_from_a_close_at_midnight_counts_from_the_day_it_closes() {
    let calendar = utilities(jiff::civil::Time::midnight());
    let calendar = calendar.of_class(UnitClass::Utility);
    let day = Limit::WorkingDays(1);
    let first = calendar.due(at("2026-11-20T09:00"), day);
    assert_eq!(calendar.local(first).to_string(), "2026-11-24T00:00:00");
    let second = calendar.due(first, day);
    assert_eq!(calendar.local(second).to_string(), "2026-11-25T00:00:00");
    let hour = calendar.due(at("2026-11-20T23:30"), Limit::Working(60));
    assert_eq!(calendar.local(hour).to_string(), "2026-11-23T09:00:00");
}

/// Rules published before classes had hours keep their name, which is the hash of what is written.
#[test]
fn a_calendar_without_class_hours_is_written_as_it_was() {
    let text = serde_json::to_string(&test_calendar()).unwrap();
    assert!(!text.contains("class_hours"), "{text}");
    let unknown = text.replacen('{', r#"{"clas_hours":{},"#, 1);
    assert!(serde_json::from_str::<Calendar>(&unknown).is_err());
    let class = |name: &str| text.replacen('{', &format!(r#"{{"class_hours":{{"{name}":[]}},"#), 1);
    assert!(serde_json::from_str::<Calendar>(&class("utility")).is_ok());
    assert!(serde_json::from_str::<Calendar>(&class("bank")).is_err());
}

/// Weekends are assumed; the notice that comes makes the due time later, never earlier (invariant 10).
#[test]
fn an_extension_into_a_year_without_a_notice_skips_weekends_alone() {
    check("2026-12-28T10:00", "10 wd", "2027-01-11T17:30");
    let mut calendar = test_calendar();
    calendar.years.insert(2027);
    calendar.off.insert(date(2027, 1, 1));
    let ten = Limit::WorkingDays(10);
    assert_eq!(calendar.due(at("2026-12-28T10:00"), ten), at("2027-01-12T17:30"));
}

/// The hotline's calendar, and that of units with one long span of hours, and of units that work to midnight.
fn hotlines_and_utilities() -> [Calendar; 3] {
    let utility = |to| utilities(to).of_class(UnitClass::Utility).into_owned();
    let late = jiff::civil::time(21, 15, 0, 0);
    [
        test_calendar(),
        utility(late),
        utility(jiff::civil::Time::midnight()),
    ]
}

fn limits() -> impl Strategy<Value = Limit> {
    prop_oneof![
        (0u32..40).prop_map(Limit::WorkingDays),
        (0u32..9_000).prop_map(Limit::Working),
        (0u32..9_000).prop_map(Limit::Desk),
        (0u32..90_000).prop_map(Limit::Natural),
    ]
}

proptest! {
    // Invariant 10.
    #[test]
    fn a_holiday_never_makes_a_due_earlier_nor_a_make_up_day_later(
        start in 0i64..400 * 24 * 60, limit in limits(), day in 0i32..430,
    ) {
        let from = at("2026-01-01T00:00") + SignedDuration::from_mins(start);
        let changed: Date = date(2026, 1, 1).saturating_add(day.days());
        for calendar in hotlines_and_utilities() {
            let due = calendar.due(from, limit);

            let mut more_off = calendar.clone();
            more_off.work.remove(&changed);
            more_off.off.insert(changed);
            prop_assert!(more_off.due(from, limit) >= due);

            let mut more_work = calendar;
            more_work.off.remove(&changed);
            more_work.work.insert(changed);
            prop_assert!(more_work.due(from, limit) <= due);
        }
    }

    #[test]
    fn as_many_minutes_pass_as_the_limit_asks(start in 0i64..400 * 24 * 60, minutes in 0u32..9_000) {
        let from = at("2026-01-01T00:00") + SignedDuration::from_mins(start);
        for calendar in hotlines_and_utilities() {
            for measure in [Measure::Natural, Measure::Working, Measure::Desk, Measure::Callback] {
                let due = calendar.advance(measure, from, minutes);
                prop_assert_eq!(calendar.elapsed_minutes(measure, from, due), minutes);
            }
        }
    }
}
