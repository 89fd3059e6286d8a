//! Who may see what. Outside one's scope everything is as if it did not exist.

use crate::access::{Actor, Role};
use crate::id::UnitId;
use crate::rules::Rules;
use crate::ticket::{Phase, Secrecy, Ticket};

/// Whether an actor may know that a ticket exists.
///
/// Units see tickets in which they, or units below them, have or had a leg. Desks see every ticket that is not
/// sealed; sealed ones only with clearance for the sealed desk. The accused unit and its subtree never see a report
/// against them, whatever else they are, and until the accused is recorded no unit does (domain.md, section 9).
pub fn may_see(ticket: &Ticket, actor: &Actor, rules: &Rules) -> bool {
    if is_recused(ticket, actor, rules) {
        return false;
    }
    match actor.role {
        Role::Citizen | Role::Channel => false,
        Role::UnitClerk | Role::UnitLeader | Role::UnitHead => {
            ticket.secrecy != (Secrecy::Sealed { accused: None })
                && actor
                    .unit
                    .as_ref()
                    .is_some_and(|unit| has_leg_within(ticket, unit, rules))
        }
        Role::System => true,
        Role::Operator
        | Role::Triager
        | Role::Auditor
        | Role::CallbackAgent
        | Role::Supervisor
        | Role::CityOffice
        | Role::Arbiter
        | Role::Administrator => actor.cleared || ticket.secrecy == Secrecy::Open,
    }
}

/// Whether an actor may read what was said: whoever may see the ticket and works with its content.
pub fn may_read_words(ticket: &Ticket, actor: &Actor, rules: &Rules) -> bool {
    may_see(ticket, actor, rules)
}

/// Whether an actor may ask for an unlock: a unit with a leg in the ticket while it is open, or the hotline's own.
pub fn may_unlock(ticket: &Ticket, actor: &Actor, rules: &Rules) -> bool {
    let legs = ticket
        .phase
        .legs()
        .filter(|_| !matches!(ticket.phase, Phase::Closed { .. }));
    let has_leg = |unit: &UnitId| legs.is_some_and(|legs| legs.iter().any(|leg| leg.unit == *unit));
    may_see(ticket, actor, rules) && actor.unit.as_ref().is_none_or(has_leg)
}

/// Whether a unit, and so whoever acts for it, is accused, kept out, or stands below one that is.
pub fn is_recused(ticket: &Ticket, actor: &Actor, rules: &Rules) -> bool {
    let Some(unit) = &actor.unit else { return false };
    ticket.recused_units().any(|out| rules.units.is_within(unit, out))
}

fn has_leg_within(ticket: &Ticket, top: &UnitId, rules: &Rules) -> bool {
    ticket.units().iter().any(|unit| rules.units.is_within(unit, top))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::check::{Scene, actor};

    /// Who of some actors may see the ticket a script leaves behind, and who of them may ask for an unlock.
    fn check(script: &str, sees: &str, unlocks: &str) {
        let mut scene = Scene::new();
        scene.play(script);
        let ticket = scene.ticket.as_ref().unwrap();
        let everybody = [
            "operator",
            "unit_clerk@street",
            "unit_clerk@village",
            "unit_clerk@street2",
            "unit_leader@district",
            "unit_head@water",
            "system",
            "citizen",
            "channel",
        ];
        let whom = |may: &dyn Fn(&Actor) -> bool| {
            let actors = everybody.into_iter().filter(|text| {
                let mut actor = actor(text);
                actor.cleared = false;
                may(&actor)
            });
            actors.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(whom(&|actor| may_see(ticket, actor, scene.rules)), sees);
        assert_eq!(whom(&|actor| may_unlock(ticket, actor, scene.rules)), unlocks);
    }

    #[test]
    fn units_see_what_they_or_those_below_them_have_and_unlock_what_they_have() {
        check(
            "register complaint c urban.noise phone",
            "operator system",
            "operator system",
        );
        check(
            "register complaint c urban.noise phone\ndispatch street water",
            "operator unit_clerk@street unit_leader@district unit_head@water system",
            "operator unit_clerk@street unit_head@water system",
        );
    }

    #[test]
    fn a_past_leg_and_a_finished_one_show_the_ticket_and_open_no_identity() {
        check(
            "register complaint c urban.noise phone\ndispatch street\nwithdraw",
            "operator unit_clerk@street unit_leader@district system",
            "operator system",
        );
        check(
            "register complaint c urban.noise phone\ndispatch street\nwithdraw\nreopen\ndispatch water",
            "operator unit_clerk@street unit_leader@district unit_head@water system",
            "operator unit_head@water system",
        );
    }

    #[test]
    fn the_accused_and_those_below_see_nothing_and_desks_need_clearance() {
        check(
            "register report c urban.noise phone accused street\ndispatch district water",
            "unit_leader@district unit_head@water system",
            "unit_leader@district unit_head@water system",
        );
        check(
            "register complaint c urban.noise phone\ndispatch street\nseal street",
            "unit_leader@district system",
            "system",
        );
    }

    #[test]
    fn until_the_accused_is_known_no_unit_sees_it() {
        check(
            "register complaint c urban.noise phone\ndispatch street water\nseal",
            "system",
            "system",
        );
    }
}
