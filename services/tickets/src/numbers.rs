//! Ticket numbers: sequence within the local day, handed out once. Gaps are allowed; a number that was never
//! acknowledged may be handed out again after a restart.

use std::sync::Mutex;

use domain::id::{IdError, TicketNumber};
use jiff::civil::Date;

/// Hands out numbers.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    last: Mutex<Option<TicketNumber>>,
}

impl Numbers {
    /// Whether the day's last number is known, so that the ledger need not be asked.
    pub(crate) fn knows(&self, date: Date) -> bool {
        self.lock().is_some_and(|last| last.date() >= date)
    }

    /// Learns a number that is taken.
    pub(crate) fn taken(&self, number: TicketNumber) {
        let mut last = self.lock();
        *last = (*last).max(Some(number));
    }

    /// The next number of the day. Days never run backwards: a clock set back goes on numbering the later day.
    pub(crate) fn next(&self, date: Date) -> Result<TicketNumber, IdError> {
        let mut last = self.lock();
        let next = match *last {
            Some(last) if last.date() >= date => TicketNumber::new(last.date(), last.sequence() + 1)?,
            Some(_) | None => TicketNumber::new(date, 1)?,
        };
        *last = Some(next);
        Ok(next)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<TicketNumber>> {
        self.last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_begins_at_one_and_never_goes_back() {
        let numbers = Numbers::default();
        let (monday, tuesday) = (date(2026, 11, 23), date(2026, 11, 24));
        assert_eq!(numbers.next(monday).unwrap().sequence(), 1);
        assert_eq!(numbers.next(monday).unwrap().sequence(), 2);
        assert_eq!(numbers.next(tuesday).unwrap().sequence(), 1);
        assert_eq!(
            numbers.next(monday).unwrap(),
            TicketNumber::new(tuesday, 2).unwrap()
        );
    }

    #[test]
    fn a_taken_number_is_not_handed_out() {
        let numbers = Numbers::default();
        let monday = date(2026, 11, 23);
        assert!(!numbers.knows(monday));
        numbers.taken(TicketNumber::new(monday, 41).unwrap());
        assert!(numbers.knows(monday));
        assert_eq!(numbers.next(monday).unwrap().sequence(), 42);
    }
}
