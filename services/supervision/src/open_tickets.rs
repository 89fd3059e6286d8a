//! What is open and which of its clocks run: the projection behind the list of what is due.

use std::collections::HashMap;
use std::sync::Arc;

use domain::clock::Kind;
use domain::id::{TicketNumber, UnitId};
use domain::rules::Rules;
use jiff::Timestamp;

use crate::scope::Scope;

/// A running clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) kind: Kind,
    /// Whose leg's; none for the ticket's own.
    pub(crate) unit: Option<Arc<UnitId>>,
    pub(crate) yellow_at: Timestamp,
    pub(crate) due_at: Timestamp,
}

/// Where a ticket stands in the list: by due time, then by number.
pub(crate) type Place = (Timestamp, TicketNumber);

/// Open tickets and their running clocks.
#[derive(Debug, Default)]
pub(crate) struct OpenTickets {
    by_number: HashMap<TicketNumber, OpenTicket>,
}

#[derive(Debug)]
struct OpenTicket {
    version: u32,
    clocks: Box<[Running]>,
}

impl OpenTickets {
    /// Takes a ticket as it stands, unless a newer state is known. One whose clocks have all stopped is forgotten.
    pub(crate) fn take(&mut self, number: TicketNumber, version: u32, clocks: Vec<Running>) {
        if self
            .by_number
            .get(&number)
            .is_some_and(|known| version < known.version)
        {
            return;
        }
        if clocks.is_empty() {
            self.by_number.remove(&number);
        } else {
            self.by_number.insert(
                number,
                OpenTicket {
                    version,
                    clocks: clocks.into(),
                },
            );
        }
    }

    /// Tickets near or past due at `now` after a place, the most overdue first, each where its pressing clock puts it.
    pub(crate) fn due(&self, asked: &Asked<'_>, after: Option<Place>) -> Vec<Place> {
        let place = |(number, ticket): (&TicketNumber, &OpenTicket)| {
            asked
                .pressing(&ticket.clocks)
                .map(|clock| (clock.due_at, *number))
        };
        let mut places: Vec<Place> = self
            .by_number
            .iter()
            .filter_map(place)
            .filter(|place| Some(*place) > after)
            .collect();
        places.sort_unstable();
        places
    }
}

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) rules: &'a Rules,
    pub(crate) overdue_only: bool,
    pub(crate) now: Timestamp,
}

impl Asked<'_> {
    /// The clock that presses most: of those near or past due, the earliest due. In a unit's list only the clocks of the
    /// unit's own legs press.
    pub(crate) fn pressing<'c>(&self, clocks: &'c [Running]) -> Option<&'c Running> {
        let presses = |clock: &&Running| {
            let is_due = if self.overdue_only {
                self.now > clock.due_at
            } else {
                self.now >= clock.yellow_at
            };
            is_due && self.scope.holds(clock.unit.as_ref(), self.rules)
        };
        clocks
            .iter()
            .filter(presses)
            .min_by_key(|clock| (clock.due_at, clock.kind))
    }
}

#[cfg(test)]
mod tests;
