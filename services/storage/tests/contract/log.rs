//! The small ledger of roles.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use storage::port::Failure;
use storage::{Entry, Log, LogOptions, OpenError, verify};

use crate::facts::at;
use crate::stores::Dir;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Call {
    from: String,
    minutes: u32,
}

fn call(minutes: u32) -> Call {
    Call {
        from: "线路 3".to_owned(),
        minutes,
    }
}

fn options() -> LogOptions {
    LogOptions {
        segment_bytes: 1 << 10,
        ..LogOptions::default()
    }
}

async fn open(dir: &Path) -> (Log<Call>, Vec<Entry<Call>>) {
    Log::open(dir, "call", options()).await.unwrap()
}

fn minutes(entries: &[Entry<Call>]) -> Vec<u32> {
    entries.iter().map(|entry| entry.value.minutes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_in_order_after_a_stop_and_after_a_crash() {
    let dir = Dir::new();
    let (log, entries) = open(dir.path()).await;
    assert!(entries.is_empty());
    for nth in 1..=5 {
        let appended = log.append(at(nth.into()), call(nth)).await.unwrap();
        assert_eq!(
            (appended.sequence, appended.at),
            (u64::from(nth) + 1, at(nth.into()))
        );
    }
    let raised = log
        .append_all(at(0), vec![call(6), call(7), call(8)])
        .await
        .unwrap();
    assert_eq!((raised.sequence, raised.at), (9, at(5)));
    drop(log);
    let (log, entries) = open(dir.path()).await;
    assert_eq!(minutes(&entries), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!((entries[7].sequence, entries[7].at), (9, at(5)));
    assert!(log.verify().await.unwrap().is_sound());
    log.append(at(9), call(9)).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(log.append(at(9), call(10)).await, Err(Failure::Stopped));
    assert!(!log.is_writable());
    let mut folded = 0;
    drop(
        Log::open_with(dir.path(), "call", &options(), |entry: Entry<Call>| {
            folded += entry.value.minutes
        })
        .unwrap(),
    );
    assert_eq!(folded, 45);
    assert!(dir.segments().len() > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_memory_takes_and_refuses_the_same() {
    let dir = Dir::new();
    for log in [open(dir.path()).await.0, Log::memory()] {
        assert_eq!(log.append(at(5), call(1)).await.unwrap().sequence, 2);
        let raised = log.append_all(at(1), vec![call(2), call(3)]).await.unwrap();
        assert_eq!((raised.sequence, raised.at), (4, at(5)));
        assert!(matches!(
            log.append_all(at(5), vec![]).await,
            Err(Failure::Limit { .. })
        ));
        assert!(matches!(
            log.append_all(at(5), vec![call(1); 5_000]).await,
            Err(Failure::Limit { .. })
        ));
        let long = Call {
            from: "x".repeat(1 << 20),
            minutes: 0,
        };
        assert!(matches!(
            log.append(at(5), long).await,
            Err(Failure::Limit { .. })
        ));
        assert!(log.is_writable());
        log.close().await.unwrap();
        assert_eq!(log.append(at(5), call(1)).await, Err(Failure::Stopped));
        assert_eq!(log.close().await, Err(Failure::Stopped));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_another_kind_or_owner_is_refused() {
    let dir = Dir::new();
    let (log, _) = open(dir.path()).await;
    log.append(at(0), call(1)).await.unwrap();
    let second = Log::<Call>::open(dir.path(), "call", options())
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(second, OpenError::Locked { .. }), "{second}");
    drop(log);
    let other = Log::<Call>::open(dir.path(), "token", options())
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(other, OpenError::Foreign { sequence: 2, .. }), "{other}");
    let other = Log::<u32>::open(dir.path(), "call", options())
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(other, OpenError::Foreign { sequence: 2, .. }), "{other}");
}

/// A log whose last group holds three records, and where that group begins in its file.
async fn with_a_group_of_three(dir: &Dir) -> (Vec<u8>, usize) {
    let (log, _) = open(dir.path()).await;
    log.append(at(0), call(1)).await.unwrap();
    let begin = fs::read(&dir.segments()[0]).unwrap().len();
    log.append_all(at(1), vec![call(2), call(3), call(4)])
        .await
        .unwrap();
    (fs::read(&dir.segments()[0]).unwrap(), begin)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_cut_at_any_byte_is_cut_off_whole() {
    let dir = Dir::new();
    let (bytes, begin) = with_a_group_of_three(&dir).await;
    for cut in begin..=bytes.len() {
        fs::write(&dir.segments()[0], &bytes[..cut]).unwrap();
        let mut entries = Vec::new();
        let log = Log::open_with(dir.path(), "call", &options(), |entry: Entry<Call>| {
            entries.push(entry)
        })
        .unwrap();
        let expected: &[u32] = if cut == bytes.len() { &[1, 2, 3, 4] } else { &[1] };
        assert_eq!(minutes(&entries), expected, "cut at {cut}");
        drop(log);
        assert!(verify(dir.path(), |_, _| {}).unwrap().is_sound(), "cut at {cut}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_which_any_part_is_missing_is_cut_off_whole() {
    let dir = Dir::new();
    let (bytes, begin) = with_a_group_of_three(&dir).await;
    // Pages of one write reach the disk in any order: zeros anywhere in the group.
    for hole in (begin..bytes.len()).step_by(97) {
        let mut torn = bytes.clone();
        let end = (hole + 80).min(torn.len());
        torn[hole..end].fill(0);
        fs::write(&dir.segments()[0], torn).unwrap();
        let (log, entries) = open(dir.path()).await;
        assert_eq!(minutes(&entries), [1], "hole at {hole}");
        log.append(at(2), call(9)).await.unwrap();
        log.close().await.unwrap();
        assert!(
            verify(dir.path(), |_, _| {}).unwrap().is_sound(),
            "hole at {hole}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_record_before_a_good_group_refuses_to_open() {
    let dir = Dir::new();
    let (bytes, begin) = with_a_group_of_three(&dir).await;
    let mut spoilt = bytes.clone();
    spoilt[begin - 40] ^= 1;
    fs::write(&dir.segments()[0], &spoilt).unwrap();
    let refused = Log::<Call>::open(dir.path(), "call", options())
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(
        matches!(refused, OpenError::Broken { sequence: 2, .. }),
        "{refused}"
    );
    // Not even when the good one after it is itself cut short.
    spoilt.truncate(bytes.len() - 10);
    fs::write(&dir.segments()[0], &spoilt).unwrap();
    let refused = Log::<Call>::open(dir.path(), "call", options())
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(
        matches!(refused, OpenError::Broken { sequence: 2, .. }),
        "{refused}"
    );
    assert_eq!(
        fs::read(&dir.segments()[0]).unwrap(),
        spoilt,
        "nothing was changed"
    );
}
