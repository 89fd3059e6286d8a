//! Chance that can be had again: SplitMix64 from a seed. Whoever uses it is given it.

/// A stream of numbers, the same for the same seed.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x9E37_79B9_7F4A_7C15)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound; 0 where nothing is below it.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A number from one to another, both included.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = most.abs_diff(least).saturating_add(1);
        least.saturating_add_unsigned(self.below(span))
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        let nth = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        of[nth]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_gives_others() {
        let first = |seed| {
            let mut chance = Chance::of(seed);
            [(); 4].map(|()| chance.next())
        };
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
        let mut chance = Chance::of(1);
        assert!((0..1_000).all(|_| (-3..=3).contains(&chance.between(-3, 3))));
        assert_eq!(chance.below(0), 0);
    }
}
