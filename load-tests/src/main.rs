//! How fast and how big the hotline is, measured from outside against bare baselines of the same run.
//!
//! Owns the load and the measuring; drives the built binary as a child process over real gRPC and reads `/proc`. Never
//! asserts: it prints what was reached beside what was aimed at. Start at [`run`] (throughput, latency, followers' lag),
//! [`idle`] (memory, start, rebuild), [`history`] (what a long history costs), [`clocks`] (a million clocks, many due
//! at once), [`duplicates`] (what is told alike among a million, in this process) and [`simulate`] (years of a city under all laws, in this process); [`load`] is the generator, [`bare`] the baselines.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

mod bare;
mod classify;
mod clock;
mod clocks;
mod disk;
mod duplicates;
mod history;
mod hotline;
mod idle;
mod lag;
mod load;
mod messages;
mod phrases;
mod process;
mod report;
mod run;
mod simulate;
mod usage;
mod wire;

const EXAMPLES: &str = "Examples:
  cargo build --release -p load-tests -p hotline
  target/release/load-tests run
  target/release/load-tests run --seconds 30 --rounds 3 --json > run.json
  target/release/load-tests idle --tickets 100000
  target/release/load-tests history
  target/release/load-tests clocks --tickets 20000 --due 5000
  target/release/load-tests clocks --json > clocks.json
  target/release/load-tests duplicates
  target/release/load-tests simulate --seeds 200
  target/release/load-tests simulate --from 4711 --seeds 1
  target/release/load-tests classify --train --leaves 500";

/// Closed-loop load over real gRPC, beside a bare echo, a bare journal and the disk of the same run.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 120)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Measure the disk, a bare echo, a bare journal and the hotline, in turn, and print the ratios
    Run(run::Args),
    /// Fill a server, then measure its idle memory, its start after a clean stop and a rebuild of its index
    Idle(idle::Args),
    /// Measure a command on a ticket of 500 events beside one on a ticket of 10
    History(history::Args),
    /// Fill a ledger with open tickets, measure what their clocks cost, let many fall due at once and kill the server meanwhile
    Clocks(clocks::Args),
    /// Fill the index of what is told alike with a million tickets, ask it, and compare with ten thousand
    Duplicates(duplicates::Args),
    /// Simulate years of a city under all laws: outages, leaping clocks, late holidays, crashes; a failing seed prints its script
    Simulate(simulate::Args),
    /// Ask a model what messages are about, beside cutting them into words alone; train one
    Classify(classify::Args),
    /// The bare echo, which `run` starts for itself
    #[command(hide = true)]
    Echo {
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
    },
    /// The bare journal, which `run` starts for itself
    #[command(hide = true)]
    Journal {
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
        /// Where the journal is kept
        #[arg(long)]
        data: PathBuf,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().verb {
        Verb::Run(args) => Box::pin(run::run(args)).await,
        Verb::Idle(args) => Box::pin(idle::run(args)).await,
        Verb::History(args) => Box::pin(history::run(args)).await,
        Verb::Clocks(args) => Box::pin(clocks::run(args)).await,
        Verb::Duplicates(args) => Box::pin(duplicates::run(args)).await,
        Verb::Simulate(args) => simulate::run(&args),
        Verb::Classify(args) => classify::run(&args),
        Verb::Echo { listen } => bare::echo(listen).await,
        Verb::Journal { listen, data } => bare::journal(listen, &data).await,
    }
}
