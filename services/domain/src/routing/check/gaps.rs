//! Who covers what: categories without an entry, areas that only the safety net covers or nobody at all, and entries that
//! win nowhere.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Finding, Ground, Severity, What, mask, some};
use crate::id::{AreaId, CategoryId};
use crate::rules::{Area, AreaLevel, Conditions, Lead};

/// What is seen of one leaf.
#[derive(Default)]
struct Seen {
    /// Whether any entry covers it anywhere.
    is_covered: bool,
    /// Areas that only the safety net covers.
    net: Vec<String>,
    /// Areas that nobody covers.
    nobody: Vec<String>,
    /// Areas that are covered for some types or grades only.
    partly: Vec<String>,
}

/// How far an area is covered.
struct Cover {
    bits: u32,
    by_anybody: bool,
}

pub(super) fn gaps(findings: &mut Vec<Finding>, ground: &Ground<'_>) {
    let masks: Vec<u32> = ground
        .bundle
        .directory
        .iter()
        .map(|entry| mask(&entry.when))
        .collect();
    let whole = mask(&Conditions::default());
    let (areas, leaves) = (areas(ground), leaves(ground));
    let lines: Vec<(&Area, Vec<&AreaId>)> = areas
        .iter()
        .map(|area| (*area, ground.areas.line(&area.id).map(|one| &one.id).collect()))
        .collect();
    let mut winners: HashSet<usize> = HashSet::new();
    let mut bare: BTreeSet<CategoryId> = BTreeSet::new();
    for leaf in &leaves {
        let above: Vec<CategoryId> =
            std::iter::successors(Some((*leaf).clone()), CategoryId::parent).collect();
        let mut seen = Seen::default();
        for (area, line) in &lines {
            let cover = cover(ground, &masks, (&above, line, &area.id), whole, &mut winners);
            seen.is_covered |= cover.by_anybody;
            if cover.bits == whole {
                continue;
            }
            let name = ground.area_name(&area.id);
            let has_net =
                super::super::lead_in(&ground.units, &ground.areas, &Lead::District, Some(&area.id));
            match (cover.by_anybody, has_net) {
                (_, None) => seen.nobody.push(name),
                (true, Some(_)) => seen.partly.push(name),
                (false, Some(_)) => seen.net.push(name),
            }
        }
        if !seen.is_covered {
            bare.insert((*leaf).clone());
        }
        tell(findings, leaf, &seen);
    }
    without_entry(findings, &bare, &leaves);
    never(findings, ground, &winners);
}

/// Which types and grades of a leaf in an area are covered. Every entry that wins one is noted.
fn cover(
    ground: &Ground<'_>,
    masks: &[u32],
    (above, line, area): (&[CategoryId], &[&AreaId], &AreaId),
    whole: u32,
    winners: &mut HashSet<usize>,
) -> Cover {
    let mut bits = 0;
    for category in above {
        let places = line.iter().map(|area| Some(*area)).chain([None]);
        for at in places
            .filter_map(|area| ground.places.get(&(category, area)))
            .flatten()
        {
            let entry = &ground.bundle.directory[*at];
            let wins = masks[*at] & !bits;
            if wins != 0 && entry.holds_on(ground.on) && ground.lead(entry, Some(area)).is_some() {
                bits |= wins;
                winners.insert(*at);
            }
        }
        if bits == whole {
            break;
        }
    }
    Cover {
        bits,
        by_anybody: bits != 0,
    }
}

fn tell(findings: &mut Vec<Finding>, leaf: &CategoryId, seen: &Seen) {
    let at = format!("categories[{leaf}]");
    if !seen.nobody.is_empty() {
        let (zh, en) = some(&seen.nobody);
        findings.push(Finding {
            severity: Severity::Error,
            what: What::Nobody,
            at: at.clone(),
            zh: format!("{leaf} 在 {zh} 无人承接：没有条目，也没有区县单位兜底"),
            en: format!("nobody takes {leaf} in {en}: no entry leads there and no district stands behind"),
            todo_zh: "请补一条目录，或补该区县的单位",
            todo_en: "add an entry, or the district's unit",
        });
    }
    if seen.is_covered && !seen.net.is_empty() {
        let (zh, en) = some(&seen.net);
        findings.push(Finding {
            severity: Severity::Warning,
            what: What::Gap,
            at: at.clone(),
            zh: format!("{leaf} 在 {zh} 只有属地兜底，不会自动派单"),
            en: format!("{leaf} in {en} is covered by the safety net alone: never dispatched by itself"),
            todo_zh: "请补该区域或全市的条目",
            todo_en: "add an entry for the area or for the whole city",
        });
    }
    if !seen.partly.is_empty() {
        let (zh, en) = some(&seen.partly);
        findings.push(Finding {
            severity: Severity::Warning,
            what: What::Gap,
            at,
            zh: format!("{leaf} 在 {zh} 只对部分类型或等级有条目，其余只有属地兜底"),
            en: format!(
                "{leaf} in {en} has entries for some types or grades only, the rest is the safety net's"
            ),
            todo_zh: "请补一条不带 when 的条目",
            todo_en: "add an entry without a when",
        });
    }
}

/// Told once for the highest category of which no leaf is covered.
fn without_entry(findings: &mut Vec<Finding>, bare: &BTreeSet<CategoryId>, leaves: &[&CategoryId]) {
    let mut told: BTreeMap<CategoryId, usize> = BTreeMap::new();
    let is_bare = |top: &CategoryId| {
        let mut under = leaves.iter().filter(|leaf| leaf.is_within(top));
        under.all(|leaf| bare.contains(*leaf))
    };
    for leaf in bare {
        let above = std::iter::successors(Some(leaf.clone()), CategoryId::parent);
        let top = above.take_while(is_bare).last().unwrap_or_else(|| leaf.clone());
        *told.entry(top).or_default() += 1;
    }
    for (top, count) in told {
        findings.push(Finding {
            severity: Severity::Error,
            what: What::NoEntry,
            at: format!("categories[{top}]"),
            zh: format!("{top} 没有任何条目（末级 {count} 个）：只能人工派单"),
            en: format!("no entry covers {top} (leaves: {count}): only people can dispatch it"),
            todo_zh: "请为它或其上级类别补一条目录",
            todo_en: "add an entry for it or for a category above it",
        });
    }
}

/// Entries in force that win for no leaf in any area.
fn never(findings: &mut Vec<Finding>, ground: &Ground<'_>, winners: &HashSet<usize>) {
    for (at, entry) in ground.bundle.directory.iter().enumerate() {
        // One that leads nowhere or names what is not there is told elsewhere.
        let is_sound = ground.categories.get(&entry.category).is_some()
            && entry
                .area
                .as_ref()
                .is_none_or(|area| ground.areas.get(area).is_some());
        if winners.contains(&at) || !entry.holds_on(ground.on) || !is_sound || !leads(ground, entry) {
            continue;
        }
        let id = &entry.id;
        let shadows = shadows(ground, at);
        let finding = match shadows.as_slice() {
            [] => Finding {
                severity: Severity::Hint,
                what: What::Shadowed,
                at: format!("directory[{id}]"),
                zh: format!("{id} 被更具体的条目全部覆盖：仅在事项未细分或地点不明时适用"),
                en: format!(
                    "more specific entries take all that {id} covers: it wins only where a matter is classified no \
                     deeper or its place is unknown"
                ),
                todo_zh: "如属有意兜底可保留",
                todo_en: "keep it if it is meant as a fallback",
            },
            by => Finding {
                severity: Severity::Warning,
                what: What::Shadowed,
                at: format!("directory[{id}]"),
                zh: format!("{id} 从不适用：总被 {} 先行匹配", by.join("、")),
                en: format!("{id} never wins: {} always comes first", by.join(", ")),
                todo_zh: "请删除它，或改其条件、区域或日期",
                todo_en: "delete it, or change its conditions, area or days",
            },
        };
        findings.push(finding);
    }
}

fn leads(ground: &Ground<'_>, entry: &crate::rules::Entry) -> bool {
    match (&entry.lead, &entry.area) {
        (Lead::Unit(unit), _) => ground.units.get(unit).is_some(),
        (Lead::District | Lead::Street, Some(area)) => ground.lead(entry, Some(area)).is_some(),
        (Lead::District | Lead::Street, None) => true,
    }
}

/// The entries of the same category and area that come before one and together cover all it is for, until it ends.
fn shadows(ground: &Ground<'_>, at: usize) -> Vec<String> {
    let entry = &ground.bundle.directory[at];
    let place = (&entry.category, entry.area.as_ref());
    let before = ground.places.get(&place).into_iter().flatten();
    let mut left = mask(&entry.when);
    let mut by = Vec::new();
    for other in before.take_while(|other| **other != at) {
        let other = &ground.bundle.directory[*other];
        let outlasts = other
            .until
            .is_none_or(|until| entry.until.is_some_and(|own| own <= until));
        let bits = mask(&other.when) & left;
        if other.holds_on(ground.on) && outlasts && bits != 0 {
            left &= !bits;
            by.push(other.id.to_string());
        }
    }
    if left == 0 { by } else { Vec::new() }
}

/// Where who leads may differ: districts without streets, streets, and whatever an entry names.
fn areas<'a>(ground: &'a Ground<'_>) -> Vec<&'a Area> {
    let named: BTreeSet<&AreaId> = ground.places.keys().filter_map(|(_, area)| *area).collect();
    let parted: BTreeSet<&AreaId> = ground
        .areas
        .iter()
        .filter(|area| area.level == AreaLevel::Street)
        .filter_map(|area| area.parent.as_ref())
        .collect();
    let is_asked = |area: &&Area| match area.level {
        AreaLevel::City => false,
        AreaLevel::District => !parted.contains(&area.id),
        AreaLevel::Street => true,
        AreaLevel::Community => named.contains(&area.id),
    };
    ground.areas.iter().filter(is_asked).collect()
}

/// Categories with none below them.
fn leaves<'a>(ground: &'a Ground<'_>) -> Vec<&'a CategoryId> {
    let parents: HashSet<CategoryId> = ground
        .categories
        .iter()
        .filter_map(|one| one.id.parent())
        .collect();
    let ids = ground.categories.iter().map(|one| &one.id);
    ids.filter(|id| !parents.contains(*id)).collect()
}
