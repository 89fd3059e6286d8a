//! The names of areas, roads and landmarks, and who bears them.

use std::collections::BTreeMap;

use domain::rules::{Area, AreaLevel, Road};

use crate::normal::normal;
use crate::tree::{Row, Tree};

/// A name and those who bear it.
#[derive(Debug)]
pub(crate) struct Name {
    /// In normal form.
    pub(crate) text: String,
    pub(crate) kind: Kind,
    pub(crate) bearers: Vec<Bearer>,
    /// Made from an official name by leaving out 街道, 镇 …: heard only where the place is asked for.
    pub(crate) only_in_place: bool,
}

/// An area that bears a name.
#[derive(Debug)]
pub(crate) struct Bearer {
    pub(crate) area: Row,
    /// Which part of the road lies in it; none for a name that is not divided by house numbers.
    pub(crate) part: Option<Road>,
}

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A division itself, in full or in short.
    Division,
    /// 路、街、巷、大道.
    Road,
    /// Anything else in an area.
    Landmark,
}

impl Name {
    /// Its areas, each once.
    pub(crate) fn areas(&self) -> Vec<Row> {
        let mut areas: Vec<Row> = self.bearers.iter().map(|one| one.area).collect();
        areas.sort_unstable();
        areas.dedup();
        areas
    }
}

/// What divisions end in; the longest first.
const DIVISION_ENDS: [&str; 31] = [
    "特别行政区",
    "壮族自治区",
    "回族自治区",
    "维吾尔自治区",
    "街道办事处",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "居委会",
    "村委会",
    "开发区",
    "管理区",
    "街道",
    "社区",
    "地区",
    "新区",
    "林区",
    "矿区",
    "苏木",
    "省",
    "市",
    "区",
    "县",
    "旗",
    "盟",
    "镇",
    "乡",
    "村",
    "寨",
    "场",
];

/// What stands in lists of divisions for want of a name.
const NAMELESS: [&str; 6] = [
    "县",
    "区",
    "市",
    "市辖区",
    "省直辖县级行政区划",
    "自治区直辖县级行政区划",
];

/// What people put behind or before the short name of a division.
const OFFICE_ENDS: [&str; 10] = [
    "街",
    "街道办",
    "街道办事处",
    "办事处",
    "镇政府",
    "乡政府",
    "区政府",
    "县政府",
    "政府",
    "岛",
];

/// What roads end in.
const ROAD_ENDS: [&str; 9] = ["路", "大道", "大街", "巷", "公路", "国道", "省道", "街", "道"];

/// Everyday words that divisions are named after as well: without 街道, 镇 … they name no place.
const EVERYDAY: [&str; 72] = [
    "和平",
    "东方",
    "西方",
    "新华",
    "解放",
    "人民",
    "建设",
    "胜利",
    "光明",
    "民主",
    "团结",
    "幸福",
    "友谊",
    "文化",
    "光华",
    "大华",
    "中华",
    "中心",
    "中山",
    "红旗",
    "红星",
    "东风",
    "前进",
    "跃进",
    "先锋",
    "向阳",
    "朝阳",
    "长安",
    "太平",
    "安定",
    "平安",
    "永安",
    "兴隆",
    "兴旺",
    "繁荣",
    "富强",
    "自由",
    "公园",
    "公平",
    "正义",
    "科技",
    "工业",
    "农业",
    "商业",
    "学院",
    "大学",
    "车站",
    "火车站",
    "机场",
    "码头",
    "广场",
    "市场",
    "花园",
    "滨海",
    "滨江",
    "海滨",
    "江南",
    "江北",
    "河东",
    "河西",
    "山东",
    "山西",
    "成田",
    "红场",
    "城区",
    "郊区",
    "开发",
    "高新",
    "新兴",
    "振兴",
    "复兴",
    "凤翔",
];

/// Directions and sizes: a name of nothing else is a word.
const PLAIN_CHARACTERS: &str = "东南西北中上下前后内外大小新老城关门街市一二三四五六七八九十";

/// Every name once, in the order of texts.
pub(crate) fn names(areas: &[Area], tree: &Tree) -> Vec<Name> {
    let mut names: BTreeMap<String, Name> = BTreeMap::new();
    for area in areas {
        let Some(row) = tree.row(&area.id) else { continue };
        let stem = normal(stem(&area.zh));
        if !NAMELESS.contains(&area.zh.as_str()) {
            bear(&mut names, normal(&area.zh), Kind::Division, row, None);
        }
        for alias in &area.aliases {
            let alias = normal(alias);
            let kind = kind(&alias, &stem, tree, row);
            bear(&mut names, alias, kind, row, None);
        }
        for road in &area.roads {
            bear(
                &mut names,
                normal(&road.name),
                Kind::Road,
                row,
                Some(road.clone()),
            );
        }
    }
    names.remove("");
    add_short(&mut names, areas, tree);
    names.into_values().collect()
}

fn bear(names: &mut BTreeMap<String, Name>, text: String, kind: Kind, area: Row, part: Option<Road>) {
    let name = names.entry(text.clone()).or_insert_with(|| Name {
        text,
        kind,
        bearers: Vec::new(),
        only_in_place: false,
    });
    if kind == Kind::Division || part.is_some() {
        name.kind = kind;
    }
    // A part by house numbers says more than the bare alias.
    if part.is_some() {
        name.bearers.retain(|one| one.area != area || one.part.is_some());
    }
    let is_known = name
        .bearers
        .iter()
        .any(|one| one.area == area && (part.is_none() || one.part == part));
    if !is_known {
        name.bearers.push(Bearer { area, part });
    }
}

/// The short names nobody else bears: 龙湖 for 龙湖区.
fn add_short(names: &mut BTreeMap<String, Name>, areas: &[Area], tree: &Tree) {
    let mut short: BTreeMap<String, Option<&Area>> = BTreeMap::new();
    for area in areas {
        let text = normal(stem(&area.zh));
        if text.chars().count() >= 2 && text != normal(&area.zh) && !is_everyday(&text) {
            short
                .entry(text)
                .and_modify(|bearer| *bearer = None)
                .or_insert(Some(area));
        }
    }
    for (text, bearer) in short {
        let Some(area) = bearer else { continue };
        let Some(row) = tree.row(&area.id) else { continue };
        if names.contains_key(&text) {
            continue;
        }
        let only_in_place = area.level > AreaLevel::District;
        bear(names, text.clone(), Kind::Division, row, None);
        if let Some(name) = names.get_mut(&text) {
            name.only_in_place = only_in_place;
        }
    }
}

/// A division's name without 街道, 区, 市 …
pub(crate) fn stem(zh: &str) -> &str {
    let end = DIVISION_ENDS
        .iter()
        .find(|end| zh.ends_with(**end) && zh.len() > end.len());
    end.map_or(zh, |end| &zh[..zh.len() - end.len()])
}

pub(crate) fn is_everyday(text: &str) -> bool {
    EVERYDAY.contains(&text) || text.chars().all(|one| PLAIN_CHARACTERS.contains(one))
}

pub(crate) fn is_road(text: &str) -> bool {
    !text.ends_with("街道") && !text.ends_with("小区") && ROAD_ENDS.iter().any(|end| text.ends_with(end))
}

/// 金霞街, 汕头龙湖 and 谷饶镇政府 are the division itself; 金霞公园 lies in it.
fn kind(alias: &str, stem: &str, tree: &Tree, row: Row) -> Kind {
    let above = || tree.line(row).skip(1).map(|one| normal(self::stem(tree.zh(one))));
    let own = alias
        .strip_suffix(stem)
        .map(|before| before.is_empty() || above().any(|one| one == before));
    let office = alias
        .strip_prefix(stem)
        .is_some_and(|end| OFFICE_ENDS.contains(&end));
    if own == Some(true) || office {
        Kind::Division
    } else if is_road(alias) {
        Kind::Road
    } else {
        Kind::Landmark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisions_have_a_short_name() {
        for (zh, short) in [
            ("龙湖区", "龙湖"),
            ("汕头市", "汕头"),
            ("金霞街道", "金霞"),
            ("内蒙古自治区", "内蒙古"),
            ("广西壮族自治区", "广西"),
            ("浦东新区", "浦东"),
            ("区", "区"),
        ] {
            assert_eq!(stem(zh), short);
        }
    }

    #[test]
    fn everyday_words_are_no_short_names() {
        for word in ["和平", "东门", "城南", "新城", "中山"] {
            assert!(is_everyday(word), "{word}");
        }
        assert!(!is_everyday("龙湖") && !is_everyday("鮀莲"));
    }
}
