//! Tickets whose levels could not be fired: each rests by itself, at growing intervals, and stands in nobody's way. They
//! rest by the machine's boot clock, which goes on while time stands still.

use std::collections::HashMap;

use domain::id::TicketNumber;
use jiff::{SignedDuration, Timestamp};

use crate::fire::Due;
use crate::limits::{DOWN_GRACE, REST_MAX, REST_MIN, STUCK_MAX};

/// Those that rest.
#[derive(Debug, Default)]
pub(crate) struct Stuck {
    resting: HashMap<TicketNumber, Rest>,
    pass: u64,
}

#[derive(Debug)]
struct Rest {
    until: SignedDuration,
    pause: SignedDuration,
    /// Since when it fails: its levels are late through the system's own fault.
    failed: Option<Failed>,
    /// It has fired: what is due behind it in the same pass was kept back all the same.
    is_over: bool,
    /// Not the first time in a row.
    has_come_before: bool,
    /// The last pass it was due in.
    seen_in: u64,
}

/// A level that was not fired at first.
#[derive(Debug, Clone, Copy)]
struct Failed {
    at: SignedDuration,
    fires_at: Timestamp,
}

impl Stuck {
    /// A pass over everything that is due begins.
    pub(crate) fn begin(&mut self) {
        self.pass += 1;
    }

    /// The pass has seen everything: what has fired, or is due no longer, is forgotten.
    pub(crate) fn end(&mut self) {
        let pass = self.pass;
        self.resting
            .retain(|_, rest| rest.seen_in == pass && !rest.is_over);
    }

    /// Whether a ticket is left alone at `now`.
    pub(crate) fn rests(&mut self, number: TicketNumber, now: SignedDuration) -> bool {
        let Some(rest) = self.resting.get_mut(&number) else {
            return false;
        };
        rest.seen_in = self.pass;
        now < rest.until
    }

    /// Whether a level is late because its ticket could not be fired for longer than the grace: the one that has failed, and
    /// what was due behind it clearly before `told`, the time of tickets.
    pub(crate) fn has_kept_back(&self, due: &Due, now: SignedDuration, told: Timestamp) -> bool {
        let failed = self.resting.get(&due.number).and_then(|rest| rest.failed);
        failed.is_some_and(|failed| {
            now - failed.at > DOWN_GRACE && (due.fires_at <= failed.fires_at || due.was_missed(told))
        })
    }

    /// A level of it was not fired. One that was merely not due any more, because the ticket had moved on since the list,
    /// is asked for again at once, and rests only from the second time on. Beyond the limit it is not remembered, and tried
    /// again with the next pass.
    pub(crate) fn put_off(&mut self, due: &Due, now: SignedDuration, has_failed: bool) {
        if self.resting.len() >= STUCK_MAX && !self.resting.contains_key(&due.number) {
            return;
        }
        let rest = self.resting.entry(due.number).or_insert(Rest {
            until: now,
            pause: SignedDuration::ZERO,
            failed: None,
            is_over: false,
            has_come_before: false,
            seen_in: self.pass,
        });
        let has_moved_on = !has_failed && !rest.has_come_before;
        if !has_moved_on {
            rest.pause = (rest.pause * 2).clamp(REST_MIN, REST_MAX);
        }
        rest.has_come_before = true;
        rest.until = now + rest.pause;
        let failed = Failed {
            at: now,
            fires_at: due.fires_at,
        };
        rest.failed = rest.failed.or(has_failed.then_some(failed));
        rest.is_over = false;
        rest.seen_in = self.pass;
    }

    /// A level of it was fired.
    pub(crate) fn fired(&mut self, number: TicketNumber) {
        if let Some(rest) = self.resting.get_mut(&number) {
            (rest.until, rest.pause, rest.is_over) = (SignedDuration::ZERO, SignedDuration::ZERO, true);
        }
    }

    /// When the first of them is tried again.
    pub(crate) fn retry_at(&self) -> Option<SignedDuration> {
        self.resting.values().map(|rest| rest.until).min()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.resting.len()
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::{Kind, Level};
    use jiff::civil::date;

    use super::*;

    fn due(sequence: u32, second: i64) -> Due {
        Due {
            number: TicketNumber::new(date(2026, 11, 20), sequence).unwrap(),
            kind: Kind::Handle,
            leg: 1,
            run: 1,
            level: Level::L1,
            fires_at: told(second),
        }
    }

    fn told(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn at(second: i64) -> SignedDuration {
        SignedDuration::from_secs(second)
    }

    #[test]
    fn pauses_grow_up_to_a_limit_and_end_with_a_success() {
        let (mut stuck, due) = (Stuck::default(), due(1, 0));
        stuck.begin();
        let mut now = at(0);
        stuck.put_off(&due, now, false);
        assert!(!stuck.rests(due.number, now), "it may just have moved on");
        let mut pauses = Vec::new();
        for _ in 0..12 {
            stuck.put_off(&due, now, false);
            let until = stuck.retry_at().unwrap();
            assert!(stuck.rests(due.number, now) && !stuck.rests(due.number, until));
            pauses.push((until - now).as_secs());
            now = until;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        stuck.fired(due.number);
        assert!(!stuck.rests(due.number, now));
        stuck.end();
        assert_eq!(stuck.count(), 0);
    }

    #[test]
    fn what_fails_for_longer_than_the_grace_keeps_back_what_is_due_behind_it() {
        let mut stuck = Stuck::default();
        stuck.begin();
        let (first, second, just_due) = (due(1, 1_000), due(1, 1_100), due(1, 1_950));
        stuck.put_off(&first, at(0), true);
        stuck.put_off(&first, at(50), true);
        let kept_back = |stuck: &Stuck, seconds| {
            [&first, &second, &just_due].map(|due| stuck.has_kept_back(due, at(seconds), told(2_000)))
        };
        assert_eq!(kept_back(&stuck, 60), [false; 3], "since it failed at first");
        assert_eq!(kept_back(&stuck, 61), [true, true, false]);
        assert!(
            stuck.has_kept_back(&first, at(61), told(1_000)),
            "though time stands still"
        );
        stuck.fired(first.number);
        assert_eq!(kept_back(&stuck, 61), [true, true, false], "in the same pass");
        stuck.end();
        assert_eq!(kept_back(&stuck, 61), [false; 3]);
    }

    #[test]
    fn what_is_due_no_longer_is_forgotten() {
        let mut stuck = Stuck::default();
        let [first, second] = [1, 2].map(|sequence| due(sequence, 0));
        stuck.begin();
        stuck.put_off(&first, at(0), true);
        stuck.put_off(&second, at(0), true);
        stuck.end();
        stuck.begin();
        assert!(stuck.rests(second.number, at(0)));
        stuck.end();
        assert_eq!(stuck.count(), 1);
        assert!(!stuck.rests(first.number, at(0)));
    }
}
