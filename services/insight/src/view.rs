//! Whose eyes a board is for: which units' tickets count, and which sealed ones do not exist.

use domain::access::{Actor, Role};
use domain::id::UnitId;
use domain::rules::{Rules, UnitClass};

use crate::row::Row;
use crate::units::{NOBODY, Units};

/// Which units are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// One and those below it; none: all.
    pub(crate) unit: Option<UnitId>,
    /// Of one class only.
    pub(crate) class: Option<UnitClass>,
}

/// What a viewer's board counts, by the numbers of units. The same rule as `domain::redact::may_see`, for the lead.
#[derive(Debug)]
pub(crate) struct View {
    counts: Vec<bool>,
    is_recused: Vec<bool>,
    sees_waiting: bool,
    sees_sealed: bool,
}

/// The units a viewer may ask about: one's own and those below for who is of a unit, none for residents and machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach<'a> {
    /// Everything.
    City,
    /// One unit and those below it.
    Subtree(&'a UnitId),
    /// Nothing.
    Nothing,
}

/// How far a viewer's eyes reach.
pub(crate) fn reach(actor: &Actor) -> Reach<'_> {
    match actor.role {
        Role::Citizen | Role::Channel => Reach::Nothing,
        Role::UnitClerk | Role::UnitLeader | Role::UnitHead => {
            actor.unit.as_ref().map_or(Reach::Nothing, Reach::Subtree)
        }
        Role::Operator
        | Role::Triager
        | Role::Auditor
        | Role::CallbackAgent
        | Role::Supervisor
        | Role::CityOffice
        | Role::Arbiter
        | Role::Administrator
        | Role::System => Reach::City,
    }
}

/// Whether a viewer may ask about a unit: it exists and lies within reach. Otherwise it is as if it did not exist.
pub(crate) fn may_ask(actor: &Actor, unit: &UnitId, rules: &Rules) -> bool {
    let is_within = match reach(actor) {
        Reach::City => true,
        Reach::Subtree(top) => rules.units.is_within(unit, top),
        Reach::Nothing => false,
    };
    is_within && rules.units.get(unit).is_some()
}

impl View {
    /// What `actor` is shown of what is asked for.
    pub(crate) fn new(actor: &Actor, query: &Query, units: &Units, rules: &Rules) -> Self {
        let reach = reach(actor);
        let counts = |unit: &UnitId| {
            let is_within = match reach {
                Reach::City => true,
                Reach::Subtree(top) => rules.units.is_within(unit, top),
                Reach::Nothing => false,
            };
            is_within
                && query
                    .unit
                    .as_ref()
                    .is_none_or(|top| rules.units.is_within(unit, top))
                && query
                    .class
                    .is_none_or(|class| rules.units.get(unit).is_some_and(|unit| unit.class == class))
        };
        let is_recused = |accused: &UnitId| {
            actor
                .unit
                .as_ref()
                .is_some_and(|unit| rules.units.is_within(unit, accused))
        };
        Self {
            counts: units.codes().iter().map(counts).collect(),
            is_recused: units.codes().iter().map(is_recused).collect(),
            sees_waiting: reach == Reach::City,
            sees_sealed: actor.cleared || actor.role == Role::System || actor.role.is_of_a_unit(),
        }
    }

    /// Whether the ticket exists for the viewer and counts for its lead.
    pub(crate) fn counts(&self, row: &Row) -> bool {
        self.counts.get(usize::from(row.lead)).copied().unwrap_or(false) && self.knows(row)
    }

    /// Whether the ticket counts as waiting for the triage desk.
    pub(crate) fn counts_waiting(&self, row: &Row) -> bool {
        self.sees_waiting && row.is_waiting() && self.knows(row)
    }

    /// What is excluded, or merged into another, counts for nobody (domain.md, section 6: the assessed set).
    fn knows(&self, row: &Row) -> bool {
        if row.is_left_out {
            return false;
        }
        let is_recused = row.accused != NOBODY
            && self
                .is_recused
                .get(usize::from(row.accused))
                .copied()
                .unwrap_or(true);
        !is_recused && (self.sees_sealed || !row.is_sealed)
    }
}
