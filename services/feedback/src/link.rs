//! Which answer a rating link is good for.

use proto::common::v1::Phase;
use proto::tickets::v1::Ticket;

/// Rework rounds told apart within one opening; a profile allows two. Chosen so that twenty reopenings, all a ticket
/// can have, fit with them into the byte a link carries.
const ROUNDS: u32 = 12;

/// The round of a ticket's present answer, as a link carries it: another after each rework and reopening. None beyond
/// what a link can tell apart; then there is no link, and the resident is rung.
pub(crate) fn round_of(ticket: &Ticket) -> Option<u32> {
    let round = ticket.reopened.checked_mul(ROUNDS)?.checked_add(ticket.round)?;
    (ticket.round < ROUNDS && round <= u32::from(u8::MAX)).then_some(round)
}

/// Whether the resident's word is wanted: the answer is published and nothing has been said about it yet.
pub(crate) fn is_open(ticket: &Ticket) -> bool {
    ticket.phase() == Phase::CallbackDue && ticket.outcome.is_none()
}

/// The request a link makes of the tickets: the same link and the same word are the same request, however often sent.
pub(crate) fn request_id(number: &str, round: u32) -> String {
    format!("rating-{number}-{round}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::id::RequestId;
    use proto::tickets::v1::Outcome;

    use super::*;

    fn ticket(reopened: u32, round: u32) -> Ticket {
        Ticket {
            reopened,
            round,
            phase: Phase::CallbackDue.into(),
            ..Ticket::default()
        }
    }

    #[test]
    fn every_rework_and_reopening_has_a_round_of_its_own() {
        let mut seen = BTreeSet::new();
        for reopened in 0..=20 {
            for round in 0..ROUNDS {
                let round = round_of(&ticket(reopened, round)).unwrap();
                assert!(round <= 255 && seen.insert(round));
            }
        }
    }

    #[test]
    fn rounds_that_cannot_be_told_apart_have_no_link() {
        assert_eq!(round_of(&ticket(0, ROUNDS)), None);
        assert_eq!(round_of(&ticket(22, 0)), None);
        assert_eq!(round_of(&ticket(u32::MAX, 1)), None);
    }

    #[test]
    fn a_rating_is_open_until_something_is_said() {
        assert!(is_open(&ticket(0, 0)));
        let unsolved = Ticket {
            outcome: Some(Outcome::default()),
            ..ticket(0, 0)
        };
        assert!(!is_open(&unsolved));
        assert!(!is_open(&Ticket {
            phase: Phase::Closed.into(),
            ..ticket(0, 0)
        }));
    }

    #[test]
    fn a_link_names_its_request() {
        let id = request_id("20261121-0000018", 255);
        assert!(RequestId::parse(&id).is_ok());
        assert_ne!(id, request_id("20261121-0000018", 254));
    }
}
