//! One form for what people write: names with and without marks inside read the same, areas are boundaries.

use text::normal;

/// Stands where a text breaks: marks, blanks, ends of lines.
pub(crate) const BREAK: char = '\n';
/// Stands for the name of an area (a city, a district): what follows it is often a place in it.
pub(crate) const AREA: char = '\u{1}';

/// Zones every city has.
const ZONES: [[char; 3]; 3] = [['经', '开', '区'], ['高', '新', '区'], ['开', '发', '区']];

/// A text ready to be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Clean {
    /// Its characters: words, digits, [`BREAK`]s and [`AREA`]s; never two breaks in a row.
    pub(crate) chars: Vec<char>,
    /// The areas named, in order, as they were written.
    pub(crate) areas: Vec<String>,
}

/// Cleans a text of at most `chars_max` characters. `areas`: names of cities and districts; codes such as A2区 are
/// known anyway.
pub(crate) fn clean(text: &str, areas: &[Vec<char>], chars_max: usize) -> Clean {
    let normal = normal(text);
    let given: Vec<char> = normal.chars().take(chars_max).collect();
    let mut clean = Clean::default();
    let mut at = 0;
    while at < given.len() {
        let length = area_at(&given[at..], areas);
        if length > 0 {
            let name = given[at..at + length].iter().collect::<String>();
            clean.areas.push(name.to_uppercase());
            if clean.chars.last() != Some(&AREA) {
                clean.chars.push(AREA);
            }
            at += length;
            continue;
        }
        let one = given[at];
        if is_word(one) {
            clean.chars.push(one);
        } else if !is_joint(&given, at) && clean.chars.last().is_some_and(|last| *last != BREAK) {
            clean.chars.push(BREAK);
        }
        at += 1;
    }
    clean
}

/// Whether a character is part of a word.
pub(crate) fn is_word(one: char) -> bool {
    one != BREAK && one != AREA && text::is_word_char(one)
}

/// Whether a mark joins what stands beside it, as in a name of two parts.
fn is_joint(given: &[char], at: usize) -> bool {
    let is_between = at > 0 && is_word(given[at - 1]) && given.get(at + 1).is_some_and(|next| is_word(*next));
    let is_mark = matches!(given[at], '·' | '•' | '・' | '.' | '-' | '—' | '\'' | '_');
    is_between && is_mark
}

/// How many characters of the name of an area stand here; 0: none.
fn area_at(given: &[char], areas: &[Vec<char>]) -> usize {
    let code = area_code_at(given);
    if code > 0 {
        return code;
    }
    let starts = |name: &[char]| given.starts_with(name).then_some(name.len());
    let zones = ZONES.iter().filter_map(|zone| starts(zone));
    let named = areas.iter().filter_map(|name| starts(name));
    zones.chain(named).max().unwrap_or(0)
}

/// A letter, up to three digits, and what kind of area it is.
fn area_code_at(given: &[char]) -> usize {
    if !given.first().is_some_and(char::is_ascii_lowercase) {
        return 0;
    }
    let digits = given[1..].iter().take_while(|one| one.is_ascii_digit()).count();
    let is_area = digits <= 3
        && given
            .get(1 + digits)
            .is_some_and(|kind| matches!(kind, '市' | '区' | '县'));
    if is_area { digits + 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        let areas = [text::normal("龙湖区").chars().collect()];
        let clean = clean(text, &areas, 100);
        clean.chars.iter().collect::<String>().replace(AREA, "|")
    }

    #[test]
    fn marks_inside_a_name_do_not_break_it() {
        assert_eq!(cleaned("青柠·半岛。很吵"), "青柠半岛\n很吵");
        assert_eq!(cleaned("青柠.半岛"), "青柠半岛");
    }

    #[test]
    fn areas_are_boundaries() {
        assert_eq!(cleaned("A2区青柠半岛"), "|青柠半岛");
        assert_eq!(cleaned("龙湖区A市青柠半岛"), "|青柠半岛");
        assert_eq!(clean("投诉A12县", &[], 100).areas, ["A12县"]);
    }

    #[test]
    fn only_so_much_is_read() {
        assert_eq!(clean(&"水".repeat(50), &[], 10).chars.len(), 10);
    }
}
