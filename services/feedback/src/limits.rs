//! Every limit of this crate.

use std::time::Duration;

use jiff::SignedDuration;

/// Wrong tries of one number within [`TRIES_WITHIN`].
pub(crate) const WRONG_PER_NUMBER_MAX: usize = 10;
/// How long a wrong try counts against its number.
pub(crate) const TRIES_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// Wrong tries of all numbers within [`ALL_TRIES_WITHIN`].
pub(crate) const WRONG_OF_ALL_MAX: usize = 600;
/// How long a wrong try counts against everybody: short, so that one who guesses does not lock a city out.
pub(crate) const ALL_TRIES_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// Wrong tries remembered: what [`WRONG_OF_ALL_MAX`] lets through in [`TRIES_WITHIN`]; beyond it the eldest go first.
pub(crate) const WRONG_REMEMBERED_MAX: usize = 60 * WRONG_OF_ALL_MAX;
/// When to try again while as many tries as allowed are being answered.
pub(crate) const RETRY_IN_FLIGHT: Duration = Duration::from_secs(1);

/// The longest query code read, in characters with dashes and blanks.
pub(crate) const CODE_CHARS_MAX: usize = 64;

/// Facts of one page of a history.
pub(crate) const HISTORY_PAGE_SIZE: u32 = 200;
/// Pages of a history that are read: 10,000 facts.
pub(crate) const HISTORY_PAGES_MAX: usize = 50;
/// Steps shown, the latest.
pub(crate) const STEPS_MAX: usize = 200;
/// Pages by default and at most.
pub(crate) const PAGE_DEFAULT: usize = 50;
/// See [`PAGE_DEFAULT`].
pub(crate) const PAGE_MAX: usize = 200;
