//! Hashes that are the same on every machine and in every version: what they name is kept in files.

use xxhash_rust::xxh3::xxh3_64;

/// The hash of some bytes, for keeps.
pub fn hash64(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Spreads a number over 64 bits, for keeps: two numbers that differ never come out the same.
pub fn mix64(number: u64) -> u64 {
    // The finisher of splitmix64: two multiplications, each a bijection.
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_for_keeps() {
        assert_eq!(hash64("路灯".as_bytes()), 16_924_212_640_009_174_277);
        assert_eq!(mix64(0), 0xe220_a839_7b1d_cdaf);
    }
}
