//! Names, house numbers, landmarks, mistakes.

use expect_test::expect;

use super::*;

#[test]
fn divisions_are_known_by_official_short_and_other_names() {
    check(&[
        ("汕头市龙湖区金霞街道", "金霞街道 0.95"),
        ("龙湖金霞丹霞庄", "金霞街道 0.95"),
        ("潮阳区和平镇", "和平镇 0.95"),
        ("谷饶镇政府旁", "谷饶镇 0.95"),
        ("濠江", "濠江区 0.95"),
        ("全市", "汕头市 0.95"),
        ("ＬＨ 龍湖區", "龙湖区 0.95"),
    ]);
}

#[test]
fn a_short_name_nobody_listed_counts_less_and_only_where_the_place_is_asked_for() {
    assert_eq!(first("龙腾一期"), "龙腾街道 0.80");
    let story = find(&Question {
        body: "龙腾虎跃，龙腾",
        ..Question::default()
    });
    assert_eq!(told(&story), "");
    // Everyday words name no place.
    for place in ["和平", "东方", "红场", "城南那边", "开发区"] {
        assert_eq!(first(place), "-", "{place}");
    }
}

#[test]
fn a_road_called_after_a_place_need_not_lie_in_it() {
    assert_eq!(first("澄海路12号"), "-");
    assert_eq!(first("潮阳大道"), "潮阳区 0.95");
    assert_eq!(first("澄海路口"), "澄海区 0.95");
}

#[test]
fn house_numbers_tell_the_parts_of_a_road_apart() {
    check(&[
        ("中山路", "龙湖区 0.25"),
        ("中山路20号", "金平区 0.95"),
        ("中山路一百八十八号", "金平区 0.95"),
        ("中山路１８９号", "龙湖区 0.95"),
        ("中山路 300-2号 3楼", "龙湖区 0.95"),
        ("中山路东段３２０号", "龙湖区 0.95"),
        ("中山路180-200号", "龙湖区 0.25"),
        // A gate and a building are no house numbers.
        ("中山路3号门", "龙湖区 0.25"),
        ("金砂路88号", "金砂街道 0.95"),
        ("金砂路一二一号", "东方街道 0.95"),
        ("金砂路122号", "石炮台街道 0.95"),
        ("金砂路", "金平区 0.95"),
    ]);
    expect!["东方街道 0.95  门牌 金砂路123号"].assert_eq(&at("金砂路123号"));
}

#[test]
fn two_roads_cross_where_both_run() {
    expect!["金平区 0.95  名称 中山路与东厦路交叉口"].assert_eq(&at("中山路与东厦路交叉口"));
    expect!["金平区 0.95  名称 中山路和民族路交叉口，地标 升平"].assert_eq(&at("中山路和民族路路口，升平"));
}

#[test]
fn a_landmark_is_told_with_what_lies_beside_it() {
    expect!["金砂街道 0.95  地标 金砂公园3号门对面"].assert_eq(&at("金砂公园3号门对面的报刊亭"));
    expect!["珠池街道 0.95  地标 丰泽庄附近"].assert_eq(&at("丰泽庄附近"));
    expect!["龙湖区 0.95  地标 龙湖万达北门旁边"].assert_eq(&at("龙湖万达北门旁边"));
}

#[test]
fn characters_that_sound_or_look_alike_are_understood_and_say_so() {
    expect!["濠江区 0.70  名称 壕江区（疑为濠江区）"].assert_eq(&at("壕江区"));
    check(&[
        ("欧汀街道某小区", "鸥汀街道 0.70"),
        ("贵峪镇", "贵屿镇 0.70"),
        ("司马铺镇", "司马浦镇 0.70"),
        ("驼江街道", "鮀江街道 0.70"),
    ]);
}

#[test]
fn one_wrong_missing_or_swapped_character_of_a_long_name_is_a_guess() {
    expect!["石炮台街道 0.45  名称 石大台街道（疑为石炮台街道）"].assert_eq(&at("石大台街道"));
    check(&[
        ("石台街道", "石炮台街道 0.45"),
        ("石台炮街道", "石炮台街道 0.45"),
        ("小公原街道", "小公园街道 0.45"),
        ("贵屿循环经产业园", "贵屿镇 0.95"),
        ("练江滨海生公园", "潮阳区 0.25"),
    ]);
}

#[test]
fn a_place_is_never_invented() {
    for place in [
        "龙岗区",
        "龙华区",
        "昆山路8号",
        "西山公园",
        "人民公园",
        "罗湖区",
        "新南路",
        "第一中学",
        "大公园",
        "我家楼下",
        "金华市",
        "中山市",
        "潮州市",
        "揭阳市",
        "深圳市福田区",
        "石家庄",
        "平和镇",
    ] {
        assert_eq!(first(place), "-", "{place}: {}", at(place));
    }
}

#[test]
fn what_is_written_right_outweighs_what_is_guessed() {
    expect![[r#"
        龙湖区 0.72  名称 龙湖区
        石炮台街道 0.08  名称 石大台街道（疑为石炮台街道）"#]]
    .assert_eq(&at("龙湖区 石大台街道"));
}

#[test]
fn subject_and_body_speak_where_the_place_is_silent() {
    let answer = find(&Question {
        subject: "澄海樟林古港停车难",
        body: "樟林古港门口每到周末就堵",
        ..Question::default()
    });
    expect!["东里镇 0.95  地标 樟林古港，名称 澄海"].assert_eq(&told(&answer));
}
