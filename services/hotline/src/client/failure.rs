//! Answers that are none: what the server says, and what to do about it.

use std::fmt;
use std::time::Duration;

use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

use crate::out::Lang;

/// What the server answered when it did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub struct Failure {
    /// The canonical code.
    pub code: Code,
    /// In words.
    pub message: String,
    /// The stable upper-case word, where there is one.
    pub reason: Option<String>,
    /// Facts by name.
    pub facts: Vec<(String, String)>,
    /// Fields that are not right, and why.
    pub fields: Vec<(String, String)>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let mut facts: Vec<(String, String)> = info
            .map(|info| info.metadata.clone().into_iter().collect())
            .unwrap_or_default();
        facts.sort();
        let violations = details
            .bad_request()
            .map(|bad| bad.field_violations.as_slice())
            .unwrap_or_default();
        Self {
            code: status.code(),
            message: message(&status),
            reason: info.map(|info| info.reason.clone()),
            facts,
            fields: violations
                .iter()
                .map(|one| (one.field.clone(), one.description.clone()))
                .collect(),
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
        }
    }
}

/// The words of a status; of a failed connection, the root of the matter, which tonic keeps as a source.
fn message(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut source = std::error::Error::source(status);
    while let Some(cause) = source {
        let words = cause.to_string();
        // The transport's own wrapper says nothing that its cause does not say better.
        if words != "transport error" && !text.contains(&words) {
            text = if text.is_empty() {
                words
            } else {
                format!("{text}: {words}")
            };
        }
        source = cause.source();
    }
    text
}

impl Failure {
    /// Whether the same call may succeed later, unchanged.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.code,
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded
        )
    }

    /// Everything known, and what to do.
    pub fn explain(&self, lang: Lang) -> String {
        let mut text = self.to_string();
        for (field, description) in &self.fields {
            text.push_str(&format!("\n  {field}: {description}"));
        }
        for (name, value) in &self.facts {
            // A time is told as the city's clocks show it.
            let value = value.parse().map_or_else(|_| value.clone(), crate::view::short);
            text.push_str(&format!("\n  {name} = {value}"));
        }
        if let Some((zh, en)) = self.advice() {
            text.push_str(&format!("\n  → {}", lang.say(zh, en)));
        }
        if let Some(after) = self.retry_after {
            let seconds = after.as_secs_f64();
            let zh = format!("{seconds:.1} 秒后再试");
            text.push_str(&format!(
                "\n  → {}",
                lang.say(zh, format!("try again in {seconds:.1} s"))
            ));
        }
        text
    }

    fn advice(&self) -> Option<(&'static str, &'static str)> {
        match self.reason.as_deref() {
            Some("NOT_ENDORSED") => Some((
                "由分管领导先执行 hotline unit endorse NUMBER --act return|reply",
                "the unit's leader first runs hotline unit endorse NUMBER --act return|reply",
            )),
            Some("RULING_NEEDED") => Some((
                "由裁定员执行 hotline rule NUMBER --unit UNIT --reason …",
                "the arbiter runs hotline rule NUMBER --unit UNIT --reason …",
            )),
            Some("LEGS_MISSING") => Some((
                "催促协办回复,或执行 hotline unit excuse NUMBER --leg LEG --reason …",
                "have the other legs reply, or run hotline unit excuse NUMBER --leg LEG --reason …",
            )),
            // Not a matter of who acts: the ground that is named.
            Some("WRONG_RELATION") if self.facts.iter().any(|(name, _)| name == "cause") => Some((
                "与由谁操作无关:该事由不能用于该级别(约谈、通报须写可提请的事由,其余级别不写事由)",
                "it is not about who acts: this ground does not go with this level (L4 and L5 need one that a person may \
                 give, the others take none)",
            )),
            Some(_) | None => self.advice_of_code(),
        }
    }

    fn advice_of_code(&self) -> Option<(&'static str, &'static str)> {
        match self.code {
            Code::Unauthenticated => Some((
                "请用 --token 或 HOTLINE_TOKEN 提供有效令牌(首个令牌在数据目录的 admin.token)",
                "give a valid token with --token or HOTLINE_TOKEN (the first one is in admin.token of the data directory)",
            )),
            Code::PermissionDenied => Some((
                "此令牌的角色无权执行,请换用相应角色的令牌",
                "this token's role may not do this: use one that may",
            )),
            Code::Unavailable => Some((
                "服务未启动或正忙:核对 --addr,稍后用同一 --request-id 重试是安全的",
                "the server is down or busy: check --addr; trying again with the same --request-id is safe",
            )),
            Code::DeadlineExceeded => Some((
                "可能已生效:用同一 --request-id 重试是安全的,或调大 --timeout",
                "it may have been done: trying again with the same --request-id is safe; --timeout gives it longer",
            )),
            Code::Aborted => Some((
                "工单已有新变动:重新查看后再试",
                "the ticket has moved on: look at it again, then repeat",
            )),
            Code::AlreadyExists => Some((
                "该请求号已用于其他内容:换一个 --request-id",
                "the request id was used for something else: take another --request-id",
            )),
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::InvalidArgument
            | Code::NotFound
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Internal
            | Code::DataLoss => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = if self.message.is_empty() {
            self.code.description()
        } else {
            &self.message
        };
        match &self.reason {
            Some(reason) => write!(f, "{words} [{reason}]"),
            None => f.write_str(words),
        }
    }
}

/// Turns an answer of the wire into the message, or into what to say.
pub trait Answer<T> {
    /// The message itself.
    fn answer(self) -> Result<T, Failure>;
}

impl<T> Answer<T> for Result<Response<T>, Status> {
    fn answer(self) -> Result<T, Failure> {
        self.map(Response::into_inner).map_err(Failure::from)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    #[test]
    fn a_refusal_is_told_with_reason_facts_and_advice() {
        let facts = HashMap::from([
            ("phase".to_owned(), "closed".to_owned()),
            ("until".to_owned(), "2026-12-22T03:38:27.021214679Z".to_owned()),
        ]);
        let details = ErrorDetails::with_error_info("WRONG_PHASE", "hotline", facts);
        let status =
            Status::with_error_details(Code::FailedPrecondition, "工单当前环节不允许此操作", details);

        let failure = Failure::from(status);
        assert_eq!(
            failure.explain(Lang::Zh),
            "工单当前环节不允许此操作 [WRONG_PHASE]\n  phase = closed\n  until = 2026-12-22 11:38"
        );
    }

    #[test]
    fn what_another_must_do_first_is_told_as_a_command() {
        let details = ErrorDetails::with_error_info("NOT_ENDORSED", "hotline", HashMap::new());
        let status = Status::with_error_details(Code::FailedPrecondition, "sign first", details);

        let text = Failure::from(status).explain(Lang::En);
        assert!(text.contains("hotline unit endorse"), "{text}");
    }

    #[test]
    fn a_relation_that_is_wrong_says_what_does_not_go_with_it() {
        let facts = HashMap::from([("cause".to_owned(), "overdue".to_owned())]);
        let details = ErrorDetails::with_error_info("WRONG_RELATION", "hotline", facts);
        let status = Status::with_error_details(Code::FailedPrecondition, "not yours", details);
        let text = Failure::from(status).explain(Lang::En);
        assert!(text.contains("this ground does not go with this level"), "{text}");
    }

    #[test]
    fn every_malformed_field_is_told() {
        let violations = vec![
            FieldViolation::new("body", "must not be empty"),
            FieldViolation::new("area", "no code"),
        ];
        let status = Status::with_error_details(
            Code::InvalidArgument,
            "malformed",
            ErrorDetails::with_bad_request(violations),
        );

        let text = Failure::from(status).explain(Lang::En);
        assert_eq!(text, "malformed\n  body: must not be empty\n  area: no code");
    }

    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(1_500)));
        let failure = Failure::from(Status::with_error_details(
            Code::ResourceExhausted,
            "busy",
            details,
        ));
        assert!(failure.is_passing());
        assert_eq!(failure.explain(Lang::En), "busy\n  → try again in 1.5 s");
    }

    #[test]
    fn who_has_no_token_is_told_where_the_first_one_is() {
        let text = Failure::from(Status::unauthenticated("no token")).explain(Lang::En);
        assert!(text.contains("admin.token"), "{text}");
    }
}
