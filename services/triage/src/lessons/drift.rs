//! How often the system was right, week by week, and where it has clearly become worse: pure figures over the book.
//!
//! The week is that in which something was said, not in which it became known: a return weeks later counts against the
//! model that was wrong.

use std::collections::BTreeMap;

use domain::id::CategoryId;

use super::book::Tally;
use super::lesson::Week;
use crate::limits::{FALL_KNOWN_MIN, FALL_WEEKS};

/// Significance from which a fall is told: one in a hundred by chance, on one side.
const Z_MIN: f64 = 2.326;
/// A fall by less is no news, however certain.
const FALL_MIN: f64 = 0.05;

/// One category in one week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) week: Week,
    pub(crate) category: CategoryId,
    pub(crate) tally: Tally,
}

/// Where the latest weeks are clearly worse than those before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fall {
    /// Which category; none: all together.
    pub(crate) category: Option<CategoryId>,
    /// Right and known before.
    pub(crate) earlier: (u64, u64),
    /// Right and known in the latest weeks.
    pub(crate) latest: (u64, u64),
    /// The chance of seeing as much where nothing has changed.
    pub(crate) chance: f64,
}

/// What is shown of the latest weeks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Drift {
    /// The weeks with anything in them, oldest first.
    pub(crate) weeks: Vec<Week>,
    /// Each week's categories, as they were said.
    pub(crate) leaves: Vec<Row>,
    /// The same by the category at the top.
    pub(crate) tops: Vec<Row>,
    /// Falls: all together first, then by category.
    pub(crate) falls: Vec<Fall>,
}

/// The figures of the latest `count` weeks; of one category and those below it, where asked for.
pub(crate) fn drift(
    weeks: &BTreeMap<Week, BTreeMap<CategoryId, Tally>>,
    count: usize,
    within: Option<&CategoryId>,
) -> Drift {
    let first = weeks.keys().rev().take(count).min().copied();
    let latest = || weeks.range(first.unwrap_or(Week::LAST)..);
    let is_asked = |category: &CategoryId| within.is_none_or(|top| category.is_within(top));
    let mut drift = Drift {
        weeks: latest().map(|(week, _)| *week).collect(),
        ..Drift::default()
    };
    let mut tops: BTreeMap<(Week, CategoryId), Tally> = BTreeMap::new();
    for (week, categories) in latest() {
        for (category, tally) in categories.iter().filter(|(category, _)| is_asked(category)) {
            drift.leaves.push(Row {
                week: *week,
                category: category.clone(),
                tally: *tally,
            });
            tops.entry((*week, top_of(category))).or_default().add(tally);
        }
    }
    drift.tops = tops
        .into_iter()
        .map(|((week, category), tally)| Row {
            week,
            category,
            tally,
        })
        .collect();
    drift.falls = falls(&drift);
    drift
}

/// The category at the top of the tree.
pub(crate) fn top_of(category: &CategoryId) -> CategoryId {
    std::iter::successors(Some(category.clone()), CategoryId::parent)
        .last()
        .unwrap_or_else(|| category.clone())
}

fn falls(drift: &Drift) -> Vec<Fall> {
    let known: Vec<Week> = drift
        .weeks
        .iter()
        .copied()
        .filter(|week| {
            drift
                .tops
                .iter()
                .any(|row| row.week == *week && row.tally.known() > 0)
        })
        .collect();
    let Some(since) = known.iter().rev().nth(FALL_WEEKS - 1).copied() else {
        return Vec::new();
    };
    let mut split: BTreeMap<Option<CategoryId>, [(u64, u64); 2]> = BTreeMap::new();
    let mut put = |category: Option<CategoryId>, row: &Row| {
        let sides = split.entry(category).or_default();
        let side = &mut sides[usize::from(row.week >= since)];
        side.0 += row.tally.right;
        side.1 += row.tally.known();
    };
    for row in &drift.tops {
        put(None, row);
        put(Some(row.category.clone()), row);
    }
    for row in drift.leaves.iter().filter(|row| row.category.parent().is_some()) {
        put(Some(row.category.clone()), row);
    }
    split
        .into_iter()
        .filter_map(|(category, [earlier, latest])| {
            let chance = chance_of_a_fall(earlier, latest)?;
            Some(Fall {
                category,
                earlier,
                latest,
                chance,
            })
        })
        .collect()
}

/// The one-sided test of two proportions with a common one pooled; none where there is too little to say, or no fall
/// worth telling.
fn chance_of_a_fall(earlier: (u64, u64), latest: (u64, u64)) -> Option<f64> {
    if earlier.1 < FALL_KNOWN_MIN || latest.1 < FALL_KNOWN_MIN {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let float = |count: u64| count as f64;
    let share = |(right, known): (u64, u64)| float(right) / float(known);
    let fall = share(earlier) - share(latest);
    let pooled = float(earlier.0 + latest.0) / float(earlier.1 + latest.1);
    let spread = (pooled * (1.0 - pooled) * (1.0 / float(earlier.1) + 1.0 / float(latest.1))).sqrt();
    let z = if spread > 0.0 { fall / spread } else { 0.0 };
    (fall >= FALL_MIN && z >= Z_MIN).then(|| upper_tail(z))
}

/// P(Z > z) of the standard normal distribution, by Abramowitz and Stegun 26.2.17; good to 1e-7.
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let terms = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum
}

#[cfg(test)]
mod tests;
