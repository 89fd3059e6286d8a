//! Who calls, on whose behalf, in which language, and how long the caller waits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::access::{Actor, Role};
use domain::id::{HolderId, RequestId};
use http::HeaderMap;
use tokio::time::Instant;
use tonic::{Request, Status};

use crate::fault::Fault;
use crate::header;

tokio::task_local! {
    static LANGUAGE: Language;
}

/// The language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 中文, where nothing else is asked for.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// The one of two texts.
    pub fn choose<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// The tag of `accept-language`.
    pub fn as_str(self) -> &'static str {
        self.choose("zh", "en")
    }

    /// By `accept-language`: the one of the two with the higher weight, Chinese when neither is asked for.
    pub(crate) fn asked_for(headers: &HeaderMap) -> Self {
        let Some(text) = headers
            .get(http::header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
        else {
            return Language::Zh;
        };
        let weight_of = |wanted: &str| {
            text.split(',')
                .filter_map(|entry| {
                    let (tag, q) = entry.split_once(';').unwrap_or((entry, "q=1"));
                    let weight: f32 = q.trim().strip_prefix("q=").unwrap_or("1").parse().unwrap_or(0.0);
                    tag.trim()
                        .get(..2)
                        .filter(|tag| tag.eq_ignore_ascii_case(wanted))
                        .map(|_| weight)
                })
                .fold(0.0, f32::max)
        };
        if weight_of("en") > weight_of("zh") {
            Language::En
        } else {
            Language::Zh
        }
    }

    /// The language of the call this task is answering; Chinese outside one.
    pub(crate) fn of_this_call() -> Self {
        LANGUAGE.try_with(|language| *language).unwrap_or_default()
    }

    /// Answers a call in this language.
    pub(crate) fn answering<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        LANGUAGE.scope(self, work)
    }
}

/// A secret that came with a call. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bearer(pub(crate) Arc<str>);

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(…)")
    }
}

/// Who is behind a call, as [`crate::auth`] has found and [`crate::link`] carries it on.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who gives the command or asks. Of a relayed call: the original caller.
    pub actor: Actor,
    /// The hotline's own role that relays the call, or calls for itself; none for a caller from outside.
    pub via: Option<&'static str>,
    /// The language of messages.
    pub language: Language,
    pub(crate) bearer: Option<Bearer>,
    pub(crate) deadline: Option<Instant>,
}

impl Call {
    /// A call of the system's own, made by `role` for itself: holder `system.<role>`, cleared.
    pub fn of_role(role: &'static str) -> Self {
        let holder =
            HolderId::parse(&format!("{}{role}", header::SYSTEM)).expect("role names are lower-case letters");
        let actor = Actor {
            holder,
            role: Role::System,
            unit: None,
            cleared: true,
        };
        Self {
            via: Some(role),
            ..Self::by(actor)
        }
    }

    /// A call by `actor`, without a token: for tests and for calls that stay in this process. A remote link carries
    /// nobody without a token but residents and the system.
    pub fn by(actor: Actor) -> Self {
        Self {
            actor,
            via: None,
            language: Language::default(),
            bearer: None,
            deadline: None,
        }
    }

    /// A call by a resident without a token.
    pub fn by_citizen() -> Self {
        let holder = HolderId::parse(header::CITIZEN).expect("a lower-case word");
        Self::by(Actor {
            holder,
            role: Role::Citizen,
            unit: None,
            cleared: false,
        })
    }

    /// Whether the system calls for itself.
    pub fn is_system(&self) -> bool {
        self.actor.role == Role::System
    }

    /// The time the caller still waits, none when he has not said.
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The same call on behalf of which `role` now calls on.
    pub(crate) fn relayed_by(&self, role: &'static str) -> Self {
        Self {
            via: Some(role),
            ..self.clone()
        }
    }
}

/// Parts a request into who calls and what is asked. Fails only for a server that does not stand in
/// [`crate::server::Role`]'s stack.
pub fn open<T>(request: Request<T>) -> Result<(Call, T), Status> {
    let (_, mut extensions, message) = request.into_parts();
    let call = extensions.remove::<Call>().ok_or_else(|| {
        Fault::internal("a request without a caller: the server stands outside the stack")
            .status(Language::Zh)
    })?;
    Ok((call, message))
}

/// Reads the `request_id` of a mutation.
pub fn request_id(text: &str) -> Result<RequestId, Fault> {
    RequestId::parse(text).map_err(|_| {
        Fault::invalid(
            "request_id",
            "请求编号须为 1 至 128 个可见 ASCII 字符",
            "request_id: 1 to 128 visible ASCII characters",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::ACCEPT_LANGUAGE, text.parse().unwrap());
        Language::asked_for(&headers)
    }

    #[test]
    fn english_answers_only_who_prefers_it() {
        assert_eq!(asked("en"), Language::En);
        assert_eq!(asked("en-GB,zh;q=0.8"), Language::En);
        assert_eq!(asked("zh-CN,zh;q=0.9,en;q=0.8"), Language::Zh);
        assert_eq!(asked("fr"), Language::Zh);
        assert_eq!(Language::asked_for(&HeaderMap::new()), Language::Zh);
    }

    #[test]
    fn a_bearer_is_never_shown() {
        let call = Call {
            bearer: Some(Bearer("hl_secret".into())),
            ..Call::by_citizen()
        };
        assert!(!format!("{call:?}").contains("hl_secret"));
    }
}
