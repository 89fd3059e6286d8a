//! An invented taxonomy of many leaves: messages of as many words as real ones have, few of which tell the leaf.

use classifier::{Example, Features, Message};
use text::mix64;

/// Messages of each leaf.
const MESSAGES: u64 = 20;
/// Words of a message that any leaf may use, of how many.
const COMMON: u64 = 90;
const COMMON_OF: u64 = 4_000;
/// Words of a message that are the leaf's own, of how many.
const OWN: u64 = 8;
const OWN_OF: u64 = 40;

/// Messages of so many leaves of three levels.
pub(super) fn examples(leaves: usize) -> Vec<Example> {
    let leaves = leaves as u64;
    let message = |leaf: u64, nth: u64| {
        let chance = |step: u64, of: u64| mix64((leaf << 40) | (nth << 20) | step) % of;
        let common = (0..COMMON).map(|step| word(chance(step, COMMON_OF)));
        // A leaf shares half of its words with its neighbour.
        let own = (0..OWN).map(|step| word(COMMON_OF + leaf * OWN_OF / 2 + chance(COMMON + step, OWN_OF)));
        let words: Vec<String> = common.chain(own).collect();
        Example {
            label: format!("{}/{}/{}", leaf / 50, leaf / 10 % 5, leaf % 10),
            features: Features::of(&Message::Words(&words.join(" "))),
            group: None,
        }
    };
    (0..leaves)
        .flat_map(|leaf| (0..MESSAGES).map(move |nth| (leaf, nth)))
        .map(|(leaf, nth)| message(leaf, nth))
        .collect()
}

/// A word of two characters.
fn word(number: u64) -> String {
    let one = |at: u64| char::from_u32(0x4e00 + u32::try_from(at % 3_500).unwrap_or(0)).unwrap_or('一');
    [one(mix64(number)), one(mix64(number) >> 32)].iter().collect()
}
