use super::*;
use crate::test_city::{TODAY, area, category, nothing, rules};

fn reading() -> Reading {
    Reading {
        version: 1,
        is_waiting: true,
        sealed: false,
        kind: RequestType::Complaint,
        grade: Grade::C,
        category: None,
        area: None,
        confidence_percent: 100,
        words: Texts::default(),
    }
}

fn found(about: &str, place: Option<(&str, f64)>) -> Suggestion {
    let place = place.map(|(id, confidence)| Scored {
        value: area(id),
        confidence,
        evidence: Vec::new(),
    });
    Suggestion {
        categories: vec![crate::test_city::about(about, 0.9, Vec::new())],
        kinds: vec![certain(RequestType::Complaint)],
        grade: certain(Grade::C),
        areas: place.into_iter().collect(),
        ..nothing()
    }
}

/// `lead confidence | barrier` of what is settled.
fn check(given: Given, found: Suggestion, expected: &str) {
    let settled = given.settle(found, &rules(), TODAY);
    let lead = settled.units.first().map_or("nobody".to_owned(), |unit| {
        format!("{} {:.2}", unit.route.lead, unit.confidence)
    });
    let barrier = settled.barrier.map_or("clear", |hold| hold.as_str());
    assert_eq!(format!("{lead} | {barrier}"), expected);
}

#[test]
fn what_was_registered_is_given() {
    let registered = Reading {
        category: Some(category("urban")),
        area: Some(area("d1")),
        ..reading()
    };
    let given = Given::on(&registered, Some(Trigger::Registered));
    assert_eq!(
        (given.category, given.area),
        (registered.category.clone(), registered.area.clone())
    );
    assert_eq!(given.grade, None, "the ordinary grade may only be a default");
    assert_eq!(given.kind, Some(RequestType::Complaint));
}

#[test]
fn our_own_guesses_are_not_given() {
    let guessed = Reading {
        category: Some(category("urban")),
        confidence_percent: 60,
        ..reading()
    };
    assert_eq!(Given::on(&guessed, Some(Trigger::Returned)).category, None);
    assert_eq!(Given::on(&guessed, None).category, None);
    assert!(
        Given::on(
            &Reading {
                confidence_percent: 100,
                ..guessed
            },
            None
        )
        .category
        .is_some()
    );
}

#[test]
fn a_grade_is_given_where_it_is_not_the_ordinary_one_or_a_person_has_looked() {
    let urgent = Reading {
        grade: Grade::B,
        ..reading()
    };
    assert_eq!(
        Given::on(&urgent, Some(Trigger::Registered)).grade,
        Some(Grade::B)
    );
    assert_eq!(
        Given::on(&reading(), Some(Trigger::Classified)).grade,
        Some(Grade::C)
    );
}

#[test]
fn a_given_category_is_routed() {
    let given = Given {
        category: Some(category("utilities.water")),
        ..Given::default()
    };
    check(given.clone(), found("urban.noise", None), "water 1.00 | clear");
    check(
        given,
        found("urban.noise", Some(("d1", 0.3))),
        "water 1.00 | unsure_area",
    );
}

#[test]
fn a_given_category_led_by_districts_waits_for_the_place() {
    let given = Given {
        category: Some(category("urban.noise")),
        ..Given::default()
    };
    check(
        given.clone(),
        found("utilities.water", None),
        "nobody | unknown_area",
    );
    check(
        given.clone(),
        found("utilities.water", Some(("city", 0.95))),
        "nobody | unknown_area",
    );
    check(
        given,
        found("utilities.water", Some(("s1", 0.95))),
        "district-1 0.95 | clear",
    );
}

#[test]
fn a_given_category_without_an_entry_waits() {
    let given = Given {
        category: Some(category("other")),
        ..Given::default()
    };
    check(
        given,
        found("urban.noise", Some(("d1", 0.95))),
        "district-1 0.95 | no_entry",
    );
}

#[test]
fn a_given_area_holds_where_the_words_agree_or_are_silent() {
    let given = Given {
        area: Some(area("d1")),
        ..Given::default()
    };
    check(
        given.clone(),
        found("urban.noise", None),
        "district-1 0.90 | clear",
    );
    check(
        given.clone(),
        found("urban.noise", Some(("s1", 0.4))),
        "district-1 0.90 | clear",
    );
    check(
        given,
        found("urban.noise", Some(("city", 0.95))),
        "district-1 0.90 | clear",
    );
}

#[test]
fn a_given_area_that_the_words_contradict_stays_and_waits() {
    let given = Given {
        area: Some(area("d1")),
        ..Given::default()
    };
    let settled = given.settle(found("urban.noise", Some(("d2", 0.95))), &rules(), TODAY);
    assert_eq!(settled.areas[0].value, area("d1"));
    assert_eq!(settled.barrier, Some(Hold::UnsureArea));
}

#[test]
fn where_nothing_is_given_the_suggestion_stands() {
    let suggestion = found("urban.noise", Some(("d1", 0.95)));
    assert_eq!(
        Given::default().settle(suggestion.clone(), &rules(), TODAY),
        suggestion
    );
}
