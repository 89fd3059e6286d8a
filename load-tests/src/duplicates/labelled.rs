//! Real messages whose near-duplicates people have grouped: how many pairs of one group the index finds, and how many of
//! the pairs it finds are of one group.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use domain::id::TicketNumber;
use domain::rules::Rules;
use jiff::civil::date;
use serde::{Deserialize, Serialize};
use text::sketch::Pairs;
use triage::similar::Index;

use super::telling;
use crate::clock;
use crate::report::{Table, fine, whole};

/// The files looked for.
const FILES: [&str; 2] = ["labelled_train.jsonl", "labelled_validation.jsonl"];
/// Candidates taken of each message: more than any group has.
const CANDIDATES: usize = 64;

/// A row, as far as it is used: of most the words alone survive, without stop words.
#[derive(Deserialize)]
struct Row {
    tokens: String,
    group: serde_json::Value,
}

/// What was found at one threshold.
#[derive(Serialize)]
struct At {
    likeness: f64,
    found: u32,
    right: u32,
    precision: f64,
    recall: f64,
}

/// How right the likeness is.
#[derive(Serialize)]
pub(super) struct Labelled {
    messages: usize,
    /// Pairs of one group.
    pairs: u32,
    at: Vec<At>,
    /// Of the pairs of one group that are alike by their full count, how many the sketches find.
    found_by_sketch: f64,
}

/// Measures where the files are there.
pub(super) fn measure(rules: &Rules, folder: &Path) -> anyhow::Result<Option<Labelled>> {
    let mut rows: Vec<(Pairs, String)> = Vec::new();
    for name in FILES {
        let Ok(file) = File::open(folder.join(name)) else {
            return Ok(None);
        };
        for line in BufReader::new(file).lines() {
            let row: Row = serde_json::from_str(&line?)?;
            rows.push((Pairs::of(&[&row.tokens]), row.group.to_string()));
        }
    }
    let numbers = (1..)
        .take(rows.len())
        .map(|nth| TicketNumber::new(date(2026, 11, 1), nth));
    let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    let (now, mut index) = (clock::today(), Index::default());
    for (number, (pairs, _)) in numbers.iter().zip(&rows) {
        let mut told = telling("");
        told.pairs = pairs.clone();
        index.insert(*number, now, told);
    }

    let mut found: Vec<(f64, bool)> = Vec::new();
    for (at, (pairs, group)) in rows.iter().enumerate() {
        let mut told = telling("");
        told.pairs = pairs.clone();
        for hit in index.duplicates(rules, &told, now, CANDIDATES) {
            let other = numbers.binary_search(&hit.number).unwrap_or(at);
            if other > at {
                found.push((hit.likeness, rows[other].1 == *group));
            }
        }
    }
    Ok(Some(figures(&rows, &found)))
}

fn figures(rows: &[(Pairs, String)], found: &[(f64, bool)]) -> Labelled {
    let (mut pairs, mut alike) = (0_u32, 0_u32);
    let mut groups: std::collections::BTreeMap<&str, Vec<&Pairs>> = std::collections::BTreeMap::new();
    for (pairs, group) in rows {
        groups.entry(group).or_default().push(pairs);
    }
    for members in groups.values() {
        for (at, one) in members.iter().enumerate() {
            for other in &members[at + 1..] {
                pairs += 1;
                alike += u32::from(one.likeness(other) >= 0.72);
            }
        }
    }
    let at = |likeness: f64| {
        let reached = || found.iter().filter(|(own, _)| *own >= likeness);
        let count = u32::try_from(reached().count()).unwrap_or(u32::MAX);
        let right = u32::try_from(reached().filter(|(_, is_right)| *is_right).count()).unwrap_or(u32::MAX);
        At {
            likeness,
            found: count,
            right,
            precision: f64::from(right) / f64::from(count.max(1)),
            recall: f64::from(right) / f64::from(pairs.max(1)),
        }
    };
    let (candidates, answered) = (at(0.72), at(0.90));
    Labelled {
        messages: rows.len(),
        pairs,
        found_by_sketch: f64::from(candidates.right) / f64::from(alike.max(1)),
        at: vec![candidates, answered],
    }
}

impl Labelled {
    pub(super) fn rows(&self, table: &mut Table) {
        let label = format!(
            "{} labelled messages, {} pairs of one group",
            self.messages, self.pairs
        );
        table.row(label, []);
        for at in &self.at {
            table.row(
                format!("likeness ≥ {:.2}: found, precision, recall", at.likeness),
                [whole(f64::from(at.found)), fine(at.precision), fine(at.recall)],
            );
        }
        table.row(
            "of those alike found by sketch, %",
            [fine(100.0 * self.found_by_sketch)],
        );
    }
}
