//! Folding: what was accepted once always replays. Nothing here refuses, computes from rules or reads a clock.

use jiff::Timestamp;

use super::{
    Accused, CALLS_MAX, Callback, Claim, CloseKind, Contact, Emergency, Event, FirstContact, Leg, LegState,
    Legs, Opened, Outcome, PAST_UNITS_MAX, Phase, Rating, Recorded, Secrecy, Standing, Ticket, UrgedBy,
};
use crate::clock::{Clock, Level, Run, RunId, State};
use crate::id::LegId;

impl Ticket {
    /// Folds a whole history; none when it does not begin with a registration.
    pub fn replay<'a>(history: impl IntoIterator<Item = &'a Recorded>) -> Option<Ticket> {
        let mut history = history.into_iter();
        let mut ticket = Ticket::register(history.next()?)?;
        for recorded in history {
            ticket.apply(recorded);
        }
        Some(ticket)
    }

    /// The ticket a registration begins; none for any other fact.
    pub fn register(recorded: &Recorded) -> Option<Ticket> {
        let Event::Registered {
            channel,
            classification,
            contact,
            key,
            query_code,
            source,
            ..
        } = &recorded.fact.event
        else {
            return None;
        };
        Some(Ticket {
            number: recorded.number,
            version: recorded.version,
            registered_at: recorded.at,
            updated_at: recorded.at,
            channel: *channel,
            classification: classification.clone(),
            hold: None,
            phase: Phase::Accepted { transfer: None },
            clocks: Vec::new(),
            contacts: vec![contact.clone()],
            secrecy: Secrecy::Open,
            level: None,
            points_tenths: 0,
            round: 0,
            reopened: 0,
            urged: 0,
            urged_at: None,
            legs_opened: 0,
            past_units: Default::default(),
            key: *key,
            query_code: query_code.clone(),
            source: source.clone(),
            erased: false,
        })
    }

    /// Folds one recorded fact. Total: a fact that does not fit leaves the state as it is, but for the version.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        self.fold(&recorded.fact.event, recorded.at);
    }

    pub(super) fn fold(&mut self, event: &Event, at: Timestamp) {
        self.updated_at = at;
        match event {
            Event::Registered { .. }
            | Event::Annotated {}
            | Event::AnsweredDirectly { .. }
            | Event::Declined { .. }
            | Event::TransferredOut { .. }
            | Event::Withdrawn {} => {}
            Event::ContactAdded { contact } => self.add_contact(contact),
            Event::TransferStarted { service } => self.begin_transfer(*service),
            Event::Classified { classification, hold } => {
                self.classification = classification.clone();
                self.hold = *hold;
            }
            Event::Dispatched { legs, .. } => self.dispatch(legs, at),
            Event::Signed { leg } => self.sign(*leg, at),
            Event::ContactTried { leg, made, .. } => self.contact(*leg, *made, at),
            Event::StageReported { leg, .. } => self.report(*leg),
            Event::Replied { leg, claim } => self.reply(*leg, *claim, at),
            Event::AuditPassed { .. } => self.pass(),
            Event::AuditFailed { .. } => self.back_to_handling(),
            Event::CallbackMissed {} => self.miss(),
            Event::LinkOpened {} => self.set_callback(Callback::Link),
            Event::CallbackAnswered { solved, rating, .. } => self.answer(*solved, *rating),
            Event::ReworkOrdered { round } => {
                self.round = *round;
                self.back_to_handling();
            }
            Event::Urged { by } => self.urge(*by, at),
            Event::Sealed { accused } => self.seal(accused.as_ref()),
            Event::Recalled {} => self.end_legs(),
            Event::LegEnded { leg } => self.end_leg(*leg),
            Event::Escalated {
                level, points_tenths, ..
            } => self.raise(*level, *points_tenths),
            Event::LevelFired {
                clock,
                level,
                points_tenths,
                ..
            } => self.fire(*clock, *level, *points_tenths),
            Event::Reopened { count } => self.reopen(*count),
            Event::Closed { how } => self.close(*how, at),
            Event::ClockStarted { run } => self.start(run),
            Event::ClockStopped { clock } => self.stop(*clock, at),
            Event::Erased { slot } => self.erase(*slot),
        }
    }

    fn begin_transfer(&mut self, service: Emergency) {
        self.phase = Phase::Accepted {
            transfer: Some(service),
        };
    }

    fn seal(&mut self, accused: Option<&Accused>) {
        self.secrecy = Secrecy::Sealed {
            accused: accused.cloned(),
        };
    }

    fn urge(&mut self, by: UrgedBy, at: Timestamp) {
        if by == UrgedBy::Citizen {
            self.urged = self.urged.saturating_add(1);
            self.urged_at = Some(at);
        }
    }

    fn pass(&mut self) {
        if let Phase::ReplyReview { legs, claim } = &self.phase {
            self.phase = Phase::CallbackDue {
                legs: legs.clone(),
                claim: *claim,
                callback: Callback::Ringing { tries: 0 },
            };
        }
    }

    fn miss(&mut self) {
        if let Phase::CallbackDue { callback, .. } = &mut self.phase
            && let Callback::Ringing { tries } = callback
        {
            *tries = tries.saturating_add(1);
        }
    }

    fn answer(&mut self, solved: bool, rating: Option<Rating>) {
        self.set_callback(Callback::Unsolved {
            outcome: Outcome { solved, rating },
        });
    }

    /// The level and the urging were about the outcome that is superseded; points once charged stay.
    fn reopen(&mut self, count: u8) {
        self.end_legs();
        self.reopened = count;
        self.level = None;
        self.urged = 0;
        self.urged_at = None;
    }

    fn add_contact(&mut self, contact: &Contact) {
        self.contacts.push(contact.clone());
        if let Some(older) = self.contacts.iter_mut().nth_back(CALLS_MAX) {
            older.call = None;
        }
    }

    fn dispatch(&mut self, opened: &[Opened], at: Timestamp) {
        let needed = self.has_somebody_to_contact();
        let leg = |opened: &Opened| Leg {
            id: opened.leg,
            role: opened.role,
            unit: opened.unit.clone(),
            dispatched_at: at,
            state: LegState::AwaitingSign,
            contact: if needed {
                FirstContact::Due { tries: Vec::new() }
            } else {
                FirstContact::NotNeeded
            },
            stage_reports: 0,
        };
        let Some((lead, others)) = opened.split_first() else {
            return;
        };
        self.legs_opened = opened
            .iter()
            .map(|leg| leg.leg.0)
            .max()
            .unwrap_or(0)
            .max(self.legs_opened);
        self.hold = None;
        self.phase = Phase::Dispatched {
            legs: Legs {
                lead: leg(lead),
                others: others.iter().map(leg).collect(),
            },
        };
    }

    fn sign(&mut self, id: LegId, at: Timestamp) {
        if let Some(leg) = self.phase.legs_mut().and_then(|legs| legs.get_mut(id)) {
            leg.state = LegState::Handling { signed_at: at };
        }
        if let Phase::Dispatched { legs } = &self.phase
            && legs.lead.id == id
        {
            self.phase = Phase::Handling { legs: legs.clone() };
        }
    }

    fn contact(&mut self, id: LegId, made: bool, at: Timestamp) {
        let Some(leg) = self.phase.legs_mut().and_then(|legs| legs.get_mut(id)) else {
            return;
        };
        if made {
            leg.contact = FirstContact::Made { at };
        } else if let FirstContact::Due { tries } = &mut leg.contact {
            tries.push(at);
        }
    }

    fn report(&mut self, id: LegId) {
        if let Some(leg) = self.phase.legs_mut().and_then(|legs| legs.get_mut(id)) {
            leg.stage_reports = leg.stage_reports.saturating_add(1);
        }
    }

    /// The leg has replied; the phase follows the lead.
    fn reply(&mut self, id: LegId, claim: Claim, at: Timestamp) {
        if let Some(leg) = self.phase.legs_mut().and_then(|legs| legs.get_mut(id))
            && let LegState::Handling { signed_at } | LegState::Replied { signed_at, .. } = leg.state
        {
            leg.state = LegState::Replied {
                signed_at,
                replied_at: at,
            };
        }
        if let Phase::Handling { legs } = &self.phase
            && legs.lead.id == id
        {
            self.phase = Phase::ReplyReview {
                legs: legs.clone(),
                claim,
            };
        }
    }

    /// A failed audit or a rework: the lead handles again, co legs stay as they are.
    fn back_to_handling(&mut self) {
        let Some(mut legs) = self.phase.legs().cloned() else {
            return;
        };
        if let LegState::Replied { signed_at, .. } = legs.lead.state {
            legs.lead.state = LegState::Handling { signed_at };
        }
        self.phase = Phase::Handling { legs };
    }

    fn set_callback(&mut self, next: Callback) {
        if let Phase::CallbackDue { callback, .. } = &mut self.phase {
            *callback = next;
        }
    }

    fn close(&mut self, how: CloseKind, at: Timestamp) {
        let outcome = match &self.phase {
            Phase::CallbackDue {
                callback: Callback::Unsolved { outcome },
                ..
            } => Some(*outcome),
            Phase::Closed { outcome, .. } => *outcome,
            Phase::CallbackDue { .. }
            | Phase::Accepted { .. }
            | Phase::Dispatched { .. }
            | Phase::Handling { .. }
            | Phase::ReplyReview { .. } => None,
        };
        self.phase = Phase::Closed {
            how,
            at,
            legs: self.phase.legs().cloned(),
            outcome,
        };
    }

    /// Back to the triage desk: units are remembered, their clocks and rounds are not the ticket's any more.
    fn end_legs(&mut self) {
        let units: Vec<_> = self
            .phase
            .legs()
            .into_iter()
            .flat_map(Legs::iter)
            .map(|leg| leg.unit.clone())
            .collect();
        units.into_iter().for_each(|unit| self.remember(unit));
        self.clocks.retain(|clock| clock.run.leg.is_none());
        self.phase = Phase::Accepted { transfer: None };
        self.round = 0;
    }

    fn end_leg(&mut self, id: LegId) {
        let Some(legs) = self.phase.legs_mut() else { return };
        let Some(at) = legs.others.iter().position(|leg| leg.id == id) else {
            return;
        };
        let unit = legs.others.remove(at).unit;
        self.remember(unit);
        self.clocks.retain(|clock| clock.run.leg != Some(id));
    }

    fn remember(&mut self, unit: crate::id::UnitId) {
        if self.past_units.len() < PAST_UNITS_MAX {
            self.past_units.insert(unit);
        }
    }

    /// A new run replaces the one before it, so that clocks stay bounded by kinds and legs.
    fn start(&mut self, run: &Run) {
        self.clocks
            .retain(|clock| (clock.run.kind, clock.run.leg) != (run.kind, run.leg));
        self.clocks.push(Clock {
            run: run.clone(),
            state: State::Running,
            fired: Vec::new(),
        });
    }

    fn stop(&mut self, id: RunId, at: Timestamp) {
        if let Some(clock) = self.clocks.iter_mut().find(|clock| clock.run.id() == id) {
            clock.state = State::Stopped {
                at: clock.run.stops_at(at),
            };
        }
    }

    fn fire(&mut self, id: RunId, level: Level, points_tenths: u16) {
        if let Some(clock) = self.clocks.iter_mut().find(|clock| clock.run.id() == id) {
            clock.fired.push(level);
        }
        if id.kind.is_the_units() {
            self.raise(level, points_tenths);
        }
    }

    fn raise(&mut self, level: Level, points_tenths: u16) {
        self.level = self.level.max(Some(level));
        self.points_tenths = self.points_tenths.max(points_tenths);
    }

    fn erase(&mut self, slot: crate::id::KeySlot) {
        self.erased |= self.key == slot;
        for contact in &mut self.contacts {
            if contact.identity == Some(slot) {
                contact.identity = None;
                contact.caller = None;
                contact.standing = Standing::Anonymous;
            }
        }
        if self.has_somebody_to_contact() {
            return;
        }
        let Some(legs) = self.phase.legs_mut() else { return };
        for leg in std::iter::once(&mut legs.lead).chain(&mut legs.others) {
            if matches!(leg.contact, FirstContact::Due { .. }) {
                leg.contact = FirstContact::NotNeeded;
            }
        }
    }

    /// The next contact's id.
    pub fn next_contact(&self) -> u16 {
        self.contacts
            .iter()
            .map(|contact| contact.id)
            .max()
            .unwrap_or(0)
            .saturating_add(1)
    }

    /// Who is accused and recused, if a unit is.
    pub fn recused(&self) -> Option<&crate::id::UnitId> {
        match &self.secrecy {
            Secrecy::Sealed {
                accused: Some(Accused::Unit(unit)),
            } => Some(unit),
            Secrecy::Sealed {
                accused: Some(Accused::Outsider) | None,
            }
            | Secrecy::Open => None,
        }
    }
}
