//! Who may be told of a ticket, and where he is reached. What a unit may not see it is not told of either: the rule is
//! that of `domain::redact`, applied to the ticket as it stands when the notice leaves (domain.md, section 9).

use domain::id::UnitId;
use domain::rules::{Rules, UnitClass};
use lettre::Address;

use super::addresses::{Addresses, SEALED_DESK};
use super::notice::To;

/// What a ticket's secrecy means for notices, as it stands now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Grade A or B by now.
    pub(crate) urgent: bool,
    /// A confidential report 密件.
    pub(crate) sealed: bool,
    /// Sealed, and nobody knows yet against whom: no unit may learn of it.
    pub(crate) accused_unknown: bool,
    /// Units accused or kept out; those below them are as well.
    pub(crate) out: Vec<UnitId>,
}

impl Standing {
    /// Whether any unit is kept from the ticket: then a list that reaches every unit must not have it.
    fn is_guarded(&self) -> bool {
        self.sealed || !self.out.is_empty()
    }

    fn keeps_out(&self, unit: &UnitId, rules: &Rules) -> bool {
        self.accused_unknown || self.out.iter().any(|out| rules.units.is_within(unit, out))
    }
}

/// Whether an addressee belongs to a unit. Any other is the city's own.
fn is_a_units(addressee: &str) -> bool {
    matches!(addressee, "clerk" | "unit_leader" | "unit_head") || is_a_districts(addressee)
}

fn is_a_districts(addressee: &str) -> bool {
    matches!(addressee, "district" | "district_leader")
}

/// Which unit an addressee is of, for what concerns `unit`: the unit itself, or the district it stands in.
pub(crate) fn unit_of<'a>(addressee: &str, unit: Option<&'a UnitId>, rules: &'a Rules) -> Option<&'a UnitId> {
    let is_district = |one: &&domain::rules::Unit| one.class == UnitClass::District;
    match addressee {
        _ if is_a_districts(addressee) => rules.units.line(unit?).find(is_district).map(|one| &one.id),
        _ if is_a_units(addressee) => unit,
        _ => None,
    }
}

/// Whether somebody may be told at all. A unit's addressee without a unit is nobody in particular: he may be told only
/// of what every unit may know.
pub(crate) fn may_be_told(to: &To, standing: &Standing, rules: &Rules) -> bool {
    match &to.unit {
        Some(unit) => !standing.keeps_out(unit, rules),
        None => !is_a_units(&to.addressee) || !standing.is_guarded(),
    }
}

/// Where mail for somebody goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Where {
    /// To these.
    Addresses(Vec<Address>),
    /// Nowhere, on purpose: the file says so, or the unit stands in no district.
    Nowhere,
    /// Nobody has said where.
    Unknown,
}

/// Where mail goes that may go to `to`: to the unit's own addresses, else to those of the unit above it, else to those
/// for all. Of a ticket kept from any unit: never to those for all units, nor to an address such a unit has as well. Of a
/// sealed ticket the city's own addressees are its sealed desk.
pub(crate) fn mail_to(to: &To, standing: &Standing, rules: &Rules, addresses: &Addresses) -> Where {
    let is_units = is_a_units(&to.addressee);
    let of_unit = || {
        let line = rules.units.line(to.unit.as_ref()?);
        line.map(|unit| addresses.of_unit(&unit.id, &to.addressee))
            .find_map(|found| found)
    };
    let of_all = || match (is_units, standing) {
        (true, standing) if standing.is_guarded() => None,
        (false, standing) if standing.sealed => addresses.of_all(SEALED_DESK),
        _ => addresses.of_all(&to.addressee),
    };
    let Some(found) = of_unit().or_else(of_all) else {
        let has_no_district = is_a_districts(&to.addressee) && to.unit.is_none();
        return if has_no_district {
            Where::Nowhere
        } else {
            Where::Unknown
        };
    };
    if found.is_empty() {
        return Where::Nowhere;
    }
    let barred = addresses.of_units(|unit| standing.keeps_out(unit, rules) && standing.is_guarded());
    let is_free = |address: &&Address| standing.accused_unknown || !barred.contains(address);
    let left: Vec<Address> = found.iter().filter(is_free).cloned().collect();
    if left.is_empty() {
        Where::Unknown
    } else {
        Where::Addresses(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_city::{rules, unit};

    const FILE: &str = r#"
        [general]
        clerk = ["clerks@city.test"]
        unit_head = []
        district = ["districts@city.test"]
        city_office = ["office@city.test"]
        sealed_desk = ["sealed@city.test"]
        [units.district-1]
        clerk = ["d1@city.test", "shared@city.test"]
        district = ["d1@city.test"]
        [units.street-1]
        unit_leader = ["leader@s1.test"]
        unit_head = ["shared@city.test"]
        [units.water]
        clerk = ["water@city.test"]
    "#;

    fn to(addressee: &str, of: Option<&str>) -> To {
        To {
            addressee: Box::from(addressee),
            unit: of.map(unit),
        }
    }

    fn out(units: &[&str]) -> Vec<UnitId> {
        units.iter().map(|code| unit(code)).collect()
    }

    fn mail(addressee: &str, of: Option<&str>, standing: &Standing) -> String {
        let addresses = Addresses::parse(FILE).unwrap();
        match mail_to(&to(addressee, of), standing, &rules(), &addresses) {
            Where::Addresses(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Where::Nowhere => "nowhere".to_owned(),
            Where::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_unit_without_addresses_falls_back_to_the_one_above_and_then_to_all() {
        let open = Standing::default();
        assert_eq!(mail("unit_leader", Some("street-1"), &open), "leader@s1.test");
        assert_eq!(
            mail("clerk", Some("street-1"), &open),
            "d1@city.test shared@city.test"
        );
        assert_eq!(mail("clerk", Some("ecology"), &open), "clerks@city.test");
        assert_eq!(
            mail("unit_head", Some("water"), &open),
            "nowhere",
            "no mail on purpose"
        );
        assert_eq!(mail("unit_leader", Some("water"), &open), "unknown");
        assert_eq!(mail("city_office", None, &open), "office@city.test");
        assert_eq!(mail("duty_leader", None, &open), "unknown");
        assert_eq!(
            mail("district_leader", None, &open),
            "nowhere",
            "a department has none"
        );
    }

    #[test]
    fn the_district_of_a_street_is_told_and_a_department_has_none() {
        let rules = rules();
        let (street, district, water) = (unit("street-1"), unit("district-1"), unit("water"));
        let of = |addressee, unit| unit_of(addressee, Some(unit), &rules).map(UnitId::as_str);
        assert_eq!(of("district", &street), Some("district-1"));
        assert_eq!(of("district_leader", &district), Some("district-1"));
        assert_eq!(of("district", &water), None);
        assert_eq!(of("clerk", &water), Some("water"));
        assert_eq!(of("city_office", &water), None);
        assert_eq!(of("whoever_is_new", &water), None);
    }

    #[test]
    fn the_accused_and_those_below_are_told_nothing() {
        let sealed = Standing {
            sealed: true,
            out: out(&["district-1"]),
            ..Standing::default()
        };
        let told = |addressee, of| may_be_told(&to(addressee, of), &sealed, &rules());
        assert!(!told("unit_head", Some("district-1")) && !told("clerk", Some("street-1")));
        assert!(!told("district", Some("district-1")) && !told("district_leader", None));
        assert!(told("clerk", Some("water")) && told("city_office", None));

        let below = Standing {
            sealed: true,
            out: out(&["street-1"]),
            ..Standing::default()
        };
        assert!(
            may_be_told(&to("district", Some("district-1")), &below, &rules()),
            "the superior handles"
        );
    }

    #[test]
    fn until_the_accused_is_known_no_unit_is_told() {
        let unknown = Standing {
            sealed: true,
            accused_unknown: true,
            ..Standing::default()
        };
        let told = |addressee, of| may_be_told(&to(addressee, of), &unknown, &rules());
        assert!(
            !told("clerk", Some("water")) && !told("district", Some("district-1")) && !told("clerk", None)
        );
        assert!(told("triage_desk", None));
        assert_eq!(mail("triage_desk", None, &unknown), "sealed@city.test");
    }

    #[test]
    fn of_a_guarded_ticket_nothing_goes_to_a_list_of_all_nor_to_an_address_of_the_accused() {
        let sealed = Standing {
            sealed: true,
            out: out(&["street-1"]),
            ..Standing::default()
        };
        assert_eq!(
            mail("clerk", Some("ecology"), &sealed),
            "unknown",
            "all clerks read that"
        );
        assert_eq!(
            mail("clerk", Some("district-1"), &sealed),
            "d1@city.test",
            "the other is the street's too"
        );
        assert_eq!(mail("city_office", None, &sealed), "sealed@city.test");

        let kept_out = Standing {
            out: out(&["street-1"]),
            ..Standing::default()
        };
        assert_eq!(mail("clerk", Some("ecology"), &kept_out), "unknown");
        assert_eq!(
            mail("city_office", None, &kept_out),
            "office@city.test",
            "it is no secret to the desks"
        );
    }
}
