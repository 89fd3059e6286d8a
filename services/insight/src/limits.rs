//! Every limit of this crate.

use jiff::SignedDuration;

/// The largest snapshot read, in bytes: some ten million tickets.
pub(crate) const SNAPSHOT_BYTES_MAX: u64 = 2 << 30;
/// Different units a projection tells apart.
pub(crate) const UNITS_MAX: u16 = u16::MAX - 1;
/// A heartbeat says that nothing more had happened when it was sent; it may have been on its way for this long.
pub(crate) const HEARTBEAT_AGE: SignedDuration = SignedDuration::from_secs(5);
/// Rows the list of tickets grows by at once: an eighth of what it holds, but at least this many.
pub(crate) const GROWTH_MIN: usize = 1_024;
