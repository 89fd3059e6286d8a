//! Coordinates and the ground of areas.

use domain::rules::{AreaLevel, Boundary};
use expect_test::expect;

use super::*;
use crate::Source;

#[test]
fn a_point_lies_in_its_district() {
    check(&[
        ("geo:23.3541,116.6820", "金平区 0.90"),
        ("geo:23.3700,116.7400", "龙湖区 0.90"),
        ("geo:23.2860,116.7250", "濠江区 0.90"),
        ("geo:23.2600,116.6000", "潮阳区 0.90"),
        ("geo:23.2500,116.4350", "潮南区 0.90"),
        ("geo:23.4700,116.7600", "澄海区 0.90"),
        ("geo:23.4300,117.0300", "南澳县 0.90"),
    ]);
}

#[test]
fn a_point_on_a_border_is_ambiguous_and_words_settle_it() {
    expect![[r#"
        龙湖区 0.25  坐标 23.36000,116.71660
        金平区 0.25  坐标 23.36000,116.71660
        坐标在区域边界附近，可能属于任一侧"#]]
    .assert_eq(&at("geo:23.36,116.7166"));
    expect![[r#"
        龙湖区 0.55  坐标 23.36000,116.71660，名称 龙湖区
        金平区 0.14  坐标 23.36000,116.71660
        坐标在区域边界附近，可能属于任一侧"#]]
    .assert_eq(&at("龙湖区 geo:23.36,116.7166"));
    // Seventy metres are enough, unless the telephone is off by a hundred.
    assert_eq!(first("geo:23.36,116.7172"), "龙湖区 0.90");
    assert_eq!(first("geo:23.36,116.7172;u=100"), "龙湖区 0.25");
}

#[test]
fn a_point_outside_everything_is_told_and_denies_what_is_drawn() {
    expect!["坐标在各区域边界之外"].assert_eq(&at("geo:39.9,116.4"));
    expect![[r#"
        龙湖区 0.45  名称 龙湖区
        坐标在各区域边界之外
        地点的说法互相矛盾，请人工核对"#]]
    .assert_eq(&at("龙湖区 geo:39.9,116.4"));
    // Off the beach, within the measure of error: the nearest, for a person to look at.
    expect![[r#"
        南澳县 0.45  坐标 23.38980,117.11000
        坐标在区域边界附近，可能属于任一侧"#]]
    .assert_eq(&at("geo:23.3898,117.11"));
}

#[test]
fn coordinates_that_are_none_are_told_and_the_words_count() {
    expect![[r#"
        龙湖区 0.95  名称 龙湖区
        坐标超出范围：纬度在前，±90 以内；经度在后，±180 以内"#]]
    .assert_eq(&at("龙湖区 geo:116.7,23.3"));
}

fn square(id: &str, west: i32, south: i32, side: i32) -> Boundary {
    let (east, north) = (west + side, south + side);
    Boundary {
        id: code(id),
        polygons: vec![vec![vec![
            [west, south],
            [east, south],
            [east, north],
            [west, north],
            [west, south],
        ]]],
    }
}

fn small_city(boundaries: &[Boundary]) -> Gazetteer {
    let area = |id: &str, level, parent: Option<&str>| Area {
        id: code(id),
        zh: id.to_owned(),
        level,
        parent: parent.map(code),
        aliases: Vec::new(),
        roads: Vec::new(),
    };
    let areas = [
        area("c", AreaLevel::City, None),
        area("d1", AreaLevel::District, Some("c")),
        area("d2", AreaLevel::District, Some("c")),
        area("s1", AreaLevel::Street, Some("d1")),
    ];
    Gazetteer::new(&areas, &code("c"), boundaries).unwrap()
}

fn in_small_city(boundaries: &[Boundary], place: &str) -> Vec<(String, f64)> {
    let answer = small_city(boundaries).find(&Question {
        place,
        ..Question::default()
    });
    assert!(
        answer
            .areas
            .iter()
            .flat_map(|one| &one.evidence)
            .all(|one| one.source == Source::Coordinates)
    );
    let shown = |one: &crate::Found| (one.area.to_string(), (one.confidence * 100.0).round() / 100.0);
    answer.areas.iter().map(shown).collect()
}

#[test]
fn the_deepest_area_wins_and_a_hole_is_not_in_it() {
    let mut with_hole = square("d1", 0, 0, 100_000);
    with_hole.polygons[0].push(vec![
        [80_000, 80_000],
        [90_000, 80_000],
        [90_000, 90_000],
        [80_000, 80_000],
    ]);
    let grounds = [
        with_hole,
        square("s1", 10_000, 10_000, 20_000),
        square("d2", 100_000, 0, 100_000),
    ];
    assert_eq!(in_small_city(&grounds, "geo:0.02,0.02"), [("s1".to_owned(), 0.9)]);
    assert_eq!(in_small_city(&grounds, "geo:0.05,0.05"), [("d1".to_owned(), 0.9)]);
    assert_eq!(
        in_small_city(&grounds, "geo:0.088,0.082"),
        [("d1".to_owned(), 0.9)]
    );
    assert_eq!(
        in_small_city(&grounds, "geo:0.0875,0.082"),
        [("d1".to_owned(), 0.9)]
    );
    assert_eq!(
        in_small_city(&grounds, "geo:0.083,0.087"),
        [] as [(String, f64); 0]
    );
    assert_eq!(in_small_city(&grounds, "geo:0.05,0.15"), [("d2".to_owned(), 0.9)]);
}

#[test]
fn grounds_that_overlap_are_ambiguous() {
    let grounds = [square("d1", 0, 0, 100_000), square("d2", 90_000, 0, 100_000)];
    assert_eq!(
        in_small_city(&grounds, "geo:0.05,0.095"),
        [("d1".to_owned(), 0.25), ("d2".to_owned(), 0.25)]
    );
}

fn refused(features: &str) -> String {
    let file = format!("{{\"type\":\"FeatureCollection\",\"features\":[{features}]}}");
    let problems = boundaries::read(&file).unwrap_err();
    problems
        .iter()
        .map(|one| one.en.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_bad_feature_is_refused_by_its_number_and_reason() {
    let good = r#"{"type":"Feature","properties":{"area":"440507"},"geometry":{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]}}"#;
    let numbered = r#"{"type":"Feature","properties":{"area":440507},"geometry":{"type":"MultiPolygon","coordinates":[[[[1,1],[2,1],[2,2],[1,1]]]]}}"#;
    let nameless = r#"{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[]}}"#;
    let point =
        r#"{"type":"Feature","properties":{"area":"x"},"geometry":{"type":"Point","coordinates":[1,2]}}"#;
    let wild = r#"{"type":"Feature","properties":{"area":"x"},"geometry":{"type":"Polygon","coordinates":[[[1e9,1]]]}}"#;
    let short =
        r#"{"type":"Feature","properties":{"area":"x"},"geometry":{"type":"Polygon","coordinates":[[[1]]]}}"#;
    expect![[r#"
        feature 2: has no property area: name the area's code
        feature 3: its geometry is a Point: Polygon or MultiPolygon is needed
        feature 4: [1000000000, 1] is out of range: longitude within 180 comes first, then latitude within 90"#]]
    .assert_eq(&refused(&[good, nameless, point, wild].join(",")));
    assert!(refused(short).starts_with("feature 1: "));
    assert!(refused("3").starts_with("feature 1: is no GeoJSON feature"));
    let both = format!("{{\"type\":\"FeatureCollection\",\"features\":[{good},{numbered}]}}");
    let read = boundaries::read(&both).unwrap();
    assert_eq!(read[0], read[1]);
    for text in ["", "[]", "{}", r#"{"type":"FeatureCollection"}"#, "{\"type\":"] {
        assert!(boundaries::read(text).is_err(), "{text}");
    }
    let other_system = r#"{"type":"FeatureCollection","crs":{},"features":[]}"#;
    assert!(boundaries::read(other_system).unwrap_err()[0].en.contains("crs"));
}
