use jiff::ToSpan as _;

use super::*;
use crate::ticket::check::Scene;

fn rules() -> &'static Rules {
    Scene::new().rules
}

fn category(id: &str) -> CategoryId {
    CategoryId::parse(id).unwrap()
}

/// A matter as somebody tells it.
struct Telling {
    category: Option<CategoryId>,
    area: Option<AreaId>,
    place: Place,
}

impl Telling {
    fn new(category: &str, place: &str) -> Self {
        Self {
            category: CategoryId::parse(category).ok(),
            area: None,
            place: Place::parse(place, &AreaNames::new(&rules().areas).unwrap()),
        }
    }

    fn matter(&self) -> Matter<'_> {
        Matter {
            category: self.category.as_ref(),
            area: self.area.as_ref(),
            place: &self.place,
        }
    }
}

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn earlier(likeness: f64) -> Earlier {
    Earlier {
        registered_at: NOW - 24.hours(),
        is_open: true,
        is_same_caller: false,
        likeness,
    }
}

fn judged(new: &Telling, old: &Telling, earlier: Earlier) -> Option<Candidate> {
    judge(rules(), new.matter(), old.matter(), earlier, NOW)
}

fn alike(near: Near, must_answer: bool) -> Option<Candidate> {
    let ground = Ground::Alike(near);
    Some(Candidate { ground, must_answer })
}

const CAR_PARK: &str = "丹霞庄西区3幢 geo:23.3700,116.7200";

#[test]
fn seventy_two_percent_is_a_candidate_and_ninety_must_be_answered() {
    let here = Telling::new("urban.noise", CAR_PARK);
    let of = |likeness| judged(&here, &here, earlier(likeness));
    assert_eq!(of(0.719), None);
    assert_eq!(of(0.72), alike(Near::Metres(0), false));
    assert_eq!(of(0.899), alike(Near::Metres(0), false));
    assert_eq!(of(0.90), alike(Near::Metres(0), true));
}

#[test]
fn thirty_days_are_the_end() {
    let here = Telling::new("urban.noise", CAR_PARK);
    let aged = |hours: i64| {
        let registered_at = NOW - hours.hours();
        let earlier = Earlier {
            registered_at,
            ..earlier(0.95)
        };
        judged(&here, &here, earlier)
    };
    assert!(aged(30 * 24).is_some());
    assert!(aged(30 * 24 + 1).is_none());
}

#[test]
fn a_radius_is_the_categorys_or_the_profiles() {
    // 0.003 degrees of latitude are 334 metres.
    let here = Telling::new("market", "geo:23.3700,116.7200");
    let there = Telling::new("market", "geo:23.3730,116.7200");
    assert_eq!(judged(&here, &there, earlier(0.8)), None);
    let near = Telling::new("market", "geo:23.3715,116.7200");
    assert_eq!(
        judged(&here, &near, earlier(0.8)),
        alike(Near::Metres(167), false)
    );
}

#[test]
fn a_named_place_is_the_same_without_its_areas_and_where_one_says_more() {
    let street = |place: &str| Telling::new("urban.noise", place);
    let same = [
        ("丹霞庄西区3幢", "某市丹霞庄西区3幢".to_owned()),
        ("丹霞庄西区3幢楼下", "丹霞庄西区".to_owned()),
        ("丹霞庄 西区", "丹霞庄西区。".to_owned()),
    ];
    for (new, old) in same {
        assert_eq!(
            judged(&street(new), &street(&old), earlier(0.8)),
            alike(Near::SamePlace, false),
            "{new} {old}"
        );
    }
    let (here, there) = (street("丹霞庄西区"), street("金涛庄东区"));
    assert_eq!(judged(&here, &there, earlier(0.95)), None);
}

#[test]
fn a_name_outweighs_coordinates_that_are_far_apart() {
    let here = Telling::new("urban.noise", "人民广场 geo:23.3700,116.7200");
    let there = Telling::new("urban.noise", "人民广场 geo:23.3800,116.7200");
    assert_eq!(judged(&here, &there, earlier(0.8)), alike(Near::SamePlace, false));
}

#[test]
fn what_is_not_said_is_held_against_nobody() {
    let here = Telling::new("urban.noise", CAR_PARK);
    let silent = Telling::new("", "");
    assert_eq!(judged(&silent, &here, earlier(0.95)), alike(Near::Unknown, true));
    assert_eq!(judged(&here, &silent, earlier(0.8)), alike(Near::Unknown, false));
}

#[test]
fn siblings_and_those_above_are_of_a_kind() {
    let of_a_kind = |a: &str, b: &str| are_of_a_kind(Some(&category(a)), Some(&category(b)));
    assert!(of_a_kind("urban.noise.shops", "urban.noise.sites"));
    assert!(of_a_kind("urban.noise", "urban.noise.sites"));
    assert!(of_a_kind("urban.noise", "urban.light"));
    assert!(!of_a_kind("urban", "market"), "tops have no parent");
    assert!(!of_a_kind("urban.noise.shops", "urban.light.lamps"));
    assert!(are_of_a_kind(None, Some(&category("market"))));
}

#[test]
fn the_same_caller_is_a_candidate_in_an_open_ticket_of_the_category_whatever_he_says() {
    let (here, there) = (
        Telling::new("urban.noise", "人民广场"),
        Telling::new("urban.noise", "丹霞庄西区"),
    );
    let caller = |is_open| Earlier {
        registered_at: NOW - (400 * 24).hours(),
        is_open,
        is_same_caller: true,
        likeness: 0.1,
    };
    let same = Some(Candidate {
        ground: Ground::SameCaller,
        must_answer: false,
    });
    assert_eq!(judged(&here, &there, caller(true)), same);
    assert_eq!(judged(&here, &there, caller(false)), None);
    assert_eq!(judged(&Telling::new("", ""), &there, caller(true)), None);
    assert_eq!(judged(&Telling::new("market", ""), &there, caller(true)), None);
}

#[test]
fn coordinates_are_read_as_rfc_5870_writes_them() {
    let at = |text: &str| Position::in_text(text);
    assert_eq!(
        at("门口 geo:23.37,116.72;u=35 楼下"),
        Position::new(23.37, 116.72)
    );
    assert_eq!(at("geo:-33.9,18.4,120"), Position::new(-33.9, 18.4));
    for bad in [
        "",
        "geo:",
        "geo:91,0",
        "geo:23.37",
        "geo:a,b",
        "地理:1,2",
        "geo:1..2,3",
    ] {
        assert_eq!(at(bad), None, "{bad}");
    }
}

#[test]
fn a_degree_of_latitude_is_111_kilometres() {
    let (south, north) = (
        Position::new(23.0, 116.0).unwrap(),
        Position::new(24.0, 116.0).unwrap(),
    );
    assert!((111_000..111_500).contains(&south.metres_to(north)));
    assert_eq!(south.metres_to(south), 0);
    let (east, west) = (
        Position::new(0.0, 180.0).unwrap(),
        Position::new(0.0, -180.0).unwrap(),
    );
    assert!(east.metres_to(west) <= 2);
}
