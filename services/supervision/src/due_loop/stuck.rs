//! Tickets whose levels could not be fired: each rests by itself, at growing intervals, and stands in nobody's way.

use std::collections::HashMap;

use domain::id::TicketNumber;
use jiff::{SignedDuration, Timestamp};

use crate::limits::{REST_MAX, REST_MIN, STUCK_MAX};

/// Those that rest.
#[derive(Debug, Default)]
pub(crate) struct Stuck {
    resting: HashMap<TicketNumber, Rest>,
    pass: u64,
}

#[derive(Debug)]
struct Rest {
    until: Timestamp,
    pause: SignedDuration,
    /// It failed: its levels are late through the system's own fault.
    has_failed: bool,
    /// Not the first time in a row.
    has_come_before: bool,
    /// The last pass it was due in.
    seen_in: u64,
}

impl Stuck {
    /// A pass over everything that is due begins.
    pub(crate) fn begin(&mut self) {
        self.pass += 1;
    }

    /// The pass has seen everything: what is due no longer is forgotten.
    pub(crate) fn end(&mut self) {
        let pass = self.pass;
        self.resting.retain(|_, rest| rest.seen_in == pass);
    }

    /// Whether a ticket is left alone at `now`.
    pub(crate) fn rests(&mut self, number: TicketNumber, now: Timestamp) -> bool {
        let Some(rest) = self.resting.get_mut(&number) else {
            return false;
        };
        rest.seen_in = self.pass;
        now < rest.until
    }

    /// Whether a ticket's levels are late because firing them has failed before.
    pub(crate) fn has_failed(&self, number: TicketNumber) -> bool {
        self.resting.get(&number).is_some_and(|rest| rest.has_failed)
    }

    /// A level of it was not fired. One that was merely not due any more, because the ticket had moved on since the list,
    /// is asked for again at once, and rests only from the second time on. Beyond the limit it is not remembered, and tried
    /// again with the next pass.
    pub(crate) fn put_off(&mut self, number: TicketNumber, now: Timestamp, has_failed: bool) {
        if self.resting.len() >= STUCK_MAX && !self.resting.contains_key(&number) {
            return;
        }
        let rest = self.resting.entry(number).or_insert(Rest {
            until: now,
            pause: SignedDuration::ZERO,
            has_failed: false,
            has_come_before: false,
            seen_in: self.pass,
        });
        let has_moved_on = !has_failed && !rest.has_come_before;
        if !has_moved_on {
            rest.pause = (rest.pause * 2).clamp(REST_MIN, REST_MAX);
        }
        rest.has_come_before = true;
        rest.until = now.saturating_add(rest.pause).unwrap_or(Timestamp::MAX);
        rest.has_failed |= has_failed;
        rest.seen_in = self.pass;
    }

    /// A level of it was fired.
    pub(crate) fn fired(&mut self, number: TicketNumber) {
        self.resting.remove(&number);
    }

    /// When the first of them is tried again.
    pub(crate) fn retry_at(&self) -> Option<Timestamp> {
        self.resting.values().map(|rest| rest.until).min()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.resting.len()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn number(sequence: u32) -> TicketNumber {
        TicketNumber::new(date(2026, 11, 20), sequence).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn pauses_grow_up_to_a_limit_and_end_with_a_success() {
        let mut stuck = Stuck::default();
        stuck.begin();
        let mut now = at(0);
        stuck.put_off(number(1), now, false);
        assert!(!stuck.rests(number(1), now), "it may just have moved on");
        let mut pauses = Vec::new();
        for _ in 0..12 {
            stuck.put_off(number(1), now, false);
            let until = stuck.retry_at().unwrap();
            assert!(stuck.rests(number(1), now) && !stuck.rests(number(1), until));
            pauses.push(until.duration_since(now).as_secs());
            now = until;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert!(!stuck.has_failed(number(1)));
        stuck.put_off(number(1), now, true);
        assert!(stuck.has_failed(number(1)));
        stuck.fired(number(1));
        assert!(!stuck.has_failed(number(1)) && !stuck.rests(number(1), at(0)));
    }

    #[test]
    fn what_is_due_no_longer_is_forgotten() {
        let mut stuck = Stuck::default();
        stuck.begin();
        stuck.put_off(number(1), at(0), true);
        stuck.put_off(number(2), at(0), true);
        stuck.end();
        stuck.begin();
        assert!(stuck.rests(number(2), at(0)));
        stuck.end();
        assert_eq!(stuck.count(), 1);
        assert!(!stuck.rests(number(1), at(0)));
    }
}
