//! What a command is about to record: events, each folded into a working copy so that the next step sees it.

use jiff::Timestamp;

use super::{Callback, Classification, CloseKind, Event, Grade, Leg, LegRole, Phase, Ticket};
use crate::access::Actor;
use crate::clock::{self, Clock, Kind, Run, State};
use crate::id::LegId;
use crate::refusal::{Reason, Refusal};
use crate::rules::{GradeLimits, Rules};
use crate::time::{Limit, Measure};

pub(super) struct Plan<'a> {
    pub(super) ticket: Ticket,
    pub(super) actor: &'a Actor,
    pub(super) rules: &'a Rules,
    pub(super) now: Timestamp,
    pub(super) events: Vec<Event>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(ticket: Ticket, actor: &'a Actor, rules: &'a Rules, now: Timestamp) -> Self {
        Self { ticket, actor, rules, now, events: Vec::new() }
    }

    pub(super) fn record(&mut self, event: Event) {
        self.ticket.version += 1;
        self.ticket.fold(&event, self.now);
        self.events.push(event);
    }

    pub(super) fn grade(&self) -> Grade {
        self.ticket.classification.grade
    }

    pub(super) fn limits(&self) -> &'a GradeLimits {
        self.rules.profile().grade(self.grade())
    }

    /// Refuses what does not fit the phase.
    pub(super) fn wrong_phase(&self) -> Refusal {
        Refusal::new(Reason::WrongPhase).with("phase", self.ticket.phase.name().as_str())
    }

    /// The actor's own unit's leg; a recused unit has none (invariant 11).
    pub(super) fn own_leg(&self) -> Result<Leg, Refusal> {
        let unit = self.actor.unit.as_ref().ok_or(Reason::WrongRelation)?;
        if self.ticket.recused().is_some_and(|accused| self.rules.units.is_within(unit, accused)) {
            return Err(Reason::Recused.into());
        }
        let legs = self.ticket.phase.legs().ok_or_else(|| self.wrong_phase())?;
        legs.of_unit(unit).cloned().ok_or_else(|| Refusal::new(Reason::WrongRelation).with("unit", unit))
    }

    /// Nobody reviews the work of his own unit, of one above it or below it.
    pub(super) fn refuse_self_review(&self) -> Result<(), Refusal> {
        let (Some(own), Some(legs)) = (&self.actor.unit, self.ticket.phase.legs()) else { return Ok(()) };
        let units = &self.rules.units;
        let own_work = legs.iter().any(|leg| units.is_within(&leg.unit, own) || units.is_within(own, &leg.unit));
        if own_work { Err(Reason::SelfReview.into()) } else { Ok(()) }
    }

    /// C4 by grade and type; a co leg gets its share of the lead's.
    pub(super) fn handle_limit(&self, role: LegRole) -> Limit {
        let whole = self.limits().handle.of(self.ticket.classification.kind);
        match role {
            LegRole::Lead => whole,
            LegRole::Co => share(whole, self.rules.profile().co_percent),
        }
    }

    pub(super) fn cap_limit(&self) -> Limit {
        self.limits().cap.over(self.handle_limit(LegRole::Lead))
    }

    pub(super) fn clock(&self, kind: Kind, leg: Option<LegId>) -> Option<&Clock> {
        self.ticket.clocks.iter().find(|clock| clock.run.kind == kind && clock.run.leg == leg)
    }

    fn next_run(&self, kind: Kind, leg: Option<LegId>) -> u16 {
        self.clock(kind, leg).map_or(1, |clock| clock.run.run.saturating_add(1))
    }

    /// Starts a clock now.
    pub(super) fn start(&mut self, kind: Kind, leg: Option<LegId>, limit: Limit) {
        self.start_at(kind, leg, limit, self.now);
    }

    /// Starts a clock that counts from `from`.
    pub(super) fn start_at(&mut self, kind: Kind, leg: Option<LegId>, limit: Limit, from: Timestamp) {
        let run = clock::schedule(self.rules, self.grade(), kind, leg, self.next_run(kind, leg), from, limit);
        self.record(Event::ClockStarted { run });
    }

    /// Starts a clock that counts from `from` and whose due time is given.
    pub(super) fn start_until(&mut self, kind: Kind, leg: Option<LegId>, limit: Limit, from: Timestamp, due_at: Timestamp) {
        let run = clock::until(self.rules, self.grade(), kind, leg, self.next_run(kind, leg), from, limit, due_at);
        self.record(Event::ClockStarted { run });
    }

    /// A further run with the due time of the one before; levels that have fired do not fire again.
    pub(super) fn resume_unchanged(&mut self, kind: Kind, leg: Option<LegId>) {
        let Some(before) = self.clock(kind, leg).cloned() else { return };
        let steps = before.run.steps.iter().filter(|step| !before.fired.contains(&step.level)).copied().collect();
        let run = Run { run: self.next_run(kind, leg), steps, ..before.run };
        self.record(Event::ClockStarted { run });
    }

    /// C0 goes on with what was left when it stopped; what was late stays late.
    pub(super) fn resume_rested(&mut self, kind: Kind) {
        let Some(before) = self.clock(kind, None).cloned() else { return };
        let State::Stopped { at } = before.state else { return };
        if at >= before.run.due_at {
            return self.resume_unchanged(kind, None);
        }
        let measure = match before.run.limit {
            Limit::Natural(_) => Measure::Natural,
            Limit::Working(_) | Limit::WorkingDays(_) => Measure::Working,
            Limit::Desk(_) => Measure::Desk,
        };
        let calendar = self.rules.calendar();
        let left = calendar.elapsed_minutes(measure, at, before.run.due_at);
        let due_at = calendar.advance(measure, self.now, left);
        self.start_until(kind, None, before.run.limit, before.run.started_at, due_at);
    }

    /// Stops a clock, if it runs.
    pub(super) fn stop(&mut self, kind: Kind, leg: Option<LegId>) {
        if let Some(clock) = self.clock(kind, leg).filter(|clock| clock.is_running()) {
            self.record(Event::ClockStopped { clock: clock.run.id() });
        }
    }

    /// Stops every clock of a leg.
    pub(super) fn stop_leg(&mut self, leg: LegId) {
        for kind in [Kind::Sign, Kind::FirstContact, Kind::Handle, Kind::Stage] {
            self.stop(kind, Some(leg));
        }
    }

    /// Ends the ticket: every clock stops.
    pub(super) fn close(&mut self, how: CloseKind) {
        let running: Vec<_> = self.ticket.clocks.iter().filter(|c| c.is_running()).map(|c| c.run.id()).collect();
        for clock in running {
            self.record(Event::ClockStopped { clock });
        }
        self.record(Event::Closed { how });
    }

    /// The clocks of a matter that waits for the triage desk: C0 and C1.
    pub(super) fn accept(&mut self) {
        self.start(Kind::Citizen, None, self.cap_limit());
        self.start(Kind::Triage, None, self.limits().triage);
    }

    /// Passed: the resident is asked, where anybody can be.
    pub(super) fn pass_audit(&mut self, by_rule: bool) -> Result<(), Refusal> {
        let Phase::ReplyReview { claim, .. } = self.ticket.phase else { return Err(self.wrong_phase()) };
        self.stop(Kind::Audit, None);
        self.record(Event::AuditPassed { by_rule });
        if !self.ticket.has_somebody_to_contact() {
            self.close(claim.close_kind());
            return Ok(());
        }
        self.stop(Kind::Citizen, None);
        self.ring();
        Ok(())
    }

    /// C7 counts from the first minute residents may be rung.
    pub(super) fn ring(&mut self) {
        let from = self.rules.calendar().callback_from(self.now);
        self.start_at(Kind::Callback, None, self.limits().callback, from);
    }

    /// A changed type or grade renews running clocks by rule 3: original start + new limit, but at least the floor
    /// from now; raised to A or B they start now.
    pub(super) fn reclassify(&mut self, before: &Classification) {
        let raised = self.grade() < before.grade && matches!(self.grade(), Grade::A | Grade::B);
        let running: Vec<Run> = self.ticket.clocks.iter().filter(|c| c.is_running()).map(|c| c.run.clone()).collect();
        for run in running {
            let Some(limit) = self.limit_of(&run).filter(|limit| raised || *limit != run.limit) else { continue };
            if raised {
                self.start(run.kind, run.leg, limit);
                continue;
            }
            let calendar = self.rules.calendar();
            let due_at = calendar.due(run.started_at, limit).max(calendar.due(self.now, self.limits().floor));
            self.start_until(run.kind, run.leg, limit, run.started_at, due_at);
        }
        self.stage_reports();
    }

    /// Stage reports run exactly for grades A and B while the lead handles or is to sign.
    fn stage_reports(&mut self) {
        let (Phase::Dispatched { legs } | Phase::Handling { legs }) = &self.ticket.phase else { return };
        let lead = legs.lead.id;
        match self.limits().stage {
            Some(stage) if self.clock(Kind::Stage, Some(lead)).is_none() => {
                self.start(Kind::Stage, Some(lead), stage.first);
            }
            Some(_) => {}
            None => self.stop(Kind::Stage, Some(lead)),
        }
    }

    /// What a clock's limit is under the present classification; none for those that do not depend on it.
    fn limit_of(&self, run: &Run) -> Option<Limit> {
        let role = |leg: LegId| self.ticket.phase.legs().and_then(|legs| legs.get(leg)).map(|leg| leg.role);
        match run.kind {
            Kind::Citizen => Some(self.cap_limit()),
            Kind::Triage => Some(self.limits().triage),
            Kind::Sign => Some(self.limits().sign),
            Kind::FirstContact => Some(self.limits().contact),
            Kind::Handle => Some(self.handle_limit(role(run.leg?)?)),
            Kind::Audit => Some(self.limits().audit),
            Kind::Callback => Some(self.limits().callback),
            Kind::Stage | Kind::Rating | Kind::CallBack => None,
        }
    }

    /// Whether the ticket's rings are used up with one more.
    pub(super) fn is_last_try(&self) -> bool {
        let tries = self.rules.profile().callback_tries;
        matches!(&self.ticket.phase,
            Phase::CallbackDue { callback: Callback::Ringing { tries: so_far }, .. } if so_far.saturating_add(1) >= tries)
    }
}

fn share(limit: Limit, percent: u8) -> Limit {
    let of = |whole: u32| (u64::from(whole) * u64::from(percent) / 100).try_into().unwrap_or(whole).max(1);
    match limit {
        Limit::Natural(minutes) => Limit::Natural(of(minutes)),
        Limit::Working(minutes) => Limit::Working(of(minutes)),
        Limit::Desk(minutes) => Limit::Desk(of(minutes)),
        Limit::WorkingDays(days) => Limit::WorkingDays(of(days)),
    }
}
