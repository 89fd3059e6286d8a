//! Explains a due time step by step: from where its clock started, by which limit of which rules, over which days, and
//! what moved it since (domain.md, section 4, rule 6).
//!
//! Derived from the recorded events and from the rules and calendar each was computed with, never from stored prose; and
//! it checks itself: every step is computed anew and compared with what was recorded. Start at [`explain`].

mod clause;
mod days;
mod picture;
mod steps;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use clause::Clause;
pub use days::{Counting, DayKind, Span, spans};
pub use steps::{Bound, Move, Step};
pub use words::Line;

use self::steps::{Moment, Rests};
use super::{Clock, Kind, Level, Rested, RunId, State};
use crate::id::{LegId, RulesVersion, UnitId};
use crate::rules::{Rules, Under};
use crate::ticket::{Event, Recorded, Ticket};

/// Why a clock is due when it is due.
#[derive(Debug, Clone)]
pub struct Explanation<'r> {
    /// The rules its latest run was computed with.
    pub rules: &'r Rules,
    /// The clock as it stands.
    pub clock: Clock,
    /// Where its limit stands.
    pub clause: Clause,
    /// In which version of the rules: the ticket may keep that of its dispatch.
    pub limits_of: RulesVersion,
    /// What happened when it started: the stable name of an event.
    pub cause: &'static str,
    /// From start to due.
    pub steps: Vec<Step<'r>>,
    /// The levels that have fired since it started, over all its runs.
    pub fired: Vec<Fired>,
    /// Whose leg it is about; none for the ticket's own clocks.
    pub unit: Option<UnitId>,
}

/// A level that has fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    /// Of which run.
    pub run: u16,
    /// Which.
    pub level: Level,
    /// When it was to fire.
    pub due_at: Timestamp,
    /// When it did.
    pub at: Timestamp,
    /// Late because the system was down.
    pub system_was_down: bool,
}

/// What the computation says of the recorded due time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Start, limit, rests and extensions give it.
    Agrees,
    /// They give it together with these bounds.
    Bounded(Vec<Bound>),
    /// They do not give it.
    Differs {
        /// What they give instead.
        computed_at: Timestamp,
    },
}

impl<'r> Explanation<'r> {
    /// Whether the recorded due time follows.
    pub fn verdict(&self) -> Verdict {
        let unexplained = self.steps.iter().find(|step| step.what == Move::Unexplained);
        if let Some(step) = unexplained {
            return Verdict::Differs { computed_at: step.to };
        }
        let computed_at = self
            .steps
            .last()
            .map_or(self.clock.run.started_at, |step| step.to);
        if computed_at != self.clock.run.due_at {
            return Verdict::Differs { computed_at };
        }
        let bounds = self.bounds();
        match bounds.is_empty() {
            true => Verdict::Agrees,
            false => Verdict::Bounded(bounds),
        }
    }

    /// What bounds it as it stands, each said once.
    fn bounds(&self) -> Vec<Bound> {
        let mut bounds: Vec<Bound> = self.steps_now().iter().filter_map(Step::bound).collect();
        bounds.dedup();
        bounds
    }

    /// Which days a step counted and which it skipped, folded.
    pub fn spans(&self, step: &Step<'_>) -> Vec<Span> {
        let counting = step.counting(&self.clock.run.limit);
        counting.map_or_else(Vec::new, |counting| {
            spans(step.calendar, counting, step.from, step.to)
        })
    }

    /// The steps on which the due time rests: those from where it was last counted from the start on.
    pub fn steps_now(&self) -> &[Step<'r>] {
        let counts = |step: &Step<'_>| matches!(step.what, Move::Limit(_) | Move::Ringing(_));
        let from = self.steps.iter().rposition(counts).unwrap_or(0);
        &self.steps[from..]
    }

    /// Years it reaches into whose calendar was not published when it was computed: weekends are assumed.
    pub fn assumed_years(&self) -> Vec<i16> {
        let calendar = self.rules.calendar();
        let year = |at: Timestamp| calendar.local(at).year();
        let counts_days = self.steps.iter().any(|step| self.counts_working_days(step));
        (year(self.clock.run.started_at)..=year(self.clock.run.due_at))
            .filter(|year| counts_days && !calendar.years.contains(year))
            .collect()
    }

    fn counts_working_days(&self, step: &Step<'_>) -> bool {
        let counting = step.counting(&self.clock.run.limit);
        counting.is_some_and(Counting::is_of_working_days)
    }
}

/// The rules that an explanation of a history needs.
pub fn versions(history: &[Recorded]) -> Vec<Under> {
    let (mut needed, mut ticket) = (Vec::new(), None::<Ticket>);
    for recorded in history {
        if let (Event::ClockStarted { .. }, Some(ticket)) = (&recorded.fact.event, &ticket) {
            let under = Under::of(ticket, recorded);
            if !needed.contains(&under) {
                needed.push(under);
            }
        }
        match &mut ticket {
            Some(ticket) => ticket.apply(recorded),
            None => ticket = Ticket::register(recorded),
        }
    }
    needed
}

/// Explains every clock a ticket still has, in the ticket's order; none when the history does not begin with a
/// registration or names rules that `rules_of` does not have.
pub fn explain<'r>(
    history: &[Recorded],
    rules_of: impl Fn(&Under) -> Option<&'r Rules>,
) -> Option<Vec<Explanation<'r>>> {
    let (first, rest) = history.split_first()?;
    let mut ticket = Ticket::register(first)?;
    let mut then = ticket.clone();
    let mut trails: BTreeMap<ClockName, Trail<'r>> = BTreeMap::new();
    for (at, recorded) in rest.iter().enumerate().map(|(at, recorded)| (at + 1, recorded)) {
        if is_said(&recorded.fact.event) {
            then = ticket.clone();
        }
        if let Event::ClockStarted { run } = &recorded.fact.event {
            let under = Under::of(&ticket, recorded);
            let mut moment = Moment {
                rules: rules_of(&under)?,
                limits_of: under.kept.as_ref().unwrap_or(&under.current),
                now: recorded.at,
                then: &then,
                ticket: &ticket,
                run,
                cause: cause_of(history, at),
                rested: Some(Rested::default()),
            };
            let above = moment.passed_down_by().and_then(|above| trails.get(&above));
            let before = trails.get(&(run.kind, run.leg)).or(above).cloned();
            let handling = trails.get(&(Kind::Handle, run.leg));
            if let Some(rests) = moment.rests_with(before.as_ref().map(|one| &one.run)) {
                moment.rested = match rests {
                    Rests::Itself => before.as_ref().and_then(|one| one.rested_until(run)),
                    Rests::WithHandling => handling.and_then(|one| one.rested),
                };
            }
            trails.insert((run.kind, run.leg), Trail::after(before, &moment));
        }
        note_fired(&mut trails, recorded);
        ticket.apply(recorded);
    }
    let clocks = ticket.clocks.iter();
    Some(
        clocks
            .filter_map(|clock| explained(clock, &ticket, &mut trails))
            .collect(),
    )
}

/// The clock that whoever holds the step is on; of a ticket nobody holds, the resident's.
pub fn holders_clock(ticket: &Ticket) -> Option<RunId> {
    let lead = ticket.phase.legs().map(|legs| legs.lead.id);
    let runs = |kind: Kind| {
        let of_the_lead = kind.is_a_legs() || kind == Kind::Decision;
        let is_whose =
            move |clock: &&Clock| clock.run.leg.is_none() || (of_the_lead && clock.run.leg == lead);
        let mut clocks = ticket.clocks.iter().filter(|clock| clock.is_running());
        clocks.find(|clock| clock.run.kind == kind && is_whose(clock))
    };
    let order = [
        // It rests while the desk waits for opinions.
        Kind::Triage,
        Kind::Decision,
        Kind::Waiting,
        Kind::Promise,
        Kind::Audit,
        Kind::Rating,
        Kind::Sign,
        Kind::Handle,
        Kind::Callback,
        Kind::Citizen,
    ];
    let last = || ticket.clocks.iter().find(|clock| clock.run.kind == Kind::Citizen);
    order
        .into_iter()
        .find_map(runs)
        .or_else(last)
        .map(|clock| clock.run.id())
}

type ClockName = (Kind, Option<LegId>);

/// What is known of a clock so far.
#[derive(Debug, Clone)]
struct Trail<'r> {
    rules: &'r Rules,
    clause: Clause,
    limits_of: RulesVersion,
    cause: &'static str,
    steps: Vec<Step<'r>>,
    fired: Vec<Fired>,
    run: super::Run,
    /// How long it has rested since it began; none where it began on another ticket.
    rested: Option<Rested>,
    /// What made it start, and how long it had rested, before its matter was raised.
    before_raised: Option<(&'static str, Option<Rested>)>,
    /// The run on whose days the due time rests, and the rules that have them.
    begun: (super::Run, &'r Rules),
}

impl<'r> Trail<'r> {
    /// How long it has rested before a run with which it goes on.
    fn rested_until(&self, run: &super::Run) -> Option<Rested> {
        match self.before_raised.filter(|_| run.is_back_from(&self.run)) {
            Some((_, rested)) => Some(rested?.and(self.rested?)),
            None => self.rested,
        }
    }

    /// With one more run. What has been said so far is kept for as long as the due time rests on it.
    fn after(before: Option<Trail<'r>>, moment: &Moment<'r, '_>) -> Trail<'r> {
        match before {
            Some(before) if moment.continues(&before.run) => before.gone_on(moment),
            before => Trail::begun(before, moment),
        }
    }

    fn begun(before: Option<Trail<'r>>, moment: &Moment<'r, '_>) -> Trail<'r> {
        let raised = before.filter(|_| moment.run.origin.is_some());
        Trail {
            rules: moment.rules,
            clause: moment.clause(),
            limits_of: moment.limits_of.clone(),
            cause: moment.cause,
            steps: moment.begun(),
            fired: Vec::new(),
            rested: moment.rested.filter(|_| moment.cause != "child_merged"),
            before_raised: raised.map(|before| before.before_raised.unwrap_or((before.cause, before.rested))),
            begun: (moment.run.clone(), moment.rules),
            run: moment.run.clone(),
        }
    }

    fn gone_on(mut self, moment: &Moment<'r, '_>) -> Trail<'r> {
        let last = std::mem::replace(&mut self.run, moment.run.clone());
        if self.run.is_back_from(&last)
            && let Some((cause, _)) = self.before_raised.take()
        {
            self.cause = cause;
        }
        let begun = self.begun.clone();
        self.begun = moment.rests_on(&last, self.begun);
        self.rules = moment.rules;
        self.rested = moment.rested;
        if let Some(anew) = moment.anew(&last) {
            self.count_anew(anew, moment);
            return self;
        }
        self.rested = moment.rested_by_now(&last);
        let (moved, anew) = (moment.moved(&last, (&begun.0, begun.1)), moment.begun());
        // Raised in the instant it began, it counts anew without a change of its limit.
        if explains(&moved) || !explains(&anew) {
            self.steps.extend(moved);
        } else {
            self.count_anew(anew, moment);
        }
        self
    }

    fn count_anew(&mut self, steps: Vec<Step<'r>>, moment: &Moment<'r, '_>) {
        (self.clause, self.limits_of) = (moment.clause(), moment.limits_of.clone());
        self.steps = steps;
    }
}

fn explained<'r>(
    clock: &Clock,
    ticket: &Ticket,
    trails: &mut BTreeMap<ClockName, Trail<'r>>,
) -> Option<Explanation<'r>> {
    let trail = trails.remove(&(clock.run.kind, clock.run.leg))?;
    let leg = clock.run.leg.and_then(|leg| ticket.phase.legs()?.get(leg));
    Some(Explanation {
        rules: trail.rules,
        clause: trail.clause,
        limits_of: trail.limits_of,
        cause: trail.cause,
        steps: trail.steps,
        fired: trail.fired,
        unit: leg.map(|leg| leg.unit.clone()),
        clock: clock.clone(),
    })
}

fn note_fired(trails: &mut BTreeMap<ClockName, Trail<'_>>, recorded: &Recorded) {
    let Event::LevelFired {
        clock,
        level,
        due_at,
        system_was_down,
        ..
    } = &recorded.fact.event
    else {
        return;
    };
    if let Some(trail) = trails.get_mut(&(clock.kind, clock.leg)) {
        trail.fired.push(Fired {
            run: clock.run,
            level: *level,
            due_at: *due_at,
            at: recorded.at,
            system_was_down: *system_was_down,
        });
    }
}

/// What made a clock start: of what was recorded at the same instant, the last before it that is not about a clock, else
/// the first after it.
fn cause_of(history: &[Recorded], at: usize) -> &'static str {
    let now = history[at].at;
    let is_now = |recorded: &&Recorded| recorded.at == now;
    let earlier = history[..at]
        .iter()
        .rev()
        .take_while(is_now)
        .map(|one| &one.fact.event);
    let later = history[at..].iter().take_while(is_now).map(|one| &one.fact.event);
    let said = earlier.chain(later).find(|event| is_said(event));
    said.map_or("", Event::name)
}

impl Explanation<'_> {
    /// When its clock stopped; none while it runs.
    pub fn stopped_at(&self) -> Option<Timestamp> {
        match self.clock.state {
            State::Running => None,
            State::Stopped { at } => Some(at),
        }
    }
}

/// Whether an event says more than that a clock starts or stops.
fn is_said(event: &Event) -> bool {
    !matches!(event, Event::ClockStarted { .. } | Event::ClockStopped { .. })
}

fn explains(steps: &[Step<'_>]) -> bool {
    steps.iter().all(|step| step.what != Move::Unexplained)
}
