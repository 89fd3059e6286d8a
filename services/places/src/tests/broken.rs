//! What people type into a field for a place.

use proptest::prelude::*;

use super::*;

#[test]
fn no_place_is_no_area() {
    for place in [
        "",
        " ",
        "不知道",
        "就在我家",
        "🙂🎉🚧",
        "somewhere over there",
        "，。；",
        "geo:",
        "号号号号",
        "１２３４５",
    ] {
        assert_eq!(
            find(&Question {
                place,
                ..Question::default()
            })
            .areas,
            [],
            "{place}"
        );
    }
}

#[test]
fn emoji_and_other_scripts_around_a_name_do_not_hide_it() {
    check(&[
        ("🚧🚧龙湖区🚧", "龙湖区 0.95"),
        ("near 龙湖区 Wanda plaza", "龙湖区 0.95"),
        ("\u{200b}龙湖区\u{200b}", "龙湖区 0.95"),
    ]);
}

#[test]
fn a_hundred_kilobytes_are_read() {
    let long = "金砂路128号旁边，石大台街道，geo:23.35,116.70；".repeat(2_000);
    let answer = find(&Question {
        place: &long,
        subject: &long,
        body: &long,
        ..Question::default()
    });
    assert!(answer.areas.len() <= 3 && answer.areas.iter().all(|one| one.evidence.len() <= 8));
    let noise = "壕".repeat(40_000);
    assert_eq!(
        find(&Question {
            place: &noise,
            ..Question::default()
        })
        .areas,
        []
    );
}

proptest! {
    #[test]
    fn any_text_is_read_and_confidences_are_confidences(
        place in "[龙湖区金平砂路公园东段与、0-9一二十百号门对面geo:.;,=u \u{1F6A7}壕江石炮台街道-]{0,60}",
        body in "\\PC{0,40}",
        declared in proptest::option::of(prop_oneof![Just("440507"), Just("440511"), Just("nowhere")]),
    ) {
        let declared = declared.map(code);
        let mut landmarks = Landmarks::default();
        let number = domain::id::TicketNumber::new(jiff::civil::date(2026, 1, 1), 1).unwrap();
        let area = code("440507");
        landmarks.confirm(&SHANTOU, &crate::Confirmed { place: &place, area: &area, ticket: number, caller: None });
        let question = Question { place: &place, subject: &body, body: &place, declared: declared.as_ref(), learned: Some(&landmarks) };
        let answer = find(&question);
        prop_assert!(answer.areas.len() <= 3);
        prop_assert!(answer.areas.iter().all(|one| (0.0..=1.0).contains(&one.confidence)));
        prop_assert!(answer.areas.windows(2).all(|pair| pair[0].confidence >= pair[1].confidence));
        if answer.notes.contains(&Note::Conflict) {
            prop_assert!(answer.areas.iter().all(|one| one.confidence < crate::CLEAR_MIN));
        }
        prop_assert_eq!(answer, find(&question));
    }
}
