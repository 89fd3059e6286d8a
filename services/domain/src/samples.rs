//! Sample rules for tests to build their cities from: a profile in which everything has five working days, a calendar
//! without holidays from eight to six, and short ways to write units, areas, categories and entries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{date, time};

use crate::id::{AreaId, CategoryId, EntryId, UnitId};
use crate::rules::{
    Area, AreaLevel, Bundle, Cap, Category, Conditions, Duplicates, Entry, GradeLimits, HandleLimits, Ladder,
    Lead, MissedCalls, Procedures, Profile, Rules, Stage, Triage, Triggers, Unit, UnitClass, Yellow,
};
use crate::time::{Calendar, Hours, Limit};

const LIMIT: Limit = Limit::WorkingDays(5);

/// The rules of [`bundle`].
pub fn rules() -> Rules {
    Rules::new(bundle()).expect("sound rules")
}

/// A city with `ecology`, `water`, `district-1` and below it `street-1`, one category `urban` and an empty directory.
pub fn bundle() -> Bundle {
    Bundle {
        city_zh: "测试市".to_owned(),
        city_en: "Testville".to_owned(),
        city_area: AreaId::parse("city").expect("an id"),
        profile: profile(),
        calendar: calendar(),
        units: vec![
            unit("ecology", UnitClass::Department, None, None),
            unit("water", UnitClass::Utility, None, None),
            unit("district-1", UnitClass::District, None, Some("d1")),
            unit("street-1", UnitClass::Street, Some("district-1"), Some("s1")),
        ],
        areas: vec![
            area("city", AreaLevel::City, None),
            area("d1", AreaLevel::District, Some("city")),
            area("s1", AreaLevel::Street, Some("d1")),
        ],
        categories: vec![category("urban")],
        directory: Vec::new(),
        lexicon: Vec::new(),
        recusals: Vec::new(),
        boundaries: Vec::new(),
        triage: Triage::default(),
        publication: None,
    }
}

/// A unit that is called as its id is.
pub fn unit(id: &str, class: UnitClass, parent: Option<&str>, area: Option<&str>) -> Unit {
    Unit {
        id: UnitId::parse(id).expect("an id"),
        zh: id.to_owned(),
        en: id.to_owned(),
        class,
        parent: parent.map(|parent| UnitId::parse(parent).expect("an id")),
        area: area.map(|area| AreaId::parse(area).expect("an id")),
        until: None,
    }
}

/// An area that is called as its id is.
pub fn area(id: &str, level: AreaLevel, parent: Option<&str>) -> Area {
    Area {
        id: AreaId::parse(id).expect("an id"),
        zh: id.to_owned(),
        level,
        parent: parent.map(|parent| AreaId::parse(parent).expect("an id")),
        aliases: Vec::new(),
        roads: Vec::new(),
    }
}

/// A category that is called as its id is.
pub fn category(id: &str) -> Category {
    Category {
        id: CategoryId::parse(id).expect("an id"),
        zh: id.to_owned(),
        en: id.to_owned(),
        statute: None,
        radius_m: None,
    }
}

/// An entry of the directory for a whole city.
pub fn entry(id: &str, category: &str, lead: Lead) -> Entry {
    Entry {
        id: EntryId::parse(id).expect("an id"),
        category: CategoryId::parse(category).expect("an id"),
        area: None,
        when: Conditions::default(),
        lead,
        co: Vec::new(),
        basis: "a law".to_owned(),
        from: date(2020, 1, 1),
        until: None,
    }
}

fn profile() -> Profile {
    Profile {
        name: "test".to_owned(),
        source: "invented".to_owned(),
        a: limits(true),
        b: limits(true),
        c: limits(false),
        d: limits(false),
        co_percent: 80,
        callback_tries: 3,
        callback_tries_within: LIMIT,
        callback_link: LIMIT,
        rework_rounds: 2,
        reopen_within: LIMIT,
        transfer_confirm: LIMIT,
        audit_sample_percent: 10,
        points_tenths: [0, 5, 10, 20, 30, 50],
        procedures: Procedures::default(),
        missed_call: MissedCalls::default(),
        triggers: Triggers::default(),
        duplicates: Duplicates::default(),
    }
}

fn limits(has_stages: bool) -> GradeLimits {
    GradeLimits {
        triage: LIMIT,
        sign: LIMIT,
        contact: LIMIT,
        handle: HandleLimits {
            consult: LIMIT,
            help: LIMIT,
            complaint: LIMIT,
            report: LIMIT,
            suggestion: LIMIT,
            praise: LIMIT,
        },
        stage: has_stages.then_some(Stage {
            first: LIMIT,
            every: LIMIT,
        }),
        audit: LIMIT,
        callback: LIMIT,
        rework: LIMIT,
        cap: Cap {
            times: None,
            limit: LIMIT,
        },
        floor: LIMIT,
        yellow: Yellow {
            percent: 20,
            working_days: 1,
        },
        ladder: Ladder {
            l1: LIMIT,
            l2: LIMIT,
            l3: LIMIT,
            call: None,
            l4: None,
            l5: None,
            every_clock: false,
        },
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
