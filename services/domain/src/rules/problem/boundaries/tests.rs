use expect_test::{Expect, expect};

use super::*;
use crate::id::AreaId;
use crate::rules::{Area, AreaLevel};

fn areas() -> Areas {
    let area = |id: &str, level, parent: Option<&str>| Area {
        id: AreaId::parse(id).unwrap(),
        zh: id.to_owned(),
        level,
        parent: parent.map(|text| AreaId::parse(text).unwrap()),
        aliases: Vec::new(),
        roads: Vec::new(),
    };
    Areas::new(&[
        area("city", AreaLevel::City, None),
        area("d1", AreaLevel::District, Some("city")),
        area("d2", AreaLevel::District, Some("city")),
    ])
}

fn boundary(id: &str, rings: &[&[Position]]) -> Boundary {
    Boundary {
        id: AreaId::parse(id).unwrap(),
        polygons: vec![rings.iter().map(|ring| ring.to_vec()).collect()],
    }
}

/// What is wrong, with both measures.
fn check(boundaries: &[Boundary], expected: Expect) {
    let mut found = Found::default();
    shapes(&mut found, boundaries, &areas());
    if found.problems.is_empty() {
        grounds(&mut found, boundaries);
    }
    let told: Vec<String> = found
        .problems
        .iter()
        .map(|one| format!("{}: {}", one.at, one.en))
        .collect();
    expected.assert_eq(&told.join("\n"));
}

const SQUARE: &[Position] = &[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]];

#[test]
fn a_square_and_one_with_a_hole_are_sound_whichever_way_they_turn() {
    let hole: &[Position] = &[[2, 2], [4, 2], [4, 4], [2, 2]];
    let backwards: Vec<Position> = SQUARE.iter().rev().copied().collect();
    check(
        &[boundary("d1", &[SQUARE, hole]), boundary("d2", &[&backwards])],
        expect![""],
    );
    check(&[], expect![""]);
}

#[test]
fn each_fault_is_told_with_the_number_of_its_feature() {
    check(
        &[
            boundary("d1", &[SQUARE]),
            boundary("nowhere", &[SQUARE]),
            boundary("d1", &[SQUARE]),
            boundary("d2", &[&[[0, 0], [10, 0], [10, 10], [0, 10]], &[[0, 0], [0, 0]]]),
            boundary("d2", &[]),
        ],
        expect![[r#"
            boundaries[d1]: stands twice: give each a code of its own
            boundaries[d2]: stands twice: give each a code of its own
            boundaries[nowhere].feature_2: nowhere is no area
            boundaries[d2].feature_4: the ring from [0, 0] on is not closed: its last position must be its first
            boundaries[d2].feature_4: a ring has 2 positions, at least 4 are needed
            boundaries[d2].feature_5: a polygon has no ring"#]],
    );
    check(
        &[boundary(
            "d1",
            &[&[[0, 0], [181 * MICRO, 0], [0, 30 * MICRO], [0, 0]]],
        )],
        expect![[r#"
            boundaries[d1].feature_1: [181, 0] is out of range: longitude within 180 comes first, then latitude within 90
            boundaries[d1].feature_1: is wider than 20 degrees: look at its positions"#]],
    );
}

#[test]
fn what_crosses_itself_or_encloses_nothing_is_refused() {
    let bow: &[Position] = &[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]];
    let eight: &[Position] = &[[0, 0], [10, 10], [20, 0], [20, 20], [10, 10], [0, 20], [0, 0]];
    let spike: &[Position] = &[[0, 0], [10, 0], [20, 0], [10, 0], [10, 10], [0, 0]];
    let flat: &[Position] = &[[0, 0], [10, 0], [20, 0], [0, 0]];
    let bow_with_ground: &[Position] = &[[0, 0], [10, 10], [10, 0], [0, 30], [0, 0]];
    check(
        &[boundary("d1", &[bow])],
        expect!["boundaries[d1].feature_1: the ring from [0, 0] on encloses nothing"],
    );
    check(
        &[boundary("d1", &[bow_with_ground])],
        expect![
            "boundaries[d1].feature_1: the side of a ring from [0, 0.00003] on meets another: draw it anew"
        ],
    );
    check(
        &[boundary("d1", &[eight])],
        expect![
            "boundaries[d1].feature_1: the side of a ring from [0, 0.00002] on meets another: draw it anew"
        ],
    );
    check(
        &[boundary("d1", &[spike])],
        expect![
            "boundaries[d1].feature_1: the side of a ring from [0.00001, 0] on meets another: draw it anew"
        ],
    );
    check(
        &[boundary("d1", &[flat])],
        expect!["boundaries[d1].feature_1: the ring from [0, 0] on encloses nothing"],
    );
}

#[test]
fn a_long_ring_is_read_in_good_time() {
    // A comb: every side lies abreast of many others.
    let teeth = 2_000;
    let mut ring: Vec<Position> = Vec::new();
    for tooth in 0..teeth {
        ring.push([tooth * 20, 0]);
        ring.push([tooth * 20 + 10, 1_000]);
    }
    ring.push([teeth * 20, -10]);
    ring.push([0, -10]);
    ring.push([0, 0]);
    check(&[boundary("d1", &[&ring])], expect![""]);
}

#[test]
fn too_many_positions_are_refused() {
    let ring = vec![[0, 0]; RING_POSITIONS_MAX + 1];
    let many: Vec<&[Position]> = vec![&ring; 7];
    let mut found = Found::default();
    shapes(&mut found, &[boundary("d1", &many)], &areas());
    let told = found
        .problems
        .iter()
        .map(|one| one.en.as_str())
        .collect::<Vec<_>>();
    assert!(
        told[0].contains("have 70007 positions, at most 60000 are taken"),
        "{told:?}"
    );
    assert!(told[1].contains("10001 rows"), "{told:?}");
}
