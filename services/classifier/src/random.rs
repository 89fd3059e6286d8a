//! Chance with a fixed seed: the same numbers in every run.

use text::mix64;

/// A generator of numbers that look like chance (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        let out = mix64(self.0);
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        out
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.next()) * (end as u128);
        usize::try_from(wide >> 64).expect("what is below a usize is one")
    }

    /// A number in -1 .. 1 whose mean is 0.
    pub(crate) fn symmetric(&mut self) -> f32 {
        // 24 bits fit the fraction of an f32.
        let bits = u16::try_from(self.next() >> 48).expect("16 bits are left");
        f32::from(bits) / 32_768.0 - 1.0 + 1.0 / 65_536.0
    }

    /// Puts a list in an order of chance.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}
