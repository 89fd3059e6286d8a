//! `hotline import`: messages of another platform, each once, however often it is run.

mod aliases;
mod line;
mod send;

use std::io::{BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kit::clock::{Clock as _, SystemClock};
use serde::Serialize;

use self::aliases::Aliases;
use self::send::{Outcome, Sender, Sent};
use crate::client::Target;
use crate::exit::{Exit, Stop};
use crate::out::Out;

pub(super) const ABOUT: &str = "导入其他平台的来件(JSONL),可随时中断后重跑
Import messages of another platform (JSONL); an interrupted import is simply run again";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline import messages.jsonl
  hotline import messages.jsonl --aliases aliases.toml --concurrency 64
  hotline import - --source mayor-box --json < messages.jsonl

每行 · each line: {\"id\": \"1\", \"subject\": \"…\", \"body\": \"…\", \"time\": \"2026-11-21T09:30:00\"}
别名文件 · alias file: \"A1区\" = \"440507\"
有被拒的行则退出码为 1 · exits with 1 if any line was refused";

/// The longest line read.
const LINE_BYTES_MAX: usize = 1 << 20;
/// Lines told one by one when they are refused; the rest is counted.
const REFUSALS_MAX: usize = 1_000;

/// What to import.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// JSONL 文件,- 表示标准输入 · JSON Lines file; - reads standard input
    file: PathBuf,
    /// 地名别名文件(TOML:"来源地名" = "区域代码")· alias file: names of the source to area codes
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,
    /// 同时提交的件数 · how many are sent at once
    #[arg(long, value_name = "COUNT", default_value = "32", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// 来源名,区分编号相同的来源 · name of the source, where two sources use the same ids
    #[arg(long, value_name = "NAME", default_value = "")]
    source: String,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
struct Summary {
    lines: u64,
    new: u64,
    already_there: u64,
    /// Of those already there: the file now says something else. What is there stays.
    changed: u64,
    refused: u64,
    /// Subjects that were too long and stand whole in the body.
    subjects_cut: u64,
    /// Empty bodies that were filled from the subject.
    bodies_filled: u64,
    areas_found: u64,
    refusals: Vec<Refused>,
}

#[derive(Debug, Serialize)]
struct Refused {
    line: u64,
    id: String,
    reason: String,
}

pub(super) async fn run(target: &Target, args: Args, out: &Out) -> anyhow::Result<()> {
    let aliases = args
        .aliases
        .as_deref()
        .map(Aliases::read)
        .transpose()?
        .unwrap_or_default();
    let sender = Sender::open(target, out.lang(), args.source, aliases, SystemClock.now())?;
    let bar = progress(count_lines(&args.file)?, out);

    let mut summary = Summary::default();
    let work = futures::stream::iter(lines(&args.file)?)
        .map(|(number, text)| sender.send(number, text))
        .buffer_unordered(usize::from(args.concurrency));
    let mut work = std::pin::pin!(work);
    let stopped = loop {
        match work.next().await {
            None => break None,
            Some(Ok(sent)) => {
                summary.add(sent, &bar, out);
                tell(&bar, &summary, out);
            }
            Some(Err(error)) => break Some(error),
        }
    };
    bar.finish_and_clear();
    summary.show(out)?;

    match stopped {
        Some(error) => {
            out.note(
                "导入中断;排除原因后用同一命令重跑即可",
                "the import stopped; mend the cause and run it again",
            );
            Err(error.into())
        }
        None if summary.refused > 0 => {
            let count = summary.refused;
            Err(Stop::because(
                Exit::Failed,
                out.say(
                    format_args!("{count} 行被拒"),
                    format_args!("{count} lines were refused"),
                ),
            ))
        }
        None => Ok(()),
    }
}

/// A line of the file: its text, or why it is none.
type Text = Result<String, String>;

/// Numbered lines, one at a time: the file may be larger than memory.
fn lines(path: &Path) -> anyhow::Result<impl Iterator<Item = (u64, Text)> + use<>> {
    let mut reader: Box<dyn std::io::BufRead + Send> = match path.to_str() {
        Some("-") => Box::new(BufReader::new(std::io::stdin())),
        _ => {
            let file =
                std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            Box::new(BufReader::with_capacity(1 << 16, file))
        }
    };
    let mut number = 0;
    Ok(std::iter::from_fn(move || {
        loop {
            number += 1;
            match next_line(&mut reader) {
                Ok(None) => return None,
                Ok(Some(bytes)) if bytes.iter().all(u8::is_ascii_whitespace) => {}
                Ok(Some(bytes)) => return Some((number, text(bytes))),
                Err(error) => return Some((number, Err(format!("cannot be read: {error}")))),
            }
        }
    })
    .fuse())
}

/// One line, of which at most [`LINE_BYTES_MAX`] and a byte are kept: enough to see that it is too long.
fn next_line(reader: &mut dyn std::io::BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok((!bytes.is_empty()).then_some(bytes));
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        let room = (LINE_BYTES_MAX + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(&part[..part.len().min(room)]);
        let taken = end.map_or(chunk.len(), |end| end + 1);
        reader.consume(taken);
        if end.is_some() {
            // A bare newline is a line too: a blank one, which the caller skips.
            if bytes.is_empty() {
                bytes.push(b' ');
            }
            return Ok(Some(bytes));
        }
    }
}

fn text(bytes: Vec<u8>) -> Text {
    if bytes.len() > LINE_BYTES_MAX {
        return Err(format!("is longer than {LINE_BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

fn count_lines(path: &Path) -> anyhow::Result<Option<u64>> {
    if path.as_os_str() == "-" {
        return Ok(None);
    }
    let mut count = 0;
    for _ in lines(path)? {
        count += 1;
    }
    Ok(Some(count))
}

fn progress(total: Option<u64>, out: &Out) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::no_length(),
    };
    let shape = "{elapsed_precise} {wide_bar} {pos}/{len} {per_sec} {msg}";
    if let Ok(style) = ProgressStyle::with_template(shape) {
        bar.set_style(style);
    }
    let is_seen = std::io::stderr().is_terminal() && !out.is_quiet();
    bar.set_draw_target(if is_seen {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    });
    if is_seen {
        bar.enable_steady_tick(Duration::from_millis(250));
    }
    bar
}

/// Plain lines now and then where no bar can be seen.
fn tell(bar: &ProgressBar, summary: &Summary, out: &Out) {
    bar.inc(1);
    if bar.is_hidden() && summary.lines.is_multiple_of(500) {
        let (done, total) = (summary.lines, bar.length().unwrap_or(summary.lines));
        out.note(
            format_args!("已处理 {done}/{total}"),
            format_args!("{done}/{total} done"),
        );
    }
}

impl Summary {
    fn add(&mut self, sent: Sent, bar: &ProgressBar, out: &Out) {
        self.lines += 1;
        self.subjects_cut += u64::from(sent.subject_cut);
        self.bodies_filled += u64::from(sent.body_filled);
        self.areas_found += u64::from(sent.area_found);
        match sent.outcome {
            Outcome::New => self.new += 1,
            Outcome::AlreadyThere => self.already_there += 1,
            Outcome::Changed => {
                self.already_there += 1;
                self.changed += 1;
            }
            Outcome::Refused(reason) => {
                self.refused += 1;
                let (line, id) = (sent.line, sent.id);
                bar.suspend(|| {
                    out.warn(out.say(
                        format_args!("第 {line} 行(id {id})被拒:{reason}"),
                        format_args!("line {line} (id {id}) refused: {reason}"),
                    ));
                });
                if self.refusals.len() < REFUSALS_MAX {
                    self.refusals.push(Refused { line, id, reason });
                }
            }
        }
    }

    fn show(&self, out: &Out) -> anyhow::Result<()> {
        if out.json() {
            return out.object(self);
        }
        let Self {
            lines,
            new,
            already_there,
            changed,
            refused,
            subjects_cut,
            bodies_filled,
            areas_found,
            ..
        } = self;
        out.line(out.say(
            format_args!("共 {lines} 行:新增 {new},已存在 {already_there}(其中内容有变 {changed}),被拒 {refused}"),
            format_args!(
                "{lines} lines: {new} new, {already_there} already there ({changed} of them read differently now), {refused} refused"
            ),
        ))?;
        out.note(
            format_args!("识别区域 {areas_found};标题过长并入正文 {subjects_cut};正文为空取标题 {bodies_filled}"),
            format_args!(
                "{areas_found} with an area; {subjects_cut} long subjects put into the body; {bodies_filled} empty bodies filled from the subject"
            ),
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests;
