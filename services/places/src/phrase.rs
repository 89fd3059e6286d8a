//! What a place's text calls a place beyond its division: `丰泽庄3号门对面奶茶店`, `丰泽庄3号门对面`, `丰泽庄`.

use crate::coordinates;
use crate::gazetteer::Gazetteer;
use crate::limits::PHRASE_CHARS;
use crate::names::{Kind, is_everyday, is_road};
use crate::normal::normal;
use crate::numeral::number;
use crate::reading::{BESIDE, past_gate};

/// Words that say nothing of where: taken out so that people's ways of saying it meet.
const FILLERS: [&str; 12] = [
    "那一家",
    "那家",
    "这家",
    "一家",
    "那个",
    "这个",
    "一个",
    "里面",
    "位于",
    "那里",
    "的",
    "在",
];

/// What follows a number and makes it part of a place.
const NUMBERED: [&str; 9] = ["号", "栋", "幢", "座", "楼", "单元", "期", "区", "门"];

/// Words that lie everywhere: what is made of them alone names no place.
const EVERYWHERE: [&str; 46] = [
    "菜市场",
    "幼儿园",
    "派出所",
    "加油站",
    "停车场",
    "公交站",
    "便利店",
    "奶茶店",
    "水果店",
    "早餐店",
    "居委会",
    "村委会",
    "小区",
    "学校",
    "门口",
    "路口",
    "楼下",
    "楼上",
    "我家",
    "家里",
    "自家",
    "公园",
    "广场",
    "超市",
    "市场",
    "医院",
    "银行",
    "公司",
    "工地",
    "马路",
    "路边",
    "村口",
    "桥下",
    "巷子",
    "对面",
    "旁边",
    "隔壁",
    "附近",
    "边上",
    "后面",
    "前面",
    "周边",
    "一带",
    "门店",
    "单元",
    "中学",
];

/// Divisions stand in the first so many characters, or they are part of the phrase.
const DIVISION_CHARS_MAX: usize = 30;

/// The phrases of a place's text, the longest first: all of it, up to what it is beside, and what that is.
pub(crate) fn phrases(gazetteer: &Gazetteer, place: &str) -> Vec<String> {
    let (place, _) = coordinates::take_from(place);
    let place = normal(&place);
    let whole = plain(&place[behind_divisions(gazetteer, &place)..]);
    let mut found = vec![whole.clone()];
    if let Some((at, word)) = first_beside(&whole) {
        found.push(whole[..at + word.len()].to_owned());
        found.push(without_gate(&whole[..at]).to_owned());
    }
    found.dedup();
    found.retain(|phrase| says_something(gazetteer, phrase));
    found
}

/// Where the divisions a text begins with end.
fn behind_divisions(gazetteer: &Gazetteer, place: &str) -> usize {
    let most = place
        .char_indices()
        .nth(DIVISION_CHARS_MAX)
        .map_or(place.len(), |(at, _)| at);
    let is_division = |row: usize| gazetteer.names()[row].kind == Kind::Division;
    let divisions = gazetteer
        .read(place)
        .into_iter()
        .filter(|one| is_division(one.name));
    divisions
        .take_while(|one| one.range.end <= most)
        .last()
        .map_or(0, |one| one.range.end)
}

/// Letters and digits, without fillers, and with digits for numerals that number something.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|one| one.is_alphanumeric()).collect();
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        if let Some(filler) = FILLERS.iter().find(|filler| rest.starts_with(**filler)) {
            rest = &rest[filler.len()..];
            continue;
        }
        if let Some((number, length)) = number(rest)
            && NUMBERED.iter().any(|word| rest[length..].starts_with(word))
        {
            plain.push_str(&number.to_string());
            rest = &rest[length..];
            continue;
        }
        // A row of digits is one number, or none of it is.
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let length = digits.max(first.len_utf8());
        plain.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    plain
}

fn first_beside(text: &str) -> Option<(usize, &'static str)> {
    let found = BESIDE
        .iter()
        .filter_map(|word| text.find(word).map(|at| (at, *word)));
    found.min_by_key(|(at, word)| (*at, std::cmp::Reverse(word.len())))
}

/// 丰泽庄 of 丰泽庄3号门.
fn without_gate(text: &str) -> &str {
    let gates = text.char_indices().skip(1).map(|(at, _)| at);
    gates
        .into_iter()
        .find(|at| past_gate(&text[*at..]).is_empty())
        .map_or(text, |at| &text[..at])
}

/// Whether two characters remain that are found in this place and not in every other.
fn has_a_name(phrase: &str) -> bool {
    let mut rest = phrase.to_owned();
    for word in EVERYWHERE {
        rest = rest.replace(word, "");
    }
    let says = |one: &char| !one.is_ascii_digit() && !"号栋幢座楼期区门旁东南西北".contains(*one);
    rest.chars().filter(says).count() >= 2
}

/// A bare road, a division or an everyday word is learned by nobody.
fn says_something(gazetteer: &Gazetteer, phrase: &str) -> bool {
    let is_name = || {
        let names = gazetteer.names();
        names
            .binary_search_by(|name| name.text.as_str().cmp(phrase))
            .is_ok_and(|row| names[row].kind != Kind::Landmark)
    };
    PHRASE_CHARS.contains(&phrase.chars().count())
        && !is_road(phrase)
        && !is_everyday(phrase)
        && !phrase.starts_with(|one: char| one.is_ascii_digit())
        && has_a_name(phrase)
        && !is_name()
}
