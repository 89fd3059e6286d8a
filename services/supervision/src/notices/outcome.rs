//! What came of one try.

use std::borrow::Cow;

use jiff::SignedDuration;

/// What came of sending a notice once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The receiver has it.
    Done,
    /// It may be taken later.
    Failed(Failure),
    /// It would never be taken like this.
    GivenUp(Failure),
}

/// Why it was not taken: a code of ours, never a word of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// `http_503`, `smtp_550`, `timeout`, `unreachable`, `no_address`, …
    pub(crate) code: Cow<'static, str>,
    /// The receiver asks not to be tried sooner.
    pub(crate) not_before: Option<SignedDuration>,
}

/// What failures are called whose cause is the receiver's, or our own, being away as a whole.
const AWAY: [&str; 6] = [
    "timeout",
    "unreachable",
    "http_502",
    "http_503",
    "http_504",
    "system",
];

/// What a failure is called that lies in there being no such channel.
pub(crate) const CHANNEL_OFF: &str = "channel_off";

impl Failure {
    pub(crate) fn of(code: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: code.into(),
            not_before: None,
        }
    }

    /// The receiver was not there.
    pub(crate) fn away(code: &'static str) -> Self {
        debug_assert!(is_away(code));
        Self::of(code)
    }

    pub(crate) fn not_before(self, not_before: Option<SignedDuration>) -> Self {
        Self { not_before, ..self }
    }
}

/// Whether a failure says that the receiver, or we, were not there at all, so that others would have failed likewise.
pub(crate) fn is_away(code: &str) -> bool {
    AWAY.contains(&code)
}
