//! How much is near and past due: by unit, district, level, grade, clock. Each ticket counts once, by the clock that
//! presses most.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::Actor;
use domain::clock::{Kind, Level};
use domain::id::UnitId;
use domain::rules::{Rules, UnitClass};
use domain::ticket::Grade;

use super::{Asked, OpenTickets};

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    pub(crate) yellow: u32,
    pub(crate) red: u32,
}

/// The figures of what a caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Summary {
    pub(crate) total: Count,
    /// By whose clock it is; none: the ticket's own and the hotline's own steps.
    pub(crate) units: BTreeMap<Option<Arc<UnitId>>, Count>,
    pub(crate) districts: BTreeMap<UnitId, Count>,
    pub(crate) levels: BTreeMap<Option<Level>, Count>,
    pub(crate) grades: BTreeMap<Grade, Count>,
    pub(crate) clocks: BTreeMap<Kind, Count>,
}

impl Count {
    fn add(&mut self, is_red: bool) {
        let light = if is_red { &mut self.red } else { &mut self.yellow };
        *light = light.saturating_add(1);
    }

    fn join(&mut self, other: Self) {
        self.yellow = self.yellow.saturating_add(other.yellow);
        self.red = self.red.saturating_add(other.red);
    }
}

impl OpenTickets {
    /// How many of those asked for are near and past due, of the tickets `actor` may see.
    pub(crate) fn summary(&self, asked: &Asked<'_>, actor: &Actor) -> Summary {
        let mut summary = Summary::default();
        for (number, ticket) in &self.by_number {
            let Some(clock) = asked.pressing(ticket.rank, &ticket.clocks) else {
                continue;
            };
            let hidden = self.hidden.get(number);
            if hidden.is_some_and(|hidden| hidden.from(actor, asked.rules)) {
                continue;
            }
            let is_red = asked.now > clock.due_at;
            summary.total.add(is_red);
            summary.units.entry(clock.unit.clone()).or_default().add(is_red);
            summary.levels.entry(ticket.rank.level).or_default().add(is_red);
            summary.grades.entry(ticket.rank.grade).or_default().add(is_red);
            summary.clocks.entry(clock.kind).or_default().add(is_red);
        }
        summary.districts = summary.by_district(asked);
        summary
    }
}

impl Summary {
    fn by_district(&self, asked: &Asked<'_>) -> BTreeMap<UnitId, Count> {
        let mut districts: BTreeMap<UnitId, Count> = BTreeMap::new();
        for (unit, count) in &self.units {
            let district = unit.as_ref().and_then(|unit| district_of(unit, asked.rules));
            // The district of a street's own clerk is beyond his scope.
            if let Some(district) = district.filter(|one| asked.scope.holds(Some(one), asked.rules)) {
                districts.entry((*district).clone()).or_default().join(*count);
            }
        }
        districts
    }
}

/// The district a unit is or stands below.
fn district_of(unit: &UnitId, rules: &Rules) -> Option<Arc<UnitId>> {
    let mut line = rules.units.line(unit);
    let district = line.find(|unit| unit.class == UnitClass::District)?;
    Some(Arc::new(district.id.clone()))
}
