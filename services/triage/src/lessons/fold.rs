//! From what has happened to a ticket to what came of the system's sayings about it: a pure fold over its history.
//!
//! A correction needs no event of its own: the journal already says it, as a person's `classified` behind the system's
//! with another category. Deriving it keeps old journals readable, and a history that is told twice gives the same
//! lessons under the same keys, so that twice is once (invariant A-9).
//!
//! - The system **says** a category when it classifies, held or on its way to a unit, what nobody had chosen.
//! - **Corrected**: a person classifies otherwise. Choosing again what was said takes it back.
//! - **Returned**, **ruled**: what was dispatched under the category goes back as another unit's duty. The right category is
//!   known only if somebody then says it.
//! - **Redispatched**: the desk itself takes it away; likewise.
//! - **Confirmed**: dispatched under the category, and closed without any of these. Withdrawn says nothing.

use domain::id::{CategoryId, TicketNumber};
use jiff::Timestamp;

use super::lesson::{How, Key};

/// One event, as far as it says whether the system was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happened {
    /// The ticket's version after it.
    pub(crate) version: u32,
    /// When.
    pub(crate) at: Timestamp,
    /// Whether the system did it.
    pub(crate) by_system: bool,
    /// What.
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Taken in, with the category that was chosen then.
    Registered { category: Option<CategoryId> },
    /// Type, grade, category or area are said anew; the category stands whoever has chosen it.
    Classified {
        category: Option<CategoryId>,
        sureness: u8,
    },
    /// Sent to a unit.
    Dispatched,
    /// A unit wants to give its leg back.
    ReturnRequested { leg: u16, another_units: bool },
    /// It may.
    ReturnApproved { leg: u16 },
    /// It may not.
    ReturnRefused,
    /// The arbiter has spoken; what follows from it follows in the same change.
    Ruled,
    /// The lead has lost it.
    Recalled,
    /// A unit beside the lead has lost it.
    LegEnded,
    /// The desk has taken it away.
    Redispatched,
    /// Closed; `says_nothing`: withdrawn, declined and the like.
    Closed { says_nothing: bool },
    /// Anything else.
    Other,
}

impl What {
    /// Whether the history is worth reading: it may have decided something.
    pub(crate) fn may_decide(&self, by_system: bool) -> bool {
        match self {
            What::Classified { .. } => !by_system,
            What::ReturnApproved { .. } | What::Ruled | What::Redispatched | What::Closed { .. } => true,
            What::Registered { .. }
            | What::Dispatched
            | What::ReturnRequested { .. }
            | What::ReturnRefused
            | What::Recalled
            | What::LegEnded
            | What::Other => false,
        }
    }
}

/// What came of a saying; a [`super::lesson::Lesson`] but for what only the role knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) key: Key,
    pub(crate) said_at: Timestamp,
    pub(crate) said: CategoryId,
    pub(crate) sureness: u8,
    pub(crate) alone: bool,
    pub(crate) at: Timestamp,
    pub(crate) how: How,
    pub(crate) right: Option<CategoryId>,
}

/// A saying that is not a person's: `said` at `version`, and by whom it was dispatched under it.
struct Saying {
    version: u32,
    at: Timestamp,
    said: CategoryId,
    sureness: u8,
    is_dispatched: bool,
    is_alone: bool,
    verdict: Option<Verdict>,
}

struct Verdict {
    at: Timestamp,
    how: How,
    right: Option<CategoryId>,
}

/// Something the system said, seen in a change by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) at: Timestamp,
    pub(crate) category: CategoryId,
    pub(crate) alone: bool,
}

#[derive(Default)]
struct Fold {
    sayings: Vec<Saying>,
    standing: Option<CategoryId>,
    /// Legs that somebody wants to give back as another's duty.
    asked: Vec<u16>,
    is_ruled: bool,
    /// A return as another's duty was approved; whether it was the lead's shows in what follows.
    is_returned: bool,
}

/// What came of the system's sayings about a ticket, given its whole history in order.
pub(crate) fn outcomes(number: TicketNumber, history: &[Happened]) -> Vec<Outcome> {
    let mut fold = Fold::default();
    for happened in history {
        fold.take(happened);
    }
    let outcome = |saying: Saying| {
        let verdict = saying.verdict?;
        Some(Outcome {
            key: Key {
                number,
                version: saying.version,
            },
            said_at: saying.at,
            said: saying.said,
            sureness: saying.sureness,
            alone: saying.is_alone,
            at: verdict.at,
            how: verdict.how,
            right: verdict.right,
        })
    };
    fold.sayings.into_iter().filter_map(outcome).collect()
}

/// What the system said in one change of a ticket, given the category that `stood` before it; and the one that stands
/// after it.
pub(crate) fn said_in(stood: Option<CategoryId>, change: &[Happened]) -> (Option<Said>, Option<CategoryId>) {
    let mut fold = Fold {
        standing: stood,
        ..Fold::default()
    };
    for happened in change {
        fold.take(happened);
    }
    let said = fold.sayings.pop().map(|saying| Said {
        at: saying.at,
        category: saying.said,
        alone: saying.is_alone,
    });
    (said, fold.standing)
}

/// The category that stands after a history.
pub(crate) fn standing(history: &[Happened]) -> Option<CategoryId> {
    said_in(None, history).1
}

impl Fold {
    fn take(&mut self, happened: &Happened) {
        match &happened.what {
            What::Registered { category } => self.standing.clone_from(category),
            What::Classified { category, sureness } => {
                if let Some(category) = category {
                    if happened.by_system {
                        self.say(happened, category, *sureness);
                    } else {
                        self.correct(happened.at, category);
                    }
                    self.standing = Some(category.clone());
                }
            }
            What::Dispatched => self.dispatch(happened.by_system),
            What::ReturnRequested { leg, another_units } => {
                self.asked.retain(|asked| asked != leg);
                self.asked.extend(another_units.then_some(*leg));
            }
            What::ReturnApproved { leg } => self.is_returned = self.asked.contains(leg),
            What::Ruled => self.is_ruled = true,
            What::Recalled => self.recall(happened.at),
            What::ReturnRefused | What::LegEnded => (self.is_returned, self.is_ruled) = (false, false),
            What::Redispatched => self.blame(happened.at, How::Redispatched),
            What::Closed { says_nothing } => {
                if !says_nothing {
                    self.confirm(happened.at);
                }
            }
            What::Other => {}
        }
    }

    /// What stands because somebody chose it is not the system's saying.
    fn say(&mut self, happened: &Happened, category: &CategoryId, sureness: u8) {
        if self.standing.as_ref() == Some(category) {
            return;
        }
        // Said otherwise before anybody has looked: only the last counts.
        self.sayings
            .pop_if(|last| last.verdict.is_none() && !last.is_dispatched);
        self.sayings.push(Saying {
            version: happened.version,
            at: happened.at,
            said: category.clone(),
            sureness,
            is_dispatched: false,
            is_alone: false,
            verdict: None,
        });
    }

    fn correct(&mut self, at: Timestamp, category: &CategoryId) {
        let Some(last) = self.sayings.last_mut() else {
            return;
        };
        let blamed = last
            .verdict
            .as_ref()
            .map(|verdict| verdict.how)
            .filter(|how| !matches!(how, How::Confirmed | How::Corrected));
        if *category == last.said {
            // Taken back: the system had been right, unless the unit was wrong all the same.
            last.verdict = blamed.map(|how| Verdict { at, how, right: None });
            return;
        }
        last.verdict = Some(Verdict {
            at,
            how: blamed.unwrap_or(How::Corrected),
            right: Some(category.clone()),
        });
    }

    fn dispatch(&mut self, by_system: bool) {
        let standing = self.standing.as_ref();
        if let Some(last) = self
            .sayings
            .last_mut()
            .filter(|last| standing == Some(&last.said))
        {
            last.is_alone |= by_system && !last.is_dispatched;
            last.is_dispatched = true;
        }
    }

    fn recall(&mut self, at: Timestamp) {
        if self.is_returned {
            let how = if self.is_ruled { How::Ruled } else { How::Returned };
            self.blame(at, how);
        }
        (self.is_returned, self.is_ruled) = (false, false);
        self.asked.clear();
    }

    /// Only what was dispatched under what the system said is its mistake.
    fn blame(&mut self, at: Timestamp, how: How) {
        let standing = self.standing.as_ref();
        let blamed = self
            .sayings
            .last_mut()
            .filter(|last| last.is_dispatched && standing == Some(&last.said));
        if let Some(last) = blamed {
            last.verdict = Some(Verdict { at, how, right: None });
        }
    }

    fn confirm(&mut self, at: Timestamp) {
        let standing = self.standing.as_ref();
        let confirmed = self
            .sayings
            .last_mut()
            .filter(|last| last.is_dispatched && standing == Some(&last.said) && last.verdict.is_none());
        if let Some(last) = confirmed {
            last.verdict = Some(Verdict {
                at,
                how: How::Confirmed,
                right: Some(last.said.clone()),
            });
        }
    }
}

#[cfg(test)]
mod tests;
