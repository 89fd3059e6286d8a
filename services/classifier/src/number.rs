//! Conversions that lose what nobody needs, each with why it may.

/// A number in half the digits: sums are made in 64 bits, what is kept in 32.
#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits are more than a model is sure of"
)]
pub(crate) fn single(value: f64) -> f32 {
    value as f32
}

/// A place in a list that is known to be shorter than 2³².
pub(crate) fn place(at: usize) -> u32 {
    u32::try_from(at).expect("lists of a model are limited to fewer than 2^32")
}
