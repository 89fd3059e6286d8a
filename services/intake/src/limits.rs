//! Every limit of this crate.

use std::time::Duration;

/// Calls known again without reading the ledger; the eldest go first. A call forgotten here can neither be registered
/// again as the same nor be ended: this many are a busy city's day and more.
pub(crate) const CALLS_KNOWN_MAX: usize = 50_000;
/// Locks that keep two requests about the same call apart; different calls are kept side by side.
pub(crate) const CALL_LOCKS: usize = 64;
/// The longest number as dialled, in characters.
pub(crate) const PHONE_CHARS_MAX: usize = 40;
/// The longest name of a queue, an agent or a number called, in bytes.
pub(crate) const CODE_BYTES_MAX: usize = 80;

/// The caller's tickets on the screen.
pub(crate) const POP_TICKETS_MAX: usize = 20;
/// Rows of one page read for the screen pop.
pub(crate) const POP_PAGE_SIZE: u32 = 200;
/// Pages read for the screen pop: 10,000 tickets of one caller.
pub(crate) const POP_PAGES_MAX: usize = 50;

/// How long triage may take before a form is taken in without it.
pub(crate) const TRIAGE_WITHIN: Duration = Duration::from_secs(2);
/// From this confidence on a recognised type is taken.
pub(crate) const TYPE_CONFIDENCE_MIN: f64 = 0.6;
/// The longest subject made from a body, in characters.
pub(crate) const SUBJECT_CHARS_MAX: usize = 60;
/// Sentences are taken into a subject until it has this many characters: a greeting alone says nothing.
pub(crate) const SUBJECT_CHARS_MIN: usize = 6;

/// When to try again after the ledger of calls was busy or full.
pub(crate) const RETRY_BUSY: Duration = Duration::from_millis(200);
/// How far dispatching may be behind before forms are slowed down, in milliseconds.
pub(crate) const BACKLOG_FREE_MS: u64 = 250;
/// How long a form is held up at most.
pub(crate) const PAUSE_MAX: Duration = Duration::from_millis(500);
/// Forms held up at once; further ones pass, so that they do not take the places of other calls.
pub(crate) const PAUSED_MAX: usize = 256;
