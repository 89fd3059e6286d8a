//! When two tickets may be about one matter.

use super::Found;
use super::times::{percent, positive};
use crate::rules::Duplicates;

/// The widest radius: half a meridian, farther apart nothing lies.
const RADIUS_M_MAX: u32 = 20_000_000;

pub(super) fn duplicates(found: &mut Found, numbers: &Duplicates) {
    let at = "profile.duplicates";
    positive(found, &format!("{at}.within"), numbers.within);
    percent(found, &format!("{at}.alike_percent"), numbers.alike_percent, 1);
    percent(found, &format!("{at}.answer_percent"), numbers.answer_percent, 1);
    radius(found, format!("{at}.radius_m"), numbers.radius_m);
    if numbers.answer_percent < numbers.alike_percent {
        found.add(
            format!("{at}.answer_percent"),
            format!("小于 {at}.alike_percent：必须答复的须先是候选"),
            format!("is less than {at}.alike_percent: what must be answered is a candidate first"),
        );
    }
}

pub(super) fn radius(found: &mut Found, at: String, metres: u32) {
    if !(1..=RADIUS_M_MAX).contains(&metres) {
        found.add(
            at,
            format!("应为 1 至 {RADIUS_M_MAX} 米"),
            format!("is not within 1 to {RADIUS_M_MAX} metres"),
        );
    }
}
