//! What a failing disk and a damaged index do to a store, and what is forgotten when it is old.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use domain::access::Actor;
use domain::id::{RequestId, RulesVersion, TicketNumber};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::index::Batch;
use super::{Embedded, Options, keys};
use crate::journal::{Point, Trip};
use crate::port::{Commit, CommitError, Failure, Ledger, Offset, Request, Write};
use crate::verify;

fn open(dir: &Path, trip: &Trip) -> Arc<Embedded> {
    let options = Options {
        segment_bytes: 2 << 10,
        ..Options::default()
    };
    Embedded::open_on(dir, &options, trip.clone(), &mut |_, _| {}).unwrap()
}

pub(super) fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(date(2026, 3, 2), sequence).unwrap()
}

pub(super) fn create(sequence: u32) -> Commit {
    let registered = json!({ "event": {
        "kind": "registered", "channel": "phone", "key": 1, "query_code": "c0de",
        "classification": { "kind": "help", "grade": "c", "confidence_percent": 80 },
        "contact": { "id": 1, "channel": "phone", "standing": "own" },
    } });
    let actor: Actor = serde_json::from_value(json!({ "holder": "desk-1", "role": "operator" })).unwrap();
    let facts = vec![serde_json::from_value(registered).unwrap()];
    Commit {
        at: Timestamp::UNIX_EPOCH,
        actor,
        rules: RulesVersion("r".to_owned()),
        request: None,
        trace: None,
        writes: vec![Write {
            number: number(sequence),
            base: 0,
            facts,
        }],
    }
}

pub(super) fn failure(outcome: Result<crate::port::Committed, CommitError>) -> Failure {
    match outcome {
        Err(CommitError::Failure(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_answers_reads_until_there_is_space() {
    let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
    let store = open(dir.path(), &trip);
    store.commit(create(1)).await.unwrap();
    for point in [Point::Write, Point::Write] {
        trip.set(Some((point, ErrorKind::StorageFull)));
        assert_eq!(failure(store.commit(create(2)).await), Failure::Full);
        assert_eq!(failure(store.commit(create(2)).await), Failure::Full);
        assert!(store.is_writable(), "it may try again");
        assert!(store.load(number(1)).await.unwrap().is_some());
        assert_eq!(store.load(number(2)).await.unwrap(), None);
        assert_eq!(store.feed(Offset::default(), 9).await.unwrap().len(), 1);
    }
    trip.set(None);
    for sequence in 2..=9 {
        store.commit(create(sequence)).await.unwrap();
    }
    trip.set(Some((Point::Roll, ErrorKind::StorageFull)));
    let mut refused = 0;
    for sequence in 10..=20 {
        refused += u32::from(store.commit(create(sequence)).await.is_err());
    }
    assert!(refused > 0, "no segment can be begun");
    trip.set(None);
    store.commit(create(30)).await.unwrap();
    store.close().await.unwrap();
    let report = verify(dir.path(), |_, _| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_or_write_stops_the_writer_for_good() {
    for point in [Point::Sync, Point::Write, Point::Roll] {
        let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
        let store = open(dir.path(), &trip);
        for sequence in 1..=8 {
            store.commit(create(sequence)).await.unwrap();
        }
        trip.set(Some((point, ErrorKind::Other)));
        let mut sequence = 9;
        while store.is_writable() {
            let outcome = store.commit(create(sequence)).await;
            assert!(
                sequence < 20 && (outcome.is_ok() || failure(outcome) == Failure::Stopped),
                "{point:?}"
            );
            sequence += 1;
        }
        trip.set(None);
        assert_eq!(
            failure(store.commit(create(99)).await),
            Failure::Stopped,
            "never tried again"
        );
        assert!(store.load(number(8)).await.unwrap().is_some(), "reads go on");
        drop(store);
        let store = open(dir.path(), &trip);
        assert!(store.load(number(8)).await.unwrap().is_some());
        assert_eq!(
            store.load(number(sequence)).await.unwrap(),
            None,
            "what was refused is not there"
        );
        store.commit(create(100)).await.unwrap();
        store.close().await.unwrap();
        let report = verify(dir.path(), |_, _| {}).unwrap();
        assert!(report.is_sound(), "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_found_damaged_by_a_read_is_rebuilt_by_the_next_open() {
    let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
    let store = open(dir.path(), &trip);
    store.commit(create(1)).await.unwrap();
    store.close().await.unwrap();
    let store = open(dir.path(), &trip);
    let mut batch = Batch::default();
    batch.put(keys::state(number(1)), b"\0\0\0\0\x01\0{".to_vec());
    store.shared.with_index(|index| index.apply(batch)).unwrap();
    let damaged = store.load(number(1)).await.unwrap_err();
    assert!(
        matches!(&damaged, Failure::Damaged(why) if why.contains("restart to rebuild")),
        "{damaged}"
    );
    assert!(!store.is_writable());
    assert!(
        matches!(store.load(number(2)).await, Err(Failure::Damaged(_))),
        "nothing of it is believed"
    );
    assert_eq!(failure(store.commit(create(2)).await), damaged_before());
    assert_eq!(store.close().await, Err(damaged_before()), "not cleanly");
    let store = open(dir.path(), &trip);
    assert!(store.load(number(1)).await.unwrap().is_some());
    store.commit(create(2)).await.unwrap();
}

pub(super) fn damaged_before() -> Failure {
    Failure::Damaged(
        "the index: it was found damaged before; restart to rebuild it from the journal".to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn request_ids_are_forgotten_a_while_after_they_stop_counting() {
    let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
    let store = open(dir.path(), &trip);
    let count = |store: &Embedded| {
        let (from, to) = keys::requests();
        store
            .shared
            .with_index(|index| index.range(&from, &to, usize::MAX))
            .unwrap()
            .len()
    };
    let day = |day: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day);
    for sequence in 1..=600 {
        let mut commit = create(sequence);
        let id = RequestId::parse(&format!("q-{sequence}")).unwrap();
        commit.request = Some(Request {
            id,
            content: "aa".to_owned(),
        });
        store.commit(commit).await.unwrap();
    }
    assert_eq!(count(&store), 600);
    for sequence in 601..=1_100 {
        let mut commit = create(sequence);
        commit.at = day(31);
        store.commit(commit).await.unwrap();
    }
    assert_eq!(count(&store), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_with_too_little_room_counts_as_full() {
    let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
    let store = open(dir.path(), &trip);
    store.commit(create(1)).await.unwrap();
    store.close().await.unwrap();
    let options = Options {
        free_bytes_min: u64::MAX,
        ..Options::default()
    };
    let store = Embedded::open_blocking(dir.path(), &options, |_, _| {}).unwrap();
    assert_eq!(failure(store.commit(create(2)).await), Failure::Full);
    assert!(store.is_writable() && store.load(number(1)).await.unwrap().is_some());
}
