//! Small messages over a small city.

mod broken;
mod ruled;
mod spoken;

use domain::id::UnitId;
use domain::rules::{Area, AreaLevel, Bundle, Emergency, Entry, Lead, Term, Unit, UnitClass};
use domain::samples;
use jiff::civil::date;

use super::*;

const TODAY: Date = date(2026, 11, 20);

fn area(id: &str, zh: &str, level: AreaLevel, parent: Option<&str>, aliases: &[&str]) -> Area {
    Area {
        zh: zh.to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        ..samples::area(id, level, parent)
    }
}

fn areas() -> Vec<Area> {
    vec![
        area("c", "海市", AreaLevel::City, None, &[]),
        area("d1", "东区", AreaLevel::District, Some("c"), &["长堤"]),
        area("d2", "西区", AreaLevel::District, Some("c"), &["长堤"]),
        area("s1", "港口街道", AreaLevel::Street, Some("d1"), &["港口", "灯塔"]),
        area("s2", "盐田街道", AreaLevel::Street, Some("d1"), &["盐田"]),
        area("s3", "果林街道", AreaLevel::Street, Some("d2"), &["果林"]),
    ]
}

fn units() -> Vec<Unit> {
    let rows = [
        ("school-board", UnitClass::Department, None, None),
        ("roads", UnitClass::Department, None, None),
        ("east", UnitClass::District, None, Some("d1")),
        ("west", UnitClass::District, None, Some("d2")),
        ("port", UnitClass::Street, Some("east"), Some("s1")),
    ];
    rows.map(|(id, class, parent, area)| samples::unit(id, class, parent, area))
        .to_vec()
}

fn entry(category: &str, lead: Lead) -> Entry {
    samples::entry(category, category, lead)
}

fn lexicon() -> Vec<Term> {
    let about = [
        ("噪音", "urban.noise", 8),
        ("夜间施工", "urban.noise.construction", 9),
        ("施工", "urban.noise.construction", 4),
        ("摊贩", "urban.stalls", 8),
        ("学校", "school", 8),
        ("老师", "school", 8),
        ("坑洼", "road", 9),
        ("停车费", "road", 3),
        ("停车", "urban.stalls", 2),
    ];
    let term = |text: &str, weight: u8| Term {
        text: text.to_owned(),
        category: None,
        kind: None,
        emergency: None,
        referral: None,
        weight,
    };
    let mut terms: Vec<Term> = about
        .map(|(text, id, weight)| Term {
            category: Some(id.parse().unwrap()),
            ..term(text, weight)
        })
        .to_vec();
    terms.extend([
        Term {
            kind: Some(RequestType::Report),
            ..term("举报", 10)
        },
        Term {
            kind: Some(RequestType::Consult),
            ..term("请问", 6)
        },
        Term {
            emergency: Some(Emergency { grade: Grade::A }),
            ..term("爆炸", 10)
        },
        Term {
            emergency: Some(Emergency { grade: Grade::B }),
            ..term("停水", 6)
        },
        Term {
            emergency: Some(Emergency { grade: Grade::A }),
            ..term("漏电", 3)
        },
    ]);
    terms
}

fn rules() -> Rules {
    let unit = |id: &str| Lead::Unit(UnitId::parse(id).unwrap());
    let ids = [
        "urban",
        "urban.noise",
        "urban.noise.construction",
        "urban.stalls",
        "school",
        "road",
        "sea",
    ];
    Rules::new(Bundle {
        city_zh: "海市".to_owned(),
        city_area: AreaId::parse("c").unwrap(),
        units: units(),
        areas: areas(),
        categories: ids.map(samples::category).to_vec(),
        directory: vec![
            entry("urban", unit("roads")),
            entry("urban.noise", Lead::District),
            entry("urban.stalls", Lead::Street),
            entry("school", unit("school-board")),
            entry("road", unit("roads")),
        ],
        lexicon: lexicon(),
        ..samples::bundle()
    })
    .unwrap()
}

fn suggest(input: &SuggestInput<'_>) -> (Suggestion, Verdict) {
    let rules = rules();
    let lexis = Lexis::new(&rules).unwrap();
    let suggestion = lexis.suggest(&rules, input, TODAY);
    let verdict = lexis.verdict(&suggestion, false);
    (suggestion, verdict)
}

/// Subject, body and place, and what becomes of them: `category area lead` or the reason to hold.
fn check(subject: &str, body: &str, place: &str, expected: &str) {
    let (_, verdict) = suggest(&SuggestInput {
        subject,
        body,
        place,
        ..Default::default()
    });
    let told = match verdict {
        Verdict::Dispatch {
            category,
            area,
            route,
            ..
        } => {
            let area = area.map_or("-".to_owned(), |area| area.to_string());
            format!("{category} {area} {}", route.lead)
        }
        Verdict::Hold(hold) => hold.as_str().to_owned(),
    };
    assert_eq!(told, expected, "{subject} / {body} / {place}");
}

#[test]
fn an_ordinary_sure_and_placed_matter_is_dispatched() {
    check(
        "夜间施工噪音",
        "施工到两点，噪音很大",
        "东区",
        "urban.noise.construction d1 east",
    );
    check(
        "摊贩占路",
        "摊贩越来越多，摊贩不走",
        "港口灯塔下",
        "urban.stalls s1 port",
    );
}

#[test]
fn a_street_without_a_unit_is_led_by_its_district() {
    check(
        "摊贩占路",
        "摊贩越来越多，摊贩不走",
        "果林街道",
        "urban.stalls s3 west",
    );
}

#[test]
fn a_unit_for_the_whole_city_needs_no_place() {
    check("学校的老师", "老师说学校没有位置", "", "school - school-board");
}

#[test]
fn a_district_s_matter_without_a_place_waits_although_a_shallower_entry_would_fit() {
    check("夜间施工噪音", "施工到两点，噪音很大", "", "unknown_area");
    check("夜间施工噪音", "施工到两点，噪音很大", "海市", "unknown_area");
}

#[test]
fn two_districts_named_alike_are_ambiguous() {
    check("夜间施工噪音", "施工到两点，噪音很大", "长堤", "unsure_area");
    check("学校的老师", "老师说东区和西区的学校没有位置", "", "unsure_area");
    check(
        "夜间施工噪音",
        "施工到两点，噪音很大",
        "西区长堤",
        "urban.noise.construction d2 west",
    );
}

#[test]
fn reports_emergencies_and_sealed_matters_wait_for_a_person() {
    check("举报学校", "举报学校老师", "东区", "report");
    check("学校爆炸", "学校的老师", "东区", "urgent");
    check("学校停水", "学校的老师", "东区", "urgent");
    let (suggestion, _) = suggest(&SuggestInput {
        subject: "学校的老师",
        ..Default::default()
    });
    let rules = rules();
    assert_eq!(
        Lexis::new(&rules).unwrap().verdict(&suggestion, true),
        Verdict::Hold(Hold::Sealed)
    );
}

#[test]
fn what_the_words_do_not_settle_waits() {
    check("你好", "在吗", "东区", "unknown_category");
    check("学校门口噪音", "学校旁边施工", "东区", "unsure_category");
}

#[test]
fn one_hint_of_danger_is_not_yet_an_emergency_but_two_are() {
    let grade = |body| {
        suggest(&SuggestInput {
            body,
            ..Default::default()
        })
        .0
        .grade
        .value
    };
    assert_eq!(grade("好像漏电"), Grade::C);
    assert_eq!(grade("漏电，又漏电"), Grade::A);
}

#[test]
fn the_longest_word_counts() {
    let (suggestion, _) = suggest(&SuggestInput {
        body: "停车费",
        ..Default::default()
    });
    assert_eq!(suggestion.categories[0].value.as_str(), "road");
    assert_eq!(suggestion.categories[0].evidence[0].text, "停车费");
    assert_eq!(suggestion.categories.len(), 1);
}

#[test]
fn the_subject_counts_twice_and_evidence_says_so() {
    let (suggestion, _) = suggest(&SuggestInput {
        subject: "老师",
        body: "学校",
        ..Default::default()
    });
    let evidence = &suggestion.categories[0].evidence;
    assert_eq!(
        (evidence[0].text.as_str(), evidence[0].count, evidence[0].weight),
        ("老师", 2, 8)
    );
    assert_eq!((evidence[1].text.as_str(), evidence[1].count), ("学校", 1));
}

#[test]
fn a_declared_kind_is_taken_and_a_declared_area_is_weighed() {
    let input = SuggestInput {
        subject: "请问学校",
        body: "请问老师",
        declared_kind: Some(RequestType::Complaint),
        declared_area: Some(AreaId::parse("d1").unwrap()),
        ..Default::default()
    };
    let (suggestion, _) = suggest(&input);
    assert_eq!(suggestion.kinds[0].value, RequestType::Complaint);
    assert_eq!(suggestion.areas[0].value.as_str(), "d1");
    assert!(suggestion.areas[0].confidence > 0.9);

    // The body names a street of the declared district: the smaller area is taken.
    let (suggestion, _) = suggest(&SuggestInput {
        body: "盐田的学校",
        ..input.clone()
    });
    assert_eq!(suggestion.areas[0].value.as_str(), "s2");

    // The place lies elsewhere: nobody guesses which is right.
    let (suggestion, verdict) = suggest(&SuggestInput {
        place: "果林",
        ..input
    });
    assert!(suggestion.areas[0].confidence < AREA_CONFIDENCE_MIN);
    assert_eq!(verdict, Verdict::Hold(Hold::UnsureArea));
}

#[test]
fn confidences_lie_between_nothing_and_certainty_and_lists_are_short() {
    let body = "噪音 摊贩 学校 坑洼 请问 举报 东区 西区 港口 盐田 果林 停水 漏电".repeat(200);
    let (suggestion, _) = suggest(&SuggestInput {
        subject: &body,
        body: &body,
        ..Default::default()
    });
    let confidences = suggestion
        .categories
        .iter()
        .map(|one| one.confidence)
        .chain(suggestion.kinds.iter().map(|one| one.confidence))
        .chain(suggestion.areas.iter().map(|one| one.confidence))
        .chain(suggestion.units.iter().map(|one| one.confidence));
    assert!(
        confidences
            .into_iter()
            .all(|confidence| (0.0..=1.0).contains(&confidence))
    );
    assert!(suggestion.categories.len() <= 3 && suggestion.areas.len() <= 3 && suggestion.units.len() <= 3);
}

#[test]
fn a_category_without_an_entry_waits() {
    let mut bundle = rules().bundle().clone();
    bundle
        .directory
        .retain(|entry| entry.category.as_str() != "school");
    let rules = Rules::new(bundle).unwrap();
    let lexis = Lexis::new(&rules).unwrap();
    let input = SuggestInput {
        subject: "学校的老师",
        body: "学校老师",
        place: "东区",
        ..Default::default()
    };
    let suggestion = lexis.suggest(&rules, &input, TODAY);
    assert_eq!(suggestion.units[0].route.lead.as_str(), "east");
    assert_eq!(lexis.verdict(&suggestion, false), Verdict::Hold(Hold::NoEntry));
}
