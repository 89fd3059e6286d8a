//! Which command recorded some events: read back from them, so that a life can be decided anew, under the same rules or
//! under others. What the rim alone had known, such as the draw of an audit sample, is read from what came of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Act, AddContact, Adjudicate, AnswerDirectly, AnswerOrder, Asked, AuditReply, Callback, CheckPromise,
    Claim, Classification, Classify, CloseKind, Command, Computed, Consult, DeadlineCallback, DecideEntry,
    DecideExclusion, DecideExtension, DecideObjection, DecideProposal, DecideReturn, DecideReview,
    DecideSuspension, DecideTermination, Decline, Dispatch, Endorse, Escalate, Event, Excuse, FireClock,
    FirstContact, GiveOpinion, Ground, Incident, Join, Leg, LegRole, LegState, Legs, LetGo, MergeInto,
    Opened, Phase, Proof, RecordCallback, RecordFirstContact, Recorded, Recuse, Rederive, Redispatch,
    Register, Rejoin, RequestExclusion, RequestExtension, RequestReturn, RequestSuspension,
    RequestTermination, Seal, Split, StageReport, SubAssign, SubmitReply, TakeIn, Ticket, TransferOut,
};
use crate::clock::RunId;
use crate::id::{LegId, TicketNumber, UnitId};

/// What a reading needs beside the events.
pub(crate) struct Around<'a> {
    /// The ticket the command was given on, or is to be given on.
    pub(crate) ticket: &'a Ticket,
    /// When.
    pub(crate) at: Timestamp,
    /// A ticket as it stood when it was merged into this one at that time.
    pub(crate) merged: &'a dyn Fn(TicketNumber, Timestamp) -> Option<Ticket>,
    /// By which days the due times of the runs were computed.
    pub(crate) computed: &'a dyn Fn() -> BTreeMap<RunId, Computed>,
}

/// The registration that the first facts of a ticket record.
pub(crate) fn registration(facts: &[Recorded]) -> Option<Register> {
    let first = facts.first()?;
    let Event::Registered {
        channel,
        classification,
        contact,
        key,
        query_code,
        source,
        occurred_at,
        split_from,
    } = &first.fact.event
    else {
        return None;
    };
    let mut sealed = None;
    let mut kept_out = std::collections::BTreeSet::new();
    for fact in facts {
        if let Event::Sealed { accused } = &fact.fact.event {
            sealed = Some(accused.clone());
        } else if let Event::UnitRecused { unit } = &fact.fact.event {
            kept_out.insert(unit.clone());
        }
    }
    Some(Register {
        number: first.number,
        channel: *channel,
        classification: classification.clone(),
        contact: contact.clone(),
        key: *key,
        query_code: query_code.clone(),
        source: source.clone(),
        occurred_at: *occurred_at,
        confidential: sealed.is_some(),
        accused: sealed.flatten(),
        kept_out,
        split_from: split_from.clone(),
    })
}

/// The command that the facts record, where they are those of one; none for what no command records by itself.
pub(crate) fn command(facts: &[Recorded], around: &Around<'_>) -> Option<Command> {
    let said: Vec<&Event> = facts
        .iter()
        .map(|fact| &fact.fact.event)
        .filter(|event| !matches!(event, Event::ClockStarted { .. } | Event::ClockStopped { .. }))
        .collect();
    let said = Said { events: &said };
    said.command(around)
}

/// The events of a commit that say more than that a clock starts or stops.
struct Said<'a> {
    events: &'a [&'a Event],
}

impl Said<'_> {
    /// What the first of them is about, unless a later one shows that it came along with that.
    #[expect(
        clippy::too_many_lines,
        reason = "one line an event: a table, not a procedure"
    )]
    fn command(&self, around: &Around<'_>) -> Option<Command> {
        let (first, rest) = self.events.split_first()?;
        let next = rest.first().copied();
        Some(match first {
            Event::ContactAdded { contact } => Command::AddContact(AddContact {
                channel: contact.channel,
                standing: contact.standing,
                caller: contact.caller.clone(),
                identity: contact.identity,
                call: contact.call.clone(),
            }),
            Event::AnsweredDirectly { article } => Command::AnswerDirectly(AnswerDirectly {
                article: article.clone(),
                caller_agrees: true,
            }),
            Event::Declined { reason, by } => match next {
                Some(Event::Closed { how }) if around.ticket.merged_into().is_some() => {
                    Command::Rejoin(ended(around, *how, by.clone()))
                }
                _ => Command::Decline(Decline { reason: *reason }),
            },
            Event::Closed { how } => Command::Rejoin(ended(around, *how, None)),
            Event::Rejoined { opened, claim } => Command::Rejoin(answered(around, opened, *claim)),
            Event::TransferStarted { service } => Command::TransferOut(TransferOut {
                service: *service,
                confirmed: false,
            }),
            Event::TransferredOut { service } => Command::TransferOut(TransferOut {
                service: *service,
                confirmed: true,
            }),
            Event::Classified { classification, hold } => match self.dispatched() {
                Some(said) => Command::Dispatch(dispatch(said, Some(classify(classification)))?),
                None => Command::Classify(Classify {
                    hold: *hold,
                    ..classify(classification)
                }),
            },
            Event::Dispatched { .. } => Command::Dispatch(dispatch(self.dispatched()?, None)?),
            Event::Redispatched {} => {
                let to = dispatch(self.dispatched()?, self.classified())?;
                Command::Redispatch(Redispatch { to })
            }
            Event::Signed { .. } => match next {
                Some(Event::ReturnRequested {
                    reason, suggested, ..
                }) => {
                    let suggested = suggested.clone();
                    Command::RequestReturn(RequestReturn {
                        reason: *reason,
                        suggested,
                    })
                }
                _ => Command::Sign,
            },
            Event::ContactTried { means, reached, .. } => Command::RecordFirstContact(RecordFirstContact {
                means: *means,
                reached: *reached,
            }),
            Event::StageReported { controlled, .. } => Command::StageReport(StageReport {
                controlled: *controlled,
            }),
            Event::Replied { claim, .. } => Command::SubmitReply(SubmitReply {
                claim: *claim,
                sampled: !matches!(next, Some(Event::AuditPassed { by_rule: true })),
            }),
            Event::AuditPassed { .. } => Command::AuditReply(AuditReply::Passed),
            Event::AuditFailed { fault, items } => {
                Command::AuditReply(AuditReply::Failed(*fault, items.clone()))
            }
            Event::CallbackMissed {} => Command::RecordCallback(RecordCallback::Missed),
            Event::CallbackAnswered {
                solved,
                rating,
                by_link,
            } => Command::RecordCallback(RecordCallback::Answered {
                solved: *solved,
                rating: *rating,
                by_link: *by_link,
            }),
            Event::ReworkOrdered { .. } => Command::OrderRework,
            Event::Urged { .. } => Command::Urge,
            Event::Sealed { accused } => Command::Seal(Seal {
                accused: accused.clone(),
            }),
            Event::UnitRecused { unit } => Command::Recuse(Recuse { unit: unit.clone() }),
            Event::Escalated { level, cause, .. } => Command::Escalate(Escalate {
                level: *level,
                cause: *cause,
                unit: None,
            }),
            Event::LevelProposed { level, cause, unit } => Command::Escalate(Escalate {
                level: *level,
                cause: *cause,
                unit: unit.clone(),
            }),
            Event::ProposalDecided { approved } => {
                Command::DecideProposal(DecideProposal { approved: *approved })
            }
            Event::LevelFired {
                clock,
                level,
                system_was_down,
                ..
            } => Command::FireClock(FireClock {
                clock: *clock,
                level: *level,
                system_was_down: *system_was_down,
            }),
            Event::Annotated {} => Command::Annotate,
            Event::Withdrawn {} => Command::Withdraw,
            Event::Reopened { .. } => Command::Reopen,
            Event::Erased { slot } => Command::RecordErasure(*slot),
            Event::ConsultStarted { units } => Command::Consult(Consult { units: units.clone() }),
            Event::OpinionGiven { takes_it, .. } => Command::GiveOpinion(GiveOpinion { takes_it: *takes_it }),
            Event::SplitOff { into } => Command::Split(Split { into: into.clone() }),
            Event::SubAssigned { opened, .. } => Command::SubAssign(SubAssign {
                unit: opened.unit.clone(),
            }),
            Event::LegExcused { .. } => Command::Excuse(Excuse {
                leg: self.last_excused()?,
            }),
            Event::Endorsed { act, .. } => Command::Endorse(endorse(*act)),
            Event::ReturnRequested {
                reason, suggested, ..
            } => Command::RequestReturn(RequestReturn {
                reason: *reason,
                suggested: suggested.clone(),
            }),
            Event::ReturnApproved { leg } => Command::DecideReturn(DecideReturn {
                leg: Some(*leg),
                approved: true,
                to: self.dispatched().and_then(|(legs, ..)| lead(legs)),
            }),
            Event::ReturnRefused { leg, .. } => Command::DecideReturn(DecideReturn {
                leg: Some(*leg),
                approved: false,
                to: None,
            }),
            Event::Ruled { leg, unit, proposes } => Command::Adjudicate(Adjudicate {
                leg: Some(*leg),
                unit: unit.clone(),
                proposes: *proposes,
            }),
            Event::EntryDecided { entry } => Command::DecideEntry(DecideEntry { entry: entry.clone() }),
            Event::ExtensionRequested { days, .. } => {
                Command::RequestExtension(RequestExtension { days: *days })
            }
            Event::ExtensionGranted { leg, .. } => Command::DecideExtension(DecideExtension {
                leg: Some(*leg),
                approved: true,
            }),
            Event::ExtensionRefused { leg } => Command::DecideExtension(DecideExtension {
                leg: Some(*leg),
                approved: false,
            }),
            Event::CitizenAsked { .. } => Command::AskCitizen,
            Event::CitizenReplied {} => Command::CitizenReplied,
            Event::SuspensionRequested {
                ground,
                owner,
                check_at,
                until,
                ..
            } => Command::RequestSuspension(RequestSuspension {
                ground: *ground,
                owner: owner.clone(),
                check_at: *check_at,
                until: *until,
            }),
            Event::Suspended { leg, .. } => Command::DecideSuspension(DecideSuspension {
                leg: Some(*leg),
                approved: true,
            }),
            Event::SuspensionRefused { leg } => Command::DecideSuspension(DecideSuspension {
                leg: Some(*leg),
                approved: false,
            }),
            Event::PromiseChecked { next_at } => Command::CheckPromise(CheckPromise { next_at: *next_at }),
            // What rests goes on by being classified as urgent, too.
            Event::Resumed {} => match next {
                Some(Event::Classified { classification, hold }) => Command::Classify(Classify {
                    hold: *hold,
                    ..classify(classification)
                }),
                _ => Command::Resume,
            },
            Event::TerminationRequested { ground, .. } => {
                Command::RequestTermination(RequestTermination { ground: *ground })
            }
            Event::Terminated { .. } => Command::DecideTermination(DecideTermination {
                leg: terminating(around.ticket),
                approved: true,
            }),
            Event::TerminationRefused { leg } => Command::DecideTermination(DecideTermination {
                leg: Some(*leg),
                approved: false,
            }),
            Event::DeadlineAsked { reached, rating } => Command::DeadlineCallback(DeadlineCallback {
                reached: *reached,
                rating: *rating,
            }),
            Event::ReviewRequested {} => Command::RequestReview,
            Event::ReviewDecided { duty_done, panel } => Command::DecideReview(DecideReview {
                duty_done: *duty_done,
                panel: panel.clone(),
            }),
            Event::Objected {} => Command::Object,
            Event::ObjectionDecided { upheld } => {
                Command::DecideObjection(DecideObjection { upheld: *upheld })
            }
            Event::OrderIssued { .. } => Command::IssueOrder,
            Event::OrderAnswered { order } => Command::AnswerOrder(AnswerOrder { order: *order }),
            Event::ExclusionRequested { ground } => {
                Command::RequestExclusion(RequestExclusion { ground: *ground })
            }
            Event::ExclusionReviewed {} | Event::Excluded { .. } => {
                Command::DecideExclusion(DecideExclusion { approved: true })
            }
            // A review makes it moot whether the end before counts.
            Event::ExclusionRefused {} => match next {
                Some(Event::ReviewRequested {}) => Command::RequestReview,
                _ => Command::DecideExclusion(DecideExclusion { approved: false }),
            },
            Event::MergedInto { into } => Command::MergeInto(MergeInto {
                incident: Box::new(like(around.ticket, *into)),
            }),
            Event::ChildMerged { child, .. } => Command::TakeIn(TakeIn {
                child: Box::new((around.merged)(*child, around.at)?),
            }),
            Event::ChildJoined { child, caller } => Command::Join(Join {
                child: *child,
                caller: caller.clone(),
            }),
            Event::ChildUnmerged { child } => Command::LetGo(LetGo { child: *child }),
            // What is sealed, or kept from a unit, leaves its incident first.
            Event::Unmerged { .. } => match rest.iter().find(|event| is_about_secrecy(event)) {
                Some(Event::Sealed { accused }) => Command::Seal(Seal {
                    accused: accused.clone(),
                }),
                Some(Event::UnitRecused { unit }) => Command::Recuse(Recuse { unit: unit.clone() }),
                _ => Command::Unmerge,
            },
            Event::Rederived {} => Command::Rederive(Rederive {
                before: (around.computed)(),
            }),
            // These begin a ticket, or follow from another event.
            Event::Registered { .. }
            | Event::LinkOpened {}
            | Event::Recalled {}
            | Event::LegEnded { .. }
            | Event::WaitRanOut {}
            | Event::ClockStarted { .. }
            | Event::ClockStopped { .. } => return None,
        })
    }

    fn dispatched(&self) -> Option<(&[Opened], &Ground, Option<&Proof>)> {
        self.events.iter().find_map(|event| {
            let Event::Dispatched {
                legs, ground, proof, ..
            } = event
            else {
                return None;
            };
            Some((legs.as_slice(), ground, proof.as_ref()))
        })
    }

    fn classified(&self) -> Option<Classify> {
        self.events.iter().find_map(|event| {
            let Event::Classified { classification, .. } = event else {
                return None;
            };
            Some(classify(classification))
        })
    }

    /// What was passed down goes first, the leg that is meant last.
    fn last_excused(&self) -> Option<LegId> {
        let excused = |event: &&Event| {
            let Event::LegExcused { leg } = event else {
                return None;
            };
            Some(*leg)
        };
        self.events.iter().map_while(excused).last()
    }
}

fn classify(to: &Classification) -> Classify {
    Classify {
        kind: Some(to.kind),
        grade: Some(to.grade),
        category: to.category.clone(),
        area: to.area.clone(),
        confidence_percent: to.confidence_percent,
        hold: None,
    }
}

fn dispatch(
    (legs, ground, proof): (&[Opened], &Ground, Option<&Proof>),
    classify: Option<Classify>,
) -> Option<Dispatch> {
    let co = legs.iter().skip(1).map(|leg| leg.unit.clone());
    Some(Dispatch {
        lead: lead(legs)?,
        co: co.collect(),
        ground: ground.clone(),
        classify,
        support: proof.map(Proof::support).unwrap_or_default(),
    })
}

fn lead(legs: &[Opened]) -> Option<UnitId> {
    legs.first().map(|leg| leg.unit.clone())
}

fn endorse(act: Act) -> Endorse {
    Endorse { act }
}

fn terminating(ticket: &Ticket) -> Option<LegId> {
    let mut decisions = ticket.decisions.iter();
    let asked = decisions.find(|decision| matches!(decision.asked, Asked::Termination { .. }));
    asked.map(|decision| decision.leg)
}

fn is_about_secrecy(event: &Event) -> bool {
    matches!(event, Event::Sealed { .. } | Event::UnitRecused { .. })
}

/// An incident that takes the ticket, as far as merging asks about it.
fn like(ticket: &Ticket, number: TicketNumber) -> Ticket {
    Ticket {
        number,
        incident: Incident::default(),
        merged: None,
        ..ticket.clone()
    }
}

/// The incident as it had ended without an answer.
fn ended(around: &Around<'_>, how: CloseKind, by: Option<crate::id::HolderId>) -> Rejoin {
    let number = around.ticket.merged_into().unwrap_or(around.ticket.number);
    let mut incident = like(around.ticket, number);
    incident.declined_by = by;
    incident.phase = Phase::Closed {
        how,
        at: around.at,
        legs: None,
        outcome: None,
    };
    Rejoin {
        incident: Box::new(incident),
    }
}

/// The incident as it had been answered.
fn answered(around: &Around<'_>, opened: &Opened, claim: Claim) -> Rejoin {
    let number = around.ticket.merged_into().unwrap_or(around.ticket.number);
    let mut incident = like(around.ticket, number);
    let lead = Leg {
        id: opened.leg,
        role: LegRole::Lead,
        unit: opened.unit.clone(),
        dispatched_at: around.at,
        state: LegState::Replied {
            signed_at: around.at,
            replied_at: around.at,
        },
        contact: FirstContact::NotNeeded,
        stage_reports: 0,
        urgent_reports: 0,
        under: None,
    };
    incident.phase = Phase::CallbackDue {
        legs: Legs {
            lead,
            others: Vec::new(),
        },
        claim,
        callback: Callback::Ringing { tries: 0 },
    };
    Rejoin {
        incident: Box::new(incident),
    }
}
