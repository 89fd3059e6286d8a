//! What raises a level without a clock.

use super::Found;
use super::times::{percent, positive};
use crate::rules::Triggers;
use crate::ticket::HEARD_MAX;

pub(super) fn triggers(found: &mut Found, numbers: &Triggers) {
    let at = "profile.triggers";
    positive(found, &format!("{at}.listeners_within"), numbers.listeners_within);
    positive(found, &format!("{at}.proposal"), numbers.proposal);
    for (key, count) in [
        ("listeners", numbers.listeners),
        ("incident_listeners", numbers.incident_listeners),
        ("repeated_l2", numbers.repeated_l2),
    ] {
        if count == 0 {
            found.add(format!("{at}.{key}"), "不能为零", "is zero");
        }
    }
    percent(
        found,
        &format!("{at}.repeated_l2_percent"),
        numbers.repeated_l2_percent,
        0,
    );
    if usize::from(numbers.listeners) > HEARD_MAX {
        found.add(
            format!("{at}.listeners"),
            format!("多于 {HEARD_MAX}：系统只记最近 {HEARD_MAX} 人"),
            format!("is more than {HEARD_MAX}: so many of the latest are remembered"),
        );
    }
    if numbers.incident_listeners < numbers.listeners {
        found.add(
            format!("{at}.incident_listeners"),
            format!("少于 {at}.listeners：挂牌督办不得早于督办"),
            format!("is less than {at}.listeners: L3 would come before L2"),
        );
    }
}
