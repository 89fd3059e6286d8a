//! A small sound city for the tests of rules and routing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{date, time};

use crate::id::{AreaId, CategoryId, EntryId, UnitId};
use crate::rules::{
    Area, AreaLevel, Bundle, Cap, Category, Entry, GradeLimits, HandleLimits, Ladder, Lead, Profile, Stage,
    Term, Unit, UnitClass, Yellow,
};
use crate::time::{Calendar, Hours, Limit};

pub(crate) fn limit(text: &str) -> Limit {
    Limit::parse(text).unwrap()
}

fn grade_limits(stage: Option<&str>) -> GradeLimits {
    let handle = limit("5 wd");
    GradeLimits {
        triage: limit("15 min"),
        sign: limit("30 min"),
        contact: limit("2 h"),
        handle: HandleLimits {
            consult: handle,
            help: handle,
            complaint: handle,
            report: handle,
            suggestion: handle,
            praise: handle,
        },
        stage: stage.map(|text| Stage {
            first: limit(text),
            every: limit(text),
        }),
        audit: limit("1 wd"),
        callback: limit("1 wd"),
        rework: limit("3 wd"),
        cap: Cap {
            times: None,
            limit: limit("20 wd"),
        },
        floor: limit("1 wd"),
        yellow: Yellow {
            percent: 20,
            working_days: 1,
        },
        ladder: Ladder {
            l1: limit("0 min"),
            l2: limit("1 wd"),
            l3: limit("3 wd"),
            call: None,
            l4: None,
            l5: None,
            every_clock: false,
        },
    }
}

fn calendar() -> Calendar {
    let span = |from: i8, to: i8| Hours {
        from: time(from, 0, 0, 0),
        to: time(to, 0, 0, 0),
    };
    Calendar {
        utc_offset_minutes: 480,
        years: BTreeSet::from([2026]),
        off: (1..=7).map(|day| date(2026, 10, day)).collect(),
        work: BTreeSet::from([date(2026, 9, 20), date(2026, 10, 10)]),
        working_hours: vec![span(8, 12), span(14, 18)],
        desk_hours: vec![span(8, 20)],
        callback_hours: vec![span(9, 12), span(14, 20)],
        class_hours: BTreeMap::new(),
    }
}

fn profile() -> Profile {
    Profile {
        name: "test".to_owned(),
        source: "invented for tests".to_owned(),
        a: grade_limits(Some("2 h")),
        b: grade_limits(Some("24 h")),
        c: grade_limits(None),
        d: grade_limits(None),
        co_percent: 80,
        callback_tries: 3,
        callback_tries_within: limit("3 wd"),
        callback_link: limit("7 d"),
        rework_rounds: 2,
        reopen_within: limit("10 d"),
        transfer_confirm: limit("2 min"),
        audit_sample_percent: 10,
        points_tenths: [0, 5, 10, 20, 30, 50],
        procedures: crate::rules::Procedures::default(),
        missed_call: crate::rules::MissedCalls::default(),
        triggers: crate::rules::Triggers::default(),
        duplicates: crate::rules::Duplicates::default(),
    }
}

pub(crate) fn unit(id: &str, class: UnitClass, parent: Option<&str>, area: Option<&str>) -> Unit {
    Unit {
        id: UnitId::parse(id).unwrap(),
        zh: id.to_owned(),
        en: id.to_owned(),
        class,
        parent: parent.map(|text| UnitId::parse(text).unwrap()),
        area: area.map(|text| AreaId::parse(text).unwrap()),
        until: None,
    }
}

pub(crate) fn area(id: &str, level: AreaLevel, parent: Option<&str>) -> Area {
    Area {
        id: AreaId::parse(id).unwrap(),
        zh: id.to_owned(),
        level,
        parent: parent.map(|text| AreaId::parse(text).unwrap()),
        aliases: Vec::new(),
        roads: Vec::new(),
    }
}

/// A directory entry that holds from 2020 on.
pub(crate) fn entry(id: &str, category: &str, area: Option<&str>, lead: Lead, co: &[&str]) -> Entry {
    Entry {
        id: EntryId::parse(id).unwrap(),
        category: CategoryId::parse(category).unwrap(),
        area: area.map(|text| AreaId::parse(text).unwrap()),
        when: crate::rules::Conditions::default(),
        lead,
        co: co.iter().map(|text| UnitId::parse(text).unwrap()).collect(),
        basis: "a law".to_owned(),
        from: date(2020, 1, 1),
        until: None,
    }
}

pub(crate) fn term(text: &str, category: Option<&str>) -> Term {
    Term {
        text: text.to_owned(),
        category: category.map(|id| CategoryId::parse(id).unwrap()),
        kind: None,
        emergency: None,
        referral: None,
        weight: 5,
    }
}

/// A sound city: two districts, a street, two departments, one entry.
pub(crate) fn bundle() -> Bundle {
    let category = |id: &str| Category {
        id: CategoryId::parse(id).unwrap(),
        zh: id.to_owned(),
        en: id.to_owned(),
        statute: None,
        radius_m: None,
    };
    Bundle {
        city_zh: "测试市".to_owned(),
        city_en: "Testville".to_owned(),
        city_area: AreaId::parse("city").unwrap(),
        profile: profile(),
        calendar: calendar(),
        units: vec![
            unit("ecology", UnitClass::Department, None, None),
            unit("water", UnitClass::Utility, None, None),
            unit("district-1", UnitClass::District, None, Some("d1")),
            unit("district-2", UnitClass::District, None, Some("d2")),
            unit("street-1", UnitClass::Street, Some("district-1"), Some("s1")),
        ],
        areas: vec![
            area("city", AreaLevel::City, None),
            area("d1", AreaLevel::District, Some("city")),
            area("d2", AreaLevel::District, Some("city")),
            area("s1", AreaLevel::Street, Some("d1")),
        ],
        categories: [
            "urban",
            "urban.noise",
            "urban.noise.music",
            "utilities",
            "utilities.water",
        ]
        .map(category)
        .to_vec(),
        directory: vec![entry(
            "all-urban",
            "urban",
            None,
            Lead::Unit(UnitId::parse("ecology").unwrap()),
            &[],
        )],
        lexicon: vec![term("噪音", Some("urban.noise"))],
        recusals: Vec::new(),
        boundaries: Vec::new(),
        triage: crate::rules::Triage::default(),
        publication: None,
    }
}
