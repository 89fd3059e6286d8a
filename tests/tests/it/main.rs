//! The one integration-test binary: journeys through the public API, faults on the real binary, the habits.

#![allow(clippy::too_many_lines, reason = "a story is told in one piece")]
#![allow(
    clippy::unwrap_used,
    reason = "all of this is tests; clippy exempts only what bears #[test]"
)]

mod audit;
mod bad_input;
mod city;
mod crash;
mod damage;
mod directory;
mod due_loop;
mod edge;
mod erasure;
mod import;
mod journeys;
mod notices;
mod old_journal;
mod otlp;
mod permissions;
mod power_cut;
mod process;
mod promises;
mod python;
mod replay;
mod second_city;
mod tidy;
