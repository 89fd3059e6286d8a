use std::collections::BTreeSet;

use domain::routing::{self, Matter};
use domain::rules::{AreaLevel, Rules, UnitClass};
use jiff::civil::date;

use super::*;

fn rules() -> Rules {
    Rules::new(built_in().unwrap()).unwrap()
}

#[test]
fn the_built_in_city_has_its_districts_streets_and_departments() {
    let rules = rules();
    let areas = |level| rules.areas.iter().filter(|area| area.level == level).count();
    assert_eq!((areas(AreaLevel::District), areas(AreaLevel::Street)), (7, 67));
    let units = |class| rules.units.iter().filter(|unit| unit.class == class).count();
    assert_eq!((units(UnitClass::District), units(UnitClass::Street)), (7, 67));
    assert!(units(UnitClass::Department) >= 25 && units(UnitClass::Utility) >= 5);
}

/// Rules of before these numbers existed go by the same ones.
#[test]
fn the_general_profile_says_what_older_rules_are_taken_to_say() {
    let rules = rules();
    let profile = &rules.bundle().profile;
    assert_eq!(profile.name, "general");
    assert_eq!(profile.procedures, domain::rules::Procedures::default());
}

#[test]
fn categories_are_three_levels_deep() {
    let rules = rules();
    let mut counts = [0usize; 3];
    for category in rules.categories.iter() {
        counts[category.id.as_str().split('.').count() - 1] += 1;
    }
    assert!(
        counts[0] >= 12 && counts[1] >= 70 && counts[2] >= 200,
        "{counts:?}"
    );
    assert!(rules.bundle().lexicon.len() >= 600);
}

#[test]
fn every_category_has_a_unit_in_every_area() {
    let rules = rules();
    let today = date(2026, 11, 20);
    for category in rules.categories.iter() {
        for area in rules.areas.iter().filter(|area| area.level > AreaLevel::City) {
            let route = routing::route(&rules, &Matter::ordinary(&category.id, Some(&area.id), today));
            let route = route.unwrap_or_else(|| panic!("{} in {}", category.id, area.id));
            assert!(!route.is_safety_net(), "{} in {}", category.id, area.id);
            assert!(rules.units.get(&route.lead).is_some());
        }
    }
}

#[test]
fn every_top_category_has_an_entry_of_its_own() {
    let bundle = built_in().unwrap();
    let covered: BTreeSet<&str> = bundle
        .directory
        .iter()
        .map(|entry| entry.category.as_str())
        .collect();
    for category in bundle
        .categories
        .iter()
        .filter(|category| category.id.parent().is_none())
    {
        assert!(covered.contains(category.id.as_str()), "{}", category.id);
    }
}

#[test]
fn an_ambiguous_road_stands_on_both_its_areas() {
    let rules = rules();
    let bearers = |name: &str| {
        rules
            .areas
            .iter()
            .filter(|area| area.aliases.iter().any(|alias| alias == name))
            .count()
    };
    assert!(bearers("海滨路") >= 2);
    assert!(bearers("练江") >= 2);
}

#[test]
fn demonstration_messages_are_many_different_and_bear_placeholder_numbers() {
    let messages = demo_messages().unwrap();
    assert!(messages.len() >= 70);
    let subjects: BTreeSet<&str> = messages.iter().map(|message| message.subject.as_str()).collect();
    assert_eq!(subjects.len(), messages.len());
    let channels: BTreeSet<Channel> = messages.iter().map(|message| message.channel).collect();
    assert_eq!(channels.len(), Channel::ALL.len());
    assert!(
        messages
            .iter()
            .filter_map(|m| m.caller_phone.as_ref())
            .all(|phone| phone.starts_with("1390000"))
    );
    assert!(messages.iter().any(|message| message.caller_phone.is_none()));
}

#[test]
fn every_problem_is_told_with_its_file_and_key() {
    let dir = tempfile::tempdir().unwrap();
    for name in Shantou::iter() {
        std::fs::write(dir.path().join(name.as_ref()), Shantou::get(&name).unwrap().data).unwrap();
    }
    let profile = dir.path().join("profile.toml");
    std::fs::write(&profile, include_str!("../../../../config/profiles/general.toml")).unwrap();
    let city = || from_files(Some(dir.path()), &profile);
    assert_eq!(city().unwrap(), built_in().unwrap());

    std::fs::write(dir.path().join("city.toml"), "city_zh = 1").unwrap();
    std::fs::remove_file(dir.path().join("units.toml")).unwrap();
    let told = city().unwrap_err().to_string();
    assert!(
        told.contains("2 problem(s)") && told.contains("city.toml") && told.contains("units.toml"),
        "{told}"
    );

    std::fs::write(
        dir.path().join("units.toml"),
        Shantou::get("units.toml").unwrap().data,
    )
    .unwrap();
    std::fs::write(
        dir.path().join("city.toml"),
        "city_zh = ''\ncity_en = 'x'\ncity_area = 'nowhere'",
    )
    .unwrap();
    let told = city().unwrap_err().to_string();
    assert!(
        told.contains("city.toml: city_zh: 不能为空")
            && told.contains("is empty")
            && told.contains("city.toml: city_area"),
        "{told}"
    );
}

#[test]
fn a_year_that_is_missing_is_warned_of_this_one_the_next_and_one_between() {
    let mut bundle = built_in().unwrap();
    let said = |bundle: &Bundle, on| {
        let warnings = warnings(bundle, on);
        let years = warnings.iter().filter(|one| one.at == "calendar.years");
        let of = |one: &Problem| one.en.split(' ').next().map(str::to_owned);
        years.filter_map(of).collect::<Vec<_>>()
    };
    let years: BTreeSet<i16> = (2024..=2027).collect();
    bundle.calendar.years = &years - &BTreeSet::from([2025, 2026]);
    assert_eq!(said(&bundle, date(2026, 11, 23)), ["2026", "2025"]);
    bundle.calendar.years = &years - &BTreeSet::from([2027]);
    assert_eq!(said(&bundle, date(2026, 11, 23))[0], "2027");
    bundle.calendar.years = years;
    assert_eq!(said(&bundle, date(2026, 3, 2)), Vec::<String>::new());
}
