//! Requests beside the straight way: what units ask for, what desks decide, what residents object to, and what touches
//! several tickets.

use domain::id::{LegId, UnitId};
use domain::ticket::{
    Act, Adjudicate, AnswerOrder, CheckPromise, Command, Consult, DeadlineCallback, DecideEntry,
    DecideExclusion, DecideExtension, DecideObjection, DecideProposal, DecideReturn, DecideReview,
    DecideSuspension, DecideTermination, Dispatch, Endorse, Excuse, GiveOpinion, Recuse, Redispatch,
    RequestExclusion, RequestExtension, RequestReturn, RequestSuspension, RequestTermination, SubAssign,
};
use domain::words::{Field, Words};
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use kit::wire::{self, optional, required};
use proto::tickets::v1 as pb;

use super::command::{Ordering, accused, allow, alone, classification, co_units, ground, require, support};
use crate::draft::{Deed, Part, proposed_entry};
use crate::limits::{PANEL_MAX, PARTS_MAX, UNITS_MAX};

/// Words whose field in the request has a name of its own: faults name that one.
fn require_as(words: &mut Words, field: Field, name: &'static str, text: &str) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(wire::missing(name));
    }
    require(words, field, text)
}

/// Words that are needed only where something is said to the resident.
fn require_if(words: &mut Words, needed: bool, text: &str) -> Result<(), Fault> {
    if needed {
        require(words, Field::Reason, text)
    } else {
        allow(words, Field::Reason, text)
    }
}

fn small(field: &'static str, value: u32) -> Result<u8, Fault> {
    u8::try_from(value).map_err(|_| out_of_range(field))
}

fn out_of_range(field: &'static str) -> Fault {
    Fault::invalid(
        field,
        format!("{field} 超出范围"),
        format!("{field}: out of range"),
    )
}

/// A leg; none when 0.
fn leg(value: u32) -> Result<Option<LegId>, Fault> {
    let leg = u16::try_from(value).map_err(|_| out_of_range("leg"))?;
    Ok(Some(leg).filter(|leg| *leg > 0).map(LegId))
}

fn needed(field: &'static str, time: Option<&prost_types::Timestamp>) -> Result<Timestamp, Fault> {
    wire::optional_instant(field, time)?.ok_or_else(|| wire::missing(field))
}

pub(super) fn bounded(field: &'static str, count: usize, max: usize) -> Result<(), Fault> {
    if count <= max {
        return Ok(());
    }
    Err(Fault::invalid(
        field,
        format!("{field} 最多 {max} 项"),
        format!("{field}: at most {max}"),
    ))
}

impl Ordering for pb::ConsultRequest {
    fn command(&self, _call: &Call, _words: &mut Words) -> Result<Deed, Fault> {
        bounded("units", self.units.len(), UNITS_MAX)?;
        let units: Result<Vec<UnitId>, Fault> =
            self.units.iter().map(|unit| wire::unit("units", unit)).collect();
        alone(Command::Consult(Consult { units: units? }))
    }
}

impl Ordering for pb::GiveOpinionRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_as(words, Field::Reason, "opinion", &self.opinion)?;
        alone(Command::GiveOpinion(GiveOpinion {
            takes_it: self.takes_it,
        }))
    }
}

impl Ordering for pb::RedispatchRequest {
    fn command(&self, call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Evidence, &self.evidence)?;
        let classify = self
            .classification
            .as_ref()
            .map(|class| classification(call, class))
            .transpose()?;
        alone(Command::Redispatch(Redispatch {
            to: Dispatch {
                lead: wire::unit("lead_unit", &self.lead_unit)?,
                co: co_units(&self.co_units)?,
                ground: ground(words, &self.entry, &self.reason)?,
                classify,
                support: support(call, self.support.as_ref())?,
            },
        }))
    }
}

impl Ordering for pb::SplitRequest {
    fn command(&self, _call: &Call, _words: &mut Words) -> Result<Deed, Fault> {
        if self.parts.is_empty() {
            return Err(wire::missing("parts"));
        }
        bounded("parts", self.parts.len(), PARTS_MAX)?;
        let parts: Result<Vec<Part>, Fault> = self.parts.iter().map(part).collect();
        Ok(Deed::Split(parts?))
    }
}

fn part(part: &pb::SplitPart) -> Result<Part, Fault> {
    let mut words = Words::new();
    require(&mut words, Field::Subject, &part.subject)?;
    require(&mut words, Field::Body, &part.body)?;
    allow(&mut words, Field::Place, &part.place)?;
    Ok(Part {
        kind: required("type", part.r#type)?,
        grade: optional("grade", part.grade)?,
        category: wire::optional_category("category", &part.category)?,
        area: wire::optional_area("area", &part.area)?,
        accused: accused(part.accused.as_ref())?,
        words,
    })
}

impl Ordering for pb::SubAssignRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Reason, &self.reason)?;
        alone(Command::SubAssign(SubAssign {
            unit: wire::unit("unit", &self.unit)?,
        }))
    }
}

impl Ordering for pb::ExcuseRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        let leg = leg(self.leg)?.ok_or_else(|| wire::missing("leg"))?;
        alone(Command::Excuse(Excuse { leg }))
    }
}

impl Ordering for pb::EndorseRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Note, &self.note)?;
        let act: Act = required("act", self.act)?;
        alone(Command::Endorse(Endorse { act }))
    }
}

impl Ordering for pb::RequestReturnRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_as(words, Field::LegalBasis, "basis", &self.basis)?;
        allow(words, Field::Evidence, &self.evidence)?;
        alone(Command::RequestReturn(RequestReturn {
            reason: required("reason", self.reason)?,
            suggested: wire::optional_unit("suggested_unit", &self.suggested_unit)?,
        }))
    }
}

impl Ordering for pb::DecideReturnRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::DecideReturn(DecideReturn {
            leg: leg(self.leg)?,
            approved: self.approved,
            to: wire::optional_unit("unit", &self.unit)?,
        }))
    }
}

impl Ordering for pb::AdjudicateRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::Adjudicate(Adjudicate {
            leg: leg(self.leg)?,
            unit: wire::unit("unit", &self.unit)?,
            proposes: self.propose_entry,
        }))
    }
}

impl Ordering for pb::DecideEntryRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Reason, &self.reason)?;
        let entry = proposed_entry(wire::number(&self.number)?)?;
        alone(Command::DecideEntry(DecideEntry {
            entry: self.accepted.then_some(entry),
        }))
    }
}

impl Ordering for pb::RequestExtensionRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        let days = small("working_days", self.working_days)?;
        if days == 0 {
            return Err(wire::missing("working_days"));
        }
        alone(Command::RequestExtension(RequestExtension { days }))
    }
}

impl Ordering for pb::DecideExtensionRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_if(words, self.approved, &self.reason)?;
        let (leg, approved) = (leg(self.leg)?, self.approved);
        alone(Command::DecideExtension(DecideExtension { leg, approved }))
    }
}

impl Ordering for pb::AskCitizenRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_as(words, Field::Note, "question", &self.question)?;
        alone(Command::AskCitizen)
    }
}

impl Ordering for pb::CitizenRepliedRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Answer, &self.answer)?;
        alone(Command::CitizenReplied)
    }
}

impl Ordering for pb::RequestSuspensionRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_as(words, Field::Note, "plan", &self.plan)?;
        alone(Command::RequestSuspension(RequestSuspension {
            ground: required("ground", self.ground)?,
            owner: wire::holder("owner", &self.owner)?,
            check_at: needed("check_time", self.check_time.as_ref())?,
            until: needed("until_time", self.until_time.as_ref())?,
        }))
    }
}

impl Ordering for pb::DecideSuspensionRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_if(words, !self.approved, &self.reason)?;
        let (leg, approved) = (leg(self.leg)?, self.approved);
        alone(Command::DecideSuspension(DecideSuspension { leg, approved }))
    }
}

impl Ordering for pb::CheckPromiseRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Note, &self.note)?;
        alone(Command::CheckPromise(CheckPromise {
            next_at: needed("next_time", self.next_time.as_ref())?,
        }))
    }
}

impl Ordering for pb::ResumeRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Note, &self.note)?;
        alone(Command::Resume)
    }
}

impl Ordering for pb::RequestTerminationRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        allow(words, Field::Evidence, &self.evidence)?;
        alone(Command::RequestTermination(RequestTermination {
            ground: required("ground", self.ground)?,
        }))
    }
}

impl Ordering for pb::DecideTerminationRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_if(words, !self.approved, &self.reason)?;
        let (leg, approved) = (leg(self.leg)?, self.approved);
        alone(Command::DecideTermination(DecideTermination { leg, approved }))
    }
}

impl Ordering for pb::DeadlineCallbackRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Reason, &self.reason)?;
        alone(Command::DeadlineCallback(DeadlineCallback {
            reached: self.reached,
            rating: optional("rating", self.rating)?,
        }))
    }
}

impl Ordering for pb::RequestReviewRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::RequestReview)
    }
}

impl Ordering for pb::DecideReviewRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        bounded("panel", self.panel.len(), PANEL_MAX)?;
        let panel: Result<Vec<_>, Fault> = self.panel.iter().map(|one| wire::holder("panel", one)).collect();
        alone(Command::DecideReview(DecideReview {
            duty_done: self.duty_done,
            panel: panel?,
        }))
    }
}

impl Ordering for pb::ObjectRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::Object)
    }
}

impl Ordering for pb::DecideProposalRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::DecideProposal(DecideProposal {
            approved: self.approved,
        }))
    }
}

impl Ordering for pb::DecideObjectionRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::DecideObjection(DecideObjection { upheld: self.upheld }))
    }
}

impl Ordering for pb::IssueOrderRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_as(words, Field::Note, "demand", &self.demand)?;
        alone(Command::IssueOrder)
    }
}

impl Ordering for pb::AnswerOrderRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Answer, &self.answer)?;
        alone(Command::AnswerOrder(AnswerOrder {
            order: small("order", self.order)?,
        }))
    }
}

impl Ordering for pb::RequestExclusionRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        allow(words, Field::Evidence, &self.evidence)?;
        alone(Command::RequestExclusion(RequestExclusion {
            ground: required("ground", self.ground)?,
        }))
    }
}

impl Ordering for pb::DecideExclusionRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require_if(words, !self.approved, &self.reason)?;
        alone(Command::DecideExclusion(DecideExclusion {
            approved: self.approved,
        }))
    }
}

impl Ordering for pb::RecuseRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Reason, &self.reason)?;
        alone(Command::Recuse(Recuse {
            unit: wire::unit("unit", &self.unit)?,
        }))
    }
}

impl Ordering for pb::MergeRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Reason, &self.reason)?;
        Ok(Deed::Merge(wire::number_of("incident", &self.incident)?))
    }
}

impl Ordering for pb::UnmergeRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Reason, &self.reason)?;
        Ok(Deed::Unmerge)
    }
}

impl Ordering for pb::RejoinRequest {
    fn command(&self, _call: &Call, _words: &mut Words) -> Result<Deed, Fault> {
        Ok(Deed::Rejoin)
    }
}
