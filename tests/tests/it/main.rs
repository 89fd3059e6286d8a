//! The one integration-test binary: journeys through the public API, faults on the real binary, the habits.

mod city;
mod journeys;
mod permissions;
mod tidy;
