//! The one integration-test binary: journeys through the public API, faults on the real binary, the habits.

mod bad_input;
mod city;
mod crash;
mod damage;
mod erasure;
mod import;
mod journeys;
mod otlp;
mod permissions;
mod power_cut;
mod process;
mod promises;
mod python;
mod tidy;
