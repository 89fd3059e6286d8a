//! Names written wrong: characters that sound or look alike (壕江区 for 濠江区), or one character wrong, missing, too many
//! or swapped in a long name. Only the stretches of a place in which no name is written right are looked through.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use crate::limits::{TYPO_NAME_CHARS_MAX, TYPO_NAMES_MAX};
use crate::names::{Kind, Name, is_everyday, is_road, stem};

/// Characters that are taken for one another, by sound or by look. Each stands once.
const ALIKE: [&str; 72] = [
    "濠壕豪蚝毫",
    "汀厅町",
    "鸥欧殴瓯",
    "霞瑕遐暇",
    "珠朱株",
    "池迟驰",
    "津金晶",
    "溪西希熙",
    "砂沙纱",
    "祥详翔",
    "陵凌菱",
    "浦埔铺蒲普",
    "鮀驼鸵陀",
    "莲连联",
    "岐歧崎",
    "礐角觉",
    "澳奥",
    "滘窖",
    "滨宾彬",
    "棉绵",
    "谷古",
    "饶尧",
    "贵桂",
    "屿峪玉语",
    "盂孟于余",
    "灶皂",
    "胪庐卢芦泸炉",
    "峡侠狭",
    "陇垄龙隆",
    "岗冈",
    "仙先",
    "雷蕾",
    "岭领",
    "澄橙成城诚",
    "益义",
    "冠观",
    "渡度",
    "慈磁",
    "黉宏洪鸿红虹",
    "槐怀",
    "厝错",
    "涂图",
    "坑亢",
    "樟章彰",
    "盐延",
    "云芸",
    "宅斋",
    "堤提",
    "炮泡抛袍",
    "桥乔侨",
    "嵩松",
    "衡恒横",
    "泰太态",
    "丰峰锋封风",
    "庄装",
    "涛滔",
    "梅枚",
    "桃陶",
    "湖胡",
    "潮朝",
    "阳杨扬洋",
    "浔寻",
    "埠步",
    "厦夏",
    "环寰",
    "升生声",
    "安按",
    "飞非",
    "塘唐糖",
    "坪平评",
    "园圆元",
    "亭廷",
];

/// A name found written wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typo {
    /// Index into the names.
    pub(crate) name: usize,
    /// Where, in bytes of the text.
    pub(crate) range: Range<usize>,
    /// Whether only characters that sound or look alike differ.
    pub(crate) alike: bool,
}

/// What is looked up.
#[derive(Debug)]
pub(crate) struct Typos {
    classes: HashMap<char, char>,
    folded: AhoCorasick,
    /// By pattern of `folded`: the name.
    of_folded: Vec<usize>,
    /// A long name and each form of it with a character left out, and the names it comes from.
    shortened: HashMap<String, Vec<usize>>,
    texts: Vec<String>,
    longest: usize,
}

impl Typos {
    pub(crate) fn new(names: &[Name]) -> Result<Self, BuildError> {
        let classes = classes();
        let few = names.len() <= TYPO_NAMES_MAX;
        let names: Vec<(usize, &Name)> = names.iter().enumerate().filter(|_| few).collect();

        // Two names that sound alike say nothing when written wrong.
        let mut by_form: HashMap<String, Option<usize>> = HashMap::new();
        for (row, name) in &names {
            let form = fold(&classes, &name.text);
            by_form
                .entry(form)
                .and_modify(|one| *one = None)
                .or_insert(Some(*row));
        }
        let mut alike: Vec<(String, usize)> = names
            .iter()
            .filter(|(_, name)| is_told_by_sound(name))
            .map(|(row, name)| (fold(&classes, &name.text), *row))
            .filter(|(form, _)| by_form.get(form).is_some_and(Option::is_some))
            .collect();
        alike.sort();
        let folded = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(alike.iter().map(|(form, _)| form))?;

        let mut shortened: HashMap<String, Vec<usize>> = HashMap::new();
        let mut texts = vec![String::new(); names.len()];
        let mut longest = 0;
        for (row, name) in names.into_iter().filter(|(_, name)| is_long(name)) {
            let characters: Vec<char> = name.text.chars().collect();
            longest = longest.max(characters.len());
            for form in forms(&characters) {
                let of_form = shortened.entry(form).or_default();
                if of_form.last() != Some(&row) {
                    of_form.push(row);
                }
            }
            texts[row].clone_from(&name.text);
        }
        Ok(Self {
            of_folded: alike.into_iter().map(|(_, row)| row).collect(),
            classes,
            folded,
            shortened,
            texts,
            longest,
        })
    }

    /// The names written wrong in a stretch of a normal text.
    pub(crate) fn find(&self, text: &str, stretch: Range<usize>) -> Vec<Typo> {
        let mut found = self.alike(text, stretch.clone());
        let mut from = stretch.start;
        let taken: Vec<Range<usize>> = found.iter().map(|one| one.range.clone()).collect();
        for gap in taken.into_iter().chain(std::iter::once(stretch.end..stretch.end)) {
            self.edited(text, from..gap.start, &mut found);
            from = gap.end;
        }
        found
    }

    fn alike(&self, text: &str, stretch: Range<usize>) -> Vec<Typo> {
        let part = &text[stretch.clone()];
        let form = fold(&self.classes, part);
        // Folding may change the length of a character; positions are carried over by counting.
        let mut starts: HashMap<usize, usize> = HashMap::new();
        let mut at = 0;
        for (place, one) in part.char_indices() {
            starts.insert(at, place);
            at += self.classes.get(&one).copied().unwrap_or(one).len_utf8();
        }
        starts.insert(at, part.len());
        let typo = |found: aho_corasick::Match| {
            let range = starts.get(&found.start())?..starts.get(&found.end())?;
            Some(Typo {
                name: self.of_folded[found.pattern().as_usize()],
                range: stretch.start + range.start..stretch.start + range.end,
                alike: true,
            })
        };
        self.folded.find_iter(&form).filter_map(typo).collect()
    }

    /// The longest window that is one step from a name goes first.
    fn edited(&self, text: &str, stretch: Range<usize>, found: &mut Vec<Typo>) {
        let starts: Vec<(usize, char)> = text[stretch.clone()].char_indices().collect();
        let characters: Vec<char> = starts.iter().map(|(_, one)| *one).collect();
        let mut from = 0;
        while from < characters.len() {
            let most = (self.longest + 1).min(characters.len() - from);
            let widths = (LONG_CHARS - 1..=most).rev();
            let hit = widths
                .filter(|width| *width >= LONG_CHARS - 1)
                .find_map(|width| Some((width, self.near(&characters[from..from + width])?)));
            let Some((width, name)) = hit else {
                from += 1;
                continue;
            };
            let end = starts
                .get(from + width)
                .map_or(stretch.end, |(at, _)| stretch.start + at);
            found.push(Typo {
                name,
                range: stretch.start + starts[from].0..end,
                alike: false,
            });
            from += width;
        }
    }

    /// The one name a step away from these characters; none where there are several.
    fn near(&self, characters: &[char]) -> Option<usize> {
        let mut names: Vec<usize> = forms(characters)
            .filter_map(|form| self.shortened.get(&form))
            .flatten()
            .copied()
            .filter(|row| is_one_step(characters, &self.texts[*row]))
            .collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// The shortest name that may have a character wrong.
const LONG_CHARS: usize = 4;

/// A name of three characters, of which a wrong one leaves enough to tell it by; a road has cousins everywhere.
fn is_told_by_sound(name: &Name) -> bool {
    let count = name.text.chars().count();
    (3..=TYPO_NAME_CHARS_MAX).contains(&count) && name.kind != Kind::Road && !is_everyday(stem(&name.text))
}

/// A name that says enough with a character wrong: three of its own, beside 街道, 公园, 中学.
fn is_long(name: &Name) -> bool {
    const COMMON_ENDS: [&str; 26] = [
        "公园",
        "广场",
        "中学",
        "小学",
        "大学",
        "学校",
        "医院",
        "大厦",
        "花园",
        "市场",
        "大桥",
        "商场",
        "酒店",
        "小区",
        "新村",
        "工业区",
        "开发区",
        "车站",
        "港",
        "湾",
        "桥",
        "庄",
        "村",
        "站",
        "城",
        "岛",
    ];
    let own = COMMON_ENDS
        .iter()
        .find_map(|end| name.text.strip_suffix(end))
        .unwrap_or_else(|| stem(&name.text));
    let count = name.text.chars().count();
    (LONG_CHARS..=TYPO_NAME_CHARS_MAX).contains(&count) && own.chars().count() >= 3 && !is_road(&name.text)
}

fn classes() -> HashMap<char, char> {
    let mut classes = HashMap::new();
    for group in ALIKE {
        let mut members = group.chars();
        let Some(first) = members.next() else { continue };
        for member in members {
            classes.entry(member).or_insert(first);
        }
    }
    classes
}

fn fold(classes: &HashMap<char, char>, text: &str) -> String {
    text.chars()
        .map(|one| classes.get(&one).copied().unwrap_or(one))
        .collect()
}

/// The text, and the text with each character left out in turn.
fn forms(characters: &[char]) -> impl Iterator<Item = String> {
    let without = |left_out: usize| {
        let kept = characters
            .iter()
            .enumerate()
            .filter(move |(place, _)| *place != left_out);
        kept.map(|(_, one)| *one).collect::<String>()
    };
    (0..=characters.len()).map(without)
}

/// One character wrong, missing, too many, or two neighbours swapped.
fn is_one_step(written: &[char], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let same_head = written
        .iter()
        .zip(&name)
        .take_while(|(one, other)| one == other)
        .count();
    let tails = |written: &[char], name: &[char]| {
        written
            .iter()
            .rev()
            .zip(name.iter().rev())
            .take_while(|(one, other)| one == other)
            .count()
    };
    let (left, right) = (&written[same_head..], &name[same_head..]);
    let same_tail = tails(left, right);
    let (left, right) = (&left[..left.len() - same_tail], &right[..right.len() - same_tail]);
    match (left, right) {
        ([_], [_] | []) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        (_, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_is_one_mistake() {
        let step = |written: &str, name| is_one_step(&written.chars().collect::<Vec<_>>(), name);
        for written in [
            "石泡台街道",
            "石台街道",
            "石炮台街",
            "石炮炮台街道",
            "石台炮街道",
            "炮台街道",
        ] {
            assert!(step(written, "石炮台街道"), "{written}");
        }
        for written in ["石炮台街道", "石泡抬街道", "台炮石街道", "街道", "石炮台新街道口"]
        {
            assert!(!step(written, "石炮台街道"), "{written}");
        }
    }

    #[test]
    fn a_character_stands_in_one_class() {
        let classes = classes();
        let firsts: Vec<char> = ALIKE.iter().filter_map(|group| group.chars().next()).collect();
        // A first that is a member elsewhere would make two classes of one.
        let doubled: Vec<&char> = firsts.iter().filter(|one| classes.contains_key(one)).collect();
        assert!(doubled.is_empty(), "{doubled:?}");
    }
}
