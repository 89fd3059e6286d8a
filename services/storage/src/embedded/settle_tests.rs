//! What becomes of a store whose index cannot hand on what it holds in memory, or is interrupted while it does.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::ticket::Ticket;
use serde_json::json;
use tempfile::TempDir;

use super::disk_tests::{create, damaged_before, failure, number};
use super::index::Batch;
use super::mark::{Left, Mark};
use super::open::rebuild_on;
use super::{Embedded, Options, keys};
use crate::error::OpenError;
use crate::journal::{Point, Trip};
use crate::port::{Commit, Failure, Ledger, ListKey};

const FAILS: Option<(Point, ErrorKind)> = Some((Point::Settle, ErrorKind::Other));

/// Every few commits settle.
fn cramped() -> Options {
    Options {
        recent_keys: 16,
        hot_tickets: 2,
        boot_id: Some("boot-1".to_owned()),
        ..Options::default()
    }
}

fn open(dir: &Path, trip: &Trip) -> Arc<Embedded> {
    Embedded::open_on(dir, &cramped(), trip.clone(), &mut |_, _| {}).unwrap()
}

/// Nothing settles before the close.
fn open_roomy(dir: &Path, trip: &Trip) -> Arc<Embedded> {
    let options = Options {
        boot_id: Some("boot-1".to_owned()),
        ..Options::default()
    };
    Embedded::open_on(dir, &options, trip.clone(), &mut |_, _| {}).unwrap()
}

/// A file that is gone once the index has been built anew.
fn plant(dir: &Path) -> PathBuf {
    let planted = dir.join("index/planted");
    fs::write(&planted, b"x").unwrap();
    planted
}

fn annotate(sequence: u32, base: u32) -> Commit {
    let mut commit = create(sequence);
    commit.writes[0].base = base;
    commit.writes[0].facts =
        vec![serde_json::from_value(json!({ "event": { "kind": "annotated" } })).unwrap()];
    commit
}

async fn all(store: &Embedded) -> Vec<(u32, u32)> {
    let told = |ticket: Ticket| (ticket.number.sequence(), ticket.version);
    let tickets = store.list(&ListKey::All, None, 2_000).await.unwrap();
    tickets.into_iter().map(told).collect()
}

/// Commits until the store takes no more; answers how many were kept.
async fn fill_until_it_stops(store: &Embedded) -> u32 {
    for sequence in 1..500 {
        if let Err(error) = store.commit(create(sequence)).await {
            let told = failure(Err(error));
            assert!(told == Failure::Stopped || told == damaged_before(), "{told}");
            return sequence - 1;
        }
    }
    panic!("it never stops");
}

/// All that was answered is there and, beyond it, at most the commit that was not.
async fn holds(store: &Embedded, kept: u32) {
    let found = all(store).await;
    let expected: Vec<_> = (1..=u32::try_from(found.len()).unwrap())
        .map(|sequence| (sequence, 1))
        .collect();
    assert_eq!(found, expected);
    assert!(found.len() == kept as usize || found.len() == kept as usize + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_settle_stops_the_writer_and_a_kill_after_it_leads_to_a_rebuild() {
    let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
    let store = open(dir.path(), &trip);
    let planted = plant(dir.path());
    trip.set(FAILS);
    let kept = fill_until_it_stops(&store).await;
    assert!(!store.is_writable());
    // Comes after the marking that goes on.
    store.shared.trust.vouch(Left::Open, None).unwrap_err();
    let mark = Mark::read(dir.path()).unwrap();
    assert_eq!(mark.left, Left::Damaged, "before anybody closes");
    assert!(
        mark.durable >= u64::from(kept),
        "what is known to be kept stays known"
    );
    drop(store);
    trip.set(None);
    let store = open(dir.path(), &trip);
    assert!(!planted.exists());
    holds(&store, kept).await;
    store.commit(create(400)).await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_settle_is_told_by_the_close() {
    for is_known in [true, false] {
        let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
        let store = if is_known {
            open(dir.path(), &trip)
        } else {
            open_roomy(dir.path(), &trip)
        };
        let planted = plant(dir.path());
        trip.set(FAILS);
        let kept = if is_known {
            fill_until_it_stops(&store).await
        } else {
            store.commit(create(1)).await.unwrap();
            1
        };
        assert!(matches!(store.close().await, Err(Failure::Damaged(_))));
        drop(store);
        assert_eq!(Mark::read(dir.path()).unwrap().left, Left::Damaged);
        trip.set(None);
        let store = open(dir.path(), &trip);
        assert!(!planted.exists());
        holds(&store, kept).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_cannot_settle_says_so() {
    let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
    let store = open_roomy(dir.path(), &trip);
    for sequence in 1..=9 {
        store.commit(create(sequence)).await.unwrap();
    }
    store.close().await.unwrap();
    trip.set(FAILS);
    let roomy = Options {
        recent_keys: usize::MAX,
        ..cramped()
    };
    for options in [cramped(), roomy] {
        let refused = rebuild_on(dir.path(), &options, trip.clone(), &mut |_, _| {}).unwrap_err();
        assert!(matches!(refused, OpenError::Index(_)), "{refused}");
        let mark = Mark::read(dir.path()).unwrap();
        assert_eq!((mark.left, mark.durable), (Left::Damaged, 10));
    }
    trip.set(None);
    assert_eq!(
        rebuild_on(dir.path(), &cramped(), trip.clone(), &mut |_, _| {}).unwrap(),
        10
    );
    holds(&open(dir.path(), &trip), 9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_and_commits_go_on_while_it_settles_and_a_kill_then_loses_nothing() {
    let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
    let store = open(dir.path(), &trip);
    store.commit(create(1)).await.unwrap();
    store.commit(annotate(1, 1)).await.unwrap();
    let settling = || {
        store
            .shared
            .with_index(|index| Ok(index.settling_count()))
            .unwrap()
    };
    trip.hold_settling(true);
    let mut expected = vec![(1, 2)];
    let mut is_last = false;
    while !is_last {
        // One more while the batch is under way, so that some changes stand before it and some behind.
        is_last = settling() > 0;
        let sequence = u32::try_from(expected.len()).unwrap() + 1;
        store.commit(create(sequence)).await.unwrap();
        expected.push((sequence, 1));
        assert_eq!(all(&store).await, expected);
        assert_eq!(store.history(number(1), 0, 9).await.unwrap().len(), 2);
    }
    assert!(settling() > 0 && store.is_writable());
    let killed = copy(dir.path());
    trip.hold_settling(false);
    assert_eq!(all(&store).await, expected);
    store.close().await.unwrap();
    assert_eq!(all(&open(dir.path(), &trip)).await, expected);

    let planted = plant(killed.path());
    let store = open(killed.path(), &trip);
    assert!(planted.exists(), "the same boot: what the engine has is believed");
    assert_eq!(all(&store).await, expected);
    store.commit(annotate(1, 2)).await.unwrap();
}

/// The files as a process that is killed now leaves them.
fn copy(dir: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    copy_tree(dir, to.path());
    to
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_the_journal_does_not_follow_is_rebuilt() {
    let (dir, trip) = (tempfile::tempdir().unwrap(), Trip::default());
    let store = open(dir.path(), &trip);
    let place = |store: &Embedded| {
        let meta = store.shared.with_index(|index| index.get(&keys::meta()));
        meta.unwrap().unwrap()
    };
    store.commit(create(1)).await.unwrap();
    let before = place(&store);
    store.commit(annotate(1, 1)).await.unwrap();
    store.commit(create(2)).await.unwrap();
    // As if a batch had been torn: the tickets are there, its place in the journal is not.
    let mut torn = Batch::default();
    torn.put(keys::meta(), before);
    store.shared.with_index(|index| index.apply(torn)).unwrap();
    store.close().await.unwrap();
    let planted = plant(dir.path());
    let store = open(dir.path(), &trip);
    assert!(!planted.exists());
    assert_eq!(all(&store).await, [(1, 2), (2, 1)], "no fact counts twice");
    assert_eq!(store.history(number(1), 0, 9).await.unwrap().len(), 2);
}
