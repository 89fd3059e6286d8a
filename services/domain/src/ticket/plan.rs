//! What a command is about to record: events, each folded into a working copy so that the next step sees it.

mod clocks;
mod levels;
mod limits;
mod parties;
mod renewal;

use jiff::Timestamp;

use super::{
    Asked, Callback, CloseKind, Decision, Event, FirstContact, Grade, Legs, Phase, RequestType, Secrecy,
    Ticket,
};
use crate::access::Actor;
use crate::clock::{Clock, Kind, Level, RunId};
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
        self.ticket.fold(&event, self.now, &self.actor.holder);
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

    /// A leg ends, and what it passed down with it.
    pub(super) fn end_leg(&mut self, leg: LegId) {
        let legs = self.ticket.phase.legs().into_iter().flat_map(Legs::iter);
        let below: Vec<LegId> = legs
            .filter(|one| one.under == Some(leg))
            .map(|one| one.id)
            .collect();
        below.into_iter().for_each(|one| self.end_leg(one));
        self.leave(leg);
        self.record(Event::LegEnded { leg });
    }

    /// Every leg ends, and whatever is asked for one. The citizen's clock goes on.
    pub(super) fn end_legs(&mut self, how: Event) {
        let legs = self.ticket.phase.legs().into_iter().flat_map(Legs::iter);
        let ended: Vec<LegId> = legs.map(|leg| leg.id).collect();
        ended.into_iter().for_each(|leg| self.leave(leg));
        for kind in [
            Kind::Decision,
            Kind::Audit,
            Kind::Callback,
            Kind::Rating,
            Kind::Waiting,
            Kind::Promise,
            Kind::Order,
        ] {
            self.stop(kind, None);
        }
        self.record(how);
    }

    /// Back to the triage desk from whoever has it; what rested of the resident's clock goes on. A desk that has only
    /// asked had it all the while: its own clock goes on as well.
    pub(super) fn back_to_triage(&mut self, how: Event) {
        let has_only_asked = matches!(self.ticket.phase, Phase::Consulting { .. });
        self.end_legs(how);
        if has_only_asked {
            self.resume_rested(Kind::Triage, None);
        } else {
            self.start(Kind::Triage, None, self.limits().triage);
        }
        self.resume_rested(Kind::Citizen, None);
    }

    /// The lead has missed its due time: the resident is asked anyway, once a round, where anybody can be.
    pub(super) fn deadline_ring(&mut self, clock: RunId) {
        let legs = self.ticket.phase.legs();
        let leads = clock.kind == Kind::Handle && legs.is_some_and(|legs| clock.leg == Some(legs.lead.id));
        let asked = self.ticket.deadline_asked_in == Some(self.ticket.round);
        let rings = self.clock(Kind::Callback, None).is_some_and(Clock::is_running);
        if !leads || asked || rings || !self.ticket.has_somebody_to_contact() {
            return;
        }
        match self.grade() {
            // A safety call waits for no hour.
            Grade::A => self.start(Kind::Callback, None, self.limits().callback),
            Grade::B | Grade::C | Grade::D => self.ring(),
        }
    }

    /// The same where the level at which the resident is rung has fired before: on the run before, or on a ticket that
    /// has been merged into this one.
    pub(super) fn ring_if_late(&mut self) {
        let lead = self.ticket.phase.legs().map(|legs| legs.lead.id);
        let late = self
            .clock(Kind::Handle, lead)
            .filter(|clock| clock.is_running() && clock.is_late(self.now) && !clock.is_ahead(Level::L1));
        if let Some(id) = late.map(|clock| clock.run.id()) {
            self.deadline_ring(id);
        }
    }

    /// The lead handles once more, with the limit of a rework round; the resident's clock goes on.
    pub(super) fn handle_again(&mut self) {
        let lead = self.ticket.phase.legs().map(|legs| legs.lead.id);
        self.start(Kind::Handle, lead, self.limits().rework);
        self.resume_rested(Kind::Citizen, None);
        self.owe_contact();
        self.stage_reports();
    }

    /// What has become urgent waits for nobody's decision: whatever is asked for a leg is refused.
    pub(super) fn refuse_all_asked(&mut self) {
        for Decision { leg, asked, .. } in self.ticket.decisions.clone() {
            self.stop(Kind::Decision, Some(leg));
            self.record(match asked {
                Asked::Return { .. } => Event::ReturnRefused { leg, unheard: true },
                Asked::Extension { .. } => Event::ExtensionRefused { leg },
                Asked::Suspension { .. } => Event::SuspensionRefused { leg },
                Asked::Termination { .. } => Event::TerminationRefused { leg },
            });
        }
    }

    /// The reply was none: what the lead owes beside it runs on.
    pub(super) fn owe_still(&mut self) {
        self.owe_contact();
        self.stage_reports_still();
    }

    fn owe_contact(&mut self) {
        let lead = self.ticket.phase.legs().map(|legs| &legs.lead);
        if let Some(lead) = lead.filter(|lead| matches!(lead.contact, FirstContact::Due { .. })) {
            self.resume_unchanged(Kind::FirstContact, Some(lead.id));
        }
    }

    /// Ends the ticket: every clock stops.
    pub(super) fn close(&mut self, how: CloseKind) {
        self.stop_all();
        self.record(Event::Closed { how });
    }

    /// The clocks of a matter that waits for the triage desk since `from`: C0 and C1.
    pub(super) fn accept(&mut self, from: Timestamp) {
        self.start_at(Kind::Citizen, None, self.cap_limit(), from);
        self.start_at(Kind::Triage, None, self.limits().triage, from);
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

    /// The first ring was missed: from its start all of them have one limit together. What is urgent keeps its own.
    pub(super) fn ring_on(&mut self) {
        if matches!(self.grade(), Grade::A | Grade::B) {
            return;
        }
        let rings = self
            .clock(Kind::Callback, None)
            .filter(|clock| clock.is_running());
        let from = rings.map_or(self.now, |clock| clock.run.started_at);
        self.stop(Kind::Callback, None);
        self.ring_within(self.rules.profile().callback_tries_within, from);
    }

    /// A ring counts only when residents may be rung.
    pub(super) fn refuse_quiet_hours(&self) -> Result<(), Refusal> {
        let calendar = self.rules.calendar();
        if calendar.is_callback_time(self.now) {
            return Ok(());
        }
        Err(Refusal::new(Reason::QuietHours).with("from", calendar.callback_from(self.now)))
    }

    /// C7 with a limit that counts from `from`.
    pub(super) fn ring_within(&mut self, limit: Limit, from: Timestamp) {
        let calendar = self.rules.calendar();
        let (from, due_at) = (calendar.callback_from(from), calendar.callback_due(from, limit));
        self.start_until(Kind::Callback, None, limit, from, due_at);
    }

    /// A report is sealed, whenever it is known to be one (domain.md, section 9).
    pub(super) fn seal_a_report(&mut self) -> Result<(), Refusal> {
        if self.ticket.classification.kind == RequestType::Report && self.ticket.secrecy == Secrecy::Open {
            self.refuse_waiting()?;
            self.record(Event::Sealed { accused: None });
        }
        Ok(())
    }

    /// Whether the ticket's rings are used up with one more.
    pub(super) fn is_last_try(&self) -> bool {
        let tries = self.rules.profile().callback_tries;
        matches!(&self.ticket.phase,
            Phase::CallbackDue { callback: Callback::Ringing { tries: so_far }, .. } if so_far.saturating_add(1) >= tries)
    }
}
