//! DecideEntry 目录条目建议的决定: a person accepts the directory entry that a ruling proposes, or declines it.

use super::plan::Plan;
use super::{Event, Ruling, adjudicate};
use crate::access::Role;
use crate::id::EntryId;
use crate::refusal::{Reason, Refusal};

/// 目录条目建议的决定.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideEntry {
    /// The entry, where it is accepted.
    pub entry: Option<EntryId>,
}

impl DecideEntry {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let role = plan.actor.role;
        if role != Role::Triager && !role.supervises() {
            return Err(Refusal::new(Reason::WrongRelation).with("role", role.as_str()));
        }
        let is_open = |ruling: &&Ruling| ruling.proposes && ruling.accepted.is_none();
        let ruling = plan.ticket.ruling.as_ref().filter(is_open);
        let ruling = ruling.ok_or(Reason::NoProposal)?;
        if ruling.by == plan.actor.holder {
            return Err(Reason::SamePerson.into());
        }
        // It may have been sealed since.
        if self.entry.is_some() {
            adjudicate::refuse_sealed(plan)?;
        }
        plan.refuse_party(plan.ticket.units().iter())?;
        plan.record(Event::EntryDecided {
            entry: self.entry.clone(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    const BOUNCED: &str = "register complaint c urban.noise phone in s
         dispatch water
         return water wrong_unit
         decide return yes to roads
         return roads wrong_unit
         administrator#zhou: rule water";

    #[test]
    fn what_a_ruling_proposes_another_person_accepts_once() {
        check(
            &format!(
                "{BOUNCED} proposes
                 ---
                 arbiter: decide entry yes
                 supervisor#zhou: decide entry yes
                 decide entry yes
                 decide entry no"
            ),
            expect![[r#"
                11-23 09:00 arbiter: decide entry yes
                    refused WRONG_RELATION (role=arbiter)
                11-23 09:00 supervisor#zhou: decide entry yes
                    refused SAME_PERSON
                11-23 09:00 decide entry yes
                    entry_decided accepted
                11-23 09:00 decide entry no
                    refused NO_PROPOSAL
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn it_may_be_declined_when_all_is_over() {
        check(
            &format!(
                "{BOUNCED} proposes
                 withdraw
                 ---
                 triager: decide entry no"
            ),
            expect![[r#"
                11-23 09:00 triager: decide entry no
                    entry_decided declined
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn a_ruling_that_proposes_nothing_leaves_nothing_to_decide() {
        check(
            &format!(
                "{BOUNCED}
                 ---
                 decide entry yes"
            ),
            expect![[r#"
                11-23 09:00 decide entry yes
                    refused NO_PROPOSAL
                dispatched: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_was_sealed_since_is_not_for_the_directory() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             return water wrong_unit
             decide return no
             return water wrong_unit
             rule roads proposes
             seal street
             ---
             decide entry yes
             decide entry no",
            expect![[r#"
                11-23 09:00 decide entry yes
                    refused SEALED_RULING
                11-23 09:00 decide entry no
                    entry_decided declined
                dispatched: roads, light none, no level
            "#]],
        );
    }
}
