//! Units, areas and categories: three trees.

use std::collections::BTreeSet;

use super::times::{minutes, positive};
use super::{
    ALIASES_MAX, AREAS_MAX, BASIS_CHARS_MAX, CATEGORIES_MAX, Found, ROADS_MAX, TERM_CHARS_MAX, UNITS_MAX,
};
use crate::id::CategoryId;
use crate::rules::unit::LEVELS_MAX;
use crate::rules::{
    Area, AreaLevel, Areas, Bundle, Categories, Category, Road, Statute, Unit, UnitClass, Units,
};
use crate::time::Calendar;

/// The deepest category.
const CATEGORY_LEVELS_MAX: usize = 3;

pub(super) fn units(found: &mut Found, rows: &[Unit], units: &Units, areas: &Areas) {
    found.count("units", rows.len(), UNITS_MAX);
    found.twice("units", rows.iter().map(|unit| &unit.id));
    let mut areas_taken = BTreeSet::new();
    for unit in rows {
        let at = format!("units[{}]", unit.id);
        found.name(format!("{at}.zh"), &unit.zh);
        found.name(format!("{at}.en"), &unit.en);
        unit_parent(found, &at, unit, units);
        let is_authority = matches!(unit.class, UnitClass::District | UnitClass::Street);
        match &unit.area {
            Some(area) if areas.get(area).is_none() => {
                found.add(
                    format!("{at}.area"),
                    format!("没有区域 {area}"),
                    format!("{area} is no area"),
                );
            }
            Some(area) if !areas_taken.insert(area) => {
                found.add(
                    format!("{at}.area"),
                    format!("{area} 已有属地单位：一个区域只能有一个"),
                    format!("{area} has a general authority already: an area has one"),
                );
            }
            None if is_authority => found.add(
                format!("{at}.area"),
                "区县、街道须写明所辖区域",
                "a district or street needs its area",
            ),
            Some(_) | None => {}
        }
    }
}

fn unit_parent(found: &mut Found, at: &str, unit: &Unit, units: &Units) {
    let Some(parent) = &unit.parent else { return };
    if units.get(parent).is_none() {
        found.add(
            format!("{at}.parent"),
            format!("没有单位 {parent}"),
            format!("{parent} is no unit"),
        );
    } else if units.line(parent).any(|above| above.id == unit.id) {
        found.add(
            format!("{at}.parent"),
            "成了自己的上级：请解开循环",
            "stands above itself: break the loop",
        );
    } else if units.line(&unit.id).count() > LEVELS_MAX {
        found.add(
            format!("{at}.parent"),
            format!("超过 {LEVELS_MAX} 级：请减少层级"),
            format!("stands deeper than {LEVELS_MAX} levels: flatten the tree"),
        );
    }
}

pub(super) fn areas(found: &mut Found, bundle: &Bundle, areas: &Areas) {
    match areas.get(&bundle.city_area) {
        None => found.add(
            "city_area",
            format!("没有区域 {}", bundle.city_area),
            format!("{} is no area", bundle.city_area),
        ),
        Some(city) if city.level != AreaLevel::City => {
            found.add(
                "city_area",
                format!("{} 的级别不是 city", bundle.city_area),
                format!("{} is not of level city", bundle.city_area),
            );
        }
        Some(_) => {}
    }
    found.count("areas", bundle.areas.len(), AREAS_MAX);
    found.twice("areas", bundle.areas.iter().map(|area| &area.id));
    for area in &bundle.areas {
        let at = format!("areas[{}]", area.id);
        found.name(format!("{at}.zh"), &area.zh);
        found.count(&format!("{at}.aliases"), area.aliases.len(), ALIASES_MAX);
        for alias in &area.aliases {
            found.text(format!("{at}.aliases"), alias, TERM_CHARS_MAX);
        }
        roads(found, &format!("{at}.roads"), &area.roads);
        area_parent(found, &at, area, areas);
    }
}

fn roads(found: &mut Found, at: &str, roads: &[Road]) {
    found.count(at, roads.len(), ROADS_MAX);
    for road in roads {
        found.text(at, &road.name, TERM_CHARS_MAX);
        let (from, to) = (road.from.unwrap_or(1), road.to.unwrap_or(u32::MAX));
        if from == 0 || from > to {
            found.add(
                at,
                format!("{}：门牌从 {from} 到 {to} 不成区间", road.name),
                format!("{}: from {from} to {to} is no range of house numbers", road.name),
            );
        }
    }
}

fn area_parent(found: &mut Found, at: &str, area: &Area, areas: &Areas) {
    let at = format!("{at}.parent");
    match area.parent.as_ref().map(|parent| (parent, areas.get(parent))) {
        None if area.level != AreaLevel::City => found.add(
            at,
            "只有市没有上级区域：请写明 parent",
            "only a city is part of nothing: name its parent",
        ),
        Some((parent, None)) => found.add(at, format!("没有区域 {parent}"), format!("{parent} is no area")),
        // A parent of a higher level everywhere also rules out loops.
        Some((parent, Some(above))) if above.level >= area.level => {
            found.add(
                at,
                format!("{parent} 的级别不高于它，不能作上级区域"),
                format!("{parent} does not lie above it: its level is not higher"),
            );
        }
        None | Some((_, Some(_))) => {}
    }
}

pub(super) fn categories(found: &mut Found, rows: &[Category], categories: &Categories, calendar: &Calendar) {
    found.count("categories", rows.len(), CATEGORIES_MAX);
    found.twice("categories", rows.iter().map(|category| &category.id));
    for category in rows {
        let at = format!("categories[{}]", category.id);
        found.name(format!("{at}.zh"), &category.zh);
        found.name(format!("{at}.en"), &category.en);
        if let Some(one) = &category.statute {
            statute(found, &format!("{at}.statute"), one, calendar);
        }
        if let Some(metres) = category.radius_m {
            super::duplicates::radius(found, format!("{at}.radius_m"), metres);
        }
        let mut parts = category.id.as_str().split('.');
        if parts.clone().count() > CATEGORY_LEVELS_MAX || parts.any(str::is_empty) {
            found.add(
                at,
                format!("应为以点分隔的 1 至 {CATEGORY_LEVELS_MAX} 级"),
                format!("is not one to {CATEGORY_LEVELS_MAX} words parted by dots"),
            );
        } else if let Some(parent) = category.id.parent().filter(|parent| !has(categories, parent)) {
            found.add(
                at,
                format!("上级 {parent} 没有单列一行"),
                format!("its parent {parent} has no row of its own: add it"),
            );
        }
    }
}

/// A limit nobody can look up, that is for nothing, or whose notices do not come one after another before its end.
fn statute(found: &mut Found, at: &str, statute: &Statute, calendar: &Calendar) {
    found.text(format!("{at}.clause"), &statute.clause, BASIS_CHARS_MAX);
    if statute.kinds.is_empty() {
        found.add(
            format!("{at}.kinds"),
            "为空：对任何类型都不适用",
            "is empty: it would be for nothing",
        );
    }
    positive(found, &format!("{at}.handle"), statute.handle);
    for stage in &statute.stages {
        positive(found, &format!("{at}.stages"), *stage);
    }
    let notices = statute.stages.iter().chain([&statute.handle]);
    if !notices
        .map(|limit| minutes(*limit, calendar))
        .is_sorted_by(|before, after| before < after)
    {
        found.add(
            format!("{at}.stages"),
            "各次阶段告知须逐次推后，且都早于办结时限",
            "each notice comes after the one before it, and the last before the end",
        );
    }
}

fn has(categories: &Categories, id: &CategoryId) -> bool {
    categories.get(id).is_some()
}
