//! The steps from start to due: each is computed anew, and the first way that gives what was recorded explains it.

use jiff::Timestamp;

use super::super::{Kind, Rested, Run, State};
use super::clause::{self, Clause};
use super::days::Counting;
use super::{Clock, ClockName};
use crate::id::{LegId, RulesVersion, UnitId};
use crate::rules::Rules;
use crate::ticket::{Grade, LegRole, Ticket, due_by, went_on};
use crate::time::{Calendar, Limit};

/// One step: from one instant to the next, by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<'r> {
    /// What moves it.
    pub what: Move,
    /// When that was recorded.
    pub at: Timestamp,
    /// What happened then: the stable name of an event.
    pub cause: &'static str,
    /// From where.
    pub from: Timestamp,
    /// To where, as computed.
    pub to: Timestamp,
    /// The unit by whose hours it counts; none where they are the hotline's.
    pub unit: Option<UnitId>,
    /// The days by which it was computed.
    pub calendar: &'r Calendar,
}

/// What moves a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The limit counts from the start.
    Limit(Limit),
    /// The same for a resident who is rung: of natural time, what is no whole day counts only while he may be (C7).
    Ringing(Limit),
    /// What counted while it rested is added.
    Rested {
        /// Since when, until that was recorded; none for the sum of the rests so far.
        since: Option<Timestamp>,
        /// Minutes of the limit's own measure.
        minutes: u32,
    },
    /// Working days are added.
    Extended(u8),
    /// It goes on with the due time it had (section 4, rule 1).
    Stands,
    /// Other working days are known: as much time that counts lies before it (rule 6).
    Rederived,
    /// A bound holds instead.
    Bound(Bound),
    /// Nothing here gives what was recorded.
    Unexplained,
}

/// What bounds a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// A next unit has what is left of the resident's time (rule 2).
    CitizenCap,
    /// The share that a co leg has of that.
    ShareOfCap,
    /// A co leg is extended within the lead's time.
    LeadsTime,
    /// At least so much is left (rules 2 and 3, and after a suspension).
    Floor(Limit),
    /// A merged ticket's earlier due time stays (rule 4).
    Merged,
    /// A date somebody has set: the check of a promise.
    Given,
    /// The resident's time never comes earlier by a stage report (invariant 2).
    NeverEarlier,
    /// Raised to A or B it has no more time than before (rule 3).
    NotLater,
}

impl Step<'_> {
    /// The bound, if it is one.
    pub fn bound(&self) -> Option<Bound> {
        match self.what {
            Move::Bound(bound) => Some(bound),
            Move::Limit(_)
            | Move::Ringing(_)
            | Move::Rested { .. }
            | Move::Extended(_)
            | Move::Stands
            | Move::Rederived
            | Move::Unexplained => None,
        }
    }

    /// How its days count; none where they do not.
    pub(super) fn counting(&self, limit: &Limit) -> Option<Counting> {
        match self.what {
            Move::Limit(limit) => Some(Counting::of(limit)),
            Move::Ringing(Limit::WorkingDays(_)) | Move::Extended(_) => Some(Counting::Days),
            Move::Ringing(_) => Some(Counting::Ringing),
            Move::Rested { .. } => Some(Counting::Minutes(limit.measure())),
            Move::Stands | Move::Rederived | Move::Bound(_) | Move::Unexplained => None,
        }
    }
}

/// Whose rests count for a run.
pub(super) enum Rests {
    /// Its own clock's.
    Itself,
    /// Those of the handling it is about: a statute's notice.
    WithHandling,
}

/// A run as it is recorded, with what was known then.
pub(super) struct Moment<'r, 'a> {
    pub(super) rules: &'r Rules,
    /// Which of them have its limits.
    pub(super) limits_of: &'a RulesVersion,
    pub(super) now: Timestamp,
    /// The ticket before what made it start.
    pub(super) then: &'a Ticket,
    /// The ticket just before the run.
    pub(super) ticket: &'a Ticket,
    pub(super) run: &'a Run,
    pub(super) cause: &'static str,
    /// How long its clock has rested before, by what was recorded; none where its history is another ticket's.
    pub(super) rested: Option<Rested>,
}

impl<'r> Moment<'r, '_> {
    /// The run, of those so far and this one, on whose days the due time rests, and the rules that have them: one that only
    /// adds what was granted or rested since rests on the days it goes on from, until it is derived anew.
    pub(super) fn rests_on(&self, last: &Run, begun: (Run, &'r Rules)) -> (Run, &'r Rules) {
        let stands = self.cause != "rederived" || last.due_at == self.run.due_at;
        let is_same = last.limit == self.run.limit && stands;
        let then = self.ticket.calendar_of(self.run.kind, self.run.leg, begun.1);
        let is_other = then != self.calendar();
        let added = went_on(self.run, last, last.due_at, self.calendar());
        if is_same && is_other && added == self.run.due_at {
            begun
        } else {
            (self.run.clone(), self.rules)
        }
    }

    /// The calendar the run is on.
    fn calendar(&self) -> &'r Calendar {
        self.ticket.calendar_of(self.run.kind, self.run.leg, self.rules)
    }

    fn due(&self, from: Timestamp, limit: Limit) -> Timestamp {
        self.calendar().due(from, limit)
    }

    fn grade(&self) -> Grade {
        self.ticket.classification.grade
    }

    fn floor(&self) -> Limit {
        self.rules.profile().grade(self.grade()).floor
    }

    fn step(&self, what: Move, from: Timestamp, to: Timestamp) -> Step<'r> {
        let unit = self.ticket.clock_unit(self.run.kind, self.run.leg);
        Step {
            what,
            at: self.now,
            cause: self.cause,
            from,
            to,
            unit: unit.cloned(),
            calendar: self.calendar(),
        }
    }

    pub(super) fn clause(&self) -> Clause {
        match clause::find(self.rules, self.ticket, self.run) {
            // It came along from another ticket.
            Clause::Unknown if self.cause == "child_merged" => Clause::Merged,
            found @ (Clause::Field(_)
            | Clause::Statute(_)
            | Clause::Given
            | Clause::Merged
            | Clause::Unknown) => found,
        }
    }

    /// The clock whose time a leg that is passed down has.
    pub(super) fn passed_down_by(&self) -> Option<ClockName> {
        let leg = self.ticket.phase.legs()?.get(self.run.leg?)?;
        let above = leg.under.filter(|_| self.run.kind == Kind::Handle)?;
        Some((Kind::Handle, Some(above)))
    }

    /// Whether the run goes on from where another stood.
    pub(super) fn continues(&self, last: &Run) -> bool {
        let is_from_there = last.started_at == self.run.started_at || self.run.is_back_from(last);
        is_from_there && self.cause != "child_merged"
    }

    /// Whose rests lie before the run, which may go on from `last`; none where it begins.
    pub(super) fn rests_with(&self, last: Option<&Run>) -> Option<Rests> {
        let run = self.run;
        let is_owed_anew = last.is_none_or(|last| last.limit != run.limit) || self.cause == "classified";
        let is_notice = run.kind == Kind::Stage && matches!(self.grade(), Grade::C | Grade::D);
        if is_notice && run.started_at < self.now && is_owed_anew {
            return Some(Rests::WithHandling);
        }
        last.filter(|last| self.continues(last)).map(|_| Rests::Itself)
    }

    /// What its clock has rested up to and with this run, which has gone on from `last`.
    pub(super) fn rested_by_now(&self, last: &Run) -> Option<Rested> {
        let is_noted = (self.run.paused_minutes, self.run.rested) != (last.paused_minutes, last.rested);
        let rest = is_noted.then(|| Rested::between(self.calendar(), self.rested_since(last), self.now));
        Some(self.rested?.and(rest.unwrap_or_default()))
    }

    /// The steps from the start where the whole is computed from there once more: its limit has changed.
    pub(super) fn anew(&self, last: &Run) -> Option<Vec<Step<'r>>> {
        let relimited = last.limit != self.run.limit || self.cause == "classified";
        let stands = last.limit == self.run.limit && last.due_at == self.run.due_at;
        (relimited && !stands).then(|| self.begun())
    }

    /// The steps of a run from its start.
    pub(super) fn begun(&self) -> Vec<Step<'r>> {
        let ways = [self.counted(false), self.counted(true)];
        let reaches = |steps: &Vec<Step<'r>>| steps.last().is_some_and(|step| step.to == self.run.due_at);
        let [plain, ringing] = ways;
        if reaches(&plain) || self.run.kind != Kind::Callback {
            return self.bounded(plain);
        }
        self.bounded(ringing)
    }

    /// Start and limit, then extensions and rests so far.
    fn counted(&self, ringing: bool) -> Vec<Step<'r>> {
        let (run, calendar) = (self.run, self.calendar());
        let (what, mut due_at) = match ringing {
            true => (
                Move::Ringing(run.limit),
                calendar.callback_due(run.started_at, run.limit),
            ),
            false => (Move::Limit(run.limit), self.due(run.started_at, run.limit)),
        };
        let mut steps = vec![self.step(what, run.started_at, due_at)];
        if run.extended_days > 0 {
            let to = self.due(due_at, Limit::WorkingDays(run.extended_days.into()));
            steps.push(self.step(Move::Extended(run.extended_days), due_at, to));
            due_at = to;
        }
        let measure = run.limit.measure();
        let rested = self.rested.filter(|_| self.cause != "child_merged");
        let minutes = rested.map_or(run.paused_minutes, |rested| rested.in_measure(measure));
        if minutes > 0 {
            let to = calendar.advance(measure, due_at, minutes);
            let rested = Move::Rested { since: None, minutes };
            steps.push(self.step(rested, due_at, to));
        }
        steps
    }

    /// With the bound that holds where the computation alone does not give what was recorded.
    fn bounded(&self, mut steps: Vec<Step<'r>>) -> Vec<Step<'r>> {
        let (due_at, computed_at) = (self.run.due_at, steps.last().map_or(self.now, |step| step.to));
        if computed_at == due_at {
            return steps;
        }
        let what = self.bound_of(computed_at).map_or(Move::Unexplained, Move::Bound);
        let to = if what == Move::Unexplained {
            computed_at
        } else {
            due_at
        };
        steps.push(self.step(what, computed_at, to));
        steps
    }

    /// What makes it due otherwise than its limit says.
    fn bound_of(&self, computed_at: Timestamp) -> Option<Bound> {
        let due_at = self.run.due_at;
        if self.run.kind == Kind::Promise {
            return Some(Bound::Given);
        }
        if self.cause == "child_merged" {
            return Some(Bound::Merged);
        }
        if self.run.kind == Kind::Handle
            && self.run.started_at == self.now
            && let Some(bound) = self.under_the_cap()
        {
            return Some(bound);
        }
        if due_at < computed_at
            && let Some(bound) = self.limit_of_others()
        {
            return Some(bound);
        }
        let from_now = self.due(self.now, self.run.limit);
        let floor = self.due(self.now, self.floor()).min(from_now);
        if floor == due_at {
            return Some(Bound::Floor(self.floor()));
        }
        let (kind, leg) = (self.run.kind, self.run.leg);
        let due_of = |kind: Kind, leg: Option<LegId>| {
            let is_it = |clock: &&Clock| (clock.run.kind, clock.run.leg) == (kind, leg);
            self.ticket
                .clocks
                .iter()
                .find(is_it)
                .map(|clock| clock.run.due_at)
        };
        if due_of(kind, leg) == Some(due_at) {
            // What is urgent has been reported, or has become urgent.
            let raised = matches!(self.grade(), Grade::A | Grade::B) && from_now >= due_at;
            if self.cause == "stage_reported" {
                return (kind == Kind::Citizen).then_some(Bound::NeverEarlier);
            }
            if raised {
                return Some(Bound::NotLater);
            }
        }
        self.limit_of_others()
    }

    /// Whose time a C4 ends with: the resident's, or of a co leg the lead's.
    fn limit_of_others(&self) -> Option<Bound> {
        let legs = self.ticket.phase.legs()?;
        let is_co = legs.root_of(legs.get(self.run.leg?)?).role == LegRole::Co;
        let ends_with = |kind: Kind, leg: Option<LegId>| {
            let is_it = |clock: &&Clock| (clock.run.kind, clock.run.leg) == (kind, leg);
            let clock = self.ticket.clocks.iter().find(is_it);
            self.run.kind == Kind::Handle && clock.is_some_and(|clock| clock.run.due_at == self.run.due_at)
        };
        if is_co && ends_with(Kind::Handle, Some(legs.lead.id)) {
            return Some(Bound::LeadsTime);
        }
        ends_with(Kind::Citizen, None).then_some(Bound::CitizenCap)
    }

    /// Rule 2, as a dispatch applies it.
    fn under_the_cap(&self) -> Option<Bound> {
        let is_citizens = |clock: &&Clock| clock.run.kind == Kind::Citizen;
        let cap = self.ticket.clocks.iter().find(is_citizens)?.run.due_at;
        let least = self.due(self.now, self.floor());
        let leads_until = cap.max(least);
        if leads_until == self.run.due_at {
            return Some(if cap >= least {
                Bound::CitizenCap
            } else {
                Bound::Floor(self.floor())
            });
        }
        let calendar = self.calendar();
        let is_co = self.role()? == LegRole::Co;
        let mut measures = [crate::time::Measure::Working, crate::time::Measure::Natural].into_iter();
        let shared = measures.any(|measure| {
            let whole = u64::from(calendar.elapsed_minutes(measure, self.now, leads_until));
            let share = whole * u64::from(self.rules.profile().co_percent) / 100;
            let minutes = u32::try_from(share).unwrap_or(u32::MAX);
            calendar.advance(measure, self.now, minutes) == self.run.due_at
        });
        (is_co && shared).then_some(Bound::ShareOfCap)
    }

    fn role(&self) -> Option<LegRole> {
        Some(self.ticket.phase.legs()?.get(self.run.leg?)?.role)
    }

    /// The steps by which a clock goes on with the limit it had.
    pub(super) fn moved(&self, last: &Run, begun: (&Run, &Rules)) -> Vec<Step<'r>> {
        let run = self.run;
        if self.cause == "rederived" {
            return self.rederived(last, begun);
        }
        let extended = run.extended_days.saturating_sub(last.extended_days);
        if extended > 0 {
            let to = self.due(last.due_at, Limit::WorkingDays(extended.into()));
            return self.settled(Move::Extended(extended), last.due_at, to);
        }
        let minutes = run.paused_minutes.saturating_sub(last.paused_minutes);
        // A rest that is noted has moved it.
        if run.due_at == last.due_at && minutes == 0 {
            return vec![self.step(Move::Stands, last.due_at, last.due_at)];
        }
        let (calendar, measure) = (self.calendar(), run.limit.measure());
        let since = self.rested_since(last);
        // What is added is what counted meanwhile, not what was noted.
        let counted = calendar.elapsed_minutes(measure, since, self.now).min(minutes);
        let to = calendar.advance(measure, last.due_at, counted);
        let rested = Move::Rested {
            since: Some(since),
            minutes: counted,
        };
        if to == run.due_at || !self.is_resumed() {
            return self.settled(rested, last.due_at, to);
        }
        let mut steps = vec![self.step(rested, last.due_at, to)];
        let floors = [self.rules.profile().procedures.resume_floor, self.floor()];
        let floor = floors
            .into_iter()
            .find(|floor| self.due(self.now, *floor) == run.due_at);
        steps.push(match floor {
            Some(floor) => self.step(Move::Bound(Bound::Floor(floor)), to, run.due_at),
            None => self.step(Move::Unexplained, last.due_at, to),
        });
        steps
    }

    /// The steps by which a clock goes on when other working days are known.
    fn rederived(&self, last: &Run, (begun, rules_then): (&Run, &Rules)) -> Vec<Step<'r>> {
        let due_at = self.run.due_at;
        // What is late stays late.
        if due_at == last.due_at && due_at <= self.now {
            return vec![self.step(Move::Stands, due_at, due_at)];
        }
        let counted = self.counted(self.run.kind == Kind::Callback);
        if counted.last().is_some_and(|step| step.to == due_at) {
            return counted;
        }
        let then = self.ticket.calendar_of(last.kind, last.leg, rules_then);
        // What was granted and rested since the other days are known is added to what they give.
        let by_days = went_on(last, begun, due_by(begun, then, self.calendar()), self.calendar());
        let mut steps = vec![self.step(Move::Rederived, last.due_at, by_days)];
        if due_at != by_days {
            let floor = self.due(self.now, self.floor()).min(last.due_at);
            let bound = if self.run.kind == Kind::Citizen && due_at == last.due_at {
                Some(Bound::NeverEarlier)
            } else {
                (due_at == floor).then(|| Bound::Floor(self.floor()))
            };
            steps.push(match bound {
                Some(bound) => self.step(Move::Bound(bound), by_days, due_at),
                None => self.step(Move::Unexplained, last.due_at, by_days),
            });
        }
        steps
    }

    fn is_resumed(&self) -> bool {
        self.then.phase.rests_since().is_some()
    }

    fn settled(&self, what: Move, from: Timestamp, to: Timestamp) -> Vec<Step<'r>> {
        let mut steps = vec![self.step(what, from, to)];
        let bound = self.limit_of_others().filter(|_| to > self.run.due_at);
        if let Some(bound) = bound {
            steps.push(self.step(Move::Bound(bound), to, self.run.due_at));
        } else if to != self.run.due_at {
            steps.push(self.step(Move::Unexplained, from, to));
        }
        steps
    }

    /// Since when the clock has rested: the matter, the merge, or the clock alone.
    fn rested_since(&self, last: &Run) -> Timestamp {
        if let Some(since) = self.then.phase.rests_since() {
            return since;
        }
        let merged = self.then.merged.as_ref().filter(|merged| !merged.joined);
        if let Some(merged) = merged.filter(|merged| merged.resting.contains(&last.id())) {
            return merged.since;
        }
        let clocks = self.then.clocks.iter().chain(&self.ticket.clocks);
        let mut stopped = clocks
            .filter(|clock| clock.run.id() == last.id())
            .filter_map(|clock| match clock.state {
                State::Stopped { at } => Some(at),
                State::Running => None,
            });
        stopped.next().unwrap_or(self.now)
    }
}
