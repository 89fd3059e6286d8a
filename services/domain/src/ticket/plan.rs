//! What a command is about to record: events, each folded into a working copy so that the next step sees it.

use jiff::Timestamp;

use super::{
    Callback, Classification, CloseKind, Event, FirstContact, Grade, Leg, LegRole, Phase, RequestType,
    Secrecy, Ticket,
};
use crate::access::Actor;
use crate::clock::{self, Clock, Kind, Mending, Run, State};
use crate::id::LegId;
use crate::refusal::{Reason, Refusal};
use crate::rules::{GradeLimits, Rules};
use crate::time::Limit;

pub(super) struct Plan<'a> {
    pub(super) ticket: Ticket,
    pub(super) actor: &'a Actor,
    pub(super) rules: &'a Rules,
    pub(super) now: Timestamp,
    pub(super) events: Vec<Event>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(ticket: Ticket, actor: &'a Actor, rules: &'a Rules, now: Timestamp) -> Self {
        Self {
            ticket,
            actor,
            rules,
            now,
            events: Vec::new(),
        }
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

    /// The actor's own unit's leg.
    pub(super) fn own_leg(&self) -> Result<Leg, Refusal> {
        let unit = self.actor.unit.as_ref().ok_or(Reason::WrongRelation)?;
        let legs = self.ticket.phase.legs().ok_or_else(|| self.wrong_phase())?;
        legs.of_unit(unit)
            .cloned()
            .ok_or_else(|| Refusal::new(Reason::WrongRelation).with("unit", unit))
    }

    /// Nobody reviews the work of his own unit, of one above it or below it.
    pub(super) fn refuse_self_review(&self) -> Result<(), Refusal> {
        let (Some(own), Some(legs)) = (&self.actor.unit, self.ticket.phase.legs()) else {
            return Ok(());
        };
        let units = &self.rules.units;
        let own_work = legs
            .iter()
            .any(|leg| units.is_within(&leg.unit, own) || units.is_within(own, &leg.unit));
        if own_work {
            Err(Reason::SelfReview.into())
        } else {
            Ok(())
        }
    }

    /// C4 by grade and type, of the first round.
    pub(super) fn handle_limit(&self) -> Limit {
        self.limits().handle.of(self.ticket.classification.kind)
    }

    /// C4 of a leg as things stand: a co leg gets its share of the lead's, a rework round has a limit of its own.
    pub(super) fn leg_limit(&self, role: LegRole) -> Limit {
        match role {
            LegRole::Lead if self.ticket.round > 0 => self.limits().rework,
            LegRole::Lead => self.handle_limit(),
            LegRole::Co => share(self.handle_limit(), self.rules.profile().co_percent),
        }
    }

    /// C0: of grades A and B first the time to the first stage report, then that to the final reply.
    pub(super) fn cap_limit(&self) -> Limit {
        let reported = self
            .ticket
            .phase
            .legs()
            .is_some_and(|legs| legs.lead.stage_reports > 0);
        if reported && self.limits().stage.is_some() {
            return self.handle_limit();
        }
        self.limits().cap.over(self.handle_limit())
    }

    pub(super) fn clock(&self, kind: Kind, leg: Option<LegId>) -> Option<&Clock> {
        self.ticket
            .clocks
            .iter()
            .find(|clock| clock.run.kind == kind && clock.run.leg == leg)
    }

    fn next_run(&self, kind: Kind, leg: Option<LegId>) -> u16 {
        self.clock(kind, leg)
            .map_or(1, |clock| clock.run.run.saturating_add(1))
    }

    /// Starts a clock now.
    pub(super) fn start(&mut self, kind: Kind, leg: Option<LegId>, limit: Limit) {
        self.start_at(kind, leg, limit, self.now);
    }

    /// Starts a clock that counts from `from`.
    pub(super) fn start_at(&mut self, kind: Kind, leg: Option<LegId>, limit: Limit, from: Timestamp) {
        let run = clock::schedule(
            self.rules,
            self.grade(),
            kind,
            leg,
            self.next_run(kind, leg),
            from,
            limit,
        );
        self.record(Event::ClockStarted { run });
    }

    /// Starts a clock that counts from `from` and whose due time is given.
    pub(super) fn start_until(
        &mut self,
        kind: Kind,
        leg: Option<LegId>,
        limit: Limit,
        from: Timestamp,
        due_at: Timestamp,
    ) {
        let run = clock::until(
            self.rules,
            self.grade(),
            kind,
            leg,
            self.next_run(kind, leg),
            from,
            limit,
            due_at,
        );
        self.record(Event::ClockStarted { run });
    }

    /// A further run of a clock that stopped, with the due time it had; levels that have fired do not fire again.
    pub(super) fn resume_unchanged(&mut self, kind: Kind, leg: Option<LegId>) {
        if let Some(run) = self
            .clock(kind, leg)
            .filter(|clock| !clock.is_running())
            .map(continued)
        {
            self.record(Event::ClockStarted { run });
        }
    }

    /// The lead's C4 goes on, its due time unmoved (section 4, rule 1). After a fault of form nothing fires for as
    /// long as mending may take, and a reply by then counts from the first submission.
    pub(super) fn resume_to_mend(&mut self, lead: LegId) {
        let Some(clock) = self.clock(Kind::Handle, Some(lead)) else {
            return;
        };
        let State::Stopped { at: submitted_at } = clock.state else {
            return;
        };
        let until = self.rules.calendar().due(self.now, self.limits().floor);
        let mut run = continued(clock);
        run.mending = Some(Mending { submitted_at, until });
        for step in &mut run.steps {
            step.at = step.at.max(until);
        }
        self.record(Event::ClockStarted { run });
    }

    /// C0 goes on; its due time lies later by what counted while it rested.
    pub(super) fn resume_rested(&mut self, kind: Kind) {
        let Some(before) = self.clock(kind, None).cloned() else {
            return;
        };
        let State::Stopped { at } = before.state else {
            return;
        };
        if at >= before.run.due_at {
            return self.resume_unchanged(kind, None);
        }
        let (calendar, measure) = (self.rules.calendar(), before.run.limit.measure());
        let rested = calendar.elapsed_minutes(measure, at, self.now);
        let due_at = calendar.advance(measure, before.run.due_at, rested);
        let mut run = self.run_until(&before.run, before.run.limit, due_at);
        run.paused_minutes = before.run.paused_minutes.saturating_add(rested);
        self.record(Event::ClockStarted { run });
    }

    /// The next run of a clock, from its original start to another due time.
    fn run_until(&self, before: &Run, limit: Limit, due_at: Timestamp) -> Run {
        let next = before.run.saturating_add(1);
        clock::until(
            self.rules,
            self.grade(),
            before.kind,
            before.leg,
            next,
            before.started_at,
            limit,
            due_at,
        )
    }

    /// Stops a clock, if it runs.
    pub(super) fn stop(&mut self, kind: Kind, leg: Option<LegId>) {
        if let Some(clock) = self.clock(kind, leg).filter(|clock| clock.is_running()) {
            self.record(Event::ClockStopped {
                clock: clock.run.id(),
            });
        }
    }

    /// Stops every clock of a leg.
    pub(super) fn stop_leg(&mut self, leg: LegId) {
        for kind in [Kind::Sign, Kind::FirstContact, Kind::Handle, Kind::Stage] {
            self.stop(kind, Some(leg));
        }
    }

    /// The lead handles again: what it still owes beside the reply runs on.
    pub(super) fn owe_again(&mut self) {
        let Some(lead) = self.ticket.phase.legs().map(|legs| legs.lead.clone()) else {
            return;
        };
        if matches!(lead.contact, FirstContact::Due { .. }) {
            self.resume_unchanged(Kind::FirstContact, Some(lead.id));
        }
        self.stage_reports();
    }

    /// Ends the ticket: every clock stops.
    pub(super) fn close(&mut self, how: CloseKind) {
        let running: Vec<_> = self
            .ticket
            .clocks
            .iter()
            .filter(|c| c.is_running())
            .map(|c| c.run.id())
            .collect();
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
        let Phase::ReplyReview { claim, .. } = self.ticket.phase else {
            return Err(self.wrong_phase());
        };
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

    /// C7 begins with the first minute in which residents may be rung, and pauses when they may not.
    pub(super) fn ring(&mut self) {
        self.ring_within(self.limits().callback, self.now);
    }

    /// C7 with a limit that counts from `from`.
    pub(super) fn ring_within(&mut self, limit: Limit, from: Timestamp) {
        let calendar = self.rules.calendar();
        let (from, due_at) = (calendar.callback_from(from), calendar.callback_due(from, limit));
        self.start_until(Kind::Callback, None, limit, from, due_at);
    }

    /// A report is sealed, whenever it is known to be one (domain.md, section 9).
    pub(super) fn seal_a_report(&mut self) {
        if self.ticket.classification.kind == RequestType::Report && self.ticket.secrecy == Secrecy::Open {
            self.record(Event::Sealed { accused: None });
        }
    }

    /// A changed type or grade renews running clocks by rule 3: original start + new limit, but at least the floor
    /// from now, with the pause so far kept and what has fired not fired again. Raised to A or B they start now.
    pub(super) fn reclassify(&mut self, before: &Classification) {
        let graded = self.grade() != before.grade;
        let raised = self.is_raised(before);
        let running: Vec<Clock> = self
            .ticket
            .clocks
            .iter()
            .filter(|clock| clock.is_running())
            .cloned()
            .collect();
        for clock in running {
            let Some(limit) = self.limit_of(&clock.run) else {
                continue;
            };
            if raised {
                let mut run = clock::schedule(
                    self.rules,
                    self.grade(),
                    clock.run.kind,
                    clock.run.leg,
                    clock.run.run.saturating_add(1),
                    self.now,
                    limit,
                );
                run.mending = clock.run.mending;
                self.record(Event::ClockStarted { run });
            } else if graded || limit != clock.run.limit {
                let run = self.renewed(&clock, limit);
                self.record(Event::ClockStarted { run });
            }
        }
        self.stage_reports();
    }

    /// Whether the grade has become A or B and is more urgent than before.
    pub(super) fn is_raised(&self, before: &Classification) -> bool {
        self.grade() < before.grade && matches!(self.grade(), Grade::A | Grade::B)
    }

    /// The run by which rule 3 replaces one. The floor never gives more than the limit itself from now.
    fn renewed(&self, clock: &Clock, limit: Limit) -> Run {
        let (calendar, before) = (self.rules.calendar(), &clock.run);
        let floor = calendar
            .due(self.now, self.limits().floor)
            .min(calendar.due(self.now, limit));
        let whole = calendar.due(before.started_at, limit);
        let paused = match before.paused_minutes {
            0 => whole,
            minutes => calendar.advance(limit.measure(), whole, minutes),
        };
        let mut run = self.run_until(before, limit, paused.max(floor));
        run.paused_minutes = before.paused_minutes;
        run.mending = before.mending;
        run.steps.retain(|step| !clock.fired.contains(&step.level));
        run
    }

    /// Stage reports run exactly for grades A and B while the lead handles or is to sign.
    pub(super) fn stage_reports(&mut self) {
        let (Phase::Dispatched { legs } | Phase::Handling { legs }) = &self.ticket.phase else {
            return;
        };
        let (lead, is_first) = (legs.lead.id, legs.lead.stage_reports == 0);
        let runs = self.clock(Kind::Stage, Some(lead)).is_some_and(Clock::is_running);
        match self.limits().stage {
            Some(stage) if !runs => self.start(
                Kind::Stage,
                Some(lead),
                if is_first { stage.first } else { stage.every },
            ),
            Some(_) => {}
            None => self.stop(Kind::Stage, Some(lead)),
        }
    }

    /// What a clock's limit is under the present classification; none for those that do not depend on it or cannot
    /// run while the classification may still change.
    fn limit_of(&self, run: &Run) -> Option<Limit> {
        let leg = || run.leg.and_then(|leg| self.ticket.phase.legs()?.get(leg));
        match run.kind {
            Kind::Citizen => Some(self.cap_limit()),
            Kind::Triage => Some(self.limits().triage),
            Kind::Sign => Some(self.limits().sign),
            Kind::FirstContact => Some(self.limits().contact),
            Kind::Handle => Some(self.leg_limit(leg()?.role)),
            Kind::Stage => {
                let stage = self.limits().stage?;
                Some(if leg()?.stage_reports == 0 {
                    stage.first
                } else {
                    stage.every
                })
            }
            Kind::Audit | Kind::Callback | Kind::Rating | Kind::CallBack => None,
        }
    }

    /// Whether the ticket's rings are used up with one more.
    pub(super) fn is_last_try(&self) -> bool {
        let tries = self.rules.profile().callback_tries;
        matches!(&self.ticket.phase,
            Phase::CallbackDue { callback: Callback::Ringing { tries: so_far }, .. } if so_far.saturating_add(1) >= tries)
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

/// A share of a limit, at least one of its units.
pub(super) fn share(limit: Limit, percent: u8) -> Limit {
    let of = |whole: u32| {
        (u64::from(whole) * u64::from(percent) / 100)
            .try_into()
            .unwrap_or(whole)
            .max(1)
    };
    match limit {
        Limit::Natural(minutes) => Limit::Natural(of(minutes)),
        Limit::Working(minutes) => Limit::Working(of(minutes)),
        Limit::Desk(minutes) => Limit::Desk(of(minutes)),
        Limit::WorkingDays(days) => Limit::WorkingDays(of(days)),
    }
}
