use std::fmt::Write as _;

use expect_test::{Expect, expect};
use jiff::civil::{Date, date};

use super::{Severity, check};
use crate::id::{AreaId, CategoryId, EntryId, UnitId};
use crate::routing::test_city::{area, bundle, entry, unit};
use crate::rules::{AreaLevel, Bundle, Category, Conditions, Entry, Lead, Recusal, UnitClass};
use crate::ticket::{Grade, RequestType};

const TODAY: Date = date(2026, 11, 20);

fn lead(unit: &str) -> Lead {
    Lead::Unit(UnitId::parse(unit).unwrap())
}

/// A city in which nothing is wrong.
fn sound() -> Bundle {
    let with_basis = |entry: Entry| Entry {
        basis: "《城市管理条例》第一条".to_owned(),
        ..entry
    };
    Bundle {
        directory: vec![
            with_basis(entry("noise", "urban.noise", None, Lead::Street, &["ecology"])),
            with_basis(entry("utilities", "utilities", None, lead("water"), &[])),
        ],
        ..bundle()
    }
}

fn with(change: impl FnOnce(&mut Bundle)) -> Bundle {
    let mut bundle = sound();
    change(&mut bundle);
    bundle
}

/// One more entry that has a proper basis.
fn more(bundle: &mut Bundle, entry: Entry) {
    bundle.directory.push(Entry {
        basis: "《城市管理条例》第二条".to_owned(),
        ..entry
    });
}

fn said(bundle: &Bundle, expected: Expect) {
    let mut lines = String::new();
    for finding in check(bundle, TODAY) {
        let (severity, what) = (finding.severity.as_str(), finding.what.as_str());
        writeln!(lines, "{severity} {what} {}: {}", finding.at, finding.en).unwrap();
        assert!(!finding.zh.is_empty() && !finding.todo_zh.is_empty() && !finding.todo_en.is_empty());
    }
    expected.assert_eq(&lines);
}

#[test]
fn a_sound_directory_has_nothing_to_tell() {
    said(&sound(), expect![""]);
}

#[test]
fn a_category_without_an_entry_is_told_at_its_top() {
    said(
        &with(|bundle| bundle.directory.truncate(1)),
        expect![[r#"
        error no_entry categories[utilities]: no entry covers utilities (leaves: 1): only people can dispatch it
    "#]],
    );
}

#[test]
fn an_area_that_only_the_net_covers_and_one_that_nobody_does() {
    let local = with(|bundle| bundle.directory[1].area = Some(AreaId::parse("d1").unwrap()));
    said(
        &local,
        expect![[r#"
        warning gap categories[utilities.water]: utilities.water in d2d2 is covered by the safety net alone: never dispatched by itself
    "#]],
    );
    let bare = with(|bundle| {
        bundle.directory[1].area = Some(AreaId::parse("d1").unwrap());
        bundle.units.retain(|unit| unit.id.as_str() != "district-2");
    });
    said(
        &bare,
        expect![[r#"
        error nobody categories[urban.noise.music]: nobody takes urban.noise.music in d2d2: no entry leads there and no district stands behind
        error nobody categories[utilities.water]: nobody takes utilities.water in d2d2: no entry leads there and no district stands behind
        error dead_unit directory[noise].lead: is led by districts, but d2d2 has no unit as its authority
    "#]],
    );
}

#[test]
fn an_entry_for_some_types_leaves_a_gap() {
    let partly = with(|bundle| {
        bundle.directory[1].when.kinds = vec![RequestType::Consult];
    });
    said(
        &partly,
        expect![[r#"
        warning gap categories[utilities.water]: utilities.water in d2d2, s1s1 has entries for some types or grades only, the rest is the safety net's
    "#]],
    );
}

#[test]
fn of_two_equally_specific_neither_may_be_meant() {
    let contradictory = with(|bundle| more(bundle, entry("taps", "utilities", None, lead("ecology"), &[])));
    said(
        &contradictory,
        expect![[r#"
        error overlap directory[taps]: utilities and taps are equally specific on the same day and name other leads: utilities wins by standing first
        warning shadowed directory[taps]: taps never wins: utilities always comes first
    "#]],
    );
    let twice = with(|bundle| more(bundle, entry("taps", "utilities", None, lead("water"), &[])));
    said(
        &twice,
        expect![[r#"
        warning overlap directory[taps]: utilities and taps say the same twice
        warning shadowed directory[taps]: taps never wins: utilities always comes first
    "#]],
    );
}

#[test]
fn conditions_and_days_part_entries() {
    let parted = with(|bundle| {
        bundle.directory[1].until = Some(date(2027, 6, 30));
        more(
            bundle,
            Entry {
                from: date(2027, 7, 1),
                ..entry("taps", "utilities", None, lead("ecology"), &[])
            },
        );
        let when = |kinds: &[RequestType], grades: &[Grade]| Conditions {
            kinds: kinds.to_vec(),
            grades: grades.to_vec(),
        };
        for (id, when) in [
            ("asked", when(&[RequestType::Consult], &[])),
            (
                "burst",
                when(
                    &[RequestType::Help, RequestType::Complaint],
                    &[Grade::A, Grade::B],
                ),
            ),
        ] {
            more(
                bundle,
                Entry {
                    when,
                    ..entry(id, "utilities", None, lead("ecology"), &[])
                },
            );
        }
    });
    said(&parted, expect![[r#""#]]);
    let crossing = with(|bundle| {
        for (id, kinds, grades) in [
            ("asked", vec![RequestType::Help], Vec::new()),
            ("burst", Vec::new(), vec![Grade::A]),
        ] {
            more(
                bundle,
                Entry {
                    when: Conditions { kinds, grades },
                    ..entry(
                        id,
                        "utilities",
                        None,
                        lead(id.replace("asked", "ecology").replace("burst", "water").as_str()),
                        &[],
                    )
                },
            );
        }
    });
    said(
        &crossing,
        expect![[r#"
        error overlap directory[burst]: asked and burst are equally specific on the same day and name other leads: asked wins by standing first
    "#]],
    );
}

#[test]
fn units_that_are_gone_or_stand_alone() {
    let dead = with(|bundle| {
        bundle.directory[0].co = vec![UnitId::parse("fish").unwrap()];
        bundle.directory[1].lead = lead("parks");
        more(
            bundle,
            entry("music", "urban.noise.music", None, lead("street-9"), &[]),
        );
        bundle.units.push(unit("street-9", UnitClass::Street, None, None));
        bundle
            .units
            .iter_mut()
            .find(|unit| unit.id.as_str() == "ecology")
            .unwrap()
            .until = Some(date(2026, 6, 30));
        bundle.directory[0].co.push(UnitId::parse("ecology").unwrap());
    });
    said(
        &dead,
        expect![[r#"
        error no_entry categories[utilities]: no entry covers utilities (leaves: 1): only people can dispatch it
        error dead_unit directory[noise].co: fish is no unit
        error dead_unit directory[noise].co: ecology took its last matters on 2026-06-30
        error dead_unit directory[utilities].lead: parks is no unit
        warning dead_unit directory[music].lead: street-9 has no superior: recusals and supervision lead nowhere
        hint shadowed directory[noise]: more specific entries take all that noise covers: it wins only where a matter is classified no deeper or its place is unknown
    "#]],
    );
}

#[test]
fn a_district_without_a_unit_leads_nowhere() {
    let bare = with(|bundle| {
        bundle.areas.push(area("d3", AreaLevel::District, Some("city")));
    });
    said(
        &bare,
        expect![[r#"
        error nobody categories[urban.noise.music]: nobody takes urban.noise.music in d3d3: no entry leads there and no district stands behind
        error dead_unit directory[noise].lead: is led by districts, but d3d3 has no unit as its authority
    "#]],
    );
}

#[test]
fn what_never_wins() {
    let behind = with(|bundle| {
        let whole = Entry {
            until: Some(date(2027, 1, 31)),
            ..entry("taps", "utilities", None, lead("water"), &[])
        };
        more(bundle, whole);
        more(
            bundle,
            entry("pipes", "utilities.water", None, lead("water"), &[]),
        );
    });
    said(
        &behind,
        expect![[r#"
        warning overlap directory[taps]: utilities and taps say the same twice
        warning shadowed directory[taps]: taps never wins: utilities always comes first
        hint shadowed directory[utilities]: more specific entries take all that utilities covers: it wins only where a matter is classified no deeper or its place is unknown
    "#]],
    );
}

#[test]
fn what_has_ended_or_ends_soon() {
    let ends = |until: Date| {
        with(|bundle| {
            let all = Entry {
                from: date(2020, 1, 1),
                until: Some(until),
                ..entry("loud", "urban.noise.music", None, Lead::District, &[])
            };
            more(bundle, all);
        })
    };
    said(
        &ends(date(2026, 11, 19)),
        expect![[r#"
        warning expired directory[loud].until: ended on 2026-11-19 and nothing follows it
    "#]],
    );
    said(
        &ends(date(2026, 12, 20)),
        expect![[r#"
        warning expiring directory[loud].until: ends on 2026-12-20 and nothing follows it
        hint shadowed directory[noise]: more specific entries take all that noise covers: it wins only where a matter is classified no deeper or its place is unknown
    "#]],
    );
    said(
        &ends(date(2026, 12, 21)),
        expect![[r#"
        hint shadowed directory[noise]: more specific entries take all that noise covers: it wins only where a matter is classified no deeper or its place is unknown
    "#]],
    );
    let followed = {
        let mut bundle = ends(date(2026, 12, 20));
        more(
            &mut bundle,
            Entry {
                from: date(2026, 12, 21),
                ..entry("louder", "urban.noise.music", None, Lead::District, &[])
            },
        );
        bundle
    };
    said(
        &followed,
        expect![[r#"
        hint shadowed directory[noise]: more specific entries take all that noise covers: it wins only where a matter is classified no deeper or its place is unknown
    "#]],
    );
}

#[test]
fn a_basis_that_is_none() {
    let without = with(|bundle| {
        bundle.directory[0].basis = "待补".to_owned();
        bundle.directory[1].basis = " ".to_owned();
    });
    said(
        &without,
        expect![[r#"
        error no_basis directory[utilities].basis: names no law, rule or list of duties
        warning no_basis directory[noise].basis: names no law, rule or list of duties
    "#]],
    );
}

#[test]
fn recusals_after_which_nobody_handles() {
    let recusal = |id: &str, unit: &str, superior: Option<&str>| Recusal {
        id: EntryId::parse(id).unwrap(),
        unit: UnitId::parse(unit).unwrap(),
        category: Some(CategoryId::parse("urban").unwrap()),
        area: None,
        accused: None,
        superior: superior.map(|unit| UnitId::parse(unit).unwrap()),
        basis: "《行政机关公务员回避规定》".to_owned(),
        from: date(2026, 1, 1),
        until: None,
    };
    let listed = with(|bundle| {
        bundle.recusals = vec![
            recusal("sound", "street-1", None),
            recusal("top", "district-2", None),
            recusal("itself", "district-1", Some("street-1")),
            recusal("gone", "fish", None),
            recusal("nobody", "ecology", Some("fish")),
            Recusal {
                until: Some(date(2026, 11, 30)),
                ..recusal("ends", "water", Some("ecology"))
            },
        ];
    });
    said(
        &listed,
        expect![[r#"
        error dead_unit recusals[gone].unit: fish is no unit
        error dead_unit recusals[nobody].superior: fish is no unit
        error no_superior recusals[sound].superior: district-1, who is to handle instead, must stay out as well
        error no_superior recusals[top].superior: nobody handles instead of district-2: no superior is named and no unit stands above
        error no_superior recusals[itself].superior: street-1, who is to handle instead, must stay out as well
        error no_superior recusals[ends].superior: ecology, who is to handle instead, must stay out as well
        warning expiring recusals[ends].until: ends on 2026-11-30 and nothing follows it
    "#]],
    );
}

/// 500 leaves and 80 areas, an entry for every leaf in every area.
#[test]
fn a_large_city_is_checked_at_once() {
    let mut bundle = bundle();
    let id = |text: &str| CategoryId::parse(text).unwrap();
    let mut rows = Vec::new();
    for top in 0..10 {
        rows.push(format!("t{top}"));
        for mid in 0..5 {
            rows.push(format!("t{top}.m{mid}"));
            rows.extend((0..10).map(|leaf| format!("t{top}.m{mid}.l{leaf}")));
        }
    }
    bundle.categories = rows
        .iter()
        .map(|row| Category {
            id: id(row),
            ..bundle.categories[0].clone()
        })
        .collect();
    for nth in 0..78 {
        bundle
            .areas
            .push(area(&format!("x{nth}"), AreaLevel::Street, Some("d1")));
    }
    bundle.directory = rows
        .iter()
        .filter(|row| row.matches('.').count() == 2)
        .enumerate()
        .flat_map(|(nth, row)| {
            (0..40).map(move |at| {
                let area = format!("x{}", (nth + at) % 78);
                entry(&format!("e{nth}-{at}"), row, Some(&area), Lead::Street, &[])
            })
        })
        .collect();
    assert_eq!(bundle.directory.len(), 20_000);
    let findings = check(&bundle, TODAY);
    let count = |severity| findings.iter().filter(|one| one.severity == severity).count();
    assert_eq!(count(Severity::Error), 0);
    assert!(count(Severity::Warning) >= 500, "{}", count(Severity::Warning));
}
