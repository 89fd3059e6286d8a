//! Facts, commits and tickets to test with.

use domain::access::{Actor, Role};
use domain::clock::{Kind, Level, Run, Step};
use domain::id::{
    CallerHash, EntryId, HolderId, KeySlot, LegId, RequestId, RulesVersion, TicketNumber, UnitId,
};
use domain::ticket::{Channel, CloseKind, Contact, Event, Fact, Ground, LegRole, Opened, Standing};
use domain::time::Limit;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use storage::port::{Commit, Request, Write};

/// Ten o'clock on a Monday, and so many seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    "2026-03-02T02:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

pub(crate) fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(date(2026, 3, 2), sequence).unwrap()
}

pub(crate) fn unit(code: &str) -> UnitId {
    UnitId::parse(code).unwrap()
}

pub(crate) fn caller(nth: u32) -> CallerHash {
    CallerHash::parse(&format!("{nth:032x}")).unwrap()
}

pub(crate) fn actor(holder: &str) -> Actor {
    Actor {
        holder: HolderId::parse(holder).unwrap(),
        role: Role::Operator,
        unit: None,
        cleared: false,
    }
}

pub(crate) fn version(text: &str) -> RulesVersion {
    RulesVersion(text.to_owned())
}

pub(crate) fn request(id: &str, content: &str) -> Request {
    Request {
        id: RequestId::parse(id).unwrap(),
        content: content.to_owned(),
    }
}

pub(crate) fn contact(id: u16, caller: Option<CallerHash>) -> Contact {
    Contact {
        id,
        channel: Channel::Phone,
        standing: Standing::Own,
        caller,
        identity: Some(KeySlot(u64::from(id))),
        call: None,
    }
}

/// As the journal would give it, so that fields added to the event later need no change here.
pub(crate) fn registered(caller: Option<CallerHash>) -> Fact {
    let contact = contact(1, caller);
    let fact = serde_json::json!({
        "event": {
            "kind": "registered",
            "channel": "phone",
            "classification": { "kind": "help", "grade": "c", "confidence_percent": 80 },
            "contact": contact,
            "key": 7,
            "query_code": "c0de",
        }
    });
    serde_json::from_value(fact).unwrap()
}

pub(crate) fn contact_added(id: u16, caller: CallerHash) -> Fact {
    Fact::from(Event::ContactAdded {
        contact: contact(id, Some(caller)),
    })
}

/// A clock of the ticket whose first level fires at `wake`.
pub(crate) fn clock_started(kind: Kind, run: u16, wake: Timestamp) -> Fact {
    let late = wake + SignedDuration::from_hours(24);
    let steps = vec![
        Step {
            level: Level::L0,
            at: wake,
        },
        Step {
            level: Level::L1,
            at: late,
        },
    ];
    let run = Run {
        kind,
        leg: None,
        run,
        limit: Limit::WorkingDays(5),
        started_at: at(0),
        due_at: late,
        yellow_at: wake,
        steps,
    };
    Fact::from(Event::ClockStarted { run })
}

pub(crate) fn clock_stopped(kind: Kind, run: u16) -> Fact {
    Fact::from(Event::ClockStopped {
        clock: domain::clock::RunId { kind, leg: None, run },
    })
}

pub(crate) fn dispatched(units: &[&str]) -> Fact {
    let legs = (1..).zip(units).map(|(leg, code)| Opened {
        leg: LegId(leg),
        role: if leg == 1 { LegRole::Lead } else { LegRole::Co },
        unit: unit(code),
    });
    let ground = Ground::Entry(EntryId::parse("entry").unwrap());
    Fact::from(Event::Dispatched {
        legs: legs.collect(),
        ground,
    })
}

pub(crate) fn signed(leg: u16) -> Fact {
    Fact::from(Event::Signed { leg: LegId(leg) })
}

pub(crate) fn annotated() -> Fact {
    Fact::from(Event::Annotated {})
}

pub(crate) fn closed() -> Fact {
    Fact::from(Event::Closed {
        how: CloseKind::Explained,
    })
}

pub(crate) fn reopened() -> Fact {
    Fact::from(Event::Reopened { count: 1 })
}

pub(crate) fn write(sequence: u32, base: u32, facts: Vec<Fact>) -> Write {
    Write {
        number: number(sequence),
        base,
        facts,
    }
}

pub(crate) fn commit(seconds: i64, writes: Vec<Write>) -> Commit {
    Commit {
        at: at(seconds),
        actor: actor("desk-1"),
        rules: version("r1"),
        request: None,
        trace: None,
        writes,
    }
}

/// The commit that registers a ticket, with the clocks a registration starts.
pub(crate) fn create(seconds: i64, sequence: u32) -> Commit {
    let facts = vec![
        registered(Some(caller(sequence % 5))),
        clock_started(Kind::Citizen, 1, at(seconds + 86_400)),
        clock_started(Kind::Triage, 1, at(seconds + 7_200)),
    ];
    commit(seconds, vec![write(sequence, 0, facts)])
}

pub(crate) fn with_request(mut commit: Commit, id: &str, content: &str) -> Commit {
    commit.request = Some(request(id, content));
    commit
}
