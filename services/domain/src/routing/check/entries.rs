//! Entries one by one: whom they name, on what they rest, and when they end.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{ENDS_WITHIN_DAYS, Finding, Ground, Severity, What, some};
use crate::id::UnitId;
use crate::rules::{AreaLevel, Entry, Lead, UnitClass};

/// What people write where they mean to look the law up later.
const PLACEHOLDERS: [&str; 10] = [
    "待补",
    "待定",
    "待补充",
    "无",
    "暂无",
    "todo",
    "tbd",
    "n/a",
    "none",
    "xxx",
];
/// A basis shorter than this, in characters, names no law.
const BASIS_CHARS_MIN: usize = 3;

pub(super) fn entries(findings: &mut Vec<Finding>, ground: &Ground<'_>) {
    for entry in &ground.bundle.directory {
        if entry.until.is_none_or(|until| until >= ground.on) {
            parties(findings, ground, entry);
            basis(findings, &format!("directory[{}]", entry.id), &entry.basis);
        }
        ends(findings, ground, entry);
    }
}

fn parties(findings: &mut Vec<Finding>, ground: &Ground<'_>, entry: &Entry) {
    let at = |key: &str| format!("directory[{}].{key}", entry.id);
    match &entry.lead {
        Lead::Unit(lead) => unit(findings, ground, at("lead"), lead),
        Lead::District | Lead::Street => authorities(findings, ground, entry),
    }
    for co in &entry.co {
        unit(findings, ground, at("co"), co);
    }
}

fn unit(findings: &mut Vec<Finding>, ground: &Ground<'_>, at: String, id: &UnitId) {
    let Some(unit) = ground.units.get(id) else {
        findings.push(Finding {
            severity: Severity::Error,
            what: What::DeadUnit,
            at,
            zh: format!("没有单位 {id}"),
            en: format!("{id} is no unit"),
            todo_zh: "请改为现有单位，或在 units.toml 中补上",
            todo_en: "name a unit that is there, or add it to units.toml",
        });
        return;
    };
    if let Some(until) = unit.until.filter(|until| *until < ground.on) {
        findings.push(Finding {
            severity: Severity::Error,
            what: What::DeadUnit,
            at,
            zh: format!("{id} {} 已于 {until} 撤并，不再承接", unit.zh),
            en: format!("{id} took its last matters on {until}"),
            todo_zh: "请改为接续其职责的单位",
            todo_en: "name the unit that has taken its duties over",
        });
        return;
    }
    let stands_alone = match &unit.parent {
        Some(parent) => ground.units.get(parent).is_none(),
        None => unit.class == UnitClass::Street,
    };
    if stands_alone {
        findings.push(Finding {
            severity: Severity::Warning,
            what: What::DeadUnit,
            at,
            zh: format!("{id} {} 没有上级：回避、督办无处可去", unit.zh),
            en: format!("{id} has no superior: recusals and supervision lead nowhere"),
            todo_zh: "请在 units.toml 中写明 parent",
            todo_en: "give it a parent in units.toml",
        });
    }
}

/// Districts in which an entry led by districts or streets leads nowhere.
fn authorities(findings: &mut Vec<Finding>, ground: &Ground<'_>, entry: &Entry) {
    let within = |id| {
        let whole = entry.area.as_ref();
        whole.is_none_or(|whole| ground.areas.is_within(id, whole) || ground.areas.is_within(whole, id))
    };
    let bare: Vec<String> = ground
        .areas
        .iter()
        .filter(|area| area.level == AreaLevel::District && within(&area.id))
        .filter(|area| {
            ground
                .lead(
                    entry,
                    entry
                        .area
                        .as_ref()
                        .filter(|own| ground.areas.is_within(own, &area.id))
                        .or(Some(&area.id)),
                )
                .is_none()
        })
        .map(|area| ground.area_name(&area.id))
        .collect();
    if bare.is_empty() {
        return;
    }
    let (zh, en) = some(&bare);
    findings.push(Finding {
        severity: Severity::Error,
        what: What::DeadUnit,
        at: format!("directory[{}].lead", entry.id),
        zh: format!("由属地主办，而 {zh} 没有属地单位"),
        en: format!("is led by districts, but {en} has no unit as its authority"),
        todo_zh: "请在 units.toml 中补上该区县单位（area）",
        todo_en: "add the district's unit, with its area, to units.toml",
    });
}

pub(super) fn basis(findings: &mut Vec<Finding>, at: &str, text: &str) {
    let text = text.trim();
    let bare = text.trim_matches(|sign: char| !sign.is_alphanumeric());
    let is_placeholder =
        bare.chars().count() < BASIS_CHARS_MIN || PLACEHOLDERS.contains(&bare.to_lowercase().as_str());
    if text.is_empty() || is_placeholder {
        let severity = if text.is_empty() {
            Severity::Error
        } else {
            Severity::Warning
        };
        findings.push(Finding {
            severity,
            what: What::NoBasis,
            at: format!("{at}.basis"),
            zh: "没有写明法律、规章或职责清单依据".to_owned(),
            en: "names no law, rule or list of duties".to_owned(),
            todo_zh: "请写明依据的名称和条款",
            todo_en: "name it, with its clause",
        });
    }
}

fn ends(findings: &mut Vec<Finding>, ground: &Ground<'_>, entry: &Entry) {
    let Some(until) = entry.until else { return };
    let succeeds = |day: Date| {
        let next = |one: &Entry| {
            one.id != entry.id && (one.when.is_empty() || one.when == entry.when) && one.holds_on(day)
        };
        let place = (&entry.category, entry.area.as_ref());
        let mut others = ground.places.get(&place).into_iter().flatten();
        others.any(|at| next(&ground.bundle.directory[*at]))
    };
    end(
        findings,
        ground.on,
        &format!("directory[{}]", entry.id),
        until,
        succeeds,
    );
}

/// An entry or recusal that has ended, or will soon, and that none follows.
pub(super) fn end(
    findings: &mut Vec<Finding>,
    on: Date,
    at: &str,
    until: Date,
    succeeds: impl Fn(Date) -> bool,
) {
    let soon = on.saturating_add(ENDS_WITHIN_DAYS.days());
    if until > soon || succeeds(until.saturating_add(1.day()).max(on)) {
        return;
    }
    let (what, zh, en) = if until < on {
        (
            What::Expired,
            format!("已于 {until} 到期，没有接续"),
            format!("ended on {until} and nothing follows it"),
        )
    } else {
        (
            What::Expiring,
            format!("{until} 到期，没有接续"),
            format!("ends on {until} and nothing follows it"),
        )
    };
    findings.push(Finding {
        severity: Severity::Warning,
        what,
        at: format!("{at}.until"),
        zh,
        en,
        todo_zh: "请续期、补一条接续的条目，或删除",
        todo_en: "prolong it, add what follows it, or delete it",
    });
}
