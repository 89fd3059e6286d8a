use std::path::{Path, PathBuf};

use domain::rules::AreaLevel;
use serde::Deserialize;

use super::*;

/// One row of the list of every province, city and district, which is not part of the project.
#[derive(Deserialize)]
struct Division {
    code: String,
    name: String,
    level: String,
    parent: Option<String>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "where test data lies is no configuration of the program"
)]
fn data() -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("HOTLINE_DATA").map_or(beside, PathBuf::from);
    std::fs::read_to_string(folder.join("divisions_china_to_district.jsonl")).ok()
}

fn areas(list: &str) -> Vec<Area> {
    let area = |line: &str| {
        let row: Division = serde_json::from_str(line).unwrap();
        // Provinces stand for cities, cities for districts, districts for streets: three levels all the same.
        let (level, parent) = match row.level.as_str() {
            "province" => (AreaLevel::City, None),
            "city" => (AreaLevel::District, row.parent),
            _ => (AreaLevel::Street, row.parent),
        };
        Area {
            id: AreaId::parse(&row.code).unwrap(),
            zh: row.name,
            level,
            parent: parent.map(|code| AreaId::parse(&code).unwrap()),
            aliases: Vec::new(),
            roads: Vec::new(),
        }
    };
    list.lines().map(area).collect()
}

#[test]
fn every_district_of_the_country_is_found_with_its_city() {
    let Some(list) = data() else {
        eprintln!(
            "SKIPPED: divisions_china_to_district.jsonl is neither in HOTLINE_DATA nor in ../shared/data"
        );
        return;
    };
    let areas = areas(&list);
    let country = Gazetteer::new(&areas, &areas[0].id, &[]).unwrap();
    let districts: Vec<&Area> = areas
        .iter()
        .filter(|one| one.level == AreaLevel::Street)
        .collect();
    let found = districts.iter().filter(|one| {
        let city = areas.iter().find(|city| Some(&city.id) == one.parent.as_ref());
        let place = format!(
            "{}{}",
            city.map(|city| city.zh.as_str()).unwrap_or_default(),
            one.zh
        );
        let answer = country.find(&Question {
            place: &place,
            ..Question::default()
        });
        answer.areas.first().is_some_and(|found| found.area == one.id)
    });
    // The rest have no name of their own: 市辖区, 县.
    let found = found.count();
    assert!(
        found * 1_000 >= districts.len() * 985,
        "{found} of {}",
        districts.len()
    );
}

#[test]
fn a_place_is_told_with_the_areas_it_is_part_of() {
    let bundle = crate::city::built_in().unwrap();
    let named = |code: &str| named(&bundle, &AreaId::parse(code).unwrap());
    assert_eq!(named("440507001"), "龙湖区金霞街道");
    assert_eq!(named("4405"), "汕头市");
    assert_eq!(named("440511"), "金平区");
}
