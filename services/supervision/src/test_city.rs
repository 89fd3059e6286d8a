//! The sample city, as tests of this crate speak of it.

use domain::id::UnitId;

pub(crate) use domain::samples::rules;

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::parse(id).unwrap()
}
