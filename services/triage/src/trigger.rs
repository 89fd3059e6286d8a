//! Which changes of a ticket call for triage.

use domain::id::{IdError, RequestId, TicketNumber};
use jiff::Timestamp;

use crate::given::Reading;

/// What happened, as far as triage cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    /// A new matter.
    Registered,
    /// A closed matter is open again.
    Reopened,
    /// The lead was recused: the matter is back at the desk.
    Recalled,
    /// Type, grade, category or area were said; `held`: by the system, with a reason to wait.
    Classified {
        /// Whether it waits for a triager.
        held: bool,
    },
    /// Anything else.
    Other,
}

/// Why a ticket is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// New: what stands on it was said by whoever registered it.
    Registered,
    /// Open again, or back at the desk.
    Returned,
    /// A person has said what it is about.
    Classified,
}

/// One change of one ticket.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Which ticket.
    pub(crate) number: TicketNumber,
    /// Its version after the last event of the change.
    pub(crate) version: u32,
    /// When.
    pub(crate) at: Timestamp,
    /// Whether it waits for dispatch and nobody holds it back.
    pub(crate) is_waiting: bool,
    /// What happened, in order.
    pub(crate) happenings: Vec<Happening>,
    /// The ticket as it stood when the change was sent, where its words came along.
    pub(crate) reading: Option<Reading>,
}

impl Seen {
    /// Why triage looks at it, if it does. A ticket that is held waits for a person, so what triage itself has held
    /// never comes back by itself.
    pub(crate) fn trigger(&self) -> Option<Trigger> {
        let of = |happening: &Happening| match happening {
            Happening::Registered => Some(Trigger::Registered),
            Happening::Reopened | Happening::Recalled => Some(Trigger::Returned),
            Happening::Classified { held: false } => Some(Trigger::Classified),
            Happening::Classified { held: true } | Happening::Other => None,
        };
        self.happenings.iter().find_map(of).filter(|_| self.is_waiting)
    }

    /// The name of the one mutation this change may lead to.
    pub(crate) fn request(&self) -> Result<RequestId, IdError> {
        RequestId::parse(&format!("triage:{}:{}", self.number, self.version))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn seen(is_waiting: bool, happenings: &[Happening]) -> Seen {
        Seen {
            number: TicketNumber::new(date(2026, 11, 21), 1).unwrap(),
            version: 4,
            at: Timestamp::UNIX_EPOCH,
            is_waiting,
            happenings: happenings.to_vec(),
            reading: None,
        }
    }

    #[test]
    fn a_new_ticket_is_looked_at_once() {
        let new = seen(true, &[Happening::Registered, Happening::Other, Happening::Other]);
        assert_eq!(new.trigger(), Some(Trigger::Registered));
        assert_eq!(
            new.request().unwrap().as_str(),
            format!("triage:{}:4", new.number)
        );
    }

    #[test]
    fn what_triage_has_held_does_not_come_back() {
        assert_eq!(
            seen(false, &[Happening::Classified { held: true }]).trigger(),
            None
        );
        assert_eq!(
            seen(true, &[Happening::Classified { held: true }]).trigger(),
            None
        );
    }

    #[test]
    fn what_a_person_has_classified_is_routed() {
        assert_eq!(
            seen(true, &[Happening::Classified { held: false }]).trigger(),
            Some(Trigger::Classified)
        );
    }

    #[test]
    fn what_was_dispatched_meanwhile_is_left_alone() {
        assert_eq!(seen(false, &[Happening::Registered]).trigger(), None);
        assert_eq!(
            seen(false, &[Happening::Classified { held: false }, Happening::Other]).trigger(),
            None
        );
    }

    #[test]
    fn a_ticket_open_again_is_looked_at_again() {
        assert_eq!(
            seen(true, &[Happening::Other, Happening::Recalled]).trigger(),
            Some(Trigger::Returned)
        );
        assert_eq!(
            seen(true, &[Happening::Reopened]).trigger(),
            Some(Trigger::Returned)
        );
        assert_eq!(seen(true, &[Happening::Other]).trigger(), None);
    }
}
