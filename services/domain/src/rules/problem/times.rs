//! Calendar and profile: hours, days and limits.

use super::{BASIS_CHARS_MAX, Found};
use crate::rules::{GradeLimits, Ladder, Profile};
use crate::ticket::{Grade, RequestType};
use crate::time::{Calendar, Hours, Limit};

pub(super) fn calendar(found: &mut Found, calendar: &Calendar) {
    if !(-12 * 60..=14 * 60).contains(&calendar.utc_offset_minutes) {
        found.add(
            "calendar.utc_offset_minutes",
            "不在 -720 到 840 之间",
            "is not within -720 to 840",
        );
    }
    hours(found, "calendar.working_hours", &calendar.working_hours);
    hours(found, "calendar.desk_hours", &calendar.desk_hours);
    hours(found, "calendar.callback_hours", &calendar.callback_hours);
    for (class, own) in &calendar.class_hours {
        hours(found, &format!("calendar.class_hours.{}", class.as_str()), own);
    }
    for date in calendar.off.intersection(&calendar.work) {
        found.add(
            "calendar.work",
            format!("{date} 同时列为休息日：请删去其一"),
            format!("{date} is a day off as well: take it out of one list"),
        );
    }
    for (at, dates) in [("calendar.off", &calendar.off), ("calendar.work", &calendar.work)] {
        for date in dates.iter().filter(|date| !calendar.years.contains(&date.year())) {
            found.add(
                at,
                format!("{date} 所在年份不在 calendar.years 中：请补入"),
                format!("{date} lies in a year that is not in calendar.years: add the year"),
            );
        }
    }
}

fn hours(found: &mut Found, at: &str, hours: &[Hours]) {
    if hours.is_empty() {
        found.add(at, "为空：什么都不会到期", "is empty: nothing could ever be due");
    }
    for one in hours.iter().filter(|one| one.length().as_secs() <= 0) {
        found.add(
            at,
            format!("{} 至 {} 止于开始之前", one.from, one.to),
            format!("{} to {} ends before it begins", one.from, one.to),
        );
    }
    for pair in hours.windows(2).filter(|pair| pair[1].overlap(pair[0])) {
        found.add(
            at,
            format!("{} 与前一时段重叠或早于它", pair[1].from),
            format!("{} overlaps or precedes the span before it", pair[1].from),
        );
    }
}

pub(super) fn profile(found: &mut Found, profile: &Profile, calendar: &Calendar) {
    found.name("profile.name", &profile.name);
    found.text("profile.source", &profile.source, BASIS_CHARS_MAX);
    for grade in Grade::ALL {
        grade_limits(found, *grade, profile.grade(*grade), calendar);
    }
    percent(found, "profile.co_percent", profile.co_percent, 1);
    percent(
        found,
        "profile.audit_sample_percent",
        profile.audit_sample_percent,
        0,
    );
    if profile.callback_tries == 0 {
        found.add(
            "profile.callback_tries",
            "为零：无人会接到回访",
            "is zero: nobody would be rung back",
        );
    }
    positive(
        found,
        "profile.callback_tries_within",
        profile.callback_tries_within,
    );
    positive(found, "profile.callback_link", profile.callback_link);
    positive(found, "profile.reopen_within", profile.reopen_within);
    positive(found, "profile.transfer_confirm", profile.transfer_confirm);
    if profile.points_tenths.windows(2).any(|pair| pair[1] < pair[0]) {
        found.add(
            "profile.points_tenths",
            "高一级的扣分不得少于低一级",
            "a higher level must not cost less than a lower one",
        );
    }
}

fn grade_limits(found: &mut Found, grade: Grade, limits: &GradeLimits, calendar: &Calendar) {
    let at = format!("profile.{}", grade.as_str());
    for (key, limit) in [
        ("triage", limits.triage),
        ("sign", limits.sign),
        ("contact", limits.contact),
        ("audit", limits.audit),
        ("callback", limits.callback),
        ("rework", limits.rework),
        ("floor", limits.floor),
        ("cap.limit", limits.cap.limit),
    ] {
        positive(found, &format!("{at}.{key}"), limit);
    }
    for kind in RequestType::ALL {
        let key = format!("{at}.handle.{}", kind.as_str());
        let handle = limits.handle.of(*kind);
        positive(found, &key, handle);
        if minutes(limits.sign, calendar) > minutes(handle, calendar) {
            let sign = limits.sign;
            found.add(
                key,
                format!("{handle} 短于 {at}.sign 的 {sign}：请延长办理时限或缩短签收时限"),
                format!("{handle} is shorter than {at}.sign, {sign}: lengthen it or shorten the sign limit"),
            );
        }
    }
    match (&limits.stage, grade) {
        (None, Grade::A | Grade::B) => found.add(
            format!("{at}.stage"),
            "a、b 两级须有阶段反馈",
            "grades a and b need stage reports",
        ),
        (Some(_), Grade::C | Grade::D) => {
            found.add(
                format!("{at}.stage"),
                "只有 a、b 两级有阶段反馈",
                "only grades a and b have stage reports",
            );
        }
        (Some(stage), Grade::A | Grade::B) => {
            positive(found, &format!("{at}.stage.first"), stage.first);
            positive(found, &format!("{at}.stage.every"), stage.every);
        }
        (None, Grade::C | Grade::D) => {}
    }
    cap(found, &at, limits);
    percent(found, &format!("{at}.yellow.percent"), limits.yellow.percent, 0);
    ladder(found, &at, limits.ladder, calendar);
}

fn ladder(found: &mut Found, at: &str, ladder: Ladder, calendar: &Calendar) {
    let Ladder { l1, l2, l3, .. } = ladder;
    let after = |limit: Limit| minutes(limit, calendar);
    // 约谈 counts from L2; the telephone call and both proposals come after L3.
    let l4 = ladder.l4.map(|limit| after(l2) + after(limit));
    let l5 = ladder.l5.map(after);
    for (key, at_minutes, least, name) in [
        ("call", ladder.call.map(after), after(l3), "l3"),
        ("l4", l4, after(l3), "l3"),
        ("l5", l5, l4.unwrap_or(after(l3)), "l4"),
    ] {
        if at_minutes.is_some_and(|minutes| minutes < least) {
            found.add(
                format!("{at}.ladder.{key}"),
                format!("早于 {name}：请延长"),
                format!("comes before {name}: lengthen it"),
            );
        }
    }
    if ![l1, l2, l3].map(after).is_sorted() {
        found.add(
            format!("{at}.ladder"),
            format!("高一级不得早于低一级：应为 l1 ≤ l2 ≤ l3，现为 {l1}、{l2}、{l3}"),
            format!(
                "a higher level must not come before a lower one: l1 ≤ l2 ≤ l3 is needed, not {l1}, {l2}, {l3}"
            ),
        );
    }
}

/// [`Cap::over`] multiplies limits of the cap's own kind.
fn cap(found: &mut Found, at: &str, limits: &GradeLimits) {
    let cap = limits.cap;
    if cap.times == Some(0) {
        found.add(
            format!("{at}.cap.times"),
            "为零：不留任何时间",
            "is zero: no time would be left",
        );
    }
    let is_natural = |limit: Limit| matches!(limit, Limit::Natural(_));
    let multiplies = match cap.limit {
        Limit::WorkingDays(_) => true,
        Limit::Natural(_) => RequestType::ALL
            .iter()
            .all(|kind| is_natural(limits.handle.of(*kind))),
        Limit::Working(_) | Limit::Desk(_) => false,
    };
    if cap.times.is_some() && !multiplies {
        found.add(
            format!("{at}.cap.times"),
            "要求 cap.limit 以工作日计，或与各类办理时限同以自然时间计",
            "needs a cap.limit in working days, or in natural time like every handling limit",
        );
    }
}

pub(super) fn percent(found: &mut Found, at: &str, value: u8, least: u8) {
    if !(least..=100).contains(&value) {
        found.add(
            at,
            format!("{value} 不在 {least} 到 100 之间"),
            format!("{value} is not within {least} to 100"),
        );
    }
}

pub(super) fn positive(found: &mut Found, at: &str, limit: Limit) {
    if minutes_raw(limit) == 0 {
        found.add(at, "不能为零", "is zero");
    }
}

fn minutes_raw(limit: Limit) -> u32 {
    match limit {
        Limit::Natural(count) | Limit::Working(count) | Limit::Desk(count) | Limit::WorkingDays(count) => {
            count
        }
    }
}

/// Roughly how many minutes of a clock on the wall a limit takes, so that limits of different kinds compare.
pub(super) fn minutes(limit: Limit, calendar: &Calendar) -> u64 {
    const DAY: u64 = 24 * 60;
    let stretched = |count: u32, hours: &[Hours]| {
        let open: i64 = hours.iter().map(|one| one.length().as_mins()).sum();
        u64::from(count) * DAY / u64::try_from(open).unwrap_or(DAY).clamp(1, DAY)
    };
    match limit {
        Limit::Natural(count) => u64::from(count),
        Limit::Working(count) => stretched(count, &calendar.working_hours),
        Limit::Desk(count) => stretched(count, &calendar.desk_hours),
        Limit::WorkingDays(count) => u64::from(count) * DAY,
    }
}
