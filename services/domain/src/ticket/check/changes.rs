//! Other rules, in the words of a script: `off DATE …` and `work DATE …` for holidays and make-up days, `handle LIMIT` of a
//! grade C complaint, `hours by class` for utilities and departments that keep hours of their own.

use jiff::civil::{Date, time};

use crate::rules::{Bundle, UnitClass};
use crate::time::{Hours, Limit};

/// A bundle with one change.
pub(crate) fn changed(before: &Bundle, change: &[String]) -> Bundle {
    let mut bundle = before.clone();
    let [what, values @ ..] = change else {
        panic!("publish WHAT VALUE")
    };
    let dates = values.iter().map(|text| text.parse::<Date>().unwrap());
    let calendar = &mut bundle.calendar;
    if matches!(what.as_str(), "off" | "work") {
        calendar.years.extend(dates.clone().map(Date::year));
    }
    match what.as_str() {
        "off" => dates.for_each(|date| {
            calendar.work.remove(&date);
            calendar.off.insert(date);
        }),
        "work" => dates.for_each(|date| {
            calendar.off.remove(&date);
            calendar.work.insert(date);
        }),
        "handle" => bundle.profile.c.handle.complaint = Limit::parse(&values.join(" ")).unwrap(),
        "hours" => {
            let hours = |from, to| Hours {
                from: time(from, 0, 0, 0),
                to: time(to, 0, 0, 0),
            };
            let own = &mut calendar.class_hours;
            own.insert(UnitClass::Utility, vec![hours(8, 18)]);
            own.insert(UnitClass::Department, vec![hours(9, 12), hours(13, 20)]);
        }
        other => panic!("publish {other}"),
    }
    bundle
}
