//! One test for each way to spoil a sound city.

use expect_test::expect;
use jiff::civil::{date, time};

use crate::id::{AreaId, CategoryId, UnitId};
use crate::routing::test_city::{area, bundle, entry, limit, term, unit};
use crate::rules::{
    AreaLevel, Bundle, Cap, Emergency, Extension, Lead, MissedCalls, Procedures, Rules, Statute, UnitClass,
};
use crate::ticket::{Grade, RequestType};
use crate::time::Hours;

/// Spoils the sound city and names the places found wrong.
fn check(spoil: impl FnOnce(&mut Bundle), expected: &[&str]) {
    let mut bundle = bundle();
    spoil(&mut bundle);
    let places: Vec<String> = match Rules::new(bundle) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.into_iter().map(|problem| problem.at).collect(),
    };
    assert_eq!(places, expected);
}

/// Spoils it so that it could still be worked with, and names what keeps it from being published.
fn contradicts(spoil: impl FnOnce(&mut Bundle), expected: &[&str]) {
    let mut bundle = bundle();
    spoil(&mut bundle);
    let problems = bundle.problems();
    for problem in &problems {
        assert!(!problem.zh.is_ascii() && problem.en.is_ascii(), "{problem}");
    }
    let places: Vec<String> = problems.into_iter().map(|problem| problem.at).collect();
    assert_eq!(places, expected);
    assert!(
        Rules::new(bundle).is_ok(),
        "what was published before stays in force"
    );
}

#[test]
fn a_sound_city_has_no_problem() {
    check(|_| {}, &[]);
}

#[test]
fn a_unit_is_not_to_call_or_sign_after_the_matter_is_due() {
    contradicts(|b| b.profile.c.contact = limit("6 wd"), &["profile.c.contact"]);
    contradicts(|b| b.profile.a.contact = limit("3 h"), &["profile.a.contact"]);
    contradicts(|b| b.profile.a.sign = limit("3 h"), &["profile.a.sign"]);
}

#[test]
fn a_return_is_asked_for_while_the_matter_is_the_unit_s() {
    let returns = |b: &mut Bundle, text: &str| {
        let returns = b.profile.procedures.c.returns.as_mut().unwrap();
        returns.after_dispatch = limit(text);
    };
    contradicts(|b| returns(b, "5 wd"), &[]);
    contradicts(
        |b| returns(b, "6 wd"),
        &["profile.procedures.c.returns.after_dispatch"],
    );
}

#[test]
fn a_light_turns_yellow_within_the_limit() {
    contradicts(|b| b.profile.d.yellow.working_days = 5, &[]);
    contradicts(
        |b| b.profile.d.yellow.working_days = 6,
        &["profile.d.yellow.working_days"],
    );
}

#[test]
fn a_cap_leaves_the_unit_its_time() {
    let cap = |times, text| Cap {
        times,
        limit: limit(text),
    };
    contradicts(|b| b.profile.c.cap = cap(Some(1), "5 wd"), &[]);
    contradicts(|b| b.profile.c.cap = cap(Some(2), "4 wd"), &["profile.c.cap"]);
    contradicts(|b| b.profile.d.cap = cap(None, "4 wd"), &["profile.d.cap"]);
    // A multiple is reckoned in working days or in natural time, not from one to the other.
    let week = |b: &mut Bundle, times, text| {
        let handle = &mut b.profile.c.handle;
        for one in [
            &mut handle.consult,
            &mut handle.help,
            &mut handle.complaint,
            &mut handle.report,
            &mut handle.suggestion,
            &mut handle.praise,
        ] {
            *one = limit("7 d");
        }
        b.profile.c.cap = cap(times, text);
    };
    assert_eq!(cap(Some(2), "28 d").over(limit("7 d")), limit("14 d"));
    contradicts(|b| week(b, Some(2), "28 d"), &[]);
    contradicts(|b| week(b, Some(2), "6 d"), &["profile.c.cap"]);
    // Of urgent matters it is the time to the first stage report.
    contradicts(|b| b.profile.a.cap = cap(None, "4 h"), &[]);
    contradicts(|b| b.profile.a.cap = cap(None, "1 h"), &["profile.a.cap"]);
}

#[test]
fn a_statute_leaves_time_for_the_first_contact() {
    let statute = |handle: &str| {
        Some(Statute {
            clause: "a law, article 14".to_owned(),
            kinds: vec![RequestType::Complaint],
            handle: limit(handle),
            stages: Vec::new(),
        })
    };
    contradicts(|b| b.categories[0].statute = statute("2 h"), &[]);
    contradicts(
        |b| b.categories[0].statute = statute("1 h"),
        &["categories[urban].statute.handle"],
    );
}

#[test]
fn an_area_without_a_district_s_unit_needs_entries_for_everything() {
    let water = |b: &mut Bundle| {
        let lead = Lead::Unit(UnitId::parse("water").unwrap());
        b.directory.push(entry("pipes", "utilities", None, lead, &[]));
    };
    let district_2 = 3;
    contradicts(
        |b| {
            b.units.remove(district_2);
        },
        &["areas[d2]"],
    );
    contradicts(
        |b| {
            b.units.remove(district_2);
            water(b);
        },
        &[],
    );
    contradicts(
        |b| {
            b.units.remove(district_2);
            water(b);
            b.directory[1].until = Some(date(2026, 12, 31));
        },
        &["areas[d2]"],
    );
    contradicts(
        |b| {
            b.units.remove(district_2);
            water(b);
            b.directory[1].area = Some(AreaId::parse("d1").unwrap());
        },
        &["areas[d2]"],
    );
    // Of the areas within it the district alone is told; a street of its own needs entries of its own.
    contradicts(
        |b| {
            b.units.remove(district_2);
            b.areas.push(area("s2", AreaLevel::Street, Some("d2")));
            b.areas.push(area("s3", AreaLevel::Street, Some("city")));
        },
        &["areas[d2]", "areas[s3]"],
    );
}

#[test]
fn a_contradiction_names_both_limits_and_what_to_do() {
    let mut bundle = bundle();
    bundle.profile.c.contact = limit("6 wd");
    expect![[r#"
        profile.c.contact: 6 wd 长于 profile.c.handle.consult 的 5 wd：请缩短它或延长 profile.c.handle.consult · 6 wd is longer than profile.c.handle.consult, 5 wd: shorten it or lengthen profile.c.handle.consult"#]]
    .assert_eq(&bundle.problems()[0].to_string());
}

#[test]
fn a_year_that_a_limit_can_reach_is_missed_in_time() {
    let missing = |today| -> Vec<String> {
        let warnings = bundle().warnings(today);
        warnings.into_iter().map(|one| one.en[..4].to_owned()).collect()
    };
    assert_eq!(missing(date(2026, 3, 1)), [""; 0]);
    // A matter may be suspended for 180 days.
    assert_eq!(missing(date(2026, 7, 4)), [""; 0]);
    assert_eq!(missing(date(2026, 7, 6)), ["2027"]);
    assert_eq!(missing(date(2027, 8, 1)), ["2027", "2028"]);
}

#[test]
fn codes_stand_once() {
    check(|b| b.units.push(b.units[0].clone()), &["units[ecology]"]);
    check(|b| b.areas.push(b.areas[3].clone()), &["areas[s1]"]);
    check(
        |b| b.categories.push(b.categories[0].clone()),
        &["categories[urban]"],
    );
    check(
        |b| b.directory.push(b.directory[0].clone()),
        &["directory[all-urban]"],
    );
    check(|b| b.lexicon.push(b.lexicon[0].clone()), &["lexicon[噪音]"]);
}

#[test]
fn units_stand_in_a_tree_of_four_levels() {
    check(
        |b| {
            b.units
                .push(unit("x", UnitClass::Department, Some("nowhere"), None))
        },
        &["units[x].parent"],
    );
    check(
        |b| {
            b.units.push(unit("x", UnitClass::Department, Some("y"), None));
            b.units.push(unit("y", UnitClass::Department, Some("x"), None));
        },
        &["units[x].parent", "units[y].parent"],
    );
    check(
        |b| {
            for (id, parent) in [("l3", "street-1"), ("l4", "l3"), ("l5", "l4")] {
                b.units.push(unit(id, UnitClass::Department, Some(parent), None));
            }
        },
        &["units[l5].parent"],
    );
}

#[test]
fn districts_and_streets_have_an_area_each_of_its_own() {
    check(
        |b| b.units.push(unit("x", UnitClass::Street, None, None)),
        &["units[x].area"],
    );
    check(
        |b| b.units.push(unit("x", UnitClass::Street, None, Some("nowhere"))),
        &["units[x].area"],
    );
    check(
        |b| b.units.push(unit("x", UnitClass::Street, None, Some("s1"))),
        &["units[x].area"],
    );
}

#[test]
fn areas_lie_in_larger_areas() {
    check(
        |b| b.areas[3].parent = Some(AreaId::parse("nowhere").unwrap()),
        &["areas[s1].parent"],
    );
    check(|b| b.areas[3].parent = None, &["areas[s1].parent"]);
    check(|b| b.areas[3].level = AreaLevel::District, &["areas[s1].parent"]);
    check(|b| b.city_area = AreaId::parse("d1").unwrap(), &["city_area"]);
    check(
        |b| b.areas[3].aliases = vec![String::new()],
        &["areas[s1].aliases"],
    );
}

#[test]
fn every_category_level_has_a_row() {
    check(
        |b| {
            b.categories.remove(1);
        },
        &["categories[urban.noise.music]", "lexicon[噪音].category"],
    );
    check(
        |b| b.categories[2].id = CategoryId::parse("urban.noise.music.loud").unwrap(),
        &["categories[urban.noise.music.loud]"],
    );
    check(|b| b.categories[0].zh.clear(), &["categories[urban].zh"]);
}

#[test]
fn an_entry_names_what_exists_and_says_why() {
    let lead = |id: &str| Lead::Unit(UnitId::parse(id).unwrap());
    check(
        |b| b.directory.push(entry("x", "nothing", None, Lead::District, &[])),
        &["directory[x].category"],
    );
    check(
        |b| {
            b.directory
                .push(entry("x", "urban", Some("no"), Lead::Street, &[]))
        },
        &["directory[x].area"],
    );
    check(
        |b| b.directory.push(entry("x", "urban", None, lead("no"), &[])),
        &["directory[x].lead"],
    );
    check(
        |b| {
            b.directory
                .push(entry("x", "urban", None, lead("water"), &["no", "water", "no"]))
        },
        &[
            "directory[x].co",
            "directory[x].co",
            "directory[x].co",
            "directory[x].co",
        ],
    );
    check(
        |b| b.directory[0].until = Some(date(2019, 12, 31)),
        &["directory[all-urban].until"],
    );
    check(
        |b| b.directory[0].basis = " ".to_owned(),
        &["directory[all-urban].basis"],
    );
    check(
        |b| {
            b.directory
                .push(entry("district-safety-net", "urban", None, Lead::District, &[]))
        },
        &["directory[district-safety-net]"],
    );
}

#[test]
fn a_district_without_a_unit_cannot_lead() {
    check(
        |b| {
            b.units.remove(3);
            b.directory.push(entry("x", "urban", None, Lead::District, &[]));
        },
        &["areas[d2]"],
    );
}

#[test]
fn a_term_speaks_for_something_that_exists() {
    check(|b| b.lexicon.push(term("x", None)), &["lexicon[x]"]);
    check(
        |b| b.lexicon.push(term("x", Some("nothing"))),
        &["lexicon[x].category"],
    );
    check(|b| b.lexicon[0].weight = 0, &["lexicon[噪音].weight"]);
    check(|b| b.lexicon[0].weight = 11, &["lexicon[噪音].weight"]);
    check(
        |b| b.lexicon[0].emergency = Some(Emergency { grade: Grade::C }),
        &["lexicon[噪音].emergency"],
    );
    check(
        |b| b.lexicon[0].text = "长".repeat(41),
        &[&format!("lexicon[{}]", "长".repeat(41))],
    );
}

#[test]
fn hours_are_there_apart_and_in_order() {
    let span = |from: i8, to: i8| Hours {
        from: time(from, 0, 0, 0),
        to: time(to, 0, 0, 0),
    };
    check(|b| b.calendar.working_hours.clear(), &["calendar.working_hours"]);
    check(
        |b| b.calendar.desk_hours = vec![span(20, 8)],
        &["calendar.desk_hours"],
    );
    check(
        |b| b.calendar.callback_hours = vec![span(8, 13), span(12, 18)],
        &["calendar.callback_hours"],
    );
    // Midnight closes a day: nothing comes after it.
    check(|b| b.calendar.desk_hours = vec![span(8, 0)], &[]);
    check(
        |b| b.calendar.desk_hours = vec![span(8, 0), span(20, 22)],
        &["calendar.desk_hours"],
    );
}

#[test]
fn a_class_of_units_has_hours_apart_and_in_order() {
    let span = |from: i8, to: i8| Hours {
        from: time(from, 0, 0, 0),
        to: time(to, 0, 0, 0),
    };
    let utilities = |hours: Vec<Hours>| {
        move |b: &mut Bundle| {
            b.calendar.class_hours.insert(UnitClass::Utility, hours);
        }
    };
    check(utilities(vec![span(8, 18)]), &[]);
    check(utilities(vec![span(0, 0)]), &[]);
    for wrong in [
        vec![],
        vec![span(18, 8)],
        vec![span(8, 8)],
        vec![span(8, 13), span(12, 18)],
        vec![span(14, 18), span(8, 12)],
    ] {
        check(utilities(wrong), &["calendar.class_hours.utility"]);
    }
}

#[test]
fn a_day_is_off_or_worked_in_a_published_year() {
    check(
        |b| assert!(b.calendar.off.insert(date(2026, 10, 10))),
        &["calendar.work"],
    );
    check(
        |b| assert!(b.calendar.off.insert(date(2031, 1, 1))),
        &["calendar.off"],
    );
    check(
        |b| assert!(b.calendar.work.insert(date(2031, 1, 5))),
        &["calendar.work"],
    );
}

#[test]
fn what_counts_as_a_duplicate_makes_sense() {
    check(
        |b| b.profile.duplicates.answer_percent = 60,
        &["profile.duplicates.answer_percent"],
    );
    check(
        |b| {
            b.profile.duplicates.radius_m = 0;
            b.categories[0].radius_m = Some(0);
        },
        &["profile.duplicates.radius_m", "categories[urban].radius_m"],
    );
}

#[test]
fn limits_are_positive_and_in_step() {
    check(
        |b| b.profile.c.sign = limit("6 wd"),
        &[
            "profile.c.handle.consult",
            "profile.c.handle.help",
            "profile.c.handle.complaint",
            "profile.c.handle.report",
            "profile.c.handle.suggestion",
            "profile.c.handle.praise",
        ],
    );
    check(|b| b.profile.d.audit = limit("0 wd"), &["profile.d.audit"]);
    check(|b| b.profile.a.stage = None, &["profile.a.stage"]);
    check(|b| b.profile.c.stage = b.profile.a.stage, &["profile.c.stage"]);
    check(|b| b.profile.b.ladder.l1 = limit("2 wd"), &["profile.b.ladder"]);
    check(
        |b| b.profile.b.ladder.call = Some(limit("5 min")),
        &["profile.b.ladder.call"],
    );
    check(
        |b| b.profile.c.ladder.l4 = Some(limit("1 wh")),
        &["profile.c.ladder.l4"],
    );
    check(
        |b| {
            b.profile.c.ladder.l4 = Some(limit("5 wd"));
            b.profile.c.ladder.l5 = Some(limit("4 wd"));
        },
        &["profile.c.ladder.l5"],
    );
    check(
        |b| b.profile.triggers.listeners = 40,
        &[
            "profile.triggers.listeners",
            "profile.triggers.incident_listeners",
        ],
    );
    check(
        |b| b.profile.triggers.proposal = limit("0 wd"),
        &["profile.triggers.proposal"],
    );
    check(
        |b| {
            b.profile.d.cap = Cap {
                times: Some(2),
                limit: limit("30 d"),
            }
        },
        &["profile.d.cap.times"],
    );
}

#[test]
fn a_statute_names_its_clause_its_types_and_notices_in_order() {
    let check = |spoil: fn(&mut Statute), expected: &[&str]| {
        let mut statute = Statute {
            clause: "a law, article 14".to_owned(),
            kinds: vec![RequestType::Complaint],
            handle: limit("45 wd"),
            stages: vec![limit("7 wd"), limit("30 wd")],
        };
        spoil(&mut statute);
        check(|b| b.categories[0].statute = Some(statute), expected);
    };
    check(|_| {}, &[]);
    check(|s| s.clause.clear(), &["categories[urban].statute.clause"]);
    check(|s| s.kinds.clear(), &["categories[urban].statute.kinds"]);
    check(|s| s.stages.reverse(), &["categories[urban].statute.stages"]);
    check(
        |s| s.stages[1] = limit("45 wd"),
        &["categories[urban].statute.stages"],
    );
    check(
        |s| s.handle = limit("0 wd"),
        &[
            "categories[urban].statute.handle",
            "categories[urban].statute.stages",
        ],
    );
    check(
        |s| s.stages[0] = limit("0 wd"),
        &["categories[urban].statute.stages"],
    );
}

#[test]
fn what_may_be_asked_for_adds_up_and_delays_nothing_urgent() {
    let procedures = |spoil: fn(&mut Procedures), expected: &[&str]| {
        check(|b| spoil(&mut b.profile.procedures), expected);
    };
    let extension = |days, times, sum| Extension {
        days,
        times,
        sum,
        decide: limit("4 wh"),
    };
    procedures(|p| p.order = limit("0 wd"), &["profile.procedures.order"]);
    procedures(|p| p.panel = 0, &["profile.procedures.panel"]);
    procedures(
        |p| p.contact_half_days = 4,
        &["profile.procedures.contact_half_days"],
    );
    procedures(
        |p| p.check_within = limit("181 d"),
        &["profile.procedures.check_within"],
    );
    procedures(|p| p.a.returns = p.b.returns, &["profile.procedures.a.returns"]);
    procedures(
        |p| p.b.suspension = p.c.suspension,
        &["profile.procedures.b.suspension"],
    );
    procedures(
        |p| p.a.extension = p.c.extension,
        &["profile.procedures.a.extension"],
    );
    for (days, times, sum, expected) in [
        (5, 2, 4, "profile.procedures.c.extension.sum"),
        (5, 2, 11, "profile.procedures.c.extension.sum"),
        (0, 2, 0, "profile.procedures.c.extension"),
    ] {
        check(
            |b| b.profile.procedures.c.extension = Some(extension(days, times, sum)),
            &[expected],
        );
    }
}

#[test]
fn shares_are_percentages() {
    check(|b| b.profile.co_percent = 0, &["profile.co_percent"]);
    check(|b| b.profile.co_percent = 101, &["profile.co_percent"]);
    check(
        |b| b.profile.audit_sample_percent = 101,
        &["profile.audit_sample_percent"],
    );
    check(|b| b.profile.callback_tries = 0, &["profile.callback_tries"]);
}

#[test]
fn every_problem_is_told_not_the_first_alone() {
    check(
        |b| {
            b.city_zh.clear();
            b.profile.co_percent = 0;
            b.lexicon[0].weight = 0;
        },
        &["city_zh", "profile.co_percent", "lexicon[噪音].weight"],
    );
}

#[test]
fn a_missed_call_is_rung_back_in_natural_time_and_sooner_where_danger_was_heard() {
    let missed = |spoil: fn(&mut MissedCalls), expected: &[&str]| {
        check(|b| spoil(&mut b.profile.missed_call), expected);
    };
    missed(
        |m| m.otherwise = limit("1 wh"),
        &["profile.missed_call.otherwise"],
    );
    missed(|m| m.within = limit("0 min"), &["profile.missed_call.within"]);
    missed(|m| m.danger = limit("20 min"), &["profile.missed_call.danger"]);
    missed(|m| m.tries = 0, &["profile.missed_call.tries"]);
    missed(
        |m| m.yellow_percent = 101,
        &["profile.missed_call.yellow_percent"],
    );
}
