//! Names in a place's text one by one: where each stands, the house number behind a road, what a landmark is said to be
//! near to, and two roads that cross.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::answer::Source;
use crate::limits::{BEHIND_CHARS_MAX, OCCURRENCES_MAX};
use crate::names::{Kind, Name};
use crate::normal::past_gaps;
use crate::numeral::{house, number};
use crate::tree::Row;

/// A name as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occurrence {
    /// Index into the names.
    pub(crate) name: usize,
    pub(crate) range: Range<usize>,
    pub(crate) areas: Vec<Row>,
    pub(crate) source: Source,
    /// What is shown for it.
    pub(crate) text: String,
    /// 对面, 旁边, 附近: beside it, not in it.
    pub(crate) near: bool,
}

/// What stands behind something for being beside it; the longest first.
pub(crate) const BESIDE: [&str; 20] = [
    "斜对面",
    "正对面",
    "不远处",
    "对面",
    "对过",
    "旁边",
    "隔壁",
    "附近",
    "边上",
    "后面",
    "前面",
    "背后",
    "周边",
    "一带",
    "左侧",
    "右侧",
    "对街",
    "侧边",
    "路对面",
    "旁",
];

/// What stands between two roads that cross.
const AND: [&str; 10] = ["与", "和", "跟", "同", "、", "/", "-", "&", "×", "x"];

/// What stands behind two roads that cross.
const CROSSING: [&str; 11] = [
    "交叉", "交汇", "交界", "交接", "路口", "十字", "丁字", "转角", "拐角", "口", "相交",
];

/// Every name that is written right, in the order of the text.
pub(crate) fn read(text: &str, automaton: &AhoCorasick, names: &[Name]) -> Vec<Occurrence> {
    let mut found: Vec<Occurrence> = Vec::new();
    for one in automaton.find_iter(text).take(OCCURRENCES_MAX) {
        let row = one.pattern().as_usize();
        let name = &names[row];
        if !lends_its_name(name, &text[one.end()..]) {
            found.push(occurrence(text, row, name, one.range()));
        }
    }
    join_crossings(text, names, &mut found);
    found
}

/// 澄海路 is called after 澄海 and need not lie in it; 龙华区 is another place than 龙华街道.
pub(crate) fn lends_its_name(name: &Name, behind: &str) -> bool {
    if name.kind != Kind::Division || name.text.chars().count() > 2 {
        return false;
    }
    if name.only_in_place && behind.starts_with(['区', '市', '县', '省', '州', '旗']) {
        return true;
    }
    let behind = behind
        .strip_prefix(['东', '南', '西', '北', '中', '一', '二', '三', '四'])
        .unwrap_or(behind);
    let after_road = ["大道", "公路", "路", "巷"]
        .iter()
        .find_map(|end| behind.strip_prefix(end));
    // 金平路口 may as well be the mouth of a road in 金平.
    after_road.is_some_and(|rest| !rest.starts_with(['口', '段', '面', '灯', '边', '上', '牌', '旁']))
}

fn occurrence(text: &str, row: usize, name: &Name, range: Range<usize>) -> Occurrence {
    let plain = Occurrence {
        name: row,
        range: range.clone(),
        areas: name.areas(),
        source: if name.kind == Kind::Landmark {
            Source::Landmark
        } else {
            Source::Name
        },
        text: name.text.clone(),
        near: false,
    };
    match name.kind {
        Kind::Road => at_its_house(text, name, plain),
        Kind::Landmark => beside_it(text, plain),
        Kind::Division => plain,
    }
}

/// The parts of a road that a house number leaves; all of them where it leaves none.
fn at_its_house(text: &str, name: &Name, plain: Occurrence) -> Occurrence {
    let behind = &text[plain.range.end..];
    let rest = past_gaps(past_section(past_gaps(behind)));
    let Some(house) = house(rest) else { return plain };
    let end = text.len() - rest.len() + house.length;
    let shown = text[plain.range.start..end].to_owned();
    let is_divided = name
        .bearers
        .iter()
        .any(|one| one.part.as_ref().is_some_and(domain::rules::Road::is_divided));
    if !is_divided {
        return Occurrence {
            range: plain.range.start..end,
            text: shown,
            ..plain
        };
    }
    let holds = |number: u32| {
        move |one: &&crate::names::Bearer| {
            one.part
                .as_ref()
                .is_some_and(|part| part.is_divided() && part.holds(number))
        }
    };
    let mut areas: Vec<Row> = [house.low, house.high]
        .into_iter()
        .flat_map(|number| name.bearers.iter().filter(holds(number)))
        .map(|one| one.area)
        .collect();
    areas.sort_unstable();
    areas.dedup();
    if areas.is_empty() {
        return Occurrence {
            range: plain.range.start..end,
            text: format!("{shown}（门牌不在已知路段）"),
            ..plain
        };
    }
    Occurrence {
        name: plain.name,
        range: plain.range.start..end,
        areas,
        source: Source::HouseNumber,
        text: shown,
        near: false,
    }
}

/// 东段, 中段 … between a road and its house number.
fn past_section(text: &str) -> &str {
    let sections = ["东段", "西段", "南段", "北段", "中段", "段"];
    sections
        .iter()
        .find_map(|section| text.strip_prefix(section))
        .unwrap_or(text)
}

fn beside_it(text: &str, plain: Occurrence) -> Occurrence {
    let behind = &text[plain.range.end..];
    let Some(length) = beside(behind) else {
        return plain;
    };
    let range = plain.range.start..plain.range.end + length;
    Occurrence {
        text: text[range.clone()].to_owned(),
        range,
        near: true,
        ..plain
    }
}

/// How many bytes 对面, 3号门对面, 北门旁边 … take at the beginning of a text, if it begins with one.
pub(crate) fn beside(text: &str) -> Option<usize> {
    let rest = past_gate(text);
    let rest = rest.strip_prefix('的').unwrap_or(rest);
    let word = BESIDE.iter().find(|word| rest.starts_with(**word))?;
    Some(text.len() - rest.len() + word.len())
}

/// The text behind a gate it may begin with: 3号门, 北门, 正门, 门口.
pub(crate) fn past_gate(text: &str) -> &str {
    if let Some((_, length)) = number(text)
        && let Some(rest) = text[length..].strip_prefix("号门")
    {
        return rest;
    }
    let sides = ["东", "南", "西", "北", "正", "后", "前", "侧", "大"];
    let rest = sides
        .iter()
        .find_map(|side| text.strip_prefix(side))
        .unwrap_or(text);
    rest.strip_prefix("门口")
        .or_else(|| rest.strip_prefix('门'))
        .unwrap_or(text)
}

/// Two roads that cross lie where both run.
fn join_crossings(text: &str, names: &[Name], found: &mut Vec<Occurrence>) {
    let mut first = 0;
    while first + 1 < found.len() {
        let (one, other) = (&found[first], &found[first + 1]);
        let are_roads = [one, other]
            .iter()
            .all(|road| names[road.name].kind == Kind::Road);
        let between = text[one.range.end..other.range.start].trim();
        let behind: String = text[other.range.end..].chars().take(BEHIND_CHARS_MAX).collect();
        let is_crossing = AND.contains(&between)
            && CROSSING
                .iter()
                .any(|word| past_gaps(&behind).trim_start_matches('的').starts_with(word));
        if are_roads && is_crossing {
            let shared: Vec<Row> = one
                .areas
                .iter()
                .filter(|row| other.areas.contains(row))
                .copied()
                .collect();
            if !shared.is_empty() {
                let range = one.range.start..other.range.end;
                found[first] = Occurrence {
                    name: one.name,
                    areas: shared,
                    source: Source::Name,
                    text: format!("{}交叉口", &text[range.clone()]),
                    range,
                    near: false,
                };
                found.remove(first + 1);
            }
        }
        first += 1;
    }
}
