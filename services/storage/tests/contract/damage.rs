//! What a power cut, a bad disk or a meddling hand leaves behind, and what the store makes of it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use storage::port::{Failure, Ledger, ListKey, Offset};
use storage::{Embedded, Flaw, OpenError, Options, verify};

use crate::facts::*;
use crate::stores::{Dir, cramped, open, open_after_power_cut};

/// A store of so many tickets, closed.
async fn filled(tickets: u32) -> Dir {
    let dir = Dir::new();
    let store = open(dir.path()).await.unwrap();
    for sequence in 1..=tickets {
        store.commit(create(sequence.into(), sequence)).await.unwrap();
    }
    store.close().await.unwrap();
    dir
}

async fn tickets(store: &Embedded) -> usize {
    store.list(&ListKey::All, None, 1_000).await.unwrap().len()
}

async fn refusal(dir: &Path) -> OpenError {
    open(dir).await.map(|_| ()).expect_err("it must not open")
}

fn flaws(dir: &Dir) -> Vec<(u64, Flaw)> {
    let report = verify(dir.path(), |_, _| {}).unwrap();
    report
        .problems
        .into_iter()
        .map(|problem| (problem.sequence, problem.flaw))
        .collect()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_cut_short_is_cut_off_wherever_it_ends() {
    let dir = Dir::new();
    let store = open(dir.path()).await.unwrap();
    store.commit(create(0, 1)).await.unwrap();
    store.commit(create(1, 2)).await.unwrap();
    drop(store);
    let path = dir.segments().pop().unwrap();
    let whole = fs::metadata(&path).unwrap().len();
    let last = dir.lines().pop().unwrap().len() as u64 + 1;
    let cuts = (whole - last + 1..whole)
        .step_by(61)
        .chain([whole - 2, whole - 1]);
    for cut in cuts {
        let copy = dir.copy();
        let path = copy.segments().pop().unwrap();
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(cut)
            .unwrap();
        let store = open_after_power_cut(copy.path()).await.unwrap();
        assert_eq!(tickets(&store).await, 1, "cut at {cut} of {whole}");
        store.commit(create(2, 2)).await.unwrap();
        store.close().await.unwrap();
        assert_eq!(flaws(&copy), [], "cut at {cut} of {whole}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_the_last_record_refuses_to_open() {
    let dir = filled(3).await;
    let path = dir.segments().pop().unwrap();
    let middle = fs::read(&path).unwrap().len() - 200;
    flip(&path, middle);
    let refused = refusal(dir.path()).await;
    assert!(
        matches!(
            refused,
            OpenError::Broken {
                sequence: 4,
                flaw: Flaw::Checksum,
                ..
            }
        ),
        "{refused}"
    );
    // The mark beside the index knows that the record was kept, even when the index is gone.
    dir.remove_index();
    let refused = refusal(dir.path()).await;
    assert!(
        matches!(refused, OpenError::Broken { sequence: 4, .. }),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("restore the last backup"),
        "{refused}"
    );
    assert_eq!(flaws(&dir), [(4, Flaw::Checksum)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_an_earlier_record_is_named_and_never_cut() {
    let dir = filled(12).await;
    assert!(dir.segments().len() > 2, "the journal has several segments");
    let first = dir.segments().remove(0);
    let offset = dir.lines()[0].len() + 300;
    flip(&first, offset);
    assert_eq!(flaws(&dir)[0], (2, Flaw::Checksum));

    // After a clean stop nothing reads it until somebody asks; then the answer says so and others go on.
    let store = open(dir.path()).await.unwrap();
    assert_eq!(tickets(&store).await, 12);
    let damaged = store.history(number(1), 0, 9).await.unwrap_err();
    assert!(
        matches!(&damaged, Failure::Damaged(why) if why.contains("record 2")),
        "{damaged}"
    );
    assert!(matches!(
        store.feed(Offset::default(), 9).await,
        Err(Failure::Damaged(_))
    ));
    assert_eq!(store.history(number(2), 0, 9).await.unwrap().len(), 3);
    store.close().await.unwrap();

    let before: Vec<_> = dir
        .segments()
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    dir.forget_index();
    let refused = refusal(dir.path()).await;
    assert!(
        matches!(refused, OpenError::Broken { sequence: 2, .. }),
        "{refused}"
    );
    let after: Vec<_> = dir
        .segments()
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    assert_eq!(before, after, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_moved_and_edited_records_show() {
    let dir = filled(5).await;
    let lines = dir.lines();
    let broken = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let copy = dir.copy();
        let mut lines = lines.clone();
        change(&mut lines);
        copy.write_lines(&lines);
        copy.forget_index();
        copy
    };
    let deleted = broken(&|lines| drop(lines.remove(2)));
    assert_eq!(
        flaws(&deleted)[0],
        (
            3,
            Flaw::Sequence {
                expected: 3,
                found: 4
            }
        )
    );
    let moved = broken(&|lines| lines.swap(2, 3));
    assert_eq!(
        flaws(&moved)[0],
        (
            3,
            Flaw::Sequence {
                expected: 3,
                found: 4
            }
        )
    );
    let edited =
        broken(&|lines| lines[2] = resummed(&lines[2], "\"channel\":\"phone\"", "\"channel\":\"visit\""));
    assert_eq!(flaws(&edited), [(4, Flaw::Chain)], "even with a fitting checksum");
    let without_first = broken(&|lines| drop(lines.remove(0)));
    assert_eq!(
        flaws(&without_first)[0],
        (
            1,
            Flaw::Sequence {
                expected: 1,
                found: 2
            }
        )
    );
    for dir in [deleted, moved, edited, without_first] {
        let refused = refusal(dir.path()).await;
        assert!(matches!(refused, OpenError::Broken { .. }), "{refused}");
    }
}

/// A line with other words in it and a checksum that fits them.
fn resummed(line: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(line).unwrap().replace(from, to);
    let covered = &text[..text.len() - 18];
    format!(
        "{covered},\"sum\":\"{:08x}\"}}",
        crc32fast::hash(covered.as_bytes())
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_segment_shows() {
    let dir = filled(12).await;
    fs::remove_file(&dir.segments()[1]).unwrap();
    assert!(matches!(flaws(&dir)[0].1, Flaw::Gap));
    dir.forget_index();
    let refused = refusal(dir.path()).await;
    assert!(
        matches!(refused, OpenError::Broken { flaw: Flaw::Gap, .. }),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_ahead_of_the_journal_refuses_to_open() {
    let dir = filled(3).await;
    let path = dir.segments().pop().unwrap();
    let bytes = fs::read(&path).unwrap();
    let last = dir.lines().pop().unwrap().len() + 1;
    fs::write(&path, &bytes[..bytes.len() - last]).unwrap();
    assert_eq!(flaws(&dir), [], "a whole group taken from the end breaks no link");
    let refused = refusal(dir.path()).await;
    assert!(matches!(refused, OpenError::Ahead { known: 4, .. }), "{refused}");
    dir.remove_index();
    let refused = refusal(dir.path()).await;
    assert!(
        matches!(refused, OpenError::Ahead { known: 4, ends: 3 }),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("remove `index` and `index.mark`"),
        "{refused}"
    );
    fs::remove_file(dir.path().join("index.mark")).unwrap();
    assert_eq!(tickets(&open(dir.path()).await.unwrap()).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_a_later_version_is_neither_read_nor_cut() {
    let dir = filled(2).await;
    let mut lines = dir.lines();
    let last = lines.pop().unwrap();
    lines.push(resummed(&last, "{\"v\":1,", "{\"v\":2,"));
    dir.write_lines(&lines);
    dir.forget_index();
    let refused = refusal(dir.path()).await;
    assert!(
        matches!(refused, OpenError::Foreign { sequence: 3, .. }),
        "{refused}"
    );
    assert_eq!(dir.lines(), lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_or_spoilt_index_is_rebuilt() {
    let dir = filled(12).await;
    dir.remove_index();
    assert_eq!(tickets(&open(dir.path()).await.unwrap()).await, 12);

    for spoilt in ["db", "conf"] {
        let path = dir.path().join("index").join(spoilt);
        let length = fs::read(&path).unwrap().len().max(64);
        fs::write(&path, b"garbage ".repeat(length / 8)).unwrap();
        let store = open(dir.path()).await.unwrap();
        assert_eq!(tickets(&store).await, 12, "{spoilt}");
        assert_eq!(store.history(number(3), 0, 9).await.unwrap().len(), 3);
        store.close().await.unwrap();
    }

    fs::remove_dir_all(dir.path().join("index")).unwrap();
    fs::write(dir.path().join("index"), b"not even a directory").unwrap();
    assert_eq!(tickets(&open(dir.path()).await.unwrap()).await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_cut_the_index_is_rebuilt_unopened() {
    let dir = filled(12).await;
    let planted = dir.path().join("index/planted");
    let read = Arc::new(AtomicU64::new(0));
    let open_in = |boot: &str| {
        let read = Arc::clone(&read);
        read.store(0, Ordering::Relaxed);
        let options = Options {
            boot_id: Some(boot.to_owned()),
            ..cramped()
        };
        let progress = move |done, total| {
            assert!(done <= total);
            read.store(done, Ordering::Relaxed);
        };
        Embedded::open(dir.path(), options, progress)
    };
    // Closed cleanly: any boot may trust it, and nothing of the journal is read.
    fs::write(&planted, b"x").unwrap();
    drop(open_in("boot-7").await.unwrap());
    assert!(planted.exists());
    assert_eq!(read.load(Ordering::Relaxed), 0);
    // A crash of the process under the same boot: the index holds what was written.
    drop(open_in("boot-7").await.unwrap());
    assert!(planted.exists());
    // Another boot: it does not.
    let store = open_in("boot-8").await.unwrap();
    assert!(!planted.exists());
    let journal: u64 = dir
        .segments()
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    assert_eq!(read.load(Ordering::Relaxed), journal);
    assert_eq!(tickets(&store).await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_has_one_owner_at_a_time() {
    let dir = Dir::new();
    let store = open(dir.path()).await.unwrap();
    let refused = refusal(dir.path()).await;
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    let refused = storage::rebuild(dir.path(), &cramped(), |_, _| {}).unwrap_err();
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    store.close().await.unwrap();
    drop(open(dir.path()).await.unwrap());
    drop(open(dir.path()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_index_answers_as_the_first_one_did() {
    let dir = filled(12).await;
    let ask = async || {
        let store = open(dir.path()).await.unwrap();
        let all = store.list(&ListKey::All, None, 99).await.unwrap();
        let due = store.due_before(at(99_999), 99).await.unwrap();
        let feed = store.feed(Offset::default(), 99).await.unwrap();
        store.close().await.unwrap();
        (all, due, feed)
    };
    let before = ask().await;
    let mut reported = (0, 0);
    let last = storage::rebuild(dir.path(), &cramped(), |done, total| reported = (done, total)).unwrap();
    assert_eq!(last, 13);
    assert!(reported.0 == reported.1 && reported.1 > 0);
    assert_eq!(ask().await, before);
}
