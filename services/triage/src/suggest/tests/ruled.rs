//! Rules of the lexicon: what they settle, what takes them back, what contradicts itself, where matters go that are not
//! ours.

use domain::id::{ReferralId, RuleId};
use domain::rules::{Ground, Referral, Rule, Triage};
use domain::ticket::{DeclineReason, Emergency as Service};

use super::*;

fn rule(id: &str, all: &[&str]) -> Rule {
    Rule {
        id: RuleId::parse(id).unwrap(),
        pattern: None,
        all: all.iter().map(|word| (*word).to_owned()).collect(),
        any: Vec::new(),
        none: Vec::new(),
        category: None,
        kind: None,
        grade: None,
        referral: None,
    }
}

fn pattern(id: &str, text: &str) -> Rule {
    Rule {
        pattern: Some(text.to_owned()),
        ..rule(id, &[])
    }
}

fn about(id: &str) -> Option<CategoryId> {
    Some(CategoryId::parse(id).unwrap())
}

fn to(id: &str) -> Option<ReferralId> {
    Some(ReferralId::parse(id).unwrap())
}

fn referral(id: &str, ground: Ground) -> Referral {
    Referral {
        id: ReferralId::parse(id).unwrap(),
        ground,
        zh: "请走此途径".to_owned(),
        en: "this way".to_owned(),
    }
}

/// The small city with these rules and two referrals.
fn city(rules: Vec<Rule>) -> Rules {
    let mut bundle = super::rules().bundle().clone();
    bundle.triage = Triage {
        rules,
        referrals: vec![
            referral("fire", Ground::Transfer(Service::Fire)),
            referral("court", Ground::Decline(DeclineReason::LegalRoute)),
        ],
        negations: vec!["没有".to_owned(), "不是".to_owned()],
        not_now: vec!["去年".to_owned()],
        ..Triage::default()
    };
    let problems = bundle.problems();
    assert_eq!(problems, []);
    Rules::new(bundle).unwrap()
}

/// What a message in the east comes to: rules that match, best category and who says so, grade, hints, verdict.
#[track_caller]
fn check(rules: Vec<Rule>, text: &str, expected: &str) {
    let rules = city(rules);
    let lexis = Lexis::new(&rules).unwrap();
    let input = SuggestInput {
        body: text,
        place: "东区",
        ..Default::default()
    };
    let suggestion = lexis.suggest(&rules, &input, TODAY);
    let matched: Vec<&str> = suggestion.rules.iter().map(RuleId::as_str).collect();
    let first = suggestion.categories.first();
    let category = first.map_or("-".to_owned(), |one| {
        format!("{} by {}", one.value, one.by.as_str())
    });
    let hints: Vec<&str> = suggestion
        .hints
        .iter()
        .map(|hint| hint.referral.id.as_str())
        .collect();
    let verdict = match lexis.verdict(&suggestion, false) {
        Verdict::Dispatch { route, .. } => route.lead.to_string(),
        Verdict::Hold(hold) => hold.as_str().to_owned(),
    };
    let told = format!(
        "[{}] {category} {} [{}] {verdict}",
        matched.join(" "),
        suggestion.grade.value.as_str(),
        hints.join(" "),
    );
    assert_eq!(told, expected, "{text}");
}

#[test]
fn a_rule_goes_before_the_words() {
    let stalls = || {
        vec![Rule {
            category: about("road"),
            ..rule("stalls-on-the-road", &["摊贩", "马路"])
        }]
    };
    check(
        stalls(),
        "摊贩占了马路，摊贩不走",
        "[stalls-on-the-road] road by rule c [] roads",
    );
    check(
        stalls(),
        "摊贩占了摊位，摊贩不走",
        "[] urban.stalls by words c [] east",
    );
}

#[test]
fn words_stand_together_one_of_them_or_not_at_all() {
    let dogs = || {
        vec![Rule {
            any: vec!["狗".to_owned(), "KTV".to_owned()],
            none: vec!["宠物店".to_owned()],
            category: about("urban.noise"),
            ..rule("dogs", &["半夜"])
        }]
    };
    check(dogs(), "半夜狗叫", "[dogs] urban.noise by rule c [] east");
    check(dogs(), "半夜ｋｔｖ很响", "[dogs] urban.noise by rule c [] east");
    check(dogs(), "半夜有声音", "[] - c [] unknown_category");
    check(dogs(), "半夜宠物店狗叫", "[] - c [] unknown_category");
}

#[test]
fn a_pattern_settles_what_it_finds() {
    let pits = || {
        vec![Rule {
            category: about("road"),
            ..pattern("pits", "路(面|上)[^。]{0,6}(坑|洞)")
        }]
    };
    check(pits(), "路上有个大\n坑", "[pits] road by rule c [] roads");
    check(pits(), "路上很平。旁边有坑", "[] - c [] unknown_category");
}

#[test]
fn of_two_categories_the_deeper_holds_and_two_parts_of_the_tree_contradict_each_other() {
    let noise = |id: &str, category: &str| Rule {
        category: about(category),
        ..rule(id, &["工地"])
    };
    check(
        vec![
            noise("one", "urban.noise"),
            noise("two", "urban.noise.construction"),
        ],
        "工地",
        "[one two] urban.noise.construction by rule c [] east",
    );
    check(
        vec![noise("one", "urban.noise"), noise("two", "school")],
        "工地",
        "[one two] urban.noise by rule c [] rules_disagree",
    );
}

#[test]
fn an_emergency_that_is_denied_or_past_is_none() {
    let gas = || {
        vec![Rule {
            grade: Some(Grade::A),
            ..pattern("gas", "煤气.{0,4}味")
        }]
    };
    check(
        gas(),
        "学校的老师闻到煤气的味道",
        "[gas] school by words a [] urgent",
    );
    check(
        gas(),
        "学校的老师说没有煤气味",
        "[] school by words c [] school-board",
    );
    check(gas(), "没有人管，煤气味很重", "[gas] - a [] urgent");
    check(gas(), "昨天没有煤气味，今天煤气味很重", "[gas] - a [] urgent");
    // Terms likewise.
    check(vec![], "去年发生爆炸", "[] - c [] unknown_category");
    check(vec![], "没有爆炸", "[] - c [] unknown_category");
    check(vec![], "有没有爆炸", "[] - a [] urgent");
    check(vec![], "去年修过，今天爆炸", "[] - a [] urgent");
}

#[test]
fn the_more_urgent_grade_holds_and_one_that_denies_it_contradicts_it() {
    let graded = |id: &str, grade| Rule {
        grade: Some(grade),
        ..rule(id, &["水管"])
    };
    check(
        vec![graded("b", Grade::B), graded("a", Grade::A)],
        "水管",
        "[b a] - a [] urgent",
    );
    let rules = city(vec![graded("b", Grade::B), graded("c", Grade::C)]);
    let suggestion = Lexis::new(&rules).unwrap().suggest(
        &rules,
        &SuggestInput {
            body: "水管",
            ..Default::default()
        },
        TODAY,
    );
    assert_eq!(
        (suggestion.grade.value, suggestion.is_contradictory),
        (Grade::B, true)
    );
}

#[test]
fn what_may_not_be_ours_waits_with_where_it_goes_and_an_emergency_at_once() {
    let court = Rule {
        referral: to("court"),
        category: about("school"),
        ..pattern("suit", "法院.{0,4}判决")
    };
    let fire = Rule {
        referral: to("fire"),
        ..rule("fire", &["着火"])
    };
    let both = || vec![court.clone(), fire.clone()];
    check(
        both(),
        "法院已经判决",
        "[suit] school by rule c [court] inadmissible",
    );
    check(both(), "房子着火", "[fire] - c [fire] urgent");
    check(
        both(),
        "法院判决以后房子着火",
        "[suit fire] school by rule c [fire court] urgent",
    );
}

#[test]
fn a_term_may_name_a_referral_too() {
    let mut bundle = city(vec![]).bundle().clone();
    bundle.lexicon.push(Term {
        text: "正在诉讼".to_owned(),
        category: None,
        kind: None,
        emergency: None,
        referral: to("court"),
        weight: 8,
    });
    let rules = Rules::new(bundle).unwrap();
    let lexis = Lexis::new(&rules).unwrap();
    let hints = |body: &str| {
        let input = SuggestInput {
            body,
            ..Default::default()
        };
        let suggestion = lexis.suggest(&rules, &input, TODAY);
        suggestion
            .hints
            .iter()
            .map(|hint| (hint.referral.id.to_string(), hint.rule.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(hints("已经正在诉讼"), [("court".to_owned(), None)]);
    assert_eq!(hints("不是正在诉讼"), []);
}

#[test]
fn what_words_read_as_a_report_is_no_person_s_complaint_to_dispatch() {
    let report = Rule {
        kind: Some(RequestType::Report),
        ..rule("bribes", &["收受", "学校"])
    };
    let rules = city(vec![report]);
    let lexis = Lexis::new(&rules).unwrap();
    let input = SuggestInput {
        subject: "学校的老师",
        body: "学校老师收受红包",
        declared_kind: Some(RequestType::Complaint),
        ..Default::default()
    };
    let suggestion = lexis.suggest(&rules, &input, TODAY);
    assert_eq!(
        suggestion.kinds[0].value,
        RequestType::Complaint,
        "what was declared stands"
    );
    assert_eq!(lexis.verdict(&suggestion, false), Verdict::Hold(Hold::Report));
}

#[test]
fn of_many_rules_only_those_are_looked_at_whose_words_were_found() {
    let many = (0..5_000).map(|number| Rule {
        category: about("road"),
        ..pattern(&format!("r{number}"), &format!("设施{number}号.{{0,9}}损坏"))
    });
    check(
        many.collect(),
        "设施4321号已经损坏",
        "[r4321] road by rule c [] roads",
    );
}
