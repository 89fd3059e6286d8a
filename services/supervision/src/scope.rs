//! Whose units a caller's lists are about. What he may see of a ticket is asked of tickets, row by row.

use std::sync::Arc;

use domain::access::Actor;
use domain::id::UnitId;
use domain::rules::Rules;

/// Which units' rows are wanted and within reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All, and the hotline's own steps.
    City,
    /// Those of one unit and the units below it.
    Unit(UnitId),
    /// None.
    Nothing,
}

impl Scope {
    /// The units an actor asks for. Who is of a unit reaches that unit and those below it; beyond it there is nothing,
    /// and no hint that there is.
    pub(crate) fn of(actor: &Actor, wanted: Option<&UnitId>, rules: &Rules) -> Self {
        if !actor.role.is_of_a_unit() {
            return wanted.map_or(Scope::City, |unit| Scope::Unit(unit.clone()));
        }
        let Some(own) = &actor.unit else {
            return Scope::Nothing;
        };
        match wanted {
            None => Scope::Unit(own.clone()),
            Some(unit) if rules.units.is_within(unit, own) => Scope::Unit(unit.clone()),
            Some(_) => Scope::Nothing,
        }
    }

    /// As much of it as lies in a district.
    pub(crate) fn within(self, district: Option<&UnitId>, rules: &Rules) -> Self {
        let Some(district) = district else {
            return self;
        };
        match self {
            Scope::City => Scope::Unit(district.clone()),
            Scope::Unit(own) if rules.units.is_within(&own, district) => Scope::Unit(own),
            Scope::Unit(own) if rules.units.is_within(district, &own) => Scope::Unit(district.clone()),
            Scope::Unit(_) | Scope::Nothing => Scope::Nothing,
        }
    }

    /// Whether rows of a unit, or of the hotline's own, belong to it.
    pub(crate) fn holds(&self, unit: Option<&Arc<UnitId>>, rules: &Rules) -> bool {
        match self {
            Scope::City => true,
            Scope::Unit(top) => unit.is_some_and(|unit| rules.units.is_within(unit, top)),
            Scope::Nothing => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::access::Role;
    use domain::id::HolderId;

    use super::*;
    use crate::test_city::{rules, unit};

    fn scope(role: Role, own: Option<&str>, wanted: Option<&str>) -> Scope {
        let actor = Actor {
            holder: HolderId::parse("somebody").unwrap(),
            role,
            unit: own.map(unit),
            cleared: false,
        };
        Scope::of(&actor, wanted.map(unit).as_ref(), &rules())
    }

    #[test]
    fn a_desk_reaches_the_city_or_what_it_asks_for() {
        assert_eq!(scope(Role::Supervisor, None, None), Scope::City);
        assert_eq!(
            scope(Role::Supervisor, None, Some("water")),
            Scope::Unit(unit("water"))
        );
    }

    #[test]
    fn a_unit_reaches_itself_and_those_below_and_nothing_else() {
        let head = |wanted| scope(Role::UnitHead, Some("district-1"), wanted);
        assert_eq!(head(None), Scope::Unit(unit("district-1")));
        assert_eq!(head(Some("street-1")), Scope::Unit(unit("street-1")));
        assert_eq!(head(Some("water")), Scope::Nothing);
        assert_eq!(scope(Role::UnitHead, None, None), Scope::Nothing);
    }

    #[test]
    fn a_district_narrows_it_and_widens_nothing() {
        let district = unit("district-1");
        let within = |scope: Scope| scope.within(Some(&district), &rules());
        let of = |code| Scope::Unit(unit(code));
        assert_eq!(within(Scope::City), of("district-1"));
        assert_eq!(within(of("street-1")), of("street-1"));
        assert_eq!(within(of("water")), Scope::Nothing);
        assert_eq!(within(Scope::Nothing), Scope::Nothing);
        assert_eq!(of("water").within(None, &rules()), of("water"));
    }

    #[test]
    fn the_hotlines_own_steps_belong_to_the_city_only() {
        let street = Arc::new(unit("street-1"));
        assert!(Scope::City.holds(None, &rules()));
        assert!(!Scope::Unit(unit("district-1")).holds(None, &rules()));
        assert!(Scope::Unit(unit("district-1")).holds(Some(&street), &rules()));
        assert!(!Scope::Nothing.holds(Some(&street), &rules()));
    }
}
