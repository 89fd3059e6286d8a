//! Annotate 备注: an internal note, by anyone who may see the ticket.

use super::Event;
use super::plan::Plan;

pub(super) fn decide(plan: &mut Plan<'_>) {
    plan.record(Event::Annotated {});
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_note_changes_nothing() {
        check(
            "register consult c urban.noise phone
             answer
             note",
            expect![[r#"
                11-23 09:00 register consult c urban.noise phone
                    registered consult c urban.noise
                    runs C0 11-27 17:30, C1 11-23 11:00
                11-23 09:00 answer
                    answered_directly
                    stops C0, C1
                    closed answered directly
                11-23 09:00 note
                    annotated
                closed: nobody, light green, no level
            "#]],
        );
    }
}
