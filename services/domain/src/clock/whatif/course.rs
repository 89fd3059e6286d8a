//! How a ticket fares: what was due when and done when, which levels it reached, what it was charged.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::{Kind, Level, Light, Mending, light_of};
use crate::id::{LegId, UnitId};
use crate::ticket::{Event, LegRole, Opened, Ticket};

/// A ticket's way, as far as time is about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    /// Its light at the end.
    pub light: Option<Light>,
    /// The highest level it has ever reached.
    pub level: Option<Level>,
    /// The most points it was charged, in tenths.
    pub points_tenths: u16,
    /// How often each level was reached or proposed.
    pub levels: BTreeMap<Level, u16>,
    /// Supervision orders issued.
    pub orders: u16,
    /// Its legs, over all dispatches.
    pub legs: Vec<LegCourse>,
    /// When the resident's clock was due at the end.
    pub citizen_due_at: Option<Timestamp>,
    /// Its level since it was registered or last reopened.
    level_now: Option<Level>,
    /// The legs of the present dispatch.
    present: Vec<LegId>,
}

/// One unit's piece.
#[derive(Debug, Clone, PartialEq)]
pub struct LegCourse {
    /// Which.
    pub leg: LegId,
    /// Whose.
    pub unit: UnitId,
    /// Lead, co or step.
    pub role: LegRole,
    /// It went back, was called back or excused: it does not count.
    pub is_ended: bool,
    /// C2.
    pub sign: Option<Timed>,
    /// C3.
    pub contact: Option<Timed>,
    /// C4.
    pub handle: Option<Timed>,
}

/// Something with a limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timed {
    /// When it was due at first.
    pub first_due_at: Timestamp,
    /// When it was due in the end.
    pub due_at: Timestamp,
    mending: Option<Mending>,
    /// When its clock stopped; none while it runs.
    pub stopped_at: Option<Timestamp>,
    /// Whether it was done, not only ended.
    pub is_done: bool,
}

impl Timed {
    /// Whether it was in time at `now` by its due time in the end; none while nobody can tell, or where it ended undone.
    pub fn in_time(&self, now: Timestamp) -> Option<bool> {
        let last = self
            .mending
            .map_or(self.due_at, |mending| mending.until.max(self.due_at));
        self.told(now, self.due_at, last)
    }

    /// The same by its first due time.
    pub fn in_first_time(&self, now: Timestamp) -> Option<bool> {
        self.told(now, self.first_due_at, self.first_due_at)
    }

    fn told(&self, now: Timestamp, due_at: Timestamp, last: Timestamp) -> Option<bool> {
        match self.stopped_at {
            Some(at) if at > due_at => Some(false),
            Some(_) => self.is_done.then_some(true),
            None => (now > last).then_some(false),
        }
    }
}

impl Course {
    /// One event.
    pub(super) fn note(&mut self, event: &Event, at: Timestamp) {
        self.note_legs(event);
        self.note_clocks(event, at);
        self.note_levels(event);
    }

    fn note_legs(&mut self, event: &Event) {
        if let Event::Dispatched { legs, .. } = event {
            legs.iter().for_each(|leg| self.open(leg));
        } else if let Event::SubAssigned { opened, .. } | Event::Rejoined { opened, .. } = event {
            self.open(opened);
        } else if let Event::Signed { leg } = event {
            self.done(*leg, Kind::Sign);
        } else if let Event::ContactTried { leg, made: true, .. } = event {
            self.done(*leg, Kind::FirstContact);
        } else if let Event::Replied { leg, .. } = event {
            self.done(*leg, Kind::Handle);
        } else if matches!(event, Event::Recalled {} | Event::Redispatched {}) {
            for leg in std::mem::take(&mut self.present) {
                self.end(leg);
            }
        } else if let Event::LegEnded { leg } | Event::LegExcused { leg } = event {
            self.end(*leg);
        } else if matches!(event, Event::Reopened { .. }) {
            self.present.clear();
            self.level_now = None;
        }
    }

    fn note_clocks(&mut self, event: &Event, at: Timestamp) {
        if let Event::ClockStarted { run } = event {
            if run.kind == Kind::Citizen {
                self.citizen_due_at = Some(run.due_at);
            }
            if let Some(slot) = run.leg.and_then(|leg| self.timed(leg, run.kind)) {
                let first_due_at = slot.as_ref().map_or(run.due_at, |timed| timed.first_due_at);
                *slot = Some(Timed {
                    first_due_at,
                    due_at: run.due_at,
                    mending: run.mending,
                    stopped_at: None,
                    is_done: false,
                });
            }
        } else if let Event::ClockStopped { clock } = event
            && let Some(Some(timed)) = clock.leg.and_then(|leg| self.timed(leg, clock.kind))
        {
            let mending = timed.mending.filter(|mending| at <= mending.until);
            timed.stopped_at = Some(mending.map_or(at, |mending| mending.submitted_at));
        }
    }

    fn note_levels(&mut self, event: &Event) {
        if let Event::LevelFired {
            clock,
            level,
            points_tenths,
            ..
        } = event
        {
            *self.levels.entry(*level).or_default() += 1;
            if clock.kind.is_the_units() && level.is_reached_by_firing() {
                self.reach(*level, *points_tenths);
            }
        } else if let Event::Escalated {
            level, points_tenths, ..
        } = event
        {
            *self.levels.entry(*level).or_default() += 1;
            self.reach(*level, *points_tenths);
        } else if matches!(event, Event::OrderIssued { .. }) {
            self.orders += 1;
        }
    }

    /// As it stands at the end.
    pub(super) fn ended(mut self, ticket: &Ticket, until: Timestamp) -> Self {
        self.light = Some(light_of(ticket, until));
        self.present.clear();
        self.level_now = None;
        self
    }

    pub(super) fn level_now(&self) -> Option<Level> {
        self.level_now
    }

    /// The leg that leads, or led last.
    pub fn lead(&self) -> Option<&LegCourse> {
        self.legs.iter().rev().find(|leg| leg.role == LegRole::Lead)
    }

    fn reach(&mut self, level: Level, points_tenths: u16) {
        self.level = self.level.max(Some(level));
        self.level_now = self.level_now.max(Some(level));
        self.points_tenths = self.points_tenths.max(points_tenths);
    }

    fn open(&mut self, opened: &Opened) {
        self.present.push(opened.leg);
        self.legs.push(LegCourse {
            leg: opened.leg,
            unit: opened.unit.clone(),
            role: opened.role,
            is_ended: false,
            sign: None,
            contact: None,
            handle: None,
        });
    }

    fn end(&mut self, leg: LegId) {
        self.present.retain(|one| *one != leg);
        if let Some(leg) = self.legs.iter_mut().rev().find(|one| one.leg == leg) {
            leg.is_ended = true;
        }
    }

    fn done(&mut self, leg: LegId, kind: Kind) {
        if let Some(Some(timed)) = self.timed(leg, kind) {
            timed.is_done = true;
        }
    }

    fn timed(&mut self, leg: LegId, kind: Kind) -> Option<&mut Option<Timed>> {
        let leg = self.legs.iter_mut().rev().find(|one| one.leg == leg)?;
        match kind {
            Kind::Sign => Some(&mut leg.sign),
            Kind::FirstContact => Some(&mut leg.contact),
            Kind::Handle => Some(&mut leg.handle),
            Kind::Citizen
            | Kind::Triage
            | Kind::Stage
            | Kind::Decision
            | Kind::Proposal
            | Kind::Audit
            | Kind::Callback
            | Kind::Rating
            | Kind::Waiting
            | Kind::Promise
            | Kind::Order
            | Kind::CallBack => None,
        }
    }
}
