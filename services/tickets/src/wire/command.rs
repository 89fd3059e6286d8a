//! Requests of commands, parsed once: what they hold is checked here and nowhere later.

use domain::clock::RunId;
use domain::id::{KeySlot, LegId, RequestId, TicketNumber, UnitId};
use domain::ticket::{
    Accused, AddContact, AnswerDirectly, AreaSource, AuditReply, Cause, Classification, Classify, Command,
    DeclineReason, Dispatch, Escalate, FireClock, Grade, Ground, Hold, RecordCallback, RecordFirstContact,
    SIMILAR_MAX, Seal, StageReport, Standing, SubmitReply, Support, TransferOut,
};
use domain::ticket::{Claim, Decline};
use domain::words::{Field, Words, WordsError};
use kit::call::{Call, request_id};
use kit::fault::Fault;
use kit::wire::{self, optional, required, words_fault};
use prost::Message;
use proto::common::v1 as common;
use proto::tickets::v1 as pb;

use crate::draft::{Deed, Identity, Matter, Order, Registration};
use crate::limits::CODE_BYTES_MAX;

/// What every command request has.
pub(crate) trait Commanding: Message {
    /// Tells requests apart that are encoded alike: a withdrawal and a reopening for the same reason.
    const NAME: &'static str;
    fn number(&self) -> &str;
    fn request_id(&self) -> &str;
    fn expected_version(&self) -> Option<u32>;
}

macro_rules! commanding {
    ($($request:ident),+ $(,)?) => {$(
        impl Commanding for pb::$request {
            const NAME: &'static str = stringify!($request);

            fn number(&self) -> &str {
                &self.number
            }
            fn request_id(&self) -> &str {
                &self.request_id
            }
            fn expected_version(&self) -> Option<u32> {
                self.expected_version
            }
        }
    )+};
}

commanding!(
    AddContactRequest,
    AnswerDirectlyRequest,
    DeclineRequest,
    TransferOutRequest,
    ClassifyRequest,
    DispatchRequest,
    SignRequest,
    RecordFirstContactRequest,
    StageReportRequest,
    SubmitReplyRequest,
    AuditReplyRequest,
    RecordCallbackRequest,
    OrderReworkRequest,
    UrgeRequest,
    SealRequest,
    FireClockRequest,
    EscalateRequest,
    AnnotateRequest,
    WithdrawRequest,
    ReopenRequest,
    ConsultRequest,
    GiveOpinionRequest,
    RedispatchRequest,
    SplitRequest,
    SubAssignRequest,
    ExcuseRequest,
    EndorseRequest,
    RequestReturnRequest,
    DecideReturnRequest,
    AdjudicateRequest,
    DecideEntryRequest,
    RequestExtensionRequest,
    DecideExtensionRequest,
    AskCitizenRequest,
    CitizenRepliedRequest,
    RequestSuspensionRequest,
    DecideSuspensionRequest,
    CheckPromiseRequest,
    ResumeRequest,
    RequestTerminationRequest,
    DecideTerminationRequest,
    DeadlineCallbackRequest,
    RequestReviewRequest,
    DecideReviewRequest,
    ObjectRequest,
    DecideObjectionRequest,
    DecideProposalRequest,
    IssueOrderRequest,
    AnswerOrderRequest,
    RequestExclusionRequest,
    DecideExclusionRequest,
    RecuseRequest,
    MergeRequest,
    UnmergeRequest,
    RejoinRequest,
    RecordErasureRequest,
);

/// A request that becomes a command.
pub(crate) trait Ordering: Commanding {
    /// The command, its words put into `words`.
    fn command(&self, call: &Call, words: &mut Words) -> Result<Deed, Fault>;
    /// Who came with it.
    fn identity(&self) -> Option<Identity> {
        None
    }
}

/// A parsed order.
pub(crate) fn order<R: Ordering>(call: &Call, request: &R) -> Result<Order, Fault> {
    let number: TicketNumber = wire::number(request.number())?;
    let id: RequestId = request_id(request.request_id())?;
    let mut words = Words::new();
    let deed = request.command(call, &mut words)?;
    let identity = request.identity();
    checked_identity(identity.as_ref())?;
    let content = [R::NAME.as_bytes(), &request.encode_to_vec()].concat();
    Ok(Order {
        number,
        request: id,
        expected: request.expected_version(),
        deed,
        words,
        identity,
        content,
    })
}

/// What only one ticket is part of.
pub(super) fn alone(command: Command) -> Result<Deed, Fault> {
    Ok(Deed::Alone(command))
}

pub(super) fn require(words: &mut Words, field: Field, text: &str) -> Result<(), Fault> {
    words
        .require(field, text)
        .map_err(|error: WordsError| words_fault(&error))
}

pub(super) fn allow(words: &mut Words, field: Field, text: &str) -> Result<(), Fault> {
    words
        .allow(field, text)
        .map_err(|error: WordsError| words_fault(&error))
}

fn checked_identity(identity: Option<&Identity>) -> Result<(), Fault> {
    identity.map_or(Ok(()), |identity| wire::identity_words(identity).map(|_| ()))
}

/// A bounded name of another system: visible text, at most 200 bytes.
fn code(field: &'static str, text: &str) -> Result<Option<String>, Fault> {
    if text.len() > CODE_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(Fault::invalid(
            field,
            format!("{field} 最多 {CODE_BYTES_MAX} 字节，不得含控制字符"),
            format!("{field}: at most {CODE_BYTES_MAX} bytes, no control characters"),
        ));
    }
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn percent(field: &'static str, value: u32) -> Result<u8, Fault> {
    u8::try_from(value)
        .ok()
        .filter(|value| *value <= 100)
        .ok_or_else(|| {
            Fault::invalid(
                field,
                format!("{field} 须在 0 至 100 之间"),
                format!("{field}: between 0 and 100"),
            )
        })
}

pub(super) fn accused(accused: Option<&common::Accused>) -> Result<Option<Accused>, Fault> {
    use common::accused::Who;
    match accused.map(|accused| &accused.who) {
        None => Ok(None),
        Some(None | Some(Who::Outsider(false))) => Err(wire::missing("accused.who")),
        Some(Some(Who::Unit(unit))) => Ok(Some(Accused::Unit(wire::unit("accused.unit", unit)?))),
        Some(Some(Who::Outsider(true))) => Ok(Some(Accused::Outsider)),
    }
}

/// Identity that says nothing is none.
fn some_identity(identity: Option<&common::Identity>) -> Option<Identity> {
    let says_something = |identity: &&common::Identity| {
        [
            &identity.name,
            &identity.phone,
            &identity.id_number,
            &identity.home_address,
        ]
        .iter()
        .any(|text| !text.trim().is_empty())
    };
    identity.filter(says_something).cloned()
}

/// 登记.
pub(crate) fn registration(request: &pb::RegisterRequest) -> Result<Registration, Fault> {
    let mut words = Words::new();
    require(&mut words, Field::Subject, &request.subject)?;
    require(&mut words, Field::Body, &request.body)?;
    allow(&mut words, Field::Place, &request.place)?;
    let identity = some_identity(request.identity.as_ref());
    checked_identity(identity.as_ref())?;
    let classification = Classification {
        kind: required("type", request.r#type)?,
        grade: optional("grade", request.grade)?.unwrap_or(Grade::C),
        category: wire::optional_category("category", &request.category)?,
        area: wire::optional_area("area", &request.area)?,
        confidence_percent: 100,
    };
    let matter = Matter {
        channel: required("channel", request.channel)?,
        classification,
        standing: optional("standing", request.standing)?.unwrap_or(Standing::Own),
        call: code("call_id", &request.call_id)?,
        source: code("source_id", &request.source_id)?,
        occurred_at: wire::optional_instant("occur_time", request.occur_time.as_ref())?,
        confidential: request.confidential,
        accused: accused(request.accused.as_ref())?,
    };
    let content = request.encode_to_vec();
    Ok(Registration {
        request: request_id(&request.request_id)?,
        words,
        identity,
        content,
        matter,
    })
}

impl Ordering for pb::AddContactRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Body, &self.body)?;
        alone(Command::AddContact(AddContact {
            channel: required("channel", self.channel)?,
            standing: optional("standing", self.standing)?.unwrap_or(Standing::Own),
            caller: None,
            identity: None,
            call: code("call_id", &self.call_id)?,
        }))
    }

    fn identity(&self) -> Option<Identity> {
        some_identity(self.identity.as_ref())
    }
}

impl Ordering for pb::AnswerDirectlyRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Answer, &self.answer)?;
        let article = code("article", &self.article)?.ok_or_else(|| wire::missing("article"))?;
        alone(Command::AnswerDirectly(AnswerDirectly {
            article,
            caller_agrees: self.caller_agrees,
        }))
    }
}

impl Ordering for pb::DeclineRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.explanation)?;
        let reason: DeclineReason = required("reason", self.reason)?;
        alone(Command::Decline(Decline { reason }))
    }
}

impl Ordering for pb::TransferOutRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Note, &self.note)?;
        alone(Command::TransferOut(TransferOut {
            service: required("service", self.service)?,
            confirmed: self.confirmed,
        }))
    }
}

/// Who is not the system is sure of what he says.
fn confidence(call: &Call, value: u32) -> Result<u8, Fault> {
    if call.is_system() {
        percent("confidence_percent", value)
    } else {
        Ok(100)
    }
}

impl Ordering for pb::ClassifyRequest {
    fn command(&self, call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Evidence, &self.evidence)?;
        let hold = match self.hold.as_str() {
            "" => None,
            text => Some(
                Hold::parse(text)
                    .ok_or_else(|| Fault::invalid("hold", "hold 的取值未定义", "hold: not defined"))?,
            ),
        };
        alone(Command::Classify(Classify {
            kind: optional("type", self.r#type)?,
            grade: optional("grade", self.grade)?,
            category: wire::optional_category("category", &self.category)?,
            area: wire::optional_area("area", &self.area)?,
            confidence_percent: confidence(call, self.confidence_percent)?,
            hold,
        }))
    }
}

impl Ordering for pb::DispatchRequest {
    fn command(&self, call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Evidence, &self.evidence)?;
        let classify = self
            .classification
            .as_ref()
            .map(|class| classification(call, class))
            .transpose()?;
        alone(Command::Dispatch(Dispatch {
            lead: wire::unit("lead_unit", &self.lead_unit)?,
            co: co_units(&self.co_units)?,
            ground: ground(words, &self.entry, &self.reason)?,
            classify,
            support: support(call, self.support.as_ref())?,
        }))
    }
}

/// What else speaks for a dispatch.
pub(super) fn support(call: &Call, support: Option<&pb::DispatchSupport>) -> Result<Support, Fault> {
    let Some(support) = support else {
        return Ok(Support::default());
    };
    let area_from = match support.area_source.as_str() {
        "" => None,
        text => Some(AreaSource::parse(text).ok_or_else(|| {
            Fault::invalid(
                "support.area_source",
                "support.area_source 的取值未定义",
                "support.area_source: not defined",
            )
        })?),
    };
    super::ask::bounded(
        "support.similar_tickets",
        support.similar_tickets.len(),
        SIMILAR_MAX,
    )?;
    let similar: Result<Vec<TicketNumber>, Fault> = support
        .similar_tickets
        .iter()
        .map(|number| wire::number(number))
        .collect();
    Ok(Support {
        area_from,
        percent: support
            .confidence_percent
            .map(|value| confidence(call, value))
            .transpose()?,
        model: code("support.model_version", &support.model_version)?,
        similar: similar?,
    })
}

/// On what a dispatch rests: an entry, or else a reason.
pub(super) fn ground(words: &mut Words, entry: &str, reason: &str) -> Result<Ground, Fault> {
    match wire::optional_entry("entry", entry)? {
        Some(entry) => {
            allow(words, Field::Reason, reason)?;
            Ok(Ground::Entry(entry))
        }
        None => {
            require(words, Field::Reason, reason)?;
            Ok(Ground::Reason)
        }
    }
}

pub(super) fn co_units(units: &[String]) -> Result<Vec<UnitId>, Fault> {
    units.iter().map(|unit| wire::unit("co_units", unit)).collect()
}

pub(super) fn classification(call: &Call, class: &pb::Classification) -> Result<Classify, Fault> {
    Ok(Classify {
        kind: optional("classification.type", class.r#type)?,
        grade: optional("classification.grade", class.grade)?,
        category: wire::optional_category("classification.category", &class.category)?,
        area: wire::optional_area("classification.area", &class.area)?,
        confidence_percent: confidence(call, class.confidence_percent)?,
        hold: None,
    })
}

impl Ordering for pb::SignRequest {
    fn command(&self, _call: &Call, _words: &mut Words) -> Result<Deed, Fault> {
        alone(Command::Sign)
    }
}

impl Ordering for pb::RecordFirstContactRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Note, &self.note)?;
        let means = required("means", self.means)?;
        alone(Command::RecordFirstContact(RecordFirstContact {
            means,
            reached: self.reached,
        }))
    }
}

impl Ordering for pb::StageReportRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Done, &self.done)?;
        allow(words, Field::Note, &self.note)?;
        alone(Command::StageReport(StageReport {
            controlled: self.controlled,
        }))
    }
}

impl Ordering for pb::SubmitReplyRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        let claim: Claim = required("claim", self.claim)?;
        require(words, Field::Found, &self.found)?;
        require(words, Field::Done, &self.done)?;
        require(words, Field::Decided, &self.decided)?;
        match claim {
            Claim::Explained => require(words, Field::LegalBasis, &self.legal_basis)?,
            Claim::Solved => allow(words, Field::LegalBasis, &self.legal_basis)?,
        }
        allow(words, Field::Evidence, &self.evidence)?;
        alone(Command::SubmitReply(SubmitReply {
            claim,
            sampled: false,
        }))
    }
}

impl Ordering for pb::AuditReplyRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        if self.passed {
            allow(words, Field::Reason, &self.reason)?;
            return alone(Command::AuditReply(AuditReply::Passed));
        }
        require(words, Field::Reason, &self.reason)?;
        let items: Result<Vec<_>, Fault> = self.items.iter().map(|item| required("items", *item)).collect();
        let mut items = items?;
        items.sort_unstable();
        items.dedup();
        let fault = required("fault", self.fault)?;
        alone(Command::AuditReply(AuditReply::Failed(fault, items)))
    }
}

impl Ordering for pb::RecordCallbackRequest {
    fn command(&self, call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Reason, &self.reason)?;
        if !self.reached {
            return alone(Command::RecordCallback(RecordCallback::Missed));
        }
        let solved = self.solved.ok_or_else(|| wire::missing("solved"))?;
        let rating = optional("rating", self.rating)?;
        // The resident himself speaks through the feedback service, by his one-use link.
        let by_link = call.actor.role == domain::access::Role::Citizen || call.is_system();
        alone(Command::RecordCallback(RecordCallback::Answered {
            solved,
            rating,
            by_link,
        }))
    }
}

impl Ordering for pb::OrderReworkRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::OrderRework)
    }
}

impl Ordering for pb::UrgeRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Note, &self.note)?;
        alone(Command::Urge)
    }
}

impl Ordering for pb::SealRequest {
    fn command(&self, _call: &Call, _words: &mut Words) -> Result<Deed, Fault> {
        alone(Command::Seal(Seal {
            accused: accused(self.accused.as_ref())?,
        }))
    }
}

impl Ordering for pb::FireClockRequest {
    fn command(&self, _call: &Call, _words: &mut Words) -> Result<Deed, Fault> {
        let short = |field: &'static str, value: u32| {
            u16::try_from(value).map_err(|_| {
                Fault::invalid(
                    field,
                    format!("{field} 超出范围"),
                    format!("{field}: out of range"),
                )
            })
        };
        let leg = Some(short("leg", self.leg)?).filter(|leg| *leg > 0).map(LegId);
        let clock = RunId {
            kind: required("clock", self.clock)?,
            leg,
            run: short("run", self.run)?,
        };
        let level = required("level", self.level)?;
        alone(Command::FireClock(FireClock {
            clock,
            level,
            system_was_down: self.system_was_down,
        }))
    }
}

impl Ordering for pb::EscalateRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::Escalate(Escalate {
            level: required("level", self.level)?,
            cause: optional("cause", self.cause)?.unwrap_or(Cause::Supervisor),
            unit: wire::optional_unit("unit", &self.unit)?,
        }))
    }
}

impl Ordering for pb::AnnotateRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Note, &self.note)?;
        alone(Command::Annotate)
    }
}

impl Ordering for pb::WithdrawRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        allow(words, Field::Reason, &self.reason)?;
        alone(Command::Withdraw)
    }
}

impl Ordering for pb::ReopenRequest {
    fn command(&self, _call: &Call, words: &mut Words) -> Result<Deed, Fault> {
        require(words, Field::Reason, &self.reason)?;
        alone(Command::Reopen)
    }
}

impl Ordering for pb::RecordErasureRequest {
    fn command(&self, _call: &Call, _words: &mut Words) -> Result<Deed, Fault> {
        alone(Command::RecordErasure(KeySlot(self.slot)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_are_encoded_alike_are_not_the_same_request() {
        let (number, id) = ("20261121-0000018".to_owned(), "r-1".to_owned());
        let withdraw = pb::WithdrawRequest {
            number: number.clone(),
            request_id: id.clone(),
            reason: "又坏了".to_owned(),
            ..Default::default()
        };
        let reopen = pb::ReopenRequest {
            number,
            request_id: id,
            reason: "又坏了".to_owned(),
            ..Default::default()
        };
        assert_eq!(withdraw.encode_to_vec(), reopen.encode_to_vec());
        let call = Call::by_citizen();
        let content = |order: Result<Order, Fault>| order.unwrap().content;
        assert_ne!(content(order(&call, &withdraw)), content(order(&call, &reopen)));
    }
}
