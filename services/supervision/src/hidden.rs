//! What keeps a ticket from some eyes. The same rule as `domain::redact::may_see`, for figures: they are counted from the
//! projection and not asked of tickets row by row.

use domain::access::{Actor, Role};
use domain::id::UnitId;
use domain::rules::Rules;

/// What is confidential about a ticket; nothing, for nearly all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Hidden {
    pub(crate) is_sealed: bool,
    /// Sealed, and it is not known yet who is accused.
    pub(crate) accused_unknown: bool,
    /// Units that are accused or kept out: they and those below them know nothing of it.
    pub(crate) out: Vec<UnitId>,
}

impl Hidden {
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the ticket does not exist for somebody who would see it otherwise.
    pub(crate) fn from(&self, actor: &Actor, rules: &Rules) -> bool {
        let is_within = |out: &UnitId| {
            let own = actor.unit.as_ref();
            own.is_some_and(|own| rules.units.is_within(own, out))
        };
        if self.out.iter().any(is_within) {
            return true;
        }
        match actor.role {
            Role::System => false,
            Role::UnitClerk | Role::UnitLeader | Role::UnitHead => self.accused_unknown,
            Role::Citizen
            | Role::Channel
            | Role::Operator
            | Role::Triager
            | Role::Auditor
            | Role::CallbackAgent
            | Role::Supervisor
            | Role::CityOffice
            | Role::Arbiter
            | Role::Administrator => self.is_sealed && !actor.cleared,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::id::HolderId;

    use super::*;
    use crate::test_city::{rules, unit};

    fn hides(hidden: &Hidden, role: Role, own: Option<&str>, cleared: bool) -> bool {
        let actor = Actor {
            holder: HolderId::parse("somebody").unwrap(),
            role,
            unit: own.map(unit),
            cleared,
        };
        hidden.from(&actor, &rules())
    }

    #[test]
    fn an_ordinary_ticket_hides_from_nobody() {
        assert!(Hidden::default().is_nothing());
        assert!(!hides(
            &Hidden::default(),
            Role::UnitHead,
            Some("street-1"),
            false
        ));
        assert!(!hides(&Hidden::default(), Role::Supervisor, None, false));
    }

    #[test]
    fn a_sealed_one_hides_from_desks_without_clearance_and_from_the_accused_side() {
        let report = Hidden {
            is_sealed: true,
            accused_unknown: false,
            out: vec![unit("district-1")],
        };
        assert!(hides(&report, Role::Supervisor, None, false));
        assert!(!hides(&report, Role::Supervisor, None, true));
        assert!(hides(&report, Role::UnitHead, Some("district-1"), true));
        assert!(
            hides(&report, Role::UnitHead, Some("street-1"), true),
            "below the accused"
        );
        assert!(!hides(&report, Role::UnitHead, Some("water"), false));
        assert!(!hides(&report, Role::System, None, true));
    }

    #[test]
    fn until_the_accused_is_known_no_unit_knows_of_it() {
        let report = Hidden {
            is_sealed: true,
            accused_unknown: true,
            out: Vec::new(),
        };
        assert!(hides(&report, Role::UnitHead, Some("water"), false));
    }
}
