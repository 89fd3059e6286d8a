//! What is to fire, kept beside the tickets from their events alone: the promises of the runs that have started, who
//! decides about which leg, and which level comes next. Shares no code with [`crate::ticket::Ticket::next_steps`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::clock::{Kind, Level, Run, RunId, Step};
use crate::id::LegId;
use crate::ticket::check::laws::{Broken, Law, hold};
use crate::ticket::{Event, Grade, Recorded};
use crate::time::Limit;

/// Which ticket.
pub(super) type Number = u32;

/// How the loop stands when something is recorded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loop {
    /// Time has passed without it.
    pub(super) is_away: bool,
    /// When it came back last.
    pub(super) back_at: Timestamp,
    /// It catches up with what an outage has left behind.
    pub(super) catches_up: bool,
    /// The earliest of a ticket fires first; a second loop, with an older list, may be behind.
    pub(super) in_order: bool,
    /// What fires at the moment, by the instant at which it was to.
    pub(super) fires: Option<Timestamp>,
}

/// The latest run of one clock.
#[derive(Debug)]
struct Promised {
    run: u16,
    started_at: Timestamp,
    limit: Limit,
    extended_days: u8,
    /// What has not fired yet, in order.
    ahead: Vec<Step>,
    runs: bool,
    /// Since when it may fire.
    ready_at: Timestamp,
}

/// One ticket.
#[derive(Debug)]
struct Of {
    clocks: BTreeMap<(Kind, Option<LegId>), Promised>,
    /// Legs about which somebody else decides.
    asked: BTreeSet<LegId>,
    grade: Grade,
    /// Levels of a clock that have fired, over all its runs, or on one it takes the place of.
    fired: BTreeSet<(Kind, Option<LegId>, Level)>,
    /// A ticket is being merged into it: what has fired there is not fired here.
    takes_in: bool,
    /// When it became urgent: the desks that are late are told again.
    raised_at: Option<Timestamp>,
}

/// Every ticket.
#[derive(Debug, Default)]
pub(super) struct Expected {
    of: BTreeMap<Number, Of>,
    /// By the instant at which the next level of a ticket fires.
    next: BTreeSet<(Timestamp, Number)>,
    /// Levels that were due while the loop was away and whose run ended before it came back.
    pub(super) passed_over: u64,
}

impl Expected {
    /// What fires next of all, and on which ticket.
    pub(super) fn first(&self) -> Option<(Timestamp, Number)> {
        self.next.first().copied()
    }

    /// When the next level of a ticket fires.
    pub(super) fn next_of(&self, number: Number) -> Option<Timestamp> {
        self.of.get(&number)?.next()
    }

    /// Takes one fact in: what fires is what was promised, no sooner and no later; what ends has fired what was due.
    pub(super) fn take(&mut self, number: Number, recorded: &Recorded, how: Loop) -> Result<(), Broken> {
        if let Event::Registered { classification, .. } = &recorded.fact.event {
            let of = Of {
                clocks: BTreeMap::new(),
                asked: BTreeSet::new(),
                grade: classification.grade,
                fired: BTreeSet::new(),
                takes_in: false,
                raised_at: None,
            };
            self.of.insert(number, of);
            return Ok(());
        }
        let Some(of) = self.of.get_mut(&number) else {
            return Err(Broken::new(Law::Once, "a fact of a ticket nobody registered"));
        };
        let before = of.next();
        let taken = of.take(recorded, how);
        let after = of.next();
        if let Some(at) = before {
            self.next.remove(&(at, number));
        }
        if let Some(at) = after {
            self.next.insert((at, number));
        }
        self.passed_over += u64::from(taken?);
        Ok(())
    }
}

impl Of {
    /// A level of a leg waits while somebody else decides about it; in grade A nothing waits.
    fn waits(&self, kind: Kind, leg: Option<LegId>) -> bool {
        let of_the_unit = matches!(kind, Kind::Sign | Kind::FirstContact | Kind::Handle | Kind::Stage);
        of_the_unit && self.grade != Grade::A && leg.is_some_and(|leg| self.asked.contains(&leg))
    }

    fn next(&self) -> Option<Timestamp> {
        let free = self
            .clocks
            .iter()
            .filter(|((kind, leg), clock)| clock.runs && !self.waits(*kind, *leg));
        free.filter_map(|(_, clock)| Some(clock.ahead.first()?.at)).min()
    }

    /// Whether a level was passed over.
    fn take(&mut self, recorded: &Recorded, how: Loop) -> Result<bool, Broken> {
        let (event, at) = (&recorded.fact.event, recorded.at);
        if let Event::ClockStarted { run } = event {
            let passed_over = self.ends((run.kind, run.leg), at, how)?;
            self.begins(run, at)?;
            return Ok(passed_over);
        }
        if let Event::ClockStopped { clock } = event {
            let name = (clock.kind, clock.leg);
            let passed_over = self.ends(name, at, how)?;
            let known = self.clocks.get_mut(&name).filter(|known| known.run == clock.run);
            let stopped = known.map(|known| known.runs = false);
            hold!(stopped.is_some(), Law::Once, "{clock:?} stops and never ran");
            return Ok(passed_over);
        }
        if let Event::LevelFired {
            clock,
            level,
            due_at,
            system_was_down,
            points_tenths,
            ..
        } = event
        {
            let charged = *points_tenths > 0;
            let climbs = clock.kind.is_the_units() && !system_was_down && !level.is_decided();
            hold!(
                climbs || !charged,
                Law::Levels,
                "charged for {clock:?} {level:?}, the system was down: {system_was_down}"
            );
            hold!(
                !system_was_down || how.catches_up,
                Law::Once,
                "{clock:?} {level:?} says the system was down"
            );
            self.fires(
                *clock,
                Step {
                    level: *level,
                    at: *due_at,
                },
                at,
                how,
            )?;
        } else {
            self.hears(event, at);
        }
        Ok(false)
    }

    /// A run begins: it promises every level of its kind that has not fired yet, and where it goes on with an earlier
    /// one, none that has.
    fn begins(&mut self, run: &Run, at: Timestamp) -> Result<(), Broken> {
        let (kind, leg) = (run.kind, run.leg);
        let before = self.clocks.get(&(kind, leg));
        let before = before.map(|before| (before.started_at, before.limit, before.extended_days));
        // What was raised and is lowered goes on from where it began.
        if before.is_some_and(|(started_at, ..)| started_at < run.started_at) {
            self.fired.retain(|(one, of, _)| (*one, *of) != (kind, leg));
        }
        // What begins in the same instant begins anew; another limit has levels of its own.
        let is_raised = self.raised_at == Some(at);
        let is_told_again = is_raised && !kind.is_the_units();
        let goes_on = before
            .is_some_and(|(started_at, limit, _)| (started_at, limit) == (run.started_at, run.limit))
            && run.started_at < at
            && !is_told_again;
        // There is another due time to warn of; lowered and raised once more, it is telephoned about once more.
        let is_extended = before.is_some_and(|(.., days)| days < run.extended_days);
        for step in &run.steps {
            let again = self.fired.remove(&(kind, leg, step.level));
            hold!(
                !again
                    || !goes_on
                    || (is_extended && step.level == Level::L0)
                    || (is_raised && step.level == Level::Call),
                Law::Once,
                "{kind:?} of {leg:?} goes on and promises {step:?} again"
            );
        }
        for level in levels(kind, self.grade) {
            let is_promised = run.steps.iter().any(|step| step.level == *level);
            let has_fired = self.fired.contains(&(kind, leg, *level));
            hold!(
                is_promised || has_fired || self.takes_in,
                Law::Once,
                "{kind:?} of {leg:?} has lost {level:?}"
            );
            if !is_promised {
                self.fired.insert((kind, leg, *level));
            }
        }
        let promised = Promised {
            run: run.run,
            started_at: run.started_at,
            limit: run.limit,
            extended_days: run.extended_days,
            ahead: run.steps.clone(),
            runs: true,
            ready_at: at,
        };
        self.clocks.insert((kind, leg), promised);
        Ok(())
    }

    /// A run ends: unless the loop was away, whatever was due before this instant has fired.
    fn ends(&self, name: (Kind, Option<LegId>), at: Timestamp, how: Loop) -> Result<bool, Broken> {
        let running = self.clocks.get(&name).filter(|clock| clock.runs);
        let Some(clock) = running.filter(|_| !self.waits(name.0, name.1)) else {
            return Ok(false);
        };
        // What fires late ends what it would have ended in time.
        let by = how.fires.map_or(at, |fires| fires.min(at));
        let missed = clock
            .ahead
            .first()
            .filter(|step| step.at.max(clock.ready_at) < by);
        hold!(
            missed.is_none() || how.is_away,
            Law::Once,
            "{name:?} ends without {missed:?}"
        );
        Ok(missed.is_some())
    }

    /// A level fires: the next one of its run, at its instant or as soon as it could.
    fn fires(&mut self, id: RunId, step: Step, at: Timestamp, how: Loop) -> Result<(), Broken> {
        let RunId { kind, leg, run } = id;
        let (waits, next) = (self.waits(kind, leg), self.next());
        let known = self.clocks.get_mut(&(kind, leg));
        let Some(clock) = known.filter(|clock| clock.run == run && clock.runs && !waits) else {
            return Err(Broken::new(
                Law::Once,
                format!("{id:?} {:?} fires and does not run", step.level),
            ));
        };
        hold!(
            clock.ahead.first() == Some(&step),
            Law::Once,
            "{id:?} fires {step:?}, ahead is {:?}",
            clock.ahead.first()
        );
        hold!(
            next == Some(step.at) || !how.in_order,
            Law::Once,
            "{id:?} {step:?} fires before its turn"
        );
        let due_at = step.at.max(clock.ready_at).max(how.back_at);
        hold!(
            at == due_at || (how.is_away && at > due_at),
            Law::Once,
            "{id:?} {step:?} fires at {at}, was to at {due_at}"
        );
        clock.ahead.remove(0);
        self.fired.insert((kind, leg, step.level));
        Ok(())
    }

    /// What is asked for a leg holds up its levels until it is settled.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the few events that say who holds a step"
    )]
    fn hears(&mut self, event: &Event, at: Timestamp) {
        self.takes_in = matches!(event, Event::ChildMerged { .. });
        match event {
            // What has fired before was for the one who passes it down.
            Event::SubAssigned { opened, under } => {
                let above = |(kind, leg, level): &(Kind, Option<LegId>, Level)| {
                    (*kind == Kind::Handle && *leg == Some(*under)).then_some(*level)
                };
                let fired: Vec<Level> = self.fired.iter().filter_map(above).collect();
                let of_the_step = fired
                    .into_iter()
                    .map(|level| (Kind::Handle, Some(opened.leg), level));
                self.fired.extend(of_the_step);
            }
            Event::ReturnRequested { leg, .. }
            | Event::ExtensionRequested { leg, .. }
            | Event::SuspensionRequested { leg, .. }
            | Event::TerminationRequested { leg, .. } => {
                self.asked.insert(*leg);
            }
            Event::ReturnApproved { leg }
            | Event::ReturnRefused { leg, .. }
            | Event::Ruled { leg, .. }
            | Event::ExtensionGranted { leg, .. }
            | Event::ExtensionRefused { leg }
            | Event::Suspended { leg, .. }
            | Event::SuspensionRefused { leg }
            | Event::TerminationRefused { leg }
            | Event::LegExcused { leg }
            | Event::LegEnded { leg } => {
                self.asked.remove(leg);
                self.free(*leg, at);
            }
            Event::Classified { classification, .. } => {
                let is_urgent = matches!(classification.grade, Grade::A | Grade::B);
                let is_raised = is_urgent && classification.grade < self.grade;
                self.raised_at = is_raised.then_some(at).or(self.raised_at);
                self.grade = classification.grade;
                self.asked.clone().into_iter().for_each(|leg| self.free(leg, at));
            }
            Event::Terminated { .. }
            | Event::Closed { .. }
            | Event::Recalled {}
            | Event::Redispatched {}
            | Event::Rejoined { .. }
            | Event::Reopened { .. } => {
                let asked = std::mem::take(&mut self.asked);
                asked.into_iter().for_each(|leg| self.free(leg, at));
            }
            _ => {}
        }
    }

    /// What has waited on a leg may fire from now on.
    fn free(&mut self, leg: LegId, at: Timestamp) {
        for ((_, of), clock) in &mut self.clocks {
            if *of == Some(leg) {
                clock.ready_at = clock.ready_at.max(at);
            }
        }
    }
}

/// The levels of a clock (domain.md, section 5).
fn levels(kind: Kind, grade: Grade) -> &'static [Level] {
    use Level::{Call, L0, L1, L2, L3, L4, L5};
    let urgent = matches!(grade, Grade::A | Grade::B);
    match kind {
        Kind::Handle if urgent => &[L0, L1, L2, L3, Call, L4, L5],
        Kind::Handle => &[L0, L1, L2, L3, L4, L5],
        Kind::Sign | Kind::FirstContact | Kind::Stage if urgent => &[L0, L1, L2, L3, Call],
        Kind::Sign | Kind::FirstContact | Kind::Stage => &[L0, L1],
        Kind::Order => &[L0, L2],
        // The last look at a suspended matter is the end of its rest and breaks no promise.
        Kind::Rating | Kind::Waiting | Kind::Promise => &[L0],
        Kind::Citizen
        | Kind::Triage
        | Kind::Decision
        | Kind::Proposal
        | Kind::Audit
        | Kind::Callback
        | Kind::CallBack => &[L1],
    }
}

/// What has fired, for the proof that nothing fires twice however often it is tried.
#[derive(Debug, Default)]
pub(super) struct Fired(Vec<(Number, RunId, Level)>);

/// Levels that are tried again later.
const REMEMBERED_MAX: usize = 64;

impl Fired {
    /// Remembers one, the oldest gives way.
    pub(super) fn remember(&mut self, number: Number, run: RunId, level: Level) {
        if self.0.len() >= REMEMBERED_MAX {
            self.0.remove(0);
        }
        self.0.push((number, run, level));
    }

    /// All that are remembered.
    pub(super) fn all(&self) -> &[(Number, RunId, Level)] {
        &self.0
    }
}
