//! How long to wait before a notice is tried again: twice as long each time, spread by its own name.

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};

use super::notice::NoticeId;
use crate::limits::{BACKOFF_MAX, BACKOFF_MIN};

/// The pause after the `tries`-th try: doubled each time up to a longest one, and between three and five quarters of
/// that by the notice's name, so that many that failed together do not come back together.
pub(crate) fn pause(id: &NoticeId, tries: u32) -> SignedDuration {
    let doubled = BACKOFF_MIN.saturating_mul(1 << tries.saturating_sub(1).min(16));
    let whole = doubled.min(BACKOFF_MAX);
    let digest = Sha256::digest(format!("{id}/{tries}"));
    let drawn = i32::from(u16::from_be_bytes([digest[0], digest[1]]));
    // Of 65,536 parts, spread over half a pause.
    whole * 3 / 4 + whole / 131_072 * drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(version: u32) -> NoticeId {
        NoticeId::parse(&format!("20261123-0000021.{version}.clerk.mail")).unwrap()
    }

    #[test]
    fn pauses_grow_to_a_longest_one_and_stay_near_it() {
        for tries in 1..40 {
            let whole = BACKOFF_MIN
                .saturating_mul(1 << (tries - 1).min(16))
                .min(BACKOFF_MAX);
            let pause = pause(&id(1), tries);
            assert!(
                pause >= whole * 3 / 4 && pause <= whole * 5 / 4,
                "{tries}: {pause}"
            );
        }
    }

    #[test]
    fn they_are_the_same_in_every_process_and_differ_between_notices() {
        assert_eq!(pause(&id(1), 5), pause(&id(1), 5));
        let drawn: std::collections::BTreeSet<_> = (0..100).map(|version| pause(&id(version), 5)).collect();
        assert!(drawn.len() > 90);
    }
}
