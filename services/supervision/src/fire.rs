//! One level to fire: its name, what is charged, and what came of it.

use std::collections::HashMap;

use domain::clock::{Kind, Level};
use domain::id::{IdError, RequestId, TicketNumber};
use jiff::Timestamp;
use kit::fault::{Code, Fault};

use crate::limits::DOWN_GRACE;

/// A level that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) number: TicketNumber,
    pub(crate) kind: Kind,
    pub(crate) leg: u16,
    pub(crate) run: u16,
    pub(crate) level: Level,
    pub(crate) fires_at: Timestamp,
}

impl Due {
    /// The name of the mutation: the same for every loop that fires it.
    pub(crate) fn request(&self) -> Result<RequestId, IdError> {
        let Due {
            number,
            kind,
            leg,
            run,
            level,
            ..
        } = self;
        RequestId::parse(&format!(
            "fire:{number}:{}:{leg}:{run}:{}",
            kind.as_str(),
            level.as_str()
        ))
    }

    /// Whether it is late because the system was down: then nobody is charged.
    pub(crate) fn was_missed(&self, up_since: Timestamp) -> bool {
        up_since.duration_since(self.fires_at) > DOWN_GRACE
    }
}

/// Levels by ticket. Those of one ticket stay in due order and are fired one after the other; tickets stand in the
/// order of their earliest.
pub(crate) fn by_ticket(due: Vec<Due>) -> Vec<Vec<Due>> {
    let mut places: HashMap<TicketNumber, usize> = HashMap::new();
    let mut tickets: Vec<Vec<Due>> = Vec::new();
    for one in due {
        let place = *places.entry(one.number).or_insert(tickets.len());
        if place == tickets.len() {
            tickets.push(Vec::new());
        }
        tickets[place].push(one);
    }
    tickets
}

/// What is due in due order, second by second: levels of one second are fired side by side.
pub(crate) fn waves(due: Vec<Due>) -> impl Iterator<Item = Vec<Due>> {
    let mut left = due.into_iter().peekable();
    std::iter::from_fn(move || {
        let first = left.next()?;
        let second = first.fires_at.as_second();
        let mut wave = vec![first];
        while let Some(due) = left.next_if(|due| due.fires_at.as_second() == second) {
            wave.push(due);
        }
        Some(wave)
    })
}

/// What came of firing a level.
#[derive(Debug)]
pub(crate) enum Came {
    /// It fired, now or before: by this loop or another one.
    Fired,
    /// Its time has not come by the clock of tickets, or it no longer applies.
    NotDue,
    /// It failed and is tried again.
    Failed(Fault),
}

/// What the answer to a FireClock means.
pub(crate) fn came(answer: Result<(), Fault>) -> Came {
    let Err(fault) = answer else { return Came::Fired };
    let is = |code: Code| fault.code() == code;
    if is(Code::AlreadyExists) || is(Code::NotFound) {
        return Came::Fired;
    }
    if is(Code::FailedPrecondition) {
        return if fault.reason() == "ALREADY_FIRED" {
            Came::Fired
        } else {
            Came::NotDue
        };
    }
    Came::Failed(fault)
}

#[cfg(test)]
mod tests {
    use domain::refusal::{Reason, Refusal};
    use jiff::SignedDuration;
    use jiff::civil::date;

    use super::*;

    fn due(sequence: u32, level: Level, second: i64) -> Due {
        Due {
            number: TicketNumber::new(date(2026, 11, 20), sequence).unwrap(),
            kind: Kind::Handle,
            leg: 1,
            run: 2,
            level,
            fires_at: Timestamp::from_second(second).unwrap(),
        }
    }

    #[test]
    fn a_level_has_one_name_for_every_loop() {
        let due = due(1, Level::L2, 0);
        assert_eq!(
            due.request().unwrap().as_str(),
            format!("fire:{}:c4:1:2:l2", due.number)
        );
    }

    #[test]
    fn only_what_was_due_clearly_before_the_system_was_up_was_missed() {
        let due = due(1, Level::L1, 1_000);
        let up = |seconds| due.fires_at + SignedDuration::from_secs(seconds);
        assert!(due.was_missed(up(61)));
        assert!(!due.was_missed(up(60)), "the grace");
        assert!(!due.was_missed(up(-5)), "due afterwards");
    }

    #[test]
    fn levels_of_one_ticket_stay_in_due_order() {
        let listed = vec![
            due(2, Level::L1, 1),
            due(1, Level::L0, 2),
            due(2, Level::L2, 3),
            due(1, Level::L1, 4),
        ];
        let grouped = by_ticket(listed.clone());
        assert_eq!(grouped.len(), 2);
        assert_eq!(grouped[0], [listed[0].clone(), listed[2].clone()]);
        assert_eq!(grouped[1], [listed[1].clone(), listed[3].clone()]);
    }

    #[test]
    fn what_is_due_later_is_fired_later() {
        let listed: Vec<Due> = [(2, 1), (1, 1), (3, 2), (1, 4), (2, 4)]
            .into_iter()
            .map(|(sequence, second)| due(sequence, Level::L1, second))
            .collect();
        let waves: Vec<Vec<Due>> = waves(listed.clone()).collect();
        assert_eq!(waves, [&listed[..2], &listed[2..3], &listed[3..]]);
    }

    #[test]
    fn another_loop_that_was_faster_is_as_good() {
        let fired = [
            Fault::reused(),
            Fault::not_found(),
            Fault::refused(Refusal::new(Reason::AlreadyFired)),
        ];
        for fault in fired {
            assert!(matches!(came(Err(fault)), Came::Fired));
        }
        assert!(matches!(came(Ok(())), Came::Fired));
    }

    #[test]
    fn what_no_longer_applies_is_not_tried_again_and_again() {
        for reason in [Reason::NotDue, Reason::WrongPhase] {
            assert!(matches!(
                came(Err(Fault::refused(Refusal::new(reason)))),
                Came::NotDue
            ));
        }
    }

    #[test]
    fn what_fails_is_tried_again() {
        for fault in [Fault::unavailable("", ""), Fault::internal("x"), Fault::moved(3)] {
            assert!(matches!(came(Err(fault)), Came::Failed(_)));
        }
    }
}
