//! What has fired: the latest levels, latest first.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use domain::clock::{Kind, Level};
use domain::id::{TicketNumber, UnitId};
use domain::ticket::Cause;
use jiff::Timestamp;
use jiff::civil::date;
use serde::{Deserialize, Serialize};

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
    /// Why it was reached or proposed otherwise.
    pub(crate) cause: Option<Cause>,
    /// L4 or L5, of which the city office decides first.
    pub(crate) is_proposed: bool,
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

/// What names an escalation: ticket, clock, leg, run, level. One without a clock: ticket, `raised` or `proposed`, 0,
/// version, level.
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
            None => {
                let how = if self.is_proposed { "proposed" } else { "raised" };
                format!("{number}:{how}:0:{}:{level}", self.version)
            }
        })
    }

    /// Where it stands: by time, then by ticket and version. The same after every rebuilding.
    pub(crate) fn place(&self) -> Place {
        (self.fired_at, self.number, self.version)
    }
}

/// See [`Escalation::place`].
pub(crate) type Place = (Timestamp, TicketNumber, u32);

/// Before everything that fired at an instant.
pub(crate) fn first_at(at: Timestamp) -> Place {
    let lowest = TicketNumber::new(date(2000, 1, 1), 1).expect("the first number of the first year there is");
    (at, lowest, 0)
}

/// How far somebody has read: the count of the next one in the order in which they came, and the one before it, by
/// which a place of another history is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Cursor {
    next: u64,
    last: Option<Place>,
}

/// Whoever reads is too far behind, or has read another history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost;

/// The latest escalations, at most [`ESCALATIONS_MAX`].
#[derive(Debug)]
pub(crate) struct Escalations {
    max: usize,
    by_place: BTreeMap<Place, Escalation>,
    times: BTreeMap<(TicketNumber, u32), Timestamp>,
    /// The latest in the order in which they came, which is that of the feed: the same after every rebuilding.
    arrivals: VecDeque<Place>,
    /// How many have come before the first of these.
    gone: u64,
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
            arrivals: VecDeque::new(),
            gone: 0,
        }
    }

    /// Takes one in; told twice, it is still one. The oldest drops out when they are too many.
    pub(crate) fn take(&mut self, escalation: Escalation) {
        let (named, place) = ((escalation.number, escalation.version), escalation.place());
        let is_new = self.times.insert(named, escalation.fired_at).is_none();
        self.by_place.insert(place, escalation);
        if is_new {
            self.arrivals.push_back(place);
        }
        while self.arrivals.len() > self.max {
            self.arrivals.pop_front();
            self.gone += 1;
        }
        while self.by_place.len() > self.max {
            let Some(((_, number, version), _)) = self.by_place.pop_first() else {
                return;
            };
            self.times.remove(&(number, version));
        }
    }

    /// How many have come.
    pub(crate) fn arrived(&self) -> u64 {
        self.gone + u64::try_from(self.arrivals.len()).unwrap_or(u64::MAX)
    }

    /// After all that have come.
    pub(crate) fn now(&self) -> Cursor {
        Cursor {
            next: self.arrived(),
            last: self.arrivals.back().copied(),
        }
    }

    /// The next ones after a cursor in the order in which they came, at most `max`, each with the cursor after it. Empty
    /// where nothing more has come, or less than was read before: a projection that is being rebuilt gets there.
    pub(crate) fn after(&self, cursor: Cursor, max: usize) -> Result<Vec<(Cursor, &Escalation)>, Lost> {
        if cursor.next > self.arrived() {
            return Ok(Vec::new());
        }
        if let Some(last) = cursor.last {
            let before = cursor.next.checked_sub(1).and_then(|at| self.arrival(at));
            if before != Some(last) {
                return Err(Lost);
            }
        }
        let from = cursor.next.max(self.gone);
        let read = (from..self.arrived()).map_while(|at| Some((at, self.arrival(at)?)));
        let next = read.filter_map(|(at, place)| {
            let cursor = Cursor {
                next: at + 1,
                last: Some(place),
            };
            Some((cursor, self.by_place.get(&place)?))
        });
        Ok(next.take(max).collect())
    }

    /// Whether as many have come as somebody has read.
    pub(crate) fn reaches(&self, cursor: Cursor) -> bool {
        cursor.next <= self.arrived()
    }

    fn arrival(&self, at: u64) -> Option<Place> {
        let at = usize::try_from(at.checked_sub(self.gone)?).ok()?;
        self.arrivals.get(at).copied()
    }

    /// The one of a name.
    pub(crate) fn get(&self, id: &EscalationId) -> Option<&Escalation> {
        let number = id.number()?;
        let of_ticket = self.times.range((number, 0)..=(number, u32::MAX));
        of_ticket
            .filter_map(|((number, version), at)| self.by_place.get(&(*at, *number, *version)))
            .find(|escalation| escalation.id() == *id)
    }

    /// Those that fired at or after `since` and before a place, latest first.
    pub(crate) fn between(
        &self,
        since: Option<Timestamp>,
        place: Option<Place>,
    ) -> impl Iterator<Item = &Escalation> {
        let end = match place {
            Some(place) => std::ops::Bound::Excluded(place),
            None => std::ops::Bound::Unbounded,
        };
        self.by_place
            .range((std::ops::Bound::Unbounded, end))
            .rev()
            .map(|(_, escalation)| escalation)
            .take_while(move |escalation| since.is_none_or(|since| escalation.fired_at >= since))
    }
}

#[cfg(test)]
mod tests;
