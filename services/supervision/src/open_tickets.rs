//! What is open and which of its clocks run: the projection behind the list of what is due, and its figures.
//!
//! A million open tickets lie here: what is kept of each is small, and what few of them have lies beside.

mod summary;

use std::collections::HashMap;
use std::sync::Arc;

use domain::clock::{Kind, Level};
use domain::id::{TicketNumber, UnitId};
use domain::rules::Rules;
use domain::ticket::Grade;
use jiff::Timestamp;

use crate::hidden::Hidden;
use crate::limits::SCAN_MAX;
use crate::scope::Scope;

pub(crate) use summary::{Count, Summary};

/// A running clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) kind: Kind,
    /// From its start to its due time, nights and holidays counted.
    pub(crate) span_seconds: u32,
    /// Whose leg's; none for the ticket's own.
    pub(crate) unit: Option<Arc<UnitId>>,
    pub(crate) yellow_at: Timestamp,
    pub(crate) due_at: Timestamp,
}

/// How high a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rank {
    pub(crate) grade: Grade,
    pub(crate) level: Option<Level>,
}

/// In which order due tickets are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub(crate) enum Order {
    /// By due time, the earliest first.
    #[default]
    DueTime,
    /// Grade A, then B, then C and D together; within these the greatest share of the limit used up first.
    Risk,
}

/// Where a ticket stands in a list: by its grade where that matters, then by how much its clock presses, then by number.
pub(crate) type Place = (u8, i64, TicketNumber);

/// Open tickets and their running clocks.
#[derive(Debug, Default)]
pub(crate) struct OpenTickets {
    by_number: HashMap<TicketNumber, OpenTicket>,
    /// What keeps some of them from some eyes.
    hidden: HashMap<TicketNumber, Hidden>,
}

#[derive(Debug)]
struct OpenTicket {
    version: u32,
    rank: Rank,
    clocks: Box<[Running]>,
}

impl Running {
    /// How much of the limit is used up at `now`, in millionths: a million is due now.
    pub(crate) fn used(&self, now: Timestamp) -> i64 {
        let late = now.as_microsecond().saturating_sub(self.due_at.as_microsecond());
        let span = i64::from(self.span_seconds.max(1));
        (late / span).saturating_add(1_000_000)
    }
}

impl OpenTickets {
    /// Takes a ticket as it stands, unless a newer state is known. One whose clocks have all stopped is forgotten.
    pub(crate) fn take(
        &mut self,
        number: TicketNumber,
        version: u32,
        rank: Rank,
        hidden: &Hidden,
        clocks: Vec<Running>,
    ) {
        let known = self.by_number.get(&number);
        if known.is_some_and(|known| version < known.version) {
            return;
        }
        if clocks.is_empty() {
            self.by_number.remove(&number);
            self.hidden.remove(&number);
            return;
        }
        if hidden.is_nothing() {
            self.hidden.remove(&number);
        } else {
            self.hidden.insert(number, hidden.clone());
        }
        let ticket = OpenTicket {
            version,
            rank,
            clocks: clocks.into(),
        };
        self.by_number.insert(number, ticket);
    }

    /// Tickets near or past due after a place, in the order asked for, each where its pressing clock puts it; as many as
    /// one page may look at, and one more where there are more.
    pub(crate) fn due(&self, asked: &Asked<'_>, after: Option<Place>) -> Vec<Place> {
        let place = |(number, ticket): (&TicketNumber, &OpenTicket)| {
            let clock = asked.pressing(ticket.rank, &ticket.clocks)?;
            Some(asked.place(*number, ticket.rank.grade, clock))
        };
        let places = self.by_number.iter().filter_map(place);
        first(places.filter(|place| Some(*place) > after).collect())
    }

    /// Tickets whose clock of a kind runs, after a place, the soonest due first; as many as one page may look at.
    pub(crate) fn with_clock(&self, kind: Kind, after: Option<Place>) -> Vec<Place> {
        let place = |(number, ticket): (&TicketNumber, &OpenTicket)| {
            let clock = ticket.clocks.iter().find(|clock| clock.kind == kind)?;
            Some((0, clock.due_at.as_microsecond(), *number))
        };
        let places = self.by_number.iter().filter_map(place);
        first(places.filter(|place| Some(*place) > after).collect())
    }
}

/// The first places, in order.
fn first(mut places: Vec<Place>) -> Vec<Place> {
    if places.len() > SCAN_MAX + 1 {
        places.select_nth_unstable(SCAN_MAX);
        places.truncate(SCAN_MAX + 1);
    }
    places.sort_unstable();
    places
}

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) rules: &'a Rules,
    pub(crate) overdue_only: bool,
    /// At or above.
    pub(crate) level: Option<Level>,
    pub(crate) grade: Option<Grade>,
    pub(crate) clock: Option<Kind>,
    pub(crate) order: Order,
    pub(crate) now: Timestamp,
}

impl Asked<'_> {
    /// The clock that presses most: of those near or past due, the earliest due, or by risk the one most used up. In a
    /// unit's list only the clocks of the unit's own legs press.
    pub(crate) fn pressing<'c>(&self, rank: Rank, clocks: &'c [Running]) -> Option<&'c Running> {
        let is_asked_for = self.level.is_none_or(|level| rank.level >= Some(level))
            && self.grade.is_none_or(|grade| rank.grade == grade);
        if !is_asked_for {
            return None;
        }
        let presses = |clock: &&Running| {
            let is_due = if self.overdue_only {
                self.now > clock.due_at
            } else {
                self.now >= clock.yellow_at
            };
            is_due
                && self.clock.is_none_or(|kind| clock.kind == kind)
                && self.scope.holds(clock.unit.as_ref(), self.rules)
        };
        clocks
            .iter()
            .filter(presses)
            .min_by_key(|clock| (self.pressure(clock), clock.kind))
    }

    fn place(&self, number: TicketNumber, grade: Grade, clock: &Running) -> Place {
        let rank = match (self.order, grade) {
            (Order::DueTime, _) | (Order::Risk, Grade::A) => 0,
            (Order::Risk, Grade::B) => 1,
            (Order::Risk, Grade::C | Grade::D) => 2,
        };
        (rank, self.pressure(clock), number)
    }

    /// The less, the more it presses.
    fn pressure(&self, clock: &Running) -> i64 {
        match self.order {
            Order::DueTime => clock.due_at.as_microsecond(),
            Order::Risk => clock.used(self.now).saturating_neg(),
        }
    }
}

#[cfg(test)]
mod tests;
