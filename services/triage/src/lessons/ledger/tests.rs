use super::*;
use crate::lessons::book::tests::{lesson, week};
use crate::lessons::lesson::How;

fn at() -> Timestamp {
    "2026-11-22T01:00:00Z".parse().unwrap()
}

fn step(sequence: u32) -> Record {
    Record::Step {
        token: format!("t-{sequence}"),
        said: Vec::new(),
        lessons: vec![lesson(
            sequence,
            "urban.noise",
            How::Corrected,
            Some("utilities.water"),
        )],
        withheld: vec![(week("2026-W47"), 2)],
    }
}

#[tokio::test]
async fn what_is_kept_is_there_after_a_restart_and_a_long_ledger_is_made_shorter() {
    let (dir, drain) = (tempfile::tempdir().unwrap(), Drain::new());
    let open = || Ledger::open(Some(dir.path()), at(), &drain);
    let ledger = open().await.unwrap();
    for sequence in 1..=20 {
        ledger.keep(at(), step(sequence)).await.unwrap();
    }
    ledger.close_after(std::future::ready(())).await;
    drop(ledger);

    let folder = dir.path().join(FOLDER);
    let shorter = folder.clone();
    drain
        .block("shorten", move || {
            let (fresh, old) = (shorter.with_extension("new"), shorter.with_extension("old"));
            let (log, book, count) = fold(&shorter, at()).unwrap();
            assert_eq!(count, 20);
            close(&shorter, log).unwrap();
            shorten(&shorter, &fresh, &old, &book.records(), at()).unwrap();
            let (log, _, count) = fold(&shorter, at()).unwrap();
            assert!(count < 10, "{count}");
            close(&shorter, log).unwrap();
        })
        .await;

    let ledger = open().await.unwrap();
    let book = ledger.book();
    assert_eq!((book.lessons().count(), book.token()), (20, "t-20"));
    assert_eq!(book.withheld().values().sum::<u64>(), 40);
    assert_eq!(book.unsettled().count(), 20);
}

#[tokio::test]
async fn a_shortening_that_was_cut_off_loses_nothing() {
    let (dir, drain) = (tempfile::tempdir().unwrap(), Drain::new());
    let folder = dir.path().join(FOLDER);
    let ledger = Ledger::open(Some(dir.path()), at(), &drain).await.unwrap();
    ledger.keep(at(), step(1)).await.unwrap();
    ledger.close_after(std::future::ready(())).await;
    drop(ledger);
    // Cut off between the two renames: the old one is aside, the new one not yet in place.
    fs::rename(&folder, folder.with_extension("old")).unwrap();
    fs::create_dir_all(folder.with_extension("new")).unwrap();
    let ledger = Ledger::open(Some(dir.path()), at(), &drain).await.unwrap();
    assert_eq!(ledger.book().lessons().count(), 1);
    assert!(!folder.with_extension("old").exists() && !folder.with_extension("new").exists());
}

#[test]
fn a_record_reads_as_it_was_first_written() {
    let written = [
        r#"{"kind":"step","token":"t","said":[{"week":"2026-W47","category":"urban.noise","said":3,"alone":1,"right":0,"corrected":0,"returned":0,"ruled":0,"redispatched":0}],"withheld":[["2026-W47",1]]}"#,
        r#"{"kind":"version","number":1,"at":"2026-11-21T01:00:00Z","origin":"shipped","model":"0123456789ab"}"#,
        r#"{"kind":"version","number":2,"at":"2026-11-21T01:00:00Z","origin":"learned","model":"0123456789ac","from":[{"number":"20261121-0000018","version":3}],"figures":{"learned":{"of":1,"before":0,"after":1},"held_out":{"of":0,"before":0,"after":0},"lexicon":{"of":9,"before":8,"after":8}}}"#,
        r#"{"kind":"version","number":3,"at":"2026-11-21T01:00:00Z","origin":"rolled_back","model":"0123456789ab","of":1,"by":"sup-1","request":"r-1"}"#,
        r#"{"kind":"refused","at":"2026-11-21T01:00:00Z","stays":1,"reason":"lexicon_falls","from":[{"number":"20261121-0000018","version":3}],"figures":{"learned":{"of":1,"before":0,"after":1},"held_out":{"of":0,"before":0,"after":0},"lexicon":{"of":9,"before":8,"after":5}}}"#,
        r#"{"kind":"passed_over","why":"no_label","from":[{"number":"20261121-0000018","version":3}]}"#,
        r#"{"kind":"settled","anew":true,"from":[]}"#,
        r#"{"kind":"counts","learned":1,"refused":2,"passed_over":[["known",3]]}"#,
        r#"{"kind":"folded","until":"2026-11-21T01:00:00Z"}"#,
        r#"{"kind":"anew"}"#,
    ];
    for text in written {
        let record: Record = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&record).unwrap(), text);
    }
}
