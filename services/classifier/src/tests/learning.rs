use super::*;
use crate::{Lesson, Shadow};

/// A matter the model has never heard of, so that it guesses.
const NEW: &str = "楼下噪音很大的水管施工";

#[test]
fn a_mistake_told_again_and_again_is_corrected() {
    for model in [plain(), with_dense()] {
        let features = Features::of(&Message::text("", NEW));
        let mut shadow = Shadow::of(&model);
        let mut told = 0;
        while shadow.learn(&features, "道路") == Lesson::Learned {
            told += 1;
            assert!(told < 10);
        }
        assert!(told > 0);
        assert_eq!(shadow.learn(&features, "道路"), Lesson::Known);
        let learned = shadow.into_model();
        assert_eq!(top(&learned, NEW), "道路");
        assert_ne!(top(&model, NEW), "道路", "the model itself stays as it was");
        assert_ne!(learned.version(), model.version());
        assert_eq!(learned.learned_count(), told);
        assert_eq!(Model::read(&learned.to_bytes()).unwrap(), learned);
    }
}

#[test]
fn one_correction_spoils_little() {
    let model = plain();
    let items: Vec<(Features, &str)> = MATTERS
        .iter()
        .flat_map(|(label, matters)| matters.map(|matter| (Features::of(&Message::text("", matter)), *label)))
        .collect();
    let agreement = |model: &Model| model.agreement(items.iter().map(|(features, label)| (features, *label)));
    assert!((agreement(&model) - 1.0).abs() < 1e-9);
    let mut shadow = Shadow::of(&model);
    shadow.learn(&Features::of(&Message::text("", NEW)), "道路");
    assert!(agreement(shadow.model()) >= 0.9);
}

#[test]
fn the_same_corrections_give_the_same_model() {
    let learned = || {
        let mut shadow = Shadow::of(&plain());
        for place in PLACES {
            let said = format!("{place}{NEW}");
            shadow.learn(&Features::of(&Message::text("", &said)), "道路");
        }
        shadow.into_model().to_bytes()
    };
    assert_eq!(learned(), learned());
}

#[test]
fn what_cannot_be_learned_is_said() {
    let mut shadow = Shadow::of(&plain());
    let features = Features::of(&Message::text("", NEW));
    assert_eq!(shadow.learn(&features, "殡葬"), Lesson::UnknownLabel);
    assert_eq!(
        shadow.learn(&Features::of(&Message::text("", "😡")), "道路"),
        Lesson::Blank
    );
    assert_eq!(shadow.into_model(), plain());
}

#[test]
fn agreement_counts_unknown_labels_as_wrong() {
    let model = plain();
    let features = Features::of(&Message::text("", "水管爆裂漏水"));
    assert!((model.agreement([(&features, "供水"), (&features, "殡葬")]) - 0.5).abs() < 1e-9);
    assert!((model.agreement(std::iter::empty()) - 1.0).abs() < 1e-9);
}
