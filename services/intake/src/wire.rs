//! Between the contract and the use cases, and nowhere else.

use domain::id::{RequestId, TicketNumber};
use domain::ticket::{Channel, RequestType, Standing};
use domain::words::{Field, Words};
use jiff::Timestamp;
use kit::fault::Fault;
use kit::wire::{
    ClosedSet as _, id_fault, identity_words, missing, number_or_zero, optional, optional_area,
    optional_instant, required, timestamp, words_fault,
};
use proto::intake::v1 as pb;
use proto::tickets::v1::{RegisterRequest, RegisterResponse, Ticket};
use proto::triage::v1::suggest_triage_request::Matter;
use proto::triage::v1::{SuggestTriageRequest, Text};

use crate::calls::{CallId, Outcome};
use crate::limits::{CODE_BYTES_MAX, PHONE_CHARS_MAX};
use crate::pop::Pop;
use crate::recognised::Recognised;
use crate::subject;

mod missed;

pub(crate) use missed::{
    ListAsked, MissedReport, call_back, listed, missed_call, missed_list, missed_report, sms,
};

/// A call as the switchboard reports it, its number on the way to the vault.
pub(crate) struct Ringing {
    pub(crate) id: CallId,
    pub(crate) phone: Option<String>,
    pub(crate) called: String,
    pub(crate) queue: String,
    pub(crate) agent: String,
}

/// A form, checked. All of it but type and grade is settled by what was sent, so that the same form is always the same
/// registration.
pub(crate) struct Form {
    /// The type the form gives, or that follows from it.
    pub(crate) given: Option<RequestType>,
    registration: RegisterRequest,
}

/// A call that has reached an agent.
pub(crate) fn ringing(request: &pb::RegisterCallRequest) -> Result<Ringing, Fault> {
    Ok(Ringing {
        id: call_id(&request.call_id)?,
        phone: phone(&request.caller_number)?,
        called: code("called_number", &request.called_number)?,
        queue: code("queue", &request.queue)?,
        agent: code("agent", &request.agent)?,
    })
}

fn call_id(text: &str) -> Result<CallId, Fault> {
    RequestId::parse(text)
        .map(CallId)
        .map_err(|error| id_fault("call_id", &error))
}

/// The number as dialled; none when withheld. What is refused is not repeated.
fn phone(text: &str) -> Result<Option<String>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let is_dialled = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')');
    let fits = text.chars().count() <= PHONE_CHARS_MAX
        && text.chars().all(is_dialled)
        && text.contains(|c: char| c.is_ascii_digit());
    if fits {
        return Ok(Some(text.to_owned()));
    }
    Err(Fault::invalid(
        "caller_number",
        format!("主叫号码须为数字，可带 + 号，最多 {PHONE_CHARS_MAX} 个字符；隐藏号码请留空"),
        format!("caller_number: digits with an optional +, at most {PHONE_CHARS_MAX}; empty when withheld"),
    ))
}

fn code(field: &'static str, text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.len() <= CODE_BYTES_MAX && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(Fault::invalid(
        field,
        format!("{field} 最多 {CODE_BYTES_MAX} 字节，不得含控制字符"),
        format!("{field}: at most {CODE_BYTES_MAX} bytes, no control characters"),
    ))
}

/// The screen pop.
pub(crate) fn popped(call_id: String, at: Timestamp, pop: Pop) -> pb::RegisterCallResponse {
    pb::RegisterCallResponse {
        call_id,
        register_time: Some(timestamp(at)),
        tickets: pop.tickets.into_iter().map(caller_ticket).collect(),
        open_count: pop.open_count,
    }
}

fn caller_ticket(ticket: Ticket) -> pb::CallerTicket {
    pb::CallerTicket {
        number: ticket.number,
        phase: ticket.phase,
        category: ticket.category,
        light: ticket.light,
        register_time: ticket.register_time,
        subject: ticket.subject,
    }
}

/// A call that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) id: CallId,
    pub(crate) outcome: Outcome,
    pub(crate) danger: bool,
}

/// A call that has ended. A ticket is named exactly where there can be one, danger where nobody could be asked any more.
pub(crate) fn ending(request: &pb::EndCallRequest) -> Result<Ending, Fault> {
    let id = call_id(&request.call_id)?;
    let number: Option<TicketNumber> = Some(request.number.as_str())
        .filter(|text| !text.is_empty())
        .map(kit::wire::number)
        .transpose()?;
    let without = |outcome: Outcome| match number {
        None => Ok(outcome),
        Some(_) => Err(Fault::invalid(
            "number",
            "该结果不应带工单编号",
            "number: a call with this outcome has no ticket",
        )),
    };
    let outcome = match pb::CallOutcome::try_from(request.outcome) {
        Ok(pb::CallOutcome::Ticket) => Outcome::Ticket {
            number: number.ok_or_else(|| missing("number"))?,
        },
        Ok(pb::CallOutcome::Answered) => without(Outcome::Answered)?,
        Ok(pb::CallOutcome::Dropped) => Outcome::Dropped { number },
        Ok(pb::CallOutcome::Empty) => without(Outcome::Empty)?,
        Ok(pb::CallOutcome::Unspecified) => return Err(missing("outcome")),
        Err(_) => {
            return Err(Fault::invalid(
                "outcome",
                "outcome 的取值未定义",
                "outcome: not defined",
            ));
        }
    };
    let danger = request.danger_heard;
    if danger && matches!(outcome, Outcome::Ticket { .. } | Outcome::Answered) {
        return Err(Fault::invalid(
            "danger_heard",
            "仅用于断线或无人说话的来电：其余请登记紧急工单",
            "danger_heard: only of a call that dropped or in which nobody spoke; otherwise register the matter",
        ));
    }
    Ok(Ending { id, outcome, danger })
}

/// A call as kept, and by when it is to be rung back.
pub(crate) fn ended(call_id: String, at: Timestamp, due_at: Option<Timestamp>) -> pb::EndCallResponse {
    pb::EndCallResponse {
        call_id,
        end_time: Some(timestamp(at)),
        due_time: due_at.map(timestamp),
    }
}

/// A form. What is malformed is refused here, before anybody is asked about it.
pub(crate) fn form(request: pb::SubmitComplaintRequest) -> Result<Form, Fault> {
    kit::call::request_id(&request.request_id)?;
    required::<Channel>("channel", request.channel)?;
    optional::<Standing>("standing", request.standing)?;
    optional_area("area", &request.area)?;
    optional_instant("occur_time", request.occur_time.as_ref())?;
    if let Some(identity) = &request.identity {
        identity_words(identity)?;
    }
    let words = words(&request)?;
    let said = optional("type", request.r#type)?;
    // Who names an accused accuses: as anything else the accused unit could see it.
    let given = said.or_else(|| request.accused.is_some().then_some(RequestType::Report));
    let registration = RegisterRequest {
        request_id: request.request_id,
        channel: request.channel,
        r#type: number_or_zero(given),
        subject: words.get(Field::Subject).to_owned(),
        body: words.get(Field::Body).to_owned(),
        place: words.get(Field::Place).to_owned(),
        area: request.area,
        standing: request.standing,
        identity: request.identity,
        confidential: request.confidential,
        accused: request.accused,
        source_id: request.source_id,
        occur_time: request.occur_time,
        ..RegisterRequest::default()
    };
    Ok(Form { given, registration })
}

fn words(request: &pb::SubmitComplaintRequest) -> Result<Words, Fault> {
    let mut words = Words::new();
    words
        .require(Field::Body, &request.body)
        .map_err(|error| words_fault(&error))?;
    words
        .allow(Field::Place, &request.place)
        .map_err(|error| words_fault(&error))?;
    words
        .allow(Field::Subject, &request.subject)
        .map_err(|error| words_fault(&error))?;
    if words.get(Field::Subject).is_empty() {
        let subject = subject::of_body(words.get(Field::Body));
        words
            .allow(Field::Subject, &subject)
            .map_err(|error| words_fault(&error))?;
    }
    Ok(words)
}

impl Form {
    /// What triage is asked.
    pub(crate) fn matter(&self) -> SuggestTriageRequest {
        let text = Text {
            subject: self.registration.subject.clone(),
            body: self.registration.body.clone(),
            place: self.registration.place.clone(),
            r#type: self.registration.r#type,
            area: self.registration.area.clone(),
        };
        SuggestTriageRequest {
            matter: Some(Matter::Text(text)),
        }
    }

    /// The registration, taken for what was recognised.
    pub(crate) fn registration(&self, recognised: Recognised) -> RegisterRequest {
        RegisterRequest {
            r#type: recognised.kind.to_wire(),
            grade: recognised.grade.to_wire(),
            ..self.registration.clone()
        }
    }
}

/// What the resident is given.
pub(crate) fn submitted(registered: RegisterResponse) -> Result<pb::SubmitComplaintResponse, Fault> {
    let ticket = registered
        .ticket
        .ok_or_else(|| Fault::internal("a registration without a ticket"))?;
    Ok(pb::SubmitComplaintResponse {
        number: ticket.number.clone(),
        query_code: registered.query_code,
        ticket: Some(ticket),
    })
}

#[cfg(test)]
mod tests {
    use domain::ticket::Grade;
    use proto::common::v1::accused::Who;
    use proto::common::v1::{Accused, Identity};

    use super::*;

    fn web_form(body: &str) -> pb::SubmitComplaintRequest {
        pb::SubmitComplaintRequest {
            request_id: "r-1".to_owned(),
            channel: Channel::Web.to_wire(),
            body: body.to_owned(),
            ..pb::SubmitComplaintRequest::default()
        }
    }

    fn fields(fault: &Fault) -> Vec<&str> {
        fault.fields().collect()
    }

    #[test]
    fn a_form_without_a_subject_gets_one_and_one_with_a_subject_keeps_it() {
        let taken = form(web_form("路灯坏了三天。请尽快修。")).unwrap();
        assert_eq!(taken.registration.subject, "路灯坏了三天");
        let titled = form(pb::SubmitComplaintRequest {
            subject: "路灯".to_owned(),
            ..web_form("坏了三天。")
        })
        .unwrap();
        assert_eq!(titled.registration.subject, "路灯");
    }

    #[test]
    fn a_form_that_names_an_accused_is_a_report() {
        let accused = Some(Accused {
            who: Some(Who::Unit("chengguan".to_owned())),
        });
        let taken = form(pb::SubmitComplaintRequest {
            accused,
            ..web_form("有人吃拿卡要")
        })
        .unwrap();
        assert_eq!(taken.given, Some(RequestType::Report));
    }

    #[test]
    fn the_same_form_taken_for_the_same_is_the_same_registration() {
        let recognised = Recognised {
            kind: RequestType::Complaint,
            grade: Grade::B,
        };
        let once = form(web_form("路灯坏了三天")).unwrap().registration(recognised);
        let again = form(web_form("路灯坏了三天")).unwrap().registration(recognised);
        assert_eq!(once, again);
        assert_eq!(
            (once.r#type, once.grade),
            (RequestType::Complaint.to_wire(), Grade::B.to_wire())
        );
    }

    #[test]
    fn a_malformed_form_names_the_field_and_repeats_nothing() {
        let fault = |request| form(request).err().unwrap();
        assert_eq!(fields(&fault(web_form(" \n "))), ["body"]);
        assert_eq!(fields(&fault(web_form(&"路".repeat(20_001)))), ["body"]);
        assert_eq!(fields(&fault(web_form("响铃\u{7}"))), ["body"]);
        assert_eq!(
            fields(&fault(pb::SubmitComplaintRequest {
                channel: 0,
                ..web_form("路灯")
            })),
            ["channel"]
        );
        assert_eq!(
            fields(&fault(pb::SubmitComplaintRequest {
                channel: 99,
                ..web_form("路灯")
            })),
            ["channel"]
        );
        assert_eq!(
            fields(&fault(pb::SubmitComplaintRequest {
                r#type: 99,
                ..web_form("路灯")
            })),
            ["type"]
        );
        let nameless = pb::SubmitComplaintRequest {
            request_id: String::new(),
            ..web_form("路灯")
        };
        assert_eq!(fields(&fault(nameless)), ["request_id"]);
        let name = "长".repeat(101);
        let identity = Some(Identity {
            name: name.clone(),
            ..Identity::default()
        });
        let refused = fault(pb::SubmitComplaintRequest {
            identity,
            ..web_form("路灯")
        });
        assert_eq!(fields(&refused), ["name"]);
        assert!(!refused.zh().contains(&name));
    }

    #[test]
    fn a_withheld_number_is_nobody_and_a_strange_one_is_refused_unrepeated() {
        assert_eq!(phone(" ").unwrap(), None);
        assert_eq!(
            phone("+86 138-0000-0000").unwrap().as_deref(),
            Some("+86 138-0000-0000")
        );
        let refused = phone("sip:lin@example").unwrap_err();
        assert_eq!(fields(&refused), ["caller_number"]);
        assert!(!refused.zh().contains("lin") && !refused.en().contains("lin"));
        assert!(phone("+-()").is_err());
    }

    #[test]
    fn an_ended_call_names_a_ticket_exactly_where_there_can_be_one() {
        let ending_of = |outcome: pb::CallOutcome, number: &str| {
            ending(&pb::EndCallRequest {
                call_id: "c-1".to_owned(),
                outcome: outcome.into(),
                number: number.to_owned(),
                danger_heard: false,
            })
            .map(|ending| ending.outcome)
        };
        let number = TicketNumber::new(jiff::civil::date(2026, 11, 21), 1).unwrap();
        let text = number.to_string();
        assert_eq!(
            ending_of(pb::CallOutcome::Ticket, &text).unwrap(),
            Outcome::Ticket { number }
        );
        assert_eq!(
            ending_of(pb::CallOutcome::Dropped, "").unwrap(),
            Outcome::Dropped { number: None }
        );
        assert_eq!(
            fields(&ending_of(pb::CallOutcome::Ticket, "").unwrap_err()),
            ["number"]
        );
        assert_eq!(
            fields(&ending_of(pb::CallOutcome::Answered, &text).unwrap_err()),
            ["number"]
        );
        assert_eq!(
            fields(&ending_of(pb::CallOutcome::Unspecified, "").unwrap_err()),
            ["outcome"]
        );
        assert_eq!(
            ending_of(pb::CallOutcome::Ticket, "20261121-0000019")
                .unwrap_err()
                .reason(),
            "WRONG_CHECK_DIGIT"
        );
    }
}
