//! Runs of characters as numbers: no copy of the text, no hash function over bytes.

use crate::hash::mix64;

/// The longest gram in characters: three of 21 bits each fit a number.
pub const GRAM_CHARS_MAX: usize = 3;

/// The number of a gram of one to [`GRAM_CHARS_MAX`] characters, spread over 64 bits. Of a longer one the first count.
pub fn gram(chars: &[char]) -> u64 {
    let packed = chars
        .iter()
        .take(GRAM_CHARS_MAX)
        .fold(0_u64, |packed, one| (packed << 21) | u64::from(u32::from(*one)));
    mix64(packed)
}

/// The grams of `length` characters of a text, in order.
pub fn grams(chars: &[char], length: usize) -> impl Iterator<Item = u64> + '_ {
    chars.windows(length.clamp(1, GRAM_CHARS_MAX)).map(gram)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_of_different_characters_or_lengths_differ() {
        let chars: Vec<char> = "路灯坏了路灯".chars().collect();
        let pairs: Vec<u64> = grams(&chars, 2).collect();
        assert_eq!(pairs.len(), 5);
        assert_eq!(pairs[0], pairs[4]);
        assert_ne!(pairs[0], pairs[1]);
        assert_ne!(gram(&['灯']), gram(&['\0', '灯', '\0']));
    }

    #[test]
    fn a_text_shorter_than_the_gram_has_none() {
        assert_eq!(grams(&['灯'], 2).count(), 0);
        assert_eq!(grams(&[], 1).count(), 0);
    }
}
