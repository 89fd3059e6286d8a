//! Clocks of a plan: started, stopped, resumed, extended. `renewal` has what a changed classification does to them.

use jiff::Timestamp;

use super::Plan;
use crate::clock::{self, Clock, Kind, Level, Mending, Rested, Run, RunId, State, Step};
use crate::id::LegId;
use crate::ticket::{Event, FirstContact, Grade, LegState, Phase};
use crate::time::{Calendar, Limit, Measure};

impl<'a> Plan<'a> {
    pub(crate) fn clock(&self, kind: Kind, leg: Option<LegId>) -> Option<&Clock> {
        self.ticket
            .clocks
            .iter()
            .find(|clock| clock.run.kind == kind && clock.run.leg == leg)
    }

    /// The calendar a clock runs on: whose work it is about.
    pub(crate) fn calendar_of(&self, kind: Kind, leg: Option<LegId>) -> &'a Calendar {
        self.ticket.calendar_of(kind, leg, self.rules)
    }

    pub(crate) fn next_run(&self, kind: Kind, leg: Option<LegId>) -> u16 {
        self.clock(kind, leg)
            .map_or(1, |clock| clock.run.run.saturating_add(1))
    }

    /// Starts a clock now.
    pub(crate) fn start(&mut self, kind: Kind, leg: Option<LegId>, limit: Limit) {
        self.start_at(kind, leg, limit, self.now);
    }

    /// Starts a clock that counts from `from`.
    pub(crate) fn start_at(&mut self, kind: Kind, leg: Option<LegId>, limit: Limit, from: Timestamp) {
        let run = clock::schedule(
            self.calendar_of(kind, leg),
            self.limits(),
            kind,
            leg,
            self.next_run(kind, leg),
            from,
            limit,
        );
        self.record(Event::ClockStarted { run });
    }

    /// Starts a clock that counts from `from` and whose due time is given.
    pub(crate) fn start_until(
        &mut self,
        kind: Kind,
        leg: Option<LegId>,
        limit: Limit,
        from: Timestamp,
        due_at: Timestamp,
    ) {
        let run = self.run_of(kind, leg, limit, from, due_at);
        self.record(Event::ClockStarted { run });
    }

    /// A further run of a clock that counts from `from` and whose due time is given.
    pub(crate) fn run_of(
        &self,
        kind: Kind,
        leg: Option<LegId>,
        limit: Limit,
        from: Timestamp,
        due_at: Timestamp,
    ) -> Run {
        let run = self.next_run(kind, leg);
        let calendar = self.calendar_of(kind, leg);
        clock::until(calendar, self.limits(), kind, leg, run, from, limit, due_at)
    }

    /// A further run of a clock that stopped, with the due time it had; levels that have fired do not fire again, and
    /// those after the due time fire later by what counted since somebody else had the step (rule 7).
    pub(crate) fn resume_unchanged(&mut self, kind: Kind, leg: Option<LegId>) {
        let Some(clock) = self.clock(kind, leg) else {
            return;
        };
        if let State::Stopped { at } = clock.state {
            let run = self.handed_back(clock, at);
            self.record(Event::ClockStarted { run });
        }
    }

    /// What was asked for a leg at an instant is decided: its clocks go on with the due times they have. In grade A
    /// nothing has waited.
    pub(crate) fn give_back(&mut self, leg: LegId, asked_at: Timestamp) {
        if self.grade() == Grade::A {
            return;
        }
        let waited = |clock: &&Clock| clock.run.leg == Some(leg) && clock.run.kind.is_a_legs();
        let waited = self.ticket.clocks.iter().filter(waited);
        let running = waited.filter(|clock| clock.is_running());
        let runs: Vec<Run> = running.filter_map(|clock| self.freed(clock, asked_at)).collect();
        for run in runs {
            self.record(Event::ClockStarted { run });
        }
    }

    /// The run by which a running clock goes on that somebody's decision has held up; none where nothing of it changes.
    fn freed(&self, clock: &Clock, since: Timestamp) -> Option<Run> {
        let run = Run {
            mending: clock.run.mending,
            ..self.handed_back(clock, since)
        };
        let ahead = clock.run.steps.iter().filter(|step| clock.is_ahead(step.level));
        (!run.steps.iter().eq(ahead)).then_some(run)
    }

    /// The next run of a clock with its due time, after somebody else had the step since an instant: what follows a due
    /// time that passed meanwhile follows now, what was late before fires later by what counted.
    fn handed_back(&self, clock: &Clock, since: Timestamp) -> Run {
        let calendar = self.calendar_of(clock.run.kind, clock.run.leg);
        let mut run = continued(clock);
        if since > run.due_at {
            self.put_off(&mut run, calendar, since);
        } else if self.now > run.due_at {
            let late = clock::laid_out_from(calendar, self.limits(), run.clone(), self.now).steps;
            for step in run.steps.iter_mut().filter(|step| step.level > Level::L1) {
                let at = late.iter().find(|one| one.level == step.level).map(|one| one.at);
                step.at = at.map_or(step.at, |at| at.max(step.at));
            }
        }
        run
    }

    /// The lead's C4 goes on, its due time unmoved (section 4, rule 1). After a fault of form nothing fires for as
    /// long as mending may take, and a reply by then counts from the first submission.
    pub(crate) fn resume_to_mend(&mut self, lead: LegId) {
        let Some(clock) = self.clock(Kind::Handle, Some(lead)) else {
            return;
        };
        let State::Stopped { at: submitted_at } = clock.state else {
            return;
        };
        let calendar = self.calendar_of(Kind::Handle, Some(lead));
        let until = calendar.due(self.now, self.limits().floor);
        let mut run = self.handed_back(clock, submitted_at);
        run.mending = Some(Mending { submitted_at, until });
        for step in &mut run.steps {
            step.at = step.at.max(until);
        }
        self.record(Event::ClockStarted { run });
    }

    /// A clock that stopped goes on; its due time lies later by what counted while it rested.
    pub(crate) fn resume_rested(&mut self, kind: Kind, leg: Option<LegId>) {
        if let Some(State::Stopped { at }) = self.clock(kind, leg).map(|clock| clock.state) {
            self.resume_since(kind, leg, at);
        }
    }

    /// The same for a clock that has rested since `since`.
    pub(crate) fn resume_since(&mut self, kind: Kind, leg: Option<LegId>, since: Timestamp) {
        self.resume_with(kind, leg, since, None);
    }

    /// The same; at least a floor is left of what was not due by an instant.
    fn resume_with(
        &mut self,
        kind: Kind,
        leg: Option<LegId>,
        since: Timestamp,
        floor: Option<(Limit, Timestamp)>,
    ) {
        let Some(before) = self.clock(kind, leg).filter(|clock| !clock.is_running()) else {
            return;
        };
        let floor = floor.filter(|(_, by)| before.run.due_at > *by);
        let least = floor.map(|(floor, _)| self.calendar_of(kind, leg).due(self.now, floor));
        let run = if before.run.due_at > since || least.is_some() {
            self.rested(before, since, least)
        } else {
            self.late(before, since)
        };
        self.record(Event::ClockStarted { run });
    }

    /// The run by which a clock goes on that has rested since `since`: later by what counted meanwhile, but not before
    /// `least`.
    fn rested(&self, before: &Clock, since: Timestamp, least: Option<Timestamp>) -> Run {
        let (calendar, limit) = (
            self.calendar_of(before.run.kind, before.run.leg),
            before.run.limit,
        );
        let minutes = calendar.elapsed_minutes(limit.measure(), since, self.now);
        let mut rested = before.clone();
        let run = &mut rested.run;
        run.rested = run
            .rests(calendar)
            .and(Rested::between(calendar, since, self.now));
        run.paused_minutes = run.paused_minutes.saturating_add(minutes);
        run.mending = self.mending_after(run.mending, since, calendar, limit);
        let due_at = calendar.advance(limit.measure(), run.due_at, minutes);
        self.moved(&rested, limit, least.map_or(due_at, |least| due_at.max(least)))
    }

    /// The run by which a clock goes on that was late when it began to rest: it stays late.
    fn late(&self, before: &Clock, since: Timestamp) -> Run {
        let (calendar, limit) = (
            self.calendar_of(before.run.kind, before.run.leg),
            before.run.limit,
        );
        let mut run = continued(before);
        run.mending = self.mending_after(before.run.mending, since, calendar, limit);
        self.put_off(&mut run, calendar, since);
        run
    }

    /// What was to fire after `since` fires later by what counted from then until now, one level not before the other.
    fn put_off(&self, run: &mut Run, calendar: &Calendar, since: Timestamp) {
        let mut last = Timestamp::MIN;
        for step in &mut run.steps {
            let measure = clock::measure_of(self.limits(), step.level);
            step.at = later(calendar, measure, (since, self.now), step.at).max(last);
            last = step.at;
        }
    }

    fn mending_after(
        &self,
        mending: Option<Mending>,
        since: Timestamp,
        calendar: &Calendar,
        limit: Limit,
    ) -> Option<Mending> {
        mending.map(|mending| Mending {
            until: later(calendar, limit.measure(), (since, self.now), mending.until),
            ..mending
        })
    }

    /// The next run of a clock, to another due time: what it has rested and been extended is kept, and what has fired
    /// does not fire again.
    pub(crate) fn moved(&self, before: &Clock, limit: Limit, due_at: Timestamp) -> Run {
        let mut run = clock::laid_out(
            self.calendar_of(before.run.kind, before.run.leg),
            self.limits(),
            self.next_of(&before.run, limit, due_at),
        );
        run.steps.retain(|step| before.is_ahead(step.level));
        wait_for_mending(&mut run);
        run
    }

    /// The next run of a clock, from its original start to another due time, with what it carries: its rests in minutes
    /// of the limit it now has.
    pub(crate) fn next_of(&self, before: &Run, limit: Limit, due_at: Timestamp) -> Run {
        let calendar = self.calendar_of(before.kind, before.leg);
        Run {
            run: before.run.saturating_add(1),
            limit,
            due_at,
            paused_minutes: before.paused_in(limit.measure(), calendar),
            rested: before.rests(calendar),
            ..before.clone()
        }
    }

    /// A clock is extended by working days, until `most` at the latest; one that rests rests on.
    pub(crate) fn extend(&mut self, kind: Kind, leg: Option<LegId>, days: u8, most: Option<Timestamp>) {
        let Some(before) = self.clock(kind, leg) else {
            return;
        };
        let further = Limit::WorkingDays(u32::from(days));
        let due_at = self.calendar_of(kind, leg).due(before.run.due_at, further);
        let due_at = most.map_or(due_at, |most| due_at.min(most));
        let mut run = self.moved(before, before.run.limit, due_at);
        run.extended_days = run.extended_days.saturating_add(days);
        // There is a new due time to warn of.
        if before.fired.contains(&Level::L0) && run.yellow_at > self.now {
            let (level, at) = (Level::L0, run.yellow_at);
            run.steps.insert(0, Step { level, at });
        }
        let (clock, runs) = (run.id(), before.is_running());
        self.record(Event::ClockStarted { run });
        if !runs {
            self.record(Event::ClockStopped { clock });
        }
    }

    /// Every clock of the legs rests, and the citizen's (C0 rests in two phases only, invariant 2). A ring at a deadline
    /// that was missed before does not: nobody escapes it by a question.
    pub(crate) fn rest(&mut self) {
        let of_the_legs = |clock: &&Clock| clock.is_running() && clock.run.kind.is_a_legs();
        let resting: Vec<RunId> = self
            .ticket
            .clocks
            .iter()
            .filter(of_the_legs)
            .map(|c| c.run.id())
            .collect();
        for clock in resting {
            self.record(Event::ClockStopped { clock });
        }
        self.stop(Kind::Citizen, None);
    }

    /// The matter goes on, later by what counted while it rested: the citizen's clock, and what each leg that is out
    /// still owes. Of C4 at least `floor` is left where it was in time when the rest was asked for.
    pub(crate) fn go_on(&mut self, how: Event, floor: Option<Limit>) {
        let (Phase::AwaitingCitizen { legs, since } | Phase::Suspended { legs, since, .. }) =
            self.ticket.phase.clone()
        else {
            return;
        };
        let asked_at = if let Phase::Suspended { asked_at, .. } = &self.ticket.phase {
            *asked_at
        } else {
            None
        };
        let floor = floor.map(|floor| (floor, asked_at.unwrap_or(since)));
        self.stop(Kind::Waiting, None);
        self.stop(Kind::Promise, None);
        self.record(how);
        for leg in legs.iter().filter(|leg| leg.is_out()) {
            let id = Some(leg.id);
            if leg.state == LegState::AwaitingSign {
                self.resume_since(Kind::Sign, id, since);
            }
            if matches!(leg.contact, FirstContact::Due { .. }) {
                self.resume_since(Kind::FirstContact, id, since);
            }
            self.resume_with(Kind::Handle, id, since, floor);
            if self.stage_of(leg).is_some() {
                self.resume_since(Kind::Stage, id, since);
            }
        }
        self.resume_since(Kind::Citizen, None, since);
    }

    /// Stops a clock, if it runs.
    pub(crate) fn stop(&mut self, kind: Kind, leg: Option<LegId>) {
        if let Some(clock) = self.clock(kind, leg).filter(|clock| clock.is_running()) {
            self.record(Event::ClockStopped {
                clock: clock.run.id(),
            });
        }
    }

    /// Stops every clock of a leg's work.
    pub(crate) fn stop_leg(&mut self, leg: LegId) {
        for kind in [
            Kind::Sign,
            Kind::FirstContact,
            Kind::Handle,
            Kind::Stage,
            Kind::Decision,
        ] {
            self.stop(kind, Some(leg));
        }
    }

    /// A leg is over: neither its work nor an order to its unit is waited for.
    pub(crate) fn leave(&mut self, leg: LegId) {
        self.stop_leg(leg);
        self.stop(Kind::Order, Some(leg));
    }

    /// Stops every clock but that of a proposal, which is about a unit's conduct and waits for its decision.
    pub(crate) fn stop_all(&mut self) {
        let running: Vec<_> = self
            .ticket
            .clocks
            .iter()
            .filter(|c| c.is_running() && c.run.kind != Kind::Proposal)
            .map(|c| c.run.id())
            .collect();
        for clock in running {
            self.record(Event::ClockStopped { clock });
        }
    }
}

/// An instant that lay ahead at `since`, later by what counts from then until `now`.
fn later(
    calendar: &Calendar,
    measure: Measure,
    (since, now): (Timestamp, Timestamp),
    at: Timestamp,
) -> Timestamp {
    if at <= since || now <= since {
        return at;
    }
    calendar.advance(measure, at, calendar.elapsed_minutes(measure, since, now))
}

/// Nothing fires while a fault of form may be mended.
pub(super) fn wait_for_mending(run: &mut Run) {
    if let Some(mending) = run.mending {
        run.steps
            .iter_mut()
            .for_each(|step| step.at = step.at.max(mending.until));
    }
}

/// The next run of a clock, with the due time and the unfired levels of the one before.
fn continued(clock: &Clock) -> Run {
    let mut run = clock.run.clone();
    run.run = run.run.saturating_add(1);
    run.mending = None;
    run.steps.retain(|step| !clock.fired.contains(&step.level));
    run
}
