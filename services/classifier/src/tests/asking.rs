use super::*;

#[test]
fn a_message_never_seen_finds_its_label_and_its_words() {
    for model in [plain(), with_dense()] {
        let said = "我家楼下的水管又漏水了";
        assert_eq!(top(&model, said), "供水");
        let message = Message::text("", said);
        let answer = model.classify(&message);
        let sum: f64 = answer.ranked.iter().map(|(_, probability)| probability).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        assert!(answer.ranked.is_sorted_by(|one, next| one.1 >= next.1));
        let words = model.words_for(&message, answer.ranked[0].0, 2);
        assert!(
            words
                .iter()
                .all(|(word, weight)| said.contains(word.as_str()) && *weight > 0.0)
        );
        assert!(words[0].0.contains('水'), "{words:?}");
        let against = model.words_against(&message, answer.ranked[2].0, 3);
        assert!(against.iter().all(|(_, weight)| *weight < 0.0) && !against.is_empty());
    }
}

#[test]
fn words_alone_do_as_well_as_the_raw_text() {
    let model = plain();
    let raw = model.classify(&Message::text("路灯不亮", "桥头的路灯不亮了"));
    let words = model.classify(&Message::Words("路灯 不亮 桥头 路灯 不亮"));
    assert_eq!(raw.ranked[0].0, words.ranked[0].0);
}

#[test]
fn what_is_sure_is_routed_and_what_fits_nothing_is_not() {
    let model = with_dense();
    let sure = model.classify(&Message::text("", &text("楼下", "一直", "水管爆裂漏水")));
    assert!(sure.is_routed && sure.sureness > 0.9, "{sure:?}");
    for nothing in [
        "",
        "   ",
        "😡😡😡",
        "！！！……",
        "\u{0}",
        "的 了 是",
        "the quick brown fox",
    ] {
        let answer = model.classify(&Message::text(nothing, nothing));
        assert_eq!(answer.ranked.len(), 3);
        assert!(
            !answer.is_routed && answer.sureness < 0.5,
            "{nothing:?}: {answer:?}"
        );
    }
}

#[test]
fn a_hundred_kilobytes_are_answered() {
    let model = with_dense();
    let long = "自来水发黄有异味，".repeat(4_000);
    assert!(long.len() > 100_000);
    assert_eq!(top(&model, &long), "供水");
    assert!(
        !model
            .words_for(&Message::text("", &long), 0, 5)
            .iter()
            .any(|(word, _)| word.is_empty())
    );
    top(&model, &"x".repeat(100_000));
    top(&model, &"水".repeat(40_000));
}

#[test]
fn a_label_that_is_none_has_no_words() {
    let model = plain();
    assert!(model.words_for(&Message::text("", "水管漏水"), 99, 5).is_empty());
    assert!(model.threshold_of(99).is_infinite());
}
