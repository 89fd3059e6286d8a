//! `hotline classifier explain`: what the model thinks of one text, and the words that made it think so. Needs no server.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use classifier::{Answer, Message, Model};
use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

use super::figures::{percent, rounded};
use super::source;
use crate::exit::{Exit, Stop};
use crate::out::{Out, pad};

pub(in crate::cli) const ABOUT: &str =
    "看模型如何判断一段文字:各类概率、是否足够有把握、依据哪些词(不需要服务)
What the model thinks of a text: labels, how sure, the words for and against (needs no server)";

pub(in crate::cli) const EXAMPLES: &str = "示例 · Examples:
  hotline classifier explain 小区门口的路灯坏了三天,晚上出门很危险
  hotline classifier explain --subject 路灯不亮 火炬路的路灯坏了三天 --top 5
  hotline classifier explain - --json < 来件.txt";

/// The longest text that is read from standard input, in bytes.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;
/// Words told for a label, and against it.
const WORDS: usize = 8;

/// Which text, which model.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 文字,- 表示标准输入 · the text; - reads standard input
    #[arg(value_name = "TEXT")]
    text: String,
    /// 标题 · its subject
    #[arg(long, default_value = "", hide_default_value = true)]
    subject: String,
    /// 模型文件,默认随附的模型 · a model; by default the shipped one
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// 显示几个标签 · how many labels are shown
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=2000))]
    top: u16,
}

pub(in crate::cli) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let model = source::model(args.model.as_deref())?;
    let text = text(args)?;
    let message = Message::text(&args.subject, &text);
    let answer = model.classify(&message);
    let shown = usize::from(args.top).min(answer.ranked.len());
    if out.json() {
        return out.object(&as_json(&model, &message, &answer, shown));
    }
    out.line(verdict(&model, &answer, out))?;
    for (label, probability) in &answer.ranked[..shown] {
        out.line(format_args!(
            "  {} {:>8}",
            pad(&model.labels()[*label], 30),
            percent(*probability)
        ))?;
        let told = |words: Vec<(String, f64)>| {
            words
                .iter()
                .map(|(word, weight)| format!("{word} {weight:+.2}"))
                .collect::<Vec<_>>()
                .join("  ")
        };
        let (for_it, against) = (
            told(model.words_for(&message, *label, WORDS)),
            told(model.words_against(&message, *label, WORDS)),
        );
        if !for_it.is_empty() {
            out.line(format_args!(
                "    {} {for_it}",
                out.lang().word("支持", "for    ").green()
            ))?;
        }
        if !against.is_empty() {
            out.line(format_args!(
                "    {} {against}",
                out.lang().word("反对", "against").red()
            ))?;
        }
    }
    Ok(())
}

fn text(args: &Args) -> anyhow::Result<String> {
    if args.text != "-" {
        return Ok(args.text.clone());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(TEXT_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > TEXT_BYTES_MAX {
        let message =
            format!("文字超过 {TEXT_BYTES_MAX} 字节 · the text has more than {TEXT_BYTES_MAX} bytes");
        return Err(Stop::because(Exit::Usage, message));
    }
    String::from_utf8(bytes).context("文字不是 UTF-8 · the text is not UTF-8")
}

fn verdict(model: &Model, answer: &Answer, out: &Out) -> String {
    let sureness = percent(answer.sureness);
    let needed = answer
        .ranked
        .first()
        .map_or(1.0, |(top, _)| model.threshold_of(*top));
    let needed = percent(needed.min(1.0));
    if answer.is_routed {
        out.say(
            format_args!("有把握,可自动分派:{sureness}(需 {needed})"),
            format_args!("sure enough to route alone: {sureness} of {needed} needed"),
        )
    } else {
        out.say(
            format_args!("把握不足,交给人判断:{sureness}(需 {needed})"),
            format_args!("not sure enough, for a person: {sureness} of {needed} needed"),
        )
    }
}

fn as_json(model: &Model, message: &Message<'_>, answer: &Answer, shown: usize) -> Value {
    let told = |words: Vec<(String, f64)>| -> Vec<Value> {
        words
            .into_iter()
            .map(|(word, weight)| json!({ "word": word, "weight": rounded(weight) }))
            .collect()
    };
    let labels: Vec<Value> = answer.ranked[..shown]
        .iter()
        .map(|(label, probability)| {
            json!({
                "label": model.labels()[*label],
                "probability": rounded(*probability),
                "threshold": rounded(model.threshold_of(*label)),
                "for": told(model.words_for(message, *label, WORDS)),
                "against": told(model.words_against(message, *label, WORDS)),
            })
        })
        .collect();
    json!({
        "labels": labels,
        "sureness": rounded(answer.sureness),
        "routed": answer.is_routed,
        "model": model.version(),
    })
}
