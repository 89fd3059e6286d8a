//! `load-tests run`: the disk, a bare echo, a bare journal and the hotline in turn, several rounds, and their ratios.

mod stage;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use crate::clock;
use crate::disk;
use crate::messages::Messages;
use crate::report::{self, Target, median};
use crate::usage;
use stage::{Bench, HotlineRound, Measured};

/// Share of a bare echo's throughput that a submission aims at.
const OF_ECHO_AIM: f64 = 0.10;
/// Share of a bare journal's throughput that a submission aims at.
const OF_JOURNAL_AIM: f64 = 0.5;
/// How long the disk alone is measured.
const DISK_SECONDS_MAX: u64 = 3;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seconds each load is measured for
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Seconds of load before that which do not count
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=60))]
    warm_up: u64,
    /// Times everything is measured, one after the other; medians are compared
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Connections, one call outstanding on each
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..=1_024))]
    connections: u64,
    /// Folder to work in, on the disk to be measured; what is written is deleted. By default the system's temporary folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// The hotline to measure; by default the one built beside this program
    #[arg(long, value_name = "PATH")]
    server_binary: Option<PathBuf>,
    /// Measure only these, with commas between them
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "WHAT",
        default_value = "disk,echo,journal,hotline"
    )]
    only: Vec<Stage>,
}

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Stage {
    /// Appending and `fdatasync`, without any server
    Disk,
    /// The same call, answered by nothing
    Echo,
    /// The same call, answered by a journal
    Journal,
    /// The real thing
    Hotline,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Stage::Disk => "disk",
            Stage::Echo => "echo",
            Stage::Journal => "journal",
            Stage::Hotline => "hotline",
        })
    }
}

/// Everything measured in one round.
#[derive(Default, Serialize)]
struct Round {
    #[serde(skip_serializing_if = "Option::is_none")]
    syncs_a_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    echo: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hotline: Option<HotlineRound>,
}

impl Round {
    fn of_hotline(&self) -> Option<&Measured> {
        Some(&self.hotline.as_ref()?.measured)
    }
}

/// The outcome of a run.
#[derive(Serialize)]
struct Report {
    at: String,
    cores: usize,
    folder: String,
    load_average_before: String,
    connections: u64,
    seconds: u64,
    warm_up_seconds: u64,
    request_bytes: f64,
    rounds: Vec<Round>,
    targets: Vec<Target>,
    journal_of_echo: f64,
}

/// Measures and prints.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let folder = work_folder(args.data.as_deref())?;
    let messages = Arc::new(Messages::new());
    let bench = Bench {
        folder: folder.path().to_owned(),
        messages: Arc::clone(&messages),
        connections: usize::try_from(args.connections)?,
        warm_up: Duration::from_secs(args.warm_up),
        measured: Duration::from_secs(args.seconds),
    };
    let load_average = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();

    let mut rounds = Vec::new();
    for nth in 1..=args.rounds {
        rounds.push(round(&bench, &args, nth).await?);
    }

    let report = Report {
        at: clock::today().to_string(),
        cores: usage::cores(),
        folder: folder.path().display().to_string(),
        load_average_before: load_average
            .split_whitespace()
            .take(3)
            .collect::<Vec<_>>()
            .join(" "),
        connections: args.connections,
        seconds: args.seconds,
        warm_up_seconds: args.warm_up,
        request_bytes: messages.mean_bytes(),
        targets: targets(&rounds),
        journal_of_echo: rate_of(&rounds, |round| round.journal.as_ref())
            / rate_of(&rounds, |round| round.echo.as_ref()),
        rounds,
    };
    if args.json {
        report::print(&serde_json::to_string(&report)?)?;
    } else {
        report::print(&table::of(&report))?;
    }
    Ok(())
}

async fn round(bench: &Bench, args: &Args, nth: u32) -> anyhow::Result<Round> {
    let mut round = Round::default();
    for stage in [Stage::Disk, Stage::Echo, Stage::Journal, Stage::Hotline] {
        if !args.only.contains(&stage) {
            continue;
        }
        report::note(&format!("round {nth} of {}: {stage}", args.rounds));
        match stage {
            Stage::Disk => {
                let folder = bench.folder.clone();
                let within = Duration::from_secs(args.seconds.min(DISK_SECONDS_MAX));
                let syncing = tokio::task::spawn_blocking(move || disk::syncs_a_second(&folder, within));
                round.syncs_a_second = Some(syncing.await??);
            }
            Stage::Echo => round.echo = Some(bench.echo().await.context("the bare echo")?),
            Stage::Journal => round.journal = Some(bench.journal().await.context("the bare journal")?),
            Stage::Hotline => {
                let hotline = bench.hotline(args.server_binary.as_deref());
                round.hotline = Some(Box::pin(hotline).await.context("the hotline")?);
            }
        }
    }
    Ok(round)
}

/// A folder that is deleted when dropped.
pub(crate) fn work_folder(within: Option<&Path>) -> anyhow::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("load-tests-");
    match within {
        None => builder.tempdir().context("cannot make a temporary folder"),
        Some(dir) => {
            std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
            builder
                .tempdir_in(dir)
                .with_context(|| format!("cannot make a folder in {}", dir.display()))
        }
    }
}

fn targets(rounds: &[Round]) -> Vec<Target> {
    let hotline = rate_of(rounds, Round::of_hotline);
    let echo = rate_of(rounds, |round| round.echo.as_ref());
    let journal = rate_of(rounds, |round| round.journal.as_ref());
    let all = [
        Target::at_least("hotline / bare echo", hotline / echo, OF_ECHO_AIM),
        Target::at_least("hotline / bare journal", hotline / journal, OF_JOURNAL_AIM),
    ];
    all.into_iter()
        .filter(|target| target.value.is_finite())
        .collect()
}

fn rate_of<'a>(rounds: &'a [Round], stage: impl Fn(&'a Round) -> Option<&'a Measured>) -> f64 {
    let rates: Vec<f64> = rounds
        .iter()
        .filter_map(stage)
        .map(|measured| measured.calls_a_second)
        .collect();
    median(&rates)
}
