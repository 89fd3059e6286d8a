//! Two that say different things stay below what is clear, each with its voice.

use expect_test::expect;

use super::*;
use crate::CLEAR_MIN;

fn asked(place: &str, declared: Option<&str>, body: &str) -> String {
    let declared = declared.map(code);
    told(&find(&Question {
        place,
        body,
        declared: declared.as_ref(),
        ..Question::default()
    }))
}

#[test]
fn text_and_declared_area_that_differ_both_stay() {
    expect![[r#"
        濠江区 0.43  申报 濠江区
        金霞街道 0.19  名称 金霞街道
        地点的说法互相矛盾，请人工核对"#]]
    .assert_eq(&asked("金霞街道", Some("440512"), ""));
    // However often the text says it.
    expect![[r#"
        金霞街道 0.45  名称 龙湖区，名称 金霞街道，地标 丹霞庄，地标 金涛庄
        濠江区 0.08  申报 濠江区
        地点的说法互相矛盾，请人工核对"#]]
    .assert_eq(&asked("龙湖区金霞街道丹霞庄、金涛庄", Some("440512"), ""));
    // A story about one other district is no hint but a contradiction too.
    expect![[r#"
        濠江区 0.45  申报 濠江区
        澄海区 0.06  名称 澄海
        地点的说法互相矛盾，请人工核对"#]]
    .assert_eq(&asked("", Some("440512"), "澄海的路灯坏了"));
}

#[test]
fn text_and_coordinates_that_differ_both_stay() {
    expect![[r#"
        濠江区 0.43  坐标 23.28600,116.72500
        龙湖区 0.19  地标 龙湖万达
        地点的说法互相矛盾，请人工核对"#]]
    .assert_eq(&asked("龙湖万达 geo:23.286,116.725", None, ""));
    expect![[r#"
        龙湖区 0.45  坐标 23.37000,116.74000，申报 龙湖区，名称 中山路
        金平区 0.07  名称 中山路
        地点的说法互相矛盾，请人工核对"#]]
    .assert_eq(
        &asked("中山路 geo:23.37,116.74 geo:23.26,116.60", Some("440507"), "")
            .replace("潮阳区 0.09  坐标 23.26000,116.60000\n", ""),
    );
}

#[test]
fn a_house_number_and_a_district_that_differ_both_stay() {
    expect![[r#"
        龙湖区 0.25  名称 龙湖区
        金平区 0.25  门牌 中山路20号
        地点的说法互相矛盾，请人工核对"#]]
    .assert_eq(&asked("龙湖区中山路20号", None, ""));
}

#[test]
fn two_places_in_one_text_both_stay() {
    for place in [
        "龙湖区与金平区交界处",
        "潮阳海门镇、潮南峡山街道、峡山大道",
        "澄海莲下到南澳后宅",
    ] {
        let answer = find(&Question {
            place,
            ..Question::default()
        });
        assert!(
            answer.areas.len() >= 2 && answer.areas[0].confidence < CLEAR_MIN,
            "{place}"
        );
        assert!(answer.notes.contains(&Note::Conflict), "{place}");
    }
}

#[test]
fn what_agrees_makes_no_conflict() {
    for (place, declared) in [
        ("金砂路88号 geo:23.3541,116.7128", Some("440511")),
        ("龙湖区中山路", None),
        ("西堤公园", Some("440511018")),
        ("金平区海滨路", None),
        ("丰泽庄", Some("4405")),
    ] {
        let declared = declared.map(code);
        let answer = find(&Question {
            place,
            declared: declared.as_ref(),
            ..Question::default()
        });
        assert!(answer.notes.is_empty(), "{place}: {}", told(&answer));
        assert!(
            answer.areas[0].confidence > CLEAR_MIN,
            "{place}: {}",
            told(&answer)
        );
    }
}
