//! Who plays: how each unit goes about its work. Most are good, some are slow, a few let things lie.

use domain::id::UnitId;
use jiff::SignedDuration;

/// How a unit works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Signs within the hour, answers within two days.
    Prompt,
    /// Signs, contacts, and answers days too late.
    Slow,
    /// Does nothing: its tickets climb the ladder.
    Idle,
}

impl Manner {
    /// By the unit's code and the ticket's turn, so that every play is the same.
    pub(super) fn of(unit: &UnitId, turn: usize) -> Manner {
        let weight: usize = unit.as_str().bytes().map(usize::from).sum::<usize>() + turn * 7;
        match weight % 12 {
            0 => Manner::Idle,
            1..=3 => Manner::Slow,
            _ => Manner::Prompt,
        }
    }

    /// When it signs after the dispatch; none when it never does.
    pub(super) fn signs_after(self) -> Option<SignedDuration> {
        match self {
            Manner::Prompt => Some(SignedDuration::from_mins(40)),
            Manner::Slow => Some(SignedDuration::from_hours(20)),
            Manner::Idle => None,
        }
    }

    /// When it replies after first contact.
    pub(super) fn replies_after(self) -> SignedDuration {
        match self {
            Manner::Prompt => SignedDuration::from_hours(26),
            Manner::Slow | Manner::Idle => SignedDuration::from_hours(11 * 24),
        }
    }
}

/// What the resident says when rung back: most are content, one in six says unsolved once.
pub(super) fn is_content(turn: usize, round: u32) -> bool {
    round > 0 || turn % 6 != 5
}
