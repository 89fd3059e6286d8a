//! A small city under the general profile of domain.md, section 5, with the National Day holiday of 2026 and its
//! make-up days 调休.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{self, Date};

use crate::id::UnitId;
use crate::rules::{
    AreaLevel, Bundle, Cap, Category, GradeLimits, HandleLimits, Ladder, Lead, Procedures, Profile, Rules,
    Stage, Statute, Triggers, UnitClass, Yellow,
};
use crate::samples;
use crate::ticket::RequestType;
use crate::time::{Limit, test_calendar};

/// Units, parent first: a district with two streets and a village, three city-wide ones.
const UNITS: [(&str, UnitClass, Option<&str>, Option<&str>); 8] = [
    ("district", UnitClass::District, None, Some("d")),
    ("street", UnitClass::Street, Some("district"), Some("s")),
    ("street2", UnitClass::Street, Some("district"), Some("s2")),
    ("village", UnitClass::Department, Some("street"), None),
    ("water", UnitClass::Utility, None, None),
    ("roads", UnitClass::Department, None, None),
    ("ecology", UnitClass::Department, None, None),
    ("quarter", UnitClass::Street, Some("roads"), Some("q")),
];

const AREAS: [(&str, AreaLevel, Option<&str>); 5] = [
    ("city", AreaLevel::City, None),
    ("d", AreaLevel::District, Some("city")),
    ("s", AreaLevel::Street, Some("d")),
    ("s2", AreaLevel::Street, Some("d")),
    ("q", AreaLevel::Street, Some("d")),
];

/// Its rules, made once.
pub(crate) fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::new(bundle()).unwrap());
    &RULES
}

/// A local date and time of the city.
pub(crate) fn at(local: &str) -> Timestamp {
    test_calendar().instant(local.parse().unwrap())
}

/// The date in the ticket's number.
pub(crate) fn date() -> Date {
    civil::date(2026, 11, 23)
}

fn limit(text: &str) -> Limit {
    Limit::parse(text).unwrap()
}

fn bundle() -> Bundle {
    let category = |id: &str| Category {
        statute: (id == "market").then(statute),
        ..samples::category(id)
    };
    let water = Lead::Unit(UnitId::parse("water").unwrap());
    Bundle {
        profile: profile(),
        calendar: test_calendar(),
        units: UNITS
            .map(|(id, class, parent, area)| samples::unit(id, class, parent, area))
            .to_vec(),
        areas: AREAS
            .map(|(id, level, parent)| samples::area(id, level, parent))
            .to_vec(),
        categories: [
            "urban",
            "urban.noise",
            "utilities",
            "utilities.water",
            "market",
            "market.refund",
        ]
        .map(category)
        .to_vec(),
        directory: vec![
            samples::entry("noise", "urban.noise", Lead::Street),
            samples::entry("pipes", "utilities.water", water),
        ],
        ..samples::bundle()
    }
}

/// Of consumer complaints, with a second notice.
fn statute() -> Statute {
    Statute {
        clause: "a law, article 14".to_owned(),
        kinds: vec![RequestType::Complaint],
        handle: limit("45 wd"),
        stages: vec![limit("7 wd"), limit("30 wd")],
    }
}

fn profile() -> Profile {
    Profile {
        name: "general".to_owned(),
        source: "domain.md, section 5".to_owned(),
        a: urgent(
            [
                "5 min", "15 min", "30 min", "30 min", "2 h", "2 h", "4 h", "30 min",
            ],
            ["2 h", "4 h"],
            ["15 min", "30 min", "60 min"],
        ),
        b: urgent(
            ["15 min", "30 min", "2 h", "2 h", "1 d", "24 h", "48 h", "2 h"],
            ["24 h", "24 h"],
            ["60 min", "120 min", "240 min"],
        ),
        c: ordinary(
            "2 dh",
            "3 wd",
            Cap {
                times: Some(2),
                limit: limit("20 wd"),
            },
            ["2 wd", "5 wd", "15 wd", "1 wd"],
        ),
        d: ordinary(
            "1 wd",
            "5 wd",
            Cap {
                times: None,
                limit: limit("30 wd"),
            },
            ["15 wd"; 4],
        ),
        co_percent: 80,
        callback_tries: 3,
        callback_tries_within: limit("3 wd"),
        callback_link: limit("7 d"),
        rework_rounds: 2,
        reopen_within: limit("10 d"),
        transfer_confirm: limit("2 min"),
        audit_sample_percent: 10,
        points_tenths: [0, 5, 10, 20, 30, 50],
        procedures: Procedures::default(),
        missed_call: crate::rules::MissedCalls::default(),
        triggers: Triggers::default(),
        duplicates: crate::rules::Duplicates::default(),
    }
}

/// Grades A and B: triage, sign, contact, audit, callback, rework, cap, floor; stage reports; L2, L3 and the call.
fn urgent(limits: [&str; 8], stage: [&str; 2], ladder: [&str; 3]) -> GradeLimits {
    let [triage, sign, contact, audit, callback, rework, cap, floor] = limits.map(limit);
    GradeLimits {
        triage,
        sign,
        contact,
        handle: handle(["5 wd"; 4]),
        stage: Some(Stage {
            first: limit(stage[0]),
            every: limit(stage[1]),
        }),
        audit,
        callback,
        rework,
        cap: Cap {
            times: None,
            limit: cap,
        },
        floor,
        yellow: Yellow {
            percent: 25,
            working_days: 0,
        },
        ladder: Ladder {
            l1: limit("0 min"),
            l2: limit(ladder[0]),
            l3: limit(ladder[1]),
            call: Some(limit(ladder[2])),
            l4: Some(limit("5 wd")),
            l5: Some(limit("10 wd")),
            every_clock: true,
        },
    }
}

fn ordinary(triage: &str, rework: &str, cap: Cap, handling: [&str; 4]) -> GradeLimits {
    let day = limit("1 wd");
    GradeLimits {
        triage: limit(triage),
        sign: day,
        contact: day,
        handle: handle(handling),
        stage: None,
        audit: day,
        callback: day,
        rework: limit(rework),
        cap,
        floor: day,
        yellow: Yellow {
            percent: 20,
            working_days: 1,
        },
        ladder: Ladder {
            l1: limit("0 min"),
            l2: day,
            l3: limit("3 wd"),
            call: None,
            l4: Some(limit("5 wd")),
            l5: Some(limit("10 wd")),
            every_clock: false,
        },
    }
}

/// Consult; help, complaint and suggestion; report; praise.
fn handle([consult, usual, report, praise]: [&str; 4]) -> HandleLimits {
    HandleLimits {
        consult: limit(consult),
        help: limit(usual),
        complaint: limit(usual),
        report: limit(report),
        suggestion: limit(usual),
        praise: limit(praise),
    }
}
