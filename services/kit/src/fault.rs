//! The one error of role services. What it is becomes a code, a stable reason, facts, and a message in the caller's
//! language; never words or identity of a resident.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use domain::refusal::Refusal;
pub use tonic::Code;
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::call::Language;
use crate::reason;

/// The domain of every `ErrorInfo` of ours.
pub const DOMAIN: &str = "hotline";

/// When a caller may try again after [`Fault::unavailable`].
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);

/// Text that is mostly known when the program is built.
pub type Text = Cow<'static, str>;

/// Why a call was not done.
#[derive(Debug, Clone)]
pub struct Fault(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    reason: Text,
    zh: Text,
    en: Text,
    facts: Vec<(Text, String)>,
    fields: Vec<Violation>,
    retry_after: Option<Duration>,
}

#[derive(Debug, Clone)]
struct Violation {
    field: Text,
    zh: Text,
    en: Text,
}

impl Fault {
    fn new(code: Code, reason: &'static str, zh: impl Into<Text>, en: impl Into<Text>) -> Self {
        Self(Box::new(Inner {
            code,
            reason: reason.into(),
            zh: zh.into(),
            en: en.into(),
            facts: Vec::new(),
            fields: Vec::new(),
            retry_after: None,
        }))
    }

    /// INVALID_ARGUMENT: a field is malformed. `field` is its name in the request.
    pub fn invalid(field: impl Into<Text>, zh: impl Into<Text>, en: impl Into<Text>) -> Self {
        Self::invalid_because(reason::INVALID, field, zh, en)
    }

    /// INVALID_ARGUMENT with a reason of its own.
    pub fn invalid_because(
        reason: &'static str,
        field: impl Into<Text>,
        zh: impl Into<Text>,
        en: impl Into<Text>,
    ) -> Self {
        let (field, zh, en) = (field.into(), zh.into(), en.into());
        let mut fault = Self::new(Code::InvalidArgument, reason, zh.clone(), en.clone());
        fault.0.fields.push(Violation { field, zh, en });
        fault
    }

    /// NOT_FOUND: no such thing, or not visible to this caller. Always the same words.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, reason::NOT_FOUND, "查无此项", "not found")
    }

    /// FAILED_PRECONDITION: a rule says no.
    pub fn refused(refusal: Refusal) -> Self {
        let Refusal { reason, facts } = refusal;
        let mut fault = Self::new(
            Code::FailedPrecondition,
            reason.as_str(),
            reason.zh(),
            reason.en(),
        );
        fault.0.facts = facts
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        fault
    }

    /// ABORTED: the ticket is at `version`, not at the one expected.
    pub fn moved(version: u32) -> Self {
        Self::new(
            Code::Aborted,
            reason::MOVED,
            "工单已有变化，请刷新后重试",
            "the version has moved on: read again",
        )
        .with("version", version)
    }

    /// ALREADY_EXISTS: the request id was used before with other content.
    pub fn reused() -> Self {
        Self::new(
            Code::AlreadyExists,
            reason::REUSED,
            "该请求编号已用于其他内容",
            "the request id was used before with other content",
        )
    }

    /// PERMISSION_DENIED: the caller may not do this at all.
    pub fn denied() -> Self {
        Self::new(
            Code::PermissionDenied,
            reason::DENIED,
            "无权执行此操作",
            "this role may not do this",
        )
    }

    /// UNAUTHENTICATED: no, bad, expired or revoked credentials. Always the same words.
    pub fn unauthenticated() -> Self {
        Self::new(
            Code::Unauthenticated,
            reason::UNAUTHENTICATED,
            "凭证无效或已过期",
            "the credentials are not valid",
        )
    }

    /// RESOURCE_EXHAUSTED: full, shed or over quota; try again after `retry`.
    pub fn exhausted(zh: impl Into<Text>, en: impl Into<Text>, retry: Duration) -> Self {
        let mut fault = Self::new(Code::ResourceExhausted, reason::EXHAUSTED, zh, en);
        fault.0.retry_after = Some(retry);
        fault
    }

    /// UNAVAILABLE: something needed is down; try again soon.
    pub fn unavailable(zh: impl Into<Text>, en: impl Into<Text>) -> Self {
        let mut fault = Self::new(Code::Unavailable, reason::UNAVAILABLE, zh, en);
        fault.0.retry_after = Some(RETRY_UNAVAILABLE);
        fault
    }

    /// DEADLINE_EXCEEDED: the caller's time is over. Whether the call was done is not known.
    pub fn deadline() -> Self {
        Self::new(
            Code::DeadlineExceeded,
            reason::DEADLINE,
            "请求超时",
            "the deadline has passed",
        )
    }

    /// DATA_LOSS: stored bytes are unreadable. `what` goes to the log only.
    pub fn data_loss(what: impl fmt::Display) -> Self {
        tracing::error!(%what, "stored bytes are unreadable");
        Self::new(
            Code::DataLoss,
            reason::DATA_LOSS,
            "存储的数据无法读取",
            "stored bytes are unreadable",
        )
    }

    /// INTERNAL: a fault of ours. `what` goes to the log only; it must hold no words and no identity.
    pub fn internal(what: impl fmt::Display) -> Self {
        tracing::error!(%what, "internal fault");
        Self::new(
            Code::Internal,
            reason::INTERNAL,
            "系统内部错误",
            "an internal fault",
        )
    }

    /// UNIMPLEMENTED: no such method.
    pub fn unimplemented() -> Self {
        Self::new(
            Code::Unimplemented,
            reason::UNIMPLEMENTED,
            "无此接口",
            "no such method",
        )
    }

    /// FAILED_PRECONDITION: the resume token is of another history, or none of ours: begin anew.
    pub fn resume_token_void() -> Self {
        Self::new(
            Code::FailedPrecondition,
            reason::RESUME_TOKEN,
            "续传标识已失效，请从头开始",
            "the resume token is void: begin anew",
        )
    }

    /// FAILED_PRECONDITION with a reason of this role's own; rules of tickets refuse with [`Fault::refused`].
    pub fn precondition(reason: &'static str, zh: impl Into<Text>, en: impl Into<Text>) -> Self {
        Self::new(Code::FailedPrecondition, reason, zh, en)
    }

    /// Adds a fact for the client by a stable key: `phase`, `due_at`, `unit`.
    #[must_use]
    pub fn with(mut self, key: impl Into<Text>, value: impl fmt::Display) -> Self {
        self.0.facts.push((key.into(), value.to_string()));
        self
    }

    /// Takes back a fact that this caller is not to be told.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.0.facts.retain(|(name, _)| name != key);
        self
    }

    /// Names a further malformed field.
    #[must_use]
    pub fn and_invalid(mut self, field: impl Into<Text>, zh: impl Into<Text>, en: impl Into<Text>) -> Self {
        self.0.fields.push(Violation {
            field: field.into(),
            zh: zh.into(),
            en: en.into(),
        });
        self
    }

    /// The canonical code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The stable reason.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// A fact by its key.
    pub fn fact(&self, key: &str) -> Option<&str> {
        self.0
            .facts
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The message in Chinese; of a relayed fault, in the language it was asked for.
    pub fn zh(&self) -> &str {
        &self.0.zh
    }

    /// The message in English; of a relayed fault, in the language it was asked for.
    pub fn en(&self) -> &str {
        &self.0.en
    }

    /// The names of the malformed fields.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.fields.iter().map(|violation| violation.field.as_ref())
    }

    /// When it makes sense to try again, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed later without anybody changing it.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.0.code,
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Cancelled
        )
    }

    /// The status of this fault in `language`, with its details.
    pub fn status(&self, language: Language) -> Status {
        let inner = &*self.0;
        let mut details = ErrorDetails::new();
        let facts: std::collections::HashMap<String, String> = inner
            .facts
            .iter()
            .map(|(key, value)| (key.to_string(), value.clone()))
            .collect();
        details.set_error_info(inner.reason.as_ref(), DOMAIN, facts);
        for violation in &inner.fields {
            let description = language.choose(&violation.zh, &violation.en);
            details.add_bad_request_violation(violation.field.as_ref(), description);
        }
        if inner.retry_after.is_some() {
            details.set_retry_info(inner.retry_after);
        }
        Status::with_error_details(inner.code, language.choose(&inner.zh, &inner.en), details)
    }

    /// The fault another role of ours answered with, unchanged. A status that is none of ours (the connection failed,
    /// the other side is no hotline) becomes UNAVAILABLE, DEADLINE_EXCEEDED or INTERNAL and is logged.
    pub fn from_status(status: &Status) -> Self {
        let details = status.get_error_details();
        let Some(info) = details.error_info().filter(|info| info.domain == DOMAIN) else {
            return Self::foreign(status);
        };
        let text = |text: &str| Text::Owned(text.to_owned());
        let fields = details
            .bad_request()
            .map(|bad| bad.field_violations.as_slice())
            .unwrap_or_default();
        Self(Box::new(Inner {
            code: status.code(),
            reason: text(&info.reason),
            zh: text(status.message()),
            en: text(status.message()),
            facts: info
                .metadata
                .iter()
                .map(|(key, value)| (text(key), value.clone()))
                .collect(),
            fields: fields
                .iter()
                .map(|violation| Violation {
                    field: text(&violation.field),
                    zh: text(&violation.description),
                    en: text(&violation.description),
                })
                .collect(),
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
        }))
    }

    fn foreign(status: &Status) -> Self {
        match status.code() {
            Code::DeadlineExceeded => Self::deadline(),
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::ResourceExhausted => {
                tracing::warn!(code = ?status.code(), why = status.message(), "another role cannot be reached");
                Self::unavailable("服务暂不可用", "a service needed for this is not available")
            }
            Code::Ok
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Internal
            | Code::DataLoss
            | Code::Unauthenticated => Self::internal(format_args!(
                "foreign status {:?}: {}",
                status.code(),
                status.message()
            )),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for Fault {}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal)
    }
}

/// [`Fault::from_status`], so that `?` relays another role's fault.
impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Self::from_status(&status)
    }
}

/// The status in the language of the call being answered (Chinese where none is), so that handlers use `?`.
impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        fault.status(Language::of_this_call())
    }
}

#[cfg(test)]
mod tests {
    use domain::refusal::Reason;

    use super::*;

    #[test]
    fn a_fault_survives_the_way_through_another_role() {
        let refusal = Refusal::new(Reason::WrongPhase).with("phase", "closed");
        let status = Fault::from(refusal).status(Language::En);
        let relayed = Fault::from_status(&status);
        assert_eq!(relayed.code(), Code::FailedPrecondition);
        assert_eq!(relayed.reason(), "WRONG_PHASE");
        assert_eq!(relayed.fact("phase"), Some("closed"));
        assert_eq!(relayed.status(Language::En).message(), status.message());

        let invalid =
            Fault::invalid("subject", "不得为空", "is required").and_invalid("body", "过长", "is too long");
        let relayed = Fault::from_status(&invalid.status(Language::Zh));
        assert_eq!(relayed.fields().collect::<Vec<_>>(), ["subject", "body"]);

        let shed = Fault::exhausted("繁忙", "busy", Duration::from_secs(2));
        assert_eq!(
            Fault::from_status(&shed.status(Language::Zh)).retry_after(),
            Some(Duration::from_secs(2))
        );
    }

    #[test]
    fn a_message_is_chinese_unless_english_is_asked_for() {
        assert_eq!(
            Fault::not_found().status(Language::default()).message(),
            "查无此项"
        );
        assert_eq!(Fault::not_found().status(Language::En).message(), "not found");
    }

    #[test]
    fn what_went_wrong_inside_is_not_told() {
        let status = Fault::internal("slot 7 cannot be read").status(Language::En);
        assert!(!status.message().contains("slot"));
        let foreign = Fault::from_status(&Status::internal("secret of another library"));
        assert!(!foreign.en().contains("secret"));
    }
}
