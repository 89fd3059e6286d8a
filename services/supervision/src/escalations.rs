//! What has fired: the latest levels, latest first.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use domain::clock::{Kind, Level};
use domain::id::{TicketNumber, UnitId};
use jiff::Timestamp;

use crate::limits::ESCALATIONS_MAX;

/// A level that has fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Escalation {
    pub(crate) number: TicketNumber,
    /// The version of the event.
    pub(crate) version: u32,
    pub(crate) level: Level,
    /// The run that fired; none for a level reached otherwise.
    pub(crate) clock: Option<Run>,
    pub(crate) fired_at: Timestamp,
    pub(crate) told: Arc<Vec<String>>,
    /// The unit it is charged to, or whose lead it concerns; none for the hotline's own steps.
    pub(crate) unit: Option<Arc<UnitId>>,
    pub(crate) points_tenths: u16,
}

/// Which run, and when it was to fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) kind: Kind,
    pub(crate) leg: u16,
    pub(crate) run: u16,
    pub(crate) due_at: Timestamp,
    pub(crate) system_was_down: bool,
}

/// What names an escalation: ticket, clock, leg, run, level. One without a clock: ticket, `raised`, 0, version, level.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EscalationId(String);

impl EscalationId {
    /// As a client names it: whatever it is, it is looked up.
    pub(crate) fn from_client(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn number(&self) -> Option<TicketNumber> {
        let (number, _) = self.0.split_once(':')?;
        TicketNumber::parse(number).ok()
    }
}

impl fmt::Display for EscalationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Escalation {
    /// Its name.
    pub(crate) fn id(&self) -> EscalationId {
        let (number, level) = (self.number, self.level.as_str());
        EscalationId(match self.clock {
            Some(Run { kind, leg, run, .. }) => format!("{number}:{}:{leg}:{run}:{level}", kind.as_str()),
            None => format!("{number}:raised:0:{}:{level}", self.version),
        })
    }

    /// Where it stands: by time, then by ticket and version. The same after every rebuilding.
    pub(crate) fn place(&self) -> Place {
        (self.fired_at, self.number, self.version)
    }
}

/// See [`Escalation::place`].
pub(crate) type Place = (Timestamp, TicketNumber, u32);

/// The latest escalations, at most [`ESCALATIONS_MAX`].
#[derive(Debug)]
pub(crate) struct Escalations {
    max: usize,
    by_place: BTreeMap<Place, Escalation>,
    times: BTreeMap<(TicketNumber, u32), Timestamp>,
}

impl Default for Escalations {
    fn default() -> Self {
        Self::with_max(ESCALATIONS_MAX)
    }
}

impl Escalations {
    fn with_max(max: usize) -> Self {
        Self {
            max,
            by_place: BTreeMap::new(),
            times: BTreeMap::new(),
        }
    }

    /// Takes one in; told twice, it is still one. The oldest drops out when they are too many.
    pub(crate) fn take(&mut self, escalation: Escalation) {
        self.times
            .insert((escalation.number, escalation.version), escalation.fired_at);
        self.by_place.insert(escalation.place(), escalation);
        while self.by_place.len() > self.max {
            let Some(((_, number, version), _)) = self.by_place.pop_first() else {
                return;
            };
            self.times.remove(&(number, version));
        }
    }

    /// The one of a name.
    pub(crate) fn get(&self, id: &EscalationId) -> Option<&Escalation> {
        let number = id.number()?;
        let of_ticket = self.times.range((number, 0)..=(number, u32::MAX));
        of_ticket
            .filter_map(|((number, version), at)| self.by_place.get(&(*at, *number, *version)))
            .find(|escalation| escalation.id() == *id)
    }

    /// Those before a place, latest first.
    pub(crate) fn before(&self, place: Option<Place>) -> impl Iterator<Item = &Escalation> {
        let end = match place {
            Some(place) => std::ops::Bound::Excluded(place),
            None => std::ops::Bound::Unbounded,
        };
        self.by_place
            .range((std::ops::Bound::Unbounded, end))
            .rev()
            .map(|(_, escalation)| escalation)
    }
}

#[cfg(test)]
mod tests;
