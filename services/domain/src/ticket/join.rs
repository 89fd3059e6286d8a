//! Join 并单件追加来件, on the incident: somebody more stands behind it. Never refused for being one too many.

use super::plan::Plan;
use super::{Event, LISTENERS_MAX};
use crate::id::{CallerHash, TicketNumber};
use crate::refusal::{Reason, Refusal};

/// 并单件追加来件, on the incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The ticket the contact was added to.
    pub child: TicketNumber,
    /// The caller, where known again.
    pub caller: Option<CallerHash>,
}

impl Join {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let incident = &plan.ticket.incident;
        let Some(child) = incident.children.get(&self.child) else {
            return Err(Refusal::new(Reason::NotMerged).with("ticket", self.child));
        };
        // Beyond so many known callers the next one counts, but is not known again.
        let is_remembered = |caller: &CallerHash| {
            child.callers.contains(caller) || incident.callers().count() < LISTENERS_MAX
        };
        let caller = self.caller.clone().filter(is_remembered);
        plan.record(Event::ChildJoined {
            child: self.child,
            caller,
        });
        plan.heard();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::ticket::check::scenes::check_all;
    use crate::ticket::check::{Scene, actor, city};
    use crate::ticket::{Child, Command};

    #[test]
    fn a_contact_on_a_child_is_a_listener_of_the_incident() {
        check_all(
            "a> register complaint c urban.noise phone
             b> register complaint c urban.noise phone by li
             merge b into a
             ---
             b> again phone by zhao
             b> again phone by wang
             b> again web anonymous",
            expect![[r#"
                11-23 09:00 b> again phone by zhao
                  b
                    contact_added
                  a
                    child_joined b
                    escalated L2: triage_desk, supervisor_desk
                11-23 09:00 b> again phone by wang
                  b
                    contact_added
                  a
                    child_joined b
                11-23 09:00 b> again web anonymous
                  b
                    contact_added
                  a
                    child_joined b
                a accepted: triage desk, light none, L2, 4 listeners
                b accepted: incident a, light grey, no level, 4 listeners
            "#]],
        );
    }

    #[test]
    fn beyond_the_callers_an_incident_remembers_everybody_still_counts() {
        let mut scene = Scene::new();
        scene.line("register complaint c urban.noise phone").unwrap();
        let incident = scene.ticket.as_mut().unwrap();
        let child = TicketNumber::new(city::date(), 2).unwrap();
        let caller = |nth: usize| CallerHash::parse(&format!("{nth:032x}")).unwrap();
        let callers = (0..LISTENERS_MAX).map(caller).collect();
        let known = Child {
            callers,
            ..Child::default()
        };
        incident.incident.children.insert(child, known);

        let mut join = |nth| {
            let (operator, caller) = (actor("operator"), Some(caller(nth)));
            let join = Command::Join(Join { child, caller });
            scene.give(&join, &operator).unwrap();
            scene.ticket.as_ref().unwrap().listeners()
        };
        assert_eq!(join(0), LISTENERS_MAX + 1, "with the incident's own caller");
        assert_eq!(join(LISTENERS_MAX), LISTENERS_MAX + 2);
    }
}
