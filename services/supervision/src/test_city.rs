//! A small city: two departments, a district and a street below it.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{AreaId, CategoryId, UnitId};
use domain::rules::{
    Area, AreaLevel, Bundle, Cap, Category, GradeLimits, HandleLimits, Ladder, Profile, Rules, Stage, Unit,
    UnitClass, Yellow,
};
use domain::time::{Calendar, Hours, Limit};
use jiff::civil::time;

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

/// `ecology`, `water`, `district-1` and below it `street-1`.
pub(crate) fn rules() -> Rules {
    let area_id = |id: &str| AreaId::parse(id).unwrap();
    let a_unit = |id: &str, class, parent: Option<&str>, of: Option<&str>| Unit {
        id: unit(id),
        zh: id.to_owned(),
        en: id.to_owned(),
        class,
        parent: parent.map(unit),
        area: of.map(area_id),
        until: None,
    };
    let an_area = |id: &str, level, parent: Option<&str>| Area {
        id: area_id(id),
        zh: id.to_owned(),
        level,
        parent: parent.map(area_id),
        aliases: Vec::new(),
        roads: Vec::new(),
    };
    let bundle = Bundle {
        city_zh: "测试市".to_owned(),
        city_en: "Testville".to_owned(),
        city_area: area_id("city"),
        profile: profile(),
        calendar: calendar(),
        units: vec![
            a_unit("ecology", UnitClass::Department, None, None),
            a_unit("water", UnitClass::Utility, None, None),
            a_unit("district-1", UnitClass::District, None, Some("d1")),
            a_unit("street-1", UnitClass::Street, Some("district-1"), Some("s1")),
        ],
        areas: vec![
            an_area("city", AreaLevel::City, None),
            an_area("d1", AreaLevel::District, Some("city")),
            an_area("s1", AreaLevel::Street, Some("d1")),
        ],
        categories: vec![Category {
            id: CategoryId::parse("urban").unwrap(),
            zh: "urban".to_owned(),
            en: "urban".to_owned(),
            statute: None,
            radius_m: None,
        }],
        directory: Vec::new(),
        recusals: Vec::new(),
        lexicon: Vec::new(),
        boundaries: Vec::new(),
        triage: domain::rules::Triage::default(),
        publication: None,
    };
    Rules::new(bundle).unwrap()
}
