//! What arrives broken: nothing, too much, pictures only, two languages, no place, two places.

use super::*;

fn verdict(subject: &str, body: &str, place: &str) -> String {
    let (_, verdict) = suggest(&SuggestInput {
        subject,
        body,
        place,
        ..Default::default()
    });
    match verdict {
        Verdict::Dispatch { route, .. } => route.lead.to_string(),
        Verdict::Hold(hold) => hold.as_str().to_owned(),
    }
}

#[test]
fn nothing_and_pictures_say_nothing() {
    for text in ["", "   \n", "😡😡😡🙏", "！！！……", "\u{0}\u{feff}\u{200b}"] {
        assert_eq!(verdict(text, text, text), "unknown_category", "{text:?}");
    }
}

#[test]
fn a_text_of_100_kb_is_read_like_a_short_one() {
    let long = "学校的老师说学校没有位置。".repeat(3_000);
    assert!(long.len() > 100_000);
    assert_eq!(verdict("学校", &long, "东区"), "school-board");
    let noise = "z".repeat(100_000);
    assert_eq!(verdict("", &noise, ""), "unknown_category");
}

#[test]
fn width_case_and_english_between_do_not_matter() {
    assert_eq!(
        verdict("", "my kid's 学校, the 老师 of 学校 said No", "东区"),
        "school-board"
    );
    assert_eq!(verdict("", "学　校😡学校，老师", "东区"), "school-board");
}

#[test]
fn without_a_place_and_with_two_a_district_s_matter_waits() {
    assert_eq!(
        verdict("夜间施工噪音", "施工到两点，噪音很大", ""),
        "unknown_area"
    );
    assert_eq!(
        verdict("夜间施工噪音", "施工到两点，噪音很大", "东区、西区"),
        "unsure_area"
    );
}
