//! The only readers of the machine's clocks.

use std::time::Instant;

/// The moment, for measuring.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement reads the machine's clock; this is the one place"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The time of day, for records and reports.
#[expect(
    clippy::disallowed_methods,
    reason = "a report says when it was made; this is the one place"
)]
pub(crate) fn today() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
