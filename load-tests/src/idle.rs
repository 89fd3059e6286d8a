//! `load-tests idle`: what a full hotline costs when nobody calls, how soon it is back after a stop, and what losing the
//! index costs.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::clock;
use crate::disk::bytes_below;
use crate::hotline::{Hotline, Server};
use crate::lag::{self, CatchUp, Fates, Frontier};
use crate::load::{self, Load, Progress};
use crate::messages::Messages;
use crate::report::{self, Table, Target, fine, megabytes, whole};
use crate::run::work_folder;
use crate::usage::{self, Memory};

/// Resident memory of an idle server aims at this, in megabytes.
const RESIDENT_AIM: f64 = 300.0;
/// A start after a clean stop aims at this, in seconds.
const START_AIM: f64 = 2.0;
/// Where the index lies; it can be made anew.
const INDEX: &str = "tickets/index";
const BAR_EVERY: Duration = Duration::from_millis(200);
const BOARD_EVERY: Duration = Duration::from_millis(100);
const FILL_WITHIN: Duration = Duration::from_secs(3 * 3_600);
const CATCH_UP_WITHIN: Duration = Duration::from_secs(1_200);

/// How much to fill, and where.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Tickets to fill the server with
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    tickets: u64,
    /// Connections to fill it over
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..=1_024))]
    connections: u64,
    /// Seconds of idling before memory is read
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    idle_seconds: u64,
    /// Folder to work in; what is written is deleted. By default the system's temporary folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// The hotline to measure; by default the one built beside this program
    #[arg(long, value_name = "PATH")]
    server_binary: Option<PathBuf>,
}

/// The outcome.
#[derive(Serialize)]
struct Report {
    at: String,
    cores: usize,
    folder: String,
    tickets: u64,
    fill_seconds: f64,
    catch_up: CatchUp,
    fates: Fates,
    memory_when_filled: Option<Memory>,
    stop_seconds: f64,
    folders: Vec<(String, u64)>,
    start_seconds: f64,
    board_seconds: Option<f64>,
    memory_at_start: Option<Memory>,
    memory_idle: Option<Memory>,
    idle_seconds: u64,
    rebuild_seconds: f64,
    start_after_rebuild_seconds: f64,
    start_without_index_seconds: f64,
    targets: Vec<Target>,
}

/// Measures and prints.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let folder = work_folder(args.data.as_deref())?;
    let hotline = Hotline::new(args.server_binary.as_deref(), &folder.path().join("data"))?;

    report::note(&format!("filling a fresh server with {} tickets", args.tickets));
    let server = hotline.start().await?;
    let (fill_seconds, catch_up, fates) = fill(&server, &args).await?;
    let memory_when_filled = usage::memory_of(server.process.pid());
    let stop_seconds = server.stop().await?.as_secs_f64();

    report::note("starting it again and letting it idle");
    let server = hotline.start().await?;
    let start_seconds = server.started_within.as_secs_f64();
    let memory_at_start = usage::memory_of(server.process.pid());
    let board_seconds = idle(&server, fates.tickets, Duration::from_secs(args.idle_seconds)).await?;
    let memory_idle = usage::memory_of(server.process.pid());
    server.stop().await?;
    let folders = folders(&hotline);

    report::note("deleting the index and rebuilding it");
    delete_index(&hotline)?;
    let rebuild_seconds = hotline.rebuild().await?.as_secs_f64();
    let start_after_rebuild_seconds = start_and_check(&hotline, &fates).await?;

    report::note("deleting the index and starting without it");
    delete_index(&hotline)?;
    let start_without_index_seconds = start_and_check(&hotline, &fates).await?;

    let resident = memory_idle.map_or(f64::NAN, |memory| megabytes(memory.resident));
    let report = Report {
        at: clock::today().to_string(),
        cores: usage::cores(),
        folder: folder.path().display().to_string(),
        tickets: args.tickets,
        targets: vec![
            Target::at_most("start after a clean stop, s", start_seconds, START_AIM),
            Target::at_most("resident when idle, MB", resident, RESIDENT_AIM),
        ],
        fill_seconds,
        catch_up,
        fates,
        memory_when_filled,
        stop_seconds,
        folders,
        start_seconds,
        board_seconds,
        memory_at_start,
        memory_idle,
        idle_seconds: args.idle_seconds,
        rebuild_seconds,
        start_after_rebuild_seconds,
        start_without_index_seconds,
    };
    if args.json {
        report::print(&serde_json::to_string(&report)?)?;
    } else {
        report::print(&table(&report))?;
    }
    Ok(())
}

async fn fill(server: &Server, args: &Args) -> anyhow::Result<(f64, CatchUp, Fates)> {
    let load = Load {
        addr: server.addr,
        bearer: Some(server.channel_token().await?),
        connections: usize::try_from(args.connections)?,
        warm_up: Duration::ZERO,
        measured: FILL_WITHIN,
        calls_max: args.tickets,
    };
    let progress = Arc::new(Progress::default());
    let messages = Arc::new(Messages::new());
    let begun = clock::now();
    let outcome = tokio::select! {
        outcome = load::apply(&load, &messages, &progress) => outcome?,
        () = show(&progress, args.tickets) => unreachable!("the bar never ends by itself"),
    };
    let spent = begun.elapsed().as_secs_f64();
    if outcome.calls_all < args.tickets {
        bail!(
            "only {} of {} tickets were taken: {:?}",
            outcome.calls_all,
            args.tickets,
            outcome.errors
        );
    }

    report::note("waiting for the followers");
    let asker = server.asker().await?;
    let catch_up = lag::catch_up(
        &mut Frontier::new(&asker, &progress),
        server.process.pid(),
        CATCH_UP_WITHIN,
    )
    .await?;
    Ok((spent, catch_up, lag::fates(&asker).await?))
}

async fn show(progress: &Progress, tickets: u64) {
    let bar = ProgressBar::new(tickets);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {human_pos} of {human_len}, {per_sec}, {eta} to go")
    {
        bar.set_style(style);
    }
    loop {
        bar.set_position(progress.count() as u64);
        tokio::time::sleep(BAR_EVERY).await;
    }
}

/// Leaves the server alone for a while. Answers the seconds until the board, which is projected anew after a start, knew
/// all tickets; none when it did not within that while.
async fn idle(server: &Server, tickets: u64, within: Duration) -> anyhow::Result<Option<f64>> {
    let begun = clock::now();
    let asker = server.asker().await?;
    let mut known = None;
    while known.is_none() && begun.elapsed() < within {
        known = (asker.tickets_on_board().await? >= tickets).then(|| begun.elapsed().as_secs_f64());
        tokio::time::sleep(BOARD_EVERY).await;
    }
    tokio::time::sleep(within.saturating_sub(begun.elapsed())).await;
    Ok(known)
}

fn delete_index(hotline: &Hotline) -> anyhow::Result<()> {
    let index = hotline.data().join(INDEX);
    std::fs::remove_dir_all(&index).with_context(|| format!("cannot delete {}", index.display()))
}

/// Starts, counts the tickets again, stops; answers how long the start took.
async fn start_and_check(hotline: &Hotline, fates: &Fates) -> anyhow::Result<f64> {
    let server = hotline.start().await?;
    let now = lag::fates(&server.asker().await?).await?;
    if (now.tickets, now.dispatched, now.held) != (fates.tickets, fates.dispatched, fates.held) {
        bail!("after the rebuild there are {now:?}, before it there were {fates:?}");
    }
    let started = server.started_within.as_secs_f64();
    server.stop().await?;
    Ok(started)
}

/// Each folder of the server's, and what lies beside them.
fn folders(hotline: &Hotline) -> Vec<(String, u64)> {
    let mut folders = Vec::new();
    let mut names = vec!["tickets/journal".to_owned(), INDEX.to_owned()];
    let entries = std::fs::read_dir(hotline.data()).into_iter().flatten().flatten();
    let others = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.extend(others.filter(|name| name != "tickets" && hotline.data().join(name).is_dir()));
    names.sort();
    for name in names {
        folders.push((name.clone(), bytes_below(&hotline.data().join(name))));
    }
    folders.push(("all".to_owned(), bytes_below(hotline.data())));
    folders
}

fn table(report: &Report) -> String {
    let mut table = Table::default();
    let resident =
        |memory: Option<Memory>| whole(memory.map_or(f64::NAN, |memory| megabytes(memory.resident)));
    let seconds = |seconds: Option<f64>| fine(seconds.unwrap_or(f64::NAN));
    table.row("tickets", [whole(report.tickets as f64)]);
    table.row(
        "filled, a second",
        [whole(report.tickets as f64 / report.fill_seconds)],
    );
    table.row(
        "then untouched by triage",
        [whole(report.catch_up.untouched as f64)],
    );
    table.row(
        "until triage had caught up, s",
        [seconds(report.catch_up.triage_seconds)],
    );
    table.row("dispatched", [whole(report.fates.dispatched as f64)]);
    table.row("waiting for a triager", [whole(report.fates.held as f64)]);
    table.row("resident when filled, MB", [resident(report.memory_when_filled)]);
    table.row("stop by SIGTERM, s", [fine(report.stop_seconds)]);
    for (name, bytes) in &report.folders {
        table.row(format!("on disk, {name}, MB"), [whole(megabytes(*bytes))]);
    }
    table.row("start after a clean stop, s", [fine(report.start_seconds)]);
    table.row(
        "then until the board was whole, s",
        [seconds(report.board_seconds)],
    );
    table.row("resident at the start, MB", [resident(report.memory_at_start)]);
    let idle = format!("resident after {} s, MB", report.idle_seconds);
    table.row(idle, [resident(report.memory_idle)]);
    let anonymous = report
        .memory_idle
        .map_or(f64::NAN, |memory| megabytes(memory.anonymous));
    table.row("  of that its own, MB", [whole(anonymous)]);
    table.row("rebuild of the index, s", [fine(report.rebuild_seconds)]);
    table.row("start after that, s", [fine(report.start_after_rebuild_seconds)]);
    table.row(
        "start without an index, s",
        [fine(report.start_without_index_seconds)],
    );

    let mut targets = Table::default();
    for target in &report.targets {
        targets.row(target.what.clone(), target.cells(fine));
    }
    let mut text = format!(
        "{} processors. {}, in {}\n\n",
        report.cores, report.at, report.folder
    );
    // Writing to a string does not fail.
    let _ = write!(text, "{table}\n{targets}");
    text
}
