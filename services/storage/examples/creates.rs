//! Measures the embedded store: creates per second through `commit`, then how long a reopen and a rebuild take.
//!
//! `cargo run --release -p storage --example creates -- [DIR] [TICKETS] [TASKS]`

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock and prints"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use domain::access::{Actor, Role};
use domain::id::{CallerHash, HolderId, RequestId, RulesVersion, TicketNumber};
use domain::ticket::Fact;
use jiff::{SignedDuration, Timestamp, civil::date};
use storage::port::{Commit, Ledger, ListKey, Offset, Request, Write};
use storage::{Embedded, OpenError, Options};

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), OpenError> {
    let mut args = std::env::args().skip(1);
    let dir = args
        .next()
        .map_or_else(|| std::env::temp_dir().join("storage-creates"), PathBuf::from);
    let tickets: u32 = args.next().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let tasks: u32 = args.next().and_then(|text| text.parse().ok()).unwrap_or(64);

    let store = open("open an empty directory", &dir).await?;
    create(&store, tickets, tasks).await;
    let (_, spent) = timed(store.list(&ListKey::All, None, 50)).await;
    println!("a page of 50: {spent:?}");
    let (feed, spent) = timed(store.feed(Offset::default(), 2_000)).await;
    println!(
        "the first {} facts of the feed: {spent:?}",
        feed.map_or(0, |facts| facts.len())
    );
    println!("resident: {}", resident());
    let (closed, spent) = timed(store.close()).await;
    println!("close: {spent:?} ({closed:?})");
    drop(store);
    println!(
        "journal: {} MB, index: {} MB",
        megabytes(&dir.join("journal")),
        megabytes(&dir.join("index"))
    );

    let store = open("open after a clean stop", &dir).await?;
    println!("resident: {}", resident());
    drop(store);
    drop(open("open after a crash of the process", &dir).await?);
    let started = Instant::now();
    let last = storage::rebuild(&dir, &Options::default(), |_, _| {})?;
    println!("rebuild of {last} records: {:?}", started.elapsed());
    println!("resident: {}", resident());
    Ok(())
}

async fn open(what: &str, dir: &Path) -> Result<Arc<Embedded>, OpenError> {
    let (store, spent) = timed(Embedded::open(dir, Options::default(), |_, _| {})).await;
    println!("{what}: {spent:?}");
    store
}

async fn create(store: &Arc<Embedded>, tickets: u32, tasks: u32) {
    let next = Arc::new(AtomicU32::new(1));
    let started = Instant::now();
    let mut running = Vec::new();
    for _ in 0..tasks {
        let (store, next) = (Arc::clone(store), Arc::clone(&next));
        running.push(tokio::spawn(async move {
            let mut spent = Vec::new();
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth > tickets {
                    return spent;
                }
                let commit = commit(nth);
                let begun = Instant::now();
                store.commit(commit).await.expect("the disk takes it");
                spent.push(begun.elapsed());
            }
        }));
    }
    let mut spent = Vec::new();
    for task in running {
        spent.extend(task.await.expect("a task ends well"));
    }
    let seconds = started.elapsed().as_secs_f64();
    spent.sort_unstable();
    let at = |part: usize| {
        spent
            .get(spent.len() * part / 1_000)
            .copied()
            .unwrap_or(Duration::ZERO)
    };
    println!(
        "{tickets} creates from {tasks} tasks: {:.0}/s",
        f64::from(tickets) / seconds
    );
    println!(
        "latency p50 {:?}, p99 {:?}, p99.9 {:?}",
        at(500),
        at(990),
        at(999)
    );
}

/// As a registration writes it: the event with 600 characters of sealed words, a classification, four clocks' worth
/// of steps.
fn commit(nth: u32) -> Commit {
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_772_000_000 + i64::from(nth));
    let later = |hours| (at + SignedDuration::from_hours(hours)).to_string();
    let caller = CallerHash::parse(&format!("{:032x}", nth % 50_000)).expect("32 digits");
    let classification = serde_json::json!({
        "kind": "complaint", "grade": "c", "category": "urban.noise.construction", "area": "440507",
        "confidence_percent": 91,
    });
    let run = |kind: &str| {
        let steps: Vec<_> = (0..4)
            .map(|l| serde_json::json!({ "level": format!("l{l}"), "at": later(20 + l) }))
            .collect();
        serde_json::json!({ "event": { "kind": "clock_started", "run": {
            "kind": kind, "run": 1, "limit": "5 wd", "started_at": at, "due_at": later(24), "yellow_at": later(20),
            "steps": steps,
        } } })
    };
    let facts = serde_json::json!([
        { "event": { "kind": "registered", "channel": "phone", "classification": classification,
            "contact": { "id": 1, "channel": "phone", "standing": "own", "caller": caller, "identity": nth },
            "key": nth, "query_code": "ab".repeat(32) },
          "words": { "slot": nth, "text": "x".repeat(800) },
          "identity": { "slot": nth, "text": "y".repeat(120) } },
        run("c0"), run("c1"),
        { "event": { "kind": "classified", "classification": classification, "hold": "report" } },
    ]);
    let facts: Vec<Fact> = serde_json::from_value(facts).expect("facts as released");
    let day = date(2026, 3, 2)
        .checked_add(SignedDuration::from_hours(24 * i64::from(nth / 10_000)))
        .expect("a day");
    let number = TicketNumber::new(day, nth % 10_000 + 1).expect("a number");
    Commit {
        at,
        actor: Actor {
            holder: HolderId::parse("desk-1").expect("a holder"),
            role: Role::Operator,
            unit: None,
            cleared: false,
        },
        rules: RulesVersion("ab".repeat(32)),
        request: Some(Request {
            id: RequestId::parse(&format!("request-{nth}")).expect("an id"),
            content: "cd".repeat(32),
        }),
        trace: None,
        writes: vec![Write {
            number,
            base: 0,
            facts,
        }],
    }
}

async fn timed<F: Future>(future: F) -> (F::Output, Duration) {
    let started = Instant::now();
    (future.await, started.elapsed())
}

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap_or("VmRSS unknown");
    line.to_owned()
}

fn megabytes(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    files
        .map(|file| {
            if file.path().is_dir() {
                megabytes(&file.path()) << 20
            } else {
                file.metadata().map_or(0, |m| m.len())
            }
        })
        .sum::<u64>()
        >> 20
}
