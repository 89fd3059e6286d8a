//! A small sound city: two districts, a street, two departments; noise is the district's, water one unit's.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{AreaId, CategoryId, EntryId, UnitId};
use domain::rules::{
    Area, AreaLevel, Bundle, Cap, Category, Entry, GradeLimits, HandleLimits, Ladder, Lead, Profile, Rules,
    Stage, Term, Unit, UnitClass, Yellow,
};
use domain::ticket::Grade;
use domain::time::{Calendar, Hours, Limit};
use jiff::civil::{Date, date, time};

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

fn limits(has_stages: bool) -> GradeLimits {
    let limit = Limit::WorkingDays(5);
    GradeLimits {
        triage: limit,
        sign: limit,
        contact: limit,
        handle: HandleLimits {
            consult: limit,
            help: limit,
            complaint: limit,
            report: limit,
            suggestion: limit,
            praise: limit,
        },
        stage: has_stages.then_some(Stage {
            first: limit,
            every: limit,
        }),
        audit: limit,
        callback: limit,
        rework: limit,
        cap: Cap { times: None, limit },
        floor: limit,
        yellow: Yellow {
            percent: 20,
            working_days: 1,
        },
        ladder: Ladder {
            l1: limit,
            l2: limit,
            l3: limit,
            call: None,
            l4: None,
            l5: None,
            every_clock: false,
        },
    }
}

fn profile() -> Profile {
    let limit = Limit::WorkingDays(5);
    Profile {
        name: "test".to_owned(),
        source: "invented".to_owned(),
        a: limits(true),
        b: limits(true),
        c: limits(false),
        d: limits(false),
        co_percent: 80,
        callback_tries: 3,
        callback_tries_within: limit,
        callback_link: limit,
        rework_rounds: 2,
        reopen_within: limit,
        transfer_confirm: limit,
        audit_sample_percent: 10,
        points_tenths: [0, 5, 10, 20, 30, 50],
        procedures: domain::rules::Procedures::default(),
        missed_call: domain::rules::MissedCalls::default(),
        triggers: domain::rules::Triggers::default(),
        duplicates: domain::rules::Duplicates::default(),
    }
}

fn calendar() -> Calendar {
    let hours = vec![Hours {
        from: time(8, 0, 0, 0),
        to: time(18, 0, 0, 0),
    }];
    Calendar {
        utc_offset_minutes: 480,
        years: BTreeSet::from([2026]),
        off: BTreeSet::new(),
        work: BTreeSet::new(),
        working_hours: hours.clone(),
        desk_hours: hours.clone(),
        callback_hours: hours,
        class_hours: BTreeMap::new(),
    }
}

fn entry(id: &str, about: &str, lead: Lead, co: &[&str]) -> Entry {
    Entry {
        id: EntryId::parse(id).unwrap(),
        category: category(about),
        area: None,
        when: domain::rules::Conditions::default(),
        lead,
        co: co.iter().map(|id| unit(id)).collect(),
        basis: "a law".to_owned(),
        from: date(2020, 1, 1),
        until: None,
    }
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
    let a_unit = |id: &str, class, parent: Option<&str>, of: Option<&str>| Unit {
        id: unit(id),
        zh: id.to_owned(),
        en: id.to_owned(),
        class,
        parent: parent.map(unit),
        area: of.map(area),
        until: None,
    };
    let an_area = |id: &str, zh: &str, level, parent: Option<&str>| Area {
        id: area(id),
        zh: zh.to_owned(),
        level,
        parent: parent.map(area),
        aliases: Vec::new(),
        roads: Vec::new(),
    };
    let a_category = |id: &str| Category {
        id: category(id),
        zh: id.to_owned(),
        en: id.to_owned(),
        statute: None,
        radius_m: None,
    };
    let bundle = Bundle {
        city_zh: "测试市".to_owned(),
        city_en: "Testville".to_owned(),
        city_area: area("city"),
        profile: profile(),
        calendar: calendar(),
        units: vec![
            a_unit("ecology", UnitClass::Department, None, None),
            a_unit("water", UnitClass::Utility, None, None),
            a_unit("district-1", UnitClass::District, None, Some("d1")),
            a_unit("district-2", UnitClass::District, None, Some("d2")),
            a_unit("street-1", UnitClass::Street, Some("district-1"), Some("s1")),
        ],
        areas: vec![
            an_area("city", "测试市", AreaLevel::City, None),
            an_area("d1", "东城区", AreaLevel::District, Some("city")),
            an_area("d2", "西城区", AreaLevel::District, Some("city")),
            an_area("s1", "东门街道", AreaLevel::Street, Some("d1")),
        ],
        categories: ["urban", "urban.noise", "utilities", "utilities.water", "other"]
            .map(a_category)
            .to_vec(),
        directory: vec![
            entry("noise", "urban.noise", Lead::District, &["ecology"]),
            entry("pipes", "utilities", Lead::Unit(unit("water")), &[]),
        ],
        lexicon: vec![term("噪音", "urban.noise"), term("水管", "utilities.water")],
        recusals: Vec::new(),
        boundaries: Vec::new(),
        triage: domain::rules::Triage::default(),
        publication: None,
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
