//! `hotline classifier evaluate`: how good a model is on messages whose label is known. Needs no server.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use classifier::{Features, Figures, Message, Model, Outcome, Record};
use serde_json::{Value, json};

use super::figures::{self, rounded};
use super::records::Records;
use super::source;
use crate::out::Out;

pub(in crate::cli) const ABOUT: &str =
    "在已标注的来件上检验模型:准确率、宏平均 F1、可自动分派的比例(不需要服务)
How good a model is on labelled messages: accuracy, macro-F1, what it would route alone (needs no server)";

pub(in crate::cli) const EXAMPLES: &str = "示例 · Examples:
  hotline classifier evaluate 检验.jsonl                       随附的模型 · the shipped model
  hotline classifier evaluate 检验.jsonl --model 本市.model
  hotline classifier evaluate 检验.jsonl --json | tail -n 1

每行 · each line: {\"subject\": \"路灯不亮\", \"body\": \"…\", \"label1\": \"城乡建设\"}
没有原文时 · where the raw text is missing: {\"tokens\": \"路灯 不亮 三天\", \"label1\": \"城乡建设\"}
模型不认识的标签算作答错 · a label the model does not know counts as wrong";

/// Labels told by name where the model does not know them.
const UNKNOWN_TOLD_MAX: usize = 10;

/// On what, with which model.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 已标注的来件(JSONL),- 表示标准输入 · labelled messages as JSON Lines; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// 模型文件,默认随附的模型 · a model; by default the shipped one
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
}

pub(in crate::cli) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let model = source::model(args.model.as_deref())?;
    // The dictionary is read once in a process, not once a message.
    Features::of(&Message::text("", "路灯"));
    let bar = super::super::offline::bar(out.lang().word("检验", "evaluating"), out);
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    let mut spent = Duration::ZERO;
    let records = Records { out, bar: &bar };
    records.read(&args.files, |record| {
        let label = record.label()?;
        if model.label(label).is_none() {
            unknown.insert(label.to_owned());
        }
        outcomes.push(timed(&model, record, label, &mut spent));
        Ok(())
    })?;
    bar.finish_and_clear();
    tell_unknown(&unknown, out);
    let per_second = outcomes.len() as f64 / spent.as_secs_f64().max(1e-9);
    let figures = Figures::of(&outcomes);
    if out.json() {
        return out.object(&as_json(&model, &figures, per_second, &unknown));
    }
    out.line(out.say(
        format_args!("模型 {}", model.version()),
        format_args!("model {}", model.version()),
    ))?;
    figures::tell(&figures, out)?;
    out.line(out.say(
        format_args!("  每秒 {per_second:.0} 件(单核,含分词)"),
        format_args!("{per_second:.0} messages/s on one core, words cut"),
    ))?;
    Ok(())
}

/// Classifies one message; what it took, its words cut, is added to `spent`.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement of this machine, not a time of the domain"
)]
fn timed(model: &Model, record: &Record, label: &str, spent: &mut Duration) -> Outcome {
    let start = Instant::now();
    let outcome = model.outcome(&Features::of(&record.message()), label);
    *spent += start.elapsed();
    outcome
}

fn tell_unknown(unknown: &BTreeSet<String>, out: &Out) {
    if unknown.is_empty() {
        return;
    }
    let mut names = unknown
        .iter()
        .take(UNKNOWN_TOLD_MAX)
        .cloned()
        .collect::<Vec<_>>()
        .join(" ");
    if unknown.len() > UNKNOWN_TOLD_MAX {
        names.push_str(" …");
    }
    let count = unknown.len();
    out.note(
        format_args!("模型不认识 {count} 个标签,算作答错:{names}"),
        format_args!("the model does not know {count} label(s), counted as wrong: {names}"),
    );
}

fn as_json(model: &Model, figures: &Figures, per_second: f64, unknown: &BTreeSet<String>) -> Value {
    let mut value = figures::as_json(figures);
    let thresholds: serde_json::Map<String, Value> = model
        .labels()
        .iter()
        .enumerate()
        .map(|(at, label)| (label.clone(), json!(rounded(model.threshold_of(at)))))
        .collect();
    value["threshold"] = json!(rounded(model.threshold()));
    value["thresholds"] = Value::Object(thresholds);
    value["messages_per_s"] = json!(per_second.round());
    value["model"] = json!(model.version());
    value["unknown_labels"] = json!(unknown.iter().take(UNKNOWN_TOLD_MAX).collect::<Vec<_>>());
    value
}
