//! Whether two tickets may be about one matter (domain.md, section 8).
//!
//! Owns the rule and no numbers: how near, how soon and how alike stand in the rules ([`Duplicates`]), the radius on the
//! category. How alike two texts are is measured elsewhere and given as a number from 0 to 1. Start at [`judge`].
//!
//! What is not said is held against nobody: while the operator types, the place or the category may still be missing, and
//! many a ticket has none. Two that are said and differ are two matters.

mod place;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::id::{AreaId, CategoryId};
use crate::rules::{Duplicates, Rules};

pub use place::{AreaNames, NamedPlace, Place, Position};

/// What is compared of a matter, beside its words.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// Its subject, where known.
    pub category: Option<&'a CategoryId>,
    /// The area it lies in, where known.
    pub area: Option<&'a AreaId>,
    /// Where, as far as said.
    pub place: &'a Place,
}

/// What is known of an earlier ticket beside its matter.
#[derive(Debug, Clone, Copy)]
pub struct Earlier {
    /// When it was registered.
    pub registered_at: Timestamp,
    /// Whether it is open.
    pub is_open: bool,
    /// Whether the same caller has raised it.
    pub is_same_caller: bool,
    /// How alike the texts are, 0 to 1.
    pub likeness: f64,
}

/// How two places lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// So many metres apart, within the radius.
    Metres(u32),
    /// The same named place.
    SamePlace,
    /// One of them says no place, or the two say it in ways that cannot be compared.
    Unknown,
}

/// Why an earlier ticket is a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Near, lately, of a kind, and told alike.
    Alike(Near),
    /// The same caller has an open ticket in the category.
    SameCaller,
}

/// An earlier ticket that may be about the same matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Why. A ticket that is alike is that first, whoever called.
    pub ground: Ground,
    /// The operator must answer "same" or "not same".
    pub must_answer: bool,
}

/// Whether an earlier ticket may be about the same matter as a new one at `now`.
pub fn judge(
    rules: &Rules,
    new: Matter<'_>,
    old: Matter<'_>,
    earlier: Earlier,
    now: Timestamp,
) -> Option<Candidate> {
    let numbers = &rules.profile().duplicates;
    if !are_of_a_kind(new.category, old.category) {
        return None;
    }
    if is_alike(numbers, earlier.likeness)
        && is_recent(rules, earlier.registered_at, now)
        && let Some(near) = near(rules, new, old)
    {
        return Some(Candidate {
            ground: Ground::Alike(near),
            must_answer: reaches(earlier.likeness, numbers.answer_percent),
        });
    }
    let is_known = new.category.is_some() && old.category.is_some();
    (earlier.is_same_caller && earlier.is_open && is_known).then_some(Candidate {
        ground: Ground::SameCaller,
        must_answer: false,
    })
}

/// Whether texts are alike enough for a candidate.
pub fn is_alike(numbers: &Duplicates, likeness: f64) -> bool {
    reaches(likeness, numbers.alike_percent)
}

/// Whether a ticket is young enough for a candidate that nobody recognises by its caller.
pub fn is_recent(rules: &Rules, registered_at: Timestamp, now: Timestamp) -> bool {
    let within = rules.profile().duplicates.within;
    rules.calendar().due(registered_at, within) >= now
}

/// Equal, siblings, or one above the other: a ticket that is classified less exactly may be the same.
pub fn are_of_a_kind(new: Option<&CategoryId>, old: Option<&CategoryId>) -> bool {
    let (Some(new), Some(old)) = (new, old) else {
        return true;
    };
    let is_sibling = || new.parent().is_some_and(|parent| old.parent() == Some(parent));
    new.is_within(old) || old.is_within(new) || is_sibling()
}

/// How the places lie to each other; none where they are two.
pub fn near(rules: &Rules, new: Matter<'_>, old: Matter<'_>) -> Option<Near> {
    let metres = new
        .place
        .position
        .zip(old.place.position)
        .map(|(a, b)| a.metres_to(b));
    if let Some(metres) = metres.filter(|metres| *metres <= radius_m(rules, new.category, old.category)) {
        return Some(Near::Metres(metres));
    }
    match (&new.place.named, &old.place.named) {
        (Some(new), Some(old)) if new.is_same(old) => Some(Near::SamePlace),
        (Some(_), Some(_)) => None,
        _ if metres.is_some() => None,
        _ => agree(rules, new.area, old.area).then_some(Near::Unknown),
    }
}

/// The radius of the matter: the wider one where the two are classified differently.
fn radius_m(rules: &Rules, new: Option<&CategoryId>, old: Option<&CategoryId>) -> u32 {
    let own = |id: Option<&CategoryId>| id.and_then(|id| rules.categories.radius_m(id));
    own(new)
        .max(own(old))
        .unwrap_or(rules.profile().duplicates.radius_m)
}

/// Areas agree where one lies in the other, or one is not known.
fn agree(rules: &Rules, new: Option<&AreaId>, old: Option<&AreaId>) -> bool {
    let (Some(new), Some(old)) = (new, old) else {
        return true;
    };
    rules.areas.is_within(new, old) || rules.areas.is_within(old, new)
}

fn reaches(likeness: f64, percent: u8) -> bool {
    likeness * 100.0 >= f64::from(percent)
}
