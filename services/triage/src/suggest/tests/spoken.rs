//! Model and lexicon together. The labels: 城市 (city management and roads), 学校 (schools), 海 (gone from the city).

use domain::rules::{Classifier, Triage};

use super::*;

const LABELS: [&str; 4] = ["城市", "学校", "海", "road"];

fn city() -> Rules {
    let mut bundle = super::rules().bundle().clone();
    let category = |id: &str| CategoryId::parse(id).unwrap();
    let labels = [
        ("城市", vec![category("urban"), category("road")]),
        ("学校", vec![category("school")]),
        ("海", vec![category("sea.ships")]),
    ];
    bundle.triage = Triage {
        classifier: Classifier {
            labels: labels.map(|(label, parts)| (label.to_owned(), parts)).into(),
            thresholds: [("学校".to_owned(), 0.8)].into(),
        },
        ..Triage::default()
    };
    Rules::new(bundle).unwrap()
}

/// What the model says: a label and its probability each, the first as sure as probable.
fn opinion(said: &[(&str, f64)]) -> Opinion {
    let one = |(label, probability): &(&str, f64)| Said {
        label: LABELS.iter().position(|one| one == label).unwrap(),
        probability: *probability,
        words: vec!["词".to_owned()],
    };
    Opinion {
        version: "m1".to_owned(),
        said: said.iter().map(one).collect(),
        sureness: said.first().map_or(0.0, |(_, probability)| *probability),
        threshold: 0.95,
    }
}

/// The categories with who says so, and who leads or why it waits.
#[track_caller]
fn check(body: &str, said: &[(&str, f64)], expected: &str) {
    let rules = city();
    let lexis = Lexis::with_labels(&rules, &LABELS.map(str::to_owned)).unwrap();
    let opinion = opinion(said);
    let input = SuggestInput {
        body,
        place: "东区",
        opinion: Some(&opinion),
        ..Default::default()
    };
    let suggestion = lexis.suggest(&rules, &input, TODAY);
    let told = suggestion
        .categories
        .iter()
        .map(|one| format!("{} {:.0}% {}", one.value, one.confidence * 100.0, one.by.as_str()));
    let told: Vec<String> = told.collect();
    let verdict = match lexis.verdict(&suggestion, false) {
        Verdict::Dispatch { route, .. } => route.lead.to_string(),
        Verdict::Hold(hold) => hold.as_str().to_owned(),
    };
    assert_eq!(format!("{} | {verdict}", told.join(", ")), expected, "{body}");
}

#[test]
fn a_sure_model_says_the_part_and_the_words_what_in_it() {
    check(
        "半夜施工，噪音很大",
        &[("城市", 0.97)],
        "urban.noise 90% both | east",
    );
    check("学校的老师", &[("学校", 0.97)], "school 97% both | school-board");
}

#[test]
fn an_unsure_model_leaves_it_to_a_person() {
    check(
        "学校的老师",
        &[("学校", 0.70), ("城市", 0.28)],
        "school 70% both, urban 14% model | unsure_category",
    );
}

#[test]
fn the_city_may_ask_for_more_or_less_than_the_model() {
    check("学校的老师", &[("学校", 0.85)], "school 85% both | school-board");
    check(
        "半夜施工，噪音很大",
        &[("城市", 0.85)],
        "urban.noise 79% both | unsure_category",
    );
}

#[test]
fn where_they_disagree_confidence_falls_and_a_person_decides() {
    check(
        "学校学校的老师，老师",
        &[("城市", 0.97)],
        "urban 48% model, school 3% words | sources_disagree",
    );
    check(
        "夜间施工，噪音很大",
        &[("学校", 0.97)],
        "school 97% model, urban.noise.construction 3% words | sources_disagree",
    );
    // A weak word elsewhere contradicts nothing.
    check(
        "停车",
        &[("学校", 0.97)],
        "school 97% model, urban.stalls 2% words | school-board",
    );
}

#[test]
fn the_model_alone_is_followed_where_one_unit_has_all_of_it() {
    check(
        "没有听过的话",
        &[("学校", 0.97)],
        "school 97% model | school-board",
    );
    check("没有听过的话", &[("road", 0.97)], "road 97% model | roads");
    // It does not say which part of what its label stands for.
    check(
        "没有听过的话",
        &[("城市", 0.97)],
        "urban 48% model | unsure_category",
    );
}

#[test]
fn a_label_whose_category_is_gone_is_left_out() {
    let rules = city();
    let lexis = Lexis::with_labels(&rules, &LABELS.map(str::to_owned)).unwrap();
    assert_eq!(lexis.lost_labels(), ["海"]);
    check(
        "学校的老师",
        &[("海", 0.97), ("学校", 0.02)],
        "school 48% words | unsure_category",
    );
    check(
        "学校的老师",
        &[("海", 0.90), ("学校", 0.09)],
        "school 9% both | unsure_category",
    );
    check(
        "学校的老师，学校",
        &[("海", 0.97)],
        "school 49% words | unsure_category",
    );
}

#[test]
fn a_model_that_knows_nothing_of_it_is_not_heard() {
    check("学校的老师，学校", &[], "school 95% words | school-board");
    check("🙏🙏", &[], " | unknown_category");
}

#[test]
fn two_labels_that_lead_to_one_category_speak_together() {
    check(
        "路面坑洼，坑洼",
        &[("城市", 0.52), ("road", 0.46)],
        "road 92% both | roads",
    );
}

#[test]
fn the_version_of_the_model_is_told() {
    let rules = city();
    let lexis = Lexis::with_labels(&rules, &LABELS.map(str::to_owned)).unwrap();
    let opinion = opinion(&[("学校", 0.97)]);
    let input = SuggestInput {
        body: "学校",
        opinion: Some(&opinion),
        ..Default::default()
    };
    let suggestion = lexis.suggest(&rules, &input, TODAY);
    assert_eq!(suggestion.model.as_deref(), Some("m1"));
    assert_eq!(suggestion.categories[0].model_words, ["词"]);
}
