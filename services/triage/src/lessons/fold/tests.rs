use std::fmt::Write as _;

use expect_test::{Expect, expect};
use jiff::ToSpan as _;
use jiff::civil::date;

use super::*;
use crate::test_city::category;

/// A history, one event a line: who, and what happened. An hour passes between two.
fn history(script: &str) -> Vec<Happened> {
    let begin = date(2026, 11, 16).at(9, 0, 0, 0);
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    let happened = |(nth, line): (usize, &str)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let what = match words[1..] {
            ["registers"] => What::Registered { category: None },
            ["registers", chosen] => What::Registered {
                category: Some(category(chosen)),
            },
            ["says", said, sureness] => What::Classified {
                category: Some(category(said)),
                sureness: sureness.parse().unwrap(),
            },
            ["says", said] => What::Classified {
                category: Some(category(said)),
                sureness: 100,
            },
            ["dispatches"] => What::Dispatched,
            ["asks", leg] => What::ReturnRequested {
                leg: leg.parse().unwrap(),
                another_units: true,
            },
            ["asks", leg, _] => What::ReturnRequested {
                leg: leg.parse().unwrap(),
                another_units: false,
            },
            ["approves", leg] => What::ReturnApproved {
                leg: leg.parse().unwrap(),
            },
            ["refuses"] => What::ReturnRefused,
            ["rules"] => What::Ruled,
            ["recalls"] => What::Recalled,
            ["ends"] => What::LegEnded,
            ["redispatches"] => What::Redispatched,
            ["closes"] => What::Closed { says_nothing: false },
            ["withdraws"] => What::Closed { says_nothing: true },
            _ => What::Other,
        };
        let hours = i64::try_from(nth).unwrap().hours();
        Happened {
            version: u32::try_from(nth).unwrap() + 1,
            at: jiff::tz::TimeZone::UTC
                .to_timestamp(begin.saturating_add(hours))
                .unwrap(),
            by_system: words[0] == "system",
            what,
        }
    };
    lines.enumerate().map(happened).collect()
}

/// What came of what was said, as a clerk would read it.
#[expect(clippy::needless_pass_by_value, reason = "as expect! gives it")]
fn check(script: &str, expected: Expect) {
    let number = TicketNumber::new(date(2026, 11, 16), 1).unwrap();
    let mut told = String::new();
    for one in outcomes(number, &history(script)) {
        let alone = if one.alone { " alone" } else { "" };
        let right = one.right.map(|right| format!(" {right}")).unwrap_or_default();
        let (version, said, sureness) = (one.key.version, one.said, one.sureness);
        let how = one.how.as_str();
        writeln!(told, "{version}: {said} {sureness}%{alone}, {how}{right}").unwrap();
    }
    expected.assert_eq(&told);
}

#[test]
fn what_is_closed_without_an_objection_is_confirmed() {
    check(
        "operator registers
         system says urban.noise 91
         system dispatches
         unit signs
         unit closes",
        expect![[r#"
            2: urban.noise 91% alone, confirmed urban.noise
        "#]],
    );
    check(
        "operator registers
         system says urban.noise 60
         triager dispatches
         unit closes",
        expect![[r#"
            2: urban.noise 60%, confirmed urban.noise
        "#]],
    );
}

#[test]
fn nothing_is_known_of_what_is_open_withdrawn_or_not_the_systems() {
    check(
        "operator registers
         system says urban.noise 91
         system dispatches",
        expect![[r#""#]],
    );
    check(
        "operator registers
         system says urban.noise 91
         system dispatches
         operator withdraws",
        expect![[r#""#]],
    );
    check(
        "operator registers utilities.water
         system says utilities.water 97
         system dispatches
         unit closes",
        expect![[r#""#]],
    );
    check(
        "operator registers
         triager says utilities.water
         system says utilities.water 97
         system dispatches
         triager says urban.noise
         unit closes",
        expect![[r#""#]],
    );
}

#[test]
fn a_person_who_says_otherwise_corrects_and_may_take_it_back() {
    check(
        "operator registers
         system says urban.noise 60
         triager says utilities.water
         triager dispatches
         unit closes",
        expect![[r#"
            2: urban.noise 60%, corrected utilities.water
        "#]],
    );
    check(
        "operator registers
         system says urban.noise 60
         triager says utilities.water
         triager says urban.noise
         triager dispatches
         unit closes",
        expect![[r#"
            2: urban.noise 60%, confirmed urban.noise
        "#]],
    );
    check(
        "operator registers
         system says urban.noise 60
         triager says utilities.water
         supervisor says urban",
        expect![[r#"
            2: urban.noise 60%, corrected urban
        "#]],
    );
}

#[test]
fn a_return_says_whose_it_is_not_and_the_right_category_if_somebody_says_it() {
    let returned = "operator registers
         system says urban.noise 91
         system dispatches
         unit asks 1
         triager approves 1
         triager recalls";
    check(
        returned,
        expect![[r#"
            2: urban.noise 91% alone, returned
        "#]],
    );
    check(
        &format!("{returned}\n triager says utilities.water\n triager dispatches\n unit closes"),
        expect![[r#"
            2: urban.noise 91% alone, returned utilities.water
        "#]],
    );
    check(
        &format!("{returned}\n triager dispatches\n unit closes"),
        expect![[r#"
            2: urban.noise 91% alone, returned
        "#]],
    );
}

#[test]
fn a_return_for_another_reason_of_a_co_unit_or_refused_is_no_ones_mistake() {
    for (asked, decided) in [
        ("asks 1 fact_missing", "triager approves 1\ntriager recalls"),
        ("asks 2", "triager approves 2\ntriager ends"),
        ("asks 1", "triager refuses"),
        ("asks 1", "arbiter rules\narbiter refuses"),
    ] {
        check(
            &format!(
                "operator registers\nsystem says urban.noise 91\nsystem dispatches\nunit {asked}\n{decided}\n\
                 unit closes"
            ),
            expect![[r#"
                2: urban.noise 91% alone, confirmed urban.noise
            "#]],
        );
    }
}

#[test]
fn what_was_returned_from_a_unit_a_person_had_chosen_otherwise_stays_his() {
    check(
        "operator registers
         system says urban.noise 60
         triager says utilities.water
         triager dispatches
         unit asks 1
         triager approves 1
         triager recalls
         triager says urban.noise
         triager dispatches
         unit closes",
        expect![[r#"
            2: urban.noise 60%, confirmed urban.noise
        "#]],
    );
}

#[test]
fn a_ruling_and_a_redispatch_are_the_systems_mistake() {
    check(
        "operator registers
         system says urban.noise 91
         system dispatches
         unit asks 1
         arbiter rules
         arbiter approves 1
         arbiter recalls
         arbiter dispatches
         unit closes",
        expect![[r#"
            2: urban.noise 91% alone, ruled
        "#]],
    );
    check(
        "operator registers
         system says urban.noise 91
         system dispatches
         triager redispatches
         triager says utilities.water
         triager dispatches",
        expect![[r#"
            2: urban.noise 91% alone, redispatched utilities.water
        "#]],
    );
}

#[test]
fn said_anew_before_anybody_looked_only_the_last_counts_and_reopened_it_is_another_saying() {
    check(
        "operator registers
         system says urban 40
         system says urban.noise 60
         triager dispatches
         unit closes
         operator reopens
         system says utilities.water 70
         triager says urban.noise",
        expect![[r#"
            3: urban.noise 60%, confirmed urban.noise
            7: utilities.water 70%, corrected urban.noise
        "#]],
    );
}

#[test]
fn in_a_change_by_itself_what_stood_before_tells_whether_it_is_said() {
    let change = history("system says urban.noise 91\nsystem dispatches");
    let (said, stands) = said_in(None, &change);
    assert_eq!(
        said.map(|said| (said.category, said.alone)),
        Some((category("urban.noise"), true))
    );
    assert_eq!(stands, Some(category("urban.noise")));
    assert_eq!(said_in(Some(category("urban.noise")), &change).0, None);
}
