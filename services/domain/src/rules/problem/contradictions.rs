//! Limits that are sound one by one and contradict each other.

use super::Found;
use super::times::minutes;
use crate::rules::{Bundle, GradeLimits, Profile};
use crate::ticket::{Grade, RequestType};
use crate::time::{Calendar, Limit};

/// A limit and the key it stands under.
struct Named {
    key: String,
    limit: Limit,
}

impl Named {
    fn minutes(&self, calendar: &Calendar) -> u64 {
        minutes(self.limit, calendar)
    }

    /// Notes a limit that is longer than the one within which it ought to end.
    fn within(&self, bound: &Named, found: &mut Found, calendar: &Calendar) {
        if self.minutes(calendar) <= bound.minutes(calendar) {
            return;
        }
        let (limit, key, most) = (self.limit, &bound.key, bound.limit);
        found.add(
            &self.key,
            format!("{limit} 长于 {key} 的 {most}：请缩短它或延长 {key}"),
            format!("{limit} is longer than {key}, {most}: shorten it or lengthen {key}"),
        );
    }
}

pub(super) fn profile(found: &mut Found, profile: &Profile, calendar: &Calendar) {
    for grade in Grade::ALL {
        let limits = profile.grade(*grade);
        let at = format!("profile.{}", grade.as_str());
        steps(found, &at, limits, calendar);
        cap(found, &at, limits, calendar);
        yellow(found, &at, limits, calendar);
        returns(found, *grade, profile, calendar);
    }
}

/// C4 of each request type.
fn handles(at: &str, limits: &GradeLimits) -> Vec<Named> {
    let named = |kind: &RequestType| Named {
        key: format!("{at}.handle.{}", kind.as_str()),
        limit: limits.handle.of(*kind),
    };
    RequestType::ALL.iter().map(named).collect()
}

/// The first thing a unit owes of urgent matters.
fn stage(at: &str, limits: &GradeLimits) -> Option<Named> {
    limits.stage.map(|stage| Named {
        key: format!("{at}.stage.first"),
        limit: stage.first,
    })
}

/// Signing and first contact come before whatever they lead to. That every handling limit leaves room for signing is
/// held of all bundles (`times`).
fn steps(found: &mut Found, at: &str, limits: &GradeLimits, calendar: &Calendar) {
    let step = |key: &str, limit| Named {
        key: format!("{at}.{key}"),
        limit,
    };
    let (sign, contact) = (step("sign", limits.sign), step("contact", limits.contact));
    let shortest = handles(at, limits)
        .into_iter()
        .min_by_key(|handle| handle.minutes(calendar));
    if let Some(shortest) = shortest {
        contact.within(&shortest, found, calendar);
    }
    if let Some(first) = stage(at, limits) {
        sign.within(&first, found, calendar);
        contact.within(&first, found, calendar);
    }
}

/// What the resident is promised is not less than what the unit is given: of urgent matters to the first stage report,
/// of others to the reply.
fn cap(found: &mut Found, at: &str, limits: &GradeLimits, calendar: &Calendar) {
    let given = match stage(at, limits) {
        Some(first) => vec![first],
        None => handles(at, limits),
    };
    let tight = given
        .into_iter()
        .map(|given| (limits.cap.over(given.limit), given))
        .find(|(cap, given)| minutes(*cap, calendar) < given.minutes(calendar));
    if let Some((cap, Named { key, limit })) = tight {
        found.add(
            format!("{at}.cap"),
            format!("得出 {cap}，短于 {key} 的 {limit}：请延长诉求人时限或缩短 {key}"),
            format!("comes to {cap}, less than {key}, {limit}: lengthen the cap or shorten {key}"),
        );
    }
}

/// A light that would be yellow before the clock has begun.
fn yellow(found: &mut Found, at: &str, limits: &GradeLimits, calendar: &Calendar) {
    let span = Named {
        key: format!("{at}.yellow.working_days"),
        limit: Limit::WorkingDays(u32::from(limits.yellow.working_days)),
    };
    let shortest = handles(at, limits)
        .into_iter()
        .min_by_key(|handle| handle.minutes(calendar));
    if let Some(shortest) = shortest {
        span.within(&shortest, found, calendar);
    }
}

/// A unit cannot ask to be rid of a matter longer than it has for any of the grade. Types whose reply is due sooner than
/// that are no contradiction: the reply is.
fn returns(found: &mut Found, grade: Grade, profile: &Profile, calendar: &Calendar) {
    let Some(returns) = profile.procedures.of(grade).returns else {
        return;
    };
    let at = format!("profile.{}", grade.as_str());
    let longest = handles(&at, profile.grade(grade))
        .into_iter()
        .max_by_key(|handle| handle.minutes(calendar));
    let Some(longest) = longest else { return };
    for (key, limit) in [
        ("after_sign", returns.after_sign),
        ("after_dispatch", returns.after_dispatch),
    ] {
        let key = format!("profile.procedures.{}.returns.{key}", grade.as_str());
        Named { key, limit }.within(&longest, found, calendar);
    }
}

/// A law that wants the matter done before the profile wants the resident rung. Statutes are for grades C and D.
pub(super) fn statutes(found: &mut Found, bundle: &Bundle) {
    for category in &bundle.categories {
        let Some(statute) = &category.statute else {
            continue;
        };
        let handle = Named {
            key: format!("categories[{}].statute.handle", category.id),
            limit: statute.handle,
        };
        let contacts = [Grade::C, Grade::D].map(|grade| Named {
            key: format!("profile.{}.contact", grade.as_str()),
            limit: bundle.profile.grade(grade).contact,
        });
        let late = contacts
            .into_iter()
            .find(|contact| contact.minutes(&bundle.calendar) > handle.minutes(&bundle.calendar));
        if let Some(Named { key, limit }) = late {
            found.add(
                handle.key,
                format!(
                    "{} 短于 {key} 的 {limit}：请核对法条，或缩短先行联系时限",
                    handle.limit
                ),
                format!(
                    "{} is shorter than {key}, {limit}: look the clause up, or shorten the first contact",
                    handle.limit
                ),
            );
        }
    }
}
