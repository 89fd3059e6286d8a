//! Every limit of the vault.

use jiff::SignedDuration;

/// Keys made ahead in one go.
pub(crate) const POOL_BLOCK: u64 = 4_096;
/// Slots reserved in one go: at most so many, twice, are skipped after a crash.
pub(crate) const RESERVE_BLOCK: u64 = 1_024;
/// Slots skipped when a copy of the key file is restored, or when the ledger knows slots the key file does not: none
/// of those that may have been handed out since is handed out again. They take no room on the disk.
pub(crate) const RESTORE_GAP: u64 = 1 << 20;
/// Opened keys remembered, per generation of the cache; there are two.
pub(crate) const OPENED_MAX: usize = 16_384;
/// How often a slot that is just being written is read again before the writer is waited for.
pub(crate) const READ_TRIES: usize = 8;
/// How often a long writer yields to one who waits, before it goes on.
pub(crate) const YIELDS_MAX: usize = 10_000;

/// The longest words of one sealing, in bytes of JSON.
pub(crate) const WORDS_BYTES_MAX: usize = 256 << 10;
/// The longest content hashed, in bytes.
pub(crate) const CONTENT_BYTES_MAX: usize = 2 << 20;
/// Words opened in one call.
pub(crate) const OPEN_MAX: usize = 200;
/// A stated purpose, in characters.
pub(crate) const PURPOSE_CHARS: std::ops::RangeInclusive<usize> = 4..=400;

/// Tokens kept: all that are good, and those that have ended for [`ENDED_TOKEN_FOR`].
pub(crate) const TOKENS_MAX: usize = 100_000;
/// How long a token lasts at most.
pub(crate) const TOKEN_FOR_MAX: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How long an ended token is still listed.
pub(crate) const ENDED_TOKEN_FOR: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How long a token's secret is told again to the same request.
pub(crate) const SECRET_TOLD_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Secrets told again at most.
pub(crate) const SECRETS_MAX: usize = 256;
/// Unlocks listed at most, the latest; the ledger keeps every one.
pub(crate) const UNLOCKS_MAX: usize = 200_000;
/// How long an unlock shows an identity.
pub(crate) const UNLOCK_FOR: SignedDuration = SignedDuration::from_mins(15);
/// How long request ids are kept.
pub(crate) const REQUEST_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Request ids kept at most; the oldest go first.
pub(crate) const REQUESTS_MAX: usize = 200_000;

/// Rows of a page when not said, and at most.
pub(crate) const PAGE_DEFAULT: usize = 50;
/// See [`PAGE_DEFAULT`].
pub(crate) const PAGE_MAX: usize = 200;
