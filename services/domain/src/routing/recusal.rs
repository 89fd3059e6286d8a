//! Who must stay out of a matter 回避, and who handles it instead.
//!
//! Out is whom the ticket itself keeps out (the accused, the recused) and whom the city's recusal list names for such
//! matters, each with all below. Instead comes the superior the list names, else the unit above.

use super::Matter;
use crate::id::UnitId;
use crate::rules::{Recusal, Rules, Unit};

/// How often the lead is handed on: from one that must stay out to the next above.
const STEPS_MAX: usize = 8;

/// The lines of the recusal list that keep units out of a matter.
pub fn listed<'a>(rules: &'a Rules, matter: &Matter<'_>) -> impl Iterator<Item = &'a Recusal> {
    let matter = *matter;
    let list = rules.bundle().recusals.iter();
    list.filter(move |recusal| is_meant(rules, recusal, &matter))
}

/// Whether a unit must stay out of a matter, itself or with one above it.
pub fn is_out(rules: &Rules, matter: &Matter<'_>, unit: &UnitId) -> bool {
    let within = |top: &UnitId| rules.units.is_within(unit, top);
    matter.out.iter().any(within) || listed(rules, matter).any(|recusal| within(&recusal.unit))
}

/// The unit itself, or who handles instead of it; none where nobody stands above those that must stay out.
pub(super) fn instead<'a>(rules: &'a Rules, matter: &Matter<'_>, unit: &'a Unit) -> Option<&'a Unit> {
    let mut now = unit;
    for _ in 0..STEPS_MAX {
        if now.takes_on(matter.on) && !is_out(rules, matter, &now.id) {
            return Some(now);
        }
        let within = |top: &UnitId| rules.units.is_within(&now.id, top);
        let named = listed(rules, matter)
            .filter(|recusal| within(&recusal.unit))
            .find_map(|recusal| rules.units.get(recusal.superior.as_ref()?));
        let above = || rules.units.get(now.parent.as_ref()?);
        now = named.filter(|named| named.id != now.id).or_else(above)?;
    }
    None
}

fn is_meant(rules: &Rules, recusal: &Recusal, matter: &Matter<'_>) -> bool {
    let category = recusal.category.as_ref();
    let area = recusal.area.as_ref();
    let accused = recusal.accused.as_ref();
    recusal.holds_on(matter.on)
        && category.is_none_or(|category| matter.category.is_within(category))
        && area.is_none_or(|whole| matter.area.is_some_and(|part| rules.areas.is_within(part, whole)))
        && accused.is_none_or(|top| matter.out.iter().any(|unit| rules.units.is_within(unit, top)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use crate::id::{AreaId, CategoryId, EntryId, UnitId};
    use crate::routing::test_city::{bundle, entry};
    use crate::routing::{Matter, fits, routes};
    use crate::rules::{Bundle, Lead, Recusal, Rules};

    const TODAY: Date = date(2026, 11, 20);

    fn recusal(unit: &str) -> Recusal {
        Recusal {
            id: EntryId::parse(unit).unwrap(),
            unit: UnitId::parse(unit).unwrap(),
            category: Some(CategoryId::parse("urban").unwrap()),
            area: None,
            accused: None,
            superior: None,
            basis: "a law".to_owned(),
            from: date(2026, 1, 1),
            until: None,
        }
    }

    fn rules(recusals: Vec<Recusal>) -> Rules {
        Rules::new(Bundle {
            directory: vec![
                entry("noise", "urban.noise", None, Lead::Street, &["ecology", "water"]),
                entry(
                    "urban",
                    "urban",
                    None,
                    Lead::Unit(UnitId::parse("ecology").unwrap()),
                    &[],
                ),
            ],
            recusals,
            ..bundle()
        })
        .unwrap()
    }

    /// `entry lead co…` of every route of a matter about noise in the street.
    fn check(recusals: Vec<Recusal>, out: &[&str], on: Date, expected: &str) {
        let rules = rules(recusals);
        let (category, area) = (
            CategoryId::parse("urban.noise").unwrap(),
            AreaId::parse("s1").unwrap(),
        );
        let out: Vec<UnitId> = out.iter().map(|unit| UnitId::parse(unit).unwrap()).collect();
        let matter = Matter {
            out: &out,
            ..Matter::ordinary(&category, Some(&area), on)
        };
        let found = routes(&rules, &matter);
        for route in &found {
            assert!(
                fits(&rules, &route.entry, &matter, &route.lead),
                "{}",
                route.entry
            );
        }
        let line = |route: crate::routing::Route| {
            let co = route.co.iter().map(ToString::to_string);
            let words: Vec<String> = [route.entry.to_string(), route.lead.to_string()]
                .into_iter()
                .chain(co)
                .collect();
            words.join(" ")
        };
        let lines: Vec<String> = found.into_iter().map(line).collect();
        assert_eq!(lines.join("\n"), expected);
    }

    const EVERYBODY: &str = "noise street-1 ecology water\nurban ecology\ndistrict-safety-net district-1";

    #[test]
    fn the_superior_handles_what_the_list_keeps_a_unit_out_of() {
        check(Vec::new(), &[], TODAY, EVERYBODY);
        check(
            vec![recusal("street-1")],
            &[],
            TODAY,
            "noise district-1 ecology water\nurban ecology\ndistrict-safety-net district-1",
        );
    }

    #[test]
    fn those_below_it_stay_out_too_and_the_superior_may_be_named() {
        let named = Recusal {
            superior: Some(UnitId::parse("water").unwrap()),
            ..recusal("district-1")
        };
        check(
            vec![named],
            &[],
            TODAY,
            "noise water ecology\nurban ecology\ndistrict-safety-net water",
        );
        check(vec![recusal("district-1")], &[], TODAY, "urban ecology");
    }

    #[test]
    fn a_unit_on_the_list_does_not_help_either() {
        check(
            vec![recusal("ecology")],
            &[],
            TODAY,
            "noise street-1 water\ndistrict-safety-net district-1",
        );
    }

    #[test]
    fn it_holds_for_the_matters_it_names_on_its_days() {
        let id = |text| CategoryId::parse(text).unwrap();
        let other = Recusal {
            category: Some(id("utilities")),
            ..recusal("street-1")
        };
        check(vec![other], &[], TODAY, EVERYBODY);
        let elsewhere = Recusal {
            area: Some(AreaId::parse("d2").unwrap()),
            ..recusal("street-1")
        };
        check(vec![elsewhere], &[], TODAY, EVERYBODY);
        check(vec![recusal("street-1")], &[], date(2025, 12, 31), EVERYBODY);
    }

    #[test]
    fn where_somebody_is_accused_another_may_have_to_stay_out() {
        let when_accused = || Recusal {
            accused: Some(UnitId::parse("district-1").unwrap()),
            ..recusal("ecology")
        };
        check(vec![when_accused()], &[], TODAY, EVERYBODY);
        check(
            vec![when_accused()],
            &["street-1"],
            TODAY,
            "noise district-1 water\ndistrict-safety-net district-1",
        );
    }

    #[test]
    fn two_that_name_each_other_lead_nowhere() {
        let to = |unit: &str, superior: &str| Recusal {
            superior: Some(UnitId::parse(superior).unwrap()),
            ..recusal(unit)
        };
        check(
            vec![to("water", "ecology"), to("ecology", "water")],
            &[],
            TODAY,
            "noise street-1\ndistrict-safety-net district-1",
        );
    }
}
