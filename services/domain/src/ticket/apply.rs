//! Folding: what was accepted once always replays. Nothing here refuses, computes from rules or reads a clock.

use jiff::Timestamp;

use super::{
    Accused, Act, Asked, CALLS_MAX, Callback, Child, Claim, CloseKind, Contact, Decision, Emergency, Event,
    Exclusion, ExclusionState, FirstContact, Grade, HEARD_MAX, Heard, Incident, Leg, LegRole, LegState, Legs,
    Merged, Opened, Order, Outcome, PAST_UNITS_MAX, Phase, Promise, Proposal, Rating, Recorded, Ruling,
    Secrecy, Standing, Ticket, UrgedBy,
};
use crate::clock::{Clock, Kind, Level, Run, RunId, State};
use crate::id::{CallerHash, HolderId, LegId, TicketNumber, UnitId};

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
    #[expect(clippy::too_many_lines, reason = "one line a field")]
    pub fn register(recorded: &Recorded) -> Option<Ticket> {
        let Event::Registered {
            channel,
            classification,
            contact,
            key,
            query_code,
            source,
            split_from,
            ..
        } = &recorded.fact.event
        else {
            return None;
        };
        Some(Ticket {
            number: recorded.number,
            version: recorded.version,
            registered_at: split_from.as_ref().map_or(recorded.at, |from| from.registered_at),
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
            reported: false,
            answers: 0,
            reopened: 0,
            urged: 0,
            urged_at: None,
            legs_opened: 0,
            past_units: Default::default(),
            past_leads: Default::default(),
            key: *key,
            query_code: query_code.clone(),
            source: source.clone(),
            erased: false,
            decisions: Vec::new(),
            returns: 0,
            returns_refused: 0,
            refused: Default::default(),
            ruling: None,
            endorsed: Vec::new(),
            extensions: 0,
            extended_days: 0,
            asked_in: None,
            deadline_asked_in: None,
            deadline_tries: 0,
            orders: Vec::new(),
            rules: None,
            derived_under: Some(recorded.rules.clone()),
            ground: None,
            proof: None,
            proposal: None,
            heard: vec![Heard {
                at: recorded.at,
                caller: contact.caller.clone(),
            }],
            objected: false,
            declined_by: None,
            replied_by: None,
            reviewed: false,
            exclusion: None,
            kept_out: Default::default(),
            merged: None,
            incident: Incident::default(),
            split_from: split_from.as_ref().map(|from| from.number),
        })
    }

    /// Folds one recorded fact. Total: a fact that does not fit leaves the state as it is, but for the version.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        if recorded.fact.event == (Event::Rederived {}) {
            self.derived_under = Some(recorded.rules.clone());
        }
        self.fold(&recorded.fact.event, recorded.at, &recorded.actor.holder);
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one line an event: a table, not a procedure"
    )]
    pub(super) fn fold(&mut self, event: &Event, at: Timestamp, by: &HolderId) {
        self.updated_at = at;
        match event {
            Event::Registered { .. }
            | Event::Annotated {}
            | Event::AnsweredDirectly { .. }
            | Event::TransferredOut { .. }
            | Event::SplitOff { .. }
            | Event::Rederived {}
            | Event::Withdrawn {} => {}
            Event::Declined { by: before, .. } => {
                self.declined_by = Some(before.as_ref().unwrap_or(by).clone())
            }
            Event::ContactAdded { contact } => self.add_contact(contact, at),
            Event::TransferStarted { service } => self.begin_transfer(*service),
            Event::Classified { classification, hold } => {
                self.classification = classification.clone();
                self.hold = *hold;
            }
            Event::Dispatched {
                legs,
                ground,
                rules,
                proof,
            } => {
                self.ground = Some(ground.clone());
                self.proof.clone_from(proof);
                self.rules = rules.clone().or_else(|| self.rules.take());
                self.dispatch(legs, at);
            }
            Event::Signed { leg } => self.sign(*leg, at),
            Event::ContactTried { leg, made, .. } => self.contact(*leg, *made, at),
            Event::StageReported { leg, .. } => self.report(*leg),
            Event::Replied { leg, claim, .. } => self.reply(*leg, *claim, at, by),
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
            Event::LevelProposed { level, cause, unit } => {
                self.proposal = Some(Proposal {
                    level: *level,
                    cause: *cause,
                    unit: unit.clone(),
                    by: by.clone(),
                    at,
                });
            }
            Event::ProposalDecided { .. } => self.proposal = None,
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
            Event::ConsultStarted { units } => self.consult(units),
            Event::OpinionGiven { unit, takes_it } => self.hear(unit, *takes_it),
            Event::Redispatched {} => self.end_legs(),
            Event::SubAssigned { opened, under } => self.pass_down(opened, *under, at),
            Event::LegExcused { leg } => self.excuse(*leg),
            Event::Endorsed { leg, act } => self.endorsed.push((*leg, *act)),
            Event::OrderIssued {
                order,
                unit,
                leg,
                due_at,
            } => self.orders.push(Order {
                order: *order,
                unit: unit.clone(),
                leg: *leg,
                issued_at: at,
                due_at: *due_at,
                answered_at: None,
            }),
            Event::OrderAnswered { order } => self.answer_order(*order, at),
            Event::UnitRecused { unit } => {
                self.kept_out.insert(unit.clone());
            }
            Event::ReturnRequested { leg, .. } => {
                self.returns = self.returns.saturating_add(1);
                self.endorsed.retain(|signed| *signed != (*leg, Act::Return));
                self.ask(event, at, by);
            }
            Event::ExtensionRequested { .. }
            | Event::SuspensionRequested { .. }
            | Event::TerminationRequested { .. } => self.ask(event, at, by),
            Event::ReturnApproved { leg }
            | Event::ExtensionRefused { leg }
            | Event::SuspensionRefused { leg }
            | Event::TerminationRefused { leg } => self.settle(*leg),
            Event::ReturnRefused { leg, unheard: true } => {
                self.returns = self.returns.saturating_sub(1);
                self.settle(*leg);
            }
            Event::ReturnRefused { leg, unheard: false } => {
                self.returns_refused = self.returns_refused.saturating_add(1);
                self.count_refused(*leg);
                self.settle(*leg);
            }
            Event::ExtensionGranted { leg, days } => self.extend(*leg, *days),
            Event::Ruled { leg, unit, proposes } => self.rule(*leg, unit, *proposes, at, by),
            Event::EntryDecided { entry } => self.decide_entry(entry.is_some()),
            Event::Suspended { leg, promise } => {
                self.suspend(*leg, promise, at);
                self.settle(*leg);
            }
            // They end with the ticket.
            Event::Terminated { .. } => self.decisions.clear(),
            Event::CitizenAsked { .. } => self.ask_citizen(at),
            Event::CitizenReplied {} | Event::WaitRanOut {} | Event::Resumed {} => self.go_on(),
            Event::PromiseChecked { next_at } => self.check_promise(*next_at),
            Event::DeadlineAsked { .. } => self.ask_at_deadline(),
            Event::ReviewRequested {} => self.review(),
            Event::ReviewDecided { duty_done, .. } => self.decide_review(*duty_done),
            Event::Objected {} => self.objected = true,
            Event::ObjectionDecided { upheld } => self.decide_objection(*upheld),
            Event::ExclusionRequested { ground } => {
                self.exclusion = Some(Exclusion {
                    ground: *ground,
                    state: ExclusionState::Asked,
                    by: Some(by.clone()),
                });
            }
            Event::ExclusionReviewed {} => self.exclude(ExclusionState::Reviewed { by: by.clone() }),
            Event::Excluded { .. } => self.exclude(ExclusionState::Granted),
            Event::ExclusionRefused {} => self.exclude(ExclusionState::Refused),
            Event::MergedInto { into } => self.merge(*into, at),
            Event::ChildMerged {
                child,
                callers,
                anonymous,
                heard,
            } => {
                self.take_in(*child, callers, *anonymous);
                self.hear_from(heard.iter().cloned());
            }
            Event::ChildJoined { child, caller } => {
                self.join(*child, caller.as_ref());
                let caller = caller.clone();
                self.hear_from([Heard { at, caller }]);
            }
            Event::Unmerged { .. } => self.merged = None,
            Event::ChildUnmerged { child } => {
                self.incident.children.remove(child);
            }
            Event::Rejoined { opened, claim } => self.rejoin(opened, *claim, at),
        }
    }

    /// Something is asked for a leg.
    fn ask(&mut self, event: &Event, at: Timestamp, by: &HolderId) {
        if let Some((leg, asked)) = Asked::by(event) {
            let by = by.clone();
            self.decisions.push(Decision { leg, asked, by, at });
        }
    }

    /// A co leg's extension is within the lead's time and does not count.
    fn extend(&mut self, leg: LegId, days: u8) {
        if self.phase.legs().is_some_and(|legs| legs.lead.id == leg) {
            self.extensions = self.extensions.saturating_add(1);
            self.extended_days = self.extended_days.saturating_add(days);
        }
        self.settle(leg);
    }

    fn rule(&mut self, leg: LegId, unit: &UnitId, proposes: bool, at: Timestamp, by: &HolderId) {
        self.ruling = Some(Ruling {
            unit: unit.clone(),
            at,
            by: by.clone(),
            accepted: None,
            proposes,
        });
        self.settle(leg);
    }

    fn decide_entry(&mut self, accepted: bool) {
        if let Some(ruling) = &mut self.ruling {
            ruling.accepted = Some(accepted);
        }
    }

    fn count_refused(&mut self, leg: LegId) {
        let leg = self.phase.legs().and_then(|legs| legs.get(leg));
        let Some(unit) = leg.map(|leg| leg.unit.clone()) else {
            return;
        };
        if self.refused.len() < PAST_UNITS_MAX || self.refused.contains_key(&unit) {
            let count = self.refused.entry(unit).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn settle(&mut self, leg: LegId) {
        self.decisions.retain(|decision| decision.leg != leg);
    }

    fn consult(&mut self, units: &[UnitId]) {
        self.phase = Phase::Consulting {
            asked: units.iter().map(|unit| (unit.clone(), None)).collect(),
        };
    }

    fn hear(&mut self, unit: &UnitId, takes_it: bool) {
        if let Phase::Consulting { asked } = &mut self.phase
            && let Some(said) = asked.get_mut(unit)
        {
            *said = Some(takes_it);
        }
    }

    fn pass_down(&mut self, opened: &Opened, under: LegId, at: Timestamp) {
        let leg = self.leg_of(opened, at, Some(under));
        self.legs_opened = self.legs_opened.max(opened.leg.0);
        if let Some(legs) = self.phase.legs_mut() {
            legs.others.push(leg);
        }
    }

    /// Nothing is asked for it, or of it, any more.
    fn excuse(&mut self, id: LegId) {
        if let Some(leg) = self.phase.legs_mut().and_then(|legs| legs.get_mut(id)) {
            leg.state = LegState::Excused;
            leg.contact = match leg.contact {
                FirstContact::Made { at } => FirstContact::Made { at },
                FirstContact::Due { .. } | FirstContact::NotNeeded => FirstContact::NotNeeded,
            };
        }
        self.endorsed.retain(|(leg, _)| *leg != id);
        self.settle(id);
    }

    fn answer_order(&mut self, order: u8, at: Timestamp) {
        if let Some(order) = self.orders.iter_mut().find(|one| one.order == order) {
            order.answered_at = Some(at);
        }
    }

    fn ask_citizen(&mut self, since: Timestamp) {
        self.asked_in = Some(self.round);
        if let Some(legs) = self.phase.legs().cloned() {
            self.phase = Phase::AwaitingCitizen { legs, since };
        }
    }

    fn suspend(&mut self, leg: LegId, promise: &Promise, at: Timestamp) {
        let decided = self.decisions.iter().find(|decision| decision.leg == leg);
        let asked_at = decided.map_or(at, |decision| decision.at);
        // Suspended further: the clocks have rested since the first time.
        let (since, asked_at) = if let Phase::Suspended { since, asked_at, .. } = self.phase {
            (since, asked_at)
        } else {
            (at, Some(asked_at))
        };
        if let Some(legs) = self.phase.legs().cloned() {
            let promise = promise.clone();
            self.phase = Phase::Suspended {
                legs,
                since,
                asked_at,
                promise,
            };
        }
    }

    fn check_promise(&mut self, next_at: Timestamp) {
        if let Phase::Suspended { promise, .. } = &mut self.phase {
            promise.check_at = next_at;
        }
    }

    /// Out of a rest, back to handling.
    fn go_on(&mut self) {
        if let Phase::AwaitingCitizen { legs, .. } | Phase::Suspended { legs, .. } = &self.phase {
            self.phase = Phase::Handling { legs: legs.clone() };
        }
    }

    fn ask_at_deadline(&mut self) {
        let asked_before = self.deadline_asked_in == Some(self.round);
        let tries = if asked_before { self.deadline_tries } else { 0 };
        self.deadline_tries = tries.saturating_add(1);
        self.deadline_asked_in = Some(self.round);
    }

    /// What was answered and not solved, or closed as explained, is the panel's.
    fn review(&mut self) {
        self.reviewed = true;
        let (legs, claim, outcome) = match &self.phase {
            Phase::CallbackDue {
                legs,
                claim,
                callback: Callback::Unsolved { outcome },
            } => (legs, *claim, *outcome),
            Phase::Closed {
                legs: Some(legs),
                outcome: Some(outcome),
                ..
            } => (legs, Claim::Explained, *outcome),
            Phase::CallbackDue { .. }
            | Phase::Closed { .. }
            | Phase::Accepted { .. }
            | Phase::Consulting { .. }
            | Phase::Dispatched { .. }
            | Phase::Handling { .. }
            | Phase::AwaitingCitizen { .. }
            | Phase::Suspended { .. }
            | Phase::ReplyReview { .. } => return,
        };
        self.phase = Phase::CallbackDue {
            legs: legs.clone(),
            claim,
            callback: Callback::Review { outcome },
        };
    }

    /// Duty done, it closes as explained; not done, the unit handles it once more.
    fn decide_review(&mut self, duty_done: bool) {
        if !duty_done {
            self.round = self.round.saturating_add(1);
            self.back_to_handling();
        }
    }

    fn decide_objection(&mut self, upheld: bool) {
        if upheld {
            // What was declined with its incident may have had legs. The resident's time begins anew.
            self.end_legs();
            self.reported = false;
        }
    }

    fn exclude(&mut self, state: ExclusionState) {
        if let Some(exclusion) = &mut self.exclusion {
            exclusion.state = state;
        }
    }

    fn merge(&mut self, into: TicketNumber, since: Timestamp) {
        let rests = |clock: &&Clock| clock.is_running() && clock.run.kind != Kind::Proposal;
        let running = self.clocks.iter().filter(rests);
        self.merged = Some(Merged {
            into,
            since,
            resting: running.map(|clock| clock.run.id()).collect(),
            joined: false,
        });
    }

    fn take_in(&mut self, child: TicketNumber, callers: &[CallerHash], anonymous: u16) {
        let callers = callers.iter().cloned().collect();
        let child_of = Child {
            callers,
            anonymous,
            answered: false,
        };
        self.incident.children.insert(child, child_of);
    }

    fn join(&mut self, child: TicketNumber, caller: Option<&CallerHash>) {
        let child = self.incident.children.entry(child).or_default();
        match caller {
            Some(caller) => {
                child.callers.insert(caller.clone());
            }
            None => child.anonymous = child.anonymous.saturating_add(1),
        }
    }

    /// The answering unit's leg here counts as signed, contacted and replied.
    fn rejoin(&mut self, opened: &Opened, claim: Claim, at: Timestamp) {
        if let Some(merged) = &mut self.merged {
            merged.joined = true;
        }
        self.end_legs();
        self.answers = self.answers.saturating_add(1);
        let mut lead = self.leg_of(opened, at, None);
        lead.state = LegState::Replied {
            signed_at: at,
            replied_at: at,
        };
        if matches!(lead.contact, FirstContact::Due { .. }) {
            lead.contact = FirstContact::Made { at };
        }
        self.legs_opened = self.legs_opened.max(opened.leg.0);
        let legs = Legs {
            lead,
            others: Vec::new(),
        };
        self.phase = Phase::CallbackDue {
            legs,
            claim,
            callback: Callback::Ringing { tries: 0 },
        };
    }

    fn leg_of(&self, opened: &Opened, at: Timestamp, under: Option<LegId>) -> Leg {
        // Whoever passes a piece down goes on speaking with the resident.
        let needed = self.has_somebody_to_contact() && opened.role != LegRole::Step;
        Leg {
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
            urgent_reports: 0,
            under,
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
        self.incident.answer();
        self.answers = self.answers.saturating_add(1);
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
        self.rules = None;
        self.reported = false;
        self.level = None;
        self.urged = 0;
        self.urged_at = None;
        self.returns = 0;
        self.returns_refused = 0;
        self.refused.clear();
        self.ruling = None;
        self.extensions = 0;
        self.extended_days = 0;
        self.objected = false;
        self.exclusion = None;
        self.merged = None;
    }

    fn add_contact(&mut self, contact: &Contact, at: Timestamp) {
        self.hear_from([Heard {
            at,
            caller: contact.caller.clone(),
        }]);
        self.contacts.push(contact.clone());
        if let Some(older) = self.contacts.iter_mut().nth_back(CALLS_MAX) {
            older.call = None;
        }
    }

    fn dispatch(&mut self, opened: &[Opened], at: Timestamp) {
        let Some((lead, others)) = opened.split_first() else {
            return;
        };
        let lead = self.leg_of(lead, at, None);
        let others = others.iter().map(|leg| self.leg_of(leg, at, None)).collect();
        self.legs_opened = opened
            .iter()
            .map(|leg| leg.leg.0)
            .max()
            .unwrap_or(0)
            .max(self.legs_opened);
        self.hold = None;
        self.phase = Phase::Dispatched {
            legs: Legs { lead, others },
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
        let is_urgent = matches!(self.classification.grade, Grade::A | Grade::B);
        self.reported |= is_urgent;
        if let Some(leg) = self.phase.legs_mut().and_then(|legs| legs.get_mut(id)) {
            leg.stage_reports = leg.stage_reports.saturating_add(1);
            leg.urgent_reports = leg.urgent_reports.saturating_add(is_urgent.into());
        }
    }

    /// The leg has replied; the phase follows the lead.
    fn reply(&mut self, id: LegId, claim: Claim, at: Timestamp, by: &HolderId) {
        if let Some(leg) = self.phase.legs_mut().and_then(|legs| legs.get_mut(id))
            && let LegState::Handling { signed_at } | LegState::Replied { signed_at, .. } = leg.state
        {
            leg.state = LegState::Replied {
                signed_at,
                replied_at: at,
            };
        }
        self.endorsed.retain(|(leg, _)| *leg != id);
        if let Phase::Handling { legs } = &self.phase
            && legs.lead.id == id
        {
            self.replied_by = Some(by.clone());
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
                callback: Callback::Unsolved { outcome } | Callback::Review { outcome },
                ..
            } => Some(*outcome),
            Phase::Closed { outcome, .. } => *outcome,
            Phase::CallbackDue { .. }
            | Phase::Accepted { .. }
            | Phase::Consulting { .. }
            | Phase::Dispatched { .. }
            | Phase::Handling { .. }
            | Phase::AwaitingCitizen { .. }
            | Phase::Suspended { .. }
            | Phase::ReplyReview { .. } => None,
        };
        self.decisions.clear();
        self.incident.answer();
        if let Some(merged) = &mut self.merged {
            merged.joined = true;
        }
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
        if let Some(lead) = units.first().filter(|_| self.past_leads.len() < PAST_UNITS_MAX) {
            self.past_leads.insert(lead.clone());
        }
        units.into_iter().for_each(|unit| self.remember(unit));
        self.clocks.retain(|clock| clock.run.leg.is_none());
        self.phase = Phase::Accepted { transfer: None };
        self.round = 0;
        self.decisions.clear();
        self.endorsed.clear();
        self.reviewed = false;
        self.asked_in = None;
        self.deadline_asked_in = None;
        self.deadline_tries = 0;
    }

    fn end_leg(&mut self, id: LegId) {
        let Some(legs) = self.phase.legs_mut() else { return };
        let Some(at) = legs.others.iter().position(|leg| leg.id == id) else {
            return;
        };
        let unit = legs.others.remove(at).unit;
        self.remember(unit);
        self.clocks.retain(|clock| clock.run.leg != Some(id));
        self.endorsed.retain(|(leg, _)| *leg != id);
        self.settle(id);
    }

    fn remember(&mut self, unit: UnitId) {
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
        // What has been given a further run while the matter rests still rests since then.
        let rests_since = self.phase.rests_since().filter(|_| id.kind.rests());
        let at = rests_since.unwrap_or(at);
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
        if id.kind.is_the_units() && level.is_reached_by_firing() {
            self.raise(level, points_tenths);
        }
    }

    /// Each caller once, with his latest time; those without a number each time. The latest stay.
    fn hear_from(&mut self, heard: impl IntoIterator<Item = Heard>) {
        for one in heard {
            if one.caller.is_some() {
                self.heard.retain(|before| before.caller != one.caller);
            }
            let place = self.heard.partition_point(|before| before.at <= one.at);
            self.heard.insert(place, one);
        }
        let too_many = self.heard.len().saturating_sub(HEARD_MAX);
        self.heard.drain(..too_many);
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
                let caller = contact.caller.take();
                let is_his = |heard: &&mut Heard| caller.is_some() && heard.caller == caller;
                self.heard
                    .iter_mut()
                    .filter(is_his)
                    .for_each(|heard| heard.caller = None);
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

    /// The next leg's id.
    pub fn next_leg(&self) -> LegId {
        LegId(self.legs_opened.saturating_add(1))
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

    /// Units that must stay out with those below them 回避: the accused, and those kept out.
    pub fn recused_units(&self) -> impl Iterator<Item = &UnitId> {
        self.recused().into_iter().chain(&self.kept_out)
    }

    /// Who is accused, if a unit is.
    pub fn recused(&self) -> Option<&UnitId> {
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
