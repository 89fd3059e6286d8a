//! Every limit of this crate.

use std::time::Duration;

/// Tickets triaged at once.
pub(crate) const IN_FLIGHT_MAX: usize = 64;
/// Changes read ahead of those in flight.
pub(crate) const AHEAD_MAX: usize = 128;
/// Units suggested at most.
pub(crate) const UNITS_MAX: usize = 3;
/// Evidence of one decision, in characters.
pub(crate) const EVIDENCE_CHARS_MAX: usize = 400;
/// Pieces of evidence named per question.
pub(crate) const EVIDENCE_WORDS_MAX: usize = 5;
/// The longest text of a `SuggestTriage`, in bytes: what a registration takes, four bytes a character.
pub(crate) const TEXT_BYTES_MAX: usize = 80_000;
/// Changes handled between two writings of the cursor.
pub(crate) const CURSOR_EVERY: u32 = 1_000;
/// The longest cursor, in bytes.
pub(crate) const CURSOR_BYTES_MAX: u64 = 4_096;
/// Tries at a ticket that fails for a reason that does not pass by itself; then the triage desk has it.
pub(crate) const BROKEN_TRIES_MAX: u32 = 5;
/// The first pause after a failure; doubled with each further one.
pub(crate) const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause between two tries.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(5);
/// From this lag on it is told.
pub(crate) const LAG_TOLD_SECONDS: i64 = 10;
