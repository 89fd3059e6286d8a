//! How often a number may be tried with a wrong code: ten times an hour for each number, and so many a minute for all.
//!
//! A query code has 50 bits, which is short enough to be typed and long enough only together with this. Tries that are
//! being answered count as wrong against their number until they are known to be right, so that many at once get no
//! further than one after the other. Kept in memory: a restart forgets, and each process counts for itself.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::TicketNumber;
use jiff::{SignedDuration, Timestamp};
use kit::fault::Fault;

use crate::limits::{
    ALL_TRIES_WITHIN, RETRY_IN_FLIGHT, TRIES_WITHIN, WRONG_OF_ALL_MAX, WRONG_PER_NUMBER_MAX,
    WRONG_REMEMBERED_MAX,
};

/// Wrong tries of late.
#[derive(Default)]
pub(crate) struct Tries {
    state: Mutex<State>,
}

/// Every wrong try stands in both: in the order of time, and with its number. Both are bounded by
/// [`WRONG_REMEMBERED_MAX`]; `in_flight` by the calls a process takes at once.
#[derive(Default)]
struct State {
    wrong: VecDeque<(Timestamp, TicketNumber)>,
    by_number: HashMap<TicketNumber, VecDeque<Timestamp>>,
    in_flight: HashMap<TicketNumber, usize>,
}

/// A try that is being answered. Dropped, it was right or came to nothing.
pub(crate) struct Try<'a> {
    tries: &'a Tries,
    number: TicketNumber,
}

impl Tries {
    /// Begins a try, or says when the next one may be made.
    pub(crate) fn begin(&self, number: TicketNumber, now: Timestamp) -> Result<Try<'_>, Duration> {
        let mut state = self.lock();
        state.forget_before(now);
        if let Some(wait) = state.wait_for(number, now) {
            return Err(wait);
        }
        *state.in_flight.entry(number).or_default() += 1;
        Ok(Try { tries: self, number })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Try<'_> {
    /// It was wrong.
    pub(crate) fn was_wrong(self, now: Timestamp) {
        self.tries.lock().remember(self.number, now);
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        let mut state = self.tries.lock();
        if let Some(count) = state.in_flight.get_mut(&self.number) {
            *count -= 1;
            if *count == 0 {
                state.in_flight.remove(&self.number);
            }
        }
    }
}

/// The refusal of a try, whatever the number.
pub(crate) fn refused(wait: Duration) -> Fault {
    Fault::exhausted(
        "尝试次数过多，请稍后再试",
        "too many tries: try again later",
        wait,
    )
}

impl State {
    fn wait_for(&self, number: TicketNumber, now: Timestamp) -> Option<Duration> {
        let wrong = self.by_number.get(&number);
        let wrong_count = wrong.map_or(0, VecDeque::len);
        if wrong_count >= WRONG_PER_NUMBER_MAX {
            return wrong
                .and_then(VecDeque::front)
                .map(|eldest| until(*eldest, TRIES_WITHIN, now));
        }
        let in_flight = self.in_flight.get(&number).copied().unwrap_or(0);
        if wrong_count + in_flight >= WRONG_PER_NUMBER_MAX {
            return Some(RETRY_IN_FLIGHT);
        }
        // The eldest of the last so many: once it is old enough there is room for one more.
        let eldest = self
            .wrong
            .len()
            .checked_sub(WRONG_OF_ALL_MAX)
            .and_then(|at| self.wrong.get(at));
        eldest
            .filter(|(at, _)| is_within(*at, ALL_TRIES_WITHIN, now))
            .map(|(at, _)| until(*at, ALL_TRIES_WITHIN, now))
    }

    fn remember(&mut self, number: TicketNumber, now: Timestamp) {
        if self.wrong.len() >= WRONG_REMEMBERED_MAX {
            self.forget_eldest();
        }
        // A clock that was set back must not let anything be forgotten out of turn.
        let at = self.wrong.back().map_or(now, |(last, _)| now.max(*last));
        self.wrong.push_back((at, number));
        self.by_number.entry(number).or_default().push_back(at);
    }

    fn forget_before(&mut self, now: Timestamp) {
        while self
            .wrong
            .front()
            .is_some_and(|(at, _)| !is_within(*at, TRIES_WITHIN, now))
        {
            self.forget_eldest();
        }
    }

    fn forget_eldest(&mut self) {
        let Some((_, number)) = self.wrong.pop_front() else {
            return;
        };
        if let Some(wrong) = self.by_number.get_mut(&number) {
            wrong.pop_front();
            if wrong.is_empty() {
                self.by_number.remove(&number);
            }
        }
    }
}

fn is_within(at: Timestamp, span: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(at) < span
}

/// The time until a try at `at` counts no more, at least a second.
fn until(at: Timestamp, span: SignedDuration, now: Timestamp) -> Duration {
    let left = span - now.duration_since(at);
    left.max(SignedDuration::from_secs(1)).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn number(sequence: u32) -> TicketNumber {
        TicketNumber::new(date(2026, 11, 21), sequence).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        let begin: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
        begin + SignedDuration::from_secs(seconds)
    }

    fn wrong(tries: &Tries, number: TicketNumber, now: Timestamp) {
        tries.begin(number, now).ok().unwrap().was_wrong(now);
    }

    #[test]
    fn the_eleventh_wrong_try_of_an_hour_is_refused_and_says_when_to_come_back() {
        let tries = Tries::default();
        for minute in 0..10 {
            wrong(&tries, number(1), at(60 * minute));
        }
        let wait = tries.begin(number(1), at(600)).err().unwrap();
        assert_eq!(wait, Duration::from_secs(3_600 - 600));
        assert!(tries.begin(number(2), at(600)).is_ok());

        wrong(&tries, number(1), at(3_600));
        assert_eq!(
            tries.begin(number(1), at(3_601)).err().unwrap(),
            Duration::from_secs(59)
        );
    }

    #[test]
    fn a_right_try_costs_nothing() {
        let tries = Tries::default();
        for second in 0..100 {
            drop(tries.begin(number(1), at(second)).ok().unwrap());
        }
        assert!(tries.begin(number(1), at(100)).is_ok());
        assert!(tries.lock().in_flight.is_empty());
    }

    #[test]
    fn tries_at_once_get_no_further_than_one_after_the_other() {
        let tries = Tries::default();
        let begun: Vec<_> = (0..10)
            .map(|_| tries.begin(number(1), at(0)).ok().unwrap())
            .collect();
        assert_eq!(tries.begin(number(1), at(0)).err().unwrap(), RETRY_IN_FLIGHT);
        for one in begun {
            one.was_wrong(at(1));
        }
        assert!(tries.begin(number(1), at(2)).is_err());
        assert!(tries.lock().in_flight.is_empty());
    }

    #[test]
    fn guessing_over_many_numbers_is_refused_for_a_minute_at_most() {
        let tries = Tries::default();
        for sequence in 1..=600 {
            wrong(&tries, number(sequence), at(0));
        }
        let wait = tries.begin(number(601), at(1)).err().unwrap();
        assert_eq!(wait, Duration::from_secs(59));
        assert!(tries.begin(number(601), at(60)).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_after_an_hour() {
        let tries = Tries::default();
        for sequence in 1..=40_000 {
            tries.lock().remember(number(sequence), at(0));
        }
        assert_eq!(tries.lock().wrong.len(), WRONG_REMEMBERED_MAX);
        assert_eq!(tries.lock().by_number.len(), WRONG_REMEMBERED_MAX);
        drop(tries.begin(number(1), at(3_600)).ok().unwrap());
        assert!(tries.lock().wrong.is_empty() && tries.lock().by_number.is_empty());
    }

    #[test]
    fn a_clock_that_was_set_back_opens_no_gap() {
        let tries = Tries::default();
        for _ in 0..10 {
            wrong(&tries, number(1), at(7_200));
        }
        assert!(tries.begin(number(1), at(0)).is_err());
        assert!(tries.begin(number(1), at(7_201)).is_err());
    }
}
