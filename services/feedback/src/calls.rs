//! Two lists read as one: residents to be rung because their answer is late, then those to be rung about theirs. The page
//! token says in which list it goes on.

use proto::common::v1::Phase;
use proto::tickets::v1::ListTicketsRequest;

const LATE: &str = "late.";
const ANSWERED: &str = "answered.";

/// The token within the list of late ones; none once that is at its end.
pub(crate) fn late_token(token: &str) -> Option<&str> {
    match token {
        "" => Some(""),
        token => token.strip_prefix(LATE),
    }
}

/// The token within the list of answered ones. What is none of ours is refused by whose it should be.
pub(crate) fn answered_token(token: &str) -> &str {
    match late_token(token) {
        Some(_) => "",
        None => token.strip_prefix(ANSWERED).unwrap_or(token),
    }
}

/// The token after a page that ends among the late ones.
pub(crate) fn after_late(next: &str) -> String {
    match next {
        "" => ANSWERED.to_owned(),
        next => format!("{LATE}{next}"),
    }
}

/// The token after a page that ends among the answered ones.
pub(crate) fn after_answered(next: &str) -> String {
    match next {
        "" => String::new(),
        next => format!("{ANSWERED}{next}"),
    }
}

pub(crate) fn late(size: usize, token: &str) -> ListTicketsRequest {
    ListTicketsRequest {
        deadline_callback: true,
        ..page(size, token)
    }
}

pub(crate) fn answered(size: usize, token: &str) -> ListTicketsRequest {
    ListTicketsRequest {
        phase: Phase::CallbackDue.into(),
        ..page(size, token)
    }
}

fn page(size: usize, token: &str) -> ListTicketsRequest {
    ListTicketsRequest {
        page_size: u32::try_from(size).unwrap_or(u32::MAX),
        page_token: token.to_owned(),
        ..ListTicketsRequest::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_on_in_the_list_it_was_given_for() {
        assert_eq!(late_token(""), Some(""));
        assert_eq!(late_token(&after_late("abc")), Some("abc"));
        assert_eq!(late_token(&after_late("")), None, "the late ones are over");
        assert_eq!(answered_token(&after_late("")), "");
        assert_eq!(answered_token(&after_answered("abc")), "abc");
        assert_eq!(late_token(&after_answered("abc")), None);
        assert_eq!(after_answered(""), "", "the end of all");
    }

    #[test]
    fn what_is_no_token_of_ours_is_left_to_be_refused() {
        assert_eq!((late_token("forged"), answered_token("forged")), (None, "forged"));
    }
}
