//! Lists of missed calls: those to be rung back with danger first and the most overdue first, messages owed likewise by
//! how long they are owed, those that have ended with the latest first.

use std::ops::Bound;

use domain::missed_call::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Book, Item};
use crate::calls::CallId;

/// Which missed calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Which {
    /// To be rung back.
    Ringing,
    /// A message is owed.
    SmsOwed,
    /// Done.
    Ended,
}

/// A place in a list. Without danger stands behind with danger, later behind earlier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    without_danger: bool,
    at: Timestamp,
    pub(super) call: CallId,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) which: Which,
    /// Only those past due.
    pub(crate) overdue_only: bool,
    pub(crate) size: usize,
    pub(crate) after: Option<Place>,
}

impl Place {
    pub(super) fn of(item: &Item) -> Self {
        let (without_danger, at) = match item.missed.state {
            State::Ringing => (!item.missed.danger, item.missed.clock.due_at),
            State::SmsOwed { since } => (!item.missed.danger, since),
            State::Ended { at, .. } => (false, at),
        };
        Self {
            without_danger,
            at,
            call: item.call.clone(),
        }
    }
}

impl Book {
    /// A page, and whether there is more.
    pub(crate) fn page(&self, query: &Query, now: Timestamp) -> (Vec<Item>, Option<Place>) {
        let behind = query.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let places: Vec<&Place> = match query.which {
            Which::Ringing if query.overdue_only => self
                .overdue(query.after.as_ref(), now)
                .take(query.size + 1)
                .collect(),
            Which::Ringing => self
                .ringing
                .range((behind, Bound::Unbounded))
                .take(query.size + 1)
                .collect(),
            Which::SmsOwed => self
                .sms_owed
                .range((behind, Bound::Unbounded))
                .take(query.size + 1)
                .collect(),
            Which::Ended => self
                .ended
                .range((Bound::Unbounded, behind))
                .rev()
                .take(query.size + 1)
                .collect(),
        };
        let next = (places.len() > query.size)
            .then(|| places.get(query.size.saturating_sub(1)).copied().cloned())
            .flatten();
        let shown = places.into_iter().take(query.size);
        let items = shown.filter_map(|place| self.items.get(&place.call)).cloned();
        (items.collect(), next)
    }

    /// Those past due: within each half of the list they stand first.
    fn overdue<'a>(&'a self, after: Option<&'a Place>, now: Timestamp) -> impl Iterator<Item = &'a Place> {
        [false, true].into_iter().flat_map(move |without_danger| {
            let first = Place {
                without_danger,
                at: Timestamp::MIN,
                call: CallId::least(),
            };
            let from = match after {
                Some(after) if *after >= first => Bound::Excluded(after.clone()),
                _ => Bound::Included(first),
            };
            self.ringing
                .range((from, Bound::Unbounded))
                .take_while(move |place| place.without_danger == without_danger && place.at < now)
        })
    }

    /// How many are to be rung back, how many of them past due, how many messages are owed.
    pub(crate) fn open_counts(&self, now: Timestamp) -> (usize, usize, usize) {
        let overdue = self.overdue(None, now).count();
        (self.ringing.len(), overdue, self.sms_owed.len())
    }
}
