//! A city's past matters from a JSON Lines file: what each was about, who had it, in the order of time.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

/// The longest line read.
const LINE_BYTES_MAX: usize = 1 << 20;
/// The most matters read.
const MATTERS_MAX: usize = 5_000_000;
/// As many levels as categories have.
const LEVELS_MAX: usize = 3;

/// Which fields say what.
#[derive(Debug, clap::Args)]
pub(super) struct Fields {
    /// 类别所在字段,多级用逗号从上到下 · field(s) of the category, from the top down, at most three
    #[arg(
        long,
        value_name = "FIELD,…",
        value_delimiter = ',',
        default_value = "category"
    )]
    category: Vec<String>,
    /// 承办单位所在字段 · field of the unit that had it
    #[arg(long, value_name = "FIELD", default_value = "unit")]
    unit: String,
    /// 时间字段,有则按时间先后 · field of the time, in which order matters are taken; else the order of the file
    #[arg(long, value_name = "FIELD")]
    time: Option<String>,
    /// 用哪一段 · which part of the history
    #[arg(long, value_enum, default_value_t = Part::All)]
    part: Part,
}

/// Which part of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// 全部 · everything
    All,
    /// 前一半 · the earlier half
    First,
    /// 后一半 · the later half
    Second,
}

/// One past matter.
#[derive(Debug)]
pub(super) struct Matter {
    /// Names of the category, from the top down.
    pub(super) category: Vec<String>,
    /// The name of the unit.
    pub(super) unit: String,
    /// The texts asked for, joined.
    pub(super) text: String,
    time: String,
}

/// Reads a history; `text` names the fields whose words are wanted.
///
/// # Errors
/// A line that is none, or lacks a field: with its number.
pub(super) fn read(file: &PathBuf, fields: &Fields, text: &[String]) -> anyhow::Result<Vec<Matter>> {
    if fields.category.len() > LEVELS_MAX {
        bail!("类别最多 {LEVELS_MAX} 级 · categories have at most {LEVELS_MAX} levels");
    }
    let mut matters = Vec::new();
    let opened = std::fs::File::open(file).with_context(|| file.display().to_string())?;
    let mut reader = BufReader::new(opened);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut some = reader.by_ref().take(LINE_BYTES_MAX as u64 + 1);
        if some.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let at = || place(file, number);
        if line.len() > LINE_BYTES_MAX {
            bail!(
                "{}: 一行最多 {LINE_BYTES_MAX} 字节 · a line has at most {LINE_BYTES_MAX} bytes",
                at()
            );
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if matters.len() == MATTERS_MAX {
            bail!(
                "{}: 最多 {MATTERS_MAX} 件 · at most {MATTERS_MAX} matters are read",
                at()
            );
        }
        let object: Map<String, Value> = serde_json::from_slice(&line).with_context(at)?;
        matters.push(matter(&object, fields, text).with_context(at)?);
    }
    if matters.is_empty() {
        bail!("{}: 没有工单 · holds no matter", file.display());
    }
    // A stable sort: matters of one instant stay in the order of the file.
    matters.sort_by(|a, b| a.time.cmp(&b.time));
    let later = matters.len() / 2;
    Ok(match fields.part {
        Part::All => matters,
        Part::First => {
            matters.truncate(later);
            matters
        }
        Part::Second => matters.split_off(later),
    })
}

fn place(file: &Path, number: u64) -> String {
    format!("{}:{number}", file.display())
}

fn matter(object: &Map<String, Value>, fields: &Fields, text: &[String]) -> anyhow::Result<Matter> {
    let category = fields.category.iter().map(|field| wanted(object, field));
    let time = fields.time.as_ref().map(|field| wanted(object, field));
    let words: Vec<String> = text.iter().filter_map(|field| value(object, field)).collect();
    Ok(Matter {
        category: category.collect::<Result<_, _>>()?,
        unit: wanted(object, &fields.unit)?,
        text: words.join("，"),
        time: time.transpose()?.unwrap_or_default(),
    })
}

fn wanted(object: &Map<String, Value>, field: &str) -> anyhow::Result<String> {
    value(object, field).with_context(|| format!("没有字段 {field} · has no field {field}"))
}

fn value(object: &Map<String, Value>, field: &str) -> Option<String> {
    let text = match object.get(field)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
impl Matter {
    /// A matter of some category that a unit had.
    pub(super) fn of(category: &[&str], unit: &str) -> Self {
        Self {
            category: category.iter().map(|name| (*name).to_owned()).collect(),
            unit: unit.to_owned(),
            text: String::new(),
            time: String::new(),
        }
    }
}
