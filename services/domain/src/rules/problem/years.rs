//! Years whose holidays the calendar has not been told.

use jiff::civil::Date;

use super::Problem;
use crate::rules::Bundle;
use crate::ticket::{Grade, RequestType};
use crate::time::Limit;

/// One warning for each year that is missing between `today` and the latest due time of what begins today.
pub(in crate::rules) fn missing_years(bundle: &Bundle, today: Date) -> Vec<Problem> {
    (today.year()..=last_year(bundle, today))
        .filter(|year| !bundle.calendar.years.contains(year))
        .map(|year| Problem {
            at: "calendar.years".to_owned(),
            zh: format!(
                "缺少 {year} 年：暂按周六、周日休息、其余各日工作推算。放假通知公布后，请用 hotline calendar import 导入该年"
            ),
            en: format!(
                "{year} is missing: its Saturdays and Sundays are taken as days off and every other day as a working \
                 day. Once its notice is published, import the year with hotline calendar import"
            ),
        })
        .collect()
}

/// The year in which the longest limit ends that begins today.
fn last_year(bundle: &Bundle, today: Date) -> i16 {
    let calendar = &bundle.calendar;
    let from = calendar.instant(today.at(0, 0, 0, 0));
    let year = |limit: Limit| calendar.local(calendar.due(from, limit)).year();
    limits(bundle).map(year).max().unwrap_or(today.year())
}

/// The limits that reach furthest, each by itself: handling, extension, the citizen's cap, statutes, suspension.
fn limits(bundle: &Bundle) -> impl Iterator<Item = Limit> {
    let profile = &bundle.profile;
    let of_grades = Grade::ALL.iter().flat_map(move |grade| {
        let limits = profile.grade(*grade);
        let extension = profile.procedures.of(*grade).extension;
        let extended = extension.map(|extension| Limit::WorkingDays(u32::from(extension.sum)));
        let handles = RequestType::ALL.iter().map(|kind| limits.handle.of(*kind));
        handles.chain([limits.cap.limit]).chain(extended)
    });
    let statutes = bundle
        .categories
        .iter()
        .filter_map(|category| category.statute.as_ref());
    of_grades
        .chain(statutes.map(|statute| statute.handle))
        .chain([profile.procedures.suspended_within])
}
