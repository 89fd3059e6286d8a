//! A small city: two departments, a district and two streets below it.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{AreaId, CategoryId, EntryId, UnitId};
use domain::rules::{
    Area, AreaLevel, Bundle, Cap, Category, Entry, GradeLimits, HandleLimits, Ladder, Lead, Procedures,
    Profile, Stage, Unit, UnitClass, Yellow,
};
use domain::time::{Calendar, Hours, Limit};
use jiff::civil::{date, time};

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
        procedures: Procedures::default(),
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
        years: BTreeSet::from([2026, 2027]),
        off: BTreeSet::new(),
        work: BTreeSet::new(),
        working_hours: hours.clone(),
        desk_hours: hours.clone(),
        callback_hours: hours,
        class_hours: BTreeMap::new(),
    }
}

fn a_unit(id: &str, class: UnitClass, parent: Option<&str>, area: Option<&str>) -> Unit {
    Unit {
        id: UnitId::parse(id).unwrap(),
        zh: id.to_owned(),
        en: id.to_owned(),
        class,
        parent: parent.map(|id| UnitId::parse(id).unwrap()),
        area: area.map(|id| AreaId::parse(id).unwrap()),
        until: None,
    }
}

fn an_area(id: &str, level: AreaLevel, parent: Option<&str>) -> Area {
    Area {
        id: AreaId::parse(id).unwrap(),
        zh: id.to_owned(),
        level,
        parent: parent.map(|id| AreaId::parse(id).unwrap()),
        aliases: Vec::new(),
        roads: Vec::new(),
    }
}

fn a_category(id: &str) -> Category {
    Category {
        id: CategoryId::parse(id).unwrap(),
        zh: id.to_owned(),
        en: id.to_owned(),
        statute: None,
        radius_m: None,
    }
}

/// `water`, `roads`, `district-1` and below it `street-1` and `street-2`; noise is water's by the directory.
pub(super) fn bundle() -> Bundle {
    Bundle {
        city_zh: "测试市".to_owned(),
        city_en: "Testville".to_owned(),
        city_area: AreaId::parse("city").unwrap(),
        profile: profile(),
        calendar: calendar(),
        units: vec![
            a_unit("water", UnitClass::Utility, None, None),
            a_unit("roads", UnitClass::Department, None, None),
            a_unit("district-1", UnitClass::District, None, Some("d1")),
            a_unit("street-1", UnitClass::Street, Some("district-1"), Some("s1")),
            a_unit("street-2", UnitClass::Street, Some("district-1"), Some("s2")),
        ],
        areas: vec![
            an_area("city", AreaLevel::City, None),
            an_area("d1", AreaLevel::District, Some("city")),
            an_area("s1", AreaLevel::Street, Some("d1")),
            an_area("s2", AreaLevel::Street, Some("d1")),
        ],
        categories: ["urban", "urban.noise", "urban.water", "traffic"]
            .map(a_category)
            .to_vec(),
        directory: vec![Entry {
            id: EntryId::parse("noise").unwrap(),
            category: CategoryId::parse("urban.noise").unwrap(),
            area: None,
            when: domain::rules::Conditions::default(),
            lead: Lead::Unit(UnitId::parse("water").unwrap()),
            co: Vec::new(),
            basis: "职责清单".to_owned(),
            from: date(2026, 1, 1),
            until: None,
        }],
        lexicon: Vec::new(),
        recusals: Vec::new(),
        boundaries: Vec::new(),
        triage: domain::rules::Triage::default(),
        publication: None,
    }
}
