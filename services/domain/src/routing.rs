//! Which unit is responsible, and by what entry of the dispatch directory 派单目录.
//!
//! The deepest category wins, then the smallest area; the district stands behind every entry as a safety net 属地兜底.
//! Start at [`routes`].

#[cfg(test)]
pub(crate) mod test_city;

use jiff::civil::Date;

use crate::id::{AreaId, CategoryId, EntryId, UnitId};
use crate::rules::{Area, AreaLevel, Entry, Lead, Rules, Unit};

/// The code a dispatch names when no entry fits and the district of the matter takes it. No entry may bear it.
pub const SAFETY_NET: &str = "district-safety-net";

/// What the safety net rests on.
const SAFETY_NET_BASIS: &str = "属地管理原则：派单目录无对应条目时由事发地区县兜底承接";

/// One way to dispatch a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The entry it rests on, or [`SAFETY_NET`].
    pub entry: EntryId,
    /// Who leads 主办.
    pub lead: UnitId,
    /// Who helps 协办; never the lead, never a recused unit.
    pub co: Vec<UnitId>,
    /// The law, rule or list of duties it rests on.
    pub basis: String,
}

impl Route {
    /// Whether no entry fitted and the district catches the matter.
    pub fn is_safety_net(&self) -> bool {
        self.entry.as_str() == SAFETY_NET
    }
}

/// Every way to dispatch a matter on a day, best first: deepest category, then smallest area, then the district as
/// safety net. A recused unit and all below it get no leg of any role: its superior leads instead, and where it has
/// none the route is left out.
pub fn routes(
    rules: &Rules,
    category: &CategoryId,
    area: Option<&AreaId>,
    on: Date,
    recused: Option<&UnitId>,
) -> Vec<Route> {
    let mut entries: Vec<&Entry> = rules
        .bundle()
        .directory
        .iter()
        .filter(|entry| covers(rules, entry, category, area, on))
        .collect();
    entries.sort_by_cached_key(|entry| std::cmp::Reverse((depth(&entry.category), area_depth(rules, entry))));
    entries
        .into_iter()
        .filter_map(|entry| of_entry(rules, entry, area, recused))
        .chain(safety_net(rules, area, recused))
        .collect()
}

/// The best of [`routes`].
pub fn route(
    rules: &Rules,
    category: &CategoryId,
    area: Option<&AreaId>,
    on: Date,
    recused: Option<&UnitId>,
) -> Option<Route> {
    routes(rules, category, area, on, recused).into_iter().next()
}

/// Whether a dispatch that names `entry` may give the lead to `lead`: the entry holds on that day, covers the matter,
/// and names this unit or one below it (the superior leads where the unit itself is recused).
pub fn fits(
    rules: &Rules,
    entry: &EntryId,
    category: &CategoryId,
    area: Option<&AreaId>,
    lead: &UnitId,
    on: Date,
) -> bool {
    let named = if entry.as_str() == SAFETY_NET {
        district(rules, area)
    } else {
        rules
            .bundle()
            .directory
            .iter()
            .find(|one| one.id == *entry && covers(rules, one, category, area, on))
            .and_then(|one| lead_of(rules, one, area))
    };
    named.is_some_and(|unit| rules.units.is_within(&unit.id, lead))
}

fn covers(rules: &Rules, entry: &Entry, category: &CategoryId, area: Option<&AreaId>, on: Date) -> bool {
    entry.holds_on(on)
        && category.is_within(&entry.category)
        && entry
            .area
            .as_ref()
            .is_none_or(|whole| area.is_some_and(|part| rules.areas.is_within(part, whole)))
}

fn of_entry(rules: &Rules, entry: &Entry, area: Option<&AreaId>, recused: Option<&UnitId>) -> Option<Route> {
    let lead = unrecused(rules, lead_of(rules, entry, area)?, recused)?;
    let mut co: Vec<UnitId> = Vec::with_capacity(entry.co.len());
    for unit in &entry.co {
        let away = recused.is_some_and(|top| rules.units.is_within(unit, top));
        if !away && *unit != lead.id && !co.contains(unit) {
            co.push(unit.clone());
        }
    }
    Some(Route {
        entry: entry.id.clone(),
        lead: lead.id.clone(),
        co,
        basis: entry.basis.clone(),
    })
}

fn safety_net(rules: &Rules, area: Option<&AreaId>, recused: Option<&UnitId>) -> Option<Route> {
    let lead = unrecused(rules, district(rules, area)?, recused)?;
    Some(Route {
        entry: EntryId::parse(SAFETY_NET).expect("the code has lower-case letters and dashes only"),
        lead: lead.id.clone(),
        co: Vec::new(),
        basis: SAFETY_NET_BASIS.to_owned(),
    })
}

fn lead_of<'a>(rules: &'a Rules, entry: &Entry, area: Option<&AreaId>) -> Option<&'a Unit> {
    match &entry.lead {
        Lead::Unit(unit) => rules.units.get(unit),
        Lead::District => district(rules, area),
        Lead::Street => authority(rules, area, AreaLevel::Street).or_else(|| district(rules, area)),
    }
}

fn district<'a>(rules: &'a Rules, area: Option<&AreaId>) -> Option<&'a Unit> {
    authority(rules, area, AreaLevel::District)
}

/// The general authority of the part of that level in which `area` lies.
fn authority<'a>(rules: &'a Rules, area: Option<&AreaId>, level: AreaLevel) -> Option<&'a Unit> {
    let found: &Area = rules.areas.line(area?).find(|one| one.level == level)?;
    rules.units.of_area(&found.id)
}

/// The unit, or the first above it that is not recused.
fn unrecused<'a>(rules: &'a Rules, unit: &'a Unit, recused: Option<&UnitId>) -> Option<&'a Unit> {
    rules
        .units
        .line(&unit.id)
        .find(|one| recused.is_none_or(|top| !rules.units.is_within(&one.id, top)))
}

fn depth(category: &CategoryId) -> usize {
    category.as_str().split('.').count()
}

fn area_depth(rules: &Rules, entry: &Entry) -> usize {
    entry
        .area
        .as_ref()
        .map_or(0, |area| rules.areas.line(area).count())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::test_city::{bundle, entry};
    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn rules() -> Rules {
        let mut bundle = bundle();
        bundle.directory.extend([
            entry("noise", "urban.noise", None, Lead::District, &["ecology"]),
            entry(
                "noise-east",
                "urban.noise",
                Some("d1"),
                Lead::Street,
                &["ecology", "water"],
            ),
            entry(
                "pipes",
                "utilities",
                None,
                Lead::Unit(UnitId::parse("water").unwrap()),
                &[],
            ),
        ]);
        Rules::new(bundle).unwrap()
    }

    fn category(text: &str) -> CategoryId {
        CategoryId::parse(text).unwrap()
    }

    /// `entry lead co…` of every route, one a line.
    fn check(about: &str, area: Option<&str>, recused: Option<&str>, expected: &str) {
        let area = area.map(|text| AreaId::parse(text).unwrap());
        let recused = recused.map(|text| UnitId::parse(text).unwrap());
        let found = routes(&rules(), &category(about), area.as_ref(), TODAY, recused.as_ref());
        let mut lines = Vec::new();
        for route in found {
            let mut words = vec![route.entry.to_string(), route.lead.to_string()];
            words.extend(route.co.iter().map(ToString::to_string));
            lines.push(words.join(" "));
        }
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn the_smaller_area_comes_before_the_city_and_the_district_catches_last() {
        check(
            "urban.noise.music",
            Some("s1"),
            None,
            "noise-east street-1 ecology water\nnoise district-1 ecology\nall-urban ecology\ndistrict-safety-net district-1",
        );
    }

    #[test]
    fn the_deeper_category_comes_first() {
        check(
            "urban.noise.music",
            Some("d2"),
            None,
            "noise district-2 ecology\nall-urban ecology\ndistrict-safety-net district-2",
        );
    }

    #[test]
    fn where_only_the_district_is_known_it_leads_for_its_streets() {
        check(
            "urban.noise",
            Some("d1"),
            None,
            "noise-east district-1 ecology water\nnoise district-1 ecology\nall-urban ecology\ndistrict-safety-net district-1",
        );
    }

    #[test]
    fn without_a_place_only_city_wide_units_lead() {
        check("urban.noise.music", None, None, "all-urban ecology");
        check("utilities.water", None, None, "pipes water");
        check("urban.noise.music", Some("city"), None, "all-urban ecology");
    }

    #[test]
    fn the_superior_of_a_recused_unit_leads() {
        check(
            "urban.noise.music",
            Some("s1"),
            Some("street-1"),
            "noise-east district-1 ecology water\nnoise district-1 ecology\nall-urban ecology\ndistrict-safety-net district-1",
        );
    }

    #[test]
    fn a_recused_unit_gets_no_leg_of_any_role_nor_do_those_below_it() {
        check(
            "urban.noise.music",
            Some("s1"),
            Some("district-1"),
            "all-urban ecology",
        );
        check(
            "urban.noise",
            Some("s1"),
            Some("ecology"),
            "noise-east street-1 water\nnoise district-1\ndistrict-safety-net district-1",
        );
        check("utilities.water", Some("city"), Some("water"), "");
    }

    #[test]
    fn an_entry_rests_before_its_first_day_and_after_its_last() {
        let mut bundle = bundle();
        bundle.directory.push(Entry {
            from: date(2026, 1, 1),
            until: Some(date(2026, 6, 30)),
            ..entry(
                "half-year",
                "utilities",
                None,
                Lead::Unit(UnitId::parse("water").unwrap()),
                &[],
            )
        });
        let rules = Rules::new(bundle).unwrap();
        let leads = |on| route(&rules, &category("utilities.water"), None, on, None).is_some();
        assert!(!leads(date(2025, 12, 31)));
        assert!(leads(date(2026, 1, 1)) && leads(date(2026, 6, 30)));
        assert!(!leads(date(2026, 7, 1)));
    }

    #[test]
    fn every_route_fits_its_own_entry_and_no_other_unit_does() {
        let rules = rules();
        let area = AreaId::parse("s1").unwrap();
        let about = category("urban.noise.music");
        let fits = |entry: &EntryId, lead: &str, on| {
            fits(
                &rules,
                entry,
                &about,
                Some(&area),
                &UnitId::parse(lead).unwrap(),
                on,
            )
        };
        for route in routes(&rules, &about, Some(&area), TODAY, None) {
            assert!(fits(&route.entry, route.lead.as_str(), TODAY), "{}", route.entry);
            assert!(!fits(&route.entry, "district-2", TODAY), "{}", route.entry);
        }
        let east = EntryId::parse("noise-east").unwrap();
        assert!(fits(&east, "district-1", TODAY), "the superior of the street");
        assert!(
            !fits(&east, "street-1", date(2000, 1, 1)),
            "before the entry holds"
        );
        assert!(
            !fits(&EntryId::parse("pipes").unwrap(), "water", TODAY),
            "another category"
        );
    }
}
