//! `load-tests duplicates`: what it costs to find what is told alike among a million tickets, and how right it is.
//!
//! The index is the one the hotline works with, in this process, filled with invented tickets of which every twentieth
//! tells another's matter again. Beside a million stands the same of ten thousand. Where labelled messages are at hand,
//! whose near-duplicates people have grouped, it says how many pairs are found and how many of those found are right.

mod labelled;
mod told;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use domain::duplicate::Place;
use domain::id::TicketNumber;
use domain::rules::Rules;
use hdrhistogram::Histogram;
use jiff::civil::date;
use serde::Serialize;
use text::sketch::Pairs;
use triage::similar::{Index, Telling};

use crate::clock;
use crate::clocks::city::{City, rules_of};
use crate::hotline::Hotline;
use crate::report::{self, Table, Target, fine, whole};
use crate::run::work_folder;
use crate::usage;

use self::labelled::Labelled;
use self::told::Told;

/// An answer while the operator types aims at this, in milliseconds.
const ANSWER_AIM_MS: f64 = 20.0;
/// Candidates asked for: what the hotline reads again on behalf of the operator.
const CANDIDATES: usize = 24;

/// How many tickets, how many questions.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Tickets in the index
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    tickets: u32,
    /// Tickets in the index beside it
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    small: u32,
    /// Questions
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    questions: u32,
    /// Folder of labelled messages, `labelled_*.jsonl`; skipped where it has none
    #[arg(
        long,
        env = "HOTLINE_DATA",
        default_value = "../shared/data",
        value_name = "DIR"
    )]
    labelled: PathBuf,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// The hotline whose rules are judged by; by default the one built beside this program
    #[arg(long, value_name = "PATH")]
    server_binary: Option<PathBuf>,
}

/// What one index costs.
#[derive(Serialize)]
struct Cost {
    tickets: u32,
    letters_a_ticket: f64,
    build_seconds: f64,
    bytes_a_ticket: f64,
    /// Milliseconds by the clock, and of the processor: others may be at work.
    answer_ms: Spread,
    answer_cpu_ms: Spread,
    candidates_a_question: f64,
    /// Of the questions that tell a ticket's matter again: how many find it.
    found_again: f64,
    past_ms: Spread,
}

/// The middle, and what one in a hundred takes longer than.
#[derive(Serialize, Clone, Copy)]
struct Spread {
    p50: f64,
    p99: f64,
}

#[derive(Serialize)]
struct Report {
    at: String,
    cores: usize,
    large: Cost,
    small: Cost,
    /// The large one's answer over the small one's, by the processor.
    ratio: f64,
    targets: Vec<Target>,
    labelled: Option<Labelled>,
}

/// Measures and prints.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let rules = rules(&args).await?;
    report::note(&format!("an index of {} tickets", args.small));
    let small = cost(&rules, args.small, args.questions)?;
    report::note(&format!("an index of {} tickets", args.tickets));
    let large = cost(&rules, args.tickets, args.questions)?;
    let labelled = labelled::measure(&rules, &args.labelled)?;
    if labelled.is_none() {
        report::note("SKIPPED: no labelled_*.jsonl in HOTLINE_DATA or ../shared/data");
    }
    let report = Report {
        at: clock::today().to_string(),
        cores: usage::cores(),
        ratio: large.answer_cpu_ms.p50 / small.answer_cpu_ms.p50,
        targets: vec![
            Target::at_most("answer, p50 ms", large.answer_ms.p50, ANSWER_AIM_MS),
            Target::at_most("answer, p99 ms", large.answer_ms.p99, ANSWER_AIM_MS),
        ],
        large,
        small,
        labelled,
    };
    if args.json {
        report::print(&serde_json::to_string(&report)?)?;
    } else {
        report::print(&table(&report))?;
    }
    Ok(())
}

/// The rules that a fresh hotline publishes.
async fn rules(args: &Args) -> anyhow::Result<Rules> {
    let folder = work_folder(None)?;
    let hotline = Hotline::new(args.server_binary.as_deref(), &folder.path().join("data"))?;
    hotline.start().await?.stop().await?;
    Ok(City::of(&rules_of(hotline.data()).await?)?.rules)
}

fn telling(text: &str) -> Telling {
    Telling {
        category: None,
        area: None,
        place: Place::default(),
        pairs: Pairs::of(&[text]),
    }
}

fn cost(rules: &Rules, tickets: u32, questions: u32) -> anyhow::Result<Cost> {
    let (mut told, now) = (Told::new(u64::from(tickets)), clock::today());
    let before = resident();
    let mut index = Index::with_room(usize::try_from(tickets)?);
    let (mut letters, mut building) = (0, Duration::ZERO);
    for nth in 1..=tickets {
        let text = told.ticket();
        letters += text.chars().count();
        let number = TicketNumber::new(date(2026, 11, 1), nth)?;
        let began = clock::now();
        index.insert(number, now, telling(&text));
        building += began.elapsed();
    }
    let held = resident().saturating_sub(before);

    let (mut answers, mut cpu, mut past) = (Sample::new()?, Sample::new()?, Sample::new()?);
    let (mut candidates, mut again, mut found_again) = (0, 0_u32, 0_u32);
    for nth in 0..questions {
        let is_again = nth % 2 == 0;
        let text = if is_again { told.again() } else { told.fresh() };
        let (began, cpu_began) = (clock::now(), usage::own_cpu());
        let asked = telling(&text);
        let hits = index.duplicates(rules, &asked, now, CANDIDATES);
        answers.add(began.elapsed())?;
        cpu.add(usage::own_cpu().saturating_sub(cpu_began))?;
        candidates += hits.len();
        again += u32::from(is_again);
        found_again += u32::from(is_again && !hits.is_empty());
        let began = clock::now();
        index.nearest(&asked, None, 3);
        past.add(began.elapsed())?;
    }
    Ok(Cost {
        tickets,
        letters_a_ticket: letters as f64 / f64::from(tickets),
        build_seconds: building.as_secs_f64(),
        bytes_a_ticket: held as f64 / f64::from(tickets),
        answer_ms: answers.spread(),
        answer_cpu_ms: cpu.spread(),
        candidates_a_question: candidates as f64 / f64::from(questions),
        found_again: f64::from(found_again) / f64::from(again.max(1)),
        past_ms: past.spread(),
    })
}

/// Resident memory of this process, in bytes; 0 where it is not known.
fn resident() -> u64 {
    usage::memory_of(std::process::id()).map_or(0, |memory| memory.resident)
}

/// Times, kept to a microsecond.
struct Sample(Histogram<u64>);

impl Sample {
    fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new(3)?))
    }

    fn add(&mut self, spent: Duration) -> anyhow::Result<()> {
        let nanoseconds = u64::try_from(spent.as_nanos())?;
        self.0.record(nanoseconds).context("a time that fits")
    }

    fn spread(&self) -> Spread {
        let ms = |quantile| self.0.value_at_quantile(quantile) as f64 / 1e6;
        Spread {
            p50: ms(0.50),
            p99: ms(0.99),
        }
    }
}

fn table(report: &Report) -> Table {
    let mut table = Table::default();
    let Report { large, small, .. } = report;
    let mut row = |label: &str, number: &dyn Fn(&Cost) -> String| {
        table.row(label, [number(small), number(large)]);
    };
    row("tickets", &|cost| whole(f64::from(cost.tickets)));
    row("letters a ticket", &|cost| whole(cost.letters_a_ticket));
    row("built in, s", &|cost| fine(cost.build_seconds));
    row("memory a ticket, bytes", &|cost| whole(cost.bytes_a_ticket));
    row("answer, p50 ms", &|cost| fine(cost.answer_ms.p50));
    row("answer, p99 ms", &|cost| fine(cost.answer_ms.p99));
    row("answer, p50 ms of the processor", &|cost| {
        fine(cost.answer_cpu_ms.p50)
    });
    row("answer, p99 ms of the processor", &|cost| {
        fine(cost.answer_cpu_ms.p99)
    });
    row("candidates a question", &|cost| fine(cost.candidates_a_question));
    row("told again and found, %", &|cost| fine(100.0 * cost.found_again));
    row("three past tickets, p50 ms", &|cost| fine(cost.past_ms.p50));
    row("three past tickets, p99 ms", &|cost| fine(cost.past_ms.p99));
    table.row("ratio of the processor's p50", [whole(report.ratio)]);
    table.row("aims, of the larger", []);
    for target in &report.targets {
        table.row(&target.what, target.cells(fine));
    }
    if let Some(labelled) = &report.labelled {
        labelled.rows(&mut table);
    }
    table
}
