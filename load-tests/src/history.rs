//! `load-tests history`: what a command costs on a ticket with a long history beside one with a short history.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use crate::clock;
use crate::hotline::{Asker, Hotline};
use crate::report::{self, Table, Target, fine, median, whole};
use crate::run::work_folder;
use crate::usage;

/// A command on a long history may cost so many times one on a short history.
const RATIO_AIM: f64 = 1.5;
/// Commands of a turn: short and long histories take turns, so that whatever else the machine does meets both.
const TURN: u64 = 64;

/// How long, and how often.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Events of a ticket with a short history
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(4..=1_000))]
    short: u32,
    /// Events of a ticket with a long history
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(4..=10_000))]
    long: u32,
    /// Tickets of each kind; every one takes one command a turn of 64, so that histories hardly grow meanwhile
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    tickets: u64,
    /// Turns of each kind
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    turns: u64,
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

/// What commands on one kind of ticket cost.
#[derive(Default, Serialize)]
struct Cost {
    events: u32,
    micros: Vec<f64>,
    processor_seconds: f64,
}

/// The outcome.
#[derive(Serialize)]
struct Report {
    at: String,
    cores: usize,
    commands: u64,
    short: Cost,
    long: Cost,
    targets: Vec<Target>,
}

/// Measures and prints.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let folder = work_folder(args.data.as_deref())?;
    let hotline = Hotline::new(args.server_binary.as_deref(), &folder.path().join("data"))?;
    let server = hotline.start().await?;
    let asker = server.asker().await?;
    let pid = server.process.pid();

    report::note(&format!(
        "giving {} tickets {} events each, and as many {}",
        args.tickets, args.short, args.long
    ));
    let mut short = Cost {
        events: args.short,
        ..Cost::default()
    };
    let mut long = Cost {
        events: args.long,
        ..Cost::default()
    };
    let brief = fill(&asker, args.tickets, args.short).await?;
    let storied = fill(&asker, args.tickets, args.long).await?;

    report::note("noting on each kind in turn");
    for turn in 0..args.turns {
        take_turn(&asker, pid, &brief, &mut short, turn).await?;
        take_turn(&asker, pid, &storied, &mut long, turn).await?;
    }
    server.stop().await?;

    let report = Report {
        at: clock::today().to_string(),
        cores: usage::cores(),
        commands: args.turns * TURN,
        targets: vec![
            Target::at_most(
                "long / short, time a command",
                median(&long.micros) / median(&short.micros),
                RATIO_AIM,
            ),
            Target::at_most(
                "long / short, server's processor time",
                long.processor_seconds / short.processor_seconds,
                RATIO_AIM,
            ),
        ],
        short,
        long,
    };
    if args.json {
        report::print(&serde_json::to_string(&report)?)?;
    } else {
        report::print(&table(&report))?;
    }
    Ok(())
}

/// Tickets that have so many events, or a few more.
async fn fill(asker: &Asker, tickets: u64, events: u32) -> anyhow::Result<Vec<String>> {
    let mut numbers = Vec::new();
    for nth in 0..tickets {
        let (number, mut version) = asker.register(&format!("{events}-{nth}")).await?;
        while version < events {
            version = asker.annotate(&number).await?;
        }
        numbers.push(number);
    }
    Ok(numbers)
}

async fn take_turn(
    asker: &Asker,
    pid: u32,
    numbers: &[String],
    cost: &mut Cost,
    turn: u64,
) -> anyhow::Result<()> {
    let processor = || usage::cpu_of(pid).context("the server's processor time");
    let before = processor()?;
    let count = u64::try_from(numbers.len())?;
    for nth in turn * TURN..(turn + 1) * TURN {
        let number = &numbers[usize::try_from(nth % count)?];
        let begun = clock::now();
        asker.annotate(number).await?;
        cost.micros.push(micros(begun.elapsed()));
    }
    let spent = processor()?.saturating_sub(before);
    cost.processor_seconds += spent.as_secs_f64();
    Ok(())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn table(report: &Report) -> String {
    let mut table = Table::default();
    let both = [&report.short, &report.long];
    table.row("events of a ticket", both.map(|cost| cost.events.to_string()));
    table.row("commands", both.map(|_| report.commands.to_string()));
    table.row(
        "time a command, median, µs",
        both.map(|cost| whole(median(&cost.micros))),
    );
    table.row(
        "server's processor time a command, µs",
        both.map(|cost| whole(cost.processor_seconds * 1e6 / report.commands as f64)),
    );
    let mut targets = Table::default();
    for target in &report.targets {
        targets.row(target.what.clone(), target.cells(fine));
    }
    format!("{} processors. {}\n\n{table}\n{targets}", report.cores, report.at)
}
