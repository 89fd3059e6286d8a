use domain::id::TicketNumber;
use domain::rules::{Boundary, Road, Rules};
use domain::ticket::Hold;
use places::{Confirmed, Landmarks};

use super::*;
use crate::suggest::{AREA_CONFIDENCE_MIN, Verdict};
use crate::test_city::{TODAY, area, rules};

/// The small city with a road divided by house numbers and two squares of ground.
fn city() -> Rules {
    let mut bundle = rules().bundle().clone();
    let square = |id: &str, west: i32| Boundary {
        id: area(id),
        polygons: vec![vec![vec![
            [west, 0],
            [west + 100_000, 0],
            [west + 100_000, 100_000],
            [west, 100_000],
            [west, 0],
        ]]],
    };
    bundle.boundaries = vec![square("d1", 0), square("d2", 100_000)];
    for one in &mut bundle.areas {
        let (from, to) = match one.id.as_str() {
            "d1" => (None, Some(99)),
            "d2" => (Some(100), None),
            _ => continue,
        };
        one.roads.push(Road {
            name: "长堤路".to_owned(),
            from,
            to,
            side: None,
        });
    }
    Rules::new(bundle).unwrap()
}

/// Area, confidence and evidence of each candidate for noise at a place; then what becomes of it.
fn told(input: &SuggestInput<'_>) -> Vec<String> {
    let rules = city();
    let lexis = Lexis::new(&rules).unwrap();
    let suggestion = lexis.suggest(&rules, input, TODAY);
    let mut lines: Vec<String> = suggestion
        .areas
        .iter()
        .map(|one| {
            let evidence: Vec<&str> = one.evidence.iter().map(|one| one.text.as_str()).collect();
            let mark = if one.confidence < AREA_CONFIDENCE_MIN {
                "?"
            } else {
                ""
            };
            format!("{}{mark} {}", one.value, evidence.join("，"))
        })
        .collect();
    lines.push(match lexis.verdict(&suggestion, false) {
        Verdict::Dispatch { route, .. } => route.lead.to_string(),
        Verdict::Hold(hold) => hold.as_str().to_owned(),
    });
    lines
}

fn at(place: &str) -> Vec<String> {
    told(&SuggestInput {
        body: "噪音",
        place,
        ..SuggestInput::default()
    })
}

#[test]
fn a_house_number_leads_to_the_district_and_says_so() {
    assert_eq!(at("长堤路12号"), ["d1 门牌 长堤路12号", "district-1"]);
    assert_eq!(at("长堤路一百二十号"), ["d2 门牌 长堤路一百二十号", "district-2"]);
    assert_eq!(
        at("长堤路"),
        ["d1? 名称 长堤路", "d2? 名称 长堤路", Hold::UnsureArea.as_str()]
    );
}

#[test]
fn coordinates_lead_to_the_district_and_a_border_waits() {
    assert_eq!(
        at("路边 geo:0.05,0.05"),
        ["d1 坐标 0.05000,0.05000", "district-1"]
    );
    assert_eq!(
        at("geo:0.05,0.1001"),
        [
            "d1? 坐标 0.05000,0.10010",
            "d2? 坐标 0.05000,0.10010",
            Hold::UnsureArea.as_str()
        ]
    );
}

#[test]
fn text_coordinates_and_declared_area_that_differ_wait_for_a_person() {
    assert_eq!(
        at("西城区 geo:0.05,0.05"),
        [
            "d1? 坐标 0.05000,0.05000",
            "d2? 名称 西城区",
            Hold::UnsureArea.as_str()
        ]
    );
    let declared = told(&SuggestInput {
        body: "噪音",
        place: "长堤路12号",
        declared_area: Some(area("d2")),
        ..SuggestInput::default()
    });
    assert_eq!(
        declared,
        [
            "d2? 申报 西城区",
            "d1? 门牌 长堤路12号",
            Hold::UnsureArea.as_str()
        ]
    );
}

#[test]
fn a_landmark_learned_from_three_tickets_is_understood() {
    let lexis = Lexis::new(&city()).unwrap();
    let mut landmarks = Landmarks::default();
    let place = "春江花苑3号门对面奶茶店";
    for sequence in 1..=3 {
        let confirmed = Confirmed {
            place,
            area: &area("d2"),
            ticket: TicketNumber::new(TODAY, sequence).unwrap(),
            caller: None,
        };
        landmarks.confirm(lexis.gazetteer(), &confirmed);
    }
    let input = SuggestInput {
        body: "噪音",
        place,
        landmarks: Some(&landmarks),
        ..SuggestInput::default()
    };
    assert_eq!(
        told(&input),
        ["d2 地标 春江花苑3号门对面奶茶店（3 件已确认工单）", "district-2"]
    );
}
