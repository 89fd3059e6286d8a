//! Texts in one form: half width, small letters, the characters of the mainland.

/// Characters people type for those the gazetteer is written in.
const OTHER_FORMS: [(char, char); 40] = [
    ('號', '号'),
    ('區', '区'),
    ('縣', '县'),
    ('鎮', '镇'),
    ('鄉', '乡'),
    ('龍', '龙'),
    ('灣', '湾'),
    ('廣', '广'),
    ('東', '东'),
    ('臺', '台'),
    ('園', '园'),
    ('門', '门'),
    ('橋', '桥'),
    ('樓', '楼'),
    ('棟', '栋'),
    ('對', '对'),
    ('邊', '边'),
    ('後', '后'),
    ('華', '华'),
    ('陽', '阳'),
    ('豐', '丰'),
    ('澤', '泽'),
    ('莊', '庄'),
    ('長', '长'),
    ('馬', '马'),
    ('場', '场'),
    ('濱', '滨'),
    ('鷗', '鸥'),
    ('達', '达'),
    ('關', '关'),
    ('貴', '贵'),
    ('嶼', '屿'),
    ('隴', '陇'),
    ('鹽', '盐'),
    ('鴻', '鸿'),
    ('蓮', '莲'),
    ('萬', '万'),
    ('與', '与'),
    ('兩', '两'),
    ('環', '环'),
];

/// A text as names are compared: one character for one character, so that what it says stays readable. Marks without
/// width are left out.
pub(crate) fn normal(text: &str) -> String {
    let is_seen = |one: &char| !matches!(one, '\u{200b}'..='\u{200f}' | '\u{feff}');
    text.chars().filter(is_seen).map(plain).collect()
}

fn plain(one: char) -> char {
    match one {
        '！'..='～' => char::from_u32(u32::from(one) - 0xFEE0)
            .unwrap_or(one)
            .to_ascii_lowercase(),
        '\u{3000}' => ' ',
        '〇' | '○' => '零',
        _ if one.is_ascii() => one.to_ascii_lowercase(),
        _ => OTHER_FORMS
            .iter()
            .find(|(other, _)| *other == one)
            .map_or(one, |(_, plain)| *plain),
    }
}

/// Whether a character parts words and says nothing itself.
pub(crate) fn is_gap(one: char) -> bool {
    one.is_whitespace()
        || one.is_ascii_punctuation() && one != '#'
        || "，。、；：“”‘’（）《》【】—…·".contains(one)
}

/// A text without the gaps it begins with.
pub(crate) fn past_gaps(text: &str) -> &str {
    text.trim_start_matches(is_gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_traditional_characters_are_the_same_as_plain_ones() {
        assert_eq!(normal("龍湖區ＡＢ１２０號"), "龙湖区ab120号");
        assert_eq!(normal("一二〇号"), "一二零号");
        assert_eq!(normal("龙\u{200b}湖"), "龙湖");
    }
}
