//! The recusal list: who stays out is there, and somebody handles instead.

use super::entries::{basis, end};
use super::{Finding, Ground, Severity, What};
use crate::id::UnitId;
use crate::rules::Recusal;

pub(super) fn recusals(findings: &mut Vec<Finding>, ground: &Ground<'_>) {
    for recusal in &ground.bundle.recusals {
        let at = format!("recusals[{}]", recusal.id);
        if let Some(until) = recusal.until {
            let follows = |one: &Recusal| {
                one.id != recusal.id && one.unit == recusal.unit && means_the_same(one, recusal)
            };
            let succeeds = |day| {
                let mut list = ground.bundle.recusals.iter();
                list.any(|one| follows(one) && one.holds_on(day))
            };
            end(findings, ground.on, &at, until, succeeds);
            if until < ground.on {
                continue;
            }
        }
        basis(findings, &at, &recusal.basis);
        let named = [
            ("unit", Some(&recusal.unit)),
            ("accused", recusal.accused.as_ref()),
        ];
        for (key, unit) in named {
            if let Some(unit) = unit.filter(|unit| ground.units.get(unit).is_none()) {
                findings.push(gone(format!("{at}.{key}"), unit));
            }
        }
        superior(findings, ground, recusal, &at);
    }
}

fn gone(at: String, unit: &UnitId) -> Finding {
    Finding {
        severity: Severity::Error,
        what: What::DeadUnit,
        at,
        zh: format!("没有单位 {unit}"),
        en: format!("{unit} is no unit"),
        todo_zh: "请改为现有单位，或在 units.toml 中补上",
        todo_en: "name a unit that is there, or add it to units.toml",
    }
}

/// Nobody handles: no superior is named and none stands above, or it is out itself.
fn superior(findings: &mut Vec<Finding>, ground: &Ground<'_>, recusal: &Recusal, at: &str) {
    let Some(unit) = ground.units.get(&recusal.unit) else {
        return;
    };
    let found = match &recusal.superior {
        Some(named) => {
            if ground.units.get(named).is_none() {
                findings.push(gone(format!("{at}.superior"), named));
                return;
            }
            Some(named)
        }
        None => unit
            .parent
            .as_ref()
            .filter(|parent| ground.units.get(parent).is_some()),
    };
    let (zh, en) = match found {
        None => (
            format!("{} 回避后无人办理：既没有写 superior，也没有上级单位", unit.id),
            format!(
                "nobody handles instead of {}: no superior is named and no unit stands above",
                unit.id
            ),
        ),
        Some(superior) if is_out(ground, recusal, superior) => (
            format!("接替的 {superior} 自己也须回避"),
            format!("{superior}, who is to handle instead, must stay out as well"),
        ),
        Some(_) => return,
    };
    findings.push(Finding {
        severity: Severity::Error,
        what: What::NoSuperior,
        at: format!("{at}.superior"),
        zh,
        en,
        todo_zh: "请写明由哪个单位接替（superior）",
        todo_en: "name who handles instead (superior)",
    });
}

/// Whether the same recusal, or another one for the same matters, keeps the superior out too.
fn is_out(ground: &Ground<'_>, recusal: &Recusal, superior: &UnitId) -> bool {
    let own = ground.units.is_within(superior, &recusal.unit);
    let others = ground
        .bundle
        .recusals
        .iter()
        .filter(|one| one.holds_on(ground.on));
    let mut same = others.filter(|one| one.id != recusal.id && means_the_same(one, recusal));
    own || same.any(|one| ground.units.is_within(superior, &one.unit))
}

fn means_the_same(one: &Recusal, other: &Recusal) -> bool {
    (&one.category, &one.area, &one.accused) == (&other.category, &other.area, &other.accused)
}
