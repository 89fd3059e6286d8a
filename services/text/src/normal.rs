//! One form for what is the same to a reader: width, case, digits, blanks, pictures.

use std::borrow::Cow;

use crate::limits::TEXT_CHARS_MAX;

/// The normal form of a text: half width, small letters, ASCII digits, one blank for any run of blanks and pictures.
///
/// At most [`TEXT_CHARS_MAX`] characters are looked at. What is normal already is not copied.
pub fn normal(text: &str) -> Cow<'_, str> {
    if is_normal(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(TEXT_CHARS_MAX * 4));
    let mut is_after_blank = true;
    for one in text.chars().take(TEXT_CHARS_MAX) {
        match folded(one) {
            Fold::Nothing => {}
            Fold::Blank => {
                if !is_after_blank {
                    out.push(' ');
                }
                is_after_blank = true;
            }
            Fold::One(one) => {
                out.push(one);
                is_after_blank = false;
            }
            Fold::Small(one) => {
                out.extend(one.to_lowercase());
                is_after_blank = false;
            }
        }
    }
    if is_after_blank {
        out.pop();
    }
    Cow::Owned(out)
}

/// Whether a character can be part of a word: a letter, a Chinese character, a digit.
pub fn is_word_char(one: char) -> bool {
    is_han(one) || one.is_alphanumeric()
}

enum Fold {
    Nothing,
    Blank,
    One(char),
    Small(char),
}

fn is_normal(text: &str) -> bool {
    let mut count = 0;
    let is_plain = text.chars().all(|one| {
        count += 1;
        is_han(one) || matches!(one, 'a'..='z' | '0'..='9' | '，' | '。' | '、')
    });
    is_plain && count <= TEXT_CHARS_MAX
}

fn folded(one: char) -> Fold {
    match one {
        _ if is_han(one) => Fold::One(one),
        'a'..='z' | '0'..='9' => Fold::One(one),
        'A'..='Z' => Fold::One(one.to_ascii_lowercase()),
        // Full width; the four marks of Chinese that people type as such stay as they are.
        '，' | '！' | '？' | '；' | '：' => Fold::One(one),
        '\u{ff01}'..='\u{ff5e}' => {
            folded(char::from_u32(u32::from(one) - 0xfee0).expect("the half width of a full width is ASCII"))
        }
        // ①…⑨ and ❶…❾: an item's number.
        '\u{2460}'..='\u{2468}' => digit(u32::from(one) - 0x2460 + 1),
        '\u{2776}'..='\u{277e}' => digit(u32::from(one) - 0x2776 + 1),
        // Nothing to see: joiners, marks of direction, variation selectors, a byte order mark, a soft hyphen.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' => Fold::Nothing,
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{00ad}' => Fold::Nothing,
        _ if one.is_whitespace() || one.is_control() || is_picture(one) => Fold::Blank,
        _ if one.is_uppercase() => Fold::Small(one),
        _ => Fold::One(one),
    }
}

fn digit(value: u32) -> Fold {
    char::from_digit(value, 10).map_or(Fold::Blank, Fold::One)
}

fn is_han(one: char) -> bool {
    matches!(one, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

fn is_picture(one: char) -> bool {
    matches!(one,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{e000}'..='\u{f8ff}' | '\u{20d0}'..='\u{20ff}' | '\u{fffc}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_digits_are_folded() {
        assert_eq!(normal("Ａ３区　路灯 １２ 号"), "a3区 路灯 12 号");
        assert_eq!(normal("ＡPP 停车①"), "app 停车1");
        assert_eq!(normal("Straße ÀÉ"), "straße àé");
    }

    #[test]
    fn pictures_and_blanks_are_one_blank() {
        assert_eq!(normal("  路灯😡😡\n坏了 "), "路灯 坏了");
        assert_eq!(normal("😡🙏❤️"), "");
        assert_eq!(normal("路\u{200b}灯"), "路灯");
        assert_eq!(normal("\u{0}\u{7}"), "");
    }

    #[test]
    fn what_is_normal_is_not_copied() {
        assert!(matches!(normal("路灯坏了，三天"), Cow::Borrowed(_)));
        assert!(matches!(normal(""), Cow::Borrowed("")));
    }

    #[test]
    fn a_long_text_ends_at_the_limit() {
        let text = "灯".repeat(TEXT_CHARS_MAX + 7);
        assert_eq!(normal(&text).chars().count(), TEXT_CHARS_MAX);
    }
}
