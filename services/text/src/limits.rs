//! Every limit of this crate.

/// The characters of a text that are looked at; the rest of a longer one is left alone. A petition of ten pages fits, and
/// 100 kB of Chinese.
pub const TEXT_CHARS_MAX: usize = 40_000;

/// The characters of a run without a break that are cut into words at once. Longer ones are cut there, so that a text
/// without any punctuation costs no more than one with it.
pub const RUN_CHARS_MAX: usize = 1_000;

/// The longest word in characters; what is longer (an address of a page, a key held down) is cut there.
pub const WORD_CHARS_MAX: usize = 32;
