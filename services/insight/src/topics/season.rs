//! What is usual: how many people one would expect to say this in a window, and whether more did.
//!
//! Rates are per message of the city, so that a busy season, a Monday or a quiet holiday makes no topic: what counts is
//! the share of the city's messages. The share before the window is remembered less and less; where the same weeks of
//! the year before are known, the higher of both is usual.

use super::Seconds;
use super::store::{Place, Store};

/// Half of what was usual is forgotten after so many windows.
const HALF_LIFE_WINDOWS: f64 = 2.0;
/// What is taken to have been said before anything was: nothing is certain not to happen.
const PRIOR: f64 = 0.5;
/// Fifty-two weeks: the same weekday.
const YEAR: Seconds = 364 * 86_400;
/// The least that is expected.
const EXPECTED_MIN: f64 = 0.01;

/// A count of people against what the season lets one expect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surge {
    /// People seen in the window.
    pub seen: f64,
    /// People one would expect in a window of as many messages.
    pub expected: f64,
}

impl Surge {
    /// How many times the usual.
    pub fn times(&self) -> f64 {
        self.seen / self.expected
    }

    /// The chance that as many or more come without a cause, were they to come one by one (Poisson).
    pub fn chance(&self) -> f64 {
        let (mut term, mut below) = ((-self.expected).exp(), 0.0);
        let mut count = 0.0;
        while count < self.seen {
            below += term;
            count += 1.0;
            term *= self.expected / count;
        }
        (1.0_f64 - below).max(0.0)
    }

    /// Twice the logarithm of the ratio of likelihoods of what was seen: at its own rate, and at the usual one.
    pub fn evidence(&self) -> f64 {
        if self.seen <= self.expected {
            return 0.0;
        }
        2.0 * (self.seen * (self.seen / self.expected).ln() - (self.seen - self.expected))
    }
}

/// How much was said in the city: in the window, before it, and in the same weeks a year ago.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Season {
    since: Seconds,
    now: Seconds,
    window: Seconds,
    lately: f64,
    before: f64,
    a_year_ago: f64,
}

impl Season {
    pub(crate) fn of(store: &Store, now: Seconds, window: Seconds) -> Self {
        let mut season = Self {
            since: now.saturating_sub(window),
            now,
            window: window.max(1),
            ..Self::default()
        };
        for (_, doc) in store.iter() {
            if doc.at >= season.since {
                season.lately += 1.0;
            } else {
                season.before += season.weight(doc.at);
                season.a_year_ago += if season.is_a_year_ago(doc.at) { 1.0 } else { 0.0 };
            }
        }
        season
    }

    /// The people of some messages against what was usual for them.
    pub(crate) fn surge(&self, store: &Store, members: &[Place]) -> Surge {
        let docs = || members.iter().filter_map(|place| store.doc(*place));
        let people = |is_in: &dyn Fn(Seconds) -> bool| {
            let mut people: Vec<u64> = docs().filter(|doc| is_in(doc.at)).map(|doc| doc.person).collect();
            people.sort_unstable();
            people.dedup();
            people.len() as f64
        };
        let before = docs().filter(|doc| doc.at < self.since);
        let usual: f64 = before.map(|doc| self.weight(doc.at)).sum();
        let mut expected = (usual + PRIOR) / (self.before + self.lately).max(1.0) * self.lately;
        if self.a_year_ago * 4.0 >= self.lately {
            let then = people(&|at| self.is_a_year_ago(at));
            expected = expected.max(then / self.a_year_ago * self.lately);
        }
        Surge {
            seen: people(&|at| at >= self.since),
            expected: expected.max(EXPECTED_MIN),
        }
    }

    /// How much of a message of this time is remembered.
    fn weight(&self, at: Seconds) -> f64 {
        let windows = self.since.saturating_sub(at) as f64 / self.window as f64;
        0.5_f64.powf(windows / HALF_LIFE_WINDOWS)
    }

    fn is_a_year_ago(&self, at: Seconds) -> bool {
        let then = at.saturating_add(YEAR);
        then >= self.since && then <= self.now
    }
}

#[cfg(test)]
mod tests {
    use super::super::Message;
    use super::*;

    const DAY: Seconds = 86_400;

    /// One message on each of some days; the season as of `now`, in days, with a window of 30.
    fn store(days: impl Iterator<Item = Seconds>) -> (Store, Vec<Place>) {
        let mut store = Store::default();
        let places = days.map(|day| {
            let (id, at) = (format!("{day}"), day * DAY);
            let message = Message {
                id: &id,
                at,
                subject: "路灯不亮",
                ..Message::default()
            };
            store.push(&message, u64::try_from(day).unwrap(), at, &[])
        });
        let places = places.collect();
        (store, places)
    }

    fn surge(store: &Store, now: Seconds, members: &[Place]) -> Surge {
        Season::of(store, now * DAY, 30 * DAY).surge(store, members)
    }

    #[test]
    fn what_goes_on_as_ever_is_no_surge() {
        let (store, places) = store(0..200);
        let every_fourth: Vec<Place> = places.iter().copied().step_by(4).collect();
        let usual = surge(&store, 199, &every_fourth);
        assert!(usual.chance() > 0.2, "{usual:?}");
        let fresh: Vec<Place> = places.iter().copied().skip(192).collect();
        let fresh = surge(&store, 199, &fresh);
        assert!(fresh.chance() < 1e-6 && fresh.times() > 20.0, "{fresh:?}");
    }

    #[test]
    fn what_comes_every_year_in_these_weeks_is_no_surge() {
        let (store, places) = store(0..400);
        let each_winter: Vec<Place> = (0..8).chain(372..380).map(|day| places[day]).collect();
        let again = surge(&store, 379, &each_winter);
        assert!(again.chance() > 0.2, "{again:?}");
    }

    #[test]
    fn a_count_below_what_is_expected_is_no_evidence() {
        let quiet = Surge {
            seen: 2.0,
            expected: 5.0,
        };
        assert_eq!((quiet.evidence(), quiet.chance() > 0.9), (0.0, true));
    }
}
