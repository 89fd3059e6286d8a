//! Procedures: the numbers of what may be asked for beside the straight way.

use super::Found;
use super::times::{minutes, positive};
use crate::rules::{Asking, Extension, Procedures};
use crate::ticket::Grade;
use crate::time::Calendar;

pub(super) fn procedures(found: &mut Found, numbers: &Procedures, calendar: &Calendar) {
    let at = "profile.procedures";
    limits(found, at, numbers);
    counts(found, at, numbers);
    if numbers.contact_half_days > numbers.contact_tries {
        found.add(
            format!("{at}.contact_half_days"),
            "多于 profile.procedures.contact_tries：请减少",
            "are more than profile.procedures.contact_tries",
        );
    }
    if minutes(numbers.check_within, calendar) > minutes(numbers.suspended_within, calendar) {
        found.add(
            format!("{at}.check_within"),
            "长于 profile.procedures.suspended_within：请缩短",
            "is longer than profile.procedures.suspended_within: shorten it",
        );
    }
    for grade in Grade::ALL {
        asking(
            found,
            &format!("{at}.{}", grade.as_str()),
            *grade,
            numbers.of(*grade),
        );
    }
}

fn limits(found: &mut Found, at: &str, numbers: &Procedures) {
    for (key, limit) in [
        ("consult", numbers.consult),
        ("citizen_wait", numbers.citizen_wait),
        ("check_within", numbers.check_within),
        ("suspended_within", numbers.suspended_within),
        ("resume_floor", numbers.resume_floor),
        ("objection_within", numbers.objection_within),
        ("objection", numbers.objection),
        ("review", numbers.review),
        ("order", numbers.order),
        ("exclusion_within", numbers.exclusion_within),
        ("exclusion", numbers.exclusion),
    ] {
        positive(found, &format!("{at}.{key}"), limit);
    }
}

fn counts(found: &mut Found, at: &str, numbers: &Procedures) {
    for (key, count) in [
        ("opinions", numbers.opinions),
        ("units_before_ruling", numbers.units_before_ruling),
        ("refused_returns_inform", numbers.refused_returns_inform),
        ("panel", numbers.panel),
        ("contact_tries", numbers.contact_tries),
        ("contact_half_days", numbers.contact_half_days),
        ("urges_inform", numbers.urges_inform),
        ("rework_supervised", numbers.rework_supervised),
    ] {
        if count == 0 {
            found.add(format!("{at}.{key}"), "不能为零", "is zero");
        }
    }
}

/// Nothing of grade A is returned, and nothing delays A or B (domain.md, section 5).
fn asking(found: &mut Found, at: &str, grade: Grade, asking: &Asking) {
    let is_urgent = matches!(grade, Grade::A | Grade::B);
    if let Some(returns) = asking.returns {
        if grade == Grade::A {
            found.add(
                format!("{at}.returns"),
                "a 级不得退单",
                "grade a is never returned",
            );
        }
        for (key, limit) in [
            ("after_sign", returns.after_sign),
            ("after_dispatch", returns.after_dispatch),
            ("review", returns.review),
            ("ruling", returns.ruling),
        ] {
            positive(found, &format!("{at}.returns.{key}"), limit);
        }
    }
    if let Some(one) = asking.extension {
        extension(found, &format!("{at}.extension"), one);
    }
    for (key, decide) in [
        ("extension", asking.extension.map(|extension| extension.decide)),
        ("suspension", asking.suspension),
        ("termination", asking.termination),
    ] {
        let Some(decide) = decide else { continue };
        positive(found, &format!("{at}.{key}"), decide);
        if is_urgent {
            found.add(
                format!("{at}.{key}"),
                "a、b 两级不得延缓",
                "nothing delays grades a and b",
            );
        }
    }
}

fn extension(found: &mut Found, at: &str, extension: Extension) {
    if extension.days == 0 || extension.times == 0 {
        found.add(at, "等于没有：请删去", "is nothing: leave it out");
    }
    if extension.sum < extension.days {
        found.add(format!("{at}.sum"), "少于一次延期", "is less than one extension");
    }
    if u16::from(extension.sum) > u16::from(extension.days) * u16::from(extension.times) {
        found.add(
            format!("{at}.sum"),
            "多于各次延期之和",
            "is more than all extensions together",
        );
    }
}
