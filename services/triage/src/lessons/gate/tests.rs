use classifier::{Example, Message, Options, Shadow, train};

use super::*;

const PLACES: [&str; 6] = ["小区门口", "学校旁边", "菜市场", "老街", "公园里", "楼下"];
const WHEN: [&str; 5] = ["昨天晚上", "这几天", "一直", "从上周开始", "每天凌晨"];
const NOISE: [&str; 4] = [
    "施工噪音很大吵得睡不着",
    "音响声扰民",
    "广场舞喇叭太吵",
    "装修噪音没完没了",
];
const WATER: [&str; 4] = [
    "水管爆裂漏水",
    "停水没有通知",
    "水压太低水流很小",
    "自来水发黄有异味",
];

fn features(text: &str) -> Arc<Features> {
    Arc::new(Features::of(&Message::text("", text)))
}

/// What people say of one matter, in many places and at many times.
fn said(matters: &[&str], label: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for place in PLACES {
        for when in WHEN {
            for matter in matters {
                items.push(Item {
                    features: features(&format!("{when}{place}{matter}，请派人处理。")),
                    label: label.to_owned(),
                });
            }
        }
    }
    items
}

fn model() -> Model {
    let items = [said(&NOISE, "urban.noise"), said(&WATER, "utilities.water")].concat();
    let examples: Vec<Example> = items
        .into_iter()
        .map(|item| Example {
            label: item.label,
            features: (*item.features).clone(),
            group: None,
        })
        .collect();
    train(&examples, &[], &Options::default(), &mut |_| {}).unwrap().0
}

fn after(model: &Model, corrections: &[Item]) -> Model {
    let mut shadow = Shadow::of(model);
    for item in corrections {
        shadow.learn(&item.features, &item.label);
    }
    shadow.into_model()
}

fn judged(before: &Model, after: &Model, questions: &Questions) -> (Figures, Option<Reason>) {
    let models = Compared {
        original: before,
        before,
        after,
    };
    judge(models, questions)
}

fn every(step: usize, items: Vec<Item>) -> Vec<Item> {
    items.into_iter().step_by(step).collect()
}

/// The lexicon has the words themselves.
fn words(matters: &[&str], label: &str) -> Vec<Item> {
    let item = |matter: &&str| Item {
        features: features(matter),
        label: label.to_owned(),
    };
    matters.iter().map(item).collect()
}

/// The questions a city can ask: some lessons held out, and its lexicon.
fn questions(learned: Vec<Item>) -> Questions {
    Questions {
        learned,
        held_out: [
            every(7, said(&NOISE, "urban.noise")),
            every(7, said(&WATER, "utilities.water")),
        ]
        .concat(),
        lexicon: [words(&NOISE, "urban.noise"), words(&WATER, "utilities.water")].concat(),
    }
}

#[test]
fn a_correction_the_rest_agrees_with_is_let_in() {
    let model = model();
    // Words of both: the model errs, a person says what it is.
    let learned = vec![Item {
        features: features("楼下水管施工吵得睡不着，一直轰鸣，漏水没有，就是太吵，请处理"),
        label: "utilities.water".to_owned(),
    }];
    let copy = after(&model, &learned);
    let (figures, refused) = judged(&model, &copy, &questions(learned));
    assert_eq!(refused, None, "{figures:?}");
    assert_eq!(figures.held_out.before, figures.held_out.of);
    assert!(figures.learned.after >= figures.learned.before);
}

#[test]
fn a_series_of_wrong_corrections_of_one_clear_matter_is_refused() {
    let model = model();
    let poison: Vec<Item> = every(5, said(&WATER, "urban.noise"));
    let copy = after(&model, &poison);
    let (figures, refused) = judged(&model, &copy, &questions(poison.clone()));
    assert_eq!(refused, Some(Reason::HeldOutFalls), "{figures:?}");
    let young = Questions {
        held_out: Vec::new(),
        ..questions(poison)
    };
    let (figures, refused) = judged(&model, &copy, &young);
    assert_eq!(
        refused,
        Some(Reason::LexiconFalls),
        "a city without lessons has its lexicon: {figures:?}"
    );
}

#[test]
fn a_gain_elsewhere_does_not_make_up_for_a_category_that_falls() {
    let sum = |of, original, before, after| {
        let side = |right| Side {
            right,
            probability: 0.0,
        };
        Sum {
            of,
            original: side(original),
            before: side(before),
            after: side(after),
        }
    };
    assert!(!sum(300, 0, 280, 277).falls(HELD_OUT_LOSS_PERCENT));
    assert!(sum(300, 0, 280, 276).falls(HELD_OUT_LOSS_PERCENT));
    assert!(
        sum(50, 0, 40, 39).falls(HELD_OUT_LOSS_PERCENT),
        "of few none may be lost"
    );
    assert!(
        sum(300, 285, 280, 280).falls(HELD_OUT_LOSS_PERCENT),
        "small losses do not add up"
    );
    let told = |is_right| Answer {
        is_right,
        probability: 0.5,
    };
    let answered = |label, before, after| Answered {
        label,
        original: told(before),
        before: told(before),
        after: told(after),
    };
    let gained = (0..20).map(|_| answered("urban.noise", false, true));
    let lost = (0..20).map(|nth| answered("utilities.water", true, nth > 4));
    let all: Vec<Answered<'_>> = gained.chain(lost).collect();
    assert!(by_label(&all).values().any(category_falls));
    assert!(!by_label(&all[..20]).values().any(category_falls));
}

#[test]
fn what_was_not_learned_is_not_let_in() {
    let model = model();
    let (_, refused) = judged(
        &model,
        &model,
        &questions(every(10, said(&WATER, "utilities.water"))),
    );
    assert_eq!(refused, Some(Reason::NotLearned));
}
