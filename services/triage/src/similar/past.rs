//! From the rarest pairs of characters of a text to the tickets that have them too: what is about something alike need
//! not be told alike, but it names the same rare things.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem::size_of;

use text::sketch::Pairs;

use crate::limits::{CLOSE_LOOKED_AT, HOLDERS_MAX, RARE_PAIRS_ASKED, RARE_PAIRS_HELD};

/// A pair's number is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers of four bytes");
    }

    fn write_u32(&mut self, number: u32) {
        // The map takes its first bits from the top, the numbers have theirs at the bottom.
        self.0 = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Who has a pair.
#[derive(Default)]
struct Holders {
    /// How many tickets.
    count: u32,
    /// The latest of those whose rarest it was among when they came, in the order they came.
    slots: Vec<u32>,
}

/// Pairs by number.
#[derive(Default)]
pub(super) struct Past {
    pairs: HashMap<u32, Holders, BuildHasherDefault<AsItIs>>,
}

impl Past {
    pub(super) fn insert(&mut self, slot: u32, pairs: &Pairs) {
        for (pair, _) in pairs.iter() {
            self.pairs.entry(pair).or_default().count += 1;
        }
        for pair in self.rarest(pairs, RARE_PAIRS_HELD) {
            let Some(holders) = self.pairs.get_mut(&pair) else {
                continue;
            };
            if holders.slots.len() == HOLDERS_MAX {
                holders.slots.remove(0);
            }
            holders.slots.push(slot);
        }
    }

    pub(super) fn remove(&mut self, slot: u32, pairs: &Pairs) {
        for (pair, _) in pairs.iter() {
            if let Some(holders) = self.pairs.get_mut(&pair) {
                holders.count = holders.count.saturating_sub(1);
                holders.slots.retain(|held| *held != slot);
                if holders.count == 0 {
                    self.pairs.remove(&pair);
                }
            }
        }
    }

    /// The rarest pairs of a text, rarest first.
    fn rarest(&self, pairs: &Pairs, most: usize) -> Vec<u32> {
        let count = |pair: u32| self.pairs.get(&pair).map_or(0, |holders| holders.count);
        let mut rarest: Vec<(u32, u32)> = pairs.iter().map(|(pair, _)| (count(pair), pair)).collect();
        let most = most.min(rarest.len());
        if most < rarest.len() {
            rarest.select_nth_unstable(most);
        }
        rarest.truncate(most);
        rarest.sort_unstable();
        rarest.into_iter().map(|(_, pair)| pair).collect()
    }

    /// How much a pair tells among `tickets`: 0 where all have it.
    pub(super) fn weight(&self, pair: u32, tickets: usize) -> f64 {
        let count = self.pairs.get(&pair).map_or(0, |holders| holders.count);
        #[expect(clippy::cast_precision_loss, reason = "a million tickets are counted exactly")]
        let tickets = tickets as f64;
        ((tickets + 1.0) / (f64::from(count) + 0.5)).ln().max(0.0)
    }

    /// The slots of tickets that share the most that is rare, at most so many that each can be looked at.
    pub(super) fn about(&self, pairs: &Pairs, tickets: usize) -> Vec<u32> {
        let mut shared: HashMap<u32, f64, BuildHasherDefault<AsItIs>> = HashMap::default();
        for pair in self.rarest(pairs, RARE_PAIRS_ASKED) {
            let weight = self.weight(pair, tickets);
            let holders = self.pairs.get(&pair).map_or(&[][..], |holders| &holders.slots);
            for slot in holders {
                *shared.entry(*slot).or_default() += weight;
            }
        }
        let mut found: Vec<(f64, u32)> = shared.into_iter().map(|(slot, sum)| (sum, slot)).collect();
        let by_sum = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1));
        if found.len() > CLOSE_LOOKED_AT {
            found.select_nth_unstable_by(CLOSE_LOOKED_AT, by_sum);
            found.truncate(CLOSE_LOOKED_AT);
        }
        found.into_iter().map(|(_, slot)| slot).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        let slots = |holders: &Holders| holders.slots.capacity() * size_of::<u32>();
        let held: usize = self.pairs.values().map(slots).sum();
        held + self.pairs.capacity() * (size_of::<(u32, Holders)>() + 1)
    }
}
