//! A small city: two departments, a district and two streets below it.

use domain::id::UnitId;
use domain::rules::{AreaLevel, Bundle, Entry, Lead, UnitClass};
use domain::samples::{self, area, category, entry, unit};
use jiff::civil::date;

/// `water`, `roads`, `district-1` and below it `street-1` and `street-2`; noise is water's by the directory.
pub(super) fn bundle() -> Bundle {
    Bundle {
        units: vec![
            unit("water", UnitClass::Utility, None, None),
            unit("roads", UnitClass::Department, None, None),
            unit("district-1", UnitClass::District, None, Some("d1")),
            unit("street-1", UnitClass::Street, Some("district-1"), Some("s1")),
            unit("street-2", UnitClass::Street, Some("district-1"), Some("s2")),
        ],
        areas: vec![
            area("city", AreaLevel::City, None),
            area("d1", AreaLevel::District, Some("city")),
            area("s1", AreaLevel::Street, Some("d1")),
            area("s2", AreaLevel::Street, Some("d1")),
        ],
        categories: ["urban", "urban.noise", "urban.water", "traffic"]
            .map(category)
            .to_vec(),
        directory: vec![Entry {
            basis: "职责清单".to_owned(),
            from: date(2026, 1, 1),
            ..entry(
                "noise",
                "urban.noise",
                Lead::Unit(UnitId::parse("water").unwrap()),
            )
        }],
        ..samples::bundle()
    }
}
