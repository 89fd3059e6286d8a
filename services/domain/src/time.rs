//! Limits and the calendar they run on: natural time, working days, working hours, desk hours.
//!
//! Holidays *and* make-up working days 调休 count (domain.md, section 4, rule 5). Everything is local time at the
//! city's fixed offset; China has had no summer time since 1991.

mod calendar;
mod hours;
mod limit;
#[cfg(test)]
mod oracle;

#[cfg(any(test, feature = "simulation"))]
pub(crate) use calendar::test_calendar;
pub use calendar::{Calendar, Measure};
pub use hours::Hours;
pub use limit::{Limit, LimitError};
