//! The one binary: configuration, role table, telemetry and the command line.
//!
//! Owns what no other crate may name: environment variables, signals, exit codes, OpenTelemetry (invariant A-3).
//! Decides nothing about tickets. Start at [`cli`], whose verbs are one file each; `serve` goes on in [`serve`].

pub mod city;
pub mod cli;
pub mod client;
pub mod config;
pub mod demo;
pub mod exit;
mod metrics;
pub mod model;
pub mod notices;
pub mod out;
pub mod roles;
pub mod serve;
pub mod telemetry;
pub mod terms;
pub mod view;
