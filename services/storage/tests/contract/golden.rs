//! Journals of every version ever released, which must open and fold to the same state for ever (A-10). The files are
//! never written again; a new version of the format gets a directory of its own.

use std::path::Path;

use domain::ticket::Ticket;
use serde_json::{Value, json};
use storage::port::{Ledger, ListKey, Offset};
use storage::{Log, LogOptions, verify};

use crate::facts::*;
use crate::stores::{Dir, copy_tree, open};

fn golden(name: &str) -> Dir {
    let dir = Dir::new();
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(name),
        dir.path(),
    );
    dir
}

fn told(ticket: &Ticket) -> String {
    let Ticket {
        number,
        version,
        registered_at,
        updated_at,
        reopened,
        ..
    } = ticket;
    let phase = ticket.phase.name().as_str();
    let units: Vec<_> = ticket.units().into_iter().map(String::from).collect();
    let callers = ticket.callers().len();
    let wake = ticket.next_wake().map(|at| at.to_string()).unwrap_or_default();
    let (clocks, units) = (ticket.clocks.len(), units.join("+"));
    format!(
        "{number} v{version} {phase} {registered_at}/{updated_at} reopened {reopened} units [{units}] callers {callers} \
         clocks {clocks} wakes {wake}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_version_1_folds_to_the_state_it_had() {
    let dir = golden("v1/ledger");
    let report = verify(dir.path(), |_, _| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.last_hash, LAST_HASH);
    let store = open(dir.path()).await.unwrap();
    assert_eq!(
        store.history_id().to_string(),
        "e8122445-3e09-4b17-8a21-263a9c52411d"
    );
    let tickets = store.list(&ListKey::All, None, 9).await.unwrap();
    assert_eq!(tickets.iter().map(told).collect::<Vec<_>>(), TICKETS);
    let feed = store.feed(Offset::default(), 99).await.unwrap();
    assert_eq!(feed.len(), 19);
    assert_eq!(
        feed[0].trace.as_deref(),
        Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    );
    assert_eq!(
        feed[0].recorded.fact.words.as_ref().unwrap().text.as_ref(),
        "c2VhbGVk"
    );
    let answered = store
        .request(&actor("desk-1"), &request("q-2", "").id, at(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (answered.number, answered.version, &*answered.content),
        (number(2), 6, "bb")
    );
    assert_eq!(
        store.rules(None).await.unwrap().unwrap(),
        (version("r2"), r#"{"名称":"第二版"}"#.to_owned())
    );
    assert_eq!(store.commit(create(100, 4)).await.unwrap().sequence, 13);
}

const LAST_HASH: &str = "389fc51806f9b10b90f4d37e62b691c9d608d1a4cb6fd69409d798a00dfd5cb4";

const TICKETS: [&str; 3] = [
    "20260302-0000011 v8 handling 2026-03-02T02:00:00Z/2026-03-02T02:00:20Z reopened 0 units [roads+water] callers 1 \
     clocks 3 wakes 2026-03-02T13:06:40Z",
    "20260302-0000022 v6 closed 2026-03-02T02:00:01Z/2026-03-02T02:00:50Z reopened 0 units [] callers 2 clocks 2 wakes \
     2026-03-02T04:00:01Z",
    "20260302-0000033 v5 accepted 2026-03-02T02:00:02Z/2026-03-02T02:00:40Z reopened 1 units [] callers 1 clocks 2 \
     wakes 2026-03-02T04:00:02Z",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_version_1_reads_as_it_was_written() {
    let dir = golden("v1/log");
    assert!(verify(dir.path(), |_, _| {}).unwrap().is_sound());
    let (_log, entries) = Log::<Value>::open(dir.path(), "note", LogOptions::default())
        .await
        .unwrap();
    let found: Vec<_> = entries
        .into_iter()
        .map(|entry| (entry.sequence, entry.at, entry.value))
        .collect();
    let expected = [
        (2, at(1), json!({ "text": "一" })),
        (3, at(2), json!({ "text": "二" })),
        (4, at(2), json!({ "text": "三", "more": [1, null] })),
        (5, at(3), json!({ "text": "四" })),
    ];
    assert_eq!(found, expected);
}
