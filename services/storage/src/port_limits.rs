//! The port's limits, checked the same way by every adapter.

use std::collections::BTreeSet;

use crate::port::{Commit, FACTS_MAX, Failure, WRITES_MAX};

/// Refuses a commit that no adapter may take.
pub(crate) fn check(commit: &Commit) -> Result<(), Failure> {
    let writes = &commit.writes;
    let distinct: BTreeSet<_> = writes.iter().map(|write| write.number).collect();
    if writes.is_empty() || writes.len() > WRITES_MAX || distinct.len() != writes.len() {
        return Err(Failure::Limit {
            what: "writes of a commit, each to another ticket",
            max: WRITES_MAX,
        });
    }
    let fits = |count: usize| (1..=FACTS_MAX).contains(&count);
    if !writes
        .iter()
        .all(|write| fits(write.facts.len()) && write.base < u32::MAX - 64)
    {
        return Err(Failure::Limit {
            what: "facts of a write",
            max: FACTS_MAX,
        });
    }
    Ok(())
}
