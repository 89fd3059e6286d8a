//! `hotline classifier train`: a model from a city's own labelled messages. Needs no server, no network.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use classifier::{
    Example, Features, Model, Options, Passage, Record, RecordError, Report, TrainError, train,
};
use indicatif::ProgressStyle;
use serde_json::json;

use super::picture;
use super::records::Records;
use super::{figures, figures::rounded};
use crate::exit::{Exit, Stop};
use crate::out::Out;

pub(in crate::cli) const ABOUT: &str = "用本市已标注的来件训练分类模型(不需要服务和网络)
Train a model from a city's own labelled messages (needs no server and no network)";

pub(in crate::cli) const EXAMPLES: &str = "示例 · Examples:
  hotline classifier train 历史来件.jsonl --out 本市.model
  hotline classifier train 训练.jsonl --validate 检验.jsonl --unlabelled 未标注.jsonl --out 本市.model --report 报告.html
  hotline classifier train 训练.jsonl --precision 0.99 --out 本市.model --json

每行 · each line: {\"subject\": \"路灯不亮\", \"body\": \"…\", \"label1\": \"城乡建设\", \"group\": 7}
没有原文时 · where the raw text is missing: {\"tokens\": \"路灯 不亮 三天\", \"label1\": \"城乡建设\"}
group 相同的来件不会同时用于训练和检验 · messages of one group are never learned from and asked at once
同样的输入得到同样的文件 · the same input gives the same file; 模型不含来件文字 · a model holds no text";

/// Texts that are read to learn from how words are used; more add little.
const PASSAGES_MAX: usize = 60_000;

/// From what, to where.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 已标注的来件(JSONL) · labelled messages as JSON Lines
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// 用来定概率和门槛的已标注来件,不参与训练 · labelled messages to choose probabilities and thresholds by, not learned from
    #[arg(long, value_name = "FILE")]
    validate: Vec<PathBuf>,
    /// 未标注的来件,用来学习词语用法 · messages without labels, to learn from how words are used
    #[arg(long, value_name = "FILE")]
    unlabelled: Vec<PathBuf>,
    /// 自动分派应达到的正确率 · the share that must be right of what is routed alone
    #[arg(long, value_name = "SHARE", default_value_t = 0.98, value_parser = share)]
    precision: f64,
    /// 写入的模型文件 · the model to write
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// 覆盖率与正确率曲线:.svg 图,或 .html 报告 · the curve of coverage and precision: a picture, or a report
    #[arg(long, value_name = "FILE", value_parser = picture_file)]
    report: Option<PathBuf>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.5..=0.9999).contains(&share) => Ok(share),
        _ => Err("应在 0.5 与 0.9999 之间 · must lie between 0.5 and 0.9999".to_owned()),
    }
}

fn picture_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("svg" | "html") => Ok(path),
        _ => Err("应以 .svg 或 .html 结尾 · must end in .svg or .html".to_owned()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a measurement of this machine, not a time of the domain"
)]
pub(in crate::cli) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let start = Instant::now();
    for path in std::iter::once(&args.out).chain(&args.report) {
        refuse_nowhere(path)?;
    }
    let mut lesson = Lesson::read(args, out)?;
    let bar = super::super::offline::bar(out.lang().word("训练", "training"), out);
    if let Ok(style) = ProgressStyle::with_template("{msg:20} {wide_bar} {percent}% {elapsed}") {
        bar.set_style(style);
    }
    bar.set_length(1000);
    let options = Options {
        precision: args.precision,
        passages: std::mem::take(&mut lesson.passages),
    };
    let trained = train(&lesson.examples, &lesson.validation, &options, &mut |share| {
        bar.set_position(thousandths(share));
    });
    bar.finish_and_clear();
    let (model, report) = trained.map_err(|why| refused(&why))?;
    let bytes = model.to_bytes();
    write(&args.out, &bytes)?;
    if let Some(path) = &args.report {
        let svg = picture::curve_of(&report, &model);
        let is_page = path.extension().is_some_and(|extension| extension == "html");
        let text = if is_page {
            picture::page(&svg, &report, &model, out.lang())
        } else {
            svg
        };
        write(path, text.as_bytes())?;
    }
    tell(
        args,
        out,
        &model,
        &report,
        (bytes.len(), start.elapsed().as_secs_f64()),
    )
}

/// What is learned from, as hashes; no text is kept.
#[derive(Default)]
struct Lesson {
    examples: Vec<Example>,
    validation: Vec<Example>,
    passages: Vec<Passage>,
}

impl Lesson {
    fn read(args: &Args, out: &Out) -> anyhow::Result<Self> {
        let bar = super::super::offline::bar(out.lang().word("读取", "reading"), out);
        let records = Records { out, bar: &bar };
        let mut lesson = Self::default();
        let passages = &mut lesson.passages;
        let mut passage = |record: &Record| {
            if passages.len() < PASSAGES_MAX {
                passages.push(Passage::of(&record.message()));
            }
        };
        records.read(&args.files, |record| {
            lesson.examples.push(example(record)?);
            passage(record);
            Ok(())
        })?;
        records.read(&args.validate, |record| {
            lesson.validation.push(example(record)?);
            Ok(())
        })?;
        records.read(&args.unlabelled, |record| {
            passage(record);
            Ok(())
        })?;
        bar.finish_and_clear();
        Ok(lesson)
    }
}

fn example(record: &Record) -> Result<Example, RecordError> {
    Ok(Example {
        label: record.label()?.to_owned(),
        features: Features::of(&record.message()),
        group: record.group(),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is between 0 and 1"
)]
fn thousandths(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * 1000.0) as u64
}

/// A minute of training is not spent on what cannot be written.
fn refuse_nowhere(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.is_dir() || folder.is_some_and(|folder| !folder.is_dir()) {
        let path = path.display();
        let message =
            format!("{path}: 目录不存在,或本身是目录 · its folder is not there, or it is one itself");
        return Err(Stop::because(Exit::NotFound, message));
    }
    Ok(())
}

fn refused(why: &TrainError) -> anyhow::Error {
    let zh = match why {
        TrainError::TooFewLabels(count) => format!("只有 {count} 个标签,至少要 2 个"),
        TrainError::TooManyLabels(count) => format!("有 {count} 个标签,过多"),
        TrainError::TooManyExamples(count) => format!("有 {count} 件来件,过多"),
        TrainError::NoFeatures => "来件之间没有共同的词".to_owned(),
        TrainError::Precision => "正确率应在 0.5 与 0.9999 之间".to_owned(),
    };
    Stop::because(Exit::Usage, format!("无法训练:{zh} · cannot train: {why}"))
}

/// Writes beside the file first, so that an interrupted run leaves what was there.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let put = || {
        let mut file = fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    put().with_context(|| format!("{}: 无法写入 · cannot be written", path.display()))
}

fn tell(
    args: &Args,
    out: &Out,
    model: &Model,
    report: &Report,
    (bytes, seconds): (usize, f64),
) -> anyhow::Result<()> {
    let crossed = report.cross_validation_figures();
    let validated = report.validation_figures();
    if out.json() {
        return out.object(&json!({
            "model": model.version(),
            "file": args.out.display().to_string(),
            "bytes": bytes,
            "messages": model.trained_count(),
            "labels": model.labels().len(),
            "precision": model.precision(),
            "threshold": rounded(model.threshold()),
            "cross_validation": figures::as_json(&crossed),
            "validation": validated.as_ref().map(figures::as_json),
            "seconds": rounded(seconds),
        }));
    }
    out.line(out.say(
        "交叉检验(每件由未学过它的模型判断)",
        "cross-validation (each answered by a model that has not learned it)",
    ))?;
    figures::tell(&crossed, out)?;
    if let Some(validated) = &validated {
        out.line(out.say("检验集", "validation"))?;
        figures::tell(validated, out)?;
    }
    let (count, labels, path) = (model.trained_count(), model.labels().len(), args.out.display());
    let megabytes = bytes as f64 / 1e6;
    out.line(out.say(
        format_args!(
            "已写入 {path}:版本 {},{count} 件,{labels} 个标签,{megabytes:.1} MB,用时 {seconds:.1} 秒",
            model.version()
        ),
        format_args!(
            "written to {path}: version {}, {count} messages, {labels} labels, {megabytes:.1} MB, {seconds:.1} s",
            model.version()
        ),
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests;
