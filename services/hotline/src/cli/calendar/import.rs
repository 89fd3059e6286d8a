//! `hotline calendar import`: a year's notice into the file of holidays, or what it would change.

mod target;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use domain::time::Calendar;
use jiff::civil::Date;
use serde_json::json;

use self::target::{Change, State, Target};
use super::{days, json as dates_json, told, working_days};
use crate::city::holidays::{self, Holidays, Remark, Source, Told};
use crate::exit::{Exit, Stop};
use crate::out::Out;

pub(super) const ABOUT: &str = "导入放假与调休安排(JSONL),写入假日文件或只显示差别
Import holidays and make-up working days (JSONL), or show what would change";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline calendar import holidays.jsonl                     只显示差别 · only show what would change
  hotline calendar import holidays.jsonl --rules city --year 2027
  hotline calendar import 2026.jsonl 2027.jsonl --holidays config/holidays/china.toml --dry-run
  hotline calendar import - --rules city --json < holidays.jsonl

每行 · each line: {\"date\": \"2027-02-14\", \"name\": \"春节\", \"off\": false}   off: true 休息 · a day off, false 调休上班 · worked
有矛盾的文件整份拒绝,退出码为 1 · a file that contradicts itself is refused whole, and this exits with 1
写入 FOLDER/holidays.toml;再导入一次不会改变什么 · writes FOLDER/holidays.toml; importing again changes nothing";

/// The largest holidays file that is read, in bytes: four hundred years.
const BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Refused lines told one by one; the rest is counted.
const REFUSALS_MAX: usize = 50;

/// From where, to where.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// JSONL 文件,- 表示标准输入 · JSON Lines files; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// 城市规则目录,写入其中的 holidays.toml · the city's rules folder, whose holidays.toml is written
    #[arg(long, value_name = "FOLDER", conflicts_with = "holidays")]
    rules: Option<PathBuf>,
    /// 要写入的假日文件 · the file of holidays to write
    #[arg(long, value_name = "TOML")]
    holidays: Option<PathBuf>,
    /// 只导入这些年份 · only these years
    #[arg(long = "year", value_name = "YEAR", value_parser = clap::value_parser!(i16).range(1949..=2200))]
    years: Vec<i16>,
    /// 只显示差别,不写入 · only show what would change
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let only: BTreeSet<i16> = args.years.iter().copied().collect();
    let sources = args
        .files
        .iter()
        .map(|path| source(path))
        .collect::<Result<Vec<_>, _>>()?;
    let told = holidays::read(&sources, &only).map_err(|why| refusal(&why, out))?;
    refuse_missing(&told, &only, out)?;

    let mut target = Target::open(args)?;
    let was = target.calendar();
    let (changes, notes) = target.put(told);
    let is = target.calendar();
    target.refuse_contradictions(out)?;

    let changed = changes.iter().any(|change| change.state != State::Same);
    let written = match &target.path {
        Some(path) if changed && !args.dry_run => {
            replace(path, &target.book.text()?)
                .with_context(|| format!("cannot write {}", path.display()))?;
            true
        }
        Some(_) | None => false,
    };
    let outcome = Outcome {
        was,
        is,
        holidays: target.book.holidays().clone(),
        changes,
        notes,
    };
    if out.json() {
        return out.object(&outcome.as_json(target.path.as_deref(), written));
    }
    outcome.tell(out)?;
    out.line(match (&target.path, written) {
        (Some(path), true) => out.say(
            format_args!("已写入 {}", path.display()),
            format_args!("written to {}", path.display()),
        ),
        (_, false) if !changed => out.say("没有变化", "nothing changes"),
        (Some(_), _) => out.say("未写入(--dry-run)", "not written (--dry-run)"),
        (None, _) => out.say(
            "未写入:用 --rules 或 --holidays 指明写到哪里",
            "not written: say where with --rules or --holidays",
        ),
    })?;
    Ok(())
}

fn source(path: &Path) -> anyhow::Result<Source> {
    let name = path.display().to_string();
    let mut text = String::new();
    let read =
        |reader: &mut dyn std::io::Read, text: &mut String| reader.take(BYTES_MAX + 1).read_to_string(text);
    let bytes = match path.to_str() {
        Some("-") => read(&mut std::io::stdin().lock(), &mut text),
        _ => std::fs::File::open(path).and_then(|mut file| read(&mut file, &mut text)),
    };
    let bytes = bytes.with_context(|| format!("{name}: 无法读取 · cannot be read"))?;
    match bytes as u64 > BYTES_MAX {
        true => Err(anyhow!(
            "{name}: 超过 {BYTES_MAX} 字节 · has more than {BYTES_MAX} bytes"
        )),
        false => Ok(Source { name, text }),
    }
}

/// All that is wrong, a line each.
fn refusal(why: &[Remark], out: &Out) -> anyhow::Error {
    let mut message = out.say(
        format_args!("假日文件有 {} 处问题,未导入", why.len()),
        format_args!(
            "the holidays file has {} problem(s), nothing is imported",
            why.len()
        ),
    );
    for one in why.iter().take(REFUSALS_MAX) {
        message.push_str(&format!(
            "\n  {}:{}: {}",
            one.file,
            one.line,
            out.say(&one.zh, &one.en)
        ));
    }
    if let Some(more) = why.len().checked_sub(REFUSALS_MAX).filter(|more| *more > 0) {
        message.push_str(&format!(
            "\n  {}",
            out.say(format_args!("另有 {more} 处"), format_args!("and {more} more"))
        ));
    }
    Stop::because(Exit::Failed, message)
}

/// A year that was asked for and is not in the files; files without any.
fn refuse_missing(told: &Told, only: &BTreeSet<i16>, out: &Out) -> anyhow::Result<()> {
    let missing: Vec<String> = only
        .iter()
        .filter(|year| !told.years.contains_key(year) && !told.edges.contains_key(year))
        .map(ToString::to_string)
        .collect();
    let missing = missing.join(", ");
    let message = match (missing.is_empty(), told.years.is_empty() && told.edges.is_empty()) {
        (true, false) => return Ok(()),
        (true, true) => out.say("文件中没有假日", "the files have no holidays"),
        (false, _) => out.say(
            format_args!("文件中没有这些年份的假日:{missing}"),
            format_args!("the files have no holidays of {missing}"),
        ),
    };
    Err(Stop::because(Exit::Failed, message))
}

/// What came of it.
struct Outcome {
    was: Calendar,
    is: Calendar,
    holidays: Holidays,
    changes: Vec<Change>,
    notes: Vec<Remark>,
}

impl Outcome {
    /// Days of a year that were worked and are not, or the other way round.
    fn moved(&self, year: i16, to_work: bool) -> Vec<Date> {
        days(year)
            .filter(|date| {
                self.is.is_working_day(*date) == to_work && self.was.is_working_day(*date) != to_work
            })
            .collect()
    }

    fn tell(&self, out: &Out) -> anyhow::Result<()> {
        for change in &self.changes {
            let (year, count) = (change.year, working_days(&self.is, change.year));
            let (zh, en) = match change.state {
                State::New => ("新增", "new"),
                State::Changed => ("有变化", "changed"),
                State::Same => ("无变化", "unchanged"),
            };
            out.line(out.say(
                format_args!("{year} 年{zh},工作日 {count} 天"),
                format_args!("{year} {en}, {count} working days"),
            ))?;
            let moves = |to_work| !self.moved(year, to_work).is_empty();
            if change.state == State::Changed && !moves(true) && !moves(false) {
                out.line(format_args!(
                    "  {}",
                    out.say("只有名称或所列的周末不同", "only names or weekends listed differ")
                ))?;
            }
            for (to_work, zh, en) in [
                (false, "改为休息", "become days off"),
                (true, "改为上班", "become working days"),
            ] {
                let moved = self.moved(year, to_work);
                if !moved.is_empty() {
                    let days = told(&moved, &self.holidays, out.lang());
                    out.line(format_args!("  {}: {days}", out.say(zh, en)))?;
                }
            }
        }
        for note in &self.notes {
            let at = match note.line {
                0 => note.file.clone(),
                line => format!("{}:{line}", note.file),
            };
            out.line(out.say(
                format_args!("提醒: {at}: {}", note.zh),
                format_args!("note: {at}: {}", note.en),
            ))?;
        }
        Ok(())
    }

    fn as_json(&self, path: Option<&Path>, written: bool) -> serde_json::Value {
        let years = self.changes.iter().map(|change| {
            json!({
                "year": change.year,
                "state": match change.state {
                    State::New => "new",
                    State::Changed => "changed",
                    State::Same => "unchanged",
                },
                "working_days": working_days(&self.is, change.year),
                "become_off": dates_json(&self.moved(change.year, false), &self.holidays),
                "become_work": dates_json(&self.moved(change.year, true), &self.holidays),
            })
        });
        let notes = self
            .notes
            .iter()
            .map(|note| json!({ "file": note.file, "line": note.line, "zh": note.zh, "en": note.en }));
        json!({
            "file": path.map(|path| path.display().to_string()),
            "written": written,
            "years": years.collect::<Vec<_>>(),
            "notes": notes.collect::<Vec<_>>(),
        })
    }
}

/// Replaces a file so that after a crash either the old or the new text is there, whole.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
