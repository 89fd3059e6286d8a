//! House numbers: 120号, １２０号, 一百二十号, 一二〇号, 120-1号, 120之1号, 118至124号.

/// House numbers above this are none: a telephone number, a year, a mistake.
const HOUSE_MAX: u32 = 9_999;

/// One house or a row of houses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct House {
    pub(crate) low: u32,
    pub(crate) high: u32,
    /// Bytes read, with the word 号.
    pub(crate) length: usize,
}

/// The house number a normal text begins with. A gate (3号门), a building (5号楼) and a metro line (2号线) are none.
pub(crate) fn house(text: &str) -> Option<House> {
    let (low, first) = number(text)?;
    let mut length = first;
    let mut high = low;
    let between = ["-", "~", "—", "至", "到", "之"];
    if let Some(sign) = between.iter().find(|sign| text[length..].starts_with(**sign))
        && let Some((second, more)) = number(&text[length + sign.len()..])
    {
        // 118-124 is a row of houses, 120-1 the first door of 120.
        if second > low && *sign != "之" {
            high = second;
        }
        length += sign.len() + more;
    }
    let rest = &text[length..];
    let mark = ["号", "#"].iter().find(|mark| rest.starts_with(**mark))?;
    length += mark.len();
    let behind = &text[length..];
    let is_gate = behind.starts_with('门')
        && !["门面", "门店", "门牌", "门口", "门前"]
            .iter()
            .any(|word| behind.starts_with(word));
    let is_other = ["楼", "栋", "幢", "线", "码头", "桥", "厂房", "泵", "井"]
        .iter()
        .any(|word| behind.starts_with(word));
    let is_house = !is_gate && !is_other && low > 0 && high <= HOUSE_MAX;
    is_house.then_some(House { low, high, length })
}

/// A number in digits or Chinese numerals at the beginning of a normal text, and how many bytes it takes.
pub(crate) fn number(text: &str) -> Option<(u32, usize)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return text[..digits].parse().ok().map(|number| (number, digits));
    }
    let numerals: Vec<char> = text
        .chars()
        .take_while(|one| value(*one).is_some())
        .take(8)
        .collect();
    let length = numerals.iter().map(|one| one.len_utf8()).sum();
    chinese(&numerals).map(|number| (number, length))
}

/// What a numeral is worth: a digit below ten, or a place.
fn value(one: char) -> Option<u32> {
    Some(match one {
        '零' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        _ => return None,
    })
}

fn chinese(numerals: &[char]) -> Option<u32> {
    let values: Vec<u32> = numerals.iter().filter_map(|one| value(*one)).collect();
    if values.is_empty() {
        return None;
    }
    if values.iter().all(|value| *value < 10) {
        // 一二〇: read digit by digit.
        return values
            .iter()
            .try_fold(0u32, |sum, digit| sum.checked_mul(10)?.checked_add(*digit));
    }
    let (mut sum, mut digit) = (0u32, None);
    for value in values {
        if value < 10 {
            digit = Some(value);
        } else {
            sum = sum.checked_add(digit.take().unwrap_or(1).checked_mul(value)?)?;
        }
    }
    sum.checked_add(digit.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal::normal;

    fn read(text: &str) -> Option<(u32, u32)> {
        house(&normal(text)).map(|house| (house.low, house.high))
    }

    #[test]
    fn house_numbers_are_read_as_people_write_them() {
        for text in [
            "120号",
            "１２０号",
            "一百二十号",
            "一二〇号",
            "壹佰贰拾号",
            "120-1号",
            "120之3号",
            "120#",
            "120号门面",
        ] {
            assert_eq!(read(text), Some((120, 120)), "{text}");
        }
        assert_eq!(read("十二号"), Some((12, 12)));
        assert_eq!(read("三百零五号"), Some((305, 305)));
        assert_eq!(read("118-124号"), Some((118, 124)));
        assert_eq!(read("一至九号院"), Some((1, 9)));
    }

    #[test]
    fn gates_buildings_lines_and_plain_numbers_are_no_house_numbers() {
        for text in [
            "3号门",
            "5号楼",
            "2号线",
            "120",
            "13800000000号",
            "0号",
            "号",
            "",
            "百",
            "99999999999999999999号",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
