//! `load-tests classify`: what it costs to tell what a message is about, beside cutting it into words alone, and how good
//! the answers are. In this process, on one processor: processor time is what counts.

mod leaves;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use classifier::limits::EXAMPLES_MAX;
use classifier::{Features, Figures, Model, Options, Passage, Record, train};
use serde::Serialize;
use text::Segmenter;

use crate::clock;
use crate::report::{self, Table, Target, fine, whole};
use crate::usage;

/// Which model, which messages.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model that is asked
    #[arg(long, default_value = "config/shantou/classifier.model", value_name = "MODEL")]
    model: PathBuf,
    /// Folder of messages, `labelled_*.jsonl` and `messages_unlabelled.jsonl`; skipped where it has none
    #[arg(
        long,
        env = "HOTLINE_DATA",
        default_value = "../shared/data",
        value_name = "DIR"
    )]
    messages: PathBuf,
    /// How often each message is asked about
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Train anew, too, from the labelled messages
    #[arg(long)]
    train: bool,
    /// Train on an invented taxonomy of so many leaves, too; 0: not
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=2_000))]
    leaves: u32,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// What came out.
#[derive(Serialize)]
struct Report {
    at: String,
    cores: usize,
    model: String,
    model_bytes: u64,
    /// Resident once the model and the dictionary are read, and at the most while asking.
    resident_bytes: Option<u64>,
    peak_bytes: Option<u64>,
    /// Kinds of messages.
    speeds: Vec<Speed>,
    figures: Option<Quality>,
    trained: Option<Trained>,
    leaves: Option<Trained>,
    targets: Vec<Target>,
}

/// Microseconds of processor time a message.
#[derive(Serialize)]
struct Speed {
    messages: String,
    count: usize,
    chars: f64,
    /// Cutting into words alone: what every program that looks at words pays.
    segment_us: f64,
    /// Cutting and hashing.
    features_us: f64,
    /// The whole answer.
    answer_us: f64,
    /// The whole beside cutting alone.
    ratio: f64,
    messages_per_s: f64,
}

#[derive(Serialize)]
struct Quality {
    accuracy: f64,
    macro_f1: f64,
    top2_accuracy: f64,
    ece: f64,
    routed_share: f64,
    routed_precision: f64,
}

#[derive(Serialize)]
struct Trained {
    messages: usize,
    labels: usize,
    seconds: f64,
    processor_seconds: f64,
    bytes: usize,
    cross_validated_accuracy: f64,
}

/// Measures and prints.
///
/// # Errors
/// The model or the messages cannot be read.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = std::fs::read(&args.model).with_context(|| args.model.display().to_string())?;
    let model = Model::read(&bytes)?;
    let model_bytes = bytes.len() as u64;
    drop(bytes);
    Segmenter::shared().segment("路灯");
    let resident = usage::memory_of(std::process::id()).map(|memory| memory.resident);
    let raw = records(&args.messages.join("messages_unlabelled.jsonl"))?;
    let labelled = records(&args.messages.join("labelled_validation.jsonl"))?;
    if raw.is_none() && labelled.is_none() {
        report::note("SKIPPED: no messages in HOTLINE_DATA or ../shared/data");
        return Ok(());
    }
    let mut speeds = Vec::new();
    speeds.extend(
        raw.as_deref()
            .map(|records| speed("raw text", records, &model, args.rounds)),
    );
    speeds.extend(
        labelled
            .as_deref()
            .map(|records| speed("words", records, &model, args.rounds)),
    );
    let peak = usage::memory_of(std::process::id()).map(|memory| memory.peak);
    let figures = labelled
        .as_deref()
        .map(|records| quality(records, &model))
        .transpose()?;
    let trained = match args.train {
        true => trained(&args.messages, raw.as_deref().unwrap_or_default())?,
        false => None,
    };
    let leaves =
        (args.leaves > 1).then(|| learn(&leaves::examples(args.leaves as usize), Options::default()));
    let mut report = Report {
        at: clock::today().to_string(),
        cores: usage::cores(),
        model: model.version().to_owned(),
        model_bytes,
        resident_bytes: resident,
        peak_bytes: peak,
        speeds,
        figures,
        trained,
        leaves: leaves.transpose()?,
        targets: Vec::new(),
    };
    report.targets = targets(&report);
    match args.json {
        true => report::print(&serde_json::to_string(&report)?)?,
        false => report::print(&table(&report))?,
    }
    Ok(())
}

/// The messages of a file; none where it is not there.
fn records(path: &Path) -> anyhow::Result<Option<Vec<Record>>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let records = text
        .lines()
        .take(EXAMPLES_MAX)
        .map(Record::parse)
        .collect::<Result<Vec<_>, _>>();
    Ok(Some(records.with_context(|| path.display().to_string())?))
}

fn speed(name: &str, records: &[Record], model: &Model, rounds: u32) -> Speed {
    let mut chars = 0_usize;
    for record in records {
        record.message().each_word(|word| chars += word.chars().count());
    }
    let each = |work: &dyn Fn(&Record)| {
        let mut best = f64::INFINITY;
        for _ in 0..rounds {
            let before = usage::own_cpu();
            records.iter().for_each(work);
            best = best.min((usage::own_cpu() - before).as_secs_f64());
        }
        best * 1e6 / records.len().max(1) as f64
    };
    let segment_us = each(&|record| {
        let mut count = 0;
        record.message().each_word(|_| count += 1);
        std::hint::black_box(count);
    });
    let features_us = each(&|record| {
        std::hint::black_box(Features::of(&record.message()));
    });
    let answer_us = each(&|record| {
        std::hint::black_box(model.classify(&record.message()));
    });
    Speed {
        messages: name.to_owned(),
        count: records.len(),
        chars: chars as f64 / records.len().max(1) as f64,
        segment_us,
        features_us,
        answer_us,
        ratio: answer_us / segment_us,
        messages_per_s: 1e6 / answer_us,
    }
}

fn quality(records: &[Record], model: &Model) -> anyhow::Result<Quality> {
    let mut outcomes = Vec::with_capacity(records.len());
    for record in records {
        outcomes.push(model.outcome(&Features::of(&record.message()), record.label()?));
    }
    let figures = Figures::of(&outcomes);
    Ok(Quality {
        accuracy: figures.accuracy,
        macro_f1: figures.macro_f1,
        top2_accuracy: figures.top2_accuracy,
        ece: figures.ece,
        routed_share: figures.routed_share,
        routed_precision: figures.routed_precision,
    })
}

fn trained(folder: &Path, raw: &[Record]) -> anyhow::Result<Option<Trained>> {
    let Some(records) = records(&folder.join("labelled_train.jsonl"))? else {
        return Ok(None);
    };
    let passages = records
        .iter()
        .chain(raw)
        .map(|record| Passage::of(&record.message()))
        .collect();
    let examples = records
        .iter()
        .map(Record::example)
        .collect::<Result<Vec<_>, _>>()?;
    let options = Options {
        passages,
        ..Options::default()
    };
    learn(&examples, options).map(Some)
}

fn learn(examples: &[classifier::Example], options: Options) -> anyhow::Result<Trained> {
    report::note(&format!("training on {} messages", examples.len()));
    let (began, used) = (clock::now(), usage::own_cpu());
    let (model, how) = train(examples, &[], &options, &mut |_| {})?;
    Ok(Trained {
        messages: examples.len(),
        labels: model.labels().len(),
        seconds: began.elapsed().as_secs_f64(),
        processor_seconds: (usage::own_cpu() - used).as_secs_f64(),
        bytes: model.to_bytes().len(),
        cross_validated_accuracy: how.cross_validation_figures().accuracy,
    })
}

fn targets(report: &Report) -> Vec<Target> {
    let mut targets: Vec<Target> = report
        .speeds
        .iter()
        .map(|speed| {
            let what = format!("messages a second of processor time, {}", speed.messages);
            Target::at_least(&what, speed.messages_per_s, 5_000.0)
        })
        .collect();
    targets.push(Target::at_most(
        "model, MB",
        report::megabytes(report.model_bytes),
        20.0,
    ));
    targets.extend(
        report
            .peak_bytes
            .map(|peak| Target::at_most("memory, MB", report::megabytes(peak), 150.0)),
    );
    targets.extend(
        report
            .trained
            .as_ref()
            .map(|trained| Target::at_most("training, s", trained.seconds, 60.0)),
    );
    targets
}

fn table(report: &Report) -> Table {
    let mut table = Table::default();
    table.row(format!("model {}", report.model), []);
    for speed in &report.speeds {
        let name = format!(
            "{}: {} messages of {} characters",
            speed.messages,
            speed.count,
            whole(speed.chars)
        );
        table.row(name, []);
        table.row("  cut into words, µs", [fine(speed.segment_us)]);
        table.row("  cut and hashed, µs", [fine(speed.features_us)]);
        table.row("  answered, µs", [fine(speed.answer_us)]);
        table.row("  answered / cut", [fine(speed.ratio)]);
    }
    if let Some(figures) = &report.figures {
        table.row("validation", []);
        table.row(
            "  macro-F1, right among two",
            [
                fine(figures.macro_f1 * 100.0),
                fine(figures.top2_accuracy * 100.0),
            ],
        );
        table.row(
            "  routed, right of these",
            [
                fine(figures.routed_share * 100.0),
                fine(figures.routed_precision * 100.0),
            ],
        );
    }
    for (name, trained) in [("training", &report.trained), ("leaves", &report.leaves)] {
        let Some(trained) = trained else { continue };
        table.row(
            format!("{name}: {} messages, {} labels", trained.messages, trained.labels),
            [],
        );
        table.row(
            "  seconds, processor seconds",
            [fine(trained.seconds), fine(trained.processor_seconds)],
        );
        table.row(
            "  model, MB; accuracy",
            [
                fine(trained.bytes as f64 / 1e6),
                fine(trained.cross_validated_accuracy),
            ],
        );
    }
    for target in &report.targets {
        table.row(target.what.clone(), target.cells(fine));
    }
    table
}
