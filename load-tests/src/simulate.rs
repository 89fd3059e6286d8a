//! `load-tests simulate`: years of a city under all laws, seed by seed. The first seeds that break one print the shortest
//! script that does, and the command fails.

use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use domain::simulation::{Failure, Summary, Trial};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::clock;
use crate::report::{self, fine, whole};
use crate::usage;

/// Failures that are shrunk before the rest of the seeds is let be: each takes a while.
const FAILURES_MAX: usize = 3;

/// How many, of what size.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Years to simulate, each of a seed of its own
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    seeds: u64,
    /// Tickets that come in during a year
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    tickets: u32,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Years simulated side by side; by default one a processor
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// The outcome.
#[derive(Serialize)]
struct Report {
    at: String,
    cores: usize,
    jobs: u16,
    from: u64,
    tickets: u32,
    seconds: f64,
    summary: Summary,
    /// What each failing seed prints.
    failures: Vec<String>,
}

/// Simulates and prints.
///
/// # Errors
/// A law was broken.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let cores = usage::cores();
    let jobs = args.jobs.unwrap_or_else(|| u16::try_from(cores).unwrap_or(1));
    report::note(&format!(
        "{} years of {} tickets, seeds from {}, {jobs} side by side",
        args.seeds, args.tickets, args.from
    ));
    let began = clock::now();
    let (summary, failures) = simulate(args, jobs);
    let report = Report {
        at: clock::today().to_string(),
        cores,
        jobs,
        from: args.from,
        tickets: args.tickets,
        seconds: began.elapsed().as_secs_f64(),
        summary,
        failures: failures.iter().map(ToString::to_string).collect(),
    };
    if args.json {
        report::print(&serde_json::to_string(&report)?)?;
    } else {
        report::print(&table(&report))?;
    }
    match failures.len() {
        0 => Ok(()),
        count => anyhow::bail!("{count} seeds break a law"),
    }
}

fn simulate(args: &Args, jobs: u16) -> (Summary, Vec<Failure>) {
    // What gives up half-way is reported with its script, not by each of the thousand tries to shorten it.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let bar = bar(args.seeds);
    let (next, seen) = (AtomicU64::new(0), Mutex::new((Summary::default(), Vec::new())));
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| some(args, &next, &seen, &bar));
        }
    });
    bar.finish_and_clear();
    panic::set_hook(hook);
    seen.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// One year after the other until none is left, or too much is broken.
fn some(args: &Args, next: &AtomicU64, seen: &Mutex<(Summary, Vec<Failure>)>, bar: &ProgressBar) {
    loop {
        let nth = next.fetch_add(1, Ordering::Relaxed);
        let broken = seen.lock().unwrap_or_else(PoisonError::into_inner).1.len();
        if nth >= args.seeds || broken >= FAILURES_MAX {
            return;
        }
        let trial = Trial {
            seed: args.from.wrapping_add(nth),
            tickets: args.tickets,
        };
        let outcome = domain::simulation::run(trial);
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(summary) => seen.0 += &summary,
            Err(failure) => seen.1.push(*failure),
        }
        bar.inc(1);
    }
}

fn bar(seeds: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} years, {eta} left");
    let bar = ProgressBar::new(seeds);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn table(report: &Report) -> String {
    let Report {
        at,
        cores,
        jobs,
        from,
        tickets,
        seconds,
        summary,
        failures,
    } = report;
    let years = summary.years;
    #[expect(clippy::cast_precision_loss, reason = "a rate is no exact number")]
    let rate = years as f64 / seconds;
    let failures = match failures.as_slice() {
        [] => "No law was broken.".to_owned(),
        some => some.join("\n"),
    };
    format!(
        "Years of a city, {tickets} tickets each, seeds from {from}, {jobs} side by side on {cores} processors. {at}\n\
         {} s, {} years a second\n\n{summary}\n\n{failures}",
        whole(*seconds),
        fine(rate),
    )
}
