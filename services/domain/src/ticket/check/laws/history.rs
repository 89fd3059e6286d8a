//! What holds of a whole history: it folds to the same ticket, fires once, and explains every due time.

use std::collections::BTreeSet;

use super::{Broken, Law, hold};
use crate::clock::explain::{Clause, Verdict, explain};
use crate::clock::{Level, RunId};
use crate::rules::{Rules, Under};
use crate::ticket::{Event, Recorded, Ticket};

/// Invariant 3: what was recorded folds to the same ticket.
pub(crate) fn replays(history: &[Recorded], ticket: &Ticket) -> Result<(), Broken> {
    let replayed = Ticket::replay(history);
    hold!(
        replayed.as_ref() == Some(ticket),
        Law::Replay,
        "{} is not what its {} events give",
        ticket.number,
        history.len()
    );
    Ok(())
}

/// The same through JSON and back, of the events and of the ticket.
pub(crate) fn reads_back(history: &[Recorded], ticket: &Ticket) -> Result<(), Broken> {
    let lost = |what: &serde_json::Error| Broken::new(Law::Replay, what.to_string());
    for recorded in history {
        let stored = serde_json::to_string(recorded).map_err(|error| lost(&error))?;
        let read: Recorded = serde_json::from_str(&stored).map_err(|error| lost(&error))?;
        hold!(read == *recorded, Law::Replay, "{stored} is not what was written");
    }
    let stored = serde_json::to_string(ticket).map_err(|error| lost(&error))?;
    let read: Ticket = serde_json::from_str(&stored).map_err(|error| lost(&error))?;
    hold!(
        read == *ticket,
        Law::Replay,
        "{} reads back otherwise",
        ticket.number
    );
    Ok(())
}

/// Invariant 4: nothing fires twice or early.
pub(crate) fn fires_once_and_not_early(history: &[Recorded]) -> Result<(), Broken> {
    let mut fired: BTreeSet<(RunId, Level)> = BTreeSet::new();
    for recorded in history {
        if let Event::LevelFired {
            clock, level, due_at, ..
        } = &recorded.fact.event
        {
            hold!(
                fired.insert((*clock, *level)),
                Law::Once,
                "{clock:?} {level:?} fired twice"
            );
            hold!(
                recorded.at >= *due_at,
                Law::Once,
                "{clock:?} {level:?} fired early"
            );
        }
    }
    Ok(())
}

/// Section 4, rule 6: every due time follows from what was recorded, or the bound is named; and its limit is one of the
/// rules'.
pub(crate) fn is_explained<'r>(
    history: &[Recorded],
    ticket: &Ticket,
    rules_of: impl Fn(&Under) -> Option<&'r Rules>,
) -> Result<(), Broken> {
    let explained = explain(history, rules_of);
    let Some(explained) = explained.filter(|all| all.len() == ticket.clocks.len()) else {
        return Err(Broken::new(Law::Explained, "a clock is not explained at all"));
    };
    for one in explained {
        let differs = matches!(one.verdict(), Verdict::Differs { .. });
        if differs || one.clause == Clause::Unknown {
            let said: Vec<String> = one.full().into_iter().map(|line| line.en).collect();
            return Err(Broken::new(Law::Explained, said.join("\n")));
        }
    }
    Ok(())
}
