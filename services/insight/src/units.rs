//! Units by small numbers, so that a row stays small.

use std::collections::HashMap;

use domain::id::UnitId;

use crate::limits::UNITS_MAX;

/// The number of no unit.
pub(crate) const NOBODY: u16 = u16::MAX;

/// Every unit met so far, numbered in the order of meeting.
#[derive(Debug, Default)]
pub(crate) struct Units {
    codes: Vec<UnitId>,
    by_code: HashMap<UnitId, u16>,
}

impl Units {
    /// Units in the order of their numbers; none when one stands twice or they are too many.
    pub(crate) fn of(codes: Vec<UnitId>) -> Option<Self> {
        let mut units = Self::default();
        let numbers: Vec<u16> = codes.iter().map(|code| units.number(code)).collect();
        let is_sound = numbers
            .iter()
            .enumerate()
            .all(|(at, number)| usize::from(*number) == at);
        is_sound.then_some(units)
    }

    /// The number of a unit; a new one gets the next. [`NOBODY`] once they are too many, far beyond any city.
    pub(crate) fn number(&mut self, code: &UnitId) -> u16 {
        if let Some(number) = self.by_code.get(code) {
            return *number;
        }
        let Some(number) = u16::try_from(self.codes.len())
            .ok()
            .filter(|number| *number < UNITS_MAX)
        else {
            return NOBODY;
        };
        self.codes.push(code.clone());
        self.by_code.insert(code.clone(), number);
        number
    }

    /// Every unit, in the order of numbers.
    pub(crate) fn codes(&self) -> &[UnitId] {
        &self.codes
    }
}
