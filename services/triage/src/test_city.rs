//! A small sound city: two districts, a street, two departments; noise is the district's, water one unit's.

use domain::id::{AreaId, CategoryId, UnitId};
use domain::rules::{Area, AreaLevel, Bundle, Entry, Lead, Rules, Term, UnitClass};
use domain::samples;
use domain::ticket::Grade;
use jiff::civil::{Date, date};

use crate::suggest::{About, By, Evidence, Scored, Suggestion};

pub(crate) const TODAY: Date = date(2026, 11, 20);

pub(crate) fn category(id: &str) -> CategoryId {
    CategoryId::parse(id).unwrap()
}

pub(crate) fn area(id: &str) -> AreaId {
    AreaId::parse(id).unwrap()
}

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::parse(id).unwrap()
}

fn term(text: &str, about: &str) -> Term {
    Term {
        text: text.to_owned(),
        category: Some(category(about)),
        kind: None,
        emergency: None,
        referral: None,
        weight: 10,
    }
}

pub(crate) fn rules() -> Rules {
    let named = |id: &str, zh: &str, level, parent: Option<&str>| Area {
        zh: zh.to_owned(),
        ..samples::area(id, level, parent)
    };
    let noise = Entry {
        co: vec![unit("ecology")],
        ..samples::entry("noise", "urban.noise", Lead::District)
    };
    let bundle = Bundle {
        units: vec![
            samples::unit("ecology", UnitClass::Department, None, None),
            samples::unit("water", UnitClass::Utility, None, None),
            samples::unit("district-1", UnitClass::District, None, Some("d1")),
            samples::unit("district-2", UnitClass::District, None, Some("d2")),
            samples::unit("street-1", UnitClass::Street, Some("district-1"), Some("s1")),
        ],
        areas: vec![
            named("city", "测试市", AreaLevel::City, None),
            named("d1", "东城区", AreaLevel::District, Some("city")),
            named("d2", "西城区", AreaLevel::District, Some("city")),
            named("s1", "东门街道", AreaLevel::Street, Some("d1")),
        ],
        categories: ["urban", "urban.noise", "utilities", "utilities.water", "other"]
            .map(samples::category)
            .to_vec(),
        directory: vec![
            noise,
            samples::entry("pipes", "utilities", Lead::Unit(unit("water"))),
        ],
        lexicon: vec![term("噪音", "urban.noise"), term("水管", "utilities.water")],
        ..samples::bundle()
    };
    Rules::new(bundle).unwrap()
}

/// What is suggested where nothing was found.
pub(crate) fn nothing() -> Suggestion {
    Suggestion {
        categories: Vec::new(),
        category_hold: None,
        kinds: Vec::new(),
        grade: Scored {
            value: Grade::C,
            confidence: 1.0,
            evidence: Vec::new(),
        },
        areas: Vec::new(),
        units: Vec::new(),
        barrier: None,
        hints: Vec::new(),
        hint_hold: None,
        rules: Vec::new(),
        is_contradictory: false,
        reads_as_report: false,
        model: None,
    }
}

/// A category as words or model say it.
pub(crate) fn about(id: &str, confidence: f64, evidence: Vec<Evidence>) -> About {
    About {
        value: category(id),
        confidence,
        evidence,
        model_words: Vec::new(),
        by: By::Words,
    }
}
