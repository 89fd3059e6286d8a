//! Every limit of this crate.

use std::time::Duration;

use jiff::SignedDuration;

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

/// Missed calls that are open at once. One more is refused, so that the switchboard reports it again; a call that was cut
/// off still ends.
pub(crate) const OPEN_MISSED_MAX: usize = 100_000;
/// Missed calls that have ended and are still listed and known again; the eldest leave memory, the ledger keeps them.
pub(crate) const ENDED_KNOWN_MAX: usize = 20_000;
/// Further calls of one caller known again by their ids; all are counted.
pub(crate) const FURTHER_CALLS_MAX: usize = 32;
/// Requests about one missed call known again.
pub(crate) const REQUESTS_KNOWN_MAX: usize = 32;
/// Days the figures are kept for.
pub(crate) const FIGURE_DAYS_MAX: usize = 400;
/// Days of the figures where nothing else is asked for.
pub(crate) const FIGURE_DAYS_DEFAULT: u16 = 30;
/// How late a missed call may be reported.
pub(crate) const MISS_AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far the switchboard's clock may be ahead.
pub(crate) const MISS_AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);
/// How long the rules may be waited for before the last known ones are taken.
pub(crate) const RULES_WITHIN: Duration = Duration::from_secs(1);
/// Late calls told in one commit.
pub(crate) const FIRED_AT_ONCE_MAX: usize = 256;
/// The longest sleep of the loop that tells what is late, in real time, so that a clock that was set is noticed.
pub(crate) const NAP_MAX: Duration = Duration::from_secs(30);
/// The first pause where what is late cannot be kept; doubled with each further one.
pub(crate) const PAUSE_MIN: Duration = Duration::from_millis(20);
/// The longest pause between two tries.
pub(crate) const TELL_PAUSE_MAX: Duration = Duration::from_secs(5);
/// Pages by default and at most.
pub(crate) const PAGE_DEFAULT: usize = 50;
/// See [`PAGE_DEFAULT`].
pub(crate) const PAGE_MAX: usize = 200;
/// When to try again while too many missed calls are open.
pub(crate) const RETRY_MISSED_FULL: Duration = Duration::from_secs(60);
