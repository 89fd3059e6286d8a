//! `load-tests clocks`: whether clocks stay cheap with a million open tickets, and whether every level fires exactly once
//! when many fall due in one second and the server is killed in the middle of it.
//!
//! [`fill`] makes the backlog with `domain`'s own decisions, [`starts`] looks at starts and memory, [`passes`] at what a
//! pass of the due loop costs, [`surge`] and [`storm`] let it fire and die, [`proof`] counts afterwards in the journal.

pub(crate) mod city;
mod fill;
mod life;
mod passes;
mod proof;
mod starts;
mod storm;
mod surge;
mod table;
mod tail;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use storage::port::Ledger;

use crate::clock;
use crate::disk::{self, bytes_below};
use crate::hotline::{Hotline, Server};
use crate::process;
use crate::report::{self, Target, megabytes, whole};
use crate::run::work_folder;
use crate::usage;
use city::{City, Kept};
use fill::Filled;
use passes::{Asking, Pair, Turns};
use proof::Proof;
use starts::Start;
use storm::Life;
use tail::Tail;

/// A pass over the large backlog may cost so many times one over the small one.
const RATIO_AIM: f64 = 1.5;
/// Commits that are surely kept in a second: how far ahead the surge is put.
const COMMITS_A_SECOND_SURELY: u64 = 3_000;
/// Beside that, the time to open the ledger and to start the server: some seconds, and more on a large backlog.
const START_SECONDS: u64 = 45;
/// Tickets of the backlog that make a start a second longer.
const TICKETS_A_SECOND: u64 = 20_000;
/// A surge further ahead than this would need lights that turn yellow in the future.
const AHEAD_SECONDS_MAX: i64 = 400;

/// What a ticket of the backlog takes on the disk, journal and index together, in bytes.
const TICKET_BYTES: u64 = 16_000;

/// How many, and where.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Open tickets of the large backlog
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
    tickets: u64,
    /// Open tickets of the small backlog it is compared with
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
    small: u64,
    /// Clocks that fall due in one second
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=900_000))]
    due: u64,
    /// Clocks that fall due before, one every 20 ms: how late a level fires that comes alone
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(0..=3_000))]
    single: u64,
    /// Times the server is killed while it fires
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=20))]
    kills: u32,
    /// Where it is killed is drawn from this; by default from the time of day
    #[arg(long)]
    seed: Option<u64>,
    /// Turns in which passes over both backlogs are measured
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    turns: u64,
    /// Passes a turn over the ledger in this process; a quarter as many over gRPC
    #[arg(long, default_value_t = 8_000, value_parser = clap::value_parser!(u64).range(4..=1_000_000))]
    passes: u64,
    /// Folder to work in; what is written is deleted. By default the system's temporary folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Leave what was written, and say where
    #[arg(long)]
    keep: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// The hotline to measure; by default the one built beside this program
    #[arg(long, value_name = "PATH")]
    server_binary: Option<PathBuf>,
}

/// A backlog and how a server starts on it.
#[derive(Serialize)]
struct Backlog {
    filled: Filled,
    bytes: u64,
    /// The followers read everything for the first time.
    first: Start,
    after_clean_stop: Start,
    after_kill: Start,
    stop_seconds: f64,
    /// Processor time a minute of idling costs, in milliseconds.
    idle_ms_a_minute: Option<f64>,
}

/// What became of the surge.
#[derive(Serialize)]
struct Storm {
    filled: Filled,
    second: Timestamp,
    seed: u64,
    /// In thousandths of what is to fire.
    kill_points: Vec<u64>,
    lives: Vec<Life>,
    proof: Proof,
    verify_seconds: f64,
}

/// The outcome.
#[derive(Serialize)]
struct Report {
    at: String,
    cores: usize,
    load_average: [String; 2],
    folder: String,
    small: Backlog,
    large: Backlog,
    passes: Pair,
    passes_over_grpc: Pair,
    passes_after: Pair,
    storm: Storm,
    targets: Vec<Target>,
}

/// A data directory and the server of it.
struct Side {
    hotline: Hotline,
    data: PathBuf,
}

impl Side {
    fn new(args: &Args, data: PathBuf) -> anyhow::Result<Self> {
        Ok(Self {
            hotline: Hotline::new(args.server_binary.as_deref(), &data)?,
            data,
        })
    }
}

/// Measures and prints.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let folder = work_folder(args.data.as_deref())?;
    require_space(folder.path(), &args)?;
    let before = load_average();
    let small = Side::new(&args, folder.path().join("small"))?;
    let large = Side::new(&args, folder.path().join("large"))?;
    let kept = rules(&args, &folder.path().join("scratch")).await?;
    let city = Arc::new(City::of(&kept)?);

    let filled = [
        fill(&small, &city, &kept, args.small).await?,
        fill(&large, &city, &kept, args.tickets).await?,
    ];
    let passes = passes_in_process(&small, &large, &args).await?;
    let (small_backlog, small_server) = starts(&small, filled[0], "on the small backlog").await?;
    let (large_backlog, large_server) = starts(&large, filled[1], "on the large backlog").await?;
    let passes_over_grpc = passes_over_grpc((&small, &small_server), (&large, &large_server), &args).await?;
    small_server.stop().await?;
    large_server.stop().await?;
    let storm = Box::pin(ride(&large, &city, &args)).await?;
    let passes_after = passes_in_process(&small, &large, &args).await?;

    let report = Report {
        at: clock::today().to_string(),
        cores: usage::cores(),
        load_average: [before, load_average()],
        folder: folder.path().display().to_string(),
        targets: targets(&passes, &passes_over_grpc, &storm.proof),
        small: small_backlog,
        large: large_backlog,
        passes,
        passes_over_grpc,
        passes_after,
        storm,
    };
    if args.json {
        report::print(&serde_json::to_string(&report)?)?;
    } else {
        report::print(&table::of(&report))?;
    }
    if args.keep {
        report::note(&format!("left in {}", folder.keep().display()));
    }
    Ok(())
}

fn require_space(dir: &Path, args: &Args) -> anyhow::Result<()> {
    let needed = (args.tickets + args.small + args.due + args.single) * TICKET_BYTES;
    let free = disk::free_bytes(dir)?;
    ensure!(
        free > needed,
        "{} MB are needed and {} MB are free in {}: give fewer --tickets, or another folder as --data",
        whole(megabytes(needed)),
        whole(megabytes(free)),
        dir.display()
    );
    Ok(())
}

/// The rules that the measured server brings along.
async fn rules(args: &Args, data: &Path) -> anyhow::Result<Kept> {
    Hotline::new(args.server_binary.as_deref(), data)?
        .start()
        .await?
        .stop()
        .await?;
    city::rules_of(data).await
}

async fn fill(side: &Side, city: &Arc<City>, kept: &Kept, tickets: u64) -> anyhow::Result<Filled> {
    report::note(&format!("filling a ledger with {tickets} open tickets"));
    let before = clock::today() - fill::OLDEST - SignedDuration::from_mins(1);
    let ledger = city.begin(kept, &side.data, before).await?;
    let filled = fill::backlog(&ledger, city, tickets).await?;
    ledger.close().await?;
    Ok(filled)
}

async fn passes_in_process(small: &Side, large: &Side, args: &Args) -> anyhow::Result<Pair> {
    report::note("passes with nothing due, in this process");
    let now = clock::today();
    let (small, large) = (
        city::open(&small.data, now).await?,
        city::open(&large.data, now).await?,
    );
    let turns = Turns {
        turns: args.turns,
        passes: args.passes,
    };
    let pair = passes::in_process(&small, &large, turns).await;
    small.close().await?;
    large.close().await?;
    pair
}

async fn passes_over_grpc(
    (small, small_server): (&Side, &Server),
    (large, large_server): (&Side, &Server),
    args: &Args,
) -> anyhow::Result<Pair> {
    report::note("passes with nothing due, over gRPC");
    let asking = async |side: &Side, server: &Server| {
        let secret = std::fs::read_to_string(side.data.join("role.secret")).context("the roles' secret")?;
        Asking::of(server, &secret).await
    };
    let turns = Turns {
        turns: args.turns,
        passes: args.passes.div_ceil(4),
    };
    let (small, large) = (
        asking(small, small_server).await?,
        asking(large, large_server).await?,
    );
    passes::over_grpc(&small, &large, turns).await
}

/// Starts three times: for the first time, after a clean stop, after `kill -9`. The last one is left running.
async fn starts(side: &Side, filled: Filled, what: &str) -> anyhow::Result<(Backlog, Server)> {
    let hotline = &side.hotline;
    let (server, first) = starts::start(hotline, &format!("{what} for the first time")).await?;
    let stop_seconds = server.stop().await?.as_secs_f64();
    let (server, after_clean_stop) = starts::start(hotline, &format!("{what} after a clean stop")).await?;
    server.process.kill().await?;
    let (server, after_kill) = starts::start(hotline, &format!("{what} after kill -9")).await?;
    let backlog = Backlog {
        filled,
        bytes: bytes_below(hotline.data()),
        first,
        after_clean_stop,
        after_kill,
        stop_seconds,
        idle_ms_a_minute: starts::idle_cost(&server).await,
    };
    Ok((backlog, server))
}

/// Puts a surge on top of the backlog, lets the server fire it between kills, and counts.
async fn ride(side: &Side, city: &Arc<City>, args: &Args) -> anyhow::Result<Storm> {
    report::note(&format!(
        "adding {} urgent tickets that fall due together",
        args.due
    ));
    let seed = args
        .seed
        .unwrap_or_else(|| clock::today().as_microsecond().unsigned_abs());
    let kill_points = storm::kill_points(args.kills, seed);
    let ledger = city::open(&side.data, clock::today()).await?;
    let filling = 3 * (args.due + args.single) / COMMITS_A_SECOND_SURELY;
    let ahead = START_SECONDS + args.tickets / TICKETS_A_SECOND + filling;
    let ahead = i64::try_from(ahead)?.min(AHEAD_SECONDS_MAX);
    let at = clock::today() + SignedDuration::from_secs(ahead);
    let surge = surge::prepare(&ledger, city, (args.due, args.single), at, args.tickets).await?;
    let after = *ledger.head().borrow();
    ledger.close().await?;

    let mut tail = Tail::from_end(&side.data)?;
    storm::announce(&surge, &kill_points);
    let lives = storm::ride(&side.hotline, &surge, &kill_points, &mut tail).await?;

    report::note("counting what has fired, and verifying the journal");
    let ledger = city::open(&side.data, clock::today()).await?;
    let proof = proof::walk(&ledger, after, &surge, &lives).await;
    ledger.close().await?;
    let data = side.data.display().to_string();
    let log = side.data.with_extension("verify.log");
    let verified = process::finish(side.hotline.binary(), &["verify", "--data", &data], &log).await?;
    Ok(Storm {
        filled: surge.filled,
        second: surge.second,
        seed,
        kill_points,
        lives,
        proof: proof?,
        verify_seconds: verified.as_secs_f64(),
    })
}

fn targets(passes: &Pair, over_grpc: &Pair, proof: &Proof) -> Vec<Target> {
    vec![
        Target::at_most("a pass in process, large / small", passes.ratio(), RATIO_AIM),
        Target::at_most("a pass over gRPC, large / small", over_grpc.ratio(), RATIO_AIM),
        Target::at_most("levels missing", proof.missing as f64, 0.0),
        Target::at_most("levels fired twice", proof.twice as f64, 0.0),
        Target::at_most("levels fired early", proof.early as f64, 0.0),
    ]
}

/// What else runs: the load average of the last one, five and fifteen minutes.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
