//! Facts, commits and tickets to test with.

use domain::access::{Actor, Role};
use domain::clock::Kind;
use domain::id::{CallerHash, CategoryId, HolderId, RequestId, RulesVersion, TicketNumber, UnitId};
use domain::ticket::Fact;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
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

pub(crate) fn category(code: &str) -> CategoryId {
    CategoryId::parse(code).unwrap()
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

/// A fact as the journal would give it, so that fields added to events later need no change here.
fn fact(event: serde_json::Value) -> Fact {
    serde_json::from_value(json!({ "event": event })).unwrap()
}

fn contact(id: u16, caller: Option<CallerHash>) -> serde_json::Value {
    json!({ "id": id, "channel": "phone", "standing": "own", "caller": caller, "identity": id })
}

pub(crate) fn registered(caller: Option<CallerHash>) -> Fact {
    fact(json!({
        "kind": "registered",
        "channel": "phone",
        "classification": { "kind": "help", "grade": "c", "confidence_percent": 80 },
        "contact": contact(1, caller),
        "key": 7,
        "query_code": "c0de",
    }))
}

pub(crate) fn contact_added(id: u16, caller: CallerHash) -> Fact {
    fact(json!({ "kind": "contact_added", "contact": contact(id, Some(caller)) }))
}

/// A clock of the ticket whose first level fires at `wake`.
pub(crate) fn clock_started(clock: Kind, run: u16, wake: Timestamp) -> Fact {
    let late = wake + SignedDuration::from_hours(24);
    let steps = json!([{ "level": "l0", "at": wake }, { "level": "l1", "at": late }]);
    fact(json!({
        "kind": "clock_started",
        "run": {
            "kind": clock, "run": run, "limit": "5 wd", "started_at": at(0), "due_at": late, "yellow_at": wake,
            "steps": steps,
        },
    }))
}

pub(crate) fn clock_stopped(clock: Kind, run: u16) -> Fact {
    fact(json!({ "kind": "clock_stopped", "clock": { "kind": clock, "run": run } }))
}

pub(crate) fn dispatched(units: &[&str]) -> Fact {
    let leg = |(leg, unit): (u16, &&str)| json!({ "leg": leg, "role": if leg == 1 { "lead" } else { "co" }, "unit": unit });
    let legs: Vec<_> = (1..).zip(units).map(leg).collect();
    fact(json!({ "kind": "dispatched", "legs": legs, "ground": { "entry": "entry" } }))
}

pub(crate) fn signed(leg: u16) -> Fact {
    fact(json!({ "kind": "signed", "leg": leg }))
}

pub(crate) fn annotated() -> Fact {
    fact(json!({ "kind": "annotated" }))
}

pub(crate) fn closed() -> Fact {
    fact(json!({ "kind": "closed", "how": "explained" }))
}

pub(crate) fn reopened() -> Fact {
    fact(json!({ "kind": "reopened", "count": 1 }))
}

pub(crate) fn classified(category: &str) -> Fact {
    fact(json!({
        "kind": "classified",
        "classification": { "kind": "help", "grade": "c", "category": category, "confidence_percent": 100 },
    }))
}

pub(crate) fn ruled(unit: &str) -> Fact {
    fact(json!({ "kind": "ruled", "leg": 1, "unit": unit, "proposes": true }))
}

pub(crate) fn order_issued(order: u8, due: Timestamp) -> Fact {
    fact(json!({ "kind": "order_issued", "order": order, "unit": "water", "due_at": due }))
}

pub(crate) fn order_answered(order: u8) -> Fact {
    fact(json!({ "kind": "order_answered", "order": order }))
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
