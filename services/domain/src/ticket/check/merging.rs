//! Verbs for merging in scripts about one ticket: the other one is made up here. `check::scenes` has scripts about several.

use std::sync::LazyLock;

use super::{Scene, city};
use crate::id::TicketNumber;
use crate::ticket::{Command, Join, LetGo, MergeInto, Rejoin, TakeIn, Ticket};

/// As urgent as can be and dispatched, so that any open matter may merge into it.
const INCIDENT: &str =
    "register help a utilities.water phone by zhao\noperator: dispatch roads\nsign roads\n";
/// It came in weeks ago: its due times are earlier than any.
const CHILD: &str = "at 2026-11-02 09:00\nregister complaint c urban.noise phone by zhao\ndispatch roads\n";

/// A verb, and who usually does it.
pub(super) fn verb(verb: &str, rest: &[&str]) -> Option<(Command, &'static str)> {
    Some(match verb {
        "merge" => {
            let incident = other(&INCIDENT_OPEN);
            (Command::MergeInto(MergeInto { incident }), "triager")
        }
        "unmerge" => (Command::Unmerge, "triager"),
        // rejoin [declined]
        "rejoin" => {
            let incident = match rest {
                [] => other(&INCIDENT_ANSWERED),
                ["open"] => other(&INCIDENT_OPEN),
                ["declined"] => other(&INCIDENT_DECLINED),
                what => panic!("rejoin {what:?}"),
            };
            (Command::Rejoin(Rejoin { incident }), "system")
        }
        "take" => (Command::TakeIn(TakeIn { child: other(&TAKEN) }), "triager"),
        "let_go" => (Command::LetGo(LetGo { child: number() }), "triager"),
        "join" => {
            let (child, caller) = (number(), None);
            (Command::Join(Join { child, caller }), "operator")
        }
        _ => return None,
    })
}

static INCIDENT_OPEN: LazyLock<Ticket> = LazyLock::new(|| life(INCIDENT, ""));
static INCIDENT_ANSWERED: LazyLock<Ticket> =
    LazyLock::new(|| life(INCIDENT, "reply roads solved\naudit pass"));
static INCIDENT_DECLINED: LazyLock<Ticket> =
    LazyLock::new(|| life("", "register help a utilities.water phone\ndecline r2"));
static TAKEN: LazyLock<Ticket> = LazyLock::new(|| life(CHILD, ""));

fn other(ticket: &LazyLock<Ticket>) -> Box<Ticket> {
    Box::new(Ticket::clone(ticket))
}

fn number() -> TicketNumber {
    TicketNumber::new(city::date(), 9).unwrap()
}

fn life(so_far: &str, then: &str) -> Ticket {
    let mut scene = Scene::new();
    scene.number = number();
    for line in so_far.lines().chain(then.lines()) {
        scene.line(line).unwrap();
    }
    scene.ticket.unwrap()
}
