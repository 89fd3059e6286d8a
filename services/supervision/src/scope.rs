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
        let Some(own) = &actor.unit else { return Scope::Nothing };
        match wanted {
            None => Scope::Unit(own.clone()),
            Some(unit) if rules.units.is_within(unit, own) => Scope::Unit(unit.clone()),
            Some(_) => Scope::Nothing,
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
