//! When a resident may rate by link, and as which request.

use proto::common::v1::Phase;
use proto::tickets::v1::Ticket;

/// Whether the resident's word is wanted: the answer is published and nothing has been said about it yet.
pub(crate) fn is_open(ticket: &Ticket) -> bool {
    ticket.phase() == Phase::CallbackDue && ticket.outcome.is_none()
}

/// The request a link makes of the tickets: the same link and the same word are the same request, however often sent. Named
/// after the answer, which never comes again; a rework round does, with each dispatch.
pub(crate) fn request_id(number: &str, answer: u32) -> String {
    format!("rating-{number}-answer-{answer}")
}

#[cfg(test)]
mod tests {
    use domain::id::RequestId;
    use proto::tickets::v1::Outcome;

    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            phase: Phase::CallbackDue.into(),
            ..Ticket::default()
        }
    }

    #[test]
    fn a_rating_is_open_until_something_is_said() {
        assert!(is_open(&ticket()));
        let unsolved = Ticket {
            outcome: Some(Outcome::default()),
            ..ticket()
        };
        assert!(!is_open(&unsolved));
        assert!(!is_open(&Ticket {
            phase: Phase::Closed.into(),
            ..ticket()
        }));
    }

    #[test]
    fn a_link_names_its_request() {
        let id = request_id("20261121-0000018", 65_535);
        assert!(RequestId::parse(&id).is_ok());
        assert_ne!(id, request_id("20261121-0000018", 65_534));
    }
}
