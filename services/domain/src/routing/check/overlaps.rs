//! Overlaps: two entries equally specific on the same day. The first in the file wins, which nobody can rely on.

use super::{Finding, Ground, Severity, What, mask};
use crate::rules::Entry;

/// Entries of one category and area that are compared with each other.
const COMPARED_MAX: usize = 200;
/// How entries begin that rulings have put before all others.
const RULED: &str = "ruling-";

pub(super) fn overlaps(findings: &mut Vec<Finding>, ground: &Ground<'_>) {
    let mut groups: Vec<&Vec<usize>> = ground.places.values().filter(|group| group.len() > 1).collect();
    groups.sort();
    for group in groups {
        let entries: Vec<(&Entry, u32)> = group
            .iter()
            .take(COMPARED_MAX)
            .map(|at| &ground.bundle.directory[*at])
            .map(|entry| (entry, mask(&entry.when)))
            .collect();
        for (nth, (first, bits)) in entries.iter().enumerate() {
            let rest = entries.iter().skip(nth + 1);
            for (second, _) in rest.filter(|(second, others)| ties(first, second) && bits & others != 0) {
                findings.push(overlap(first, second));
            }
        }
    }
}

fn ties(first: &Entry, second: &Entry) -> bool {
    first.when.count() == second.when.count()
        && first.until.is_none_or(|until| second.from <= until)
        && second.until.is_none_or(|until| first.from <= until)
}

fn overlap(first: &Entry, second: &Entry) -> Finding {
    let (one, other) = (&first.id, &second.id);
    let is_ruled = one.as_str().starts_with(RULED);
    let (severity, zh, en) = match (first.lead == second.lead, is_ruled) {
        (_, true) => (
            Severity::Hint,
            format!("{one} 与 {other} 同样具体：裁定条目在前，以其为准"),
            format!("{one} and {other} are equally specific: the ruling's entry comes first"),
        ),
        (false, false) => (
            Severity::Error,
            format!("{one} 与 {other} 同样具体、同日有效，主办却不同：现按文件次序取 {one}"),
            format!(
                "{one} and {other} are equally specific on the same day and name other leads: {one} wins by standing first"
            ),
        ),
        (true, false) if first.co != second.co => (
            Severity::Warning,
            format!("{one} 与 {other} 同样具体、同日有效，主办相同而协办不同：现按文件次序取 {one}"),
            format!(
                "{one} and {other} are equally specific on the same day and name others to help: {one} wins by standing first"
            ),
        ),
        (true, false) => (
            Severity::Warning,
            format!("{one} 与 {other} 重复：同样具体，承办单位相同"),
            format!("{one} and {other} say the same twice"),
        ),
    };
    Finding {
        severity,
        what: What::Overlap,
        at: format!("directory[{other}]"),
        zh,
        en,
        todo_zh: "请只留一条，或用 area、when、from、until 分开",
        todo_en: "keep one, or part them by area, when, from and until",
    }
}
