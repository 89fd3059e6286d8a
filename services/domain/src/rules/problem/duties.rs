//! Directory and lexicon: who is responsible, and which words speak for what.

use std::collections::BTreeSet;

use super::triage;
use super::{BASIS_CHARS_MAX, CO_MAX, DIRECTORY_MAX, Found, LEXICON_MAX, RECUSALS_MAX, TERM_CHARS_MAX};
use crate::routing::SAFETY_NET;
use crate::rules::{AreaLevel, Areas, Bundle, Categories, Entry, Lead, Term, Units};
use crate::ticket::Grade;

pub(super) fn directory(
    found: &mut Found,
    bundle: &Bundle,
    units: &Units,
    areas: &Areas,
    categories: &Categories,
) {
    let rows = &bundle.directory;
    found.count("directory", rows.len(), DIRECTORY_MAX);
    found.twice("directory", rows.iter().map(|entry| &entry.id));
    for entry in rows {
        let at = format!("directory[{}]", entry.id);
        if entry.id.as_str() == SAFETY_NET {
            found.add(
                &at,
                "此代码专指属地兜底：请换一个",
                "this code stands for the district that catches what no entry covers",
            );
        }
        if categories.get(&entry.category).is_none() {
            found.add(
                format!("{at}.category"),
                format!("没有类别 {}", entry.category),
                format!("{} is no category", entry.category),
            );
        }
        if let Some(area) = entry.area.as_ref().filter(|area| areas.get(area).is_none()) {
            found.add(
                format!("{at}.area"),
                format!("没有区域 {area}"),
                format!("{area} is no area"),
            );
        }
        found.text(format!("{at}.basis"), &entry.basis, BASIS_CHARS_MAX);
        if entry.until.is_some_and(|until| until < entry.from) {
            found.add(format!("{at}.until"), "止于开始之前", "ends before it begins");
        }
        let (kinds, grades) = (&entry.when.kinds, &entry.when.grades);
        if has_twice(kinds) || has_twice(grades) {
            found.add(format!("{at}.when"), "同一条件重复出现", "names the same twice");
        }
        parties(found, &at, entry, units);
    }
    districts_have_units(found, bundle, units, areas);
}

fn has_twice<T: Ord>(named: &[T]) -> bool {
    named.iter().collect::<BTreeSet<_>>().len() < named.len()
}

/// Lines of the recusal list: what they name is there, and each is about something.
pub(super) fn recusals(
    found: &mut Found,
    bundle: &Bundle,
    units: &Units,
    areas: &Areas,
    categories: &Categories,
) {
    let rows = &bundle.recusals;
    found.count("recusals", rows.len(), RECUSALS_MAX);
    found.twice("recusals", rows.iter().map(|recusal| &recusal.id));
    for recusal in rows {
        let at = format!("recusals[{}]", recusal.id);
        found.text(format!("{at}.basis"), &recusal.basis, BASIS_CHARS_MAX);
        if recusal.until.is_some_and(|until| until < recusal.from) {
            found.add(format!("{at}.until"), "止于开始之前", "ends before it begins");
        }
        if (&recusal.category, &recusal.area, &recusal.accused) == (&None, &None, &None) {
            found.add(
                &at,
                "没有写明哪些事项：请写 category、area 或 accused",
                "is about every matter: name a category, an area or who is accused",
            );
        }
        let named = [
            ("unit", Some(&recusal.unit)),
            ("accused", recusal.accused.as_ref()),
            ("superior", recusal.superior.as_ref()),
        ];
        for (key, unit) in named {
            if let Some(unit) = unit.filter(|unit| units.get(unit).is_none()) {
                found.add(
                    format!("{at}.{key}"),
                    format!("没有单位 {unit}"),
                    format!("{unit} is no unit"),
                );
            }
        }
        if let Some(category) = recusal
            .category
            .as_ref()
            .filter(|id| categories.get(id).is_none())
        {
            found.add(
                format!("{at}.category"),
                format!("没有类别 {category}"),
                format!("{category} is no category"),
            );
        }
        if let Some(area) = recusal.area.as_ref().filter(|area| areas.get(area).is_none()) {
            found.add(
                format!("{at}.area"),
                format!("没有区域 {area}"),
                format!("{area} is no area"),
            );
        }
    }
}

fn parties(found: &mut Found, at: &str, entry: &Entry, units: &Units) {
    if let Lead::Unit(lead) = &entry.lead {
        if units.get(lead).is_none() {
            found.add(
                format!("{at}.lead"),
                format!("没有单位 {lead}"),
                format!("{lead} is no unit"),
            );
        }
        if entry.co.contains(lead) {
            found.add(
                format!("{at}.co"),
                format!("{lead} 已是主办"),
                format!("{lead} leads already"),
            );
        }
    }
    found.count(&format!("{at}.co"), entry.co.len(), CO_MAX);
    let mut seen = BTreeSet::new();
    for co in &entry.co {
        if units.get(co).is_none() {
            found.add(
                format!("{at}.co"),
                format!("没有单位 {co}"),
                format!("{co} is no unit"),
            );
        }
        if !seen.insert(co) {
            found.add(
                format!("{at}.co"),
                format!("{co} 重复出现"),
                format!("{co} stands twice"),
            );
        }
    }
}

/// An entry led by districts or streets leads nowhere in a district that has no unit.
fn districts_have_units(found: &mut Found, bundle: &Bundle, units: &Units, areas: &Areas) {
    let led = |entry: &Entry, area: &crate::id::AreaId| {
        !matches!(entry.lead, Lead::Unit(_))
            && entry
                .area
                .as_ref()
                .is_none_or(|whole| areas.is_within(area, whole))
    };
    for area in bundle
        .areas
        .iter()
        .filter(|area| area.level == AreaLevel::District)
    {
        if units.of_area(&area.id).is_some() {
            continue;
        }
        if let Some(entry) = bundle.directory.iter().find(|entry| led(entry, &area.id)) {
            found.add(
                format!("areas[{}]", area.id),
                format!(
                    "没有属地单位，而 directory[{}] 由属地主办：请补一个单位",
                    entry.id
                ),
                format!(
                    "no unit is its general authority, but directory[{}] is led by districts: add the unit",
                    entry.id
                ),
            );
        }
    }
}

pub(super) fn lexicon(found: &mut Found, bundle: &Bundle, categories: &Categories) {
    let rows = &bundle.lexicon;
    found.count("lexicon", rows.len(), LEXICON_MAX);
    let mut seen = BTreeSet::new();
    for term in rows {
        let at = format!("lexicon[{}]", term.text);
        found.text(&at, &term.text, TERM_CHARS_MAX);
        if !(1..=10).contains(&term.weight) {
            found.add(
                format!("{at}.weight"),
                format!("{} 不在 1 到 10 之间", term.weight),
                format!("{} is not within 1 to 10", term.weight),
            );
        }
        if speaks_for_nothing(term) {
            found.add(
                &at,
                "没有任何指向：请给出类别、类型、紧急程度或分流途径",
                "speaks for nothing: give it a category, a kind, an emergency or a referral",
            );
        }
        if let Some(category) = term.category.as_ref().filter(|id| categories.get(id).is_none()) {
            found.add(
                format!("{at}.category"),
                format!("没有类别 {category}"),
                format!("{category} is no category"),
            );
        }
        if term
            .emergency
            .is_some_and(|one| !matches!(one.grade, Grade::A | Grade::B))
        {
            found.add(
                format!("{at}.emergency"),
                "只有 a、b 两级属于紧急",
                "only grades a and b are emergencies",
            );
        }
        triage::referral(
            found,
            format!("{at}.referral"),
            term.referral.as_ref(),
            &bundle.triage,
        );
        if !seen.insert((
            &term.text,
            &term.category,
            term.kind,
            term.emergency.map(|one| one.grade),
            &term.referral,
        )) {
            found.add(at, "重复表示同一意思", "says the same twice");
        }
    }
}

fn speaks_for_nothing(term: &Term) -> bool {
    let says = term.category.is_some() || term.kind.is_some() || term.emergency.is_some();
    !says && term.referral.is_none()
}
