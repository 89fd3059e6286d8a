//! The simulation on a few seeds, and whether it finds what is planted.

use super::*;
use crate::access::Actor;
use crate::clock::{Addressee, Kind, Level};
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;
use crate::ticket::{Command, Event};

/// Plays what a failing seed printed: every law holds.
#[track_caller]
fn plays(script: &str) {
    let lines: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    play(&lines, Ticket::decide).unwrap_or_else(|broken| panic!("{broken}"));
}

fn years(seeds: std::ops::Range<u64>, tickets: u32) -> Summary {
    let mut seen = Summary::default();
    for seed in seeds {
        match run(Trial { seed, tickets }) {
            Ok(summary) => seen += &summary,
            Err(failure) => panic!("{failure}"),
        }
    }
    seen
}

#[test]
fn a_few_years_break_no_law() {
    let seen = years(0..3, 40);
    assert!(seen.figures.fired > 100, "{seen:?}");
}
