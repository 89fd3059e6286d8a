//! Query codes as people type them.

use subtle::ConstantTimeEq as _;

use crate::limits::CODE_CHARS_MAX;

/// Whether a typed code is the one expected. Takes the same time wherever they differ.
pub(crate) fn is_same(typed: &str, expected: &str) -> bool {
    normalised(typed)
        .as_bytes()
        .ct_eq(normalised(expected).as_bytes())
        .into()
}

/// A code in Crockford's spelling: upper case, O read as 0, I and L as 1, dashes and blanks dropped; full-width
/// characters, as a Chinese keyboard gives them, are the same characters.
fn normalised(text: &str) -> String {
    let spelled =
        text.chars()
            .take(CODE_CHARS_MAX)
            .filter_map(|c| match half_width(c).to_ascii_uppercase() {
                'O' => Some('0'),
                'I' | 'L' => Some('1'),
                c if c.is_whitespace() || is_dash(c) => None,
                c => Some(c),
            });
    spelled.collect()
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        for typed in [
            "K7QM2X10",
            "k7qm2x10",
            "K7QM-2X10",
            " k7qm 2xio ",
            "K7QM2XL0",
            "ｋ７ＱＭ－２Ｘ１０",
            "K7QM—2X10",
        ] {
            assert!(is_same(typed, "K7QM2X10"), "{typed}");
        }
    }

    #[test]
    fn another_code_is_another() {
        for typed in ["", "K7QM2X1", "K7QM2X100", "K7QM2X11", "10X2MQ7K", "K7QM2X1０0"] {
            assert!(!is_same(typed, "K7QM2X10"), "{typed}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_text_is_read() {
        assert_eq!(normalised(&"A".repeat(1_000_000)).len(), 64);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read_without_fault_and_alike_twice(typed in "\\PC{0,80}") {
            let once = normalised(&typed);
            prop_assert_eq!(normalised(&once), once);
        }
    }
}
