use domain::routing::Route;
use domain::ticket::{AreaSource, RequestType};

use super::*;
use crate::given::Texts;
use crate::suggest::{About, Candidate, Scored};
use crate::test_city::{area, category, nothing, unit};

fn reading(grade: Grade) -> Reading {
    Reading {
        version: 1,
        is_waiting: true,
        sealed: false,
        kind: RequestType::Complaint,
        grade,
        category: None,
        area: None,
        confidence_percent: 100,
        words: Texts::default(),
    }
}

fn scored<T>(value: T, confidence: f64, words: &[(&str, u32)]) -> Scored<T> {
    let evidence = words.iter().map(|(text, count)| Evidence {
        text: (*text).to_owned(),
        count: *count,
        weight: 5,
    });
    Scored {
        value,
        confidence,
        evidence: evidence.collect(),
    }
}

fn about(id: &str, confidence: f64, words: &[(&str, u32)]) -> About {
    crate::test_city::about(id, confidence, scored((), confidence, words).evidence)
}

fn route() -> Route {
    Route {
        entry: EntryId::parse("noise").unwrap(),
        lead: unit("district-1"),
        co: (0..12).map(|n| unit(&format!("co-{n}"))).collect(),
        basis: "a law".to_owned(),
    }
}

fn suggestion(grade: Grade) -> Suggestion {
    Suggestion {
        categories: vec![about("urban.noise", 0.914, &[("噪音", 2), ("半夜", 1)])],
        category_hold: None,
        kinds: vec![scored(RequestType::Complaint, 1.0, &[])],
        grade: scored(grade, 0.7, &[("煤气味", 1)]),
        areas: vec![scored(area("d1"), 0.95, &[("东城区", 3)])],
        units: vec![Candidate {
            route: route(),
            confidence: 0.868,
        }],
        ..nothing()
    }
}

fn dispatch() -> Verdict {
    Verdict::Dispatch {
        category: category("urban.noise"),
        area: Some(area("d1")),
        kind: RequestType::Complaint,
        grade: Grade::C,
        route: route(),
        confidence: 0.868,
    }
}

#[test]
fn a_certain_matter_is_dispatched_with_what_was_found_in_one_command() {
    let decision = decide(
        &suggestion(Grade::C),
        &dispatch(),
        &Given::default(),
        &reading(Grade::C),
    );
    let Decision::Dispatch {
        lead,
        co,
        entry,
        classify,
        evidence,
        support,
    } = decision
    else {
        panic!("not dispatched")
    };
    let classify = classify.unwrap();
    assert_eq!(
        (lead, entry),
        (unit("district-1"), EntryId::parse("noise").unwrap())
    );
    assert_eq!(co.len(), CO_LEGS_MAX, "no more than a dispatch takes");
    assert_eq!(
        (classify.category, classify.area),
        (Some(category("urban.noise")), Some(area("d1")))
    );
    assert_eq!(
        (classify.kind, classify.grade, classify.hold),
        (None, None, None),
        "type and grade stay"
    );
    assert_eq!(classify.confidence_percent, 87);
    assert_eq!(evidence, "类别：噪音×2、半夜；区域：东城区×3");
    assert_eq!(support.area_from, Some(AreaSource::Name));
}

#[test]
fn what_is_given_is_not_said_again() {
    let given = Given {
        category: Some(category("urban.noise")),
        ..Given::default()
    };
    let Decision::Dispatch { classify, .. } =
        decide(&suggestion(Grade::C), &dispatch(), &given, &reading(Grade::C))
    else {
        panic!("not dispatched")
    };
    let classify = classify.unwrap();
    assert_eq!((classify.category, classify.area), (None, Some(area("d1"))));

    let given = Given {
        area: Some(area("d1")),
        ..given
    };
    let Decision::Dispatch { classify, .. } =
        decide(&suggestion(Grade::C), &dispatch(), &given, &reading(Grade::C))
    else {
        panic!("not dispatched")
    };
    assert_eq!(classify, None);
}

#[test]
fn an_uncertain_matter_waits_with_the_best_guesses() {
    let verdict = Verdict::Hold(Hold::Urgent);
    let Decision::Hold { classify, evidence } = decide(
        &suggestion(Grade::A),
        &verdict,
        &Given::default(),
        &reading(Grade::C),
    ) else {
        panic!("not held")
    };
    assert_eq!(classify.hold, Some(Hold::Urgent));
    assert_eq!(classify.grade, Some(Grade::A));
    assert_eq!(
        (classify.category, classify.area),
        (Some(category("urban.noise")), Some(area("d1")))
    );
    assert_eq!(classify.confidence_percent, 91);
    assert!(evidence.ends_with("等级：煤气味"));
}

#[test]
fn a_hold_keeps_what_is_given() {
    let given = Given {
        kind: Some(RequestType::Report),
        grade: Some(Grade::B),
        category: Some(category("urban")),
        area: Some(area("d2")),
    };
    let Decision::Hold { classify, .. } =
        held(&suggestion(Grade::A), Hold::Report, &given, &reading(Grade::B))
    else {
        panic!("not held")
    };
    let expected = Classify {
        hold: Some(Hold::Report),
        confidence_percent: 100,
        ..Classify::default()
    };
    assert_eq!(classify, expected);
}

#[test]
fn nothing_found_is_no_confidence() {
    let nothing = Suggestion {
        categories: Vec::new(),
        areas: Vec::new(),
        units: Vec::new(),
        ..suggestion(Grade::C)
    };
    let Decision::Hold { classify, evidence } = held(
        &nothing,
        Hold::UnknownCategory,
        &Given::default(),
        &reading(Grade::C),
    ) else {
        panic!("not held")
    };
    assert_eq!((classify.confidence_percent, evidence.as_str()), (0, ""));
}

#[test]
fn evidence_is_bounded() {
    let long = "很长的一个词".repeat(200);
    let words: Vec<(&str, u32)> = vec![(&long, 2); 8];
    let mut found = suggestion(Grade::C);
    found.categories[0] = about("urban.noise", 0.9, &words);
    let Decision::Hold { evidence, .. } = held(&found, Hold::NoEntry, &Given::default(), &reading(Grade::C))
    else {
        panic!("not held")
    };
    assert_eq!(evidence.chars().count(), EVIDENCE_CHARS_MAX);
}
