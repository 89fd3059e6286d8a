//! `kill -9` at drawn moments, while residents and clerks write: nothing that was acknowledged is lost or changed,
//! nothing is done twice.

use std::time::Duration;

use fastrand::Rng;
use proto::common::v1::Role;

use crate::process::{Home, hotline};
use crate::promises::{Book, Writers};

/// How often the server is killed.
const ROUNDS: usize = 20;
const WRITERS: usize = 8;
/// First starts killed at drawn moments, and how long after their beginning at most: ready, and a little more.
const FIRST_STARTS: usize = 6;
const FIRST_START_MS_MAX: u64 = 900;
/// First starts killed where it hurts.
const FIRST_TOKENS: usize = 6;
/// Acknowledgements a round waits for at most before the kill.
const ACKNOWLEDGED_MAX: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_twenty_kills() {
    let home = Home::new();
    let book = Book::default();
    let mut rng = Rng::with_seed(12_345);
    let mut in_doubt = 0;

    for round in 0..ROUNDS {
        let server = home.serve().await;
        book.check(&server).await;
        let mut writers = Writers::begin(&server, &book, &format!("kill-{round}"), WRITERS, &mut rng);
        writers.acknowledged(rng.usize(1..=ACKNOWLEDGED_MAX)).await;
        // The moment is drawn so that kills fall anywhere in a group's way to the disk, not only after its answers.
        tokio::time::sleep(Duration::from_micros(rng.u64(0..20_000))).await;
        server.kill9().await;
        writers.end().await;
        in_doubt += book.copy().in_doubt();
    }

    let server = home.serve().await;
    book.check_from_the_beginning(&server).await;
    server.terminate().await;
    let promises = book.copy();
    eprintln!(
        "{ROUNDS} kills, {} acknowledged, {in_doubt} in doubt, {} tickets",
        promises.kept(),
        promises.tickets()
    );
    assert!(in_doubt > 0, "no kill fell into a write");
    verify(&home).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_told_to_stop_finishes_what_it_has_begun() {
    let home = Home::new();
    let book = Book::default();
    let mut rng = Rng::with_seed(54_321);

    for round in 0..3 {
        let server = home.serve().await;
        book.check(&server).await;
        let mut writers = Writers::begin(&server, &book, &format!("stop-{round}"), WRITERS, &mut rng);
        writers.acknowledged(rng.usize(1..=ACKNOWLEDGED_MAX)).await;
        server.terminate().await;
        writers.end().await;
        verify(&home).await;
    }
    let server = home.serve().await;
    book.check(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_killed_at_any_moment_is_simply_made_again() {
    let mut rng = Rng::with_seed(999);
    for round in 0..FIRST_STARTS {
        let home = Home::new();
        // Killed twice, so that the second finds what the first has left.
        for _ in 0..2 {
            let mut starting = home.launch().begun();
            tokio::time::sleep(Duration::from_millis(rng.u64(0..FIRST_START_MS_MAX))).await;
            starting.kill9().await;
        }

        let (server, book) = (home.serve().await, Book::default());
        let mut writers = Writers::begin(&server, &book, &format!("first-{round}"), 1, &mut rng);
        writers.acknowledged(3).await;
        writers.stop().await;
        book.check(&server).await;
        server.terminate().await;
        verify(&home).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_killed_while_the_first_token_is_made_does_not_lock_everybody_out() {
    for _ in 0..FIRST_TOKENS {
        let home = Home::new();
        let mut starting = home.launch().begun();
        let ledger = home
            .data()
            .join("vault/ledger/journal/00000000000000000001.jsonl");
        // The head of the history and the token. Looked for without a pause: what is aimed at is over in a moment.
        let records =
            || std::fs::read(&ledger).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count());
        while records() < 2 && starting.ended().is_none() {
            std::hint::spin_loop();
        }
        starting.kill9().await;

        // Answers only where there is a token that is good.
        let server = home.serve().await;
        server.client_of("first", Role::Triager, "").await;
        server.terminate().await;
    }
}

async fn verify(home: &Home) {
    hotline(["verify".into(), "--data".into(), home.data().into_os_string()])
        .await
        .well();
}
