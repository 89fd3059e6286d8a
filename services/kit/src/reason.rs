//! The stable upper-case words of faults that are no refusal of a rule. Those of rules are `domain::refusal::Reason`.

/// A field is malformed.
pub const INVALID: &str = "INVALID_FIELD";
/// A ticket number's check digit does not fit.
pub const CHECK_DIGIT: &str = "WRONG_CHECK_DIGIT";
/// A page token is none of ours, or of another query.
pub const PAGE_TOKEN: &str = "PAGE_TOKEN_INVALID";
/// A resume token is none of ours, or of another history: begin anew.
pub const RESUME_TOKEN: &str = "RESUME_TOKEN_VOID";
/// No such thing, or not visible to this caller.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// The ticket is at another version.
pub const MOVED: &str = "VERSION_MOVED";
/// The request id was used for something else.
pub const REUSED: &str = "REQUEST_ID_REUSED";
/// The caller may not do this at all.
pub const DENIED: &str = "NOT_ALLOWED";
/// No or bad credentials.
pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
/// Full, shed or over quota.
pub const EXHAUSTED: &str = "EXHAUSTED";
/// Something needed is down.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// The caller's deadline has passed.
pub const DEADLINE: &str = "DEADLINE_EXCEEDED";
/// Stored bytes are unreadable.
pub const DATA_LOSS: &str = "DATA_LOSS";
/// A fault of ours.
pub const INTERNAL: &str = "INTERNAL";
/// No such method.
pub const UNIMPLEMENTED: &str = "UNIMPLEMENTED";
/// The key of these words is destroyed: nothing can be added under it.
pub const ERASED: &str = "WORDS_ERASED";
