//! What the feed has told: open tickets, fired levels, and clocks that have just begun.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::clock::{Kind, Level};
use domain::id::{TicketNumber, UnitId};
use domain::ticket::Cause;
use jiff::Timestamp;
use kit::clock::SharedClock;
use kit::fault::Fault;
use kit::link::Link;
use proto::tickets::v1::WatchResponse;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use tokio::sync::watch;

use crate::escalations::{Escalation, Escalations, Run};
use crate::hidden::Hidden;
use crate::limits::HEARTBEAT_AGE;
use crate::open_tickets::{OpenTickets, Rank, Running};
use crate::pool::Pool;
use crate::wake::Wake;
use crate::{NAME, wire};

/// One change of one ticket.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) number: TicketNumber,
    /// When the change was made.
    pub(crate) at: Timestamp,
    pub(crate) ticket: TicketSeen,
    pub(crate) happened: Vec<Happened>,
    /// L4 or L5 is laid before the city office, by a clock or otherwise.
    pub(crate) laid: Option<About>,
    /// The city office decides on it.
    pub(crate) is_decided: bool,
}

/// The ticket as it stood when it was sent.
#[derive(Debug, Clone)]
pub(crate) struct TicketSeen {
    pub(crate) version: u32,
    pub(crate) rank: Rank,
    pub(crate) hidden: Hidden,
    /// The lead first.
    pub(crate) legs: Vec<LegSeen>,
    /// Those that run and press: one that waits for somebody's decision about its leg does not.
    pub(crate) clocks: Vec<ClockSeen>,
    /// Supervision orders, in the order of issue.
    pub(crate) orders: Vec<OrderSeen>,
}

/// A supervision order: from when on it was the one, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct OrderSeen {
    pub(crate) issued_at: Timestamp,
    pub(crate) unit: UnitId,
    /// Whose clock runs for it; 0: the lead's.
    pub(crate) leg: u16,
}

/// A leg.
#[derive(Debug, Clone)]
pub(crate) struct LegSeen {
    pub(crate) leg: u16,
    pub(crate) unit: UnitId,
}

/// A running clock.
#[derive(Debug, Clone)]
pub(crate) struct ClockSeen {
    pub(crate) kind: Kind,
    pub(crate) leg: u16,
    pub(crate) run: u16,
    pub(crate) started_at: Timestamp,
    pub(crate) yellow_at: Timestamp,
    /// From when on it is late: the due time, or the end of a mending.
    pub(crate) due_at: Timestamp,
}

/// What supervision cares about.
#[derive(Debug, Clone)]
pub(crate) enum Happened {
    /// A clock began a run.
    Started { kind: Kind, leg: u16, run: u16 },
    /// A level was reached, or proposed.
    Reached(Reached),
}

/// A level that was reached, by a clock or otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    pub(crate) version: u32,
    pub(crate) at: Timestamp,
    pub(crate) level: Level,
    pub(crate) clock: Option<Run>,
    /// Why, where no clock fired.
    pub(crate) cause: Option<Cause>,
    /// Whom it is about, where the event says so.
    pub(crate) about: About,
    /// L4 or L5 is proposed.
    pub(crate) proposed: bool,
    pub(crate) told: Vec<String>,
    pub(crate) points_tenths: u16,
}

/// Whose conduct a level is about; none where the event does not say.
pub(crate) type About = Option<UnitId>;

/// What opened legs of a ticket so far.
pub(crate) type Dispatches = Vec<Dispatch>;

/// What opened legs: a dispatch, or a piece passed down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dispatch {
    pub(crate) version: u32,
    /// Whether the first of its units leads.
    pub(crate) leads: bool,
    /// Whose legs, in their order.
    pub(crate) units: Vec<UnitId>,
}

impl TicketSeen {
    fn unit_of(&self, leg: u16) -> Option<&UnitId> {
        self.legs.iter().find(|one| one.leg == leg).map(|one| &one.unit)
    }

    fn lead(&self) -> Option<&UnitId> {
        self.legs.first().map(|leg| &leg.unit)
    }

    /// Which unit answers for a running clock: that of its leg, the one that has an order, the lead for what it promised;
    /// none for the hotline's own steps, a decision about a leg among them.
    pub(crate) fn answers_for(&self, kind: Kind, leg: u16) -> Option<&UnitId> {
        match kind {
            Kind::Sign | Kind::FirstContact | Kind::Handle | Kind::Stage => self.unit_of(leg),
            Kind::Order => self.ordered(leg, |_| true),
            Kind::Promise => self.lead(),
            Kind::Citizen
            | Kind::Triage
            | Kind::Decision
            | Kind::Proposal
            | Kind::Audit
            | Kind::Callback
            | Kind::Rating
            | Kind::Waiting
            | Kind::CallBack => None,
        }
    }

    /// To whom the latest order of such with a leg's clock was issued.
    fn ordered(&self, leg: u16, is_such: impl Fn(&OrderSeen) -> bool) -> Option<&UnitId> {
        let orders = self.orders.iter().filter(|order| order.leg == leg);
        let mut issued = orders.filter(|order| is_such(order));
        issued.next_back().map(|order| &order.unit)
    }
}

impl ClockSeen {
    pub(crate) fn running(&self, unit: Option<Arc<UnitId>>) -> Running {
        let span = self
            .due_at
            .as_second()
            .saturating_sub(self.started_at.as_second());
        Running {
            kind: self.kind,
            span_seconds: u32::try_from(span.max(0)).unwrap_or(u32::MAX),
            unit,
            yellow_at: self.yellow_at,
            due_at: self.due_at,
        }
    }

    /// Nothing of it fires before: the units' clocks warn when they turn yellow, the hotline's own fire when due.
    fn soonest(&self) -> Timestamp {
        if self.kind.is_the_units() {
            self.yellow_at.min(self.due_at)
        } else {
            self.due_at
        }
    }
}

impl Reached {
    /// Whom it concerns, while the leg is still the ticket's. The hotline's own steps concern no unit.
    fn unit_now<'t>(&'t self, ticket: &'t TicketSeen) -> Option<&'t UnitId> {
        if let Some(about) = &self.about {
            return Some(about);
        }
        match (self.leg(), self.clock) {
            (Some(leg), _) => ticket.unit_of(leg),
            // An order's clock is about the unit it was issued to, whoever leads.
            (None, Some(run)) if run.kind == Kind::Order => {
                let issued_by_then = |order: &OrderSeen| order.issued_at <= self.at;
                ticket.ordered(0, issued_by_then).or(ticket.lead())
            }
            (None, _) => ticket.lead(),
        }
    }

    /// The same by the ticket's dispatches, once its legs have ended: legs are numbered over all of them.
    fn unit_then<'d>(&self, dispatches: &'d Dispatches) -> Option<&'d UnitId> {
        match self.leg() {
            Some(leg) => {
                let at = usize::from(leg).checked_sub(1)?;
                dispatches.iter().flat_map(|one| &one.units).nth(at)
            }
            None => {
                let is_before = |one: &&Dispatch| one.leads && one.version < self.version;
                let mut before = dispatches.iter().filter(is_before);
                before.next_back().and_then(|one| one.units.first())
            }
        }
    }

    /// Whose leg's clock it was; none for the ticket's own, which are the lead's where they are a unit's.
    fn leg(&self) -> Option<u16> {
        self.clock.map(|run| run.leg).filter(|leg| *leg > 0)
    }

    fn concerns_a_unit(&self) -> bool {
        self.clock.is_none_or(|run| run.kind.is_the_units())
    }

    /// Whether the city office decides first: a clock of a unit only proposes L4 and L5.
    fn is_proposed(&self) -> bool {
        self.proposed || (self.clock.is_some() && self.level.is_decided())
    }
}

/// The projection. Rebuilt from the feed with every start.
pub(crate) struct Projection {
    tickets: Link,
    clock: SharedClock,
    wake: Arc<Wake>,
    state: Mutex<State>,
    /// How many escalations have come.
    arrived: watch::Sender<u64>,
}

/// What is known.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) open: OpenTickets,
    pub(crate) escalations: Escalations,
    /// Every change up to this time is in it; none before the first.
    pub(crate) as_of: Option<Timestamp>,
    /// Everything that had happened when the process was started is in it.
    pub(crate) is_current: bool,
    /// Whom what waits for the city office is about, where it says so.
    laid: HashMap<TicketNumber, UnitId>,
    units: Pool<UnitId>,
    told: Pool<Vec<String>>,
}

impl Projection {
    pub(crate) fn new(tickets: Link, clock: SharedClock, wake: Arc<Wake>) -> Self {
        Self {
            tickets,
            clock,
            wake,
            state: Mutex::default(),
            arrived: watch::Sender::new(0),
        }
    }

    /// What is known now. Not to be held for long.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The feed has another history: everything is to be read anew.
    pub(crate) fn forget(&self) {
        *self.state() = State::default();
        self.arrived.send_replace(0);
    }

    /// Changes whenever escalations have come.
    pub(crate) fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrived.subscribe()
    }

    /// Takes an answer of the feed. Answers the levels that it tells of.
    pub(crate) async fn take(
        &self,
        answer: &WatchResponse,
        started_at: Timestamp,
    ) -> Result<Vec<Escalation>, Fault> {
        let Some(change) = &answer.change else {
            // A heartbeat: nothing more had happened when it was sent.
            let reached = self.clock.now().checked_sub(HEARTBEAT_AGE).ok();
            let mut state = self.state();
            state.as_of = state.as_of.max(reached);
            state.is_current = true;
            self.wake.caught_up();
            return Ok(Vec::new());
        };
        match wire::seen(change) {
            Ok(Some(seen)) => self.take_change(&seen, started_at).await,
            Ok(None) => Ok(Vec::new()),
            Err(fault) => {
                // It must not stop those after it.
                tracing::error!(reason = fault.reason(), %fault, "a change of the feed cannot be read");
                Ok(Vec::new())
            }
        }
    }

    async fn take_change(&self, seen: &Seen, started_at: Timestamp) -> Result<Vec<Escalation>, Fault> {
        let dispatches = if seen.needs_history() {
            self.dispatches(seen.number).await?
        } else {
            Vec::new()
        };
        let (reached, arrived) = {
            let mut state = self.state();
            let reached = state.take(seen, &dispatches);
            state.is_current |= seen.at >= started_at;
            (reached, state.escalations.arrived())
        };
        if !reached.is_empty() {
            self.arrived.send_replace(arrived);
        }
        for at in seen.begun() {
            self.wake.heard(at);
        }
        if seen.at >= started_at {
            self.wake.caught_up();
        }
        Ok(reached)
    }

    /// Read only where a level was reached by a leg that has ended since.
    async fn dispatches(&self, number: TicketNumber) -> Result<Dispatches, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let (mut dispatches, mut token) = (Dispatches::new(), String::new());
        loop {
            let page = tickets
                .list_ticket_events(wire::history(number, token))
                .await?
                .into_inner();
            dispatches.extend(wire::dispatches(&page.events));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(dispatches);
            }
        }
    }
}

impl Seen {
    fn reached(&self) -> impl Iterator<Item = &Reached> {
        self.happened.iter().filter_map(|happened| match happened {
            Happened::Reached(reached) => Some(reached),
            Happened::Started { .. } => None,
        })
    }

    fn needs_history(&self) -> bool {
        self.reached()
            .any(|one| one.concerns_a_unit() && one.unit_now(&self.ticket).is_none())
    }

    /// When the clocks that have begun may fire first, as far as they still run.
    fn begun(&self) -> impl Iterator<Item = Timestamp> {
        self.happened.iter().filter_map(|happened| {
            let Happened::Started { kind, leg, run } = happened else {
                return None;
            };
            let is_it = |clock: &&ClockSeen| (clock.kind, clock.leg, clock.run) == (*kind, *leg, *run);
            self.ticket.clocks.iter().find(is_it).map(ClockSeen::soonest)
        })
    }
}

impl State {
    fn take(&mut self, seen: &Seen, dispatches: &Dispatches) -> Vec<Escalation> {
        let ticket = &seen.ticket;
        let pressing = ticket.clocks.iter().filter(|clock| clock.kind != Kind::Rating);
        let running = pressing.map(|clock| {
            let unit = ticket.answers_for(clock.kind, clock.leg);
            clock.running(unit.map(|unit| self.units.share(unit)))
        });
        let running = running.collect();
        self.open
            .take(seen.number, ticket.version, ticket.rank, &ticket.hidden, running);
        match &seen.laid {
            Some(Some(unit)) => drop(self.laid.insert(seen.number, unit.clone())),
            Some(None) => drop(self.laid.remove(&seen.number)),
            None => {}
        }
        let mut all = Vec::new();
        for reached in seen.reached() {
            let escalation = self.escalation(seen, reached, dispatches);
            all.push(escalation.clone());
            self.escalations.take(escalation);
        }
        if seen.is_decided {
            self.laid.remove(&seen.number);
        }
        self.as_of = self.as_of.max(Some(seen.at));
        all
    }

    fn escalation(&mut self, seen: &Seen, reached: &Reached, dispatches: &Dispatches) -> Escalation {
        // What the city office has decided is about whom it was proposed about.
        let about = self
            .laid
            .get(&seen.number)
            .filter(|_| seen.is_decided && reached.level.is_decided());
        let unit = about
            .or_else(|| reached.unit_now(&seen.ticket))
            .or_else(|| reached.unit_then(dispatches))
            .cloned();
        Escalation {
            number: seen.number,
            version: reached.version,
            level: reached.level,
            clock: reached.clock,
            cause: reached.cause,
            is_proposed: reached.is_proposed(),
            fired_at: reached.at,
            told: self.told.share(&reached.told),
            unit: unit
                .filter(|_| reached.concerns_a_unit())
                .map(|unit| self.units.share(&unit)),
            points_tenths: reached.points_tenths,
        }
    }
}

#[cfg(test)]
mod tests;
