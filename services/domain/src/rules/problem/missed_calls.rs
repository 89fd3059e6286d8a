//! The numbers of missed calls.

use super::Found;
use super::times::{percent, positive};
use crate::rules::MissedCalls;
use crate::time::Limit;

pub(super) fn missed_calls(found: &mut Found, numbers: &MissedCalls) {
    let at = "profile.missed_call";
    for (key, limit) in [
        ("danger", numbers.danger),
        ("otherwise", numbers.otherwise),
        ("within", numbers.within),
    ] {
        let key = format!("{at}.{key}");
        positive(found, &key, limit);
        if !matches!(limit, Limit::Natural(_)) {
            found.add(
                key,
                format!("{limit} 不是自然时间：漏接回拨从不暂停"),
                format!("{limit} is no natural time: a missed call's clock never pauses"),
            );
        }
    }
    percent(found, &format!("{at}.yellow_percent"), numbers.yellow_percent, 0);
    if numbers.tries == 0 {
        found.add(
            format!("{at}.tries"),
            "为零：无人会接到回拨",
            "is zero: nobody would be rung back",
        );
    }
    if let (Limit::Natural(danger), Limit::Natural(otherwise)) = (numbers.danger, numbers.otherwise)
        && danger > otherwise
    {
        let (danger, otherwise) = (numbers.danger, numbers.otherwise);
        found.add(
            format!("{at}.danger"),
            format!("{danger} 长于 {at}.otherwise 的 {otherwise}：请缩短"),
            format!("{danger} is longer than {at}.otherwise, {otherwise}: shorten it"),
        );
    }
}
