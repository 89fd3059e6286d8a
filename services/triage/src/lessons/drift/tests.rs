use super::*;
use crate::test_city::category;

/// Weeks of one category: how many of those known were right.
fn weeks(shares: &[(u64, u64)]) -> BTreeMap<Week, BTreeMap<CategoryId, Tally>> {
    let row = |(nth, (right, known)): (usize, &(u64, u64))| {
        let tally = Tally {
            said: known + 3,
            right: *right,
            corrected: known - right,
            ..Tally::default()
        };
        let week = Week::parse(&format!("2026-W{:02}", nth + 1)).unwrap();
        (week, BTreeMap::from([(category("urban.noise"), tally)]))
    };
    shares.iter().enumerate().map(row).collect()
}

#[test]
fn a_clear_fall_is_told_with_its_chance_and_a_small_one_is_not() {
    let steady = [(95, 100); 10];
    assert!(drift(&weeks(&steady), 12, None).falls.is_empty());
    let mut fallen = steady;
    fallen[8] = (60, 100);
    fallen[9] = (60, 100);
    let falls = drift(&weeks(&fallen), 12, None).falls;
    let told: Vec<Option<&str>> = falls
        .iter()
        .map(|fall| fall.category.as_ref().map(CategoryId::as_str))
        .collect();
    assert_eq!(told, [None, Some("urban"), Some("urban.noise")]);
    assert_eq!((falls[0].earlier, falls[0].latest), ((570, 600), (310, 400)));
    assert!(falls[0].chance < 1e-9);
    let mut few = [(19, 20); 10];
    few[9] = (1, 5);
    assert!(
        drift(&weeks(&few), 12, None).falls.is_empty(),
        "five are too few to matter"
    );
}

#[test]
fn only_the_latest_weeks_and_the_part_asked_for_are_shown() {
    let all = weeks(&[(9, 10); 10]);
    let latest = drift(&all, 3, None);
    let told: Vec<String> = latest.weeks.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["2026-W08", "2026-W09", "2026-W10"]);
    assert_eq!((latest.leaves.len(), latest.tops.len()), (3, 3));
    assert_eq!(latest.tops[0].category, category("urban"));
    let water = category("utilities");
    assert!(drift(&all, 3, Some(&water)).leaves.is_empty());
}

#[test]
fn the_tail_is_that_of_the_tables() {
    for (z, tail) in [(0.0, 0.5), (1.6449, 0.05), (2.3263, 0.01), (3.0902, 0.001)] {
        assert!((upper_tail(z) - tail).abs() < 1e-5, "{z}: {}", upper_tail(z));
    }
}
