//! The classifier by its public face, on small messages made up here.

mod asking;
mod bytes;
mod learning;
mod training;

use crate::{Example, Features, Message, Model, Options, Passage, train};

const PLACES: [&str; 8] = [
    "小区门口",
    "学校旁边",
    "菜市场",
    "老街",
    "公园里",
    "楼下",
    "桥头",
    "村口",
];
const WHEN: [&str; 6] = ["昨天晚上", "这几天", "一直", "从上周开始", "每天凌晨", "今年以来"];
const MATTERS: [(&str, [&str; 4]); 3] = [
    (
        "噪音",
        ["施工噪音很大", "音响声扰民", "广场舞喇叭太吵", "装修电钻响个不停"],
    ),
    (
        "供水",
        [
            "水管爆裂漏水",
            "停水没有通知",
            "水压太低水流很小",
            "自来水发黄有异味",
        ],
    ),
    (
        "道路",
        ["路面坑洼积水", "井盖破损松动", "路灯不亮", "人行道被车辆占用"],
    ),
];

fn text(place: &str, when: &str, matter: &str) -> String {
    format!("{when}{place}{matter}，请派人处理。")
}

fn example(label: &str, text: &str) -> Example {
    Example {
        label: label.to_owned(),
        features: Features::of(&Message::text("", text)),
        group: None,
    }
}

/// Every matter at every place and time.
fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for (label, matters) in MATTERS {
        for place in PLACES {
            for when in WHEN {
                examples.extend(matters.map(|matter| example(label, &text(place, when, matter))));
            }
        }
    }
    examples
}

fn passages() -> Vec<Passage> {
    let mut passages = Vec::new();
    for place in PLACES {
        for when in WHEN {
            for matter in MATTERS.iter().flat_map(|(_, matters)| matters) {
                passages.push(Passage::of(&Message::text("", &text(place, when, matter))));
            }
        }
    }
    passages
}

fn trained(options: &Options) -> Model {
    train(&examples(), &[], options, &mut |_| {}).unwrap().0
}

fn plain() -> Model {
    trained(&Options::default())
}

fn with_dense() -> Model {
    let model = trained(&Options {
        passages: passages(),
        ..Options::default()
    });
    assert!(model.dense.is_some());
    model
}

fn top(model: &Model, text: &str) -> String {
    let answer = model.classify(&Message::text("", text));
    model.labels()[answer.ranked[0].0].clone()
}
