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
use crate::id::{LegId, UnitId};
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
    /// What happened when it started: the stable name of an event.
    pub cause: &'static str,
    /// From start to due.
    pub steps: Vec<Step>,
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

impl Explanation<'_> {
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
        let bounds: Vec<Bound> = self.steps.iter().filter_map(Step::bound).collect();
        match bounds.is_empty() {
            true => Verdict::Agrees,
            false => Verdict::Bounded(bounds),
        }
    }

    /// Which days a step counted and which it skipped, folded.
    pub fn spans(&self, step: &Step) -> Vec<Span> {
        let counting = step.counting(&self.clock.run.limit);
        let unit = step.unit.as_ref();
        let calendar = unit.map_or(self.rules.calendar(), |unit| self.rules.calendar_of(unit));
        counting.map_or_else(Vec::new, |counting| spans(calendar, counting, step.from, step.to))
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

    fn counts_working_days(&self, step: &Step) -> bool {
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
            let mut moment = Moment {
                rules: rules_of(&Under::of(&ticket, recorded))?,
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
                    Rests::Itself => before.as_ref().and_then(|one| one.rested),
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
    cause: &'static str,
    steps: Vec<Step>,
    fired: Vec<Fired>,
    run: super::Run,
    /// How long it has rested since it began; none where it began on another ticket.
    rested: Option<Rested>,
    /// The run on whose days the due time rests, and the rules that have them.
    begun: (super::Run, &'r Rules),
}

impl<'r> Trail<'r> {
    /// With one more run. What has been said so far is kept for as long as the due time rests on it.
    fn after(before: Option<Trail<'r>>, moment: &Moment<'r, '_>) -> Trail<'r> {
        let run = moment.run.clone();
        match (before, moment.anew(None)) {
            (Some(before), _) if moment.continues(&before.run) => {
                let Trail {
                    mut clause,
                    cause,
                    mut steps,
                    fired,
                    run: last,
                    begun,
                    ..
                } = before;
                let last_begun = begun.clone();
                let begun = moment.rests_on(&last, begun);
                let mut rested = moment.rested;
                if let Some(anew) = moment.anew(Some(&last)) {
                    clause = moment.clause();
                    steps = anew;
                } else {
                    let (moved, anew) = (moment.moved(&last, (&last_begun.0, last_begun.1)), moment.begun());
                    rested = moment.rested_by_now(&last);
                    // Raised in the instant it began, it counts anew without a change of its limit.
                    if explains(&moved) || !explains(&anew) {
                        steps.extend(moved);
                    } else {
                        (clause, steps) = (moment.clause(), anew);
                    }
                }
                Trail {
                    rules: moment.rules,
                    clause,
                    cause,
                    steps,
                    fired,
                    run,
                    rested,
                    begun,
                }
            }
            (_, anew) => Trail {
                rules: moment.rules,
                clause: moment.clause(),
                cause: moment.cause,
                steps: anew.unwrap_or_default(),
                fired: Vec::new(),
                rested: moment.rested.filter(|_| moment.cause != "child_merged"),
                begun: (run.clone(), moment.rules),
                run,
            },
        }
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

fn explains(steps: &[Step]) -> bool {
    steps.iter().all(|step| step.what != Move::Unexplained)
}
