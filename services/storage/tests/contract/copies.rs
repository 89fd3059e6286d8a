//! Backup, restore, verify; and the feed read back from a long segment.

use std::fs;
use std::sync::Arc;

use jiff::Timestamp;
use storage::port::{Ledger, ListKey, Offset};
use storage::{Embedded, OpenError, Options, backup, restore, verify};

use crate::facts::*;
use crate::stores::{Dir, open};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_store_restores_to_a_new_history() {
    let (dir, copy, new) = (Dir::new(), Dir::new(), Dir::new());
    let store = open(dir.path()).await.unwrap();
    for sequence in 1..=12 {
        store.commit(create(sequence.into(), sequence)).await.unwrap();
    }
    let copied = store.backup(copy.path()).await.unwrap();
    assert_eq!(copied.last_sequence, 13);
    store.commit(create(20, 20)).await.unwrap();
    let feed = store.feed(Offset::default(), 36).await.unwrap();

    let restored = restore(copy.path(), new.path(), at(30), |_, _| {}).unwrap();
    assert_eq!((restored.parent, restored.after), (store.history_id(), 13));
    let again = open(new.path()).await.unwrap();
    assert_eq!(again.history_id(), restored.history);
    assert_ne!(again.history_id(), store.history_id());
    assert_eq!(again.list(&ListKey::All, None, 99).await.unwrap().len(), 12);
    assert_eq!(again.feed(Offset::default(), 99).await.unwrap(), feed);
    let committed = again.commit(create(40, 20)).await.unwrap();
    assert_eq!(committed.sequence, 15, "after the new history's head");
    again.close().await.unwrap();

    let report = verify(new.path(), |_, _| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.histories, [store.history_id(), restored.history]);
    assert_eq!(
        (report.first_at, report.last_at),
        (Some(Timestamp::UNIX_EPOCH), Some(at(40)))
    );
    assert_eq!((report.records, report.last_sequence), (15, 15));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_whole() {
    let dir = Dir::new();
    let store = open(dir.path()).await.unwrap();
    let writing = {
        let store = Arc::clone(&store);
        async move {
            for sequence in 1..=300 {
                store.commit(create(sequence.into(), sequence)).await.unwrap();
            }
        }
    };
    let copying = async {
        for _ in 0..10 {
            let (online, offline) = (Dir::new(), Dir::new());
            store.backup(online.path()).await.unwrap();
            backup(dir.path(), offline.path(), |_, _| {}).unwrap();
            for copy in [online, offline] {
                let report = verify(copy.path(), |_, _| {}).unwrap();
                assert!(report.is_sound(), "{report:?}");
            }
        }
    };
    tokio::join!(writing, copying);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_go_only_into_new_directories_and_only_from_sound_ones() {
    let (dir, full, new) = (Dir::new(), Dir::new(), Dir::new());
    let store = open(dir.path()).await.unwrap();
    store.commit(create(0, 1)).await.unwrap();
    store.close().await.unwrap();
    fs::write(full.path().join("something"), b"x").unwrap();
    let refused = backup(dir.path(), full.path(), |_, _| {}).unwrap_err();
    assert!(matches!(refused, OpenError::NotEmpty { .. }), "{refused}");
    let refused = restore(new.path(), full.path(), at(0), |_, _| {}).unwrap_err();
    assert!(matches!(refused, OpenError::NoJournal { .. }), "{refused}");

    let mut lines = dir.lines();
    lines[1][200] ^= 1;
    dir.write_lines(&lines);
    let refused = restore(dir.path(), new.path(), at(0), |_, _| {}).unwrap_err();
    assert!(
        matches!(refused, OpenError::Unsound { count: 1, .. }),
        "{refused}"
    );
    assert!(fs::read_dir(new.path()).unwrap().next().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_write_is_left_out_of_a_copy() {
    let (dir, copy) = (Dir::new(), Dir::new());
    let store = open(dir.path()).await.unwrap();
    store.commit(create(0, 1)).await.unwrap();
    store.close().await.unwrap();
    let path = dir.segments().pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"v\":1,\"seq\":3,\"group\":[3,3],\"at\":\"20");
    fs::write(&path, bytes).unwrap();
    let copied = backup(dir.path(), copy.path(), |_, _| {}).unwrap();
    assert_eq!(copied.last_sequence, 2);
    assert!(verify(copy.path(), |_, _| {}).unwrap().is_sound());
    assert_eq!(verify(dir.path(), |_, _| {}).unwrap().problems.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_read_from_anywhere_in_a_long_segment() {
    let dir = Dir::new();
    let options = || Options {
        boot_id: Some("boot-1".to_owned()),
        ..Options::default()
    };
    let store = Embedded::open(dir.path(), options(), |_, _| {}).await.unwrap();
    for sequence in 1..=1_100 {
        store
            .commit(commit(0, vec![write(sequence, 0, vec![registered(None)])]))
            .await
            .unwrap();
    }
    let whole = store.feed(Offset::default(), 2_000).await.unwrap();
    store.close().await.unwrap();
    assert_eq!((whole.len(), dir.segments().len()), (1_100, 1));
    for backwards in [false, true] {
        // Nothing is in memory, and where lines begin is found out as it is needed.
        let store = Embedded::open(dir.path(), options(), |_, _| {}).await.unwrap();
        let mut places: Vec<usize> = (0..1_100)
            .step_by(83)
            .chain([254, 255, 256, 510, 511, 512, 1_099])
            .collect();
        if backwards {
            places.reverse();
        }
        for place in places {
            let rest = store.feed(whole[place].offset, 30).await.unwrap();
            assert_eq!(rest, whole[place + 1..(place + 31).min(1_100)], "after {place}");
        }
        store.close().await.unwrap();
    }
}
