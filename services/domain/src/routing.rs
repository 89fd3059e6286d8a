//! Which unit is responsible, and by what entry of the dispatch directory 派单目录.
//!
//! Of the entries that cover a matter on a day the order of precedence is: the deepest category; then the smallest area;
//! then the one whose conditions ask for more (type and grade rather than one of them, one rather than none); then the
//! first in the directory, which is no rule to rest on: `directory check` tells it as an overlap. The district stands
//! behind every entry as a safety net 属地兜底. A unit that must stay out of the matter, by the ticket or by the city's
//! recusal list 回避名单, gets no leg of any role, nor do those below it; its superior leads.
//!
//! Start at [`routes`]; `check` finds what is wrong with a directory, `whatif` what another would have done.

pub mod check;
mod recusal;
#[cfg(test)]
pub(crate) mod test_city;
pub mod whatif;

use jiff::civil::Date;

pub use recusal::{is_out, listed};

use crate::id::{AreaId, CategoryId, EntryId, UnitId};
use crate::rules::{Area, AreaLevel, Areas, Entry, Lead, Rules, Unit, Units, specificity};
use crate::ticket::{Classification, Grade, RequestType};

/// The code a dispatch names when no entry fits and the district of the matter takes it. No entry may bear it.
pub const SAFETY_NET: &str = "district-safety-net";

/// What the safety net rests on.
const SAFETY_NET_BASIS: &str = "属地管理原则：派单目录无对应条目时由事发地区县兜底承接";

/// What is to be routed.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// Its subject.
    pub category: &'a CategoryId,
    /// Where it is.
    pub area: Option<&'a AreaId>,
    /// What the resident wants.
    pub kind: RequestType,
    /// How urgent.
    pub grade: Grade,
    /// The day of the dispatch, by the city's calendar.
    pub on: Date,
    /// Units that stay out of this one 回避, the accused and those kept out, with all below them.
    pub out: &'a [UnitId],
}

impl<'a> Matter<'a> {
    /// What a classification says of a ticket nobody stays out of; none without a category.
    pub fn of(classification: &'a Classification, on: Date) -> Option<Self> {
        Some(Self {
            category: classification.category.as_ref()?,
            area: classification.area.as_ref(),
            kind: classification.kind,
            grade: classification.grade,
            on,
            out: &[],
        })
    }

    /// An ordinary complaint.
    pub fn ordinary(category: &'a CategoryId, area: Option<&'a AreaId>, on: Date) -> Self {
        Self {
            category,
            area,
            kind: RequestType::Complaint,
            grade: Grade::C,
            on,
            out: &[],
        }
    }
}

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

/// Every entry that covers a matter, best first.
pub fn covering<'a>(rules: &'a Rules, matter: &Matter<'_>) -> impl Iterator<Item = &'a Entry> {
    let (entries, matter) = (&rules.bundle().directory, *matter);
    let places = rules.directory().covering(matter.category);
    places
        .filter_map(|at| entries.get(at))
        .filter(move |entry| fits_matter(rules, entry, &matter))
}

/// Why one entry that covers a matter comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beats {
    /// Its category is deeper.
    Deeper,
    /// Its area is smaller.
    Nearer,
    /// Its conditions ask for more.
    Narrower,
    /// It stands before it in the directory, and nothing else parts them.
    First,
}

/// Why the first of two entries that cover a matter comes before the second.
pub fn beats(rules: &Rules, first: &Entry, second: &Entry) -> Beats {
    let depth = |entry: &Entry| entry.category.as_str().split('.').count();
    let (near, wide) = (
        specificity(first, &rules.areas),
        specificity(second, &rules.areas),
    );
    if depth(first) != depth(second) {
        Beats::Deeper
    } else if near.0 != wide.0 {
        Beats::Nearer
    } else if near.1 != wide.1 {
        Beats::Narrower
    } else {
        Beats::First
    }
}

/// Every way to dispatch a matter, best first, then the district as safety net. Where a unit that must stay out has no
/// superior the route is left out.
pub fn routes(rules: &Rules, matter: &Matter<'_>) -> Vec<Route> {
    covering(rules, matter)
        .filter_map(|entry| of_entry(rules, entry, matter))
        .chain(safety_net(rules, matter))
        .collect()
}

/// The best of [`routes`].
pub fn route(rules: &Rules, matter: &Matter<'_>) -> Option<Route> {
    covering(rules, matter)
        .find_map(|entry| of_entry(rules, entry, matter))
        .or_else(|| safety_net(rules, matter))
}

/// The route of one entry that covers the matter; none where it leads nowhere.
pub fn of_entry(rules: &Rules, entry: &Entry, matter: &Matter<'_>) -> Option<Route> {
    let lead = recusal::instead(rules, matter, lead_of(rules, entry, matter)?)?;
    let mut co: Vec<UnitId> = Vec::with_capacity(entry.co.len());
    for unit in &entry.co {
        let takes = rules.units.get(unit).is_some_and(|unit| unit.takes_on(matter.on));
        if takes && !is_out(rules, matter, unit) && *unit != lead.id && !co.contains(unit) {
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

/// Whether a dispatch that names `entry` may give the lead to `lead`: the entry holds on that day, covers the matter,
/// and names this unit or one below it (the superior leads where the unit itself must stay out).
pub fn fits(rules: &Rules, entry: &EntryId, matter: &Matter<'_>, lead: &UnitId) -> bool {
    let named = if entry.as_str() == SAFETY_NET {
        district(rules, matter)
    } else {
        covering(rules, matter)
            .find(|one| one.id == *entry)
            .and_then(|one| lead_of(rules, one, matter))
    };
    named.is_some_and(|unit| {
        rules.units.is_within(&unit.id, lead)
            || recusal::instead(rules, matter, unit).is_some_and(|instead| instead.id == *lead)
    })
}

fn fits_matter(rules: &Rules, entry: &Entry, matter: &Matter<'_>) -> bool {
    entry.holds_on(matter.on)
        && entry.when.meets(matter.kind, matter.grade)
        && entry
            .area
            .as_ref()
            .is_none_or(|whole| matter.area.is_some_and(|part| rules.areas.is_within(part, whole)))
}

fn safety_net(rules: &Rules, matter: &Matter<'_>) -> Option<Route> {
    let lead = recusal::instead(rules, matter, district(rules, matter)?)?;
    Some(Route {
        entry: EntryId::parse(SAFETY_NET).expect("the code has lower-case letters and dashes only"),
        lead: lead.id.clone(),
        co: Vec::new(),
        basis: SAFETY_NET_BASIS.to_owned(),
    })
}

/// Who leads under an entry, if that unit takes matters still.
fn lead_of<'a>(rules: &'a Rules, entry: &Entry, matter: &Matter<'_>) -> Option<&'a Unit> {
    lead_in(&rules.units, &rules.areas, &entry.lead, matter.area).filter(|unit| unit.takes_on(matter.on))
}

/// Who leads in an area.
fn lead_in<'a>(units: &'a Units, areas: &Areas, lead: &Lead, area: Option<&AreaId>) -> Option<&'a Unit> {
    let of = |level| authority(units, areas, area?, level);
    match lead {
        Lead::Unit(unit) => units.get(unit),
        Lead::District => of(AreaLevel::District),
        Lead::Street => of(AreaLevel::Street).or_else(|| of(AreaLevel::District)),
    }
}

fn district<'a>(rules: &'a Rules, matter: &Matter<'_>) -> Option<&'a Unit> {
    lead_in(&rules.units, &rules.areas, &Lead::District, matter.area).filter(|unit| unit.takes_on(matter.on))
}

/// The general authority of the part of that level in which `area` lies.
fn authority<'a>(units: &'a Units, areas: &Areas, area: &AreaId, level: AreaLevel) -> Option<&'a Unit> {
    let found: &Area = areas.line(area).find(|one| one.level == level)?;
    units.of_area(&found.id)
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
        let out: Vec<UnitId> = recused
            .map(|text| UnitId::parse(text).unwrap())
            .into_iter()
            .collect();
        let category = category(about);
        let matter = Matter {
            out: &out,
            ..Matter::ordinary(&category, area.as_ref(), TODAY)
        };
        let found = routes(&rules(), &matter);
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
        let water = category("utilities.water");
        let leads = |on| route(&rules, &Matter::ordinary(&water, None, on)).is_some();
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
            let matter = Matter::ordinary(&about, Some(&area), on);
            fits(&rules, entry, &matter, &UnitId::parse(lead).unwrap())
        };
        for route in routes(&rules, &Matter::ordinary(&about, Some(&area), TODAY)) {
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
