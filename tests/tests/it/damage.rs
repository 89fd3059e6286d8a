//! Damage done to a real server's directory: what cannot be trusted is refused with what to do, what can be rebuilt is
//! rebuilt, and nothing acknowledged is ever dropped in silence.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use hotline::client::Answer as _;
use proto::tickets::v1::ListTicketEventsRequest;
use serde_json::Value;
use tonic::Code;

use crate::process::{Home, Launch, Ran, Server, hotline};
use crate::promises::{Book, Writers};

/// What `hotline verify` ends with when anything is wrong.
const DAMAGED: Option<i32> = Some(7);

/// A server's directory with some history, its server stopped cleanly.
async fn stopped(seed: u64) -> (Home, Book) {
    let (home, book, server) = running(seed).await;
    server.terminate().await;
    (home, book)
}

async fn running(seed: u64) -> (Home, Book, Server) {
    let (home, book) = (Home::new(), Book::default());
    let server = home.serve().await;
    write(&server, &book, "before", seed).await;
    (home, book, server)
}

async fn write(server: &Server, book: &Book, name: &str, seed: u64) {
    let mut writers = Writers::begin(server, book, name, 4, &mut Rng::with_seed(seed));
    writers.acknowledged(40).await;
    writers.stop().await;
}

fn ledger(home: &Home) -> PathBuf {
    home.data().join("tickets")
}

fn last_segment(home: &Home) -> PathBuf {
    let entries = fs::read_dir(ledger(home).join("journal")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .max()
        .expect("a journal has a segment")
}

async fn verify(data: &Path) -> Ran {
    hotline([
        "verify".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
        "--json".as_ref(),
    ])
    .await
}

/// The server must not start, must say so in these words, and must leave the journal as it is.
async fn refuses(home: &Home, words: &[&str]) {
    let journal = fs::read(last_segment(home)).unwrap();
    let (code, said) = home.launch().refused().await;
    assert_ne!(code, 0, "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is not said: {said}");
    }
    assert!(
        fs::read(last_segment(home)).unwrap() == journal,
        "a refused start has changed the journal"
    );
}

fn remove_index(home: &Home) {
    fs::remove_dir_all(ledger(home).join("index")).unwrap();
    fs::remove_file(ledger(home).join("index.mark")).unwrap();
}

/// Starts the server, which must hold everything promised, and stops it.
async fn holds_everything(launch: Launch, book: &Book) {
    let server = launch.start().await;
    book.check(&server).await;
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_last_write_is_cut_off_and_nothing_else() {
    let (home, book, server) = running(1).await;
    server.kill9().await;

    let whole = fs::read_to_string(last_segment(&home)).unwrap();
    let last: Value = serde_json::from_str(whole.lines().last().unwrap()).unwrap();
    let next = last["seq"].as_u64().unwrap() + 1;
    let line = format!(
        r#"{{"v":1,"seq":{next},"group":[{next},{next}],"at":{},"prev":""#,
        last["at"]
    );
    for torn in [
        line.as_bytes().to_vec(),
        vec![0; 4_096],
        [line.as_bytes(), b"\n", &[0; 100]].concat(),
    ] {
        fs::write(last_segment(&home), [whole.as_bytes(), &torn].concat()).unwrap();
        let verified = verify(&home.data()).await;
        assert_eq!(verified.code, DAMAGED, "{verified:#?}");

        let server = home.serve().await;
        assert!(
            server.log().contains("cut an incomplete last write"),
            "{}",
            server.log()
        );
        book.check(&server).await;
        server.kill9().await;
        verify(&home.data()).await.well();
        // What the next life has written is not part of the next damage.
        assert!(
            fs::read_to_string(last_segment(&home))
                .unwrap()
                .starts_with(&whole)
        );
        fs::write(last_segment(&home), &whole).unwrap();
        remove_index(&home);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_record_cut_short_refuses() {
    let (home, book) = stopped(2).await;
    let whole = fs::read(last_segment(&home)).unwrap();
    fs::write(last_segment(&home), &whole[..whole.len() - 7]).unwrap();

    let verified = verify(&home.data()).await;
    assert_eq!(verified.code, DAMAGED, "{verified:#?}");
    refuses(&home, &["missing", "backup"]).await;

    fs::write(last_segment(&home), &whole).unwrap();
    holds_everything(home.launch(), &book).await;
}

/// A bit of the body of a line, counted from the end.
fn flip(home: &Home, line_from_end: usize) -> u64 {
    let mut bytes = fs::read(last_segment(home)).unwrap();
    let starts: Vec<usize> = std::iter::once(0)
        .chain(
            bytes
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'\n')
                .map(|(at, _)| at + 1),
        )
        .collect();
    let line = starts.len() - 1 - line_from_end;
    let (start, end) = (starts[line - 1], starts[line]);
    let record: Value = serde_json::from_slice(&bytes[start..end]).unwrap();
    bytes[start + (end - start) / 2] ^= 1;
    fs::write(last_segment(home), bytes).unwrap();
    record["seq"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_the_last_record_refuses() {
    let (home, book) = stopped(3).await;
    let whole = fs::read(last_segment(&home)).unwrap();
    let sequence = flip(&home, 0);

    let verified = verify(&home.data()).await;
    assert_eq!(verified.code, DAMAGED, "{verified:#?}");
    let record = format!("record {sequence}");
    assert!(
        verified.out.contains(&record) && verified.err.contains("restore"),
        "{verified:#?}"
    );
    refuses(&home, &[&record, "checksum", "restore the last backup"]).await;

    fs::write(last_segment(&home), &whole).unwrap();
    holds_everything(home.launch(), &book).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_an_earlier_record_refuses_and_is_never_read_as_if_whole() {
    let (home, book) = stopped(4).await;
    let sequence = flip(&home, 20);

    let verified = verify(&home.data()).await;
    assert_eq!(verified.code, DAMAGED, "{verified:#?}");
    let record = format!("record {sequence}");
    assert!(verified.out.contains(&record), "{verified:#?}");

    // After a clean stop the journal is not read again from its beginning: the damage shows where it is read.
    let server = home.serve().await;
    let client = server.client();
    let mut lost = 0;
    for number in book.copy().numbers() {
        let request = ListTicketEventsRequest {
            number: number.to_owned(),
            words: true,
            page_size: 200,
            ..Default::default()
        };
        if let Err(failure) = client.tickets().list_ticket_events(request).await.answer() {
            let said = (failure.code, failure.reason.as_deref());
            assert_eq!(said, (Code::DataLoss, Some("DATA_LOSS")), "{failure:?}");
            lost += 1;
        }
    }
    assert_eq!(lost, 1, "one record is of one ticket");
    server.terminate().await;

    // Where the whole journal is read, it refuses: a rebuild, and the first start after the machine's.
    let rebuilt = hotline(["rebuild".as_ref(), "--data".as_ref(), home.data().as_os_str()]).await;
    assert_eq!(rebuilt.code, DAMAGED, "{rebuilt:#?}");
    assert!(
        rebuilt.err.contains(&record) && rebuilt.err.contains("restore the last backup"),
        "{rebuilt:#?}"
    );
    refuses(&home, &[&record, "checksum", "restore the last backup"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_ahead_of_the_journal_refuses_until_somebody_says_which_is_right() {
    let (home, book) = stopped(5).await;
    let journal = fs::read(last_segment(&home)).unwrap();
    let mut older = book.copy();
    let server = home.serve().await;
    write(&server, &book, "after", 6).await;
    server.terminate().await;

    fs::write(last_segment(&home), &journal).unwrap();
    refuses(
        &home,
        &[
            "records are missing",
            "restore a backup",
            "remove `index` and `index.mark`",
        ],
    )
    .await;

    // Doing what it says: the older journal is the one that is wanted.
    remove_index(&home);
    let server = home.serve().await;
    older.check(&server).await;
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_or_garbled_index_is_rebuilt_and_nothing_else_is_lost() {
    let (home, book) = stopped(7).await;
    let index = ledger(&home).join("index");
    let mut rng = Rng::with_seed(8);

    fs::remove_dir_all(&index).unwrap();
    holds_everything(home.launch(), &book).await;

    remove_index(&home);
    holds_everything(home.launch(), &book).await;

    // All of every file, then smaller and smaller pieces from its middle.
    for percent in [100, 50, 10] {
        garble(&index, percent, &mut rng);
        holds_everything(home.launch(), &book).await;
    }

    fs::write(ledger(&home).join("index.mark"), "no mark").unwrap();
    garble(&index, 30, &mut rng);
    holds_everything(home.launch(), &book).await;
}

fn garble(dir: &Path, percent: usize, rng: &mut Rng) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            garble(&path, percent, rng);
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        let count = bytes.len() * percent / 100;
        let from = (bytes.len() - count) / 2;
        rng.fill(&mut bytes[from..from + count]);
        fs::write(&path, bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_directory_is_refused() {
    let (home, book, server) = running(9).await;
    let (code, said) = home.launch().refused().await;
    assert_ne!(code, 0);
    assert!(
        said.contains("is in use") && said.contains("only one process may own it"),
        "{said}"
    );
    // The first goes on as if nothing had happened.
    book.check(&server).await;
    server.terminate().await;
}

fn with_paths(verb: &str, paths: &[(&str, &Path)]) -> Vec<OsString> {
    let flags = paths
        .iter()
        .flat_map(|(flag, path)| [(*flag).into(), path.as_os_str().to_owned()]);
    std::iter::once(verb.into()).chain(flags).collect()
}

/// The histories of the tickets' journal, the present one last.
async fn histories(data: &Path) -> Vec<Value> {
    let ran = verify(data).await.well();
    let tickets = ran
        .objects()
        .into_iter()
        .find(|ledger| ledger["ledger"] == "tickets");
    tickets.expect("there is a ledger of tickets")["histories"]
        .as_array()
        .expect("it has histories")
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_server_is_restored_elsewhere_under_a_new_history() {
    let (home, book, server) = running(10).await;
    let (copy, master) = (home.path("copy"), home.data().join("vault/master.key"));

    // Residents write before, while and after it is made.
    let mut writers = Writers::begin(&server, &book, "meanwhile", 4, &mut Rng::with_seed(11));
    writers.acknowledged(10).await;
    let before = book.copy();
    hotline(with_paths("backup", &[("--data", &home.data()), ("--to", &copy)]))
        .await
        .well();
    let promised = before.with_doubts_of(book.copy());
    writers.stop().await;
    assert_eq!(
        fs::read_dir(copy.join("vault"))
            .unwrap()
            .filter(|entry| {
                entry
                    .as_ref()
                    .is_ok_and(|entry| entry.file_name() == "master.key")
            })
            .count(),
        0,
        "the master key is in no backup"
    );

    // With the master key put beside it everything promised before is there.
    let restored = home.path("restored");
    let paths: [(&str, &Path); 3] = [
        ("--from", &copy),
        ("--data", &restored),
        ("--master-key", &master),
    ];
    hotline(with_paths("restore", &paths)).await.well();
    let elsewhere = server
        .launch()
        .of(&restored)
        .known_by(server.token())
        .start()
        .await;
    promised.clone().check(&elsewhere).await;
    elsewhere.terminate().await;
    let (old, new) = (histories(&copy).await, histories(&restored).await);
    assert_eq!(
        (old.len(), new.len(), &new[0]),
        (1, 2, &old[0]),
        "the copy goes on under a name of its own"
    );
    assert_ne!(new[1], old[0]);

    // Without it nothing opens, and the server says what is missing.
    let locked = home.path("locked");
    hotline(with_paths("restore", &[("--from", &copy), ("--data", &locked)]))
        .await
        .well();
    let (code, said) = server.launch().of(&locked).refused().await;
    assert!(code != 0 && said.contains("master.key"), "{said}");

    book.check(&server).await;
    server.terminate().await;
}
