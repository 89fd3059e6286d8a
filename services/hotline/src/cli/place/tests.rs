use std::path::Path;

use super::*;
use crate::city::{from_files, text_of};

/// The demonstration city in a folder, with other boundaries.
fn with_boundaries(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let names =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/shantou")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in names.filter(|name| name.ends_with(".toml")) {
        std::fs::write(dir.path().join(&name), text_of(None, &name).unwrap()).unwrap();
    }
    std::fs::write(dir.path().join(places::boundaries::FILE), text).unwrap();
    dir
}

/// What is told of a city with these features, by whoever publishes it and by the check of places.
fn refused(features: &[&str]) -> (String, String) {
    let file = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{}]}}",
        features.join(",")
    );
    let dir = with_boundaries(&file);
    let published = from_files(Some(dir.path()), Path::new("general")).unwrap_err();
    let checked = city(Some(dir.path())).unwrap_err();
    (published.to_string(), checked.to_string())
}

fn feature(area: &str, ring: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"area":"{area}"}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#
    )
}

const SQUARE: &str = "[116.1,23.1],[116.2,23.1],[116.2,23.2],[116.1,23.1]";

#[test]
fn a_city_with_a_bad_boundary_is_refused_whole_with_file_feature_and_reason() {
    let good = feature("440507", SQUARE);
    for (bad, reason) in [
        (
            r#"{"type":"Feature","properties":{},"geometry":null}"#.to_owned(),
            "feature 2: has no property area",
        ),
        (
            feature("999999", SQUARE),
            "boundaries[999999].feature_2: 没有区域 999999 · 999999 is no area",
        ),
        (
            feature("440511", "[116.1,23.1],[116.2,23.1],[116.2,23.2]"),
            "a ring has 3 positions",
        ),
        (
            feature(
                "440511",
                "[116.1,23.1],[116.2,23.2],[116.2,23.1],[116.1,23.3],[116.1,23.1]",
            ),
            "meets another: draw it anew",
        ),
        (
            feature("440511", "[23.1,116.1],[23.1,116.2],[23.2,116.2],[23.1,116.1]"),
            "is out of range: longitude",
        ),
    ] {
        let (published, checked) = refused(&[&good, &bad]);
        for told in [published, checked] {
            let line = told.lines().find(|line| line.contains("boundaries.geojson"));
            assert!(line.is_some_and(|line| line.contains(reason)), "{told}");
        }
    }
}

#[test]
fn the_demonstration_city_has_every_district_drawn_and_nothing_overlaps() {
    let bundle = city(None).unwrap();
    assert_eq!(bundle.boundaries.len(), 7);
    let notes = places::notes(&bundle).unwrap();
    assert!(
        notes.iter().all(|note| !note.at.starts_with("boundaries")),
        "{notes:?}"
    );
    assert!(notes.iter().any(|note| note.at == "areas name 海滨路"));
}
